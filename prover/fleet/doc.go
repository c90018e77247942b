// Package fleet lets many workers serve one prover: the engine of this process, and workers in other processes or on
// other machines that pull work from the agent and need no key of its account.
//
//	f := fleet.New(fleet.Config{Local: workers, Slots: 2})    // the agent's engine
//	go f.Serve(ctx, listener, fleet.Door{Token: token})       // where remote workers come in
//
//	w := fleet.NewWorker(fleet.WorkerConfig{...}, fleet.Dial(url, token, nil), engine) // elsewhere
//	err := w.Run(ctx)
//
// A remote worker gets a lease: work, until a time. Its heartbeats renew the lease. A worker that vanishes lets it
// expire, which counts as a failure of its name, and the work goes to the local engine or to another worker; to both,
// where time presses so much that a second vanishing would be noticed too late. More than two never prove one work at
// once. Whoever hands in the first valid proof wins, with whatever lease: a late result
// is of use as long as the work is open, also when the agent was started again meanwhile, because work is named by what
// it is (program, request, prover, input) and every proof is verified here before it counts.
//
// Inputs are requesters' secrets. They go to the worker that holds a lease of them, which keeps them in memory only.
// Programs' files are public; they travel by digest and are checked on arrival. Workers are told which programs are
// served and fetch the files before there is work. One counts as capacity for a program when it has shown that it has
// them. How long a proof took is what passed by the agent's clock, from when its worker had all files until it arrived.
//
// What it does not do: it knows no market, decides nothing about requests, and keeps nothing on disk but the files of
// programs. Leases die with the agent: its log of intents says what is under way.
package fleet
