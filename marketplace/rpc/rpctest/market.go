// Package rpctest starts whole markets for tests: the real core, sequencer and server, a journal in memory, real HTTP on
// 127.0.0.1, and a small program with real keys.
package rpctest

import (
	"context"
	"crypto/ecdsa"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/client"
	"vadium/marketplace/journal"
	"vadium/marketplace/rpc"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency/keeper"
	"vadium/marketplace/verifier"
)

// Keys of a test market. Accounts of a test's own take numbers from 10 on.
const (
	OperatorKey = 1
	MarketKey   = 2
)

// Market is a market that runs.
type Market struct {
	URL       string
	Sequencer *sequencer.Market
	Blobs     blob.Store
	Server    *rpc.Server
	Domain    signing.Domain
	// Keeper keeps the transparency log.
	Keeper *keeper.Keeper

	log            string // folder of the transparency log
	journal        func(journal.Options) (*journal.Embedded, error)
	config         rpc.Config
	stopSequencing func()
	written        *journal.Embedded // what the running sequencer writes

	stop     context.CancelFunc
	served   chan error
	listener *listener
}

// Config changes a test market. The zero value is a market with the parameters of a demo.
type Config struct {
	Params marketplace.Params
	// Dir is where the journal is kept on a disk; empty: in memory.
	Dir string
	// Serve may change what the server is configured with.
	Serve func(*rpc.Config)
}

// Start starts a market that ends with the test.
func Start(t testing.TB, c Config) *Market {
	t.Helper()
	if c.Params == (marketplace.Params{}) {
		c.Params = marketplace.DemoParams()
	}
	blobs, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m := &Market{log: t.TempDir(), Blobs: blobs, Domain: signing.Domain{ChainID: 31337, Deployment: vadium.Salt{0xde}}, journal: journal.NewMemory().Open}
	if c.Dir != "" {
		m.journal = func(o journal.Options) (*journal.Embedded, error) { return journal.OpenBadger(c.Dir, o) }
	}
	m.run(t)
	t.Cleanup(func() { m.stopSequencing() })
	if _, err := m.Sequencer.Do(t.Context(), marketplace.Command{Body: marketplace.OpenMarket{
		Operator: Key(t, OperatorKey).Account(), Deployment: m.Domain.Deployment, ChainID: m.Domain.ChainID,
		Params: c.Params, Seeds: [2][32]byte{{1}, {2}},
	}}); err != nil {
		t.Fatal(err)
	}
	m.config = rpc.Config{Blobs: blobs, Programs: verifier.NewInProcess(), Key: Key(t, MarketKey), Spool: t.TempDir()}
	if c.Serve != nil {
		c.Serve(&m.config)
	}
	m.open(t, "127.0.0.1:0")
	t.Cleanup(func() { m.StopServing(t) })
	return m
}

// Restart stops the market and starts it from its journal, at another address.
func (m *Market) Restart(t testing.TB) {
	t.Helper()
	m.StopServing(t)
	m.stopSequencing()
	m.run(t)
	m.open(t, "127.0.0.1:0")
}

// RestartAt is Restart at an address, such as the one it had.
func (m *Market) RestartAt(t testing.TB, url string) {
	t.Helper()
	m.StopServing(t)
	m.stopSequencing()
	m.run(t)
	m.open(t, strings.TrimPrefix(url, "http://"))
}

// Backup returns the journal's batches so far.
func (m *Market) Backup(t testing.TB) (batches []journal.Batch) {
	t.Helper()
	for b, err := range m.written.Read(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, b)
	}
	return batches
}

