package source

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"vadium"
	"vadium/oracle"
)

// wire is a network on which every host is a handler of ours. It is what synctest can see: no socket.
type wire map[string]http.Handler

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	handler, ok := w[r.URL.Host]
	if !ok {
		return nil, errors.New("connection refused")
	}
	recorder := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if broken := recover(); broken != nil && broken != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				panic(broken)
			}
		}()
		handler.ServeHTTP(recorder, r)
	}()
	select {
	case <-r.Context().Done():
		<-done
		return nil, r.Context().Err()
	case <-done:
		return recorder.Result(), nil
	}
}

// flatServer returns a server with keys of its own.
func flatServer(t *testing.T, price uint64) *Server { return seededServer(t, rand.Text(), price) }

func seededServer(t *testing.T, seed string, price uint64) *Server {
	t.Helper()
	s, err := NewServer(ServerOptions{Feed: "BTC", Path: Path{Shape: Constant, Price: price}, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// setOf returns a set that asks servers on a wire, as hosts a, b, c and so on.
func setOf(t *testing.T, options Options, servers ...http.Handler) (*Set, wire) {
	t.Helper()
	network := make(wire)
	var upstreams []Upstream
	for i, s := range servers {
		host := string(rune('a' + i))
		network[host] = s
		source := flatServer(t, 1).Source()
		if made, ok := s.(*Server); ok {
			source = made.Source()
		}
		upstreams = append(upstreams, Upstream{URL: "http://" + host + "/data-packages/latest/x", Source: source})
	}
	options.Decimals = 8
	set, err := NewSet(upstreams, options)
	if err != nil {
		t.Fatal(err)
	}
	set.client.Transport = network
	return set, network
}

func observe(t *testing.T, set *Set) Answer {
	t.Helper()
	answer, err := set.Observe(t.Context())
	if err != nil {
		t.Fatalf("Observe: %v (%v)", err, answer.Failed)
	}
	return answer
}

func TestSetAnswersWithTheMedianOfItsUpstreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, _ := setOf(t, Options{Tolerance: 100}, flatServer(t, 30_000), flatServer(t, 10_000), flatServer(t, 10_100), flatServer(t, 10_050))
		answer := observe(t, set)
		if answer.Value != vadium.NewAmount(10_100) || len(answer.Quotes) != 4 || answer.Agreed != 3 || len(answer.Failed) != 0 {
			t.Errorf("answer %s of %d, %d agree, %d failed; want 10100 of 4, 3, 0", answer.Value, len(answer.Quotes), answer.Agreed, len(answer.Failed))
		}
		for i, q := range answer.Quotes {
			quote, err := Check(set.upstreams[i].Source, 8, q.Upstream)
			if err != nil || int(q.Source) != i || quote.Value != q.Value || quote.At != q.At {
				t.Errorf("quote %d = %v, but its evidence says %v, %v", i, q.Quote, quote, err)
			}
			if len(q.Upstream) > 1024 {
				t.Errorf("the evidence of quote %d has %d bytes", i, len(q.Upstream))
			}
		}
	})
}

// Gateways of one source serve what the same nodes signed: two of them are no majority, and the one that is behind says nothing.
func TestUpstreamsOfOneSourceHaveOneVoice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		behind, ahead := seededServer(t, "one", 30_000), seededServer(t, "one", 10_000)
		behind.options.Now = func() vadium.Time { return now() - 2_000 }
		set, network := setOf(t, Options{}, behind, ahead, flatServer(t, 11_000))
		answer := observe(t, set)
		if answer.Value != vadium.NewAmount(11_000) || len(answer.Quotes) != 2 || answer.Quotes[0].Source != 1 || answer.Quotes[0].Value != vadium.NewAmount(10_000) {
			t.Errorf("answer %s of %v, want 11000 of the second and the third", answer.Value, answer.Quotes)
		}
		delete(network, "b")
		time.Sleep(40 * time.Second) // one is down and its last quote is old: the other way is taken
		if answer := observe(t, set); len(answer.Quotes) != 2 || answer.Quotes[0].Source != 0 {
			t.Errorf("quotes %v, want those of the first and the third", answer.Quotes)
		}
	})
}

// The edge of agreeing: a hundredth off agrees, a unit more does not.
func TestAgreeingIsWithinTheTolerance(t *testing.T) {
	for off, agreed := range map[uint64]int{100: 3, 101: 2} {
		synctest.Test(t, func(t *testing.T) {
			set, _ := setOf(t, Options{}, flatServer(t, 10_000), flatServer(t, 10_000), flatServer(t, 10_000-off))
			if answer := observe(t, set); answer.Agreed != agreed {
				t.Errorf("%d off: %d agree, want %d", off, answer.Agreed, agreed)
			}
		})
	}
}

func TestUpstreamThatIsDownDegradesToAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		nonsense := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"BTC":[{]}`) })
		set, network := setOf(t, Options{}, flatServer(t, 10_000), broken, nonsense, flatServer(t, 10_000))
		delete(network, "d")
		answer := observe(t, set)
		if answer.Value != vadium.NewAmount(10_000) || answer.Agreed != 1 || len(answer.Failed) != 3 {
			t.Fatalf("answer %s, %d agree, failed: %v; want 10000, 1, 3", answer.Value, answer.Agreed, answer.Failed)
		}
		for i, want := range []error{ErrUpstream, ErrMalformed, ErrUpstream} {
			if !errors.Is(answer.Failed[i].Err, want) {
				t.Errorf("%s: %v, want %v", answer.Failed[i].URL, answer.Failed[i].Err, want)
			}
		}
		delete(network, "a")
		time.Sleep(time.Minute)
		if answer, err := set.Observe(t.Context()); !errors.Is(err, ErrNothing) || len(answer.Failed) != 4 {
			t.Errorf("without any upstream: %v, %v, want %v and four failures", answer, err, ErrNothing)
		}
	})
}

// A gateway that takes the question and says nothing costs its time-out once, then a pause that grows.
func TestSilentUpstreamIsGivenUpAndAskedLaterAndLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		silent := flatServer(t, 20_000)
		if err := silent.Fail(Fault{Kind: FaultSilent}); err != nil {
			t.Fatal(err)
		}
		counting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			silent.ServeHTTP(w, r)
		})
		set, _ := setOf(t, Options{Timeout: 3 * time.Second}, flatServer(t, 10_000), counting)
		set.upstreams[1].Source = silent.Source()
		start := time.Now()
		answer := observe(t, set)
		if took := time.Since(start); took != 3*time.Second || len(answer.Failed) != 1 || !errors.Is(answer.Failed[0].Err, ErrUpstream) {
			t.Fatalf("after %v: %v, want %v after 3s", took, answer.Failed, ErrUpstream)
		}
		start = time.Now()
		answer = observe(t, set)
		if took := time.Since(start); took != 0 || asked != 1 || len(answer.Failed) != 1 {
			t.Errorf("at once again: asked %d times, took %v, failed %v; want 1, nothing, the same failure", asked, took, answer.Failed)
		}
		for range 600 { // ten minutes and what the time-outs take
			time.Sleep(time.Second)
			observe(t, set)
		}
		// Pauses of at most 45 s, and at least 15 s once they have grown: between 600/48 and 600/18 times, and a few at first.
		if asked < 12 || asked > 45 {
			t.Errorf("asked %d times in ten minutes, want 12 to 45", asked)
		}
		if err := silent.Fail(Fault{Kind: FaultNone}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(46 * time.Second)
		if answer := observe(t, set); len(answer.Failed) != 0 || len(answer.Quotes) != 2 {
			t.Errorf("after it has recovered: %v, want no failure", answer.Failed)
		}
		for range 3 { // and is asked each time again
			before := asked
			if observe(t, set); asked != before+1 {
				t.Errorf("a recovered upstream is asked %d times, want once", asked-before)
			}
		}
		if err := silent.Fail(Fault{Kind: FaultSilent}); err != nil {
			t.Fatal(err)
		}
		observe(t, set)
		before := asked
		time.Sleep(751 * time.Millisecond) // a new failure begins with a short pause
		if observe(t, set); asked != before+1 {
			t.Errorf("three quarters of a second after a new failure it is asked %d times, want once", asked-before)
		}
	})
}

// What an upstream said before it failed counts while it is fresh, to the last millisecond.
func TestLastQuoteCountsWhileItIsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := flatServer(t, 10_000)
		set, network := setOf(t, Options{Fresh: 10 * vadium.Second}, server)
		at := observe(t, set).At
		delete(network, "a")
		time.Sleep(time.Until(time.UnixMilli(int64(at)).Add(10 * time.Second)))
		if answer := observe(t, set); answer.At != at {
			t.Errorf("ten seconds later the quote is of %d, want %d", answer.At, at)
		}
		time.Sleep(time.Millisecond)
		if answer, err := set.Observe(t.Context()); !errors.Is(err, ErrNothing) {
			t.Errorf("a millisecond later: %v, %v, want %v", answer, err, ErrNothing)
		}
	})
}

func TestStaleAndFutureQuotesAreLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stale, ahead, little := flatServer(t, 20_000), flatServer(t, 20_000), flatServer(t, 10_010)
		if err := stale.Fail(Fault{Kind: FaultStale, From: now()}); err != nil {
			t.Fatal(err)
		}
		ahead.options.Now = func() vadium.Time { return now() + 2_000 }
		little.options.Now = func() vadium.Time { return now() + 1_000 }
		set, _ := setOf(t, Options{Fresh: 10 * vadium.Second}, flatServer(t, 10_000), stale, ahead, little)
		time.Sleep(11 * time.Second)
		answer := observe(t, set)
		if answer.Value != vadium.NewAmount(10_010) || len(answer.Quotes) != 2 || len(answer.Failed) != 2 {
			t.Fatalf("answer %s of %d quotes, want 10010 of 2", answer.Value, len(answer.Quotes))
		}
		for _, f := range answer.Failed {
			if !errors.Is(f.Err, ErrStale) {
				t.Errorf("%s: %v, want %v", f.URL, f.Err, ErrStale)
			}
		}
	})
}

// A clock that was an hour ahead and is set right does not cost its upstream an hour.
func TestUpstreamFromTheFutureCountsOnceItsClockIsRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ahead := vadium.Hour
		server := flatServer(t, 10_000)
		server.options.Now = func() vadium.Time { return now().Add(ahead) }
		set, _ := setOf(t, Options{}, server)
		if answer, err := set.Observe(t.Context()); !errors.Is(err, ErrNothing) || !errors.Is(answer.Failed[0].Err, ErrStale) {
			t.Errorf("an hour ahead: %v, %v, want %v", answer.Failed, err, ErrStale)
		}
		ahead = 0
		if answer := observe(t, set); len(answer.Quotes) != 1 {
			t.Errorf("set right: %v, want a quote", answer.Failed)
		}
	})
}

func TestGatewayThatServesTheStaleAgainIsNoNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := flatServer(t, 10_000)
		set, _ := setOf(t, Options{}, server)
		time.Sleep(5 * time.Second)
		at := observe(t, set).At
		if err := server.Fail(Fault{Kind: FaultStale, From: at - 3_000}); err != nil {
			t.Fatal(err)
		}
		if again := observe(t, set).At; again != at {
			t.Errorf("after a value of %d comes one of %d, want the newer to stay", at, again)
		}
	})
}

// Who gives up waiting is not let down by an upstream: it is asked again at once.
func TestGivingUpIsNotTheUpstreamsFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := flatServer(t, 10_000)
		if err := silent.Fail(Fault{Kind: FaultSilent}); err != nil {
			t.Fatal(err)
		}
		set, _ := setOf(t, Options{}, silent)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := set.Observe(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("giving up: %v, want %v", err, context.DeadlineExceeded)
		}
		if err := silent.Fail(Fault{Kind: FaultNone}); err != nil {
			t.Fatal(err)
		}
		if answer := observe(t, set); len(answer.Quotes) != 1 {
			t.Errorf("asked again: %v, want a quote", answer.Failed)
		}
	})
}

// Hermes serves real updates; the clock is set to when one was published.
func TestHermesIsAnUpstream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raw := hermesUpdates(t)["HERMES_UPDATE_1_PRICE_FEED"]
		body := fmt.Sprintf(`{"binary":{"encoding":"hex","data":[%q]},"parsed":[{"id":"e62d","price":{"price":"1","conf":"1","expo":-8,"publish_time":1}}]}`, hex.EncodeToString(raw))
		id := [32]byte(common.FromHex("0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43"))
		set, err := NewSet([]Upstream{{URL: "https://hermes/v2/updates/price/latest?encoding=hex", Source: productionSource(oracle.Pyth, id, Production().Guardians[4], 13, 8)}}, Options{Decimals: 8})
		if err != nil {
			t.Fatal(err)
		}
		set.client.Transport = wire{"hermes": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })}
		time.Sleep(time.Until(time.UnixMilli(1754408230000)) + 5*time.Second)
		answer := observe(t, set)
		if answer.Value.String() != "11281645560392" || answer.At != 1754408230000 || !bytes.Equal(answer.Quotes[0].Upstream, raw) {
			t.Errorf("answer %s at %d", answer.Value, answer.At)
		}
		body = strings.Replace(body, `"hex"`, `"base64"`, 1)
		time.Sleep(time.Minute)
		if answer, err := set.Observe(t.Context()); !errors.Is(err, ErrNothing) || !errors.Is(answer.Failed[0].Err, ErrMalformed) {
			t.Errorf("in another encoding: %v, %v", answer.Failed, err)
		}
	})
}

// A gateway that is behind with some nodes serves two times at once: the latest with enough signers counts.
func TestLatestTimeWithEnoughSignersCounts(t *testing.T) {
	keys, signers := nodes(5)
	source := oracle.Source{Kind: oracle.RedStone, ID: btc, Signers: signers, Threshold: 3, Decimals: 8}
	packages := func(at vadium.Time, from, to int) (list []Package) {
		for _, key := range keys[from:to] {
			list = append(list, sign(key, newUnits(uint64(at)), at))
		}
		return list
	}
	// A gateway may serve a thousand packages: each signature is looked at once, whatever times they have.
	stranger := serverKey("strangers", 0)
	var many []Package
	for i := range redStoneMaxPackages {
		many = append(many, sign(stranger, big.NewInt(int64(i)), 9))
	}
	for _, c := range []struct {
		name string
		list []Package
		want vadium.Time
	}{
		{"all of one time", packages(7, 0, 5), 7},
		{"three are newer", append(packages(7, 0, 5), packages(8, 0, 3)...), 8},
		{"two are newer", append(packages(8, 0, 2), packages(7, 0, 5)...), 7},
		{"too few of any", append(packages(8, 0, 2), packages(7, 2, 4)...), 0},
		{"a crowd of one time that nobody knows", append(many, packages(7, 0, 3)...), 7},
		{"one three times", append(append(packages(8, 0, 1), packages(8, 0, 1)...), packages(8, 0, 1)...), 0},
	} {
		got := countable(source, c.list)
		if c.want == 0 && len(got) != 0 || c.want != 0 && (len(got) < 3 || got[0].At != c.want) {
			t.Errorf("%s: %d packages count, want those of %d", c.name, len(got), c.want)
		}
	}
}

// Over real sockets: who answers with more than it may, or sends us elsewhere, is refused.
func TestFetchRefusesRedirectsAndTooMuch(t *testing.T) {
	var elsewhere atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	mux.HandleFunc("/much", func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			_, _ = w.Write(bytes.Repeat([]byte(" "), MaxHermes/2))
		}
	})
	mux.HandleFunc("/exact", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte(" "), MaxHermes)) })
	server := httptest.NewServer(mux)
	defer server.Close()
	client := newClient()
	defer client.CloseIdleConnections()
	for path, want := range map[string]error{"/moved": ErrUpstream, "/much": ErrTooLarge, "/nowhere": ErrUpstream, "/exact": nil} {
		if body, err := get(t.Context(), client, server.URL+path, MaxHermes); !errors.Is(err, want) {
			t.Errorf("%s: %d bytes, %v, want %v", path, len(body), err, want)
		}
	}
	if elsewhere.Load() != 0 {
		t.Error("a redirect was followed")
	}
	server.Close()
	if _, err := get(t.Context(), client, server.URL+"/exact", MaxHermes); !errors.Is(err, ErrUpstream) {
		t.Errorf("after it has gone: %v, want %v", err, ErrUpstream)
	}
}

func TestUpstreamThatCanNeverAnswerIsRefused(t *testing.T) {
	good := Upstream{URL: "http://a/", Source: flatServer(t, 1).Source()}
	if _, err := NewSet([]Upstream{good}, Options{}); err != nil {
		t.Fatalf("before any change: %v", err)
	}
	for name, change := range map[string]func(u *Upstream){
		"no address":                  func(u *Upstream) { u.URL = "" },
		"a file":                      func(u *Upstream) { u.URL = "file:///etc/passwd" },
		"no host":                     func(u *Upstream) { u.URL = "http:///path" },
		"a report":                    func(u *Upstream) { u.Source.Kind = oracle.Chainlink },
		"nobody has to sign":          func(u *Upstream) { u.Source.Threshold = 0 },
		"more have to than there are": func(u *Upstream) { u.Source.Threshold = 6 },
	} {
		changed := good
		change(&changed)
		if _, err := NewSet([]Upstream{changed}, Options{}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := NewSet(nil, Options{}); err == nil {
		t.Error("a set of nothing is taken")
	}
	if _, err := NewSet(make([]Upstream, MaxUpstreams+1), Options{}); err == nil {
		t.Error("a set of too many is taken")
	}
}
