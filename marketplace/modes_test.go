package marketplace_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// sealedFor is a market in which alice takes sealed bids for r, and so many provers can pay a bond.
func sealedFor(t *testing.T, provers int, more ...string) *marketplacetest.World {
	t.Helper()
	w := marketplacetest.Ready(t, provers)
	for i := range provers {
		w.Run(fmt.Sprintf("fund prover%d 10", i+1))
	}
	w.Run("submit alice r fee=10 in=1h mechanism=sealed bidding=1m revealing=30s bond=2 cap=4")
	w.Run(more...)
	return w
}

func balanceOf(w *marketplacetest.World, name string) string {
	return w.State.Balance(marketplacetest.Account(name)).Tokens()
}

// (9) A bid could be shown twice, so that the winner was its own second and the price fell from 5 to 1. Here it is shown once, a
// prover bids once, and of several bids of one prover none sets another's price.
func TestBrevisWeakness9NobodyIsItsOwnSecond(t *testing.T) {
	w := sealedFor(t, 2, "bid prover1 r 1", "bid prover2 r 5")
	if err := w.Try("bid prover1 r 2 salt=second"); !errors.Is(err, marketplace.ErrBidExists) {
		t.Errorf("a second bid: %v, want %v", err, marketplace.ErrBidExists)
	}
	w.Run("at r.bidding-end+1ms", "show prover1 r 1", "show prover2 r 5")
	if err := w.Try("show prover1 r 1"); !errors.Is(err, marketplace.ErrBidRevealed) {
		t.Errorf("a bid that is shown twice: %v, want %v", err, marketplace.ErrBidRevealed)
	}
	w.Run("at r.revealing-end+1ms")
	if a := w.Request("r").Attempts[0]; a.Prover != marketplacetest.Account("prover1") || a.Price != vadium.Tokens(5) {
		t.Errorf("%v is assigned at %s tokens, want prover1 at 5", a.Prover, a.Price.Tokens())
	}
	if r := w.Request("r"); r.Attempts[0].Tells {
		t.Error("a sealed bid's price is to enter the price index")
	}
	w.CheckReplay()
}

// (12) The commitment had no rule for its entropy: bidders drew 64 bits from a generator that can be guessed. Here the salt has 256
// bits and is not zero, and what is committed to is bound to its request and prover, so that no other commitment can be told from it.
func TestBrevisWeakness12AFeeCannotBeTriedOutOfItsCommitment(t *testing.T) {
	w := sealedFor(t, 2)
	id, prover, salt := w.Request("r").ID, marketplacetest.Account("prover1"), marketplacetest.Salt("32 random bytes")
	commitment := marketplace.BidCommitment(id, prover, vadium.Tokens(5), salt)
	for fee := range uint64(20_000) { // the fees that anybody would try
		if marketplace.BidCommitment(id, prover, vadium.Tokens(fee), vadium.Salt{}) == commitment {
			t.Fatalf("a fee of %d tokens is found without the salt", fee)
		}
	}
	seen := map[vadium.Digest]string{commitment: "itself"}
	other := salt
	other[31] ^= 1
	for name, c := range map[string]vadium.Digest{
		"another request": marketplace.BidCommitment(marketplacetest.Request("alice", "r2"), prover, vadium.Tokens(5), salt),
		"another prover":  marketplace.BidCommitment(id, marketplacetest.Account("prover2"), vadium.Tokens(5), salt),
		"another fee":     marketplace.BidCommitment(id, prover, vadium.Tokens(5).MustAdd(vadium.NewAmount(1)), salt),
		"the last bit":    marketplace.BidCommitment(id, prover, vadium.Tokens(5), other),
	} {
		if same, known := seen[c]; known {
			t.Errorf("the commitment of %s is that of %s", name, same)
		}
		seen[c] = name
	}
	w.Run("bid prover1 r 5 salt=zero", "bid prover2 r 6", "at r.bidding-end+1ms", "show prover2 r 6")
	if err := w.Try("show prover1 r 5 salt=zero"); !errors.Is(err, marketplace.ErrSaltZero) {
		t.Errorf("a bid without a salt: %v, want %v", err, marketplace.ErrSaltZero)
	}
}