// Restore loses the market and starts one from a backup, at the same address. Its blobs are still there.
func (m *Market) Restore(t testing.TB, backup []journal.Batch) {
	t.Helper()
	address := m.listener.Addr().String()
	m.StopServing(t)
	m.stopSequencing()
	memory := journal.NewMemory()
	j, err := memory.Open(journal.Options{Blobs: m.Blobs})
	if err != nil {
		t.Fatal(err)
	}
	for epoch := uint64(0); len(backup) > 0; {
		if epoch < backup[0].Epoch {
			if epoch, err = j.TakeOver(t.Context()); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := j.Append(t.Context(), backup[0]); err != nil {
			t.Fatal(err)
		}
		backup = backup[1:]
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	m.journal = memory.Open
	m.run(t)
	m.open(t, address)
}

// open starts answering for the sequencer that runs.
func (m *Market) open(t testing.TB, address string) {
	t.Helper()
	m.config.Market = m.Sequencer
	var err error
	if m.Keeper, err = keeper.Open(keeper.Config{Market: m.Sequencer, Dir: m.log, Key: m.config.Key}); err != nil {
		t.Fatal(err)
	}
	kept := make(chan error, 1)
	go func(k *keeper.Keeper) { kept <- k.Run(context.Background()) }(m.Keeper)
	stop := m.stopSequencing
	m.stopSequencing = func() {
		stop()
		if err := <-kept; err != nil {
			t.Errorf("the keeper of the transparency log ended: %v", err)
		}
	}
	m.config.Transparency = m.Keeper
	if m.Server, err = rpc.New(m.config); err != nil {
		t.Fatal(err)
	}
	m.Serve(t, address)
}

// run starts the sequencer of what the journal holds.
func (m *Market) run(t testing.TB) {
	t.Helper()
	j, err := m.journal(journal.Options{Blobs: m.Blobs})
	if err != nil {
		t.Fatal(err)
	}
	m.written = j
	if m.Sequencer, err = sequencer.Open(context.Background(), sequencer.MarketCore(), sequencer.Config{Journal: j, Blobs: m.Blobs}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func(market *sequencer.Market) { ended <- market.Run(ctx) }(m.Sequencer)
	m.stopSequencing = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the sequencer ended: %v", err)
		}
		if err := j.Close(); err != nil {
			t.Errorf("the journal was not closed: %v", err)
		}
	}
}

// Serve starts answering at an address, again after StopServing.
func (m *Market) Serve(t testing.TB, address string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	m.listener = &listener{Listener: l, open: map[net.Conn]bool{}}
	m.URL = "http://" + l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	m.stop, m.served = cancel, make(chan error, 1)
	go func(l net.Listener, served chan error) { served <- m.Server.Serve(ctx, l) }(m.listener, m.served)
}

// StopServing ends what Serve began; the market itself goes on.
func (m *Market) StopServing(t testing.TB) {
	t.Helper()
	if m.stop == nil {
		return
	}
	m.stop()
	m.stop = nil
	if err := <-m.served; err != nil {
		t.Errorf("serving ended: %v", err)
	}
}

// DropConnections breaks every connection, as a network does.
func (m *Market) DropConnections() { m.listener.drop() }

// listener remembers its connections.
type listener struct {
	net.Listener
	mu   sync.Mutex
	open map[net.Conn]bool // guarded by mu
}

func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.mu.Lock()
		l.open[conn] = true
		l.mu.Unlock()
	}
	return conn, err
}

func (l *listener) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.open {
		conn.Close()
		delete(l.open, conn)
	}
}

// Private returns the private key with a number.
func Private(t testing.TB, n byte) *ecdsa.PrivateKey {
	t.Helper()
	private, err := crypto.ToECDSA(append(make([]byte, 31), n))
	if err != nil {
		t.Fatal(err)
	}
	return private
}

// Key returns a signer with a number.
func Key(t testing.TB, n byte) signing.Key { return signing.NewKey(Private(t, n)) }

// Client returns a client that signs with key n.
func (m *Market) Client(t testing.TB, n byte) *client.Client {
	t.Helper()
	return client.New(m.URL, client.Options{Key: Key(t, n)})
}

// Fund credits key n with tokens.
func (m *Market) Fund(t testing.TB, n byte, tokens uint64) {
	t.Helper()
	_, err := m.Client(t, OperatorKey).CreditDeposit(t.Context(), marketplace.CreditDeposit{
		Account: Key(t, n).Account(), Amount: vadium.Tokens(tokens), Reference: client.NewSalt(),
	})
	if err != nil {
		t.Fatal(err)
	}
}
