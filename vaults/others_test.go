package vaults_test

import (
	"math/big"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// What other systems publish, beside what a vault here does: the same to the unit where it is the same rule, and without the
// weakness where it is not.

// Symbiotic's onSlash is our junior's: stake that stays pays its part rounded down, stake that leaves the rest. A withdrawal that
// its epochs spare is one that has been claimed here. The remainder, which Symbiotic moves to whichever withdrawals have room, is
// shared by all who leave, in proportion.
func TestSlashesTakeWhatSymbioticsDo(t *testing.T) {
	var cases []struct {
		Active, Withdrawals uint64
		Next                uint64 `json:"next_withdrawals"`
		Amount              uint64
		Previous            bool `json:"capture_in_previous_epoch"`
		Slashed             uint64
		ActiveAfter         uint64 `json:"active_after"`
		WithdrawalsAfter    uint64 `json:"withdrawals_after"`
		NextAfter           uint64 `json:"next_after"`
	}
	group(t, "symbiotic_onslash", &cases)
	for i, c := range cases {
		v := vaults.New(1, prover, 0, 0)
		v.DepositJunior(amount(c.Active + c.Withdrawals + c.Next))
		for _, leaving := range []uint64{c.Withdrawals, c.Next} {
			if r, err := v.PlanJuniorRedemption(amount(leaving), 0); err == nil {
				v.ApplyRedemption(0, r)
			} else if leaving > 0 {
				t.Fatal(err)
			}
		}
		spared := uint64(0)
		if !c.Previous {
			if got := claim(t, v, 0, 1); got != amount(c.Withdrawals) {
				t.Errorf("case %d: the withdrawal before is paid %v, want %d", i, got, c.Withdrawals)
			}
			spared = c.WithdrawalsAfter
		}
		pool := v.JuniorUnbonding
		loss := v.PlanDamages(0, amount(c.Amount))
		v.ApplyLoss(0, loss)
		checked(t, v, 0)
		if loss.Total() != amount(c.Slashed) || v.Junior != amount(c.ActiveAfter) || v.JuniorUnbonding.Assets != amount(c.WithdrawalsAfter+c.NextAfter-spared) {
			t.Errorf("case %d: slashed %v, %v stays and %v leaves, want %d, %d and %d", i,
				loss.Total(), v.Junior, v.JuniorUnbonding.Assets, c.Slashed, c.ActiveAfter, c.WithdrawalsAfter+c.NextAfter-spared)
		}
		for _, r := range v.Redemptions { // each of those who leave within a unit of the same percentage
			exact, _ := r.PoolShares.MulDivDown(v.JuniorUnbonding.Assets, pool.Shares)
			if got, err := v.PlanClaim(0, r.ID); err != nil || got != exact {
				t.Errorf("case %d: redemption %d is worth %v, %v, want %v", i, r.ID, got, err, exact)
			}
		}
	}
}

// A drip within a window is xERC4626's cycle, to the unit. What differs is the window: there a reward a second before the end of a
// cycle is paid out within that second, here its own window has hardly begun, and whoever comes for it gets a second's part.
func TestADripIsACycleThatNobodyCanSnipe(t *testing.T) {
	var cases []struct {
		Sync  vadium.Time   `json:"sync_at"`
		End   vadium.Time   `json:"cycle_end"`
		T     vadium.Time   `json:"t"`
		Total vadium.Amount `json:"total_assets"`
	}
	group(t, "xerc4626_cycle", &cases)
	reward := vadium.Tokens(4).BpsDown(1_000)
	for i, c := range cases {
		v := &vaults.Vault{Senior: vadium.Tokens(1), Dripping: vaults.Drip{Locked: reward, From: c.Sync, Until: c.End}}
		if got := v.TotalAssets(c.T); got != c.Total {
			t.Errorf("case %d: total assets = %v, want %v", i, got, c.Total)
		}
		if c.Sync != c.T { // from here on the cycle is ours, in seconds
			continue
		}
		const second = vadium.Time(vadium.Second)
		v = vaults.New(1, prover, 0, 0)
		v.DepositJunior(vadium.Tokens(1))
		deposit(t, v, 0, alice, vadium.Tokens(1))
		// A drip of a unit ends where the cycle does; the reward comes as late as in the case.
		v.Dripping = vaults.Drip{Locked: amount(1), From: 0, Until: c.End * second}
		now := c.Sync * second
		in := vadium.Tokens(100)
		shares := deposit(t, v, now, bob, in)
		v.ApplyReward(now, vaults.Reward{Senior: reward})
		end := c.End * second
		checked(t, v, end)
		out := v.Rate(end).AssetsDown(shares)
		part, _ := reward.MulDivUp(amount(uint64(end-now)), amount(uint64(vaults.DripWindow)-uint64(vadium.Second)))
		if in.MustAdd(part).MustAdd(amount(1)).Less(out) {
			t.Errorf("case %d: %v in at %d s is %v at %d s, want at most %v more", i, in, c.Sync, out, c.End, part)
		}
		if gain := out.SubFloor(in); c.End-c.Sync == 1 && reward.BpsDown(1).Less(gain) {
			t.Errorf("case %d: a second earns %v of a reward of %v", i, gain, reward)
		}
	}
}

// bond is what n keys need on Lido's curve, whose intervals are the first key and what each costs from it on.
func bond(intervals []interval, n uint64) *big.Int {
	sum := zero()
	for key := uint64(1); key <= n; key++ {
		var trend vadium.Amount
		for _, i := range intervals {
			if i.from <= key {
				trend = i.trend
			}
		}
		sum = plus(sum, big256(trend))
	}
	return sum
}

type interval struct {
	from  uint64
	trend vadium.Amount
}

// Lido's bond falls by the key; our locks do not. The bond for n keys covers n assignments that need the first key's bond each only
// in the first interval: beyond it CheckLock refuses what the curve would admit, and coverage is what the discount left open.
func TestLocksHaveNoDiscountForMany(t *testing.T) {
	var cases []struct {
		Intervals [][2]any
		Amount    *vadium.Amount
		Keys      uint64
		Bond      *vadium.Amount
		MinBonds  []vadium.Amount `json:"min_bonds"`
	}
	group(t, "lido_csm_bond_curve", &cases)
	for i, c := range cases {
		var intervals []interval
		for _, pair := range c.Intervals {
			intervals = append(intervals, interval{uint64(pair[0].(float64)), parse(t, pair[1].(string))})
		}
		switch {
		case c.MinBonds != nil:
			for j, want := range c.MinBonds {
				if got := bond(intervals, intervals[j].from); got.Cmp(big256(want)) != 0 {
					t.Errorf("case %d: interval %d begins at %v, want %v", i, j, got, want)
				}
			}
			continue
		case c.Amount != nil:
			if big256(*c.Amount).Cmp(bond(intervals, c.Keys)) < 0 || big256(*c.Amount).Cmp(bond(intervals, c.Keys+1)) >= 0 {
				t.Errorf("case %d: %v is not for %d keys", i, *c.Amount, c.Keys)
			}
		default:
			if got := bond(intervals, c.Keys); got.Cmp(big256(*c.Bond)) != 0 {
				t.Errorf("case %d: the bond for %d keys is %v, want %v", i, c.Keys, got, *c.Bond)
			}
			c.Amount = c.Bond
		}
		// The same stake, as a junior, and assignments that each need what one key does.
		v, first := vaults.New(1, prover, 0, 0), vaults.Lock{Amount: intervals[0].trend, DamageCap: intervals[0].trend}
		v.DepositJunior(*c.Amount)
		slots := uint64(0)
		for v.CheckLock(0, first) == nil {
			v.AddLock(first)
			slots++
		}
		want := new(big.Int).Div(big256(*c.Amount), big256(first.Amount)).Uint64()
		if slots != want || slots > c.Keys {
			t.Errorf("case %d: %v covers %d assignments, want %d; Lido's curve admits %d", i, *c.Amount, slots, want, c.Keys)
		}
		if c.Keys > slots { // what its discount leaves open
			needed, _ := first.Amount.MulDivUp(amount(c.Keys), amount(1))
			if got := risk.Coverage(*c.Amount, needed); got >= vadium.BpsOne {
				t.Errorf("case %d: %v covers %d keys at %d bps", i, *c.Amount, c.Keys, got)
			}
		}
	}
}

// Brevis converts a slash to whole basis points, keeps two books that round apart, and refuses at a floor. Ours takes 100 tokens as
// 100 tokens, pays the last claim, and can slash a tenth as often as it likes.
func TestNoneOfBrevisPitfallsIsHere(t *testing.T) {
	var cases []struct {
		Vault, Amount vadium.Amount
		Expected      struct {
			Bps uint64
		}
		Case           string
		Tracked        *uint64 `json:"tracked_total"`
		Effective      uint64
		Count, Scale   uint64
		VaultUnstaking uint64 `json:"unstaking"`
	}
	group(t, "brevis_slash_pitfalls", &cases)
	for i, c := range cases {
		v := vaults.New(1, prover, 0, 0)
		switch {
		case !c.Vault.IsZero():
			bps, _ := c.Amount.MulDivDown(amount(10_000), c.Vault)
			if bps != amount(c.Expected.Bps) {
				t.Errorf("case %d: Brevis slashes %v bps, want %d", i, bps, c.Expected.Bps)
			}
			v.DepositJunior(c.Vault)
			if loss := v.PlanPunitive(0, c.Amount, vadium.Amount{}); loss.Total() != c.Amount {
				t.Errorf("case %d: a slash of %v takes %v", i, c.Amount, loss.Total())
			}
		case c.Tracked != nil:
			// Theirs: what is tracked is floored with each slash, the claim once, at the end.
			tracked, claimed := uint64(2), 2*9_999*9_999/100_000_000
			for range 2 {
				tracked = tracked * 9_999 / 10_000
			}
			if tracked != *c.Tracked || uint64(claimed) != c.Effective {
				t.Errorf("case %d: Brevis tracks %d and owes %d, want %d and %d", i, tracked, claimed, *c.Tracked, c.Effective)
			}
			// Ours: 2 units leave a large vault, which is slashed by a basis point twice, and the last claim is paid.
			v.DepositJunior(vadium.Tokens(1).MustAdd(amount(2)))
			r, err := v.PlanJuniorRedemption(amount(2), 0)
			if err != nil {
				t.Fatal(err)
			}
			v.ApplyRedemption(0, r)
			for range 2 {
				v.ApplyLoss(0, v.PlanPunitive(0, v.Slashable().BpsUp(1), vadium.Amount{}))
				checked(t, v, 0)
			}
			pool := v.JuniorUnbonding.Assets
			if got := claim(t, v, 0, r.ID); got != pool || !v.JuniorUnbonding.Shares.IsZero() {
				t.Errorf("case %d: the last claim pays %v of %v", i, got, pool)
			}
		default:
			scale, count := uint64(10_000), uint64(0)
			for scale*9/10 >= 2_000 {
				scale, count = scale*9/10, count+1
			}
			if count != c.Count || scale != c.Scale {
				t.Errorf("case %d: Brevis slashes %d times, to %d, want %d and %d", i, count, scale, c.Count, c.Scale)
			}
			v = staked(t, 1_000, 4_000)
			for range 20 * c.Count {
				before := v.Slashable()
				tenth := before.BpsDown(1_000)
				v.ApplyLoss(0, v.PlanPunitive(0, tenth, vadium.Amount{}))
				if checked(t, v, 0); v.Slashable() != before.MustSub(tenth) {
					t.Fatalf("case %d: a tenth of %v is %v, and %v is left", i, before, tenth, v.Slashable())
				}
			}
		}
	}
}

// Pyth rewards y*min(S,C), here all of a reward is the prover's when nobody delegates; it slashes 5 % at most, which is our cap of
// minor faults; and it slashes everybody by the same percentage, which we do within a tranche, while the prover pays first.
func TestRewardsAndSlashesAreThoseOfPythsExamples(t *testing.T) {
	var cases []struct {
		Self, Delegated uint64
		Rate            vadium.Bps `json:"rate_bps"`
		Pool            uint64     `json:"pool_reward"`
		Publisher       uint64     `json:"publisher_reward"`
		PoolTotal       uint64     `json:"pool_total"`
		MaxSlashBps     vadium.Bps `json:"max_slash_bps"`
		MaxSlash        uint64     `json:"max_slash"`
		Slash           vadium.Bps `json:"slash_bps"`
		SelfAfter       uint64     `json:"self_after"`
		DelegatedAfter  uint64     `json:"delegated_after"`
	}
	group(t, "pyth_ois", &cases)
	for i, c := range cases {
		v := vaults.New(1, prover, 0, 0)
		switch {
		case c.Pool > 0:
			v.DepositJunior(amount(c.Self))
			reward := amount(c.Self).BpsDown(c.Rate)
			if r := v.PlanReward(0, reward, 0); reward != amount(c.Pool) || r.Junior != amount(c.Publisher) || r.Total() != reward {
				t.Errorf("case %d: a reward of %v is %+v, want %d for the prover", i, reward, r, c.Publisher)
			}
		case c.MaxSlash > 0:
			v.DepositJunior(amount(c.PoolTotal))
			loss := v.PlanPunitive(0, amount(c.PoolTotal).BpsUp(c.MaxSlashBps), vadium.Amount{})
			if loss.Total() != amount(c.MaxSlash) {
				t.Errorf("case %d: %d bps of %d are %v, want %d", i, c.MaxSlashBps, c.PoolTotal, loss.Total(), c.MaxSlash)
			}
		default:
			// Within a tranche: what stays is their self-stake, what leaves is what others delegated.
			v.DepositJunior(amount(c.Self + c.Delegated))
			r, err := v.PlanJuniorRedemption(amount(c.Delegated), 1)
			if err != nil {
				t.Fatal(err)
			}
			v.ApplyRedemption(0, r)
			v.ApplyLoss(0, v.PlanPunitive(0, amount(c.Self+c.Delegated).BpsUp(c.Slash), vadium.Amount{}))
			if v.Junior != amount(c.SelfAfter) || v.JuniorUnbonding.Assets != amount(c.DelegatedAfter) {
				t.Errorf("case %d: %v and %v are left, want %d and %d", i, v.Junior, v.JuniorUnbonding.Assets, c.SelfAfter, c.DelegatedAfter)
			}
			// Between tranches: the prover pays all of it.
			v = vaults.New(1, prover, 0, 0)
			v.DepositJunior(vadium.Tokens(c.Self))
			deposit(t, v, 0, alice, vadium.Tokens(c.Delegated))
			v.ApplyLoss(0, v.PlanPunitive(0, vadium.Tokens(c.Self+c.Delegated).BpsUp(c.Slash), vadium.Amount{}))
			lost := c.Self + c.Delegated - c.SelfAfter - c.DelegatedAfter
			if v.Junior != vadium.Tokens(c.Self-lost) || v.Senior != vadium.Tokens(c.Delegated) {
				t.Errorf("case %d: prover and delegators have %s and %s tokens, want %d and %d", i, v.Junior.Tokens(), v.Senior.Tokens(), c.Self-lost, c.Delegated)
			}
		}
	}
}
