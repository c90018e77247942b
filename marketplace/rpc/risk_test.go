package rpc_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	"vadium/vaults/risk"
)

func TestTheRiskOfAMarketIsShownBeforeAndAfterThereIsStake(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	c := m.Client(t, stranger)
	before, err := c.Risk(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if before.Level != risk.Green || !before.Stake.IsZero() || len(before.Provers) != int(marketplace.StateTombstoned)+1 || len(before.Prices) != 0 {
		t.Errorf("Risk of an empty market = %+v, want it green, with a count for every state", before)
	}
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	after, err := c.Risk(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if active := after.Provers[marketplace.StateActive]; after.Stake != vadium.Tokens(1_000) || active.State != marketplace.StateActive || active.Provers != 1 || after.CallsOpen != 0 {
		t.Errorf("Risk = %+v, want 1000 tokens of one active prover", after)
	}
	status, answer := post(t, m, "/vadium.marketplace.v1.RiskService/GetRisk", "{}")
	if seen, _ := answer["risk"].(map[string]any); status != http.StatusOK || seen["level"] != "green" || seen["stake"] != vadium.Tokens(1_000).String() {
		t.Errorf("GetRisk as JSON = %d %v", status, answer)
	}
}

func TestAVaultSaysHowItStands(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	proving := m.Stake(t, prover, p)
	v, err := m.Client(t, stranger).Vault(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if v.State != marketplace.StateActive || v.SharePrice != vadium.Tokens(1) || v.Asset != (risk.Asset{}) || v.Risk.Coverage != 1<<32-1 || !v.Risk.MayTake {
		t.Errorf("Vault = %+v, want an active prover's, its shares at par, nothing locked", v)
	}
	seen, err := m.Client(t, stranger).Prover(t.Context(), proving.Account())
	if err != nil || seen.State != marketplace.StateActive || seen.Cause != "" || seen.Uptime != vadium.BpsOne {
		t.Errorf("Prover = %+v, %v, want it active since it opened its vault", seen, err)
	}
}

func TestWhatThereIsNotIsRefusedOrEmpty(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	c := m.Client(t, stranger)
	const unknown = vadium.Kind("case-unknown")
	if _, err := c.Case(t.Context(), 7); !errors.Is(err, unknown) {
		t.Errorf("Case = %v, want %v", err, unknown)
	}
	for seen, err := range c.Cases(t.Context(), 0, true) {
		t.Errorf("Cases = %+v, %v, want none", seen, err)
	}
	for seen, err := range c.Redemptions(t.Context(), c.Account(), 0) {
		t.Errorf("Redemptions = %+v, %v, want none", seen, err)
	}
	for _, err := range c.Allowances(t.Context(), 3, vadium.Account{}) {
		if !errors.Is(err, marketplace.ErrNoVault) {
			t.Errorf("Allowances of no vault = %v, want %v", err, marketplace.ErrNoVault)
		}
	}
}

func TestFieldsOfStakeAndRiskAreBounded(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	auth := `"auth": {"author": "` + rpctest.Key(t, stranger).Account().Hex() + `", "salt": "0x` + strings.Repeat("1", 64) + `", "validUntilMs": 1, "signature": "0x` + strings.Repeat("1", 130) + `"}`
	const account = "0x1c7f138a112e2709d4add7355a0b225d545ad21b"
	for name, row := range map[string]struct{ procedure, body string }{
		"evidence of 4 KiB and a byte": {"marketplace.v1.RiskService/RevealEvidence", `"offender": "` + account + `", "offence": "bid equivocation", "blinding": "0x` + strings.Repeat("1", 64) + `", "evidence": "0x` + strings.Repeat("00", marketplace.MaxEvidence+1) + `"`},
		"half a byte of evidence":      {"marketplace.v1.RiskService/RevealEvidence", `"offender": "` + account + `", "offence": "bid equivocation", "blinding": "0x` + strings.Repeat("1", 64) + `", "evidence": "0x0"`},
		"no reason for a veto":         {"marketplace.v1.RiskService/VetoCase", `"case": 1`},
		"no case to veto":              {"marketplace.v1.RiskService/VetoCase", `"reason": "no"`},
		"an asset of 19 bytes":         {"marketplace.v1.RiskService/PublishPrice", `"asset": "0x` + strings.Repeat("1", 38) + `", "atMs": 1`},
		"65 assets":                    {"marketplace.v1.RiskService/SetCollateral", `"collateral": [` + strings.Repeat(`{},`, 64) + `{}]`},
		"a redemption of vault 0":      {"vaults.v1.VaultService/RedeemShares", `"shares": "1"`},
		"a fraction of a share":        {"vaults.v1.VaultService/RedeemShares", `"vault": 1, "shares": "0.5"`},
		"a transfer to nobody":         {"vaults.v1.VaultService/TransferShares", `"vault": 1, "shares": "1"`},
		"a commission above the whole": {"vaults.v1.VaultService/SetCommission", `"commissionBps": 10001`},
	} {
		status, answer := post(t, m, "/vadium."+row.procedure, "{"+auth+", "+row.body+"}")
		if status != http.StatusBadRequest || answer["code"] != "invalid_argument" {
			t.Errorf("%s = %d %v, want it refused as invalid", name, status, answer)
		}
	}
}

// Evidence that nothing proves is refused with what is wrong with it, and a stranger's signature is looked at first.
func TestEvidenceIsSignedLikeEveryCommand(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	status, answer := post(t, m, "/vadium.marketplace.v1.RiskService/RevealEvidence", `{"auth": {"author": "`+rpctest.Key(t, stranger).Account().Hex()+
		`", "salt": "0x`+strings.Repeat("1", 64)+`", "validUntilMs": 1, "signature": "0x`+strings.Repeat("1", 130)+`"},
		"offender": "0x1c7f138a112e2709d4add7355a0b225d545ad21b", "offence": "bid equivocation", "evidence": "0x00", "blinding": "0x`+strings.Repeat("1", 64)+`"}`)
	if status != http.StatusUnauthorized {
		t.Errorf("unsigned evidence = %d %v, want it unauthenticated", status, answer)
	}
}

func TestEventsCanBeFilteredByVault(t *testing.T) {
	m, _, _ := assigned(t)
	c := m.Client(t, stranger)
	records, next, err := c.Events(t.Context(), 1, 500, client.EventFilter{Vault: 1})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, r := range records {
		kinds[marketplace.KindOf(r.Event)]++
	}
	if kinds["VaultOpened"] != 1 || kinds["StakeLocked"] != 1 || kinds["Deposited"] != 0 || kinds["RequestSubmitted"] != 0 || kinds["MarketOpened"] != 1 {
		t.Errorf("events of vault 1 = %v", kinds)
	}
	var seq uint64
	m.Sequencer.View(func(s *marketplace.State) { seq = s.NextSeq() })
	if next > seq {
		t.Errorf("next = %d, want at most %d", next, seq)
	}
	records, _, err = c.Events(t.Context(), 1, 500, client.EventFilter{Vault: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if kind := marketplace.KindOf(r.Event); kind == "VaultOpened" || kind == "StakeLocked" {
			t.Errorf("event %d is a %s of another vault", r.Seq, kind)
		}
	}
	// With a request beside it, both have to hold.
	for record, err := range c.Watch(t.Context(), 1, client.EventFilter{Vault: 1, Account: rpctest.Key(t, prover).Account()}) {
		if err != nil {
			t.Fatal(err)
		}
		if e, opened := record.Event.(*marketplace.VaultOpened); opened {
			if e.Vault != 1 {
				t.Errorf("VaultOpened of vault %d, want 1", e.Vault)
			}
			break
		}
	}
}
