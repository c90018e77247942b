package vaults_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"vadium"
	"vadium/vaults"
)

// page is the vault of economics.md §3 in big integers, written down as it stands there: slow, and without a trick. It is what
// the vault is held against to the unit.
type page struct {
	junior, senior, locked *big.Int
	from, until            vadium.Time // of the drip
	pools                  [2]pagePool // senior, junior
	supply                 *big.Int
	shares, frozen         map[vadium.Account]*big.Int
	leaving                []*pageRedemption
	last                   uint64
	commission             *big.Int
	lockCount              int
	locks, caps            *big.Int
	cases                  int
}

type pagePool struct {
	assets, shares *big.Int
	generation     uint32
}

type pageRedemption struct {
	id                 uint64
	owner              vadium.Account
	tranche            int
	shares, poolShares *big.Int
	generation         uint32
	matures            vadium.Time
}

func zero() *big.Int                  { return new(big.Int) }
func num(n int64) *big.Int            { return big.NewInt(n) }
func big256(a vadium.Amount) *big.Int { return a.Uint256().ToBig() }
func plus(a, b *big.Int) *big.Int     { return new(big.Int).Add(a, b) }
func minus(a, b *big.Int) *big.Int    { return new(big.Int).Sub(a, b) }
func fl(a, b, c *big.Int) *big.Int    { return new(big.Int).Div(new(big.Int).Mul(a, b), c) }
func ce(a, b, c *big.Int) *big.Int {
	return fl(num(1), minus(plus(new(big.Int).Mul(a, b), c), num(1)), c)
}
func none(a *big.Int) bool             { return a.Sign() == 0 }
func below(a, b *big.Int) bool         { return a.Cmp(b) < 0 }
func smaller(a, b *big.Int) *big.Int   { return map[bool]*big.Int{true: a, false: b}[below(a, b)] }
func positive(a *big.Int) *big.Int     { return map[bool]*big.Int{true: zero(), false: a}[a.Sign() < 0] }
func power10(n int64) *big.Int         { return new(big.Int).Exp(num(10), num(n), nil) }
func bps(a *big.Int, b int64) *big.Int { return fl(a, num(b), num(10_000)) }
func (p *page) of(who vadium.Account) *big.Int {
	if p.shares[who] == nil {
		return zero()
	}
	return p.shares[who]
}

func newPage() *page {
	p := &page{
		junior: zero(), senior: zero(), locked: zero(), supply: zero(), commission: zero(), locks: zero(), caps: zero(),
		shares: map[vadium.Account]*big.Int{}, frozen: map[vadium.Account]*big.Int{},
	}
	for i := range p.pools {
		p.pools[i] = pagePool{zero(), zero(), 0}
	}
	return p
}

// vested is fl(locked, now-t0, tend-t0).
func (p *page) vested(now vadium.Time) *big.Int {
	if now >= p.until {
		return p.locked
	}
	if now <= p.from {
		return zero()
	}
	return fl(p.locked, num(int64(now-p.from)), num(int64(p.until-p.from)))
}

func (p *page) settle(now vadium.Time) {
	v := p.vested(now)
	p.senior, p.locked = plus(p.senior, v), minus(p.locked, v)
	if p.from = max(p.from, now); none(p.locked) {
		p.from, p.until = 0, 0
	}
}

func (p *page) total(now vadium.Time) *big.Int { return plus(p.senior, p.vested(now)) }

// assetsAll and sharesAll are what conversions divide by: TA+1 and S+10^6.
func (p *page) assetsAll(now vadium.Time) *big.Int { return plus(p.total(now), num(1)) }
func (p *page) sharesAll() *big.Int                { return plus(p.supply, power10(6)) }

func (p *page) effective(now vadium.Time) *big.Int {
	return smaller(plus(p.junior, p.total(now)), new(big.Int).Mul(p.junior, num(10)))
}

func (p *page) slashable() *big.Int {
	return plus(plus(plus(p.junior, p.pools[1].assets), plus(p.senior, p.locked)), p.pools[0].assets)
}

// open says whether deposits are: no case, a price of at least a billionth, and a junior before the first delegator and behind
// assignments.
func (p *page) open(now vadium.Time) bool {
	price := fl(power10(24), p.assetsAll(now), p.sharesAll())
	return p.cases == 0 && !below(price, power10(9)) && !(none(p.junior) && (none(p.supply) || p.lockCount > 0))
}

