package rpc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"vadium"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
)

// Limits are what one caller may take of the market. Each refusal names its limit and says when to come again. The zero
// value has the defaults; a negative number means no limit.
type Limits struct {
	// AddressRate is how many calls one address may make in a second, whoever signs them, and AddressBurst how many at
	// once after a rest. Defaults 500 and 1,000. An address is an IPv4 address or an IPv6 network of 64 bits. Loopback
	// addresses are exempt from all limits by address: what comes from there is this machine's own, or a proxy's.
	AddressRate  float64
	AddressBurst int
	// SignerRate is how many commands one account may sign in a second, those in batches included, and SignerBurst how many
	// at once after a rest, at least a batch. Defaults 20,000 and 20,480.
	SignerRate  float64
	SignerBurst int
	// SignerCalls is how many calls of one account may wait for a place at the sequencer; default 64. Together the commands
	// of one account take at most half of the places.
	SignerCalls int
	// ObserveRate is how many observations one address may send in a second, and ObserveBurst how many at once after a rest:
	// each costs a signature's check. Defaults 100 and 200.
	ObserveRate  float64
	ObserveBurst int
	// RoundRate is how many rounds one account may have verified in a second, and RoundBurst how many at once after a rest.
	// Defaults 5 and 20.
	RoundRate  float64
	RoundBurst int
	// StreamsPerAddress bounds the event and blob streams of one address; default 64.
	StreamsPerAddress int
	// ConnectionsPerAddress bounds the connections of one address, default 256, and Connections those of all, default 8,192.
	ConnectionsPerAddress int
	Connections           int
	// TrustForwarded takes the caller's address from the last entry of the header X-Forwarded-For, for calls that come from a
	// loopback address: set it when a proxy on this machine adds that header, and only then.
	TrustForwarded bool
	// LimitLoopback holds loopback addresses to the limits as well; for tests.
	LimitLoopback bool
}

func (l Limits) withDefaults() Limits {
	number := func(n *int, fallback int) {
		switch {
		case *n == 0:
			*n = fallback
		case *n < 0:
			*n = math.MaxInt32
		}
	}
	perSecond := func(r *float64, fallback float64) {
		switch {
		case *r == 0:
			*r = fallback
		case *r < 0:
			*r = math.MaxInt32
		}
	}
	perSecond(&l.AddressRate, 500)
	number(&l.AddressBurst, 1_000)
	perSecond(&l.SignerRate, 20_000)
	number(&l.SignerBurst, 20*signing.MaxBatchCommands)
	l.SignerBurst = max(l.SignerBurst, signing.MaxBatchCommands) // a batch that could never pass would be no limit of rate
	number(&l.SignerCalls, 64)
	perSecond(&l.ObserveRate, 100)
	number(&l.ObserveBurst, 200)
	perSecond(&l.RoundRate, 5)
	number(&l.RoundBurst, 20)
	number(&l.StreamsPerAddress, 64)
	number(&l.ConnectionsPerAddress, 256)
	number(&l.Connections, 8_192)
	return l
}

// rememberedCallers bounds the addresses and the accounts whose rates are remembered: the least recent are forgotten and
// begin anew. 65,536 buckets are about 10 MiB.
const rememberedCallers = 1 << 16

// door keeps count of who takes what.
type door struct {
	limits    Limits
	addresses *lru.Cache[netip.Prefix, *rate.Limiter]
	observers *lru.Cache[netip.Prefix, *rate.Limiter]
	signers   *lru.Cache[vadium.Account, *rate.Limiter]
	reporting reporting
	streams   tally
	lines     *lines
}

