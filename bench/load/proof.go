package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
)

// proofs times proofs from end to end: a requester uploads an input, submits a request, and has a verified proof in hand.
// Market, prover and the prover's worker are processes of the binary people run. Beside each stands gnark's prover in this
// process, on another input of the same program, its keys in memory: pairs, one right after the other, while the other side
// does nothing.
func (c config) proofs(ctx context.Context, t *trial, dir string) ([]string, error) {
	p, err := ensureChain(keyFolder(), c.log)
	if err != nil {
		return nil, err
	}
	bare, err := loadBare(p)
	if err != nil {
		return nil, err
	}
	m := t.market
	if err := m.listChain(ctx, p); err != nil {
		return nil, fmt.Errorf("list %s: %w", p.Name, err)
	}
	stop, err := m.runProver(ctx, dir, p)
	if err != nil {
		return nil, err
	}
	requester, err := m.newcomer(ctx)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	name := fmt.Sprintf("Proof/constraints=%d", p.Constraints)
	var lines []string
	for pair := range c.pairs + 1 {
		begun := time.Now()
		id, uploaded, err := endToEnd(ctx, requester, p, uint64(2*pair+1))
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		ours, started := time.Since(begun), begun
		stages, err := stagesOf(ctx, requester, id, begun)
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		begun = time.Now()
		proof, err := bare.prove(uint64(2*pair + 2))
		theirs := time.Since(begun)
		if err := errors.Join(err, bare.verify(proof, uint64(2*pair+2))); err != nil {
			return nil, errors.Join(err, stop())
		}
		if pair == 0 {
			continue // the worker has loaded the keys, and both heaps have grown
		}
		c.tell("proof %d of %d: %v end to end (uploaded %d ms, %s), %v bare", pair, c.pairs, ours.Round(time.Millisecond),
			uploaded.Sub(started).Milliseconds(), stages, theirs.Round(time.Millisecond))
		lines = append(lines, fmt.Sprintf("Benchmark%s/by=vadium \t1\t%d ns/op", name, ours.Nanoseconds()),
			fmt.Sprintf("Benchmark%s/by=gnark \t1\t%d ns/op", name, theirs.Nanoseconds()))
	}
	return lines, stop()
}

// keyFolder is where keys are kept: making those of 2^16 constraints takes half a minute of processor time.
func keyFolder() string {
	if dir := os.Getenv("VADIUM_BENCH_KEYS"); dir != "" {
		return dir
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "vadium-bench")
	}
	return filepath.Join(os.TempDir(), "vadium-bench")
}

// bare is gnark with a program's keys loaded, and nothing else.
type bare struct {
	program *chain
	ccs     constraint.ConstraintSystem
	pk      groth16.ProvingKey
	vk      groth16.VerifyingKey
}

func loadBare(p *chain) (*bare, error) {
	b := &bare{program: p, ccs: groth16.NewCS(ecc.BN254), pk: groth16.NewProvingKey(ecc.BN254), vk: groth16.NewVerifyingKey(ecc.BN254)}
	for path, read := range map[string]func(io.Reader) (int64, error){
		p.ccsFile: b.ccs.ReadFrom, p.pkFile: b.pk.UnsafeReadFrom, p.vkFile: b.vk.ReadFrom,
	} {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		_, err = read(bufio.NewReaderSize(f, 1<<20))
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("gnark reads %s: %w", path, err)
		}
	}
	return b, nil
}

// prove makes a proof from an assignment.
func (b *bare) prove(x uint64) (groth16.Proof, error) {
	full, err := frontend.NewWitness(b.program.assignment(x), ecc.BN254.ScalarField())
	if err != nil {
		return nil, err
	}
	return groth16.Prove(b.ccs, b.pk, full)
}

func (b *bare) verify(proof groth16.Proof, x uint64) error {
	public, err := frontend.NewWitness(b.program.assignment(x), ecc.BN254.ScalarField(), frontend.PublicOnly())
	if err != nil {
		return err
	}
	return groth16.Verify(proof, b.vk, public)
}

// endToEnd asks the market for a proof and returns when the requester holds it. The requester's own check of the proof is
// the client's: the market has verified it.
func endToEnd(ctx context.Context, requester *client.Client, p *chain, x uint64) (id vadium.RequestID, uploaded time.Time, err error) {
	input := p.inputOf(x)
	digest, err := requester.PutBytes(ctx, client.Input, input)
	if err != nil {
		return id, uploaded, err
	}
	uploaded = time.Now()
	submitted, err := requester.SubmitRequest(ctx, marketplace.SubmitRequest{
		Program: p.ID(), Statement: input[:p.StatementBytes()], Input: digest, MaxFee: maxFee,
		Deadline: now().Add(vadium.Hour), Tier: auction.Immediate, Redundancy: 1,
	})
	if err != nil {
		return id, uploaded, err
	}
	waiting, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	_, proof, err := requester.WaitProof(waiting, submitted.Request.ID)
	if err == nil && len(proof) == 0 {
		err = errors.New("the proof is empty")
	}
	return submitted.Request.ID, uploaded, err
}

