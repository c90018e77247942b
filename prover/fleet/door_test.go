package fleet_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vadium/prover/engine/enginetest"
	"vadium/prover/fleet"
	"vadium/prover/v1/proverv1connect"
)

const token = "a-token-of-more-than-thirty-two-characters"

func serve(t *testing.T, f *fleet.Fleet, token string) string {
	t.Helper()
	server := httptest.NewServer(f.Handler(token))
	t.Cleanup(server.Close)
	return server.URL
}

func TestOnlyTheTokenOpensTheDoor(t *testing.T) {
	f := fleet.New(fleet.Config{Local: &enginetest.Pretend{}})
	defer f.Close()
	url := serve(t, f, token)
	offer := fleet.Offer{Name: "w", Backends: fleet.Backends(), KeyBytes: 1, Slots: 1}
	for _, row := range []struct {
		given string
		want  error
	}{{token, nil}, {token[:len(token)-1], fleet.ErrUnauthorised}, {token + "x", fleet.ErrUnauthorised}, {"", fleet.ErrUnauthorised}} {
		if _, err := fleet.Dial(url, row.given, nil).Join(t.Context(), offer); !errors.Is(err, row.want) {
			t.Errorf("Join with token %q = %v, want %v", row.given, err, row.want)
		}
	}
	if got := f.Workers(); got != 1 {
		t.Errorf("Workers = %d, want the one worker with the token", got)
	}
	// A fleet whose token is lost takes nobody.
	if _, err := fleet.Dial(serve(t, f, ""), "", nil).Join(t.Context(), offer); !errors.Is(err, fleet.ErrUnauthorised) {
		t.Errorf("Join without any token = %v, want %v", err, fleet.ErrUnauthorised)
	}
	w := fleet.NewWorker(fleet.WorkerConfig{Offer: offer, Dir: t.TempDir()}, fleet.Dial(url, "wrong", nil), &enginetest.Pretend{})
	if err := w.Run(t.Context()); !errors.Is(err, fleet.ErrUnauthorised) {
		t.Errorf("Run with a wrong token = %v, want %v", err, fleet.ErrUnauthorised)
	}
}

func TestAMessageBeyondItsLimitIsRefused(t *testing.T) {
	f := fleet.New(fleet.Config{Local: &enginetest.Pretend{}})
	defer f.Close()
	url := serve(t, f, token)
	post := func(body string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+proverv1connect.WorkerServiceJoinProcedure, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	good := `{"name":"w","backends":["plonk/bn254"],"keyBytes":"1","slots":1}`
	if got := post(good); got != http.StatusOK {
		t.Errorf("Join = %d, want 200", got)
	}
	for name, body := range map[string]string{
		"a megabyte of name": `{"name":"` + strings.Repeat("w", 1<<20) + `","backends":["plonk/bn254"],"keyBytes":"1","slots":1}`,
		"no slot":            strings.Replace(good, `"slots":1`, `"slots":0`, 1),
		"too many slots":     strings.Replace(good, `"slots":1`, `"slots":257`, 1),
		"no backend":         strings.Replace(good, `"plonk/bn254"`, ``, 1),
		"no name":            strings.Replace(good, `"w"`, `""`, 1),
	} {
		if got := post(body); got == http.StatusOK {
			t.Errorf("Join with %s is taken", name)
		}
	}
}

func TestOtherMachinesNeedTLS(t *testing.T) {
	f := fleet.New(fleet.Config{Local: &enginetest.Pretend{}})
	defer f.Close()
	open := func(address string) net.Listener {
		var config net.ListenConfig
		l, err := config.Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if err := f.Serve(t.Context(), open("0.0.0.0:0"), fleet.Door{Token: token}); !errors.Is(err, fleet.ErrNeedsTLS) {
		t.Errorf("Serve on every interface without TLS = %v, want %v", err, fleet.ErrNeedsTLS)
	}
	// With TLS, a worker that trusts the certificate comes in, and one that does not stays out.
	kit := httptest.NewUnstartedServer(nil)
	kit.StartTLS()
	defer kit.Close()
	listener := open("127.0.0.1:0")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- f.Serve(ctx, listener, fleet.Door{Token: token, TLS: &tls.Config{Certificates: kit.TLS.Certificates, MinVersion: tls.VersionTLS13}})
	}()
	trust := kit.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trust.ServerName = "example.com" // what the kit's certificate is for
	offer := fleet.Offer{Name: "w", Backends: fleet.Backends(), KeyBytes: 1, Slots: 1}
	url := "https://" + listener.Addr().String()
	if _, err := fleet.Dial(url, token, trust).Join(t.Context(), offer); err != nil {
		t.Errorf("Join over TLS = %v, want nil", err)
	}
	if _, err := fleet.Dial(url, token, nil).Join(t.Context(), offer); err == nil {
		t.Error("Join through a certificate nobody vouches for = nil, want an error")
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Serve = %v, want nil", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Serve does not end with its context")
	}
}

func TestATokenIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prover", "worker.token")
	made, err := fleet.CreateToken(path)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := fleet.CreateToken(path); err != nil || again != made {
		t.Errorf("CreateToken again = another token or %v, want the same", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v (%v), want 0600", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.ReadToken(path); err == nil || !strings.Contains(err.Error(), "chmod 600") || strings.Contains(err.Error(), made) {
		t.Errorf("ReadToken of a file that the group may read = %v, want a refusal with a hint and without the token", err)
	}
	short := filepath.Join(t.TempDir(), "short")
	if err := os.WriteFile(short, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.ReadToken(short); err == nil {
		t.Error("ReadToken of a short word = nil, want a refusal")
	}
}
