package vaults_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/vaultstest"
)

// formulas are what a mutant may replace: everything that moves money, and what it is planned from.
type formulas struct {
	sharesDown, sharesUp, assetsDown, assetsUp func(vaults.Rate, vadium.Amount) vadium.Amount

	clone          func(*vaults.Vault) *vaults.Vault
	totalAssets    func(*vaults.Vault, vadium.Time) vadium.Amount
	previewDeposit func(*vaults.Vault, vadium.Time, vadium.Amount) (vadium.Amount, error)
	previewMint    func(*vaults.Vault, vadium.Time, vadium.Amount) (vadium.Amount, error)
	deposit        func(v *vaults.Vault, now vadium.Time, owner vadium.Account, assets, shares vadium.Amount)
	planRedemption func(v *vaults.Vault, now vadium.Time, owner vadium.Account, shares vadium.Amount, matures vadium.Time) (vaults.Redemption, error)
	planJunior     func(v *vaults.Vault, assets vadium.Amount, matures vadium.Time) (vaults.Redemption, error)
	redeem         func(*vaults.Vault, vadium.Time, vaults.Redemption)
	planClaim      func(*vaults.Vault, vadium.Time, uint64) (vadium.Amount, error)
	claim          func(*vaults.Vault, uint64, vadium.Amount)
	planShares     func(*vaults.Vault, vadium.Time, vadium.Account, vadium.Amount) ([]vaults.Part, error)
	planAssets     func(*vaults.Vault, vadium.Time, vadium.Account, vadium.Amount) ([]vaults.Part, error)
	claimParts     func(*vaults.Vault, []vaults.Part)
	planPenalty    func(v *vaults.Vault, now vadium.Time, damages, punitive, reserved vadium.Amount) (forRequester, forOthers vaults.Loss)
	lose           func(*vaults.Vault, vadium.Time, vaults.Loss)
	planReward     func(*vaults.Vault, vadium.Time, vadium.Amount, vadium.Bps) vaults.Reward
	reward         func(*vaults.Vault, vadium.Time, vaults.Reward)
	canLock        func(*vaults.Vault, vadium.Time, vaults.Lock) bool
	checkTransfer  func(*vaults.Vault, vadium.Account, vadium.Amount) error
	transfer       func(v *vaults.Vault, from, to vadium.Account, shares vadium.Amount)
}

func ours() formulas {
	return formulas{
		sharesDown: vaults.Rate.SharesDown, sharesUp: vaults.Rate.SharesUp, assetsDown: vaults.Rate.AssetsDown, assetsUp: vaults.Rate.AssetsUp,
		clone: (*vaults.Vault).Clone, totalAssets: (*vaults.Vault).TotalAssets,
		previewDeposit: (*vaults.Vault).PreviewDeposit, previewMint: (*vaults.Vault).PreviewMint, deposit: (*vaults.Vault).DepositSenior,
		planRedemption: (*vaults.Vault).PlanRedemption, planJunior: (*vaults.Vault).PlanJuniorRedemption, redeem: (*vaults.Vault).ApplyRedemption,
		planClaim: (*vaults.Vault).PlanClaim, claim: (*vaults.Vault).ApplyClaim, planShares: (*vaults.Vault).PlanClaimOfShares,
		planAssets: (*vaults.Vault).PlanClaimOfAssets, claimParts: (*vaults.Vault).ApplyClaims,
		planPenalty: (*vaults.Vault).PlanPenalty, lose: (*vaults.Vault).ApplyLoss,
		planReward: (*vaults.Vault).PlanReward, reward: (*vaults.Vault).ApplyReward,
		canLock: (*vaults.Vault).CanLock, checkTransfer: (*vaults.Vault).CheckTransfer, transfer: (*vaults.Vault).Transfer,
	}
}

// act is what somebody does to a vault.
type act uint8

const (
	stakes act = iota
	deposits
	mints
	redeems
	leaves
	claims
	claimsShares
	claimsAssets
	rewards
	takesCommission
	locks
	releases
	waits
	opensCase
	closesCase
	slashes
	transfers
	freezes
)

