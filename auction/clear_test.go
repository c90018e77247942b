package auction_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/auction"
)

// account returns the prover of one letter.
func account(letter byte) vadium.Account { return vadium.Account{19: letter} }

// rank returns a tie rank that sorts like n.
func rank(n int) [32]byte { return [32]byte{30: byte(n >> 8), 31: byte(n)} }

func amount(n uint64) vadium.Amount { return vadium.NewAmount(n) }

func ask(letter byte, price uint64, multiplier vadium.Bps, tieRank int) auction.Candidate {
	return auction.Candidate{Prover: account(letter), Price: amount(price), Multiplier: multiplier, Rank: rank(tieRank)}
}

// The shared worked cases: plain Vickrey is the case in which every multiplier is 10,000.
func TestClearAgreesWithTheWorkedCases(t *testing.T) {
	var file struct {
		Cases []struct {
			ID    string
			Input struct {
				MaxFee, Reserve, Cap uint64
				Bids                 map[string]uint64
				MultBps              map[string]vadium.Bps
				TieRank              map[string]int
			}
			Expected *struct {
				Winner  string
				Payment uint64
			}
		}
	}
	raw, err := os.ReadFile("testdata/vickrey.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) != 4 {
		t.Fatalf("testdata/vickrey.json has %d cases, want 4", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.ID, func(t *testing.T) {
			reserve := max(c.Input.MaxFee, c.Input.Cap)
			if c.Input.Reserve > 0 {
				reserve = min(reserve, c.Input.Reserve)
			}
			var candidates []auction.Candidate
			for name, price := range c.Input.Bids {
				multiplier := c.Input.MultBps[name]
				if multiplier == 0 {
					multiplier = auction.BestMultiplier
				}
				candidates = append(candidates, ask(name[0], price, multiplier, c.Input.TieRank[name]))
			}
			clearing, cleared := auction.Clear(amount(reserve), candidates, 2)
			if cleared != (c.Expected != nil) {
				t.Fatalf("Clear cleared = %v, want %v", cleared, c.Expected != nil)
			}
			if !cleared {
				return
			}
			if got, want := clearing.Winner.Prover, account(c.Expected.Winner[0]); got != want {
				t.Errorf("winner = %v, want %v", got, want)
			}
			if got, want := clearing.Winner.Payment, amount(c.Expected.Payment); got != want {
				t.Errorf("payment = %v, want %v", got, want)
			}
		})
	}
}

// entry is a candidate in the slow reference, in plain integers.
type entry struct{ prover, price, multiplier, rank int }

// slowWinner finds the winner by comparing everyone with everyone, with an integer product as score.
func slowWinner(reserve int, book []entry) (int, bool) {
	for i, a := range book {
		wins := a.price <= reserve
		for j, b := range book {
			if i == j || b.price > reserve {
				continue
			}
			sa, sb := a.price*a.multiplier, b.price*b.multiplier
			if sb < sa || sb == sa && b.rank < a.rank {
				wins = false
			}
		}
		if wins {
			return i, true
		}
	}
	return 0, false
}

// slowPayment tries every price from the reserve down until the entry wins with it.
func slowPayment(reserve int, book []entry, who int) (int, bool) {
	for price := reserve; price >= 0; price-- {
		tried := slices.Clone(book)
		tried[who].price = price
		if w, ok := slowWinner(reserve, tried); ok && w == who {
			return price, true
		}
	}
	return 0, false
}

// randomBook draws few prices and multipliers, so that ties and entries above the reserve are frequent.
func randomBook(r *rand.Rand) (reserve int, book []entry) {
	n := r.IntN(6)
	ranks := r.Perm(n)
	multipliers := []int{10_000, 10_000, 11_000, 12_500, 13_333, 15_000}
	for i := range n {
		book = append(book, entry{i, r.IntN(60), multipliers[r.IntN(len(multipliers))], ranks[i]})
	}
	return r.IntN(60), book
}

func candidates(book []entry) []auction.Candidate {
	var out []auction.Candidate
	for _, e := range book {
		out = append(out, ask(byte(e.prover), uint64(e.price), vadium.Bps(e.multiplier), e.rank))
	}
	return out
}

