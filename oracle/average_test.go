package oracle_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/oracle"
)

// spell is a value and when it was known, written down plainly.
type spell struct {
	from, until vadium.Time
	value       uint64
}

// average is the slow way: every spell cut to the hour that the average says it is over.
func averageOf(spells []spell, from, now vadium.Time) (average uint64, known bool) {
	sum, weight := new(big.Int), int64(0)
	for i, s := range spells {
		end := min(s.until, now)
		if i+1 < len(spells) {
			end = min(end, spells[i+1].from)
		}
		if length := int64(end - max(s.from, from)); length > 0 {
			weight += length
			sum.Add(sum, new(big.Int).Mul(new(big.Int).SetUint64(s.value), big.NewInt(length)))
		}
	}
	if weight == 0 {
		return spells[len(spells)-1].value, true
	}
	return sum.Div(sum, big.NewInt(weight)).Uint64(), true
}

// Against the slow way, over the hour that begins at the youngest point kept that is an hour old, which is at most a
// minute longer than an hour unless nothing was known then.
func TestAverageIsTheSlowOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a oracle.Average
		var spells []spell
		now := start
		for range rapid.IntRange(1, 200).Draw(t, "rounds") {
			gap := rapid.OneOf(rapid.Int64Range(0, 2_000), rapid.Int64Range(0, 120_000), rapid.Int64Range(0, 5_000_000)).Draw(t, "gap")
			now += vadium.Time(gap)
			s := spell{now, now + vadium.Time(rapid.Int64Range(0, 100_000).Draw(t, "life")), rapid.Uint64().Draw(t, "value")}
			spells = append(spells, s)
			before := a
			a = a.Observe(s.from, s.until, vadium.NewAmount(s.value))
			if len(a.Points) > 130 {
				t.Fatalf("%d points are kept", len(a.Points))
			}
			if b := before.Points; len(b) > 0 && b[len(b)-1] != before.Points[len(before.Points)-1] {
				t.Fatal("an average was changed in place")
			}
			later := now + vadium.Time(rapid.Int64Range(0, 100_000).Draw(t, "later"))
			from := a.Points[0].At
			for _, p := range a.Points {
				if later.Sub(p.At) >= vadium.Hour {
					from = p.At
				}
			}
			want, _ := averageOf(spells, from, later)
			if got, ok := a.Over(later); !ok || got != vadium.NewAmount(want) {
				t.Fatalf("average of %v from %d to %d = %v, want %d", spells, from, later, got, want)
			}
		}
	})
}

func TestAverageLooksBackAnHour(t *testing.T) {
	var a oracle.Average
	if got, ok := a.Over(start); ok {
		t.Errorf("without a value the average is %v", got)
	}
	observe := func(after vadium.Duration, value uint64) {
		a = a.Observe(start.Add(after), start.Add(after+vadium.Hour), vadium.NewAmount(value))
	}
	check := func(after vadium.Duration, want uint64) {
		t.Helper()
		if got, ok := a.Over(start.Add(after)); !ok || got != vadium.NewAmount(want) {
			t.Errorf("after %d ms the average is %v, %v, want %d", after, got, ok, want)
		}
	}
	observe(0, 100)
	check(0, 100) // its own average
	check(vadium.Minute, 100)
	observe(30*vadium.Minute, 200)
	check(45*vadium.Minute, 133) // 30 minutes of 100 and 15 of 200, rounded down
	observe(90*vadium.Minute, 300)
	check(90*vadium.Minute, 200) // the first half-hour is gone
	check(90*vadium.Minute-1, 200)
}

// A silent feed says nothing of the silence: an old value counts for as long as it was to be relied on.
func TestSilenceHasNoWeight(t *testing.T) {
	a := oracle.Average{}.Observe(start, start.Add(vadium.Minute), vadium.NewAmount(100))
	a = a.Observe(start.Add(5*vadium.Hour), start.Add(6*vadium.Hour), vadium.NewAmount(500))
	if got, _ := a.Over(start.Add(5 * vadium.Hour)); got != vadium.NewAmount(500) {
		t.Errorf("after five silent hours the average is %v, want the value that has just come, 500", got)
	}
	b := oracle.Average{}.Observe(start, start.Add(vadium.Minute), vadium.NewAmount(100))
	b = b.Observe(start.Add(10*vadium.Minute), start.Add(vadium.Hour), vadium.NewAmount(500))
	if got, _ := b.Over(start.Add(11 * vadium.Minute)); got != vadium.NewAmount(300) {
		t.Errorf("a minute of 100, nine silent ones and one of 500 average %v, want 300", got)
	}
	if got := a.Observe(start, start, vadium.NewAmount(1)); got.Value != a.Value || got.At != a.At {
		t.Errorf("a value out of order makes it %+v", got)
	}
}
