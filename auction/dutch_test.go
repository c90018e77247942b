package auction_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"vadium"
	"vadium/auction"
)

// ramp is an offer as Boundless writes it, in seconds.
type ramp struct {
	MinPrice, MaxPrice                     vadium.Amount
	RampUpStart, RampUpPeriod, LockTimeout int64
}

func (r ramp) ramp() auction.Ramp {
	return auction.Ramp{
		Least: r.MinPrice, Most: r.MaxPrice, From: vadium.Time(r.RampUpStart), Rise: vadium.Duration(r.RampUpPeriod), Lock: vadium.Duration(r.LockTimeout),
	}
}

func TestRampReproducesTheVectors(t *testing.T) {
	for _, v := range vectors(t, "boundless_reverse_dutch", 2) {
		var in struct {
			ramp
			At     []int64
			Prices []vadium.Amount
		}
		var want struct {
			Price []vadium.Amount
			Time  []int64
		}
		v.read(t, &in, &want)
		var prices []vadium.Amount
		for _, at := range in.At {
			prices = append(prices, in.ramp.ramp().PriceAt(vadium.Time(at)))
		}
		var times []int64
		for _, price := range in.Prices {
			at, err := in.ramp.ramp().TimeAt(price)
			if err != nil {
				t.Fatal(err)
			}
			times = append(times, int64(at))
		}
		if !slices.Equal(prices, want.Price) || !slices.Equal(times, want.Time) {
			t.Errorf("%s: prices %v at %v, want %v and %v", v.ID, prices, times, want.Price, want.Time)
		}
	}
}

// Boundless's own cases, those of its tests and those that follow from its formula.
func TestRampIsThatOfBoundless(t *testing.T) {
	raw, err := os.ReadFile("testdata/boundless.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Suites []struct {
			ID    string
			Cases []struct {
				In    json.RawMessage
				Out   json.RawMessage
				Error string
			}
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	cases := map[string]int{}
	for _, suite := range file.Suites {
		for i, c := range suite.Cases {
			var in struct {
				Offer ramp
				T     int64
				Price vadium.Amount
			}
			switch suite.ID {
			case "boundless.price_at":
				var want vadium.Amount
				unmarshal(t, c.In, &in)
				unmarshal(t, c.Out, &want)
				if got := in.Offer.ramp().PriceAt(vadium.Time(in.T)); got != want {
					t.Errorf("%s %d: PriceAt(%d) = %v, want %v", suite.ID, i, in.T, got, want)
				}
			case "boundless.time_at_price":
				unmarshal(t, c.In, &in)
				got, err := in.Offer.ramp().TimeAt(in.Price)
				if c.Error != "" {
					if !errors.Is(err, auction.ErrBeyondRamp) {
						t.Errorf("%s %d: TimeAt(%v) = %v, %v, want it refused", suite.ID, i, in.Price, got, err)
					}
					break
				}
				var want int64
				unmarshal(t, c.Out, &want)
				if err != nil || int64(got) != want {
					t.Errorf("%s %d: TimeAt(%v) = %v, %v, want %v", suite.ID, i, in.Price, got, err, want)
				}
			default:
				continue
			}
			cases[suite.ID]++
		}
	}
	if cases["boundless.price_at"] != 27 || cases["boundless.time_at_price"] != 9 {
		t.Errorf("cases = %v, want 27 and 9", cases)
	}
}

func unmarshal(t *testing.T, raw json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// Whatever price is asked for, it is there at the time that TimeAt says and not before.
func TestTimeAtIsTheFirstTimeOfAPrice(t *testing.T) {
	_, r := trials(t)
	for range 2_000 {
		least, most := uint64(r.IntN(50)), uint64(r.IntN(50))
		one := auction.Ramp{
			Least: amount(min(least, most)), Most: amount(max(least, most)), From: vadium.Time(r.IntN(20)), Rise: vadium.Duration(r.IntN(30)),
		}
		one.Lock = one.Rise + 1 + vadium.Duration(r.IntN(10))
		if err := one.Check(); err != nil {
			t.Fatal(err)
		}
		price := amount(uint64(r.IntN(50)))
		at, err := one.TimeAt(price)
		if one.Most.Less(price) {
			if !errors.Is(err, auction.ErrBeyondRamp) {
				t.Fatalf("%+v: TimeAt(%v) = %v, %v, want it refused", one, price, at, err)
			}
			continue
		}
		if err != nil || one.PriceAt(at).Less(price) {
			t.Fatalf("%+v: at %v, which TimeAt(%v) says, the price is %v (%v)", one, at, price, one.PriceAt(at), err)
		}
		if at > 0 && !one.PriceAt(at-1).Less(price) {
			t.Fatalf("%+v: TimeAt(%v) = %v, a millisecond earlier the price is %v", one, price, at, one.PriceAt(at-1))
		}
	}
}

func TestRampsOutOfOrderAreRefused(t *testing.T) {
	good := auction.Ramp{Least: amount(1), Most: amount(2), From: 1, Rise: 2, Lock: 2}
	if err := good.Check(); err != nil {
		t.Errorf("Check(%+v) = %v", good, err)
	}
	for name, change := range map[string]func(*auction.Ramp){
		"prices": func(r *auction.Ramp) { r.Least = amount(3) }, "a time before time": func(r *auction.Ramp) { r.From = -1 },
		"a climb backwards": func(r *auction.Ramp) { r.Rise = -1 }, "a climb that outlives locking": func(r *auction.Ramp) { r.Rise = 3 },
	} {
		bad := good
		if change(&bad); !errors.Is(bad.Check(), auction.ErrRamp) {
			t.Errorf("%s: Check(%+v) = %v, want %v", name, bad, bad.Check(), auction.ErrRamp)
		}
	}
}
