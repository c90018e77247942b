package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// arranging are the flags that say what is not ordinary about a request.
type arranging struct {
	tier, mechanism    string
	rampFrom           string
	rampRise, rampLock time.Duration
	bidding, revealing time.Duration
	bond               string
	copies, hedges     uint32
	reservedFor        string
	reservedUntil      time.Duration
	raises             []string
	given              func(flag string) bool
}

const arrangingHelp = `
How it is cleared. By default at once, by the market's own rule, in which provers do best to ask what proving costs them: they
are paid what the next best ask makes it. With --tier standard or bulk it waits for the next tick and is cleared together with
all that wait then, by the same rule for many: usually cheaper, never dearer than the reserve. --mechanism chooses another rule:

  vickrey  the market's own (truthful)
  sealed   second price of bids for this request alone, committed to, then shown (truthful if two bid; alone, a bidder is paid its bid)
  uniform  one price for a whole batch, if 20 provers or more are in it (truthful only for provers with one slot; else it pays to hold slots back)
  ramp     a price that climbs until somebody takes it (not truthful: who waits is paid more, until another is faster)
  --raise  a reserve that grows while nobody takes it (not truthful, for the same reason)`

func (a *arranging) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.tier, "tier", auction.Immediate.String(), "when it is cleared: immediate (or realtime), or at the ticks of standard or bulk")
	f.StringVar(&a.mechanism, "mechanism", auction.Vickrey.String(), "the rule that clears it: vickrey, ramp, sealed or uniform")
	f.StringVar(&a.rampFrom, "ramp-from", "0", "ramp: the price in tokens that it climbs from, up to the reserve")
	f.DurationVar(&a.rampRise, "ramp-rise", 0, "ramp: how long it climbs (default a quarter of --within)")
	f.DurationVar(&a.rampLock, "ramp-lock", 0, "ramp: how long somebody may take it (default half of --within)")
	f.DurationVar(&a.bidding, "bidding", 10*time.Second, "sealed: how long provers commit to bids")
	f.DurationVar(&a.revealing, "revealing", 10*time.Second, "sealed: how long they may then show them")
	f.StringVar(&a.bond, "bond", "1", "sealed: tokens that a bidder deposits, yours if it does not show its bid or cannot keep to it")
	f.Uint32Var(&a.copies, "copies", 1, "how many provers prove it, each a request of its own that may cost --max-fee")
	f.Uint32Var(&a.hedges, "hedges", 0, "backups that begin as soon as the prover accepts, at your expense; each may cost --max-fee once more")
	f.StringVar(&a.reservedFor, "reserved-for", "", "the prover that alone may take it, until --reserved-until")
	f.DurationVar(&a.reservedUntil, "reserved-until", 0, "how long from now it is reserved")
	f.StringArrayVar(&a.raises, "raise", nil, "AFTER=TOKENS, such as 5m=12: unserved so long, it is worth that much to you; repeatable")
	a.given = f.Changed
}

// arrange adds what the flags say to a request.
func (a *arranging) arrange(b *marketplace.SubmitRequest, within time.Duration) (err error) {
	if err := b.Tier.UnmarshalText([]byte(a.tier)); err != nil {
		return withHint(err, "choose one: --tier immediate, --tier standard or --tier bulk")
	}
	arranged := &b.Arrangement
	if err := arranged.Mechanism.UnmarshalText([]byte(a.mechanism)); err != nil {
		return withHint(err, "choose one: --mechanism vickrey, ramp, sealed or uniform; vadium request submit --help says which are truthful")
	}
	if err := a.misplaced(arranged.Mechanism); err != nil {
		return err
	}
	b.Redundancy, arranged.Hedges = a.copies, a.hedges
	switch arranged.Mechanism {
	case auction.Vickrey:
	case auction.Climbing:
		err = a.ramp(&arranged.Ramp, within)
	case auction.Revealing:
		arranged.Sealed.Bidding, arranged.Sealed.Revealing = lengthOf(a.bidding), lengthOf(a.revealing)
		arranged.Sealed.Bond, err = vadium.ParseTokens(a.bond)
	case auction.OnePrice:
		if !b.Tier.Batch() {
			err = withHint(errors.New("one price is for a batch, and an immediate request is in none"), "let it wait for one: --tier standard, or --tier bulk")
		}
	}
	if err != nil {
		return err
	}
	if err := a.reserve(arranged); err != nil {
		return err
	}
	for _, text := range a.raises {
		raise, err := parseRaise(text)
		if err != nil {
			return err
		}
		arranged.Raises = append(arranged.Raises, raise)
	}
	return nil
}