// randomly runs check on n seeds, and prints the seed of the first failure.
func randomly(t *testing.T, n uint64, check func(r *rand.Rand) error) {
	t.Helper()
	for seed := range n {
		if err := check(rand.New(rand.NewPCG(seed, 1))); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func TestPaymentIsTheHighestPriceThatStillWins(t *testing.T) {
	randomly(t, 20_000, func(r *rand.Rand) error {
		reserve, book := randomBook(r)
		clearing, cleared := auction.Clear(amount(uint64(reserve)), candidates(book), len(book))
		ranked := clearing.Backups
		if cleared {
			ranked = append([]auction.Award{clearing.Winner}, ranked...)
		}
		for place := 0; ; place++ {
			who, found := slowWinner(reserve, book)
			if !found {
				if place != len(ranked) {
					return fmt.Errorf("Clear ranks %d, want %d", len(ranked), place)
				}
				return nil
			}
			want, _ := slowPayment(reserve, book, who)
			if place >= len(ranked) {
				return fmt.Errorf("Clear ranks %d, prover %d is missing", len(ranked), book[who].prover)
			}
			got := ranked[place]
			if got.Prover != account(byte(book[who].prover)) || got.Payment != amount(uint64(want)) {
				return fmt.Errorf("place %d of %v at %d = %v paid %v, want %d paid %d",
					place, book, reserve, got.Prover, got.Payment, book[who].prover, want)
			}
			if got.Payment.Less(amount(uint64(book[who].price))) {
				return fmt.Errorf("place %d is paid %v, less than its ask %d", place, got.Payment, book[who].price)
			}
			book = slices.Delete(book, who, who+1) // the next place: were everyone ahead not there
		}
	})
}

// utility is what the prover in the book earns when its cost is cost.
func utility(reserve int, book []entry, prover, cost int) int {
	clearing, cleared := auction.Clear(amount(uint64(reserve)), candidates(book), 0)
	if !cleared || clearing.Winner.Prover != account(byte(prover)) {
		return 0
	}
	return int(clearing.Winner.Payment.Uint256().Uint64()) - cost
}

func TestNoProverGainsByAskingAnythingButItsCost(t *testing.T) {
	randomly(t, 5_000, func(r *rand.Rand) error {
		reserve, book := randomBook(r)
		for i, e := range book {
			honest := utility(reserve, book, e.prover, e.price)
			if honest < 0 {
				return fmt.Errorf("prover %d of %v at %d loses %d by telling the truth", i, book, reserve, -honest)
			}
			for lie := range reserve + 2 {
				lied := slices.Clone(book)
				lied[i].price = lie
				if got := utility(reserve, lied, e.prover, e.price); got > honest {
					return fmt.Errorf("prover %d of %v at %d earns %d by asking %d, %d by asking its cost", i, book, reserve, got, lie, honest)
				}
			}
		}
		return nil
	})
}

func TestOrderOfCandidatesChangesNothing(t *testing.T) {
	candidate := rapid.Custom(func(t *rapid.T) auction.Candidate {
		return ask(byte(rapid.IntRange(0, 5).Draw(t, "prover")), rapid.Uint64Range(0, 8).Draw(t, "price"),
			vadium.Bps(rapid.SampledFrom([]int{10_000, 12_000, 15_000}).Draw(t, "multiplier")), rapid.IntRange(0, 2).Draw(t, "rank"))
	})
	rapid.Check(t, func(t *rapid.T) {
		book := rapid.SliceOfN(candidate, 0, 12).Draw(t, "book")
		before := slices.Clone(book)
		reserve := amount(rapid.Uint64Range(0, 9).Draw(t, "reserve"))
		backups := rapid.IntRange(0, 12).Draw(t, "backups")
		want, wantOK := auction.Clear(reserve, book, backups)
		if !reflect.DeepEqual(book, before) {
			t.Fatalf("Clear changed its candidates to %v, want %v", book, before)
		}
		got, gotOK := auction.Clear(reserve, rapid.Permutation(book).Draw(t, "shuffled"), backups)
		if gotOK != wantOK || !reflect.DeepEqual(got, want) {
			t.Fatalf("Clear of a permutation = %v, %v, want %v, %v", got, gotOK, want, wantOK)
		}
	})
}

func TestATieCostsTheWinnerAUnitOnlyWhenItWouldLoseTheTie(t *testing.T) {
	for _, c := range []struct {
		name        string
		first       int // the winner's rank; its rival's is 5
		rivalPrice  uint64
		wantPayment uint64
	}{
		{"the winner wins ties", 4, 50, 50},
		{"the winner loses ties", 6, 50, 49},
		{"the winner loses ties and is paid exactly its ask", 6, 41, 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			clearing, _ := auction.Clear(amount(100), []auction.Candidate{
				ask('A', 40, 10_000, c.first), ask('B', c.rivalPrice, 10_000, 5),
			}, 0)
			if got, want := clearing.Winner, (auction.Award{Prover: account('A'), Payment: amount(c.wantPayment), PriceSetter: account('B')}); got != want {
				t.Errorf("Clear = %+v, want %+v", got, want)
			}
		})
	}
}

func TestEqualScoresAreDecidedByRank(t *testing.T) {
	clearing, _ := auction.Clear(amount(100), []auction.Candidate{
		ask('A', 40, 10_000, 7), ask('B', 40, 10_000, 6),
	}, 1)
	if got, want := clearing.Winner.Prover, account('B'); got != want {
		t.Errorf("winner = %v, want %v", got, want)
	}
	if got, want := clearing.Winner.Payment, amount(40); got != want {
		t.Errorf("payment = %v, want %v", got, want)
	}
}

func TestAnAskAtTheReserveCountsAndOneAboveDoesNot(t *testing.T) {
	if _, cleared := auction.Clear(amount(40), []auction.Candidate{ask('A', 40, 10_000, 0)}, 0); !cleared {
		t.Error("an ask of 40 at a reserve of 40 did not win")
	}
	if _, cleared := auction.Clear(amount(39), []auction.Candidate{ask('A', 40, 10_000, 0)}, 0); cleared {
		t.Error("an ask of 40 at a reserve of 39 won")
	}
	clearing, _ := auction.Clear(amount(60), []auction.Candidate{ask('A', 40, 10_000, 0), ask('B', 61, 10_000, 1)}, 1)
	if !clearing.Winner.Alone || len(clearing.Backups) != 0 {
		t.Errorf("an ask above the reserve set a price or became a backup: %+v", clearing)
	}
}

func TestTheReserveSetsThePriceWhenTheRivalIsTooFarAway(t *testing.T) {
	book := []auction.Candidate{ask('A', 40, 10_000, 0), ask('B', 50, 15_000, 1)} // B would let A have 75
	for _, c := range []struct {
		reserve     uint64
		wantPayment uint64
		wantAlone   bool
	}{{74, 74, true}, {75, 75, false}, {76, 75, false}} {
		clearing, _ := auction.Clear(amount(c.reserve), book, 0)
		w := clearing.Winner
		if w.Payment != amount(c.wantPayment) || w.Alone != c.wantAlone || (w.PriceSetter == account('B')) == c.wantAlone {
			t.Errorf("at reserve %d the winner is %+v, want paid %d, alone %v", c.reserve, w, c.wantPayment, c.wantAlone)
		}
	}
}

func TestASecondAskOfTheWinnerDoesNotSetItsPrice(t *testing.T) {
	clearing, _ := auction.Clear(amount(100), []auction.Candidate{
		ask('A', 40, 10_000, 0), ask('A', 90, 10_000, 0), ask('B', 60, 10_000, 1),
	}, 2)
	if got, want := clearing.Winner.Payment, amount(60); got != want {
		t.Errorf("payment = %v, want %v", got, want)
	}
	if got := len(clearing.Backups); got != 1 {
		t.Errorf("%d backups, want 1: a prover cannot be its own backup", got)
	}
}

func TestAMultiplierOutsideItsRangeIsABrokenInvariant(t *testing.T) {
	for _, c := range []struct {
		multiplier vadium.Bps
		wantPanic  bool
	}{{9_999, true}, {10_000, false}, {15_000, false}, {15_001, true}} {
		func() {
			defer func() {
				if panicked := recover() != nil; panicked != c.wantPanic {
					t.Errorf("multiplier %d panics = %v, want %v", c.multiplier, panicked, c.wantPanic)
				}
			}()
			auction.Clear(amount(1), []auction.Candidate{ask('A', 1, c.multiplier, 0)}, 0)
		}()
	}
}

func TestNegativeBackupsMeanNone(t *testing.T) {
	clearing, cleared := auction.Clear(amount(9), []auction.Candidate{ask('A', 1, 10_000, 0), ask('B', 2, 10_000, 0)}, -1)
	if !cleared || len(clearing.Backups) != 0 {
		t.Errorf("Clear = %+v, %v, want a winner without backups", clearing, cleared)
	}
}

// Rank and commitment are public definitions: provers recompute them, so they must never change.
func TestRankAndSeedCommitmentAreFixed(t *testing.T) {
	seed := [32]byte{1, 2, 3}
	if got, want := fmt.Sprintf("%x", auction.Rank(seed, 7, account('A'))), "ee3030ffe9d191b9ca9c5e18bd9e7b3f99d3dce4e61b2b0663797eed8b90110b"; got != want {
		t.Errorf("Rank = %s, want %s", got, want)
	}
	if got, want := fmt.Sprintf("%x", auction.SeedCommitment(seed)), "a9c77b3c4869ba80a110f3779e4285e6557efcede2f2253655bcd531e28d0a0d"; got != want {
		t.Errorf("SeedCommitment = %s, want %s", got, want)
	}
	if auction.Rank(seed, 7, account('A')) == auction.Rank(seed, 8, account('A')) {
		t.Error("Rank does not depend on the position")
	}
}

func BenchmarkClear(b *testing.B) {
	for _, n := range []int{10, 1_000} {
		b.Run(fmt.Sprintf("asks=%d", n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			var book []auction.Candidate
			for i := range n {
				c := auction.Candidate{Price: vadium.Tokens(r.Uint64N(100)), Multiplier: vadium.Bps(10_000 + r.Uint64N(5_000))}
				c.Prover[0], c.Prover[1] = byte(i>>8), byte(i)
				c.Rank = auction.Rank([32]byte{}, 1, c.Prover)
				book = append(book, c)
			}
			for b.Loop() {
				auction.Clear(vadium.Tokens(100), book, 2)
			}
		})
	}
}

// A shortlist sees few of the candidates and keeps fewer; who wins, who stands behind, and what each is paid is what the
// clearing over all of them says. Prices and ranks come from small ranges, so that scores tie and ties tie.
func TestShortlistClearsLikeTheWholeBook(t *testing.T) {
	var short auction.Shortlist
	rapid.Check(t, func(t *rapid.T) {
		reserve, backups := amount(rapid.Uint64Range(0, 12).Draw(t, "reserve")), rapid.IntRange(0, 4).Draw(t, "backups")
		var book []auction.Candidate
		for letter := range byte(rapid.IntRange(0, 24).Draw(t, "provers")) {
			multiplier := vadium.Bps(10_000)
			if rapid.Bool().Draw(t, "unreliable") {
				multiplier += vadium.Bps(rapid.Uint32Range(0, 10).Draw(t, "multiplier") * 500)
			}
			book = append(book, ask(letter, rapid.Uint64Range(0, 12).Draw(t, "price"), multiplier, rapid.IntRange(0, 3).Draw(t, "rank")))
		}
		want, wins := auction.Clear(reserve, book, backups)

		slices.SortStableFunc(book, func(a, b auction.Candidate) int { return a.Price.Cmp(b.Price) })
		short.Begin(reserve, backups) // where the case before has left something
		for _, c := range book {
			if short.Beyond(c.Price) {
				break
			}
			if !short.Behind(c) {
				short.Add(c)
			}
		}
		got, won := short.Clear()
		if won != wins || won && (got.Winner != want.Winner || !slices.Equal(got.Backups, want.Backups)) {
			t.Fatalf("a shortlist of %+v clears to %+v, %v, want %+v, %v", book, got, won, want, wins)
		}
	})
}
