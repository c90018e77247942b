//go:build prover_checks

package pricemedian_test

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/pricemedian"
	"vadium/circuits/setup"
	"vadium/oracle"
)

// From keys to a verified proof, as a feed's leader and the market do it. Keys for 57,000 constraints take a while: with
// the tag only, and these are all that this package's tests make. The larger circuits are the same code with more slots;
// their proofs are in bench.
func TestProofHoldsForItsReportRequestAndProverOnly(t *testing.T) {
	entry, err := circuits.Lookup(pricemedian.ProgramName(7))
	if err != nil {
		t.Fatal(err)
	}
	made, err := setup.Ensure(t.Context(), t.TempDir(), entry, nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := circuits.LoadProvingKeys(made.Program, made.ConstraintSystem, made.ProvingKey, made.VerifyingKey)
	if err != nil {
		t.Fatal(err)
	}
	scope := oracle.ScopeOf(vadium.Salt{4}, oracle.FeedID{'E', 'T', 'H', '/', 'U', 'S', 'D'})
	var seats []oracle.Key
	var signed []oracle.Signed
	for i := range 6 {
		key, err := pricemedian.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{byte(i + 1)}, 32)))
		if err != nil {
			t.Fatal(err)
		}
		seats = append(seats, key.Key())
		if i == 2 {
			continue
		}
		value := vadium.NewAmount(uint64(300_000_000_000 + 5_000_000_000*i))
		s, err := key.Sign(oracle.Observation{Scope: scope, Round: 12, Value: value, At: vadium.Time(1_764_000_000_000 + 10*i)})
		if err != nil {
			t.Fatal(err)
		}
		signed = append(signed, s)
	}
	report, input, err := pricemedian.Build(7, seats, 5, 250, signed)
	if err != nil {
		t.Fatal(err)
	}
	if report.Present != 0b111011 || report.Flags != 0b100011 {
		t.Errorf("present %b, flags %b, want 111011 and 100011", report.Present, report.Flags)
	}

	request, prover := vadium.RequestID{0: 0xee, 5: 1}, vadium.Account{7}
	proof, err := keys.Prove(input, request, prover)
	if err != nil {
		t.Fatal(err)
	}
	p, vk := keys.Program(), keys.VerifyingKey()
	verify := func(r oracle.Report, request vadium.RequestID, prover vadium.Account) error {
		return vk.Verify(circuits.PublicInputs(p, pricemedian.Statement(r), request, prover), proof)
	}
	if err := verify(report, request, prover); err != nil {
		t.Fatalf("an honest proof: %v", err)
	}
	if int(p.Public) != pricemedian.StatementScalars || len(proof) > 256 {
		t.Errorf("%d public scalars and a proof of %d bytes, want %d and at most 256", p.Public, len(proof), pricemedian.StatementScalars)
	}
	if verify(report, vadium.RequestID{}, prover) == nil || verify(report, request, vadium.Account{8}) == nil {
		t.Error("the proof serves another request or prover")
	}
	for i, change := range []func(*oracle.Report){
		func(r *oracle.Report) { r.Scope[31] ^= 1 },
		func(r *oracle.Report) { r.Round++ },
		func(r *oracle.Report) { r.Committee[31] ^= 1 },
		func(r *oracle.Report) { r.Median = r.Median.MustAdd(vadium.NewAmount(1)) },
		func(r *oracle.Report) { r.Oldest++ },
		func(r *oracle.Report) { r.Newest-- },
		func(r *oracle.Report) { r.Present ^= 0b100 },
		func(r *oracle.Report) { r.Quorum-- },
		func(r *oracle.Report) { r.Outlier++ },
		func(r *oracle.Report) { r.Flags ^= 1 },
	} {
		other := report
		change(&other)
		if bytes.Equal(pricemedian.Statement(other), pricemedian.Statement(report)) {
			t.Errorf("field %d is not in the statement", i)
		}
		if verify(other, request, prover) == nil {
			t.Errorf("the proof also proves another report: %+v", other)
		}
	}

	// A scalar and the same scalar plus the field's order are one to a verifier, and one of them is refused as malformed.
	alias := circuits.PublicInputs(p, pricemedian.Statement(report), request, prover)
	quorum := alias[7*vadium.ScalarBytes : 8*vadium.ScalarBytes]
	new(big.Int).Add(new(big.Int).SetBytes(quorum), fr.Modulus()).FillBytes(quorum)
	if err := vk.Verify(alias, proof); !errors.Is(err, circuits.ErrMalformedInput) {
		t.Errorf("a statement with a quorum above the field's order: %v, want ErrMalformedInput", err)
	}
	if err := circuits.CheckStatement(p, alias[:pricemedian.StatementScalars*vadium.ScalarBytes]); !errors.Is(err, circuits.ErrMalformedInput) {
		t.Errorf("CheckStatement of it: %v, want ErrMalformedInput", err)
	}

	// The market's own sample, with which provers try the program.
	sample, err := entry.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Solve(sample, request, prover); err != nil {
		t.Errorf("the sample: %v", err)
	}
}
