// Package verifier checks deliveries: it follows the journal, verifies every proof that arrives, and reports the verdict to
// the sequencer.
//
// It keeps nothing: what is under verification is in the market's state, so it starts with what is pending there and goes
// on with what arrives. Verifying a proof twice is harmless, because the core takes one verdict per delivery. Arrival was
// recorded before, so however long verification takes it makes no prover late.
//
// A verdict is about the prover only if it is about the proof. When we could not check it (its bytes or the key cannot be
// read), the verdict is undecided: the delivery does not count, deadlines move, nobody is punished, and an operator is
// called.
package verifier
