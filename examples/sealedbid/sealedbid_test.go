package sealedbid

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/circuittest"
)

func scalarsOf(t *testing.T, b bid) []byte {
	t.Helper()
	w, err := b.witness()
	if err != nil {
		t.Fatal(err)
	}
	var scalars []byte
	for _, e := range w.Vector().(fr.Vector) {
		s := e.Bytes()
		scalars = append(scalars, s[:]...)
	}
	return scalars
}

func caseOf(t *testing.T, b bid) *circuittest.Case {
	t.Helper()
	ccs, err := compile()
	if err != nil {
		t.Fatal(err)
	}
	return circuittest.New(vadium.PLONK, vadium.BLS12381, ccs, scalarsOf(t, b))
}

func TestBidsOnTheLimitsAreAcceptedAndOneBeyondIsNot(t *testing.T) {
	for _, c := range []struct {
		bid       uint64
		satisfied bool
	}{{99, false}, {100, true}, {150, true}, {200, true}, {201, false}} {
		err := caseOf(t, bid{tender: 1, bid: c.bid, salt: 5, low: 100, high: 200}).Solve(t)
		if (err == nil) != c.satisfied {
			t.Errorf("bid of %d between 100 and 200: %v, want satisfied = %v", c.bid, err, c.satisfied)
		}
	}
	if caseOf(t, bid{tender: 1, bid: 150, salt: 5, low: 200, high: 100}).Solve(t) == nil {
		t.Error("limits the wrong way round are accepted")
	}
}

func TestNoWireMayChangeAndEveryInputIsConstrained(t *testing.T) {
	c := caseOf(t, bid{tender: 1, bid: 150, salt: 5, low: 100, high: 200})
	if names := c.Unconstrained(); names != nil {
		t.Errorf("in no constraint: %v", names)
	}
	const low, high = 2, 3 // other limits around the bid are other true statements
	for _, i := range c.AcceptedMutations(t, 0, len(c.Scalars)) {
		if i != low && i != high {
			t.Errorf("scalar %d may change unnoticed", i)
		}
	}
}

func TestCircuitFitsTheCeremony(t *testing.T) {
	ccs, err := compile()
	if err != nil {
		t.Fatal(err)
	}
	rows := ccs.GetNbConstraints() + ccs.GetNbPublicVariables()
	if rows > circuits.EthereumDomain {
		t.Errorf("%d rows, the ceremony supports %d", rows, circuits.EthereumDomain)
	}
	t.Logf("%d gates, %d public inputs", ccs.GetNbConstraints(), ccs.GetNbPublicVariables())
}

func TestFilesCanBeRegisteredAndProvenByAnybody(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	file := func(suffix string) string { return filepath.Join(dir, "sealedbid."+suffix) }
	im, err := circuits.Import(circuits.Source{
		Name: "sealed-bid", System: vadium.PLONK, Curve: vadium.BLS12381,
		ConstraintSystem: file("ccs"), ProvingKey: file("pk"), VerifyingKey: file("vk"), Sample: file("witness"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if im.KeyClass() != vadium.KeysUniversal {
		t.Errorf("key class %s, want universal", im.KeyClass())
	}
	if err := circuits.CheckUniversal(im.Program, im.ConstraintSystem, im.VerifyingKey); err != nil {
		t.Error(err)
	}
	if _, err := im.ProveSample(); err != nil {
		t.Error(err)
	}
	bids, err := filepath.Glob(file("*.json"))
	if err != nil || len(bids) != len(tender) {
		t.Fatalf("%d bids in JSON, want %d (%v)", len(bids), len(tender), err)
	}
	for _, path := range bids {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		input, err := circuits.WitnessInput(im.Program, b)
		if err != nil {
			t.Fatal(err)
		}
		ccs, err := compile()
		if err != nil {
			t.Fatal(err)
		}
		if err := circuittest.New(vadium.PLONK, vadium.BLS12381, ccs, input).Solve(t); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
