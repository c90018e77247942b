package provenance

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/csv"
	"flag"
	"fmt"
	"math/big"
	"os"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/circuits/circuittest"
	"vadium/circuits/poseidon"
)

// Positions in the scalars of a case.
const (
	statementLen = 6
	bindingLen   = 2
	packageLen   = 18

	signers, value, oldest, newest = 2, 3, 4, 5

	setAt     = statementLen + bindingLen
	packageAt = setAt + Slots // of the first package: value, time, and four limbs of each of x, y, r, s
	keyAt     = packageAt + 2
	rAt       = packageAt + 10
	sAt       = packageAt + 14
)

const signatures = "signatures are valid"

// partial is the circuit without some of its steps.
type partial struct {
	Circuit
	without []string
}

func (p *partial) Define(api frontend.API) error {
	left := slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return slices.Contains(p.without, s.name) })
	if len(left)+len(p.without) != len(steps) {
		return fmt.Errorf("%q are not all steps", p.without)
	}
	return p.define(api, left)
}

// made are the circuits compiled so far, by their packages and what they do without: one of them has a million rows.
var made = map[string]constraint.ConstraintSystem{}

func compiled(t *testing.T, packages int, without ...string) constraint.ConstraintSystem {
	t.Helper()
	name := fmt.Sprint(packages, without)
	if made[name] == nil {
		made[name] = circuittest.Compile(t, vadium.Groth16, vadium.BN254, &partial{*New(packages), without})
	}
	return made[name]
}

// caseOf puts a claim and its secrets before the circuit, true or not.
func caseOf(t *testing.T, claim Claim, known, keys []Key, packages []Package, without ...string) *circuittest.Case {
	t.Helper()
	input, err := inputOf(claim, known, keys, packages)
	if err != nil {
		t.Fatal(err)
	}
	return circuittest.New(vadium.Groth16, vadium.BN254, compiled(t, len(packages), without...), circuittest.Bound(Statement(claim), input))
}

// honest is a case of the first packages of the sample.
func honest(t *testing.T, name string, packages int, without ...string) *circuittest.Case {
	t.Helper()
	feed, all := redstone(t, name)
	known := recovered(t, feed, all)
	claim, _, err := Build(feed, known, all[:packages])
	if err != nil {
		t.Fatal(err)
	}
	return caseOf(t, claim, known, known[:packages], all[:packages], without...)
}

var update = flag.Bool("update", false, "write testdata/constraints.csv")

const countsFile = "testdata/constraints.csv"

