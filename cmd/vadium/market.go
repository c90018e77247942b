package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/cmd/vadium/config"
	"vadium/cmd/vadium/operations"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
	"vadium/marketplace/observer"
	"vadium/marketplace/rpc"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency/keeper"
	"vadium/marketplace/verifier"
	"vadium/oracle/source"
	"vadium/prover/durable"
)

// marketDir is the folder of one market: journal, blobs, unfinished uploads, and the key that signs receipts.
type marketDir string

func (d marketDir) journal() string    { return filepath.Join(string(d), "journal") }
func (d marketDir) blobs() string      { return filepath.Join(string(d), "blobs") }
func (d marketDir) spool() string      { return filepath.Join(string(d), "spool") }
func (d marketDir) receiptKey() string { return filepath.Join(string(d), "receipts.key") }

// log is the folder of the transparency log, which is made again from the journal when it is not there.
func (d marketDir) log() string { return filepath.Join(string(d), "log") }

// sealingKey is the file of the key that opens what is sealed to the market.
func (d marketDir) sealingKey() string { return filepath.Join(string(d), "sealing.key") }

// opening returns the key that opens what is sealed to the market. One that is not there is made: it protects what is on the
// way and nothing that is kept, so a market without its old one, such as a restored one, takes another, and clients ask for it.
func (d marketDir) opening() (signing.Opening, error) {
	secret, err := config.SecretFile(d.sealingKey()).Read()
	if errors.Is(err, fs.ErrNotExist) {
		opening, err := signing.NewOpening()
		if err != nil {
			return opening, err
		}
		fresh := opening.Secret()
		return opening, durable.Write(d.sealingKey(), []byte(hex.EncodeToString(fresh[:])))
	}
	if err != nil {
		return signing.Opening{}, err
	}
	raw, err := hex.DecodeString(string(secret))
	if err != nil {
		return signing.Opening{}, err
	}
	return signing.OpeningOf(raw)
}

// exists reports whether the folder holds a market.
func (d marketDir) exists() bool {
	_, err := os.Stat(d.receiptKey())
	return err == nil
}

// store is what a market keeps: its journal, open for this process alone, and its blobs.
type store struct {
	journal *journal.Embedded
	blobs   *blob.Dir
}

func (d marketDir) open(log *slog.Logger) (*store, error) { return d.openAbove(0, log) }

// openAbove opens a market that writes only while so many bytes are free.
func (d marketDir) openAbove(floor uint64, log *slog.Logger) (*store, error) {
	if !d.exists() {
		return nil, noMarket(d)
	}
	blobs, err := blob.OpenDir(d.blobs())
	if err != nil {
		return nil, err
	}
	blobs.KeepFree(func() error {
		free, _, err := journal.Room(d.blobs())
		if err == nil && free < floor {
			err = fmt.Errorf("%d MiB are free, the journal needs %d: %w", free>>20, floor>>20, syscall.ENOSPC)
		}
		return err
	})
	j, err := journal.OpenBadger(d.journal(), journal.Options{Blobs: blobs, Floor: floor, Log: log})
	if errors.Is(err, journal.ErrLocked) {
		return nil, withHint(err, "only one process at a time can have a market open: stop the other one first")
	}
	if err != nil {
		return nil, err
	}
	return &store{j, blobs}, nil
}

func noMarket(d marketDir) error {
	return withHint(fmt.Errorf("there is no market in %s", string(d)), "create one: vadium market init "+string(d))
}

// marketTerms are decided when a market is created and never change.
type marketTerms struct {
	operator vadium.Account
	chainID  uint64
	params   marketplace.Params
}

