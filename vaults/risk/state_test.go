package risk_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/vaults/risk"
)

// What the market will keep travels through its journal and digest, so it must encode, and decode to the same.
func TestWhatIsKeptEncodes(t *testing.T) {
	g := publish(t, publish(t, risk.Gauge{}, quoteAt(1, 1_000_000), params), quoteAt(2, 900_000), params)
	x, _ := risk.Position{Same: stake(7)}.With(risk.Exposure{Value: 5, Cap: 3, Epochs: 9, ZMilli: 3_000})
	for _, kept := range []any{
		g, x, risk.Exposure{Value: math.MaxUint64, Cap: 1, Epochs: 9, ZMilli: 3_000}, params,
		risk.Calls{Locks: callAt(risk.Suspended), Entry: callAt(risk.Called).Postpone(5)},
		risk.Entry{Factor: 11_177, Epoch: 9}, risk.Breaker{Level: risk.Red, Calm: 11}, registry,
		risk.Corruption{Cost: 3, Profit: 2, Fees: 1}, risk.Slashed{Epoch: 5, Buckets: [24]risk.Value{0: 7, 23: 1}},
	} {
		raw, err := rlp.EncodeToBytes(kept)
		if err != nil {
			t.Errorf("%T: %v", kept, err)
			continue
		}
		again := reflect.New(reflect.TypeOf(kept))
		if err := rlp.DecodeBytes(raw, again.Interface()); err != nil {
			t.Errorf("%T: %v", kept, err)
		}
		if got := again.Elem().Interface(); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", kept) {
			t.Errorf("%T comes back as %+v, want %+v", kept, got, kept)
		}
	}
}

// Persisted numbers are never reused, and the order of fields is the encoding.
func TestEncodingsAreWhatTheyWere(t *testing.T) {
	for _, c := range []struct {
		kept any
		want string
	}{
		{risk.Breaker{Level: risk.Halt, Calm: 5}, "c20305"},
		{risk.Entry{Factor: 10_000, Epoch: 2}, "c482271002"},
		{callAt(risk.Excluded), "d90480ccc25080c2648080840a4cb800840a4cb80084240c8400"},
		{risk.Exposure{Value: 1, Cap: 2, Epochs: 3, ZMilli: 4}, "c401020304"},
	} {
		raw, err := rlp.EncodeToBytes(c.kept)
		if got := fmt.Sprintf("%x", raw); err != nil || got != c.want {
			t.Errorf("%+v encodes as %s, %v, want %s", c.kept, got, err, c.want)
		}
	}
}

func TestTheDefaultsAreInTheirRanges(t *testing.T) {
	if err := params.Check(); err != nil {
		t.Error(err)
	}
}

// Both ends of each range (economics.md §5.5), and one beyond.
func TestParametersOutsideTheirRangeAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		set         func(p *risk.Params, to uint64)
		least, most uint64
	}{
		"fast λ":               {func(p *risk.Params, to uint64) { p.Averages.Fast = vadium.Ppm(to) }, 900_000, 999_200},
		"slow λ":               {func(p *risk.Params, to uint64) { p.Averages.Slow = vadium.Ppm(to) }, 995_000, 999_999},
		"volatility floor":     {func(p *risk.Params, to uint64) { p.Averages.Floor = vadium.Ppm(to) }, 1_000, 30_000},
		"stressed volatility":  {func(p *risk.Params, to uint64) { p.Averages.Stressed = vadium.Ppm(to) }, 5_000, 1_000_000},
		"z":                    {func(p *risk.Params, to uint64) { p.ZMilli = uint16(to) }, 2_326, 10_000},
		"latency":              {func(p *risk.Params, to uint64) { p.Latency = uint16(to) }, 0, 24},
		"age of a stale price": {func(p *risk.Params, to uint64) { p.StaleAfter = vadium.Duration(to) }, 1_000, 3_600_000},
		"grace of a call":      {func(p *risk.Params, to uint64) { p.CallGrace = vadium.Duration(to) }, 86_400_000, 3 * 86_400_000},
		"time to exclusion":    {func(p *risk.Params, to uint64) { p.ExcludeAfter = vadium.Duration(to) }, 5 * 86_400_000, 28 * 86_400_000},
		"cover of the target":  {func(p *risk.Params, to uint64) { p.Entry.Cover = vadium.Bps(to) }, 10_000, 100_000},
		"load of the target":   {func(p *risk.Params, to uint64) { p.Entry.Load = vadium.Bps(to) }, 0, 10_000},
		"band":                 {func(p *risk.Params, to uint64) { p.Entry.Band = vadium.Bps(to) }, 100, 5_000},
		"gain":                 {func(p *risk.Params, to uint64) { p.Entry.Gain = uint32(to) }, 1, 100},
		"rise":                 {func(p *risk.Params, to uint64) { p.Entry.Up = vadium.Bps(to) }, 1, 500},
		"fall":                 {func(p *risk.Params, to uint64) { p.Entry.Down = vadium.Bps(to) }, 1, 100},
		"largest factor":       {func(p *risk.Params, to uint64) { p.Entry.Most = vadium.Bps(to) }, 10_000, 40_000},
		"exodus":               {func(p *risk.Params, to uint64) { p.Entry.Exodus = vadium.Bps(to) }, 0, 3_300},
	} {
		for _, to := range []uint64{c.least, c.most} {
			p := params
			if c.set(&p, to); p.Check() != nil {
				t.Errorf("%s at %d: %v, want it allowed", name, to, p.Check())
			}
		}
		for _, to := range []uint64{c.least - 1, c.most + 1} {
			if to == math.MaxUint64 {
				continue // there is nothing below zero
			}
			p := params
			if c.set(&p, to); !errors.Is(p.Check(), risk.ErrParams) || !strings.Contains(p.Check().Error(), ", the range is ") {
				t.Errorf("%s at %d: %v, want it refused with its range", name, to, p.Check())
			}
		}
	}
}
