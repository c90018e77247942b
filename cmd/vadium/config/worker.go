package config

import (
	"errors"
	"net/url"
)

// Worker configures `vadium worker run`.
type Worker struct {
	// Agent is the URL of the prover's agent, such as http://127.0.0.1:8430 or https://HOST:PORT.
	Agent string `key:"agent"`
	// TokenFile is a copy of the agent's worker.token, mode 0600.
	TokenFile SecretFile `key:"token-file"`
	// TLSCA is a PEM file with the certificates to trust at an https address, instead of the system's.
	TLSCA string `key:"tls-ca"`
	// Name is what the agent's operator sees; every worker has one of its own. Empty means the machine's name and the
	// process's number.
	Name string `key:"name"`
	// Dir holds programs' files by digest; workers and provers of one machine may share it. Empty means worker/ in the
	// home folder.
	Dir string `key:"dir"`
	// Slots is how many proofs are made at once. At least 1.
	Slots int `key:"slots"`
	// Backends lists what to prove, such as groth16/bn254; empty means everything this version can.
	Backends []string `key:"backends"`
	// KeyMemory bounds the keys kept in memory; work that needs more is not given to this worker.
	KeyMemory Size `key:"key-memory"`
	// WorkerMemory bounds what a proof may use before its process is ended; 0 means no limit.
	WorkerMemory Size `key:"worker-memory"`

	// Confine lists what must confine a proving process, or the worker does not start: environment, limits, parent-death,
	// no-new-privileges, files, network, system-calls. Empty means what the system has.
	Confine []string `key:"confine"`

	Log        Log        `key:"log"`
	Operations Operations `key:"operations"`
	Trace      Trace      `key:"trace"`
}

// DefaultWorker returns what holds when nothing is configured.
func DefaultWorker() Worker {
	return Worker{Slots: 1, KeyMemory: 4 << 30, WorkerMemory: 8 << 30, Log: Log{Level: "info", Format: "auto"}, Trace: Trace{Ratio: 0.01}}
}

// Check implements Checked.
func (w Worker) Check() error {
	var agent, token error
	if u, err := url.Parse(w.Agent); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		agent = errors.New("agent is no URL (write http://127.0.0.1:8430: the prover's workers.url says which)")
	} else if loopback, err := Loopback(u.Host); u.Scheme == "http" && (err != nil || !loopback) {
		agent = errors.New("agent is on another machine without TLS, and inputs are secret (use https://)")
	}
	if w.TokenFile == "" {
		token = errors.New("token-file is empty (copy the agent's: vadium worker token prints where it is)")
	} else {
		token = w.TokenFile.Check()
	}
	return errors.Join(agent, token, atLeast("slots", uint64(max(w.Slots, 0)), 1), layers(w.Confine),
		w.Log.Check(), w.Operations.Check(), w.Trace.Check())
}
