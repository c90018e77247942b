package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/prover"
)

// A prover whose proofs are all made by other processes, and whose configuration is a file.

// worker starts a worker process for the prover north.
func (k *killing) worker(name string) {
	k.Helper()
	folder := filepath.Join(k.s.dir, "provers", "north")
	waiting, cancel := context.WithTimeout(k.Context(), 30*time.Second)
	defer cancel()
	url, err := waitForFile(waiting, filepath.Join(folder, workersURL))
	k.must(err)
	_, err = k.s.start(name, nil, "worker", "run", "--agent", strings.TrimSpace(string(url)), "--token-file", filepath.Join(folder, workerToken),
		"--name", name, "--operations-listen", "127.0.0.1:0", "--dir", filepath.Join(k.s.dir, "provers", name), "--home", filepath.Join(k.s.dir, "nobody"))
	k.must(err)
}

// status waits until the prover's status is as wanted.
func (k *killing) status(what string, wanted func(prover.Status) bool) prover.Status {
	k.Helper()
	for patience := time.After(time.Minute); ; {
		s, _, err := prover.ReadStatus(filepath.Join(k.s.dir, "provers", "north"))
		if err == nil && wanted(s) {
			return s
		}
		select {
		case <-patience:
			k.Fatalf("%s: not within a minute; the status is %+v (%v)", what, s, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// A worker has a lease and is killed in the middle of it: another proves in time. Then the prover is told to read its
// configuration again, and goes on proving.
func TestAWorkerIsKilledAndAConfigurationReloaded(t *testing.T) {
	config := filepath.Join(t.TempDir(), "prover.yaml")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const workers = "provers: 0\nworkers: {listen: 127.0.0.1:0, lease: 2s}\n"
	write(workers + "cost: \"0.001\"\n")
	k := &killing{T: t, s: openStage(t, houseParams()), prover: part{name: "north", stake: 1_000, programs: "solvency-64", config: config}}
	ids, err := k.s.list(t.Context(), "solvency-64")
	k.must(err)
	_, err = k.s.startProver(t.Context(), k.prover)
	k.must(err)
	k.worker("east")
	k.must(k.s.servedBy(t.Context(), ids, 1))
	key, err := k.s.key("alice")
	k.must(err)
	k.requester = k.s.client(key)
	k.must(fund(t.Context(), k.s.operator, k.requester.Account(), 1_000))
	k.listing, err = k.requester.Program(t.Context(), ids[0])
	k.must(err)

	// The worker is stopped where it waits for work: the agent leases it the next request, and nothing comes of it.
	k.signal("east", syscall.SIGSTOP)
	before := k.submit(time.Minute)
	k.status("a proof under way", func(s prover.Status) bool { return s.Proving == 1 })
	k.kill("east")
	k.worker("west")
	r, o := k.settled(before)
	if at := r.Attempts[0]; at.DeliveredAt.After(at.Deadline) || o.accepts != 1 || o.deliveries != 1 || o.faults != 0 {
		t.Errorf("attempt = %+v, %+v, want it accepted once and delivered once, in time", at, o)
	}
	k.status("its capacity to follow", func(s prover.Status) bool { return s.Provers == 1 && s.Total.Made == 1 })

	// What can change does, what cannot is said, and a file with an error changes nothing.
	price := func(s prover.Status) vadium.Amount {
		dearest := vadium.Amount{}
		for _, a := range s.Asks {
			dearest = vadium.Max(dearest, a.Price)
		}
		return dearest
	}
	cheap := price(k.status("an ask", func(s prover.Status) bool { return len(s.Asks) > 0 }))
	reload := func(content string) {
		write(content)
		k.signal1("north", syscall.SIGHUP)
	}
	says := func(want string) {
		t.Helper()
		k.status("a log that says "+want, func(prover.Status) bool {
			log, err := os.ReadFile(filepath.Join(k.s.dir, "north.log"))
			return err == nil && strings.Contains(string(log), want)
		})
	}
	reload(workers + "cost: much\n")
	says("the configuration is not taken over, the old one holds")
	reload(workers + "cost: \"0.1\"\nkey-memory: 1GiB\n")
	dear := k.status("dearer asks", func(s prover.Status) bool { return cheap.BpsUp(100_000).Less(price(s)) })
	if !slices.ContainsFunc(dear.Events, func(e prover.Happening) bool { return e.What == "configuration reloaded" }) {
		t.Errorf("events = %+v, want one about the reload", dear.Events)
	}
	says("keys=key-memory")
	if after, _ := k.settled(k.submit(time.Minute)); after.Phase != marketplace.PhaseSettled {
		t.Errorf("a request after the reload = %v, want it settled", after.Phase)
	}
}

// signal1 signals one of the stage's processes and none that it started.
func (k *killing) signal1(name string, signal syscall.Signal) {
	k.Helper()
	k.must(syscall.Kill(k.group(name), signal))
}
