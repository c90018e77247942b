package contracttest

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"

	"vadium"
	"vadium/vaults/contract"
	"vadium/vaults/vaultstest"
)

// Begin is when every chain begins: later than any clock that runs a test, so that a block comes exactly a second after
// the one before, whatever the machine's clock says.
const Begin = vadium.Time(4_102_444_800_000) // 2100-01-01

// Chain is go-ethereum's simulated chain under the rules of Osaka, with accounts that can sign.
type Chain struct {
	t       testing.TB
	backend *simulated.Backend
	client  simulated.Client
	keys    map[vadium.Account]*ecdsa.PrivateKey
	nonces  map[vadium.Account]uint64
	sent    []vadium.Account // who sent something since the last block
	signer  types.Signer
	rpc     *rpc.Client
	last    vadium.Time // of the last block
	lens    vadium.Account
	rate    vadium.Account
	// Cast is who plays on it.
	Cast vaultstest.Cast
}

// gasLimit is what every transaction may take: a vault's deployment and some.
const gasLimit = 12_000_000

// NewChain starts a chain that ends with the test.
func NewChain(t testing.TB) *Chain {
	t.Helper()
	c := &Chain{t: t, keys: map[vadium.Account]*ecdsa.PrivateKey{}, nonces: map[vadium.Account]uint64{}}
	alloc := types.GenesisAlloc{}
	someone := func(name string) vadium.Account {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte("vadium/contracttest/" + name)))
		if err != nil {
			t.Fatal(err)
		}
		account := crypto.PubkeyToAddress(key.PublicKey)
		c.keys[account] = key
		alloc[account] = types.Account{Balance: new(big.Int).Lsh(big.NewInt(1), 100)}
		return account
	}
	c.Cast = vaultstest.Cast{
		Market: someone("market"), Prover: someone("prover"), Insurance: someone("insurance"),
		Burn:    vadium.Account{18: 0xde, 19: 0xad},
		Stakers: []vadium.Account{someone("alice"), someone("bob"), someone("carol")},
	}
	c.backend = simulated.NewBackend(alloc, func(_ *node.Config, e *ethconfig.Config) {
		rules := *params.AllDevChainProtocolChanges
		rules.BogotaTime = nil // half of a fork's gas rules, which no network has
		e.Genesis.Config = &rules
		e.Genesis.Timestamp = uint64(Begin / 1_000)
		e.Miner.Recommit = time.Minute // a busy machine must not make a block without what was sent
	})
	c.client = c.backend.Client()
	// The simulated client embeds the real one, whose method Client is hidden by the name of that field.
	inner, ok := reflect.TypeAssert[*ethclient.Client](reflect.ValueOf(c.client).FieldByName("Client"))
	if !ok {
		t.Fatal("the simulated client has no client inside (did go-ethereum change? see ethclient/simulated)")
	}
	c.rpc, c.last = inner.Client(), Begin
	t.Cleanup(func() {
		if err := c.backend.Close(); err != nil {
			t.Error(err)
		}
	})
	chainID, err := c.client.ChainID(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	c.signer = types.LatestSignerForChainID(chainID)
	c.lens = c.deploy(LensMetaData.Bin)
	c.rate = c.deploy(RateHarnessMetaData.Bin)
	c.commit()
	return c
}

