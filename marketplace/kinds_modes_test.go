package marketplace_test

import (
	"fmt"
	"maps"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

func init() {
	const (
		ramp   = "submit alice r mechanism=ramp least=2 rise=1m lock=5m; "
		sealed = "fund prover1 10; fund prover2 10; submit alice r mechanism=sealed bidding=1m revealing=1m bond=1; bid prover1 r 5; "
		shown  = sealed + "at r.bidding-end+1ms; "
	)
	maps.Copy(scripted, map[vadium.Kind]string{
		marketplace.ErrMechanismTier:   "submit alice r mechanism=uniform",
		marketplace.ErrMechanismTerms:  "submit alice r least=1",
		marketplace.ErrOtherMechanism:  "submit alice r; lock prover2 r",
		marketplace.ErrRequestLocked:   ramp + "lock prover1 r; lock prover2 r",
		marketplace.ErrPriceBelowLeast: ramp + "lock prover1 r least=2.000000000000000001",
		marketplace.ErrProverBarred:    ramp + "lock alice r",
		marketplace.ErrOutsideWindow:   sealed + "at r.bidding-end; show prover1 r 5",
		marketplace.ErrBidExists:       sealed + "bid prover1 r 4",
		marketplace.ErrBidUnknown:      shown + "show prover2 r 5",
		marketplace.ErrBidRevealed:     shown + "show prover1 r 5; show prover1 r 5",
		marketplace.ErrBidMismatch:     shown + "show prover1 r 4",
		marketplace.ErrBidTooHigh:      sealed + "bid prover2 r 11; at r.bidding-end+1ms; show prover2 r 11",
		marketplace.ErrSaltZero:        sealed + "bid prover2 r 4 salt=zero; at r.bidding-end+1ms; show prover2 r 4 salt=zero",
		marketplace.ErrBidsShown:       shown + "cancel alice r",
	})
	provoked[marketplace.ErrMechanismUnknown] = func(_ *testing.T, w *marketplacetest.World) error {
		unknown := w.Submission("r")
		unknown.Arrangement.Mechanism = auction.OnePrice + 1
		_, err := w.Do("alice", unknown)
		return err
	}
	provoked[marketplace.ErrTooManyBids] = func(_ *testing.T, w *marketplacetest.World) error {
		w.Unchecked, w.DigestEvery = true, 0
		w.Run("submit alice r mechanism=sealed bidding=1m revealing=1m bond=1")
		for i := range marketplace.MaxBids + 1 {
			name := fmt.Sprint("bidder", i)
			w.Run("fund "+name+" 11", "vault "+name+" 10", "serve "+name+" membership 10s")
			if i < marketplace.MaxBids {
				w.Run("bid " + name + " r 5")
			}
		}
		return w.Try(fmt.Sprintf("bid bidder%d r 5", marketplace.MaxBids))
	}
}
