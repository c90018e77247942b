package main

import (
	"vadium"
	"vadium/marketplace"
)

// commitmentTo returns what a reporter commits to before it shows its evidence.
func commitmentTo(reporter vadium.Account, b marketplace.RevealEvidence) vadium.Digest {
	return vadium.HashParts("placeholder", reporter[:], b.Salt[:])
}
