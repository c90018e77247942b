package marketplace

import (
	"fmt"
	"iter"
	"slices"

	"vadium"
	"vadium/oracle"
	"vadium/vaults/risk"
)

// Reporter is an account that may sit on committees, by one of its keys.
type Reporter struct {
	Account vadium.Account
	Since   vadium.Time
}

// ProvenFeed is a feed whose rounds are proven.
type ProvenFeed struct {
	Feed oracle.Feed // in force when the last round was published
	// Next takes its place at NextFrom; nil if none is announced. Never changed in place, as Former.
	Next     *oracle.Feed `rlp:"nil"`
	NextFrom vadium.Time
	Retired  bool
	// Reserved is until when nobody else prices the asset of a feed that was retired.
	Reserved vadium.Time
	// Last is the last round, LastSeq its position in the journal.
	Last    oracle.Round
	LastSeq uint64
	// Recent are the latest rounds that evidence may rest on, oldest first; never changed in place. Those after FormerAfter up to
	// FormerLast were published under Former, which was in force before Feed; nil if none was.
	Recent      []oracle.Round
	Former      *oracle.Feed `rlp:"nil"`
	FormerAfter uint64
	FormerLast  uint64
	// Average is the time-weighted average of the last hour.
	Average oracle.Average
}

// Bounds of reporters and feeds.
const (
	// MaxReporterKeys bounds the keys of one account: one in use, one to follow it, and room for what was lost.
	MaxReporterKeys = 8
	// MaxFeeds bounds the feeds there ever are: an operator's price looks at each.
	MaxFeeds = 256
	// MaxRecent bounds the rounds of a feed that are kept for evidence to rest on: some minutes of a feed that publishes
	// each second, hours of one that seldom does.
	MaxRecent = 256
)

// Refusals about reporters, feeds and rounds. Those about a feed's own numbers and about reports are package oracle's.
const (
	// ErrKeyInvalid: the reporter's key is none, or its possession is not proven.
	ErrKeyInvalid = vadium.Kind("reporter-key-invalid")
	// ErrKeyTaken: the key has been registered before.
	ErrKeyTaken = vadium.Kind("reporter-key-taken")
	// ErrTooManyKeys: the account has as many keys as a reporter can have.
	ErrTooManyKeys = vadium.Kind("too-many-reporter-keys")
	// ErrReporterUnknown: a seat's key is not registered by the seat's reporter.
	ErrReporterUnknown = vadium.Kind("reporter-unknown")
	// ErrReporterUnbacked: a seat's reporter has no vault with the bond in junior stake of the market's own asset, or has been
	// removed for good.
	ErrReporterUnbacked = vadium.Kind("reporter-unbacked")
	// ErrProgramUnfit: the feed's program is not one whose proofs state a report, or only its registrant vouches for its keys.
	ErrProgramUnfit = vadium.Kind("program-unfit-for-feed")
	// ErrFeedUnknown: there is no such feed.
	ErrFeedUnknown = vadium.Kind("feed-unknown")
	// ErrFeedRetired: the feed has ended, and its name is not used again.
	ErrFeedRetired = vadium.Kind("feed-retired")
	// ErrFeedAsset: the feed cannot price the asset: the list of collateral names another feed for it.
	ErrFeedAsset = vadium.Kind("feed-cannot-price-asset")
	// ErrFeedSlow: a round of the feed that prices an asset could be older than prices are relied on before the next is due.
	ErrFeedSlow = vadium.Kind("feed-too-slow-to-price")
	// ErrFeedUnits: decimals or what is priced of a feed that exists would change, and what was signed before would be read in
	// other units.
	ErrFeedUnits = vadium.Kind("feed-units-fixed")
	// ErrAssetPriced: a feed prices the asset, or did until lately, so nobody else does.
	ErrAssetPriced = vadium.Kind("asset-priced-by-feed")
	// ErrTooManyFeeds: there are as many feeds as there can be.
	ErrTooManyFeeds = vadium.Kind("too-many-feeds")
	// ErrRoundUnproven: the proof is not one of the report under the key of the feed's program.
	ErrRoundUnproven = vadium.Kind("round-unproven")
)

// ProvenFeed returns a feed whose rounds are proven, or nil.
func (s *State) ProvenFeed(id oracle.FeedID) *ProvenFeed { return s.proven.get(id) }

// ProvenFeeds yields all feeds whose rounds are proven, in order of registration, retired ones included.
func (s *State) ProvenFeeds() iter.Seq2[oracle.FeedID, *ProvenFeed] { return s.proven.all() }

// Reporter returns whose a key is, or nil.
func (s *State) Reporter(key oracle.Key) *Reporter { return s.reporters.get(key) }