func newDoor(l Limits) (*door, error) {
	addresses, err := lru.New[netip.Prefix, *rate.Limiter](rememberedCallers)
	if err != nil {
		return nil, err
	}
	signers, err := lru.New[vadium.Account, *rate.Limiter](rememberedCallers)
	if err != nil {
		return nil, err
	}
	observers, err := lru.New[netip.Prefix, *rate.Limiter](rememberedCallers)
	if err != nil {
		return nil, err
	}
	reporting, err := newReporting()
	if err != nil {
		return nil, err
	}
	return &door{limits: l, addresses: addresses, observers: observers, signers: signers, reporting: reporting, lines: newLines(sequencer.QueueLimit, l.SignerCalls)}, nil
}

// limited is a refusal of a caller who took too much.
type limited struct {
	kind  vadium.Kind
	what  string
	retry time.Duration // from now
}

// Error says which limit was met.
func (l *limited) Error() string { return fmt.Sprintf("%s: %s", l.what, l.kind) }

// Unwrap returns the kind.
func (l *limited) Unwrap() error { return l.kind }

// bucketOf returns a caller's bucket. Two calls at once may make two, and one is lost: that is a call too many, once.
func bucketOf[K comparable](buckets *lru.Cache[K, *rate.Limiter], key K, perSecond float64, burst int) *rate.Limiter {
	if bucket, known := buckets.Get(key); known {
		return bucket
	}
	bucket := rate.NewLimiter(rate.Limit(perSecond), burst)
	if earlier, known, _ := buckets.PeekOrAdd(key, bucket); known {
		return earlier
	}
	return bucket
}

// knock counts a call of an address.
func (d *door) knock(from netip.Prefix) error {
	if !from.IsValid() {
		return nil
	}
	bucket := bucketOf(d.addresses, from, d.limits.AddressRate, d.limits.AddressBurst)
	if now := time.Now(); !bucket.AllowN(now, 1) {
		return &limited{wire.ErrRateLimited, fmt.Sprintf("%v may call %v times a second", from, d.limits.AddressRate), wait(bucket, now, 1)}
	}
	return nil
}

// observe counts an observation that an address sends.
func (d *door) observe(from netip.Prefix) error {
	if !from.IsValid() {
		return nil
	}
	bucket := bucketOf(d.observers, from, d.limits.ObserveRate, d.limits.ObserveBurst)
	if now := time.Now(); !bucket.AllowN(now, 1) {
		return &limited{wire.ErrRateLimited, fmt.Sprintf("%v may send %v observations a second", from, d.limits.ObserveRate), wait(bucket, now, 1)}
	}
	return nil
}

// peek refuses a signer who has no tokens left, before anything is spent on checking the signature. It takes none: anybody
// can write another's name on a command.
func (d *door) peek(signer vadium.Account, commands int) error {
	bucket, known := d.signers.Get(signer)
	if !known {
		return nil
	}
	if now := time.Now(); bucket.TokensAt(now) < float64(commands) {
		return d.tooFast(signer, bucket, now, commands)
	}
	return nil
}

// take counts commands of a signer whose signature has been checked.
func (d *door) take(signer vadium.Account, commands int) error {
	bucket := bucketOf(d.signers, signer, d.limits.SignerRate, d.limits.SignerBurst)
	if now := time.Now(); !bucket.AllowN(now, commands) {
		return d.tooFast(signer, bucket, now, commands)
	}
	return nil
}

func (d *door) tooFast(signer vadium.Account, bucket *rate.Limiter, now time.Time, commands int) error {
	what := fmt.Sprintf("account %v may sign %v commands a second, %d at once", signer, d.limits.SignerRate, d.limits.SignerBurst)
	return &limited{wire.ErrRateLimited, what, wait(bucket, now, commands)}
}

// wait returns how long it takes until a bucket holds n tokens.
func wait(bucket *rate.Limiter, now time.Time, n int) time.Duration {
	missing := float64(n) - bucket.TokensAt(now)
	return max(time.Millisecond, time.Duration(math.Ceil(missing/float64(bucket.Limit())*1e3))*time.Millisecond)
}

