package vaults_test

import (
	"bytes"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
)

func power(n uint) *uint256.Int { return new(uint256.Int).Lsh(uint256.NewInt(1), n) }

// world is a vault and what a bookkeeper outside it knows.
type world struct {
	*rapid.T
	v   *vaults.Vault
	now vadium.Time
	// in is all that was paid in, out all that was paid out or slashed.
	in, out vadium.Amount
	// put and taken are what each delegator paid in and claimed; earned is all that the senior tranche was ever paid.
	put, taken map[vadium.Account]vadium.Amount
	earned     vadium.Amount
	// roundings counts conversions: each may leave less than a unit of its owner's money to the others.
	roundings uint64
	locks     []vaults.Lock // those the vault holds now
	nextLock  uint32
}

func (w *world) amount(name string, most vadium.Amount) vadium.Amount {
	if rapid.IntRange(0, 3).Draw(w.T, name+" is all") == 0 {
		return most
	}
	part, _ := most.MulDivDown(amount(rapid.Uint64Range(0, 1_000_000).Draw(w.T, name)), amount(1_000_000))
	return part
}

func (w *world) owner() vadium.Account {
	return rapid.SampledFrom([]vadium.Account{alice, bob, carol, prover}).Draw(w.T, "owner")
}

func (w *world) pay(a vadium.Amount) { w.in = w.in.MustAdd(a) }

// price is the exact price of a share as a fraction: total assets and one over supply and a million.
func (w *world) price() *big.Rat {
	r := w.v.Rate(w.now)
	return new(big.Rat).SetFrac(
		new(big.Int).Add(r.Assets.Uint256().ToBig(), big.NewInt(1)),
		new(big.Int).Add(r.Shares.Uint256().ToBig(), big.NewInt(1_000_000)))
}

// poolPrice is what a share of the senior unbonding pool is worth.
func (w *world) poolPrice() *big.Rat {
	p := w.v.SeniorUnbonding
	if p.Shares.IsZero() {
		return new(big.Rat)
	}
	return new(big.Rat).SetFrac(p.Assets.Uint256().ToBig(), p.Shares.Uint256().ToBig())
}

// gently runs a step that is no slash: it must lower neither price (V4).
func (w *world) gently(step func()) {
	price, pool, redemptions := w.price(), w.poolPrice(), len(w.v.SeniorUnbonding.Shares.Uint256().Bytes())
	step()
	if after := w.price(); after.Cmp(price) < 0 {
		w.Fatalf("the share price fell from %s to %s without a slash", price.FloatString(30), after.FloatString(30))
	}
	if after := w.poolPrice(); redemptions > 0 && !w.v.SeniorUnbonding.Shares.IsZero() && after.Cmp(pool) < 0 {
		w.Fatalf("the price of leaving fell from %s to %s without a slash", pool.FloatString(30), after.FloatString(30))
	}
}

func (w *world) depositJunior() {
	a := vadium.Tokens(rapid.Uint64Range(0, 1_000).Draw(w.T, "tokens"))
	w.gently(func() { w.v.DepositJunior(a) })
	w.pay(a)
}

func (w *world) depositSenior() {
	owner := w.owner()
	assets := amount(rapid.Uint64().Draw(w.T, "odd units")).MustAdd(vadium.Tokens(rapid.Uint64Range(0, 5_000).Draw(w.T, "tokens")))
	shares, err := w.v.PreviewDeposit(w.now, assets)
	if err != nil {
		return
	}
	w.gently(func() { w.v.DepositSenior(w.now, owner, assets, shares) })
	w.pay(assets)
	w.put[owner] = w.put[owner].MustAdd(assets)
	w.roundings++
	if worth := w.v.Rate(w.now).AssetsDown(shares); assets.Less(worth) {
		w.Fatalf("%v deposited is worth %v at once", assets, worth)
	}
}

