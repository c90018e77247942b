package vaultstest

import (
	"errors"
	"math/big"
	"slices"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
)

// life is a vault in the hands of chance, and what a bookkeeper outside it knows.
type life struct {
	*rapid.T
	m       Machine
	cast    Cast
	now     View
	donated vadium.Amount
	// put and taken are what each staker paid in and claimed; earned is all that the senior tranche was ever paid.
	put, taken map[vadium.Account]vadium.Amount
	earned     vadium.Amount
	locks      uint64
	// roundings counts conversions: each may leave less than a unit of its owner's money to others.
	roundings uint64
}

// Life plays steps random operations of a vault and its cast, and holds it against V1 to V14 after each.
func Life(t *rapid.T, m Machine, cast Cast, steps int) {
	l := &life{T: t, m: m, cast: cast, now: m.Look(), put: map[vadium.Account]vadium.Amount{}, taken: map[vadium.Account]vadium.Amount{}}
	l.do(cast.Prover, StakeJunior{vadium.Tokens(rapid.Uint64Range(1, 1_000).Draw(t, "first junior"))})
	l.do(cast.Stakers[0], Deposit{Assets: vadium.Tokens(rapid.Uint64Range(1, 5_000).Draw(t, "first deposit")), Receiver: cast.Stakers[0]})
	for range steps {
		rapid.SampledFrom(choices).Draw(t, "step")(l)
	}
}

// choices are the steps. What deserves to happen more often stands there more often, and first: chance prefers that.
var choices = []func(*life){
	(*life).mature, (*life).request, (*life).redeem, (*life).withdraw, (*life).claim, (*life).slash, (*life).deposit, (*life).reward,
	(*life).mature, (*life).request, (*life).requestForeign, (*life).mint, (*life).deposit, (*life).wait, (*life).wait, (*life).slash,
	(*life).stake, (*life).leave, (*life).transfer, (*life).transfer, (*life).transferFrom, (*life).approve, (*life).setOperator,
	(*life).reward, (*life).commission, (*life).collect, (*life).lock, (*life).lock, (*life).release, (*life).cases, (*life).freeze,
	(*life).donate, (*life).sweep, (*life).intrude, (*life).crowd,
}

func (l *life) staker() vadium.Account { return rapid.SampledFrom(l.cast.Stakers).Draw(l.T, "staker") }

// among is one of the stakers for whom something holds, or anyone.
func (l *life) among(name string, holds func(vadium.Account) bool) vadium.Account {
	var those []vadium.Account
	for _, who := range l.cast.Stakers {
		if holds(who) {
			those = append(those, who)
		}
	}
	if len(those) == 0 || rapid.IntRange(0, 9).Draw(l.T, name+" at all") == 0 {
		return l.staker()
	}
	return rapid.SampledFrom(those).Draw(l.T, name)
}

// holder is somebody with shares, matured somebody with something to claim.
func (l *life) holder() vadium.Account {
	return l.among("holder", func(who vadium.Account) bool { return !l.now.Accounts[who].Shares.IsZero() })
}

func (l *life) matured() vadium.Account {
	return l.among("matured", func(who vadium.Account) bool {
		return slices.ContainsFunc(sorted(l.now.Redemptions), func(id uint64) bool {
			r := l.now.Redemptions[id]
			return r.Owner == who && !r.Claimable.IsZero()
		})
	})
}

// some is a part of an amount, now and then all of it, a unit more, or nothing.
func (l *life) some(name string, all vadium.Amount) vadium.Amount {
	switch rapid.IntRange(0, 9).Draw(l.T, name+" kind") {
	case 0, 1, 2:
		return all
	case 3:
		return all.MustAdd(vadium.NewAmount(1))
	case 4:
		return vadium.Min(all, vadium.NewAmount(rapid.Uint64Range(0, 3_000_000).Draw(l.T, name+" units")))
	}
	part, _ := all.MulDivDown(vadium.NewAmount(rapid.Uint64Range(0, 1_000_000).Draw(l.T, name)), vadium.NewAmount(1_000_000))
	return part
}

func (l *life) tokens(name string, most uint64) vadium.Amount {
	return vadium.Tokens(rapid.Uint64Range(0, most).Draw(l.T, name)).MustAdd(vadium.NewAmount(rapid.Uint64().Draw(l.T, name+" odd units")))
}

