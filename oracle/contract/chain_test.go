package contract_test

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"

	"vadium"
	"vadium/oracle/contract"
)

// begin is when every chain begins: later than any clock that runs a test, so that a block comes exactly a second after
// the one before, whatever the machine's clock says.
const begin = vadium.Time(4_102_444_800_000) // 2100-01-01

// gasLimit is what every transaction may take.
const gasLimit = 4_000_000

// chain is go-ethereum's simulated chain under the rules of Osaka, on which two people send transactions.
type chain struct {
	t       *testing.T
	backend *simulated.Backend
	client  simulated.Client
	signer  types.Signer
	nonces  map[*ecdsa.PrivateKey]uint64
	last    vadium.Time // of the last block
	gas     uint64      // that the last transaction took
	// owner is the feeds' owner, stranger anybody else.
	owner, stranger *ecdsa.PrivateKey
	verifier        vadium.Account
}

// newChain starts a chain, with the verifier on it, that ends with the test.
func newChain(t *testing.T) *chain {
	t.Helper()
	c := &chain{t: t, nonces: map[*ecdsa.PrivateKey]uint64{}}
	alloc := types.GenesisAlloc{}
	someone := func(name string) *ecdsa.PrivateKey {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte("vadium/oracle/contract/" + name)))
		if err != nil {
			t.Fatal(err)
		}
		alloc[accountOf(key)] = types.Account{Balance: new(big.Int).Lsh(big.NewInt(1), 100)}
		return key
	}
	c.owner, c.stranger = someone("owner"), someone("stranger")
	c.backend = simulated.NewBackend(alloc, func(_ *node.Config, e *ethconfig.Config) {
		rules := *params.AllDevChainProtocolChanges
		rules.BogotaTime = nil // half of a fork's gas rules, which no network has
		e.Genesis.Config = &rules
		e.Genesis.Timestamp = uint64(begin / 1_000)
		e.Miner.Recommit = time.Minute // a busy machine must not make a block without what was sent
	})
	t.Cleanup(func() {
		if err := c.backend.Close(); err != nil {
			t.Error(err)
		}
	})
	c.client, c.last = c.backend.Client(), begin
	chainID, err := c.client.ChainID(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	c.signer = types.LatestSignerForChainID(chainID)
	c.verifier = c.deploy(c.owner, verifierCode(t))
	return c
}

func accountOf(key *ecdsa.PrivateKey) vadium.Account { return crypto.PubkeyToAddress(key.PublicKey) }

// verifierCode is the code of testdata/Verifier.sol, as `make contracts` compiled it.
func verifierCode(t *testing.T) []byte {
	t.Helper()
	var compiled struct {
		Contracts map[string]struct {
			Bin string `json:"bin"`
		} `json:"contracts"`
	}
	read, err := os.ReadFile("testdata/verifier.json")
	if err == nil {
		err = json.Unmarshal(read, &compiled)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fromHex(t, compiled.Contracts["testdata/Verifier.sol:Verifier"].Bin)
}

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil || len(b) == 0 {
		t.Fatalf("%d hexadecimal digits: %v", len(text), err)
	}
	return b
}

// until makes the next block one of time now, to the second.
func (c *chain) until(now vadium.Time) {
	c.t.Helper()
	next := c.last.Add(vadium.Second) // a block is a second after the one before it, so an empty one goes ahead
	if now < next {
		c.t.Fatalf("a block of %d after one of %d", now, c.last)
	}
	if now > next {
		if err := c.backend.AdjustTime(time.Duration(now.Sub(next)) * time.Millisecond); err != nil {
			c.t.Fatal(err)
		}
		c.backend.Rollback()
	}
}

// send makes a block of one transaction and returns its receipt. What it reverted with, if it did, is the second result.
func (c *chain) send(from *ecdsa.PrivateKey, to *vadium.Account, data []byte) (*types.Receipt, []byte) {
	c.t.Helper()
	ctx := context.Background()
	tx, err := types.SignNewTx(from, c.signer, &types.DynamicFeeTx{
		Nonce: c.nonces[from], To: to, Data: data, Gas: gasLimit,
		GasFeeCap: big.NewInt(20 * params.GWei), GasTipCap: big.NewInt(params.GWei),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.client.SendTransaction(ctx, tx); err != nil {
		c.t.Fatalf("send: %v", err)
	}
	c.nonces[from]++
	// The pool takes transactions in on a goroutine of its own, and so does it learn of blocks; this waits for both.
	for taken := uint64(0); taken < c.nonces[from]; runtime.Gosched() {
		if taken, err = c.client.PendingNonceAt(ctx, accountOf(from)); err != nil {
			c.t.Fatal(err)
		}
	}
	c.backend.Commit()
	c.backend.Rollback()
	head, err := c.client.HeaderByNumber(ctx, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.last = vadium.Time(head.Time * 1_000)
	receipt, err := c.client.TransactionReceipt(ctx, tx.Hash())
	if err != nil {
		c.t.Fatalf("receipt: %v", err)
	}
	c.gas = receipt.GasUsed
	if receipt.Status == types.ReceiptStatusSuccessful {
		return receipt, nil
	}
	_, reverted := c.call(from, to, data) // nothing has changed since, and it is as late
	return receipt, reverted
}

// call asks a contract as the chain stands in its last block; a revert is its data.
func (c *chain) call(from *ecdsa.PrivateKey, to *vadium.Account, data []byte) (result, reverted []byte) {
	c.t.Helper()
	result, err := c.client.CallContract(context.Background(), ethereum.CallMsg{From: accountOf(from), To: to, Data: data, Gas: gasLimit}, nil)
	if err == nil {
		return result, nil
	}
	if failure, ok := errors.AsType[rpc.DataError](err); ok {
		if said, ok := failure.ErrorData().(string); ok && len(said) > 2 {
			return nil, fromHex(c.t, said[2:])
		}
	}
	c.t.Fatalf("call: %v", err)
	return nil, nil
}

// deploy deploys code, whose constructor must not refuse.
func (c *chain) deploy(from *ecdsa.PrivateKey, code []byte) vadium.Account {
	c.t.Helper()
	receipt, reverted := c.send(from, nil, code)
	if receipt.Status != types.ReceiptStatusSuccessful {
		c.t.Fatalf("deployment: %s", refusal(c.t, reverted))
	}
	return receipt.ContractAddress
}

var feedABI = contract.NewPriceFeed()

// refusal returns what a feed's contract refused with, as it names it.
func refusal(t *testing.T, reverted []byte) string {
	t.Helper()
	if reverted == nil {
		return ""
	}
	said, err := feedABI.UnpackError(reverted)
	if err != nil {
		t.Fatalf("reverted with %x: %v", reverted, err)
	}
	return fmt.Sprintf("%T", said)[len("*contract.PriceFeed"):]
}
