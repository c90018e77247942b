package marketplace_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults"
)

const proverStates = marketplace.StateTombstoned + 1

// pathTo leads an active prover to each state.
var pathTo = map[marketplace.ProverState][]string{
	marketplace.StateNull: {
		"moved prover1 tombstoned insolvent", "collect prover1 prover1 2", "deliver prover1 accepted", "verdict prover1 accepted valid", "decline prover1 offered",
		"redeem-junior prover1 all", "skip 336h", "resume", "collect prover1 prover1 3", "release prover1",
	},
	marketplace.StateActive:     nil,
	marketplace.StateSuspended:  {"moved prover1 suspended called"},
	marketplace.StateJailed:     {"moved prover1 jailed grave for=1h"},
	marketplace.StateExcluded:   {"moved prover1 suspended called", "moved prover1 excluded called"},
	marketplace.StateExiting:    {"exit prover1"},
	marketplace.StateTombstoned: {"moved prover1 tombstoned insolvent"},
}

// standing returns a market whose prover1 stands somewhere, with assignments it was given before and delegators, and its
// prover2 ready to take its place.
func standing(t *testing.T, state marketplace.ProverState) *marketplacetest.World {
	t.Helper()
	w := marketplacetest.Ready(t, 2)
	w.Run("fund carol 100", "fund prover1 20", "fund prover2 20", "delegate carol prover1 50", "redeem carol prover1 5", "redeem-junior prover1 5", "ask prover1 standard 6 slots=9",
		"at epoch-end", "skip 336h", "resume", "ask prover1 standard 6 slots=9", "ask prover2 standard 9 slots=9",
		"submit alice offered cap=4", "submit alice accepted cap=4", "accept prover1 accepted")
	w.Run(pathTo[state]...)
	if got := w.State.Prover(marketplacetest.Account("prover1")).State(); got != state {
		t.Fatalf("prover1 is %v, want %v", got, state)
	}
	return w
}

// moreOf are the commands that a prover's state might concern.
var moreOf = []string{
	"accept prover1 offered", "decline prover1 offered", "dispute prover1 offered", "heartbeat prover1 accepted", "resign prover1 accepted",
	"deliver prover1 accepted", "submit alice next cap=4", "ask prover1 standard 5", "unask prover1 standard", "serve prover1 membership 9s", "drop prover1 membership",
	"vault prover1 10", "exit prover1", "release prover1", "release prover1 by=prover1", "junior prover1 1", "delegate carol prover1:1 1",
	"redeem-junior prover1 1", "redeem carol prover1:1 1", "collect prover1 prover1:1 2", "collect carol prover1:1 1", "transfer carol prover1:1 bob 1",
	"approve carol prover1:1 bob 1", "claim prover1 1", "commission prover1 7999", "withdraw prover1 1",
}

// Every state with every command and every cause, held against a table that people can read.
func TestEveryCommandAndCauseInEveryProverState(t *testing.T) {
	var b strings.Builder
	b.WriteString("Every way a prover can go, and whether it can bring it about by itself.\n\n")
	for _, m := range marketplace.Moves() {
		own := ""
		if m.Own {
			own = "  by itself"
		}
		fmt.Fprintf(&b, "  %-10v -> %-10v  %v%s\n", m.From, m.To, m.Cause, own)
	}
	b.WriteString("\nWhat each command does in each state of its prover: the state it leads to (or who is assigned), or why it is refused.\n")
	for state := range proverStates {
		start := standing(t, state)
		fmt.Fprintf(&b, "\n%v\n", state)
		for _, line := range moreOf {
			w := start.Fork()
			err := w.Try(line)
			outcome := fmt.Sprint(w.State.Prover(marketplacetest.Account("prover1")).State())
			if err != nil {
				outcome = "refused: " + string(kindOf(t, err))
			} else if strings.HasPrefix(line, "submit") {
				outcome = map[vadium.Account]string{
					marketplacetest.Account("prover1"): "prover1 is assigned", marketplacetest.Account("prover2"): "prover2 is assigned",
				}[w.Request("next").Attempts[0].Prover]
			}
			fmt.Fprintf(&b, "  %-30s %s\n", line, outcome)
			w.Run("wait 1h")
			for _, r := range []string{"offered", "accepted"} {
				if !w.Request(r).Phase.Final() && len(w.Request(r).Attempts[0].Pending) == 0 {
					t.Errorf("%v, %s: an hour later request %s is still %v", state, line, r, w.Request(r).Phase)
				}
			}
		}
		checkCauses(t, start, state)
	}
	compare(t, "testdata/states.golden", b.String())
}

