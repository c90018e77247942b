package vaults_test

import (
	"errors"
	"fmt"
	"math/big"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/vaultstest"
)

// refutes is what a property says that does not hold after s.
func refutes(s *step, format string, args ...any) (int, error) {
	return 0, fmt.Errorf("%s\nafter %s", fmt.Sprintf(format, args...), s.told())
}

func rational(a, b vadium.Amount) *big.Rat { return new(big.Rat).SetFrac(big256(a), big256(b)) }

// V1.
func conserves(l *lifetime, s *step) (int, error) {
	v := s.after
	held := zero()
	for _, part := range []vadium.Amount{v.Junior, v.JuniorUnbonding.Assets, v.Senior, v.Dripping.Locked, v.SeniorUnbonding.Assets, v.CommissionDue} {
		held = plus(held, big256(part))
	}
	if all := plus(plus(held, big256(l.out)), big256(l.slashed)); all.Cmp(big256(l.in)) != 0 {
		return refutes(s, "held %v, paid out %v, slashed %v: %v of %v", held, l.out, l.slashed, all, l.in)
	}
	if err := v.Check(s.now); err != nil {
		return refutes(s, "%v", err)
	}
	return 1, nil
}

// unhindered is a copy of v in which nothing but maturity stands in the way of a claim.
func unhindered(v *vaults.Vault) *vaults.Vault {
	c := v.Clone()
	c.Cases, c.LockCount, c.LockTotal, c.DamageCapTotal = 0, 0, vadium.Amount{}, vadium.Amount{}
	return c
}

// V2. Brevis' last unstaker is stuck when roundings add up against it (economics.md §2.6).
func claimsFit(l *lifetime, s *step) (int, error) {
	if len(s.after.Redemptions) == 0 {
		return 0, nil
	}
	v := unhindered(s.after)
	pools := [2]vaults.Pool{v.SeniorUnbonding, v.JuniorUnbonding}
	paid := [2]vadium.Amount{}
	for _, i := range l.random.Perm(len(v.Redemptions)) {
		r := s.after.Redemptions[i]
		assets, err := l.planClaim(v, vadium.Forever, r.ID)
		if err != nil {
			return refutes(s, "redemption %d of %d: %v", r.ID, len(pools), err)
		}
		l.claim(v, r.ID, assets)
		tranche := 0
		if r.Junior {
			tranche = 1
		}
		paid[tranche] = paid[tranche].MustAdd(assets)
	}
	for i, pool := range pools {
		if paid[i] != pool.Assets {
			return refutes(s, "all claims of pool %d pay %v of %v", i, paid[i], pool.Assets)
		}
	}
	if !v.SeniorUnbonding.Shares.IsZero() || !v.JuniorUnbonding.Shares.IsZero() || len(v.Redemptions) > 0 {
		return refutes(s, "after all claims %+v and %+v are left", v.SeniorUnbonding, v.JuniorUnbonding)
	}
	return 1, nil
}

// V3.
func sharesFit(l *lifetime, s *step) (int, error) {
	rate := s.after.Rate(s.now)
	if rate.Assets != l.totalAssets(s.after, s.now) {
		return refutes(s, "the rate is of %v, total assets are %v", rate.Assets, l.totalAssets(s.after, s.now))
	}
	worth := zero()
	for _, who := range s.after.Holders() {
		worth = plus(worth, big256(l.assetsDown(rate, s.after.SharesOf(who))))
	}
	if big256(rate.Assets).Cmp(worth) < 0 {
		return refutes(s, "all shares are worth %v of %v", worth, rate.Assets)
	}
	x := vaultstest.AnyAmount(l.random, 96)
	assets, shares, n := plus(big256(rate.Assets), num(1)), plus(big256(rate.Shares), num(1_000_000)), big256(x)
	for _, c := range []struct {
		what string
		got  vadium.Amount
		want *big.Int
	}{
		{"SharesDown", l.sharesDown(rate, x), fl(n, shares, assets)}, {"SharesUp", l.sharesUp(rate, x), ce(n, shares, assets)},
		{"AssetsDown", l.assetsDown(rate, x), fl(n, assets, shares)}, {"AssetsUp", l.assetsUp(rate, x), ce(n, assets, shares)},
	} {
		if big256(c.got).Cmp(c.want) != 0 {
			return refutes(s, "%s(%v) = %v at %+v, want %v", c.what, x, c.got, rate, c.want)
		}
	}
	return 1, nil
}

