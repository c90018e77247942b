package rpc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"connectrpc.com/connect"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// A batch sent again gets its first answer for each command that was carried out, from the market's state, so also after a
// restart, and also when its session has ended meanwhile. Refusals are remembered nowhere: a refused command cost nothing,
// so remembering it would let anybody fill state and journal for nothing.
//
// A batch is checked like a single command, in the order of cost, but once for all of its commands: bytes, form, whether
// the session lives, the signature. Then each command is looked at by itself, and one that is wrong keeps no other from
// being carried out. A thousand commands share one signature, one place in the queue and one receipt; nothing that is
// done for each of them may cost more than a microsecond or two, so the messages' reflection stops at the envelope.

// ExecuteBatch implements the service.
func (v sessionService) ExecuteBatch(ctx context.Context, req *connect.Request[v1.ExecuteBatchRequest]) (*connect.Response[v1.ExecuteBatchResponse], error) {
	batch, signature, err := readBatch(req.Msg)
	if err != nil {
		return nil, malformed(err)
	}
	if err := v.turned(v.door.peek(batch.Author, len(batch.Commands))); err != nil {
		return nil, err
	}
	_, ended := v.session(batch.Author, batch.Session)
	if ended != nil && batch.ValidUntil.Before(v.Clock()) { // nothing is remembered of it
		return nil, ended
	}
	id, err := signing.OpenBatch(v.domain, batch, signature)
	if ended != nil && (err != nil || !v.remembers(batchIDs(id, len(batch.Commands))...)) {
		return nil, ended
	}
	if err != nil {
		return nil, fmt.Errorf("session %v: %w", batch.Session, err)
	}
	if err := v.turned(v.door.take(batch.Author, len(batch.Commands))); err != nil {
		return nil, err
	}
	b := &opened{Batch: batch, id: id, verdicts: make([]signing.Verdict, len(batch.Commands)), refusals: make([]error, len(batch.Commands))}
	if err := v.prepare(ctx, b); err != nil {
		return nil, err
	}
	release, err := v.enter(ctx, b.Author, len(b.commands))
	if err != nil {
		return nil, err
	}
	defer release()
	outcomes, err := v.Market.DoAll(ctx, b.commands)
	if err != nil {
		return nil, err
	}
	for i, outcome := range outcomes {
		b.settle(b.places[i], outcome)
	}
	return v.answerBatch(b)
}

// batchIDs returns the ids of a batch's commands.
func batchIDs(batch vadium.Digest, commands int) []vadium.CommandID {
	ids := make([]vadium.CommandID, commands)
	for i := range ids {
		ids[i] = signing.BatchCommandID(batch, i)
	}
	return ids
}

// opened is a batch whose session signed it.
type opened struct {
	signing.Batch
	id vadium.Digest

	verdicts []signing.Verdict
	refusals []error // one for each command; nil: carried out

	commands []marketplace.Command // what goes to the sequencer
	places   []int                 // where each of them stands in the batch
}

// settle notes what became of a command. One that was carried out before gets its first answer.
func (b *opened) settle(i int, o sequencer.Outcome) {
	v := &b.verdicts[i]
	v.FirstSeq, v.LastSeq, v.At = o.Result.FirstSeq, o.Result.LastSeq, o.Result.At
	if repeated, ok := errors.AsType[*marketplace.Repeated](o.Err); ok {
		v.FirstSeq, v.LastSeq, v.At = repeated.First, repeated.Last(), repeated.At
		return
	}
	b.refusals[i] = o.Err
}

