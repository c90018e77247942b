package config

import (
	"errors"
	"fmt"
	"time"

	"vadium/auction"
)

// Prover configures `vadium prover run`. Which account it signs with is the home's business (--home, --account,
// --password-file).
type Prover struct {
	// Dir is the prover's folder: cursor, intents, proofs under way, measurements. One agent at a time. Empty means
	// prover/ in the home folder.
	Dir string `key:"dir"`
	// KeyDir holds programs' files by digest; provers of one machine may share it. Empty means keys/ in dir.
	KeyDir string `key:"key-dir"`
	// Programs lists what to serve: names, ids, or * for every program whose keys are vouched for. At least one.
	Programs []string `key:"programs" live:"true"`
	// Provers is how many proofs this machine makes at once. 0 leaves all of them to workers elsewhere, and needs
	// workers.listen.
	Provers int `key:"provers"`
	// Capacity is how many requests are taken at once, queued ones included; 0 means as many as provers. What it is more
	// than provers is the queue's length, however many workers there are.
	Capacity int `key:"capacity" live:"true"`
	// Cost is what a CPU-second costs in tokens; asks and profit and loss are computed from it. Empty means 0.00028.
	Cost Tokens `key:"cost" live:"true"`
	// Surge is how many hundredths of a percent a price rises at most when nothing is free; from half of the capacity on
	// it rises in equal parts, by a twentieth per ask epoch.
	Surge int `key:"surge" live:"true"`
	// LatencyTiers lists the tiers to ask for: immediate (cleared as requests come), standard and bulk (cleared together at
	// ticks). Capacity bounds what is taken of all of them together. At least one.
	LatencyTiers []string `key:"latency-tiers" live:"true"`
	// Mechanisms lists how requests are come to beside asks: ramp takes those whose price climbs, once it is worth it; sealed
	// bids for those that take bids. Empty means neither.
	Mechanisms []string `key:"mechanisms" live:"true"`
	// RampPatience is how long a price is let climb after it is worth taking. Who waits is paid more, unless another prover
	// comes first. From 0s to 1h.
	RampPatience time.Duration `key:"ramp-patience" live:"true"`
	// SealedMarkup is how many hundredths of a percent a sealed bid is above an ask. Of several bids the lowest is paid the
	// next, so that what proving costs is the best bid; who bids alone is paid its own.
	SealedMarkup int `key:"sealed-markup" live:"true"`
	// KeyMemory bounds the keys a worker keeps in memory.
	KeyMemory Size `key:"key-memory"`
	// WorkerMemory bounds what a worker may use before it is ended; 0 means no limit.
	WorkerMemory Size `key:"worker-memory"`
	// Confine lists what must confine a proving process, or the prover does not start: environment, limits, parent-death,
	// no-new-privileges, files, network, system-calls. Empty means what the system has.
	Confine []string `key:"confine"`
	// Behaviour other than honest is for demonstrations and loses stake: slow, corrupt, vanish.
	Behaviour string `key:"behaviour"`

	Breaker    Breaker    `key:"breaker"`
	Workers    Workers    `key:"workers"`
	Log        Log        `key:"log"`
	Operations Operations `key:"operations"`
	Trace      Trace      `key:"trace"`
}

// Breaker withdraws a prover's asks after failures in a row.
type Breaker struct {
	// After is how many requests in a row may go wrong before all asks are withdrawn. At least 1.
	After int `key:"after" live:"true"`
	// Rest is how long nothing is asked for then. After it one benchmark proof is made and one request tried; if either
	// fails the next rest is twice as long, up to eight times. Between 1s and 24h.
	Rest time.Duration `key:"rest" live:"true"`
}

// Check holds both to their ranges.
func (b Breaker) Check() error {
	return errors.Join(atLeast("breaker.after", uint64(max(b.After, 0)), 1), within("breaker.rest", b.Rest, time.Second, 24*time.Hour))
}

