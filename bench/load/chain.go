package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"vadium"
	"vadium/circuits"
)

// chainCircuit states: I know X that Rounds rounds of x <- (x + 7 + i)^5, i from 0, turn into Y. It is bound to request and
// prover, as the programs of the catalogue are. What is not constrained: that X is unique.
type chainCircuit struct {
	Y       frontend.Variable `gnark:",public"`
	Request frontend.Variable `gnark:",public"`
	Prover  frontend.Variable `gnark:",public"`
	X       frontend.Variable

	rounds int
}

const (
	constant    = 7
	perRound    = 3 // constraints: a square, its square, and the product
	besides     = 3 // constraints: two bindings and the result
	smallest    = 4
	largest     = 24
	folderMode  = 0o700
	fileMode    = 0o600
	provingKey  = "pk"
	verifying   = "vk"
	constraints = "ccs"
)

// Define implements frontend.Circuit.
func (c *chainCircuit) Define(api frontend.API) error {
	x := c.X
	for i := range c.rounds {
		y := api.Add(x, constant+i)
		square := api.Mul(y, y)
		x = api.Mul(api.Mul(square, square), y)
	}
	api.AssertIsEqual(c.Y, x)
	api.Mul(c.Request, c.Request)
	api.Mul(c.Prover, c.Prover)
	return nil
}

// chain is a program of any size, Groth16 over BN254, with keys on disk. Its constraints cost a prover what those of hash
// chains do.
type chain struct {
	vadium.Program
	// Paths of the files that the manifest names.
	ccsFile, pkFile, vkFile string

	rounds int
}

// ensureChain returns the chain of just under 2^log constraints, 4 <= log <= 24, making its keys in dir if they are not there:
// about half a second of processor time for a thousand constraints.
func ensureChain(dir string, log int) (*chain, error) {
	if log < smallest || log > largest {
		return nil, fmt.Errorf("a chain of 2^%d constraints: the exponent is %d to %d", log, smallest, largest)
	}
	rounds := (1<<log - besides) / perRound
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &chainCircuit{rounds: rounds})
	if err != nil {
		return nil, fmt.Errorf("compile chain: %w", err)
	}
	// Keys belong to one constraint system, so the folder is named after it: gnark may compile differently tomorrow.
	hash := sha256.New()
	if err := circuits.WriteConstraintSystem(hash, ccs); err != nil {
		return nil, err
	}
	p := &chain{rounds: rounds}
	folder := filepath.Join(dir, fmt.Sprintf("chain-%d-%x", log, hash.Sum(nil)[:8]))
	p.ccsFile, p.pkFile, p.vkFile =
		filepath.Join(folder, constraints), filepath.Join(folder, provingKey), filepath.Join(folder, verifying)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		if err := setUp(folder, ccs); err != nil {
			return nil, fmt.Errorf("keys of chain %d: %w", log, err)
		}
	}
	return p, p.manifest(fmt.Sprintf("chain-%d", log), ccs)
}

// setUp makes keys and moves them into place when they are complete.
func setUp(folder string, ccs constraint.ConstraintSystem) (err error) {
	pk, vk, err := groth16.Setup(ccs)
	if err != nil {
		return err
	}
	made := folder + fmt.Sprintf(".%d", os.Getpid())
	if err := os.MkdirAll(made, folderMode); err != nil {
		return err
	}
	defer os.RemoveAll(made)
	var files [3]*os.File
	for i, name := range []string{constraints, provingKey, verifying} {
		if files[i], err = os.OpenFile(filepath.Join(made, name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, fileMode); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, files[i].Close()) }()
	}
	if _, err := circuits.WriteProgram(circuits.Sinks{ConstraintSystem: files[0], ProvingKey: files[1], VerifyingKey: files[2]},
		described("chain"), ccs, pk, vk); err != nil {
		return err
	}
	return os.Rename(made, folder)
}

func described(name string) vadium.Program {
	return vadium.Program{Name: name, System: vadium.Groth16, Curve: vadium.BN254, Bound: true}
}

// manifest describes the files.
func (p *chain) manifest(name string, ccs constraint.ConstraintSystem) error {
	p.Program = described(name)
	p.Constraints, p.Public, p.Secret = uint64(ccs.GetNbConstraints()), 1, uint32(ccs.GetNbSecretVariables())
	for _, file := range []struct {
		path   string
		digest *vadium.Digest
		size   *uint64
	}{
		{p.ccsFile, &p.ConstraintSystem, &p.ConstraintSystemBytes},
		{p.pkFile, &p.ProvingKey, &p.ProvingKeyBytes},
		{p.vkFile, &p.VerifyingKey, &p.VerifyingKeyBytes},
	} {
		content, err := os.ReadFile(file.path)
		if err != nil {
			return err
		}
		*file.digest, *file.size = vadium.DigestOf(content), uint64(len(content))
	}
	p.Sample = vadium.DigestOf(p.inputOf(0))
	return nil
}

// result returns what the rounds turn x into.
func (p *chain) result(x uint64) fr.Element {
	var at fr.Element
	at.SetUint64(x)
	for i := range p.rounds {
		var y, power, step fr.Element
		step.SetUint64(constant + uint64(i))
		y.Add(&at, &step)
		power.Square(&y)
		power.Square(&power)
		at.Mul(&power, &y)
	}
	return at
}

// inputOf returns the input for which X is x: the statement Y, then X.
func (p *chain) inputOf(x uint64) []byte {
	y := p.result(x)
	var secret fr.Element
	secret.SetUint64(x)
	statement, scalar := y.Bytes(), secret.Bytes()
	return append(statement[:], scalar[:]...)
}

// assignment returns the same as a witness for gnark, bound to nobody.
func (p *chain) assignment(x uint64) *chainCircuit {
	return &chainCircuit{Y: p.result(x), Request: 0, Prover: 0, X: x}
}
