package marketplace_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	mt "vadium/marketplace/marketplacetest"
	"vadium/vaults/slashing"
)

// scoreOf returns what is published of a prover's one score, or nothing.
func scoreOf(s *marketplace.State, prover string) (published marketplace.Reliability) {
	for id, score := range s.Scores() {
		if id.Prover == mt.Account(prover) {
			published = s.Reliability(id, score)
		}
	}
	return published
}

// (15) Statistics were kept by epoch, and an epoch that was skipped wiped them; bidding again for the same request counted
// again. Here a score knows no epochs, and no ask changes it: only an assignment counts, once.
func TestBrevisWeakness15ScoresOutliveEpochsAndAreNotBid(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("ask prover1 none 6 slots=9", "ask prover2 none 7 slots=9", "at epoch-end", "submit alice r1", "accept prover1 r1", "deliver prover1 r1", "verdict prover1 r1 valid",
		"submit alice r2 in=1m", "accept prover1 r2", "resign prover1 r2", "at r2.grace-end+1ms")
	before := scoreOf(w.State, "prover1")
	if before.Counted != 2 || before.Failed != 1 || before.Success != 937_500 || before.Surcharge == 0 {
		t.Fatalf("a proof and a resignation make %+v", before)
	}
	same := func(after string) {
		t.Helper()
		now := scoreOf(w.State, "prover1")
		now.Multiplier = before.Multiplier // its marks fade
		if now != before {
			t.Errorf("after %s the score is %+v, it was %+v", after, now, before)
		}
	}
	w.Skip(9 * vadium.Day) // many ask epochs, of which the market sees none begin
	w.Must(w.Send(marketplace.Resume()))
	w.Run("at epoch-end", "at epoch-end")
	same("epochs that nobody saw")
	for range 8 {
		w.Run("unask prover1 none", "ask prover1 none 6 slots=9", "ask prover1 none 5 slots=9")
	}
	w.Run("at epoch-end")
	same("asking again and again")
	w.Run("submit alice r3", "accept prover1 r3", "deliver prover1 r3", "verdict prover1 r3 valid")
	w.Run("drop prover1 membership", "serve prover1 membership 10s", "unask prover1 none", "ask prover1 none 5 slots=9")
	if now := scoreOf(w.State, "prover1"); now.Counted != 3 || now.InTime != 2 {
		t.Errorf("one more proof makes %+v, want one more in time", now)
	}
}

// Whoever sells to itself pays for it, and gains nothing: neither the index nor the score moves by what is no clearing that
// anyone could have won.
func TestWashTradesMoveNeitherIndexNorScore(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("ask prover1 none 6 slots=9", "ask prover2 none 7 slots=9", "fund prover1 100", "fund prover2 100", "at epoch-end")
	for i, kind := range []string{
		"alice %s allow=prover1", // nobody else may
		"alice %s deny=prover2",  // the rival may not
		"prover2 %s fee=9",       // its own ask sets the price of its friend
	} {
		name := fmt.Sprint("r", i)
		w.Run("submit "+fmt.Sprintf(kind, name), "accept prover1 "+name, "deliver prover1 "+name, "verdict prover1 "+name+" valid")
	}
	w.Run("unask prover2 none", "submit alice alone", "accept prover1 alone", "deliver prover1 alone", "verdict prover1 alone valid")
	w.Run("program theirs by=alice keys=universal", "serve prover1 theirs 10s", "serve prover2 theirs 10s", "ask prover2 none 7 slots=9", "at epoch-end",
		"submit alice stranger program=theirs", "accept prover1 stranger", "deliver prover1 stranger", "verdict prover1 stranger valid")
	if got := scoreOf(w.State, "prover1"); got != (marketplace.Reliability{}) {
		t.Errorf("wash trades make a score: %+v", got)
	}
	product := w.Request("r0").Product
	book := w.State.Book(product)
	if _, of := book.Pace.Odds(); len(book.Index.Samples) > 0 || book.Pace.Delivered > 0 || of > 2 {
		t.Errorf("wash trades make %d prices, %d times, and odds of %d requests", len(book.Index.Samples), book.Pace.Delivered, of)
	}
	// An honest one counts.
	w.Run("submit alice honest", "accept prover1 honest", "deliver prover1 honest", "verdict prover1 honest valid")
	if got := scoreOf(w.State, "prover1"); got.InTime != 1 || len(w.State.Book(product).Index.Samples) != 1 {
		t.Errorf("an honest trade makes %+v", got)
	}
}

