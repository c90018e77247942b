package pricemedian

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/math/bits"

	"vadium"
	"vadium/circuits/circuittest"
)

// mutant is the circuit without one rule, in the hands of a forger: wherever the constraints leave a choice, the forger
// has it. gnark's solver would not make it: it divides zero by zero to zero, and decomposes numbers as they are.
type mutant struct {
	Circuit

	without rule
	// lawless leaves out every rule.
	lawless bool
	// heard are the rules in the order in which they were named, if it is not nil.
	heard *[]rule
	// freeScope and freeRound are mutants of what a message is made of: they take either from the secrets.
	freeScope, freeRound bool
	Scope, Round         frontend.Variable
}

func newMutant(without rule) *mutant { return &mutant{Circuit: *New(forgedSlots), without: without} }

// Define implements frontend.Circuit.
func (m *mutant) Define(api frontend.API) error {
	c := m.Circuit
	if m.freeScope {
		c.Scope = m.Scope
	}
	if m.freeRound {
		c.Round = m.Round
	}
	return c.Define(&forgersAPI{API: api, without: m.without, lawless: m.lawless, heard: m.heard})
}

// forgersAPI leaves out what one rule asserts, and lets the forger choose zero divided by zero. Every quotient has the one
// constraint that gnark's has: quotient · divisor = dividend.
type forgersAPI struct {
	frontend.API

	without, now rule
	lawless      bool
	heard        *[]rule
}

func (a *forgersAPI) forRule(name rule) {
	a.now = name
	if a.heard != nil && !slices.Contains(*a.heard, name) {
		*a.heard = append(*a.heard, name)
	}
}

// holds reports whether the rule in force is one that the mutant keeps.
func (a *forgersAPI) holds() bool { return !a.lawless && (a.without == "" || a.now != a.without) }

func (a *forgersAPI) AssertIsEqual(x, y frontend.Variable) {
	if a.holds() {
		a.API.AssertIsEqual(x, y)
	}
}

func (a *forgersAPI) AssertIsBoolean(x frontend.Variable) {
	if a.holds() {
		a.API.AssertIsBoolean(x)
	}
}

func (a *forgersAPI) DivUnchecked(dividend, divisor frontend.Variable) frontend.Variable {
	if _, constant := a.Compiler().ConstantValue(divisor); constant {
		return a.API.DivUnchecked(dividend, divisor)
	}
	quotient, err := a.Compiler().NewHint(forgersQuotient, 1, dividend, divisor)
	if err != nil {
		panic(err)
	}
	a.API.AssertIsEqual(a.Mul(quotient[0], divisor), dividend)
	return quotient[0]
}

func init() { solver.RegisterHint(forgersQuotient) }

// forgersQuotient divides, and says that zero divided by zero is a root of -1: with it, (0, 0) doubles to a point of the
// curve of order four.
func forgersQuotient(field *big.Int, in, out []*big.Int) error {
	if in[1].Sign() != 0 {
		out[0].ModInverse(in[1], field)
		out[0].Mul(out[0], in[0]).Mod(out[0], field)
		return nil
	}
	minusOne := fr.NewElement(1)
	minusOne.Neg(&minusOne)
	if minusOne.Sqrt(&minusOne) == nil {
		return fmt.Errorf("-1 has no root in %v", field)
	}
	minusOne.BigInt(out[0])
	return nil
}

// decompose is gnark's hint for the bits of a number, unless the claim lies about it.
func (c *claim) decompose(_ *big.Int, in, out []*big.Int) error {
	bits, lying := c.lies[lie{len(out), in[0].String()}]
	for i := range out {
		switch {
		case !lying:
			out[i].SetUint64(uint64(in[0].Bit(i)))
		case i < len(bits):
			out[i].SetUint64(uint64(bits[i]))
		default:
			out[i].SetUint64(0)
		}
	}
	return nil
}

// passes reports whether the claim satisfies the circuit, with the forger's answers to hints.
func (c *claim) passes(t testing.TB, ccs constraint.ConstraintSystem, more ...fr.Element) bool {
	t.Helper()
	witness := circuittest.New(vadium.Groth16, vadium.BN254, ccs, slices.Concat(c.scalars(), encode(more...))).Witness(t)
	var nBits solver.Hint
	for _, hint := range bits.GetHints() {
		if solver.GetHintName(hint) == "github.com/consensys/gnark/std/math/bits.nBits" {
			nBits = hint
		}
	}
	if nBits == nil {
		t.Fatal("gnark's hint for bits has another name: the forger would tell no lies")
	}
	_, err := ccs.Solve(witness, solver.OverrideHint(solver.GetHintID(nBits), c.decompose))
	return err == nil
}

// elsewhere is what mutants have for the scope and the round of messages, which is nothing in all others.
var elsewhere = []fr.Element{{}, {}}

