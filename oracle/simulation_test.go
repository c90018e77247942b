package oracle_test

import (
	"container/heap"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"vadium"
	"vadium/oracle"
)

// A simulated committee: nodes with delays, losses, clocks that are off and crashes, up to a third of them faulty, and a
// market that accepts by Feed.Accept. Everything follows from the seed.

var seedFlag = flag.Uint64("seed", 0, "seed of the first simulation; 0: as committed")

// fault is how a seat behaves.
type fault int

const (
	honest fault = iota
	silent
	slow        // whatever it says arrives three time-outs late
	stale       // says the truth of long ago, with its time
	equivocates // says one thing to some and another to others, who hear of it
	farOff      // says half as much again
	runsAhead   // signs for numbers far ahead, too
	faults
)

type simulation struct {
	t        *testing.T
	rng      *rand.Rand
	feed     oracle.Feed
	scope    oracle.Scope
	now      vadium.Time
	queue    queue
	order    int
	seats    []*seat
	rounds   []oracle.Round
	truth    int64
	loss     float64
	honestly map[string]oracle.Observation // what honest seats have signed, by seat and round
	accused  map[int]map[oracle.Misconduct]bool
	worst    vadium.Duration // longest time between rounds
}

type seat struct {
	fault fault
	slot  int
	node  *oracle.Node // nil while it is down
	own   oracle.Observation
	life  int
	skew  vadium.Duration
	seen  int // rounds told to this life
}

type happening struct {
	at    vadium.Time
	order int
	do    func()
}

type queue []happening

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(happening)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func (s *simulation) after(d vadium.Duration, do func()) {
	s.order++
	heap.Push(&s.queue, happening{s.now.Add(d), s.order, do})
}

// within returns a duration up to most, at least one.
func (s *simulation) within(most vadium.Duration) vadium.Duration {
	return 1 + vadium.Duration(s.rng.Int64N(int64(most)))
}

func feedOf(n int) oracle.Feed {
	f := oracle.Feed{
		Committee: [32]byte{1}, Program: vadium.ProgramID{1}, Slots: 31, Quorum: uint8(oracle.LeastQuorum(n)), Decimals: 8,
		Least: vadium.NewAmount(1_00000000), Most: vadium.NewAmount(1_000_000_00000000),
		Heartbeat: 20 * vadium.Second, Deviation: 50, Window: 10 * vadium.Second, Timeout: 2 * vadium.Second,
		Outlier: 250, Lasting: 30 * vadium.Second, Bond: vadium.Tokens(1),
	}
	f.ID, _ = oracle.ParseFeed("ETH/USD")
	for i := range n {
		f.Seats = append(f.Seats, oracle.Seat{Reporter: vadium.Account{1, byte(i)}, Key: oracle.Key{2, byte(i)}})
	}
	return f
}

func simulate(t *testing.T, seed uint64, n int, faulty []fault, loss float64, crashes bool, length vadium.Duration) *simulation {
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], seed)
	s := &simulation{
		t: t, rng: rand.New(rand.NewChaCha8(key)), feed: feedOf(n), scope: oracle.Scope{9}, now: 1_700_000_000_000,
		truth: 3000_00000000, loss: loss, honestly: map[string]oracle.Observation{}, accused: map[int]map[oracle.Misconduct]bool{},
	}
	end := s.now.Add(length)
	places := s.rng.Perm(n)
	for i := range n {
		s.seats = append(s.seats, &seat{slot: i, skew: vadium.Duration(s.rng.Int64N(200)) - 100})
	}
	for i, f := range faulty {
		s.seats[places[i]].fault = f
	}
	for _, st := range s.seats {
		s.start(st)
		s.beat(st)
	}
	if crashes {
		s.crashSometimes()
	}
	s.movePrice()
	for s.queue[0].at.Before(end) {
		h := heap.Pop(&s.queue).(happening)
		s.now = h.at
		h.do()
	}
	s.worst = max(s.worst, s.now.Sub(s.lastRound().Published))
	return s
}

func (s *simulation) lastRound() oracle.Round {
	if len(s.rounds) == 0 {
		return oracle.Round{Published: 1_700_000_000_000}
	}
	return s.rounds[len(s.rounds)-1]
}

func (s *simulation) backed() oracle.Present { return 1<<len(s.seats) - 1 }

func (s *simulation) start(st *seat) {
	st.life++
	st.seen = len(s.rounds)
	st.node = oracle.NewNode(s.feed, s.scope, st.slot, s.backed(), s.rounds, st.own)
}

func (s *simulation) clock(st *seat) vadium.Time { return s.now.Add(st.skew) }

func (s *simulation) beat(st *seat) {
	s.after(s.within(s.feed.Timeout/10), func() {
		if st.node != nil {
			if s.rng.IntN(4) == 0 {
				s.act(st, st.node.See(s.clock(st), s.view(st)))
			} else {
				s.act(st, st.node.Tick(s.clock(st)))
			}
		}
		s.beat(st)
	})
}