func (l *life) deposit() {
	who, receiver := l.staker(), l.staker()
	op := Deposit{Assets: l.tokens("deposit", 5_000), Receiver: receiver}
	if rapid.IntRange(0, 3).Draw(l.T, "bounded") == 0 {
		op.MinShares = l.m.Quote(who, op.Assets).Deposit
	}
	l.do(who, op)
}

func (l *life) mint() {
	l.do(l.staker(), Mint{l.m.Quote(l.staker(), l.tokens("mint", 2_000)).ToShares, l.staker()})
}

func (l *life) request() {
	who := l.holder()
	l.do(who, RequestRedeem{l.some("shares", l.now.Accounts[who].Shares), who, who})
}

// requestForeign redeems another's shares, by allowance, as operator or by no right.
func (l *life) requestForeign() {
	owner := l.holder()
	l.do(l.staker(), RequestRedeem{l.some("shares", l.now.Accounts[owner].Shares), l.staker(), owner})
}

func (l *life) claim() {
	ids := sorted(l.now.Redemptions)
	if len(ids) == 0 {
		return
	}
	id := rapid.SampledFrom(ids).Draw(l.T, "redemption")
	l.do(l.now.Redemptions[id].Owner, Claim{id, l.now.Redemptions[id].Owner})
}

func (l *life) redeem() {
	who := l.matured()
	var matured vadium.Amount
	for _, r := range l.now.Redemptions {
		if r.Owner == who {
			matured = matured.MustAdd(r.Claimable)
		}
	}
	l.do(who, Redeem{l.some("shares", matured), l.staker(), who})
}

func (l *life) withdraw() {
	who := l.matured()
	l.do(who, Withdraw{l.some("assets", l.now.Accounts[who].MaxWithdraw), l.staker(), who})
}

func (l *life) stake() { l.do(l.cast.Prover, StakeJunior{l.tokens("junior", 1_000)}) }
func (l *life) leave() { l.do(l.cast.Prover, LeaveJunior{l.some("junior", l.now.Junior)}) }

func (l *life) transfer() {
	from := l.holder()
	l.do(from, Transfer{l.staker(), l.some("shares", l.now.Accounts[from].Shares)})
}

func (l *life) transferFrom() {
	by, from := l.staker(), l.holder()
	l.do(by, TransferFrom{from, l.staker(), l.some("shares", vadium.Min(l.now.Accounts[from].Allowances[by], l.now.Accounts[from].Shares))})
}

func (l *life) approve() {
	owner := l.holder()
	shares := l.some("allowed", l.now.Accounts[owner].Shares)
	if rapid.IntRange(0, 3).Draw(l.T, "unlimited") == 0 {
		shares = vaults.Unlimited
	}
	l.do(owner, Approve{l.staker(), shares})
}

func (l *life) setOperator() {
	l.do(l.staker(), SetOperator{l.staker(), rapid.Bool().Draw(l.T, "approved")})
}

func (l *life) reward() {
	l.do(l.cast.Market, Reward{l.tokens("reward", 100), vadium.Bps(rapid.IntRange(0, int(vaults.MaxCommission)).Draw(l.T, "commission"))})
}

func (l *life) commission() {
	l.do(l.cast.Prover, ClaimCommission{l.some("commission", l.now.Commission)})
}

func (l *life) slash() {
	all := vadium.Sum(l.now.Junior, l.now.JuniorUnbonding.Assets, l.now.Senior, l.now.SeniorUnbonding.Assets)
	if rapid.IntRange(0, 5).Draw(l.T, "slash") > 0 {
		all = all.BpsDown(2_000) // most slashes leave a vault to go on with
	}
	op := Slash{Punitive: l.some("punitive", all), Severity: uint8(rapid.IntRange(1, 100).Draw(l.T, "severity")), Requester: l.staker()}
	if rapid.Bool().Draw(l.T, "damages") {
		op.Damages = l.some("damages", l.now.Junior)
	}
	if rapid.Bool().Draw(l.T, "reserved") {
		op.ReservedJunior = l.some("reserve", l.now.Junior)
	}
	if rapid.Bool().Draw(l.T, "reported") {
		op.Reporter = l.staker()
	}
	if rapid.Bool().Draw(l.T, "rescued") {
		op.Rescuer = l.staker()
	}
	l.do(l.cast.Market, op)
}

