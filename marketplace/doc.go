// Package marketplace is the core of the market: a decider.
//
// [State.Decide] looks at a command and either refuses it (a [vadium.Kind], nothing changed) or answers with the
// events that make it so. [State.Apply] folds one recorded event in and cannot fail. [State.NextDeadline] replaces
// every timer: when it has passed, the shell sends a [Tick]. Time, seeds, verdicts and whether a blob is held arrive
// as arguments; the package has no clock, no randomness, no disk and no goroutine, so a journal of its events replays
// to the same [State.Digest] on any machine.
//
// A request travels through the phases of [Phase]: it is submitted with its maximal fee in escrow, cleared at once over
// the asks in force, offered to the winner, accepted when the winner has solved the witness, and proven before its
// deadline, late within grace, or never. Each way out settles every unit of escrow and releases or slashes every lock.
// The table of transitions is in request.go, the parameters are in params.go, and what must always hold in
// invariant.go.
//
// What it does not do: verify proofs or signatures, store blobs, keep time, or talk to anyone. The folders beside this
// one do.
package marketplace
