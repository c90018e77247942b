package marketplace_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/journal"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// short returns a market whose prover1 has been called, an hour ago at most: 20 tokens of its own and 180 delegated backed a
// week's locks of 153, and a fault took 6.0833 of its own, which count for ten times that.
func short(t testing.TB) *marketplacetest.World {
	t.Helper()
	p := marketplacetest.ScenarioParams()
	p.HeartbeatWithin = vadium.Hour
	w := marketplacetest.Open(t, p)
	w.DigestEvery = 16
	w.Run("fund alice 600", "fund carol 180", "fund prover1 220", "program membership", "vault prover1 20", "delegate carol prover1 180",
		"serve prover1 membership 10s", "ask prover1 standard 2 slots=4", "submit alice large fee=300 cap=1 in=7d", "accept prover1 large",
		"submit alice job fee=2 cap=1 in=6d", "accept prover1 job",
		"submit alice small fee=10 cap=5 in=10m", "accept prover1 small", "at next-mark")
	if got := locksOf(w).Stage; got != risk.Called {
		t.Fatalf("the vault is %v, want called", got)
	}
	return w
}

func locksOf(w *marketplacetest.World) risk.Call {
	return w.State.Backing(w.State.VaultOf(marketplacetest.Account("prover1")).ID).Calls.Locks
}

func riskOf(t testing.TB, w *marketplacetest.World, name string) marketplace.VaultRisk {
	t.Helper()
	r, known := w.State.RiskOf(w.State.VaultOf(marketplacetest.Account(name)).ID)
	if !known {
		t.Fatalf("%s has no risk", name)
	}
	return r
}

// Z11: every edge of the ladder, on both sides of its instant, and the way back from every stage but the last. The market
// marks on the hour, so a late tick stands for the millisecond after a deadline.
func TestLadderEdges(t *testing.T) {
	const day, hour = vadium.Day, vadium.Hour
	stages := []struct {
		stage risk.Stage
		after vadium.Duration // of the call's opening: the stage's own last instant
		next  risk.Stage
		state marketplace.ProverState // in the next stage
	}{
		{risk.Called, 2 * day, risk.Reduced, marketplace.StateActive},
		{risk.Reduced, 4 * day, risk.Suspended, marketplace.StateSuspended},
		{risk.Suspended, 7 * day, risk.Excluded, marketplace.StateExcluded},
	}
	w := short(t)
	opened := locksOf(w).Opened
	for _, s := range stages {
		w.Until(opened.Add(s.after))
		if got := locksOf(w); got.Stage != s.stage || got.Deadline() != w.Now {
			t.Fatalf("in the last instant of %v: %v until %d, now is %d", s.stage, got.Stage, got.Deadline(), w.Now)
		}

		cured := w.Fork()
		missing := riskOf(t, cured, "prover1").Calls[0].Missing.Stake
		one, _ := missing.MulDivUp(vadium.NewAmount(1), vadium.NewAmount(10)) // a token of its own counts for ten
		almost := w.Fork()
		almost.Must(almost.Do("prover1", marketplace.DepositJunior{Amount: one.MustSub(vadium.NewAmount(1))}))
		if got := locksOf(almost).Stage; got != s.stage {
			t.Errorf("%v, all but a base unit of what is missing posted: %v", s.stage, got)
		}
		cured.Must(cured.Do("prover1", marketplace.DepositJunior{Amount: one}))
		if got, r := locksOf(cured).Stage, riskOf(t, cured, "prover1"); got != risk.Met || !r.MayTake || r.State != marketplace.StateActive || len(r.Calls) > 0 {
			t.Errorf("%v and cured: %v, %v, takes %v", s.stage, got, r.State, r.MayTake)
		}

		late := w.Fork()
		late.Skip(hour + vadium.Millisecond) // the tick of the next hour
		late.Until(late.Now)
		if got, state := locksOf(late).Stage, riskOf(t, late, "prover1").State; got != s.next || state != s.state {
			t.Errorf("a mark after the last instant of %v: %v and %v, want %v and %v", s.stage, got, state, s.next, s.state)
		}
		w.Wait(hour)
	}
	w.Run("fund prover1 1000")
	if err := w.Try("junior prover1 500"); !errors.Is(err, marketplace.ErrProverLeaving) {
		t.Errorf("an excluded prover posts everything: %v, want %v", err, marketplace.ErrProverLeaving)
	}
	w.Run("wait 2h")
	if got, r := locksOf(w).Stage, riskOf(t, w, "prover1"); got != risk.Excluded || r.State != marketplace.StateExcluded {
		t.Errorf("an excluded prover that wanted to post everything is %v and %v", got, r.State)
	}
	w.CheckReplay()
}

