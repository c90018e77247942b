package oracle_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/oracle"
)

const start vadium.Time = 1_700_000_000_000

func TestReportIsAcceptedOnBothSidesOfEachRule(t *testing.T) {
	f := feedOf(7)
	scope := oracle.Scope{5}
	all := oracle.Present(1<<7 - 1)
	last := oracle.Round{Report: oracle.Report{Round: 4, Oldest: start - 8_000}, Published: start - 7_000}
	good := oracle.Report{
		Scope: scope, Round: 5, Committee: f.Committee, Median: f.Least, Oldest: start - 5_000, Newest: start,
		Present: 0b0011111, Quorum: 5, Outlier: 250, Flags: 0b1,
	}
	type change = func(*oracle.Report)
	for _, c := range []struct {
		name   string
		backed oracle.Present
		change change
		want   error
	}{
		{"as it is", all, func(*oracle.Report) {}, nil},
		{"of another scope", all, func(r *oracle.Report) { r.Scope[0]++ }, oracle.ErrRoundScope},
		{"the same number again", all, func(r *oracle.Report) { r.Round = 4 }, oracle.ErrRoundNumber},
		{"a lower number", all, func(r *oracle.Report) { r.Round = 3 }, oracle.ErrRoundNumber},
		{"numbers left out", all, func(r *oracle.Report) { r.Round = 50 }, nil},
		{"of another committee", all, func(r *oracle.Report) { r.Committee[0]++ }, oracle.ErrRoundCommittee},
		{"the last seat", all, func(r *oracle.Report) { r.Present |= 1 << 6 }, nil},
		{"a seat too many", all, func(r *oracle.Report) { r.Present |= 1 << 7 }, oracle.ErrRoundCommittee},
		{"the highest slot", all, func(r *oracle.Report) { r.Present |= 1 << 31 }, oracle.ErrRoundCommittee},
		{"an absent seat is flagged", all, func(r *oracle.Report) { r.Flags = 1 << 5 }, oracle.ErrRoundCommittee},
		{"another quorum", all, func(r *oracle.Report) { r.Quorum = 4 }, oracle.ErrRoundTerms},
		{"another outlier share", all, func(r *oracle.Report) { r.Outlier = 251 }, oracle.ErrRoundTerms},
		{"one less than the quorum", all, func(r *oracle.Report) { r.Present = 0b0001111 }, oracle.ErrRoundQuorum},
		{"as many as the quorum are backed", 0b0011111, func(*oracle.Report) {}, nil},
		{"one of them is not", 0b1101111, func(*oracle.Report) {}, oracle.ErrRoundUnbacked},
		{"one more is not", 0b1101111, func(r *oracle.Report) { r.Present = 0b0111111 }, nil},
		{"just younger than the last", all, func(r *oracle.Report) { r.Oldest = start - 7_999 }, nil},
		{"as old as the last", all, func(r *oracle.Report) { r.Oldest = start - 8_000 }, oracle.ErrRoundOlder},
		{"a second ahead", all, func(r *oracle.Report) { r.Newest = start + 1_000 }, nil},
		{"more than a second ahead", all, func(r *oracle.Report) { r.Newest = start + 1_001 }, oracle.ErrRoundFuture},
		{"newest before oldest", all, func(r *oracle.Report) { r.Newest = start - 5_001 }, oracle.ErrRoundFuture},
		{"of one time", all, func(r *oracle.Report) { r.Newest = start - 5_000 }, nil},
		{"below the least", all, func(r *oracle.Report) { r.Median = f.Least.MustSub(vadium.NewAmount(1)) }, oracle.ErrRoundBounds},
		{"the most", all, func(r *oracle.Report) { r.Median = f.Most }, nil},
		{"above the most", all, func(r *oracle.Report) { r.Median = f.Most.MustAdd(vadium.NewAmount(1)) }, oracle.ErrRoundBounds},
	} {
		r := good
		c.change(&r)
		if err := f.Accept(scope, c.backed, last, start, r); !errors.Is(err, c.want) {
			t.Errorf("%s: Accept = %v, want %v", c.name, err, c.want)
		}
	}
	for _, c := range []struct {
		old  vadium.Duration
		want error
	}{{f.Window, nil}, {f.Window + 1, oracle.ErrRoundStale}} {
		r := good
		r.Oldest = start - vadium.Time(c.old)
		if err := f.Accept(scope, all, oracle.Round{}, start, r); !errors.Is(err, c.want) {
			t.Errorf("an observation %d ms old: Accept = %v, want %v", c.old, err, c.want)
		}
	}
	if err := feedOf(31).Accept(scope, 1<<31-1, last, start, with(good, func(r *oracle.Report) { r.Present, r.Quorum = 1<<31-1, 21 })); err != nil {
		t.Errorf("all of 31 seats are present: Accept = %v", err)
	}
}

