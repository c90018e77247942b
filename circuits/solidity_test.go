package circuits

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"vadium"
)

// That the contract accepts what it should is tested where there is a chain: oracle/contract.
func TestOnlyPlainGroth16OverBN254HasAContract(t *testing.T) {
	for _, v := range variants {
		f := fixtureOf(t, v)
		var contract bytes.Buffer
		err := f.key.ExportSolidity(&contract)
		proof, proofErr := f.key.SolidityProof(f.proof)
		if v == (variant{vadium.Groth16, vadium.BN254, false}) {
			if err != nil || !strings.Contains(contract.String(), "uint256[3] calldata input") {
				t.Errorf("%s: %v, and the contract has no function of three public inputs:\n%s", v, err, contract.String())
			}
			if proofErr != nil || len(proof) != 256 {
				t.Errorf("%s: a proof of %d bytes, %v; want 256", v, len(proof), proofErr)
			}
			continue
		}
		if err == nil || contract.Len() > 0 || proofErr == nil {
			t.Errorf("%s: export = %v after %d bytes, proof = %v; want refusals", v, err, contract.Len(), proofErr)
		}
	}
}

func TestSolidityProofIsWellFormed(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, false})
	for name, proof := range map[string][]byte{"none": nil, "short": f.proof[1:]} {
		if _, err := f.key.SolidityProof(proof); !errors.Is(err, ErrMalformedProof) {
			t.Errorf("%s: %v, want %v", name, err, ErrMalformedProof)
		}
	}
	// Of every second abscissa there is no point.
	refused := 0
	for bit := range 64 {
		broken := bytes.Clone(f.proof)
		broken[1+bit/8] ^= 1 << (bit % 8)
		if _, err := f.key.SolidityProof(broken); errors.Is(err, ErrMalformedProof) {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no proof is off the curve, whatever its first point's abscissa is")
	}
}

// gnark changes the key while it writes the contract; nobody who verifies meanwhile may notice.
func TestExportLeavesTheKeyAlone(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, false})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				if err := f.key.ExportSolidity(new(bytes.Buffer)); err != nil {
					t.Error(err)
				}
				if err := f.key.Verify(f.publics, f.proof); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