// Z10: half-way through its grace, half of what is missing is required, rounded up.
func TestGlideIsHalfWayAtHalfTime(t *testing.T) {
	w := short(t)
	c := locksOf(w)
	half := c.Glide.Start.Add(c.Glide.End.Sub(c.Glide.Start) / 2)
	from, to := c.Glide.From.Stake, c.Glide.To.Stake
	want, _ := to.MustAdd(from).MulDivUp(vadium.NewAmount(1), vadium.NewAmount(2))
	if got := c.Glide.At(half).Stake; got != want || !from.Less(got) || !got.Less(to) {
		t.Errorf("half-way from %v to %v: %v, want %v", from, to, got, want)
	}
	if c.Glide.End.Sub(c.Glide.Start) != 48*vadium.Hour {
		t.Errorf("the grace is %s, want 48 h", marketplacetest.Length(c.Glide.End.Sub(c.Glide.Start)))
	}
}

// Z11: commission is diverted only from Reduced on, by the part that is missing and at most by half, and not to anybody.
func TestCommissionIsDivertedWhileStakeIsMissing(t *testing.T) {
	for _, c := range []struct {
		wait    string
		diverts bool
	}{{"1h", false}, {"50h", true}} {
		w := short(t)
		w.Run("wait " + c.wait)
		v := w.State.VaultOf(marketplacetest.Account("prover1"))
		posted, need := risk.Cover{Stake: v.Effective(w.Now), Junior: v.Junior}, locksOf(w).Glide.At(w.Now)
		held := v.Held(w.Now)
		w.Run("deliver prover1 job")
		records := w.Must(w.Send(marketplace.Command{Body: marketplace.Conclude{
			Request: w.Request("job").ID, Proof: w.Request("job").Attempts[0].Pending[0].Proof, Verdict: marketplace.VerdictValid,
		}}))
		var commission, diverted, accrued vadium.Amount
		for _, record := range records {
			switch e := record.Event.(type) {
			case *marketplace.RewardsAccrued:
				commission, accrued = e.Reward.Commission, e.Reward.Total()
			case *marketplace.CommissionDiverted:
				diverted = e.Amount
			}
		}
		share := posted.Shortfall(need)
		most := vadium.Min(commission.BpsUp(min(share, 5_000)), need.Stake.SubFloor(posted.Stake))
		if !diverted.IsZero() != c.diverts || most.Less(diverted) || commission.IsZero() {
			t.Errorf("after %s: %s of %s tokens of commission diverted, at most %s are allowed", c.wait, diverted.Tokens(), commission.Tokens(), most.Tokens())
		}
		if v := w.State.VaultOf(marketplacetest.Account("prover1")); v.Held(w.Now) != held.MustAdd(accrued) {
			t.Errorf("after %s the vault holds %s tokens, want what it held and what it earned", c.wait, v.Held(w.Now).Tokens())
		}
	}
}

