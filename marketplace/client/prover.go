package client

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// PlaceAsk sets the account's standing ask for a product, sealed to the market's key. Give it a fresh Salt ([NewSalt]). The
// receipt is worth keeping ([Client.Keep]).
func (c *Client) PlaceAsk(ctx context.Context, body marketplace.PlaceAsk) (Accepted, Receipted[signing.AskReceipt], error) {
	a, err := c.placeSealed(ctx, body)
	if err != nil {
		return Accepted{}, Receipted[signing.AskReceipt]{}, err
	}
	accepted, err := read[Accepted](a.GetAccepted())
	if err != nil {
		return accepted, Receipted[signing.AskReceipt]{}, err
	}
	receipt, err := checked[signing.AskReceipt](c, ctx, a.GetReceipt())
	if err != nil {
		return accepted, receipt, err
	}
	if got, want := receipt.Receipt, clearingproof.Committed(c.Account(), body); got.Prover != c.Account() || got.Product != body.Product ||
		got.Commitment != want.Commitment(c.Account(), got.Seq, got.Epoch) {
		return accepted, receipt, fmt.Errorf("record %d: %w", got.Seq, ErrOtherAsk)
	}
	return accepted, receipt, nil
}

// ErrOtherAsk: the market signed that another ask is in force than the one that was sent. Withdraw it, and keep the receipt.
var ErrOtherAsk = errors.New("the market's receipt is not of the ask that was sent, which may be in force with other terms: withdraw it")

// WithdrawAsk takes the account's ask for a product back.
func (c *Client) WithdrawAsk(ctx context.Context, product auction.Product) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.WithdrawAsk, marketplace.WithdrawAsk{Product: product})
	return accepted, err
}

// ServeProgram opts the account in to a program, with the proving time it measured.
func (c *Client) ServeProgram(ctx context.Context, program vadium.ProgramID, benchmark vadium.Duration) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.ServeProgram, marketplace.ServeProgram{Program: program, Benchmark: benchmark})
	return accepted, err
}

// DropProgram opts the account out again.
func (c *Client) DropProgram(ctx context.Context, program vadium.ProgramID) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.DropProgram, marketplace.DropProgram{Program: program})
	return accepted, err
}

// LockRequest takes a request whose price climbs, if its price is least or more by then; that price is what it pays. In the
// request's grace it takes one that whoever had it has not delivered, for a part of what is taken from them.
func (c *Client) LockRequest(ctx context.Context, request vadium.RequestID, least vadium.Amount) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.LockRequest, marketplace.LockRequest{Request: request, Least: least})
	return accepted, err
}

// CommitBid bids for a request without showing the fee, and deposits the bond that the request names. Write the fee and its
// salt down first, where a crash does not take them: a bid that is not revealed costs its bond.
func (c *Client) CommitBid(ctx context.Context, request vadium.RequestID, commitment vadium.Digest) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.CommitBid, marketplace.CommitBid{Request: request, Commitment: commitment})
	return accepted, err
}

// RevealBid shows what the account committed to, while the request takes reveals. The bond comes back when the bids
// are cleared.
func (c *Client) RevealBid(ctx context.Context, body marketplace.RevealBid) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.RevealBid, body)
	return accepted, err
}

// AcceptRequest says that the witness is solved. From here the account is liable.
func (c *Client) AcceptRequest(ctx context.Context, id vadium.RequestID) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.AcceptRequest, marketplace.AcceptRequest{Request: id})
	return accepted, err
}

// DeclineRequest hands an assignment back before accepting it.
func (c *Client) DeclineRequest(ctx context.Context, id vadium.RequestID) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.DeclineRequest, marketplace.DeclineRequest{Request: id})
	return accepted, err
}

// DisputeInput says that the input does not satisfy the program.
func (c *Client) DisputeInput(ctx context.Context, id vadium.RequestID) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.DisputeInput, marketplace.DisputeInput{Request: id})
	return accepted, err
}

