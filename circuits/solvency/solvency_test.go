package solvency

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"vadium"
	"vadium/circuits/circuittest"
)

func options(depth int) Options {
	return Options{Depth: depth, Decimals: 2, Random: rand.NewChaCha8([32]byte{7})}
}

// shop is a list of n accounts with balances 1.00, 2.01, 3.02, ...
func shop(n int) string {
	var b strings.Builder
	b.WriteString("account,balance\n")
	for i := range n {
		fmt.Fprintf(&b, "customer-%03d,%d.%02d\n", i, i+1, i%100)
	}
	return b.String()
}

func build(t testing.TB, list, reserves string, depth int) *Book {
	t.Helper()
	book, err := Build(strings.NewReader(list), reserves, options(depth))
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func caseOf(t testing.TB, book *Book, depth int) *circuittest.Case {
	ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, New(depth))
	return circuittest.New(vadium.Groth16, vadium.BN254, ccs, circuittest.Bound(book.Statement, book.Input))
}

func TestSolventBooksSatisfyTheCircuitAndNoWireMayChange(t *testing.T) {
	c := caseOf(t, build(t, shop(40), "10000", Depth64), Depth64)
	// The reserves are a free public number as long as they cover what is owed; which number is proven is fixed by the
	// proof, not by the witness.
	const reserves = 1
	circuittest.CheckBound(t, c, 2, reserves)
}

func TestFullAndLargestListsFit(t *testing.T) {
	for depth, n := range map[int]int{Depth64: 64, Depth256: 256} {
		book := build(t, shop(n), "1000000", depth)
		if err := caseOf(t, book, depth).Solve(t); err != nil {
			t.Errorf("%d accounts: %v", n, err)
		}
		if _, err := Build(strings.NewReader(shop(n+1)), "1000000", options(depth)); err == nil {
			t.Errorf("%d accounts fit %d slots", n+1, n)
		}
	}
}

// Both sides of the boundary: reserves that equal what is owed, and one unit less.
func TestReservesMayEqualWhatIsOwedAndNotOneUnitLess(t *testing.T) {
	list := "ada,1.50\nbob,2.50\n"
	book := build(t, list, "4", Depth64)
	c := caseOf(t, book, Depth64)
	if err := c.Solve(t); err != nil {
		t.Errorf("reserves equal to what is owed: %v", err)
	}
	if c.With(1, big.NewInt(399)).Solve(t) == nil {
		t.Error("reserves one unit below what is owed satisfy the circuit")
	}
	if _, err := Build(strings.NewReader(list), "3.99", options(Depth64)); !errors.Is(err, ErrInsolvent) {
		t.Errorf("Build with too little = %v, want ErrInsolvent", err)
	}
}

// The classic fraud: a negative balance, which the field writes as r - x, makes the sum small.
func TestNegativeAndHugeBalancesAreRejectedByTheCircuit(t *testing.T) {
	order := circuittest.FieldOf(vadium.BN254).ScalarField()
	limit := new(big.Int).Lsh(big.NewInt(1), BalanceBits)
	for name, balance := range map[string]*big.Int{
		"-1":   new(big.Int).Sub(order, big.NewInt(1)),
		"-350": new(big.Int).Sub(order, big.NewInt(350)),
		"2^96": limit,
	} {
		if fraud(t, balance).Solve(t) == nil {
			t.Errorf("a balance of %s satisfies the circuit", name)
		}
	}
	if err := fraud(t, new(big.Int).Sub(limit, big.NewInt(1))).Solve(t); err != nil {
		t.Errorf("a balance of 2^96-1: %v, want satisfied", err)
	}
}

// fraud builds a consistent assignment (tree and all) with one chosen balance, as a cheating exchange would.
func fraud(t *testing.T, balance *big.Int) *circuittest.Case {
	t.Helper()
	book := &Book{Reserves: new(big.Int).Lsh(big.NewInt(1), 100)}
	accounts := []Account{{"ada", big.NewInt(350)}, {"mallory", balance}}
	if err := book.commit(accounts, options(Depth64)); err != nil {
		t.Fatal(err)
	}
	return caseOf(t, book, Depth64)
}

func TestReservesBelowZeroCannotBeStated(t *testing.T) {
	order := circuittest.FieldOf(vadium.BN254).ScalarField()
	c := caseOf(t, build(t, shop(3), "10000", Depth64), Depth64)
	if c.With(1, new(big.Int).Sub(order, big.NewInt(1))).Solve(t) == nil {
		t.Error("reserves of -1 satisfy the circuit")
	}
}

