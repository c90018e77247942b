package circuittest

import (
	"testing"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
)

// Keys are Groth16 keys made by one party, for tests only.
type Keys struct {
	pk groth16.ProvingKey
	vk groth16.VerifyingKey
}

// Setup makes Groth16 keys for ccs.
func Setup(t testing.TB, ccs constraint.ConstraintSystem) Keys {
	t.Helper()
	pk, vk, err := groth16.Setup(ccs)
	if err != nil {
		t.Fatalf("setup: %v", err)
	}
	return Keys{pk, vk}
}

// Prove makes a real proof of the case.
func (c *Case) Prove(t testing.TB, keys Keys) groth16.Proof {
	t.Helper()
	proof, err := groth16.Prove(c.CCS, keys.pk, c.Witness(t))
	if err != nil {
		t.Fatalf("prove: %v", err)
	}
	return proof
}

// Verify returns nil when proof proves the case's public inputs.
func (c *Case) Verify(t testing.TB, keys Keys, proof groth16.Proof) error {
	t.Helper()
	public, err := c.Witness(t).Public()
	if err != nil {
		t.Fatal(err)
	}
	return groth16.Verify(proof, keys.vk, public)
}
