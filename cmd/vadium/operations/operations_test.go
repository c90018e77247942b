package operations

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traced "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"vadium/cmd/vadium/config"
)

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

// TestHealthTellsAliveFromHealthyFromReady: three questions with three answers, because a balancer that gets the wrong one
// restarts a market that only replays, or sends work to one that is stopping.
func TestHealthTellsAliveFromHealthyFromReady(t *testing.T) {
	h := NewHealth()
	door, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", Registry: NewRegistry("test"), Health: h})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- door.Serve(ctx) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v, want nil after its context ended", err)
		}
	}()
	var broken error
	caughtUp := h.Pending("replay")
	h.Healthy("writer", func() error { return broken })
	want := func(when string, live, healthy, ready int, reason string) {
		t.Helper()
		for path, want := range map[string]int{"/livez": live, "/healthz": healthy, "/readyz": ready} {
			got, body := get(t, door.URL()+path)
			if got != want {
				t.Errorf("%s: %s answers %d (%s), want %d", when, path, got, body, want)
			}
			if path == "/readyz" && !strings.Contains(body, reason) {
				t.Errorf("%s: /readyz says %q, want %q in it", when, body, reason)
			}
		}
	}
	want("replaying", 200, 200, 503, "replay: not finished")
	caughtUp()
	want("serving", 200, 200, 200, "ok")
	var low error
	h.Note("disk", func() error { return low })
	low = errors.New("9 MiB are free")
	want("worth knowing", 200, 200, 200, "ok\ndisk: 9 MiB are free\n")
	low = nil
	broken = errors.New("it has stopped")
	want("broken", 200, 503, 503, "writer: it has stopped")
	broken = nil
	h.Drain()
	want("draining", 200, 200, 503, "drain: the service is stopping")

	if status, body := get(t, door.URL()+"/metrics"); status != 200 || !strings.Contains(body, `vadium_build_info{`) || !strings.Contains(body, "go_goroutines") {
		t.Errorf("/metrics answers %d without the build and the runtime", status)
	}
	if status, _ := get(t, door.URL()+"/debug/pprof/"); status != 404 {
		t.Errorf("profiles answer %d without having been asked for, want 404", status)
	}
}

// TestOperationsListenerThatIsTakenIsSaidAtTheStart, and one that is not wanted is none.
func TestOperationsListenerThatIsTakenIsSaidAtTheStart(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := Config{Listen: l.Addr().String(), Registry: NewRegistry("test"), Health: NewHealth(), Profiles: true}
	if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "choose another port") {
		t.Errorf("Open of a taken address = %v, want what to do", err)
	}
	c.Listen = ""
	door, err := Open(t.Context(), c)
	if err != nil || door != nil || door.URL() != "" {
		t.Errorf("Open of nothing = %v, %v, want none", door, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := door.Serve(ended); err != nil {
		t.Errorf("Serve of nothing = %v", err)
	}
	c.Listen = "127.0.0.1:0"
	if door, err = Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = door.Serve(ctx) }()
	if status, body := get(t, door.URL()+"/debug/pprof/heap?debug=1"); status != 200 || !strings.Contains(body, "heap profile") {
		t.Errorf("the heap profile answers %d", status)
	}
}

// receiver is an OTLP collector.
func receiver(t *testing.T) (url string, spans chan *traced.Span) {
	t.Helper()
	spans = make(chan *traced.Span, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &sent)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("collector got %s: %v", r.URL.Path, err)
		}
		for _, resource := range sent.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					spans <- span
				}
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	return server.URL, spans
}

// call asks the health service at url.
func call(t *testing.T, url string, interceptors []connect.Interceptor) {
	t.Helper()
	client := connect.NewClient[emptypb.Empty, emptypb.Empty](http.DefaultClient, url+"/grpc.health.v1.Health/Check", connect.WithInterceptors(interceptors...))
	if _, err := client.CallUnary(t.Context(), connect.NewRequest(new(emptypb.Empty))); err != nil {
		t.Fatal(err)
	}
}

