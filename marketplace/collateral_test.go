package marketplace_test

import (
	"encoding/hex"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// golden is a market in which carol stakes 100 gold at a price of 2, beside two provers that stake the market's own asset.
func golden(t *testing.T) *marketplacetest.World {
	t.Helper()
	w := marketplacetest.Ready(t, 2)
	w.Run("collateral gold cap=1000", "credit carol gold 200", "quote own 1", "quote gold 2", "vault carol 100 asset=gold",
		"serve carol membership 10s", "ask carol standard 5 slots=50", "ask carol none 5 slots=50")
	w.Wait(vadium.Day)
	w.Run("quote own 1", "quote gold 2")
	return w
}

func vaultOf(w *marketplacetest.World, name string) *vaults.Vault {
	return w.State.VaultOf(marketplacetest.Account(name))
}

// economics.md §4.3: a price counts for 15 minutes, the last millisecond included. After that stake in the asset is assigned
// nothing new, and says why; the market's own asset goes on, and nobody loses anything for it.
func TestStalePriceKeepsStakeInOtherAssetsOutAndSlashesNobody(t *testing.T) {
	w := golden(t)
	fresh, stale := w.Fork(), w.Fork()
	fresh.Skip(15 * vadium.Minute)
	fresh.Run("submit alice r cap=4")
	if a := fresh.Request("r").Attempts[0]; a.Vault != vaultOf(w, "carol").ID {
		t.Errorf("a price 15 minutes old: vault %d, want carol's", a.Vault)
	}
	stale.Skip(15*vadium.Minute + 1)
	stale.Run("submit alice r cap=4")
	if a := stale.Request("r").Attempts[0]; a.Vault == vaultOf(w, "carol").ID {
		t.Error("a price 15 minutes and a millisecond old still backs a lock")
	}
	for _, st := range stale.State.Standings(stale.Request("r"), stale.Now, false) {
		if want := st.Ask.Prover == marketplacetest.Account("carol"); (st.Bar == marketplace.BarUnpriced) != want {
			t.Errorf("%v: bar %q", st.Ask.Prover, st.Bar)
		}
		if st.Bar == marketplace.BarUnpriced && !st.Free.IsZero() {
			t.Errorf("%s tokens are free at an unknown price", st.Free.Tokens())
		}
	}
	stale.Run("submit alice alone cap=4 allow=carol")
	if got := stale.Request("alone").Phase; got != marketplace.PhaseOpen {
		t.Errorf("with nobody else the request is %v, want open", got)
	}
	stale.Wait(2 * vadium.Hour)
	if r := stale.Request("alone"); !strings.Contains(r.Reason, string(marketplace.BarUnpriced)) {
		t.Errorf("it ended with %q, which does not say why", r.Reason)
	}
	for id, v := range stale.State.Vaults() {
		if v.Junior != vadium.Tokens(100) {
			t.Errorf("vault %d has %s tokens, want all of its 100", id, v.Junior.Tokens())
		}
	}
}

// Without quorum a price is not known, however young it is.
func TestPriceWithoutQuorumBacksNothing(t *testing.T) {
	w := golden(t)
	w.Skip(vadium.Minute)
	w.Run("quote gold 2 quorum=no", "submit alice r cap=4")
	if a := w.Request("r").Attempts[0]; a.Vault == vaultOf(w, "carol").ID {
		t.Error("a price that too few sources agreed on backs a lock")
	}
}

// Brevis weakness 2, in another asset: stake that locks need does not leave before they end, at the price of now and with the
// margin; and while nobody knows the price, none leaves.
func TestStakeInAnotherAssetStaysAsLongAsLocksNeedIt(t *testing.T) {
	w := golden(t)
	w.Run("submit alice r cap=4", "accept carol r")
	v := vaultOf(w, "carol")
	lock, _ := w.State.LockOf(w.Request("r").ID, 0)
	most := v.Junior.MustSub(lock.Amount)
	for _, c := range []struct {
		name   string
		leaves vadium.Amount
		want   error
	}{
		{"all but the lock", most.MustSub(vadium.NewAmount(1_000_000_000_000_000)), nil}, // sums need some millionths more
		{"a unit of the lock", most.MustAdd(vadium.NewAmount(1)), vaults.ErrStakeLocked},
		{"everything", v.Junior, vaults.ErrStakeLocked},
	} {
		if err := w.State.CheckLeaving(v, true, c.leaves, w.Now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	fallen := w.Fork()
	fallen.Skip(vadium.Minute)
	fallen.Run("quote gold 1")
	if err := fallen.State.CheckLeaving(vaultOf(fallen, "carol"), true, most.MustSub(lock.Amount), fallen.Now); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("at half the price, all but the lock of before: %v, want %v", err, vaults.ErrStakeLocked)
	}
	w.Skip(15*vadium.Minute + 1)
	if err := w.State.CheckLeaving(v, true, vadium.NewAmount(1), w.Now); !errors.Is(err, risk.ErrStalePrice) {
		t.Errorf("a unit at an unknown price: %v, want %v", err, risk.ErrStalePrice)
	}
	if err := w.State.CheckLeaving(vaultOf(w, "prover1"), true, vadium.Tokens(100), w.Now); err != nil {
		t.Errorf("stake in the market's own asset: %v", err)
	}
}

// Brevis weakness 1, in another asset: however little of a dear token a promise comes to, and however large the vault, a fault
// takes it to the unit, and the requester gets its part.
func TestFaultOfALargeVaultInADearAssetIsNotRoundedAway(t *testing.T) {
	w := marketplacetest.Ready(t, 0)
	w.Run("collateral gold cap=1000000", "credit carol gold 1000000", "quote own 0.001", "quote gold 1000000000",
		"vault carol 1000000 asset=gold", "serve carol membership 10s", "ask carol standard 5 slots=2")
	w.Wait(vadium.Day)
	w.Run("quote own 0.001", "quote gold 1000000000", "submit alice r cap=4 in=1h", "accept carol r")
	w.Wait(2 * vadium.Hour)
	a := w.Request("r").Attempts[0]
	lost := vadium.Tokens(1_000_000).MustSub(vaultOf(w, "carol").Junior)
	if a.Slashed.IsZero() || lost != a.Slashed || a.Compensated != a.DamageCap || a.DamageCap.IsZero() {
		t.Errorf("of a lock of %v and a damage cap of %v, %v were taken, %v left the vault and %v are alice's", a.Lock, a.DamageCap, a.Slashed, lost, a.Compensated)
	}
	if got := w.State.BalanceIn(marketplacetest.Account("alice"), marketplacetest.Asset("gold")); got != a.DamageCap {
		t.Errorf("alice has %v units of gold, want %v", got, a.DamageCap)
	}
	if r := w.Request("r"); !r.Compensated.IsZero() {
		t.Errorf("alice's compensation in the market's own asset is %s, want none", r.Compensated.Tokens())
	}
}

// economics.md §4.5: from Amber on a lock covers a quarter more; at Red it takes at most a hundredth of its vault; at Halt
// there is none. What is open goes on, and stake in the market's own asset is not concerned.
func TestBreakerLimitsLocksAcrossAssetsOnly(t *testing.T) {
	lockAt := func(level risk.Level, stake string) (marketplace.Attempt, *marketplacetest.World) {
		w := golden(t)
		w.Run("credit carol gold "+stake, "junior carol "+stake)
		w.State.SetBreaker(level)
		w.Unchecked = true // the breaker was not set by an event
		w.Run("submit alice r cap=4")
		return w.Request("r").Attempts[0], w
	}
	green, _ := lockAt(risk.Green, "1")
	amber, _ := lockAt(risk.Amber, "1")
	if want := green.Lock.BpsUp(12_500); amber.Lock != want || amber.DamageCap != green.DamageCap {
		t.Errorf("at amber: a lock of %s for a damage cap of %s, want %s for %s", amber.Lock.Tokens(), amber.DamageCap.Tokens(), want.Tokens(), green.DamageCap.Tokens())
	}
	for _, c := range []struct {
		level risk.Level
		stake string
		wins  bool
	}{{risk.Red, "1", false}, {risk.Red, "800", true}, {risk.Halt, "800", false}} {
		a, w := lockAt(c.level, c.stake)
		if wins := a.Prover == marketplacetest.Account("carol"); wins != c.wins {
			t.Errorf("at %v with %s more gold: carol wins is %t, want %t", c.level, c.stake, wins, c.wins)
		}
		for _, st := range w.State.Standings(w.Request("r"), w.Now, true) {
			if st.Ask.Prover == marketplacetest.Account("carol") && !c.wins && st.Bar != marketplace.BarSecurity {
				t.Errorf("at %v carol's bar is %q", c.level, st.Bar)
			}
		}
	}
}

// A damage cap is compared with what junior stakes cover, whatever they are in: 100 gold at 2 cover 200 tokens at 1, and cover
// nothing once nobody knows what they are worth.
func TestDamageCapIsComparedWithWhatStakeIsWorth(t *testing.T) {
	w := golden(t)
	w.Run("fund alice 1000")
	if err := w.Fork().Try("submit alice r cap=200.000000000000000001"); !errors.Is(err, marketplace.ErrDamageCapTooHigh) {
		t.Errorf("more than 100 gold are worth: %v, want %v", err, marketplace.ErrDamageCapTooHigh)
	}
	if err := w.Fork().Try("submit alice r cap=200"); err != nil {
		t.Errorf("what 100 gold are worth: %v", err)
	}
	w.Skip(15*vadium.Minute + 1)
	if err := w.Try("submit alice r cap=100.000000000000000001"); !errors.Is(err, marketplace.ErrDamageCapTooHigh) {
		t.Errorf("more than the provers of the market's own asset have, at an unknown price: %v, want %v", err, marketplace.ErrDamageCapTooHigh)
	}
}

// A promise whose value does not fit is refused, and not taken for one of nothing.
func TestPromiseWhoseValueDoesNotFitIsBackedByNothing(t *testing.T) {
	w := marketplacetest.Ready(t, 0)
	prices := []string{"quote own 1000000000000", "quote gold 1000000000000"}
	w.Run(append([]string{"collateral gold cap=1000", "credit carol gold 100"}, prices...)...)
	w.Run("vault carol 100 asset=gold", "serve carol membership 10s", "ask carol standard 5 capacity=2", "ask carol high 5 capacity=2")
	w.Wait(vadium.Day)
	w.Run(append(prices, "submit alice fits cap=4", "submit alice exceeds cap=30")...)
	if got := w.Request("fits").Phase; got != marketplace.PhaseAssigned {
		t.Errorf("9 tokens at 10^12 are %v, want assigned", got)
	}
	if got := w.Request("exceeds").Phase; got != marketplace.PhaseOpen {
		t.Errorf("35 tokens at 10^12 are %v, want open", got)
	}
}

// A promise counts at the high price of the market's own asset, and stake at the lowest of late: one good quote after a bad one
// frees nothing.
func TestLockGoesByTheCautiousSideOfBothPrices(t *testing.T) {
	lockAfter := func(lines ...string) vadium.Amount {
		w := golden(t)
		for _, line := range lines {
			w.Skip(vadium.Second)
			w.Run(line)
		}
		w.Run("submit alice r cap=4 allow=carol")
		return w.Request("r").Attempts[0].Lock
	}
	usual := lockAfter()
	if got, want := lockAfter("quote own 1 confidence=10000"), usual.BpsUp(10_100); got != want {
		t.Errorf("when the fee may be worth a hundredth more: a lock of %s, want %s", got.Tokens(), want.Tokens())
	}
	if got, want := lockAfter("quote gold 1", "quote gold 2"), usual.BpsUp(20_000); got != want {
		t.Errorf("after gold was at half its price for a second: a lock of %s, want %s", got.Tokens(), want.Tokens())
	}
}

// A quote counts free stake by its worth and asks every vault whether it would back the request.
func TestQuotedCoverIsWhatAClearingGives(t *testing.T) {
	w := golden(t)
	v, end := vaultOf(w, "carol"), w.Now.Add(vadium.Hour)
	if got := w.State.FreeWorth(v, w.Now); got != vadium.Tokens(200) {
		t.Errorf("100 gold at 2 are worth %s tokens, want 200", got.Tokens())
	}
	lock := vaults.Lock{Amount: vadium.Tokens(150), DamageCap: vadium.Tokens(100)}
	if err := w.State.CheckCover(v, lock, end, w.Now); err != nil {
		t.Errorf("a lock of 150: %v", err)
	}
	lock.Amount = vadium.Tokens(180) // within what the gold is worth, without the margin
	if err := w.State.CheckCover(v, lock, end, w.Now); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("a lock of 180: %v, want %v", err, vaults.ErrStakeLocked)
	}
	if err := w.State.CheckCover(vaultOf(w, "prover1"), lock, end, w.Now); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("a lock of 180 on 100 of the market's own asset: %v, want %v", err, vaults.ErrStakeLocked)
	}
	later := w.Now.Add(15*vadium.Minute + 1)
	if err := w.State.CheckCover(v, vaults.Lock{Amount: vadium.Tokens(1)}, end, later); !errors.Is(err, risk.ErrStalePrice) {
		t.Errorf("at an unknown price: %v, want %v", err, risk.ErrStalePrice)
	}
	if got := w.State.FreeWorth(v, later); !got.IsZero() {
		t.Errorf("at an unknown price %s tokens are free, want none", got.Tokens())
	}
	w.State.SetBreaker(risk.Halt)
	if err := w.State.CheckCover(v, vaults.Lock{Amount: vadium.Tokens(1)}, end, w.Now); !errors.Is(err, risk.ErrHalted) {
		t.Errorf("at halt: %v, want %v", err, risk.ErrHalted)
	}
}