// (13) Bids reserved nothing and not to show one cost nothing. Here a bid takes a bond, which is lost if the bid is not shown; slot and
// stake are held for it, so that nothing else takes them; and who could not be assigned cannot bid.
func TestBrevisWeakness13ABidIsBackedOrCostsItsBond(t *testing.T) {
	t.Run("not shown", func(t *testing.T) {
		w := sealedFor(t, 2, "bid prover1 r 1", "bid prover2 r 5", "at r.bidding-end+1ms", "show prover2 r 5", "at r.revealing-end+1ms")
		if balanceOf(w, "prover1") != "8" || balanceOf(w, "prover2") != "10" || balanceOf(w, "alice") != "90" {
			t.Errorf("prover1 has %s, prover2 %s and alice %s tokens, want 8, 10 and 90", balanceOf(w, "prover1"), balanceOf(w, "prover2"), balanceOf(w, "alice"))
		}
	})
	t.Run("over-bid", func(t *testing.T) { // one stake, one slot for two auctions
		w := sealedFor(t, 2, "fund alice 100", "redeem-junior prover1 82", "ask prover1 standard 6 slots=9", "ask prover2 standard 6 slots=2",
			"submit alice r2 fee=10 in=1h mechanism=sealed bidding=1m revealing=30s bond=2 cap=4",
			"submit alice r3 fee=10 in=1h mechanism=sealed bidding=1m revealing=30s bond=2 cap=4")
		w.Run("bid prover1 r 1", "bid prover1 r2 1", "bid prover2 r 5", "bid prover2 r2 5")
		for _, bidder := range []string{"prover1", "prover2"} { // of the one the stake is held for two locks of 9, of the other two slots
			if err := w.Try("bid " + bidder + " r3 1"); !errors.Is(err, marketplace.ErrProverBarred) {
				t.Errorf("a third bid of %s: %v, want %v", bidder, err, marketplace.ErrProverBarred)
			}
		}
		w.Run("submit alice asked fee=10 in=1h cap=4", "at r.bidding-end+1ms") // asks get none of it either
		if a := w.Request("asked").Attempts; len(a) > 0 && a[0].Prover != marketplacetest.Account("prover3") {
			t.Errorf("an ask won what is held for bids: %+v", a)
		}
		for _, r := range []string{"r", "r2"} {
			w.Run("show prover1 "+r+" 1", "show prover2 "+r+" 5")
		}
		w.Run("at r.revealing-end+1ms")
		for _, r := range []string{"r", "r2"} {
			if a := w.Request(r).Attempts; len(a) != 1 || a[0].Prover != marketplacetest.Account("prover1") {
				t.Errorf("%s: prover1 bid the least and is not assigned it: %+v", r, a)
			}
		}
		if balanceOf(w, "prover1") != "10" || balanceOf(w, "prover2") != "10" {
			t.Errorf("prover1 has %s and prover2 %s tokens, want their bonds back", balanceOf(w, "prover1"), balanceOf(w, "prover2"))
		}
	})
	t.Run("without backing", func(t *testing.T) {
		w := sealedFor(t, 1, "fund dust 100", "exit prover1")
		for _, bidder := range []string{"dust", "prover1", "alice"} {
			if err := w.Try("bid " + bidder + " r 1"); !errors.Is(err, marketplace.ErrProverBarred) {
				t.Errorf("a bid of %s: %v, want %v", bidder, err, marketplace.ErrProverBarred)
			}
		}
	})
}