// do is s by the page: what it yields, and whether it is not refused.
func (p *page) do(s *step) (yield []*big.Int, may bool) {
	now, x := s.was, big256(s.x)
	switch s.act {
	case stakes:
		p.junior = plus(p.junior, x)
	case deposits, mints:
		assets, shares := x, fl(x, p.sharesAll(), p.assetsAll(now))
		if s.act == mints {
			assets, shares = ce(x, p.assetsAll(now), p.sharesAll()), x
		}
		if !p.open(now) || assets.BitLen() > 128 || below(assets, power10(18)) || none(shares) {
			return nil, false
		}
		p.settle(now)
		p.senior, p.supply, p.shares[s.who] = plus(p.senior, assets), plus(p.supply, shares), plus(p.of(s.who), shares)
		return []*big.Int{assets, shares}, true
	case redeems, leaves:
		return p.begin(s, now)
	case claims:
		return p.claim(s.id, now)
	case claimsShares, claimsAssets:
		return p.claimSome(s, now)
	case rewards:
		return p.reward(now, x, int64(s.bps)), true
	case takesCommission:
		p.commission = minus(p.commission, x)
	case locks:
		y := big256(s.y)
		if p.cases > 0 || below(p.effective(now), plus(p.locks, x)) || below(p.junior, plus(p.caps, y)) {
			return nil, false
		}
		p.lockCount, p.locks, p.caps = p.lockCount+1, plus(p.locks, x), plus(p.caps, y)
	case releases:
		if p.lockCount == 0 {
			return nil, false
		}
		p.lockCount, p.locks, p.caps = p.lockCount-1, minus(p.locks, x), minus(p.caps, big256(s.y))
	case opensCase:
		p.cases++
	case closesCase:
		if p.cases == 0 {
			return nil, false
		}
		p.cases--
	case slashes:
		return p.slash(now, x, big256(s.y), big256(s.z)), true
	case transfers:
		if below(p.free(s.who), x) {
			return nil, false
		}
		p.shares[s.who] = minus(p.of(s.who), x)
		p.shares[s.to] = plus(p.of(s.to), x)
	case freezes:
		p.frozen[s.who] = x
	case waits:
	}
	return nil, true
}

// free is what an owner may move.
func (p *page) free(who vadium.Account) *big.Int {
	if p.frozen[who] == nil {
		return p.of(who)
	}
	return positive(minus(p.of(who), p.frozen[who]))
}

// stay gives what is left of a pool to those who do not leave.
func (p *page) stay(tranche int) {
	if left := p.pools[tranche].assets; tranche == 1 {
		p.junior = plus(p.junior, left)
	} else {
		p.senior = plus(p.senior, left)
	}
	p.pools[tranche].assets = zero()
}

func (p *page) begin(s *step, now vadium.Time) (yield []*big.Int, may bool) {
	tranche, shares, assets := 0, big256(s.x), fl(big256(s.x), p.assetsAll(now), p.sharesAll())
	if s.act == leaves {
		tranche, shares, assets = 1, zero(), big256(s.x)
		if below(p.junior, assets) {
			return nil, false
		}
	} else if below(p.free(s.who), shares) {
		return nil, false
	}
	open := 0
	for _, r := range p.leaving {
		if r.owner == s.who {
			open++
		}
	}
	pool := &p.pools[tranche]
	spent := below(new(big.Int).Mul(pool.assets, power10(18)), pool.shares)
	units := assets
	if !none(pool.shares) && !spent {
		units = fl(assets, pool.shares, pool.assets)
	}
	if open >= 16 || none(units) {
		return nil, false
	}
	p.settle(now)
	if tranche == 1 {
		p.junior = minus(p.junior, assets)
	} else {
		p.senior, p.supply, p.shares[s.who] = minus(p.senior, assets), minus(p.supply, shares), minus(p.of(s.who), shares)
	}
	if spent {
		p.stay(tranche)
		pool.shares, pool.generation = zero(), pool.generation+1
	}
	pool.assets, pool.shares = plus(pool.assets, assets), plus(pool.shares, units)
	p.last++
	p.leaving = append(p.leaving, &pageRedemption{p.last, s.who, tranche, shares, units, pool.generation, s.matures})
	return []*big.Int{assets, units}, true
}

// worth is fl(us, UA, US), and nothing in another generation.
func (p *page) worth(r *pageRedemption, poolShares *big.Int) *big.Int {
	pool := p.pools[r.tranche]
	if r.generation != pool.generation || none(pool.shares) {
		return zero()
	}
	return fl(poolShares, pool.assets, pool.shares)
}

