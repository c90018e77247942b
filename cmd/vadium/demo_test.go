package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemoShowsAWholeMarketAndBalancesItsBooks is `vadium demo --json`. It runs beside no other test of this package: its
// deadlines are real ones.
func TestDemoShowsAWholeMarketAndBalancesItsBooks(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept")
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"demo", "--json", "--keep", kept}, strings.NewReader(""), &out, &errs); status != 0 {
		t.Fatalf("vadium demo exits with %d: %s", status, errs.String())
	}
	var last []byte
	kinds := map[string]int{}
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
		Summary map[string]any `json:"summary"`
	}
	if err := json.Unmarshal(last, &end); err != nil || end.Summary == nil {
		t.Fatalf("the last line is %q, want the summary (%v)", last, err)
	}
	atLeast := map[string]float64{"requests": 19, "proved": 19, "batched": 2, "ramps": 1, "sealed": 1, "late": 1, "invalid": 1, "slashed": 2, "compensated": 1}
	for key, least := range atLeast {
		if got, ok := end.Summary[key].(float64); !ok || got < least {
			t.Errorf("summary says %s: %v, want at least %v", key, end.Summary[key], least)
		}
	}
	if end.Summary["proved"] != end.Summary["requests"] {
		t.Errorf("%v of %v requests are proved, want all", end.Summary["proved"], end.Summary["requests"])
	}
	if end.Summary["conserved"] != true {
		t.Errorf("summary says conserved: %v, want true", end.Summary["conserved"])
	}
	if digest, ok := end.Summary["digest"].(string); !ok || len(digest) != 66 {
		t.Errorf("summary says digest: %v, want 32 bytes of hex", end.Summary["digest"])
	}
	// The summary counts what the lines before it say.
	requests, _ := end.Summary["requests"].(float64)
	retried, ok := end.Summary["retried"].(float64)
	if all := requests + retried; !ok || all != float64(kinds["RequestSubmitted"]) || all != float64(kinds["RequestClosed"]) {
		t.Errorf("summary counts %v requests and %v that were asked for again, the events %d submitted and %d closed", requests, retried, kinds["RequestSubmitted"], kinds["RequestClosed"])
	}
	if got := end.Summary["slashed"]; got != float64(kinds["Slashed"]) {
		t.Errorf("summary counts %v slashes, the events %d", got, kinds["Slashed"])
	}

	// Everything it promises to keep is there, and holds without it.
	proofs, err := filepath.Glob(filepath.Join(kept, "proofs", "*.json"))
	if err != nil || float64(len(proofs)) != end.Summary["requests"] {
		t.Errorf("%d proofs are kept (%v), want %v", len(proofs), err, end.Summary["requests"])
	}
	for _, proof := range proofs {
		if status := run(t.Context(), []string{"proof", "verify", proof}, nil, &out, &errs); status != 0 {
			t.Errorf("vadium proof verify %s exits with %d", filepath.Base(proof), status)
		}
	}
	s := &stage{dir: kept}
	if err := s.secretsTold("standard output\n"+out.String(), "standard error\n"+errs.String()); err != nil {
		t.Error(err)
	}

	// A folder that holds something is not overwritten.
	if status := run(t.Context(), []string{"demo", "--keep", kept}, nil, &out, &errs); status != 1 || !strings.Contains(errs.String(), "is not empty") {
		t.Errorf("a second demo in the same folder exits with %d, want 1 and why", status)
	}
	if _, err := os.Stat(filepath.Join(kept, "market")); err != nil {
		t.Error(err)
	}
}