// send queues a transaction, whatever it will do.
func (c *Chain) send(from vadium.Account, to *vadium.Account, data []byte) *types.Transaction {
	c.t.Helper()
	tx, err := types.SignNewTx(c.keys[from], c.signer, &types.DynamicFeeTx{
		Nonce: c.nonces[from], To: to, Data: data, Gas: gasLimit,
		GasFeeCap: big.NewInt(20 * params.GWei), GasTipCap: big.NewInt(params.GWei),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.client.SendTransaction(context.Background(), tx); err != nil {
		c.t.Fatalf("send: %v", err)
	}
	c.nonces[from]++
	c.sent = append(c.sent, from)
	return tx
}

// commit makes a block of what was sent. The pool takes transactions in on a goroutine of its own, and so does it learn of
// blocks; this waits for both, else a busy machine would make blocks without what was sent.
func (c *Chain) commit() {
	c.t.Helper()
	for _, from := range c.sent {
		for taken := uint64(0); taken < c.nonces[from]; runtime.Gosched() {
			var err error
			if taken, err = c.client.PendingNonceAt(context.Background(), from); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	c.sent = c.sent[:0]
	c.backend.Commit()
	c.backend.Rollback() // waits for the pool, which is empty
	head, err := c.client.HeaderByNumber(context.Background(), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.last = vadium.Time(head.Time * 1_000)
}

func (c *Chain) receipt(tx *types.Transaction) *types.Receipt {
	c.t.Helper()
	receipt, err := c.client.TransactionReceipt(context.Background(), tx.Hash())
	if err != nil {
		c.t.Fatalf("receipt: %v", err)
	}
	return receipt
}

// deploy queues a deployment of code, in hexadecimal, and returns where it will be.
func (c *Chain) deploy(code string) vadium.Account {
	c.t.Helper()
	at := crypto.CreateAddress(c.Cast.Market, c.nonces[c.Cast.Market])
	c.send(c.Cast.Market, nil, fromHex(code))
	return at
}

// call asks a contract as the chain stands, at a time; a revert is its data.
func (c *Chain) call(from, to vadium.Account, data []byte, at vadium.Time) (result, reverted []byte) {
	c.t.Helper()
	message := map[string]any{"from": from, "to": to, "input": hexutil.Bytes(data), "gas": hexutil.Uint64(gasLimit)}
	block := map[string]any{"time": hexutil.Uint64(at / 1_000)}
	var answer hexutil.Bytes
	err := c.rpc.CallContext(context.Background(), &answer, "eth_call", message, "latest", nil, block)
	if err == nil {
		return answer, nil
	}
	if failure, ok := errors.AsType[rpc.DataError](err); ok {
		if said, ok := failure.ErrorData().(string); ok {
			return nil, fromHex(said)
		}
	}
	c.t.Fatalf("call: %v", err)
	return nil, nil
}

// at makes the next block one of time now, or of the first second that is still to be had; it returns which.
func (c *Chain) at(now vadium.Time) vadium.Time {
	c.t.Helper()
	next := c.last.Add(vadium.Second)
	if now > next { // a block is a second after the one before it, so an empty one goes ahead
		if err := c.backend.AdjustTime(time.Duration(now.Sub(next)) * time.Millisecond); err != nil {
			c.t.Fatal(err)
		}
		c.backend.Rollback()
		next = now
	}
	return next
}

// Vault is a deployed vault: a [vaultstest.Machine].
type Vault struct {
	*Chain
	Address, Token vadium.Account
	now            vadium.Time
	// Deployed is the gas that the vault's deployment took, Gas that of the last operation.
	Deployed, Gas uint64
}

var (
	vaultABI = contract.NewProverVault()
	tokenABI = NewToken()
	lensABI  = NewLens()
	rateABI  = NewRateHarness()
)

// NewVault deploys a vault with a token of its own and fills the cast's purses.
func (c *Chain) NewVault() *Vault {
	c.t.Helper()
	v := &Vault{Chain: c}
	v.Token = c.deploy(TokenMetaData.Bin)
	v.Address = crypto.CreateAddress(c.Cast.Market, c.nonces[c.Cast.Market])
	tx := c.send(c.Cast.Market, nil, v.Settings().creation())
	players := append([]vadium.Account{c.Cast.Market, c.Cast.Prover}, c.Cast.Stakers...)
	staged := c.send(c.Cast.Market, &v.Token, tokenABI.PackStage(v.Address, players, big256(vaultstest.Purse)))
	c.commit()
	for _, tx := range []*types.Transaction{tx, staged} {
		if c.receipt(tx).Status != types.ReceiptStatusSuccessful {
			c.t.Fatal("the vault could not be deployed")
		}
	}
	v.Deployed, v.now = c.receipt(tx).GasUsed, c.last
	return v
}

// Wait lets time pass. No block is made of it: what looks, looks at a block of that time.
func (v *Vault) Wait(d vadium.Duration) { v.now = v.now.Add(d) }

// Do carries op out in a block of its own, of this time or, when another operation had it, the next second.
func (v *Vault) Do(by vadium.Account, op vaultstest.Op) ([]vadium.Amount, error) {
	v.t.Helper()
	to, data := v.pack(op)
	next := v.at(v.now)
	tx := v.send(by, &to, data)
	v.commit()
	if v.now = v.last; v.now != next {
		v.t.Fatalf("a block of %d is one of %d", next, v.now)
	}
	receipt := v.receipt(tx)
	v.Gas = receipt.GasUsed
	if receipt.Status == types.ReceiptStatusSuccessful {
		return v.yield(op, receipt), nil
	}
	_, reverted := v.call(by, to, data, v.now) // nothing has changed since, and it is as late
	return nil, v.refusal(op, reverted)
}

// pack returns the call that op is.
func (v *Vault) pack(op vaultstest.Op) (to vadium.Account, data []byte) {
	to = v.Address
	switch op := op.(type) {
	case vaultstest.StakeJunior:
		data = vaultABI.PackDepositJunior(big256(op.Assets))
	case vaultstest.LeaveJunior:
		data = vaultABI.PackRequestRedeemJunior(big256(op.Assets))
	case vaultstest.Deposit:
		data = vaultABI.PackDeposit(big256(op.Assets), op.Receiver)
		if !op.MinShares.IsZero() {
			data = vaultABI.PackDeposit0(big256(op.Assets), op.Receiver, big256(op.MinShares))
		}
	case vaultstest.Mint:
		data = vaultABI.PackMint(big256(op.Shares), op.Receiver)
	case vaultstest.RequestRedeem:
		data = vaultABI.PackRequestRedeem(big256(op.Shares), op.Controller, op.Owner)
	case vaultstest.Claim:
		data = vaultABI.PackClaim(new(big.Int).SetUint64(op.ID), op.Receiver)
	case vaultstest.Redeem:
		data = vaultABI.PackRedeem(big256(op.Shares), op.Receiver, op.Controller)
	case vaultstest.Withdraw:
		data = vaultABI.PackWithdraw(big256(op.Assets), op.Receiver, op.Controller)
	case vaultstest.Transfer:
		data = vaultABI.PackTransfer(op.To, big256(op.Shares))
	case vaultstest.TransferFrom:
		data = vaultABI.PackTransferFrom(op.From, op.To, big256(op.Shares))
	case vaultstest.Approve:
		data = vaultABI.PackApprove(op.Spender, big256(op.Shares))
	case vaultstest.SetOperator:
		data = vaultABI.PackSetOperator(op.Operator, op.Approved)
	case vaultstest.Reward:
		data = vaultABI.PackReward(big256(op.Assets), big.NewInt(int64(op.Commission)))
	case vaultstest.ClaimCommission:
		data = vaultABI.PackClaimCommission(big256(op.Assets), v.Cast.Prover)
	case vaultstest.Slash:
		data = vaultABI.PackSlash(big256(op.Damages), big256(op.Punitive), big256(op.ReservedJunior), op.Severity,
			contract.ProverVaultPayees{Requester: op.Requester, Reporter: op.Reporter, Rescuer: op.Rescuer})
	case vaultstest.Collect:
		data = vaultABI.PackCollect(op.Account)
	case vaultstest.AddLock:
		data = vaultABI.PackLock(lockID(op.ID), big256(op.Amount), big256(op.DamageCap))
	case vaultstest.Release:
		data = vaultABI.PackRelease(lockID(op.ID))
	case vaultstest.OpenCase:
		data = vaultABI.PackOpenCase()
	case vaultstest.CloseCase:
		data = vaultABI.PackCloseCase()
	case vaultstest.Freeze:
		data = vaultABI.PackFreeze(op.Owner, big256(op.Shares))
	case vaultstest.Donate:
		to, data = v.Token, tokenABI.PackTransfer(v.Address, big256(op.Assets))
	case vaultstest.Sweep:
		data = vaultABI.PackSweep(v.Token)
	default:
		panic(fmt.Sprintf("invariant: every operation is known, yet this is %T", op))
	}
	return to, data
}

func lockID(n uint64) [32]byte { return vadium.NewAmount(n).Bytes32() }

// yield reads what op yields from the events it left.
func (v *Vault) yield(op vaultstest.Op, receipt *types.Receipt) []vadium.Amount {
	v.t.Helper()
	switch op.(type) {
	case vaultstest.LeaveJunior:
		e := event(v, receipt, vaultABI.UnpackJuniorRedeemRequestEvent)
		return amounts(e.RequestId)
	case vaultstest.Deposit:
		return amounts(event(v, receipt, vaultABI.UnpackDepositEvent).Shares)
	case vaultstest.Mint:
		return amounts(event(v, receipt, vaultABI.UnpackDepositEvent).Assets)
	case vaultstest.RequestRedeem:
		return amounts(event(v, receipt, vaultABI.UnpackRedeemRequestEvent).RequestId)
	case vaultstest.Claim:
		if e, found := find(v, receipt, vaultABI.UnpackJuniorClaimedEvent); found {
			return amounts(e.Assets)
		}
		return amounts(event(v, receipt, vaultABI.UnpackWithdrawEvent).Assets)
	case vaultstest.Redeem:
		return amounts(event(v, receipt, vaultABI.UnpackWithdrawEvent).Assets)
	case vaultstest.Withdraw:
		return amounts(event(v, receipt, vaultABI.UnpackWithdrawEvent).Shares)
	case vaultstest.Reward:
		e := event(v, receipt, vaultABI.UnpackRewardedEvent)
		return amounts(e.Commission, e.Junior, e.Senior)
	case vaultstest.Collect:
		return amounts(event(v, receipt, vaultABI.UnpackCollectedEvent).Assets)
	case vaultstest.Sweep:
		return amounts(event(v, receipt, vaultABI.UnpackSweptEvent).Amount)
	case vaultstest.Slash:
		e := event(v, receipt, vaultABI.UnpackSlashedEvent)
		a, b := e.ForRequester, e.ForOthers
		junior := vadium.Sum(amounts(a.Junior, a.JuniorUnbonding, b.Junior, b.JuniorUnbonding)...)
		senior := vadium.Sum(amounts(b.SeniorUnvested, b.Senior, b.SeniorUnbonding)...)
		return []vadium.Amount{junior, senior}
	}
	return nil
}

func find[E any](v *Vault, receipt *types.Receipt, unpack func(*types.Log) (*E, error)) (*E, bool) {
	for _, l := range receipt.Logs {
		if l.Address != v.Address {
			continue
		}
		if e, err := unpack(l); err == nil {
			return e, true
		}
	}
	return nil, false
}

func event[E any](v *Vault, receipt *types.Receipt, unpack func(*types.Log) (*E, error)) *E {
	v.t.Helper()
	e, found := find(v, receipt, unpack)
	if !found {
		v.t.Fatalf("no %T among %d events", e, len(receipt.Logs))
	}
	return e
}
