package marketplace_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

// scripted provokes refusals by lines of the scenario language: the last line is the one that is refused, in a market
// with two provers.
var scripted = map[vadium.Kind]string{
	marketplace.ErrPaused:             "pause; submit alice r",
	marketplace.ErrExpiresTooLate:     "withdraw alice 1 valid=10m0.001s",
	marketplace.ErrNotOperator:        "pause by=alice",
	marketplace.ErrNotPaused:          "unpause",
	marketplace.ErrNothing:            "withdraw alice 0",
	marketplace.ErrParamOutOfRange:    "params backups=9",
	marketplace.ErrRequestExists:      "submit alice r; submit alice r",
	marketplace.ErrProgramUnserved:    "program lonely; submit alice r program=lonely",
	marketplace.ErrStatementMalformed: "submit alice r statement=33",
	marketplace.ErrInputMissing:       "submit alice r input=missing",
	marketplace.ErrDeadlineTooNear:    "submit alice r in=9.999s",
	marketplace.ErrDeadlineTooFar:     "submit alice r in=168h0m0.001s",
	marketplace.ErrFeeTooLow:          "submit alice r fee=0.000999999999999999",
	marketplace.ErrDamageCapTooHigh:   "submit alice r cap=100.000000000000000001",
	marketplace.ErrNoDamageCap:        "program x keys=registrant by=alice; serve prover1 x 1s; submit alice r program=x cap=1",
	marketplace.ErrTierUnknown:        "submit alice r tier=4",
	marketplace.ErrTooManyRequests:    "params maxOpenRequests=1; submit alice r; submit alice r2",
	marketplace.ErrRequestUnknown:     "cancel alice r",
	marketplace.ErrNotRequester:       "submit alice r; cancel bob r",
	marketplace.ErrAlreadyAssigned:    "submit alice r; cancel alice r",
	marketplace.ErrRequestOver:        "submit alice r fee=1; cancel alice r; cancel alice r",
	marketplace.ErrNotAssigned:        "submit alice r; accept prover2 r",
	marketplace.ErrAlreadyAccepted:    "submit alice r; accept prover1 r; decline prover1 r",
	marketplace.ErrNotAccepted:        "submit alice r; deliver prover1 r",
	marketplace.ErrTooLate:            "submit alice r; skip 30.001s; accept prover1 r",
	marketplace.ErrDeliveryPending:    "submit alice r; accept prover1 r; deliver prover1 r; deliver prover1 r",
	marketplace.ErrNoDeliveryPending:  "submit alice r; accept prover1 r; verdict prover1 r valid",
	marketplace.ErrBalanceTooLow:      "withdraw alice 100.000000000000000001",
	marketplace.ErrUnfunded:           "session dora s ask",
	marketplace.ErrReferenceUsed:      "fund bob 1 reference=x; fund bob 1 reference=x",
	marketplace.ErrSupplyTooLarge:     "fund bob 170141183460469231731",
	marketplace.ErrSessionUnknown:     "session alice s request limit=10; skip 720h0m0.001s; submit alice r fee=1 via=s",
	marketplace.ErrSessionScope:       "session alice s request limit=10; withdraw alice 1 via=s",
	marketplace.ErrSessionLimit:       "session alice s request limit=10; submit alice r fee=10.000000000000000001 via=s",
	marketplace.ErrSessionMalformed:   "session alice s request",
	marketplace.ErrSessionExists:      "session alice s ask; session alice s request limit=1",
	marketplace.ErrTooManySessions:    "session alice 1 ask; session alice 2 ask; session alice 3 ask; session alice 4 ask; session alice 5 ask; session alice 6 ask; session alice 7 ask; session alice 8 ask; session alice 9 ask; session alice 10 ask; session alice 11 ask; session alice 12 ask; session alice 13 ask; session alice 14 ask; session alice 15 ask; session alice 16 ask; session alice 17 ask",
	marketplace.ErrVaultExists:        "fund prover1 10; vault prover1 10",
	marketplace.ErrNoVault:            "junior alice 1",
	marketplace.ErrJuniorTooLow:       "vault alice 9.999999999999999999",
	marketplace.ErrCommissionTooHigh:  "vault alice 10 commission=9501",
	marketplace.ErrTooFewShares:       "delegate alice prover1 1 min-shares=1000000.000000000000000001",
	marketplace.ErrCommissionTooLow:   "claim prover1 0.000000000000000001",
	marketplace.ErrProgramListed:      "program membership",
	marketplace.ErrSampleUnverified:   "program x sample=missing",
	marketplace.ErrProgramUnknown:     "serve prover1 x 1s",
	marketplace.ErrBenchmark:          "serve prover1 membership 0s",
	marketplace.ErrAskMalformed:       "ask prover1 none 0",
	marketplace.ErrNoAsk:              "unask prover1 high",
}

