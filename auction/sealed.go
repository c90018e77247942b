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
	clearing, ok := RankSealed(maxFee, bids, 0)
	return clearing.Winner, ok
}

// RankSealed is [ClearSealed] with up to backups bids ranked behind the winner, each promised what it would be paid were
// everyone ahead of it not there.
func RankSealed(maxFee vadium.Amount, bids []Revealed, backups int) (Clearing, bool) {
	within := make([]Revealed, 0, len(bids))
	for _, bid := range bids {
		if !maxFee.Less(bid.Fee) {
			within = append(within, bid)
		}
	}
	slices.SortFunc(within, Revealed.Compare)
	seen := make(map[vadium.Account]bool, len(within))
	within = slices.DeleteFunc(within, func(bid Revealed) bool {
		before := seen[bid.Prover]
		seen[bid.Prover] = true
		return before
	})
	if len(within) == 0 {
		return Clearing{}, false
	}
	ranked := make([]Award, 0, 1+backups)
	for i, bid := range within[:min(len(within), 1+max(backups, 0))] {
		award := Award{Prover: bid.Prover, Payment: bid.Fee, Alone: true}
		if i+1 < len(within) {
			next := within[i+1]
			award = Award{Prover: bid.Prover, Payment: next.Fee, PriceSetter: next.Prover}
		}
		ranked = append(ranked, award)
	}
	return Clearing{Winner: ranked[0], Backups: ranked[1:]}, true
}

// Compare orders bids, the one that wins first: by fee, then rank, then prover.
func (x Revealed) Compare(y Revealed) int {
	if c := x.Fee.Cmp(y.Fee); c != 0 {
		return c
	}
	if c := bytes.Compare(x.Rank[:], y.Rank[:]); c != 0 {
		return c
	}
	return bytes.Compare(x.Prover[:], y.Prover[:])
}