func (l *life) collect() {
	l.do(l.staker(), Collect{rapid.SampledFrom(l.cast.All()).Draw(l.T, "account")})
}

func (l *life) lock() {
	amount := l.some("lock", l.now.Effective.SubFloor(l.now.Locked))
	l.do(l.cast.Market, AddLock{l.locks, amount, vadium.Min(amount, l.some("cap", l.now.Junior))})
	if rapid.IntRange(0, 4).Draw(l.T, "another") > 0 {
		l.locks++
	}
}

func (l *life) release() {
	l.do(l.cast.Market, Release{rapid.Uint64Range(0, l.locks).Draw(l.T, "lock")})
}

func (l *life) cases() {
	l.do(l.cast.Market, OpenCase{})
	for range rapid.IntRange(0, 2).Draw(l.T, "steps of a case") {
		rapid.SampledFrom([]func(*life){(*life).deposit, (*life).mint, (*life).claim, (*life).redeem, (*life).withdraw,
			(*life).lock, (*life).slash, (*life).request}).Draw(l.T, "step")(l)
	}
	for range rapid.IntRange(1, 2).Draw(l.T, "closed") {
		l.do(l.cast.Market, CloseCase{})
	}
}

// crowd asks for one small redemption after another, until there are too many.
func (l *life) crowd() {
	who := l.holder()
	if rapid.IntRange(0, 3).Draw(l.T, "crowd") > 0 {
		return
	}
	for range vaults.MaxRedemptions {
		if err := l.try(who, RequestRedeem{l.now.Accounts[who].Shares.BpsDown(10), who, who}); err != nil {
			return
		}
	}
}

func (l *life) freeze() {
	who := l.holder()
	l.do(l.cast.Market, Freeze{who, l.some("frozen", l.now.Accounts[who].Shares)})
}

func (l *life) donate() { l.do(l.staker(), Donate{l.tokens("donation", 100)}) }
func (l *life) sweep()  { l.do(l.staker(), Sweep{}) }

// intrude tries what only the market or the prover may do.
func (l *life) intrude() {
	op := rapid.SampledFrom([]Op{
		StakeJunior{vadium.Tokens(1)}, LeaveJunior{vadium.NewAmount(1)}, ClaimCommission{}, Reward{}, Slash{Punitive: vadium.NewAmount(1)},
		AddLock{ID: 1 << 40, Amount: vadium.NewAmount(1)}, Release{}, OpenCase{}, CloseCase{}, Freeze{},
	}).Draw(l.T, "op")
	if err := l.try(l.staker(), op); !errors.Is(err, ErrNotAuthorised) {
		l.Fatalf("a staker's %T: %v, want %v", op, err, ErrNotAuthorised)
	}
}

func (l *life) wait() {
	l.pass(vadium.Duration(rapid.Int64Range(1, 5*24*3_600).Draw(l.T, "seconds")) * vadium.Second)
}

// mature waits until the youngest redemption can be claimed.
func (l *life) mature() {
	var last vadium.Time
	for _, r := range l.now.Redemptions {
		last = max(last, r.Matures)
	}
	if last > l.now.Time {
		l.pass(last.Sub(l.now.Time))
	}
	for range rapid.IntRange(0, 4).Draw(l.T, "claims") {
		rapid.SampledFrom([]func(*life){(*life).claim, (*life).redeem, (*life).withdraw}).Draw(l.T, "step")(l)
	}
}

// pass waits, and holds V12: within a wait no more drips in than its part of what was left, and a unit of rounding.
func (l *life) pass(d vadium.Duration) {
	before := l.now
	l.m.Wait(d)
	l.now = l.m.Look()
	left := uint64(max(0, before.Dripping.Until.Sub(max(before.Time, before.Dripping.From))))
	if left == 0 {
		return
	}
	unvested := vadium.Sum(before.Senior, before.Dripping.Locked).MustSub(before.TotalAssets)
	passed := min(left, uint64(l.now.Time.Sub(before.Time)))
	most, _ := unvested.MulDivUp(vadium.NewAmount(passed), vadium.NewAmount(left))
	if jump := l.now.TotalAssets.SubFloor(before.TotalAssets); most.MustAdd(vadium.NewAmount(1)).Less(jump) {
		l.Fatalf("V12: %v drips in within %d ms, want at most %v", jump, passed, most)
	}
}