// needed says whether locks need assets of a tranche that are about to be paid.
func (p *page) needed(tranche int, assets *big.Int) bool {
	if none(assets) {
		return false
	}
	return below(minus(p.slashable(), assets), p.locks) ||
		tranche == 1 && below(minus(plus(p.junior, p.pools[1].assets), assets), p.caps)
}

// pay takes a part of r out of its pool; all of it, and r is no more.
func (p *page) pay(r *pageRedemption, shares, poolShares, assets *big.Int) {
	pool := &p.pools[r.tranche]
	if r.generation == pool.generation {
		pool.assets, pool.shares = minus(pool.assets, assets), minus(pool.shares, poolShares)
		if none(pool.shares) {
			p.stay(r.tranche)
		}
	}
	r.shares, r.poolShares = minus(r.shares, shares), minus(r.poolShares, poolShares)
	if none(r.poolShares) {
		p.leaving = slices.DeleteFunc(p.leaving, func(other *pageRedemption) bool { return other == r })
	}
}

func (p *page) claim(id uint64, now vadium.Time) ([]*big.Int, bool) {
	for _, r := range p.leaving {
		if r.id != id {
			continue
		}
		assets := p.worth(r, r.poolShares)
		if now < r.matures || p.cases > 0 || p.needed(r.tranche, assets) {
			return nil, false
		}
		p.pay(r, r.shares, r.poolShares, assets)
		return []*big.Int{assets}, true
	}
	return nil, false
}

// claimSome takes shares or assets from what has matured, the oldest first, all or nothing.
func (p *page) claimSome(s *step, now vadium.Time) (yield []*big.Int, may bool) {
	if p.cases > 0 {
		return nil, false
	}
	q := p.copy()
	left, assets, shares := big256(s.x), zero(), zero()
	for _, r := range slices.Clone(q.leaving) {
		if r.owner != s.who || r.tranche == 1 || now < r.matures || none(left) {
			continue
		}
		n, units, pays := r.shares, r.poolShares, q.worth(r, r.poolShares)
		if s.act == claimsShares {
			if below(left, r.shares) {
				n, units = left, fl(left, r.poolShares, r.shares)
				pays = q.worth(r, units)
			}
			left = minus(left, n)
		} else {
			if below(left, pays) {
				pool := q.pools[0]
				pays, units = left, ce(left, pool.shares, pool.assets)
				if n = ce(units, r.shares, r.poolShares); n.Cmp(r.shares) == 0 {
					units = r.poolShares
				}
			}
			if left = minus(left, pays); none(pays) {
				continue
			}
		}
		if q.needed(0, pays) {
			return nil, false
		}
		q.pay(r, n, units, pays)
		assets, shares = plus(assets, pays), plus(shares, n)
	}
	if !none(left) {
		return nil, false
	}
	*p = *q
	return []*big.Int{assets, shares}, true
}

// copy shares nothing that is changed in place.
func (p *page) copy() *page {
	q := *p
	q.leaving = nil
	for _, r := range p.leaving {
		same := *r
		q.leaving = append(q.leaving, &same)
	}
	return &q
}

func (p *page) reward(now vadium.Time, r *big.Int, commission int64) []*big.Int {
	p.settle(now)
	c := bps(r, commission)
	rest := minus(r, c)
	j, both := rest, plus(p.junior, p.total(now))
	if !below(p.supply, power10(24)) && !none(both) {
		j = fl(rest, p.junior, both)
	}
	a := minus(rest, j)
	p.commission, p.junior = plus(p.commission, c), plus(p.junior, j)
	if !none(a) {
		left := num(max(0, int64(p.until-now)))
		if none(p.locked) {
			left = zero()
		}
		week := num(7 * 24 * 3_600 * 1_000)
		all := plus(p.locked, a)
		length := ce(num(1), plus(new(big.Int).Mul(p.locked, left), new(big.Int).Mul(a, week)), all)
		p.locked, p.from, p.until = all, now, now+vadium.Time(length.Int64())
	}
	return []*big.Int{c, j, a}
}

