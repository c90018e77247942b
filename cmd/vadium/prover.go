package main

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/cmd/vadium/config"
	"vadium/marketplace/client"
	"vadium/prover"
	"vadium/prover/engine"
)

func proverCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "prover", Short: "Earn with proofs: run a prover, measure this machine"}
	cmd.AddCommand(proverRunCommand(c, h), proverBenchCommand(c, h))
	return cmd
}

// proverFlags are shared by run and bench.
type proverFlags struct {
	config   prover.Config
	cost     string
	keyBytes int64
	memory   uint64
}

func (f *proverFlags) flags(cmd *cobra.Command, h *home) {
	flag := cmd.Flags()
	flag.StringVar(&f.config.Dir, "dir", "", "folder of this prover (default HOME/prover)")
	flag.StringVar(&f.config.KeyDir, "key-dir", "", "folder of programs' keys; provers of one machine may share it (default DIR/keys)")
	flag.StringSliceVar(&f.config.Programs, "programs", []string{"*"}, "programs to serve: names, ids, or * for all whose keys are vouched for")
	flag.IntVar(&f.config.Provers, "provers", 1, "proofs made at once")
	flag.IntVar(&f.config.Capacity, "capacity", 0, "requests taken at once, queued ones included (default: --provers)")
	flag.StringVar(&f.cost, "cost", "", "tokens per CPU-second, what asks are computed from (default 0.00028)")
	flag.Int64Var(&f.keyBytes, "key-memory", 4<<30, "bytes of keys a worker keeps in memory")
	flag.Uint64Var(&f.memory, "worker-memory", 8<<30, "bytes a worker may use before it is ended; 0: no limit")
}

func (f *proverFlags) finish(h *home) error {
	if f.config.Dir == "" {
		f.config.Dir = h.path("prover")
	}
	if f.config.KeyDir == "" {
		f.config.KeyDir = filepath.Join(f.config.Dir, "keys")
	}
	f.config.Costs = prover.DefaultCosts()
	if f.cost != "" {
		cost, err := vadium.ParseTokens(f.cost)
		if err != nil {
			return err
		}
		f.config.Costs.PerCPUSecond = cost
	}
	return nil
}

func (f *proverFlags) engine() *engine.Workers {
	return engine.NewWorkers(engine.Limits{Provers: f.config.Provers, KeyBytes: f.keyBytes, MemoryBytes: f.memory})
}

func proverRunCommand(c *console, h *home) *cobra.Command {
	var f proverFlags
	var behaviour, level, session string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve programs: ask, prove, deliver, until interrupted",
		Long: `Serve programs: ask, prove, deliver, until interrupted.

The account needs a vault (vadium vault open). Keys are downloaded by digest, this machine is measured, and asks follow
from what proofs cost here and from what the free stake backs. What the agent is about to do is on disk before it does
it: stop or kill it at any point and run it again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := f.finish(h); err != nil {
				return err
			}
			connect := func() (*client.Client, error) { return h.PatientClient(c) }
			if session != "" {
				connect = func() (*client.Client, error) { return h.SessionClient(c, session) }
			}
			market, err := connect()
			if err != nil {
				return err
			}
			if f.config.Log, err = c.logger(config.Log{Level: level}); err != nil {
				return err
			}
			f.config.Behaviour = prover.Behaviour(behaviour)
			workers := f.engine()
			defer func() { err = errors.Join(err, workers.Close()) }()
			agent, err := prover.New(f.config, prover.Connect(market), workers)
			if err != nil {
				return err
			}
			return agent.Run(cmd.Context())
		},
	}
	f.flags(cmd, h)
	cmd.Flags().StringVar(&session, "session", "", "file of a session for prove to sign with, instead of the account's key (vadium session open prove)")
	cmd.Flags().StringVar(&behaviour, "behaviour", "honest", "for demonstrations, loses stake: slow, corrupt, vanish")
	cmd.Flags().StringVar(&level, "log", "info", "log level: debug, info, warn, error")
	return cmd
}
