package marketplace

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// Where too much depends on one thing. Requests of one size are a *class of work*: they run the same programs, however soon they
// are cleared and whatever stake stands behind each, so one wrong verifier concerns all of them.
//
// A vault whose prover asks in three classes or more locks at most two fifths of its effective stake for one of them
// (economics.md §1, D12). Whoever serves one class, or two, has nothing to keep the rest of its stake for, so there it is
// all of it.
//
// And where four active provers or more ask in a class, whoever would hold more than a third of what is assigned of it
// (I4) competes with a [handicap], once it has [freeAssignments]: before, a share says nothing, and a quiet market's cheapest
// prover wins as ever. It is no bar. A bar at a share of the others' work is a weapon: whoever makes the others' work small
// or large, with requests of next to nothing or with asks nobody will take, decides who may work. A handicap moves work to
// others where they are about as good, and nobody is left without a prover by it; like all multipliers it does not depend on the
// price, so the true cost stays the best ask.

// freeAssignments is how many assignments of a class a prover may hold whatever its share of all is, and handicap what is
// added to the multiplier of one that holds too large a share, as far as the worst multiplier allows.
const (
	freeAssignments            = 16
	handicap        vadium.Bps = 5_000
)

// portion is a prover's part of a class of work.
type portion struct {
	class  auction.Product
	asks   uint32        // that stand in its products
	count  uint32        // assignments whose stake is locked
	locked vadium.Amount // for them when they were made, in the vault's asset
	value  vadium.Amount // the same in the market's own
}

// load is what all provers do of a class of work.
type load struct {
	provers uint32 // active, with an ask
	value   vadium.Amount
}

// classOf returns a product's class of work: the product of its size that stands for all tiers.
func classOf(p auction.Product) auction.Product {
	p.Tier, p.Stake = auction.Immediate, auction.StakeNone
	return p
}

// portion returns a prover's part of a class for changing.
func (p *Prover) portion(class auction.Product) *portion {
	i := slices.IndexFunc(p.portions, func(x portion) bool { return x.class == class })
	if i < 0 {
		p.portions = append(p.portions, portion{class: class})
		i = len(p.portions) - 1
	}
	return &p.portions[i]
}

func (s *State) load(class auction.Product) *load {
	return s.loads.editOrInsert(class, func() *load { return new(load) })
}

// countAsk counts an ask that now stands (1), or no longer (-1).
func (s *State) countAsk(prover vadium.Account, product auction.Product, change int) {
	class := classOf(product)
	p := s.prover(prover)
	mine := p.portion(class)
	must(change > 0 || mine.asks > 0, "asks that end had stood")
	before := mine.asks > 0
	mine.asks = uint32(int(mine.asks) + change)
	if after := mine.asks > 0; after != before && p.State() == StateActive {
		s.countProver(class, after)
	}
}

// countProver counts a prover that now asks in a class and is active, or no longer.
func (s *State) countProver(class auction.Product, counts bool) {
	if l := s.load(class); counts {
		l.provers++
	} else {
		l.provers--
	}
}

// restate counts the prover where it asks after its state was another.
func (s *State) restate(p *Prover, before ProverState) {
	after := p.State()
	if (before == StateActive) == (after == StateActive) {
		return
	}
	for i := range p.portions {
		if p.portions[i].asks > 0 {
			s.countProver(p.portions[i].class, after == StateActive)
		}
	}
}

// countLoad counts an assignment whose stake, in this vault, is locked, or no longer.
func (s *State) countLoad(v *vaults.Vault, id lockID, locked bool) {
	r := s.requests.get(id.Request)
	a := &r.Attempts[id.Attempt]
	value := a.Lock
	if v.Asset != ownAsset {
		value, _ = lockOf(r, a)
	}
	class := classOf(r.Product)
	mine, all := s.prover(v.Prover).portion(class), s.load(class)
	if locked {
		mine.count++
		mine.locked, mine.value, all.value = mine.locked.MustAdd(a.Lock), mine.value.MustAdd(value), all.value.MustAdd(value)
		return
	}
	mine.count--
	mine.locked, mine.value, all.value = mine.locked.MustSub(a.Lock), mine.value.MustSub(value), all.value.MustSub(value)
}

// spread reports whether a vault that backs the request keeps within the share of one class.
func (s *State) spread(r *demand, p *Prover, v *vaults.Vault) bool {
	if r.lock.Amount.IsZero() {
		return true
	}
	var locked vadium.Amount
	asked, class := 0, classOf(r.Product)
	for i := range p.portions {
		if p.portions[i].asks > 0 {
			asked++
		}
		if p.portions[i].class == class {
			locked = p.portions[i].locked
		}
	}
	if asked < risk.EnoughProducts {
		return true
	}
	lock := r.lock.Amount
	if v.Asset != ownAsset {
		lock = s.promise(r, v.Asset).lock.Amount
	}
	return risk.WithinVaultShare(v.Effective(r.now), locked, lock)
}