// caller returns the address a call is counted for; invalid: it is exempt.
func (l Limits) caller(r *http.Request) netip.Prefix {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{} // no connection, as in tests
	}
	address := at.Addr().Unmap()
	if forwarded := r.Header.Values("X-Forwarded-For"); l.TrustForwarded && address.IsLoopback() && len(forwarded) > 0 {
		all := strings.Split(forwarded[len(forwarded)-1], ",")
		if real, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
			address = real.Unmap()
		}
	}
	return l.network(address)
}

// network returns what counts as one address: an IPv6 customer has a network of 64 bits to take addresses from.
func (l Limits) network(address netip.Addr) netip.Prefix {
	if address.IsLoopback() && !l.LimitLoopback {
		return netip.Prefix{}
	}
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	network, _ := address.WithZone("").Prefix(bits)
	return network
}

// tally counts what each address holds. Its size is bounded by what is counted.
type tally struct {
	mu   sync.Mutex
	held map[netip.Prefix]int // guarded by mu
	all  int                  // guarded by mu
}

// add counts one more for an address, unless it holds most already, or all do together. Addresses that are exempt count for
// all only.
func (t *tally) add(who netip.Prefix, most, mostOfAll int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all >= mostOfAll || who.IsValid() && t.held[who] >= most {
		return false
	}
	if t.held == nil {
		t.held = map[netip.Prefix]int{}
	}
	t.held[who]++
	t.all++
	return true
}

func (t *tally) remove(who netip.Prefix) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.held[who]--; t.held[who] == 0 {
		delete(t.held, who)
	}
}

// retryConnection and retryStream are when somebody whose connections or streams are all in use may come again: not soon,
// because they end when their owner ends them.
const (
	retryConnection = 10 * time.Second
	retryStream     = 5 * time.Second
	retryBusy       = time.Second
)

// bounded is a listener that turns away who has too many connections. It lies below TLS: whoever says nothing must not have
// the accept loop wait for a handshake.
type bounded struct {
	net.Listener
	limits Limits
	tls    bool // what comes in is TLS, so nobody could read a refusal
	open   tally
}

// Bound returns the listener with the bounds on connections of l, for a door of another service. secure says that what comes
// in is TLS: the bounds lie below it.
func Bound(listener net.Listener, l Limits, secure bool) net.Listener {
	return &bounded{Listener: listener, limits: l.withDefaults(), tls: secure}
}

// Accept implements [net.Listener].
func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		var who netip.Prefix
		if at, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
			who = b.limits.network(at.Addr().Unmap())
		}
		if b.open.add(who, b.limits.ConnectionsPerAddress, b.limits.Connections) {
			return &counted{Conn: conn, end: sync.OnceFunc(func() { b.open.remove(who) })}, nil
		}
		b.turnAway(conn)
	}
}

// turnAway says why in the one language every client of the port understands, without waiting for anything. Under TLS there
// is none before a handshake, so the connection just ends.
func (b *bounded) turnAway(conn net.Conn) {
	defer conn.Close()
	if b.tls {
		return
	}
	text := fmt.Sprintf("this address may have %d connections, all addresses together %d\n", b.limits.ConnectionsPerAddress, b.limits.Connections)
	_ = conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: %d\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
		int(retryConnection.Seconds()), len(text), text)
}

// counted is a connection that gives its place back when it ends.
type counted struct {
	net.Conn
	end func()
}

// Close implements [net.Conn].
func (c *counted) Close() error {
	defer c.end()
	return c.Conn.Close()
}

// enter waits for places of a signer's commands at the sequencer; release gives them back.
func (s *Server) enter(ctx context.Context, signer vadium.Account, commands int) (release func(), err error) {
	release, err = s.door.lines.enter(ctx, signer, commands)
	return release, s.turned(err)
}

// turned counts a refusal of a signer who took too much.
func (s *Server) turned(err error) error {
	if too, ok := errors.AsType[*limited](err); ok {
		limit := turnedRate
		if too.kind == wire.ErrTooManyCalls {
			limit = turnedLine
		}
		s.Metrics.turnAway(limit)
	}
	return err
}