// readBatch reads the envelope. protovalidate has looked at its form.
func readBatch(m *v1.ExecuteBatchRequest) (b signing.Batch, signature []byte, err error) {
	if b.Author, err = vadium.ParseAccount(m.GetAuthor()); err != nil {
		return b, nil, err
	}
	if b.Session, err = vadium.ParseSessionKey(m.GetSession()); err != nil {
		return b, nil, err
	}
	if b.Salt, err = vadium.ParseSalt(m.GetSalt()); err != nil {
		return b, nil, err
	}
	if signature, err = wire.ReadBytes(m.GetSignature()); err != nil {
		return b, nil, err
	}
	b.ValidUntil, b.Commands = vadium.Time(m.GetValidUntilMs()), m.GetCommands()
	total := 0
	for _, command := range b.Commands {
		total += len(command)
	}
	switch n := len(b.Commands); {
	case n == 0 || n > signing.MaxBatchCommands:
		return b, nil, fmt.Errorf("commands: a batch has 1 to %d, this one %d", signing.MaxBatchCommands, n)
	case total > signing.MaxBatchBytes:
		return b, nil, fmt.Errorf("commands: a batch has at most %d bytes of them, this one %d", signing.MaxBatchBytes, total)
	case b.ValidUntil <= 0:
		return b, nil, errors.New("valid_until_ms: a batch expires")
	}
	return b, signature, nil
}

// prepare reads the commands and finds out what only the shell can know about them. An error ends the whole batch.
func (v sessionService) prepare(ctx context.Context, b *opened) error {
	b.commands, b.places = make([]marketplace.Command, 0, len(b.Commands)), make([]int, 0, len(b.Commands))
	received := v.Clock()
	programs := map[vadium.ProgramID]listed{}
	accepts, delivers := map[vadium.RequestID]bool{}, map[vadium.RequestID]bool{}
	opener := v.Opening.NewOpener(signing.Sealed{Domain: v.domain, Author: b.Author, Session: b.Session, Salt: b.Salt, ValidUntil: b.ValidUntil})
	for i, encoded := range b.Commands {
		encoded, err := opener.OpenSealed(encoded)
		if err != nil {
			b.refusals[i] = err
			continue
		}
		body, proof, err := signing.Decode(encoded)
		if err == nil {
			err = checkBody(body, proof)
		}
		if err != nil {
			b.refusals[i] = malformed(err)
			continue
		}
		command := marketplace.Command{Author: b.Author, Session: b.Session, ID: signing.BatchCommandID(b.id, i), ValidUntil: b.ValidUntil, Body: body}
		switch typed := body.(type) {
		case marketplace.SubmitRequest:
			if typed.InputHeld, err = v.checkInput(ctx, b.Author, typed, programs); err != nil && !isRefusal(err) {
				return err
			}
			typed.QuoteHeld = v.quoteHeld(&typed)
			command.Body = typed
		case marketplace.PlaceAsk:
			command.Body = clearingproof.Committed(b.Author, typed)
		case marketplace.AcceptRequest:
			accepts[typed.Request] = true
		case marketplace.Deliver:
			typed.Received = received
			command.Body = typed
			if delivers[typed.Request] { // one of this batch's will be under verification
				err = fmt.Errorf("request %v: %w", typed.Request, marketplace.ErrDeliveryPending)
			} else if err = v.keepProof(ctx, command, proof, accepts[typed.Request]); err != nil && !isRefusal(err) {
				return err
			}
			delivers[typed.Request] = delivers[typed.Request] || err == nil
		}
		if err != nil {
			b.refusals[i] = err
			continue
		}
		b.places = append(b.places, i)
		b.commands = append(b.commands, command)
	}
	return nil
}

func isRefusal(err error) bool {
	var kind vadium.Kind
	return errors.As(err, &kind)
}

