package main

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
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
		arranged := arrangedBriefly(&q)
		if arranged != "" {
			arranged = "; " + arranged
		}
		return tell(accent, "submitted", "by %s for at most %s, damage cap %s, due in %s%s", who.of(q.Requester), coins(q.MaxFee), coins(q.DamageCap), span(q.Deadline.Sub(q.Submitted)), arranged)
	case *marketplace.RequestAssigned:
		return tell(plain, "assigned", "to %s at %s (locks %s)", who.of(e.Attempt.Prover), coins(e.Attempt.Price), coins(e.Attempt.Lock))
	case *marketplace.BackupActivated:
		if e.Attempt.Hedge {
			return tell(plain, "hedge", "%s runs beside the primary, at %s of the requester's", who.of(e.Attempt.Prover), coins(e.Attempt.Price))
		}
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
	for _, narrate := range []func(marketplace.Event, names) (lipgloss.Style, string, string){narrateClearing, narrateStake, narrateRisk, narrateOracle} {
		if m.style, m.what, m.text = narrate(r.Event, who); m.what != "" {
			break
		}
	}
	return m, m.what != ""
}

// narrateStake says what happened to a vault or its prover; no word if it is nothing of the kind, or not worth a line.
func narrateStake(event marketplace.Event, who names) (style lipgloss.Style, what, text string) {
	switch e := event.(type) {
	case *marketplace.ProverMoved:
		return movedStyle(e.To), e.To.String(), fmt.Sprintf("%s was %v: %v%s", who.of(e.Prover), e.From, e.Cause, moveTerms(e))
	case *marketplace.RedemptionRequested:
		return plain, "redeeming", fmt.Sprintf("%s takes %s out of vault %d, to be claimed from %s on", who.of(e.Redemption.Owner), coins(e.Redemption.Assets), e.Vault, clockTime(e.Redemption.Matures))
	case *marketplace.RedemptionClaimed:
		return plain, "redeemed", fmt.Sprintf("%s from vault %d to %s", coins(e.Assets), e.Vault, who.of(e.Owner))
	case *marketplace.SharesTransferred:
		return plain, "transferred", fmt.Sprintf("shares of vault %d from %s to %s", e.Vault, who.of(e.From), who.of(e.To))
	case *marketplace.SharesApproved:
		return plain, "approved", fmt.Sprintf("%s may transfer shares of vault %d that %s holds", who.of(e.Spender), e.Vault, who.of(e.Owner))
	case *marketplace.CommissionChanged:
		return plain, "commission", fmt.Sprintf("of vault %d is %s from %s on", e.Vault, inPercent(e.Commission), clockTime(e.Effective))
	case *marketplace.CommissionDiverted:
		return warn, "diverted", fmt.Sprintf("%s of commission become stake of vault %d, which is called for", coins(e.Amount), e.Vault)
	case *marketplace.CaseOpened:
		return bad, "case", fmt.Sprintf("%d against %s: %v, reported by %s; veto until %s", e.Case.ID, who.of(e.Case.Prover), e.Case.Offence, who.of(e.Case.Reporter), clockTime(e.Case.VetoUntil))
	case *marketplace.CaseVetoed:
		return warn, "vetoed", fmt.Sprintf("case %d against vault %d: %s", e.Case, e.Vault, e.Reason)
	case *marketplace.VaultSlashed:
		return bad, "slashed", fmt.Sprintf("%s from vault %d for case %d: %s", coins(e.Punitive.Total()), e.Vault, e.Case, shares(e.Shares, who, vadium.Account{}))
	case *marketplace.DeferredSlashed:
		return bad, "slashed", fmt.Sprintf("%s that were held back from vault %d: %s; %s still are", coins(e.Punitive.Total()), e.Vault, shares(e.Shares, who, e.Rescuer), coins(e.Rest))
	}
	return plain, "", ""
}