// Workers is the door for workers elsewhere. Who has the token in worker.token, in dir, may prove for this prover and sees
// the inputs it proves.
type Workers struct {
	// Listen is the address workers connect to, such as 127.0.0.1:8430; port 0 picks a free one, which workers.url in dir
	// names. Empty means none. An address that other machines can reach needs workers.tls.
	Listen string `key:"listen"`
	// Lease is how long a worker may be silent before its work goes to another. Between 1s and 10m.
	Lease time.Duration `key:"lease"`
	// Connections bounds the connections that are open at once, before anybody has shown a token. At least 1, or -1 for no
	// limit.
	Connections int `key:"connections"`
	// AddressConnections bounds those of one address: an IPv4 address or an IPv6 network of 64 bits. Loopback is exempt. At
	// least 1, or -1 for no limit.
	AddressConnections int `key:"address-connections"`
	TLS                TLS `key:"tls"`
}

// Check holds an open address to TLS.
func (w Workers) Check() error {
	if w.Listen == "" {
		return nil
	}
	loopback, err := Loopback(w.Listen)
	if err != nil {
		return fmt.Errorf("workers.listen: %w", err)
	}
	if !loopback && !w.TLS.On() {
		return fmt.Errorf("workers.listen is %s, which other machines can reach, without TLS (set workers.tls, or use 127.0.0.1:PORT)", w.Listen)
	}
	return errors.Join(within("workers.lease", w.Lease, time.Second, 10*time.Minute), w.TLS.Check(),
		orNoLimit("workers.connections", w.Connections, 1), orNoLimit("workers.address-connections", w.AddressConnections, 1))
}

// DefaultProver returns what holds when nothing is configured.
func DefaultProver() Prover {
	return Prover{
		Programs: []string{"*"}, Provers: 1, Surge: 2_500, LatencyTiers: []string{"immediate", "standard", "bulk"}, Mechanisms: []string{"ramp", "sealed"},
		Breaker: Breaker{After: 3, Rest: 10 * time.Minute}, Workers: Workers{Lease: 10 * time.Second, Connections: 2_048, AddressConnections: 256},
		KeyMemory: 4 << 30, WorkerMemory: 8 << 30, Behaviour: "honest",
		Log: Log{Level: "info", Format: "auto"}, Trace: Trace{Ratio: 0.01},
	}
}

// Check implements Checked.
func (p Prover) Check() error {
	var cost, programs error
	if err := p.Cost.check(); err != nil {
		cost = fmt.Errorf("cost: %w", err)
	}
	if len(p.Programs) == 0 {
		programs = errors.New("programs is empty (name some, or * for all that are vouched for)")
	}
	var provers error
	if p.Provers == 0 && p.Workers.Listen == "" {
		provers = errors.New("provers is 0 and workers.listen is empty: nobody would prove (set one of them)")
	}
	return errors.Join(programs, cost, provers, notNegative("provers", p.Provers), notNegative("capacity", p.Capacity), notNegative("surge", p.Surge),
		p.checkTaking(), notNegative("sealed-markup", p.SealedMarkup), within("ramp-patience", p.RampPatience, 0, time.Hour), layers(p.Confine), p.Breaker.Check(), p.Workers.Check(), p.Log.Check(), p.Operations.Check(), p.Trace.Check())
}

// checkTaking holds tiers and mechanisms to those that there are.
func (p Prover) checkTaking() error {
	var wrong []error
	if len(p.LatencyTiers) == 0 {
		wrong = append(wrong, errors.New("latency-tiers is empty (name some of immediate, standard, bulk)"))
	}
	for _, name := range p.LatencyTiers {
		if err := new(auction.Tier).UnmarshalText([]byte(name)); err != nil {
			wrong = append(wrong, fmt.Errorf("latency-tiers: %w", err))
		}
	}
	for _, name := range p.Mechanisms {
		if name != auction.Climbing.String() && name != auction.Revealing.String() {
			wrong = append(wrong, fmt.Errorf("mechanisms: provers come to no requests by %q themselves (known: %v, %v)", name, auction.Climbing, auction.Revealing))
		}
	}
	return errors.Join(wrong...)
}
