package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
	"vadium/vaults/slashing"
)

// story is what the market has recorded since the first act, as the demo needs it.
type story struct {
	mu      sync.Mutex // guards all below
	changed chan struct{}
	failed  error

	acts   []*act
	now    vadium.Time
	last   oracle.Report
	rounds []publication
	cases  map[marketplace.CaseID]marketplace.Case
	served []oracle.Quote // by the server of prices, oldest first
	slash  []vaultSlash
}

// publication is a round with the act it fell into.
type publication struct {
	round client.Round
	act   *act
}

// vaultSlash is what a case cost.
type vaultSlash struct {
	vault   vadium.VaultID
	offence slashing.Offence
	lost    vadium.Amount
	reward  vadium.Amount
	to      vadium.Account
}

func newStory() *story {
	return &story{changed: make(chan struct{}), cases: map[marketplace.CaseID]marketplace.Case{}}
}

// act begins an act.
func (s *story) act(a *act) vadium.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acts = append(s.acts, a)
	return s.now
}

// slashedFor reports whether a vault was slashed for an offence. The caller holds mu.
func (s *story) slashedFor(vault vadium.VaultID, offence slashing.Offence) bool {
	return slices.ContainsFunc(s.slash, func(v vaultSlash) bool { return v.vault == vault && v.offence == offence })
}