// A market marks on the hour and only then, whatever else goes on; while it is paused it does not, and afterwards what it
// missed is one mark.
func TestMarksComeOnTheHour(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("wait 2m")
	marks := func(records []marketplace.Record) (at []vadium.Time) {
		for _, r := range records {
			if _, marked := r.Event.(*marketplace.EpochMarked); marked {
				at = append(at, r.At)
			}
		}
		return at
	}
	next := (w.Now/vadium.Time(vadium.Hour) + 1) * vadium.Time(vadium.Hour)
	if got := marks(w.Until(next - 1)); len(got) > 0 {
		t.Errorf("marked at %v, before the hour %d", got, next)
	}
	if got := marks(w.Until(next)); !slices.Equal(got, []vadium.Time{next}) {
		t.Errorf("marked at %v, want at %d", got, next)
	}
	w.Run("pause")
	if got := marks(w.Wait(3 * vadium.Hour)); len(got) > 0 {
		t.Errorf("marked at %v while paused", got)
	}
	w.Run("unpause")
	if got := marks(w.Wait(vadium.Minute)); len(got) != 1 {
		t.Errorf("%d marks after a pause of three hours, want one", len(got))
	}
	if got, want := w.State.NextDeadline(), w.Now.Add(2*vadium.Hour); got.After(want) {
		t.Errorf("the next deadline is %d, want before %d", got, want)
	}
	w.CheckReplay()
}

// What is due first happens first: a request's deadline before the hour, the hour before what comes after it.
func TestMarkTakesItsTurn(t *testing.T) {
	for _, c := range []struct {
		wait  string
		first string
	}{{"59m29.999s", "AssignmentEnded"}, {"59m30s", "EpochMarked"}} { // the accept window is in time for half a minute
		w := marketplacetest.Ready(t, 1)
		w.Run("wait "+c.wait, "submit alice r in=20m", "skip 2m")
		var order []string
		for _, r := range w.Until(w.Now) {
			order = append(order, marketplace.KindOf(r.Event))
		}
		if got := strings.Join(order, " "); order[0] != c.first || !strings.Contains(got, "EpochMarked") || !strings.Contains(got, "AssignmentEnded") {
			t.Errorf("after %s: %s; want %s first", c.wait, got, c.first)
		}
	}
}

// A market from before there were marks begins with them, and so does one that is never idle.
func TestMarksBeginByThemselves(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	if n := w.State.Network(); n.Measures.Epoch != 0 {
		t.Fatalf("marked already: %+v", n)
	}
	idle := w.Fork()
	idle.Wait(vadium.Minute)
	if n := idle.State.Network(); n.Measures.Epoch != risk.EpochAt(idle.Now) || n.Measures.Health != vadium.BpsOne || n.Measures.Entry.Factor != vadium.BpsOne {
		t.Errorf("an idle market's first mark is %+v", n.Measures)
	}
	for i := 0; w.State.Network().Measures.Epoch == 0; i++ { // something every half minute, so that it never says that it lives
		if w.Now.After(marketplacetest.Start.Add(3 * vadium.Day)) {
			t.Fatal("a busy market is never marked")
		}
		w.Wait(30 * vadium.Second)
		w.Run(fmt.Sprintf("fund alice 1 reference=%d", i))
	}
}