// A record of wash trades, were some to count, would be worth less: beyond the fourth in a row for one requester.
func TestOneRequesterWeighsLessTheMoreItCountsInARow(t *testing.T) {
	spoilt := marketplace.Score{Success: vadium.PpmOne}
	for range 8 {
		spoilt.Count(marketplace.OutcomeFailed, mt.Account("bob"), 0)
	}
	alone, mixed := spoilt, spoilt
	for i := range 12 {
		alone.Count(marketplace.OutcomeInTime, mt.Account("alice"), 0)
		mixed.Count(marketplace.OutcomeInTime, mt.Account([]string{"alice", "bob"}[i%2]), 0)
	}
	if gained, other := alone.Success-spoilt.Success, mixed.Success-spoilt.Success; 2*gained > 3*other/2 || alone.Surcharge <= mixed.Surcharge {
		t.Errorf("twelve proofs for one requester regain %d ppm, for two %d", gained, other)
	}
}

// outcomes draws what counts for a score.
type scored struct {
	outcome   marketplace.ScoreOutcome
	requester vadium.Account
	wait      vadium.Bps
}

func drawOutcomes(t *rapid.T, most int) []scored {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) scored {
		return scored{
			rapid.SampledFrom([]marketplace.ScoreOutcome{0, 0, 0, 0, marketplace.OutcomeLate, marketplace.OutcomeFailed, marketplace.OutcomeSilent}).Draw(t, "outcome"),
			mt.Account(rapid.SampledFrom([]string{"alice", "bob"}).Draw(t, "requester")),
			vadium.Bps(rapid.Uint32Range(0, 100_000).Draw(t, "wait")),
		}
	}), 0, most).Draw(t, "outcomes")
}

func scoreBy(outcomes []scored) marketplace.Score {
	s := marketplace.Score{Success: vadium.PpmOne}
	for _, o := range outcomes {
		s.Count(o.outcome, o.requester, o.wait)
	}
	return s
}

// What is built from failures alone may not reward one: whoever fails, or takes longer, never competes better for it, then or
// later.
func TestFailingNeverPaysInTheScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outcomes := append(drawOutcomes(t, 60), scored{0, mt.Account("alice"), vadium.Bps(rapid.Uint32Range(0, 100_000).Draw(t, "one wait"))})
		i := rapid.IntRange(0, len(outcomes)-1).Draw(t, "which")
		outcomes[i].outcome = marketplace.OutcomeInTime
		worse := slices.Clone(outcomes)
		if rapid.Bool().Draw(t, "it only takes longer") {
			worse[i].wait = vadium.Bps(rapid.Uint32Range(uint32(outcomes[i].wait), 100_000).Draw(t, "longer"))
		} else {
			worse[i].outcome = rapid.SampledFrom([]marketplace.ScoreOutcome{marketplace.OutcomeLate, marketplace.OutcomeFailed, marketplace.OutcomeSilent}).Draw(t, "worse")
		}
		if got, want := scoreBy(worse), scoreBy(outcomes); got.Surcharge < want.Surcharge || got.Success > want.Success {
			t.Fatalf("failing makes a surcharge of %d, delivering of %d", got.Surcharge, want.Surcharge)
		}
		// One failure more is never better, either.
		before, after := scoreBy(outcomes), scoreBy(append(outcomes, scored{marketplace.OutcomeSilent, mt.Account("alice"), 0}))
		if after.Surcharge < before.Surcharge || after.Surcharge > auction.WorstMultiplier-auction.BestMultiplier {
			t.Fatalf("one failure more makes a surcharge of %d, it was %d", after.Surcharge, before.Surcharge)
		}
	})
}

func TestANewcomerIsNeutralAndARecordBecomesWholeAgain(t *testing.T) {
	w := mt.Ready(t, 2)
	if got := w.State.Multiplier(mt.Account("prover1"), auction.Product{}, w.Now); got != auction.BestMultiplier {
		t.Errorf("a newcomer's multiplier is %d, want %d", got, auction.BestMultiplier)
	}
	s := scoreBy([]scored{{outcome: marketplace.OutcomeFailed, requester: mt.Account("alice")}})
	if s.Success != 937_500 || s.Surcharge != 282 {
		t.Errorf("one failure makes %d ppm and a surcharge of %d, want 937,500 and 282", s.Success, s.Surcharge)
	}
	for i := range 400 {
		s.Count(marketplace.OutcomeInTime, mt.Account([]string{"alice", "bob"}[i%2]), 0)
	}
	if s.Success != vadium.PpmOne || s.Surcharge != 0 {
		t.Errorf("four hundred proofs later it is %d ppm, with a surcharge of %d", s.Success, s.Surcharge)
	}
}

