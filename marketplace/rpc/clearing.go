package rpc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"connectrpc.com/connect"

	"vadium"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/verifier"
)

// clearingService implements vadium.marketplace.v1.ClearingService.
type clearingService struct{ *Server }

// PublishClearing implements the service. The proof is verified before the command is queued, in the verifier's children, and
// only when the market wants it.
func (c clearingService) PublishClearing(ctx context.Context, req *connect.Request[v1.PublishClearingRequest]) (*connect.Response[v1.PublishClearingResponse], error) {
	command, body, err := open[marketplace.PublishClearing](c.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	doubt, err := c.examineClearing(ctx, command, &body)
	if err != nil {
		return nil, err
	}
	command.Body = body
	accepted, err := c.do(ctx, command)
	if err != nil {
		return nil, doubted(err, doubt)
	}
	return answer(&v1.PublishClearingResponse{Accepted: writeAccepted(accepted)}, nil)
}

// examineClearing sets whether the proof is one of the clearing, and says what is wrong with it, unless the market refuses it
// anyway. An error says that it is not wanted, or that nothing was found out.
func (s *Server) examineClearing(ctx context.Context, command marketplace.Command, body *marketplace.PublishClearing) (doubt, err error) {
	var x clearingExam
	examined, now := false, s.Clock()
	s.Market.View(func(state *marketplace.State) {
		if state.Remembered(command.ID, max(now, state.Now())) || !state.Funded(command.Author) {
			return // it has its answer, or the core's refusal
		}
		if err = state.CheckClearing(*body); err == nil {
			x = clearingExam{*body, state.Listing(body.Program).Program, state.Cleared(body.Clearing).Seed}
			examined = true
		}
	})
	if err != nil || !examined {
		return nil, err
	}
	if err := s.turned(s.door.takeRound(command.Author)); err != nil {
		return nil, err
	}
	select {
	case s.rounds <- struct{}{}:
		defer func() { <-s.rounds }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	public, doubt, err := s.statedClearing(ctx, x)
	if doubt != nil || err != nil {
		return doubt, err
	}
	doubt, err = s.verifyClearing(ctx, x, public)
	if errors.Is(err, verifier.ErrKills) {
		s.door.shut(command.Author)
	}
	body.Valid = doubt == nil && err == nil
	return doubt, err
}

// clearingExam is a proof that is looked at.
type clearingExam struct {
	body    marketplace.PublishClearing
	program vadium.Program
	seed    [32]byte // of the ask epoch of the clearing
}

// statedClearing returns what the proof has to be verified against. The book has to be the one of the record: a proof for another
// one with the same clearing would be as good, and who brought it first would keep the right one out. The doubt is about the
// command, the error about us.
func (s *Server) statedClearing(ctx context.Context, x clearingExam) (public []byte, doubt, err error) {
	seq, size := x.body.Clearing, int(x.body.Size)
	if err := clearingproof.CheckProgram(x.program, size); err != nil {
		return nil, err, nil
	}
	record, err := s.Market.At(ctx, seq)
	if err != nil {
		return nil, nil, err
	}
	cleared, is := record.Event.(*marketplace.BatchCleared)
	if !is {
		return nil, nil, fmt.Errorf("record %d is no batch, and the market keeps it as one", seq)
	}
	if err := clearingproof.CheckBook(s.domain.Deployment, seq, cleared, x.seed, size, x.body.Book); err != nil {
		return nil, err, nil
	}
	statement, err := clearingproof.Statement(s.domain.Deployment, seq, cleared, x.body.Book)
	if err != nil {
		return nil, err, nil
	}
	return clearingproof.PublicInputs(x.program, statement), nil, nil
}

// verifyClearing verifies a proof. The doubt is about the proof, the error about us.
func (s *Server) verifyClearing(ctx context.Context, x clearingExam, public []byte) (doubt, err error) {
	key, err := blob.ReadAll(ctx, s.Blobs, x.program.VerifyingKey, circuits.MaxVerifyingKeyBytes)
	if err != nil {
		return nil, err
	}
	found := s.Programs.Check(ctx, x.program, key, []circuits.Claim{{PublicInputs: public, Proof: x.body.Proof}})[0]
	switch {
	case found == nil:
		return nil, nil
	case errors.Is(found, circuits.ErrInvalidProof), errors.Is(found, circuits.ErrMalformedProof):
		return found, nil
	case errors.Is(found, verifier.ErrKills), ctx.Err() != nil:
		return nil, found
	}
	s.Log.Error("the proof of a clearing could not be checked", "seq", x.body.Clearing, "error", found)
	return nil, fmt.Errorf("clearing %d: %w", x.body.Clearing, wire.ErrClearingUndecided)
}

// GetClearing implements the service.
func (c clearingService) GetClearing(ctx context.Context, req *connect.Request[v1.GetClearingRequest]) (*connect.Response[v1.GetClearingResponse], error) {
	seq := req.Msg.GetClearing()
	var end, proven uint64
	c.Market.View(func(state *marketplace.State) {
		end = state.NextSeq()
		if row := state.Cleared(seq); row != nil {
			proven = row.Proven
		}
	})
	if seq >= end {
		return nil, fmt.Errorf("record %d is yet to be written: %w", seq, marketplace.ErrClearingUnknown)
	}
	record, err := c.Market.At(ctx, seq)
	if err != nil {
		return nil, err
	}
	if _, is := record.Event.(*marketplace.BatchCleared); !is {
		return nil, fmt.Errorf("record %d is a %s: %w", seq, marketplace.KindOf(record.Event), marketplace.ErrClearingUnknown)
	}
	answered := &v1.GetClearingResponse{Cleared: wire.WriteEvent(c.shown(record))}
	if proven != 0 {
		if record, err = c.Market.At(ctx, proven); err != nil {
			return nil, err
		}
		answered.Proven = wire.WriteEvent(c.shown(record))
	}
	return answer(answered, nil)
}

// shown returns a record as everyone may see it now.
func (s *Server) shown(r marketplace.Record) (public marketplace.Record) {
	s.Market.View(func(state *marketplace.State) { public = marketplace.Public(r, state) })
	return public
}

// ListClearings implements the service. The token of a page is the position of its first clearing: new ones come before it.
func (c clearingService) ListClearings(_ context.Context, req *connect.Request[v1.ListClearingsRequest]) (*connect.Response[v1.ListClearingsResponse], error) {
	last, size := ^uint64(0), int(req.Msg.GetPageSize())
	if token := req.Msg.GetPageToken(); token != "" {
		var err error
		if last, err = strconv.ParseUint(token, 10, 63); err != nil {
			return nil, malformed(fmt.Errorf("page_token %q is not from a previous page", token))
		}
	}
	if size == 0 {
		size = defaultPage
	}
	var views []wire.Clearing
	c.Market.View(func(state *marketplace.State) {
		for seq, row := range state.ClearedBatches() {
			if seq <= last {
				views = append(views, wire.Clearing{
					Seq: seq, Product: row.Product, Tick: row.Tick, Mechanism: row.Mechanism, Root: row.Root, Served: row.Served, Paid: row.Paid, Proven: row.Proven,
				})
			}
		}
	})
	slices.Reverse(views)
	answered := new(v1.ListClearingsResponse)
	if len(views) > size {
		answered.NextPageToken = strconv.FormatUint(views[size].Seq, 10)
		views = views[:size]
	}
	for _, view := range views {
		message := new(v1.Clearing)
		wire.Write(message, view)
		answered.Clearings = append(answered.Clearings, message)
	}
	return answer(answered, nil)
}
