package main

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/slashing"
)

// moment is one event as people read it.
type moment struct {
	request vadium.RequestID
	what    string // one word
	text    string
	style   lipgloss.Style
}

// names tells people who an account is.
type names map[vadium.Account]string

func (n names) of(account vadium.Account) string {
	if name, ok := n[account]; ok {
		return name
	}
	return account.String()[:10] + "…"
}

// narrate says what an event means, and whether it is worth a line.
func narrate(r marketplace.Record, who names) (moment, bool) {
	id, _ := marketplace.RequestOf(r.Event)
	m := moment{request: id}
	tell := func(style lipgloss.Style, what, format string, args ...any) (moment, bool) {
		m.style, m.what, m.text = style, what, fmt.Sprintf(format, args...)
		return m, true
	}
	switch e := r.Event.(type) {
	case *marketplace.RequestSubmitted:
		q := e.Request
		return tell(accent, "submitted", "by %s for at most %s, damage cap %s, due in %s", who.of(q.Requester), coins(q.MaxFee), coins(q.DamageCap), span(q.Deadline.Sub(q.Submitted)))
	case *marketplace.RequestAssigned:
		return tell(plain, "assigned", "to %s at %s (locks %s)", who.of(e.Attempt.Prover), coins(e.Attempt.Price), coins(e.Attempt.Lock))
	case *marketplace.BackupActivated:
		return tell(warn, "backup", "%s runs beside the primary at %s", who.of(e.Attempt.Prover), coins(e.Attempt.Price))
	case *marketplace.RequestAccepted:
		return tell(plain, "accepted", "the witness is solved, liability starts")
	case *marketplace.AssignmentEnded:
		return tell(warn, e.Stage.String(), "%s", who.of(e.Prover))
	case *marketplace.HeartbeatMissed:
		return tell(warn, "silent", "the prover missed its heartbeat")
	case *marketplace.Resigned:
		return tell(warn, "resigned", "the prover gave up")
	case *marketplace.DeliveryReceived:
		return tell(plain, "delivered", "%s handed a proof in", who.of(e.Prover))
	case *marketplace.DeliveryAccepted:
		return tell(good, "valid", "the proof verifies")
	case *marketplace.DeliveryRejected:
		return tell(bad, e.Verdict.String(), "the delivery was refused")
	case *marketplace.GraceStarted:
		return tell(warn, "overdue", "the deadline passed; late delivery still pays, less by the second")
	case *marketplace.FeeSettled:
		return tell(good, "paid", "%s to vault %d (%s to the market)", coins(e.Fee), e.Vault, coins(e.Protocol))
	case *marketplace.SolvingFeePaid:
		return tell(warn, "solving fee", "%s to %s", coins(e.Amount), who.of(e.Prover))
	case *marketplace.FaultRecorded:
		return tell(bad, "fault", "%s: %v", who.of(e.Prover), e.Offence)
	case *marketplace.Slashed:
		return tell(bad, "slashed", "%s from vault %d: %s", coins(e.Damages.Total().MustAdd(e.Punitive.Total())), e.Vault, shares(e.Shares, who, e.Rescuer))
	case *marketplace.ActivationCharged:
		return tell(warn, "charged", "%s from vault %d to %s", coins(e.Loss.Total()), e.Vault, who.of(e.To))
	case *marketplace.EscrowRefunded:
		return tell(plain, "refunded", "%s to the requester", coins(e.Amount))
	case *marketplace.RequestClosed:
		style, price := good, ""
		if e.Phase != marketplace.PhaseSettled {
			style = bad
			if !e.MarketPrice.IsZero() {
				price = fmt.Sprintf(" (such requests cost %s now)", coins(e.MarketPrice))
			}
		}
		return tell(style, e.Phase.String(), "%s%s", e.Reason, price)
	case *marketplace.Resumed:
		return tell(warn, "resumed", "the market was away for %s; every open deadline moved", span(e.Gap))
	case *marketplace.MarketPaused:
		return tell(warn, "paused", "%s; deadlines are frozen", e.Reason)
	}
	return moment{}, false
}

var plain = lipgloss.NewStyle()

// shares says who received what was slashed.
func shares(d slashing.Distribution, who names, rescuer vadium.Account) string {
	var parts []string
	add := func(to string, amount vadium.Amount) {
		if !amount.IsZero() {
			parts = append(parts, coins(amount)+" "+to)
		}
	}
	add("to the requester", d.Requester)
	if !d.Rescuer.IsZero() {
		add("to "+who.of(rescuer), d.Rescuer)
	}
	add("to a reporter", d.Reporter)
	add("to insurance", d.Insurance)
	add("burnt", d.Burn)
	return strings.Join(parts, ", ")
}

// timeline prints moments with the time since the first.
type timeline struct {
	c     *console
	who   names
	label func(vadium.RequestID) string
	began vadium.Time
}

func (t *timeline) print(r marketplace.Record) {
	if t.began == 0 {
		t.began = r.At
	}
	m, ok := narrate(r, t.who)
	if !ok {
		return
	}
	label := ""
	if m.request != (vadium.RequestID{}) {
		label = t.label(m.request)
	}
	t.c.say("%s  %s  %s  %s", faint.Render(fmt.Sprintf("%7.2fs", float64(r.At.Sub(t.began))/1000)), bold.Render(fmt.Sprintf("%-8s", label)),
		m.style.Render(fmt.Sprintf("%-11s", m.what)), m.text)
}