func price(v *vaults.Vault, now vadium.Time) *big.Rat {
	return rational(v.TotalAssets(now).MustAdd(amount(1)), v.Shares.MustAdd(amount(1_000_000)))
}

// V4.
func pricesHold(_ *lifetime, s *step) (int, error) {
	if s.act == slashes || s.act == waits || !s.done() {
		return 0, nil
	}
	if was, is := price(s.before, s.was), price(s.after, s.now); is.Cmp(was) < 0 {
		return refutes(s, "a share was worth %s and is %s", was.FloatString(30), is.FloatString(30))
	}
	for _, p := range [][2]vaults.Pool{{s.before.SeniorUnbonding, s.after.SeniorUnbonding}, {s.before.JuniorUnbonding, s.after.JuniorUnbonding}} {
		if p[0].Generation != p[1].Generation || p[0].Shares.IsZero() || p[1].Shares.IsZero() {
			continue
		}
		if was, is := rational(p[0].Assets, p[0].Shares), rational(p[1].Assets, p[1].Shares); is.Cmp(was) < 0 {
			return refutes(s, "a share of a pool was worth %s and is %s", was.FloatString(30), is.FloatString(30))
		}
	}
	return 1, nil
}

// parts are what each loss of a slash found, tranche by tranche: stake that stays, that drips and that leaves, and of each
// what it took.
type parts struct {
	stays, drips, leaves, fromStays, fromDrips, fromLeaves *big.Int
}

func (s *step) parts() (list []parts) {
	v := s.before
	ta := v.TotalAssets(s.was)
	drips := v.Senior.MustAdd(v.Dripping.Locked).MustSub(ta)
	junior, leaving, senior, seniorLeaving := big256(v.Junior), big256(v.JuniorUnbonding.Assets), big256(ta), big256(v.SeniorUnbonding.Assets)
	unvested := big256(drips)
	for _, loss := range s.losses {
		list = append(list,
			parts{junior, zero(), leaving, big256(loss.Junior), zero(), big256(loss.JuniorUnbonding)},
			parts{senior, unvested, seniorLeaving, big256(loss.Senior), big256(loss.SeniorUnvested), big256(loss.SeniorUnbonding)})
		junior, leaving = minus(junior, big256(loss.Junior)), minus(leaving, big256(loss.JuniorUnbonding))
		senior, unvested, seniorLeaving = minus(senior, big256(loss.Senior)), minus(unvested, big256(loss.SeniorUnvested)), minus(seniorLeaving, big256(loss.SeniorUnbonding))
	}
	return list
}

// V5.
func samePercentage(_ *lifetime, s *step) (int, error) {
	if s.act != slashes {
		return 0, nil
	}
	for i, p := range s.parts() {
		all := plus(plus(p.stays, p.drips), p.leaves)
		taken := plus(plus(p.fromStays, p.fromDrips), p.fromLeaves)
		if none(all) {
			continue
		}
		off := minus(new(big.Int).Mul(p.fromLeaves, all), new(big.Int).Mul(taken, p.leaves))
		if off.CmpAbs(all) >= 0 {
			return refutes(s, "loss %d: who leaves pays %v of %v, all pay %v of %v", i, p.fromLeaves, p.leaves, taken, all)
		}
		if !none(p.fromStays) && p.fromDrips.Cmp(p.drips) != 0 && i%2 == 1 {
			return refutes(s, "the principal pays %v while %v of %v that drips is left", p.fromStays, minus(p.drips, p.fromDrips), p.drips)
		}
	}
	if big256(s.after.JuniorUnbonding.Assets).Cmp(minus(big256(s.before.JuniorUnbonding.Assets), plus(big256(s.losses[0].JuniorUnbonding), big256(s.losses[1].JuniorUnbonding)))) != 0 {
		return refutes(s, "the pool of the junior is %v after losses of %+v", s.after.JuniorUnbonding, s.losses)
	}
	return 1, nil
}

