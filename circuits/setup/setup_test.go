package setup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/consensys/gnark/frontend"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/binding"
)

// square states: I know a square root of Y.
type square struct {
	Y       frontend.Variable `gnark:",public"`
	Binding binding.Inputs
	X       frontend.Variable
}

func (c *square) Define(api frontend.API) error {
	c.Binding.Bind(api, c.Y)
	api.AssertIsEqual(c.Y, api.Mul(c.X, c.X))
	return nil
}

var entry = circuits.Entry{
	Name: "square", Says: "I know a square root", System: vadium.Groth16, Curve: vadium.BN254,
	Statement: []string{"y"}, Circuit: func() frontend.Circuit { return new(square) },
	Sample: func() ([]byte, error) {
		input := make([]byte, 64)
		input[31], input[63] = 9, 3
		return input, nil
	},
}

func ensure(t *testing.T, dir string) Keys {
	t.Helper()
	keys, err := Ensure(t.Context(), dir, entry, nil)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestKeysAreMadeOnceAndWork(t *testing.T) {
	dir := t.TempDir()
	first := ensure(t, dir)
	second := ensure(t, dir)
	if !first.Made || second.Made {
		t.Errorf("Made = %v then %v, want true then false", first.Made, second.Made)
	}
	if first.Program.ID() != second.Program.ID() {
		t.Error("the second call returned another program")
	}
	if p := first.Program; p.Public != 1 || p.Secret != 1 || !p.Bound || p.Name != "square" {
		t.Errorf("manifest %+v, want 1 public, 1 secret, bound", p)
	}
	k, err := circuits.LoadProvingKeys(second.Program, second.ConstraintSystem, second.ProvingKey, second.VerifyingKey)
	if err != nil {
		t.Fatal(err)
	}
	input := make([]byte, 64)
	input[31], input[63] = 49, 7
	if _, err := k.Prove(input, vadium.RequestID{1}, vadium.Account{2}); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".making-*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestProcessesThatRaceMakeOneSetOfKeys(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	keys := make([]Keys, 4)
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = Ensure(t.Context(), dir, entry, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	made := 0
	for _, k := range keys {
		if k.Made {
			made++
		}
		if k.Program != keys[0].Program {
			t.Error("two callers got different programs")
		}
	}
	if made != 1 {
		t.Errorf("the setup ran %d times, want once", made)
	}
}

func TestDamagedCacheIsAnErrorWithAHintAndNotANewSetup(t *testing.T) {
	for _, file := range []string{manifestFile, constraintsFile, provingFile, verifyingFile} {
		dir := t.TempDir()
		keys := ensure(t, dir)
		path := filepath.Join(filepath.Dir(keys.ProvingKey), file)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if file == manifestFile {
			content = bytes.Replace(content, []byte(`"secret": 1`), []byte(`"secret": 2`), 1)
		} else {
			content[len(content)/3] ^= 0x20
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Ensure(t.Context(), dir, entry, nil); err == nil || !strings.Contains(err.Error(), "delete ") {
			t.Errorf("damaged %s: %v, want an error that says what to do", file, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := Ensure(t.Context(), dir, entry, nil); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("absent %s: %v, want os.ErrNotExist", file, err)
		}
	}
}

func TestAChangedCircuitGetsKeysOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	before := ensure(t, dir)
	changed := entry
	changed.Circuit = func() frontend.Circuit { return new(cube) }
	after, err := Ensure(t.Context(), dir, changed, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !after.Made || after.ProvingKey == before.ProvingKey {
		t.Error("a changed circuit was served the old keys")
	}
	if again := ensure(t, dir); again.Made {
		t.Error("the old keys are gone")
	}
}

type cube square

func (c *cube) Define(api frontend.API) error {
	c.Binding.Bind(api, c.Y)
	api.AssertIsEqual(c.Y, api.Mul(c.X, c.X, c.X))
	return nil
}

func TestProgressNamesTheStagesAndACancelledSetupLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	var stages []Stage
	if _, err := Ensure(t.Context(), dir, entry, func(p Progress) { stages = append(stages, p.Stage) }); err != nil {
		t.Fatal(err)
	}
	want := []Stage{StageCompiling, StageSetup, StageWriting, StageChecking, StageReady}
	if got := slices.Compact(stages); !slices.Equal(got, want) {
		t.Errorf("stages %v, want %v", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	dir = t.TempDir()
	_, err := Ensure(ctx, dir, entry, func(p Progress) {
		if p.Stage == StageSetup {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) && err != nil {
		t.Errorf("cancelled setup: %v, want context.Canceled", err)
	}
	if err != nil {
		if keys := ensure(t, dir); !keys.Made {
			t.Error("a cancelled setup left keys")
		}
	}
}