// step is an act with its numbers, and what came of it.
type step struct {
	act      act
	who, to  vadium.Account
	x, y, z  vadium.Amount
	bps      vadium.Bps
	id       uint64
	was, now vadium.Time // they differ when time passes
	matures  vadium.Time

	before, after *vaults.Vault
	refused       error
	yield         []vadium.Amount // shares, assets, or what was split
	losses        [2]vaults.Loss  // of a slash: for the requester, for others
}

var names = [...]string{"stakes", "deposits", "mints", "redeems", "leaves", "claims", "claims shares", "claims assets", "rewards", "takes commission",
	"locks", "releases", "waits", "opens a case", "closes a case", "slashes", "transfers", "freezes"}

func (a act) String() string { return names[a] }

// done reports that it was not refused.
func (s *step) done() bool { return s.refused == nil }

// told is s in words, for whoever has to find out what happened.
func (s *step) told() string {
	return fmt.Sprintf("%.1x %v %v, %v, %v (to %.1x, %d bps, id %d, matures %d) at %d to %d, yields %v, refused %v, before: %+v",
		s.who, s.act, s.x, s.y, s.z, s.to, s.bps, s.id, s.matures, s.was, s.now, s.yield, s.refused, *s.before)
}

// lifetime is a vault in the hands of chance, and what a bookkeeper outside it knows.
type lifetime struct {
	formulas
	random *rand.Rand
	v      *vaults.Vault
	now    vadium.Time
	locks  []vaults.Lock
	// in is all that was paid in, out all that was paid out, slashed all that was taken.
	in, out, slashed vadium.Amount
	gains            map[vadium.Account]gain
	twin             *vaults.Vault // a copy from before the step
	writes           bool          // it is also written down what it was then: copies share lists
	written          string
	page             *page
	often            []act
	crowd            int // redemptions to come, one small one after another
	crowded          vadium.Account
}

var stakers = []vadium.Account{alice, bob, carol, prover}

// moves are how often which act is tried.
var moves = slices.Concat(
	slices.Repeat([]act{deposits, redeems, slashes, waits}, 6), slices.Repeat([]act{leaves, claims, rewards, stakes}, 4),
	slices.Repeat([]act{mints, claimsShares, claimsAssets, locks, transfers, freezes, releases}, 2), []act{takesCommission, opensCase, closesCase, closesCase, closesCase},
)

// property is one of economics.md §3.7, or another that formulas are held against, after every step of a lifetime.
type property struct {
	name, says string
	hold       func(l *lifetime, s *step) (cases int, err error)
	// often are the acts it speaks of: every other step is one of them.
	often []act
}

// properties are what `make search` holds: V1 to V14, and a vault that is written down from the page.
var properties = []property{
	{"V1", "what came in is what is held, was paid out and was slashed", conserves, nil},
	{"V2", "claims are never more than the pool, and the last one takes the rest", claimsFit, []act{redeems, leaves, claims}},
	{"V3", "shares are never worth more than the assets, and every conversion rounds as it says", sharesFit, nil},
	{"V4", "no deposit, redemption or claim lowers a price", pricesHold, nil},
	{"V5", "who leaves and who stays lose the same percentage", samePercentage, []act{slashes, redeems, leaves}},
	{"V6", "the junior is exhausted before the senior pays", juniorFirst, []act{slashes, stakes}},
	{"V7", "a slash makes nobody richer", nobodyRicher, []act{slashes, redeems}},
	{"V8", "what happens to one vault does not happen to another", isolated, nil},
	{"V9", "a slash takes exactly what it says, or all there is", exactlyTaken, []act{slashes, rewards}},
	{"V10", "what is leaving pays until it is claimed, which is when it has matured", unbondingPays, []act{slashes, redeems, leaves}},
	{"V11", "no order of acts lets an account take out more than it put in, was yielded and did not lose", nobodyProfits, nil},
	{"V12", "rewards drip: no price jumps, and no reward is faster than its part of the window", drips, []act{rewards, waits}},
	{"V13", "shares of a pool that is spent stay worthless, and a new pool owes them nothing", generationsEnd, []act{slashes, stakes, leaves, redeems}},
	{"V14", "frozen shares neither change hands nor leave, and others do", frozenStays, []act{freezes, transfers, redeems, deposits}},
	{"the page", "every act does to the vault what economics.md says, to the unit, and is refused when it says so", followsThePage, nil},
}

