package rpc

import (
	"vadium"
	"vadium/marketplace/rpc/wire"
	"vadium/vaults"
)

// commissionOf returns a vault's commission now and the rises that have been announced.
func commissionOf(v *vaults.Vault, now vadium.Time) (commission vadium.Bps, rises []wire.CommissionStep) {
	for _, rise := range v.Rises {
		if rise.From.After(now) {
			rises = append(rises, wire.CommissionStep{Commission: rise.Commission, Effective: rise.From})
		}
	}
	return v.CommissionAt(now), rises
}
