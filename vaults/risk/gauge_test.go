package risk_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/risk"
)

func TestAPriceCountsAtItsWorse(t *testing.T) {
	q := risk.Quote{Spot: 1_000_003, Average: 1_100_000, Confidence: 10_000}
	if got := q.Low(); got != 990_002 { // 990,002.97
		t.Errorf("Low = %d, want 990002: rounded down", got)
	}
	if got := q.High(); got != 1_111_000 {
		t.Errorf("High = %d, want 1111000", got)
	}
	q.Average++
	if got := q.High(); got != 1_111_002 { // 1,111,001.01
		t.Errorf("High = %d, want 1111002: rounded up", got)
	}
	for confidence, want := range map[vadium.Ppm]risk.Price{999_999: 1, 1_000_000: 0, 4_000_000_000: 0} {
		if got := (risk.Quote{Spot: 1_000_000, Average: 1_000_000, Confidence: confidence}).Low(); got != want {
			t.Errorf("Low with confidence %d = %d, want %d", confidence, got, want)
		}
	}
}

func TestAPriceIsStaleAMillisecondAfterAQuarterOfAnHour(t *testing.T) {
	at := hour(1)
	good := risk.Quote{Spot: 5, Average: 5, At: at, Quorum: true}
	noQuorum, unsure := good, good
	noQuorum.Quorum, unsure.Confidence = false, vadium.PpmOne
	for _, c := range []struct {
		name  string
		quote risk.Quote
		now   vadium.Time
		want  error
	}{
		{"in its last millisecond", good, at.Add(15 * vadium.Minute), nil},
		{"a millisecond later", good, at.Add(15*vadium.Minute) + 1, risk.ErrStalePrice},
		{"without quorum", noQuorum, at, risk.ErrStalePrice},
		{"nothing left after its uncertainty", unsure, at, risk.ErrStalePrice},
		{"from the future", good, at - 1, risk.ErrStalePrice},
		{"never published", risk.Quote{}, at, risk.ErrNoPrice},
	} {
		if got := c.quote.CheckFresh(c.now, params.StaleAfter); !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := c.quote.Fresh(c.now, params.StaleAfter); got != (c.want == nil) {
			t.Errorf("%s: Fresh = %v", c.name, got)
		}
	}
}

