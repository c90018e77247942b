package bench

import (
	"fmt"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

var bookSizes = []int{10, 100, 1_000}

// One submission decided and applied, its clearing included. Beside it the part no second-price auction with fair ties
// can do without: rank every ask, clear once.
func BenchmarkSubmit(b *testing.B) {
	for _, asks := range bookSizes {
		want := cheapest(asks)
		b.Run(fmt.Sprintf("asks=%d/by=vadium", asks), func(b *testing.B) {
			m := openMarket(b, asks, nil)
			for n := uint64(1); b.Loop(); n++ {
				id := m.submit(b, n)
				b.StopTimer()
				if got := m.state.Request(id).Attempts[0].Prover; got != want {
					b.Fatalf("request %d went to %v, want the cheapest, %v", n, got, want)
				}
				m.finish(b, id) // so that the book is whole again
				b.StartTimer()
			}
			perSecond(b, 1, "requests")
			b.StopTimer()
			m.check(b)
		})
		b.Run(fmt.Sprintf("asks=%d/by=clear", asks), func(b *testing.B) {
			candidates := candidatesOf(asks)
			for n := uint64(1); b.Loop(); n++ {
				for i := range candidates {
					candidates[i].Rank = auction.Rank([32]byte{1}, n, candidates[i].Prover)
				}
				clearing, won := auction.Clear(maxFee, candidates, 2)
				if !won || clearing.Winner.Prover != want {
					b.Fatalf("Clear = %+v, %v, want %v to win", clearing, won, want)
				}
			}
			perSecond(b, 1, "requests")
		})
	}
}

// A request from submission to settlement: four commands, sixteen events. Beside it the same events applied
// without deciding, which is what a replay does: the difference is what the rules cost.
func BenchmarkLife(b *testing.B) {
	const asks = 100
	b.Run(fmt.Sprintf("asks=%d/by=vadium", asks), func(b *testing.B) {
		m := openMarket(b, asks, nil)
		for n := uint64(1); b.Loop(); n++ {
			m.finish(b, m.submit(b, n))
		}
		perSecond(b, 1, "requests")
		b.StopTimer()
		m.check(b)
	})
	b.Run(fmt.Sprintf("asks=%d/by=apply", asks), func(b *testing.B) {
		// Facts can be folded in only once, so every thousand requests the market starts afresh, outside the timer.
		const requests = 1_000
		records, opened, want := recordedLives(b, asks, requests)
		state, at := fresh(b, records[:opened]), opened
		var each int
		for b.Loop() {
			if each == requests {
				b.StopTimer()
				if got := state.Digest(); got != want {
					b.Fatalf("applied again, the state is %s, want %s", got, want)
				}
				state, at, each = fresh(b, records[:opened]), opened, 0
				b.StartTimer()
			}
			perRequest := (len(records) - opened) / requests
			for _, r := range records[at : at+perRequest] {
				state.Apply(r)
			}
			at, each = at+perRequest, each+1
		}
		perSecond(b, 1, "requests")
	})
}

// recordedLives returns the records of a market and of so many whole requests in it, how many records opened the
// market, and the digest of the state at the end. Every request makes the same number of records.
func recordedLives(b *testing.B, asks, requests int) (records []marketplace.Record, opened int, digest vadium.Digest) {
	b.Helper()
	m := openMarket(b, asks, func(made []marketplace.Record) { records = append(records, made...) })
	opened = len(records)
	for n := range requests {
		m.finish(b, m.submit(b, uint64(n)+1))
	}
	if (len(records)-opened)%requests != 0 {
		b.Fatalf("%d requests made %d records, want the same number each", requests, len(records)-opened)
	}
	m.check(b)
	return records, opened, m.state.Digest()
}

func fresh(b *testing.B, records []marketplace.Record) *marketplace.State {
	b.Helper()
	state := marketplace.NewState()
	for _, r := range records {
		state.Apply(r)
	}
	return state
}

// One clearing, backups included. Beside it one pass over the prices that finds the lowest two: it ranks nobody, breaks
// no ties fairly and knows no prover with two asks, so no auction can be faster.
func BenchmarkClear(b *testing.B) {
	for _, asks := range bookSizes {
		candidates := candidatesOf(asks)
		want, won := auction.Clear(maxFee, candidates, 2)
		if !won {
			b.Fatal("nobody wins")
		}
		b.Run(fmt.Sprintf("asks=%d/by=vadium", asks), func(b *testing.B) {
			for b.Loop() {
				got, won := auction.Clear(maxFee, candidates, 2)
				if !won || got.Winner != want.Winner || len(got.Backups) != 2 {
					b.Fatalf("Clear = %+v, %v, want %+v", got, won, want)
				}
			}
			perSecond(b, 1, "clearings")
		})
		b.Run(fmt.Sprintf("asks=%d/by=scan", asks), func(b *testing.B) {
			for b.Loop() {
				first, second := twoLowest(candidates)
				if got := candidates[first].Prover; got != want.Winner.Prover || candidates[second].Prover != want.Winner.PriceSetter {
					b.Fatalf("the scan finds %v before %v, want %+v", got, candidates[second].Prover, want.Winner)
				}
			}
			perSecond(b, 1, "clearings")
		})
	}
}

func twoLowest(candidates []auction.Candidate) (first, second int) {
	first, second = 0, 1
	if candidates[second].Price.Less(candidates[first].Price) {
		first, second = second, first
	}
	for i := 2; i < len(candidates); i++ {
		switch price := candidates[i].Price; {
		case price.Less(candidates[first].Price):
			first, second = i, first
		case price.Less(candidates[second].Price):
			second = i
		}
	}
	return first, second
}

// candidatesOf returns the asks of [openMarket], in the order of its book.
func candidatesOf(asks int) []auction.Candidate {
	candidates := make([]auction.Candidate, asks)
	for i := range candidates {
		candidates[i] = auction.Candidate{
			Prover: proverAt(i), Price: askPrice(i, asks), Multiplier: auction.BestMultiplier, Rank: auction.Rank([32]byte{1}, 1, proverAt(i)),
		}
	}
	return candidates
}