func TestCustomersFindThemselvesAndNothingElse(t *testing.T) {
	book := build(t, shop(10), "1000", Depth64)
	for i, account := range book.Accounts {
		if err := CheckInclusion(book.Statement, account); err != nil {
			t.Errorf("account %d: %v", i, err)
		}
	}
	for name, change := range map[string]func(*Inclusion){
		"less balance": func(a *Inclusion) { a.Balance = "99" },
		"other label":  func(a *Inclusion) { a.Label = "customer-001" },
		"other salt":   func(a *Inclusion) { a.Salt = strings.Repeat("00", SaltBytes) },
		"other place":  func(a *Inclusion) { a.Index++ },
		"far place":    func(a *Inclusion) { a.Index += 64 },
		"short path":   func(a *Inclusion) { a.Path = a.Path[1:] },
		"other path":   func(a *Inclusion) { a.Path = book.Accounts[5].Path },
		"no path":      func(a *Inclusion) { a.Path = nil },
		"negative":     func(a *Inclusion) { a.Balance = "-100" },
		"label in salt": func(a *Inclusion) {
			a.Salt, a.Label = a.Salt+"63", a.Label[1:] // moves one byte across the boundary
		},
	} {
		account := book.Accounts[0]
		change(&account)
		if CheckInclusion(book.Statement, account) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if CheckInclusion(build(t, shop(9), "1000", Depth64).Statement, book.Accounts[0]) == nil {
		t.Error("an account is found in another book")
	}
}

// With some slots unused, all used, and balances of zero: nothing internal is left open.
func TestInputsDetermineEveryWire(t *testing.T) {
	for name, list := range map[string]string{"few": shop(3), "full": shop(64), "zeros": "ada,0\nbob,0\n"} {
		if sizes := caseOf(t, build(t, list, "10000", Depth64), Depth64).FreeWires(t); sizes != nil {
			t.Errorf("%s: sets of wires that may move together: %v", name, sizes)
		}
	}
}

func TestProofHoldsForItsStatementRequestAndProverOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("makes keys for 30,000 constraints")
	}
	c := caseOf(t, build(t, shop(64), "10000", Depth64), Depth64)
	circuittest.CheckReplay(t, c, circuittest.Setup(t, c.CCS))
}

func TestListsAreReadExactlyOrRefusedWithTheLine(t *testing.T) {
	for name, c := range map[string]struct{ list, want string }{
		"negative":          {"account,balance\nada,1\nbob,-2\n", `line 3: account "bob": balance -2 is negative`},
		"too precise":       {"ada,1.001\n", "3 decimal places, 2 are declared"},
		"duplicate":         {"ada,1\nbob,2\nada,3\n", `line 3: account "ada" already stands on line 1`},
		"not a number":      {"ada,1\nbob,1e9\n", `line 2: account "bob": balance "1e9" is not a number`},
		"thousands":         {"ada,\"1,000\"\n", "is not a number"},
		"no balance":        {"ada\n", "1 columns"},
		"no label":          {",5\n", "account label of 0 bytes"},
		"empty":             {"account,balance\n", "no accounts"},
		"2^96":              {"ada,792281625142643375935439503.36\n", "2^96"},
		"empty fraction":    {"ada,1.\n", "is not a number"},
		"only a fraction":   {"ada,.5\n", "is not a number"},
		"more than we read": {"ada," + strings.Repeat("1", MaxListBytes), "more than"},
	} {
		_, err := ReadAccounts(strings.NewReader(c.list), 2)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.want)
		}
	}
	accounts, err := ReadAccounts(strings.NewReader("# cold wallet\nbalance,region,account\n0.10,EU,ada\n7,US,bob\n"+
		"792281625142643375935439503.35,US,cy\n"), 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"ada 10", "bob 700", "cy 79228162514264337593543950335"} {
		if got := accounts[i].Label + " " + accounts[i].Balance.String(); got != want {
			t.Errorf("account %d = %s, want %s", i, got, want)
		}
	}
}

func TestSaltsHideEqualAccounts(t *testing.T) {
	a, err := Build(strings.NewReader(shop(2)), "10", Options{Depth: Depth64, Decimals: 2})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Build(strings.NewReader(shop(2)), "10", Options{Depth: Depth64, Decimals: 2})
	if err != nil {
		t.Fatal(err)
	}
	if string(a.Statement) == string(b.Statement) {
		t.Error("the same list gives the same root twice: balances can be guessed and checked")
	}
}