// answerBatch writes the verdicts and signs them.
func (v sessionService) answerBatch(b *opened) (*connect.Response[v1.ExecuteBatchResponse], error) {
	answered := &v1.ExecuteBatchResponse{Batch: b.id.String(), Verdicts: make([]*v1.BatchVerdict, len(b.verdicts))}
	messages := make([]v1.BatchVerdict, len(b.verdicts))
	for i := range b.verdicts {
		verdict, message := &b.verdicts[i], &messages[i]
		if err := b.refusals[i]; err != nil {
			if unknown(err) {
				return nil, err
			}
			verdict.Kind, message.Message = kindOf(err), err.Error()
			message.Kind, message.Hint = string(verdict.Kind), rowOf(verdict.Kind).hint
		}
		message.FirstSeq, message.LastSeq, message.AtMs = verdict.FirstSeq, verdict.LastSeq, int64(verdict.At)
		answered.Verdicts[i] = message
	}
	receipted := signing.BatchReceipt{Batch: b.id, Verdicts: signing.Verdicts(b.verdicts)}
	signature, place, err := receipt(v.Server, receipted)
	if err != nil {
		return nil, err
	}
	answered.Receipt = &v1.BatchReceipt{Batch: receipted.Batch.String(), Verdicts: receipted.Verdicts.String(), Signature: signature, Place: place}
	return answer(answered, nil)
}

// unknown reports whether an error leaves open what became of the command: then the whole batch is answered with it, and
// sending the batch again finds out.
func unknown(err error) bool {
	return errors.Is(err, sequencer.ErrStopped) || errors.Is(err, sequencer.ErrUnknown) || errors.Is(err, sequencer.ErrDurabilityUnknown)
}

func kindOf(err error) vadium.Kind {
	if kind, ok := errors.AsType[vadium.Kind](err); ok {
		return kind
	}
	if errors.Is(err, sequencer.ErrTooLarge) {
		return wire.ErrTooLarge
	}
	return wire.ErrFailed
}

// Bounds of fields, as the protos state them for single commands; a test holds the two against each other.
const (
	maxAmountDigits = 39
	maxRedundancy   = 16
	maxHedges       = 16
	signatureBytes  = 65
	maxAskSlots     = 1024
	maxProgressBps  = 10_000
)

// amountBound is the least amount that has too many digits.
var amountBound = func() vadium.Amount {
	bound, err := vadium.ParseAmount("1" + strings.Repeat("0", maxAmountDigits))
	if err != nil {
		panic("invariant: 10^39 is an amount: " + err.Error())
	}
	return bound
}()

// checkBody checks the fields of a batch's command as protovalidate does for single ones.
func checkBody(body marketplace.Body, proof []byte) error {
	switch b := body.(type) {
	case marketplace.SubmitRequest:
		switch {
		case len(b.Statement)%vadium.ScalarBytes != 0:
			return fmt.Errorf("statement: %d bytes are no whole number of scalars", len(b.Statement))
		case !b.MaxFee.Less(amountBound) || !b.DamageCap.Less(amountBound):
			return fmt.Errorf("max_fee and damage_cap have at most %d digits", maxAmountDigits)
		case b.Deadline <= 0:
			return errors.New("deadline_ms: it is above zero")
		case !b.Tier.Known():
			return fmt.Errorf("tier: %d is unknown, use 1 (immediate), 2 (standard) or 3 (bulk)", b.Tier)
		case b.Redundancy > maxRedundancy:
			return fmt.Errorf("redundancy: at most %d", maxRedundancy)
		}
		return checkArrangement(&b)
	case marketplace.LockRequest:
		if !b.Least.Less(amountBound) {
			return fmt.Errorf("least: at most %d digits", maxAmountDigits)
		}
	case marketplace.RevealBid:
		if !b.Fee.Less(amountBound) {
			return fmt.Errorf("fee: at most %d digits", maxAmountDigits)
		}
	case marketplace.PlaceAsk:
		switch {
		case !b.Price.Less(amountBound):
			return fmt.Errorf("price: at most %d digits", maxAmountDigits)
		case b.Slots == 0 || b.Slots > maxAskSlots || b.Capacity == 0 || b.Capacity > maxAskSlots:
			return fmt.Errorf("slots and capacity: 1 to %d", maxAskSlots)
		case b.ETA <= 0 || b.StandUntil <= 0:
			return errors.New("eta_ms and stand_until_ms: above zero")
		case !exists(b.Product):
			return fmt.Errorf("product: there is no %d/%d/%d", b.Product.Size, b.Product.Tier, b.Product.Stake)
		}
	case marketplace.WithdrawAsk:
		if !exists(b.Product) {
			return fmt.Errorf("product: there is no %d/%d/%d", b.Product.Size, b.Product.Tier, b.Product.Stake)
		}
	case marketplace.ServeProgram:
		if b.Benchmark <= 0 {
			return errors.New("benchmark_ms: it is above zero")
		}
	case marketplace.SendHeartbeat:
		if b.Progress > maxProgressBps {
			return fmt.Errorf("progress_bps: at most %d", maxProgressBps)
		}
	case marketplace.Deliver:
		if len(proof) == 0 {
			return errors.New("proof: it is empty")
		}
	}
	return nil
}

