package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"vadium/cmd/vadium/config"
	"vadium/prover/engine"
	"vadium/prover/fleet"
)

// workerToken is the file below a prover's folder that lets workers in.
const workerToken = "worker.token"

func workerCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "worker", Short: "Prove for a prover that runs elsewhere"}
	cmd.AddCommand(workerRunCommand(c, h), workerTokenCommand(c, h))
	return cmd
}

func workerRunCommand(c *console, h *home) *cobra.Command {
	schema := config.Of(config.DefaultWorker())
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Take work from a prover's agent and prove it, until interrupted",
		Long: `Take work from a prover's agent and prove it, until interrupted.

A worker has no account and no key: a token lets it in, and each piece of work is leased to it until a time that its
heartbeats move on. Kill it at any point: its work goes to another. Programs' files are fetched by digest and kept;
inputs are secret and stay in memory.

The agent listens with --workers-listen; its folder has workers.url and worker.token (vadium worker token).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			hangups := catchHangups()
			defer hangups.release()
			loaded, err := loadConfig(schema, cmd)
			if err != nil {
				return err
			}
			s := loaded.Value
			log, level, err := c.leveledLogger(s.Log)
			if err != nil {
				return err
			}
			watch, err := newWatch(cmd.Context(), watched{service: "vadium-worker", operations: s.Operations, trace: s.Trace, log: log, hangups: hangups})
			if err != nil {
				return err
			}
			defer func() { err = inOrder(cmd.Context(), errors.Join(err, watch.close()), log) }()
			defer context.AfterFunc(cmd.Context(), watch.health.Drain)()
			watch.onHangup(func() { reload(loaded, log, func(w config.Worker) { setLevel(level, w.Log) }) })
			content, err := s.TokenFile.Read()
			if err != nil {
				return err
			}
			token, err := fleet.ParseToken(string(content))
			if err != nil {
				return fmt.Errorf("read %s: %w", s.TokenFile, err)
			}
			trust, err := trusted(s.TLSCA)
			if err != nil {
				return err
			}
			offer := fleet.Offer{Name: s.Name, KeyBytes: uint64(s.KeyMemory), Slots: s.Slots}
			if offer.Backends, err = backends(s.Backends); err != nil {
				return err
			}
			if offer.Name == "" {
				host, err := os.Hostname()
				if err != nil {
					host = "worker"
				}
				offer.Name = fmt.Sprintf("%.40s:%d", host, os.Getpid())
			}
			workers := engine.NewWorkers(engine.Limits{
				Provers: s.Slots, KeyBytes: int64(s.KeyMemory), MemoryBytes: uint64(s.WorkerMemory), Require: layersOf(s.Confine),
				Confined: watch.confined.Saw, Log: log,
			})
			defer func() { err = errors.Join(err, workers.Close()) }()
			dir := firstSet(s.Dir, h.path("worker"))
			w := fleet.NewWorker(fleet.WorkerConfig{Offer: offer, Dir: dir, Log: log},
				fleet.Dial(s.Agent, token, trust, watch.tracer.Interceptors()...), workers)
			watch.registry.MustRegister(fleet.Metrics{Status: w.Status})
			watch.addDisk(map[string]string{"worker": dir})
			watch.health.Ready("agent", func() error { return w.Status().Away() })
			return w.Run(cmd.Context())
		},
	}
	schema.AddFlags(cmd.Flags())
	return cmd
}

// backends reads names such as groth16/bn254; none means all.
func backends(names []string) ([]fleet.Backend, error) {
	all := fleet.Backends()
	if len(names) == 0 {
		return all, nil
	}
	var chosen []fleet.Backend
	for _, name := range names {
		at := slices.IndexFunc(all, func(b fleet.Backend) bool { return b.String() == name })
		if at < 0 {
			return nil, withHint(fmt.Errorf("backend %q is unknown", name), fmt.Sprintf("one of %v", all))
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

// trusted reads the certificates to trust, or returns nil for the system's.
func trusted(file string) (*tls.Config, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("tls-ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, withHint(fmt.Errorf("tls-ca: %s holds no certificate", file), "it is a PEM file")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}, nil
}

func workerTokenCommand(c *console, h *home) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make a prover's token for workers if there is none, and say where it is",
		Long: `Make a prover's token for workers if there is none, and say where it is.

Copy the file to the worker's machine, mode 0600. Whoever has it may prove for this prover and sees the inputs it
proves. To turn everybody out, delete it and start the prover again.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			path := filepath.Join(firstSet(dir, h.path("prover")), workerToken)
			if _, err := fleet.CreateToken(path); err != nil {
				return err
			}
			return c.show(map[string]string{"file": path}, func() { c.facts("token", path) })
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder of the prover (default HOME/prover)")
	return cmd
}
