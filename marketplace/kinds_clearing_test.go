package marketplace_test

import (
	"maps"

	"vadium"
	"vadium/marketplace"
)

func init() {
	const batch = "ask prover1 none 6 tier=2; at epoch-end; submit alice r fee=20 tier=2; wait 2s; "
	maps.Copy(scripted, map[vadium.Kind]string{
		marketplace.ErrClearingUnknown:  "program clearing-64; prove-clearing alice clearing=3",
		marketplace.ErrClearingProven:   batch + "program clearing-64; prove-clearing alice; prove-clearing operator",
		marketplace.ErrClearingProgram:  batch + "program clearing-64 by=alice keys=universal; prove-clearing alice",
		marketplace.ErrClearingUnproven: batch + "program clearing-64; prove-clearing alice proven=no",
	})
}
