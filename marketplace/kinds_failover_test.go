package marketplace_test

import (
	"maps"

	"vadium"
	"vadium/marketplace"
)

func init() {
	maps.Copy(scripted, map[vadium.Kind]string{
		marketplace.ErrRedundancy:    "submit alice r redundancy=5",
		marketplace.ErrTooManyHedges: "submit alice r hedges=3",
		marketplace.ErrReservation:   "submit alice r reserved=prover1",
		marketplace.ErrSchedule:      "submit alice r raises=1m:8,2m:8",
	})
}