// D17: the stake behind the market is counted per asset, after its haircut and no more than its market takes, so that the
// crash of one token leaves what the others secure as it was.
func TestOneTokensCrashLeavesWhatOthersSecure(t *testing.T) {
	w := golden(t)
	w.Run("collateral silver haircut=2000 cap=50", "credit dora silver 50", "quote silver 4 depth=100", "vault dora 50 asset=silver")
	gold, silver := marketplacetest.Asset("gold"), marketplacetest.Asset("silver")
	secures := func(a risk.Asset) risk.Value {
		v, ok := w.State.Secures(a)
		if !ok {
			t.Errorf("what asset %v secures is not known", a)
		}
		return v
	}
	if got := secures(gold); got != 100_000_000 { // 100 at 2, half of it
		t.Errorf("gold secures %d, want 100,000,000", got)
	}
	if got := secures(silver); got != 100_000_000 { // 50 at 4, less a fifth, and the market takes 100
		t.Errorf("silver secures %d, want 100,000,000", got)
	}
	w.Skip(vadium.Hour)
	w.Run("quote gold 0.02", "quote silver 4 depth=1000")
	if g, s := secures(gold), secures(silver); g != 1_000_000 || s != 160_000_000 {
		t.Errorf("after gold's crash: %d and %d, want 1,000,000 and 160,000,000", g, s)
	}
	if _, ok := w.State.Secures(marketplacetest.Asset("tin")); ok {
		t.Error("an asset the market does not take secures something")
	}
}

