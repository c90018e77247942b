package marketplacetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// The words for what a requester arranges against provers that fail: hedges=1, reserved=prover1 until=30s,
// raises=1m:7,2m:9.5, and redundancy=2, whose second copy is called r1#2.
func init() {
	submitOptions = append(submitOptions, func(s *scenario, c *call, b *marketplace.SubmitRequest) error {
		a := &b.Arrangement
		a.Hedges = uint32(c.number(c.get("hedges", "0")))
		if prover := c.get("reserved", ""); prover != "" {
			a.ReservedFor = s.names.account(prover)
		}
		if until := c.get("until", ""); until != "" {
			a.ReservedUntil = s.Now.Add(c.length(until))
		}
		for step := range strings.SplitSeq(c.get("raises", ""), ",") {
			if after, reserve, ok := strings.Cut(step, ":"); ok {
				a.Raises = append(a.Raises, marketplace.Raise{After: c.length(after), Reserve: c.tokens(reserve)})
			}
		}
		return nil
	})
	words["indexed"] = (*scenario).indexed
}

// indexed lets bob buy from a prover, the cheapest, what makes a price index: without saying so.
func (s *scenario) indexed(c *call) error {
	prover, damageCap := c.word(), c.get("cap", "0")
	if err := c.done(); err != nil {
		return err
	}
	s.quiet = true
	defer func() { s.quiet = false }()
	script := []string{"fund bob 100"}
	for i := range auction.MinSamples {
		r := fmt.Sprintf("indexed%d-%s", i, damageCap)
		script = append(script, "submit bob "+r+" fee=10 cap="+damageCap, "accept "+prover+" "+r, "deliver "+prover+" "+r, "verdict "+prover+" "+r+" valid")
	}
	for _, line := range script {
		if err := s.execute(line); err != nil || s.refusal != nil {
			return errors.Join(err, s.refusal)
		}
	}
	return nil
}

// copyOf gives a copy the name of its lead with its number.
func (n *Names) copyOf(r *marketplace.Request) {
	if lead, known := n.words[r.Lead.String()]; known && r.Copy > 1 {
		name := fmt.Sprintf("%s#%d", lead, r.Copy)
		n.requests[name], n.words[r.ID.String()] = r.ID, name
	}
}

// describeFailover writes the events of what was arranged against provers that fail.
func (w *World) describeFailover(l *line, event marketplace.Event) bool {
	switch e := event.(type) {
	case *marketplace.ReserveRaised:
		l.request(e.Request).say("step=%d reserve=%s", e.Step, e.Reserve.Tokens())
	case *marketplace.HedgePaid:
		l.attempt(e.Request, e.Attempt).who(e.Prover).say("%s", e.Fee.Tokens())
	case *marketplace.ReservationEnded:
		l.request(e.Request)
	default:
		return false
	}
	return true
}

// Recheck re-runs every clearing of the journal, and checks what else its records say against the rules, as the operator's
// fsck does. It returns how many assignments there were of copies and of hedges, how many reservations ended untaken, and how
// many steps schedules took.
func (s *Simulation) Recheck() (copies, hedges, reservations, raises int) {
	s.t.Helper()
	state, rechecker := marketplace.NewState(), new(marketplace.Rechecker)
	for _, record := range s.Journal() {
		switch e := record.Event.(type) {
		case *marketplace.RequestAssigned:
			if state.Request(e.Request).Copy > 0 {
				copies++
			}
		case *marketplace.BackupActivated:
			if e.Attempt.Hedge {
				hedges++
			}
		case *marketplace.ReservationEnded:
			reservations++
		case *marketplace.ReserveRaised:
			raises++
		}
		switch record.Event.(type) {
		case *marketplace.RequestAssigned, *marketplace.BackupActivated, *marketplace.BatchCleared:
			if _, _, err := state.Recheck(record); err != nil {
				s.t.Fatal(err)
			}
		}
		if err := rechecker.Check(state, record); err != nil {
			s.t.Fatal(err)
		}
		state.Apply(record)
	}
	return copies, hedges, reservations, raises
}

// arrangeFailover lets somebody arrange something for a request, now and then: copies, hedges, a reservation, a schedule.
func (s *Simulation) arrangeFailover(r *marketplace.SubmitRequest) {
	one := func(n int) bool { return s.arranges.IntN(n) == 0 }
	a := &r.Arrangement
	if one(4) {
		r.Redundancy = 1 + s.arranges.Uint32N(marketplace.MaxCopies)
	}
	if one(3) && a.Mechanism != auction.Climbing {
		a.Hedges = s.arranges.Uint32N(1 + min(marketplace.MaxHedges, s.State.Params().Backups))
	}
	left := int64(r.Deadline.Sub(s.Now))
	if one(6) && r.Redundancy == 1 {
		a.ReservedFor, a.ReservedUntil = Account(s.provers[s.arranges.IntN(len(s.provers))]), s.Now.Add(vadium.Duration(s.arranges.Int64N(left)))
	}
	if one(6) && a.Mechanism == auction.Vickrey {
		for range s.arranges.IntN(4) {
			a.Raises = append(a.Raises, marketplace.Raise{
				After: vadium.Duration(1 + s.arranges.Int64N(left)), Reserve: r.MaxFee.BpsDown(vadium.Bps(1 + s.arranges.Uint32N(10_000))),
			})
		}
		slices.SortFunc(a.Raises, func(x, y marketplace.Raise) int { return int(x.After - y.After) })
		for i := range a.Raises { // the same reserves, in order
			for j := range i {
				if a.Raises[i].Reserve.Less(a.Raises[j].Reserve) {
					a.Raises[i].Reserve, a.Raises[j].Reserve = a.Raises[j].Reserve, a.Raises[i].Reserve
				}
			}
		}
	}
}
