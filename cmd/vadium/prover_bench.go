package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace/client"
	"vadium/prover"
)

func proverBenchCommand(c *console, h *home) *cobra.Command {
	var f proverFlags
	var rounds int
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure this machine with the market's programs, and write what asks are computed from",
		Long: `Measure this machine with the market's programs, and write what asks are computed from.

Keys are downloaded as for running. Each program's public sample is proven --rounds times, --provers at once. Run it
while the machine does what it will do when you earn with it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.finish(h)
			reader, err := h.Client()
			if err != nil {
				return err
			}
			var programs []prover.BenchProgram
			for l, err := range reader.Programs(cmd.Context()) {
				if err != nil {
					return err
				}
				if !wanted(f.config.Programs, l) {
					continue
				}
				c.tell("fetching %s", l.Program.Name)
				program, err := prover.Fetch(cmd.Context(), prover.Connect(reader), f.config.KeyDir, l)
				if err != nil {
					return err
				}
				programs = append(programs, program)
			}
			if len(programs) == 0 {
				return withHint(fmt.Errorf("the market lists none of %v", f.config.Programs), "vadium program list")
			}
			workers := f.engine()
			defer workers.Close()
			file := filepath.Join(f.config.Dir, "bench.json")
			result, err := prover.Bench(cmd.Context(), workers, prover.BenchConfig{
				File: file, Provers: f.config.Provers, Rounds: rounds, Programs: programs,
				Report: func(b prover.ProgramBench) { c.tell("measured %s", b.Name) },
			})
			if err != nil {
				return err
			}
			return c.show(result, func() { c.printBench(result, file) })
		},
	}
	f.flags(cmd, h)
	cmd.Flags().IntVar(&rounds, "rounds", 3, "how often each program is proven")
	return cmd
}

// wanted reports whether a listing is one of the programs named; * is every one whose keys are vouched for.
func wanted(names []string, l client.Listing) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return name == "*" && l.Class != vadium.KeysRegistrant || name == l.Program.Name || name == l.ID.String()
	})
}

func (c *console) printBench(b prover.BenchFile, file string) {
	c.facts("machine", fmt.Sprintf("%d cores, %s/%s, %s", b.Machine.Cores, b.Machine.OS, b.Machine.Arch, b.Machine.Go),
		"proofs at once", fmt.Sprint(b.Provers), "written to", file)
	var rows [][]string
	for _, p := range b.Programs {
		m := p.Measurement()
		rows = append(rows, []string{p.Name, fmt.Sprintf("%v/%v", p.System, p.Curve), fmt.Sprint(p.Constraints), span(m.Median), span(m.Slowest),
			span(m.CPU), span(p.Load), fmt.Sprintf("%d MB", p.PeakBytes>>20)})
	}
	c.say("")
	c.table([]string{"program", "system", "constraints", "proof", "slowest", "CPU", "key load", "peak memory"}, rows)
}
