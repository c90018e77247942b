package main

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
)

// stage runs a whole market on this machine: the market and each prover as a process of its own, all of this binary.
// `vadium dev` and `vadium demo` stand on it.
type stage struct {
	c      *console
	dir    string // everything lies below
	keyDir string // cached setups
	url    string
	// operations is where the market's operations listener is wanted; empty for none.
	operations string

	operator *client.Client
	passFile string

	processes sync.WaitGroup
	leaving   sync.Map   // processes that are told to end, by *exec.Cmd: a channel to be closed when they have
	failed    chan error // a process that ended by itself
	stopping  context.CancelFunc
	running   context.Context //nolint:containedctx // of the stage itself: ends when the stage stops
}

// stagePassword protects the stage's keystores. They hold play money; the file is what real ones would use.
const stagePassword = "play money"

func newStage(ctx context.Context, c *console, dir, keyDir string) (*stage, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &stage{c: c, dir: dir, keyDir: keyDir, passFile: filepath.Join(dir, "password"), failed: make(chan error, 8)}
	if err := os.WriteFile(s.passFile, []byte(stagePassword+"\n"), 0o600); err != nil {
		return nil, err
	}
	s.running, s.stopping = context.WithCancel(ctx)
	return s, nil
}

func (s *stage) market() marketDir { return marketDir(filepath.Join(s.dir, "market")) }

// start runs this binary with arguments, its log in name.log. It is asked to stop with SIGTERM when the stage ends.
func (s *stage) start(name string, stdout *os.File, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(s.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(s.running, self, args...)
	cmd.Stderr, cmd.Stdout = log, log
	if stdout != nil {
		cmd.Stdout = stdout
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	// A process group of its own: Ctrl-C reaches only the stage, which then stops everyone in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		log.Close()
		return nil, err
	}
	s.processes.Go(func() {
		err := cmd.Wait()
		log.Close()
		if gone, told := s.leaving.Load(cmd); told {
			close(gone.(chan struct{})) //nolint:forcetypeassert // end puts it there
			return
		}
		if s.running.Err() == nil {
			s.failed <- withHint(fmt.Errorf("%s ended: %w", name, errors.Join(err, errors.New("it was to run until the end"))), "its log is "+log.Name())
		}
	})
	return cmd, nil
}

// end stops one process and waits for it.
func (s *stage) end(cmd *exec.Cmd) error {
	gone := make(chan struct{})
	s.leaving.Store(cmd, gone)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w", cmd.Args[1], err)
	}
	<-gone
	return nil
}