// Raising the minimum calls every vault below it. A tick moves as many calls as fit a batch of the journal, and the next
// one goes on at once.
func TestManyCallsAtOnceFitTheJournal(t *testing.T) {
	w := marketplacetest.Ready(t, 0)
	w.Unchecked, w.DigestEvery = true, 0
	const vaults = 2_500
	for i := range vaults {
		name := fmt.Sprint("prover", i)
		w.Run("fund "+name+" 10", "vault "+name+" 10")
	}
	w.Run("wait 2m")
	p := w.State.Params()
	p.MinJunior = vadium.Tokens(20)
	records := w.Must(w.Do("operator", marketplace.SetParams{Params: p}))
	called := 0
	for ticks := 0; ; ticks++ {
		size := 0
		for _, r := range records {
			encoded, err := rlp.EncodeToBytes(r)
			if err != nil {
				t.Fatal(err)
			}
			size += len(encoded)
			if e, moved := r.Event.(*marketplace.CallMoved); moved && e.Calls.Entry.Stage == risk.Called {
				called++
			}
		}
		if size > journal.MaxPayload/2 {
			t.Errorf("a batch has %d bytes, want at most half of %d", size, journal.MaxPayload)
		}
		if called == vaults {
			break
		}
		if ticks == 3 || w.State.NextDeadline().After(w.Now) {
			t.Fatalf("after %d ticks %d of %d vaults are called, and the next deadline is %d", ticks, called, vaults, w.State.NextDeadline())
		}
		records = w.Tick()
	}
	for id := range w.State.Vaults() {
		if b := w.State.Backing(id); b == nil || b.Calls.Entry.Glide.To.Junior != vadium.Tokens(20) {
			t.Fatalf("vault %d is not called for 20 tokens: %+v", id, b)
		}
	}
	if n := w.State.Network(); n.Measures.From != 0 {
		t.Errorf("the mark is not over: %+v", n.Measures)
	}
	w.CheckReplay()
}

// Brevis 7 (peers.md §6): a pause there stops settlement and not the deadline. Here a pause freezes what risk has of deadlines: calls and jail terms move by its length (cases and incidents have their own test).
func TestPauseFreezesRisk(t *testing.T) {
	const gap = 3 * vadium.Day
	w := short(t)
	account := marketplacetest.Account("prover1")
	v := w.State.VaultOf(account).ID
	until := w.Now.Add(5 * vadium.Day)
	w.State.Apply(marketplace.Record{Seq: w.State.NextSeq(), At: w.Now, Event: &marketplace.ProverMoved{
		Prover: account, Vault: v, From: marketplace.StateActive, To: marketplace.StateJailed, Cause: marketplace.CauseGrave, Until: until,
	}})
	before := locksOf(w)
	w.Unchecked = true
	w.Run("pause")
	w.Skip(gap)
	w.Run("unpause")
	after := locksOf(w)
	if after.Opened != before.Opened.Add(gap) || after.Glide.End != before.Glide.End.Add(gap) || after.Stage != before.Stage {
		t.Errorf("a call of %+v is %+v after a pause of three days", before, after)
	}
	if got := w.State.Prover(account).Status.Until; got != until.Add(gap) {
		t.Errorf("the jail term ends at %d, want %d", got, until.Add(gap))
	}
}

// The network's numbers are those of its vaults, and vaults' those of their locks (D11, D16).
func TestRiskAsPeopleSeeIt(t *testing.T) {
	w := short(t)
	r, n := riskOf(t, w, "prover1"), w.State.NetworkRisk()
	left := vadium.Tokens(139_167).BpsDown(10) // ten times what the fault left of its own: 20 - 5 - 1.0833
	if r.Coverage != risk.Coverage(left, vadium.Tokens(153)) || n.Coverage != r.Coverage || n.Locked != r.Locked || n.Profit != vadium.Tokens(2) {
		t.Errorf("the vault says %+v, the network %+v", r, n)
	}
	if n.Cost != n.Stake || !n.Sound || n.Level != risk.Green || n.LSR != ^vadium.Bps(0) || n.EntryMinimum != vadium.Tokens(10) {
		t.Errorf("the network says %+v", n)
	}
	if len(r.Calls) != 1 || r.Calls[0].For != "locks" || r.Calls[0].Missing.Stake != vadium.Tokens(153).MustSub(left) || r.MayTake || !r.Known {
		t.Errorf("the vault says %+v", r)
	}
	if _, known := w.State.RiskOf(99); known {
		t.Error("there is a risk of vault 99")
	}
	if n.Health != 9_716 { // one of one failed: a day halves what it counts
		t.Errorf("health is %d, want 9716", n.Health)
	}
}

