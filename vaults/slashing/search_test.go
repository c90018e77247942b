package slashing_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/slashing"
	"vadium/vaults/vaultstest"
)

// formulas are what a mutant may replace.
type formulas struct {
	base     func(slashing.Severity) vadium.Ppm
	fraction func(slashing.Inputs) (vadium.Ppm, error)
	lateness func(deadline, arrived vadium.Time, grace vadium.Duration) vadium.Bps
	damages  func(vadium.Bps) vadium.Bps
	fee      func(vadium.Bps) vadium.Bps
	severity func(vadium.Bps) slashing.Severity
	deviates func(vadium.Bps) slashing.Severity
	request  func(slashing.Inputs, slashing.Terms, vadium.Bps, bool) (slashing.Penalty, error)
	vault    func(slashing.Inputs, slashing.Stake) (slashing.Penalty, error)
	assess   func(slashing.Case) (slashing.Penalty, error)
	divide   func(slashing.Taken) slashing.Distribution
	decay    func(slashing.MilliPoints, uint64) slashing.MilliPoints
	at       func(slashing.Span, vadium.Time, slashing.MilliPoints) slashing.Span
	charge   func(slashing.Span, vadium.Amount) (vadium.Amount, slashing.Span)
}

func ours() formulas {
	return formulas{
		base: slashing.BasePpm, fraction: slashing.Fraction, lateness: slashing.Lateness, damages: slashing.LateDamagesBps,
		fee: slashing.LateFeeBps, severity: slashing.LateSeverity, deviates: slashing.DeviationSeverity,
		request: slashing.RequestPenalty, vault: slashing.VaultPenalty, assess: slashing.Assess, divide: slashing.Divide,
		decay: slashing.DecayHistory, at: slashing.Span.At, charge: slashing.Span.Charge,
	}
}

// property is one of economics.md §6.3, or another that formulas are held against. One call is one round.
type property struct {
	name, says string
	round      func(f formulas, random *rand.Rand) (cases int, err error)
}

// properties are what `make search` holds: P1 to P16, and what those leave open.
var properties = []property{
	{"P1", "what is worse never costs less: severity, impact, history, correlation, reference price, health, lateness", costsNoLess},
	{"P2", "what is better never costs more: uptime, baseline, price", costsNoMore},
	{"P3", "a fraction is within the floor and the cap of its severity", withinLimits},
	{"P4", "no severity costs nothing, and one above 100 is refused", nothingForNothing},
	{"P5", "malice costs at least what liveness does", maliceIsDearer},
	{"P6", "a fraction is at least the exact product, and little more", littleAboveTheExact},
	{"P7", "damages and punitive part are what the page says, within the lock", withinTheLock},
	{"P8", "a fraction above nothing takes a unit at least, if there is room", neverRoundedAway},
	{"P9", "what is distributed is what was taken, part by part as the page says", allIsDistributed},
	{"P10", "requester, reporter and rescuer get no more than the junior paid", onlyJuniorMoney},
	{"P11", "who is prover, requester, reporter and rescuer in one loses 45 % of the punitive part and gains nothing of others", selfDealing},
	{"P12", "parts of a request cost no less than the whole; 1.5 % less at most where damages are due and one of unequal parts loses its whole lock", splitting},
	{"P13", "decay is monotone, and in two steps nearly as in one", decays},
	{"P14", "delivering costs less than never delivering, and sooner less than later", lateBeatsNever},
	{"P15", "the same inputs give the same bytes, by another implementation too", sameBytes},
	{"P16", "the order of independent cases in a span does not matter", orderOfASpan},
	{"a whole vault", "what a vault-wide offence costs is what the page says, and delegators half at most below severity 100", wholeVault},
	{"curves", "base, lateness and deviation are the exact curves, rounded as they say", curves},
}

func TestSearch(t *testing.T) {
	for _, p := range properties {
		t.Run(p.name, func(t *testing.T) {
			t.Log(p.says)
			vaultstest.Search(t, func(random *rand.Rand) (int, error) { return p.round(ours(), random) })
		})
	}
}

// anyBps is a share, often where something changes.
func anyBps(random *rand.Rand) vadium.Bps {
	return vadium.Bps(vaultstest.Corner(random, 10_001, 0, 1, 3_333, 6_667, 999, 1_000, 1_001, 8_999, 9_000, 9_001, 9_999, 10_000))
}

// anySeverity is one there is, often at an edge of a class or a knee of the curve.
func anySeverity(random *rand.Rand) slashing.Severity {
	return slashing.Severity(vaultstest.Corner(random, 101, 0, 1, 19, 20, 21, 40, 59, 60, 61, 88, 89, 90, 91, 99, 100))
}

