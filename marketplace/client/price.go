package client

import (
	"context"
	"errors"
	"fmt"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/pricemedian"
	"vadium/oracle"
)

// Why a round or a price is not given. Whatever the market's answer lacks, nothing of it may be used.
var (
	// ErrUnproven: the market's answer is not proven, or not by whom it says.
	ErrUnproven = errors.New("the round is not proven")
	// ErrPinned: it is proven, but not by the program or the committee that the caller insists on, or in another market.
	ErrPinned = errors.New("the round is not of what was pinned")
	// ErrOtherCommittee: the round is of a configuration of the feed that is no longer its own. Whoever knows the committee and
	// the program of then pins both.
	ErrOtherCommittee = errors.New("the round was published under another configuration of the feed (pin its committee and its program)")
	// ErrPriceStale: the last round is too old to be relied on.
	ErrPriceStale = errors.New("the price is stale")
)

// maxAhead is how far the market's clock may be ahead of this machine's.
const maxAhead = 30 * vadium.Second

// Price is a value that enough reporters signed for, and whose proof the client has verified itself.
type Price struct {
	Feed     oracle.FeedID
	Value    vadium.Amount // with Decimals
	Decimals uint8
	// At is when the oldest of the observations was made.
	At     vadium.Time
	Round  uint64
	Proven Proven
}

// Proven is a round whose proof the client has verified itself.
type Proven struct {
	Round Round
	// Feed is the configuration that it was published under; nil: it is not known any more, and committee and program are those
	// that were pinned.
	Feed    *oracle.Feed
	Program vadium.Program
}

// Pin is what a caller knows and insists on, whatever the market says. Without pins a price is as good as the market's word
// for who sits on the feed's committee, for the program's keys and for how many decimals the feed has; with the market, the
// program, the committee and the decimals pinned nobody but the committee can lie about the value.
type Pin func(*pins)

type pins struct {
	market    *vadium.Salt
	program   *vadium.ProgramID
	committee *[32]byte
	decimals  *uint8
	age       vadium.Duration
}

// PinMarket insists on the market of a deployment: observations are signed for one.
func PinMarket(deployment vadium.Salt) Pin { return func(p *pins) { p.market = &deployment } }

// PinProgram insists on the program that verifies the feed's proofs.
func PinProgram(id vadium.ProgramID) Pin { return func(p *pins) { p.program = &id } }

// PinCommittee insists on the committee of a digest (pricemedian.Committee).
func PinCommittee(digest [32]byte) Pin { return func(p *pins) { p.committee = &digest } }

// PinDecimals insists on the number of a feed's decimals: reporters sign whole numbers, and no proof says what they count.
func PinDecimals(decimals uint8) Pin { return func(p *pins) { p.decimals = &decimals } }

// MaxAge is how old the oldest observation of a price may be; without it, as old as a feed lets it become that is not late.
func MaxAge(age vadium.Duration) Pin { return func(p *pins) { p.age = age } }

func gather(given []Pin) (all pins) {
	for _, pin := range given {
		pin(&all)
	}
	return all
}

// Price returns the last value of a feed, once it has verified the proof itself: that a quorum of the feed's committee signed
// observations for this feed in this market, that the value is their median, and that they are fresh. What the market says
// besides is held against the proof; an answer that does not fit is an error.
func (c *Client) Price(ctx context.Context, feed oracle.FeedID, pinned ...Pin) (Price, error) {
	proven, err := c.VerifyRound(ctx, feed, 0, pinned...)
	if errors.Is(err, ErrOtherCommittee) { // between its two questions another came to be published, under another configuration
		proven, err = c.VerifyRound(ctx, feed, 0, pinned...)
	}
	if err != nil {
		return Price{}, err
	}
	if proven.Feed == nil { // a committee that was replaced says nothing of now
		return Price{}, fmt.Errorf("the last round of feed %s: %w", nameOf(feed), ErrOtherCommittee)
	}
	report := proven.Round.Report
	if age, most := c.options.Clock().Sub(report.Oldest), gather(pinned).maxAge(proven.Feed); age > most {
		return Price{}, fmt.Errorf("feed %s: its oldest observation is %d ms old, it may be %d: %w", nameOf(feed), age, most, ErrPriceStale)
	}
	return Price{
		Feed: feed, Value: report.Median, Decimals: proven.Feed.Decimals, At: report.Oldest, Round: report.Round, Proven: proven,
	}, nil
}

