package prover

import (
	"context"
	"fmt"

	"vadium/circuits"
	"vadium/marketplace/client"
)

// Fetch downloads what measuring a listed program takes: its files, into the folder keyDir under their digests, and its
// public sample input. Files that are there are not fetched again.
func Fetch(ctx context.Context, m Market, keyDir string, l client.Listing) (BenchProgram, error) {
	c, err := Config{Dir: keyDir, KeyDir: keyDir, Programs: []string{l.ID.String()}}.withDefaults()
	if err != nil {
		return BenchProgram{}, err
	}
	keys, err := keyFolder{dir: c.KeyDir, most: c.MaxKeyBytes}.fetch(ctx, m, l.ID, l.Program)
	if err != nil {
		return BenchProgram{}, err
	}
	sample, err := m.GetBytes(ctx, client.OfProgram(l.ID), l.Program.Sample)
	if err != nil {
		return BenchProgram{}, fmt.Errorf("program %s: sample: %w", l.Program.Name, err)
	}
	if err := circuits.CheckInput(l.Program, sample); err != nil {
		return BenchProgram{}, fmt.Errorf("program %s: sample: %w", l.Program.Name, err)
	}
	return BenchProgram{Keys: keys, Input: sample}, nil
}