func anyInputs(random *rand.Rand) slashing.Inputs {
	in := slashing.Inputs{
		Severity: anySeverity(random), Class: slashing.Class(1 + random.IntN(2)), Impact: anyBps(random),
		History:     slashing.MilliPoints(vaultstest.Corner(random, 30_000, 0, 1, 19_999, 20_000, 20_001, 1<<62)),
		Correlation: anyBps(random), Baseline: anyBps(random), Uptime: anyBps(random), Health: anyBps(random),
		PriceReference: vaultstest.Corner(random, 1<<20, 0, 1, math.MaxUint64-1, math.MaxUint64),
		Systemic:       random.IntN(10) == 0,
	}
	if random.IntN(4) == 0 { // of every size
		in.PriceReference = random.Uint64() >> random.IntN(64)
	}
	switch random.IntN(5) {
	case 0:
		in.PriceNow = vaultstest.Corner(random, 1<<20, 1, math.MaxUint64-1, math.MaxUint64)
	case 1: // about two thirds of what it was: where the factor ends
		in.PriceNow = in.PriceReference/3*2 + random.Uint64N(3)
	case 2: // a part less
		in.PriceNow = in.PriceReference - in.PriceReference/(2+random.Uint64N(6))
	default: // near what it was
		in.PriceNow = in.PriceReference - min(in.PriceReference, random.Uint64N(5))
	}
	in.PriceNow = max(1, in.PriceNow)
	return in
}

// anyTerms are those of an assignment, sometimes with a lock that earlier penalties have shrunk.
func anyTerms(random *rand.Rand) slashing.Terms {
	t := slashing.Terms{DamageCap: vaultstest.AnyAmount(random, 96), Fee: vaultstest.AnyAmount(random, 96)}
	if t.Lock = vaults.LockFor(t.DamageCap, t.Fee); random.IntN(3) == 0 {
		t.Lock = vaultstest.AnyAmount(random, 96)
	}
	return t
}

func big64(n uint64) *big.Int        { return new(big.Int).SetUint64(n) }
func bigOf(a vadium.Amount) *big.Int { return a.Uint256().ToBig() }

// up and down are a*b/c, rounded.
func down(a, b, c *big.Int) *big.Int { return new(big.Int).Div(new(big.Int).Mul(a, b), c) }
func up(a, b, c *big.Int) *big.Int {
	product := new(big.Int).Mul(a, b)
	return product.Add(product, c).Sub(product, big.NewInt(1)).Div(product, c)
}

