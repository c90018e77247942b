package marketplace_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// punctual returns the records of a market that did everything in time: a batch was cleared, of which one request waits for another
// tick, a request was cancelled, and an ask epoch ended. Commands come behind each.
func punctual(t *testing.T) []marketplace.Record {
	t.Helper()
	w := marketplacetest.Ready(t, 3)
	w.Run("ask prover1 none 6 tier=2 slots=1", "ask prover2 none 7 tier=2 slots=1", "at epoch-end",
		"submit alice a fee=20 tier=2", "submit alice b fee=12 tier=2", "submit alice c fee=10 tier=2", "wait 2s",
		"fund bob 10", "prove a b", "wait 2s", "fund bob 10", "pause why", "wait 5m", "unpause", "wait 2s", "fund bob 10", "at epoch-end", "fund bob 10")
	return w.Journal()
}

// accused replays records as whoever holds the market to them does, and returns what is found.
func accused(records []marketplace.Record) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("the records do not follow: %v", broken)
		}
	}()
	state, rechecker := marketplace.NewState(), new(marketplace.Rechecker)
	for _, record := range records {
		if err := rechecker.Check(state, record); err != nil {
			return err
		}
		state.Apply(record)
	}
	return nil
}

// renumbered returns records without gaps.
func renumbered(records []marketplace.Record) []marketplace.Record {
	for i := range records {
		records[i].Seq = uint64(i + 1)
	}
	return records
}

// at returns the index of the first record of a type, from an index on.
func at[E marketplace.Event](t *testing.T, records []marketplace.Record, from int) (int, E) {
	t.Helper()
	for i, r := range records[from:] {
		if e, is := r.Event.(E); is {
			return from + i, e
		}
	}
	var none E
	t.Fatalf("no %T from record %d on", none, from+1)
	return 0, none
}