// Reporters yields all keys of reporters in order of registration.
func (s *State) Reporters() iter.Seq2[oracle.Key, *Reporter] { return s.reporters.all() }

// ScopeOf returns what observations of a feed are signed for in this market.
func (s *State) ScopeOf(feed oracle.FeedID) oracle.Scope {
	return oracle.ScopeOf(s.market.Deployment, feed)
}

// InForce returns the configuration of a feed that a round published at now has to follow. While the market is paused it is
// that of when the pause began: notices wait, as everything does.
func (s *State) InForce(f *ProvenFeed, now vadium.Time) *oracle.Feed {
	return f.inForce(s.clockAt(now))
}

func (f *ProvenFeed) inForce(now vadium.Time) *oracle.Feed {
	if f.Next != nil && !now.Before(f.NextFrom) {
		return f.Next
	}
	return &f.Feed
}

// Backed returns the seats of a feed that count: whose reporters have the bond in junior stake, none of it on its way out, and
// have not been removed for good.
func (s *State) Backed(f *oracle.Feed) (backed oracle.Present) {
	for slot := range f.Seats {
		if s.bonded(f.Seats[slot].Reporter, f.Bond) {
			backed |= 1 << slot
		}
	}
	return backed
}

// bonded reports whether a reporter's vault stands for a bond. It is one in the market's own asset: what another is worth would
// take a price, and a feed whose seats count only while a price is known could never publish it again once it is not.
func (s *State) bonded(reporter vadium.Account, bond vadium.Amount) bool {
	v := s.VaultOf(reporter)
	return v != nil && v.Asset == ownAsset && !v.Junior.Less(bond) && s.Prover(reporter).State() != StateTombstoned
}

func (d *draft) registerReporter(by vadium.Account, b RegisterReporter) error {
	switch taken := d.reporters.get(b.Key); {
	case d.VaultOf(by) == nil:
		return fmt.Errorf("reporter %v (observations of reporters without stake would cost nothing to fake): %w", by, ErrNoVault)
	case !b.Held:
		return ErrKeyInvalid
	case taken != nil:
		return fmt.Errorf("by %v: %w", taken.Account, ErrKeyTaken)
	case d.base.keysOf[by] >= MaxReporterKeys:
		return fmt.Errorf("%d keys: %w", MaxReporterKeys, ErrTooManyKeys)
	}
	d.emit(&ReporterRegistered{Reporter: by, Key: b.Key, Possession: b.Possession})
	return nil
}

func (e *ReporterRegistered) apply(s *State, at vadium.Time, _ uint64) {
	s.reporters.insert(e.Key, &Reporter{Account: e.Reporter, Since: at})
	if s.base == nil {
		s.keysOf[e.Reporter]++
	}
}

// setFeed registers a feed, or announces what it will be: nobody who relies on a committee wakes up to another.
func (d *draft) setFeed(b SetFeed) error {
	f := b.Feed
	f.Committee = b.Committee
	if err := f.Check(); err != nil {
		return err
	}
	row := d.ProvenFeed(f.ID)
	switch {
	case row == nil && d.proven.len() >= MaxFeeds:
		return fmt.Errorf("%d feeds: %w", MaxFeeds, ErrTooManyFeeds)
	case row != nil && row.Retired:
		return fmt.Errorf("feed %s: %w", oracle.NameOf(f.ID), ErrFeedRetired)
	case row != nil && (row.Feed.Decimals != f.Decimals || row.Feed.Prices != f.Prices || row.Feed.Asset != f.Asset):
		return fmt.Errorf("feed %s has %d decimals: %w", oracle.NameOf(f.ID), row.Feed.Decimals, ErrFeedUnits)
	}
	if err := d.checkFeedProgram(f.Program); err != nil {
		return err
	}
	for i, seat := range f.Seats {
		if r := d.Reporter(seat.Key); r == nil || r.Account != seat.Reporter {
			return fmt.Errorf("seat %d, %v: %w", i, seat.Reporter, ErrReporterUnknown)
		}
		if !d.bonded(seat.Reporter, f.Bond) {
			return fmt.Errorf("seat %d, %v, the bond is %s tokens: %w", i, seat.Reporter, f.Bond.Tokens(), ErrReporterUnbacked)
		}
	}
	if err := d.checkPricing(&f); err != nil {
		return err
	}
	from := d.now
	if row != nil {
		from = d.now.Add(d.params().feedNotice())
	}
	d.emit(&FeedSet{Feed: f, From: from})
	return nil
}

// reportScalars is how many public scalars a proof of a report has besides the request and the prover that it is bound to.
const reportScalars = 10

