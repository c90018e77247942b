package rpc

import (
	"context"
	"fmt"

	"connectrpc.com/connect"

	"vadium"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
)

// programService implements vadium.marketplace.v1.ProgramService.
type programService struct{ *Server }

// RegisterProgram implements the service.
func (p programService) RegisterProgram(ctx context.Context, req *connect.Request[v1.RegisterProgramRequest]) (*connect.Response[v1.RegisterProgramResponse], error) {
	command, body, err := open[marketplace.RegisterProgram](p.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	if p.listing(body.Program.ID()) == nil { // else the core refuses, or gives the first answer: no need to verify again
		statement, err := wire.ReadBytes(req.Msg.GetSampleStatement())
		if err != nil {
			return nil, malformed(err)
		}
		if err := p.examine(ctx, command.Author, body.Program, sample{statement, req.Msg.GetSampleProof()}); err != nil {
			return nil, err
		}
		body.SampleVerified = true
	}
	body.Class = keyClass(body.Program)
	command.Body = body
	accepted, err := p.do(ctx, command)
	if err != nil {
		return nil, err
	}
	return answer(&v1.RegisterProgramResponse{Accepted: writeAccepted(accepted), Listing: p.listing(body.Program.ID())}, nil)
}

// keyClass says who vouches for the keys of a program registered over the wire: its registrant. The core raises it when
// the registrant is the operator.
func keyClass(vadium.Program) vadium.KeyClass { return vadium.KeysRegistrant }

// sample shows that a program's keys work.
type sample struct{ statement, proof []byte }

// examine checks what a listing promises: the files are here, uploaded by whoever lists them, the key is one a verifier
// can load, and the sample proof verifies under it.
func (p programService) examine(ctx context.Context, author vadium.Account, program vadium.Program, s sample) error {
	for _, file := range []struct {
		kind   string
		digest vadium.Digest
		size   uint64
	}{
		{wire.BlobConstraintSystem, program.ConstraintSystem, program.ConstraintSystemBytes},
		{wire.BlobProvingKey, program.ProvingKey, program.ProvingKeyBytes},
		{wire.BlobVerifyingKey, program.VerifyingKey, program.VerifyingKeyBytes},
	} {
		held, err := p.possesses(ctx, author, file.kind, file.digest, file.size)
		if err != nil {
			return err
		}
		if !held {
			return fmt.Errorf("%s %v of %d bytes: %w", file.kind, file.digest, file.size, wire.ErrBlobNotUploaded)
		}
	}
	select {
	case p.samples <- struct{}{}:
		defer func() { <-p.samples }()
	case <-ctx.Done():
		return ctx.Err()
	}
	content, err := blob.ReadAll(ctx, p.Blobs, program.VerifyingKey, circuits.MaxVerifyingKeyBytes)
	if err != nil {
		return err
	}
	key, err := circuits.LoadVerifyingKey(program, content)
	if err != nil {
		return err
	}
	if err := circuits.CheckStatement(program, s.statement); err != nil {
		return err
	}
	// No request has id 0, so a bound sample is worth nothing as a delivery.
	public := circuits.PublicInputs(program, s.statement, vadium.RequestID{}, author)
	if err := key.Verify(public, s.proof); err != nil {
		return fmt.Errorf("%w: %w", marketplace.ErrSampleUnverified, err)
	}
	return nil
}

func (s *Server) listing(id vadium.ProgramID) (message *v1.Listing) {
	s.Market.View(func(state *marketplace.State) {
		if l := state.Listing(id); l != nil {
			message = new(v1.Listing)
			wire.Write(message, listingView(id, l))
		}
	})
	return message
}

// GetProgram implements the service.
func (p programService) GetProgram(_ context.Context, req *connect.Request[v1.GetProgramRequest]) (*connect.Response[v1.GetProgramResponse], error) {
	id, err := vadium.ParseProgramID(req.Msg.GetProgram())
	if err != nil {
		return nil, malformed(err)
	}
	listing := p.listing(id)
	if listing == nil {
		return nil, marketplace.ErrProgramUnknown
	}
	return answer(&v1.GetProgramResponse{Listing: listing}, nil)
}

// ListPrograms implements the service.
func (p programService) ListPrograms(_ context.Context, req *connect.Request[v1.ListProgramsRequest]) (*connect.Response[v1.ListProgramsResponse], error) {
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	answered := new(v1.ListProgramsResponse)
	p.Market.View(func(s *marketplace.State) {
		for id, l := range s.Listings() {
			if page.take() {
				message := new(v1.Listing)
				wire.Write(message, listingView(id, l))
				answered.Listings = append(answered.Listings, message)
			}
		}
	})
	answered.NextPageToken = page.next()
	return answer(answered, nil)
}
