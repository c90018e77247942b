package signing

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// The canonical encoding of commands in a batch: written by hand, because a thousand of them under one signature must cost
// less than one signature. Numbers of kinds are signed, so they are never reused.
const (
	kindSubmitRequest  = 1
	kindCancelRequest  = 2
	kindPlaceAsk       = 3
	kindWithdrawAsk    = 4
	kindServeProgram   = 5
	kindDropProgram    = 6
	kindAcceptRequest  = 7
	kindDeclineRequest = 8
	kindDisputeInput   = 9
	kindSendHeartbeat  = 10
	kindResign         = 11
	kindDeliver        = 12
	// kindSubmitArranged is a request that arranges something or holds a quote; kindSubmitRequest is every other, so that
	// those cost what they always did.
	kindSubmitArranged = 13
	kindLockRequest    = 14
	kindCommitBid      = 15
	kindRevealBid      = 16
)

// Bounds of lists and bytes inside a command, checked before anything is allocated. Those of the protos are the same.
const (
	maxStatementBytes = marketplace.MaxStatementScalars * vadium.ScalarBytes
	maxProofBytes     = 64 << 10
	maxRaises         = marketplace.MaxRaises
	maxQuoteSignature = 65
)

// Errors of the canonical encoding.
var (
	errTruncated  = errors.New("it ends too early")
	errTrailing   = errors.New("bytes follow its end")
	errUnknown    = errors.New("it is no command that a batch carries")
	errNotBatched = errors.New("batches do not carry it: send it by itself")
	errOrdinary   = errors.New("it arranges nothing, so it has a shorter encoding")
)

// Encode returns the canonical encoding of a command, or an error if batches do not carry it. A delivery carries its proof;
// proof is nil for everything else.
func Encode(body marketplace.Body, proof []byte) ([]byte, error) {
	var w writer
	switch b := body.(type) {
	case marketplace.SubmitRequest:
		arranged := arranged(&b)
		w.size(1 + 3*32 + 4 + len(b.Statement) + 2*32 + 8 + 1 + 4 + 8 + 20*(len(b.Allow)+len(b.Deny)) + len(arranged)).u8(kindSubmitRequest)
		if len(arranged) > 0 {
			w.out[0] = kindSubmitArranged
		}
		w.b32(b.ClientID).b32(b.Program).bytes(b.Statement).b32(b.Input).amount(b.MaxFee).amount(b.DamageCap)
		w.u64(uint64(b.Deadline)).u8(uint8(b.Tier)).u32(b.Redundancy).accounts(b.Allow).accounts(b.Deny)
		w.out = append(w.out, arranged...)
	case marketplace.CancelRequest:
		w.u8(kindCancelRequest).b32(b.Request)
	case marketplace.PlaceAsk:
		w.size(1 + 3 + 32 + 2*4 + 2*8 + 32).u8(kindPlaceAsk)
		w.product(b.Product).amount(b.Price).u32(b.Slots).u32(b.Capacity).u64(uint64(b.ETA)).u64(uint64(b.StandUntil)).b32(b.Salt)
	case marketplace.WithdrawAsk:
		w.u8(kindWithdrawAsk).product(b.Product)
	case marketplace.ServeProgram:
		w.u8(kindServeProgram).b32(b.Program).u64(uint64(b.Benchmark))
	case marketplace.DropProgram:
		w.u8(kindDropProgram).b32(b.Program)
	case marketplace.LockRequest:
		w.u8(kindLockRequest).b32(b.Request).amount(b.Least)
	case marketplace.CommitBid:
		w.u8(kindCommitBid).b32(b.Request).b32(b.Commitment)
	case marketplace.RevealBid:
		w.u8(kindRevealBid).b32(b.Request).amount(b.Fee).b32(b.Salt)
	case marketplace.AcceptRequest:
		w.u8(kindAcceptRequest).b32(b.Request)
	case marketplace.DeclineRequest:
		w.u8(kindDeclineRequest).b32(b.Request)
	case marketplace.DisputeInput:
		w.u8(kindDisputeInput).b32(b.Request)
	case marketplace.SendHeartbeat:
		w.u8(kindSendHeartbeat).b32(b.Request).u32(uint32(b.Progress))
	case marketplace.Resign:
		w.u8(kindResign).b32(b.Request)
	case marketplace.Deliver:
		w.size(1 + 32 + 4 + len(proof)).u8(kindDeliver).b32(b.Request).bytes(proof)
	default:
		return nil, fmt.Errorf("%T: %w", body, errNotBatched)
	}
	return w.out, nil
}

