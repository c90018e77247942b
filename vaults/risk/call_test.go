package risk_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/risk"
)

var params = risk.Default()

func stake(units uint64) risk.Cover { return risk.Cover{Stake: vadium.NewAmount(units)} }

// marking is a situation in which so much is posted and needed, with a fresh price.
func marking(now vadium.Time, posted, need uint64) risk.Marking {
	return risk.Marking{Now: now, Posted: stake(posted), Maintenance: stake(need), Initial: stake(need), Fresh: true}
}

// callAt is a call for 100 where 80 was posted, made at hour 0 and now at a stage.
func callAt(s risk.Stage) risk.Call {
	if s == risk.Met {
		return risk.Call{}
	}
	return risk.Call{Stage: s, Glide: risk.Glide{From: stake(80), To: stake(100), End: hour(48)}, Grace: 48 * vadium.Hour, ExcludeAfter: 7 * vadium.Day}
}

func TestHalfWayTheGlideIsTheMidpointRoundedUp(t *testing.T) {
	g := risk.Glide{From: stake(80), To: stake(101), Start: hour(10), End: hour(58)}
	for _, c := range []struct {
		at   vadium.Time
		want uint64
	}{
		{0, 80}, {hour(10), 80}, {hour(10) + 1, 81}, {hour(34), 91}, {hour(58) - 1, 101}, {hour(58), 101}, {hour(99), 101},
	} {
		if got := g.At(c.at); got != stake(c.want) {
			t.Errorf("At(%d ms) = %v, want %d", c.at, got.Stake, c.want)
		}
	}
}

// Every stage in every situation, each side of each deadline. The edges written here are all there are, and each is seen.
func TestTheLadderHasTheseEdgesAndNoOther(t *testing.T) {
	type edge struct{ from, to risk.Stage }
	seen := map[edge]bool{
		{risk.Met, risk.Called}: false, {risk.Called, risk.Met}: false, {risk.Called, risk.Reduced}: false,
		{risk.Reduced, risk.Met}: false, {risk.Reduced, risk.Suspended}: false,
		{risk.Suspended, risk.Met}: false, {risk.Suspended, risk.Excluded}: false,
	}
	deadline := map[risk.Stage]vadium.Time{risk.Called: hour(48), risk.Reduced: hour(96), risk.Suspended: hour(7 * 24)}
	for from := risk.Met; from <= risk.Excluded; from++ {
		for _, now := range []vadium.Time{hour(1), hour(48), hour(48) + 1, hour(96), hour(96) + 1, hour(168), hour(168) + 1, hour(9_999)} {
			for _, posted := range []uint64{79, 99, 100, 101} {
				for _, fresh := range []bool{true, false} {
					m := marking(now, posted, 100)
					m.Fresh = fresh
					want := from
					late := fresh && now > deadline[from]
					switch {
					case from == risk.Excluded:
					case from == risk.Met && posted < 100:
						want = risk.Called
					case from != risk.Met && posted >= 100:
						want = risk.Met
					case from != risk.Met && late:
						want = from + 1
					}
					got := callAt(from).Next(m, params)
					if got.Stage != want {
						t.Errorf("%v at %d ms with %d posted, fresh %v: %v, want %v", from, now, posted, fresh, got.Stage, want)
					}
					if got.Stage == risk.Met && got != (risk.Call{}) {
						t.Errorf("a call that is met leaves %+v", got)
					}
					if want != from {
						if _, known := seen[edge{from, want}]; !known {
							t.Errorf("there is no edge from %v to %v", from, want)
						}
						seen[edge{from, want}] = true
					}
				}
			}
		}
	}
	for e, was := range seen {
		if !was {
			t.Errorf("no situation takes %v to %v", e.from, e.to)
		}
	}
}