// do carries an operation out. Whether it is refused is the machine's business: what it may change is checked either way.
func (l *life) do(by vadium.Account, op Op) { _ = l.try(by, op) }

// try is do for whom the refusal matters. It holds the vault against every promise.
func (l *life) try(by vadium.Account, op Op) error {
	before := l.now
	yield, err := l.m.Do(by, op)
	l.now = l.m.Look()
	if err != nil {
		if lines := diff(untimed(l.now), untimed(before)); len(lines) > 0 {
			l.Fatalf("%s is refused, yet changes %v", describe(by, op), lines)
		}
		return err
	}
	l.book(by, op, yield, before)
	said := describe(by, op)
	l.balanced(said)
	if slash, is := op.(Slash); is {
		l.afterSlash(slash, yield, before)
	} else {
		l.gentle(said, before)
	}
	l.frozen(said, op, before)
	return nil
}

// untimed is a view without what time alone changes.
func untimed(v View) View {
	v.Time, v.TotalAssets, v.Price, v.Effective = 0, vadium.Amount{}, vadium.Amount{}, vadium.Amount{}
	accounts := map[vadium.Account]Account{}
	for who, a := range v.Accounts {
		a.MaxDeposit, a.MaxMint, a.MaxRedeem, a.MaxWithdraw = vadium.Amount{}, vadium.Amount{}, vadium.Amount{}, vadium.Amount{}
		accounts[who] = a
	}
	v.Accounts = accounts
	redemptions := map[uint64]Redemption{}
	for id, r := range v.Redemptions {
		r.Pending, r.Claimable = vadium.Amount{}, vadium.Amount{}
		redemptions[id] = r
	}
	v.Redemptions = redemptions
	return v
}

// book writes down who paid and received what, and holds V11: nobody takes out more than they put in and all rewards.
// Shares that change hands take their history along.
func (l *life) book(by vadium.Account, op Op, yield []vadium.Amount, before View) {
	switch op := op.(type) {
	case Deposit:
		l.put[op.Receiver] = l.put[op.Receiver].MustAdd(op.Assets)
		l.roundings++
	case Mint:
		l.put[op.Receiver] = l.put[op.Receiver].MustAdd(yield[0])
		l.roundings++
	case RequestRedeem:
		l.roundings += 2
		l.inherit(op.Owner, op.Controller, op.Shares, before)
	case Transfer:
		l.roundings++
		l.inherit(by, op.To, op.Shares, before)
	case TransferFrom:
		l.roundings++
		l.inherit(op.From, op.To, op.Shares, before)
	case Claim:
		if !before.Redemptions[op.ID].Junior {
			l.takeOut(before.Redemptions[op.ID].Owner, yield[0])
		}
	case Redeem:
		l.takeOut(op.Controller, yield[0])
	case Withdraw:
		l.takeOut(op.Controller, op.Assets)
	case Reward:
		l.earned = l.earned.MustAdd(yield[2])
		if vadium.Sum(yield...) != op.Assets {
			l.Fatalf("a reward of %v is split into %v", op.Assets, yield)
		}
	case Donate:
		l.donated = l.donated.MustAdd(op.Assets)
	case Sweep:
		if yield[0] != l.donated {
			l.Fatalf("%v was donated, %v swept", l.donated, yield[0])
		}
		l.donated = vadium.Amount{}
	}
}

// inherit lets the receiver of shares take out what the giver could have: no more than all shares were worth.
func (l *life) inherit(from, to vadium.Account, shares vadium.Amount, before View) {
	if from != to {
		worth, _ := shares.MulDivUp(before.TotalAssets.MustAdd(vadium.NewAmount(1)), before.Shares.MustAdd(vadium.NewAmount(1_000_000)))
		l.put[to] = vadium.Sum(l.put[to], worth, vadium.NewAmount(1))
	}
}