// Whatever bids come and however many are shown, the market's clearing is that of [auction.RankSealed] over those that may win, the order in
// which they are shown says nothing, and every bond ends with its bidder or the requester.
func TestSealedBidsClearAsTheirRuleSays(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 0))
		w := sealedFor(t, 5)
		fees := make([]uint64, 5)
		var shown []int
		for i := range fees {
			fees[i] = 1 + random.Uint64N(12)
			w.Run(fmt.Sprintf("bid prover%d r %d", i+1, fees[i]))
		}
		w.Run("at r.bidding-end+1ms")
		for _, i := range random.Perm(len(fees)) {
			if fees[i] <= 10 && random.IntN(4) > 0 {
				w.Run(fmt.Sprintf("show prover%d r %d", i+1, fees[i]))
				shown = append(shown, i)
			}
		}
		w.Run("at r.revealing-end+1ms")
		want, wins := lowestTwo(fees, shown)
		r := w.Request("r")
		if wins != (len(r.Attempts) == 1) || wins && r.Attempts[0].Price != vadium.Tokens(want) {
			t.Fatalf("seed %d: fees %v, of which %v are shown: %d assignments %+v, want a price of %d (%t)", seed, fees, shown, len(r.Attempts), r.Attempts, want, wins)
		}
		for i := range fees {
			back := "8"
			if slices.Contains(shown, i) {
				back = "10"
			}
			if got := balanceOf(w, fmt.Sprint("prover", i+1)); got != back {
				t.Errorf("seed %d: prover%d has %s tokens, want %s", seed, i+1, got, back)
			}
		}
	}
}

// lowestTwo is what the winner is paid: the second lowest fee, or its own.
func lowestTwo(fees []uint64, shown []int) (price uint64, any bool) {
	var sorted []uint64
	for _, i := range shown {
		sorted = append(sorted, fees[i])
	}
	slices.Sort(sorted)
	switch len(sorted) {
	case 0:
		return 0, false
	case 1:
		return sorted[0], true
	}
	return sorted[1], true
}

// Whatever else comes to bidders meanwhile, by their asks, ramps, batches, as backups and by other bids: who shows its bid and
// stays has its slot and stake when the bids are cleared, so the lowest always wins, and no bond of a shown bid is lost.
func TestWhatIsHeldForABidIsThereWhenItIsCleared(t *testing.T) {
	held, won := 0, 0
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 0))
		pick := func(of ...string) string { return of[random.IntN(len(of))] }
		w := marketplacetest.Ready(t, 3)
		w.Run("fund alice 3000")
		for i := range 3 {
			w.Run(fmt.Sprintf("fund prover%d 100", i+1))
			for _, product := range []string{"none", "standard", "none tier=2"} {
				of, tier, _ := strings.Cut(product, " ")
				w.Run(fmt.Sprintf("ask prover%d %s %d %s slots=%d capacity=3", i+1, of, 2+random.IntN(5), tier, 1+random.IntN(3)))
			}
		}
		w.Run("at epoch-end")
		fees, names := map[string]int{}, []string{}
		show := func() { // what can be shown now
			for _, to := range names {
				for _, prover := range []string{"prover1", "prover2", "prover3"} {
					if fee, bid := fees[prover+" "+to]; bid {
						_ = w.Try(fmt.Sprintf("show %s %s %d salt=%s", prover, to, fee, prover+to))
					}
				}
			}
		}
		for n := range 60 {
			name, prover := fmt.Sprint("r", n), pick("prover1", "prover2", "prover3")
			stake := pick("", "cap=4", "fee=60 cap=20", "fee=90 cap=40")
			switch random.IntN(14) {
			case 0, 1, 2:
				w.Run("submit alice " + name + " in=10m mechanism=sealed bidding=20s revealing=10s bond=2 " + stake)
				names = append(names, name)
			case 3, 4:
				w.Run("submit alice " + name + " in=5m " + stake)
			case 5:
				w.Run("submit alice " + name + " in=5m tier=2")
			case 6:
				w.Run("submit alice "+name+" in=5m mechanism=ramp least=1 rise=1m lock=2m "+stake, "wait 1ms")
				_ = w.Try("lock " + prover + " " + name)
			default:
				if len(names) == 0 {
					continue
				}
				to, fee := names[random.IntN(len(names))], 1+random.IntN(9)
				if w.Try(fmt.Sprintf("bid %s %s %d salt=%s", prover, to, fee, prover+to)) == nil {
					fees[prover+" "+to] = fee
					held++
				}
			}
			show()
			w.Wait(vadium.Duration(random.Int64N(int64(8 * vadium.Second))))
			for _, to := range names {
				if a := w.Request(to).Attempts; len(a) > 0 && a[0].Stage == marketplace.StageOffered && random.IntN(2) == 0 {
					w.Run("prove " + to)
				}
			}
		}
		for range 9 {
			w.Wait(5 * vadium.Second)
			show()
		}
		for _, to := range names {
			lowest, bids, winner := 100, 0, 0
			a := w.Request(to).Attempts
			for _, prover := range []string{"prover1", "prover2", "prover3"} {
				fee, bid := fees[prover+" "+to]
				if bid {
					lowest, bids = min(lowest, fee), bids+1
				}
				if len(a) > 0 && a[0].Prover == marketplacetest.Account(prover) {
					winner = fee
				}
			}
			if bids > 0 && winner != lowest {
				t.Errorf("seed %d: of %d bids for %s one of %d won, the lowest is %d", seed, bids, to, winner, lowest)
			}
			won += min(bids, 1)
		}
		for _, record := range w.Journal() {
			if e, forfeited := record.Event.(*marketplace.BondForfeited); forfeited {
				t.Errorf("seed %d: a bond of a bid that was shown is forfeited: %+v", seed, e)
			}
		}
		w.CheckReplay()
	}
	if held < 100 || won < 80 {
		t.Errorf("%d bids and %d winners in all, want more", held, won)
	}
}

