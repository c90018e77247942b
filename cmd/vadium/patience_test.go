package main

import (
	"testing"
	"time"

	"vadium/marketplace"
)

// On an idle machine the demo's market is the demo's market; on a busy one everybody has longer, within what is safe.
func TestTheDemoIsAsPatientAsTheMachineIsBusy(t *testing.T) {
	for hindered, factor := range map[float64]int{0.9: 1, 1: 1, 1.5: 1, 1.51: 2, 2.4: 2, 5.5: 5, 5.6: 6, 100: 6} {
		p := newPatience(hindered)
		if p.factor != factor {
			t.Errorf("hindered %v times: factor %d, want %d", hindered, p.factor, factor)
		}
		params := p.params(marketplace.DemoParams())
		if err := params.Check(); err != nil {
			t.Errorf("hindered %v times: %v", hindered, err)
		}
		if factor == 1 && params != marketplace.DemoParams() {
			t.Errorf("on an idle machine the market's windows are others: %+v", params)
		}
		for all, want := range map[time.Duration]time.Duration{
			0: max(15*time.Second, time.Duration(factor)*15*time.Second/2), 20 * time.Second: time.Minute, 2 * time.Minute: 3 * time.Minute,
		} {
			p.measured(all)
			if got := p.deadline(0); got != want {
				t.Errorf("hindered %v times, with proofs of %v: %v for a request, want %v", hindered, all, got, want)
			}
			if p.deadline(1) != 2*want || p.trading() < 2*7*want {
				t.Errorf("asking again: %v, and %v for everything; want twice as long, and time for all", p.deadline(1), p.trading())
			}
		}
	}
}

// Hindrance is how much longer work takes than its fastest piece, whatever the machine's speed.
func TestHindranceIsMeasuredAgainstTheFastestPiece(t *testing.T) {
	for name, row := range map[string]struct {
		piece func(n int) time.Duration
		want  float64
	}{
		"idle":           {func(int) time.Duration { return time.Millisecond }, 1},
		"slow but alone": {func(int) time.Duration { return time.Second }, 1},
		"every other":    {func(n int) time.Duration { return time.Millisecond * time.Duration(1+4*(n%2)) }, 3},
	} {
		clock, calls := time.Unix(0, 0), 0
		now := func() time.Time {
			if calls > 0 && calls%2 == 0 && calls <= 400 { // the end of a piece
				clock = clock.Add(row.piece(calls / 2))
			}
			calls++
			return clock
		}
		if got := hindrance(now); got < row.want*0.99 || got > row.want*1.01 {
			t.Errorf("%s: %v, want %v", name, got, row.want)
		}
	}
}