// narrateRisk is narrateStake for what the market as a whole is told, and for what it calls for.
func narrateRisk(event marketplace.Event, who names) (style lipgloss.Style, what, text string) {
	switch e := event.(type) {
	case *marketplace.CallMoved:
		if e.Calls.Stage() == risk.Met {
			return good, "call met", fmt.Sprintf("vault %d has all the stake it needs", e.Vault)
		}
		return warn, e.Calls.Stage().String(), fmt.Sprintf("vault %d lacks stake: %s", e.Vault, lacking(e.Calls))
	case *marketplace.PricePublished:
		return plain, "price", fmt.Sprintf("of %s is %s, %s on average", assetText(e.Asset), worth(risk.Value(e.Quote.Spot)), worth(risk.Value(e.Quote.Average)))
	case *marketplace.BreakerTightened:
		return bad, "breaker", levelText(e.Breaker.Level)
	case *marketplace.IncidentDeclared:
		return warn, "incident", fmt.Sprintf("%s; liveness offences are excused until %s", e.Reason, clockTime(e.Until))
	case *marketplace.AlertRaised:
		return warn, "alert", fmt.Sprintf("%s; locks of new requests are %s of what they usually are until %s", e.Reason, inPercent(e.Alert.Factor()), clockTime(e.Until))
	case *marketplace.CollateralSet:
		return plain, "collateral", fmt.Sprintf("vaults may be opened in %d assets beside the market's own", len(e.Collateral))
	case *marketplace.CollateralDeposited:
		return plain, "credited", fmt.Sprintf("%s of %s to %s", coins(e.Amount), assetText(e.Asset), who.of(e.Account))
	case *marketplace.CollateralWithdrawn:
		return plain, "withdrawn", fmt.Sprintf("%s of %s by %s", coins(e.Amount), assetText(e.Asset), who.of(e.Account))
	}
	return plain, "", ""
}

// narrateOracle is narrateStake for feeds and their reporters.
func narrateOracle(event marketplace.Event, who names) (style lipgloss.Style, what, text string) {
	switch e := event.(type) {
	case *marketplace.ReporterRegistered:
		return plain, "reporter", fmt.Sprintf("%s signs observations with key 0x%x…", who.of(e.Reporter), e.Key[:4])
	case *marketplace.FeedSet:
		return accent, "feed", fmt.Sprintf("%s has %d seats and a quorum of %d, from %s on", feedName(e.Feed.ID), len(e.Feed.Seats), e.Feed.Quorum, clockTime(e.From))
	case *marketplace.FeedRetired:
		return warn, "retired", fmt.Sprintf("%s: %s", feedName(e.Feed), e.Reason)
	case *marketplace.RoundPublished:
		return plain, "round", fmt.Sprintf("%d of %s by %s: %d seats present, %d far off", e.Report.Round, feedName(e.Feed), who.of(e.By), e.Report.Present.Count(), e.Report.Flags.Count())
	}
	return plain, "", ""
}

// lacking says which calls of a vault are open, and what they want in the end.
func lacking(calls risk.Calls) string {
	var parts []string
	for _, one := range []struct {
		why  string
		call risk.Call
	}{{"for its locks", calls.Locks}, {"for the entry minimum", calls.Entry}} {
		if one.call.Stage != risk.Met {
			parts = append(parts, fmt.Sprintf("%s it needs %s by %s", one.why, coverText(one.call.Glide.To), clockTime(one.call.Glide.End)))
		}
	}
	return strings.Join(parts, "; ")
}

func movedStyle(to marketplace.ProverState) lipgloss.Style {
	switch to {
	case marketplace.StateActive:
		return good
	case marketplace.StateNull, marketplace.StateExiting:
		return plain
	case marketplace.StateSuspended:
		return warn
	case marketplace.StateJailed, marketplace.StateExcluded, marketplace.StateTombstoned:
	}
	return bad
}

// moveTerms says until when a move lasts, and the reason that the operator gave.
func moveTerms(e *marketplace.ProverMoved) (terms string) {
	if e.Until > 0 {
		terms = ", until " + clockTime(e.Until) + " at least"
	}
	if e.Reason != "" {
		terms += " (" + e.Reason + ")"
	}
	return terms
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
