package config

import (
	"errors"
	"fmt"
	"time"
)

// Market configures `vadium market serve`. The rules of the market itself (fees, windows, stakes) are not here: they are
// parameters, in the journal, and docs/parameters.md lists them.
type Market struct {
	// Listen is the address for callers, HOST:PORT; port 0 picks a free one. An address that others can reach is refused
	// unless TLS is on or insecure-listen says that this is meant.
	Listen string `key:"listen"`
	// InsecureListen allows an address that others can reach without TLS. Commands are signed, but inputs would be seen
	// by whoever is on the way: use it only where a proxy in front speaks TLS and the network between is yours.
	InsecureListen bool `key:"insecure-listen"`

	TLS        TLS        `key:"tls"`
	Log        Log        `key:"log"`
	Operations Operations `key:"operations"`
	Trace      Trace      `key:"trace"`

	// Drain bounds how long a stop may take from SIGTERM on: calls in hand finish, the last batch is synced, a snapshot
	// is written. What is not done by then is cut off, which loses nothing that was acknowledged. From 1s to 10m; the
	// unit's TimeoutStopSec has to be longer.
	Drain time.Duration `key:"drain"`
	// Notice is how long the market goes on answering after SIGTERM while /readyz already says no, so that a balancer
	// stops sending calls before they would be refused. From 0s to 1m.
	Notice time.Duration `key:"notice"`

	// Calls bounds the calls in hand, streams not counted; whoever comes then is told to try again. At least 1.
	Calls int `key:"calls"`
	// Streams bounds the event and blob streams open at a time; whoever comes then is told to try again. At least 1.
	Streams int `key:"streams"`
	// MaxArtefact bounds a constraint system or a proving key that somebody uploads.
	MaxArtefact Size `key:"max-artefact"`
	// UploadBudget is how many bytes one account may upload in 24 hours.
	UploadBudget Size `key:"upload-budget"`

	// DiskLow is the free space below which the market takes no new requests, uploads and programs; what was begun goes
	// on. 0 means a tenth of the disk, from 2GiB to 16GiB and at most a quarter of it. Below 128MiB the market stops.
	DiskLow Size `key:"disk-low"`

	// Verifiers is how many proofs are verified at a time; 0 means as many as there are processors.
	Verifiers int `key:"verifiers"`
	// VerifierMemory is what each verifying process may allocate; one that needs more dies. At least 256MiB.
	VerifierMemory Size `key:"verifier-memory"`
	// VerifierTime bounds one batch of proofs, or one admission of a program; a process that takes longer is killed. From
	// 1s to 10m.
	VerifierTime time.Duration `key:"verifier-time"`
	// Confine lists what must confine a verifying process, or the market does not start: environment, limits,
	// parent-death, no-new-privileges, files, network, system-calls. Empty means what the system has; the log names it.
	Confine []string `key:"confine"`
	// SnapshotEvery is the number of batches between two snapshots: fewer make starts faster and cost more disk. At
	// least 1.
	SnapshotEvery uint64 `key:"snapshot-every"`
	// DigestEvery is the number of batches between two state digests in the journal; each costs time in proportion to
	// the state. At least 1.
	DigestEvery uint64 `key:"digest-every"`
}

// DefaultMarket returns what holds when nothing is configured.
func DefaultMarket() Market {
	return Market{
		Listen: "127.0.0.1:8420",
		Log:    Log{Level: "info", Format: "auto"}, Trace: Trace{Ratio: 0.01},
		Drain: 20 * time.Second,
		Calls: 512, Streams: 1024, MaxArtefact: 8 << 30, UploadBudget: 32 << 30,
		VerifierMemory: 1 << 30, VerifierTime: 30 * time.Second,
		SnapshotEvery: 4096, DigestEvery: 256,
	}
}

// Check implements Checked.
func (m Market) Check() error {
	loopback, err := Loopback(m.Listen)
	if err != nil {
		err = fmt.Errorf("listen: %w", err)
	} else if !loopback && !m.TLS.On() && !m.InsecureListen {
		err = fmt.Errorf("listen is %s, which others can reach, and TLS is off: inputs would travel in the clear "+
			"(set tls.certificate and tls.key, listen on 127.0.0.1, or, behind a proxy that speaks TLS, set insecure-listen)", m.Listen)
	}
	return errors.Join(err, m.TLS.Check(), m.Log.Check(), m.Operations.Check(), m.Trace.Check(),
		within("drain", m.Drain, time.Second, 10*time.Minute), within("notice", m.Notice, 0, time.Minute),
		atLeast("calls", uint64(max(m.Calls, 0)), 1), atLeast("streams", uint64(max(m.Streams, 0)), 1),
		atLeast("max-artefact", uint64(m.MaxArtefact), 1), atLeast("upload-budget", uint64(m.UploadBudget), 1),
		notNegative("verifiers", m.Verifiers), atLeast("verifier-memory", uint64(m.VerifierMemory), 256<<20),
		within("verifier-time", m.VerifierTime, time.Second, 10*time.Minute), layers(m.Confine),
		atLeast("snapshot-every", m.SnapshotEvery, 1), atLeast("digest-every", m.DigestEvery, 1))
}

func atLeast(key string, value, least uint64) error {
	if value < least {
		return fmt.Errorf("%s is %d (at least %d)", key, value, least)
	}
	return nil
}

func notNegative(key string, value int) error {
	if value < 0 {
		return fmt.Errorf("%s is %d (at least 0)", key, value)
	}
	return nil
}