// checkCauses sees that the market moves a prover for a cause exactly as the table says, and that a record of another move
// is taken for a broken journal.
func checkCauses(t *testing.T, start *marketplacetest.World, from marketplace.ProverState) {
	t.Helper()
	prover := marketplacetest.Account("prover1")
	for to := range proverStates {
		for why := marketplace.CauseOpened; why <= marketplace.Causes(); why++ {
			legal := slices.ContainsFunc(marketplace.Moves(), func(m marketplace.Move) bool { return m.From == from && m.To == to && m.Cause == why })
			events := marketplace.TryMove(start.State, prover, to, why)
			// Where a prover stays where it is, only another cause is worth a record.
			want := legal && (from != to || start.State.Prover(prover).Status.Cause != why)
			if moved := len(events) == 1; moved != want || len(events) > 1 {
				t.Errorf("%v to %v because %v: %d events, want it moved: %t", from, to, why, len(events), want)
			}
			w := start.Fork()
			record := marketplace.Record{Seq: w.State.NextSeq(), At: w.State.Now(), Event: &marketplace.ProverMoved{Prover: prover, Vault: 1, From: from, To: to, Cause: why}}
			func() {
				defer func() {
					if refused := recover() != nil; refused == legal {
						t.Errorf("a record of %v to %v because %v: refused %t, want %t", from, to, why, refused, !legal)
					}
				}()
				w.State.Apply(record)
			}()
		}
	}
}

// Brevis (4): a jailed prover freed itself by being slashed once more. Here, whatever is walked over the table that the
// holder can bring about leads from Jailed and Tombstoned nowhere.
func TestBrevisWeakness4NoPathOutOfJailIsTheProversOwn(t *testing.T) {
	for _, from := range []marketplace.ProverState{marketplace.StateJailed, marketplace.StateTombstoned} {
		reached := map[marketplace.ProverState]bool{from: true}
		for range proverStates {
			for _, m := range marketplace.Moves() {
				if reached[m.From] && m.Own {
					reached[m.To] = true
				}
			}
		}
		if len(reached) > 1 {
			t.Errorf("from %v a prover gets to %v by itself", from, reached)
		}
		for _, m := range marketplace.Moves() {
			if m.From == from && m.To != marketplace.StateTombstoned && m.Cause != marketplace.CauseReleased {
				t.Errorf("%v ends with %v because %v, want only what the operator does", from, m.To, m.Cause)
			}
		}
	}
}

// The same with what the market decides: a prover signs whatever it likes, for weeks, and stays where it is.
func TestBrevisWeakness4NoCommandsOfTheProverLeadOutOfJail(t *testing.T) {
	for _, state := range []marketplace.ProverState{marketplace.StateJailed, marketplace.StateTombstoned} {
		for seed := range uint64(4) {
			random := rand.New(rand.NewPCG(seed, uint64(state)))
			w := standing(t, state)
			w.DigestEvery = 17
			prover := marketplacetest.Account("prover1")
			offered, accepted := w.Request("offered").ID, w.Request("accepted").ID
			done := map[string]int{}
			for range 250 {
				v := w.State.VaultOf(prover)
				some := func(most vadium.Amount) vadium.Amount {
					part, _ := most.MulDivDown(vadium.NewAmount(random.Uint64N(5)), vadium.NewAmount(4))
					return part
				}
				bodies := []marketplace.Body{
					marketplace.OpenVault{Junior: vadium.Tokens(10), Commission: 100}, marketplace.ExitMarket{}, marketplace.ReleaseProver{Prover: prover, Reason: "please"},
					marketplace.DepositJunior{Amount: some(w.State.Balance(prover))}, marketplace.DepositSenior{Vault: v.ID, Assets: vadium.Tokens(1)},
					marketplace.RedeemJunior{Amount: some(v.Junior)}, marketplace.RedeemShares{Vault: v.ID, Shares: some(v.SharesOf(prover))},
					marketplace.ClaimRedemption{Vault: v.ID, Redemption: random.Uint64N(v.LastRedemption + 1)}, marketplace.ClaimCommission{Amount: some(v.CommissionDue)},
					marketplace.SetCommission{Commission: vadium.Bps(random.Uint32N(9_600))}, marketplace.WithdrawBalance{Amount: some(w.State.Balance(prover))},
					marketplace.PlaceAsk{
						Product: auction.Product{Size: 14, Stake: auction.StakeTier(random.IntN(3))}, Price: vadium.Tokens(5), Slots: 9, Capacity: 9,
						ETA: vadium.Second, StandUntil: w.Now.Add(vadium.Day),
					},
					marketplace.AcceptRequest{Request: offered}, marketplace.DeclineRequest{Request: offered}, marketplace.DisputeInput{Request: offered},
					marketplace.Resign{Request: accepted}, marketplace.SendHeartbeat{Request: accepted},
					marketplace.Deliver{Request: accepted, Proof: marketplacetest.Proof("p")}, marketplace.Unpause{}, marketplace.SetParams{Params: w.State.Params()},
				}
				body := bodies[random.IntN(len(bodies))]
				if _, err := w.Do("prover1", body); err == nil {
					done[fmt.Sprintf("%T", body)]++
				}
				if len(w.Request("accepted").Attempts[0].Pending) > 0 && random.IntN(2) == 0 {
					_ = w.Try("verdict prover1 accepted invalid")
				}
				if random.IntN(8) == 0 {
					w.Skip(vadium.Duration(random.Int64N(int64(3 * vadium.Day))))
					w.Must(w.Send(marketplace.Resume()))
				}
				if random.IntN(16) == 0 {
					w.Wait(10 * vadium.Minute)
				}
				if got := w.State.Prover(prover).State(); got != state {
					t.Fatalf("seed %d: %T led from %v to %v", seed, body, state, got)
				}
			}
			if len(done) < 5 {
				t.Errorf("seed %d: only %v were carried out: the search is too shallow", seed, done)
			}
		}
	}
}

