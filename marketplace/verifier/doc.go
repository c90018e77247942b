// Package verifier checks deliveries: it follows the journal, verifies every proof that arrives, and reports the verdict to
// the sequencer.
//
// It keeps nothing: what is under verification is in the market's state, so it starts with what is pending there and goes
// on with what arrives. Verifying a proof twice is harmless, because the core takes one verdict per delivery. Arrival was
// recorded before, so however long verification takes it makes no prover late.
//
// Deliveries wait in a bounded queue; when it is full, reading the journal stops, and nothing else. Those of one program
// that wait at the same time are verified together ([circuits.VerifyingKey.VerifyBatch]).
//
// What verifies them is a [Checker]. A market uses [Children], processes that may compute and nothing else, because no guard
// is so good that a market should bet its life on it:
//
//	children, err := verifier.StartChildren(ctx, verifier.Limits{})
//	err = verifier.New(verifier.Config{Market: market, Blobs: blobs, Checker: children}).Run(ctx)
//
// A verdict is about the prover only if it is about the proof. When we could not check it (its bytes or the key cannot be
// read, or it killed two children), the verdict is undecided: the delivery does not count, deadlines move, nobody is punished,
// and an operator is called. The market counts them and ends an assignment after a few. Who delivered what killed children is a suspect for an hour: its deliveries are judged alone, one at
// a time, with growing pauses, so that others keep their verifiers.
package verifier