// The price of a lock is that of the ramp at its instant, whatever outages and pauses came before it, and what the requester pays is that.
func TestALockIsPaidThePriceOfItsInstant(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 0))
		w := marketplacetest.Ready(t, 1)
		w.Run("submit alice r fee=10 in=1h mechanism=ramp least=1 rise=20m lock=30m")
		from, moved := w.Now, vadium.Duration(0)
		for range random.IntN(4) {
			w.Wait(vadium.Duration(random.Int64N(int64(6 * vadium.Minute))))
			away := vadium.Duration(random.Int64N(int64(vadium.Hour)))
			if random.IntN(2) == 0 {
				w.Run("pause")
				w.Skip(away)
				w.Run("unpause")
			} else {
				last := w.State.Now()
				w.Skip(away)
				away = w.Now.Sub(last)
				w.Must(w.Send(marketplace.Resume()))
			}
			moved += away
		}
		w.Wait(vadium.Duration(random.Int64N(int64(8 * vadium.Minute))))
		ramp := auction.Ramp{Least: vadium.Tokens(1), Most: vadium.Tokens(10), From: from.Add(moved), Rise: 20 * vadium.Minute, Lock: 30 * vadium.Minute}
		want := ramp.PriceAt(w.Now)
		w.Run("lock prover1 r", "accept prover1 r", "deliver prover1 r", "verdict prover1 r valid")
		if r := w.Request("r"); r.Attempts[0].Price != want || r.Paid != want {
			t.Errorf("seed %d: locked at %s and paid %s tokens, want %s", seed, r.Attempts[0].Price.Tokens(), r.Paid.Tokens(), want.Tokens())
		}
		w.CheckReplay()
	}
}

// A thousand provers may lock one ramp: one has it. None can, and it ends.
func TestOneOfManyProversLocksARamp(t *testing.T) {
	for _, provers := range []int{0, 1, 60} {
		w := marketplacetest.Ready(t, max(provers, 1))
		w.Run("submit alice r fee=10 mechanism=ramp least=2 rise=4m lock=5m")
		locked := 0
		for i := range provers {
			if err := w.Try(fmt.Sprintf("lock prover%d r", i+1)); err == nil {
				locked++
			} else if !errors.Is(err, marketplace.ErrRequestLocked) {
				t.Fatalf("prover%d: %v", i+1, err)
			}
		}
		w.Run("at r.lock-end+1ms")
		if provers > 0 { // it was held for nothing, and goes on for as long as that was
			w.Run("at r.lock-end+1ms")
		}
		if r := w.Request("r"); locked != min(provers, 1) || r.Phase != marketplace.PhaseUnserved || len(r.Attempts) != locked {
			t.Errorf("of %d provers %d locked it, and it is %v with %d assignments", provers, locked, r.Phase, len(r.Attempts))
		}
	}
}