// slash is the waterfall of §3.4. What the junior cannot pay of the damages joins the punitive part.
func (p *page) slash(now vadium.Time, damages, punitive, reserved *big.Int) []*big.Int {
	p.settle(now)
	takeJunior := func(x *big.Int) {
		all := plus(p.junior, p.pools[1].assets)
		if none(x) {
			return
		}
		active := fl(x, p.junior, all)
		p.junior, p.pools[1].assets = minus(p.junior, active), minus(p.pools[1].assets, minus(x, active))
	}
	d := smaller(damages, plus(p.junior, p.pools[1].assets))
	takeJunior(d)
	x := plus(punitive, minus(damages, d))
	xj := smaller(x, positive(minus(plus(p.junior, p.pools[1].assets), reserved)))
	takeJunior(xj)
	st := plus(plus(p.senior, p.locked), p.pools[0].assets)
	xs := smaller(minus(x, xj), positive(minus(st, num(1_000_000))))
	if !none(xs) {
		unbonding := fl(xs, p.pools[0].assets, st)
		active := minus(xs, unbonding)
		unvested := smaller(active, p.locked)
		p.pools[0].assets = minus(p.pools[0].assets, unbonding)
		p.locked, p.senior = minus(p.locked, unvested), minus(p.senior, minus(active, unvested))
	}
	if none(p.locked) {
		p.from, p.until = 0, 0
	}
	return []*big.Int{d, xj, xs}
}

// agrees compares all there is.
func (p *page) agrees(v *vaults.Vault, now vadium.Time) error {
	var wrong []error
	same := func(what string, got vadium.Amount, want *big.Int) {
		if big256(got).Cmp(want) != 0 {
			wrong = append(wrong, fmt.Errorf("%s = %v, by the page %v", what, got, want))
		}
	}
	same("junior", v.Junior, p.junior)
	same("senior", v.Senior, p.senior)
	same("dripping", v.Dripping.Locked, p.locked)
	same("total assets", v.TotalAssets(now), p.total(now))
	same("effective stake", v.Effective(now), p.effective(now))
	same("supply", v.Shares, p.supply)
	same("commission", v.CommissionDue, p.commission)
	same("locks", v.LockTotal, p.locks)
	same("damage caps", v.DamageCapTotal, p.caps)
	for i, pool := range []vaults.Pool{v.SeniorUnbonding, v.JuniorUnbonding} {
		same(fmt.Sprintf("assets of pool %d", i), pool.Assets, p.pools[i].assets)
		same(fmt.Sprintf("shares of pool %d", i), pool.Shares, p.pools[i].shares)
		if pool.Generation != p.pools[i].generation {
			wrong = append(wrong, fmt.Errorf("generation of pool %d = %d, by the page %d", i, pool.Generation, p.pools[i].generation))
		}
	}
	for _, who := range stakers {
		same(fmt.Sprintf("shares of %.1x", who), v.SharesOf(who), p.of(who))
	}
	if v.Dripping.From != p.from || v.Dripping.Until != p.until || int(v.LockCount) != p.lockCount || int(v.Cases) != p.cases || v.LastRedemption != p.last {
		wrong = append(wrong, fmt.Errorf("drip, counts and ids = %v, %d, %d, %d, by the page %d to %d, %d, %d, %d",
			v.Dripping, v.LockCount, v.Cases, v.LastRedemption, p.from, p.until, p.lockCount, p.cases, p.last))
	}
	if len(v.Redemptions) != len(p.leaving) {
		return errors.Join(append(wrong, fmt.Errorf("%d redemptions, by the page %d", len(v.Redemptions), len(p.leaving)))...)
	}
	for i, r := range v.Redemptions {
		want := p.leaving[i]
		same(fmt.Sprintf("shares of redemption %d", r.ID), r.Shares, want.shares)
		same(fmt.Sprintf("pool shares of redemption %d", r.ID), r.PoolShares, want.poolShares)
		if r.ID != want.id || r.Owner != want.owner || r.Generation != want.generation || r.Matures != want.matures || r.Junior != (want.tranche == 1) {
			wrong = append(wrong, fmt.Errorf("redemption %+v, by the page %+v", r, want))
		}
	}
	return errors.Join(wrong...)
}

// followsThePage holds a step against the page.
func followsThePage(l *lifetime, s *step) (int, error) {
	yield, may := l.page.do(s)
	if may != (s.refused == nil) {
		return 0, fmt.Errorf("%s: %v, by the page it may be: %v", s.told(), s.refused, may)
	}
	for i, want := range yield {
		if i >= len(s.yield) || big256(s.yield[i]).Cmp(want) != 0 {
			return 0, fmt.Errorf("%s yields %v, by the page %v", s.told(), s.yield, yield)
		}
	}
	if err := l.page.agrees(s.after, s.now); err != nil {
		return 0, fmt.Errorf("after %s: %w", s.told(), err)
	}
	return 1, nil
}
