package marketplace_test

import (
	"maps"

	"vadium"
	"vadium/marketplace"
)

func init() {
	const staked = "collateral gold; credit carol gold 100; quote own 1; quote gold 2; vault carol 100 asset=gold; "
	maps.Copy(scripted, map[vadium.Kind]string{
		marketplace.ErrCollateralInUse:   staked + "collateral gold gone",
		marketplace.ErrVaultNotDelegable: staked + "delegate alice carol 5",
	})
}
