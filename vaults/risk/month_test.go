package risk_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/vaults/risk"
)

func day(n int) vadium.Time { return vadium.Time(n) * vadium.Time(vadium.Day) }

// Twice as long counts twice, whatever the number of quotes: an average of quotes could be moved by publishing often.
func TestMonthWeighsAPriceByTheTimeItHeld(t *testing.T) {
	m := risk.Month{}.Observe(day(100), day(200), 300)
	m = m.Observe(day(101), day(200), 100)
	for range 50 {
		m = m.Observe(m.At+1, day(200), 100)
	}
	if got, ok := m.Average(day(103)); !ok || got != 166 { // (300+100+100)/3, rounded down
		t.Errorf("a day of 300 and two of 100: average %d, %t, want 166", got, ok)
	}
}

// A price counts for as long as it may be relied on, so silence has no weight; and a quote without a price ends the one
// before at once.
func TestMonthGivesNoWeightToTimeWithoutAPrice(t *testing.T) {
	hour := vadium.Time(vadium.Hour)
	m := risk.Month{}.Observe(day(10), day(10)+hour, 100)
	m = m.Observe(day(20), day(20)+hour, 200)
	if got, ok := m.Average(day(25)); !ok || got != 150 {
		t.Errorf("an hour of 100 and, ten days later, one of 200: average %d, %t, want 150", got, ok)
	}
	m = m.Observe(day(25), day(25)+hour, 600).Observe(day(25)+hour/2, day(26), 0)
	if got, ok := m.Average(day(26)); !ok || got != 240 { // (100+200+600/2)/2.5
		t.Errorf("and half an hour of 600: average %d, %t, want 240", got, ok)
	}
	if len(m.Days) != 3 {
		t.Errorf("%d days are kept, want the 3 that had a price", len(m.Days))
	}
	if _, ok := m.Average(day(25 + 30)); ok {
		t.Error("thirty days after the last price there is still an average")
	}
	if _, ok := (risk.Month{}).Average(day(1)); ok {
		t.Error("without any price there is an average")
	}
}

// The first price is its own average at once: whoever compares the two then finds no difference.
func TestFirstPriceIsItsOwnAverage(t *testing.T) {
	m := risk.Month{}.Observe(day(3), day(4), 7)
	for now, want := range map[vadium.Time]bool{day(3): true, day(3) + 1: true, day(5): true} {
		if got, ok := m.Average(now); ok != want || got != 7 {
			t.Errorf("at %d: average %d, %t, want 7, %t", now, got, ok, want)
		}
	}
	if got, ok := m.Observe(day(3), day(4), 9).Average(day(3)); !ok || got != 9 {
		t.Errorf("replaced in the same instant: %d, %t, want 9", got, ok)
	}
	if got := m.Observe(day(2), day(4), 9); got.Price != 7 {
		t.Errorf("a price of before replaces the last: %+v", got)
	}
}

// The window is today and the 29 days before; a price older than that is forgotten at midnight and not a millisecond
// earlier.
func TestMonthForgetsADayAfterThirty(t *testing.T) {
	m := risk.Month{}.Observe(day(0), day(1), 1_000).Observe(day(29), day(40), 10)
	last := day(30) - 1
	// A whole day of 1,000 and one of 10 less a millisecond: (1000 D + 10 (D-1)) / (2D-1).
	if got, ok := m.Average(last); !ok || got != 505 {
		t.Errorf("in the last millisecond of the 30th day: %d, %t, want 505", got, ok)
	}
	if got, ok := m.Average(day(30)); !ok || got != 10 {
		t.Errorf("a millisecond later: %d, %t, want 10", got, ok)
	}
	if n := len(m.Observe(day(30), day(40), 10).Days); n != 1 {
		t.Errorf("%d days are kept, want 1", n)
	}
}

// The largest price for 30 days neither overflows nor rounds.
func TestMonthOfTheLargestPrice(t *testing.T) {
	m := risk.Month{}.Observe(0, day(100), math.MaxUint64)
	for d := range 40 {
		m = m.Observe(day(d)+1, day(100), math.MaxUint64)
	}
	if got, ok := m.Average(day(40)); !ok || got != math.MaxUint64 {
		t.Errorf("average %d, %t, want the price", got, ok)
	}
	if len(m.Days) > 30 {
		t.Errorf("%d days are kept, want at most 30", len(m.Days))
	}
}

// Random prices, gaps and lengths against sums of whole milliseconds by the book. A month never changes one it came from,
// and reads back as it was written.
func TestMonthIsExact(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		type span struct {
			from, to vadium.Time
			price    risk.Price
		}
		var spans []span
		var m risk.Month
		now := vadium.Time(random.Int64N(int64(100 * vadium.Day)))
		for range 1 + random.IntN(120) {
			p := risk.Price(random.Uint64N(1_000_000))
			if random.IntN(6) == 0 {
				p = 0
			}
			until := now + vadium.Time(random.Int64N(int64(2*vadium.Day)))
			if n := len(spans); n > 0 {
				spans[n-1].to = min(spans[n-1].to, now)
			}
			spans = append(spans, span{now, until, p})
			before := slices.Clone(m.Days)
			next := m.Observe(now, until, p)
			if !slices.Equal(before, m.Days) {
				t.Fatalf("seed %d: a month changed the one it came from", seed)
			}
			m = next
			now += vadium.Time(random.Int64N(int64(vadium.Day)))
		}
		encoded, err := rlp.EncodeToBytes(&m)
		if err != nil {
			t.Fatal(err)
		}
		var read risk.Month
		if err := rlp.DecodeBytes(encoded, &read); err != nil {
			t.Fatal(err)
		}
		sum, known := new(big.Int), int64(0)
		first := (now/vadium.Time(vadium.Day) - 29) * vadium.Time(vadium.Day)
		for _, s := range spans {
			if from, to := max(s.from, first), min(s.to, now); s.price > 0 && from < to {
				sum.Add(sum, new(big.Int).Mul(new(big.Int).SetUint64(uint64(s.price)), big.NewInt(int64(to-from))))
				known += int64(to - from)
			}
		}
		got, ok := read.Average(now)
		if known == 0 {
			continue
		}
		if want := sum.Div(sum, big.NewInt(known)).Uint64(); !ok || uint64(got) != want {
			t.Errorf("seed %d: average %d, %t, want %d", seed, got, ok, want)
		}
	}
}
