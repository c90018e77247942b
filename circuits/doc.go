// Package circuits is where statements meet proofs: it holds the catalogue of programs, checks proofs for the market
// and makes them for provers.
//
// The words: a program ([vadium.Program]) is a circuit with its keys. Its statement is the list of public scalars a
// request names; its input is the statement followed by the secret scalars, and only the requester and the assigned
// prover ever see it. Every scalar is 32 bytes, big-endian, below the order of the curve's scalar field, so equal
// values have equal bytes. The circuits of the catalogue are bound: their last two public inputs are the request and
// the prover ([BindingInputs]), so a proof is worth nothing to another prover or for another request.
//
//	vk, err := circuits.LoadVerifyingKey(program, blob)
//	err = vk.Verify(circuits.PublicInputs(program, statement, request, prover), proof)
//
// gnark's readers trust the lengths they read: four bytes in a proof can make them allocate without bound, which kills
// the process and cannot be recovered. So nothing foreign reaches gnark before this package has walked over every byte
// of it: exact length, exact counts, point flags, canonical scalars. What passes is parsed, must serialise back to the
// same bytes, and is verified under recover.
//
// Uniqueness is never keyed on proof bytes: anyone can turn a Groth16 proof (A, B, C) into another valid one of the
// same statement, such as (A/r, rB, C). Key on (statement, request).
//
// The catalogue: circuits/membership, circuits/solvency, circuits/sha256preimage, circuits/pricemedian,
// circuits/clearing. Beside it, found by name only, circuits/provenance. Keys are made by circuits/setup.
// What this package does not do: it never runs a setup for a program somebody else registered, and it never parses
// constraint systems or proving keys in the market's server (those are for the registrant and for provers).
package circuits
