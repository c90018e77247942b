package oracle

import (
	"slices"

	"vadium"
)

// Average is what is needed for the time-weighted average of a feed over the last hour; never changed in place. The zero
// value has seen nothing. It keeps sums up to points at least a minute apart, so it is bounded however often rounds come.
type Average struct {
	// Value is the last one there was: it counts from At until another comes, and no longer than Until.
	Value     vadium.Amount
	At, Until vadium.Time
	// Sum is of value times milliseconds up to At, and Known how many milliseconds it is over: below 2^96 times 2^44.
	Sum   vadium.Amount
	Known vadium.Duration
	// Points are what Sum and Known were before, oldest first.
	Points []Point
}

// Point is what an average's sums were at a time.
type Point struct {
	At    vadium.Time
	Sum   vadium.Amount
	Known vadium.Duration
}

const (
	// averageOver is how far back an average looks, averageStep how far its points are apart at the least.
	averageOver = vadium.Hour
	averageStep = vadium.Minute
)

// Observe returns the average after a value has become known at a time, to be relied on until another. Time in which no
// value is known has no weight, so a feed that was silent says nothing of the silence.
func (a Average) Observe(at, until vadium.Time, value vadium.Amount) Average {
	if len(a.Points) > 0 && at.Before(a.At) {
		return a // values come in order; nothing is known of an instant twice
	}
	sum, known := a.upTo(at)
	points := a.Points
	add := func(t vadium.Time) {
		if n := len(points); n == 0 || t.Sub(points[n-1].At) >= averageStep {
			points = append(slices.Clip(points), Point{At: t, Sum: sum, Known: known})
		}
	}
	if len(a.Points) > 0 && a.Until.Before(at) {
		add(a.Until) // so that a silence can be told from what was before it
	}
	add(at)
	for len(points) > 1 && at.Sub(points[1].At) >= averageOver {
		points = points[1:]
	}
	return Average{Value: value, At: at, Until: max(at, until), Sum: sum, Known: known, Points: points}
}

// Over returns the average over the last hour as far as a value was known, and whether any was. The hour begins at the
// youngest point that is at least so old, so it is up to a minute longer, and at the first point when none is. It rounds
// down: a token is counted for no more than it was worth. A value that has only just come is its own average.
func (a Average) Over(now vadium.Time) (vadium.Amount, bool) {
	if len(a.Points) == 0 {
		return vadium.Amount{}, false
	}
	from := a.Points[0]
	for _, p := range a.Points[1:] {
		if now.Sub(p.At) >= averageOver {
			from = p
		}
	}
	sum, known := a.upTo(max(now, a.At))
	average, ok := sum.MustSub(from.Sum).MulDivDown(vadium.NewAmount(1), vadium.NewAmount(uint64(known-from.Known)))
	if !ok {
		return a.Value, true
	}
	return average, true
}

// upTo returns the sums up to a time that is not before At.
func (a Average) upTo(t vadium.Time) (sum vadium.Amount, known vadium.Duration) {
	length := max(0, min(t, a.Until).Sub(a.At))
	product, ok := a.Value.Mul(vadium.NewAmount(uint64(length)))
	if !ok {
		panic("invariant: values have at most 96 bits, yet one times a time overflows 256")
	}
	return a.Sum.MustAdd(product), a.Known + length
}
