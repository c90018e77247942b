package auction_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/auction"
)

// slowWins reports whether an entry is among the lowest so many, by counting who is before it.
func slowWins(reserve int, book []entry, who, requests int) bool {
	a := book[who]
	if a.price > reserve {
		return false
	}
	before := 0
	for j, b := range book {
		if sa, sb := a.price*a.multiplier, b.price*b.multiplier; j != who && b.price <= reserve && (sb < sa || sb == sa && b.rank < a.rank) {
			before++
		}
	}
	return before < requests
}

// slowSeveral tries every price from the reserve down until the entry is among the lowest so many with it.
func slowSeveral(reserve int, book []entry, who, requests int) (payment int) {
	for price := reserve; ; price-- {
		tried := slices.Clone(book)
		tried[who].price = price
		if slowWins(reserve, tried, who, requests) {
			return price
		}
	}
}

// severalUtility is what the prover in the book earns when its cost is cost.
func severalUtility(reserve int, book []entry, prover, cost, requests int) int {
	winners, _ := auction.ClearSeveral(amount(uint64(reserve)), candidates(book), requests, 0)
	for _, w := range winners {
		if w.Prover == account(byte(prover)) {
			return int(w.Payment.Uint256().Uint64()) - cost
		}
	}
	return 0
}

// Each winner is paid the highest price at which it would still be among the lowest, whoever is not among them wins nothing, and who
// stands behind is promised what it would be paid were everyone ahead of it not there: by a reference that tries every price.
func TestSeveralRequestsPayTheHighestPriceThatStillWins(t *testing.T) {
	randomly(t, 20_000, func(r *rand.Rand) error {
		reserve, book := randomBook(r)
		requests := 1 + r.IntN(4)
		winners, ranked := auction.ClearSeveral(amount(uint64(reserve)), candidates(book), requests, len(book))
		var paid []vadium.Account
		for _, w := range winners {
			paid = append(paid, w.Prover)
		}
		for i, e := range book {
			at := slices.Index(paid, account(byte(e.prover)))
			if wins := slowWins(reserve, book, i, requests); wins != (at >= 0) {
				return fmt.Errorf("%d requests of %v at %d: prover %d wins = %v, want %v", requests, book, reserve, e.prover, at >= 0, wins)
			}
			if at < 0 {
				continue
			}
			if want := slowSeveral(reserve, book, i, requests); winners[at].Payment != amount(uint64(want)) || want < e.price {
				return fmt.Errorf("%d requests of %v at %d: prover %d is paid %v, want %d", requests, book, reserve, e.prover, winners[at].Payment, want)
			}
		}
		rest := slices.DeleteFunc(slices.Clone(book), func(e entry) bool { return slices.Contains(paid, account(byte(e.prover))) })
		clearing, cleared := auction.Clear(amount(uint64(reserve)), candidates(rest), len(book))
		var want []auction.Award
		if cleared && len(winners) == requests {
			want = append([]auction.Award{clearing.Winner}, clearing.Backups...)
		}
		if !slices.Equal(ranked, want) {
			return fmt.Errorf("%d requests of %v at %d rank %v behind, want %v", requests, book, reserve, ranked, want)
		}
		return nil
	})
}

// No prover gains by asking anything but its cost, nor loses by asking it.
func TestNoProverGainsByALieAboutSeveralRequests(t *testing.T) {
	randomly(t, 20_000, func(r *rand.Rand) error {
		reserve, book := randomBook(r)
		requests := 1 + r.IntN(4)
		for i, e := range book {
			honest := severalUtility(reserve, book, e.prover, e.price, requests)
			if honest < 0 {
				return fmt.Errorf("prover %d of %v at %d loses %d by telling the truth about %d requests", i, book, reserve, -honest, requests)
			}
			for lie := range reserve + 2 {
				lied := slices.Clone(book)
				lied[i].price = lie
				if got := severalUtility(reserve, lied, e.prover, e.price, requests); got > honest {
					return fmt.Errorf("prover %d of %v at %d earns %d by asking %d for %d requests, %d by asking its cost", i, book, reserve, got, lie, requests, honest)
				}
			}
		}
		return nil
	})
}

// One request is no special case, and requests that are cleared together can be cleared one after the other: without the first
// and its prover, the outcome for the rest is the same. A shortlist sees what the whole book says.
func TestSeveralRequestsAreOneAfterTheOther(t *testing.T) {
	var short auction.Shortlist
	rapid.Check(t, func(t *rapid.T) {
		reserve, backups := amount(rapid.Uint64Range(0, 12).Draw(t, "reserve")), rapid.IntRange(0, 3).Draw(t, "backups")
		requests := rapid.IntRange(1, 4).Draw(t, "requests")
		var book []auction.Candidate
		for letter := range byte(rapid.IntRange(0, 12).Draw(t, "provers")) {
			multiplier := vadium.Bps(10_000 + rapid.Uint32Range(0, 10).Draw(t, "multiplier")*500)
			book = append(book, ask(letter, rapid.Uint64Range(0, 12).Draw(t, "price"), multiplier, rapid.IntRange(0, 3).Draw(t, "rank")))
		}
		winners, ranked := auction.ClearSeveral(reserve, book, requests, backups)
		if one, cleared := auction.Clear(reserve, book, backups); cleared && requests == 1 && (winners[0] != one.Winner || !slices.Equal(ranked, one.Backups)) {
			t.Fatalf("one request clears to %v and %v, want %+v", winners, ranked, one)
		}
		if len(winners) > 1 {
			rest := slices.DeleteFunc(slices.Clone(book), func(c auction.Candidate) bool { return c.Prover == winners[0].Prover })
			if next, behind := auction.ClearSeveral(reserve, rest, requests-1, backups); !slices.Equal(next, winners[1:]) || !slices.Equal(behind, ranked) {
				t.Fatalf("without the first, %+v clears to %v and %v, want %v and %v", book, next, behind, winners[1:], ranked)
			}
		}
		short.BeginSeveral(reserve, requests, backups)
		for _, c := range book {
			if !short.Beyond(c.Price) && !short.Behind(c) {
				short.Add(c)
			}
		}
		if got, behind := short.ClearSeveral(); !slices.Equal(got, winners) || !slices.Equal(behind, ranked) {
			t.Fatalf("a shortlist of %+v clears to %v and %v, want %v and %v", book, got, behind, winners, ranked)
		}
		first, won := short.Clear()
		if won != (len(winners) > 0) || won && (first.Winner != winners[0] || !slices.Equal(first.Backups, ranked)) {
			t.Fatalf("the first of a shortlist of %+v clears to %+v, %v, want %v and %v", book, first, won, winners, ranked)
		}
	})
}

func TestAsManyCandidatesAsRequestsArePaidTheReserve(t *testing.T) {
	book := []auction.Candidate{ask('A', 40, 10_000, 0), ask('B', 50, 10_000, 1), ask('C', 60, 10_000, 2)}
	for requests, want := range map[int][]uint64{2: {60, 60}, 3: {100, 100, 100}, 4: {100, 100, 100}} {
		winners, ranked := auction.ClearSeveral(amount(100), book, requests, 2)
		var paid []uint64
		for _, w := range winners {
			paid = append(paid, w.Payment.Uint256().Uint64())
		}
		if !slices.Equal(paid, want) || len(ranked) != max(0, 3-requests) {
			t.Errorf("%d requests pay %v with %d behind, want %v", requests, paid, len(ranked), want)
		}
	}
}