// provoked provokes the refusals that need more than words.
var provoked = map[vadium.Kind]func(t *testing.T, w *marketplacetest.World) error{
	marketplace.ErrNotOpen: func(t *testing.T, w *marketplacetest.World) error {
		if _, err := marketplacetest.NewWorld(t).Do("alice", marketplace.WithdrawBalance{Amount: vadium.Tokens(1)}); !errors.Is(err, marketplace.ErrNotOpen) {
			t.Errorf("a command before the market opened: %v, want %v", err, marketplace.ErrNotOpen)
		}
		_, err := w.Send(marketplace.Command{Body: marketplace.OpenMarket{Params: marketplace.DefaultParams()}})
		return err
	},
	marketplace.ErrUnsigned: func(t *testing.T, w *marketplacetest.World) error {
		_, err := w.Send(marketplace.Command{Author: marketplacetest.Account("alice"), Body: marketplace.ResumeCommand{}})
		if !errors.Is(err, marketplace.ErrUnsigned) {
			t.Errorf("the market's own command with an author: %v, want %v", err, marketplace.ErrUnsigned)
		}
		c := w.Command("alice", marketplace.WithdrawBalance{Amount: vadium.Tokens(1)})
		c.ID = vadium.CommandID{}
		if _, err := w.Send(c); !errors.Is(err, marketplace.ErrUnsigned) {
			t.Errorf("a command without an id: %v, want %v", err, marketplace.ErrUnsigned)
		}
		c = w.Command("alice", marketplace.WithdrawBalance{Amount: vadium.Tokens(1)})
		c.Author = vadium.Account{}
		_, err = w.Send(c)
		return err
	},
	marketplace.ErrExpired: func(_ *testing.T, w *marketplacetest.World) error {
		c := w.Command("alice", marketplace.WithdrawBalance{Amount: vadium.Tokens(1)})
		w.Wait(c.ValidUntil.Sub(w.Now) + vadium.Millisecond)
		_, err := w.Send(c)
		return err
	},
	marketplace.ErrUnknownCommand: func(_ *testing.T, w *marketplacetest.World) error {
		type later struct{ marketplace.WithdrawBalance } // a command of a later version
		_, err := w.Do("alice", later{})
		return err
	},
	marketplace.ErrListTooLong: func(_ *testing.T, w *marketplacetest.World) error {
		long := w.Submission("r")
		long.Deny = slices.Repeat([]vadium.Account{marketplacetest.Account("bob")}, marketplace.MaxListed)
		w.Must(w.Do("alice", long))
		long.ClientID = marketplacetest.Salt("r2")
		long.Deny = append(long.Deny, marketplacetest.Account("bob"))
		_, err := w.Do("alice", long)
		return err
	},
	marketplace.ErrProgramMalformed: func(t *testing.T, w *marketplacetest.World) error {
		var err error
		for name, spoil := range map[string]func(*vadium.Program){
			"no name":            func(p *vadium.Program) { p.Name = "" },
			"a name of 65 bytes": func(p *vadium.Program) { p.Name = strings.Repeat("n", 65) },
			"no constraints":     func(p *vadium.Program) { p.Constraints = 0 },
			"513 public scalars": func(p *vadium.Program) { p.Public = marketplace.MaxStatementScalars + 1 },
			"too many secrets":   func(p *vadium.Program) { p.Secret = 1<<20 + 1 },
			"no proof system":    func(p *vadium.Program) { p.System = 0 },
			"no curve":           func(p *vadium.Program) { p.Curve = 3 },
		} {
			p := marketplacetest.Program("spoilt")
			spoil(&p)
			_, err = w.Do("alice", marketplace.RegisterProgram{Program: p, SampleVerified: true, Class: vadium.KeysUniversal})
			if !errors.Is(err, marketplace.ErrProgramMalformed) {
				t.Errorf("a program with %s: %v, want %v", name, err, marketplace.ErrProgramMalformed)
			}
		}
		for _, class := range []vadium.KeyClass{0, 4} { // who vouches for the keys decides whether anyone is punished
			if _, err := w.Do("alice", marketplace.RegisterProgram{Program: marketplacetest.Program("x"), SampleVerified: true, Class: class}); !errors.Is(err, marketplace.ErrProgramMalformed) {
				t.Errorf("a program of %v: %v, want %v", class, err, marketplace.ErrProgramMalformed)
			}
		}
		return err
	},
	marketplace.ErrTooManyServers: func(_ *testing.T, w *marketplacetest.World) error {
		w.Unchecked, w.DigestEvery = true, 0
		for i := range 1_022 { // two serve it already
			name := fmt.Sprint("extra", i)
			w.Run("fund "+name+" 10", "vault "+name+" 10", "serve "+name+" membership 1s")
		}
		w.Run("serve prover1 membership 2s", "fund last 10", "vault last 10")
		return w.Try("serve last membership 1s")
	},
	marketplace.ErrBookFull: func(_ *testing.T, w *marketplacetest.World) error {
		w.Unchecked, w.DigestEvery = true, 0
		for i := range 1_022 {
			name := fmt.Sprint("extra", i)
			w.Run("fund "+name+" 10", "vault "+name+" 10", "ask "+name+" none 5")
		}
		w.Run("ask prover1 none 5", "fund last 10", "vault last 10")
		return w.Try("ask last none 5")
	},
}

