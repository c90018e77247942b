package verifier_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vadium/circuits"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/verifier"
)

// kernelTicks is how many of /proc's units of processor time make a second on every Linux that Go runs on.
const kernelTicks = 100

// childrenOf returns the verifying children of a process and the processor time each has used.
func childrenOf(t *testing.T, parent int) map[int]time.Duration {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]time.Duration{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has ended
		}
		command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil || !bytes.Contains(command, []byte("verifier-misbehaving")) {
			continue
		}
		// After the name in parentheses: state, parent, and from the twelfth on user and system time.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if fields[1] != strconv.Itoa(parent) {
			continue
		}
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		found[pid] = time.Duration(user+system) * time.Second / kernelTicks
	}
	return found
}

// Children that are killed from outside, as the kernel does when memory runs out, busy or idle.
func TestChildrenKilledFromOutsideAreReplaced(t *testing.T) {
	p := rpctest.NewProgram(t)
	good, other := claim(t, p, 3), claim(t, p, 4)
	children := start(t, verifier.Limits{Processes: 1, Time: 10 * time.Minute})
	done := make(chan []error, 1)
	go func() {
		done <- children.Check(t.Context(), p.Program, p.VerifyingKeyFile, []circuits.Claim{good, hostile(other, verifier.Loop), other})
	}()
	killed := 0
	for waiting := true; waiting; {
		select {
		case got := <-done:
			wants(t, "killed while busy", got, nil, verifier.ErrUndecided, nil)
			waiting = false
		case <-time.After(20 * time.Millisecond):
			for pid, used := range childrenOf(t, os.Getpid()) {
				if used > 2*time.Second { // only the one that loops
					killed++
					if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
						t.Fatal(err)
					}
					for childrenOf(t, os.Getpid())[pid] != 0 {
						time.Sleep(time.Millisecond)
					}
				}
			}
		}
	}
	if s := children.Stats(); killed != 2 || s.Deaths != 2 || s.SecondDeaths != 1 || s.Retries != 3 {
		t.Errorf("killed %d, Stats = %+v, want 2 killed, 3 retries, 1 second death", killed, s)
	}
	for range 3 { // idle: the proof that comes next does not notice
		wants(t, "before", children.Check(t.Context(), p.Program, p.VerifyingKeyFile, []circuits.Claim{good}), nil)
		for pid := range childrenOf(t, os.Getpid()) {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		wants(t, "killed while idle", children.Check(t.Context(), p.Program, p.VerifyingKeyFile, []circuits.Claim{good}), nil)
	}
}