// wait waits until what was recorded is enough.
func (s *story) wait(ctx context.Context, failed <-chan error, enough func(*story) bool) error {
	for {
		s.mu.Lock()
		done, err, changed := enough(s), s.failed, s.changed
		s.mu.Unlock()
		if done || err != nil {
			return err
		}
		select {
		case <-changed:
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// follow takes down what the market records.
func (s *story) follow(ctx context.Context, d *oracleDemo, from uint64) {
	for r, err := range d.s.operator.Watch(ctx, from, client.EventFilter{}) {
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			d.tellEvent(r)
		}
		s.record(r, err)
	}
}

// record folds in one event.
func (s *story) record(r marketplace.Record, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		close(s.changed)
		s.changed = make(chan struct{})
	}()
	if s.failed = err; err != nil {
		return
	}
	s.now = r.At
	switch e := r.Event.(type) {
	case *marketplace.RoundPublished:
		if len(s.acts) == 0 {
			return
		}
		current := s.acts[len(s.acts)-1]
		current.rounds++
		s.rounds = append(s.rounds, publication{client.Round{
			Feed: e.Feed, Seq: r.Seq, Published: r.At, By: e.By, Report: e.Report, Request: e.Request, Prover: e.Prover,
			Program: e.Program, Proof: e.Proof, Previous: e.Previous,
		}, current})
		s.last = e.Report
	case *marketplace.CaseOpened:
		s.cases[e.Case.ID] = e.Case
	case *marketplace.VaultSlashed:
		of := s.cases[e.Case]
		if e.Punitive.Total().IsZero() {
			return // within a day, the worst of like offences counts
		}
		s.slash = append(s.slash, vaultSlash{e.Vault, of.Offence, e.Punitive.Total(), e.Shares.Reporter, of.Reporter})
	}
}

// tellEvent prints an event: as JSON, or as a line if it is worth one.
func (d *oracleDemo) tellEvent(r marketplace.Record) {
	if d.c.json {
		_ = d.c.object(exportRecord(r)) // the summary would fail in the same way
		return
	}
	text := ""
	switch e := r.Event.(type) {
	case *marketplace.RoundPublished:
		text = fmt.Sprintf("round %-4d %s  %s", e.Report.Round, bold.Render(fmt.Sprintf("%-14s", fixed(e.Report.Median, d.feed.Decimals))), d.attendance(e))
	case *marketplace.CaseOpened, *marketplace.VaultSlashed, *marketplace.ProverMoved, *marketplace.FeedSet:
		if of, slashed := r.Event.(*marketplace.VaultSlashed); slashed && of.Punitive.Total().IsZero() {
			return // within a day, the worst of like offences counts
		}
		if m, worth := narrate(r, d.who); worth {
			text = m.style.Render(fmt.Sprintf("%-10s", m.what)) + " " + m.text
		}
	}
	if text != "" {
		d.c.say("  %s  %s", faint.Render(clockTime(r.At)), text)
	}
}

// attendance says who was missing from a round, who was far off, and who made the proof.
func (d *oracleDemo) attendance(e *marketplace.RoundPublished) string {
	var missing, off []string
	for slot, p := range d.seats {
		switch {
		case !e.Report.Present.Has(slot):
			missing = append(missing, p.name)
		case e.Report.Flags.Has(slot):
			off = append(off, p.name)
		}
	}
	parts := []string{"by " + d.who.of(e.By)}
	if e.Request != (vadium.RequestID{}) {
		parts = append(parts, "with a proof bought from "+d.who.of(e.Prover))
	}
	if len(missing) > 0 {
		parts = append(parts, warn.Render("without "+strings.Join(missing, ", ")))
	}
	if len(off) > 0 {
		parts = append(parts, bad.Render("far off: "+strings.Join(off, ", ")))
	}
	return strings.Join(parts, "; ")
}

// measure holds every round against what the value really was, and its proof against the program's key.
func (d *oracleDemo) measure(ctx context.Context) error {
	d.sum.Reporters, d.sum.Faulty, d.sum.Acts = len(d.seats), oracle.Faulty(len(d.seats)), len(d.acts)
	var before vadium.Time
	for _, p := range d.story.rounds {
		d.sum.Rounds++
		if p.round.Request != (vadium.RequestID{}) {
			d.sum.Bought++
		}
		checked, err := d.verifying.verify(ctx, p.round)
		if err != nil {
			return err
		}
		if checked.Valid {
			d.sum.Verified++
		}
		if before > 0 {
			p.act.slowest = max(p.act.slowest, p.round.Published.Sub(before))
		}
		before = p.round.Published
		off := d.story.error(p.round.Report)
		p.act.worst = max(p.act.worst, off)
	}
	for _, a := range d.acts {
		d.sum.SlowestMs, d.sum.WorstBps = max(d.sum.SlowestMs, a.slowest), max(d.sum.WorstBps, a.worst)
	}
	return nil
}

// listen takes down what is served.
func (s *story) listen(ctx context.Context, prices *upstreamSet) {
	for ctx.Err() == nil {
		answer, err := prices.Observe(ctx)
		s.mu.Lock()
		if n := len(s.served); err == nil && (n == 0 || s.served[n-1].At != answer.At) {
			s.served = append(s.served, oracle.Quote{Value: answer.Value, At: answer.At})
		}
		s.mu.Unlock()
		pause(ctx, 200*time.Millisecond)
	}
}

// lastServed returns what was served last.
func (s *story) lastServed() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.served[len(s.served)-1].Value.Uint256().Uint64()
}

// slack is how long before an observation what it rests on may have been signed: prices are signed once a second, looked at
// twice, and while their server starts anew the last ones count.
const slack = 4 * vadium.Second

// error returns how far a median is off all that was served while it was observed.
func (s *story) error(r oracle.Report) vadium.Bps {
	var least, most vadium.Amount
	for _, q := range s.served {
		if q.At.Before(r.Oldest.Add(-slack)) || q.At.After(r.Newest) {
			continue
		}
		if most.IsZero() {
			least = q.Value
		}
		least, most = vadium.Min(least, q.Value), vadium.Max(most, q.Value)
	}
	switch {
	case most.IsZero():
		return vadium.BpsOne // nobody knows what it rests on
	case r.Median.Less(least):
		return oracle.OffBy(r.Median, least)
	case most.Less(r.Median):
		return oracle.OffBy(r.Median, most)
	}
	return 0
}