// Every refusal that the core declares is provoked at least once, and changes nothing (the world sees to that).
func TestEveryKindOfRefusalIsProvoked(t *testing.T) {
	for _, kind := range declaredKinds(t) {
		line, scripted := scripted[kind]
		provoke, other := provoked[kind]
		if scripted == other {
			t.Errorf("%s is provoked by %t scripts and %t functions, want one", kind, scripted, other)
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			w := marketplacetest.Ready(t, 2)
			if scripted {
				provoke = func(_ *testing.T, w *marketplacetest.World) error {
					lines := strings.Split(line, "; ")
					w.Run(lines[:len(lines)-1]...)
					return w.Try(lines[len(lines)-1])
				}
			}
			if err := provoke(t, w); !errors.Is(err, kind) {
				t.Errorf("got %v, want %s", err, kind)
			}
		})
	}
}

// declaredKinds reads the package's source for constants of the form vadium.Kind("...").
func declaredKinds(t *testing.T) []vadium.Kind {
	t.Helper()
	packages, err := parser.ParseDir(token.NewFileSet(), ".", nil, 0) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		t.Fatal(err)
	}
	var kinds []vadium.Kind
	ast.Inspect(packages["marketplace"], func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		literal, isLiteral := call.Args[0].(*ast.BasicLit)
		if ok && isLiteral && selector.Sel.Name == "Kind" {
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, vadium.Kind(text))
		}
		return true
	})
	if len(kinds) < 40 {
		t.Fatalf("found %d kinds of refusal in the source, want all of them", len(kinds))
	}
	slices.Sort(kinds)
	return kinds
}

