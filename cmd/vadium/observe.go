package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vadium/circuits/sandbox"
	"vadium/cmd/vadium/config"
	"vadium/cmd/vadium/operations"
)

// watched says what of a service is watched.
type watched struct {
	service    string
	operations config.Operations
	trace      config.Trace
	log        *slog.Logger
	hangups    hangups
}

// hangups are the SIGHUPs of a process that have not been handled. Without a handler a SIGHUP ends the process, so a service
// catches them before it does anything: a reload during a long replay is harmless, and takes place after it.
type hangups chan os.Signal

// catchHangups begins to catch them. Several that wait count as one.
func catchHangups() hangups {
	h := make(hangups, 1)
	signal.Notify(h, syscall.SIGHUP)
	return h
}

// release gives SIGHUP back what it does otherwise.
func (h hangups) release() { signal.Stop(h) }

// watch is how a service is looked after: its metrics, its health, its traces, and what it does on SIGHUP. It begins before
// the service opens anything and ends after it has closed everything, so that a long replay and a long drain can be seen.
type watch struct {
	registry *prometheus.Registry
	health   *operations.Health
	tracer   *operations.Tracer
	confined *operations.Confinement // of child processes
	log      *slog.Logger
	hangups  hangups

	running context.Context //nolint:containedctx // of the watch itself: ends when it is closed
	stop    context.CancelFunc
	tasks   sync.WaitGroup
	failed  error // of the operations listener; written before tasks is done
}

// newWatch opens the operations listener. The watch goes on when ctx ends: its owner closes it.
func newWatch(ctx context.Context, w watched) (*watch, error) {
	version := readBuildInfo().Version
	watching := &watch{
		registry: operations.NewRegistry(version), health: operations.NewHealth(), confined: operations.NewConfinement(w.log),
		log: w.log, hangups: w.hangups,
	}
	watching.registry.MustRegister(watching.confined)
	watching.health.Note("confinement", watching.confined.Check)
	door, err := operations.Open(ctx, operations.Config{
		Listen: w.operations.Listen, Profiles: w.operations.Profiles, Registry: watching.registry, Health: watching.health, Log: w.log,
	})
	if err != nil {
		return nil, err
	}
	if watching.tracer, err = operations.NewTracer(ctx, operations.Trace{
		Service: w.service, Version: version, Endpoint: w.trace.Endpoint, Ratio: w.trace.Ratio,
	}); err != nil {
		return nil, err
	}
	watching.running, watching.stop = context.WithCancel(context.WithoutCancel(ctx))
	watching.tasks.Go(func() {
		if watching.failed = door.Serve(watching.running); watching.failed != nil {
			w.log.Error("operations listener ended", "error", watching.failed)
		}
	})
	return watching, nil
}

// addDisk has the service's folders watched for free space.
func (w *watch) addDisk(folders map[string]string) {
	w.registry.MustRegister(operations.Disk{Folders: folders})
}

// layersOf is what must confine a child process.
func layersOf(confine []string) []sandbox.Layer {
	var required []sandbox.Layer
	for _, name := range confine { // checked with the configuration
		required = append(required, sandbox.Layer(name))
	}
	return required
}

// onHangup calls do, one call after the other, whenever the process gets SIGHUP, and for one that came before.
func (w *watch) onHangup(do func()) {
	w.tasks.Go(func() {
		for {
			select {
			case <-w.hangups:
				do()
			case <-w.running.Done():
				return
			}
		}
	})
}

// close ends what newWatch began.
func (w *watch) close() error {
	w.stop()
	w.tasks.Wait()
	if err := w.tracer.Close(w.running); err != nil {
		w.log.Warn("the last traces were not sent", "error", err)
	}
	return w.failed
}

// reload reads a service's configuration again and applies the keys that may change while it runs.
func reload[T config.Checked](loaded *config.Loaded[T], log *slog.Logger, apply func(T)) {
	changed, held, err := loaded.Reload()
	if err != nil {
		log.Error("configuration was not read again, the old one stays", "error", err)
		return
	}
	apply(loaded.Value)
	log.Info("configuration read again", "changed", changed, "from_next_start", held)
}

// leveledLogger writes to stderr as configured; its level can be changed while it is in use.
func (c *console) leveledLogger(settings config.Log) (*slog.Logger, *slog.LevelVar, error) {
	level := new(slog.LevelVar)
	if err := level.UnmarshalText([]byte(settings.Level)); err != nil {
		return nil, nil, withHint(err, "one of debug, info, warn, error")
	}
	options := &slog.HandlerOptions{Level: level}
	if settings.Format == "json" || (settings.Format != "text" && c.json) {
		return slog.New(slog.NewJSONHandler(c.err, options)), level, nil
	}
	return slog.New(slog.NewTextHandler(c.err, options)), level, nil
}

// setLevel changes the level of a logger. The configuration has been checked.
func setLevel(level *slog.LevelVar, settings config.Log) {
	if err := level.UnmarshalText([]byte(settings.Level)); err != nil {
		panic(errors.New("invariant: a checked configuration has a level: " + err.Error()))
	}
}

// inOrder is how a service ended. One that was told to stop while it was starting, in the middle of a replay for instance, and
// has closed what it had opened has done as it was told; what went wrong besides is still an error.
func inOrder(ctx context.Context, err error, log *slog.Logger) error {
	if ctx.Err() == nil || err == nil {
		return err
	}
	rest := besides(err, context.Canceled)
	if rest == nil && log != nil {
		log.Info("stopped before it was up")
	}
	return rest
}

// besides returns an error without those of its parts that are only the one that is named. A part that wraps several stays whole
// unless all of them are: what it says about one is not worth losing the other.
func besides(err, expected error) error {
	if joined, several := err.(interface{ Unwrap() []error }); several { // its own parts, not those of what it wraps
		var rest []error
		for _, part := range joined.Unwrap() {
			rest = append(rest, besides(part, expected))
		}
		return errors.Join(rest...)
	}
	if only(err, expected) {
		return nil
	}
	return err
}

// only reports whether an error has no other cause than the one that is named.
func only(err, expected error) bool {
	switch wraps := err.(type) { //nolint:errorlint // one layer at a time: it is the walk
	case interface{ Unwrap() []error }:
		return !slices.ContainsFunc(wraps.Unwrap(), func(part error) bool { return !only(part, expected) })
	case interface{ Unwrap() error }:
		if inner := wraps.Unwrap(); inner != nil {
			return only(inner, expected)
		}
	}
	return errors.Is(err, expected)
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
