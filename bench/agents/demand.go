package main

import (
	"fmt"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// work is a program people want proofs of.
type work struct {
	program vadium.Program
	takes   vadium.Duration // of a proof
	costs   float64         // of a proof, in the numeraire, at a cost index of one
}

var works = []work{
	{vadium.Program{Name: "payments", System: vadium.Groth16, Curve: vadium.BN254, Constraints: 1 << 18, Public: 1}, 12 * vadium.Hour, 6},
	{vadium.Program{Name: "rollup", System: vadium.PLONK, Curve: vadium.BN254, Constraints: 1 << 22, Public: 1}, 30 * vadium.Hour, 16},
}

var programs = []vadium.ProgramID{works[0].program.ID(), works[1].program.ID()}

// workOf returns what a request asks for.
func workOf(q *marketplace.Request) *work {
	for i := range works {
		if programs[i] == q.Program {
			return &works[i]
		}
	}
	panic("invariant: requests are for the programs there are")
}

// effort is how much more or less than usual a request takes to prove: up to a twelfth either way. Who has solved its
// witness knows.
func effort(q *marketplace.Request) float64 { return 1 + (float64(q.ID[0])-127.5)/1_530 }

const requesters = 6

// demand lets requests come in, evenly over the day. What people are ready to pay follows the numeraire: when the token
// falls, fees in tokens rise, and what is at risk with them.
func (r *run) demand() {
	random := r.random("demand")
	them := r.enrol("requesters", "requester")
	for i := range requesters {
		r.admit(them, account(fmt.Sprint("requester ", i)))
	}
	interval := vadium.Day / vadium.Duration(r.perDay)
	n := 0
	var ask func()
	ask = func() {
		by := them.accounts[random.IntN(requesters)]
		w := &works[random.IntN(len(works))]
		worth := tokens(w.costs * (2.4 + 1.6*random.Float64()) / r.weather.tokenAt(r.now))
		var damageCap vadium.Amount
		switch cap, size := random.IntN(20), random.Float64(); {
		case cap < 10:
			damageCap = worth.BpsDown(vadium.Bps(4_000 + 6_000*size))
		case cap < 12:
			damageCap = worth.BpsDown(vadium.Bps(12_000 + 8_000*size))
		}
		left := vadium.Duration(float64(w.takes) * (1.5 + 2.5*random.Float64()))
		jitter := vadium.Duration(random.Int64N(int64(interval)))
		n++
		r.after(jitter, func() { r.submit(them, by, w, n, worth, damageCap, left) })
		if r.now.Add(interval).Before(r.end()) {
			r.after(interval, ask)
		}
	}
	r.after(vadium.Hour, ask)
}

// submit asks for one proof, with money enough to pay for it.
func (r *run) submit(them *party, by vadium.Account, w *work, n int, worth, damageCap vadium.Amount, left vadium.Duration) {
	if r.state.Balance(by).Less(worth) {
		r.fund(them, by, vadium.Tokens(1_000))
	}
	r.do(by, request(n, w, worth, damageCap, r.now.Add(left)))
}

func request(n int, w *work, fee, damageCap vadium.Amount, deadline vadium.Time, allow ...vadium.Account) marketplace.SubmitRequest {
	return marketplace.SubmitRequest{
		ClientID: vadium.HashParts("vadium/bench/agents/request", fmt.Append(nil, n)), Program: w.program.ID(), Statement: make([]byte, w.program.StatementBytes()),
		MaxFee: fee, DamageCap: damageCap, Deadline: deadline, Tier: auction.Immediate, Redundancy: 1, InputHeld: true, Allow: allow,
	}
}