// round is a lifetime in which a property is held after every step.
func (p property) round(f formulas, random *rand.Rand) (cases int, err error) {
	l := newLifetime(f, random)
	l.writes = p.name == "V8"
	if l.often = p.often; random.IntN(8) == 0 {
		l.crowd, l.crowded = 14+random.IntN(4), []vadium.Account{alice, prover}[random.IntN(2)]
	}
	for range l.crowd + 1 + random.IntN(60) {
		s := l.step()
		n, err := p.hold(l, s)
		if cases += n; err != nil {
			return cases, err
		}
	}
	return cases, nil
}

func TestSearch(t *testing.T) {
	for _, p := range properties {
		t.Run(p.name, func(t *testing.T) {
			t.Log(p.says)
			vaultstest.Search(t, func(random *rand.Rand) (int, error) { return p.round(ours(), random) })
		})
	}
}

func newLifetime(f formulas, random *rand.Rand) *lifetime {
	l := &lifetime{formulas: f, random: random, v: vaults.New(1, prover, 0, 0), now: vadium.Time(random.Int64N(1 << 40)), gains: map[vadium.Account]gain{}, page: newPage()}
	for _, s := range []*step{{act: stakes, who: prover, x: l.tokens()}, {act: deposits, who: alice, x: l.tokens()}} {
		l.do(s)
		l.page.do(s)
	}
	return l
}

// tokens is what somebody brings: usually some tokens, sometimes a unit, sometimes more than there will ever be.
func (l *lifetime) tokens() vadium.Amount {
	if l.random.IntN(3) == 0 {
		return vaultstest.AnyAmount(l.random, 96)
	}
	return vadium.Tokens(1 + l.random.Uint64N(5_000)).MustAdd(amount(l.random.Uint64N(3)))
}

// some is a part of all: nothing, a unit, all of it, or a unit more.
func (l *lifetime) some(all vadium.Amount) vadium.Amount {
	switch l.random.IntN(10) {
	case 0:
		return amount(l.random.Uint64N(3))
	case 1, 2:
		return all
	case 3:
		return all.MustAdd(amount(1))
	case 4:
		return all.SubFloor(amount(1))
	}
	part, _ := all.MulDivDown(amount(l.random.Uint64N(1_000_000)), amount(1_000_000))
	return part
}

func (l *lifetime) staker() vadium.Account { return stakers[l.random.IntN(len(stakers))] }

