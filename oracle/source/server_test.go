package source

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vadium"
)

func TestServerIsVerifiedLikeARealGateway(t *testing.T) {
	at := vadium.Time(1_700_000_000_123)
	server, err := NewServer(ServerOptions{Feed: "BTC", Path: Path{Shape: Constant, Price: 6_359_797_253_291}, Seed: "a", Now: func() vadium.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	defer listening.Close()
	client := newClient()
	defer client.CloseIdleConnections()
	for _, path := range []string{"/data-packages/latest/vadium", "/v2/data-packages/latest/redstone-primary-prod"} {
		body, err := get(t.Context(), client, listening.URL+path, MaxGateway)
		if err != nil {
			t.Fatal(err)
		}
		quote, err := Check(server.Source(), 2, body)
		if err != nil || quote.Value.String() != "6359797" || quote.At != 1_700_000_000_000 {
			t.Errorf("%s serves %s at %d, %v, want 63597.97 at the whole second", path, quote.Value, quote.At, err)
		}
		trust := Production()
		if verified, rejected := counted(Examine(body, trust)); verified != 0 || rejected != ServerSigners {
			t.Errorf("%d signatures of a price that was made up verify as RedStone's", verified)
		}
		for _, signer := range server.Source().Signers {
			trust.RedStone["ours"] = append(trust.RedStone["ours"], signer)
		}
		if verified, rejected := counted(Examine(body, trust)); verified != ServerSigners || rejected != 0 {
			t.Errorf("%d of five signatures verify for who trusts them", verified)
		}
	}
	response, err := http.Post(listening.URL+"/data-packages/latest/vadium", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST is answered %s", response.Status)
	}
}

func TestServerFailsAsItIsTold(t *testing.T) {
	const from = vadium.Time(1_700_000_100_000)
	server, err := NewServer(ServerOptions{Feed: "BTC", Path: Path{Shape: Constant, Price: 1_000_000}, Seed: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fault  Fault
		at     vadium.Time
		value  string
		says   vadium.Time
		silent bool
	}{
		{Fault{Kind: FaultNone}, from + 5_000, "0.01", from + 5_000, false},
		{Fault{Kind: FaultSilent, From: from}, from - 1, "0.01", from - 1_000, false},
		{Fault{Kind: FaultSilent, From: from}, from, "0.01", from, true},
		{Fault{Kind: FaultStale, From: from}, from + 60_000, "0.01", from, false},
		{Fault{Kind: FaultOff, From: from, By: 300}, from - 1, "0.01", from - 1_000, false},
		{Fault{Kind: FaultOff, From: from, By: 300}, from, "0.0103", from, false},
	} {
		if err := server.Fail(c.fault); err != nil {
			t.Fatal(err)
		}
		packages, silent := server.Packages(c.at)
		if p := packages[0]; p.Points[0].Value.String() != c.value || p.At != c.says || silent != c.silent {
			t.Errorf("%v at %d: %s at %d, silent %t; want %s at %d, %t", c.fault, c.at, p.Points[0].Value, p.At, silent, c.value, c.says, c.silent)
		}
		if quote, err := Check(server.Source(), 8, AppendPayload(nil, packages)); err != nil || quote.At != c.says {
			t.Errorf("%v: what it signs is not verified: %v", c.fault, err)
		}
	}
	for _, f := range []Fault{{}, {Kind: "sleepy"}, {Kind: FaultOff}, {Kind: FaultOff, By: vadium.BpsOne + 1}} {
		if err := server.Fail(f); err == nil {
			t.Errorf("%v is taken for a fault", f)
		}
	}
}

func TestServersOfOneSeedSignAlike(t *testing.T) {
	path := Path{Shape: Walk, Price: 1_000_000, By: 500, Seed: 7}
	var all [][]byte
	for _, seed := range []string{"a", "a", "b"} {
		server, err := NewServer(ServerOptions{Feed: "BTC", Path: path, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		packages, _ := server.Packages(1_700_000_000_000)
		all = append(all, AppendPayload(nil, packages))
	}
	if !slices.Equal(all[0], all[1]) || slices.Equal(all[0], all[2]) {
		t.Error("what is signed depends on something else than the seed and the time")
	}
	for _, name := range []string{"", "a name that is longer than the thirty-one characters", "B\nTC"} {
		if _, err := NewServer(ServerOptions{Feed: name, Path: path}); err == nil {
			t.Errorf("a feed called %q is taken", name)
		}
	}
}

func TestCrashFallsWhenAndAsFarAsItSays(t *testing.T) {
	p := Path{Shape: Crash, Price: 1_000_000, From: 1_000, After: 500, Over: 100, By: 4_000}
	for at, want := range map[vadium.Time]uint64{0: 1_000_000, 1_000: 1_000_000, 1_499: 1_000_000, 1_500: 1_000_000, 1_501: 996_000, 1_550: 800_000, 1_599: 604_000, 1_600: 600_000, 1_000_000: 600_000} {
		if got := p.At(at); got != want {
			t.Errorf("at %d the price is %d, want %d", at, got, want)
		}
	}
	p.Over = 0
	if before, after := p.At(1_499), p.At(1_500); before != 1_000_000 || after != 600_000 {
		t.Errorf("at once: %d then %d", before, after)
	}
	p.By = vadium.BpsOne
	if got := p.At(2_000); got != 1 {
		t.Errorf("all the way down is %d, want one unit", got)
	}
}

// A walk begins at its price, stays within its bounds, has no jumps, and is another for another seed. What is served is
// what is signed, to the last digit, for every price that a path can have.
func TestWalkStaysWithinItsBounds(t *testing.T) {
	moved := false
	rapid.Check(t, func(t *rapid.T) {
		p := Path{Shape: Walk, From: 1_000, Seed: rapid.Uint64().Draw(t, "seed"), Price: rapid.Uint64Range(1, MaxPathPrice).Draw(t, "price"), By: vadium.Bps(rapid.IntRange(0, 10_000).Draw(t, "by"))}
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		if got := p.At(p.From); got != p.Price {
			t.Fatalf("a walk from %d begins at %d", p.Price, got)
		}
		at := vadium.Time(rapid.Int64Range(0, int64(maxPath)).Draw(t, "at"))
		got := p.At(at)
		most := vadium.NewAmount(p.Price).BpsUp(p.By)
		if off := vadium.Max(vadium.NewAmount(got), vadium.NewAmount(p.Price)).MustSub(vadium.Min(vadium.NewAmount(got), vadium.NewAmount(p.Price))); most.Less(off) {
			t.Fatalf("at %d it is %d, more than %d bps from %d", at, got, p.By, p.Price)
		}
		moved = moved || got != p.Price
		value := Value{newUnits(got), RedStoneDecimals}
		if read, err := fromNumber(value.String(), RedStoneDecimals); err != nil || read.Cmp(value) != 0 {
			t.Fatalf("%s is served, and %s read: %v", value, read, err)
		}
	})
	if !moved {
		t.Error("no walk ever moved")
	}
	for _, p := range []Path{{}, {Shape: "jump", Price: 1}, {Shape: Walk}, {Shape: Walk, Price: MaxPathPrice + 1}, {Shape: Walk, Price: 1, By: 10_001}, {Shape: Crash, Price: 1, After: -1}, {Shape: Crash, Price: 1, Over: maxPath + 1}} {
		if p.Check() == nil {
			t.Errorf("%+v is taken for a path", p)
		}
	}
}