// create makes a new market in the folder. It is all there or not there at all: the receipt key is written last.
func (d marketDir) create(ctx context.Context, t marketTerms) (err error) {
	if d.exists() {
		return withHint(fmt.Errorf("%s holds a market already", string(d)), "serve it: vadium market serve "+string(d))
	}
	for _, folder := range []string{string(d), d.spool()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	blobs, err := blob.OpenDir(d.blobs())
	if err != nil {
		return err
	}
	j, err := journal.OpenBadger(d.journal(), journal.Options{Blobs: blobs})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	open := marketplace.OpenMarket{Operator: t.operator, ChainID: t.chainID, Params: t.params}
	for _, random := range [][]byte{open.Deployment[:], open.Seeds[0][:], open.Seeds[1][:]} {
		rand.Read(random) // never fails: crypto/rand ends the process instead
	}
	if err := once(ctx, &store{j, blobs}, marketplace.Command{Body: open}); err != nil {
		return err
	}
	if _, err := d.opening(); err != nil {
		return err
	}
	key, err := crypto.GenerateKey()
	if err != nil {
		return err
	}
	return d.writeReceiptKey(key)
}

// writeReceiptKey writes the key that makes the folder a market, and syncs it and the folders on the way to the journal:
// whoever is told that there is a market finds one after a power cut.
func (d marketDir) writeReceiptKey(key *ecdsa.PrivateKey) error {
	for _, folder := range []string{d.journal(), filepath.Dir(filepath.Clean(string(d)))} {
		if err := syncFolder(folder); err != nil {
			return err
		}
	}
	return durable.Write(d.receiptKey(), []byte(hex.EncodeToString(crypto.FromECDSA(key))))
}

// once runs a sequencer for a single command.
func once(ctx context.Context, s *store, command marketplace.Command) error {
	market, err := sequencer.Open(ctx, sequencer.MarketCore(), sequencer.Config{Journal: s.journal, Blobs: s.blobs})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var group errgroup.Group
	group.Go(func() error { return market.Run(running) })
	_, err = market.Do(ctx, command)
	stop()
	return errors.Join(err, group.Wait())
}

// serving says how to serve a market.
type serving struct {
	dir    marketDir
	config *config.Loaded[config.Market]
	log    *slog.Logger
	level  *slog.LevelVar
	ready  func(url string) // called once it answers

	hangups hangups
}

// serve runs a market until ctx ends, and then drains it: sequencer, verifier, the door for callers, and the one for its
// operator, which opens first and closes last.
func (s serving) serve(ctx context.Context) (err error) {
	settings := s.config.Value
	if !s.dir.exists() {
		return noMarket(s.dir)
	}
	disk, err := openRoom(s.dir, uint64(settings.DiskLow), s.log)
	if err != nil {
		return err
	}
	defer func() {
		if errors.Is(err, journal.ErrNoRoom) {
			err = disk.full(err)
		}
	}()
	watch, err := newWatch(ctx, watched{
		service: "vadium-market", operations: settings.Operations, trace: settings.Trace, log: s.log, hangups: s.hangups,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, watch.close()) }()
	caught := watch.health.Pending("replay")

	st, err := s.dir.openAbove(roomFloor, s.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.journal.Close()) }()
	watch.registry.MustRegister(operations.Disk{
		Folders: map[string]string{"journal": s.dir.journal(), "blobs": s.dir.blobs()}, Measured: map[string]string{"journal": s.dir.journal()},
	})
	watch.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "vadium_disk_watermark_bytes", Help: "Free space below which the market takes no new requests, uploads and programs.",
	}, func() float64 { return float64(disk.low) }))
	// Not a gate: a balancer that sends nothing any more would keep back deliveries, and provers would pay for our disk.
	watch.health.Note("disk", disk.check)
	if err := config.SecretFile(s.dir.receiptKey()).Check(); err != nil {
		return fmt.Errorf("receipt key: %w", err)
	}
	key, err := crypto.LoadECDSA(s.dir.receiptKey())
	if err != nil {
		return fmt.Errorf("receipt key: %w", err)
	}
	writer := sequencer.NewMetrics(watch.registry)
	market, err := sequencer.Open(ctx, sequencer.MarketCore(), sequencer.Config{
		Journal: st.journal, Blobs: st.blobs, DigestEvery: settings.DigestEvery, SnapshotEvery: settings.SnapshotEvery,
		Metrics: writer, Log: s.log,
	})
	if err != nil {
		return err
	}
	watch.health.Healthy("writer", writerLives(market, writer))
	signer := signing.NewKey(key)
	kept, err := keeper.Open(keeper.Config{Market: market, Dir: s.dir.log(), Key: signer, Metrics: keeper.NewMetrics(watch.registry), Log: s.log})
	if err != nil {
		return err
	}
	opening, err := s.dir.opening()
	if err != nil {
		return withHint(fmt.Errorf("sealing key: %w", err), "if it is damaged, remove "+s.dir.sealingKey()+": another is made, and clients ask for it")
	}
	listener, url, secure, err := s.listen(ctx, watch)
	if err != nil {
		return err
	}
	verification := verifier.NewMetrics(watch.registry)
	children, err := verifier.StartChildren(ctx, verifier.Limits{
		Processes: settings.Verifiers, Memory: uint64(settings.VerifierMemory), Time: settings.VerifierTime, Require: layersOf(settings.Confine),
		Confined: watch.confined.Saw, Metrics: verification, Log: s.log,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, children.Close()) }()
	door, err := rpc.New(rpc.Config{
		Market: market, Blobs: st.blobs, Programs: children, Upstream: source.Check, Key: signer, Transparency: kept, Opening: opening, Spool: s.dir.spool(),
		MaxCalls: settings.Calls, MaxStreams: settings.Streams, MaxArtefact: blob.Limit(settings.MaxArtefact),
		UploadBudget: uint64(settings.UploadBudget), Limits: limitsOf(settings.Limits), DrainWithin: settings.Drain / 2,
		Interceptors: watch.tracer.Interceptors(), Metrics: rpc.NewMetrics(watch.registry), Room: disk.check, Ready: watch.health.CheckReady, TLS: secure,
		Log: s.log,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	verifying := verifier.New(verifier.Config{
		Market: market, Blobs: st.blobs, Checker: children, Workers: settings.Verifiers, Metrics: verification, Log: s.log,
	})
	watching := observer.New(observer.Config{Market: market, Log: s.log}, watch.registry)

	// The sequencer stops last: what the door and the verifier have in hand still needs it.
	sequencing, stopSequencing := context.WithCancel(context.WithoutCancel(ctx))
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorking()
	group, running := errgroup.WithContext(working)
	ended := make(chan error, 1)
	go func() { ended <- market.Run(sequencing) }()
	var keeping sync.WaitGroup // it ends with the market, after the last record, and nothing else ends with it
	keeping.Go(func() {
		if err := kept.Run(sequencing); err != nil {
			s.log.Error("the transparency log is not kept any more", "error", err)
		}
	})
	defer keeping.Wait()
	group.Go(func() error { return door.Serve(running, listener) })
	group.Go(func() error { return verifying.Run(running) })
	group.Go(func() error { return watching.Run(running) })
	group.Go(func() error { return disk.watch(running) })
	group.Go(func() error { return serveControl(running, s.dir, st, market, s.log) })
	group.Go(func() error { // a market that stops by itself takes everything with it
		select {
		case <-market.Stopped():
			return errors.New("the market stopped")
		case <-running.Done():
			return nil
		}
	})
	group.Go(func() error { // from a signal on, the market is not ready, and after the notice it takes nothing new on
		select {
		case <-ctx.Done():
			watch.health.Drain()
			s.log.Info("market is stopping", "notice", settings.Notice.String(), "within", settings.Drain.String())
			pause(running, settings.Notice)
			stopWorking()
		case <-running.Done():
		}
		return nil
	})
	caught()
	if s.ready != nil {
		s.ready(url)
	}
	err = group.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	stopSequencing()
	if sequenced := <-ended; sequenced != nil {
		return errors.Join(err, sequenced)
	}
	if late := market.SnapshotAtRest(context.WithoutCancel(ctx)); late != nil {
		s.log.Error("no snapshot at the end; the next start replays more", "error", late)
	}
	return err
}

// limitsOf returns the configured limits as the server takes them.
func limitsOf(l config.Limits) rpc.Limits {
	return rpc.Limits{
		AddressRate: l.AddressRate, AddressBurst: l.AddressBurst, ObserveRate: l.ObserveRate, ObserveBurst: l.ObserveBurst,
		RoundRate: l.RoundRate, RoundBurst: l.RoundBurst, StreamsPerAddress: l.AddressStreams,
		ConnectionsPerAddress: l.AddressConnections, Connections: l.Connections,
		SignerRate: l.SignerRate, SignerBurst: l.SignerBurst, SignerCalls: l.SignerCalls, TrustForwarded: l.TrustForwarded,
	}
}

// listen opens the door for callers. With a certificate it says how to speak TLS there, and has it renewed on SIGHUP.
func (s serving) listen(ctx context.Context, watch *watch) (listener net.Listener, url string, secure *tls.Config, err error) {
	settings := s.config.Value
	var certificate *operations.Certificate
	if settings.TLS.On() {
		if certificate, err = operations.LoadCertificate(settings.TLS); err != nil {
			return nil, "", nil, withHint(err, "make or renew it, or leave tls.certificate and tls.key out for plain HTTP on loopback")
		}
		watch.registry.MustRegister(certificate)
	}
	var listen net.ListenConfig
	listener, err = listen.Listen(ctx, "tcp", settings.Listen)
	if err != nil {
		return nil, "", nil, withHint(err, "is another market running there? choose another address: --listen 127.0.0.1:PORT")
	}
	watch.onHangup(func() {
		reload(s.config, s.log, func(m config.Market) { setLevel(s.level, m.Log) })
		if certificate == nil {
			return
		}
		if err := certificate.Reload(); err != nil {
			s.log.Error("certificate was not read again, the old one stays", "error", err)
			return
		}
		s.log.Info("certificate read again")
	})
	if certificate != nil {
		return listener, "https://" + listener.Addr().String(), certificate.ServerConfig(), nil
	}
	return listener, "http://" + listener.Addr().String(), nil, nil
}

// writerStuck is how long the one writer may need for a round before the market is called unhealthy. It comes round every
// second when nothing happens; a batch on a slow disk takes a few more.
const writerStuck = 30 * time.Second

// writerLives returns a check that the market's one writer comes round.
func writerLives(market *sequencer.Market, writer *sequencer.Metrics) func() error {
	return func() error {
		select {
		case <-market.Stopped():
			return errors.New("it has stopped")
		default:
		}
		if idle := writer.Idle(); idle > writerStuck {
			return fmt.Errorf("it has not come round for %v (does the disk of the journal hang?)", idle.Round(time.Second))
		}
		return nil
	}
}

// errDrained: a stop took longer than it may.
var errDrained = errors.New("stopping took longer than it may, so the process ends as it is; nothing that was acknowledged is lost")

// bounded runs a service until it returns, but after ctx ends at most for the time given.
func bounded(ctx context.Context, within time.Duration, run func(context.Context) error) error {
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case err := <-ended:
		return err
	case <-timer.C:
		return withHint(errDrained, "give it more time with --drain, or find out what it waits for at debug level")
	}
}

func marketCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "market", Short: "Run a market"}
	cmd.AddCommand(marketInitCommand(c, h), marketServeCommand(c), marketShowCommand(c, h), marketPauseCommand(c, h), marketUnpauseCommand(c, h), marketParamsCommand(c, h))
	cmd.AddCommand(marketPriceCommand(c, h), marketCollateralCommand(c, h), marketIncidentCommand(c, h), marketAlertCommand(c, h))
	return cmd
}

func marketInitCommand(c *console, h *home) *cobra.Command {
	var operator, paramsFile string
	var chainID uint64
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Create a market in a folder",
		Long: `Create a market in a folder.

The operator is the account that credits deposits, changes parameters and pauses the market.
Parameters that --params does not name have their defaults (see docs/parameters.md).`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			account, err := h.Account()
			if operator != "" {
				account, err = vadium.ParseAccount(operator)
			}
			if err != nil {
				return err
			}
			params := marketplace.DefaultParams()
			if paramsFile != "" {
				if params, err = readParams(paramsFile, params); err != nil {
					return err
				}
			}
			dir := marketDir(args[0])
			if err := dir.create(cmd.Context(), marketTerms{account, chainID, params}); err != nil {
				return err
			}
			return c.show(map[string]any{"market": args[0], "operator": account}, func() {
				c.say("created a market in %s, operated by %v", args[0], account)
				c.say("serve it:  vadium market serve %s", args[0])
			})
		},
	}
	cmd.Flags().StringVar(&operator, "operator", "", "the operator's account (default: the account of this home)")
	cmd.Flags().Uint64Var(&chainID, "chain-id", 31337, "chain id of the EIP-712 domain")
	cmd.Flags().StringVar(&paramsFile, "params", "", "JSON file with parameters")
	return cmd
}

