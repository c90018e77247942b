package circuits

import "vadium"

const (
	// ErrMalformedProof refuses proof bytes that are not the canonical serialisation of a proof under the key: wrong
	// length or counts, a point off the curve or outside its subgroup, a scalar at or above the order.
	ErrMalformedProof vadium.Kind = "proof-malformed"
	// ErrInvalidProof refuses a well-formed proof that does not prove the statement.
	ErrInvalidProof vadium.Kind = "proof-invalid"
)

// plonkClaims counts the openings every PLONK proof claims at one point: the linearised polynomial, l, r, o, s1, s2.
// Each BSB22 commitment adds one.
const plonkClaims = 6

// ProofBytes returns the exact length of a proof under vk.
func (vk *VerifyingKey) ProofBytes() int {
	n := vk.commitments
	if vk.system == vadium.Groth16 {
		return vk.g1() + vk.g2() + vk.g1() + 4 + n*vk.g1() + vk.g1()
	}
	return 8*vk.g1() + 4 + (plonkClaims+n)*vadium.ScalarBytes + vk.g1() + vadium.ScalarBytes + 4 + n*vk.g1()
}

// guardProof walks over a proof in gnark's compressed serialisation. Only bytes that pass may reach gnark's readers.
func (vk *VerifyingKey) guardProof(proof []byte) error {
	w := walk{form: vk.form, rest: proof}
	if len(proof) != vk.ProofBytes() {
		w.fail("proof has %d bytes, want %d", len(proof), vk.ProofBytes())
	}
	if vk.system == vadium.Groth16 {
		w.groth16Proof(vk.commitments)
	} else {
		w.plonkProof(vk.commitments)
	}
	return w.end()
}

// groth16Proof follows (*groth16.Proof).WriteTo: A, B, C, the BSB22 commitments, their proof of knowledge.
func (w *walk) groth16Proof(commitments int) {
	w.point("A", w.g1(), neverInfinity)
	w.point("B", w.g2(), neverInfinity)
	w.point("C", w.g1(), neverInfinity)
	w.count("commitments", commitments)
	for range commitments {
		w.point("commitment", w.g1(), neverInfinity)
	}
	knowledge := neverInfinity
	if commitments == 0 {
		knowledge = alwaysInfinity // gnark writes the unused point as infinity; any other value would be malleable
	}
	w.point("proof of knowledge", w.g1(), knowledge)
}

// plonkProof follows (*plonk.Proof).WriteTo.
func (w *walk) plonkProof(commitments int) {
	for _, name := range []string{"L", "R", "O", "Z", "H0", "H1", "H2", "batched opening"} {
		w.point(name, w.g1(), neverInfinity)
	}
	w.count("claimed values", plonkClaims+commitments)
	for range plonkClaims + commitments {
		w.scalar("claimed value")
	}
	w.point("shifted opening", w.g1(), neverInfinity)
	w.scalar("shifted claimed value")
	w.count("commitments", commitments)
	for range commitments {
		w.point("commitment", w.g1(), neverInfinity)
	}
}
