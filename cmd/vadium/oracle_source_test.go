package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"vadium"
	"vadium/oracle"
	"vadium/oracle/source"
)

// saidReady is what `oracle source --json` prints once it answers.
type saidReady struct {
	URL, Kind, Feed     string
	Decimals, Threshold uint8
	Signers             []common.Address
}

// startSource starts a price server as a process of its own, and returns what a feed would name of it.
func startSource(t *testing.T, args ...string) (saidReady, func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, append([]string{"oracle", "source", "--json"}, args...)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("it said %q: %v\n%s", line, err, errs.String())
	}
	var ready saidReady
	if err := json.Unmarshal(line, &ready); err != nil || ready.URL == "" || len(ready.Signers) != source.ServerSigners {
		t.Fatalf("it said %q (%v)", line, err)
	}
	return ready, func() {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Errorf("after Ctrl-C: %v\n%s", err, errs.String())
		}
	}
}

func (s saidReady) upstream() source.Upstream {
	u := source.Upstream{URL: s.URL, Source: oracle.Source{Kind: oracle.RedStone, ID: source.FeedName(s.Feed), Threshold: s.Threshold, Decimals: s.Decimals}}
	for _, signer := range s.Signers {
		u.Source.Signers = append(u.Source.Signers, signer)
	}
	return u
}

// A price server is read like a real gateway, by a set and by `oracle sample`; one that is silent or dead costs its set a
// source and nothing else; and Ctrl-C ends it even while somebody waits.
func TestPriceServersAreReadLikeRealOnes(t *testing.T) {
	t.Parallel()
	right, stopRight := startSource(t, "--feed", "ETH", "--price", "2500.5", "--seed", "right")
	off, stopOff := startSource(t, "--feed", "ETH", "--price", "2500.5", "--seed", "off", "--fault", "off", "--off", "300")
	silent, stopSilent := startSource(t, "--feed", "ETH", "--price", "2500.5", "--seed", "silent", "--fault", "silent")
	set, err := source.NewSet([]source.Upstream{right.upstream(), off.upstream(), silent.upstream()}, source.Options{Decimals: 2, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	ended := make(chan struct{})
	go func() { // the silent one holds whoever asks it until it is stopped
		defer close(ended)
		answer, err := set.Observe(t.Context())
		if err != nil || answer.Value != vadium.NewAmount(257_552) || len(answer.Quotes) != 2 || answer.Agreed != 1 {
			t.Errorf("answer %s of %d, %d agree (%v); want 2575.52, the upper of two, agreeing with itself", answer.Value, len(answer.Quotes), answer.Agreed, err)
		}
		if len(answer.Failed) != 1 || answer.Failed[0].URL != silent.URL || !errors.Is(answer.Failed[0].Err, source.ErrUpstream) {
			t.Errorf("failed %v, want the silent one", answer.Failed)
		}
	}()
	// It is stopped while it is asked, if it has been reached by then; either way it has not answered.
	stopSilent()
	<-ended

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, right.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	response.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "gateway.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	sample := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		status := run(t.Context(), append([]string{"oracle", "sample", "--json", file}, args...), strings.NewReader(""), &out, &errs)
		return status, out.String()
	}
	if status, said := sample(); status == 0 || !strings.HasSuffix(said, "{\"verified\":0,\"rejected\":5}\n") {
		t.Errorf("strangers' packages: status %d, %s", status, said)
	}
	var known []string
	for _, signer := range right.Signers {
		known = append(known, "--signer", signer.String())
	}
	if status, said := sample(known...); status != 0 || !strings.HasSuffix(said, "{\"verified\":5,\"rejected\":0}\n") || !strings.Contains(said, `"feed":"ETH","value":"2500.5"`) {
		t.Errorf("packages of signers that are named: status %d, %s", status, said)
	}
	stopRight()
	stopOff()
	if answer, err := set.Observe(t.Context()); err != nil || len(answer.Quotes) != 2 {
		t.Errorf("right after all have stopped: %v (%v), want what they said last", answer.Failed, err)
	}
}

func TestPriceServerSaysWhatIsWrongWithItsFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--price 0.000000001":         "no whole number of hundred-millionths",
		"--price -1":                  "no whole number of hundred-millionths",
		"--price much":                `"much" is no decimal number`,
		"--price 0":                   "the price of a path is between",
		"--path jump":                 `not "jump"`,
		"--by 10001":                  "at most 10000 bps",
		"--fault sleepy":              `not "sleepy"`,
		"--fault off --off 0":         "off by 1 to 10000 bps",
		"--step 1us":                  "--step takes a millisecond or more",
		"--feed ":                     "a feed has a name",
		"--listen 127.0.0.1:notaport": "--listen",
	} {
		var out, errs bytes.Buffer
		status := run(t.Context(), append([]string{"oracle", "source"}, strings.Split(args, " ")...), strings.NewReader(""), &out, &errs)
		if status == 0 || !strings.Contains(errs.String(), want) || !strings.Contains(errs.String(), "hint:") {
			t.Errorf("%s: status %d, %s; want %q and a hint", args, status, errs.String(), want)
		}
	}
}
