package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

// TestOracleDemoShowsAFeedThatStaysRight is `vadium oracle demo --json`, and then the commands that read a feed, typed at the
// market that it leaves. It runs beside no other test of this package: its time-outs are real ones.
func TestOracleDemoShowsAFeedThatStaysRight(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept")
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"oracle", "demo", "--json", "--keep", kept, "--key-dir", sharedKeys}, strings.NewReader(""), &out, &errs); status != 0 {
		t.Fatalf("vadium oracle demo exits with %d: %s", status, errs.String())
	}
	kinds := map[string]int{}
	var last []byte
	for lines := bufio.NewScanner(bytes.NewReader(out.Bytes())); lines.Scan(); {
		last = bytes.Clone(lines.Bytes())
		var line struct {
			Kind string `json:"kind"`
		}
		if err := json.Unmarshal(last, &line); err != nil || last[0] != '{' {
			t.Fatalf("not a JSON object: %q (%v)", last, err)
		}
		kinds[line.Kind]++
	}
	var end struct {
		Summary oracleSummary `json:"summary"`
	}
	if err := json.Unmarshal(last, &end); err != nil {
		t.Fatalf("the last line is %q, want the summary (%v)", last, err)
	}
	s := end.Summary
	if s.Reporters != 7 || s.Faulty != 2 || s.Rounds < 6*actRounds || s.Verified != s.Rounds || s.WorstBps != 0 || s.Bought == 0 || s.Slashed < 6 || s.Cases < 6 || !s.Conserved {
		t.Errorf("the summary says %+v", s)
	}
	if kinds["RoundPublished"] < s.Rounds || kinds["CaseOpened"] != s.Cases || kinds["PricePublished"] < s.Rounds {
		t.Errorf("the summary counts %d rounds and %d cases, the events %v", s.Rounds, s.Cases, kinds)
	}
	readTheFeed(t, kept)
}