// Waits count from the eighth on, beyond what was declared, up to twice that.
func TestWaitsCountFromTheEighthOn(t *testing.T) {
	for _, c := range []struct {
		waits int
		wait  vadium.Bps
		want  vadium.Bps
	}{{7, 20_000, 0}, {8, 10_000, 0}, {8, 10_001, 1}, {8, 15_000, 250}, {8, 19_999, 500}, {8, 20_000, 500}, {8, 100_000, 500}} {
		outcomes := slices.Repeat([]scored{{0, mt.Account("alice"), c.wait}}, c.waits)
		if got := scoreBy(outcomes); got.Surcharge != c.want {
			t.Errorf("%d waits of %d make a surcharge of %d, want %d", c.waits, c.wait, got.Surcharge, c.want)
		}
	}
	// The quantile is by nearest rank: one of twenty does not count, one of nineteen does.
	long := scored{0, mt.Account("alice"), 20_000}
	for n, want := range map[int]vadium.Bps{19: 500, 20: 0} {
		if got := scoreBy(append(slices.Repeat([]scored{{}}, n-1), long)); got.Surcharge != want {
			t.Errorf("one long wait of %d makes a surcharge of %d, want %d", n, got.Surcharge, want)
		}
	}
}

// slowScores computes scores as the rule says it, from records alone: no row, no ring.
type slowScores struct {
	attempts map[string]*slowAttempt
	scores   map[marketplace.ScoreID]*slowScore
	products map[vadium.RequestID]marketplace.Request
}

type slowAttempt struct {
	marketplace.Attempt
	request vadium.RequestID
	arrived vadium.Time
}

type slowScore struct {
	success int64
	waits   []int64
	last    vadium.Account
	run     int
	counts  [4]uint64
}

func (s *slowScores) see(t *testing.T, r marketplace.Record) {
	key := func(id vadium.RequestID, i uint32) string { return fmt.Sprint(id, i) }
	switch e := r.Event.(type) {
	case *marketplace.RequestSubmitted:
		s.products[e.Request.ID] = e.Request
	case *marketplace.RequestAssigned:
		s.attempts[key(e.Request, e.Index)] = &slowAttempt{Attempt: e.Attempt, request: e.Request}
	case *marketplace.BackupActivated:
		s.attempts[key(e.Request, e.Index)] = &slowAttempt{Attempt: e.Attempt, request: e.Request}
	case *marketplace.AssignmentEnded:
		if e.Stage == marketplace.StageSilent {
			s.count(s.attempts[key(e.Request, e.Attempt)], 3)
		}
	case *marketplace.DeliveryAccepted:
		a := s.attempts[key(e.Request, e.Attempt)]
		if a.arrived = e.Arrived; a.Tells && a.arrived <= a.Deadline {
			s.count(a, 0)
		}
	case *marketplace.FaultRecorded:
		switch a := s.attempts[key(e.Request, e.Attempt)]; e.Offence {
		case slashing.InvalidProof:
		case slashing.Late:
			s.count(a, 1)
		default:
			s.count(a, 2)
		}
	case *marketplace.Resumed:
		t.Fatal("the slow scores know no outages")
	}
}

func (s *slowScores) count(a *slowAttempt, outcome int) {
	if a.ETA == 0 {
		return
	}
	r := s.products[a.request]
	id := marketplace.ScoreID{Prover: a.Prover, Product: r.Product}
	sc := s.scores[id]
	if sc == nil {
		sc = &slowScore{success: 1_000_000}
		s.scores[id] = sc
	}
	if sc.last != r.Requester {
		sc.last, sc.run = r.Requester, 0
	}
	sc.run++
	sc.counts[outcome]++
	weight, value := int64(16), int64(0)
	if outcome == 0 {
		value = 1_000_000
		if sc.run > 4 {
			weight = 64
		}
	}
	sc.success = ((weight-1)*sc.success + value + weight - 1) / weight
	wait := int64(100_000)
	if outcome < 2 {
		wait = min(wait, (int64(a.arrived-a.At)*10_000+int64(a.ETA)-1)/int64(a.ETA))
	}
	sc.waits = append(sc.waits, wait)
}

