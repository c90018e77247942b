package reporter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
)

// Prover makes proofs of rounds. It is called for one round at a time, and ctx ends when the proof is not needed any more.
type Prover interface {
	Prove(ctx context.Context, w Work) (Proof, error)
}

// Work is a round to be proven.
type Work struct {
	Program vadium.ProgramID
	Report  oracle.Report
	Input   []byte         // the statement and the secrets, as the program takes them
	Account vadium.Account // publishes the round; a proof that is not bought is bound to it
}

// Statement returns the public scalars of the work, without the binding.
func (w Work) Statement() []byte { return pricemedian.Statement(w.Report) }

// Proof is a proof and what it is bound to: the request by which it was bought and who made it, or zero and whoever
// publishes it.
type Proof struct {
	Bytes   []byte
	Request vadium.RequestID
	Prover  vadium.Account
}

// Own makes proofs in this process. gnark cannot be interrupted, so a proof that is not needed any more is made all the
// same, and the next waits for it.
type Own struct {
	// Keys returns the proving keys of a program; they are asked for once and kept.
	Keys func(ctx context.Context, program vadium.ProgramID) (*circuits.ProvingKeys, error)

	mu     sync.Mutex // guards what follows, and is held while proving: two proofs at once would each take twice as long
	loaded *circuits.ProvingKeys
}

// Prove implements [Prover].
func (o *Own) Prove(ctx context.Context, w Work) (Proof, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return Proof{}, err
	}
	if o.loaded == nil || o.loaded.Program().ID() != w.Program {
		keys, err := o.Keys(ctx, w.Program)
		if err != nil {
			return Proof{}, fmt.Errorf("keys of program %s: %w", w.Program.Short(), err)
		}
		if keys.Program().ID() != w.Program {
			return Proof{}, fmt.Errorf("the keys are of program %s, the feed's is %s", keys.Program().ID().Short(), w.Program.Short())
		}
		o.loaded = keys
	}
	proof, err := o.loaded.Prove(w.Input, vadium.RequestID{}, w.Account)
	return Proof{Bytes: proof, Prover: w.Account}, err
}

// Shop is what is needed of a market to buy a proof; *client.Client is one. The proof is paid for by its account.
type Shop interface {
	Account() vadium.Account

	PutBytes(ctx context.Context, kind string, content []byte) (vadium.Digest, error)
	SubmitRequest(ctx context.Context, body marketplace.SubmitRequest) (client.Submitted, error)
	WaitProof(ctx context.Context, id vadium.RequestID) (marketplace.Request, []byte, error)
	CancelRequest(ctx context.Context, id vadium.RequestID) (client.Accepted, error)
}

// Bought buys proofs on a market. A round is asked for once, also after a restart: its request's id follows from its
// report.
type Bought struct {
	Market Shop
	// MaxFee is the most that a proof may cost, DamageCap what is owed if it never comes.
	MaxFee, DamageCap vadium.Amount
	// Within is how long a proof may take: less than the feed's time-out, or another leads by then.
	Within time.Duration
}

// withdrawWithin bounds taking back a request that is not needed any more.
const withdrawWithin = 5 * time.Second

// Prove implements [Prover].
func (b Bought) Prove(ctx context.Context, w Work) (Proof, error) {
	statement := w.Statement()
	clientID := vadium.Salt(vadium.HashParts("vadium/round/v1", w.Program[:], statement))
	id := vadium.NewRequestID(b.Market.Account(), clientID)
	input, err := b.Market.PutBytes(ctx, client.Input, w.Input)
	if err != nil {
		return Proof{}, fmt.Errorf("upload the input: %w", err)
	}
	_, err = b.Market.SubmitRequest(ctx, marketplace.SubmitRequest{
		ClientID: clientID, Program: w.Program, Statement: statement, Input: input, MaxFee: b.MaxFee, DamageCap: b.DamageCap,
		Deadline: vadium.Time(time.Now().Add(b.Within).UnixMilli()),
	})
	if err != nil && !errors.Is(err, marketplace.ErrRequestExists) {
		return Proof{}, fmt.Errorf("ask for the proof: %w", err)
	}
	request, proof, err := b.Market.WaitProof(ctx, id)
	if err != nil {
		b.withdraw(ctx, id)
		return Proof{}, fmt.Errorf("wait for the proof: %w", err)
	}
	return Proof{Bytes: proof, Request: id, Prover: request.Attempts[request.ProvedBy-1].Prover}, nil
}

// withdraw takes a request back that nobody was assigned yet; if somebody was, its proof is paid for in vain.
func (b Bought) withdraw(ctx context.Context, id vadium.RequestID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawWithin)
	defer cancel()
	_, _ = b.Market.CancelRequest(ctx, id)
}
