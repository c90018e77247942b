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

	Limits Limits `key:"limits"`

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
	// what has changed since the last, spread over the batches between. At least 1.
	DigestEvery uint64 `key:"digest-every"`
}

// Limits are what one caller may take of a market, by address and by account. An address is an IPv4 address or an IPv6
// network of 64 bits; loopback addresses have no limits by address.
type Limits struct {
	// AddressRate is how many calls one address may make in a second, whoever signs them. Above 0; -1 means no limit.
	AddressRate float64 `key:"address-rate"`
	// AddressBurst is how many calls one address may make at once after a rest. At least 1; -1 means no limit.
	AddressBurst int `key:"address-burst"`
	// ObserveRate is how many observations of feeds one address may send in a second. Above 0; -1 means no limit.
	ObserveRate float64 `key:"observe-rate"`
	// ObserveBurst is how many observations of feeds one address may send at once after a rest. At least 1; -1 means no limit.
	ObserveBurst int `key:"observe-burst"`
	// RoundRate is how many rounds of feeds one account may have verified in a second. Above 0; -1 means no limit.
	RoundRate float64 `key:"round-rate"`
	// RoundBurst is how many rounds of feeds one account may have verified at once after a rest. At least 1; -1 means no limit.
	RoundBurst int `key:"round-burst"`
	// AddressStreams bounds the event and blob streams of one address. At least 1; -1 means no limit.
	AddressStreams int `key:"address-streams"`
	// AddressConnections bounds the connections of one address. At least 1; -1 means no limit.
	AddressConnections int `key:"address-connections"`
	// Connections bounds the connections of all addresses together. At least 1; -1 means no limit, and then the process's
	// limit of open files is one.
	Connections int `key:"connections"`
	// SignerRate is how many commands one account may sign in a second, those in batches included. Above 0; -1 means no
	// limit.
	SignerRate float64 `key:"signer-rate"`
	// SignerBurst is how many commands one account may sign at once after a rest. At least 1024, which is a batch; -1 means no
	// limit.
	SignerBurst int `key:"signer-burst"`
	// SignerCalls is how many calls of one account may wait for the market's writer; the commands of one account take at
	// most half of its places. At least 1; -1 means no limit.
	SignerCalls int `key:"signer-calls"`
	// TrustForwarded takes a caller's address from the last entry of X-Forwarded-For when the call comes from a loopback
	// address. Set it when a proxy on this machine adds that header, and only then: others could write any address there.
	TrustForwarded bool `key:"trust-forwarded"`
}

// Check names the limit that nothing could pass.
func (l Limits) Check() error {
	rate := func(key string, perSecond float64) error {
		if perSecond > 0 || perSecond == -1 {
			return nil
		}
		return fmt.Errorf("limits.%s is %v (above 0, or -1 for no limit)", key, perSecond)
	}
	number := func(key string, n, least int) error { return orNoLimit("limits."+key, n, least) }
	return errors.Join(rate("address-rate", l.AddressRate), number("address-burst", l.AddressBurst, 1),
		rate("observe-rate", l.ObserveRate), number("observe-burst", l.ObserveBurst, 1), rate("round-rate", l.RoundRate), number("round-burst", l.RoundBurst, 1),
		number("address-streams", l.AddressStreams, 1), number("address-connections", l.AddressConnections, 1), number("connections", l.Connections, 1),
		rate("signer-rate", l.SignerRate), number("signer-burst", l.SignerBurst, 1024), number("signer-calls", l.SignerCalls, 1))
}

// DefaultMarket returns what holds when nothing is configured.
func DefaultMarket() Market {
	return Market{
		Listen: "127.0.0.1:8420",
		Log:    Log{Level: "info", Format: "auto"}, Trace: Trace{Ratio: 0.01},
		Drain: 20 * time.Second,
		Calls: 512, Streams: 1024, MaxArtefact: 8 << 30, UploadBudget: 32 << 30,
		VerifierMemory: 1 << 30, VerifierTime: 30 * time.Second,
		Limits: Limits{
			AddressRate: 500, AddressBurst: 1000, ObserveRate: 100, ObserveBurst: 200, RoundRate: 5, RoundBurst: 20, AddressStreams: 64, AddressConnections: 256, Connections: 8192,
			SignerRate: 20_000, SignerBurst: 20_480, SignerCalls: 64,
		},
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
	return errors.Join(err, m.TLS.Check(), m.Log.Check(), m.Operations.Check(), m.Trace.Check(), m.Limits.Check(),
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

func orNoLimit(key string, n, least int) error {
	if n >= least || n == -1 {
		return nil
	}
	return fmt.Errorf("%s is %d (at least %d, or -1 for no limit)", key, n, least)
}

func notNegative(key string, value int) error {
	if value < 0 {
		return fmt.Errorf("%s is %d (at least 0)", key, value)
	}
	return nil
}