// TestATraceGoesFromTheCallerToTheServer: both spans are of one trace, the server's the caller's child, and neither holds
// the address of whoever called.
func TestATraceGoesFromTheCallerToTheServer(t *testing.T) {
	endpoint, spans := receiver(t)
	tracer := func(service string, ratio float64) *Tracer {
		t.Helper()
		made, err := NewTracer(t.Context(), Trace{Service: service, Version: "test", Endpoint: endpoint, Ratio: ratio})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	// The server would trace nothing by itself: it follows the caller's decision.
	calling, serving := tracer("caller", 1), tracer("server", 0)
	mux := http.NewServeMux()
	mux.Handle(grpchealth.NewHandler(grpchealth.NewStaticChecker("it"), connect.WithInterceptors(serving.Interceptors()...)))
	server := httptest.NewServer(mux)
	defer server.Close()
	call(t, server.URL, calling.Interceptors())
	call(t, server.URL, nil) // whoever does not trace is not traced, at a ratio of 0
	for _, made := range []*Tracer{calling, serving} {
		if err := made.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	close(spans)
	byKind := map[traced.Span_SpanKind]*traced.Span{}
	for span := range spans {
		if byKind[span.Kind] != nil {
			t.Errorf("two spans of kind %v, want one", span.Kind)
		}
		byKind[span.Kind] = span
		for _, a := range span.Attributes {
			if strings.Contains(a.Key, "peer") || strings.HasPrefix(a.Key, "client.") {
				t.Errorf("span %s tells %s = %v", span.Name, a.Key, a.Value)
			}
		}
	}
	caller, answer := byKind[traced.Span_SPAN_KIND_CLIENT], byKind[traced.Span_SPAN_KIND_SERVER]
	if caller == nil || answer == nil {
		t.Fatalf("spans %v, want the caller's and the server's", byKind)
	}
	if string(caller.TraceId) != string(answer.TraceId) || string(answer.ParentSpanId) != string(caller.SpanId) {
		t.Errorf("the server's span is %x of %x under %x, want the caller's trace %x, under %x", answer.SpanId, answer.TraceId, answer.ParentSpanId, caller.TraceId, caller.SpanId)
	}
}

// TestNothingIsTracedOrSentUnlessACollectorIsNamed.
func TestNothingIsTracedOrSentUnlessACollectorIsNamed(t *testing.T) {
	tracer, err := NewTracer(t.Context(), Trace{Service: "market", Ratio: 1})
	if err != nil || tracer != nil || tracer.Interceptors() != nil || tracer.Close(t.Context()) != nil {
		t.Errorf("tracer without an endpoint = %v, %v, want none", tracer, err)
	}
}

// writeCertificate makes a self-signed certificate for 127.0.0.1 and writes it over the files.
func writeCertificate(t *testing.T, files config.TLS, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		files.Certificate: {Type: "CERTIFICATE", Bytes: der}, string(files.Key): {Type: "EC PRIVATE KEY", Bytes: encoded},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestACertificateIsRenewedWithoutARestart, and a half-written one does not take the place of the one that works.
func TestACertificateIsRenewedWithoutARestart(t *testing.T) {
	files := config.TLS{Certificate: filepath.Join(t.TempDir(), "certificate.pem"), Key: config.SecretFile(filepath.Join(t.TempDir(), "key.pem"))}
	writeCertificate(t, files, 1)
	c, err := LoadCertificate(files)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", c.ServerConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.(*tls.Conn).HandshakeContext(t.Context())
			}()
		}
	}()
	serial := func() int64 {
		t.Helper()
		roots, err := ReadRoots(files.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("serial %d, want 1", got)
	}
	writeCertificate(t, files, 2)
	if err := c.Reload(); err != nil || serial() != 2 {
		t.Errorf("after the renewal: %v, serial %d, want 2", err, serial())
	}
	good, err := os.ReadFile(files.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files.Certificate, good[:len(good)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Reload(); err == nil {
		t.Error("half a certificate was taken")
	}
	if err := os.WriteFile(files.Certificate, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("serial %d after a renewal that failed, want 2", got)
	}
	if _, err := ReadRoots(string(files.Key)); err == nil {
		t.Error("a key was taken for a certificate to trust")
	}
}
