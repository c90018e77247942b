package oracle_test

import (
	"errors"
	"testing"

	"vadium"
	"vadium/oracle"
)

// history is what a market keeps of a feed of seven: a round every ten seconds with the median 10,000, at which seat 6 is
// present and flagged, each published a second after its observations.
func history(f oracle.Feed, n int) (recent []oracle.Round) {
	for i := range n {
		at := start + vadium.Time(10_000*i)
		recent = append(recent, oracle.Round{Published: at + 1_000, Report: oracle.Report{
			Round: uint64(10 + 2*i), Committee: f.Committee, Median: vadium.NewAmount(10_000), Oldest: at, Newest: at,
			Present: 0b1011111, Flags: 0b1000000,
		}})
	}
	return recent
}

func TestDeviationIsJudgedOnBothSidesOfEachRule(t *testing.T) {
	f := feedOf(7)
	f.Sources = sources(2)
	scope := oracle.Scope{4}
	type change = func(recent []oracle.Round, found *oracle.Finding)
	value := vadium.NewAmount
	found := func() oracle.Finding {
		return oracle.Finding{
			Feed: f.ID, Key: f.Seats[6].Key,
			Signed:   []oracle.Observation{{scope, 12, value(11_000), start + 10_000}, {scope, 18, value(10_900), start + 40_000}},
			Upstream: []oracle.Quote{{0, value(10_010), start + 5_000}, {1, value(10_000), start + 45_000}},
		}
	}
	for _, c := range []struct {
		name   string
		change change
		off    vadium.Bps
		want   error
	}{
		{"as it is", func([]oracle.Round, *oracle.Finding) {}, 900, nil},
		{"of another feed", func(_ []oracle.Round, x *oracle.Finding) { x.Feed[0]++ }, 0, oracle.ErrFindingForm},
		{"of another scope", func(_ []oracle.Round, x *oracle.Finding) { x.Signed[1].Scope[0]++ }, 0, oracle.ErrFindingForm},
		{"one observation", func(_ []oracle.Round, x *oracle.Finding) { x.Signed = x.Signed[:1] }, 0, oracle.ErrFindingForm},
		{"one quote", func(_ []oracle.Round, x *oracle.Finding) { x.Upstream = x.Upstream[:1] }, 0, oracle.ErrFindingForm},
		{"no seat", func(_ []oracle.Round, x *oracle.Finding) { x.Key[0]++ }, 0, oracle.ErrFindingKey},
		{"too short by a millisecond", func(_ []oracle.Round, x *oracle.Finding) { x.Signed[1].At-- }, 0, oracle.ErrNotLasting},
		{"in the wrong order", func(_ []oracle.Round, x *oracle.Finding) { x.Signed[0].Round = 18 }, 0, oracle.ErrNotLasting},
		{"a round that was not published", func(_ []oracle.Round, x *oracle.Finding) { x.Signed[1].Round = 17 }, 0, oracle.ErrFindingRound},
		{"a round that is not kept", func(_ []oracle.Round, x *oracle.Finding) { x.Signed[1].Round = 20 }, 0, oracle.ErrFindingRound},
		{"just above the outlier share", func(_ []oracle.Round, x *oracle.Finding) {
			x.Signed[0].Value, x.Upstream[0].Value = value(10_251), value(10_000)
		}, 251, nil},
		{"within it", func(_ []oracle.Round, x *oracle.Finding) {
			x.Signed[0].Value, x.Upstream[0].Value = value(10_250), value(10_000)
		}, 0, oracle.ErrNoDeviation},
		{"within it of the quote alone", func(_ []oracle.Round, x *oracle.Finding) {
			x.Signed[0].Value, x.Upstream[0].Value = value(10_260), value(10_010)
		}, 0, oracle.ErrNoDeviation},
		{"below", func(_ []oracle.Round, x *oracle.Finding) { x.Signed[1].Value = value(9_000) }, 989, nil},
		{"off by more than the whole", func(_ []oracle.Round, x *oracle.Finding) {
			x.Signed[0].Value, x.Signed[1].Value = value(90_000), value(90_000)
		}, 10_000, nil},
		{"a quote of half a minute before", func(_ []oracle.Round, x *oracle.Finding) { x.Upstream[0].At = start - 20_000 }, 900, nil},
		{"of a millisecond more", func(_ []oracle.Round, x *oracle.Finding) { x.Upstream[0].At = start - 20_001 }, 0, oracle.ErrQuoteDoubtful},
		{"of half a minute after", func(_ []oracle.Round, x *oracle.Finding) { x.Upstream[1].At = start + 70_000 }, 900, nil},
		{"of a millisecond more", func(_ []oracle.Round, x *oracle.Finding) { x.Upstream[1].At = start + 70_001 }, 0, oracle.ErrQuoteDoubtful},
		{"a quote of no source", func(_ []oracle.Round, x *oracle.Finding) { x.Upstream[1].Source = 2 }, 0, oracle.ErrQuoteDoubtful},
		{"a quote as far off as it may be", func(_ []oracle.Round, x *oracle.Finding) { x.Upstream[0].Value = value(9_750) }, 900, nil},
		{"a quote further off", func(_ []oracle.Round, x *oracle.Finding) { x.Upstream[0].Value = value(9_749) }, 0, oracle.ErrQuoteDoubtful},
		{"right in between", func(r []oracle.Round, _ *oracle.Finding) { r[2].Report.Flags = 0 }, 0, oracle.ErrNotFlagged},
		{"absent in between", func(r []oracle.Round, _ *oracle.Finding) { r[2].Report.Flags, r[2].Report.Present = 0, 0b0111111 }, 900, nil},
		{"absent at the first", func(r []oracle.Round, _ *oracle.Finding) { r[1].Report.Flags, r[1].Report.Present = 0, 0b0111111 }, 900, nil},
		{"absent at the first, and as the round before says", func(r []oracle.Round, _ *oracle.Finding) {
			r[1].Report.Flags, r[1].Report.Present, r[0].Report.Median = 0, 0b0111111, value(11_000)
		}, 0, oracle.ErrNotFlagged},
		{"absent at the first, and signed before the round before it", func(r []oracle.Round, x *oracle.Finding) {
			r[1].Report.Flags, r[1].Report.Present, x.Signed[0].At = 0, 0b0111111, r[0].Report.Newest
		}, 0, oracle.ErrNotFlagged},
		{"absent at the first, after another committee's", func(r []oracle.Round, _ *oracle.Finding) {
			r[1].Report.Flags, r[1].Report.Present = 0, 0b0111111
			r[0].Report.Committee[0]++
		}, 0, oracle.ErrNotFlagged},
		{"right at the first", func(r []oracle.Round, _ *oracle.Finding) { r[1].Report.Flags = 0 }, 0, oracle.ErrNotFlagged},
		{"right at the last", func(r []oracle.Round, _ *oracle.Finding) { r[4].Report.Flags = 0 }, 0, oracle.ErrNotFlagged},
		{"older than the first round's oldest", func(_ []oracle.Round, x *oracle.Finding) { x.Signed[0].At-- }, 0, oracle.ErrNotFlagged},
		{"younger than the last round's newest", func(_ []oracle.Round, x *oracle.Finding) { x.Signed[1].At++ }, 0, oracle.ErrNotFlagged},
		{"right before", func(r []oracle.Round, _ *oracle.Finding) { r[0].Report.Flags = 0 }, 900, nil},
		{"right after", func(r []oracle.Round, _ *oracle.Finding) { r[5].Report.Flags = 0 }, 900, nil},
		{"another committee in between", func(r []oracle.Round, _ *oracle.Finding) { r[2].Report.Committee[0]++ }, 0, oracle.ErrFindingRound},
		{"another committee at the end", func(r []oracle.Round, _ *oracle.Finding) { r[4].Report.Committee[0]++ }, 0, oracle.ErrFindingRound},
		{"another committee before", func(r []oracle.Round, _ *oracle.Finding) { r[0].Report.Committee[0]++ }, 900, nil},
	} {
		recent, x := history(f, 6), found()
		if c.name == "a round that is not kept" {
			recent = recent[:5]
		}
		c.change(recent, &x)
		got, err := f.JudgeDeviation(scope, recent, x)
		if !errors.Is(err, c.want) || err == nil && (got.Off != c.off || got.First != 12 || got.Last != 18) {
			t.Errorf("%s: JudgeDeviation = %+v, %v, want off by %d, %v", c.name, got, err, c.off, c.want)
		}
	}
}