// Brevis (5): a winner that was deactivated in the middle could not settle a valid proof, and was slashed for it. Here a
// prover in any state accepts, delivers and is paid in full, what it had accepted before and what it had only been offered.
func TestBrevisWeakness5AProverInAnyStateDeliversAndSettles(t *testing.T) {
	for state := marketplace.StateActive; state < proverStates; state++ {
		w := standing(t, state)
		before := w.State.Vault(1)
		had := vadium.Sum(before.Junior, before.CommissionDue, before.Senior, before.Dripping.Locked)
		w.Run("heartbeat prover1 accepted", "deliver prover1 accepted", "verdict prover1 accepted valid", "accept prover1 offered", "deliver prover1 offered",
			"verdict prover1 offered valid")
		var paid vadium.Amount
		for _, name := range []string{"accepted", "offered"} {
			r := w.Request(name)
			if r.Phase != marketplace.PhaseSettled || r.Attempts[0].Paid != r.Attempts[0].Price || !r.Attempts[0].Slashed.IsZero() {
				t.Errorf("%v: request %s is %v and paid %s of %s tokens", state, name, r.Phase, r.Attempts[0].Paid.Tokens(), r.Attempts[0].Price.Tokens())
			}
			paid = paid.MustAdd(r.Attempts[0].Paid.MustSub(r.Attempts[0].Paid.BpsDown(100)))
		}
		v := w.State.Vault(1)
		if has := vadium.Sum(v.Junior, v.CommissionDue, v.Senior, v.Dripping.Locked); has != had.MustAdd(paid) {
			t.Errorf("%v: the vault earned %s tokens, want %s", state, has.MustSub(had).Tokens(), paid.Tokens())
		}
		w.CheckReplay()
	}
}

// And it pays for what it does not deliver, from stake on its way out if there is no other.
func TestAProverInAnyStatePaysForItsFaults(t *testing.T) {
	for state := marketplace.StateActive; state < proverStates; state++ {
		w := standing(t, state)
		w.Run(fmt.Sprintf("redeem-junior prover1 %s", w.State.Vault(1).Junior.Tokens()), "at accepted.grace-end+1ms")
		if r := w.Request("accepted"); r.Compensated != vadium.Tokens(4) {
			t.Errorf("%v: the requester got %s tokens, want its damage cap of 4", state, r.Compensated.Tokens())
		}
	}
}