// startMarket creates the market if it is not there and serves it.
func (s *stage) startMarket(ctx context.Context, listen string, params marketplace.Params) error {
	key, err := s.key("operator")
	if err != nil {
		return err
	}
	if !s.market().exists() {
		operator := crypto.PubkeyToAddress(key.PublicKey)
		if err := s.market().create(ctx, marketTerms{operator: operator, chainID: 31337, params: params}); err != nil {
			return err
		}
	}
	announce := filepath.Join(s.dir, "market.url")
	if err := os.RemoveAll(announce); err != nil {
		return err
	}
	out, err := os.OpenFile(announce, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	args := []string{"--json", "market", "serve", string(s.market()), "--listen", listen}
	if s.operations != "" {
		args = append(args, "--operations-listen", s.operations)
	}
	if _, err := s.start("market", out, args...); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	line := make(chan error, 1)
	go func() {
		content, err := waitForFile(waiting, announce)
		var ready struct {
			Market string `json:"market"`
		}
		if err == nil {
			err = json.Unmarshal(content, &ready)
		}
		s.url = ready.Market
		line <- err
	}()
	select {
	case err := <-s.failed:
		return err
	case err := <-line:
		if err != nil {
			return withHint(fmt.Errorf("the market did not start: %w", err), "its log is "+filepath.Join(s.dir, "market.log"))
		}
	}
	s.operator = s.client(key)
	return nil
}

func (s *stage) client(key *ecdsa.PrivateKey) *client.Client {
	return client.New(s.url, client.Options{Key: signing.NewKey(key)})
}

// key returns the key called name from the stage's keystore, making it if it is not there.
func (s *stage) key(name string) (*ecdsa.PrivateKey, error) {
	folder := filepath.Join(s.dir, "accounts", name)
	keys := keystore.NewKeyStore(filepath.Join(folder, "keystore"), keystore.LightScryptN, keystore.LightScryptP)
	if len(keys.Accounts()) == 0 {
		if _, err := keys.NewAccount(stagePassword); err != nil {
			return nil, err
		}
	}
	raw, err := os.ReadFile(keys.Accounts()[0].URL.Path)
	if err != nil {
		return nil, err
	}
	key, err := keystore.DecryptKey(raw, stagePassword)
	if err != nil {
		return nil, err
	}
	return key.PrivateKey, nil
}

// part is a prover on the stage.
type part struct {
	name      string
	behaviour string
	cost      string // tokens per CPU-second: what the prover asks follows from it
	stake     uint64
	programs  string
	capacity  int    // requests taken at once; default 1
	config    string // file with its configuration instead of cost and capacity
	asksOnly  bool   // it asks in the immediate tier, and comes to no request by itself
}

// startProver funds a prover, opens its vault if it has none, and runs its agent.
func (s *stage) startProver(ctx context.Context, p part) (vadium.Account, error) {
	key, err := s.key(p.name)
	if err != nil {
		return vadium.Account{}, err
	}
	market := s.client(key)
	account, err := market.AccountOf(ctx, market.Account())
	if err != nil {
		return vadium.Account{}, err
	}
	if account.Vault == 0 {
		if err := fund(ctx, s.operator, market.Account(), p.stake+10); err != nil {
			return vadium.Account{}, err
		}
		if _, err := market.OpenVault(ctx, marketplace.OpenVault{Junior: vadium.Tokens(p.stake), Commission: 8_000}); err != nil {
			return vadium.Account{}, err
		}
	}
	args := []string{"prover", "run", "--home", filepath.Join(s.dir, "accounts", p.name), "--password-file", s.passFile,
		"--market", s.url, "--dir", filepath.Join(s.dir, "provers", p.name), "--key-dir", filepath.Join(s.dir, "prover-keys"),
		"--programs", firstSet(p.programs, "*"), "--behaviour", firstSet(p.behaviour, "honest")}
	if p.asksOnly {
		args = append(args, "--latency-tiers", auction.Immediate.String(), "--mechanisms", "")
	}
	if p.config != "" {
		args = append(args, "--config", p.config)
	} else {
		args = append(args, "--cost", p.cost, "--capacity", strconv.Itoa(max(p.capacity, 1)))
	}
	_, err = s.start(p.name, nil, args...)
	return market.Account(), err
}

// stop ends every process and waits for it.
func (s *stage) stop() {
	s.stopping()
	s.processes.Wait()
}

// servedBy waits until the programs are served by so many provers and their asks count.
func (s *stage) servedBy(ctx context.Context, programs []vadium.ProgramID, provers int) error {
	waiting, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for {
		done, want := 0, len(programs)*provers
		var published uint64
		for _, id := range programs {
			l, err := s.operator.Program(waiting, id)
			if err != nil {
				return err
			}
			done += min(len(l.Servers), provers)
		}
		books, err := s.operator.Books(waiting)
		if err != nil {
			return err
		}
		for _, b := range books {
			published += uint64(len(b.Asks))
		}
		s.c.bar("provers fetch keys and measure themselves", int64(done), int64(want))
		if done == want && published >= uint64(provers) {
			return nil
		}
		select {
		case err := <-s.failed:
			return err
		case <-waiting.Done():
			return withHint(fmt.Errorf("only %d of %d provers and programs are ready: %w", done, want, waiting.Err()), "their logs are in "+s.dir)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