// check compares what the rule gives with the market's.
func (s *slowScores) check(t *testing.T, state *marketplace.State) (counted uint64) {
	seen := 0
	for id, score := range state.Scores() {
		got, want := state.Reliability(id, score), s.scores[id]
		if want == nil {
			if got.Counted > 0 {
				t.Errorf("%v: %+v, want none", id, got)
			}
			continue
		}
		seen++
		counted += got.Counted
		latest := slices.Clone(want.waits[max(len(want.waits)-32, 0):])
		slices.Sort(latest)
		p50, p95 := latest[(len(latest)+1)/2-1], latest[(len(latest)*95+99)/100-1]
		surcharge := ((1_000_000-want.success)*4_500 + 999_999) / 1_000_000
		if len(want.waits) >= 8 {
			surcharge += (max(min(p95, 20_000)-10_000, 0)*500 + 9_999) / 10_000
		}
		if int64(got.Success) != want.success || int64(got.WaitP50) != p50 || int64(got.WaitP95) != p95 || int64(got.Surcharge) != surcharge ||
			[4]uint64{got.InTime, got.Late, got.Failed, got.Silent} != want.counts {
			t.Errorf("%v: %+v, by the rule %+v, waits %d and %d, surcharge %d", id, got, want, p50, p95, surcharge)
		}
	}
	if seen != len(s.scores) {
		t.Errorf("the market has %d scores that count, the rule gives %d", seen, len(s.scores))
	}
	return counted
}

func TestScoresFollowFromTheRecordsByTheRule(t *testing.T) {
	w := mt.Ready(t, 3)
	w.Run("fund alice 5000", "fund bob 5000", "ask prover1 none 5 slots=9 eta=15s", "ask prover2 none 6 slots=9 eta=12s", "ask prover3 none 7 slots=9 eta=10s", "at epoch-end")
	w.DigestEvery = 0
	for i := range 60 {
		name := fmt.Sprint("r", i)
		w.Run(fmt.Sprintf("submit %s %s in=%s", []string{"alice", "alice", "bob"}[i%3], name, []string{"1m", "10m"}[i%2]))
		winner := "nobody"
		for _, p := range []string{"prover1", "prover2", "prover3"} {
			if as := w.Request(name).Attempts; len(as) > 0 && as[0].Prover == mt.Account(p) {
				winner = p
			}
		}
		switch {
		case winner == "nobody":
		case i%17 == 3:
			w.Run("wait 30.001s") // silent
		case i%11 == 5:
			w.Run("accept "+winner+" "+name, "resign "+winner+" "+name)
		case i%13 == 6:
			w.Run("accept "+winner+" "+name, "at "+name+".deadline+1s", "deliver "+winner+" "+name, "verdict "+winner+" "+name+" valid")
		default:
			w.Run("accept "+winner+" "+name, fmt.Sprintf("wait %ds", 1+i*7%40), "deliver "+winner+" "+name, "verdict "+winner+" "+name+" valid")
		}
	}
	slow := &slowScores{map[string]*slowAttempt{}, map[marketplace.ScoreID]*slowScore{}, map[vadium.RequestID]marketplace.Request{}}
	for _, record := range w.Journal() {
		slow.see(t, record)
	}
	if counted := slow.check(t, w.State); counted < 50 {
		t.Errorf("%d outcomes count, want most of 60", counted)
	}
	if err := w.State.CheckDerived(); err != nil {
		t.Error(err)
	}
}

// An outage is nobody's fault: what it took is no part of a wait.
func TestAnOutageIsNoPartOfAWait(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("ask prover1 none 6 eta=20s", "ask prover2 none 7", "at epoch-end", "submit alice r", "accept prover1 r", "wait 10s", "heartbeat prover1 r", "skip 1h", "resume", "wait 10s", "deliver prover1 r",
		"verdict prover1 r valid")
	if got := scoreOf(w.State, "prover1"); got.WaitP50 != 10_000 {
		t.Errorf("20 s, and an hour away, are a wait of %d bps of 20 s, want 10,000", got.WaitP50)
	}
	// Nor is a verification that failed: the time it took does not count.
	w.Run("submit alice r2", "accept prover1 r2", "wait 10s", "deliver prover1 r2", "wait 50s", "verdict prover1 r2 undecided", "deliver prover1 r2", "verdict prover1 r2 valid")
	if got := scoreOf(w.State, "prover1"); got.WaitP50 != 5_000 || got.InTime != 2 {
		t.Errorf("10 s, and 50 of ours, are %+v, want a wait of 5,000 bps", got)
	}
}

