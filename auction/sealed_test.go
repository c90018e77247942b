package auction_test

import (
	"testing"

	"vadium"
	"vadium/auction"
)

func TestSealedReproducesTheVectors(t *testing.T) {
	for _, v := range vectors(t, "brevis_sealed_second_price", 3) {
		var in struct {
			MaxFee  vadium.Amount
			Reveals [][2]string
			Payment vadium.Amount
		}
		var want struct {
			Winner                     string
			Payment, RefundToRequester vadium.Amount
		}
		v.read(t, &in, &want)
		if len(in.Reveals) == 0 {
			continue // the protocol's fee, which the command line's test is held against
		}
		var bids []auction.Revealed
		for _, reveal := range in.Reveals {
			fee, err := vadium.ParseAmount(reveal[1])
			if err != nil {
				t.Fatal(err)
			}
			bids = append(bids, auction.Revealed{Prover: account(reveal[0][1]), Fee: fee})
		}
		got, ok := auction.ClearSealed(in.MaxFee, bids)
		if !ok || got.Prover != account(want.Winner[1]) || got.Payment != want.Payment || in.MaxFee.MustSub(got.Payment) != want.RefundToRequester {
			t.Errorf("%s: ClearSealed = %+v, %v, want %+v", v.ID, got, ok, want)
		}
	}
}

func TestSealedBids(t *testing.T) {
	bid := func(letter byte, fee uint64, rank byte) auction.Revealed {
		return auction.Revealed{Prover: account(letter), Fee: amount(fee), Rank: [32]byte{rank}}
	}
	for _, c := range []struct {
		name    string
		bids    []auction.Revealed
		winner  byte
		payment uint64
	}{
		{"nobody bids", nil, 0, 0},
		{"all bid too much", []auction.Revealed{bid('A', 101, 0)}, 0, 0},
		{"the most that may be bid counts", []auction.Revealed{bid('A', 100, 0)}, 'A', 100},
		{"a bid beyond the fee sets no price", []auction.Revealed{bid('A', 40, 0), bid('B', 101, 0)}, 'A', 40},
		{"the rank decides between equal bids", []auction.Revealed{bid('A', 40, 2), bid('B', 40, 1)}, 'B', 40},
		{"nobody sets its own price", []auction.Revealed{bid('A', 40, 0), bid('A', 50, 0), bid('B', 90, 0)}, 'A', 90},
	} {
		got, ok := auction.ClearSealed(amount(100), c.bids)
		if ok != (c.winner != 0) || ok && (got.Prover != account(c.winner) || got.Payment != amount(c.payment)) {
			t.Errorf("%s: ClearSealed = %+v, %v, want %c at %d", c.name, got, ok, c.winner, c.payment)
		}
	}
}