// The parameters' defaults are safe, and each is refused on either side of its range.
func TestParametersOutsideTheirSafeRangeAreRefused(t *testing.T) {
	for name, params := range map[string]marketplace.Params{"default": marketplace.DefaultParams(), "demo": marketplace.DemoParams()} {
		if err := params.Check(); err != nil {
			t.Errorf("%s parameters: %v", name, err)
		}
	}
	for _, text := range []string{
		"protocolFeeBps=0..500", "feeFloor=0.000000000000000001..1000", "minJunior=1..1000000000", "maxCommissionBps=0..9500",
		"askEpochMs=1000..86400000", "acceptWindowMs=1000..600000", "heartbeatWithinMs=1000..3600000", "graceShareBps=1..10000",
		"graceMinMs=1000..86400000", "graceMaxMs=300000..86400000", "maxDurationMs=60000..604800000", "backups=0..8", "maxDeliveries=1..16",
		"solvingFeeBps=0..1000", "claimsToEnd=2..8", "standDownFeeBps=0..5000", "declineQuota=0..1000", "reserveSlackBps=10000..30000",
		"indexAgeMs=60000..2592000000", "marketHeartbeatMs=100..60000", "outageAfterMs=120000..600000", "maxOpenRequests=1..100000",
		"maxUndecided=1..16", "unbondingMs=1123200000..2419200000", "callGraceMs=86400000..259200000", "staleAfterMs=1000..3600000",
		"feedNoticeMs=1000..2419200000", "oracleVetoMs=1000..172800000",
	} {
		name, bounds, _ := strings.Cut(text, "=")
		low, high, _ := strings.Cut(bounds, "..")
		for _, c := range []struct {
			value string
			want  error
		}{{below(low), marketplace.ErrParamOutOfRange}, {low, nil}, {high, nil}, {above(high), marketplace.ErrParamOutOfRange}} {
			if c.value == "" {
				continue // nothing is below zero
			}
			also := ""
			if name == "graceMinMs" {
				also = " graceMaxMs=86400000"
			}
			w := marketplacetest.Ready(t, 0)
			if err := w.Try(fmt.Sprintf("params %s=%s%s", name, c.value, also)); !errors.Is(err, c.want) {
				t.Errorf("%s = %s: %v, want %v", name, c.value, err, c.want)
			}
		}
	}
}

func below(text string) string {
	n, err := strconv.ParseUint(text, 10, 64)
	switch {
	case err != nil:
		return "0" // below one base unit
	case n == 0:
		return ""
	}
	return fmt.Sprint(n - 1)
}

func above(text string) string {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return text
	}
	return fmt.Sprint(n + 1)
}

// A request names a product by its stake tier; asks for a product nobody can ask for are refused.
func TestAskForAnUnknownProductIsRefused(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	good := marketplace.PlaceAsk{
		Product: auction.Product{Size: auction.MaxSize, Tier: auction.Immediate, Stake: auction.StakeHigh}, Price: vadium.Tokens(1),
		Slots: 4_096, Capacity: 4_096, ETA: vadium.Millisecond, StandUntil: w.Now.Add(vadium.Millisecond),
	}
	w.Must(w.Do("prover1", good))
	for name, spoil := range map[string]func(*marketplace.PlaceAsk){
		"size 41":      func(a *marketplace.PlaceAsk) { a.Product.Size++ },
		"tier 4":       func(a *marketplace.PlaceAsk) { a.Product.Tier = auction.Bulk + 1 },
		"stake tier 3": func(a *marketplace.PlaceAsk) { a.Product.Stake++ },
		"4097 slots":   func(a *marketplace.PlaceAsk) { a.Slots, a.Capacity = 4_097, 4_097 },
		"a price of 2^127": func(a *marketplace.PlaceAsk) {
			a.Price, _ = vadium.ParseAmount("170141183460469231731687303715884105728")
		},
		"an end that is today": func(a *marketplace.PlaceAsk) { a.StandUntil = w.Now },
	} {
		ask := good
		spoil(&ask)
		if _, err := w.Do("prover1", ask); !errors.Is(err, marketplace.ErrAskMalformed) {
			t.Errorf("an ask with %s: %v, want %v", name, err, marketplace.ErrAskMalformed)
		}
	}
}
