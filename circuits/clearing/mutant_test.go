package clearing

import (
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

// mutant is the circuit without one rule.
type mutant struct {
	Circuit

	without rule
	// lawless leaves out every rule.
	lawless bool
	// heard are the rules in the order in which they were named, if it is not nil.
	heard *[]rule
}

// Define implements frontend.Circuit.
func (m *mutant) Define(api frontend.API) error {
	return m.Circuit.Define(&forgersAPI{API: api, without: m.without, lawless: m.lawless, heard: m.heard})
}

// forgersAPI leaves out what one rule asserts.
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
func (a *forgersAPI) holds() bool { return !a.lawless && a.now != a.without }

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

// decompose is gnark's hint for the bits of a number, unless the claim lies about it.
func (c *claim) decompose(_ *big.Int, in, out []*big.Int) error {
	said := in[0]
	if other, lying := c.lies[lie{len(out), in[0].String()}]; lying {
		said = other.BigInt(new(big.Int))
	}
	for i := range out {
		out[i].SetUint64(uint64(said.Bit(i)))
	}
	return nil
}

// passes reports whether the claim satisfies the circuit, with the forger's answers to hints.
func (c *claim) passes(t testing.TB, ccs constraint.ConstraintSystem) bool {
	t.Helper()
	witness := circuittest.New(vadium.Groth16, vadium.BN254, ccs, c.scalars()).Witness(t)
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

func (f forgery) claim(t testing.TB) *claim {
	t.Helper()
	c := honest(t, f.from)
	f.forge(c)
	return c
}

var rules = []rule{
	fullOrEmpty, fullComeFirst, orderKeysHaveBits, slotKeysHaveBits, ordersAreSorted, slotsAreSorted, offersBeginAtZero, offersAreOfOne,
	offersAreWhole, switchesAreBits, bookIsStated, lastServedIsWorthIt, nextIsNotWorthIt, cheaperIsCompared, requestsAreStated,
	winnersAreStated, paidIsStated,
}

func TestForgeriesAreRefusedAndEachForTheOneRuleThatStopsIt(t *testing.T) {
	real := circuitOf(t, tiny)
	truths := map[string]*claim{
		"three": honest(t, three), "marginal": honest(t, marginal), "tied orders": honest(t, tiedOrders),
		"tied slots": honest(t, tiedSlots), "roomy": honest(t, roomy), "nothing": honest(t, bookOfNumbers(nil)),
	}
	// What Circuit says is not constrained: a prover with two offers, whatever its name.
	twice := honest(t, three)
	twice.slots[3].id = twice.slots[0].id
	twice.commit()
	truths["twice"] = twice
	// And an offer whose slots have two commitments to the price. Nobody makes this book of commitments that were published.
	twofold := honest(t, three)
	twofold.slots[2].blinding = plus(twofold.slots[2].blinding, fr.One())
	one, other := commitmentOf(twofold.slots[1]), commitmentOf(twofold.slots[2])
	twofold.commit()
	truths["twofold"] = twofold
	for _, commitment := range []fr.Element{one, other} {
		public := committed(t, three)
		public[1].Commitment = commitment.Bytes()
		book, err := commitPublic(tiny, three.Clearing, three.Orders, public)
		if err != nil {
			t.Fatal(err)
		}
		if book == twofold.book.Bytes() {
			t.Error("a book of two commitments to one price is that of one of them")
		}
	}
	for name, c := range truths {
		if !c.passes(t, real) {
			t.Errorf("a true claim (%s) is refused", name)
		}
	}
	forged := make([]*claim, len(forgeries))
	for i, f := range forgeries {
		forged[i] = f.claim(t)
		if forged[i].passes(t, real) {
			t.Errorf("%s: it passes", f.name)
		}
	}
	for _, without := range rules {
		t.Run(string(without), func(t *testing.T) {
			ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, &mutant{Circuit: *New(tiny), without: without})
			caught := 0
			for i, f := range forgeries {
				if f.stops != without {
					continue
				}
				caught++
				if !forged[i].passes(t, ccs) {
					t.Errorf("%s: something else stops it, too, so it does not show that the rule is needed", f.name)
				}
			}
			if caught == 0 {
				t.Error("no forgery shows that the rule is needed")
			}
			if !truths["three"].passes(t, ccs) {
				t.Error("a true claim is refused without the rule: the mutant is broken")
			}
		})
	}
}

// The list of rules is the circuit's, and no constraint refuses anything for another reason: without any rule, nonsense
// passes.
func TestEveryConstraintIsForARule(t *testing.T) {
	var heard []rule
	ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, &mutant{Circuit: *New(tiny), lawless: true, heard: &heard})
	slices.Sort(heard)
	if want := slices.Sorted(slices.Values(rules)); !slices.Equal(heard, want) {
		t.Errorf("the circuit has the rules %q, the tests leave out %q", heard, want)
	}
	random := rand.New(rand.NewPCG(1, 2))
	nonsense := make([]byte, (StatementScalars+2+tiny*secretsPerPlace+2*switchesFor(forgedPlaces))*fr.Bytes)
	for i := range nonsense {
		if i%fr.Bytes != 0 {
			nonsense[i] = byte(random.Uint32())
		}
	}
	if err := circuittest.New(vadium.Groth16, vadium.BN254, ccs, nonsense).Solve(t); err != nil {
		t.Errorf("without any rule nonsense is refused: %v", err)
	}
}
