package marketplace

import (
	"fmt"

	"vadium"
	"vadium/vaults/risk"
)

// Alerts enlarge the locks of requests that are submitted while they stand; what was promised before stays as it is. One
// stands as long as its operator said, and by itself while the slash breaker is tripped.

func (d *draft) raiseAlert(b RaiseAlert) error {
	if err := checkReason(b.Reason); err != nil {
		return err
	}
	if err := b.Alert.Check(); err != nil {
		return err
	}
	if b.Until.Before(d.now) || b.Until.After(d.now.Add(risk.AlertLife)) {
		return fmt.Errorf("until %d, now is %d: %w", b.Until, d.now, risk.ErrAlert)
	}
	d.emit(&AlertRaised{b.Alert, b.Until, b.Reason})
	return nil
}

func (e *AlertRaised) apply(s *State, _ vadium.Time, _ uint64) {
	n := s.editNetwork()
	n.Alert, n.AlertUntil, n.AlertReason = e.Alert, e.Until, e.Reason
}

// Alert returns the alert that requests are submitted under at a time.
func (s *State) Alert(now vadium.Time) risk.Alert {
	n := s.market.network()
	var alert risk.Alert
	if !now.After(n.AlertUntil) {
		alert = n.Alert
	}
	if n.tripped(risk.EpochAt(now)) {
		alert = max(alert, risk.SlashedAlert)
	}
	return alert
}