var rules = []rule{
	committeeIsStated, presentIsStated, keysAreOnTheCurve, rIsOnTheCurve, sIsCanonical, presentSeatsSigned, valuesAreAmounts,
	oldestIsATime, newestIsATime, noneIsOlder, noneIsNewer, oldestIsOneOfThem, newestIsOneOfThem, quorumIsPositive,
	quorumIsPresent, valuesAreCompared, countIsHalved, atMostHalfAreBelow, halfAreNotAbove, outlierIsBounded,
	deviationIsCompared, flagsAreExact,
}

func TestForgeriesAreRefusedAndEachForTheOneRuleThatStopsIt(t *testing.T) {
	compile := func(without rule) constraint.ConstraintSystem {
		return circuittest.Compile(t, vadium.Groth16, vadium.BN254, newMutant(without))
	}
	real, whole := circuittest.Compile(t, vadium.Groth16, vadium.BN254, New(forgedSlots)), compile("")
	truths := map[string]*claim{
		"even": even(t), "odd": odd(t), "at the bound": atThreshold(t), "one": honest(t, 7), "zeros": honest(t, 0, 0),
		// What Circuit says is not constrained.
		"a present seat is left out": changed(even, func(_ testing.TB, c *claim) {
			c.present, c.quorum, c.oldest = number(0b1110), number(3), c.slots[1].at
		})(t),
		"an R beside the subgroup": changed(even, func(t testing.TB, c *claim) {
			s := &c.slots[2]
			s.r, s.s = signBeside(t, keyOf(t, 2), compose(tagObservation, c.scope, c.round, s.value, s.at))
		})(t),
	}
	for name, c := range truths {
		if !c.passes(t, real) || !c.passes(t, whole, elsewhere...) {
			t.Errorf("a true claim (%s) is refused", name)
		}
	}
	for _, f := range forgeries {
		if c := f.claim(t); c.passes(t, real) || c.passes(t, whole, elsewhere...) {
			t.Errorf("%s: it passes", f.name)
		}
	}
	for _, without := range rules {
		t.Run(string(without), func(t *testing.T) {
			ccs := compile(without)
			caught := 0
			for _, f := range forgeries {
				if f.stops != without {
					continue
				}
				caught++
				if !f.claim(t).passes(t, ccs, elsewhere...) {
					t.Errorf("%s: something else stops it, too, so it does not show that the rule is needed", f.name)
				}
			}
			if caught == 0 {
				t.Error("no forgery shows that the rule is needed")
			}
			if !truths["even"].passes(t, ccs, elsewhere...) {
				t.Error("a true claim is refused without the rule: the mutant is broken")
			}
		})
	}
}

// The list of rules is the circuit's, and no constraint refuses anything for another reason: without any rule, nonsense
// passes.
func TestEveryConstraintIsForARule(t *testing.T) {
	var heard []rule
	m := newMutant("")
	m.lawless, m.heard = true, &heard
	ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, m)
	slices.Sort(heard)
	if want := slices.Sorted(slices.Values(rules)); !slices.Equal(heard, want) {
		t.Errorf("the circuit has the rules %q, the tests leave out %q", heard, want)
	}
	random := rand.New(rand.NewPCG(1, 2))
	nonsense := make([]byte, 0, (StatementScalars+2+secretsPerSlot*forgedSlots)*fr.Bytes)
	for range cap(nonsense) / fr.Bytes {
		scalar := make([]byte, fr.Bytes)
		for i := range scalar[1:] {
			scalar[i+1] = byte(random.Uint32())
		}
		nonsense = append(nonsense, scalar...)
	}
	nonsense = append(nonsense, encode(elsewhere...)...)
	if err := circuittest.New(vadium.Groth16, vadium.BN254, ccs, nonsense).Solve(t); err != nil {
		t.Errorf("without any rule nonsense is refused: %v", err)
	}
}

// What a message is made of is no assertion that could be left out. So these mutants take it from elsewhere: a circuit
// whose messages were not of the stated scope and round would take signatures made for others.
func TestMessagesAreOfTheStatedScopeAndRound(t *testing.T) {
	for name, c := range map[string]struct {
		mutate func(*mutant)
		scope  fr.Element
		round  fr.Element
	}{
		"an observation of another feed":  {func(m *mutant) { m.freeScope = true }, plus(odd(t).scope, number(1)), number(9)},
		"an observation of another round": {func(m *mutant) { m.freeRound = true }, odd(t).scope, number(8)},
	} {
		forged := odd(t)
		for i := range 3 {
			forged.signFor(t, i, c.scope, c.round, forged.slots[i].value, forged.slots[i].at)
		}
		m := newMutant("")
		c.mutate(m)
		if !forged.passes(t, circuittest.Compile(t, vadium.Groth16, vadium.BN254, m), c.scope, c.round) {
			t.Errorf("%s: the mutant does not take it", name)
		}
		if forged.passes(t, circuittest.Compile(t, vadium.Groth16, vadium.BN254, newMutant("")), c.scope, c.round) {
			t.Errorf("%s: it passes", name)
		}
	}
}