func TestQuotesComeInOrder(t *testing.T) {
	last := quoteAt(2, 100)
	dead, unknown := quoteAt(3, 0), quoteAt(3, 0)
	unknown.Quorum = false
	for _, c := range []struct {
		name string
		next risk.Quote
		last risk.Quote
		want error
	}{
		{"the next", quoteAt(3, 90), last, nil},
		{"the first of all", quoteAt(0, 90), risk.Quote{}, nil},
		{"the same instant", quoteAt(2, 90), last, risk.ErrQuote},
		{"an earlier one", quoteAt(1, 90), last, risk.ErrQuote},
		{"from the future", quoteAt(4, 90), last, risk.ErrQuote},
		{"a price of nothing", dead, last, risk.ErrQuote},
		{"nobody agrees", unknown, last, nil},
	} {
		if got := c.next.Check(hour(3), c.last); !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	g := publish(t, risk.Gauge{}, last, params)
	if after, err := g.Publish(hour(3), quoteAt(1, 90), params); err == nil || after != g {
		t.Errorf("a quote that was refused changed the gauge to %+v", after)
	}
}

// economics.md §4.3: stale, or quorum lost: what is needed neither falls nor rises.
func TestAPriceNobodyKnowsMovesNoReading(t *testing.T) {
	g := publish(t, risk.Gauge{}, quoteAt(1, 1_000_000), params)
	for _, price := range []risk.Price{1, 900_000, 1_100_000} {
		q := quoteAt(2, price)
		q.Quorum = false
		after := publish(t, g, q, params)
		if after.Now != g.Now || after.Held != g.Held || after.Volatility != g.Volatility || after.Fresh(hour(2), params) {
			t.Errorf("at %d without quorum the gauge is %+v, want the readings of %+v", price, after, g)
		}
		// Published in time, but only now heard of.
		old, err := g.Publish(hour(3), quoteAt(2, price), params)
		if err != nil || old.Now != g.Now || old.Held != g.Held {
			t.Errorf("at %d, an hour old, the gauge is %+v, %v", price, old, err)
		}
	}
}

func TestHoursWithoutAPriceAreNotCalm(t *testing.T) {
	p := params
	g := publish(t, risk.Gauge{}, quoteAt(1, 1_000_000), p)
	g = publish(t, g, quoteAt(2, 1_100_000), p)
	silent := publish(t, g, quoteAt(50, 1_100_000), p)
	next := publish(t, g, quoteAt(3, 1_100_000), p)
	if silent.Volatility.Fast != next.Volatility.Fast {
		t.Errorf("after two days of silence the variance is %d, after one calm hour %d: want the same",
			silent.Volatility.Fast, next.Volatility.Fast)
	}
}

func TestVolatilityIsMeasuredOnceAnEpoch(t *testing.T) {
	g := publish(t, risk.Gauge{}, quoteAt(1, 1_000_000), params)
	g = publish(t, g, quoteAt(2, 1_010_000), params)
	q := quoteAt(2, 2_000_000)
	q.At++
	if after := publish(t, g, q, params); after.Volatility != g.Volatility {
		t.Errorf("a second quote of the epoch moves the volatility to %+v, want %+v", after.Volatility, g.Volatility)
	}
}

func TestASmallPriceRisesByAMillionth(t *testing.T) {
	g := publish(t, risk.Gauge{}, quoteAt(1, 10), params)
	for i := range 3 {
		g = publish(t, g, quoteAt(2+i, 1_000), params)
		if want := risk.Price(11 + i); g.Held.Price != want {
			t.Errorf("after %d epochs the held price is %d, want %d", i+1, g.Held.Price, want)
		}
	}
}

func drawSums(t *rapid.T) (exposures []risk.Exposure, sums risk.Sums) {
	for range rapid.IntRange(1, 8).Draw(t, "locks") {
		value := risk.Value(rapid.Uint64Range(1_000_000, 1<<50).Draw(t, "value"))
		exposure, err := risk.NewExposure(value, risk.Value(rapid.Uint64Range(0, uint64(value)).Draw(t, "cap")),
			vadium.Duration(rapid.Int64Range(0, int64(12*vadium.Day)).Draw(t, "horizon")), params)
		if err != nil {
			t.Fatal(err)
		}
		var ok bool
		if sums, ok = sums.Add(exposure); !ok {
			t.Fatalf("%+v does not fit", exposure)
		}
		exposures = append(exposures, exposure)
	}
	return exposures, sums
}

// What is reserved is never less than what is needed now; it rises with it at once, and falls by less than a hundredth
// an epoch (§1, Z12), however often prices come.
func TestWhatIsReservedIsReleasedByAtMostAHundredthAnEpoch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, sums := drawSums(t)
		x := risk.Position{Across: sums}
		var g risk.Gauge
		var last vadium.Amount
		var epoch risk.Epoch
		for i := range rapid.IntRange(2, 30).Draw(t, "quotes") {
			q := quoteAt(1, risk.Price(rapid.Uint64Range(10_000, 10_000_000).Draw(t, "price")))
			q.At = g.Quote.At.Add(vadium.Duration(rapid.Int64Range(1, int64(90*vadium.Minute)).Draw(t, "passed")))
			q.Average = risk.Price(rapid.Uint64Range(10_000, 10_000_000).Draw(t, "average"))
			q.Confidence = vadium.Ppm(rapid.Uint32Range(0, 50_000).Draw(t, "confidence"))
			g = publishIn(t, g, q)
			now, _ := x.Need(g.Now, risk.Initial)
			reserved, ok := x.Reserved(g)
			if !ok || reserved.Stake.Less(now.Stake) || reserved.Junior.Less(now.Junior) {
				t.Fatalf("%v is reserved (%v), %v needed", reserved, ok, now)
			}
			if i > 0 && reserved.Stake.Less(last) {
				if risk.EpochAt(q.At) == epoch {
					t.Fatalf("within an epoch %v became %v", last, reserved.Stake)
				}
				if reserved.Stake.Less(last.BpsUp(9_900)) {
					t.Fatalf("in an epoch %v became %v, less than 99 %%", last, reserved.Stake)
				}
			}
			last, epoch = reserved.Stake, risk.EpochAt(q.At)
		}
	})
}

func publishIn(t *rapid.T, g risk.Gauge, q risk.Quote) risk.Gauge {
	after, err := g.Publish(q.At, q, params)
	if err != nil {
		t.Fatalf("Publish(%+v): %v", q, err)
	}
	return after
}