// checkFeedProgram refuses programs that cannot stand behind a feed. That the program proves a median only the operator can
// say, who names it; that it can say something about a report, and that somebody vouches for its keys, is seen here.
func (d *draft) checkFeedProgram(id vadium.ProgramID) error {
	l := d.Listing(id)
	switch {
	case l == nil:
		return fmt.Errorf("program %v: %w", id, ErrProgramUnknown)
	case l.Class == vadium.KeysRegistrant:
		return fmt.Errorf("only its registrant vouches for the keys of program %v: %w", id, ErrProgramUnfit)
	case !l.Program.Bound || l.Program.Public != reportScalars || l.Program.Curve != vadium.BN254:
		return fmt.Errorf("program %v states %d scalars on %v, a report is %d on %v, bound to a request: %w",
			id, l.Program.Public, l.Program.Curve, reportScalars, vadium.BN254, ErrProgramUnfit)
	}
	return nil
}

// checkPricing refuses a feed that cannot price what it says it prices, or that another prices.
func (d *draft) checkPricing(f *oracle.Feed) error {
	if !f.Prices {
		return nil
	}
	if stale := d.RiskParams().StaleAfter; f.Heartbeat+f.Window >= stale {
		return fmt.Errorf("a heartbeat of %d ms and a window of %d, a price is stale after %d: %w", f.Heartbeat, f.Window, stale, ErrFeedSlow)
	}
	if f.Asset != ownAsset {
		c, err := d.market.network().Collateral.Find(f.Asset)
		if err != nil {
			return err
		}
		if c.Feed != f.ID {
			return fmt.Errorf("the list of collateral names feed %v for asset %v: %w", c.Feed, f.Asset, ErrFeedAsset)
		}
	}
	for id, other := range d.proven.all() {
		if id != f.ID && other.holds(d.State, f.Asset, d.clock()) {
			return fmt.Errorf("%s, by feed %s: %w", assetText(f.Asset), oracle.NameOf(id), ErrAssetPriced)
		}
	}
	return nil
}

func assetText(a risk.Asset) string {
	if a == ownAsset {
		return "the market's own asset"
	}
	return fmt.Sprintf("asset %v", a)
}

// holds reports whether nobody else may price an asset because of the feed: it does, it is announced to, or it did until
// lately. Where the list of collateral has named another feed since, which it cannot while anything rests on the price, it is
// that one's.
func (f *ProvenFeed) holds(s *State, asset risk.Asset, now vadium.Time) bool {
	if f.Retired && now.After(f.Reserved) {
		return false
	}
	in := f.inForce(now)
	return s.prices(in, asset) || f.Next != nil && s.prices(f.Next, asset)
}

// prices reports whether a feed prices an asset.
func (s *State) prices(f *oracle.Feed, asset risk.Asset) bool {
	if !f.Prices || f.Asset != asset {
		return false
	}
	if asset == ownAsset {
		return true
	}
	c, err := s.market.network().Collateral.Find(asset)
	return err == nil && c.Feed == f.ID
}

// checkPriced refuses an operator's price of an asset that a feed prices.
func (d *draft) checkPriced(asset risk.Asset) error {
	for id, f := range d.proven.all() {
		if f.holds(d.State, asset, d.clock()) {
			return fmt.Errorf("%s, by feed %s: %w", assetText(asset), oracle.NameOf(id), ErrAssetPriced)
		}
	}
	return nil
}

func (e *FeedSet) apply(s *State, at vadium.Time, _ uint64) {
	row, f := s.proven.edit(e.Feed.ID), e.Feed
	if row == nil {
		s.proven.insert(f.ID, &ProvenFeed{Feed: f})
		return
	}
	row.turn(s.clockAt(at))
	row.Next, row.NextFrom = &f, e.From
}

// turn lets an announced configuration that is in force take its place.
func (f *ProvenFeed) turn(now vadium.Time) {
	if f.Next == nil || now.Before(f.NextFrom) {
		return
	}
	former := f.Feed
	f.Former, f.FormerAfter, f.FormerLast = &former, f.FormerLast, f.Last.Report.Round
	f.Feed, f.Next, f.NextFrom = *f.Next, nil, 0
}

// retireFeed ends a feed at once: that a price goes stale harms nobody. Somebody else's price could, so that takes the notice
// that another committee would have taken.
func (d *draft) retireFeed(b RetireFeed) error {
	if err := checkReason(b.Reason); err != nil {
		return err
	}
	if _, err := d.liveFeed(b.Feed); err != nil {
		return err
	}
	d.emit(&FeedRetired{Feed: b.Feed, Reason: b.Reason, Reserved: d.now.Add(d.params().feedNotice())})
	return nil
}

