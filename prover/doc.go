// Package prover is the agent of a prover: it watches the market, prices, asks, proves and delivers.
//
//	agent, err := prover.New(config, prover.Connect(client), engine)
//	err = agent.Run(ctx)
//
// The agent follows the market's public events from a cursor of its own. It opts in to the programs its operator names,
// measures them on this machine, and keeps asks standing for what its free stake backs (prover/pricing). When it is
// assigned a request it fetches the input, solves the witness in a worker process (prover/engine) and answers: accept,
// decline, or "this input does not satisfy". Requests are proven on a bounded number of slots, the earliest deadline
// first, and delivered; a proof is verified before it leaves. If a slot is free, the proof begins beside the solving: the
// answer decides liability and waits for the solved witness, the proof waits for nothing, and it is stopped when the
// answer is no, or comes too late. It is delivered once the request is accepted and the proof is there.
//
// Intent is on disk before the agent acts: in a folder with a log of intents, the proofs that are not delivered yet, and
// a cursor. After a crash at any point it reads the log, looks at what the market says happened, and goes on from there.
// The market's word decides: an assignment it calls accepted is not accepted again, a delivery it is verifying is not
// sent again, and a proof that is on disk is not made again. Inputs are secrets of requesters and never on disk.
//
// Some requests are not cleared over asks: their price climbs until a prover takes it, or provers bid for them. The agent comes
// to those by itself, at what an ask for just that request would be (pursuit). It writes down what it commits to before it
// does, in a log of its own, and promises no stake and no slot twice.
//
// The agent has a circuit breaker: after failures in a row it withdraws its asks for a while instead of losing stake at
// the rate at which requests arrive.
//
// Deadlines are the market's, and the agent reads them against this machine's clock: keep it synchronised.
//
// What it does not do: it opens no vault and moves no stake (its operator does), and it never takes an input, a file or
// an address from anywhere but the market it was given.
package prover
