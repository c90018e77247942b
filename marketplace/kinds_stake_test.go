package marketplace_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

func init() {
	const delegated = "fund carol 100; delegate carol prover1 10; "
	maps.Copy(scripted, map[vadium.Kind]string{
		marketplace.ErrHoldingTooSmall: delegated + "transfer carol prover1 bob 9.5",
		marketplace.ErrTooManyAllowances: delegated + strings.Join(func() (lines []string) {
			for i := range 17 {
				lines = append(lines, fmt.Sprintf("approve carol prover1 spender%d 1", i))
			}
			return lines
		}(), "; "),
		marketplace.ErrZeroAccount:   delegated + "transfer carol prover1 zero 1",
		marketplace.ErrProverLeaving: "fund carol 100; exit prover1; delegate carol prover1 10",
		marketplace.ErrProverState:   "exit prover1; exit prover1",
		marketplace.ErrJailTerm:      "moved prover1 jailed grave for=7d; at epoch-end; release prover1",
		marketplace.ErrVaultInUse:    "exit prover1; fund prover1 10; vault prover1 10",
	})
	provoked[marketplace.ErrVaultFull] = func(t *testing.T, w *marketplacetest.World) error {
		w.Unchecked, w.DigestEvery = true, 0
		w.Run("fund carol 20000", "delegate carol prover1 10010")
		carol, token := marketplacetest.Account("carol"), vadium.Tokens(1_000_000)
		for i := range 9_999 { // not by commands: that would take a minute
			w.Record(&marketplace.SharesTransferred{Vault: 1, From: carol, To: marketplacetest.Account(fmt.Sprint("friend", i)), Shares: token})
		}
		// Who is there may give to one another, give up a place to somebody else, and leave.
		w.Run("transfer friend0 prover1 friend1 all", "transfer carol prover1 friend0 1", "transfer friend2 prover1 new all", "redeem new prover1 all",
			"delegate carol prover1 1")
		if err := w.Try("transfer carol prover1 dora 1"); err == nil {
			t.Error("a transfer brought a holder too many")
		}
		w.Run("fund dora 1")
		return w.Try("delegate dora prover1 1")
	}
}