func (w *world) reward() {
	fee := amount(rapid.Uint64().Draw(w.T, "odd units")).MustAdd(vadium.Tokens(rapid.Uint64Range(0, 100).Draw(w.T, "tokens")))
	r := w.v.PlanReward(w.now, fee, vadium.Bps(rapid.IntRange(0, int(vaults.MaxCommission)).Draw(w.T, "commission")))
	if r.Total() != fee {
		w.Fatalf("a fee of %v is split into %v", fee, r)
	}
	before := w.price()
	w.gently(func() { w.v.ApplyReward(w.now, r) })
	if after := w.price(); after.Cmp(before) != 0 {
		w.Fatalf("a reward moved the price at once, from %s to %s", before.FloatString(30), after.FloatString(30))
	}
	w.pay(fee)
	w.earned = w.earned.MustAdd(r.Senior)
}

func (w *world) redeem() {
	owner := w.owner()
	shares := w.amount("shares", w.v.SharesOf(owner))
	matures := w.now.Add(vadium.Duration(rapid.Int64Range(0, int64(vaults.Unbonding)).Draw(w.T, "unbonding")))
	r, err := w.v.PlanRedemption(w.now, owner, shares, matures)
	if err != nil {
		return
	}
	w.gently(func() { w.v.ApplyRedemption(w.now, r) })
	w.roundings += 2 // to assets, and to shares of the pool
}

func (w *world) redeemJunior() {
	r, err := w.v.PlanJuniorRedemption(w.amount("junior", w.v.Junior), w.now.Add(vadium.Day))
	if err != nil {
		return
	}
	w.gently(func() { w.v.ApplyRedemption(w.now, r) })
}

func (w *world) claim() {
	if len(w.v.Redemptions) == 0 {
		return
	}
	r := rapid.SampledFrom(w.v.Redemptions).Draw(w.T, "redemption")
	assets, err := w.v.PlanClaim(w.now, r.ID)
	if err != nil {
		return
	}
	if r.Assets.MustAdd(amount(w.roundings)).Less(assets) {
		w.Fatalf("redemption %d moved %v and pays %v", r.ID, r.Assets, assets)
	}
	w.gently(func() { w.v.ApplyClaim(r.ID, assets) })
	w.out = w.out.MustAdd(assets)
	if r.Junior {
		return
	}
	w.taken[r.Owner] = w.taken[r.Owner].MustAdd(assets)
	w.roundings++
	if most := vadium.Sum(w.put[r.Owner], w.earned, amount(w.roundings)); most.Less(w.taken[r.Owner]) { // V11
		w.Fatalf("%v put in %v and took out %v, though all rewards are %v", r.Owner, w.put[r.Owner], w.taken[r.Owner], w.earned)
	}
}

func (w *world) claimCommission() {
	due := w.amount("commission", w.v.CommissionDue)
	w.gently(func() { w.v.ClaimCommission(due) })
	w.out = w.out.MustAdd(due)
}

func (w *world) addLock() {
	w.nextLock++
	l := vaults.Lock{Request: vadium.RequestID{byte(w.nextLock % 5)}, Attempt: w.nextLock,
		Amount: w.amount("lock", w.v.Effective(w.now)), DamageCap: w.amount("damage cap", w.v.Junior)}
	if w.v.CheckLock(w.now, l) != nil {
		return
	}
	w.v.AddLock(l)
	w.locks = append(w.locks, l)
	if w.v.Effective(w.now).Less(w.v.Locked()) || w.v.Junior.Less(w.v.DamageCaps()) {
		w.Fatalf("locks of %v, damage caps of %v on %v and %v", w.v.Locked(), w.v.DamageCaps(), w.v.Effective(w.now), w.v.Junior)
	}
}

func (w *world) release() {
	if len(w.locks) > 0 {
		i := rapid.IntRange(0, len(w.locks)-1).Draw(w.T, "locked")
		w.v.Release(w.locks[i])
		w.locks = slices.Delete(w.locks, i, i+1)
	}
}

