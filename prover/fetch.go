package prover

import (
	"context"

	"vadium/marketplace/client"
)

// Fetch downloads what measuring a listed program takes: its files, into the folder keyDir under their digests, and its
// public sample input. Files that are there are not fetched again.
func Fetch(ctx context.Context, m Market, keyDir string, l client.Listing) (BenchProgram, error) {
	folder := keyFolder{keyDir, defaultMaxKeyBytes}
	keys, err := folder.fetch(ctx, m, l.ID, l.Program)
	if err != nil {
		return BenchProgram{}, err
	}
	input, err := folder.sample(l.Program)
	return BenchProgram{keys, input}, err
}