// checkArrangement is checkBody for what a request arranges and the quote it holds. Times and numbers of steps were bounded
// when they were read.
func checkArrangement(b *marketplace.SubmitRequest) error {
	a := &b.Arrangement
	amounts := []vadium.Amount{a.Ramp.Least, a.Sealed.Bond, b.Quote.Reserve}
	for _, raise := range a.Raises {
		amounts = append(amounts, raise.Reserve)
	}
	switch {
	case !a.Mechanism.Known():
		return fmt.Errorf("arrangement.mechanism: %d is unknown, use 0 to %d", a.Mechanism, auction.OnePrice)
	case slices.ContainsFunc(amounts, func(amount vadium.Amount) bool { return !amount.Less(amountBound) }):
		return fmt.Errorf("amounts of arrangement and quote have at most %d digits", maxAmountDigits)
	case a.Hedges > maxHedges:
		return fmt.Errorf("arrangement.hedges: at most %d", maxHedges)
	case b.Quote.Product != (auction.Product{}) && !exists(b.Quote.Product):
		return fmt.Errorf("quote.product: there is no %d/%d/%d", b.Quote.Product.Size, b.Quote.Product.Tier, b.Quote.Product.Stake)
	case len(b.QuoteSignature) != 0 && len(b.QuoteSignature) != signatureBytes:
		return fmt.Errorf("quote_signature: %d bytes, it has %d", len(b.QuoteSignature), signatureBytes)
	}
	return nil
}

func exists(p auction.Product) bool {
	return p.Size <= auction.MaxSize && p.Tier.Known() && p.Stake <= auction.StakeHigh
}

// listed is what a batch remembers of a program.
type listed struct {
	program vadium.Program
	known   bool
}

// roomFor refuses a new request when there is no room. One that is in already gets its first answer.
func (s *Server) roomFor(author vadium.Account, body marketplace.SubmitRequest) error {
	full := s.Room()
	if full == nil {
		return nil
	}
	known := false
	s.Market.View(func(state *marketplace.State) {
		known = state.Request(vadium.NewRequestID(author, body.ClientID)) != nil
	})
	if known {
		return nil
	}
	return full
}

// checkInput checks what only the shell can about a request: that the statement's scalars are canonical, and whether the
// author has uploaded the input, in the program's size. An unknown program is the core's to refuse. Programs that were
// looked up are remembered in seen.
func (s *Server) checkInput(ctx context.Context, author vadium.Account, body marketplace.SubmitRequest, seen map[vadium.ProgramID]listed) (held bool, err error) {
	if err := s.roomFor(author, body); err != nil {
		return false, err
	}
	of, looked := seen[body.Program]
	if !looked {
		s.Market.View(func(state *marketplace.State) {
			if l := state.Listing(body.Program); l != nil {
				of = listed{l.Program, true}
			}
		})
		if seen != nil {
			seen[body.Program] = of
		}
	}
	if !of.known {
		return false, nil
	}
	if len(body.Statement) == of.program.StatementBytes() { // another length is the core's to refuse
		if err := circuits.CheckStatement(of.program, body.Statement); err != nil {
			return false, err
		}
	}
	return s.possesses(ctx, author, wire.BlobInput, body.Input, uint64(of.program.InputBytes()))
}
