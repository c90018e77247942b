package marketplace

import (
	"fmt"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// The constitution: what no configuration and no later parameters can leave (economics.md §5.5). It is data, so that what
// enforces it, what documents it and what tests it is one list. Changing it takes another version of this program.

// Unit says how the numbers of a [Bound] are written.
type Unit string

// Units.
const (
	UnitNumber   Unit = "number"
	UnitBps      Unit = "bps"
	UnitPpm      Unit = "ppm"
	UnitDuration Unit = "ms"
	UnitAmount   Unit = "base units"
)

// Bound is one hard bound: what it bounds, between what and what, ends included, and what holds it there.
type Bound struct {
	Name  string        `json:"name"`
	What  string        `json:"what"`
	Unit  Unit          `json:"unit"`
	Least vadium.Amount `json:"least"`
	Most  vadium.Amount `json:"most"`
	// Value is what it is: of the parameters that were asked about, or the constant in the code.
	Value vadium.Amount `json:"value"`
	// Enforced says what keeps it there: "parameters" are refused outside; the rest are constants of the package named,
	// held against this list by a test.
	Enforced string `json:"enforced"`
}

// String says what the value is and what it may be.
func (b Bound) String() string {
	if b.Unit == UnitAmount {
		return fmt.Sprintf("%s is %s tokens, its safe range is %s to %s", b.Name, b.Value.Tokens(), b.Least.Tokens(), b.Most.Tokens())
	}
	name := b.Name
	if b.Unit != UnitNumber {
		name += " (" + string(b.Unit) + ")"
	}
	return fmt.Sprintf("%s is %v, its safe range is %v to %v", name, b.Value, b.Least, b.Most)
}

// Within reports whether the value lies within the bound.
func (b Bound) Within() bool { return !b.Value.Less(b.Least) && !b.Most.Less(b.Value) }

// Times of the market that are not parameters, and that the unbonding time has to outlast.
const (
	// ChallengeTime is how long after the end of its grace a request may still cost its prover stake, as margins have it.
	ChallengeTime = 2 * vadium.Day
)

// leastUnbonding is the least unbonding time that lets no stake leave before what it backed is final: the longest request
// with its grace, challenge and veto, and a day besides.
func (p Params) leastUnbonding() vadium.Duration {
	return max(7*vadium.Day, p.MaxDuration+p.GraceMax+ChallengeTime+VetoTime+vadium.Day)
}

// Constitution returns every hard bound: those of parameters, with what these say, and those of constants.
func Constitution(p Params) []Bound { return append(p.bounds(), constants()...) }

// bounds are those of parameters, in the order of [Params].
func (p Params) bounds() []Bound {
	const inParams = "parameters"
	number := func(unit Unit, name, what string, value, least, most uint64) Bound {
		return Bound{name, what, unit, vadium.NewAmount(least), vadium.NewAmount(most), vadium.NewAmount(value), inParams}
	}
	bps := func(name, what string, value vadium.Bps, least, most vadium.Bps) Bound {
		return number(UnitBps, name, what, uint64(value), uint64(least), uint64(most))
	}
	ppm := func(name, what string, value vadium.Ppm, least, most vadium.Ppm) Bound {
		return number(UnitPpm, name, what, uint64(value), uint64(least), uint64(most))
	}
	count := func(name, what string, value, least, most uint32) Bound {
		return number(UnitNumber, name, what, uint64(value), uint64(least), uint64(most))
	}
	amount := func(name, what string, value, least, most vadium.Amount) Bound {
		return Bound{name, what, UnitAmount, least, most, value, inParams}
	}
	length := func(name, what string, value, least, most vadium.Duration) Bound {
		b := number(UnitDuration, name, what, uint64(max(value, 0)), uint64(least), uint64(max(most, 0)))
		if value < 0 {
			b.Least, b.Value = b.Least.MustAdd(vadium.NewAmount(1)), vadium.Amount{} // below whatever the least is
		}
		return b
	}
	return []Bound{
		bps("protocol fee", "the market's part of a fee", p.ProtocolFee, 0, 500),
		amount("fee floor", "the least maximal fee", p.FeeFloor, vadium.NewAmount(1), vadium.Tokens(1_000)),
		amount("minimal junior stake", "the entry minimum at factor one", p.MinJunior, vadium.Tokens(1), vadium.Tokens(1_000_000_000)),
		bps("maximal commission", "the prover's part of a reward", p.MaxCommission, 0, vaults.MaxCommission),
		length("ask epoch", "how long asks stay sealed", p.AskEpoch, vadium.Second, vadium.Day),
		length("accept window", "the time to answer an assignment", p.AcceptWindow, vadium.Second, 10*vadium.Minute),
		length("heartbeat window", "silence until a backup is activated", p.HeartbeatWithin, vadium.Second, vadium.Hour),
		bps("grace share", "grace over the time to the deadline", p.GraceShare, 1, vadium.BpsOne),
		length("shortest grace", "the least grace", p.GraceMin, vadium.Second, vadium.Day),
		length("longest grace", "the most grace", p.GraceMax, p.GraceMin, vadium.Day),
		length("longest request", "the time from submission to deadline", p.MaxDuration, vadium.Minute, 7*vadium.Day),
		count("backups", "provers ranked behind the winner", p.Backups, 0, 8),
		count("deliveries per assignment", "how often an assignment may deliver", p.MaxDeliveries, 1, 16),
		bps("solving fee", "what finding an input unsatisfiable earns", p.SolvingFee, 0, 1_000),
		count("claims that end a request", "vaults that must find an input unsatisfiable", p.ClaimsToEnd, 2, 8),
		bps("stand-down fee", "what a backup earns that was not needed", p.StandDownFee, 0, 5_000),
		count("free declines per day", "declines that do not hurt a score", p.DeclineQuota, 0, 1_000),
		bps("reserve slack", "the reserve over recent prices", p.ReserveSlack, vadium.BpsOne, 3*vadium.BpsOne),
		length("price index age", "how long a clearing price counts", p.IndexAge, vadium.Minute, 30*vadium.Day),
		length("market heartbeat", "how often an idle market says so", p.MarketHeartbeat, 100*vadium.Millisecond, vadium.Minute),
		length("outage threshold", "silence that extends every deadline", p.OutageAfter, 2*max(p.MarketHeartbeat, 0), 10*vadium.Minute),
		count("open requests of one requester", "requests one account may have open", p.MaxOpenRequests, 1, 100_000),
		count("undecided verdicts per assignment", "undecided verdicts that end an assignment", p.MaxUndecided, 1, 16),
		length("unbonding time", "how long redeemed stake pays for faults", p.Unbonding, max(p.leastUnbonding(), 0), 28*vadium.Day),
		length("call grace", "the time to post stake that is called for", p.CallGrace, risk.MinCallGrace, 3*vadium.Day),
		length("age of a stale price", "how old a price may be that locks rest on", p.StaleAfter, vadium.Second, vadium.Hour),
		length("notice of a feed", "from the announcement of a feed's configuration until it is in force", p.FeedNotice, vadium.Second, 28*vadium.Day),
		length("veto of a reporter's case", "the time to veto a case against a reporter of prices, of whatever severity", p.OracleVeto, vadium.Second, VetoTime),
		ppm("cost volatility", "how much the cost of proving moves in an hour", p.CostVolatility, 0, 20_000),
		length("tick of the standard tier", "how often its waiting requests are cleared together", p.StandardTick, vadium.Second, vadium.Minute),
		length("tick of the bulk tier", "how often its waiting requests are cleared together", p.BulkTick, max(p.StandardTick, 0), vadium.Hour),
		bps("step of the index", "how much the prices that reserves rest on may move in a minute", p.IndexStep, 100, vadium.BpsOne),
		count("unopened tiers", "batch tiers whose asks' prices are never opened: 1 is standard, 2 bulk", p.UnopenedTiers, 0, 3),
	}
}

// constants are the bounds of what is not a parameter.
func constants() []Bound {
	fixed := func(name, what string, unit Unit, value, least, most uint64, where string) Bound {
		return Bound{name, what, unit, vadium.NewAmount(least), vadium.NewAmount(most), vadium.NewAmount(value), where}
	}
	const day, week = uint64(vadium.Day), uint64(7 * vadium.Day)
	// What is no constant but what code does is measured: who gets what of the junior's and of the senior's money when everybody
	// has a claim and a policy gives the reporter all it can, and what one request costs when everything makes it worse.
	one := vadium.Tokens(1)
	harshest := slashing.DivideAt(slashing.Taken{PunitiveJunior: one, Severity: 99, Reported: true, Rescued: true}, vadium.BpsOne)
	senior := slashing.DivideAt(slashing.Taken{PunitiveSenior: one, Severity: 99, Reported: true, Rescued: true}, vadium.BpsOne)
	bounds := []Bound{
		fixed("leverage", "senior stake that counts, in juniors", UnitNumber, vaults.Leverage, 0, 9, "vaults"),
		fixed("drip window", "how long a reward takes to reach stakers", UnitDuration, uint64(vaults.DripWindow), uint64(vadium.Day), 2*week, "vaults"),
		fixed("commission", "the most that a vault's commission may be", UnitBps, uint64(vaults.MaxCommission), 0, 9_500, "vaults"),
		fixed("overcommit", "effective stake over all locks at every assignment", UnitBps, overcommit(), uint64(vadium.BpsOne), uint64(vadium.BpsOne), "vaults"),
		fixed("largest entry factor", "the entry minimum over its base", UnitBps, uint64(risk.Default().Entry.Most), uint64(vadium.BpsOne), uint64(risk.MostFactor), "vaults/risk"),
		fixed("daily rise of the entry minimum", "how much more a day may ask for", UnitBps, uint64(risk.Default().Entry.Up), 1, 500, "vaults/risk"),
		fixed("maintenance margin", "how low a margin may fall before a call", UnitBps, uint64(risk.Maintenance), 5_000, uint64(vadium.BpsOne), "vaults/risk"),
		fixed("vault share of a class", "of a vault's stake, for one class of work", UnitBps, uint64(risk.VaultShare), 1, 4_000, "vaults/risk"),
		fixed("prover's share of a class", "of what is assigned of a class of work", UnitBps, uint64(risk.ProductShare), 1, 3_300, "vaults/risk"),
		fixed("cost over profit", "by how much cheating must cost more than it gains", UnitBps, uint64(risk.Gamma), 1_000, uint64(vadium.BpsOne), "vaults/risk"),
		fixed("slashed in a day", "of all stake, until slashes of vaults wait", UnitBps, uint64(risk.MostSlashed), 1, 1_000, "vaults/risk"),
		fixed("reporter", "of the punitive money that the junior paid", UnitBps, shareBps(harshest.Reporter, one), 0, 1_000, "vaults/slashing"),
		fixed("burnt or insured of the junior", "of the punitive money that the junior paid, whoever has a claim", UnitBps, shareBps(harshest.Burn.MustAdd(harshest.Insurance), one), 4_000, uint64(vadium.BpsOne), "vaults/slashing"),
		fixed("burnt or insured of the senior", "of the punitive money that the senior paid: all of it", UnitBps, shareBps(senior.Burn.MustAdd(senior.Insurance), one), uint64(vadium.BpsOne), uint64(vadium.BpsOne), "vaults/slashing"),
		fixed("senior's part of a fault", "of the senior stake, for one fault below severity 100", UnitBps, shareBps(slashing.Stake{Senior: one}.MostOfSenior(slashing.Total-1), one), 0, 5_000, "vaults/slashing"),
		fixed("penalties of a request", "of the lock, all penalties of an assignment together", UnitBps, dearest(), 0, uint64(vadium.BpsOne), "vaults/slashing"),
		fixed("liveness bucket", "of a vault's stake, that liveness faults take at once and again in a day", UnitBps, uint64(slashing.LivenessShare), 1, 3_000, "vaults/slashing"),
		fixed("strikes", "faults above severity 20 that lead to jail", UnitNumber, uint64(slashing.Strikes), 2, 10, "vaults/slashing"),
		fixed("strike window", "how long a strike counts", UnitDuration, uint64(slashing.StrikeWindow), day, 4*week, "vaults/slashing"),
		fixed("jail term", "the least time in jail", UnitDuration, uint64(slashing.JailTerm), day, 4*week, "vaults/slashing"),
		fixed("rise of a commission", "what one announcement adds at most", UnitBps, uint64(vaults.MaxRise), 0, 100, "vaults"),
		fixed("between two rises", "the least time between two announcements", UnitDuration, uint64(vaults.RiseEvery), day, 4*week, "vaults"),
		fixed("notice of a rise", "from its announcement until it holds", UnitDuration, uint64(vaults.RiseNotice), week, 4*week, "vaults"),
		fixed("command lifetime", "how long a command's id is remembered", UnitDuration, uint64(CommandLifetime), 1, uint64(vadium.Day), "marketplace"),
	}
	for _, c := range []struct {
		name     string
		severity slashing.Severity
		most     vadium.Ppm
	}{{"slash up to severity 20", 20, 50_000}, {"slash up to severity 60", 60, 200_000}, {"slash up to severity 89", 89, 500_000}, {"slash at severity 90 and more", 100, 1_000_000}} {
		_, most := slashing.Limits(c.severity)
		bounds = append(bounds, fixed(c.name, "the largest fraction of the class", UnitPpm, uint64(most), 0, uint64(c.most), "vaults/slashing"))
	}
	return bounds
}

// shareBps returns part/all in basis points, rounded down.
func shareBps(part, all vadium.Amount) uint64 { return uint64(shareOf(part, all)) }

// overcommit returns, in basis points, the effective stake over the largest lock that a vault takes, by asking one.
func overcommit() uint64 {
	v := vaults.New(1, vadium.Account{1}, 0, 0)
	v.DepositJunior(vadium.NewAmount(uint64(vadium.BpsOne)))
	effective := v.Effective(0)
	least, most := uint64(0), 2*uint64(vadium.BpsOne)
	for least < most { // the largest that fits
		lock := (least + most + 1) / 2
		if v.CanLock(0, vaults.Lock{Amount: vadium.NewAmount(lock)}) {
			least = lock
		} else {
			most = lock - 1
		}
	}
	over, ok := effective.MulDivDown(vadium.NewAmount(uint64(vadium.BpsOne)), vadium.NewAmount(least))
	must(ok, "a vault takes a lock within its stake")
	return over.Uint256().Uint64()
}

// dearest returns, in basis points of the lock, what a request costs its prover at most: a grave fault, all damages, and
// everything that makes a penalty worse.
func dearest() uint64 {
	in := slashing.Neutral()
	in.Severity, in.Class, in.Impact, in.History, in.Correlation, in.Uptime = 89, slashing.Liveness, vadium.BpsOne, 100_000, vadium.BpsOne, 0
	lock := vadium.Tokens(1)
	penalty, err := slashing.RequestPenalty(in, slashing.Terms{Lock: lock, DamageCap: lock, Fee: lock.MustAdd(lock)}, vadium.BpsOne, true)
	must(err == nil, "the worst of faults can be judged")
	all := penalty.Damages.MustAdd(penalty.Punitive)
	over, ok := all.MulDivUp(vadium.NewAmount(uint64(vadium.BpsOne)), lock)
	must(ok, "penalties stay below 2^128")
	return over.Uint256().Uint64()
}