func (s *simulation) movePrice() {
	s.after(500, func() {
		s.truth += s.truth * (s.rng.Int64N(41) - 20) / 10_000 // up to 20 bps either way
		if s.rng.IntN(100) == 0 {
			s.truth += s.truth * (s.rng.Int64N(2001) - 1000) / 10_000
		}
		s.truth = min(max(s.truth, 1000_00000000), 9000_00000000)
		s.movePrice()
	})
}

// crashSometimes takes a seat down for a while, once in two seconds.
func (s *simulation) crashSometimes() {
	s.after(s.within(4*vadium.Second), func() {
		st := s.seats[s.rng.IntN(len(s.seats))]
		if st.node != nil {
			st.node = nil
			s.after(s.within(vadium.Second), func() { s.start(st) })
		}
		s.crashSometimes()
	})
}

// view is what a seat's sources say: the truth and a little noise, unless it lies.
func (s *simulation) view(st *seat) oracle.View {
	v := oracle.View{Value: vadium.NewAmount(uint64(s.truth + s.truth*(s.rng.Int64N(11)-5)/10_000)), At: s.clock(st)}
	if st.fault == farOff {
		v.Value = vadium.NewAmount(uint64(s.truth * 3 / 2))
	}
	return v
}

// tell delivers an observation to all others, or to some.
func (s *simulation) tell(from *seat, o oracle.Observation, to func(*seat) bool) {
	signed := oracle.Signed{Observation: o, Key: s.feed.Seats[from.slot].Key}
	for _, st := range s.seats {
		if !to(st) || s.rng.Float64() < s.loss {
			continue
		}
		delay := s.within(200)
		if from.fault == slow {
			delay += 3 * s.feed.Timeout
		}
		s.after(delay, func() {
			if st.node != nil {
				s.act(st, st.node.Hear(s.clock(st), signed))
			}
		})
	}
}

func everybody(*seat) bool { return true }

func (s *simulation) act(st *seat, actions []oracle.Action) {
	for _, a := range actions {
		if st.node == nil {
			return
		}
		s.do(st, a)
	}
}

func (s *simulation) do(st *seat, a oracle.Action) {
	life := st.life
	switch a := a.(type) {
	case oracle.Look:
		s.after(s.within(100), func() {
			if st.node != nil && st.life == life {
				s.act(st, st.node.See(s.clock(st), s.view(st)))
			}
		})
	case oracle.Sign:
		s.sign(st, a.Observation)
	case oracle.Gossip:
		s.say(st, a.Observation)
	case oracle.Prove:
		if got := s.feed.Summarise(a.Signed); got != a.Report {
			s.t.Fatalf("to prove is %+v, of %+v", a.Report, got)
		}
		s.after(s.within(s.feed.Timeout/2), func() {
			if st.node != nil && st.life == life && st.fault != silent {
				s.act(st, st.node.Proven(s.clock(st), a.Report.Round))
			}
		})
	case oracle.PublishReport:
		s.after(s.within(50), func() { s.publish(a.Report) })
	case oracle.Accuse:
		s.accuse(a)
	}
}

func (s *simulation) sign(st *seat, o oracle.Observation) {
	st.own = o // written down first
	if st.fault == honest {
		name := fmt.Sprint(st.slot, "/", o.Round)
		if before, again := s.honestly[name]; again && before != o {
			s.t.Fatalf("seat %d signs %+v and %+v", st.slot, before, o)
		}
		s.honestly[name] = o
	}
	s.say(st, o)
}

func (s *simulation) say(st *seat, o oracle.Observation) {
	switch st.fault {
	case silent:
	case stale:
		o.At -= vadium.Time(2 * s.feed.Window)
		s.tell(st, o, everybody)
	case equivocates:
		other := o
		other.Value = other.Value.MustAdd(vadium.NewAmount(1))
		s.tell(st, o, func(to *seat) bool { return to.slot%2 == 0 })
		s.tell(st, other, func(to *seat) bool { return to.slot%2 != 0 })
		s.after(500, func() { s.tell(st, o, everybody) })
	case runsAhead:
		s.tell(st, o, everybody)
		o.Round += 1 + s.rng.Uint64N(50)
		s.tell(st, o, everybody)
	default:
		s.tell(st, o, everybody)
	}
}

func (s *simulation) publish(r oracle.Report) {
	last := s.lastRound()
	if s.feed.Accept(s.scope, s.backed(), last, s.now, r) != nil {
		return // another was first, or it came too late
	}
	s.checkMedian(r)
	s.worst = max(s.worst, s.now.Sub(last.Published))
	s.rounds = append(s.rounds, oracle.Round{Report: r, Published: s.now})
	s.checkHonour()
	for _, st := range s.seats {
		s.after(s.within(100), func() { s.catchUp(st) })
	}
}

func (s *simulation) catchUp(st *seat) {
	for st.node != nil && st.seen < len(s.rounds) {
		st.seen++
		s.act(st, st.node.Published(s.clock(st), s.rounds[st.seen-1]))
	}
}

