package marketplace

import (
	"math/bits"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// The hourly mark. At the end of each risk epoch the market measures itself: what stake there is and how much of it is
// locked, how often assignments ended well, how many fail together. By that the entry minimum and the security breaker
// move, and every vault's calls by what it holds and needs. Between two marks a published price marks the vaults in its
// asset, and stake that is posted, or no longer needed, cures at once.

const (
	// dayHalf is λ of an average over epochs whose weights halve in a day: 2^(-1/24).
	dayHalf vadium.Ppm = 971_532
	// weekHalf is λ of one whose weights halve in a week: 2^(-1/168).
	weekHalf vadium.Ppm = 995_883
	// markLimit bounds the calls that one tick moves, so that their events fit a batch of the journal with room for what
	// else happens (each takes up to 400 bytes, and the prover's move 100). What is left is due at once.
	markLimit = 1_024
)

// RiskParams returns the numbers of package risk under the parameters in force.
func (s *State) RiskParams() risk.Params { return s.params().risk() }

// risk returns the numbers of package risk under these parameters.
func (p Params) risk() risk.Params {
	r := risk.Default()
	r.Entry.Base = p.MinJunior
	if p.CallGrace != 0 {
		r.CallGrace = p.CallGrace
		r.ExcludeAfter = max(r.ExcludeAfter, 2*r.CallGrace+vadium.Day)
	}
	if p.StaleAfter != 0 {
		r.StaleAfter = p.StaleAfter
	}
	return r
}

// markDue is the first instant at which the next mark is due. A market that was never marked, one from before there were
// marks among them, has its first with the first tick that finds nothing else to do, or with the end of an ask epoch, the
// first of all excepted.
func (s *State) markDue() vadium.Time {
	m := &s.market.network().Measures
	switch {
	case m.Epoch == 0:
		return vadium.Forever
	case m.From != 0:
		return s.market.At
	}
	return vadium.Time(m.Epoch+1) * vadium.Time(risk.EpochLength)
}

// neverMarked reports whether there was no mark yet.
func (s *State) neverMarked() bool { return s.market.network().Measures.Epoch == 0 }

// orNeutral returns what is measured, and before the first mark what a market without a past has.
func (m Measures) orNeutral() Measures {
	if m.Epoch == 0 {
		m.Health, m.Entry = vadium.BpsOne, risk.Entry{Factor: vadium.BpsOne}
	}
	return m
}

// mark ends the risk epoch, or goes on where the last tick left off.
func (d *draft) mark() {
	m := d.market.network().Measures
	from := m.From
	if from == 0 {
		m = d.measure()
	}
	d.markVaults(m, from)
}

// measure returns what the market measures at the end of an epoch.
func (d *draft) measure() Measures {
	n, t, p := d.market.network(), d.tally(d.now), d.RiskParams()
	m := n.Measures
	if m.Epoch == 0 {
		m.Health = vadium.BpsOne // of nothing yet
	}
	m.Epoch = risk.EpochAt(d.now)
	m.Stake = t.stake
	m.Utilisation = risk.Smooth(m.Utilisation, shareOf(t.locked, t.effective), weekHalf)
	if ended, failed := d.market.Ended, d.market.Failed; ended > 0 {
		well := shareOf(vadium.NewAmount(ended-min(failed, ended)), vadium.NewAmount(ended))
		m.Health = risk.Smooth(m.Health, well, dayHalf)
	}
	for class := range m.Usual {
		m.Usual[class] = risk.Smooth(m.Usual[class], shareOf(n.Recent[class].sumAt(m.Epoch), t.stake), weekHalf)
	}
	m.Entry = m.Entry.Next(m.Epoch, d.entryInputs(d.now, t, m.Utilisation), p.Entry)
	m.Breaker = m.Breaker.Next(risk.LSR(t.secured, t.exposure), t.fresh)
	return m
}

// shareOf returns part/all in basis points, at most all of it, rounded down; nothing of nothing is nothing.
func shareOf(part, all vadium.Amount) vadium.Bps {
	share, ok := vadium.Min(part, all).MulDivDown(vadium.NewAmount(uint64(vadium.BpsOne)), all)
	if !ok {
		return 0
	}
	return vadium.Bps(share.Uint256().Uint64())
}

// entryInputs is what the controller of the entry minimum looks at. Without a price of the market's own asset it knows no
// target, and holds. What is at risk is what is locked on average: what happens to be locked when the minimum moves goes up
// and down by more than the controller's band, and the minimum would turn with it.
func (s *State) entryInputs(now vadium.Time, t tally, utilisation vadium.Bps) risk.Network {
	n := risk.Network{Utilisation: utilisation, Staked: t.stake, NonCompliant: shareOfUp(t.thin, t.effective)}
	own := s.Feed(ownAsset)
	if own == nil {
		return n
	}
	n.Fresh = own.Gauge.Fresh(now, s.RiskParams())
	n.Average, _ = own.Month.Average(now)
	exposure, ok := own.Gauge.Quote.High().Owed(t.effective.BpsUp(utilisation)) // up: favours who is at risk
	if !ok {
		exposure = ^risk.Value(0)
	}
	n.Exposure = exposure
	return n
}

// shareOfUp is shareOf rounded up, in favour of those who would be left behind.
func shareOfUp(part, all vadium.Amount) vadium.Bps {
	share, ok := vadium.Min(part, all).MulDivUp(vadium.NewAmount(uint64(vadium.BpsOne)), all)
	if !ok {
		return 0
	}
	return vadium.Bps(share.Uint256().Uint64())
}

// entryMinimum returns what a prover must stake of its own in a vault of an asset, and whether the prices that takes are
// known. In the market's own asset it takes none.
func (s *State) entryMinimum(a risk.Asset, now vadium.Time) (vadium.Amount, bool) {
	return s.entryMinimumAt(s.market.network().Measures.orNeutral().Entry.Factor, a, now)
}

func (s *State) entryMinimumAt(factor vadium.Bps, a risk.Asset, now vadium.Time) (vadium.Amount, bool) {
	minimum, err := s.minJuniorIn(a, s.RiskParams().Entry.Minimum(factor), now)
	return minimum, err == nil
}

// risenMinimum is the entry minimum after the largest rise that a day allows: whoever is below it would be left behind.
func (s *State) risenMinimum() vadium.Amount {
	c := s.RiskParams().Entry
	factor := s.market.network().Measures.orNeutral().Entry.Factor
	return c.Minimum(min(factor+factor*c.Up/vadium.BpsOne+1, c.Most))
}

// markVaults moves the calls of vaults from one on, as far as a tick goes, and notes where it stopped.
func (d *draft) markVaults(m Measures, from vadium.VaultID) {
	var moved []CallMoved
	all := d.marking(d.now, m.Entry.Factor)
	m.From = 0
	for id, v := range d.vaults.all() {
		if id < from {
			continue
		}
		if len(moved) == markLimit {
			m.From = id
			break
		}
		if calls, changed := d.calls(all, v); changed {
			moved = append(moved, CallMoved{Vault: id, Calls: calls})
		}
	}
	d.emit(&EpochMarked{Network: m})
	d.moveCalls(moved)
}

func (d *draft) moveCalls(moved []CallMoved) {
	for i := range moved {
		d.emit(&moved[i])
		d.restand(d.Vault(moved[i].Vault).Prover)
	}
}

// setParams sets parameters. Where they raise the entry minimum, the calls for it are made at once, so that everybody has
// their whole time to follow and nobody is shut out meanwhile (economics.md §1 Z10).
func (d *draft) setParams(p Params) {
	raises := d.params().MinJunior.Less(p.MinJunior)
	if raises && d.neverMarked() {
		d.mark()
	}
	d.emit(&ParamsSet{p})
	if raises {
		d.markVaults(d.market.network().Measures, 0)
	}
}

// noteRaise keeps what the entry minimum was before it is raised. Journals from before there was a network are left as they
// are.
func (s *State) noteRaise(at vadium.Time, p Params) {
	was := s.params().MinJunior
	if s.market.Network == nil || !was.Less(p.MinJunior) {
		return
	}
	n := s.editNetwork()
	if at.Before(n.RaisedUntil) {
		was = vadium.Min(was, n.RaisedFrom) // one raise upon another
	}
	n.RaisedFrom, n.RaisedUntil = was, at.Add(max(p.CallGrace, risk.MinCallGrace))
}

// juniorShort reports whether a vault has less of its prover's own stake than a minimum, or, while the time to follow a
// raise runs, than the call for it requires by now. The call gives no leave to go below what was the minimum before.
func (s *State) juniorShort(v *vaults.Vault, least vadium.Amount, now vadium.Time) bool {
	if !v.Junior.Less(least) {
		return false
	}
	n := s.market.network()
	if now.After(n.RaisedUntil) {
		return true
	}
	before, err := s.minJuniorIn(v.Asset, n.RaisedFrom, now)
	if err != nil || v.Junior.Less(before) {
		return true
	}
	b := s.backings.get(v.ID)
	if b == nil || b.Calls.Entry.Stage == risk.Met {
		return n.Measures.From == 0 || v.ID < n.Measures.From // else the next tick calls it
	}
	return v.Junior.Less(b.Calls.Entry.Glide.At(now).Junior)
}

// marking is what is the same for every vault that is marked at an instant.
type marking struct {
	now     vadium.Time
	limits  risk.Params
	factor  vadium.Bps
	minimum vadium.Amount // in the market's own asset

	// Of the asset that the last vault was in, when it was another: vaults in one asset mostly follow each other.
	asset     risk.Asset
	gauge     risk.Gauge
	minimumIn vadium.Amount
	known     bool // minimumIn is: it takes prices
}

// turnTo makes m that of an asset.
func (m *marking) turnTo(s *State, a risk.Asset) {
	if a != m.asset {
		m.asset, m.gauge = a, s.gaugeOf(a)
		m.minimumIn, m.known = s.entryMinimumAt(m.factor, a, m.now)
	}
}

func (s *State) marking(now vadium.Time, factor vadium.Bps) *marking {
	limits := s.RiskParams()
	return &marking{now: now, limits: limits, factor: factor, minimum: limits.Entry.Minimum(factor)}
}

// calls returns a vault's calls as they are now, and whether they have changed.
func (s *State) calls(m *marking, v *vaults.Vault) (calls risk.Calls, changed bool) {
	p := s.provers.get(v.Prover)
	if p == nil || p.Vault != v.ID {
		return risk.Calls{}, false // the prover has another by now, and this one backs nothing
	}
	var before risk.Calls
	b := s.backings.get(v.ID)
	if b != nil {
		before = b.Calls
	}
	calls, posted := before, postedBy(v, m.now)
	var gauge risk.Gauge
	if v.Asset != ownAsset {
		m.turnTo(s, v.Asset)
		gauge = m.gauge
	}
	if moved, known := positionOf(v, b).Mark(before.Locks, m.now, backedBy(v, m.now), gauge, m.limits); known {
		calls.Locks = moved
	}
	calls.Entry = s.entryCall(m, before.Entry, p, v, posted)
	return calls, calls != before
}

// entryCall returns the call for the entry minimum. Nobody who leaves is called, and in a vault of another asset nobody is
// without a price.
func (s *State) entryCall(m *marking, c risk.Call, p *Prover, v *vaults.Vault, posted risk.Cover) risk.Call {
	state := p.State()
	if p.Status.Left {
		state = StateExiting
	}
	switch state {
	case StateExiting, StateTombstoned, StateNull:
		if c.Stage == risk.Excluded {
			return c
		}
		return risk.Call{}
	case StateActive, StateSuspended, StateJailed, StateExcluded:
	}
	need := risk.Cover{Junior: m.minimum}
	if v.Asset != ownAsset {
		m.turnTo(s, v.Asset)
		if need.Junior = m.minimumIn; !m.known {
			return c
		}
	}
	if c.Stage == risk.Met && posted.Meets(need) {
		return c
	}
	return c.Next(risk.Marking{Now: m.now, Posted: posted, Maintenance: need, Initial: need, Fresh: true}, m.limits)
}

// markAsset follows a published price: it marks the vaults in the asset, and the breaker may tighten. What the market's own
// asset is worth changes no call before the hour: what was promised across assets was valued when it was promised.
func (d *draft) markAsset(asset risk.Asset) {
	if asset == ownAsset || d.neverMarked() {
		return
	}
	m := d.market.network().Measures
	t := tally{fresh: true}
	d.tallyAcross(&t, d.now, vadium.Amount{})
	if tightened := m.Breaker.Tighten(risk.LSR(t.secured, t.exposure)); tightened != m.Breaker {
		d.emit(&BreakerTightened{tightened})
	}
	var moved []CallMoved
	all := d.marking(d.now, m.Entry.Factor)
	for _, id := range d.collateralVaults() {
		v := d.vaults.get(id)
		if v.Asset != asset || m.From != 0 && id >= m.From {
			continue // of another asset, or about to be marked
		}
		if len(moved) == markLimit {
			rest := d.market.network().Measures
			rest.From = id
			d.emit(&EpochMarked{Network: rest})
			break
		}
		if calls, changed := d.calls(all, v); changed {
			moved = append(moved, CallMoved{Vault: id, Calls: calls})
		}
	}
	d.moveCalls(moved)
}

// cureFreed ends calls of the provers that this command has let have more stake, or less to back: whoever has posted what
// was called for does not wait for the hour. A call climbs, and a new one is made, at marks alone.
func (d *draft) cureFreed() {
	for i := 0; i < len(d.chances.provers); i++ {
		p := d.Prover(d.chances.provers[i])
		b := d.Backing(p.Vault)
		if b == nil || b.Calls == (risk.Calls{}) {
			continue
		}
		marked, _ := d.calls(d.marking(d.now, d.market.network().Measures.orNeutral().Entry.Factor), d.Vault(p.Vault))
		cured := b.Calls
		if marked.Locks.Stage == risk.Met {
			cured.Locks = risk.Call{}
		}
		if marked.Entry.Stage == risk.Met {
			cured.Entry = risk.Call{}
		}
		if cured != b.Calls {
			d.moveCalls([]CallMoved{{Vault: p.Vault, Calls: cured}})
		}
	}
}

// mayTake reports whether a vault's calls let its prover be assigned anything new.
func (s *State) mayTake(v *vaults.Vault, now vadium.Time) bool {
	b := s.backings.get(v.ID)
	return b == nil || b.Calls == (risk.Calls{}) || b.Calls.MayTake(now, postedBy(v, now))
}

// divert makes commission just earned the prover's own stake, as far as stake that was called for is missing.
func (d *draft) divert(id vadium.VaultID, commission vadium.Amount) {
	b := d.Backing(id)
	if b == nil || b.Calls.Stage() < risk.Reduced {
		return
	}
	v := d.Vault(id)
	if v.Asset != ownAsset {
		return // fees are in the market's own asset, so what they earn is no stake there
	}
	diverted := vadium.Max(b.Calls.Locks.Divert(commission, backedBy(v, d.now), d.now), b.Calls.Entry.Divert(commission, postedBy(v, d.now), d.now))
	if diverted = vadium.Min(diverted, v.CommissionDue); !diverted.IsZero() {
		d.emit(&CommissionDiverted{id, diverted})
	}
}

func (e *CommissionDiverted) apply(s *State, _ vadium.Time, _ uint64) {
	v := s.editVault(e.Vault)
	v.ClaimCommission(e.Amount)
	v.DepositJunior(e.Amount)
}

func (e *CallMoved) apply(s *State, _ vadium.Time, _ uint64) { s.backing(e.Vault).Calls = e.Calls }

func (e *EpochMarked) apply(s *State, _ vadium.Time, _ uint64) {
	n := s.editNetwork()
	if n.Measures.Epoch != e.Network.Epoch {
		s.market.Ended, s.market.Failed, n.Unmarked = 0, 0, 0
	}
	n.Measures = e.Network
}

func (e *BreakerTightened) apply(s *State, _ vadium.Time, _ uint64) {
	s.editNetwork().Measures.Breaker = e.Breaker
}

// countEnd counts an assignment of a vouched-for program that has ended: well, or without a punctual proof. Nothing is
// counted before the first mark.
// An assignment counts by what is locked for it, in millionths of a token of the market's own asset: else requests of next to
// nothing would say how the market is.
func (s *State) countEnd(r *Request, a *Attempt, well bool) {
	if !r.Punishable || s.neverMarked() {
		return
	}
	lock, _ := lockOf(r, a)
	weight := uint64(inMillionths(lock))
	ended, carry := bits.Add64(s.market.Ended, weight, 0)
	if carry > 0 {
		return // more than there are tokens: whatever comes on top says nothing new
	}
	s.market.Ended = ended
	if !well {
		s.market.Failed += weight
	}
}

// postponeRisk moves what the market calls for, and how long it bars, by the length of a pause or an outage: nobody could
// post anything meanwhile. The hour itself is that of the clock; what it missed is one mark.
func (s *State) postponeRisk(gap vadium.Duration, resumed vadium.Time) {
	began := resumed.Add(-gap)
	if n := s.market.network(); n.RaisedUntil != 0 && !n.RaisedUntil.Before(began) {
		n = s.editNetwork()
		n.RaisedUntil = n.RaisedUntil.Add(gap)
	}
	for id, b := range s.backings.all() {
		if b.Calls != (risk.Calls{}) {
			calls := &s.backings.edit(id).Calls
			calls.Locks, calls.Entry = calls.Locks.Postpone(gap), calls.Entry.Postpone(gap)
		}
	}
	for account, p := range s.provers.all() {
		if p.Status.Moved == StateJailed && !p.Status.Until.Before(began) && p.Status.Until != vadium.Forever {
			s.prover(account).Status.Until = p.Status.Until.Add(gap)
		}
	}
}