func (l *life) takeOut(who vadium.Account, assets vadium.Amount) {
	l.roundings += MaxParts
	l.taken[who] = l.taken[who].MustAdd(assets)
	if most := vadium.Sum(l.put[who], l.earned, vadium.NewAmount(l.roundings)); most.Less(l.taken[who]) {
		l.Fatalf("V11: %v put in %v and took out %v, though all rewards are %v", who, l.put[who], l.taken[who], l.earned)
	}
}

// MaxParts is how many redemptions one claim may touch.
const MaxParts = vaults.MaxRedemptions

// balanced holds V1, V2, V3, and that shares and pool shares are somebody's.
func (l *life) balanced(after string) {
	v := l.now
	if want := v.Held.MustAdd(l.donated); v.Balance != want {
		l.Fatalf("V1: after %s the vault has %v, its books and donations say %v", after, v.Balance, want)
	}
	var all, owned, credits, worth vadium.Amount
	for _, a := range v.Accounts {
		all = vadium.Sum(all, a.Assets)
		owned, credits = owned.MustAdd(a.Shares), credits.MustAdd(a.Credit)
		value, _ := a.Shares.MulDivDown(v.TotalAssets.MustAdd(vadium.NewAmount(1)), v.Shares.MustAdd(vadium.NewAmount(1_000_000)))
		worth = worth.MustAdd(value)
	}
	supply, _ := Purse.MulDivDown(vadium.NewAmount(uint64(len(l.cast.Stakers)+2)), vadium.NewAmount(1))
	if all.MustAdd(v.Balance) != supply {
		l.Fatalf("V1: after %s there are %v, there were %v", after, all.MustAdd(v.Balance), supply)
	}
	if held := vadium.Sum(v.Junior, v.JuniorUnbonding.Assets, v.Senior, v.Dripping.Locked, v.SeniorUnbonding.Assets, v.Commission, credits); held != v.Held {
		l.Fatalf("V1: after %s the parts are %v, all is %v", after, held, v.Held)
	}
	if owned != v.Shares || v.TotalAssets.Less(worth) {
		l.Fatalf("V3: after %s holders have %v of %v shares, worth %v of %v", after, owned, v.Shares, worth, v.TotalAssets)
	}
	for _, junior := range []bool{false, true} {
		pool := v.SeniorUnbonding
		if junior {
			pool = v.JuniorUnbonding
		}
		var shares, owed vadium.Amount
		for id, r := range v.Redemptions {
			if r.Junior == junior && r.Generation == pool.Generation {
				shares, owed = shares.MustAdd(r.PoolShares), owed.MustAdd(l.claimOf(v, id))
			}
		}
		if shares != pool.Shares || pool.Assets.Less(owed) || pool.Shares.IsZero() && !pool.Assets.IsZero() {
			l.Fatalf("V2: after %s a pool of %+v has %v shares and owes %v", after, pool, shares, owed)
		}
	}
}

// claimOf is what a redemption is worth.
func (l *life) claimOf(v View, id uint64) vadium.Amount {
	r, pool := v.Redemptions[id], v.SeniorUnbonding
	if r.Junior {
		pool = v.JuniorUnbonding
	}
	if r.Generation != pool.Generation || pool.Shares.IsZero() { // V13
		return vadium.Amount{}
	}
	worth, _ := r.PoolShares.MulDivDown(pool.Assets, pool.Shares)
	return worth
}

// gentle holds V4: what is no slash lowers neither the price of a share nor that of leaving.
func (l *life) gentle(after string, before View) {
	if was, is := sharePrice(before), sharePrice(l.now); is.Cmp(was) < 0 {
		l.Fatalf("V4: after %s the share price fell from %s to %s", after, was.FloatString(30), is.FloatString(30))
	}
	for _, pools := range [][2]vaults.Pool{{before.SeniorUnbonding, l.now.SeniorUnbonding}, {before.JuniorUnbonding, l.now.JuniorUnbonding}} {
		was, is := pools[0], pools[1]
		if was.Shares.IsZero() || is.Shares.IsZero() || was.Generation != is.Generation {
			continue
		}
		if fraction(is.Assets, is.Shares).Cmp(fraction(was.Assets, was.Shares)) < 0 {
			l.Fatalf("V4: after %s a pool of %+v is one of %+v", after, was, is)
		}
	}
}

// sharePrice is the exact price of a share.
func sharePrice(v View) *big.Rat {
	return fraction(v.TotalAssets.MustAdd(vadium.NewAmount(1)), v.Shares.MustAdd(vadium.NewAmount(1_000_000)))
}