// D12: a vault that serves three classes of work or more keeps three fifths of its stake from each; one that serves two has
// nothing to keep it for. All tiers of one size are one class: the same programs run in them.
func TestVaultKeepsStakeForItsOtherWork(t *testing.T) {
	for _, c := range []struct {
		name  string
		sizes []uint8 // of asks besides the two tiers for the program
		tiers bool    // and asks in the other latency tiers
		bar   marketplace.Bar
	}{
		{"one class", nil, false, marketplace.BarNone},
		{"one class in every latency tier", nil, true, marketplace.BarNone},
		{"two classes", []uint8{30}, false, marketplace.BarNone},
		{"three classes", []uint8{30, 31}, false, marketplace.BarConcentrated},
	} {
		w := marketplacetest.Ready(t, 1)
		for _, tier := range []auction.Tier{auction.Standard, auction.Bulk} {
			for product := range w.State.Books() {
				if product.Tier = tier; c.tiers {
					w.Must(w.Do("prover1", marketplace.PlaceAsk{
						Product: product, Price: vadium.Tokens(1), Slots: 1, Capacity: 1, ETA: vadium.Second, StandUntil: w.Now.Add(vadium.Day),
					}))
				}
			}
		}
		for _, size := range c.sizes {
			w.Must(w.Do("prover1", marketplace.PlaceAsk{
				Product: auction.Product{Size: size, Tier: auction.Immediate}, Price: vadium.Tokens(1), Slots: 1, Capacity: 1, ETA: vadium.Second,
				StandUntil: w.Now.Add(vadium.Day),
			}))
		}
		// The vault has 100: 40 may be locked of one class, to the base unit.
		for _, of := range []struct {
			fee string
			bar marketplace.Bar
		}{{"80", marketplace.BarNone}, {"80.000000000000000002", c.bar}} {
			try := w.Fork()
			try.Run("submit alice r fee=" + of.fee)
			assigned := try.Request("r").Phase == marketplace.PhaseAssigned
			if assigned != (of.bar == marketplace.BarNone) {
				t.Errorf("%s, a fee of %s: assigned %v", c.name, of.fee, assigned)
			}
			if standings := try.State.Standings(try.Request("r"), try.Now, false); !assigned && standings[0].Bar != of.bar {
				t.Errorf("%s, a fee of %s: the bar is %q", c.name, of.fee, standings[0].Bar)
			}
		}
		if len(c.sizes) == 2 {
			w.Must(w.Do("prover1", marketplace.WithdrawAsk{Product: auction.Product{Size: 31, Tier: auction.Immediate}}))
			w.Run("submit alice r fee=90")
			if got := w.Request("r").Phase; got != marketplace.PhaseAssigned {
				t.Errorf("with two classes left the request is %v", got)
			}
		}
		w.CheckReplay()
	}
}

// I4: where four provers serve a class, whoever holds a third of it and sixteen assignments competes with a handicap of a half:
// work goes to others who ask little more, and stays where nobody does.
func TestNoProverIsAClassOfWork(t *testing.T) {
	for _, c := range []struct {
		name  string
		asks  []string
		least int
		most  int
	}{
		{"three provers", []string{"1", "1.1", "1.2"}, 64, 64},
		{"four provers", []string{"1", "1.1", "1.2", "1.3"}, 16, 22},
		{"four provers, three of them dear", []string{"1", "1.6", "1.7", "1.8"}, 64, 64},
	} {
		w := marketplacetest.Ready(t, 0)
		w.DigestEvery = 64
		w.Run("fund alice 1000")
		for i, ask := range c.asks {
			name := fmt.Sprint("prover", i+1)
			w.Run("fund "+name+" 1000", "vault "+name+" 1000", "serve "+name+" membership 10s", fmt.Sprintf("ask %s none %s slots=64", name, ask))
		}
		w.Run("at epoch-end")
		held := map[vadium.Account]int{}
		for i := range 64 {
			name := fmt.Sprint("r", i)
			w.Run("submit alice " + name + " fee=10")
			held[w.Request(name).Attempts[0].Prover]++
		}
		if first := held[marketplacetest.Account("prover1")]; first < c.least || first > c.most {
			t.Errorf("%s: the cheapest holds %d of 64 requests, want %d to %d", c.name, first, c.least, c.most)
		}
	}
}

