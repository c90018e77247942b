package oracle_test

import (
	"fmt"
	"slices"
	"testing"

	"vadium"
	"vadium/oracle"
)

// bench is a node of seat 0 of seven with a clock.
type bench struct {
	t    *testing.T
	feed oracle.Feed
	node *oracle.Node
	now  vadium.Time
}

func newBench(t *testing.T, recent []oracle.Round, own oracle.Observation) *bench {
	f := feedOf(7)
	return &bench{t, f, oracle.NewNode(f, oracle.Scope{9}, 0, 1<<7-1, recent, own), start}
}

func (b *bench) see(value uint64) []oracle.Action {
	return b.node.See(b.now, oracle.View{Value: vadium.NewAmount(value), At: b.now})
}

func (b *bench) hear(slot int, round uint64) []oracle.Action {
	return b.hearValue(slot, round, 300000000000)
}

func (b *bench) hearValue(slot int, round uint64, value uint64) []oracle.Action {
	return b.node.Hear(b.now, oracle.Signed{Key: b.feed.Seats[slot].Key, Observation: oracle.Observation{
		Scope: oracle.Scope{9}, Round: round, Value: vadium.NewAmount(value), At: b.now,
	}})
}

// expect compares what the actions are called.
func (b *bench) expect(actions []oracle.Action, want ...string) {
	b.t.Helper()
	var got []string
	for _, a := range actions {
		switch a := a.(type) {
		case oracle.Sign:
			got = append(got, fmt.Sprint("sign ", a.Observation.Round))
		case oracle.Gossip:
			got = append(got, fmt.Sprint("gossip ", a.Observation.Round))
		case oracle.Prove:
			got = append(got, fmt.Sprintf("prove %d of %b", a.Report.Round, a.Report.Present))
		case oracle.PublishReport:
			got = append(got, fmt.Sprint("publish ", a.Report.Round))
		case oracle.Abandon:
			got = append(got, fmt.Sprint("abandon ", a.Round))
		case oracle.Accuse:
			got = append(got, fmt.Sprint("it ", a.Of))
		case oracle.Look:
			got = append(got, "look")
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("at %d: %q, want %q", b.now-start, got, want)
	}
}

func (b *bench) round(number uint64, median uint64) oracle.Round {
	return oracle.Round{Published: b.now, Report: oracle.Report{
		Scope: oracle.Scope{9}, Round: number, Committee: b.feed.Committee, Median: vadium.NewAmount(median), Oldest: b.now - 1_000, Newest: b.now,
		Present: 0b1111110, Quorum: 5, Outlier: 250,
	}}
}

const usual = 300000000000

func TestNodeSignsWhenTheHeartbeatIsDue(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	b.expect(b.node.Published(b.now, b.round(6, usual)))
	b.now += 19_999
	b.expect(b.see(usual))
	b.now++
	b.expect(b.node.Tick(b.now), "look")
	b.expect(b.see(usual), "sign 7")
	b.expect(b.see(usual))
}

func TestNodeSignsWhenWhatItSeesHasMoved(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	b.node.Published(b.now, b.round(6, usual))
	b.now += 1_000
	b.expect(b.see(usual + 1499999999)) // not quite 50 bps
	b.expect(b.see(usual+1500000000), "sign 7")
}

func TestNodeJoinsWhenMoreThanTheFaultyAsk(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	b.node.Published(b.now, b.round(6, usual))
	b.now += 1_000
	b.expect(b.hear(1, 7))
	b.expect(b.hear(2, 9))
	b.expect(b.hear(3, 8), "look") // at least one of the three is honest, and at 7 or later
	if b.node.At() != 7 {
		t.Errorf("it is at round %d, want 7, which the third highest has signed for", b.node.At())
	}
}

// What was signed before the last round asks for nothing.
func TestNodeDoesNotJoinWhatTheLastRoundHasAnswered(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	for slot := 1; slot <= 2; slot++ {
		b.hear(slot, 8)
	}
	b.now += 1_000
	b.node.Published(b.now, b.round(7, usual))
	b.expect(b.hear(3, 8))
	b.expect(b.hear(4, 8))
	b.now++
	b.expect(b.hear(5, 8))
	b.expect(b.hear(6, 8))
}

// Alone it waits: moving on would not make a quorum, and would leave it far ahead of the others with old signatures.
func TestNodeMovesOnOnlyWithAQuorum(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	b.node.Published(b.now, b.round(7, usual))
	b.now += 20_000
	b.expect(b.see(usual), "sign 8")
	b.expect(b.hear(0, 8))
	for slot := 1; slot <= 3; slot++ {
		b.expect(b.hear(slot, 8))
	}
	b.now += 1_999
	b.expect(b.see(usual), "gossip 8")
	b.now += 500
	b.expect(b.see(usual), "gossip 8") // four have signed, the quorum is five
	b.expect(b.hear(4, 9))             // one that is further on counts, and now there is a quorum: from here the time-out runs
	b.now += 1_999
	b.expect(b.see(usual), "gossip 8")
	b.now++
	b.expect(b.see(usual), "sign 9")
}

func TestNodeMovesOnAtTheTimeoutAndNotBefore(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	b.node.Published(b.now, b.round(7, usual))
	b.now += 20_000
	b.see(usual)
	for slot := range 5 {
		b.hear(slot, 8)
	}
	b.now += 1_999
	b.expect(b.see(usual), "gossip 8")
	b.now++
	b.expect(b.see(usual), "sign 9")
}

func TestLeaderProvesWhenAllAreThereAndWaitsALittleForTheLast(t *testing.T) {
	for _, c := range []struct {
		heard int
		wait  vadium.Duration
		want  string
	}{{7, 0, "prove 14 of 1111111"}, {5, 250, "prove 14 of 11111"}, {5, 249, ""}, {4, 1_999, ""}} {
		b := newBench(t, nil, oracle.Observation{})
		b.node.Published(b.now, b.round(13, usual))
		b.now += 20_000
		b.see(usual)
		var all []oracle.Action
		for slot := range c.heard {
			all = append(all, b.hear(slot, 14)...)
		}
		b.now += vadium.Time(c.wait)
		all = append(all, b.node.Tick(b.now)...)
		var got []oracle.Action
		for _, a := range all {
			if _, prove := a.(oracle.Prove); prove {
				got = append(got, a)
			}
		}
		if c.want == "" {
			b.expect(got)
		} else {
			b.expect(got, c.want)
		}
	}
}

// A leader leaves out what the market would refuse.
func TestLeaderLeavesOutWhatTheMarketWouldRefuse(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	b.node.Published(b.now, b.round(13, usual))
	b.now += 20_000
	b.see(usual)
	for slot := range 5 {
		b.hear(slot, 14)
	}
	odd := func(slot int, value uint64, at vadium.Time) {
		b.node.Hear(b.now, oracle.Signed{Key: b.feed.Seats[slot].Key, Observation: oracle.Observation{Scope: oracle.Scope{9}, Round: 14, Value: vadium.NewAmount(value), At: at}})
	}
	odd(5, 1, b.now)           // out of bounds
	odd(6, usual, b.now-8_001) // the window but for the time-out that a proof may take
	b.now += 250
	b.expect(b.node.Tick(b.now), "prove 14 of 11111")

	c := newBench(t, nil, oracle.Observation{})
	c.node.Published(c.now, c.round(13, usual))
	c.now += 20_000
	c.see(usual)
	for slot := range 5 {
		c.hear(slot, 14)
	}
	c.expect(c.node.Back(c.now, 0b1110111)) // seat 3 has not the stake
	c.now += 500
	c.expect(c.node.Tick(c.now), "gossip 14")
	c.hear(5, 14)
	c.now += 250
	c.expect(c.node.Tick(c.now), "prove 14 of 111111")
}

// provenWith returns the report that the leader of round 14 has proven when it has heard observations of so many
// milliseconds ago, one of each seat but those below zero.
func provenWith(t *testing.T, backed oracle.Present, ages ...int64) (*bench, oracle.Report) {
	t.Helper()
	b := newBench(t, nil, oracle.Observation{})
	b.node.Published(b.now, b.round(13, usual))
	b.node.Back(b.now, backed)
	b.now += 20_000
	b.see(usual)
	var all []oracle.Action
	for slot, age := range ages {
		if age >= 0 {
			o := oracle.Observation{Scope: oracle.Scope{9}, Round: 14, Value: vadium.NewAmount(usual), At: b.now - vadium.Time(age)}
			all = append(all, b.node.Hear(b.now, oracle.Signed{Key: b.feed.Seats[slot].Key, Observation: o})...)
		}
	}
	now := b.now
	for _, wait := range []vadium.Time{250, 750} { // for those that are slower, and with an old one for longer
		b.now = now + wait
		all = append(all, b.node.Tick(b.now)...)
	}
	for _, a := range all {
		if p, is := a.(oracle.Prove); is {
			if of := b.feed.Summarise(p.Signed); of != p.Report {
				t.Errorf("to prove is %+v, of %+v", p.Report, of)
			}
			b.now = now
			return b, p.Report
		}
	}
	t.Fatalf("with ages %v nothing is proven", ages)
	return nil, oracle.Report{}
}

// The oldest observation says how long a round lives: what a quorum does without is left out.
func TestOneLiarDoesNotAgeARound(t *testing.T) {
	const all = 0b1111111
	for _, c := range []struct {
		name   string
		backed oracle.Present
		ages   []int64
		want   oracle.Present
		oldest int64
	}{
		{"all fresh", all, []int64{0, 0, 0, 0, 0, 0, 0}, all, 0},
		{"one as old as it may be", all, []int64{0, 0, 0, 0, 0, 0, 8_000}, 0b0111111, 0},
		{"the leader is old", all, []int64{8_000, 0, 0, 0, 0, 0, 0}, 0b1111110, 0},
		{"as many as may be faulty", all, []int64{0, 8_000, 0, 100, 0, 7_000, 200}, 0b1011101, 200},
		{"as late as those who join are", all, []int64{0, 0, 0, 0, 0, 500, 501}, 0b0111111, 500},
		{"a quorum needs the younger one", all, []int64{0, 0, 0, 0, 7_250, 6_000, -1}, 0b0101111, 6_000},
		{"a quorum needs it", all, []int64{0, 0, 0, 0, 7_250, -1, -1}, 0b0011111, 7_250},
		{"a quorum of the backed needs it", 0b0011111, []int64{0, 0, 0, 0, 8_000, 0, 0}, all, 8_000},
		{"it is not backed", 0b0111111, []int64{0, 0, 0, 0, 300, 0, 8_000}, 0b0111111, 300},
	} {
		if b, r := provenWith(t, c.backed, c.ages...); r.Present != c.want || b.now.Sub(r.Oldest) != vadium.Duration(c.oldest) {
			t.Errorf("%s: proven is %07b, %d ms old, want %07b, %d ms", c.name, r.Present, b.now.Sub(r.Oldest), c.want, c.oldest)
		}
	}
}

// As long as there is no quorum without an old observation, the leader waits for three eighths of a time-out: a seat that is
// slow to answer comes, and the liar is left out.
func TestLeaderWaitsLongerForAQuorumWithoutAnOldOne(t *testing.T) {
	for _, c := range []struct {
		age, wait int64
		comes     bool
		want      string
	}{
		{500, 249, false, ""}, {500, 250, false, "prove 14 of 11111"},
		{501, 250, false, ""}, {501, 749, false, ""}, {501, 750, false, "prove 14 of 11111"},
		{7_000, 749, true, "prove 14 of 101111"},
	} {
		b := newBench(t, nil, oracle.Observation{})
		b.node.Published(b.now, b.round(13, usual))
		b.now += 20_000
		b.see(usual)
		for slot := range 4 {
			b.hear(slot, 14)
		}
		b.node.Hear(b.now, oracle.Signed{Key: b.feed.Seats[4].Key, Observation: oracle.Observation{
			Scope: oracle.Scope{9}, Round: 14, Value: vadium.NewAmount(usual), At: b.now - vadium.Time(c.age),
		}})
		b.now += vadium.Time(c.wait)
		actions := b.node.Tick(b.now)
		if c.comes {
			actions = append(actions, b.node.Hear(b.now, oracle.Signed{Key: b.feed.Seats[5].Key, Observation: oracle.Observation{
				Scope: oracle.Scope{9}, Round: 14, Value: vadium.NewAmount(usual), At: b.now - 300,
			}})...)
		}
		actions = slices.DeleteFunc(actions, func(a oracle.Action) bool { _, proves := a.(oracle.Prove); return !proves })
		if c.want == "" {
			b.expect(actions)
		} else {
			b.expect(actions, c.want)
		}
	}
}

// A proof takes longer than a time-out and less than the window, as when it is bought: one liar does not end it.
func TestOneLiarDoesNotEndSlowProofs(t *testing.T) {
	for _, age := range []int64{0, 8_000} {
		b, _ := provenWith(t, 0b1111111, 0, 0, 0, 0, 0, 0, age)
		b.now += 9_000
		published := false
		for _, a := range append(b.node.Tick(b.now), b.node.Proven(b.now, 14)...) {
			_, is := a.(oracle.PublishReport)
			published = published || is
		}
		if !published {
			t.Errorf("with one observation %d ms old: not published, though the proof took 9 s of a window of 10 s", age)
		}
	}
}

func TestProofIsPublishedUnlessItIsTooLate(t *testing.T) {
	ready := func() *bench {
		b := newBench(t, nil, oracle.Observation{})
		b.node.Published(b.now, b.round(13, usual))
		b.now += 20_000
		b.see(usual)
		for slot := range 7 {
			b.hear(slot, 14)
		}
		return b
	}
	b := ready()
	b.now += 499
	b.expect(b.node.Proven(b.now, 14), "publish 14")
	b.expect(b.node.Proven(b.now, 13))
	b.expect(b.node.Published(b.now, b.round(14, usual)), "abandon 14")
	b.expect(b.node.Proven(b.now, 14))

	late := ready()
	late.now += 10_001
	if actions := late.node.Proven(late.now, 14); len(actions) == 0 || fmt.Sprintf("%T", actions[0]) == "oracle.PublishReport" {
		t.Errorf("after the window it does %v", actions)
	}
	overtaken := ready()
	overtaken.expect(overtaken.node.Published(overtaken.now, overtaken.round(15, usual)), "abandon 14")
}

// After a crash it says again what it wrote down, and nothing else for that round.
func TestRestartedNodeSaysTheSameAgain(t *testing.T) {
	own := oracle.Observation{Scope: oracle.Scope{9}, Round: 8, Value: vadium.NewAmount(usual), At: start - 5}
	b := newBench(t, nil, oracle.Observation{})
	recent := []oracle.Round{b.round(7, usual)}
	recent[0].Published -= 20_000
	b = newBench(t, recent, own)
	actions := b.see(usual + 1)
	b.expect(actions, "gossip 8")
	if got := actions[0].(oracle.Gossip).Observation; got != own {
		t.Errorf("it says %+v, want %+v", got, own)
	}
	elsewhere := own
	elsewhere.Scope[0]++
	b = newBench(t, recent, elsewhere)
	b.expect(b.see(usual), "sign 8")
}

// A disk that was lost does not make it equivocate: it believes its own signature from wherever it comes.
func TestNodeThatForgotBelievesItsOwnSignature(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	b.node.Published(b.now, b.round(7, usual))
	b.expect(b.hear(0, 8))
	b.now += 20_000
	b.expect(b.see(usual), "gossip 8")
}

func TestValueOutOfBoundsIsNotSigned(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	b.expect(b.see(1))
	b.expect(b.see(usual), "sign 1")
}

func TestNodeAccusesOnceForARound(t *testing.T) {
	b := newBench(t, nil, oracle.Observation{})
	b.node.Published(b.now, b.round(7, usual))
	b.expect(b.hearValue(3, 8, usual))
	b.expect(b.hearValue(3, 8, usual+1), "it equivocated")
	b.expect(b.hearValue(3, 8, usual+2))
	b.expect(b.hearValue(0, 8, usual))
	b.expect(b.hearValue(0, 8, usual+1)) // itself it does not accuse
}

// Thirty seconds off the median, in every round that it is present in.
func TestNodeAccusesOfDeviatingOnlyWhileItLasts(t *testing.T) {
	run := func(right int) string {
		b := newBench(t, nil, oracle.Observation{})
		for i := range 5 {
			number := uint64(7 + i)
			b.hearValue(3, number, usual*2)
			r := b.round(number, usual)
			if r.Report.Flags = 1 << 3; i == right {
				r.Report.Flags = 0
			}
			for _, a := range b.node.Published(b.now, r) {
				if accuse, ok := a.(oracle.Accuse); ok {
					return fmt.Sprint(accuse.Of, " from ", accuse.Signed[0].Observation.Round, " to ", accuse.Signed[1].Observation.Round)
				}
			}
			b.now += 10_000
		}
		return "nothing"
	}
	for right, want := range map[int]string{-1: "deviated from 7 to 10", 0: "deviated from 8 to 11", 1: "nothing", 4: "deviated from 7 to 10"} {
		if got := run(right); got != want {
			t.Errorf("right in round %d: accused of %s, want %s", right, got, want)
		}
	}
}
