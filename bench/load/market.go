package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
)

// market is a real market under load: a process of the binary people run, and who takes part in it.
type market struct {
	binary string
	dir    string // the market's folder; empty when the market is somebody else's
	server *process
	url    string
	// profiles is where profiles go, operations where they come from; empty: none are taken.
	profiles, operations string

	operator   *client.Client
	domain     signing.Domain
	program    cube
	requesters []signing.Key
	provers    []signing.Key
	setUp      uint64 // position of the last record before the load
}

// How many take part. Sixty-four provers with as many slots as one may ask for have room for every request of a pass, so
// that each submission is cleared and assigned; 64 requesters are enough that nobody's limits are met.
const (
	requesterCount = 64
	proverCount    = 64
	slots          = 1_024
	provingTime    = 100 * vadium.Millisecond
)

var (
	maxFee    = vadium.Tokens(5)
	damageCap = vadium.Tokens(1)
	// product is what requests and asks of a load are for.
	product = auction.Product{Size: auction.SizeOf(provingTime), Tier: auction.Immediate, Stake: auction.StakeTierOf(damageCap, maxFee)}
)

// loadParams are the defaults but for what would end a run: simulated provers that do not answer are left in peace, and
// one requester may have as many open requests as the rules allow at all.
func loadParams() marketplace.Params {
	p := marketplace.DefaultParams()
	p.AcceptWindow = 10 * vadium.Minute
	p.HeartbeatWithin = vadium.Hour
	p.MaxOpenRequests = 100_000
	return p
}

// startMarket creates a market in a folder and serves it.
func startMarket(ctx context.Context, binary, dir, profiles string) (m *market, err error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, err
	}
	m = &market{binary: binary, dir: filepath.Join(dir, "market"), profiles: profiles}
	params, err := json.Marshal(loadParams())
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "params.json")
	if err := os.WriteFile(file, params, 0o600); err != nil {
		return nil, err
	}
	account := crypto.PubkeyToAddress(key.PublicKey)
	if out, err := exec.CommandContext(ctx, binary, "market", "init", m.dir, "--operator", account.Hex(), "--params", file).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("create the market: %w: %s", err, out)
	}
	if err := m.serve(ctx); err != nil {
		return nil, err
	}
	if err := m.populate(ctx, key); err != nil {
		return nil, errors.Join(err, m.stop())
	}
	return m, nil
}

// callsInHand is more than the 1,024 clients of the largest run: they are to wait for the market, not to be turned away.
const callsInHand = "2048"

// serve starts the market's process.
func (m *market) serve(ctx context.Context) (err error) {
	args := []string{"--json", "market", "serve", m.dir, "--listen", "127.0.0.1:0", "--log", "warn", "--calls", callsInHand}
	if m.profiles != "" {
		if m.operations, err = freeAddress(ctx); err != nil {
			return err
		}
		args = append(args, "--operations-listen", m.operations, "--operations-profiles")
	}
	if m.server, err = startProcess(ctx, "the market", m.dir+".log", m.binary, args...); err == nil {
		m.url = m.server.url
	}
	return err
}

// freeAddress returns an address that nobody listens on now.
func freeAddress(ctx context.Context) (string, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// profile takes a profile of the market's processor time while a run is measured, if profiles are wanted.
func (m *market) profile(ctx context.Context, name string, duration time.Duration) (wait func() error) {
	if m.profiles == "" {
		return func() error { return nil }
	}
	done := make(chan error, 1)
	go func() { done <- m.fetchProfile(ctx, name, max(1, int(duration.Seconds()))) }()
	return func() error { return <-done }
}

func (m *market) fetchProfile(ctx context.Context, name string, seconds int) (err error) {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", m.operations, seconds)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("profile: %s", response.Status)
	}
	if err := os.MkdirAll(m.profiles, 0o700); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(m.profiles, strings.NewReplacer("/", "-", "=", "").Replace(name)+".pprof"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, response.Body)
	return err
}

// stop ends the market's process, if it is ours.
func (m *market) stop() error {
	if m.server == nil {
		return nil
	}
	err := m.server.stop()
	m.server = nil
	return err
}