// Whatever happens, a call climbs one stage at a time, and goes back only to nothing, and only when all is posted.
func TestNoPathBackSkipsTheCure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c risk.Call
		now := vadium.Time(0)
		for range rapid.IntRange(1, 60).Draw(t, "markings") {
			now = now.Add(vadium.Duration(rapid.Int64Range(0, int64(3*vadium.Day)).Draw(t, "passed")))
			m := marking(now, rapid.Uint64Range(0, 200).Draw(t, "posted"), rapid.Uint64Range(0, 200).Draw(t, "maintenance"))
			m.Initial = stake(rapid.Uint64Range(0, 20).Draw(t, "more") + m.Maintenance.Stake.Uint256().Uint64())
			m.Fresh = rapid.Bool().Draw(t, "fresh")
			before := c
			c = c.Next(m, params)
			switch {
			case c.Stage == before.Stage:
			case c.Stage == before.Stage+1:
				if m.Posted.Meets(m.Initial) {
					t.Fatalf("%v became %v though all is posted", before.Stage, c.Stage)
				}
				if c.Stage > risk.Called && (!m.Fresh || now <= before.Opened.Add(params.CallGrace)) {
					t.Fatalf("%v became %v within the grace, or without a price", before.Stage, c.Stage)
				}
			case c.Stage == risk.Met && before.Stage < risk.Excluded:
				if !m.Posted.Meets(m.Initial) {
					t.Fatalf("%v was cured though %v of %v is posted", before.Stage, m.Posted.Stake, m.Initial.Stake)
				}
			default:
				t.Fatalf("%v became %v", before.Stage, c.Stage)
			}
			if c.Stage != risk.Met && c.Opened.Before(before.Opened) {
				t.Fatalf("the clock went back from %d to %d", before.Opened, c.Opened)
			}
		}
	})
}

func TestACallIsMadeBelowMaintenanceAndCuredAtInitial(t *testing.T) {
	m := risk.Marking{Posted: stake(80), Maintenance: stake(80), Initial: stake(100), Fresh: true}
	if c := (risk.Call{}).Next(m, params); c.Stage != risk.Met {
		t.Errorf("at the maintenance margin the call is %v, want %v", c.Stage, risk.Met)
	}
	m.Posted = stake(79)
	c := (risk.Call{}).Next(m, params)
	if c.Stage != risk.Called || c.Glide.To != m.Initial || c.Glide.End != hour(48) {
		t.Fatalf("below it the call is %+v, want one for the initial margin by hour 48", c)
	}
	for posted, want := range map[uint64]risk.Stage{80: risk.Called, 99: risk.Called, 100: risk.Met} {
		m.Posted = stake(posted)
		if got := c.Next(m, params).Stage; got != want {
			t.Errorf("with %d posted it is %v, want %v", posted, got, want)
		}
	}
}

func TestAShortJuniorIsCalledForToo(t *testing.T) {
	m := marking(0, 100, 100)
	m.Posted.Junior, m.Maintenance.Junior, m.Initial.Junior = vadium.NewAmount(9), vadium.NewAmount(10), vadium.NewAmount(10)
	if c := (risk.Call{}).Next(m, params); c.Stage != risk.Called {
		t.Errorf("with a junior of 9 where damage caps need 10, the call is %v, want %v", c.Stage, risk.Called)
	}
}

// economics.md §4.4: what was called for is too little when it is below 91 % of what is needed now.
func TestACallIsWidenedOnlyBelowNinetyOnePercent(t *testing.T) {
	at := hour(24) // required: 90
	for _, c := range []struct {
		name         string
		posted, need uint64
		opened, end  vadium.Time
		to           uint64
	}{
		{"just enough", 90, 109, 0, hour(48), 100},                               // 91 % of 109 is 99.19
		{"one more, and it has kept up: a new call", 90, 110, at, hour(72), 110}, // 91 % of 110 is 100.1
		{"one more, and it is behind: the clock runs on", 89, 110, 0, hour(48), 110},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := callAt(risk.Called).Next(marking(at, c.posted, c.need), params)
			if got.Stage != risk.Called || got.Opened != c.opened || got.Glide.End != c.end || got.Glide.To != stake(c.to) {
				t.Errorf("the call is %+v, want opened %d, until %d, for %d", got, c.opened, c.end, c.to)
			}
			if got.Glide.At(at) != stake(90) {
				t.Errorf("at once %v is required, want 90: nothing jumps", got.Glide.At(at).Stake)
			}
		})
	}
}

