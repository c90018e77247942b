package signing

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
)

// Equivocation is evidence that somebody signed two asks where one is allowed: for one product, under one blinding, with
// different terms. What stays sealed until its ask epoch ends is bound by the blinding, so who uses one twice can say
// afterwards which ask it meant.
type Equivocation struct{ First, Second SignedAsk }

// SignedAsk is a PlaceAsk with what signed it: the author's own key, or a session of the author's.
type SignedAsk struct {
	Ask        []byte // in canonical encoding: see [Encode]
	Salt       vadium.Salt
	ValidUntil uint64
	Signature  []byte
}

var errEvidence = errors.New("it is no evidence of a bid equivocation")

// Encode returns the evidence as RevealEvidence carries it.
func (e Equivocation) Encode() ([]byte, error) { return rlp.EncodeToBytes(&e) }

// AskSigned returns a PlaceAsk with its author's signature, for evidence.
func AskSigned(ask marketplace.PlaceAsk, salt vadium.Salt, validUntil vadium.Time, signature []byte) (SignedAsk, error) {
	encoded, err := Encode(ask, nil)
	return SignedAsk{Ask: encoded, Salt: salt, ValidUntil: uint64(validUntil), Signature: signature}, err
}

// CheckEquivocation reports whether evidence proves that offender equivocated in this market, and returns the name of the
// offence: the same for whatever evidence of it. It reads at most [marketplace.MaxEvidence] bytes, strictly: one way to write
// it, nothing after it. Asks without a blinding are no offence: they hide nothing.
//
// Only the author's own key counts. A session can be stolen and can be revoked: if its asks counted, a thief could destroy
// the stake that a session is promised never to touch, and a cheat could revoke the session before it is reported.
func CheckEquivocation(d Domain, offender vadium.Account, evidence []byte) (vadium.Digest, error) {
	if len(evidence) > marketplace.MaxEvidence {
		return vadium.Digest{}, fmt.Errorf("%d bytes: %w", len(evidence), errEvidence)
	}
	var e Equivocation
	if err := rlp.DecodeBytes(evidence, &e); err != nil {
		return vadium.Digest{}, fmt.Errorf("%w: %v", errEvidence, err)
	}
	first, err := e.First.open(d, offender)
	if err != nil {
		return vadium.Digest{}, fmt.Errorf("first ask: %w", err)
	}
	second, err := e.Second.open(d, offender)
	switch {
	case err != nil:
		return vadium.Digest{}, fmt.Errorf("second ask: %w", err)
	case first.Product != second.Product, first.Salt != second.Salt:
		return vadium.Digest{}, fmt.Errorf("the asks are for different products, or blinded differently: %w", errEvidence)
	case first.Salt == (vadium.Salt{}):
		return vadium.Digest{}, fmt.Errorf("the asks are not blinded: %w", errEvidence)
	case first == second:
		return vadium.Digest{}, fmt.Errorf("the asks are equal: %w", errEvidence)
	}
	p := first.Product
	return vadium.HashParts("vadium/equivocation/v1", offender[:], []byte{p.Size, byte(p.Tier), byte(p.Stake)}, first.Salt[:]), nil
}

// Examine sets what the shell finds of a report of its own: whether its evidence holds, and of what it is.
func Examine(d Domain, b *marketplace.RevealEvidence) {
	subject, err := CheckEquivocation(d, b.Offender, b.Evidence)
	b.Holds, b.Subject = err == nil, subject
}

// open returns the ask if offender signed it.
func (a SignedAsk) open(d Domain, offender vadium.Account) (marketplace.PlaceAsk, error) {
	body, _, err := Decode(a.Ask)
	if err != nil {
		return marketplace.PlaceAsk{}, err
	}
	ask, ok := body.(marketplace.PlaceAsk)
	if !ok {
		return marketplace.PlaceAsk{}, fmt.Errorf("%T: %w", body, errEvidence)
	}
	_, err = Open(d, ask, Terms{offender, a.Salt, vadium.Time(a.ValidUntil)}, a.Signature)
	return ask, err
}
