package auction

import (
	"bytes"
	"slices"

	"vadium"
)

// Revealed is a bid that its bidder committed to before anybody showed one, and then showed.
type Revealed struct {
	Prover vadium.Account
	Fee    vadium.Amount
	// Rank orders bids of one fee, lowest first: a hash that nobody chooses, so that being first to reveal is worth nothing.
	Rank [32]byte
}

// ClearSealed runs the sealed second-price auction of one request, as Brevis has it: the lowest revealed bid of at most
// maxFee wins and is paid the second lowest, its own when it is alone. ok is false when nobody bids. Of several bids of one
// prover the lowest counts: it shows one, and two identities of one bidder are not stopped by this rule but by what each
// has to lock.
//
// The order of bids does not matter, and ClearSealed does not change the slice.
func ClearSealed(maxFee vadium.Amount, bids []Revealed) (award Award, ok bool) {
	within := make([]Revealed, 0, len(bids))
	for _, bid := range bids {
		if !maxFee.Less(bid.Fee) {
			within = append(within, bid)
		}
	}
	slices.SortFunc(within, compareRevealed)
	if len(within) == 0 {
		return Award{}, false
	}
	lowest := within[0]
	for _, next := range within[1:] {
		if next.Prover != lowest.Prover {
			return Award{Prover: lowest.Prover, Payment: next.Fee, PriceSetter: next.Prover}, true
		}
	}
	return Award{Prover: lowest.Prover, Payment: lowest.Fee, Alone: true}, true
}

func compareRevealed(x, y Revealed) int {
	if c := x.Fee.Cmp(y.Fee); c != 0 {
		return c
	}
	if c := bytes.Compare(x.Rank[:], y.Rank[:]); c != 0 {
		return c
	}
	return bytes.Compare(x.Prover[:], y.Prover[:])
}