// liveFeed finds a feed that has not been retired.
func (s *State) liveFeed(id oracle.FeedID) (*ProvenFeed, error) {
	switch f := s.ProvenFeed(id); {
	case f == nil:
		return nil, fmt.Errorf("feed %s: %w", oracle.NameOf(id), ErrFeedUnknown)
	case f.Retired:
		return nil, fmt.Errorf("feed %s: %w", oracle.NameOf(id), ErrFeedRetired)
	default:
		return f, nil
	}
}

func (e *FeedRetired) apply(s *State, at vadium.Time, _ uint64) {
	row := s.proven.edit(e.Feed)
	must(row != nil, "feeds that end have begun")
	row.turn(s.clockAt(at))
	row.Retired, row.Reserved = true, e.Reserved
}

// CheckRound says why [State.Decide] would refuse a round, whatever its proof; nil if it may take it. It is for the shell, which
// should verify no proof of a round that the market does not want.
func (s *State) CheckRound(now vadium.Time, b PublishRound) error {
	if !s.market.Opened {
		return ErrNotOpen
	}
	return s.checkRound(max(now, s.market.At), b)
}

func (s *State) checkRound(now vadium.Time, b PublishRound) error {
	f, err := s.liveFeed(b.Feed)
	if err != nil {
		return err
	}
	in := s.InForce(f, now)
	return in.Accept(s.ScopeOf(b.Feed), s.Backed(in), f.Last, now, b.Report)
}

// publishRound takes a round in. Who brings it does not matter, and what it says is proven.
func (d *draft) publishRound(by vadium.Account, b PublishRound) error {
	if err := d.requireFunded(by); err != nil {
		return err
	}
	if err := d.checkRound(d.now, b); err != nil {
		return err
	}
	f := d.ProvenFeed(b.Feed)
	program := d.InForce(f, d.now).Program
	switch {
	case !b.Valid:
		return ErrRoundUnproven
	case b.Program != program:
		return fmt.Errorf("it was verified under program %v, in force is %v: %w", b.Program, program, ErrRoundUnproven)
	}
	d.emit(&RoundPublished{
		Feed: b.Feed, Report: b.Report, By: by, Request: b.Request, Prover: b.Prover, Program: program, Proof: b.Proof,
		Previous: f.LastSeq,
	})
	d.publishProven(b.Feed)
	return nil
}

// publishProven publishes the price that the last round of a feed came to, if the feed prices anything. A round that is no
// younger than a price the operator published before is none yet.
func (d *draft) publishProven(id oracle.FeedID) {
	row := d.ProvenFeed(id)
	f, report := &row.Feed, &row.Last.Report
	if !d.prices(f, f.Asset) {
		return
	}
	spot, fits := f.Price(report.Median)
	must(fits, "what is within a feed's bounds is a price")
	average := spot
	if mean, known := row.Average.Over(d.now); known {
		if price, fits := f.Price(mean); fits && price > 0 { // it may be of values that were in other bounds
			average = price
		}
	}
	quote := risk.Quote{
		Spot: spot, Average: average, Confidence: vadium.Ppm(f.Deviation) * ppmPerBps, At: report.Oldest.Earliest(d.now), Quorum: true,
	}
	var last risk.Quote
	if known := d.Feed(f.Asset); known != nil {
		last = known.Gauge.Quote
	}
	if quote.Check(d.now, last) != nil {
		return
	}
	d.emit(&PricePublished{Asset: f.Asset, Quote: quote, Depth: f.Depth})
	if !d.market.Paused {
		d.markAsset(f.Asset)
	}
}

// ppmPerBps is how many millionths a basis point is.
const ppmPerBps = vadium.Ppm(100)

func (e *RoundPublished) apply(s *State, at vadium.Time, seq uint64) {
	row := s.proven.edit(e.Feed)
	must(row != nil && !row.Retired, "rounds are of feeds that live")
	row.turn(s.clockAt(at))
	round := oracle.Round{Report: e.Report, Published: at, By: e.By}
	row.Last, row.LastSeq = round, seq
	kept := row.Recent[max(len(row.Recent)+1-MaxRecent, 0):]
	row.Recent = append(slices.Clip(slices.Clone(kept)), round)
	row.Average = row.Average.Observe(at, at.Add(s.RiskParams().StaleAfter), e.Report.Median)
}

// postponeFeeds moves the notices that a pause or an outage has cost of their time.
func (s *State) postponeFeeds(at vadium.Time, by vadium.Duration) {
	began := at.Add(-by)
	for id, f := range s.proven.all() {
		if next, reserved := f.Next != nil && f.NextFrom.After(began), f.Retired && f.Reserved.After(began); next || reserved {
			row := s.proven.edit(id)
			if next {
				row.NextFrom = row.NextFrom.Add(by)
			}
			if reserved {
				row.Reserved = row.Reserved.Add(by)
			}
		}
	}
}