func (w *world) advance() {
	w.gently(func() { w.now = w.now.Add(vadium.Duration(rapid.Int64Range(0, int64(5*vadium.Day)).Draw(w.T, "wait"))) })
	// V12: in a second, no more drips in than a second's part of what is left, and a unit of rounding.
	if d := w.v.Dripping; w.now < d.Until {
		before, after := w.v.TotalAssets(w.now), w.v.TotalAssets(w.now.Add(vadium.Second))
		left, whole := uint64(vadium.Second), uint64(d.Until.Sub(max(d.From, w.now)))
		unvested := d.Locked.MustAdd(w.v.Senior).MustSub(before)
		most, _ := unvested.MulDivUp(amount(min(left, whole)), amount(whole))
		if jump := after.MustSub(before); most.MustAdd(amount(1)).Less(jump) {
			w.Fatalf("%v drips in within a second, want at most %v", jump, most)
		}
	}
}

func (w *world) openOrCloseCase() {
	if w.v.Cases > 0 {
		w.v.CloseCase()
	} else {
		w.v.OpenCase()
	}
}

func (w *world) slash() {
	x := w.amount("slash", w.v.Slashable().MustAdd(vadium.Tokens(1)))
	reserved := w.amount("reserved", w.v.Junior)
	var loss vaults.Loss
	juniorBefore := w.v.Junior.MustAdd(w.v.JuniorUnbonding.Assets)
	seniorBefore := w.v.Slashable().MustSub(juniorBefore)
	damages := rapid.Bool().Draw(w.T, "damages")
	if damages {
		loss = w.v.PlanDamages(w.now, x)
		if loss.Total() != vadium.Min(x, juniorBefore) || !loss.SeniorTotal().IsZero() {
			w.Fatalf("damages of %v take %+v from a junior of %v", x, loss, juniorBefore)
		}
	} else {
		loss = w.v.PlanPunitive(w.now, x, reserved)
		available := juniorBefore.SubFloor(reserved).MustAdd(seniorBefore.SubFloor(amount(1_000_000)))
		if loss.Total() != vadium.Min(x, available) { // V9
			w.Fatalf("a slash of %v takes %v of %v", x, loss.Total(), available)
		}
		if !loss.SeniorTotal().IsZero() && reserved.Less(juniorBefore.MustSub(loss.JuniorTotal())) { // V6
			w.Fatalf("the senior pays %v while the junior has %v left", loss.SeniorTotal(), juniorBefore.MustSub(loss.JuniorTotal()))
		}
	}
	worth := w.worth()
	w.sameShare("junior", loss.JuniorUnbonding, loss.JuniorTotal(), w.v.JuniorUnbonding.Assets, juniorBefore)
	w.sameShare("senior", loss.SeniorUnbonding, loss.SeniorTotal(), w.v.SeniorUnbonding.Assets, seniorBefore)
	w.v.ApplyLoss(w.now, loss)
	w.out = w.out.MustAdd(loss.Total())
	for i, after := range w.worth() { // V7
		if worth[i].Less(after) {
			w.Fatalf("a slash raised claim %d from %v to %v", i, worth[i], after)
		}
	}
}

// sameShare checks V5: who is leaving loses the same percentage as all do, within a unit.
func (w *world) sameShare(tranche string, leaving, all, leavingStake, stake vadium.Amount) {
	if stake.IsZero() {
		return
	}
	down, _ := all.MulDivDown(leavingStake, stake)
	up, _ := all.MulDivUp(leavingStake, stake)
	if leaving.Less(down) || up.Less(leaving) {
		w.Fatalf("leaving %s stake pays %v of %v, want %v to %v", tranche, leaving, all, down, up)
	}
}