// An account that has nothing but collateral has money in the market, and is no stranger.
func TestCollateralCountsAsMoneyInTheMarket(t *testing.T) {
	w := golden(t)
	dora := marketplacetest.Account("dora")
	w.Run("credit dora gold 0.000000000000000001")
	if !w.State.Funded(dora) {
		t.Error("with a unit of gold an account is unfunded")
	}
	w.Run("withdraw dora 0.000000000000000001 asset=gold")
	if w.State.Funded(dora) {
		t.Error("with nothing an account is funded")
	}
}

// While the market is paused money comes and goes and prices are published; nothing is assigned.
func TestPausedMarketStillTakesPricesAndCollateral(t *testing.T) {
	w := golden(t)
	w.Run("pause", "credit carol gold 1", "withdraw carol 1 asset=gold")
	w.Skip(vadium.Minute)
	w.Run("quote gold 1.9")
	if err := w.Try("collateral gold cap=1"); !errors.Is(err, marketplace.ErrPaused) {
		t.Errorf("a new registry: %v, want %v", err, marketplace.ErrPaused)
	}
}

// What a lock rests on stays: its asset's entry, and the feed its price comes from, also when a slash has left the vault
// nothing.
func TestFeedDoesNotChangeUnderOpenLocks(t *testing.T) {
	w := golden(t)
	if err := w.Fork().Try("collateral gold cap=1000 feed=other"); err != nil {
		t.Errorf("without locks: %v", err)
	}
	w.Run("submit alice r cap=4")
	if err := w.Fork().Try("collateral gold cap=1000 feed=other"); !errors.Is(err, marketplace.ErrCollateralInUse) {
		t.Errorf("with a lock: %v, want %v", err, marketplace.ErrCollateralInUse)
	}
	if err := w.Fork().Try("collateral gold cap=1 haircut=9000"); err != nil {
		t.Errorf("a lower cap and a larger haircut: %v", err)
	}
}