// A changed number is a changed circuit, hence a new program. Explain the diff in the commit.
func TestConstraintCountsAreThoseCommitted(t *testing.T) {
	var got bytes.Buffer
	w := csv.NewWriter(&got)
	rows := [][]string{{"program", "public", "secret", "constraints"}}
	for _, n := range []int{1, 3} {
		ccs := compiled(t, n)
		c := circuittest.New(vadium.Groth16, vadium.BN254, ccs, nil)
		if names := c.Unconstrained(); names != nil {
			t.Errorf("%s: in no constraint: %v", ProgramName(n), names)
		}
		if c.Publics != statementLen+bindingLen {
			t.Errorf("%s has %d public inputs, want %d", ProgramName(n), c.Publics, statementLen+bindingLen)
		}
		rows = append(rows, []string{ProgramName(n), fmt.Sprint(c.Publics), fmt.Sprint(ccs.GetNbSecretVariables()), fmt.Sprint(ccs.GetNbConstraints())})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(countsFile, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(countsFile)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("constraint counts are\n%s\nbut %s has\n%s\n(run with -update and say why in the commit)", got.String(), countsFile, want)
	}
}

func TestPublishedPackagesSatisfyTheCircuit(t *testing.T) {
	for _, c := range []struct {
		name     string
		packages int
	}{{"BTC", 1}, {"ETH", 1}, {"ETH", 3}} {
		if err := honest(t, c.name, c.packages).Solve(t); err != nil {
			t.Errorf("%d packages of %s: %v", c.packages, c.name, err)
		}
	}
	feed, packages := redstone(t, "BTC")
	mirrored := []Package{mirror(packages[0])}
	keys := recovered(t, feed, mirrored)
	claim, _, err := Build(feed, keys, mirrored)
	if err != nil {
		t.Fatal(err)
	}
	if err := caseOf(t, claim, keys, keys, mirrored).Solve(t); err != nil {
		t.Errorf("a package with a high s: %v", err)
	}
}

// Each of these claims is consistent in itself, as the same circuit without signatures confirms: only the signature is
// not of what is claimed.
func TestNothingPassesThatWasNotSigned(t *testing.T) {
	feed, packages := redstone(t, "BTC")
	known := recovered(t, feed, packages)
	one := vadium.NewAmount(1)
	for name, forge := range map[string]func(feed *FeedID, p *Package, key *Key){
		"a higher value":            func(_ *FeedID, p *Package, _ *Key) { p.Value = p.Value.MustAdd(one) },
		"the highest bit":           func(_ *FeedID, p *Package, _ *Key) { p.Value = p.Value.MustAdd(power(ValueBits - 1)) },
		"a later time":              func(_ *FeedID, p *Package, _ *Key) { p.At++ },
		"another feed":              func(feed *FeedID, _ *Package, _ *Key) { copy(feed[:], "ETH") },
		"a longer name":             func(feed *FeedID, _ *Package, _ *Key) { feed[feedBytes-1] = 1 },
		"another signer's name":     func(_ *FeedID, _ *Package, key *Key) { *key = known[1] },
		"another package's r":       func(_ *FeedID, p *Package, _ *Key) { copy(p.Signature[:32], packages[1].Signature[:32]) },
		"an altered s":              func(_ *FeedID, p *Package, _ *Key) { p.Signature[63] ^= 1 },
		"a signature of zeros":      func(_ *FeedID, p *Package, _ *Key) { p.Signature = [65]byte{} },
		"an s of the curve's order": func(_ *FeedID, p *Package, _ *Key) { crypto.S256().Params().N.FillBytes(p.Signature[32:64]) },
	} {
		forgedFeed, p, key := feed, packages[0], known[0]
		forge(&forgedFeed, &p, &key)
		claim := claimOf(forgedFeed, []Package{p})
		claim.Signers, _ = Signers(known)
		if err := caseOf(t, claim, known, []Key{key}, []Package{p}, signatures).Solve(t); err != nil {
			t.Errorf("%s: not even a circuit that checks no signature takes it: %v", name, err)
		}
		if caseOf(t, claim, known, []Key{key}, []Package{p}).Solve(t) == nil {
			t.Errorf("%s: passes", name)
		}
	}
	// Of three, the last one.
	three := slices.Clone(packages[:3])
	three[2].At++
	claim := claimOf(feed, three)
	claim.Signers, _ = Signers(known)
	if caseOf(t, claim, known, known[:3], three).Solve(t) == nil {
		t.Error("a later time in the last of three: passes")
	}
}

// A signature is one of its message only: the circuit's other half, the message, is the 77 bytes that were signed.
func TestSignedBytesAreThoseOfTheFormat(t *testing.T) {
	feed, packages := redstone(t, "ETH")
	message, err := packages[0].message(feed)
	if err != nil {
		t.Fatal(err)
	}
	want := "4554480000000000000000000000000000000000000000000000000000000000" +
		fmt.Sprintf("%064x", packages[0].Value.Uint256().ToBig()) + fmt.Sprintf("%012x", int64(packages[0].At)) + "00000020" + "000001"
	if got := fmt.Sprintf("%x", message); got != want {
		t.Errorf("message = %s, want %s", got, want)
	}
}

// Every step is there for something: leave it out, and a claim passes that must not. Signatures are left out in all of
// them, which leaves a circuit that is small enough to try many claims.
func TestEveryStepIsMissedWhenItIsLeftOut(t *testing.T) {
	missed := map[string]bool{}
	for _, f := range forgeries(t) {
		t.Run(f.step+"/"+f.name, func(t *testing.T) {
			missed[f.step] = true
			if f.make(t, signatures).Solve(t) == nil {
				t.Error("it passes")
			}
			if err := f.make(t, signatures, f.step).Solve(t); err != nil {
				t.Errorf("without the step it still does not pass, so it shows nothing of the step: %v", err)
			}
		})
	}
	for _, s := range steps[1 : len(steps)-1] { // of the first and the last other tests
		if !missed[s.name] {
			t.Errorf("nothing is tried that only %q refuses", s.name)
		}
	}
	if names := honest(t, "BTC", 1, steps[0].name, signatures).Unconstrained(); len(names) < 2 {
		t.Errorf("without %q these are in no constraint: %v; want request and prover among them", steps[0].name, names)
	}
}

// forgery is a claim that only one step refuses.
type forgery struct {
	step, name string
	make       func(t *testing.T, without ...string) *circuittest.Case
}

func forgeries(t *testing.T) []forgery {
	t.Helper()
	feed, sample := redstone(t, "BTC")
	known := recovered(t, feed, sample)
	set, err := Signers(known)
	if err != nil {
		t.Fatal(err)
	}
	at := sample[0].At
	valued := func(values ...uint64) (packages []Package) {
		for _, v := range values {
			packages = append(packages, Package{Value: vadium.NewAmount(v), At: at})
		}
		return packages
	}
	// claimed is a claim about packages of the first known signers, altered.
	claimed := func(packages []Package, alter func(c *Claim, keys []Key)) func(t *testing.T, without ...string) *circuittest.Case {
		return func(t *testing.T, without ...string) *circuittest.Case {
			claim, keys := claimOf(feed, packages), slices.Clone(known[:len(packages)])
			claim.Signers = set
			alter(&claim, keys)
			return caseOf(t, claim, known, keys, packages, without...)
		}
	}
	median := func(v uint64) func(c *Claim, _ []Key) {
		return func(c *Claim, _ []Key) { c.Value = vadium.NewAmount(v) }
	}
	// with is an honest claim with other scalars.
	with := func(packages int, scalars map[int]*big.Int) func(t *testing.T, without ...string) *circuittest.Case {
		return func(t *testing.T, without ...string) *circuittest.Case {
			c := honest(t, "BTC", packages, without...)
			for i, v := range scalars {
				c = c.With(i, v)
			}
			return c
		}
	}
	const (
		namesSet     = "the set is the one named"
		noneBefore   = "no time is before the oldest"
		noneAfter    = "no time is after the newest"
		fewBelow     = "no more than half of the values are below the median"
		enoughAtMost = "more than half of the values are not above the median"
		ofSet        = "signers are of the set"
		differ       = "signers differ"
		onCurve      = "keys are on the curve"
	)
	stranger := KeyOf(stranger(t))
	off := Key{31: 1, 63: 1} // 1 is not 1 + 7
	return []forgery{
		{namesSet, "a stranger's set", func(t *testing.T, without ...string) *circuittest.Case {
			claim := claimOf(feed, valued(5))
			claim.Signers = set
			return caseOf(t, claim, []Key{stranger}, []Key{stranger}, valued(5), without...)
		}},
		{namesSet, "a larger set", with(1, map[int]*big.Int{setAt + Slots - 1: scalarOf(stranger.identity())})},
		{noneBefore, "by a millisecond", claimed(valued(5, 6, 7), func(c *Claim, _ []Key) { c.Oldest++ })},
		{noneBefore, "a negative bound", with(1, map[int]*big.Int{oldest: new(big.Int).Sub(fr.Modulus(), big.NewInt(1))})},
		{noneAfter, "by a millisecond", claimed(valued(5, 6, 7), func(c *Claim, _ []Key) { c.Newest-- })},
		{noneAfter, "a bound of 49 bits", with(1, map[int]*big.Int{newest: big.NewInt(int64(at) + 1<<TimeBits - 1)})},
		{fewBelow, "one too high, of one", claimed(valued(5), median(6))},
		{fewBelow, "one too high, of two", claimed(valued(5, 8), median(9))},
		{fewBelow, "one too high, of three", claimed(valued(9, 5, 7), median(8))},
		{fewBelow, "the highest", claimed(valued(9, 5, 7), median(9))},
		{fewBelow, "as high as there is", with(1, map[int]*big.Int{value: new(big.Int).Sub(shiftValue, big.NewInt(1))})},
		{enoughAtMost, "one too low, of one", claimed(valued(5), median(4))},
		{enoughAtMost, "one too low, of two", claimed(valued(5, 8), median(7))},
		{enoughAtMost, "the lower of two", claimed(valued(5, 8), median(5))},
		{enoughAtMost, "one too low, of three", claimed(valued(9, 5, 7), median(6))},
		{enoughAtMost, "the lowest", claimed(valued(9, 5, 7), median(5))},
		{enoughAtMost, "zero", claimed(valued(9, 5, 7), median(0))},
		{ofSet, "a stranger", claimed(valued(5), func(_ *Claim, keys []Key) { keys[0] = stranger })},
		{ofSet, "a stranger among three", claimed(valued(5, 6, 7), func(_ *Claim, keys []Key) { keys[1] = stranger })},
		{differ, "the first twice, of two", claimed(valued(5, 6), func(_ *Claim, keys []Key) { keys[1] = keys[0] })},
		{differ, "first and last, of three", claimed(valued(5, 6, 7), func(_ *Claim, keys []Key) { keys[2] = keys[0] })},
		{differ, "the last two, of three", claimed(valued(5, 6, 7), func(_ *Claim, keys []Key) { keys[2] = keys[1] })},
		{onCurve, "a point of another curve", func(t *testing.T, without ...string) *circuittest.Case {
			// No digest of Signers holds such a key. This one was made by somebody who did not look.
			c := claimed(valued(5), func(_ *Claim, keys []Key) { keys[0] = off })(t, without...)
			digest := tagSigners
			for i := range Slots {
				digest = poseidon.Compress(digest, off.identity())
				c = c.With(setAt+i, scalarOf(off.identity()))
			}
			return c.With(signers, scalarOf(digest))
		}},
	}
}

func scalarOf(e fr.Element) *big.Int { return e.BigInt(new(big.Int)) }

func stranger(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	private, err := crypto.ToECDSA(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return private
}

// Of all the scalars only the bounds may change, each to the side where it says less.
func TestNoWireMayChange(t *testing.T) {
	c := honest(t, "BTC", 1)
	circuittest.CheckBound(t, c, statementLen, oldest, newest)
	one := big.NewInt(1)
	later, earlier := new(big.Int).Add(c.Scalars[oldest], one), new(big.Int).Sub(c.Scalars[newest], one)
	if c.With(oldest, later).Solve(t) == nil || c.With(newest, earlier).Solve(t) == nil {
		t.Error("a bound passes on the wrong side of the package's time")
	}
}

// Whatever no signature is needed for, the inputs determine.
func TestInputsDetermineEveryWireOfTheClaim(t *testing.T) {
	for _, n := range []int{1, 2, 3} {
		if sizes := honest(t, "ETH", n, signatures, "keys are on the curve").FreeWires(t); sizes != nil {
			t.Errorf("%d packages: sets of wires that may move together: %v", n, sizes)
		}
	}
}

// Values and times that have no place in a package's bytes are refused before anything is compared with them.
func TestValuesAndTimesOutOfRangeAreRefused(t *testing.T) {
	tooMuch := new(big.Int).Set(shiftValue)
	for name, c := range map[string]*circuittest.Case{
		"a value of 97 bits": honest(t, "BTC", 1, signatures).With(value, tooMuch).With(packageAt, tooMuch),
		"a negative value":   honest(t, "BTC", 1, signatures).With(value, big.NewInt(0)).With(packageAt, new(big.Int).Sub(fr.Modulus(), big.NewInt(1))),
		"a time of 49 bits":  honest(t, "BTC", 1, signatures).With(packageAt+1, new(big.Int).Lsh(big.NewInt(1), TimeBits)),
	} {
		if c.Solve(t) == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

// Other limbs of the same key or signature are no second name for it: they are of 64 bits each and the key's are hashed.
func TestLimbsHaveOneForm(t *testing.T) {
	wide := new(big.Int).Lsh(big.NewInt(1), 64)
	for name, at := range map[string]int{"x": keyAt, "y": keyAt + 4, "r": rAt, "s": sAt} {
		c := honest(t, "BTC", 1)
		carried := c.With(at, new(big.Int).Add(c.Scalars[at], wide)).With(at+1, new(big.Int).Sub(c.Scalars[at+1], big.NewInt(1)))
		if carried.Solve(t) == nil {
			t.Errorf("%s passes with a limb of 65 bits", name)
		}
	}
}
