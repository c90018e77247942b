package circuits

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/witness"

	"vadium"
)

// ErrMalformedInput refuses a statement or an input that is not exactly the program's number of canonical scalars.
const ErrMalformedInput vadium.Kind = "input-malformed"

// bindingScalars counts the public inputs a bound program adds to its statement: the request and the prover.
const bindingScalars = 2

// curveID translates our curve into gnark's.
func curveID(c vadium.Curve) (ecc.ID, error) {
	switch c {
	case vadium.BN254:
		return ecc.BN254, nil
	case vadium.BLS12381:
		return ecc.BLS12_381, nil
	}
	return ecc.UNKNOWN, fmt.Errorf("%s is not supported", c)
}

// CheckStatement returns nil when statement is exactly p's number of canonical scalars, else an [ErrMalformedInput].
func CheckStatement(p vadium.Program, statement []byte) error {
	return checkScalars(p.Curve, statement, int(p.Public), "statement")
}

// CheckInput returns nil when input is exactly p's statement and secret scalars, all canonical, else an
// [ErrMalformedInput]. It does not look whether the input satisfies the program: that takes [ProvingKeys.Solve].
func CheckInput(p vadium.Program, input []byte) error {
	return checkScalars(p.Curve, input, int(p.Public)+int(p.Secret), "input")
}

func checkScalars(curve vadium.Curve, scalars []byte, want int, what string) error {
	id, err := curveID(curve)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrMalformedInput, err)
	}
	if len(scalars) != want*vadium.ScalarBytes {
		return fmt.Errorf("%s has %d bytes, the program takes %d scalars of %d bytes: %w",
			what, len(scalars), want, vadium.ScalarBytes, ErrMalformedInput)
	}
	order := id.ScalarField()
	for i := range want {
		if !canonical(scalars[i*vadium.ScalarBytes:(i+1)*vadium.ScalarBytes], order) {
			return fmt.Errorf("scalar %d of the %s is not below the order of %s: %w", i, what, curve, ErrMalformedInput)
		}
	}
	return nil
}

func canonical(scalar []byte, order *big.Int) bool {
	return new(big.Int).SetBytes(scalar).Cmp(order) < 0
}

// BindingInputs returns the two public inputs that tie a bound program's proof to its request and prover: the request
// id with its top three bits cleared, so that the remaining 253 bits fit either scalar field, and the 20 bytes of the
// prover's address. Clearing three bits keeps ids apart: a clash needs about 2^126 attempts.
func BindingInputs(request vadium.RequestID, prover vadium.Account) [2 * vadium.ScalarBytes]byte {
	var b [2 * vadium.ScalarBytes]byte
	copy(b[:vadium.ScalarBytes], request[:])
	b[0] &= 0x1f
	copy(b[2*vadium.ScalarBytes-len(prover):], prover[:])
	return b
}

// PublicInputs returns what a proof of p is verified against: the statement and, for a bound program, the binding to
// request and prover.
func PublicInputs(p vadium.Program, statement []byte, request vadium.RequestID, prover vadium.Account) []byte {
	inputs := append([]byte(nil), statement...)
	if p.Bound {
		binding := BindingInputs(request, prover)
		inputs = append(inputs, binding[:]...)
	}
	return inputs
}

// circuitPublics counts the public inputs of p's circuit.
func circuitPublics(p vadium.Program) int {
	if p.Bound {
		return int(p.Public) + bindingScalars
	}
	return int(p.Public)
}

// newWitness turns canonical scalars, publics first, into gnark's witness.
func newWitness(id ecc.ID, scalars []byte, publics int) (witness.Witness, error) {
	w, err := witness.New(id.ScalarField())
	if err != nil {
		return nil, fmt.Errorf("witness over %s: %w", id, err)
	}
	total := len(scalars) / vadium.ScalarBytes
	values := make(chan any, total)
	for i := range total {
		values <- new(big.Int).SetBytes(scalars[i*vadium.ScalarBytes : (i+1)*vadium.ScalarBytes])
	}
	close(values)
	if err := w.Fill(publics, total-publics, values); err != nil {
		return nil, fmt.Errorf("fill witness: %w", err)
	}
	return w, nil
}