func with(r oracle.Report, change func(*oracle.Report)) oracle.Report {
	change(&r)
	return r
}

// What a quorum of observations comes to, against the definition of each part.
func TestSummaryIsWhatItsPartsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(oracle.LeastSeats, oracle.MostSeats).Draw(t, "seats")
		f := feedOf(n)
		slots := rapid.Permutation(slices.Collect(slices.Values(ascending(n)))).Draw(t, "slots")
		slots = slots[:rapid.IntRange(1, n).Draw(t, "present")]
		var signed []oracle.Signed
		for _, slot := range slots {
			signed = append(signed, oracle.Signed{Key: f.Seats[slot].Key, Observation: oracle.Observation{
				Round: 3, Value: vadium.NewAmount(rapid.Uint64Range(900, 1100).Draw(t, "value")), At: start + vadium.Time(rapid.IntRange(0, 99).Draw(t, "at")),
			}})
		}
		r := f.Summarise(signed)
		less, atMost := 0, 0
		for i, slot := range slots {
			o := signed[i].Observation
			if o.Value.Less(r.Median) {
				less++
			}
			if !r.Median.Less(o.Value) {
				atMost++
			}
			off := max(o.Value.Uint256().Uint64(), r.Median.Uint256().Uint64()) - min(o.Value.Uint256().Uint64(), r.Median.Uint256().Uint64())
			if flagged := off*10_000 > uint64(f.Outlier)*r.Median.Uint256().Uint64(); !r.Present.Has(slot) || r.Flags.Has(slot) != flagged || o.At < r.Oldest || o.At > r.Newest {
				t.Errorf("slot %d said %+v, of which %+v says otherwise", slot, o, r)
			}
		}
		if p := len(slots); less > p/2 || atMost < p/2+1 || r.Present.Count() != p {
			t.Errorf("%d of %d are below the median %v, %d at most it, %d are present", less, p, r.Median, atMost, r.Present.Count())
		}
	})
}

func ascending(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

func TestMedianIsTheMiddleOrTheUpperOfTwo(t *testing.T) {
	amounts := func(values ...uint64) (all []vadium.Amount) {
		for _, v := range values {
			all = append(all, vadium.NewAmount(v))
		}
		return all
	}
	for _, c := range []struct {
		values []uint64
		want   uint64
	}{{[]uint64{7}, 7}, {[]uint64{2, 1}, 2}, {[]uint64{3, 1, 2}, 2}, {[]uint64{4, 1, 3, 2}, 3}, {[]uint64{1, 1, 1, 9}, 1}} {
		values := amounts(c.values...)
		if got := oracle.Median(values); got != vadium.NewAmount(c.want) {
			t.Errorf("Median(%v) = %v, want %d", c.values, got, c.want)
		}
		if !slices.Equal(values, amounts(c.values...)) {
			t.Errorf("Median changed its argument to %v", values)
		}
	}
}

// However a third of a quorum lies, the median is within what the honest said.
func TestLiarsCannotMoveTheMedianOutOfWhatTheHonestSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(oracle.LeastSeats, oracle.MostSeats).Draw(t, "seats")
		present := rapid.IntRange(oracle.LeastQuorum(n), n).Draw(t, "present")
		value := rapid.Custom(func(t *rapid.T) vadium.Amount { return vadium.NewAmount(rapid.Uint64().Draw(t, "value")) })
		honest := rapid.SliceOfN(value, present-oracle.Faulty(n), present-oracle.Faulty(n)).Draw(t, "honest")
		lies := rapid.SliceOfN(value, oracle.Faulty(n), oracle.Faulty(n)).Draw(t, "lies")
		m := oracle.Median(slices.Concat(honest, lies))
		if least, most := slices.MinFunc(honest, vadium.Amount.Cmp), slices.MaxFunc(honest, vadium.Amount.Cmp); m.Less(least) || most.Less(m) {
			t.Errorf("honest %v, lies %v: a median of %v", honest, lies, m)
		}
	})
}