// readParams reads parameters from a JSON file over the ones given.
func readParams(file string, params marketplace.Params) (marketplace.Params, error) {
	f, err := os.Open(file)
	if err != nil {
		return params, err
	}
	defer f.Close()
	decoder := json.NewDecoder(io.LimitReader(f, 64<<10))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&params); err != nil {
		return params, withHint(fmt.Errorf("%s: %w", file, err), "vadium market show --json prints parameters in this form, under \"params\"")
	}
	return params, params.Check()
}

func marketServeCommand(c *console) *cobra.Command {
	schema := config.Of(config.DefaultMarket())
	cmd := &cobra.Command{
		Use:   "serve DIR",
		Short: "Serve the market in a folder until interrupted",
		Long: `Serve the market in a folder until interrupted.

It answers Connect, gRPC and plain JSON over HTTP on one port, on loopback unless told otherwise. Everything that
happened is in the folder; after a crash, serve it again. Each setting is a flag, a variable or a line of the file that
--config names: docs/configuration.md.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			hangups := catchHangups()
			defer hangups.release()
			loaded, err := loadConfig(schema, cmd)
			if err != nil {
				return err
			}
			log, level, err := c.leveledLogger(loaded.Value.Log)
			if err != nil {
				return err
			}
			s := serving{dir: marketDir(args[0]), config: loaded, log: log, level: level, hangups: hangups, ready: func(url string) {
				if c.json {
					_ = c.object(map[string]string{"market": url})
					return
				}
				c.say("the market in %s answers at %s (stop it with Ctrl-C)", args[0], bold.Render(url))
			}}
			return inOrder(cmd.Context(), bounded(cmd.Context(), loaded.Value.Notice+loaded.Value.Drain, s.serve), log)
		},
	}
	schema.AddFlags(cmd.Flags())
	return cmd
}

// waitForFile waits for a file another process writes.
func waitForFile(ctx context.Context, path string) ([]byte, error) {
	for {
		content, err := os.ReadFile(path)
		if err == nil && len(content) > 0 {
			return content, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
