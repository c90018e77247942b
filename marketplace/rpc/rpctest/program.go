package rpctest

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

// cube states: I know X with X^3 + X + 5 = Y. It is bound to request and prover.
type cube struct {
	Y       frontend.Variable `gnark:",public"`
	Request frontend.Variable `gnark:",public"`
	Prover  frontend.Variable `gnark:",public"`
	X       frontend.Variable
}

// Define implements frontend.Circuit.
func (c *cube) Define(api frontend.API) error {
	api.AssertIsEqual(c.Y, api.Add(api.Mul(c.X, c.X, c.X), c.X, 5))
	api.Mul(c.Request, c.Request)
	api.Mul(c.Prover, c.Prover)
	return nil
}

// Program is a small program with real keys.
type Program struct {
	vadium.Program
	ConstraintSystemFile, ProvingKeyFile, VerifyingKeyFile []byte
	// SampleInput is what the program names as its sample.
	SampleInput []byte
	keys        *circuits.ProvingKeys
}

var (
	once   sync.Once
	shared Program
	failed error
)

// NewProgram returns the program; its keys are made once per test binary.
func NewProgram(t testing.TB) Program {
	t.Helper()
	once.Do(func() { shared, failed = makeProgram("cube", &cube{}, cubeInput(3)) })
	if failed != nil {
		t.Fatal(failed)
	}
	return shared
}

func makeProgram(name string, circuit frontend.Circuit, sample []byte) (p Program, err error) {
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, circuit)
	if err != nil {
		return p, err
	}
	pk, vk, err := groth16.Setup(ccs)
	if err != nil {
		return p, err
	}
	var files [3]bytes.Buffer
	p.Program, err = circuits.WriteProgram(circuits.Sinks{ConstraintSystem: &files[0], ProvingKey: &files[1], VerifyingKey: &files[2]},
		vadium.Program{Name: name, System: vadium.Groth16, Curve: vadium.BN254, Bound: true}, ccs, pk, vk)
	if err != nil {
		return p, err
	}
	p.ConstraintSystemFile, p.ProvingKeyFile, p.VerifyingKeyFile = files[0].Bytes(), files[1].Bytes(), files[2].Bytes()
	p.SampleInput, p.Program.Sample = sample, vadium.DigestOf(sample)
	dir, err := os.MkdirTemp("", "rpctest")
	if err != nil {
		return p, err
	}
	defer os.RemoveAll(dir)
	var paths [3]string
	for i := range files {
		paths[i] = filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(paths[i], files[i].Bytes(), 0o600); err != nil {
			return p, err
		}
	}
	p.keys, err = circuits.LoadProvingKeys(p.Program, paths[0], paths[1], paths[2])
	return p, err
}

// Input returns the input that x gives, whose first scalar is the statement.
func (p Program) Input(x int64) []byte { return cubeInput(x) }

func cubeInput(x int64) []byte {
	y := x*x*x + x + 5
	return append(scalar(y), scalar(x)...)
}

func scalar(n int64) []byte { return big.NewInt(n).FillBytes(make([]byte, vadium.ScalarBytes)) }

// Prove returns a proof of an input, bound to request and prover.
func (p Program) Prove(t testing.TB, input []byte, request vadium.RequestID, prover vadium.Account) []byte {
	t.Helper()
	proof, err := p.keys.Prove(input, request, prover)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

// List uploads the program and registers it as key n.
func (m *Market) List(t testing.TB, n byte, p Program) {
	t.Helper()
	c := m.Client(t, n)
	for kind, content := range map[string][]byte{
		client.ConstraintSystem: p.ConstraintSystemFile, client.ProvingKey: p.ProvingKeyFile, client.VerifyingKey: p.VerifyingKeyFile,
		client.Sample: p.SampleInput,
	} {
		if _, err := c.PutBytes(t.Context(), kind, content); err != nil {
			t.Fatal(err)
		}
	}
	proof := p.Prove(t, p.SampleInput, vadium.RequestID{}, vadium.Account{})
	if _, _, err := c.RegisterProgram(t.Context(), p.Program, proof); err != nil {
		t.Fatal(err)
	}
}

// Stake opens a vault of 1,000 tokens for key n, serves the program and places an ask of one token for requests without a
// damage cap.
func (m *Market) Stake(t testing.TB, n byte, p Program) *client.Client {
	t.Helper()
	m.Fund(t, n, 1_000)
	c := m.Client(t, n)
	if _, err := c.OpenVault(t.Context(), marketplace.OpenVault{Junior: vadium.Tokens(1_000), Commission: 8_000}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ServeProgram(t.Context(), p.ID(), 100*vadium.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.PlaceAsk(t.Context(), m.AskFor(p)); err != nil {
		t.Fatal(err)
	}
	return c
}

// AskFor returns an ask of one token for requests of the program without a damage cap.
func (m *Market) AskFor(p Program) marketplace.PlaceAsk {
	ask := marketplace.PlaceAsk{Price: vadium.Tokens(1), Slots: 4, Capacity: 4, ETA: 200 * vadium.Millisecond, Salt: client.NewSalt()}
	m.Sequencer.View(func(s *marketplace.State) {
		ask.Product, _ = s.Listing(p.ID()).Product(auction.Immediate, vadium.Amount{}, vadium.Tokens(5))
		ask.StandUntil = s.Now().Add(vadium.Hour)
	})
	return ask
}

// RequestFor returns a request for a proof of the input x gives, due in a minute, for at most 5 tokens.
func (m *Market) RequestFor(p Program, x int64) marketplace.SubmitRequest {
	input := p.Input(x)
	r := marketplace.SubmitRequest{
		ClientID: client.NewSalt(), Program: p.ID(), Statement: input[:vadium.ScalarBytes], Input: vadium.DigestOf(input),
		MaxFee: vadium.Tokens(5), Tier: auction.Immediate, Redundancy: 1,
	}
	m.Sequencer.View(func(s *marketplace.State) { r.Deadline = s.Now().Add(vadium.Minute) })
	return r
}

// Submit uploads the input and submits the request as key n.
func (m *Market) Submit(t testing.TB, n byte, p Program, x int64) client.Submitted {
	t.Helper()
	c := m.Client(t, n)
	if _, err := c.PutBytes(t.Context(), client.Input, p.Input(x)); err != nil {
		t.Fatal(err)
	}
	submitted, err := c.SubmitRequest(t.Context(), m.RequestFor(p, x))
	if err != nil {
		t.Fatal(err)
	}
	return submitted
}