func TestSharesAreExact(t *testing.T) {
	amount := vadium.NewAmount
	for _, c := range []struct {
		v, from    uint64
		off, moved bool
		by         vadium.Bps
	}{
		{10_250, 10_000, false, true, 250}, {10_251, 10_000, true, true, 251}, {10_249, 10_000, false, false, 249},
		{9_750, 10_000, false, true, 250}, {9_749, 10_000, true, true, 251}, {9_751, 10_000, false, false, 249},
		{10_000, 10_000, false, false, 0}, {41, 40, false, true, 250}, {2, 1, true, true, 10_000}, {0, 0, false, true, 0}, {1, 0, true, true, 1<<32 - 1},
		{0, 5, true, true, 10_000}, {1 << 63, 1, true, true, 1<<32 - 1},
	} {
		if got := oracle.Off(amount(c.v), amount(c.from), 250); got != c.off {
			t.Errorf("Off(%d, %d, 250) = %v", c.v, c.from, got)
		}
		if got := oracle.Moved(amount(c.from), amount(c.v), 250); got != c.moved {
			t.Errorf("Moved(%d, %d, 250) = %v", c.from, c.v, got)
		}
		if got := oracle.OffBy(amount(c.v), amount(c.from)); got != c.by {
			t.Errorf("OffBy(%d, %d) = %d, want %d", c.v, c.from, got, c.by)
		}
	}
}

func TestValuesBecomePricesRoundedDown(t *testing.T) {
	for _, c := range []struct {
		decimals uint8
		value    string
		want     uint64
		ok       bool
	}{
		{8, "300012345678", 3_000_123_456, true}, {8, "99", 0, true}, {8, "100", 1, true}, {0, "3", 3_000_000, true},
		{18, "1999999999999999999", 1_999_999, true}, {6, "18446744073709551615", 1<<64 - 1, true}, {6, "18446744073709551616", 0, false},
	} {
		value, err := vadium.ParseAmount(c.value)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := (oracle.Feed{Decimals: c.decimals}).Price(value); uint64(got) != c.want || ok != c.ok {
			t.Errorf("%s with %d decimals: Price = %d, %v, want %d, %v", c.value, c.decimals, got, ok, c.want, c.ok)
		}
	}
}

func TestUpstreamValuesAreRoundedToNearest(t *testing.T) {
	for _, c := range []struct {
		from, to uint8
		value    uint64
		want     uint64
	}{{8, 8, 5, 5}, {8, 6, 149, 1}, {8, 6, 150, 2}, {8, 6, 249, 2}, {0, 2, 7, 700}, {2, 0, 49, 0}, {2, 0, 50, 1}, {18, 0, 1, 0}} {
		if got, ok := (oracle.Feed{Decimals: c.to}).Rescale(vadium.NewAmount(c.value), c.from); got != vadium.NewAmount(c.want) || !ok {
			t.Errorf("Rescale(%d) from %d to %d decimals = %v, %v, want %d", c.value, c.from, c.to, got, ok, c.want)
		}
	}
	top := vadium.AmountFromBytes32([32]byte{20: 0x80})
	if _, ok := (oracle.Feed{Decimals: 8}).Rescale(top, 8); !ok {
		t.Error("a value of 96 bits does not fit")
	}
	if got, ok := (oracle.Feed{Decimals: 9}).Rescale(top, 8); ok {
		t.Errorf("ten times 2^95 is %v", got)
	}
	if _, ok := (oracle.Feed{Decimals: 18}).Rescale(vadium.AmountFromBytes32([32]byte{0: 0xff}), 0); ok {
		t.Error("256 bits times 10^18 fit")
	}
}

func TestHeartbeatAndSilenceOnBothSides(t *testing.T) {
	f := feedOf(7) // two may be faulty: four turns of two seconds after the heartbeat of twenty
	last := oracle.Round{Report: oracle.Report{Round: 1}, Published: start}
	for _, c := range []struct {
		after     vadium.Duration
		due, late bool
	}{{19_999, false, false}, {20_000, true, false}, {28_000, true, false}, {28_001, true, true}} {
		now := start.Add(c.after)
		if due, late := f.Due(last, now), f.Late(last, now); due != c.due || late != c.late {
			t.Errorf("%d ms after a round: due %v, late %v, want %v, %v", c.after, due, late, c.due, c.late)
		}
	}
	if !f.Due(oracle.Round{}, 0) || !f.Late(oracle.Round{}, 0) {
		t.Error("a feed without a round is not due at once")
	}
	for round, want := range map[uint64]int{7: 0, 8: 1, 13: 6} {
		if got := f.Leader(round); got != want {
			t.Errorf("Leader(%d) = %d, want %d", round, got, want)
		}
	}
}
