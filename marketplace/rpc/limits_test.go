package rpc_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// limited is a market whose limits hold for the test's own address too.
func limited(t *testing.T, limits rpc.Limits) *rpctest.Market {
	t.Helper()
	limits.LimitLoopback = true
	return rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.Limits = limits }})
}

// comeAgain fails the test unless a refusal says when to come again, for programs and for HTTP.
func comeAgain(t *testing.T, what string, err error) {
	t.Helper()
	failed, ok := err.(*connect.Error) //nolint:errorlint // straight from the wire
	if !ok || failed.Code() != connect.CodeResourceExhausted {
		t.Errorf("%s: %v, want resource_exhausted", what, err)
		return
	}
	if seconds, err := strconv.Atoi(failed.Meta().Get("Retry-After")); err != nil || seconds < 1 {
		t.Errorf("%s: Retry-After = %q, want seconds", what, failed.Meta().Get("Retry-After"))
	}
	for _, d := range failed.Details() {
		if value, err := d.Value(); err == nil {
			if detail, ok := value.(*v1.ErrorDetail); ok && detail.GetRetryAfterMs() > 0 && detail.GetHint() != "" {
				return
			}
		}
	}
	t.Errorf("%s: %v has no detail that says when to come again", what, err)
}

func TestAnAddressThatCallsTooOftenIsToldWhenToComeAgain(t *testing.T) {
	m := limited(t, rpc.Limits{AddressRate: 0.001, AddressBurst: 3})
	markets := marketplacev1connect.NewMarketServiceClient(http.DefaultClient, m.URL)
	for range 3 {
		if _, err := markets.GetMarket(t.Context(), connect.NewRequest(&v1.GetMarketRequest{})); err != nil {
			t.Fatal(err)
		}
	}
	_, err := markets.GetMarket(t.Context(), connect.NewRequest(&v1.GetMarketRequest{}))
	refusedWith(t, "the fourth call", err, wire.ErrRateLimited)
	comeAgain(t, "the fourth call", err)
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1/32 may call 0.001 times a second") {
		t.Errorf("the fourth call: %v, want a refusal that says the limit", err)
	}
}

// The SDK waits for as long as the market says, and goes on.
func TestTheClientComesAgainWhenTheMarketSays(t *testing.T) {
	m := limited(t, rpc.Limits{AddressRate: 20, AddressBurst: 1})
	c := m.Client(t, stranger)
	for range 4 {
		if _, err := c.Market(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASignerThatSignsTooMuchIsRefusedAndOthersAreNot(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.Limits = rpc.Limits{SignerRate: 0.001} }})
	session := m.Session(t, prover, marketplace.ScopeProve, vadium.Amount{})
	bodies := make([]marketplace.Body, signing.MaxBatchCommands-1) // opening the session took one
	for i := range bodies {
		bodies[i] = marketplace.SendHeartbeat{}
	}
	m20 := signedBatch(t, m, session, 1, bodies...)
	for range 19 { // the burst is 20 batches
		if _, err := execute(t, m, m20); err != nil {
			t.Fatal(err)
		}
	}
	big := signedBatch(t, m, session, 2, append(bodies, bodies...)[:signing.MaxBatchCommands]...)
	_, _ = execute(t, m, big)
	_, err := execute(t, m, big)
	refusedWith(t, "more than the burst", err, wire.ErrRateLimited)
	comeAgain(t, "more than the burst", err)
	// Nobody can use up another's rate: a name on a command is not a signature.
	forged := signedBatch(t, m, session, 3, bodies...)
	forged.Author = rpctest.Key(t, requester).Account().Hex()
	for range 25 {
		_, _ = execute(t, m, forged)
	}
	m.Fund(t, requester, 2)
	if _, err := m.Client(t, requester).WithdrawBalance(t.Context(), vadium.Tokens(1)); err != nil {
		t.Errorf("another account: %v", err)
	}
}

func TestStreamsOfOneAddressAreBounded(t *testing.T) {
	m := limited(t, rpc.Limits{StreamsPerAddress: 2})
	markets := marketplacev1connect.NewMarketServiceClient(http.DefaultClient, m.URL)
	for range 2 {
		stream, err := markets.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{From: 1}))
		if err != nil || !stream.Receive() {
			t.Fatal(err, stream.Err())
		}
		defer stream.Close()
	}
	stream, err := markets.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{From: 1}))
	if err == nil && !stream.Receive() {
		err = stream.Err()
	}
	refusedWith(t, "the third stream", err, wire.ErrTooManyStreams)
	comeAgain(t, "the third stream", err)
}

func TestConnectionsOfOneAddressAreBounded(t *testing.T) {
	m := limited(t, rpc.Limits{ConnectionsPerAddress: 2})
	address := strings.TrimPrefix(m.URL, "http://")
	dial := func() net.Conn {
		t.Helper()
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	ask := func(conn net.Conn) *http.Response {
		t.Helper()
		fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: market\r\n\r\n")
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response
	}
	first, second := dial(), dial()
	ask(first)
	ask(second)
	response := ask(dial())
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" {
		t.Errorf("the third connection: %v, want 429 and when to come again", response.Status)
	}
	first.Close()
	for response.StatusCode == http.StatusTooManyRequests { // until the server has noticed
		response = ask(dial())
	}
}

