// Package binding ties a proof to the request it was made for and the prover that made it.
//
// A circuit of the catalogue embeds [Inputs] after its other public inputs and calls [Inputs.Bind] with those. Merely
// declaring a public input is not enough: gnark leaves one that no constraint mentions unbound, and a Groth16 proof
// then verifies for any value of it. Bind gives every public input a constraint of its own.
package binding

import "github.com/consensys/gnark/frontend"

// Inputs are the last two public inputs of every bound circuit.
type Inputs struct {
	// Request is the request id with its top three bits cleared.
	Request frontend.Variable `gnark:",public"`
	// Prover is the prover's 20-byte address.
	Prover frontend.Variable `gnark:",public"`
}

// Bind constrains request, prover and the statement's public inputs, one squaring each. The row of its own makes each
// public input's polynomial independent of all others, which is what keeps anyone from turning a Groth16 proof of one
// statement into a proof of another without the witness (Baghery, Kohlweiss, Siim, Volkhov: "Another Look at
// Extraction and Randomization of Groth's zk-SNARK", ePrint 2020/811, section 5).
func (in Inputs) Bind(api frontend.API, statement ...frontend.Variable) {
	for _, public := range append(statement, in.Request, in.Prover) {
		api.Mul(public, public)
	}
}
