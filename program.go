package vadium

import (
	"fmt"

	"github.com/ethereum/go-ethereum/rlp"
)

// ProofSystem says how a program is proven. The numbers are persisted and never reused.
type ProofSystem uint8

// Proof systems.
const (
	Groth16 ProofSystem = 1
	PLONK   ProofSystem = 2
)

// String returns the name as people write it.
func (s ProofSystem) String() string {
	switch s {
	case Groth16:
		return "groth16"
	case PLONK:
		return "plonk"
	}
	return fmt.Sprintf("proof system %d", uint8(s))
}

// MarshalText writes the name.
func (s ProofSystem) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *ProofSystem) UnmarshalText(text []byte) error {
	switch string(text) {
	case "groth16":
		*s = Groth16
	case "plonk":
		*s = PLONK
	default:
		return fmt.Errorf("proof system %q is unknown (known: groth16, plonk)", text)
	}
	return nil
}

// Curve is the pairing-friendly curve a program is proven over. The numbers are persisted and never reused.
type Curve uint8

// Curves.
const (
	BN254    Curve = 1
	BLS12381 Curve = 2
)

// String returns the name as people write it.
func (c Curve) String() string {
	switch c {
	case BN254:
		return "bn254"
	case BLS12381:
		return "bls12-381"
	}
	return fmt.Sprintf("curve %d", uint8(c))
}

// MarshalText writes the name.
func (c Curve) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Curve) UnmarshalText(text []byte) error {
	switch string(text) {
	case "bn254":
		*c = BN254
	case "bls12-381":
		*c = BLS12381
	default:
		return fmt.Errorf("curve %q is unknown (known: bn254, bls12-381)", text)
	}
	return nil
}

// KeyClass says who vouches that nobody can forge proofs under a program's keys. The numbers are persisted and never
// reused.
type KeyClass uint8

// Key classes. Only [KeysRegistrant] carries no damage cap and no punitive penalty: anyone could register a key whose
// trapdoor they hold.
const (
	// KeysOperator: the market's operator ran the setup alone, and is trusted with the market's money anyway.
	KeysOperator KeyClass = 1
	// KeysUniversal: PLONK keys over a structured reference string from a public ceremony, pinned by digest.
	KeysUniversal KeyClass = 2
	// KeysRegistrant: whoever registered the program made the keys.
	KeysRegistrant KeyClass = 3
)

// String returns the name as people write it.
func (c KeyClass) String() string {
	switch c {
	case KeysOperator:
		return "operator"
	case KeysUniversal:
		return "universal"
	case KeysRegistrant:
		return "registrant"
	}
	return fmt.Sprintf("key class %d", uint8(c))
}

// MarshalText writes the name.
func (c KeyClass) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *KeyClass) UnmarshalText(text []byte) error {
	for _, class := range []KeyClass{KeysOperator, KeysUniversal, KeysRegistrant} {
		if class.String() == string(text) {
			*c = class
			return nil
		}
	}
	return fmt.Errorf("key class %q is unknown (known: operator, universal, registrant)", text)
}

// ScalarBytes is the length of a scalar in statements and inputs: 32 bytes, big-endian, canonical (below the order of
// the curve's scalar field).
const ScalarBytes = 32

// Program is the manifest of what is proven. Its digest is its name, so whoever holds a [ProgramID] can check every
// byte they are served.
type Program struct {
	// Name is for people; it is part of the identity but not unique.
	Name   string      `json:"name"`
	System ProofSystem `json:"system"`
	Curve  Curve       `json:"curve"`
	// Constraints is the number of rows of the constraint system.
	Constraints uint64 `json:"constraints"`
	// Public counts the scalars of a statement: the public inputs a request names. A bound program's circuit has two
	// more, see Bound.
	Public uint32 `json:"public"`
	// Secret counts the secret scalars, which follow the statement in an input blob.
	Secret uint32 `json:"secret"`
	// Bound says that the circuit's last two public inputs are the request and the prover, in real constraints, so a
	// proof cannot be replayed for another request or by another prover.
	Bound bool `json:"bound"`
	// ConstraintSystem, ProvingKey and VerifyingKey name blobs in canonical serialisation.
	ConstraintSystem      Digest `json:"constraintSystem"`
	ConstraintSystemBytes uint64 `json:"constraintSystemBytes"`
	ProvingKey            Digest `json:"provingKey"`
	ProvingKeyBytes       uint64 `json:"provingKeyBytes"`
	VerifyingKey          Digest `json:"verifyingKey"`
	VerifyingKeyBytes     uint64 `json:"verifyingKeyBytes"`
	// Sample names a public input blob that satisfies the program: the registrant's proof of it shows that the keys work,
	// and provers measure themselves with it.
	Sample Digest `json:"sample"`
}

// ID returns the SHA-256 of the manifest's canonical encoding.
func (p Program) ID() ProgramID {
	encoded, err := rlp.EncodeToBytes(&p)
	if err != nil {
		panic(fmt.Sprintf("invariant: a program manifest always encodes: %v", err))
	}
	return HashParts("vadium/program/v1", encoded)
}

// InputBytes returns the exact length of an input blob: statement and secret scalars.
func (p Program) InputBytes() int { return (int(p.Public) + int(p.Secret)) * ScalarBytes }

// StatementBytes returns the exact length of a statement.
func (p Program) StatementBytes() int { return int(p.Public) * ScalarBytes }