// multiplierFor returns what a prover's asks are multiplied with in the clearing of a request: its history, and a handicap
// where it would hold too much of the class.
func (s *State) multiplierFor(r *demand, p *Prover) vadium.Bps {
	m := p.multiplier(r.Product, r.now)
	if r.lock.Amount.IsZero() {
		return m
	}
	class := classOf(r.Product)
	for i := range p.portions {
		if mine := &p.portions[i]; mine.class == class && mine.count >= freeAssignments && !s.withinClass(r, class, mine) {
			return min(m+handicap, auction.WorstMultiplier)
		}
	}
	return m
}

// soundWith reports whether everything a slash could take of a vault is more, by a tenth, than what cheating would gain in
// all that it backs and one request more (economics.md §4.1, I1). A proof is verified before it is paid for, so a cheat
// earns no fee: what it can gain is what a missing proof is worth to somebody, and the damage cap is the requester's own
// word for that. Locks are made with that tenth (see [vaults.LockFor]); invalid proofs may have used it up since.
func soundWith(v *vaults.Vault, more vadium.Amount) bool {
	gain, ok := v.DamageCapTotal.Add(more)
	if twice, fits := gain.Add(gain); fits && !v.Junior.Less(twice) {
		return true // by far, which is the usual case and the cheapest to see
	}
	return ok && (gain.IsZero() || !v.Slashable().Less(gain.BpsUp(vadium.BpsOne+risk.Gamma)))
}

// checkAssigned: invariant 2, at every assignment in the market's own asset the locks are covered, damage caps by the
// junior, and cheating costs more than it gains.
func (*Watcher) checkAssigned(s *State, record Record) error {
	e, locks := record.Event.(*StakeLocked)
	if !locks || e.Lock.Amount.IsZero() {
		return nil
	}
	v := s.vaults.get(e.Vault)
	switch {
	case v.Asset != ownAsset:
	case v.Effective(record.At).Less(v.LockTotal):
		return fmt.Errorf("invariant 2: vault %d is assigned more than its stake covers", e.Vault)
	case v.Junior.Less(v.DamageCapTotal):
		return fmt.Errorf("invariant 2: vault %d promises more damages than its junior stake", e.Vault)
	case !soundWith(v, vadium.Amount{}):
		return fmt.Errorf("invariant 2: cheating in all that vault %d backs would pay", e.Vault)
	}
	return nil
}

// classLoad is what a demand finds assigned of its class, with what itself would add, worked out for the first ask that
// it matters to.
type classLoad struct {
	known     bool
	provers   uint32
	all, more risk.Value
}

// withinClass reports whether a prover that holds so much of a class may hold more of it.
func (s *State) withinClass(r *demand, class auction.Product, mine *portion) bool {
	if !r.load.known {
		r.load = classLoad{known: true, more: inMillionths(r.worth)}
		if all := s.loads.get(class); all != nil {
			r.load.provers, r.load.all = all.provers, inMillionths(all.value)
		}
	}
	load := risk.ProductLoad{Provers: r.load.provers, All: r.load.all, Own: inMillionths(mine.value)}
	return load.Check(r.load.more) == nil
}

// checkSurcharges compares what scores add to multipliers with what another state says that was made from the rows.
func (s *State) checkSurcharges(anew *State) error {
	for account, p := range s.provers.all() {
		for product := range s.books.all() {
			if got, want := p.surchargeOf(product), anew.provers.get(account).surchargeOf(product); got != want {
				return fmt.Errorf("the score of %v adds %d to its multiplier for %v, it should add %d", account, got, product, want)
			}
		}
	}
	return nil
}

// checkPortions compares what is counted of classes of work with what another state counts that was made from the rows.
func (s *State) checkPortions(anew *State) error {
	if got, want := fmt.Sprint(s.inCollateral), fmt.Sprint(anew.inCollateral); got != want {
		return fmt.Errorf("vaults %s are in other assets, they should be %s", got, want)
	}
	for class, l := range s.loads.all() {
		if want := anew.loads.get(class); want == nil && *l != (load{}) || want != nil && *l != *want {
			return fmt.Errorf("class %v counts %+v, it should count %+v", class, l, want)
		}
	}
	for account, p := range s.provers.all() {
		q := anew.provers.get(account)
		for _, x := range p.portions {
			if want := q.portion(x.class); *want != x {
				return fmt.Errorf("%v counts %+v, it should count %+v", account, x, *want)
			}
		}
	}
	return nil
}

// inMillionths is an amount of the market's own asset in millionths of a token, rounded up, as a value that shares are taken
// of: [risk.Price.Owed] at a price of one, which asks of every clearing make too dear to divide in full; and the largest
// there is when it does not fit.
func inMillionths(a vadium.Amount) risk.Value {
	const millionth = 1_000_000_000_000 // base units
	raw := a.Uint256()
	if raw[3]|raw[2] != 0 || raw[1] >= millionth {
		return math.MaxUint64
	}
	value, rest := bits.Div64(raw[1], raw[0], millionth)
	if rest > 0 && value < math.MaxUint64 {
		value++
	}
	return risk.Value(value)
}