// step draws an act and carries it out.
func (l *lifetime) step() *step {
	s := &step{act: moves[l.random.IntN(len(moves))], who: l.staker(), to: l.staker()}
	if n := len(l.often); n > 0 && l.random.IntN(2) == 0 {
		s.act = l.often[l.random.IntN(n)]
	}
	if l.crowd > 0 { // until there are as many as may be, or one more
		l.crowd--
		s.act, s.who, s.matures = leaves, prover, l.maturity()
		if s.x = l.v.Junior.BpsUp(10); l.crowded != prover || l.random.IntN(4) == 0 {
			s.act, s.who, s.x = redeems, l.crowded, l.v.SharesOf(l.crowded).BpsUp(10)
		}
		l.do(s)
		return s
	}
	if holders := l.v.Holders(); len(holders) > 0 && l.random.IntN(8) > 0 {
		if s.act == redeems || s.act == transfers || s.act == freezes {
			s.who = holders[l.random.IntN(len(holders))]
		}
	}
	switch v := l.v; s.act {
	case stakes:
		s.who, s.x = prover, l.tokens()
	case deposits:
		s.x = l.tokens()
	case mints:
		s.x = v.Rate(l.now).SharesDown(l.tokens())
	case redeems:
		s.x, s.matures = l.some(v.SharesOf(s.who)), l.maturity()
		if l.random.IntN(8) == 0 { // until there are too many
			s.x = s.x.BpsUp(10)
		}
	case leaves:
		s.who, s.x, s.matures = prover, l.some(v.Junior), l.maturity()
	case claims:
		if n := len(v.Redemptions); n > 0 {
			s.id = v.Redemptions[l.random.IntN(n)].ID
		}
	case claimsShares, claimsAssets:
		if n := len(v.Redemptions); n > 0 {
			s.who = v.Redemptions[l.random.IntN(n)].Owner
		}
		shares, assets := v.Claimable(l.now, s.who)
		if s.x = l.some(shares); s.act == claimsAssets {
			s.x = l.some(assets)
		}
	case rewards:
		s.x, s.bps = l.tokens(), vadium.Bps(vaultstest.Corner(l.random, uint64(vaults.MaxCommission)+1, 0, 1_000, uint64(vaults.MaxCommission)))
	case takesCommission:
		s.x = vadium.Min(l.some(v.CommissionDue), v.CommissionDue)
	case locks:
		s.x = l.some(v.Free(l.now))
		s.y = vadium.Min(s.x, l.some(v.Junior.SubFloor(v.DamageCapTotal)))
	case releases:
		if n := len(l.locks); n > 0 {
			s.id = uint64(l.random.IntN(n))
		}
	case waits:
		s.z = amount(l.wait())
	case slashes:
		l.drawSlash(s)
	case opensCase, closesCase:
	case transfers, freezes:
		s.x = l.some(v.SharesOf(s.who).SubFloor(v.FrozenOf(s.who)))
		if s.act == freezes {
			s.x = l.some(v.SharesOf(s.who))
		}
	}
	l.do(s)
	return s
}

// maturity is usually what the market says, sometimes now.
func (l *lifetime) maturity() vadium.Time {
	return l.now.Add(vadium.Duration(vaultstest.Corner(l.random, uint64(2*vadium.Day), 0, uint64(vaults.Unbonding))))
}

// wait is some milliseconds, often to where something happens.
func (l *lifetime) wait() uint64 {
	var until vadium.Time
	switch l.random.IntN(4) {
	case 0:
		until = l.v.Dripping.Until
	case 1:
		if n := len(l.v.Redemptions); n > 0 {
			until = l.v.Redemptions[l.random.IntN(n)].Matures
		}
	case 2:
		return vaultstest.Corner(l.random, uint64(20*vadium.Day), 0, 1, uint64(vadium.Second), uint64(vaults.DripWindow), uint64(vaults.Unbonding))
	default:
		return l.random.Uint64N(uint64(3 * vadium.Day))
	}
	return uint64(max(0, until.Sub(l.now)-vadium.Duration(l.random.IntN(2))))
}

func (l *lifetime) drawSlash(s *step) {
	all := l.v.Slashable()
	junior := l.v.Junior.MustAdd(l.v.JuniorUnbonding.Assets)
	switch l.random.IntN(5) {
	case 0:
		s.y = l.some(junior) // up to all of the junior, to the unit
	case 1:
		s.y = l.some(all)
	default:
		s.y = l.some(all.BpsDown(1_500))
	}
	if l.random.IntN(2) == 0 {
		s.x = l.some(junior.BpsDown(vadium.Bps(l.random.IntN(12_000))))
	}
	if l.random.IntN(3) == 0 {
		s.z = l.some(l.v.Junior)
	}
}

// do carries s out, and writes down what was before and after.
func (l *lifetime) do(s *step) {
	s.was, s.before = l.now, l.v.Clone()
	if l.twin = l.clone(l.v); l.writes {
		l.written = fmt.Sprintf("%+v", *l.twin)
	}
	v, now := l.v, l.now
	s.refused = l.carryOut(s, v, now)
	s.now, s.after = l.now, l.v
}

