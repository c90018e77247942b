package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDevIsReadyForTwoCommands is the README's second promise: `vadium dev` in one terminal, and in another a proof of a
// file of one's own with two commands, without a flag to say where or who.
func TestDevIsReadyForTwoCommands(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := os.Symlink(sharedKeys, filepath.Join(home, "keys")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	vadium := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, self, args...)
		cmd.Env = append(os.Environ(), "VADIUM_HOME="+home, "VADIUM_MARKET=", "VADIUM_ACCOUNT=", "VADIUM_PASSWORD_FILE=")
		cmd.Dir = home
		return cmd
	}
	dev := vadium("dev", "--json", "--listen", "127.0.0.1:0", "--programs", "membership", "--operations-listen", "127.0.0.1:0")
	dev.Cancel = func() error { return dev.Process.Signal(syscall.SIGINT) }
	var errs strings.Builder
	dev.Stderr = &errs
	out, err := dev.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("dev said %q: %v\n%s", line, err, errs.String())
	}
	var ready struct{ Market, Account, Examples string }
	if err := json.Unmarshal(line, &ready); err != nil || ready.Market == "" || ready.Account == "" {
		t.Fatalf("dev said %q, want its market and account (%v)", line, err)
	}
	if log, err := os.ReadFile(filepath.Join(home, "dev", "market.log")); err != nil || !strings.Contains(string(log), "operations answer") {
		t.Errorf("the market's log (%v) names no operations listener:\n%s", err, log)
	}

	submit := vadium("request", "submit", "membership", "--list", filepath.Join(ready.Examples, "members.txt"),
		"--identity", filepath.Join(ready.Examples, "identities", "ada.TEST-ONLY.json"), "--scope", "dev", "--out", "proof.json")
	if said, err := submit.CombinedOutput(); err != nil {
		t.Errorf("submit: %v\n%s", err, said)
	}
	if said, err := vadium("proof", "verify", "proof.json").CombinedOutput(); err != nil || !strings.HasPrefix(string(said), "valid\n") {
		t.Errorf("verify: %v\n%s", err, said)
	}
	if said, err := vadium("account", "show").CombinedOutput(); err != nil {
		t.Errorf("account show: %v\n%s", err, said)
	}

	// Ctrl-C stops everything, in order.
	if err := dev.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	if err != nil && !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	if err := dev.Wait(); err != nil {
		t.Errorf("dev ended: %v\n%s", err, errs.String())
	}
	s := &stage{dir: filepath.Join(home, "dev")}
	if err := s.secretsTold("standard output\n"+string(line)+string(rest), "standard error\n"+errs.String()); err != nil {
		t.Error(err)
	}
	if _, err := fsck(context.WithoutCancel(ctx), silent(), s.market()); err != nil {
		t.Errorf("fsck after Ctrl-C: %v", err)
	}
}
