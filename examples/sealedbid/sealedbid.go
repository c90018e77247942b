// Package sealedbid is a user's own program, as one would bring it to Vadium: a small circuit that is not in the
// catalogue, proven with PLONK over BLS12-381. [Write] makes the files that `vadium program register` takes, and so does
//
//	go run ./examples/sealedbid/keys DIR
//
// beside the bids of one tender as JSON, each an input to request a proof of. The keys are made over Ethereum's KZG
// ceremony, so nobody holds a trapdoor and every prover can recompute them.
package sealedbid

import (
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr/mimc"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/scs"

	"vadium/circuits"
)

// Write writes constraint system, keys and a sample witness to dir, all in gnark's own formats, and the bids.
func Write(dir string) error {
	ccs, err := compile()
	if err != nil {
		return err
	}
	pk, vk, err := circuits.SetupUniversal(ccs)
	if err != nil {
		return err
	}
	sample, err := tender[0].witness()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for name, content := range map[string]io.WriterTo{
		"sealedbid.ccs": ccs, "sealedbid.pk": pk, "sealedbid.vk": vk, "sealedbid.witness": sample,
	} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if _, err := content.WriteTo(f); err != nil {
			f.Close()
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	for i, b := range tender {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("sealedbid.bid-%d.json", i+1)), b.json(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// tender holds the bids of one tender, in cents. In real life a salt is drawn at random and both stay with the bidder.
var tender = []bid{
	{tender: 2026, bid: 41_500_000, salt: 7_250_913_648_112_553, low: 10_000_000, high: 90_000_000},
	{tender: 2026, bid: 38_990_000, salt: 1_904_477_250_386_019, low: 10_000_000, high: 90_000_000},
	{tender: 2026, bid: 10_000_000, salt: 5_513_008_841_927_730, low: 10_000_000, high: 90_000_000},
	{tender: 2026, bid: 90_000_000, salt: 8_460_275_519_003_344, low: 10_000_000, high: 90_000_000},
}

func compile() (constraint.ConstraintSystem, error) {
	ccs, err := frontend.Compile(ecc.BLS12_381.ScalarField(), scs.NewBuilder, &Circuit{})
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return ccs, nil
}

// bid is a sealed bid and the limits it is shown to respect.
type bid struct{ tender, bid, salt, low, high uint64 }

func (b bid) commitment() *big.Int {
	h := mimc.NewMiMC()
	for _, v := range []uint64{b.tender, b.bid, b.salt} {
		scalar := fr.NewElement(v)
		bytes := scalar.Bytes()
		h.Write(bytes[:])
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

// json writes the bid as `vadium request submit` takes it.
func (b bid) json() []byte {
	return fmt.Appendf(nil, `{"public": ["%d", "%d", "%d", "%d"], "secret": ["%d", "%d"]}`+"\n",
		b.tender, b.commitment(), b.low, b.high, b.bid, b.salt)
}

func (b bid) witness() (witness.Witness, error) {
	assignment := &Circuit{
		Tender: b.tender, Commitment: b.commitment(), Low: b.low, High: b.high, Bid: b.bid, Salt: b.salt,
	}
	w, err := frontend.NewWitness(assignment, ecc.BLS12_381.ScalarField())
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	return w, nil
}