// A market that leaves out or puts off what was due, and goes on, is found out from its own records; one that did nothing wrong is not.
func TestRecordsTellWhatWasOverdue(t *testing.T) {
	for _, c := range []struct {
		name  string
		lie   func(*testing.T, []marketplace.Record) []marketplace.Record
		wrong string // empty: nothing is found
	}{
		{name: "all in time", lie: func(_ *testing.T, r []marketplace.Record) []marketplace.Record { return r }},
		{name: "a batch is left out, and its requests wait", wrong: "batch of their tick was skipped", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			cleared, e := at[*marketplace.BatchCleared](t, r, 0)
			rolled, _ := at[*marketplace.RequestsRolled](t, r, cleared)
			waits := marketplace.RequestsRolled{Product: e.Product, Tick: e.Tick.Add(2 * vadium.Second)}
			for _, o := range e.Orders {
				waits.Requests = append(waits.Requests, o.Request)
			}
			r[cleared].Event = &waits
			return slices.Delete(r, cleared+1, rolled+1)
		}},
		{name: "a batch is left out, and a request of it is hastened", wrong: "was skipped", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			cleared, e := at[*marketplace.BatchCleared](t, r, 0)
			r[cleared].Event = &marketplace.RequestHastened{Request: e.Orders[0].Request, Product: e.Product}
			return r
		}},
		{name: "a request that the batch serves is hastened", wrong: "which its batch gives it to", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			assigned, e := at[*marketplace.RequestAssigned](t, r, 0)
			_, batch := at[*marketplace.BatchCleared](t, r, 0)
			r[assigned].Event = &marketplace.RequestHastened{Request: e.Request, Product: batch.Product}
			return slices.Delete(r, assigned+1, assigned+2)
		}},
		{name: "a request that the batch serves waits again", wrong: "which its batch gives it to", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			assigned, e := at[*marketplace.RequestAssigned](t, r, 0)
			_, batch := at[*marketplace.BatchCleared](t, r, 0)
			r[assigned].Event = &marketplace.RequestsRolled{Product: batch.Product, Tick: batch.Tick.Add(2 * vadium.Second), Requests: []vadium.RequestID{e.Request}}
			return slices.Delete(r, assigned+1, assigned+2)
		}},
		{name: "a batch is put off until a command came", wrong: "puts their batch off", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			cleared, _ := at[*marketplace.BatchCleared](t, r, 0)
			command, _ := at[*marketplace.CommandAccepted](t, r, cleared)
			sooner := r[command]
			return slices.Insert(slices.Delete(r, command, command+1), cleared, sooner)
		}},
		{name: "a batch is put off, and the market says that it lives", wrong: "puts their batch off", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			cleared, _ := at[*marketplace.BatchCleared](t, r, 0)
			return slices.Insert(r, cleared, marketplace.Record{At: r[cleared].At, Event: &marketplace.MarketHeartbeat{}})
		}},
		{name: "the market says that it lives just before a tick", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			cleared, e := at[*marketplace.BatchCleared](t, r, 0)
			return slices.Insert(r, cleared, marketplace.Record{At: e.Tick.Add(-1), Event: &marketplace.MarketHeartbeat{}})
		}},
		{name: "a request ends instead of being cleared", wrong: "at which it had to be cleared", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			cleared, e := at[*marketplace.BatchCleared](t, r, 0)
			return slices.Insert(r, cleared, marketplace.Record{At: e.Tick, Event: &marketplace.RequestClosed{Request: e.Orders[0].Request, Phase: marketplace.PhaseUnserved}})
		}},
		{name: "a request waits for a tick too far away", wrong: "by the rule it is that of", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			rolled, e := at[*marketplace.RequestsRolled](t, r, 0)
			later := *e
			later.Tick = later.Tick.Add(2 * vadium.Second)
			r[rolled].Event = &later
			return r
		}},
		{name: "a request first waits for a tick too far away", wrong: "the next is that of", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			submitted, e := at[*marketplace.RequestSubmitted](t, r, 0)
			later := *e
			later.Request.Tick = later.Request.Tick.Add(2 * vadium.Second)
			r[submitted].Event = &later
			return r
		}},
		{name: "a request waits again before its tick", wrong: "whose tick has not come", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			cleared, e := at[*marketplace.BatchCleared](t, r, 0)
			waits := &marketplace.RequestsRolled{Product: e.Product, Tick: e.Tick.Add(2 * vadium.Second), Requests: []vadium.RequestID{e.Orders[0].Request}}
			return slices.Insert(r, cleared, marketplace.Record{At: e.Tick.Add(-1), Event: waits})
		}},
		{name: "the epoch ends before a batch that was due in it", wrong: "puts their batch off", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			cleared, _ := at[*marketplace.BatchCleared](t, r, 0)
			closed, _ := at[*marketplace.AskEpochClosed](t, r, cleared)
			return slices.Insert(r, cleared, r[closed]) // nothing happened meanwhile
		}},
		{name: "the epoch does not end", wrong: "keeps the epoch open", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			closed, _ := at[*marketplace.AskEpochClosed](t, r, 0)
			return slices.Delete(r, closed, closed+2)
		}},
		{name: "the epoch ends too early", wrong: "it is not yet the end of epoch", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			closed, _ := at[*marketplace.AskEpochClosed](t, r, 0)
			r[closed].At--
			return r
		}},
		{name: "the epoch is longer than the parameters say", wrong: "after epoch 1 it has to be the next", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			opened, e := at[*marketplace.AskEpochOpened](t, r, 0)
			longer := *e
			longer.Ends++
			r[opened].Event = &longer
			return r
		}},
		{name: "a pause is said to have been longer", wrong: "and the market was away for", lie: func(t *testing.T, r []marketplace.Record) []marketplace.Record {
			resumed, e := at[*marketplace.Resumed](t, r, 0)
			longer := *e
			longer.Gap++
			r[resumed].Event = &longer
			return r
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := accused(renumbered(c.lie(t, slices.Clone(punctual(t)))))
			if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("found %v, want %q", err, c.wrong)
			}
		})
	}
}

// While asks are sealed no state can follow, and yet an epoch that is kept open is found out: from the times of records alone.
func TestSealedRecordsTellThatAnEpochIsKeptOpen(t *testing.T) {
	records := punctual(t)
	closed, _ := at[*marketplace.AskEpochClosed](t, records, 0)
	for _, c := range []struct {
		name    string
		records []marketplace.Record
		found   bool
	}{
		{"it ends", records, false},
		{"it does not end", slices.Delete(slices.Clone(records), closed, closed+2), true},
	} {
		rechecker, err := new(marketplace.Rechecker), error(nil)
		for _, record := range renumbered(slices.Clone(c.records)) {
			if err = rechecker.CheckSealed(marketplace.SealedForm(record)); err != nil {
				break
			}
		}
		if found := err != nil; found != c.found || found && !strings.Contains(err.Error(), "keeps the epoch open") {
			t.Errorf("%s: found %v, want something: %t", c.name, err, c.found)
		}
	}
}

