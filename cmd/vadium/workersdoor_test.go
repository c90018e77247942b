package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vadium/cmd/vadium/config"
	"vadium/prover/engine/enginetest"
	"vadium/prover/fleet"
)

// Connections are bounded before anybody has shown a token: whoever opens one more is told so, and a worker finds a place
// when one is given back.
func TestTheWorkersDoorTakesSoManyConnections(t *testing.T) {
	dir := t.TempDir()
	f := fleet.New(fleet.Config{Local: &enginetest.Pretend{}})
	defer f.Close()
	p := &proving{log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- p.serveWorkers(ctx, f, dir, config.Workers{Listen: "127.0.0.1:0", Connections: 2, AddressConnections: 2})
	}()
	waiting, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	url, err := waitForFile(waiting, filepath.Join(dir, workersURL))
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(strings.TrimSpace(string(url)), "http://")
	dial := func() net.Conn {
		var d net.Dialer
		conn, err := d.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	// Two that say nothing more than a header each, so that it is certain that they were let in.
	silent := []net.Conn{dial(), dial()}
	for _, conn := range silent {
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if status := statusOf(t, conn); status == http.StatusTooManyRequests {
			t.Fatalf("a connection within the bound is answered %d", status)
		}
	}
	if status := statusOf(t, dial()); status != http.StatusTooManyRequests {
		t.Errorf("the third connection is answered %d, want %d", status, http.StatusTooManyRequests)
	}
	if err := silent[0].Close(); err != nil {
		t.Fatal(err)
	}
	token, err := fleet.ReadToken(filepath.Join(dir, workerToken))
	if err != nil {
		t.Fatal(err)
	}
	offer := fleet.Offer{Name: "w", Backends: fleet.Backends(), KeyBytes: 1, Slots: 1}
	for { // the place is given back when the server notices
		if _, err = fleet.Dial("http://"+address, token, nil).Join(waiting, offer); err == nil || waiting.Err() != nil {
			break
		}
	}
	if err != nil {
		t.Errorf("Join once there is a place = %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("serveWorkers = %v, want nil", err)
	}
}

// statusOf reads the status of the answer on a connection.
func statusOf(t *testing.T, conn net.Conn) int {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body) // whatever it says
	_ = answer.Body.Close()
	return answer.StatusCode
}
