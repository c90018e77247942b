package risk

import (
	"slices"

	"github.com/holiman/uint256"

	"vadium"
)

// Month is what is needed for the time-weighted average of a price over the last 30 days: today, as far as it has come, and
// the 29 days before. The zero value has seen no price.
type Month struct {
	// Price is the last one there was: it counts from At until another comes, and no longer than Until. Zero means that no
	// price is known from At on.
	Price     Price
	At, Until vadium.Time
	// Days are those in which a price was known, oldest first; never changed in place.
	Days []MonthDay
}

// MonthDay is one day of a [Month].
type MonthDay struct {
	Day   uint64          // days since the Unix epoch
	Known vadium.Duration // how much of it a price was known
	Sum   uint256.Int     // of price times milliseconds: below 2^64 times a day
}

// monthDays is how many days a month has.
const monthDays = 30

// Observe returns the month after a price has become known at an instant, to be relied on until another: zero if from then
// on none is known. Time in which there is no price has no weight, so a feed that was silent for a week says nothing of it,
// and its last price does not stand for the week.
func (m Month) Observe(at, until vadium.Time, p Price) Month {
	if at.Before(m.At) {
		return m // prices come in order; nothing is known of an instant twice
	}
	return Month{Price: p, At: at, Until: max(at, until), Days: m.daysAt(at)}
}

// Average returns the average price of the last 30 days as far as one was known, and whether any was. It rounds down: so
// much of a token is worth no more than it was. A price that has only just come is its own average.
func (m Month) Average(now vadium.Time) (average Price, ok bool) {
	var sum uint256.Int
	var known uint64
	for _, d := range m.daysAt(now) {
		sum.Add(&sum, &d.Sum)
		known += uint64(d.Known)
	}
	if known == 0 {
		return m.Price, m.Price > 0 && !now.After(m.Until)
	}
	sum.Div(&sum, uint256.NewInt(known))
	return Price(sum.Uint64()), true // no more than the highest price, which has 64 bits
}

// daysAt returns the days of the month that now lies in, with the last price counted up to now. It shares m's when
// there is nothing to add or to forget.
func (m Month) daysAt(now vadium.Time) []MonthDay {
	days, from, to := m.Days, m.At, min(now, m.Until)
	if m.Price == 0 {
		to = from
	}
	if from.Before(to) {
		days = slices.Clone(days)
	}
	for from.Before(to) {
		day := dayOf(from)
		end := min(to, vadium.Time(day+1)*vadium.Time(vadium.Day))
		if n := len(days); n == 0 || days[n-1].Day != day {
			days = append(days, MonthDay{Day: day})
		}
		d, length := &days[len(days)-1], end.Sub(from)
		d.Known += length
		d.Sum.Add(&d.Sum, product(Value(m.Price), uint64(length)))
		from = end
	}
	for len(days) > 0 && days[0].Day+monthDays <= dayOf(now) {
		days = days[1:]
	}
	return days
}

func dayOf(t vadium.Time) uint64 { return uint64(t) / uint64(vadium.Day) }