// What a request's quote says has to be what the index gave where it says so.
func TestRecheckNoticesAnInventedQuote(t *testing.T) {
	w := mt.Ready(t, 3)
	w.Run("ask prover1 none 6 slots=9", "ask prover2 none 7 slots=9", "at epoch-end")
	trade := func(name string) {
		w.Run("submit alice "+name, "accept prover1 "+name, "deliver prover1 "+name, "verdict prover1 "+name+" valid")
	}
	for i := range 6 {
		trade(fmt.Sprint("r", i))
	}
	product := w.Request("r0").Product
	quote := w.State.QuoteFor(product, vadium.Tokens(50), w.Now)
	if quote.Reserve != vadium.Tokens(7).BpsUp(12_000) {
		t.Errorf("the quote is %s tokens, want 8.4 whatever the request offers", quote.Reserve.Tokens())
	}
	w.Run("ask prover1 none 1 slots=9", "ask prover2 none 2 slots=9", "at epoch-end")
	quote = w.State.QuoteFor(product, vadium.Tokens(50), w.Now)
	for i := range 6 {
		trade(fmt.Sprint("s", i))
	}
	w.Wait(30 * vadium.Second)
	body := w.Submission("quoted")
	body.Quote, body.QuoteHeld = quote, true
	w.Must(w.Do("alice", body))
	r := w.State.Request(vadium.NewRequestID(mt.Account("alice"), body.ClientID))
	if r.Quote == nil || *r.Quote != quote || r.Reserve != quote.Reserve {
		t.Fatalf("the request keeps the quote %+v and a reserve of %s, want %+v", r.Quote, r.Reserve.Tokens(), quote)
	}
	check := func(change func(*marketplace.Request)) error {
		s, rechecker := marketplace.NewState(), new(marketplace.Rechecker)
		for _, record := range w.Journal() {
			if e, ok := record.Event.(*marketplace.RequestSubmitted); ok && e.Request.Quote != nil {
				invented := *e
				q := *e.Request.Quote
				invented.Request.Quote = &q
				change(&invented.Request)
				record.Event = &invented
			}
			if err := rechecker.Check(s, record); err != nil {
				return err
			}
			s.Apply(record)
		}
		return nil
	}
	if err := check(func(*marketplace.Request) {}); err != nil {
		t.Errorf("an honest quote: %v", err)
	}
	for name, change := range map[string]func(*marketplace.Request){
		"another reserve":     func(r *marketplace.Request) { r.Reserve = vadium.Tokens(9) },
		"another price":       func(r *marketplace.Request) { r.Quote.Reserve = vadium.Tokens(9); r.Reserve = vadium.Tokens(9) },
		"an old one":          func(r *marketplace.Request) { r.Quote.At -= 1 },
		"a later one":         func(r *marketplace.Request) { r.Quote.At = r.Submitted + 1 },
		"of another product":  func(r *marketplace.Request) { r.Quote.Product.Size++ },
		"of a record before":  func(r *marketplace.Request) { r.Quote.Position = 40 },
		"of a record to come": func(r *marketplace.Request) { r.Quote.Position = 1 << 40 },
	} {
		if check(change) == nil {
			t.Errorf("a quote of %s passed", name)
		}
	}
}

// Requests that are no evidence of the market are none of how it fares: those taken back, those with lists, and those that
// offered too little.
func TestOddsCountWhatAnyoneCouldHaveTaken(t *testing.T) {
	w := mt.Ready(t, 2)
	w.Run("ask prover1 none 6 slots=9", "ask prover2 none 7 slots=9", "at epoch-end", "submit alice r", "accept prover1 r", "deliver prover1 r", "verdict prover1 r valid",
		"submit alice low fee=5 in=1m", "submit alice mine in=1m allow=bob", "submit alice back fee=5", "cancel alice back", "at mine.deadline")
	odds := func() (uint32, uint32) { return w.State.Book(w.Request("r").Product).Pace.Odds() }
	if in, of := odds(); in != 1 || of != 1 {
		t.Errorf("odds of %d in %d, want 1 in 1", in, of)
	}
	w.Run("unask prover1 none", "unask prover2 none", "submit alice unserved in=1m", "at unserved.deadline")
	if in, of := odds(); in != 1 || of != 2 {
		t.Errorf("odds of %d in %d, want 1 in 2", in, of)
	}
	var p marketplace.Pace
	if _, known := p.Quantile(5_000); known {
		t.Error("an empty pace knows a time")
	}
	for i := range 100 {
		p.Deliver(vadium.Duration(i))
		p.End(i < 90)
	}
	if p50, _ := p.Quantile(5_000); p50 != 67 { // of 36 to 99
		t.Errorf("the median of the last 64 is %d, want 67", p50)
	}
	if in, of := p.Odds(); in != 54 || of != 64 {
		t.Errorf("odds of %d in %d, want 54 in 64", in, of)
	}
}
