package config

import (
	"errors"
	"fmt"

	"vadium"
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
	Programs []string `key:"programs"`
	// Provers is how many proofs are made at once. At least 1.
	Provers int `key:"provers"`
	// Capacity is how many requests are taken at once, queued ones included; 0 means as many as provers.
	Capacity int `key:"capacity"`
	// Cost is what a CPU-second costs in tokens; asks are computed from it. Empty means 0.00028.
	Cost string `key:"cost"`
	// KeyMemory bounds the keys a worker keeps in memory.
	KeyMemory Size `key:"key-memory"`
	// WorkerMemory bounds what a worker may use before it is ended; 0 means no limit.
	WorkerMemory Size `key:"worker-memory"`
	// Behaviour other than honest is for demonstrations and loses stake: slow, corrupt, vanish.
	Behaviour string `key:"behaviour"`

	Log        Log        `key:"log"`
	Operations Operations `key:"operations"`
	Trace      Trace      `key:"trace"`
}

// DefaultProver returns what holds when nothing is configured.
func DefaultProver() Prover {
	return Prover{
		Programs: []string{"*"}, Provers: 1, KeyMemory: 4 << 30, WorkerMemory: 8 << 30, Behaviour: "honest",
		Log: Log{Level: "info", Format: "auto"}, Trace: Trace{Ratio: 0.01},
	}
}

// Check implements Checked.
func (p Prover) Check() error {
	var cost, programs error
	if p.Cost != "" {
		if _, err := vadium.ParseTokens(p.Cost); err != nil {
			cost = fmt.Errorf("cost: %w", err)
		}
	}
	if len(p.Programs) == 0 {
		programs = errors.New("programs is empty (name some, or * for all that are vouched for)")
	}
	return errors.Join(programs, cost, atLeast("provers", uint64(max(p.Provers, 0)), 1), notNegative("capacity", p.Capacity),
		p.Log.Check(), p.Operations.Check(), p.Trace.Check())
}
