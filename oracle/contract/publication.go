package contract

import (
	"fmt"
	"io"
	"math/big"

	"vadium"
	"vadium/circuits"
)

// publicInputs are a price-median program's: ten of the report, then the request and the prover of the binding.
const publicInputs = 12

// ExportVerifier writes the source of the contract that verifies the proofs of a price-median program: what gnark makes of
// its verifying key, the blob that the program's manifest names. The contract is called Verifier.
func ExportVerifier(to io.Writer, program vadium.Program, key []byte) error {
	vk, err := circuits.LoadVerifyingKey(program, key)
	if err != nil {
		return err
	}
	if got := int(program.Public) + 2; !program.Bound || got != publicInputs {
		return fmt.Errorf("a feed's contract takes %d public inputs, request and prover among them; program %s is none of a feed's (price-median-7, -16 or -31)",
			publicInputs, program.Name)
	}
	return vk.ExportSolidity(to)
}

// Publication returns the data of the call that publishes a round: publics are the public inputs that the proof was made
// for, those of circuits.PublicInputs, and proof is as the market keeps it. A proof that does not verify is refused here,
// where it costs no gas.
func Publication(key *circuits.VerifyingKey, publics, proof []byte) ([]byte, error) {
	if err := key.Verify(publics, proof); err != nil {
		return nil, err
	}
	points, err := key.SolidityProof(proof)
	if err != nil {
		return nil, err
	}
	report, err := ReportOf(publics)
	if err != nil {
		return nil, err
	}
	return NewPriceFeed().PackPublish(report, points), nil
}

// ReportOf returns public inputs, scalars of 32 bytes, as the contract names them.
func ReportOf(publics []byte) (PriceFeedReport, error) {
	if len(publics) != publicInputs*vadium.ScalarBytes {
		return PriceFeedReport{}, fmt.Errorf("%d bytes of public inputs, a report has %d scalars of %d",
			len(publics), publicInputs, vadium.ScalarBytes)
	}
	next := func() *big.Int {
		scalar := new(big.Int).SetBytes(publics[:vadium.ScalarBytes])
		publics = publics[vadium.ScalarBytes:]
		return scalar
	}
	return PriceFeedReport{
		Scope: next(), Round: next(), Committee: next(), Median: next(), Oldest: next(), Newest: next(),
		Present: next(), Quorum: next(), Outlier: next(), Flags: next(), Request: next(), Prover: next(),
	}, nil
}