// SendHeartbeat says that an accepted request is being proven.
func (c *Client) SendHeartbeat(ctx context.Context, id vadium.RequestID, progress vadium.Bps) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.SendHeartbeat, marketplace.SendHeartbeat{Request: id, Progress: progress})
	return accepted, err
}

// Resign gives an accepted request up.
func (c *Client) Resign(ctx context.Context, id vadium.RequestID) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.provers.Resign, marketplace.Resign{Request: id})
	return accepted, err
}

// Deliver hands a proof in. The receipt is the market's word on when it arrived.
func (c *Client) Deliver(ctx context.Context, id vadium.RequestID, proof []byte) (Accepted, Receipted[signing.DeliveryReceipt], error) {
	var none Receipted[signing.DeliveryReceipt]
	auth, err := c.authorise(ctx, marketplace.Deliver{Request: id, Proof: vadium.DigestOf(proof)})
	if err != nil {
		return Accepted{}, none, err
	}
	a, err := call(ctx, c, c.provers.Deliver, &v1.DeliverRequest{Auth: auth, Request: id.String(), Proof: proof})
	if err != nil {
		return Accepted{}, none, err
	}
	accepted, err := read[Accepted](a.GetAccepted())
	if err != nil {
		return accepted, none, err
	}
	receipt, err := checked[signing.DeliveryReceipt](c, ctx, a.GetReceipt())
	return accepted, receipt, err
}

// Prover returns what the market knows of a prover.
func (c *Client) Prover(ctx context.Context, prover vadium.Account) (Prover, error) {
	a, err := call(ctx, c, c.provers.GetProver, &v1.GetProverRequest{Prover: prover.Hex()})
	if err != nil {
		return Prover{}, err
	}
	return read[Prover](a.GetProver())
}

// Provers yields provers in order of appearance. It stops after the first error.
func (c *Client) Provers(ctx context.Context) iter.Seq2[Prover, error] {
	return pages[Prover](func(token string) ([]*v1.Prover, string, error) {
		a, err := call(ctx, c, c.provers.ListProvers, &v1.ListProversRequest{PageSize: pageSize, PageToken: token})
		return a.GetProvers(), a.GetNextPageToken(), err
	})
}

// RegisterProgram lists a program. Its three files and its sample have been uploaded by this account before
// ([Client.PutFile]); the proof is of the sample, for request 0 and account 0 if the program is bound.
func (c *Client) RegisterProgram(ctx context.Context, program vadium.Program, sampleProof []byte) (Accepted, Listing, error) {
	body := marketplace.RegisterProgram{Program: program}
	auth, err := c.authorise(ctx, body)
	if err != nil {
		return Accepted{}, Listing{}, err
	}
	message := &v1.RegisterProgramRequest{Auth: auth, SampleProof: sampleProof}
	wire.WriteCommand(message, body)
	a, err := call(ctx, c, c.programs.RegisterProgram, message)
	if err != nil {
		return Accepted{}, Listing{}, err
	}
	accepted, err := read[Accepted](a.GetAccepted())
	if err != nil {
		return accepted, Listing{}, err
	}
	listing, err := read[Listing](a.GetListing())
	return accepted, listing, err
}

// Program returns a listed program.
func (c *Client) Program(ctx context.Context, id vadium.ProgramID) (Listing, error) {
	a, err := call(ctx, c, c.programs.GetProgram, &v1.GetProgramRequest{Program: id.String()})
	if err != nil {
		return Listing{}, err
	}
	return read[Listing](a.GetListing())
}

// Programs yields listed programs in order of listing. It stops after the first error.
func (c *Client) Programs(ctx context.Context) iter.Seq2[Listing, error] {
	return pages[Listing](func(token string) ([]*v1.Listing, string, error) {
		a, err := call(ctx, c, c.programs.ListPrograms, &v1.ListProgramsRequest{PageSize: pageSize, PageToken: token})
		return a.GetListings(), a.GetNextPageToken(), err
	})
}