// The constitution's day (economics.md §5.5) is for what comes on top, too.
func TestWhatACallIsWidenedByHasADay(t *testing.T) {
	got := callAt(risk.Called).Next(marking(hour(40), 80, 200), params)
	if got.Glide.End != hour(64) || got.Opened != 0 {
		t.Errorf("widened at hour 40 it runs until %d from %d, want hour 64 from 0", got.Glide.End, got.Opened)
	}
	if late := got.Next(marking(hour(48)+1, 80, 200), params); late.Stage != risk.Reduced {
		t.Errorf("who is behind at the end of the grace is %v, want %v", late.Stage, risk.Reduced)
	}
	if kept := got.Next(marking(hour(48)+1, 140, 200), params); kept.Stage != risk.Called {
		t.Errorf("who keeps up is %v at hour 48, want %v", kept.Stage, risk.Called)
	}
}

func TestWhatIsNeededNoLongerIsNotCalledFor(t *testing.T) {
	c := callAt(risk.Reduced).Next(marking(hour(50), 80, 90), params)
	if c.Stage != risk.Reduced || c.Glide.At(hour(50)) != stake(90) {
		t.Errorf("the call is %v for %v, want reduced for 90", c.Stage, c.Glide.At(hour(50)).Stake)
	}
	if c = c.Next(marking(hour(51), 90, 90), params); c.Stage != risk.Met {
		t.Errorf("with 90 of 90 it is %v, want %v", c.Stage, risk.Met)
	}
}

func TestAnOutageMovesTheDeadlinesOfCalls(t *testing.T) {
	c := callAt(risk.Called).Postpone(5 * vadium.Hour)
	if c.Opened != hour(5) || c.Glide.Start != hour(5) || c.Glide.End != hour(53) || c.Deadline() != hour(53) {
		t.Errorf("postponed by five hours: %+v", c)
	}
	if got := (risk.Call{}).Postpone(vadium.Hour); got != (risk.Call{}) {
		t.Errorf("no call, postponed, is %+v", got)
	}
}

// No retroactivity (economics.md §5.5): whatever the parameters become, a call keeps the times under which it was made, also
// when it is widened.
func TestACallKeepsTheTimesItWasMadeUnder(t *testing.T) {
	long, brief := params, params
	long.CallGrace, long.ExcludeAfter = 72*vadium.Hour, 9*vadium.Day
	brief.CallGrace, brief.ExcludeAfter = 24*vadium.Hour, 5*vadium.Day
	for name, p := range map[string][2]risk.Params{"less": {long, brief}, "more": {brief, long}} {
		made, later := p[0], p[1]
		c := (risk.Call{}).Next(marking(0, 80, 100), made)
		for stage, after := range map[risk.Stage]vadium.Duration{
			risk.Called: made.CallGrace, risk.Reduced: 2 * made.CallGrace, risk.Suspended: made.ExcludeAfter,
		} {
			c.Stage = stage
			last := vadium.Time(0).Add(after)
			if got := c.Deadline(); got != last {
				t.Errorf("%s: the deadline of %v is %d, want %d", name, stage, got, last)
			}
			if got := c.Next(marking(last, 80, 100), later).Stage; got != stage {
				t.Errorf("%s: %v in its last instant becomes %v", name, stage, got)
			}
			if got := c.Next(marking(last+1, 80, 100), later).Stage; got != stage+1 {
				t.Errorf("%s: %v a millisecond later becomes %v", name, stage, got)
			}
		}
		c.Stage = risk.Called
		wider := c.Next(marking(hour(1), 90, 200), later)
		if wider.Opened != hour(1) || wider.Glide.End != hour(1).Add(made.CallGrace) || wider.Deadline() != hour(1).Add(made.CallGrace) {
			t.Errorf("%s: widened at hour 1 it is %+v, want until hour 1 and %d ms", name, wider, made.CallGrace)
		}
	}
}

func TestDeadlinesAreTheLastInstants(t *testing.T) {
	for stage, want := range map[risk.Stage]vadium.Time{
		risk.Met: vadium.Forever, risk.Called: hour(48), risk.Reduced: hour(96), risk.Suspended: hour(168), risk.Excluded: vadium.Forever,
	} {
		c := callAt(stage)
		if got := c.Deadline(); got != want {
			t.Errorf("%v: Deadline = %d, want %d", stage, got, want)
		} else if want == vadium.Forever {
			continue
		}
		if in := c.Next(marking(want, 80, 100), params); in.Stage != stage {
			t.Errorf("%v in the last instant becomes %v", stage, in.Stage)
		}
		if late := c.Next(marking(want+1, 80, 100), params); late.Stage != stage+1 {
			t.Errorf("%v a millisecond later becomes %v", stage, late.Stage)
		}
	}
}

