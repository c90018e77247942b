package rpc

import (
	"context"
	"errors"
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
		if err := p.Room(); err != nil {
			return nil, err
		}
		if body.Class, err = p.examine(ctx, command.Author, body.Program, req.Msg.GetSampleProof()); err != nil {
			return nil, err
		}
		body.SampleVerified = true
	}
	command.Body = body
	accepted, err := p.do(ctx, command)
	if err != nil {
		return nil, err
	}
	return answer(&v1.RegisterProgramResponse{Accepted: writeAccepted(accepted), Listing: p.listing(body.Program.ID())}, nil)
}

// examine checks what a listing promises: the files are here, uploaded by whoever lists them, the key is one a verifier
// can load, the sample is an input of the program, and its proof verifies. It returns who vouches for the keys.
func (p programService) examine(ctx context.Context, author vadium.Account, program vadium.Program, proof []byte) (vadium.KeyClass, error) {
	for _, file := range []struct {
		kind   string
		digest vadium.Digest
		size   uint64
	}{
		{wire.BlobConstraintSystem, program.ConstraintSystem, program.ConstraintSystemBytes},
		{wire.BlobProvingKey, program.ProvingKey, program.ProvingKeyBytes},
		{wire.BlobVerifyingKey, program.VerifyingKey, program.VerifyingKeyBytes},
		{wire.BlobSample, program.Sample, uint64(program.InputBytes())},
	} {
		held, err := p.possesses(ctx, author, file.kind, file.digest, file.size)
		if err != nil {
			return 0, err
		}
		if !held {
			return 0, fmt.Errorf("%s %v of %d bytes: %w", file.kind, file.digest, file.size, wire.ErrBlobNotUploaded)
		}
	}
	select {
	case p.samples <- struct{}{}:
		defer func() { <-p.samples }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return p.verifySample(ctx, program, proof)
}

func (p programService) verifySample(ctx context.Context, program vadium.Program, proof []byte) (vadium.KeyClass, error) {
	sample, err := blob.ReadAll(ctx, p.Blobs, program.Sample, MaxInput)
	if err != nil {
		return 0, err
	}
	if err := circuits.CheckInput(program, sample); err != nil {
		return 0, err
	}
	content, err := blob.ReadAll(ctx, p.Blobs, program.VerifyingKey, circuits.MaxVerifyingKeyBytes)
	if err != nil {
		return 0, err
	}
	// There is no request 0 and no account 0, so a bound sample's proof is worth nothing as a delivery.
	public := circuits.PublicInputs(program, sample[:program.StatementBytes()], vadium.RequestID{}, vadium.Account{})
	class, err := p.Programs.Admit(ctx, program, content, circuits.Claim{PublicInputs: public, Proof: proof})
	if errors.Is(err, circuits.ErrMalformedProof) || errors.Is(err, circuits.ErrInvalidProof) {
		return 0, fmt.Errorf("%w: %w", marketplace.ErrSampleUnverified, err)
	}
	return class, err
}

func (s *Server) listing(id vadium.ProgramID) *v1.Listing {
	var view *wire.Listing
	s.Market.View(func(state *marketplace.State) {
		if l := state.Listing(id); l != nil {
			seen := listingView(id, l)
			view = &seen
		}
	})
	if view == nil {
		return nil
	}
	message := new(v1.Listing)
	wire.Write(message, *view)
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
	var views []wire.Listing
	p.Market.View(func(s *marketplace.State) {
		for id, l := range s.Listings() {
			if page.take() {
				views = append(views, listingView(id, l))
			}
			if page.beyond() {
				break
			}
		}
	})
	answered := &v1.ListProgramsResponse{NextPageToken: page.next()}
	for _, view := range views {
		message := new(v1.Listing)
		wire.Write(message, view)
		answered.Listings = append(answered.Listings, message)
	}
	return answer(answered, nil)
}