// tables says how each act went, and what became of each reporter.
func (d *oracleDemo) tables(ctx context.Context) error {
	if err := d.measure(ctx); err != nil {
		return err
	}
	var acts [][]string
	for _, a := range d.acts {
		var who []string
		for _, slot := range a.liars {
			who = append(who, d.seats[slot].name)
		}
		acts = append(acts, []string{a.name, firstSet(strings.Join(who, ", "), "-"), fmt.Sprint(a.rounds), span(a.slowest), inPercent(a.worst), firstSet(d.costs(a), "-")})
	}
	var reporters [][]string
	for slot, p := range d.seats {
		present, off := 0, 0
		for _, r := range d.story.rounds {
			if r.round.Report.Present.Has(slot) {
				present++
			}
			if r.round.Report.Flags.Has(slot) {
				off++
			}
		}
		v, err := d.s.operator.Vault(ctx, p.vault)
		if err != nil {
			return err
		}
		var lost vadium.Amount
		for _, s := range d.story.slash {
			if s.vault == p.vault {
				lost = lost.MustAdd(s.lost)
			}
		}
		reporters = append(reporters, []string{p.name, fmt.Sprint(present), fmt.Sprint(off), coins(lost), coins(v.Junior), stateText(v)})
	}
	var slashed, reward vadium.Amount
	for _, s := range d.story.slash {
		slashed, reward = slashed.MustAdd(s.lost), reward.MustAdd(s.reward)
	}
	d.sum.Cases, d.sum.Slashed, d.sum.SlashedTokens, d.sum.RewardTokens = len(d.story.cases), len(d.story.slash), slashed.Tokens(), reward.Tokens()
	if d.c.json {
		return nil
	}
	d.c.say("")
	d.c.table([]string{"act", "who", "rounds", "slowest", "off the truth", "slashed"}, acts)
	d.c.say("")
	d.c.table([]string{"reporter", "present", "far off", "slashed", "own stake", "state"}, reporters)
	d.c.say("")
	return nil
}

// costs says what an act cost its liars.
func (d *oracleDemo) costs(a *act) string {
	var parts []string
	for _, slot := range a.liars {
		var lost vadium.Amount
		for _, s := range d.story.slash {
			if a.offence != 0 && s.vault == d.seats[slot].vault && s.offence == a.offence {
				lost = lost.MustAdd(s.lost)
			}
		}
		if !lost.IsZero() {
			parts = append(parts, coins(lost))
		}
	}
	return strings.Join(parts, ", ")
}

// allowedError is how far a median may be off all that was served: by less than a basis point, since whoever signs two values
// makes one of them up.
const allowedError vadium.Bps = 0

// check re-verifies the stopped market's journal and what the demo promised to show.
func (d *oracleDemo) check(ctx context.Context) error {
	a, err := fsck(ctx, d.c, d.s.market())
	if err != nil {
		return err
	}
	d.sum.Conserved, d.sum.Digest = a.Conserved && a.Invariants, a.Digest
	if !d.c.json {
		d.c.printAudit(a)
	}
	expect := func(held bool, promise string, args ...any) {
		if !held {
			d.broken = append(d.broken, fmt.Sprintf(promise, args...))
		}
	}
	expect(d.sum.Conserved, "the books balance")
	expect(d.sum.Rounds > 0 && d.sum.Verified == d.sum.Rounds, "every round verifies without the market")
	expect(d.sum.WorstBps <= allowedError, "the feed stays right (%s off)", inPercent(d.sum.WorstBps))
	longest := d.feed.Heartbeat + vadium.Duration(d.feed.Faulty()+2)*d.feed.Timeout
	expect(d.sum.SlowestMs <= longest, "the feed goes on (%s between two rounds, at most %s are allowed)", span(d.sum.SlowestMs), span(longest))
	expect(d.sum.Bought > 0, "a round's proof is bought on the market")
	for _, p := range d.seats {
		slashed := slices.ContainsFunc(d.story.slash, func(s vaultSlash) bool { return s.vault == p.vault })
		expect(p.lied == slashed, "%s, who lied: %v, is slashed: %v", p.name, p.lied, slashed)
	}
	if len(d.broken) > 0 {
		return fmt.Errorf("the demo did not show that %s", strings.Join(d.broken, ", "))
	}
	return nil
}
