package clearing

import (
	"bytes"
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
)

// Match is a served request: who proves it, and what it is charged.
type Match struct {
	Request vadium.RequestID
	Prover  vadium.Account
	Charge  vadium.Amount
}

// Deal returns what a proof leaves to be worked out from the lists that it is about: who proves which of the served requests,
// in their order, and what each is charged. It is auction.Batch's rule, for whoever does not have the book: by whole ranks the
// first requests go to the winner of the lowest price, and each winner's payment is divided over its requests, equally up to
// their values. It refuses lists that no clearing has.
func Deal(requests []auction.Order, winners []Winner) ([]Match, error) {
	byRank := make([]int, len(requests))
	for i := range byRank {
		byRank[i] = i
	}
	slices.SortFunc(byRank, func(x, y int) int {
		if c := bytes.Compare(requests[x].Rank[:], requests[y].Rank[:]); c != 0 {
			return c
		}
		return x - y
	})
	matches := make([]Match, len(requests))
	for _, w := range winners {
		if int64(w.Slots) > int64(len(byRank)) {
			return nil, fmt.Errorf("%d requests are served by more slots than that", len(requests))
		}
		hand := byRank[:w.Slots]
		byRank = byRank[w.Slots:]
		slices.SortFunc(hand, func(x, y int) int { return y - x }) // the lowest value first
		limits := make([]vadium.Amount, len(hand))
		for i, at := range hand {
			limits[i] = requests[at].Value
		}
		charges, rest := auction.Fill(w.Payment, limits)
		if !rest.IsZero() {
			return nil, fmt.Errorf("prover %s is paid %s more than its requests are worth", w.Prover, rest)
		}
		for i, at := range hand {
			matches[at] = Match{Request: requests[at].Request, Prover: w.Prover, Charge: charges[i]}
		}
	}
	if len(byRank) != 0 {
		return nil, fmt.Errorf("%d of %d requests are served by nobody", len(byRank), len(requests))
	}
	return matches, nil
}
