package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/auction"
	"vadium/cmd/vadium/config"
	"vadium/cmd/vadium/operations"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/prover"
	"vadium/prover/durable"
	"vadium/prover/engine"
	"vadium/prover/fleet"
)

func proverCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "prover", Short: "Earn with proofs: run a prover, see how it does, measure this machine, bid for single requests"}
	cmd.AddCommand(proverRunCommand(c, h), proverAskCommand(c, h), proverStatusCommand(c, h), proverScoresCommand(c, h), proverBenchCommand(c, h), proverReleaseCommand(c, h))
	cmd.AddCommand(proverLockCommand(c, h), proverBidCommand(c, h), proverRevealCommand(c, h))
	return cmd
}

// proverFlags are what measuring needs of a prover's settings.
type proverFlags struct {
	config   prover.Config
	keyBytes int64
	memory   uint64
}

func (f *proverFlags) flags(cmd *cobra.Command, h *home) {
	flag := cmd.Flags()
	flag.StringVar(&f.config.Dir, "dir", "", "folder of this prover (default HOME/prover)")
	flag.StringVar(&f.config.KeyDir, "key-dir", "", "folder of programs' keys; provers of one machine may share it (default DIR/keys)")
	flag.StringSliceVar(&f.config.Programs, "programs", []string{"*"}, "programs to serve: names, ids, or * for all whose keys are vouched for")
	flag.IntVar(&f.config.Provers, "provers", 1, "proofs made at once")
	flag.Int64Var(&f.keyBytes, "key-memory", 4<<30, "bytes of keys a worker keeps in memory")
	flag.Uint64Var(&f.memory, "worker-memory", 8<<30, "bytes a worker may use before it is ended; 0: no limit")
}

func (f *proverFlags) finish(h *home) {
	if f.config.Dir == "" {
		f.config.Dir = h.path("prover")
	}
	if f.config.KeyDir == "" {
		f.config.KeyDir = filepath.Join(f.config.Dir, "keys")
	}
}

func (f *proverFlags) engine() *engine.Workers {
	return engine.NewWorkers(engine.Limits{Provers: f.config.Provers, KeyBytes: f.keyBytes, MemoryBytes: f.memory})
}