// stagesOf says when what happened to a request, in milliseconds since begun, by the market's clock, which is this machine's.
func stagesOf(ctx context.Context, c *client.Client, id vadium.RequestID, begun time.Time) (string, error) {
	r, err := c.Request(ctx, id)
	if err != nil {
		return "", err
	}
	var stages []string
	records, _, err := c.Events(ctx, r.Position, 0, client.EventFilter{Request: id})
	for _, record := range records {
		switch record.Event.(type) {
		case *marketplace.RequestAssigned, *marketplace.RequestAccepted, *marketplace.DeliveryReceived, *marketplace.DeliveryAccepted:
			stages = append(stages, fmt.Sprintf("%s %d ms", marketplace.KindOf(record.Event), int64(record.At)-begun.UnixMilli()))
		}
	}
	return strings.Join(stages, ", "), err
}

// proofTimeout is far beyond what a proof takes on a busy machine.
const proofTimeout = 5 * time.Minute

// newcomer returns a client with money whose commands are not in the ledger, because it signs as it goes.
func (m *market) newcomer(ctx context.Context) (*client.Client, error) {
	one, err := keys(1)
	if err != nil {
		return nil, err
	}
	return m.as(one[0]), m.credit(ctx, one[0].Account(), 1_000)
}

// listChain registers the program as the operator, who thereby vouches for its keys.
func (m *market) listChain(ctx context.Context, p *chain) error {
	for kind, path := range map[string]string{
		client.ConstraintSystem: p.ccsFile, client.ProvingKey: p.pkFile, client.VerifyingKey: p.vkFile,
	} {
		if _, err := m.operator.PutFile(ctx, kind, path, nil); err != nil {
			return err
		}
	}
	if _, err := m.operator.PutBytes(ctx, client.Sample, p.inputOf(0)); err != nil {
		return err
	}
	keys, err := circuits.LoadProvingKeys(p.Program, p.ccsFile, p.pkFile, p.vkFile)
	if err != nil {
		return err
	}
	proof, err := keys.Prove(p.inputOf(0), vadium.RequestID{}, vadium.Account{})
	if err != nil {
		return err
	}
	_, _, err = m.operator.RegisterProgram(ctx, p.Program, proof)
	return err
}

// password protects a keystore that is thrown away with the market.
const password = "play money"

// runProver starts a real prover that serves the program alone, and waits until it asks.
func (m *market) runProver(ctx context.Context, dir string, p *chain) (stop func() error, err error) {
	home := filepath.Join(dir, "prover-home")
	account, err := keystore.NewKeyStore(filepath.Join(home, "keystore"), keystore.LightScryptN, keystore.LightScryptP).NewAccount(password)
	if err != nil {
		return nil, err
	}
	encrypted, err := os.ReadFile(account.URL.Path)
	if err != nil {
		return nil, err
	}
	key, err := keystore.DecryptKey(encrypted, password)
	if err != nil {
		return nil, err
	}
	prover := m.as(signing.NewKey(key.PrivateKey))
	if err := m.credit(ctx, crypto.PubkeyToAddress(key.PrivateKey.PublicKey), 10_010); err != nil {
		return nil, err
	}
	if _, err := prover.OpenVault(ctx, marketplace.OpenVault{Junior: vadium.Tokens(10_000), Commission: 8_000}); err != nil {
		return nil, err
	}
	passwordFile := filepath.Join(dir, "password")
	if err := os.WriteFile(passwordFile, []byte(password+"\n"), 0o600); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(dir, "prover.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(m.binary, "prover", "run", "--home", home, "--password-file", passwordFile, "--market", m.url, //nolint:noctx // stop ends it in order; a context would kill it
		"--dir", filepath.Join(dir, "prover"), "--programs", p.Name)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = func() error {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(stopTimeout):
			return errors.Join(fmt.Errorf("the prover did not stop within %v and was killed", stopTimeout), cmd.Process.Kill())
		}
	}
	for begun := time.Now(); time.Since(begun) < proofTimeout; time.Sleep(100 * time.Millisecond) {
		asks, err := m.asksOf(ctx, prover.Account())
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		if asks > 0 {
			return stop, nil
		}
		select {
		case err := <-ended:
			tail, _ := os.ReadFile(log.Name())
			return nil, fmt.Errorf("the prover ended: %v: %s", err, tail)
		default:
		}
	}
	tail, _ := os.ReadFile(log.Name())
	return nil, errors.Join(fmt.Errorf("the prover does not ask for %s: %s", p.Name, tail), stop())
}

// asksOf counts an account's standing asks.
func (m *market) asksOf(ctx context.Context, prover vadium.Account) (n int, err error) {
	books, err := m.operator.Books(ctx)
	for _, book := range books {
		for _, ask := range book.Asks {
			if ask.Prover == prover {
				n++
			}
		}
	}
	return n, err
}