// maxAge is how old the oldest observation may be: a window when the round is published, and then as long as the next may take,
// even if every seat that may be faulty leads in turn.
func (p pins) maxAge(f *oracle.Feed) vadium.Duration {
	if p.age > 0 {
		return p.age
	}
	return f.Window + f.Heartbeat + vadium.Duration(f.Faulty()+2)*f.Timeout
}

// VerifyRound fetches a round of a feed (0: the last) with its proof, and verifies it alone: the committee's digest is made anew
// from its keys, the statement from the report, and the proof is verified under the key of the program, which its id names.
// When it was published is the market's word; when it was observed is proven.
func (c *Client) VerifyRound(ctx context.Context, feed oracle.FeedID, number uint64, pinned ...Pin) (Proven, error) {
	p := gather(pinned)
	market, err := c.identify(ctx)
	if err != nil {
		return Proven{}, err
	}
	if p.market != nil && market.domain.Deployment != *p.market {
		return Proven{}, fmt.Errorf("the market is that of deployment %v: %w", market.domain.Deployment, ErrPinned)
	}
	round, err := c.Round(ctx, feed, number)
	if err != nil {
		return Proven{}, err
	}
	// Later than the round: the configuration that the last round was published under is the feed's until there is another.
	standing, err := c.Feed(ctx, feed)
	if err != nil {
		return Proven{}, err
	}
	v := verification{feed: feed, number: number, scope: oracle.ScopeOf(market.domain.Deployment, feed), now: c.options.Clock(), pins: p, round: round}
	if err := v.checkRound(); err != nil {
		return Proven{}, fmt.Errorf("round %d of feed %s: %w", round.Report.Round, nameOf(feed), err)
	}
	configuration, err := v.configuration(standing)
	if err != nil {
		return Proven{}, fmt.Errorf("round %d of feed %s: %w", round.Report.Round, nameOf(feed), err)
	}
	program, err := c.verifyProof(ctx, round)
	if err != nil {
		return Proven{}, fmt.Errorf("round %d of feed %s: %w", round.Report.Round, nameOf(feed), err)
	}
	if configuration != nil && program.Name != pricemedian.ProgramName(int(configuration.Slots)) {
		return Proven{}, fmt.Errorf("program %s proves no median of %d: %w", program.Name, configuration.Slots, ErrUnproven)
	}
	return Proven{Round: round, Feed: configuration, Program: program}, nil
}

// verification is one round on its way to being believed.
type verification struct {
	feed   oracle.FeedID
	number uint64 // that was asked for; 0: the last
	scope  oracle.Scope
	now    vadium.Time
	pins   pins
	round  Round
}

// checkRound refuses a round that is not what was asked for, whoever published it.
func (v verification) checkRound() error {
	r := v.round.Report
	switch {
	case v.round.Feed != v.feed || v.number != 0 && r.Round != v.number:
		return fmt.Errorf("the market answers with round %d of feed %s: %w", r.Round, nameOf(v.round.Feed), ErrUnproven)
	case r.Scope != v.scope:
		return fmt.Errorf("it is of another feed or another market: %w", ErrUnproven)
	case v.pins.committee != nil && r.Committee != *v.pins.committee:
		return fmt.Errorf("it is of committee 0x%x: %w", r.Committee, ErrPinned)
	case v.pins.program != nil && v.round.Program != *v.pins.program:
		return fmt.Errorf("it is proven by program %v: %w", v.round.Program, ErrPinned)
	case r.Newest.After(v.now.Add(maxAhead)):
		return fmt.Errorf("its newest observation is %d ms in the future (look at this machine's clock): %w", r.Newest.Sub(v.now), ErrUnproven)
	}
	return nil
}

