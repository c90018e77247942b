package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// syncBuffer is a buffer that one goroutine fills while another reads.
type syncBuffer struct {
	mu  sync.Mutex // guards all
	all bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

// service is a market as an operator runs it: a process, its files, its operations listener.
type service struct {
	*testing.T
	dir  string
	args []string

	cmd        *exec.Cmd
	log        *syncBuffer
	url        string // of the market
	operations string // of the operations listener
	ended      chan error
}

// newService makes a market in a folder; start serves it.
func newService(t *testing.T, args ...string) *service {
	t.Helper()
	s := &service{T: t, dir: filepath.Join(t.TempDir(), "market"), args: args}
	if err := marketDir(s.dir).create(t.Context(), marketTerms{operator: vadium.Account{1}, chainID: 1, params: marketplace.DefaultParams()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd != nil {
			_ = s.cmd.Process.Kill() // it has ended, as a rule
		}
		if t.Failed() && s.log != nil {
			t.Log(s.log.String())
		}
	})
	return s
}

func (s *service) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// start runs the process and waits until it answers.
func (s *service) start() {
	s.Helper()
	self, err := os.Executable()
	s.must(err)
	s.cmd = exec.CommandContext(s.Context(), self, append([]string{"--json", "market", "serve", s.dir, "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"}, s.args...)...)
	s.log = &syncBuffer{}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	s.must(err)
	s.must(s.cmd.Start())
	s.ended = make(chan error, 1)
	var ready struct{ Market string }
	decoded := json.NewDecoder(out).Decode(&ready)
	go func() { s.ended <- s.cmd.Wait() }()
	s.must(decoded)
	s.url = ready.Market
	for line := range strings.SplitSeq(s.log.String(), "\n") {
		var entry struct{ Msg, URL string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "operations answer" {
			s.operations = entry.URL
		}
	}
	if s.operations == "" {
		s.Fatal("the log does not name the operations listener")
	}
}

func (s *service) signal(signal syscall.Signal) {
	s.Helper()
	s.must(s.cmd.Process.Signal(signal))
}

// end waits for the process and returns how it ended.
func (s *service) end() error {
	s.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(time.Minute):
		s.Fatal("the process did not end")
		return nil
	}
}

// page returns what the operations listener answers.
func (s *service) page(path string) (status int, body string) {
	s.Helper()
	response, err := http.Get(s.operations + path)
	s.must(err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	s.must(err)
	return response.StatusCode, string(raw)
}

func (s *service) logged(text string) {
	s.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(s.log.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("the log never said %q", text)
		}
	}
}

// TestMarketDrains: SIGTERM makes a market not ready at once, while it still answers for the notice; then streams are told
// to come back, the last batch is durable, a snapshot is written, and the next start replays nothing.
func TestMarketDrains(t *testing.T) {
	t.Parallel()
	s := newService(t, "--notice", "2s")
	s.start()
	if status, body := s.page("/readyz"); status != http.StatusOK {
		t.Fatalf("/readyz = %d %s, want 200", status, body)
	}
	service := marketplacev1connect.NewMarketServiceClient(http.DefaultClient, s.url)
	stream, err := service.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{From: 1}))
	s.must(err)
	if !stream.Receive() {
		t.Fatalf("stream: %v", stream.Err())
	}
	s.signal(syscall.SIGTERM)
	s.logged("market is stopping")
	if status, body := s.page("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "stopping") {
		t.Errorf("/readyz while stopping = %d %s, want 503", status, body)
	}
	if status, body := s.page("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz while stopping = %d %s, want 200", status, body)
	}
	if _, err := service.GetMarket(t.Context(), connect.NewRequest(&v1.GetMarketRequest{})); err != nil {
		t.Errorf("a call within the notice: %v, want an answer", err)
	}
	for stream.Receive() {
	}
	var refused *connect.Error
	if !errors.As(stream.Err(), &refused) || refused.Code() != connect.CodeUnavailable || len(refused.Details()) != 1 {
		t.Errorf("the stream ended with %v, want unavailable with a hint", stream.Err())
	} else if value, err := refused.Details()[0].Value(); err != nil {
		t.Error(err)
	} else if detail, ok := value.(*v1.ErrorDetail); !ok || detail.GetKind() != "market-stopping" || !strings.Contains(detail.GetHint(), "cursor") {
		t.Errorf("the stream was told %v, want market-stopping and to go on at its cursor", value)
	}
	if err := s.end(); err != nil {
		t.Fatalf("the market ended with %v, want exit status 0", err)
	}
	s.start()
	if _, metrics := s.page("/metrics"); !strings.Contains(metrics, "\nvadium_replayed_batches 0\n") {
		t.Error("the next start had batches to replay: no snapshot was written at the end")
	}
	s.signal(syscall.SIGTERM)
	if err := s.end(); err != nil {
		t.Errorf("the market ended with %v", err)
	}
}

// TestASecondSignalEndsTheMarketAtOnce, and what was acknowledged is there.
func TestASecondSignalEndsTheMarketAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t, "--notice", "1m")
	s.start()
	s.signal(syscall.SIGTERM)
	s.logged("market is stopping")
	s.signal(syscall.SIGTERM)
	var ended *exec.ExitError
	if err := s.end(); !errors.As(err, &ended) || ended.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("the market ended with %v, want the signal", err)
	}
	if _, err := fsck(t.Context(), silent(), marketDir(s.dir)); err != nil {
		t.Errorf("fsck after it: %v", err)
	}
}