// worth lists what every holding and redemption is worth.
func (w *world) worth() (list []vadium.Amount) {
	for _, owner := range w.v.Holders() {
		list = append(list, w.v.Rate(w.now).AssetsDown(w.v.SharesOf(owner)))
	}
	c := w.v.Clone()
	for c.Cases > 0 {
		c.CloseCase()
	}
	for _, l := range w.locks {
		c.Release(l)
	}
	for _, r := range c.Redemptions {
		assets, err := c.PlanClaim(vadium.Forever, r.ID)
		if err != nil {
			w.Fatalf("redemption %d with no case and no lock open: %v", r.ID, err)
		}
		list = append(list, assets)
	}
	return list
}

// balanced checks what holds after every step: V1, V2, V3, and that the vault is its encoding.
func (w *world) balanced() {
	if held := w.v.Held(w.now).MustAdd(w.out); held != w.in {
		w.Fatalf("holds and paid %v, received %v", held, w.in)
	}
	if err := w.v.Check(w.now); err != nil {
		w.Fatal(err)
	}
	raw := encoded(w, w.v)
	var back vaults.Vault
	if err := rlp.DecodeBytes(raw, &back); err != nil {
		w.Fatalf("decode: %v", err)
	}
	if !bytes.Equal(encoded(w, &back), raw) {
		w.Fatalf("a vault encodes to %x and back to %x", raw, encoded(w, &back))
	}
}

// The properties V1 to V13 of economics.md §3.7 over random lives of a vault; V8 is TestACloneSharesNothing, V13 is
// TestClaimsOfAnEmptiedPoolStayWorthless, V14 is TestFrozenSharesNeitherChangeHandsNorLeave. Package vaultstest holds the same
// from outside, transfers included, on every vault there is.
func TestEveryLifeOfAVaultKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{T: t, v: vaults.New(1, prover, 1_000, 0),
			put: map[vadium.Account]vadium.Amount{}, taken: map[vadium.Account]vadium.Amount{}}
		w.depositJunior()
		steps := []func(){
			w.depositJunior, w.depositSenior, w.depositSenior, w.depositSenior, w.reward, w.reward, w.redeem, w.redeem, w.redeemJunior,
			w.claim, w.claim, w.claimCommission, w.addLock, w.release, w.advance, w.advance, w.openOrCloseCase, w.slash,
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			rapid.SampledFrom(steps).Draw(t, "step")()
			w.balanced()
		}
	})
}

// PlanPenalty is PlanDamages, then PlanPunitive of the rest, with one look.
func TestAPenaltyIsItsDamagesThenItsPunitivePart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := vaults.New(1, prover, 0, 0)
		v.DepositJunior(amount(rapid.Uint64().Draw(t, "junior")))
		if r, err := v.PlanJuniorRedemption(amount(rapid.Uint64().Draw(t, "junior leaving")), 1); err == nil {
			v.ApplyRedemption(0, r)
		}
		v.DepositSenior(0, alice, amount(rapid.Uint64().Draw(t, "senior")), vadium.Tokens(1_000_000))
		v.ApplyReward(0, vaults.Reward{Senior: amount(rapid.Uint64().Draw(t, "dripping"))})
		now := vadium.Time(rapid.Int64Range(0, int64(8*vadium.Day)).Draw(t, "now"))
		damages, punitive := amount(rapid.Uint64().Draw(t, "damages")), amount(rapid.Uint64().Draw(t, "punitive"))
		reserved := amount(rapid.Uint64().Draw(t, "reserved"))

		before := encoded(t, v)
		forRequester, forOthers := v.PlanPenalty(now, damages, punitive, reserved)
		if !bytes.Equal(encoded(t, v), before) {
			t.Fatal("planning changed the vault")
		}
		wantRequester := v.PlanDamages(now, damages)
		v.ApplyLoss(now, wantRequester)
		wantOthers := v.PlanPunitive(now, punitive.MustAdd(damages.MustSub(wantRequester.Total())), reserved)
		if forRequester != wantRequester || forOthers != wantOthers {
			t.Fatalf("PlanPenalty = %+v and %+v, want %+v and %+v", forRequester, forOthers, wantRequester, wantOthers)
		}
		v.ApplyLoss(now, forOthers)
	})
}