// populate lists a program, and funds requesters and provers.
func (m *market) populate(ctx context.Context, operator *ecdsa.PrivateKey) (err error) {
	m.operator = m.as(signing.NewKey(operator))
	about, err := m.operator.Market(ctx)
	if err != nil {
		return err
	}
	m.domain = about.Domain()
	if m.program, err = newCube(); err != nil {
		return err
	}
	if err := m.program.list(ctx, m.operator); err != nil {
		return fmt.Errorf("list the program: %w", err)
	}
	if m.provers, err = keys(proverCount); err != nil {
		return err
	}
	if m.requesters, err = keys(requesterCount); err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(8)
	for i, key := range m.provers {
		group.Go(func() error { return m.stake(ctx, key, i) })
	}
	for _, key := range m.requesters {
		group.Go(func() error { return m.fund(ctx, key) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("set the market up: %w", err)
	}
	about, err = m.operator.Market(ctx)
	m.setUp = about.Seq
	return err
}

func keys(n int) ([]signing.Key, error) {
	all := make([]signing.Key, n)
	for i := range all {
		private, err := crypto.GenerateKey()
		if err != nil {
			return nil, err
		}
		all[i] = signing.NewKey(private)
	}
	return all, nil
}

func (m *market) as(key signing.Key) *client.Client {
	return client.New(m.url, client.Options{Key: key})
}

func (m *market) credit(ctx context.Context, account vadium.Account, tokens uint64) error {
	_, err := m.operator.CreditDeposit(ctx, marketplace.CreditDeposit{Account: account, Amount: vadium.Tokens(tokens), Reference: client.NewSalt()})
	return err
}

// stake makes somebody a prover of the program, with an ask.
func (m *market) stake(ctx context.Context, key signing.Key, i int) error {
	const tokens = 1_000_000
	if err := m.credit(ctx, key.Account(), tokens); err != nil {
		return err
	}
	c := m.as(key)
	if _, err := c.OpenVault(ctx, marketplace.OpenVault{Junior: vadium.Tokens(tokens), Commission: 8_000}); err != nil {
		return err
	}
	if _, err := c.ServeProgram(ctx, m.program.ID(), provingTime); err != nil {
		return err
	}
	_, _, err := c.PlaceAsk(ctx, marketplace.PlaceAsk{
		Product: product, Price: vadium.NewAmount(1_000_000_000_000_000_000 + uint64(i)*1_000_000_000_000_000), Slots: slots, Capacity: slots,
		ETA: vadium.Second, StandUntil: now().Add(vadium.Day), Salt: client.NewSalt(),
	})
	return err
}

// fund makes somebody a requester who has uploaded an input.
func (m *market) fund(ctx context.Context, key signing.Key) error {
	if err := m.credit(ctx, key.Account(), 100_000_000); err != nil {
		return err
	}
	_, err := m.as(key).PutBytes(ctx, client.Input, m.program.input)
	return err
}

func now() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }

// cubeCircuit states: I know X with X^3 + X + 5 = Y. It is bound to nobody, so that one proof serves every request: a load
// is about the market, not about proving.
type cubeCircuit struct {
	Y frontend.Variable `gnark:",public"`
	X frontend.Variable
}

// Define implements frontend.Circuit.
func (c *cubeCircuit) Define(api frontend.API) error {
	api.AssertIsEqual(c.Y, api.Add(api.Mul(c.X, c.X, c.X), c.X, 5))
	return nil
}

// cube is a small program with real keys, an input, and a proof of it.
type cube struct {
	vadium.Program
	ccs, pk, vk, input, proof []byte
}

func newCube() (p cube, err error) {
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &cubeCircuit{})
	if err != nil {
		return p, err
	}
	pk, vk, err := groth16.Setup(ccs)
	if err != nil {
		return p, err
	}
	var files [3]bytes.Buffer
	p.Program, err = circuits.WriteProgram(circuits.Sinks{ConstraintSystem: &files[0], ProvingKey: &files[1], VerifyingKey: &files[2]},
		vadium.Program{Name: "cube", System: vadium.Groth16, Curve: vadium.BN254}, ccs, pk, vk)
	if err != nil {
		return p, err
	}
	p.ccs, p.pk, p.vk = files[0].Bytes(), files[1].Bytes(), files[2].Bytes()
	p.input = append(scalar(35), scalar(3)...)
	p.Sample = vadium.DigestOf(p.input)
	full, err := frontend.NewWitness(&cubeCircuit{Y: 35, X: 3}, ecc.BN254.ScalarField())
	if err != nil {
		return p, err
	}
	proof, err := groth16.Prove(ccs, pk, full)
	if err != nil {
		return p, err
	}
	var encoded bytes.Buffer
	_, err = proof.WriteTo(&encoded)
	p.proof = encoded.Bytes()
	return p, err
}

func scalar(n int64) []byte { return big.NewInt(n).FillBytes(make([]byte, vadium.ScalarBytes)) }

func (p cube) list(ctx context.Context, as *client.Client) error {
	for kind, content := range map[string][]byte{
		client.ConstraintSystem: p.ccs, client.ProvingKey: p.pk, client.VerifyingKey: p.vk, client.Sample: p.input,
	} {
		if _, err := as.PutBytes(ctx, kind, content); err != nil {
			return err
		}
	}
	_, _, err := as.RegisterProgram(ctx, p.Program, p.proof)
	return err
}

// verifyFor verifies the program's proof with gnark, parsed in advance, on all cores, for so long.
func (p cube) verifyFor(duration time.Duration) (figures, error) {
	key := groth16.NewVerifyingKey(ecc.BN254)
	if _, err := key.ReadFrom(bytes.NewReader(p.vk)); err != nil {
		return figures{}, err
	}
	proof := groth16.NewProof(ecc.BN254)
	if _, err := proof.ReadFrom(bytes.NewReader(p.proof)); err != nil {
		return figures{}, err
	}
	public, err := frontend.NewWitness(&cubeCircuit{Y: 35}, ecc.BN254.ScalarField(), frontend.PublicOnly())
	if err != nil {
		return figures{}, err
	}
	begun := time.Now()
	var done atomic.Uint64
	err = inParallel(runtime.GOMAXPROCS(0), func(int) error {
		for time.Since(begun) < duration {
			if err := groth16.Verify(proof, key, public); err != nil {
				return err
			}
			done.Add(1)
		}
		return nil
	})
	return figures{calls: done.Load(), commands: done.Load(), elapsed: time.Since(begun)}, err
}