// V6.
func juniorFirst(_ *lifetime, s *step) (int, error) {
	if s.act != slashes || s.losses[1].SeniorTotal().IsZero() && s.losses[0].SeniorTotal().IsZero() {
		return 0, nil
	}
	left := s.after.Junior.MustAdd(s.after.JuniorUnbonding.Assets)
	if s.z.Less(left) || !s.losses[0].SeniorTotal().IsZero() {
		return refutes(s, "the senior pays %v and %v while the junior has %v, %v of it reserved",
			s.losses[0].SeniorTotal(), s.losses[1].SeniorTotal(), left, s.z)
	}
	return 1, nil
}

// worth is exactly what an account has in v: its shares, what it has leaving, and the prover its junior.
func worth(v *vaults.Vault, now vadium.Time, who vadium.Account) *big.Rat {
	sum := new(big.Rat).Mul(price(v, now), new(big.Rat).SetInt(big256(v.SharesOf(who))))
	if who == v.Prover {
		sum.Add(sum, new(big.Rat).SetInt(big256(v.Junior)))
	}
	for _, r := range v.Redemptions {
		pool := v.SeniorUnbonding
		if r.Junior {
			pool = v.JuniorUnbonding
		}
		if r.Owner == who && r.Generation == pool.Generation && !pool.Shares.IsZero() {
			sum.Add(sum, new(big.Rat).Mul(rational(pool.Assets, pool.Shares), new(big.Rat).SetInt(big256(r.PoolShares))))
		}
	}
	return sum
}

// V7.
func nobodyRicher(_ *lifetime, s *step) (int, error) {
	if s.act != slashes {
		return 0, nil
	}
	for _, who := range stakers {
		if was, is := worth(s.before, s.was, who), worth(s.after, s.now, who); is.Cmp(was) > 0 {
			return refutes(s, "%.1x had %s and has %s", who, was.FloatString(6), is.FloatString(6))
		}
	}
	if s.after.Shares != s.before.Shares || s.after.CommissionDue != s.before.CommissionDue {
		return refutes(s, "a slash changes the supply or the commission to %v, %v", s.after.Shares, s.after.CommissionDue)
	}
	return 1, nil
}

// V8: the twin was copied before the step; what it must be is what was written down of it then.
func isolated(l *lifetime, s *step) (int, error) {
	if !s.done() {
		return 0, nil
	}
	if got := fmt.Sprintf("%+v", *l.twin); got != l.written {
		return refutes(s, "another vault is now %s", got)
	}
	return 1, nil
}

// V9.
func exactlyTaken(_ *lifetime, s *step) (int, error) {
	if s.act != slashes {
		return 0, nil
	}
	v := s.before
	junior := plus(big256(v.Junior), big256(v.JuniorUnbonding.Assets))
	senior := plus(plus(big256(v.Senior), big256(v.Dripping.Locked)), big256(v.SeniorUnbonding.Assets))
	damages := smaller(big256(s.x), junior)
	available := plus(positive(minus(minus(junior, damages), big256(s.z))), positive(minus(senior, num(1_000_000))))
	want := smaller(minus(plus(big256(s.x), big256(s.y)), damages), available)
	if big256(s.losses[0].Total()).Cmp(damages) != 0 || big256(s.losses[1].Total()).Cmp(want) != 0 {
		return refutes(s, "it takes %v and %v, want %v and %v", s.losses[0].Total(), s.losses[1].Total(), damages, want)
	}
	if left := minus(big256(v.Slashable()), plus(damages, want)); big256(s.after.Slashable()).Cmp(left) != 0 {
		return refutes(s, "%v is left, want %v", s.after.Slashable(), left)
	}
	return 1, nil
}

