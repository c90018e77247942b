package prover

import (
	"context"

	"vadium/marketplace/client"
	"vadium/prover/keys"
)

// Fetch downloads what measuring a listed program takes: its files, into the folder keyDir under their digests, and its
// public sample input. Files that are there are not fetched again.
func Fetch(ctx context.Context, m Market, keyDir string, l client.Listing) (BenchProgram, error) {
	folder := keys.Folder{Dir: keyDir, Most: defaultMaxKeyBytes}
	files, err := folder.Fetch(ctx, m, l.ID, l.Program)
	if err != nil {
		return BenchProgram{}, err
	}
	input, err := folder.Sample(l.Program)
	return BenchProgram{files, input}, err
}