// TestSilentConnectionsDoNotKeepOthersFromATLSMarket: one too many ends at once, though it never began a handshake, and the
// next caller is let in.
func TestSilentConnectionsDoNotKeepOthersFromATLSMarket(t *testing.T) {
	kit := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	t.Cleanup(kit.Close)
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) {
		c.Limits = rpc.Limits{ConnectionsPerAddress: 2, LimitLoopback: true}
		c.TLS = &tls.Config{Certificates: kit.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12}
	}})
	address := strings.TrimPrefix(m.URL, "http://")
	var silent []net.Conn
	for range 3 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		silent = append(silent, conn)
	}
	if err := silent[2].SetReadDeadline(time.Now().Add(4 * time.Second)); err != nil { // below what a header may take
		t.Fatal(err)
	}
	if n, err := silent[2].Read(make([]byte, 1)); n > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the third connection read %d bytes (%v), want its end", n, err)
	}
	silent[0].Close()
	trust := kit.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	caller := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12}}}
	t.Cleanup(caller.CloseIdleConnections)
	markets := marketplacev1connect.NewMarketServiceClient(caller, "https://"+address)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) { // until the server has noticed
		_, err := markets.GetMarket(t.Context(), connect.NewRequest(&v1.GetMarketRequest{}))
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a caller beside silent connections: %v, want an answer", err)
		}
	}
}

// slow reads an event stream over a connection of its own, and stops reading.
func slowReader(t *testing.T, m *rpctest.Market) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(m.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	message := "\x00\x00\x00\x00\x0e" + `{"from": "1"} `
	fmt.Fprintf(conn, "POST /vadium.marketplace.v1.MarketService/WatchEvents HTTP/1.1\r\nHost: market\r\n"+
		"Content-Type: application/connect+json\r\nConnect-Protocol-Version: 1\r\nContent-Length: %d\r\n\r\n%s", len(message), message)
	return conn
}

// A stream whose reader does not read is cut off, so that it does not hold its place for ever; whoever resumes at the
// cursor misses nothing.
func TestAReaderThatDoesNotReadIsCutOffAndResumesAtItsCursor(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.WriteTimeout, c.MaxStreams = 200*time.Millisecond, 1 }})
	slowReader(t, m)
	session := m.Session(t, prover, marketplace.ScopeProve, vadium.Amount{})
	_ = session
	// Enough events to fill every buffer between the market and the reader.
	c := m.Client(t, rpctest.OperatorKey)
	deposits := func() {
		for i := range 400 {
			_, err := c.CreditDeposit(t.Context(), marketplace.CreditDeposit{Account: vadium.Account{byte(i)}, Amount: vadium.Tokens(1), Reference: client.NewSalt()})
			if err != nil {
				t.Error(err)
			}
		}
	}
	deposits()
	markets := marketplacev1connect.NewMarketServiceClient(http.DefaultClient, m.URL)
	for { // the one place for streams becomes free when the slow reader is cut off
		stream, err := markets.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{From: 1}))
		if err == nil && stream.Receive() {
			stream.Close()
			break
		}
		deposits()
		if t.Context().Err() != nil {
			t.Fatal("the slow reader was never cut off")
		}
	}
	var last uint64
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var end uint64
	m.Sequencer.View(func(s *marketplace.State) { end = s.NextSeq() })
	for record, err := range c.Watch(ctx, 1, client.EventFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if record.Seq != last+1 {
			t.Fatalf("record %d follows record %d", record.Seq, last)
		}
		if last = record.Seq; last == end-1 {
			break
		}
	}
}

// A call whose body never comes is cut off too.
func TestABodyThatNeverComesEndsTheCall(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.BodyTimeout = 100 * time.Millisecond }})
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(m.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST "+withdraw+" HTTP/1.1\r\nHost: market\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return // the connection was closed
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		t.Errorf("half a body is answered: %v", response.Status)
	}
}

func TestTheCallersAddressIsANetworkAndTheProxysWordCountsOnlyIfTrusted(t *testing.T) {
	for _, c := range []struct {
		remote, forwarded, want string
		trust                   bool
	}{
		{remote: "192.0.2.7:1234", want: "192.0.2.7/32"},
		{remote: "[::ffff:192.0.2.7]:1234", want: "192.0.2.7/32"},
		{remote: "[2001:db8:1:2:3:4:5:6]:1234", want: "2001:db8:1:2::/64"},
		{remote: "[fe80::1%eth0]:1234", want: "fe80::/64"},
		{remote: "127.0.0.1:1", want: "invalid Prefix"},
		{remote: "127.0.0.1:1", forwarded: "198.51.100.1", want: "invalid Prefix"},
		{remote: "127.0.0.1:1", forwarded: "203.0.113.9, 198.51.100.1", trust: true, want: "198.51.100.1/32"},
		{remote: "127.0.0.1:1", forwarded: "nonsense", trust: true, want: "invalid Prefix"},
		{remote: "192.0.2.7:1", forwarded: "198.51.100.1", trust: true, want: "192.0.2.7/32"},
		{remote: "", want: "invalid Prefix"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := rpc.Caller(rpc.Limits{TrustForwarded: c.trust}, r).String(); got != c.want {
			t.Errorf("caller at %q, forwarded %q, trusted %v = %s, want %s", c.remote, c.forwarded, c.trust, got, c.want)
		}
	}
}