// V10. Each redemption is worth its part of what the slash left of its pool, a millisecond before it matures it cannot be
// claimed, and what was claimed before the slash was paid in full.
func unbondingPays(l *lifetime, s *step) (cases int, err error) {
	if s.act != slashes {
		return 0, nil
	}
	for i, r := range s.before.Redemptions {
		pool, left := s.before.SeniorUnbonding, s.after.SeniorUnbonding
		if r.Junior {
			pool, left = s.before.JuniorUnbonding, s.after.JuniorUnbonding
		}
		if r.Generation != pool.Generation {
			continue
		}
		full, reduced := unhindered(s.before), unhindered(s.after)
		for when, c := range map[string]struct {
			v    *vaults.Vault
			want *big.Int
		}{
			"before": {full, fl(big256(r.PoolShares), big256(pool.Assets), big256(pool.Shares))},
			"after":  {reduced, fl(big256(r.PoolShares), big256(left.Assets), big256(left.Shares))},
		} {
			if _, err := l.planClaim(c.v, r.Matures-1, r.ID); !errors.Is(err, vaults.ErrRedemptionPending) {
				return refutes(s, "redemption %d is claimed a millisecond before %d: %v", r.ID, r.Matures, err)
			}
			if pays, err := l.planClaim(c.v, r.Matures, r.ID); err != nil || big256(pays).Cmp(c.want) != 0 {
				return refutes(s, "%s the slash redemption %d pays %v, %v, want %v", when, i, pays, err, c.want)
			}
		}
		cases++
	}
	return cases, nil
}

// gain is what one account was yielded and lost, and what it paid in and took out, exactly.
type gain struct {
	earned, paid, taken *big.Rat
}

// V11. What an account does itself never makes it richer, to the last fraction of a unit, nor anybody else poorer; what others do
// makes it richer by roundings only; what time, slashes and those do is written down; and at no time has it taken out more than
// all that.
func nobodyProfits(l *lifetime, s *step) (int, error) {
	if !s.done() {
		return 0, nil
	}
	others, lowest := new(big.Rat), new(big.Rat).Neg(new(big.Rat).SetInt(swept(s)))
	for _, who := range stakers {
		g, known := l.gains[who]
		if !known { // what the lifetime began with
			g = gain{new(big.Rat), worth(s.before, s.was, who), new(big.Rat)}
		}
		was, is := worth(s.before, s.was, who), worth(s.after, s.now, who)
		change := new(big.Rat).Sub(is, was)
		own := s.who == who || s.act == transfers && s.to == who
		switch {
		case own && (s.act == stakes || s.act == deposits || s.act == mints):
			put := s.x
			if s.act != stakes {
				put = s.yield[0]
			}
			paid := new(big.Rat).SetInt(big256(put))
			g.paid, change = new(big.Rat).Add(g.paid, paid), change.Sub(change, paid)
		case own && (s.act == claims || s.act == claimsShares || s.act == claimsAssets):
			taken := new(big.Rat).SetInt(big256(s.yield[0]))
			g.taken, change = new(big.Rat).Add(g.taken, taken), change.Add(change, taken)
		}
		mine := own && s.act != waits && s.act != rewards && s.act != slashes && s.act != transfers
		if mine && change.Cmp(new(big.Rat).SetInt(swept(s))) > 0 {
			return refutes(s, "%.1x gains %s by what it does itself", who, change.FloatString(9))
		}
		if !own && s.act != waits && s.act != rewards && s.act != slashes {
			if others.Add(others, change); change.Cmp(lowest) < 0 {
				return refutes(s, "%.1x loses %s by what another does", who, change.FloatString(9))
			}
		}
		if s.act == rewards && who != prover && change.Sign() != 0 || s.act == slashes && change.Sign() > 0 {
			return refutes(s, "%.1x gains %s", who, change.FloatString(9))
		}
		if s.act == waits {
			yield := new(big.Rat).Sub(rational(s.after.TotalAssets(s.now), amount(1)), rational(s.before.TotalAssets(s.was), amount(1)))
			yield.Mul(yield, new(big.Rat).SetInt(big256(s.after.SharesOf(who)))).Quo(yield, new(big.Rat).SetInt(plus(big256(s.after.Shares), num(1_000_000))))
			if change.Cmp(yield) != 0 {
				return refutes(s, "time gives %.1x %s, its part of the yield is %s", who, change.FloatString(9), yield.FloatString(9))
			}
		}
		if g.earned = new(big.Rat).Add(g.earned, change); g.taken.Cmp(new(big.Rat).Add(g.paid, g.earned)) > 0 {
			return refutes(s, "%.1x put in %s, earned %s and took out %s", who, g.paid.FloatString(3), g.earned.FloatString(3), g.taken.FloatString(3))
		}
		l.gains[who] = g
	}
	if most := roundings(s); others.Cmp(most) > 0 {
		return refutes(s, "others gain %s, roundings are %s at most", others.FloatString(9), most.FloatString(9))
	}
	return 1, nil
}