// journal fsck finds whatever is wrong with money or locks in another asset.
func TestWhatIsWrongWithOtherAssetsIsFound(t *testing.T) {
	w := golden(t)
	w.Run("submit alice r cap=4")
	gold, carol := marketplacetest.Asset("gold"), marketplacetest.Account("carol")
	for name := range w.State.Spoil(gold, 3, carol) {
		spoilt := w.Fork().State
		if err := spoilt.CheckInvariants(); err != nil {
			t.Fatal(err)
		}
		spoilt.Spoil(gold, 3, carol)[name]()
		if spoilt.CheckInvariants() == nil {
			t.Errorf("%s: nothing is found", name)
		}
	}
}

// A snapshot from before there were other assets restores, to the digest it had; and every row that came since counts in the
// digest.
func TestSnapshotOfBeforeOtherAssetsRestores(t *testing.T) {
	file, err := os.ReadFile("testdata/snapshot-older.golden")
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile(`(?s)^digest (\S+)\n(.*)$`).FindStringSubmatch(string(file))
	snapshot, err := hex.DecodeString(strings.NewReplacer(" ", "", "\n", "").Replace(parts[2]))
	if err != nil {
		t.Fatal(err)
	}
	old, err := marketplace.Restore(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if got := old.Digest().String(); got != parts[1] {
		t.Errorf("restored: digest %s, want %s", got, parts[1])
	}
	if err := old.CheckInvariants(); err != nil {
		t.Error(err)
	}
	w := marketplacetest.Ready(t, 1)
	digests := []vadium.Digest{w.State.Digest()}
	for _, line := range []string{
		"collateral gold cap=1000", "credit carol gold 200", "quote own 1", "quote gold 2", "vault carol 100 asset=gold", "withdraw carol 100 asset=gold",
	} {
		w.Run(line)
		digest := w.State.Digest()
		if slices.Contains(digests, digest) {
			t.Errorf("%q does not count in the digest", line)
		}
		if digest != w.State.DigestAnew() {
			t.Errorf("after %q the digest is another than computed anew", line)
		}
		digests = append(digests, digest)
	}
	w.CheckReplay()
}

// economics.md §4.3: matured stake in another asset leaves only when it is known that no lock needs it. Once nothing is locked
// it leaves whatever is known of its price.
func TestClaimOfStakeInAnotherAssetWaitsForItsLocksAndForAPrice(t *testing.T) {
	w := golden(t)
	w.Run("submit alice r fee=40 cap=30 in=168h deny=prover1,prover2", "accept carol r", "redeem-junior carol 65", "redeem-junior carol 5")
	w.Skip(14 * vadium.Day) // the market is away, and the request's deadline moves
	w.Must(w.Send(marketplace.Resume()))
	if err := w.Try("collect carol carol 2"); !errors.Is(err, risk.ErrStalePrice) {
		t.Errorf("a claim at an unknown price: %v, want %v", err, risk.ErrStalePrice)
	}
	w.Run("quote own 1", "quote gold 1.9") // the lock, made at 2, needs a twentieth more now
	lock, _ := w.State.LockOf(w.Request("r").ID, 0)
	v := vaultOf(w, "carol")
	if left := v.Slashable().MustSub(vadium.Tokens(65)); left.Less(lock.Amount) {
		t.Fatalf("%s tokens would be left for a lock of %s: the vault itself refuses the claim", left.Tokens(), lock.Amount.Tokens())
	}
	if err := w.Try("collect carol carol 1"); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("a claim of what the lock needs at the price of now: %v, want %v", err, vaults.ErrStakeLocked)
	}
	w.Run("collect carol carol 2", "deliver carol r", "verdict carol r valid")
	w.Skip(vadium.Hour)
	w.Run("collect carol carol 1")
	w.CheckReplay()
}