// checkMedian: a median lies within what honest seats that are present have signed.
func (s *simulation) checkMedian(r oracle.Report) {
	var least, most vadium.Amount
	for _, st := range s.seats {
		o, ok := s.honestly[fmt.Sprint(st.slot, "/", r.Round)]
		if !ok || !r.Present.Has(st.slot) {
			continue
		}
		if least.IsZero() || o.Value.Less(least) {
			least = o.Value
		}
		most = vadium.Max(most, o.Value)
	}
	if r.Median.Less(least) || most.Less(r.Median) {
		s.t.Fatalf("round %d: a median of %v, honest seats said %v to %v", r.Round, r.Median, least, most)
	}
}

// checkHonour: whatever an honest seat has signed, nobody can show that it was stale.
func (s *simulation) checkHonour() {
	recent := s.rounds[max(0, len(s.rounds)-64):]
	for _, st := range s.seats {
		for back := range uint64(8) {
			o, ok := s.honestly[fmt.Sprint(st.slot, "/", s.lastRound().Report.Round+4-back)]
			found := oracle.Finding{Feed: s.feed.ID, Key: s.feed.Seats[st.slot].Key, Signed: []oracle.Observation{o}}
			if ok && s.feed.JudgeStale(s.scope, recent, found) == nil {
				s.t.Fatalf("seat %d is honest and shown to be stale: %+v", st.slot, o)
			}
		}
	}
}

func (s *simulation) accuse(a oracle.Accuse) {
	slot, _ := s.feed.Slot(a.Finding.Key)
	if s.seats[slot].fault == honest {
		s.t.Fatalf("seat %d is honest and accused: it %v, %+v", slot, a.Of, a.Finding)
	}
	if a.Of == oracle.Equivocated {
		if err := s.feed.JudgeEquivocation(s.scope, a.Finding); err != nil {
			s.t.Fatalf("an equivocation that does not hold: %v", err)
		}
	}
	if s.accused[slot] == nil {
		s.accused[slot] = map[oracle.Misconduct]bool{}
	}
	s.accused[slot][a.Of] = true
}

// bound is how long a feed may be without a round when every faulty seat leads in turn.
func (s *simulation) bound() vadium.Duration {
	return s.feed.Heartbeat + vadium.Duration(s.feed.Faulty()+3)*s.feed.Timeout
}

func seeds(t *testing.T, n uint64) []uint64 {
	first := *seedFlag
	if first == 0 {
		first = 1
	}
	var all []uint64
	for i := range n {
		all = append(all, first+i)
	}
	t.Logf("seeds %d to %d (one: go test -run %s -seed N)", first, first+n-1, t.Name())
	return all
}

// Whatever a third of the seats does, leading included, rounds come in time, medians lie within what the honest saw, no
// honest seat signs twice or is accused, and the liars are.
func TestFeedStaysLiveAndRightWithAThirdFaulty(t *testing.T) {
	const missed = 50382 // two seats a number ahead moved on whenever the others arrived, six times over
	for _, seed := range append(seeds(t, 10), missed) {
		rng := rand.New(rand.NewPCG(seed, 7))
		n := 4 + rng.IntN(10)
		if seed%10 == 0 {
			n = 31
		}
		var faulty []fault
		for range oracle.Faulty(n) {
			faulty = append(faulty, fault(rng.IntN(int(faults))))
		}
		s := simulate(t, seed, n, faulty, 0, false, 5*vadium.Minute)
		if s.worst > s.bound() {
			t.Errorf("seed %d: %d seats, faults %v: %d ms without a round, want at most %d", seed, n, faulty, s.worst, s.bound())
		}
		s.checkAccusations(seed)
	}
}

func (s *simulation) checkAccusations(seed uint64) {
	wanted := map[fault]oracle.Misconduct{stale: oracle.WasStale, equivocates: oracle.Equivocated, farOff: oracle.Deviated}
	for _, st := range s.seats {
		if want, lies := wanted[st.fault]; lies && !s.accused[st.slot][want] {
			s.t.Errorf("seed %d: nobody says that seat %d %v", seed, st.slot, want)
		}
	}
}

// Messages are lost and nodes crash, also between writing down what they will sign and saying it. Rounds may take longer;
// but they come, and no honest seat ever signs two observations of one round.
func TestLossesAndCrashesDelayRoundsAndNothingElse(t *testing.T) {
	for _, seed := range seeds(t, 10) {
		rng := rand.New(rand.NewPCG(seed, 8))
		n := 4 + rng.IntN(10)
		var faulty []fault
		for range oracle.Faulty(n) {
			faulty = append(faulty, fault(rng.IntN(int(faults))))
		}
		s := simulate(t, seed, n, faulty, 0.2, true, 5*vadium.Minute)
		if limit := 2 * s.bound(); s.worst > limit {
			t.Errorf("seed %d: %d seats, faults %v: %d ms without a round, want at most %d", seed, n, faulty, s.worst, limit)
		}
	}
}
