package marketplace_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// All copies of one submission are cleared as one auction: who wins, at what price, and who stands behind is what
// [auction.ClearSeveral] says over the asks that were eligible before the first of them was assigned.
func TestCopiesAreClearedAsOne(t *testing.T) {
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 6))
		provers := 1 + r.IntN(7)
		w := marketplacetest.Ready(t, provers)
		w.DigestEvery = 0
		for i := range provers {
			name := fmt.Sprintf("prover%d", i+1)
			w.Run(fmt.Sprintf("ask %s none %d", name, 4+r.IntN(5)))
			for range r.IntN(3) { // a history, by declining beyond the quota
				for range 4 {
					trial := fmt.Sprintf("t%d-%d", i, w.State.NextSeq())
					w.Run("submit alice "+trial+" fee=20 allow="+name, "decline "+name+" "+trial, "cancel alice "+trial)
				}
			}
		}
		w.Run("at epoch-end")
		n := 1 + r.Uint32N(marketplace.MaxCopies)
		alone := w.Fork()
		probe := alone.Submission("probe") // the same request, alone, to see the book by
		probe.Allow = []vadium.Account{marketplacetest.Account("nobody")}
		alone.Must(alone.Do("alice", probe))
		id := marketplacetest.Request("alice", "probe")
		seen := *alone.State.Request(id)
		seen.Allow, seen.Attempts = nil, nil

		w.Run(fmt.Sprintf("submit alice r fee=10 redundancy=%d", n))
		lead := w.Request("r")
		var candidates []auction.Candidate
		for _, st := range alone.State.Standings(&seen, alone.Now, false) {
			if st.Bar == marketplace.BarNone {
				position := lead.Position
				if n == 1 {
					position += 2 // of the assignment
				}
				candidates = append(candidates, auction.Candidate{
					Prover: st.Ask.Prover, Price: st.Ask.Price, Multiplier: st.Multiplier, Rank: auction.Rank(w.State.Market().Seed, position, st.Ask.Prover),
				})
			}
		}
		winners, ranked := auction.ClearSeveral(lead.Reserve, candidates, int(n), 2)
		for number := range n {
			one := w.State.Request(marketplace.CopyOf(lead.Requester, lead.ID, number+1))
			if int(number) >= len(winners) {
				if one.Phase != marketplace.PhaseOpen {
					t.Errorf("seed %d: copy %d of %d is %v, and there are %d winners", seed, number+1, n, one.Phase, len(winners))
				}
				continue
			}
			a := one.Attempts[0]
			if a.Prover != winners[number].Prover || a.Price != winners[number].Payment || !slices.Equal(one.Ranked, ranked) {
				t.Errorf("seed %d: copy %d of %d is %v's for %s with %v behind, want %v with %v", seed, number+1, n, a.Prover, a.Price.Tokens(), one.Ranked,
					winners[number], ranked)
			}
		}
	}
}

// Only the step of the schedule that is next, at its time and to its reserve, raises a reserve: any other record is noticed by
// whoever watches the journal and by whoever checks it against the rules.
func TestNothingButItsScheduleRaisesAReserve(t *testing.T) {
	w := marketplacetest.Ready(t, 2)
	w.Run("indexed prover1", "ask prover1 none 50", "ask prover2 none 50", "submit alice r fee=10 raises=1m:9,2m:10", "submit alice plain fee=10",
		"submit alice taken fee=60 raises=1m:59", "wait 1m")
	r, step := w.Request("r"), w.Request("r").Submitted.Add(2*vadium.Minute)
	if r.Raised != 1 || r.Reserve != vadium.Tokens(9) {
		t.Fatalf("after a minute the reserve is %s tokens, %d steps taken", r.Reserve.Tokens(), r.Raised)
	}
	right := marketplace.ReserveRaised{Request: r.ID, Step: 1, Reserve: vadium.Tokens(10)}
	unit := vadium.NewAmount(1)
	for name, c := range map[string]struct {
		at    vadium.Time
		spoil func(*marketplace.ReserveRaised)
		want  string
	}{
		"as signed":            {step, func(*marketplace.ReserveRaised) {}, ""},
		"a millisecond early":  {step - 1, func(*marketplace.ReserveRaised) {}, "due"},
		"a unit more":          {step, func(e *marketplace.ReserveRaised) { e.Reserve = e.Reserve.MustAdd(unit) }, "signed"},
		"a unit less":          {step, func(e *marketplace.ReserveRaised) { e.Reserve = e.Reserve.MustSub(unit) }, "signed"},
		"a step again":         {step, func(e *marketplace.ReserveRaised) { e.Step = 0 }, "next"},
		"a step left out":      {step, func(e *marketplace.ReserveRaised) { e.Step = 2 }, "next"},
		"without any schedule": {step, func(e *marketplace.ReserveRaised) { e.Request, e.Step = w.Request("plain").ID, 0 }, "next"},
		"of what is assigned":  {step, func(e *marketplace.ReserveRaised) { e.Request, e.Step = w.Request("taken").ID, 0 }, "while it is assigned"},
	} {
		t.Run(name, func(t *testing.T) {
			state, watcher := marketplace.NewState(), marketplace.NewWatcher()
			for _, record := range w.Journal() {
				watcher.Before(state)
				state.Apply(record)
				if err := watcher.After(state, record); err != nil {
					t.Fatal(err)
				}
			}
			e := right
			c.spoil(&e)
			record := marketplace.Record{Seq: state.NextSeq(), At: c.at, Event: &e}
			rechecked := state.RecheckRecord(record)
			watcher.Before(state)
			state.Apply(record)
			for who, err := range map[string]error{"RecheckRecord": rechecked, "Watcher.After": watcher.After(state, record)} {
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s = %v, want %q", who, err, c.want)
				}
			}
		})
	}
}

// A hedged request costs at most its escrow, whatever its prover and hedges do: hedges that were liable and failed are not
// replaced, and the primary's price is never spent on them.
func TestEscrowSufficesForHedgesWhateverTheyDo(t *testing.T) {
	w := marketplacetest.Ready(t, 4)
	w.Run("submit alice r fee=10 in=20m hedges=2", "accept prover1 r", "accept prover2 r", "accept prover3 r", "wait 1m", "wait 1ms")
	r := w.Request("r") // all three have fallen silent, and prover4 is a backup at the primary's expense
	if last := r.Attempts[len(r.Attempts)-1]; last.Prover != marketplacetest.Account("prover4") || last.Hedge || last.Price != vadium.Tokens(10) {
		t.Fatalf("the last assignment is %+v", last)
	}
	w.Run("accept prover4 r", "deliver prover3 r", "verdict prover3 r valid", "deliver prover1 r", "verdict prover1 r valid")
	r = w.Request("r")
	paid := map[string]string{}
	for i := range r.Attempts {
		paid[fmt.Sprint("prover", i+1)] = r.Attempts[i].Paid.Tokens()
	}
	if got, want := fmt.Sprint(paid), "map[prover1:6.999999999999999999 prover2:0 prover3:8.999999999999999999 prover4:0]"; got != want {
		t.Errorf("paid %s, want %s", got, want)
	}
	if b := w.State.Balance(marketplacetest.Account("prover4")); b != vadium.Tokens(1) { // from the primary, which had made it necessary
		t.Errorf("the backup that stood down has %s tokens, want 1", b.Tokens())
	}
	if r.Phase != marketplace.PhaseSettled || r.Attempts[0].Slashed != vadium.Tokens(1) {
		t.Errorf("%v, and the primary lost %s tokens, want 1", r.Phase, r.Attempts[0].Slashed.Tokens())
	}
}