// configuration returns what the round was published under, if that is the feed's still, once it is sound and the round fits it.
func (v verification) configuration(standing ProvenFeed) (*oracle.Feed, error) {
	f, r := standing.Feed, v.round.Report
	if f.ID != v.feed {
		return nil, fmt.Errorf("the market answers with feed %s: %w", nameOf(f.ID), ErrUnproven)
	}
	if r.Committee != f.Committee || v.round.Program != f.Program {
		if v.pins.committee != nil && v.pins.program != nil {
			return nil, nil
		}
		return nil, ErrOtherCommittee
	}
	if v.pins.decimals != nil && f.Decimals != *v.pins.decimals {
		return nil, fmt.Errorf("the feed has %d decimals: %w", f.Decimals, ErrPinned)
	}
	keys := make([]oracle.Key, len(f.Seats))
	for i, seat := range f.Seats {
		keys[i] = seat.Key
	}
	committee, err := pricemedian.Committee(int(f.Slots), keys)
	if err != nil || committee != f.Committee {
		return nil, fmt.Errorf("the committee's digest is not that of its keys (%v): %w", err, ErrUnproven)
	}
	if err := f.Check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnproven, err)
	}
	// Whether those present were backed by stake is the market's word; what came before has been published.
	if err := f.Accept(v.scope, r.Present, oracle.Round{}, v.round.Published, r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnproven, err)
	}
	return &f, nil
}

// verifyProof verifies the round's proof under the key of the program that the round names.
func (c *Client) verifyProof(ctx context.Context, round Round) (vadium.Program, error) {
	key, err := c.verifyingKey(ctx, round.Program)
	if err != nil {
		return vadium.Program{}, err
	}
	statement := pricemedian.Statement(round.Report)
	if key.program.StatementBytes() != len(statement) || !key.program.Bound {
		return vadium.Program{}, fmt.Errorf("program %s states something else than a report: %w", key.program.Name, ErrUnproven)
	}
	public := circuits.PublicInputs(key.program, statement, round.Request, round.Prover)
	if err := key.parsed.Verify(public, round.Proof); err != nil {
		return vadium.Program{}, fmt.Errorf("%w: %w", ErrUnproven, err)
	}
	return key.program, nil
}

// verifyingKey is the key of a program with its manifest.
type verifyingKey struct {
	program vadium.Program
	parsed  *circuits.VerifyingKey
}

// keptKeys bounds the verifying keys that a client keeps, about 100 kB each.
const keptKeys = 16

// verifyingKey returns the verifying key of a program. Its bytes have the digest that the manifest says, and the manifest the id.
func (c *Client) verifyingKey(ctx context.Context, id vadium.ProgramID) (verifyingKey, error) {
	c.mu.Lock()
	known, ok := c.keys[id]
	c.mu.Unlock()
	if ok {
		return known, nil
	}
	listing, err := c.Program(ctx, id)
	if err != nil {
		return verifyingKey{}, err
	}
	switch {
	case listing.Program.ID() != id:
		return verifyingKey{}, fmt.Errorf("the market answers with program %v: %w", listing.Program.ID(), ErrUnproven)
	case listing.Class == vadium.KeysRegistrant:
		return verifyingKey{}, fmt.Errorf("nobody but its registrant vouches for the keys of program %v: %w", id, ErrUnproven)
	case listing.Program.VerifyingKeyBytes > circuits.MaxVerifyingKeyBytes:
		return verifyingKey{}, fmt.Errorf("the verifying key of program %v has %d bytes: %w", id, listing.Program.VerifyingKeyBytes, ErrUnproven)
	}
	content, err := c.GetBytes(ctx, OfProgram(id), listing.Program.VerifyingKey)
	if err != nil {
		return verifyingKey{}, err
	}
	parsed, err := circuits.LoadVerifyingKey(listing.Program, content)
	if err != nil {
		return verifyingKey{}, fmt.Errorf("%w: %w", ErrUnproven, err)
	}
	found := verifyingKey{listing.Program, parsed}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) >= keptKeys {
		clear(c.keys) // nobody relies on so many
	}
	c.keys[id] = found
	return found, nil
}

// nameOf writes a feed for people.
func nameOf(id oracle.FeedID) string {
	if name := oracle.NameOf(id); name != "" {
		return name
	}
	return id.String()
}
