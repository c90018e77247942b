package circuits

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"

	"vadium"
)

func mustID(t testing.TB, c vadium.Curve) ecc.ID {
	t.Helper()
	id, err := curveID(c)
	must(t, err)
	return id
}

func TestSolveTellsSatisfiedFromUnsatisfied(t *testing.T) {
	eachVariant(t, func(t *testing.T, f *fixture) {
		keys := loadKeys(t, f)
		if err := keys.Solve(f.input, toyRequest, toyProver); err != nil {
			t.Errorf("Solve of an honest input = %v, want nil", err)
		}
		wantKind(t, keys.Solve(scalars(36, 3), toyRequest, toyProver), ErrUnsatisfied, "false statement")
		wantKind(t, keys.Solve(scalars(35), toyRequest, toyProver), ErrMalformedInput, "input without secrets")
		_, err := keys.Prove(scalars(36, 3), toyRequest, toyProver)
		wantKind(t, err, ErrUnsatisfied, "proof of a false statement")
		if keys.Bytes() < int64(len(f.pk)) {
			t.Errorf("Bytes = %d, the proving key alone has %d", keys.Bytes(), len(f.pk))
		}
	})
}

func TestSecretOutsideTheCommittedRangeIsUnsatisfied(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, true})
	const x = 1 << 20 // the first value out of range
	bad := scalars(x*x*x+x+5, x)
	wantKind(t, loadKeys(t, f).Solve(bad, toyRequest, toyProver), ErrUnsatisfied, "2^20")
	const y = x - 1
	if err := loadKeys(t, f).Solve(scalars(y*y*y+y+5, y), toyRequest, toyProver); err != nil {
		t.Errorf("Solve of 2^20-1 = %v, want nil", err)
	}
}

func TestConcurrentProofsVerify(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, true})
	keys := loadKeys(t, f)
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() {
			_, err := keys.Prove(f.input, toyRequest, toyProver) // verifies before it returns
			errs <- err
		}()
	}
	for range cap(errs) {
		must(t, <-errs)
	}
}

func TestDamagedOrSwappedFilesAreNotLoaded(t *testing.T) {
	f := fixtureOf(t, variant{vadium.Groth16, vadium.BN254, false})
	for file := range 3 {
		paths := [3]string{}
		paths[0], paths[1], paths[2] = writeBlobs(t, f)
		content, err := os.ReadFile(paths[file])
		must(t, err)
		content[len(content)/2] ^= 1
		must(t, os.WriteFile(paths[file], content, 0o600))
		if _, err := LoadProvingKeys(f.program, paths[0], paths[1], paths[2]); err == nil {
			t.Errorf("file %d with a flipped bit is loaded", file)
		}
	}
	ccs, pk, vk := writeBlobs(t, f)
	if _, err := LoadProvingKeys(f.program, pk, ccs, vk); err == nil {
		t.Error("swapped files are loaded")
	}
	if _, err := LoadProvingKeys(f.program, ccs+".absent", pk, vk); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent file: %v, want os.ErrNotExist", err)
	}
	wrongCounts := f.program
	wrongCounts.Constraints++
	if _, err := LoadProvingKeys(wrongCounts, ccs, pk, vk); err == nil {
		t.Error("a manifest with another number of constraints is accepted")
	}
}

func TestSameCircuitSerialisesToTheSameBytesAndLeaksNoPath(t *testing.T) {
	for _, v := range variants {
		var first string
		for range 3 {
			var w stringWriter
			must(t, WriteConstraintSystem(&w, compileToy(t, v)))
			if first == "" {
				first = string(w)
			}
			if string(w) != first {
				t.Fatalf("%s: compiling twice gives different bytes", v)
			}
		}
		if wd, err := os.Getwd(); err == nil && strings.Contains(first, wd) {
			t.Errorf("%s: the constraint system carries the path %s", v, wd)
		}
		if strings.Contains(first, "toy_test.go") {
			t.Errorf("%s: the constraint system carries source locations", v)
		}
	}
}