// Whatever others have assigned of a class, and whoever asks in it, an honest prover keeps what it is cheapest for: neither
// requests of next to nothing nor asks that nobody would take keep anybody out.
func TestNobodyIsShutOutOfAClassByOthers(t *testing.T) {
	dust := marketplacetest.Ready(t, 6)
	dust.DigestEvery = 64
	dust.Run("fund alice 1000", "fund mallory 1")
	for i := range 6 {
		dust.Run(fmt.Sprintf("ask prover%d none 0.0001 slots=1000", i+1))
	}
	dust.Wait(vadium.Day + vadium.Hour)
	for i := range 96 {
		dust.Run(fmt.Sprintf("submit mallory d%d fee=0.001 allow=prover%d in=7d", i, i%6+1))
	}
	dust.Run("submit alice after fee=10")
	if got := dust.Request("after").Phase; got != marketplace.PhaseAssigned {
		t.Errorf("after requests of next to nothing one of 10 tokens is %v", got)
	}

	for name, steps := range map[string][]string{
		"dear asks":        {"ask %s none 100000000"},
		"asks of the past": {"ask %s none 9.99", "exit %s"},
	} {
		w := marketplacetest.Ready(t, 1)
		w.DigestEvery = 64
		w.Run("fund alice 100000", "fund prover1 10000", "junior prover1 10000", "ask prover1 none 1 slots=1000")
		for i := range 3 {
			sybil := fmt.Sprint("sybil", i)
			w.Run("fund "+sybil+" 10", "vault "+sybil+" 10")
			for _, step := range steps {
				w.Run(fmt.Sprintf(step, sybil))
			}
		}
		w.Wait(vadium.Day + vadium.Hour)
		for i := range 40 {
			id := fmt.Sprint("r", i)
			w.Run("submit alice " + id + " fee=10")
			if got := w.Request(id).Phase; got != marketplace.PhaseAssigned {
				t.Fatalf("%s: request %d is %v", name, i, got)
			}
		}
	}
}

// I1: cheating in everything a vault backs costs a tenth more than it gains, though invalid proofs have used up that tenth
// of its other locks.
func TestCheatingNeverPays(t *testing.T) {
	w := marketplacetest.Ready(t, 0)
	w.Run("params maxDeliveries=16", "fund alice 900", "fund prover1 100", "vault prover1 100", "serve prover1 membership 10s", "ask prover1 high 1 slots=16",
		"at epoch-end")
	bars := map[marketplace.Bar]int{}
	const failing = 5
	for i := range failing {
		w.Run(fmt.Sprintf("submit alice r%d fee=1 cap=10 in=7d", i), fmt.Sprintf("accept prover1 r%d", i))
	}
	for i := range failing * 15 {
		w.Run(fmt.Sprintf("deliver prover1 r%d", i%failing), fmt.Sprintf("verdict prover1 r%d invalid", i%failing))
	}
	w.Skip(slashing.JailTerm) // for its strikes; what it was assigned before is in grace by then
	w.Run("wait 0s", "release prover1")
	for i := range 20 {
		name := fmt.Sprint("r", failing+i)
		w.Run(fmt.Sprintf("submit alice %s fee=1 cap=10 in=2h", name))
		if r := w.Request(name); r.Phase == marketplace.PhaseAssigned {
			w.Run("accept prover1 " + name)
			continue
		}
		for _, st := range w.State.Standings(w.Request(name), w.Now, false) {
			bars[st.Bar]++
		}
		w.Run("cancel alice " + name)
	}
	v := w.State.VaultOf(marketplacetest.Account("prover1"))
	if v.LockCount <= failing || v.LockTotal.Cmp(v.DamageCapTotal.BpsUp(11_000)) >= 0 || v.DamageCapTotal.BpsUp(11_000).Cmp(v.Slashable()) > 0 {
		t.Errorf("%d locks of %s tokens with caps of %s on %s", v.LockCount, v.LockTotal.Tokens(), v.DamageCapTotal.Tokens(), v.Slashable().Tokens())
	}
	if bars[marketplace.BarCorruptible] == 0 {
		t.Errorf("nothing was kept out for what cheating would gain, but %v", bars)
	}
}

