package contracttest

import (
	"encoding/hex"
	"math/big"
	"reflect"
	"strings"

	"github.com/ethereum/go-ethereum/core/types"

	"vadium"
	"vadium/vaults/contract"
	"vadium/vaults/vaultstest"
)

// What only a contract can be asked: about its token, its neighbours and itself.

// must sends a call that has to succeed.
func (v *Vault) must(from, to vadium.Account, data []byte) {
	v.t.Helper()
	tx := v.send(from, &to, data)
	v.commit()
	v.now = max(v.now, v.last)
	if v.receipt(tx).Status != types.ReceiptStatusSuccessful {
		v.t.Fatalf("a call of %v failed", to)
	}
}

// Hook makes the token call to with data before it takes anything.
func (v *Vault) Hook(to vadium.Account, data []byte) {
	v.t.Helper()
	v.must(v.Cast.Market, v.Token, tokenABI.PackSetHook(to, data))
}

// Fee makes the token keep units of what is taken.
func (v *Vault) Fee(units int64) {
	v.t.Helper()
	v.must(v.Cast.Market, v.Token, tokenABI.PackSetFee(big.NewInt(units)))
}

// Disallow takes back what who let the vault take.
func (v *Vault) Disallow(who vadium.Account) {
	v.t.Helper()
	v.must(who, v.Token, tokenABI.PackApprove(v.Address, new(big.Int)))
}

// Doors are calls of everything that moves money, by anyone.
func (v *Vault) Doors(who vadium.Account) map[string][]byte {
	n := big.NewInt(1)
	return map[string][]byte{
		"deposit":         vaultABI.PackDeposit(n, who),
		"bounded deposit": vaultABI.PackDeposit0(n, who, n),
		"mint":            vaultABI.PackMint(n, who),
		"redemption":      vaultABI.PackRequestRedeem(n, who, who),
		"claim":           vaultABI.PackClaim(n, who),
		"claim of shares": vaultABI.PackRedeem(n, who, who),
		"claim of assets": vaultABI.PackWithdraw(n, who, who),
		"collect":         vaultABI.PackCollect(who),
		"sweep":           vaultABI.PackSweep(v.Token),
	}
}

// Says is what a vault says of itself. A preview is the name of the error that it reverts with.
type Says struct {
	Name, Symbol                   string
	Decimals                       uint8
	Share, Asset                   vadium.Account
	Supports                       map[string]bool // by ERC-165 id
	PreviewRedeem, PreviewWithdraw string
}

// Says asks.
func (v *Vault) Says() Says {
	v.t.Helper()
	s := Says{
		Name:     ask(v, vaultABI.PackName(), vaultABI.UnpackName),
		Symbol:   ask(v, vaultABI.PackSymbol(), vaultABI.UnpackSymbol),
		Decimals: ask(v, vaultABI.PackDecimals(), vaultABI.UnpackDecimals),
		Share:    ask(v, vaultABI.PackShare(), vaultABI.UnpackShare),
		Asset:    ask(v, vaultABI.PackAsset(), vaultABI.UnpackAsset),
		Supports: map[string]bool{},
	}
	for _, id := range []string{"01ffc9a7", "e3bc4e65", "620ee8e4", "2f0a18c5", "ffffffff", "ce3bbe50"} {
		raw, err := hex.DecodeString(id)
		if err != nil {
			v.t.Fatal(err)
		}
		s.Supports[id] = ask(v, vaultABI.PackSupportsInterface([4]byte(raw)), vaultABI.UnpackSupportsInterface)
	}
	fails := func(data []byte) string {
		_, reverted := v.call(v.Cast.Market, v.Address, data, v.now)
		said, err := vaultABI.UnpackError(reverted)
		if err != nil {
			v.t.Fatalf("reverted with %x: %v", reverted, err)
		}
		return strings.TrimPrefix(reflect.TypeOf(said).Elem().Name(), "ProverVault")
	}
	s.PreviewRedeem, s.PreviewWithdraw = fails(vaultABI.PackPreviewRedeem(new(big.Int))), fails(vaultABI.PackPreviewWithdraw(new(big.Int)))
	return s
}

func ask[T any](v *Vault, data []byte, unpack func([]byte) (T, error)) T {
	v.t.Helper()
	raw, reverted := v.call(v.Cast.Market, v.Address, data, v.now)
	answer, err := unpack(raw)
	if reverted != nil || err != nil {
		v.t.Fatalf("reverted with %x, %v", reverted, err)
	}
	return answer
}

// Settings are what a vault is deployed with.
type Settings struct {
	Asset, Market, Prover, Insurance vadium.Account
	Unbonding                        uint64 // seconds
}

// Settings returns those of v.
func (v *Vault) Settings() Settings {
	return Settings{Asset: v.Token, Market: v.Cast.Market, Prover: v.Cast.Prover, Insurance: v.Cast.Insurance, Unbonding: unbonding}
}

// unbonding is that of the vault in Go.
const unbonding = 14 * 24 * 3_600

// creation is the transaction that deploys a vault.
func (s Settings) creation() []byte {
	return append(fromHex(contract.ProverVaultMetaData.Bin),
		vaultABI.PackConstructor(s.Asset, "Vault of a prover", "vSTK", s.Market, s.Prover, s.Insurance, s.Unbonding)...)
}

// Deploys reports whether a vault can be deployed with s.
func (c *Chain) Deploys(s Settings) bool {
	c.t.Helper()
	tx := c.send(c.Cast.Market, nil, s.creation())
	c.commit()
	return c.receipt(tx).Status == types.ReceiptStatusSuccessful
}

var _ vaultstest.Machine = (*Vault)(nil)