// Where prices are never opened, what a record says of that and of payments is checked from what is public, whatever it says.
func TestABatchWhosePricesAreWithheldCannotLieAboutItsOutcome(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("params unopenedTiers=1", "ask prover1 none 6 tier=2", "ask prover2 none 7 tier=2", "ask prover3 none 9 tier=2", "at epoch-end",
		"submit alice a fee=20 tier=2", "submit alice b fee=12 tier=2", "wait 2s", "at epoch-end", "fund bob 10")
	public := func() (records []marketplace.Record) {
		for _, r := range w.Journal() {
			records = append(records, marketplace.Public(r, w.State))
		}
		return records
	}
	recheck := func(records []marketplace.Record, i int) error {
		s := marketplace.NewState()
		for _, r := range records[:i] {
			s.Apply(r)
		}
		_, _, err := s.Recheck(records[i])
		return err
	}
	records := public()
	cleared, e := at[*marketplace.BatchCleared](t, records, 0)
	assigned, a := at[*marketplace.RequestAssigned](t, records, cleared)
	if err := cmp.Or(recheck(records, cleared), recheck(records, assigned)); err != nil {
		t.Fatal(err)
	}
	opened := *a
	opened.Unopened = false
	records[assigned].Event = &opened
	if err := recheck(records, assigned); err == nil || !strings.Contains(err.Error(), "never opened") {
		t.Errorf("an assignment that hides that its batch was of prices that are never opened: %v", err)
	}
	paid := *e
	paid.Wins = slices.Clone(e.Wins)
	for i := range paid.Wins {
		paid.Wins[i].Payment = vadium.AmountFromBytes32([32]byte(bytes.Repeat([]byte{0xff}, 32)))
	}
	records[cleared].Event = &paid
	if err := recheck(records, cleared); err == nil || !strings.Contains(err.Error(), "pays more than") {
		t.Errorf("a batch that pays all that there is, and more: %v", err)
	}
}

// Nobody but the market knows what asks say whose prices are never opened. So a tick that finds some, and requests, is on record whoever
// it serves, to be proven: a market that says nothing of one is found out.
func TestTicksOverPricesThatAreNeverOpenedAreAllOnRecord(t *testing.T) {
	w := marketplacetest.Ready(t, 3)
	w.Run("params unopenedTiers=1", "ask prover1 none 6 tier=2", "at epoch-end", "submit alice a fee=20 tier=2", "submit alice b fee=4 tier=2", "wait 2s",
		"prove a", "wait 2s", "fund bob 10", "wait 4s", "at epoch-end", "fund bob 10")
	var public []marketplace.Record
	for _, r := range w.Journal() {
		public = append(public, marketplace.Public(r, w.State))
	}
	if err := accused(slices.Clone(public)); err != nil {
		t.Fatal(err)
	}
	first, served := at[*marketplace.BatchCleared](t, public, 0)
	second, none := at[*marketplace.BatchCleared](t, public, first+1)
	if len(served.Served) != 1 || len(none.Served) != 0 || len(none.Orders) != 1 || len(none.Offers) == 0 {
		t.Fatalf("batches %+v and %+v, want one that serves a and one that serves nobody", served, none)
	}
	if err := accused(renumbered(slices.Delete(slices.Clone(public), second, second+1))); err == nil || !strings.Contains(err.Error(), "was skipped") {
		t.Errorf("a tick that served nobody is left out: found %v", err)
	}
	waits := marketplace.RequestsRolled{Product: served.Product, Tick: served.Tick.Add(2 * vadium.Second), Requests: []vadium.RequestID{served.Orders[0].Request, served.Orders[1].Request}}
	lied := slices.Clone(public[:first+1])
	lied[first].Event = &waits
	if err := accused(lied); err == nil || !strings.Contains(err.Error(), "was skipped") {
		t.Errorf("a tick that served somebody is said to serve nobody: found %v", err)
	}
}