func TestEquivocationIsTwoObservationsOfOneRound(t *testing.T) {
	f := feedOf(7)
	scope := oracle.Scope{4}
	o := oracle.Observation{Scope: scope, Round: 3, Value: vadium.NewAmount(5), At: start}
	for _, c := range []struct {
		name   string
		change func(*oracle.Observation)
		want   error
	}{
		{"one and the same", func(*oracle.Observation) {}, oracle.ErrNoEquivocation},
		{"another value", func(o *oracle.Observation) { o.Value = vadium.NewAmount(6) }, nil},
		{"another time", func(o *oracle.Observation) { o.At++ }, nil},
		{"another round", func(o *oracle.Observation) { o.Round++; o.At++ }, oracle.ErrNoEquivocation},
		{"another market", func(o *oracle.Observation) { o.Scope[0]++ }, oracle.ErrFindingForm},
	} {
		other := o
		c.change(&other)
		found := oracle.Finding{Feed: f.ID, Signed: []oracle.Observation{o, other}}
		if err := f.JudgeEquivocation(scope, found); !errors.Is(err, c.want) {
			t.Errorf("%s: JudgeEquivocation = %v, want %v", c.name, err, c.want)
		}
	}
}

func TestStaleIsWhatWasOldWhenTheRoundBeforeWasPublished(t *testing.T) {
	f := feedOf(7) // a window of ten seconds
	scope := oracle.Scope{4}
	recent := history(f, 4) // rounds 10 to 16, published 1, 11, 21 and 31 seconds after the start
	limit := recent[2].Published - vadium.Time(f.Window+oracle.MaxSkew)
	for _, c := range []struct {
		name  string
		round uint64
		at    vadium.Time
		other int // of another committee
		want  error
	}{
		{"not older than the window", 15, limit, -1, oracle.ErrNotStale},
		{"older by a millisecond", 15, limit - 1, -1, nil},
		{"of the round that was published then", 14, limit - 1, -1, oracle.ErrNotStale},
		{"of a round that is yet to come", 99, limit - 1, -1, nil},
		{"made before the committee published anything", 15, recent[0].Published - 1, -1, oracle.ErrFindingRound},
		{"made when it did", 15, recent[0].Published, -1, nil},
		{"of the first round", 10, 0, -1, oracle.ErrFindingRound},
		{"the round before is another committee's", 15, limit - 1, 2, oracle.ErrFindingRound},
		{"one in between is", 15, recent[0].Published, 1, oracle.ErrFindingRound},
		{"a later one is", 15, recent[0].Published, 3, nil},
	} {
		rounds := history(f, 4)
		if c.other >= 0 {
			rounds[c.other].Report.Committee[0]++
		}
		found := oracle.Finding{Feed: f.ID, Key: f.Seats[1].Key, Signed: []oracle.Observation{{Scope: scope, Round: c.round, At: c.at}}}
		if err := f.JudgeStale(scope, rounds, found); !errors.Is(err, c.want) {
			t.Errorf("%s: JudgeStale = %v, want %v", c.name, err, c.want)
		}
	}
	if err := f.JudgeStale(scope, recent, oracle.Finding{Feed: f.ID, Key: oracle.Key{99}, Signed: []oracle.Observation{{Scope: scope, Round: 15}}}); !errors.Is(err, oracle.ErrFindingKey) {
		t.Errorf("a key without a seat: JudgeStale = %v", err)
	}
}
