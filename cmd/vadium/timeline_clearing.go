package main

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// narrateClearing is narrateStake for how requests find their provers, where that takes more than one look at the asks.
func narrateClearing(event marketplace.Event, who names) (style lipgloss.Style, what, text string) {
	switch e := event.(type) {
	case *marketplace.BatchCleared:
		return plain, "cleared", batchText(e)
	case *marketplace.RequestsRolled:
		if !e.Product.Tier.Batch() {
			return plain, "hastened", fmt.Sprintf("the next tick would be too late for %s: each is cleared by itself when its turn comes", counted(len(e.Requests), "request"))
		}
		return plain, "rolled", fmt.Sprintf("the tick of %s did not serve %s of %v, which %s for the next", clockTime(e.Tick), counted(len(e.Requests), "request"), e.Product, oneOrMore(len(e.Requests), "waits", "wait"))
	case *marketplace.RequestHastened:
		return plain, "hastened", "the next tick would be too late: it is cleared by itself from now on"
	case *marketplace.ReserveRaised:
		return warn, "raised", fmt.Sprintf("nobody took it: by step %d of its schedule, it is worth %s now", e.Step+1, coins(e.Reserve))
	case *marketplace.ReservationEnded:
		return plain, "open to all", "nobody took it while it was reserved: any prover may now"
	case *marketplace.BidCommitted:
		return plain, "bid", fmt.Sprintf("by %s, sealed; %s are held for it", who.of(e.Prover), coins(e.Bond))
	case *marketplace.BidRevealed:
		return plain, "revealed", fmt.Sprintf("%s bids %s", who.of(e.Prover), coins(e.Fee))
	case *marketplace.BondForfeited:
		return bad, "forfeited", fmt.Sprintf("%s, the bond of %s, to the insurance", coins(e.Amount), who.of(e.Prover))
	case *marketplace.BondReturned:
		return plain, "returned", fmt.Sprintf("%s, the bond of %s", coins(e.Amount), who.of(e.Prover))
	case *marketplace.HedgePaid:
		return plain, "hedge paid", fmt.Sprintf("%s to %s, from escrow, for standing by", coins(e.Fee), who.of(e.Prover))
	case *marketplace.ClearingProven:
		return good, "proven", fmt.Sprintf("by %s: the clearing that record %d reports kept to its rule", who.of(e.By), e.Clearing)
	}
	return plain, "", ""
}

// batchText says what a batch did. How many took part in vain is sealed while the asks of its epoch are.
func batchText(e *marketplace.BatchCleared) string {
	paid := vadium.Amount{}
	for _, win := range e.Wins {
		paid = paid.MustAdd(win.Payment)
	}
	served := counted(len(e.Served), "request")
	if !e.Sealed {
		served = fmt.Sprintf("%d of %s", len(e.Served), counted(len(e.Orders), "request"))
	}
	by := ""
	if e.Mechanism != auction.Vickrey {
		by = fmt.Sprintf(", by %v", e.Mechanism)
	}
	return fmt.Sprintf("%v at %s%s: %s to %s, for %s together", e.Product, clockTime(e.Tick), by, served, counted(len(e.Wins), "prover"), coins(paid))
}

// counted writes a number of things.
func counted(n int, one string) string {
	return fmt.Sprintf("%d %s", n, oneOrMore(n, one, one+"s"))
}

func oneOrMore(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