// roundings are the most that an act leaves to others: a share, a unit, a share of each pool, what is swept; for a claim of some, a
// unit of each redemption, and of assets also the pool's shares that one share of a redemption stands for.
func roundings(s *step) *big.Rat {
	most := new(big.Rat).Add(big.NewRat(1, 1), price(s.after, s.now))
	most.Add(most, new(big.Rat).SetInt(swept(s)))
	for i, pool := range []vaults.Pool{s.before.SeniorUnbonding, s.before.JuniorUnbonding} {
		if pool.Shares.IsZero() {
			continue
		}
		each := rational(pool.Assets, pool.Shares)
		most.Add(most, each)
		for _, r := range s.before.Redemptions {
			if i == 0 && s.act == claimsAssets && r.Owner == s.who && !r.Shares.IsZero() {
				most.Add(most, new(big.Rat).Mul(each, new(big.Rat).Add(rational(r.PoolShares, r.Shares), big.NewRat(1, 1))))
			}
			if (s.act == claimsShares || s.act == claimsAssets) && r.Owner == s.who { // a unit with each
				most.Add(most, big.NewRat(1, 1))
			}
		}
	}
	return most
}

// swept is what a pool that is spent, or empty, leaves to those who stay: whoever moves last may be one of them.
func swept(s *step) *big.Int {
	left := zero()
	if s.act != redeems && s.act != leaves {
		return left
	}
	for _, p := range [][2]vaults.Pool{{s.before.SeniorUnbonding, s.after.SeniorUnbonding}, {s.before.JuniorUnbonding, s.after.JuniorUnbonding}} {
		if p[0].Generation != p[1].Generation {
			left = plus(left, big256(p[0].Assets))
		}
	}
	return left
}

// V12.
func drips(l *lifetime, s *step) (int, error) {
	ta := func(v *vaults.Vault, at vadium.Time) *big.Int { return big256(l.totalAssets(v, at)) }
	d := s.before.Dripping
	switch {
	case s.act == rewards:
		if ta(s.before, s.was).Cmp(ta(s.after, s.now)) != 0 {
			return refutes(s, "a reward moves the assets at once, to %v", ta(s.after, s.now))
		}
		if s.yield[2].IsZero() {
			return 0, nil
		}
		// The exact end is the mean of both ends, weighted by the money; it is rounded up to a millisecond.
		unvested := minus(plus(big256(d.Locked), big256(s.before.Senior)), ta(s.before, s.was))
		left := num(max(0, int64(d.Until.Sub(s.was))))
		weighted := plus(new(big.Int).Mul(unvested, left), new(big.Int).Mul(big256(s.yield[2]), num(int64(7*vadium.Day))))
		exact := new(big.Rat).SetFrac(weighted, plus(unvested, big256(s.yield[2])))
		length := new(big.Rat).SetInt64(int64(s.after.Dripping.Until.Sub(s.now)))
		if over := new(big.Rat).Sub(length, exact); over.Sign() < 0 || over.Cmp(big.NewRat(1, 1)) >= 0 {
			return refutes(s, "the drip lasts %s, exactly %s", length.FloatString(0), exact.FloatString(3))
		}
	case s.act == waits && !d.Locked.IsZero() && s.was < d.Until:
		// At any instant within the wait, what has vested is its part of the time, rounded down.
		at := s.was.Add(vadium.Duration(l.random.Int64N(int64(s.now.Sub(s.was)) + 1)))
		passed := min(max(0, at.Sub(d.From)), d.Until.Sub(d.From))
		want := plus(big256(s.before.Senior), fl(big256(d.Locked), num(int64(passed)), num(int64(d.Until.Sub(d.From)))))
		if got := ta(s.before, at); got.Cmp(want) != 0 {
			return refutes(s, "at %d the assets are %v, want %v", at, got, want)
		}
		unvested, remaining := minus(plus(big256(s.before.Senior), big256(d.Locked)), ta(s.before, at)), int64(d.Until.Sub(max(at, d.From)))
		if second := int64(vadium.Second); remaining > 0 {
			most := plus(ce(unvested, num(min(second, remaining)), num(remaining)), num(1))
			if jump := minus(ta(s.before, at.Add(vadium.Second)), ta(s.before, at)); jump.Cmp(most) > 0 {
				return refutes(s, "in a second after %d %v drip in, want %v at most", at, jump, most)
			}
		}
	default:
		return 0, nil
	}
	return 1, nil
}

