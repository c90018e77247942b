package marketplace

import "vadium/vaults/risk"

// Stands in for what is built beside this: dropped on merge.

func (d *draft) markAsset(risk.Asset) {}

// riskParams returns the numbers that prices, margins and calls go by.
func (s *State) riskParams() risk.Params { return risk.Default() }