// readTheFeed serves a demo's market again, and types every command that reads a feed.
func readTheFeed(t *testing.T, kept string) {
	t.Helper()
	s, err := newStage(t.Context(), newConsole(nil, discard{}, discard{}), kept, sharedKeys)
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	if err := s.startMarket(t.Context(), "127.0.0.1:0", marketplace.DemoParams()); err != nil {
		t.Fatal(err)
	}
	typed := func(ctx context.Context, status int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		args = append(args, "--market", s.url, "--home", filepath.Join(kept, "accounts", "operator"), "--password-file", s.passFile)
		if got := run(ctx, args, nil, &out, &errs); got != status {
			t.Fatalf("vadium %s exits with %d, want %d: %s", strings.Join(args, " "), got, status, errs.String())
		}
		return out.String() + errs.String()
	}
	line := func(text, part string) {
		t.Helper()
		if err := jsonLines(text); err != nil || !strings.Contains(text, part) {
			t.Errorf("%q is not JSON lines with %s (%v)", text, part, err)
		}
	}
	for _, text := range []string{typed(t.Context(), 0, "oracle", "feeds"), typed(t.Context(), 0, "oracle", "feeds", demoFeed)} {
		if !strings.Contains(text, demoFeed) || !strings.Contains(text, "own") {
			t.Errorf("the feed is shown as\n%s", text)
		}
	}
	line(typed(t.Context(), 0, "oracle", "feeds", "--json"), `"seats"`)
	line(typed(t.Context(), 0, "oracle", "verify", demoFeed, "--json"), `"valid":true`)
	if text := typed(t.Context(), 0, "oracle", "verify", demoFeed); strings.Count(text, "holds  ") < 8 || strings.Contains(text, "FAILS") {
		t.Errorf("the last round is verified as\n%s", text)
	}
	if text := typed(t.Context(), 1, "oracle", "verify", demoFeed, "1000000"); !strings.Contains(text, "round-unknown") {
		t.Errorf("a round that there is not is refused with\n%s", text)
	}
	lieAboutARound(t, s.operator)
	watching, stop := context.WithCancel(t.Context())
	past := &firstLines{want: 6, then: stop}
	if got := run(watching, []string{"oracle", "watch", demoFeed, "--json", "--market", s.url}, nil, past, discard{}); got != 0 {
		t.Errorf("vadium oracle watch that is interrupted exits with %d, want 0", got)
	}
	line(past.String(), `"valid":true`)
	verifier := filepath.Join(t.TempDir(), "Verifier.sol")
	line(typed(t.Context(), 0, "oracle", "export", demoFeed, "--out", verifier, "--json"), `"file"`)
	if text := typed(t.Context(), 1, "oracle", "export", demoFeed, "--out", verifier); !strings.Contains(text, "never overwritten") {
		t.Errorf("a second export over the first is refused with\n%s", text)
	}
	if text := typed(t.Context(), 0, "oracle", "report", demoFeed, "--for", "1s"); !strings.Contains(text, "nothing to report") {
		t.Errorf("a feed at rest is reported with\n%s", text)
	}
	// Who cheated gets no seat again; the others are a committee without them.
	file := filepath.Join(kept, "feed.json")
	if text := typed(t.Context(), 1, "oracle", "feed", "set", file); !strings.Contains(text, "reporter-") {
		t.Errorf("a committee with reporters who cheated is refused with\n%s", text)
	}
	fewer, err := readFeed(file)
	if err != nil {
		t.Fatal(err)
	}
	fewer.Seats = slices.Delete(fewer.Seats, 1, 3)
	encoded, err := json.Marshal(fewer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	line(typed(t.Context(), 0, "oracle", "feed", "set", file, "--json"), `"nextFromMs"`)
	line(typed(t.Context(), 0, "oracle", "feed", "retire", demoFeed, "--reason", "the demo is over", "--json"), `"command"`)
	if text := typed(t.Context(), 0, "oracle", "feeds"); !strings.Contains(text, "retired") {
		t.Errorf("a retired feed is shown as\n%s", text)
	}
}

// lieAboutARound changes what a market says of a round, one thing at a time: each is found, by the check that is for it.
func lieAboutARound(t *testing.T, market *client.Client) {
	t.Helper()
	id, err := parseFeed(demoFeed)
	if err != nil {
		t.Fatal(err)
	}
	v, err := newRoundVerifier(t.Context(), newConsole(nil, discard{}, discard{}), market, id)
	if err != nil {
		t.Fatal(err)
	}
	honest, err := market.Round(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	for check, lie := range map[string]func(*client.Round){
		"":          func(*client.Round) {},
		"proof":     func(r *client.Round) { r.Report.Median = r.Report.Median.MustAdd(vadium.NewAmount(1)) },
		"scope":     func(r *client.Round) { r.Report.Scope[31] ^= 1 },
		"committee": func(r *client.Round) { r.Report.Committee[31] ^= 1 },
		"quorum":    func(r *client.Round) { r.Report.Present = 0b1111 },
		"outliers":  func(r *client.Round) { r.Report.Outlier++ },
		"bounds":    func(r *client.Round) { r.Report.Median = vadium.Tokens(1) },
		"times":     func(r *client.Round) { r.Published = r.Published.Add(vadium.Hour) },
		"bound":     func(r *client.Round) { r.Request, r.By = vadium.RequestID{}, vadium.Account{1} },
	} {
		round := honest
		lie(&round)
		checked, err := v.verify(t.Context(), round)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for _, f := range checked.Checks {
			if !f.Holds {
				found[f.Checked] = true
			}
		}
		if checked.Valid != (check == "") || check != "" && !found[check] {
			t.Errorf("a lie about %q: valid %v, found by %v", check, checked.Valid, found)
		}
	}
}

// firstLines is a writer that calls then once it has so many lines.
type firstLines struct {
	bytes.Buffer
	want int
	then func()
}

func (f *firstLines) Write(p []byte) (int, error) {
	n, err := f.Buffer.Write(p)
	if bytes.Count(f.Bytes(), []byte("\n")) >= f.want {
		f.then()
	}
	return n, err
}