func TestCommissionIsDivertedByTheShortfallAndAtMostHalf(t *testing.T) {
	late := hour(60)
	for _, c := range []struct {
		stage              risk.Stage
		commission, posted uint64
		want               uint64
	}{
		{risk.Called, 1_000, 0, 0},
		{risk.Reduced, 50, 80, 10},    // a fifth
		{risk.Reduced, 51, 80, 11},    // of 51, rounded up
		{risk.Reduced, 60, 49, 30},    // half, not 51 %
		{risk.Reduced, 1_000, 99, 1},  // never more than is missing
		{risk.Suspended, 50, 80, 10},  // on it goes
		{risk.Excluded, 50, 80, 10},   // what it still settles
		{risk.Reduced, 1_000, 100, 0}, // nothing is missing
	} {
		if got := callAt(c.stage).Divert(vadium.NewAmount(c.commission), stake(c.posted), late); got != vadium.NewAmount(c.want) {
			t.Errorf("%v: of %d with %d posted, %v is diverted, want %d", c.stage, c.commission, c.posted, got, c.want)
		}
	}
}

func TestWhoMayTakeMore(t *testing.T) {
	entry := risk.Call{Stage: risk.Called, Glide: risk.Glide{From: stake(80), To: stake(100), End: hour(48)}, Grace: 48 * vadium.Hour, ExcludeAfter: 7 * vadium.Day}
	for _, c := range []struct {
		name  string
		s     risk.Calls
		stage risk.Stage
		want  bool
	}{
		{"nothing is called for", risk.Calls{}, risk.Met, true},
		{"a call for locks ends it at once", risk.Calls{Locks: callAt(risk.Called)}, risk.Called, false},
		{"the entry minimum rises, and it keeps up", risk.Calls{Entry: entry}, risk.Called, true},
		{"the entry minimum rose, and it is late", risk.Calls{Entry: callAt(risk.Reduced)}, risk.Reduced, false},
		{"both, by the worse", risk.Calls{Locks: callAt(risk.Suspended), Entry: entry}, risk.Suspended, false},
	} {
		if got := c.s.MayTake(hour(24), stake(90)); got != c.want || c.s.Stage() != c.stage {
			t.Errorf("%s: MayTake = %v at stage %v, want %v, %v", c.name, got, c.s.Stage(), c.want, c.stage)
		}
	}
	if (risk.Calls{Entry: entry}).MayTake(hour(24)+1, stake(90)) {
		t.Error("who falls behind the rising minimum may take more")
	}
}

func TestStagesAndLevelsHaveNames(t *testing.T) {
	for value, want := range map[fmt.Stringer]string{
		risk.Met: "met", risk.Excluded: "excluded", risk.Stage(9): "stage 9",
		risk.Green: "green", risk.Halt: "halt", risk.Level(9): "level 9",
	} {
		if got := value.String(); got != want {
			t.Errorf("String = %q, want %q", got, want)
		}
	}
}

// A vault whose locks are all in its own asset needs no price: its call climbs without one, and nobody can hide behind a feed
// that is not there.
func TestCallWithoutLocksAcrossNeedsNoPrice(t *testing.T) {
	p := risk.Default()
	position := risk.Position{Same: risk.Cover{Stake: vadium.Tokens(100)}}
	posted := risk.Cover{Stake: vadium.Tokens(90)}
	at := vadium.Time(vadium.Day)
	call, ok := position.Mark(risk.Call{}, at, posted, risk.Gauge{}, p)
	if !ok || call.Stage != risk.Called {
		t.Fatalf("Mark() = %v, %v, want called", call.Stage, ok)
	}
	if call, _ = position.Mark(call, at.Add(p.CallGrace), posted, risk.Gauge{}, p); call.Stage != risk.Called {
		t.Errorf("in the last instant: %v, want called", call.Stage)
	}
	if call, _ = position.Mark(call, at.Add(p.CallGrace+1), posted, risk.Gauge{}, p); call.Stage != risk.Reduced {
		t.Errorf("a millisecond later: %v, want reduced", call.Stage)
	}
}
