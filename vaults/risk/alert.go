package risk

import (
	"fmt"

	"vadium"
)

// Alert says how much more stake new promises take while something is wrong that the price of stake does not show: a
// vulnerability, congestion, prices that jump (economics.md §1, Z7). The numbers are persisted and never reused.
type Alert uint8

// MostAlert is the highest alert.
const MostAlert Alert = 3

// AlertLife is the longest that an alert stands before it has to be raised again.
const AlertLife = 72 * vadium.Hour

// SlashedAlert is the alert that stands by itself while the slash breaker is tripped.
const SlashedAlert Alert = 2

// ErrAlert: there is no such alert, or it would stand for longer than [AlertLife].
const ErrAlert = vadium.Kind("alert-out-of-range")

var alertFactors = [...]vadium.Bps{10_000, 11_000, 12_500, 15_000}

// Check refuses with [ErrAlert] what is no alert.
func (a Alert) Check() error {
	if a > MostAlert {
		return fmt.Errorf("alert %d, the highest is %d: %w", uint8(a), uint8(MostAlert), ErrAlert)
	}
	return nil
}

// Factor returns what new locks are multiplied by: 1, 1.1, 1.25 or 1.5. It panics on what is no alert.
func (a Alert) Factor() vadium.Bps { return alertFactors[a] }

// Enlarge returns the lock that takes the place of a lock, rounded up in favour of whoever it is to cover.
func (a Alert) Enlarge(lock vadium.Amount) vadium.Amount {
	if a == 0 {
		return lock
	}
	return lock.BpsUp(a.Factor())
}
