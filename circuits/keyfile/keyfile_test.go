package keyfile_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"vadium"
	"vadium/circuits/keyfile"
)

// circuit multiplies X with itself many times; with Committed it has a commitment too.
type circuit struct {
	Y         frontend.Variable `gnark:",public"`
	X         frontend.Variable
	steps     int
	committed bool
}

func (c *circuit) Define(api frontend.API) error {
	x := c.X
	for range c.steps {
		x = api.Mul(x, c.X)
	}
	if c.committed {
		commitment, err := api.(frontend.Committer).Commit(c.X, x)
		if err != nil {
			return err
		}
		api.AssertIsDifferent(commitment, 0)
	}
	api.AssertIsEqual(x, c.Y)
	return nil
}

// made is a program's key as gnark has it, and its blob.
type made struct {
	program vadium.Program
	ccs     constraint.ConstraintSystem
	pk      groth16.ProvingKey
	vk      groth16.VerifyingKey
	blob    string
}

func setup(t *testing.T, curve vadium.Curve, committed bool) made {
	t.Helper()
	id := map[vadium.Curve]ecc.ID{vadium.BN254: ecc.BN254, vadium.BLS12381: ecc.BLS12_381}[curve]
	ccs, err := frontend.Compile(id.ScalarField(), r1cs.NewBuilder[constraint.U64], &circuit{steps: 1 << 10, committed: committed})
	must(t, err)
	pk, vk, err := groth16.Setup(ccs)
	must(t, err)
	m := made{ccs: ccs, pk: pk, vk: vk, blob: filepath.Join(t.TempDir(), "proving.key")}
	f, err := os.Create(m.blob)
	must(t, err)
	_, err = pk.WriteRawTo(f)
	must(t, err)
	must(t, f.Close())
	content, err := os.ReadFile(m.blob)
	must(t, err)
	m.program = vadium.Program{
		Name: "powers", System: vadium.Groth16, Curve: curve, ProvingKey: vadium.DigestOf(content), ProvingKeyBytes: uint64(len(content)),
	}
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func each(t *testing.T, do func(t *testing.T, m made)) {
	t.Helper()
	for name, row := range map[string]struct {
		curve     vadium.Curve
		committed bool
	}{
		"BN254": {vadium.BN254, false}, "BN254 with a commitment": {vadium.BN254, true},
		"BLS12-381": {vadium.BLS12381, false}, "BLS12-381 with a commitment": {vadium.BLS12381, true},
	} {
		t.Run(name, func(t *testing.T) { do(t, setup(t, row.curve, row.committed)) })
	}
}

// The FFT's tables included, which gnark-crypto does not let one set.
func TestAMappedKeyIsGnarksKeyAndProves(t *testing.T) {
	each(t, func(t *testing.T, m made) {
		f, err := keyfile.Ensure(t.Context(), m.blob, m.program, time.Minute)
		must(t, err)
		key, unmap, err := keyfile.Map(f, m.program)
		must(t, err)
		must(t, f.Close())
		if !reflect.DeepEqual(key, m.pk) {
			t.Error("the mapped key differs from gnark's")
		}
		field := m.ccs.Field()
		assignment := &circuit{X: 1, Y: 1}
		full, err := frontend.NewWitness(assignment, field)
		must(t, err)
		public, err := full.Public()
		must(t, err)
		proof, err := groth16.Prove(m.ccs, key, full)
		must(t, err)
		if err := groth16.Verify(proof, m.vk, public); err != nil {
			t.Errorf("a proof made with a mapped key: %v", err)
		}
		must(t, unmap())
	})
}

func TestAKeyFileIsItsOwnersToReadOnly(t *testing.T) {
	m := setup(t, vadium.BN254, false)
	f, err := keyfile.Ensure(t.Context(), m.blob, m.program, time.Minute)
	must(t, err)
	defer f.Close()
	info, err := f.Stat()
	must(t, err)
	if info.Mode().Perm() != 0o400 {
		t.Errorf("mode = %v, want 0400", info.Mode().Perm())
	}
	left, err := os.ReadDir(filepath.Dir(m.blob))
	must(t, err)
	if len(left) != 3 { // blob, key file, record
		t.Errorf("the folder holds %v, want three files", left)
	}
}

func TestADamagedKeyFileIsRefusedAndMadeAgain(t *testing.T) {
	m := setup(t, vadium.BN254, true)
	path := m.blob + keyfile.Suffix
	other := setup(t, vadium.BN254, false)
	must(t, keyfile.Import(t.Context(), other.blob, other.program))
	foreign, err := os.ReadFile(other.blob + keyfile.Suffix)
	must(t, err)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	rows := map[string]func([]byte) []byte{
		"empty":            func([]byte) []byte { return nil },
		"half a header":    func(b []byte) []byte { return b[:2048] },
		"a header only":    func(b []byte) []byte { return b[:4096] },
		"a byte too short": func(b []byte) []byte { return b[:len(b)-1] },
		"a page too long":  func(b []byte) []byte { return append(b, make([]byte, 4096)...) },
		"another key":      func([]byte) []byte { return foreign },
		"zeroes":           func(b []byte) []byte { return make([]byte, len(b)) },
	}
	for _, at := range []string{"in the header", "in the points"} {
		rows["a flipped bit "+at] = func(b []byte) []byte {
			i := 4096 + random.IntN(len(b)-4096)
			if at == "in the header" {
				i = random.IntN(4096)
			}
			b[i] ^= 1 << random.IntN(8)
			return b
		}
	}
	for name, damage := range rows {
		f, err := keyfile.Ensure(t.Context(), m.blob, m.program, time.Minute)
		must(t, err)
		must(t, f.Close())
		content, err := os.ReadFile(path)
		must(t, err)
		must(t, os.Remove(path))
		must(t, os.WriteFile(path, damage(content), 0o600))
		if f, err := keyfile.Open(t.Context(), path, m.program); !errors.Is(err, keyfile.ErrForeign) {
			t.Errorf("Open, %s = %v, want %v", name, err, keyfile.ErrForeign)
			if err == nil {
				_ = f.Close()
			}
		}
		f, err = keyfile.Ensure(t.Context(), m.blob, m.program, time.Minute)
		if err != nil {
			t.Errorf("Ensure, %s = %v, want it made again", name, err)
			continue
		}
		_, unmap, err := keyfile.Map(f, m.program)
		must(t, err)
		must(t, unmap())
		must(t, f.Close())
	}
}

// Map itself looks at header and size before it maps, so that no page is missing behind a slice.
func TestACutFileIsNotMapped(t *testing.T) {
	m := setup(t, vadium.BN254, false)
	must(t, keyfile.Import(t.Context(), m.blob, m.program))
	path := m.blob + keyfile.Suffix
	must(t, os.Chmod(path, 0o600))
	info, err := os.Stat(path)
	must(t, err)
	for _, size := range []int64{0, 100, 4096, info.Size() - 1, info.Size() + 1} {
		must(t, os.Truncate(path, size))
		f, err := os.Open(path)
		must(t, err)
		if _, _, err := keyfile.Map(f, m.program); !errors.Is(err, keyfile.ErrForeign) {
			t.Errorf("Map of %d bytes = %v, want %v", size, err, keyfile.ErrForeign)
		}
		must(t, f.Close())
	}
}

func TestABlobThatIsNotTheManifestsIsNotImported(t *testing.T) {
	each(t, func(t *testing.T, m made) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		content, err := os.ReadFile(m.blob)
		must(t, err)
		for i := range 40 {
			damaged := append([]byte(nil), content...)
			switch i % 3 {
			case 0:
				damaged = damaged[:random.IntN(len(damaged))]
			case 1:
				damaged[random.IntN(len(damaged))] ^= 1 << random.IntN(8)
			case 2: // lengths are announced near the beginning, too
				copy(damaged[random.IntN(2000):], []byte{0xff, 0xff, 0xff, 0xff})
			}
			must(t, os.WriteFile(m.blob, damaged, 0o600))
			if err := keyfile.Import(t.Context(), m.blob, m.program); !errors.Is(err, keyfile.ErrMalformed) {
				t.Errorf("Import of mutant %d = %v, want %v", i, err, keyfile.ErrMalformed)
			}
			if _, err := os.Stat(m.blob + keyfile.Suffix); !errors.Is(err, os.ErrNotExist) {
				t.Fatalf("mutant %d left a key file behind", i)
			}
		}
	})
}