func (l *lifetime) carryOut(s *step, v *vaults.Vault, now vadium.Time) (err error) {
	paid := func(a vadium.Amount) { l.out = l.out.MustAdd(a) }
	received := func(a vadium.Amount) { l.in = l.in.MustAdd(a) }
	switch s.act {
	case stakes:
		v.DepositJunior(s.x)
		received(s.x)
	case deposits, mints:
		assets, shares := s.x, s.x
		if s.act == deposits {
			shares, err = l.previewDeposit(v, now, assets)
		} else {
			assets, err = l.previewMint(v, now, shares)
		}
		if err != nil {
			return err
		}
		l.deposit(v, now, s.who, assets, shares)
		received(assets)
		s.yield = []vadium.Amount{assets, shares}
	case redeems, leaves:
		var r vaults.Redemption
		if s.act == redeems {
			r, err = l.planRedemption(v, now, s.who, s.x, s.matures)
		} else {
			r, err = l.planJunior(v, s.x, s.matures)
		}
		if err != nil {
			return err
		}
		l.redeem(v, now, r)
		s.id, s.yield = r.ID, []vadium.Amount{r.Assets, r.PoolShares}
	case claims:
		assets, err := l.planClaim(v, now, s.id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(v.Redemptions, func(r vaults.Redemption) bool { return r.ID == s.id })
		s.who = v.Redemptions[i].Owner
		l.claim(v, s.id, assets)
		paid(assets)
		s.yield = []vadium.Amount{assets}
	case claimsShares, claimsAssets:
		return l.claimSome(s, v, now)
	case rewards:
		r := l.planReward(v, now, s.x, s.bps)
		l.reward(v, now, r)
		received(s.x)
		s.yield = []vadium.Amount{r.Commission, r.Junior, r.Senior}
	case takesCommission:
		v.ClaimCommission(s.x)
		paid(s.x)
	case locks:
		lock := vaults.Lock{Amount: s.x, DamageCap: s.y}
		if !l.canLock(v, now, lock) {
			return vaults.ErrStakeLocked
		}
		v.AddLock(lock)
		l.locks = append(l.locks, lock)
	case releases:
		if len(l.locks) == 0 {
			return vaults.ErrNoRedemption
		}
		s.x, s.y = l.locks[s.id].Amount, l.locks[s.id].DamageCap
		v.Release(l.locks[s.id])
		l.locks = slices.Delete(l.locks, int(s.id), int(s.id)+1)
	case waits:
		l.now = now.Add(vadium.Duration(s.z.Uint256().Uint64()))
	case opensCase:
		v.OpenCase()
	case closesCase:
		if v.Cases == 0 {
			return vaults.ErrCaseOpen
		}
		v.CloseCase()
	case slashes:
		s.losses[0], s.losses[1] = l.planPenalty(v, now, s.x, s.y, s.z)
		for _, loss := range s.losses {
			l.lose(v, now, loss)
			l.slashed = l.slashed.MustAdd(loss.Total())
		}
		s.yield = []vadium.Amount{s.losses[0].Total(), s.losses[1].JuniorTotal(), s.losses[1].SeniorTotal()}
	case transfers:
		if err := l.checkTransfer(v, s.who, s.x); err != nil {
			return err
		}
		l.transfer(v, s.who, s.to, s.x)
	case freezes:
		v.Freeze(s.who, s.x)
	}
	return nil
}

// claimSome claims shares or assets of what has matured.
func (l *lifetime) claimSome(s *step, v *vaults.Vault, now vadium.Time) error {
	plan := l.planShares
	if s.act == claimsAssets {
		plan = l.planAssets
	}
	parts, err := plan(v, now, s.who, s.x)
	if err != nil {
		return err
	}
	l.claimParts(v, parts)
	var shares, assets vadium.Amount
	for _, part := range parts {
		shares, assets = shares.MustAdd(part.Shares), assets.MustAdd(part.Assets)
	}
	l.out = l.out.MustAdd(assets)
	s.yield = []vadium.Amount{assets, shares}
	return nil
}