// Decode reads what [Encode] wrote, and nothing else: every command has one encoding. It checks the form; what a field may
// hold is checked by the market. The proof of a delivery is a part of encoded.
func Decode(encoded []byte) (body marketplace.Body, proof []byte, err error) {
	r := reader{rest: encoded}
	switch kind := r.u8(); kind {
	case kindSubmitRequest, kindSubmitArranged:
		submits := marketplace.SubmitRequest{
			ClientID: r.b32(), Program: r.b32(), Statement: r.bytes(maxStatementBytes), Input: r.b32(), MaxFee: r.amount(), DamageCap: r.amount(),
			Deadline: vadium.Time(r.i64()), Tier: auction.Tier(r.u8()), Redundancy: r.u32(), Allow: r.accounts(), Deny: r.accounts(),
		}
		if kind == kindSubmitArranged {
			r.arranged(&submits)
		}
		body = submits
	case kindCancelRequest:
		body = marketplace.CancelRequest{Request: r.b32()}
	case kindPlaceAsk:
		body = marketplace.PlaceAsk{
			Product: r.product(), Price: r.amount(), Slots: r.u32(), Capacity: r.u32(), ETA: vadium.Duration(r.i64()),
			StandUntil: vadium.Time(r.i64()), Salt: r.b32(),
		}
	case kindWithdrawAsk:
		body = marketplace.WithdrawAsk{Product: r.product()}
	case kindServeProgram:
		body = marketplace.ServeProgram{Program: r.b32(), Benchmark: vadium.Duration(r.i64())}
	case kindDropProgram:
		body = marketplace.DropProgram{Program: r.b32()}
	case kindLockRequest:
		body = marketplace.LockRequest{Request: r.b32(), Least: r.amount()}
	case kindCommitBid:
		body = marketplace.CommitBid{Request: r.b32(), Commitment: r.b32()}
	case kindRevealBid:
		body = marketplace.RevealBid{Request: r.b32(), Fee: r.amount(), Salt: r.b32()}
	case kindAcceptRequest:
		body = marketplace.AcceptRequest{Request: r.b32()}
	case kindDeclineRequest:
		body = marketplace.DeclineRequest{Request: r.b32()}
	case kindDisputeInput:
		body = marketplace.DisputeInput{Request: r.b32()}
	case kindSendHeartbeat:
		body = marketplace.SendHeartbeat{Request: r.b32(), Progress: vadium.Bps(r.u32())}
	case kindResign:
		body = marketplace.Resign{Request: r.b32()}
	case kindDeliver:
		delivered := marketplace.Deliver{Request: r.b32()}
		proof = r.bytes(maxProofBytes)
		delivered.Proof = vadium.DigestOf(proof)
		body = delivered
	default:
		r.fail(errUnknown)
	}
	if r.err == nil && len(r.rest) > 0 {
		r.err = errTrailing
	}
	if r.err != nil {
		return nil, nil, r.err
	}
	return body, proof, nil
}

type writer struct{ out []byte }

func (w *writer) size(n int) *writer {
	w.out = make([]byte, 0, n)
	return w
}

func (w *writer) u8(u uint8) *writer {
	w.out = append(w.out, u)
	return w
}

func (w *writer) u32(u uint32) *writer {
	w.out = binary.BigEndian.AppendUint32(w.out, u)
	return w
}

func (w *writer) u64(u uint64) *writer {
	w.out = binary.BigEndian.AppendUint64(w.out, u)
	return w
}

func (w *writer) b32(b [32]byte) *writer {
	w.out = append(w.out, b[:]...)
	return w
}

func (w *writer) amount(a vadium.Amount) *writer { return w.b32(a.Bytes32()) }

func (w *writer) product(p auction.Product) *writer {
	return w.u8(p.Size).u8(uint8(p.Tier)).u8(uint8(p.Stake))
}

func (w *writer) bytes(b []byte) *writer {
	w.u32(uint32(len(b)))
	w.out = append(w.out, b...)
	return w
}

func (w *writer) accounts(list []vadium.Account) *writer {
	w.u32(uint32(len(list)))
	for _, a := range list {
		w.out = append(w.out, a[:]...)
	}
	return w
}

// reader takes fields off the front. After the first error everything is zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = nil
}

// take returns the next n bytes, or nil and an error.
func (r *reader) take(n int) []byte {
	if r.err != nil || len(r.rest) < n {
		r.fail(errTruncated)
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) u8() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// i64 reads a time or a length of time, which are never negative.
func (r *reader) i64() int64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	u := binary.BigEndian.Uint64(b)
	if u > math.MaxInt64 {
		r.fail(fmt.Errorf("%d is beyond any time", u))
		return 0
	}
	return int64(u)
}

func (r *reader) b32() (word [32]byte) {
	copy(word[:], r.take(32))
	return word
}

func (r *reader) amount() vadium.Amount { return vadium.AmountFromBytes32(r.b32()) }

func (r *reader) product() auction.Product {
	return auction.Product{Size: r.u8(), Tier: auction.Tier(r.u8()), Stake: auction.StakeTier(r.u8())}
}

func (r *reader) bytes(most int) []byte {
	n := r.u32()
	if n > uint32(most) {
		r.fail(fmt.Errorf("%d bytes, at most %d are allowed", n, most))
		return nil
	}
	return r.take(int(n))
}

func (r *reader) accounts() []vadium.Account {
	n := r.u32()
	if n > marketplace.MaxListed {
		r.fail(fmt.Errorf("%d accounts, at most %d are allowed", n, marketplace.MaxListed))
		return nil
	}
	if n == 0 {
		return nil
	}
	raw := r.take(int(n) * 20)
	if raw == nil {
		return nil
	}
	list := make([]vadium.Account, n)
	for i := range list {
		copy(list[i][:], raw[i*20:])
	}
	return list
}