// misplaced returns an error if a flag was given that only another mechanism looks at.
func (a *arranging) misplaced(chosen auction.Mechanism) error {
	for _, only := range []struct {
		of   auction.Mechanism
		flag string
	}{
		{auction.Climbing, "ramp-from"}, {auction.Climbing, "ramp-rise"}, {auction.Climbing, "ramp-lock"},
		{auction.Revealing, "bidding"}, {auction.Revealing, "revealing"}, {auction.Revealing, "bond"},
	} {
		if only.of != chosen && a.given(only.flag) {
			return withHint(fmt.Errorf("--%s says nothing to a request that is cleared by %v", only.flag, chosen), fmt.Sprintf("add --mechanism %v, or leave it out", only.of))
		}
	}
	return nil
}

func (a *arranging) ramp(r *marketplace.RampTerms, within time.Duration) (err error) {
	if !a.given("ramp-rise") {
		a.rampRise = within / 4
	}
	if !a.given("ramp-lock") {
		a.rampLock = max(a.rampRise, within/2)
	}
	r.Rise, r.Lock = lengthOf(a.rampRise), lengthOf(a.rampLock)
	r.Least, err = vadium.ParseTokens(a.rampFrom)
	return err
}

func (a *arranging) reserve(arranged *marketplace.Arrangement) (err error) {
	switch {
	case a.reservedFor == "" && a.reservedUntil == 0:
		return nil
	case a.reservedFor == "":
		return withHint(errors.New("--reserved-until says until when, not for whom"), "name the prover: --reserved-for ACCOUNT")
	case a.reservedUntil <= 0:
		return withHint(errors.New("a reservation ends"), "say how long from now it lasts: --reserved-until 30s")
	}
	arranged.ReservedUntil = vadium.Time(time.Now().Add(a.reservedUntil).UnixMilli())
	arranged.ReservedFor, err = vadium.ParseAccount(a.reservedFor)
	return err
}

func parseRaise(text string) (raise marketplace.Raise, err error) {
	const form = "write how long it may wait, and what it is worth then: --raise 5m=12"
	after, tokens, found := strings.Cut(text, "=")
	if !found {
		return raise, withHint(fmt.Errorf("raise %q is not AFTER=TOKENS", text), form)
	}
	length, err := time.ParseDuration(after)
	if err != nil {
		return raise, withHint(fmt.Errorf("raise %q: %w", text, err), form)
	}
	if length <= 0 {
		return raise, withHint(fmt.Errorf("raise %q: it does not wait", text), form)
	}
	raise.After = lengthOf(length)
	if raise.Reserve, err = vadium.ParseTokens(tokens); err != nil {
		return raise, withHint(fmt.Errorf("raise %q: %w", text, err), form)
	}
	return raise, nil
}

// lengthOf writes a length of time as the market counts it.
func lengthOf(d time.Duration) vadium.Duration { return vadium.Duration(d.Milliseconds()) }