// writeCertificate makes a self-signed certificate for 127.0.0.1.
func writeCertificate(t *testing.T, certificate, key string, serial int64) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "vadium test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMarketSpeaksTLSAndRenewsItsCertificate: the command line trusts the certificate it is told to and no other, over
// HTTP/2, and SIGHUP brings the next one without a restart.
func TestMarketSpeaksTLSAndRenewsItsCertificate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certificate, key := filepath.Join(folder, "certificate.pem"), filepath.Join(folder, "key.pem")
	writeCertificate(t, certificate, key, 1)
	s := newService(t, "--tls-certificate", certificate, "--tls-key", key)
	s.start()
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatalf("the market answers at %s, want https", s.url)
	}
	vadium := func(args ...string) (status int, stdout, stderr string) {
		t.Helper()
		var out, err bytes.Buffer
		status = run(t.Context(), append([]string{"--home", folder, "--market", s.url}, args...), nil, &out, &err)
		return status, out.String(), err.String()
	}
	if status, _, stderr := vadium("market", "show"); status == 0 || !strings.Contains(stderr, "--ca FILE") {
		t.Errorf("a certificate nobody vouches for: status %d, %s; want a refusal that names --ca", status, stderr)
	}
	if status, stdout, stderr := vadium("market", "show", "--ca", certificate); status != 0 {
		t.Errorf("with --ca: status %d, %s%s", status, stdout, stderr)
	}
	if status, _, stderr := vadium("market", "show", "--ca", key); status == 0 || !strings.Contains(stderr, "no certificate") {
		t.Errorf("with a key for --ca: status %d, %s", status, stderr)
	}
	old, err := os.ReadFile(certificate)
	s.must(err)
	writeCertificate(t, certificate, key, 2)
	s.signal(syscall.SIGHUP)
	s.logged("certificate read again")
	if status, _, stderr := vadium("market", "show", "--ca", certificate); status != 0 {
		t.Errorf("after the renewal: %s", stderr)
	}
	oldFile := filepath.Join(folder, "old.pem")
	s.must(os.WriteFile(oldFile, old, 0o600))
	if status, _, _ := vadium("market", "show", "--ca", oldFile); status == 0 {
		t.Error("the old certificate is still shown after the renewal")
	}
	// Plain HTTP at that port is refused, not answered in the clear.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	plain := client.New(strings.Replace(s.url, "https", "http", 1), client.Options{Patience: time.Millisecond})
	if _, err := plain.Market(ctx); err == nil {
		t.Error("the market answered plain HTTP on a TLS port")
	}
	s.signal(syscall.SIGTERM)
	if err := s.end(); err != nil {
		t.Errorf("the market ended with %v", err)
	}
}

// TestSIGHUPChangesTheLevelOfTheLog and says which other changes wait for a restart.
func TestSIGHUPChangesTheLevelOfTheLog(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "market.yaml")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("calls: 100\n")
	s := newService(t, "--config", file)
	s.start()
	write("calls: 200\nlog: {level: debug}\n")
	s.signal(syscall.SIGHUP)
	s.logged(`"changed":["log.level"],"from_next_start":["calls"]`)
	write("calls: many\n")
	s.signal(syscall.SIGHUP)
	s.logged("configuration was not read again")
	s.signal(syscall.SIGTERM)
	if err := s.end(); err != nil {
		t.Errorf("the market ended with %v", err)
	}
}

// TestSIGHUPBeforeAServiceIsUpIsHarmless: a service that is still reading its configuration has no handler yet. The signal
// does not end it, and a market does what it asks for once it is up.
func TestSIGHUPBeforeAServiceIsUpIsHarmless(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	market := newService(t)
	for _, command := range [][]string{
		{"market", "serve", market.dir, "--listen", "127.0.0.1:0"},
		{"prover", "run"},
		{"worker", "run"},
	} {
		t.Run(strings.Join(command[:2], " "), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := syscall.Mkfifo(file, 0o600); err != nil {
				t.Fatal(err)
			}
			s := &service{T: t, log: &syncBuffer{}, ended: make(chan error, 1)}
			s.cmd = exec.CommandContext(t.Context(), self, append(command, "--home", t.TempDir(), "--config", file)...)
			s.cmd.Stderr = s.log
			s.must(s.cmd.Start())
			go func() { s.ended <- s.cmd.Wait() }()
			t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // it has ended, as a rule
			pipe, err := os.OpenFile(file, os.O_WRONLY, 0) // once the service opens the other end
			s.must(err)
			s.signal(syscall.SIGHUP)
			serves := command[0] == "market"
			content := "nonsense: 1\n"
			if serves {
				content = "calls: 100\n"
				s.must(os.Remove(file))
				s.must(os.WriteFile(file, []byte("calls: 200\n"), 0o600)) // for the reload
			}
			_, err = pipe.WriteString(content)
			s.must(errors.Join(err, pipe.Close()))
			if serves {
				s.logged("configuration read again") // it lived on; it is still starting, so it is killed
				return
			}
			var ended *exec.ExitError
			if err := s.end(); !errors.As(err, &ended) || !ended.Exited() || !strings.Contains(s.log.String(), "nonsense") {
				t.Errorf("it ended with %v, want a refusal of its configuration\n%s", err, s.log)
			}
		})
	}
}