// V13.
func generationsEnd(l *lifetime, s *step) (cases int, err error) {
	for tranche, pool := range []vaults.Pool{s.after.SeniorUnbonding, s.after.JuniorUnbonding} {
		shares, old := zero(), 0
		v := unhindered(s.after)
		for _, r := range s.after.Redemptions {
			if r.Junior != (tranche == 1) {
				continue
			}
			if r.Generation == pool.Generation {
				shares = plus(shares, big256(r.PoolShares))
				continue
			}
			old++
			if pays, err := l.planClaim(v, vadium.Forever, r.ID); err != nil || !pays.IsZero() {
				return refutes(s, "redemption %d of generation %d pays %v of a pool of generation %d, %v", r.ID, r.Generation, pays, pool.Generation, err)
			}
		}
		if shares.Cmp(big256(pool.Shares)) != 0 {
			return refutes(s, "those who leave have %v shares of pool %d, it has %v", shares, tranche, pool.Shares)
		}
		was := []vaults.Pool{s.before.SeniorUnbonding, s.before.JuniorUnbonding}[tranche]
		spent := below(new(big.Int).Mul(big256(was.Assets), power10(18)), big256(was.Shares))
		joins := s.refused == nil && (s.act == redeems && tranche == 0 || s.act == leaves && tranche == 1)
		if (pool.Generation != was.Generation) != (joins && spent) || pool.Generation > was.Generation+1 {
			return refutes(s, "pool %d was %+v and is %+v", tranche, was, pool)
		}
		if joins && spent {
			if pool.Assets != s.yield[0] || pool.Shares != s.yield[0] {
				return refutes(s, "a new generation begins with %v and is %+v", s.yield[0], pool)
			}
		}
		if old > 0 || spent {
			cases++
		}
	}
	return cases, nil
}

// V14.
func frozenStays(_ *lifetime, s *step) (int, error) {
	held, frozen := s.before.SharesOf(s.who), s.before.FrozenOf(s.who)
	if (s.act != transfers && s.act != redeems) || frozen.IsZero() {
		return 0, nil
	}
	may := below(plus(big256(s.x), num(0)), plus(positive(minus(big256(held), big256(frozen))), num(1)))
	switch {
	case !may && s.refused == nil:
		return refutes(s, "%v of %v shares are frozen, and %v move", frozen, held, s.x)
	case may && (errors.Is(s.refused, vaults.ErrSharesFrozen) || errors.Is(s.refused, vaults.ErrNotEnoughShares)):
		return refutes(s, "%v of %v shares are frozen, and %v do not move: %v", frozen, held, s.x, s.refused)
	case s.after.SharesOf(s.who).Less(vadium.Min(held, frozen)):
		return refutes(s, "%v of %v shares are frozen, and %v are left", frozen, held, s.after.SharesOf(s.who))
	}
	return 1, nil
}