// fading is a context that ends when it has been looked at a number of times.
type fading struct {
	context.Context //nolint:containedctx // it is one
	looks           atomic.Int64
}

func (f *fading) Err() error {
	if f.looks.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Whoever waits for an import may lose patience at any moment of it, and nothing is left behind.
func TestAnImportThatIsCancelledLeavesNothing(t *testing.T) {
	m := setup(t, vadium.BN254, true)
	const enough = 1000
	for looks := range enough {
		ctx := &fading{Context: t.Context()}
		ctx.looks.Store(int64(looks))
		err := keyfile.Import(ctx, m.blob, m.program)
		if err == nil {
			if looks < 3 {
				t.Errorf("an import of %d bytes looks at its context %d times", m.program.ProvingKeyBytes, looks)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("Import, cancelled at look %d = %v, want %v", looks, err, context.Canceled)
		}
		left, err := os.ReadDir(filepath.Dir(m.blob))
		must(t, err)
		if len(left) != 1 {
			t.Fatalf("cancelled at look %d, it left %v", looks, left)
		}
	}
	t.Errorf("an import was not done after %d looks at its context", enough)
}

func TestEnsureEndsWithItsContextAndAtItsLimit(t *testing.T) {
	m := setup(t, vadium.BN254, false)
	if _, err := keyfile.Ensure(t.Context(), m.blob, m.program, 1); !errors.Is(err, keyfile.ErrSlow) {
		t.Errorf("Ensure within a nanosecond = %v, want %v", err, keyfile.ErrSlow)
	}
	release := keyfile.Hold() // another import
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := keyfile.Ensure(ctx, m.blob, m.program, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ensure behind another import = %v, want the caller's deadline", err)
	}
	release()
	f, err := keyfile.Ensure(t.Context(), m.blob, m.program, time.Minute)
	must(t, err)
	must(t, f.Close())
}