// A vault whose shares a slash leaves worth less than a billionth of a token tombstones its prover: deposits are closed,
// claims stay open, and whoever begins anew begins with another vault, whose shares have nothing to do with the old ones.
func TestInsolventVaultTombstonesItsProverAndIsNeverUsedAgain(t *testing.T) {
	w := standing(t, marketplace.StateActive)
	w.Run("deliver prover1 accepted", "verdict prover1 accepted valid")
	if events := marketplace.Solvency(w.State, 1); len(events) > 0 {
		t.Fatalf("a vault that is solvent moves its prover: %+v", events)
	}
	// What a case of severity 100 does; no fault of a request can take so much.
	v := w.State.Vault(1)
	loss := v.PlanPunitive(w.Now, vadium.Tokens(1_000_000), vadium.Amount{})
	w.Unchecked = true
	w.Record(&marketplace.Slashed{Request: w.Request("offered").ID, Vault: 1, Punitive: loss})
	events := marketplace.Solvency(w.State, 1)
	if len(events) != 1 {
		t.Fatalf("a vault whose shares are worth %s tokens causes %d events, want 1", w.State.Vault(1).Price(w.Now).Tokens(), len(events))
	}
	w.Record(events[0])
	if got := marketplace.Solvency(w.State, 1); len(got) > 0 {
		t.Errorf("it is tombstoned twice: %+v", got)
	}
	if err := w.Try("delegate carol prover1 10"); !errors.Is(err, vaults.ErrVaultClosed) {
		t.Errorf("delegating to it: %v, want %v", err, vaults.ErrVaultClosed)
	}
	w.Run("decline prover1 offered", "collect prover1 prover1 2", "collect carol prover1 1", "redeem carol prover1 all", "release prover1", "vault prover1 10")
	if p := w.State.Prover(marketplacetest.Account("prover1")); p.Vault != 3 || p.State() != marketplace.StateActive || !w.State.Vault(3).Shares.IsZero() {
		t.Errorf("it begins anew with vault %d, %v", p.Vault, p.State())
	}
	w.Skip(14 * vadium.Day)
	w.Must(w.Send(marketplace.Resume()))
	w.Run("collect carol prover1:1 3")
}

// A jailed prover is called for stake like any other, and its release does not excuse it: what it did not post by then suspends
// or excludes it at once, before anything that waits is assigned to it.
func TestReleasedProverStandsWhereItsCallsLeave(t *testing.T) {
	for _, c := range []struct {
		after vadium.Duration
		want  marketplace.ProverState
	}{
		{vadium.Day, marketplace.StateActive}, {5 * vadium.Day, marketplace.StateSuspended}, {9 * vadium.Day, marketplace.StateExcluded},
	} {
		w := short(t)
		w.Run("moved prover1 jailed grave for=1h")
		w.Until(locksOf(w).Opened.Add(c.after))
		w.Run("submit alice waits fee=2", "release prover1")
		events := w.Decided[len(w.Decided)-1]
		if got := w.State.Prover(marketplacetest.Account("prover1")).State(); got != c.want {
			t.Errorf("%s after its call opened the released prover is %v, want %v", marketplacetest.Length(c.after), got, c.want)
		}
		for _, e := range events {
			if _, assigned := e.(*marketplace.RequestAssigned); assigned && c.want != marketplace.StateActive {
				t.Errorf("%s after its call opened it is assigned a request: %+v", marketplacetest.Length(c.after), e)
			}
		}
		w.CheckReplay()
	}
}

// What is taken later leads where it would have led at once: a penalty that the bucket holds back jails a prover when it leaves
// less of its own stake than the minimum.
func TestPenaltyTakenLaterJailsLikeOneTakenAtOnce(t *testing.T) {
	w := marketplacetest.Open(t, marketplacetest.ScenarioParams())
	w.Run("fund alice 900", "fund prover1 15", "fund prover2 1000", "program membership", "vault prover1 15", "vault prover2 1000",
		"serve prover1 membership 10s", "serve prover2 membership 10s", "ask prover1 none 6", "ask prover2 none 6", "wait 1d",
		"submit alice r0 fee=200 allow=prover2", "accept prover2 r0", "at r0.grace-end+1ms",
		"submit alice r1 fee=30 allow=prover1", "accept prover1 r1", "at r1.grace-end+1ms")
	prover := func() *marketplace.Prover { return w.State.Prover(marketplacetest.Account("prover1")) }
	if v := w.State.Vault(1); prover().State() != marketplace.StateSuspended || v.Junior != vadium.Tokens(21).BpsDown(5_000) {
		t.Fatalf("after three tenths of 15 tokens were taken %s are left and the prover is %v, want 10.5 and suspended", v.Junior.Tokens(), prover().State())
	}
	w.Wait(vadium.Day)
	if v := w.State.Vault(1); prover().State() != marketplace.StateJailed || prover().Status.Cause != marketplace.CauseJuniorSpent || !v.Junior.Less(vadium.Tokens(10)) {
		t.Errorf("with %s tokens left it is %v: %v", v.Junior.Tokens(), prover().State(), prover().Status.Cause)
	}
}
