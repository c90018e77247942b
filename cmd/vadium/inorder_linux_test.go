package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"vadium"
	"vadium/marketplace"
)

// countdown is a context that ends when it is looked at for the last time: whoever starts under it is told to stop at that
// very point.
type countdown struct {
	context.Context //nolint:containedctx // it is one

	mu   sync.Mutex
	left int // guarded by mu
	done chan struct{}
}

func newCountdown(ctx context.Context, looks int) *countdown {
	return &countdown{Context: ctx, left: looks, done: make(chan struct{})}
}

func (c *countdown) look() (over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left--
	if c.left == -1 {
		close(c.done)
	}
	return c.left < 0
}

func (c *countdown) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left >= 0 {
		c.left = -1
		close(c.done)
	}
}

// Err implements [context.Context].
func (c *countdown) Err() error {
	if c.look() {
		return context.Canceled
	}
	return nil
}

// Done implements [context.Context].
func (c *countdown) Done() <-chan struct{} {
	_ = c.look() // the channel says it
	return c.done
}

// readyAt ends a countdown when a service says that it is up.
type readyAt struct {
	syncBuffer
	up func()
}

func (r *readyAt) Write(b []byte) (int, error) {
	r.up()
	return r.syncBuffer.Write(b)
}

// However far its start has come, a market that is told to stop stops with status 0, and the next one finds its folder free.
func TestAMarketToldToStopWhileItStartsStopsInOrder(t *testing.T) {
	dir := marketDir(filepath.Join(t.TempDir(), "market"))
	if err := dir.create(t.Context(), marketTerms{operator: vadium.Account{1}, chainID: 1, params: marketplace.DefaultParams()}); err != nil {
		t.Fatal(err)
	}
	up := false
	looks := 0
	for ; !up; looks++ {
		ctx := newCountdown(t.Context(), looks)
		out := &readyAt{up: func() { up = true; ctx.end() }}
		var errs bytes.Buffer
		args := []string{"market", "serve", string(dir), "--listen", "127.0.0.1:0", "--notice", "0s"}
		if status := run(ctx, args, strings.NewReader(""), out, &errs); status != 0 {
			t.Fatalf("told to stop at look %d, the market ends with status %d: %s", looks, status, errs.String())
		}
	}
	if looks < 5 {
		t.Errorf("the start was interrupted at %d points only", looks)
	}
}

// The same of a prover whose market does not answer.
func TestAProverToldToStopWhileItStartsStopsInOrder(t *testing.T) {
	var out bytes.Buffer
	s, err := newStage(t.Context(), newConsole(strings.NewReader(""), &out, &out), t.TempDir(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	if _, err := s.key("p"); err != nil {
		t.Fatal(err)
	}
	var now atomic.Pointer[countdown]
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		now.Load().end() // at the latest
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer silent.Close()
	for looks := range 8 {
		ctx := newCountdown(t.Context(), looks)
		now.Store(ctx)
		var errs syncBuffer
		args := []string{"prover", "run", "--home", filepath.Join(s.dir, "accounts", "p"), "--password-file", s.passFile, "--market", silent.URL,
			"--dir", filepath.Join(s.dir, "prover")}
		if status := run(ctx, args, strings.NewReader(""), &out, &errs); status != 0 {
			t.Fatalf("told to stop at look %d, the prover ends with status %d: %s", looks, status, errs.String())
		}
	}
}

// What goes wrong while a service is told to stop is an error all the same, and so is an end that nobody asked for.
func TestOnlyTheStopThatWasAskedForIsInOrder(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	disk := errors.New("the disk is gone")
	canceled := fmt.Errorf("replay: %w", context.Canceled)
	for name, row := range map[string]struct {
		ctx  context.Context //nolint:containedctx // of one row
		err  error
		want error
	}{
		"told to stop":              {stopped, canceled, nil},
		"and something else":        {stopped, errors.Join(canceled, disk), disk},
		"only something else":       {stopped, disk, disk},
		"nobody said to stop":       {t.Context(), canceled, context.Canceled},
		"nothing":                   {stopped, nil, nil},
		"several that are all that": {stopped, errors.Join(canceled, errors.Join(canceled)), nil},
		"something else within":     {stopped, fmt.Errorf("open store: %w", errors.Join(canceled, disk)), disk},
		"all that within":           {stopped, fmt.Errorf("open store: %w", errors.Join(canceled, canceled)), nil},
		"two in one message":        {stopped, fmt.Errorf("%w: closing: %w", canceled, disk), disk},
	} {
		if got := inOrder(row.ctx, row.err, nil); !errors.Is(got, row.want) || row.want == nil && got != nil {
			t.Errorf("%s: %v, want %v", name, got, row.want)
		}
		if errors.Is(row.want, disk) && name != "something else within" && errors.Is(inOrder(row.ctx, row.err, nil), context.Canceled) {
			t.Errorf("%s: what was asked for is called an error", name)
		}
	}
}
