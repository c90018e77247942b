// Package vadium holds the nouns every part of Vadium shares: money, time, identifiers and refusals.
//
// Vadium is a marketplace for zero-knowledge proofs in which every bid is backed by stake. This package knows
// nothing of markets; it makes sure that the parts which do speak of the same things in the same units:
//
//   - [Amount] is money in base units (10^-18 token), never negative, never a float. Divisions name their rounding.
//   - [Bps] and [Ppm] are fractions.
//   - [Time] and [Duration] are milliseconds. Nothing here reads a clock.
//   - [RequestID], [ProgramID], [Digest] and friends are distinct types, so the compiler catches a swap.
//   - [Kind] is a refusal: the caller asked for something the rules do not allow, and nothing changed.
//
// The package imports neither clock nor randomness, disk nor network, and neither does any core package built on it.
package vadium