// Brevis 14 (peers.md §6): at their default of 5 % overcommitment, 2,000 tokens back 21,000 of assigned stake. Here a prover
// with slots for everything is assigned what its stake covers, and when it fails all of it at once every requester is paid
// in full, out of stake of its own.
func TestBrevis14StakeIsNeverOvercommitted(t *testing.T) {
	w := marketplacetest.Ready(t, 0)
	w.DigestEvery = 16
	w.Run("fund alice 900", "fund carol 900", "fund prover1 100", "vault prover1 100", "delegate carol prover1 900", "serve prover1 membership 10s",
		"ask prover1 high 1 slots=64", "at epoch-end")
	for i := range 40 {
		name := fmt.Sprint("r", i)
		w.Run("submit alice "+name+" fee=1 cap=10 in=1h", "fund alice 1 reference="+name)
		if w.Request(name).Phase == marketplace.PhaseAssigned {
			w.Run("accept prover1 " + name)
		}
	}
	r := riskOf(t, w, "prover1")
	if r.Coverage < vadium.BpsOne || r.Locked.IsZero() {
		t.Fatalf("coverage is %d bps of %s tokens locked", r.Coverage, r.Locked.Tokens())
	}
	w.Run("wait 3h")
	failed := 0
	for i := range 40 {
		r := w.Request(fmt.Sprint("r", i))
		if len(r.Attempts) == 0 {
			continue
		}
		failed++
		if r.Phase != marketplace.PhaseFailed || r.Compensated != vadium.Tokens(10) {
			t.Errorf("%d of the requests that failed: %v, its requester got %s tokens, want 10", failed, r.Phase, r.Compensated.Tokens())
		}
	}
	if failed != 10 {
		t.Errorf("%d requests with a damage cap of 10 were backed by 100 tokens of its own, want 10", failed)
	}
	if v := w.State.VaultOf(marketplacetest.Account("prover1")); !v.Junior.IsZero() || v.Senior.Less(vadium.Tokens(890)) {
		t.Errorf("the prover has %s tokens of its own left, delegators %s: damages are the prover's own", v.Junior.Tokens(), v.Senior.Tokens())
	}
}

// Brevis 13 (peers.md §6): bids there reserve nothing, so over-bidding is free. Here asks reserve nothing either, and so a
// clearing counts what is free at its own instant: one command that serves three requests sees what the first two took.
func TestBrevis13ConcurrentWinsShareOneStake(t *testing.T) {
	w := marketplacetest.Ready(t, 0)
	w.Run("fund alice 400", "fund prover1 130", "vault prover1 130", "serve prover1 membership 10s", "ask prover1 standard 200 slots=8", "at epoch-end",
		"submit alice first fee=100 cap=10 in=48h", "submit alice second fee=100 cap=10 in=48h", "submit alice third fee=100 cap=10 in=48h",
		"ask prover1 standard 1 slots=8", "at epoch-end") // from here the lower ask counts for all three
	var assigned []string
	for _, name := range []string{"first", "second", "third"} {
		if len(w.Request(name).Attempts) > 0 {
			assigned = append(assigned, name)
		}
	}
	if r := riskOf(t, w, "prover1"); fmt.Sprint(assigned) != "[first second]" || r.Locked != vadium.Tokens(120) {
		t.Errorf("%v are backed by %s tokens, of which %s are locked", assigned, r.Effective.Tokens(), r.Locked.Tokens())
	}
	w.CheckReplay()
}