// arrangedFacts says what is not ordinary about a request, as pairs of name and words.
func arrangedFacts(r *marketplace.Request, now vadium.Time) (facts []string) {
	add := func(name, format string, args ...any) { facts = append(facts, name, fmt.Sprintf(format, args...)) }
	if r.Tick > 0 && r.Phase == marketplace.PhaseOpen {
		add("cleared", "at %s, with all that wait then", clockTime(r.Tick))
	}
	if r.Waited > 0 {
		add("waited", "since %s: that tick did not serve it, and its age counts in the next", clockTime(r.Waited))
	}
	if r.Copy > 0 {
		add("copies", "this is copy %d; the first is %v", r.Copy, r.Lead)
	}
	if r.Quote != nil {
		add("quote", "the reserve was quoted at %s", clockTime(r.Quote.At))
	}
	a := r.Arranged
	if a == nil {
		return facts
	}
	switch a.Mechanism {
	case auction.Vickrey:
	case auction.OnePrice:
		add("mechanism", "uniform: one price for the batch, if %d provers or more are in it", auction.MinUniformProvers)
	case auction.Climbing:
		add("mechanism", "ramp: %s", rampText(r, now))
	case auction.Revealing:
		bidding, revealing := r.Windows()
		add("mechanism", "sealed: bids until %s, reveals until %s, bond %s", clockTime(bidding), clockTime(revealing), coins(a.Sealed.Bond))
	}
	if a.Hedges > 0 {
		add("hedges", "%d, which begin with the prover, at the requester's expense", a.Hedges)
	}
	if a.ReservedUntil > 0 {
		over := ""
		if r.OpenToAll {
			over = ", in vain: any prover may take it"
		}
		add("reserved", "for %v until %s%s", a.ReservedFor, clockTime(a.ReservedUntil), over)
	}
	for i, raise := range a.Raises {
		taken := ""
		if uint32(i) < r.Raised {
			taken = " (taken)"
		}
		add("raise", "to %s at %s%s", coins(raise.Reserve), clockTime(r.Submitted.Add(raise.After)), taken)
	}
	return facts
}

// arrangedWait says what an open request waits for by its arrangement; nothing, if it is for a prover to become free.
func arrangedWait(r *marketplace.Request) string {
	if r.Tick > 0 {
		return fmt.Sprintf("it is cleared at %s, together with all that wait then", clockTime(r.Tick))
	}
	if r.Arranged == nil {
		return ""
	}
	switch r.Arranged.Mechanism {
	case auction.Climbing:
		return "somebody has to take it: " + rampText(r, r.Submitted)
	case auction.Revealing:
		bidding, revealing := r.Windows()
		return fmt.Sprintf("bids are taken until %s and shown until %s", clockTime(bidding), clockTime(revealing))
	case auction.Vickrey, auction.OnePrice:
	}
	return ""
}

func rampText(r *marketplace.Request, now vadium.Time) string {
	ramp := r.Ramp()
	text := fmt.Sprintf("from %s to %s at %s, to be locked until %s", coins(ramp.Least), coins(ramp.Most), clockTime(ramp.From.Add(ramp.Rise)), clockTime(ramp.From.Add(ramp.Lock)))
	if r.Phase == marketplace.PhaseOpen && !now.After(ramp.From.Add(ramp.Lock)) {
		text += "; now " + coins(ramp.PriceAt(now))
	}
	return text
}

// arrangedBriefly is arrangedFacts in a few words.
func arrangedBriefly(r *marketplace.Request) string {
	var parts []string
	if r.Tick > 0 && r.Phase == marketplace.PhaseOpen {
		parts = append(parts, "tick "+clockTime(r.Tick))
	}
	if r.Copy > 0 {
		parts = append(parts, fmt.Sprintf("copy %d of %s", r.Copy, r.Lead.Short()))
	}
	if a := r.Arranged; a != nil {
		if a.Mechanism != auction.Vickrey {
			parts = append(parts, a.Mechanism.String())
		}
		if a.Hedges > 0 {
			parts = append(parts, fmt.Sprintf("hedges %d", a.Hedges))
		}
		if a.ReservedUntil > 0 && !r.OpenToAll {
			parts = append(parts, "reserved")
		}
		if len(a.Raises) > 0 {
			parts = append(parts, fmt.Sprintf("raised %d of %d", r.Raised, len(a.Raises)))
		}
	}
	return strings.Join(parts, ", ")
}