func proverRunCommand(c *console, h *home) *cobra.Command {
	schema := config.Of(config.DefaultProver())
	var session string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve programs: ask, prove, deliver, until interrupted",
		Long: `Serve programs: ask, prove, deliver, until interrupted.

The account needs a vault (vadium vault open). Keys are downloaded by digest, this machine is measured, and asks follow
from what proofs cost here and from what the free stake backs. What the agent is about to do is on disk before it does
it: stop or kill it at any point and run it again.

On SIGHUP the configuration is read again: what docs/configuration.md marks so takes effect at once, the rest with the
next start. With --workers-listen, workers elsewhere prove for this prover too (vadium worker run).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			hangups := catchHangups()
			defer hangups.release()
			loaded, err := loadConfig(schema, cmd)
			if err != nil {
				return err
			}
			p := &proving{c: c, h: h, loaded: loaded, session: session, hangups: hangups}
			err = p.run(cmd.Context())
			return inOrder(cmd.Context(), err, p.log)
		},
	}
	schema.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&session, "session", "", "file of a session for prove to sign with, instead of the account's key (vadium session open prove)")
	return cmd
}

// proving is a prover's process: the agent, its fleet, and what a signal changes.
type proving struct {
	c      *console
	h      *home
	loaded *config.Loaded[config.Prover]
	// session is the file of a session to sign with; empty for the account's own key.
	session string
	log     *slog.Logger
	level   *slog.LevelVar
	door    *operations.Certificate // of the workers' door; nil without TLS
	hangups hangups
}

// agentConfig is what a configuration means to the agent.
func (p *proving) agentConfig(s config.Prover) (prover.Config, error) {
	c := prover.Config{
		Dir: firstSet(s.Dir, p.h.path("prover")), KeyDir: s.KeyDir, Programs: s.Programs, Provers: max(s.Provers, 1), Capacity: s.Capacity,
		Costs: prover.DefaultCosts(), Behaviour: prover.Behaviour(s.Behaviour), Log: p.log,
		BreakAfter: s.Breaker.After, BreakFor: vadium.Duration(s.Breaker.Rest.Milliseconds()),
	}
	c.Costs.Surge = vadium.Bps(s.Surge)
	c.RampPatience, c.SealedMarkup = vadium.Duration(s.RampPatience.Milliseconds()), vadium.Bps(s.SealedMarkup)
	for _, name := range s.LatencyTiers {
		var tier auction.Tier
		if err := tier.UnmarshalText([]byte(name)); err != nil {
			return c, err
		}
		c.LatencyTiers = append(c.LatencyTiers, tier)
	}
	c.Mechanisms = make([]auction.Mechanism, len(s.Mechanisms)) // not nil: none are none
	for i, name := range s.Mechanisms {
		if err := c.Mechanisms[i].UnmarshalText([]byte(name)); err != nil {
			return c, err
		}
	}
	if s.Cost != "" {
		cost, err := vadium.ParseTokens(string(s.Cost))
		if err != nil {
			return c, err
		}
		c.Costs.PerCPUSecond = cost
	}
	return c, nil
}

func (p *proving) run(ctx context.Context) (err error) {
	s := p.loaded.Value
	if p.log, p.level, err = p.c.leveledLogger(s.Log); err != nil {
		return err
	}
	watch, err := newWatch(ctx, watched{service: "vadium-prover", operations: s.Operations, trace: s.Trace, log: p.log, hangups: p.hangups})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, watch.close()) }()
	defer context.AfterFunc(ctx, watch.health.Drain)()
	p.h.around = watch.tracer.Interceptors()
	connect := func() (*client.Client, error) { return p.h.PatientClient(p.c) }
	if p.session != "" {
		connect = func() (*client.Client, error) { return p.h.SessionClient(p.c, p.session) }
	}
	market, err := connect()
	if err != nil {
		return err
	}
	if s.Workers.TLS.On() {
		if p.door, err = operations.LoadCertificate(s.Workers.TLS); err != nil {
			return err
		}
		watch.registry.MustRegister(p.door)
	}
	settings, err := p.agentConfig(s)
	if err != nil {
		return err
	}
	local := engine.NewWorkers(engine.Limits{Provers: max(s.Provers, 1), KeyBytes: int64(s.KeyMemory), MemoryBytes: uint64(s.WorkerMemory), Require: layersOf(s.Confine), Confined: watch.confined.Saw, Log: p.log})
	workers := fleet.New(fleet.Config{Local: local, Slots: s.Provers, LeaseFor: s.Workers.Lease, Log: p.log})
	defer func() { err = errors.Join(err, workers.Close()) }()
	agent, err := prover.New(settings, prover.Connect(market), workers)
	if err != nil {
		return err
	}
	watch.registry.MustRegister(prover.Metrics{Status: agent.Status})
	watch.addDisk(map[string]string{"prover": settings.Dir})
	watch.health.Ready("asks", func() error {
		if b := agent.Status().Breaker; b.Phase == "open" {
			return fmt.Errorf("nothing is asked for: %s", b.Reason)
		}
		return nil
	})
	watch.onHangup(func() { p.reload(agent) })
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return p.serveWorkers(ctx, workers, settings.Dir, s.Workers) })
	group.Go(func() error {
		if err := agent.Run(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		return errors.New("the agent ended")
	})
	return group.Wait()
}

// workersURL is the file below a prover's folder that says where workers connect.
const workersURL = "workers.url"

func (p *proving) serveWorkers(ctx context.Context, f *fleet.Fleet, dir string, s config.Workers) error {
	if s.Listen == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	token, err := fleet.CreateToken(filepath.Join(dir, workerToken))
	if err != nil {
		return err
	}
	door, scheme := fleet.Door{Token: token}, "http://"
	if p.door != nil {
		door.TLS, scheme = p.door.ServerConfig(), "https://"
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return withHint(err, "is another prover's door there? choose another address: --workers-listen 127.0.0.1:PORT")
	}
	url := scheme + listener.Addr().String()
	if err := durable.Replace(filepath.Join(dir, workersURL), []byte(url+"\n")); err != nil {
		return errors.Join(err, listener.Close())
	}
	listener = rpc.Bound(listener, rpc.Limits{Connections: s.Connections, ConnectionsPerAddress: s.AddressConnections}, p.door != nil)
	p.log.Info("workers may connect", "url", url, "token_file", filepath.Join(dir, workerToken))
	return f.Serve(ctx, listener, door)
}

// reload reads the configuration again. What cannot be taken over is said, and the old one holds.
func (p *proving) reload(agent *prover.Agent) {
	before := p.loaded.Value
	changed, held, err := p.loaded.Reload()
	if len(held) > 0 {
		p.log.Warn("settings that cannot change while the prover runs keep their value until the next start", "keys", strings.Join(held, ", "))
	}
	settings := prover.Config{}
	if err == nil {
		settings, err = p.agentConfig(p.loaded.Value)
	}
	if err == nil {
		err = agent.Reload(settings)
	}
	if err != nil {
		p.loaded.Value = before
		p.log.Error("the configuration is not taken over, the old one holds", "error", err)
		return
	}
	_ = p.level.UnmarshalText([]byte(p.loaded.Value.Log.Level)) // Check has read it
	if p.door != nil {
		if err := p.door.Reload(); err != nil {
			p.log.Error("the certificate was not read again, the old one stays", "error", err)
		}
	}
	p.log.Info("configuration read again", "changed", strings.Join(changed, ", "))
}
