package prover

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

// Market is what the agent needs of a market, for the account whose agent it is. [Connect] makes one of the SDK's client.
//
// Calls may be made concurrently and return when the market has answered or could not be reached for some time. A
// refusal carries its [vadium.Kind]; any other error says nothing about whether a command took effect.
type Market interface {
	Account() vadium.Account

	Market(ctx context.Context) (client.Market, error)
	Prover(ctx context.Context, who vadium.Account) (client.Prover, error)
	Vault(ctx context.Context, id vadium.VaultID) (client.Vault, error)
	Books(ctx context.Context) ([]client.Book, error)
	Programs(ctx context.Context) iter.Seq2[client.Listing, error]
	Request(ctx context.Context, id vadium.RequestID) (marketplace.Request, error)
	Requests(ctx context.Context, f client.RequestFilter) iter.Seq2[marketplace.Request, error]
	// Watch yields every record from a position on, in order, each once, over all reconnects, until ctx ends.
	Watch(ctx context.Context, from uint64, f client.EventFilter) iter.Seq2[marketplace.Record, error]

	// Get and GetBytes return only content whose digest has been checked.
	Get(ctx context.Context, from client.Source, digest vadium.Digest, to io.Writer, progress client.Progress) error
	GetBytes(ctx context.Context, from client.Source, digest vadium.Digest) ([]byte, error)

	ServeProgram(ctx context.Context, program vadium.ProgramID, benchmark vadium.Duration) (client.Accepted, error)
	DropProgram(ctx context.Context, program vadium.ProgramID) (client.Accepted, error)
	// PlaceAsk places an ask and returns the market's signed receipt, to be kept.
	PlaceAsk(ctx context.Context, ask marketplace.PlaceAsk) (client.Kept, error)
	WithdrawAsk(ctx context.Context, product auction.Product) (client.Accepted, error)

	// LockRequest takes a request whose price climbs, if its price is least or more; CommitBid and RevealBid bid for one.
	LockRequest(ctx context.Context, id vadium.RequestID, least vadium.Amount) (client.Accepted, error)
	CommitBid(ctx context.Context, id vadium.RequestID, commitment vadium.Digest) (client.Accepted, error)
	RevealBid(ctx context.Context, bid marketplace.RevealBid) (client.Accepted, error)

	AcceptRequest(ctx context.Context, id vadium.RequestID) (client.Accepted, error)
	DeclineRequest(ctx context.Context, id vadium.RequestID) (client.Accepted, error)
	DisputeInput(ctx context.Context, id vadium.RequestID) (client.Accepted, error)
	SendHeartbeat(ctx context.Context, id vadium.RequestID, progress vadium.Bps) (client.Accepted, error)
	Resign(ctx context.Context, id vadium.RequestID) (client.Accepted, error)
	// Deliver hands a proof in and returns the market's signed receipt, to be kept.
	Deliver(ctx context.Context, id vadium.RequestID, proof []byte) (receipt json.RawMessage, err error)
}

// Connect returns the market a client talks to.
func Connect(c *client.Client) Market { return connected{c} }

// connected differs from the client where that returns receipts.
type connected struct{ *client.Client }

func (c connected) PlaceAsk(ctx context.Context, ask marketplace.PlaceAsk) (client.Kept, error) {
	_, receipt, err := c.Client.PlaceAsk(ctx, ask)
	if err != nil {
		return client.Kept{}, err
	}
	return c.Keep(ctx, receipt)
}

func (c connected) Deliver(ctx context.Context, id vadium.RequestID, proof []byte) (json.RawMessage, error) {
	_, receipt, err := c.Client.Deliver(ctx, id, proof)
	if err != nil {
		return nil, err
	}
	return json.Marshal(receipt)
}

// refusal returns the kind of a refusal, and false for an error that says nothing about what was asked.
func refusal(err error) (vadium.Kind, bool) {
	var kind vadium.Kind
	ok := errors.As(err, &kind) && !slices.Contains(notNow, kind)
	return kind, ok
}

// notNow are the refusals that say that the same call may be taken later. All but the first are the wire's.
var notNow = []vadium.Kind{
	marketplace.ErrPaused, "market-busy", "rate-limited", "too-many-calls", "disk-low", "market-failed", "market-stopping",
}