func least(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func differs(what string, got vadium.Amount, want *big.Int) error {
	if bigOf(got).Cmp(want) != 0 {
		return fmt.Errorf("%s = %v, want %v", what, got, want)
	}
	return nil
}

// monotone moves one input by a little or a lot, and compares.
func monotone(f formulas, random *rand.Rand, worsen []func(*slashing.Inputs, uint64)) (int, error) {
	in := anyInputs(random)
	worse, by := in, vaultstest.Corner(random, 10_001, 0, 1, 10_000, math.MaxUint32)
	which := random.IntN(len(worsen))
	worsen[which](&worse, by)
	before, err := f.fraction(in)
	after, refusal := f.fraction(worse)
	if err = errors.Join(err, refusal); err != nil {
		return 0, err
	}
	if after < before {
		return 0, fmt.Errorf("input %d: %+v costs %d ppm, %+v only %d", which, in, before, worse, after)
	}
	return 1, nil
}

func costsNoLess(f formulas, random *rand.Rand) (int, error) {
	if random.IntN(7) > 0 {
		return monotone(f, random, []func(*slashing.Inputs, uint64){
			func(in *slashing.Inputs, by uint64) {
				in.Severity = slashing.Severity(min(100, uint64(in.Severity)+by))
			},
			func(in *slashing.Inputs, by uint64) { in.Impact = vadium.Bps(min(10_000, uint64(in.Impact)+by)) },
			func(in *slashing.Inputs, by uint64) { in.History += slashing.MilliPoints(by) },
			func(in *slashing.Inputs, by uint64) {
				in.Correlation = vadium.Bps(min(10_000, uint64(in.Correlation)+by))
			},
			func(in *slashing.Inputs, by uint64) { in.PriceReference = max(in.PriceReference, in.PriceReference+by) },
			func(in *slashing.Inputs, by uint64) { in.Health = vadium.Bps(min(10_000, uint64(in.Health)+by)) },
		})
	}
	in, terms, l := anyInputs(random), anyTerms(random), vadium.Bps(random.IntN(10_000))
	later := l + 1 + vadium.Bps(random.IntN(int(10_000-l)))
	if f.severity(later) < f.severity(l) || f.damages(later) < f.damages(l) || f.fee(later) > f.fee(l) {
		return 0, fmt.Errorf("late by %d: severity %d, damages %d, fee %d; by %d: %d, %d, %d",
			l, f.severity(l), f.damages(l), f.fee(l), later, f.severity(later), f.damages(later), f.fee(later))
	}
	cost := func(l vadium.Bps) (slashing.Penalty, error) {
		return f.assess(slashing.Case{Offence: slashing.Late, Lateness: l, Context: in, Terms: terms})
	}
	now, err := cost(l)
	then, refusal := cost(later)
	if err = errors.Join(err, refusal); err != nil {
		return 0, err
	}
	if then.Total().Less(now.Total()) {
		return 0, fmt.Errorf("%+v with %+v: late by %d costs %v, by %d only %v", terms, in, l, now.Total(), later, then.Total())
	}
	return 1, nil
}

func costsNoMore(f formulas, random *rand.Rand) (int, error) {
	return monotone(f, random, []func(*slashing.Inputs, uint64){
		func(in *slashing.Inputs, by uint64) { in.Uptime -= vadium.Bps(min(uint64(in.Uptime), by)) },
		func(in *slashing.Inputs, by uint64) { in.Baseline -= vadium.Bps(min(uint64(in.Baseline), by)) },
		func(in *slashing.Inputs, by uint64) { in.PriceNow = max(1, in.PriceNow-min(in.PriceNow, by)) },
	})
}

func withinLimits(f formulas, random *rand.Rand) (int, error) {
	in := anyInputs(random)
	in.Severity = max(1, in.Severity)
	if excused(in) {
		return 0, nil
	}
	floor, most := map[int]vadium.Ppm{0: 1_000, 1: 10_000, 2: 51_000, 3: 200_000}, map[int]vadium.Ppm{0: 50_000, 1: 200_000, 2: 500_000, 3: 1_000_000}
	class := 3
	switch {
	case in.Severity <= 20:
		class = 0
	case in.Severity <= 60:
		class = 1
	case in.Severity <= 89:
		class = 2
	}
	got, err := f.fraction(in)
	if err != nil || got < floor[class] || got > most[class] {
		return 0, fmt.Errorf("Fraction(%+v) = %d, %v, want %d to %d", in, got, err, floor[class], most[class])
	}
	return 1, nil
}

func excused(in slashing.Inputs) bool { return in.Systemic && in.Class == slashing.Liveness }

func nothingForNothing(f formulas, random *rand.Rand) (int, error) {
	in := anyInputs(random)
	switch random.IntN(3) {
	case 0:
		in.Severity = 0
	case 1:
		in.Severity = slashing.Severity(vaultstest.Corner(random, 155, 0, 154)) + 101
		if got, err := f.fraction(in); !errors.Is(err, slashing.ErrSeverity) || got != 0 {
			return 0, fmt.Errorf("Fraction(%+v) = %d, %v, want %v", in, got, err, slashing.ErrSeverity)
		}
		return 1, nil
	default:
		in.Class, in.Systemic = slashing.Liveness, true
	}
	terms := anyTerms(random)
	got, err := f.fraction(in)
	p, refusal := f.request(in, terms, anyBps(random), random.IntN(2) == 0)
	if err = errors.Join(err, refusal); err != nil || got != 0 || !p.Total().IsZero() {
		return 0, fmt.Errorf("Fraction(%+v) = %d, %v, the penalty is %v of %+v, want nothing", in, got, err, p.Total(), terms)
	}
	return 1, nil
}

func maliceIsDearer(f formulas, random *rand.Rand) (int, error) {
	in := anyInputs(random)
	in.Class = slashing.Liveness
	liveness, err := f.fraction(in)
	in.Class = slashing.Malice
	malice, refusal := f.fraction(in)
	if err = errors.Join(err, refusal); err != nil || malice < liveness || malice == 0 && in.Severity > 0 {
		return 0, fmt.Errorf("%+v costs %d as malice and %d as liveness, %v", in, malice, liveness, err)
	}
	return 1, nil
}

func littleAboveTheExact(f formulas, random *rand.Rand) (int, error) {
	in := anyInputs(random)
	in.Systemic, in.Severity = false, max(1, in.Severity)
	if random.IntN(2) == 0 { // where every step multiplies what the steps before rounded up by
		in.Class, in.Impact, in.History = slashing.Liveness, 10_000-vadium.Bps(random.IntN(50)), slashing.MilliPoints(20_000-random.IntN(50))
		in.Baseline, in.Correlation = 0, 6_667-vadium.Bps(random.IntN(20))
		in.Uptime, in.Health = vadium.Bps(random.IntN(100)), vadium.Bps(random.IntN(10_001))
		in.PriceReference, in.PriceNow = 15_000-random.Uint64N(30), 10_000
	}
	got, err := f.fraction(in)
	if err != nil {
		return 0, err
	}
	ppm := new(big.Rat).SetInt64(int64(got))
	if exact := exactFraction(in, false); ppm.Cmp(exact) < 0 {
		return 0, fmt.Errorf("Fraction(%+v) = %d, below the exact %s", in, got, exact.FloatString(6))
	}
	exact := exactFraction(in, true)
	if excess := new(big.Rat).Sub(ppm, exact); excess.Sign() < 0 || excess.Cmp(mostExcess) >= 0 {
		return 0, fmt.Errorf("Fraction(%+v) = %d, %s above the exact value", in, got, excess.FloatString(3))
	}
	return 1, nil
}

// mostExcess is what the roundings of all six steps can add together: see TestAFractionExceedsTheExactProductByLessThanItsStepsCanAdd.
var mostExcess = big.NewRat(7_225, 100)

// slowRequest is the money of economics.md §6.1 in big integers.
func slowRequest(s slashing.Severity, fraction vadium.Ppm, t slashing.Terms, damages vadium.Bps, undelivered bool) (ld, pun *big.Int) {
	lock, limit, f := bigOf(t.Lock), bigOf(t.DamageCap), big64(uint64(fraction))
	if fraction == 0 {
		return new(big.Int), new(big.Int)
	}
	ld = least(least(limit, up(limit, big64(uint64(damages)), big64(10_000))), lock)
	pun = up(lock, f, big64(1_000_000))
	if undelivered {
		base := big64(10_000 * uint64(slashing.BasePpm(s)))
		floor := up(bigOf(t.Fee), new(big.Int).Mul(f, big64(1_000)), base)
		if floor = least(floor, bigOf(t.Lock.SubFloor(t.DamageCap))); floor.Cmp(pun) > 0 {
			pun = floor
		}
	}
	return ld, least(pun, new(big.Int).Sub(lock, ld))
}

func withinTheLock(f formulas, random *rand.Rand) (int, error) {
	in, terms, damages, undelivered := anyInputs(random), anyTerms(random), anyBps(random), random.IntN(2) == 0
	p, err := f.request(in, terms, damages, undelivered)
	if err != nil {
		return 0, err
	}
	what := fmt.Sprintf("RequestPenalty(%+v, %+v, %d, %v)", in, terms, damages, undelivered)
	if terms.Lock.Less(p.Total()) || terms.DamageCap.Less(p.Damages) {
		return 0, fmt.Errorf("%s = %+v, above the lock or the damage cap", what, p)
	}
	ld, pun := slowRequest(in.Severity, p.Fraction, terms, damages, undelivered)
	return 1, errors.Join(differs("damages of "+what, p.Damages, ld), differs("punitive part of "+what, p.Punitive, pun))
}

func neverRoundedAway(f formulas, random *rand.Rand) (int, error) {
	in, terms := anyInputs(random), anyTerms(random)
	if in.Severity = max(1, in.Severity); excused(in) {
		return 0, nil
	}
	if random.IntN(2) == 0 { // of a lock so small that its part is less than a unit
		terms.Lock = vadium.NewAmount(1 + random.Uint64N(1_000))
	}
	p, err := f.request(in, terms, anyBps(random), random.IntN(2) == 0)
	if err != nil {
		return 0, err
	}
	room := terms.Lock.MustSub(p.Damages)
	if room.IsZero() {
		return 0, nil
	}
	if p.Fraction == 0 || p.Punitive.IsZero() {
		return 0, fmt.Errorf("%d ppm of %+v takes nothing, with %v to take", p.Fraction, terms, room)
	}
	return 1, nil
}

func anyTaken(random *rand.Rand) slashing.Taken {
	return slashing.Taken{
		Damages: vaultstest.AnyAmount(random, 96), PunitiveJunior: vaultstest.AnyAmount(random, 96), PunitiveSenior: vaultstest.AnyAmount(random, 96),
		Severity: anySeverity(random), Reported: random.IntN(2) == 0, Rescued: random.IntN(2) == 0,
	}
}

func allIsDistributed(f formulas, random *rand.Rand) (int, error) {
	taken := anyTaken(random)
	d := f.divide(taken)
	if got, want := d.Total(), vadium.Sum(taken.Damages, taken.PunitiveJunior, taken.PunitiveSenior); got != want {
		return 0, fmt.Errorf("%+v is distributed as %+v: %v of %v", taken, d, got, want)
	}
	whole := big64(10_000)
	junior, senior := bigOf(taken.PunitiveJunior), bigOf(taken.PunitiveSenior)
	reporter := down(junior, big64(min(1_000, 200+8*uint64(taken.Severity))), whole)
	rest := new(big.Int).Sub(junior, reporter)
	rescuer, insurance := new(big.Int), down(rest, big64(4_000), whole)
	if taken.Rescued {
		rescuer, insurance = down(rest, big64(5_000), whole), down(rest, big64(1_500), whole)
	}
	if insurance.Add(insurance, down(senior, big64(5_000), whole)); !taken.Reported {
		reporter = new(big.Int)
	}
	what := fmt.Sprintf("of %+v, ", taken)
	return 1, errors.Join(differs(what+"the requester's", d.Requester, bigOf(taken.Damages)), differs(what+"the reporter's", d.Reporter, reporter),
		differs(what+"the rescuer's", d.Rescuer, rescuer), differs(what+"insurance's", d.Insurance, insurance))
}

// stakeOf returns a vault with this much in each part, none of it dripping.
func stakeOf(junior, leaving, senior, seniorLeaving vadium.Amount) *vaults.Vault {
	owner := vadium.Account{2}
	v := vaults.New(1, vadium.Account{1}, 0, 0)
	v.Junior, v.Senior = junior, senior
	if v.Shares = senior; !senior.IsZero() {
		v.Holdings = vaults.NewHoldings([]vaults.Holding{{Owner: owner, Shares: senior}})
	}
	v.JuniorUnbonding = vaults.Pool{Assets: leaving, Shares: leaving}
	v.SeniorUnbonding = vaults.Pool{Assets: seniorLeaving, Shares: seniorLeaving}
	return v
}

// slashed is a penalty taken from a vault, and divided.
type slashed struct {
	junior, senior vadium.Amount // what each tranche paid
	damages        vadium.Amount
	punitive       vadium.Amount // of the junior's
	shares         slashing.Distribution
}

func slashVault(f formulas, random *rand.Rand, v *vaults.Vault, p slashing.Penalty) slashed {
	damages, punitive := v.PlanPenalty(0, p.Damages, p.Punitive, vadium.Amount{})
	v.ApplyLoss(0, damages)
	v.ApplyLoss(0, punitive)
	return slashed{
		junior: damages.JuniorTotal().MustAdd(punitive.JuniorTotal()), senior: damages.SeniorTotal().MustAdd(punitive.SeniorTotal()),
		damages: damages.Total(), punitive: punitive.JuniorTotal(),
		shares: f.divide(slashing.Taken{
			Damages: damages.Total(), PunitiveJunior: punitive.JuniorTotal(), PunitiveSenior: punitive.SeniorTotal(),
			Severity: p.Severity, Reported: random.IntN(4) > 0, Rescued: random.IntN(4) > 0,
		}),
	}
}

// anyPenalty is that of an offence of the catalogue, and a vault that may be too small for it.
func anyPenalty(f formulas, random *rand.Rand) (slashing.Penalty, *vaults.Vault, error) {
	v := stakeOf(vaultstest.AnyAmount(random, 96), vaultstest.AnyAmount(random, 96), vaultstest.AnyAmount(random, 96), vaultstest.AnyAmount(random, 96))
	c := anyCase(random, anyInputs(random), anyTerms(random))
	c.Stake = slashing.Stake{Junior: v.Junior.MustAdd(v.JuniorUnbonding.Assets), Senior: v.Senior.MustAdd(v.SeniorUnbonding.Assets)}
	p, err := f.assess(c)
	return p, v, err
}

// anyCase is an offence of the catalogue in this context.
func anyCase(random *rand.Rand, in slashing.Inputs, terms slashing.Terms) slashing.Case {
	catalogue := slashing.Catalogue()
	e := catalogue[random.IntN(len(catalogue))]
	return slashing.Case{
		Offence: e.Offence, Severity: e.Least + slashing.Severity(random.IntN(int(e.Most-e.Least)+1)), Context: in,
		Lateness: anyBps(random), Replaced: random.IntN(4) == 0, Terms: terms,
	}
}

func onlyJuniorMoney(f formulas, random *rand.Rand) (int, error) {
	p, v, err := anyPenalty(f, random)
	if err != nil {
		return 0, err
	}
	s := slashVault(f, random, v, p)
	outside := vadium.Sum(s.shares.Requester, s.shares.Reporter, s.shares.Rescuer)
	if s.junior.Less(outside) {
		return 0, fmt.Errorf("of %+v the junior pays %v, the senior %v, and requester, reporter and rescuer get %v: %+v", p, s.junior, s.senior, outside, s.shares)
	}
	if p.Damages.Less(s.shares.Requester) {
		return 0, fmt.Errorf("the requester gets %v of damages of %v", s.shares.Requester, p.Damages)
	}
	return 1, nil
}

func selfDealing(f formulas, random *rand.Rand) (int, error) {
	p, v, err := anyPenalty(f, random)
	if err != nil {
		return 0, err
	}
	before := v.Junior.MustAdd(v.JuniorUnbonding.Assets)
	s := slashVault(f, random, v, p)
	if s.punitive.IsZero() {
		return 0, nil
	}
	received := bigOf(vadium.Sum(s.shares.Requester, s.shares.Reporter, s.shares.Rescuer))
	if received.Cmp(bigOf(s.junior)) > 0 {
		return 0, fmt.Errorf("who plays every part gets back %v of the %v it paid: %+v", received, s.junior, s.shares)
	}
	after := new(big.Int).Add(bigOf(v.Junior.MustAdd(v.JuniorUnbonding.Assets)), received)
	lost := new(big.Rat).SetInt(new(big.Int).Sub(bigOf(before), after))
	minimum := new(big.Rat).Mul(new(big.Rat).SetInt(bigOf(s.punitive)), big.NewRat(45, 100))
	if lost.Cmp(minimum) < 0 {
		return 0, fmt.Errorf("who plays every part loses %s of a punitive part of %v (the senior %v): %+v", lost.FloatString(0), s.punitive, s.senior, s.shares)
	}
	return 1, nil
}

func splitting(f formulas, random *rand.Rand) (int, error) {
	in := anyInputs(random)
	c := anyCase(random, in, slashing.Terms{})
	if e, _ := c.Offence.Entry(); e.Least >= slashing.Tombstone {
		c.Offence, c.Severity = slashing.NoShow, 0 // what concerns the vault has no parts
	}
	var whole slashing.Terms
	var parts vadium.Amount
	spent, equal := false, random.IntN(2) == 0
	for i := range 2 + random.IntN(4) {
		if i == 0 || !equal {
			c.Terms = slashing.Terms{DamageCap: vaultstest.AnyAmount(random, 96), Fee: vaultstest.AnyAmount(random, 96)}
		}
		c.Terms.Lock = vaults.LockFor(c.Terms.DamageCap, c.Terms.Fee)
		whole.DamageCap, whole.Fee = whole.DamageCap.MustAdd(c.Terms.DamageCap), whole.Fee.MustAdd(c.Terms.Fee)
		p, err := f.assess(c)
		if err != nil {
			return 0, err
		}
		parts = parts.MustAdd(p.Total())
		spent = spent || p.Total() == c.Terms.Lock
	}
	whole.Lock = vaults.LockFor(whole.DamageCap, whole.Fee)
	c.Terms = whole
	p, err := f.assess(c)
	if err != nil {
		return 0, err
	}
	least := p.Total()
	if spent && !equal && !c.Replaced { // see TestPartsCostLessThanTheWholeOnlyWhereOneLosesItsWholeLock
		least = least.BpsDown(9_850).SubFloor(vadium.NewAmount(10))
	}
	if parts.Less(least) {
		return 0, fmt.Errorf("%+v costs %v as a whole, and %v in parts", c, p.Total(), parts)
	}
	return 1, nil
}

// halved holds 2^192 * (c/2^64)^d for days d, multiplied out day by day, where c is what economics.md says a day leaves.
var halved = func() (powers [4_001]*big.Int) {
	day := big64(18_025_419_856_780_639_094)
	powers[0] = new(big.Int).Lsh(big.NewInt(1), 192)
	for d := 1; d < len(powers); d++ {
		powers[d] = new(big.Int).Rsh(new(big.Int).Mul(powers[d-1], day), 64)
	}
	return powers
}()

func decays(f formulas, random *rand.Rand) (int, error) {
	mp := slashing.MilliPoints(vaultstest.Corner(random, 1_000_000, 0, 1, 1_000, 20_000, 999_999))
	a, b := vaultstest.Corner(random, 2_000, 0, 1, 29, 30, 31, 365), vaultstest.Corner(random, 2_000, 0, 1, 30)
	once, twice := f.decay(mp, a+b), f.decay(f.decay(mp, a), b)
	what := fmt.Sprintf("%d after %d and %d days", mp, a, b)
	if once > twice+2 || twice > once+2 {
		return 0, fmt.Errorf("%s is %d at once and %d in two steps", what, once, twice)
	}
	if f.decay(mp, a+b+1) > once || f.decay(mp+1, a+b) < once {
		return 0, fmt.Errorf("%s is %d, a day later %d, of a milli-point more %d", what, once, f.decay(mp, a+b+1), f.decay(mp+1, a+b))
	}
	exact := new(big.Int).Mul(big64(uint64(mp)), halved[a+b])
	floor := exact.Rsh(exact, 192).Uint64()
	if uint64(once) != floor && uint64(once)+1 != floor {
		return 0, fmt.Errorf("%s is %d, exactly %d", what, once, floor)
	}
	return 1, nil
}

func lateBeatsNever(f formulas, random *rand.Rand) (int, error) {
	in := anyInputs(random)
	in.Systemic = false
	terms := slashing.Terms{DamageCap: vaultstest.AnyAmount(random, 96), Fee: vaultstest.AnyAmount(random, 96)}
	terms.Lock = vaults.LockFor(terms.DamageCap, terms.Fee)
	cost := func(c slashing.Case, paid vadium.Bps) (vadium.Amount, error) {
		c.Context, c.Terms = in, terms
		p, err := f.assess(c)
		return p.Total().MustAdd(terms.Fee.MustSub(terms.Fee.BpsDown(paid))), err
	}
	l := vadium.Bps(vaultstest.Corner(random, 10_000, 0, 1, 9_999))
	late := func(l vadium.Bps) (vadium.Amount, error) {
		return cost(slashing.Case{Offence: slashing.Late, Lateness: l}, f.fee(l))
	}
	now, err := late(l)
	later, refusal := late(l + 1)
	never, another := cost(slashing.Case{Offence: slashing.NoShow}, 0)
	if err = errors.Join(err, refusal, another); err != nil {
		return 0, err
	}
	what := fmt.Sprintf("%+v with %+v: late by %d costs %v, by one more %v, never delivering %v", terms, in, l, now, later, never)
	if later.Less(now) || never.Less(later) {
		return 0, errors.New(what)
	}
	if most := vadium.NewAmount(1_000_000); most.Less(terms.Lock) && !later.Less(never) { // above every rounding
		return 0, errors.New(what)
	}
	return 1, nil
}

// slowFraction is the function of economics.md §6.1, line by line, in big integers.
func slowFraction(in slashing.Inputs) (*big.Int, error) {
	n := func(x uint64) *big.Int { return big64(x) }
	one := n(10_000)
	clamp := func(x, low, high *big.Int) *big.Int {
		if x.Cmp(low) < 0 {
			return low
		}
		return least(x, high)
	}
	if in.Severity > 100 {
		return new(big.Int), slashing.ErrSeverity
	}
	if in.Severity == 0 || in.Systemic && in.Class == slashing.Liveness {
		return new(big.Int), nil
	}
	knots := [][2]int64{{0, 0}, {20, 10_000}, {60, 50_000}, {90, 200_000}, {100, 1_000_000}}
	v := new(big.Int)
	for i := 1; i < len(knots); i++ {
		if s := int64(in.Severity); s > knots[i-1][0] && s <= knots[i][0] {
			slope := big.NewRat(knots[i][1]-knots[i-1][1], knots[i][0]-knots[i-1][0])
			at := slope.Mul(slope, big.NewRat(s-knots[i-1][0], 1))
			v = new(big.Int).Add(big.NewInt(knots[i-1][1]), at.Num()) // every segment divides evenly
		}
	}
	if in.Class == slashing.Liveness {
		v = up(v, new(big.Int).Sub(one, down(n(2_500), new(big.Int).Sub(one, n(uint64(in.Health))), one)), one)
	}
	excess := new(big.Int).Sub(n(uint64(in.Correlation)), n(uint64(in.Baseline)))
	missing := new(big.Int).Sub(n(9_000), n(uint64(in.Uptime)))
	for _, m := range []*big.Int{
		new(big.Int).Add(one, n(uint64(in.Impact))),
		new(big.Int).Add(one, least(n(20_000), n(uint64(in.History)))),
		new(big.Int).Add(one, clamp(excess.Mul(excess, n(3)), n(0), n(20_000))),
		new(big.Int).Add(one, up(clamp(missing, n(0), n(9_000)), n(5_000), n(9_000))),
		clamp(up(one, n(in.PriceReference), n(in.PriceNow)), one, n(15_000)),
	} {
		v = least(n(1_000_000), up(v, m, one))
	}
	switch {
	case in.Severity <= 20:
		return clamp(v, n(1_000), n(50_000)), nil
	case in.Severity <= 60:
		return clamp(v, n(10_000), n(200_000)), nil
	case in.Severity <= 89:
		return clamp(v, n(51_000), n(500_000)), nil
	}
	return clamp(v, n(200_000), n(1_000_000)), nil
}

func sameBytes(f formulas, random *rand.Rand) (int, error) {
	in := anyInputs(random)
	if random.IntN(20) == 0 {
		in.Severity = 101
	}
	got, err := f.fraction(in)
	want, refusal := slowFraction(in)
	if !errors.Is(err, refusal) || fmt.Sprint(got) != want.String() {
		return 0, fmt.Errorf("Fraction(%+v) = %d, %v, want %v, %v", in, got, err, want, refusal)
	}
	return 1, nil
}

// offence is one of a span: when, and what it costs.
type offence struct {
	at      vadium.Time
	penalty vadium.Amount
}

func orderOfASpan(f formulas, random *rand.Rand) (int, error) {
	start := vadium.Time(1 + random.Int64N(1<<40))
	var offences []offence
	worst := new(big.Int)
	for i := range 1 + random.IntN(8) {
		o := offence{start, vaultstest.AnyAmount(random, 96)}
		if i > 0 {
			o.at = start.Add(vadium.Duration(vaultstest.Corner(random, uint64(slashing.SpanLength), 0, 1, uint64(slashing.SpanLength)-1)))
		}
		if len(offences) > 0 && random.IntN(4) == 0 {
			o.penalty = offences[0].penalty
		}
		offences = append(offences, o)
		if p := bigOf(o.penalty); p.Cmp(worst) > 0 {
			worst = p
		}
	}
	history := slashing.MilliPoints(random.Uint64N(30_000))
	v := stakeOf(vaultstest.AnyAmount(random, 96), vaultstest.AnyAmount(random, 96), vaultstest.AnyAmount(random, 96), vaultstest.AnyAmount(random, 96))
	var first string
	for order := range 3 {
		after := v.Clone()
		total := new(big.Int)
		span := slashing.Span{}
		times := make([]vadium.Time, len(offences))
		for i := range offences {
			times[i] = offences[i].at
		}
		slices.Sort(times)
		for i, o := range offences {
			// Each offence raises the record; the span goes on with that of its start.
			span = f.at(span, times[i], history+slashing.MilliPoints(1_000*i))
			if span.Start != times[0] || span.History != history {
				return 0, fmt.Errorf("at %d the span is %+v, it began at %d with %d", times[i], span, times[0], history)
			}
			var due vadium.Amount
			due, span = f.charge(span, o.penalty)
			total.Add(total, bigOf(due))
			after.ApplyLoss(0, after.PlanPunitive(0, due, vadium.Amount{}))
		}
		if total.Cmp(worst) != 0 {
			return 0, fmt.Errorf("a span of %+v charges %v, want the worst, %v", offences, total, worst)
		}
		left := fmt.Sprint(after.Junior.MustAdd(after.JuniorUnbonding.Assets), after.Senior.MustAdd(after.SeniorUnbonding.Assets))
		if order == 0 {
			first = left
		} else if left != first {
			return 0, fmt.Errorf("a span of %+v leaves %s in one order and %s in another", offences, first, left)
		}
		random.Shuffle(len(offences), func(i, j int) { offences[i], offences[j] = offences[j], offences[i] })
	}
	if next := f.at(slashing.Span{Start: start, History: history}, start.Add(slashing.SpanLength), history+7); next != (slashing.Span{Start: start.Add(slashing.SpanLength), History: history + 7}) {
		return 0, fmt.Errorf("a day after %d the span is %+v", start, next)
	}
	return 1, nil
}

func wholeVault(f formulas, random *rand.Rand) (int, error) {
	in, stake := anyInputs(random), slashing.Stake{Junior: vaultstest.AnyAmount(random, 96), Senior: vaultstest.AnyAmount(random, 96)}
	if random.IntN(2) == 0 {
		in.Severity = slashing.Severity(90 + random.IntN(11))
	}
	p, err := f.vault(in, stake)
	if err != nil {
		return 0, err
	}
	senior := bigOf(stake.Senior)
	if in.Severity < 100 {
		senior = down(senior, big64(1), big64(2))
	}
	want := up(bigOf(stake.Junior.MustAdd(stake.Senior)), big64(uint64(p.Fraction)), big64(1_000_000))
	want = least(want, new(big.Int).Add(bigOf(stake.Junior), senior))
	if !p.Damages.IsZero() {
		return 0, fmt.Errorf("an offence against the vault owes damages of %v", p.Damages)
	}
	return 1, differs(fmt.Sprintf("VaultPenalty(%+v, %+v)", in, stake), p.Punitive, want)
}

func curves(f formulas, random *rand.Rand) (int, error) {
	l, off := anyBps(random), vadium.Bps(vaultstest.Corner(random, 10_001, 0, 249, 250, 251, 2_499, 2_500, 2_501, 1<<31))
	n := func(x vadium.Bps) *big.Int { return big64(uint64(x)) }
	wantDamages, wantFee := big64(10_000), new(big.Int)
	switch {
	case l == 0:
		wantDamages, wantFee = new(big.Int), big64(10_000)
	case l < 10_000:
		wantDamages = new(big.Int).Add(big64(500), up(new(big.Int).Mul(n(l), n(l)), big64(9_500), big64(100_000_000)))
		wantFee = down(big64(6_667), n(10_000-l), big64(10_000))
	}
	deadline, grace := vadium.Time(random.Int64N(1<<45)), vadium.Duration(1+random.Int64N(int64(vadium.Day)))
	late := vadium.Duration(vaultstest.Corner(random, uint64(2*grace), 0, 1, uint64(grace)-1, uint64(grace), uint64(grace)+1))
	wantLate := least(up(big64(uint64(late)), big64(10_000), big64(uint64(grace))), big64(10_000))
	deviation := min(max(off, 250), 2_500)
	wantDeviation := new(big.Int).Add(big64(20), up(n(deviation-250), big64(40), big64(2_250)))
	for _, c := range []struct {
		what string
		got  uint64
		want *big.Int
	}{
		{"lateness", uint64(f.lateness(deadline, deadline.Add(late), grace)), wantLate},
		{"damages", uint64(f.damages(l)), wantDamages}, {"fee", uint64(f.fee(l)), wantFee},
		{"severity", uint64(f.severity(l)), up(n(l), big64(20), big64(10_000))},
		{"severity of a deviation", uint64(f.deviates(off)), wantDeviation},
	} {
		if big64(c.got).Cmp(c.want) != 0 {
			return 0, fmt.Errorf("late by %d of %d, l %d, off %d: %s = %d, want %v", late, grace, l, off, c.what, c.got, c.want)
		}
	}
	s := anySeverity(random)
	in := slashing.Neutral()
	in.Severity, in.Class = s, slashing.Malice
	if want, _ := slowFraction(in); s > 20 && big64(uint64(f.base(s))).Cmp(want) != 0 && s != 61 { // below, floors hide the base
		return 0, fmt.Errorf("BasePpm(%d) = %d, want %v", s, f.base(s), want)
	}
	return 1, nil
}
