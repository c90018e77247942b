package rpc

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/verifier"
	"vadium/oracle"
)

// maxProofsOfRounds bounds the proofs of rounds and clearings that are verified at a time: deliveries have the other children.
const maxProofsOfRounds = 2

// examineRound sets whether the proof of a round is one, and under which program, and says what is wrong with it, unless the market refuses the round
// anyway. An error says that the round is not wanted, or that nothing was found out.
func (s *Server) examineRound(ctx context.Context, command marketplace.Command, body *marketplace.PublishRound) (doubt, err error) {
	var program vadium.Program
	examined, now := false, s.Clock()
	s.Market.View(func(state *marketplace.State) {
		now = max(now, state.Now())
		if state.Remembered(command.ID, now) || !state.Funded(command.Author) {
			return // it has its answer, or the core's refusal
		}
		if err = state.CheckRound(now, *body); err == nil {
			program, examined = state.Listing(state.InForce(state.ProvenFeed(body.Feed), now).Program).Program, true
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
	doubt, err = s.verifyRound(ctx, program, *body)
	if errors.Is(err, verifier.ErrKills) {
		s.door.shut(command.Author)
	}
	body.Valid, body.Program = doubt == nil && err == nil, program.ID()
	return doubt, err
}

// verifyRound verifies a round's proof. The doubt is about the proof, the error about us.
func (s *Server) verifyRound(ctx context.Context, program vadium.Program, body marketplace.PublishRound) (doubt, err error) {
	key, err := blob.ReadAll(ctx, s.Blobs, program.VerifyingKey, circuits.MaxVerifyingKeyBytes)
	if err != nil {
		return nil, err
	}
	public := circuits.PublicInputs(program, pricemedian.Statement(body.Report), body.Request, body.Prover)
	found := s.Programs.Check(ctx, program, key, []circuits.Claim{{PublicInputs: public, Proof: body.Proof}})[0]
	switch {
	case found == nil:
		return nil, nil
	case errors.Is(found, circuits.ErrInvalidProof), errors.Is(found, circuits.ErrMalformedProof):
		return found, nil
	case errors.Is(found, verifier.ErrKills), ctx.Err() != nil:
		return nil, found
	}
	s.Log.Error("the proof of a round could not be checked", "feed", body.Feed.String(), "round", body.Report.Round, "error", found)
	return nil, fmt.Errorf("round %d: %w", body.Report.Round, wire.ErrRoundUndecided)
}

// What a seat may hang on the board: ten times what the fastest feed asks for. It cannot be configured, because it costs
// whoever has the key only.
const (
	seatRate  = 20
	seatBurst = 40
	// evidenceRate is how often a second somebody looks at what is signed in an account's evidence, and evidenceBurst how often
	// at once: each of its commitments. Evidence that proves nothing can be shown again for as long as its commitment lives.
	evidenceRate  = 1
	evidenceBurst = marketplace.MaxCommitments
	// shutOut is for how long nobody looks at the proofs of an account whose proof has ended children of the verifier.
	shutOut = time.Hour
)

// reporting keeps count of who observes and publishes.
type reporting struct {
	seats      *lru.Cache[oracle.Key, *rate.Limiter]
	publishers *lru.Cache[vadium.Account, *rate.Limiter]
	accusers   *lru.Cache[vadium.Account, *rate.Limiter]
	shut       *lru.Cache[vadium.Account, time.Time] // until when
}

func newReporting() (r reporting, err error) {
	if r.seats, err = lru.New[oracle.Key, *rate.Limiter](rememberedCallers); err != nil {
		return r, err
	}
	if r.publishers, err = lru.New[vadium.Account, *rate.Limiter](rememberedCallers); err != nil {
		return r, err
	}
	if r.accusers, err = lru.New[vadium.Account, *rate.Limiter](rememberedCallers); err != nil {
		return r, err
	}
	r.shut, err = lru.New[vadium.Account, time.Time](rememberedCallers)
	return r, err
}

// peekSeat refuses a seat that has no tokens left, before its signature is checked. It takes none: anybody can write another's
// key on an observation.
func (d *door) peekSeat(key oracle.Key) error {
	bucket, known := d.reporting.seats.Get(key)
	if now := time.Now(); known && bucket.TokensAt(now) < 1 {
		return seatTooFast(key, bucket, now)
	}
	return nil
}

// takeSeat counts an observation whose signature has been checked.
func (d *door) takeSeat(key oracle.Key) error {
	bucket := bucketOf(d.reporting.seats, key, seatRate, seatBurst)
	if now := time.Now(); !bucket.AllowN(now, 1) {
		return seatTooFast(key, bucket, now)
	}
	return nil
}

func seatTooFast(key oracle.Key, bucket *rate.Limiter, now time.Time) error {
	return &limited{wire.ErrRateLimited, fmt.Sprintf("key 0x%x may sign %d observations a second, %d at once", key, seatRate, seatBurst), wait(bucket, now, 1)}
}

// takeRound counts a proof that an account wants to have verified.
func (d *door) takeRound(by vadium.Account) error {
	now := time.Now()
	if until, known := d.reporting.shut.Get(by); known && now.Before(until) {
		return &limited{wire.ErrRateLimited, fmt.Sprintf("a proof of account %v ended processes that looked at it, so nobody looks at another before an hour is over", by), until.Sub(now)}
	}
	bucket := bucketOf(d.reporting.publishers, by, d.limits.RoundRate, d.limits.RoundBurst)
	if !bucket.AllowN(now, 1) {
		what := fmt.Sprintf("account %v may publish %v rounds or proofs of clearings a second, %d at once", by, d.limits.RoundRate, d.limits.RoundBurst)
		return &limited{wire.ErrRateLimited, what, wait(bucket, now, 1)}
	}
	return nil
}

// takeEvidence counts evidence of an account that somebody is to look at.
func (d *door) takeEvidence(by vadium.Account) error {
	bucket := bucketOf(d.reporting.accusers, by, evidenceRate, evidenceBurst)
	if now := time.Now(); !bucket.AllowN(now, 1) {
		what := fmt.Sprintf("account %v may show evidence %d times a second, %d at once", by, evidenceRate, evidenceBurst)
		return &limited{wire.ErrRateLimited, what, wait(bucket, now, 1)}
	}
	return nil
}

// shut keeps an account's proofs away from the verifier for a while.
func (d *door) shut(by vadium.Account) { d.reporting.shut.Add(by, time.Now().Add(shutOut)) }