func fraction(a, b vadium.Amount) *big.Rat {
	return new(big.Rat).SetFrac(a.Uint256().ToBig(), b.Uint256().ToBig())
}

// afterSlash holds V5, V6, V7 and V9.
func (l *life) afterSlash(op Slash, yield []vadium.Amount, before View) {
	junior := before.Junior.MustAdd(before.JuniorUnbonding.Assets)
	senior := vadium.Sum(before.Senior, before.Dripping.Locked, before.SeniorUnbonding.Assets)
	toRequester := vadium.Min(op.Damages, junior)
	rest := junior.MustSub(toRequester)
	amount := op.Punitive.MustAdd(op.Damages).MustSub(toRequester)
	fromJunior := vadium.Min(amount, rest.SubFloor(op.ReservedJunior))
	fromSenior := vadium.Min(amount.MustSub(fromJunior), senior.SubFloor(vadium.NewAmount(1_000_000)))
	if want := []vadium.Amount{toRequester.MustAdd(fromJunior), fromSenior}; !slices.Equal(yield, want) { // V6 and V9
		l.Fatalf("V9: a slash of %+v takes %v, want %v of %v and %v", op, yield, want, junior, senior)
	}
	after := l.now
	took := func(was, is vadium.Amount) vadium.Amount {
		if was.Less(is) {
			l.Fatalf("V7: a slash raised %v to %v", was, is)
		}
		return was.MustSub(is)
	}
	// Two steps of rounding, damages and the punitive part, each off by less than a unit.
	l.samePart("junior", took(before.JuniorUnbonding.Assets, after.JuniorUnbonding.Assets), before.JuniorUnbonding.Assets, yield[0], junior)
	l.samePart("senior", took(before.SeniorUnbonding.Assets, after.SeniorUnbonding.Assets), before.SeniorUnbonding.Assets, yield[1], senior)
	for id := range before.Redemptions {
		took(l.claimOf(before, id), l.claimOf(after, id))
	}
	if !yield[1].IsZero() {
		// A second's drip is lost with the rest only if the senior paid.
		unvested := vadium.Sum(before.Senior, before.Dripping.Locked)
		took(unvested, after.Senior.MustAdd(after.Dripping.Locked))
	}
	credited := vadium.Amount{}
	for who, a := range after.Accounts {
		credited = credited.MustAdd(a.Credit.MustSub(before.Accounts[who].Credit))
	}
	if credited != vadium.Sum(yield...) {
		l.Fatalf("V1: a slash takes %v and awards %v", yield, credited)
	}
	// Only junior money goes to anybody but insurance and burn.
	outside := vadium.Amount{}
	for _, who := range l.cast.Stakers {
		outside = outside.MustAdd(after.Accounts[who].Credit.MustSub(before.Accounts[who].Credit))
	}
	if yield[0].Less(outside) {
		l.Fatalf("a slash takes %v from the junior and awards %v to requester, reporter and rescuer", yield[0], outside)
	}
}

// samePart holds V5: who is leaving loses the same percentage as all do, within two units.
func (l *life) samePart(tranche string, lost, stake, lostByAll, all vadium.Amount) {
	if all.IsZero() {
		return
	}
	even, _ := stake.MulDivDown(lostByAll, all)
	if off := vadium.Max(even, lost).MustSub(vadium.Min(even, lost)); vadium.NewAmount(2).Less(off) {
		l.Fatalf("V5: leaving %s stake of %v pays %v, want %v of %v", tranche, stake, lost, even, lostByAll)
	}
}

// frozen holds V14: shares that are frozen stay where they are.
func (l *life) frozen(after string, op Op, before View) {
	switch op.(type) {
	case Transfer, TransferFrom, RequestRedeem:
	default:
		return
	}
	for who, was := range before.Accounts {
		stays := vadium.Min(was.Frozen, was.Shares)
		if l.now.Accounts[who].Shares.Less(stays) {
			l.Fatalf("V14: after %s %v has %v shares, %v of them frozen", after, who, l.now.Accounts[who].Shares, was.Frozen)
		}
	}
}

func sorted(open map[uint64]Redemption) (ids []uint64) {
	for id := range open {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
