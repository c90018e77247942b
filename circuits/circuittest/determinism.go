package circuittest

import (
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
)

// FreeWires looks for values the constraints leave open: given the inputs, is there a second solution beside the
// solver's? It answers to first order: at the case's solution it linearises every row over the internal wires and
// eliminates. A wire that may move alone is dead weight (the inverse IsZero computes of zero); a set of wires that can
// only move together is a circuit that proves too little. It returns those sets' sizes above one.
//
// It is a check at one witness and no proof: run it at several, edge cases among them. It reads BN254 R1CS, and its
// cost grows with the number of open wires, which is near zero for the circuits it is meant for.
func (c *Case) FreeWires(t testing.TB) []int {
	t.Helper()
	solution, err := c.CCS.Solve(c.Witness(t))
	if err != nil {
		t.Fatalf("the assignment is not satisfied: %v", err)
	}
	e := elimination{
		values: solution.(*csbn254.R1CSSolution).W,
		ccs:    c.CCS.(*csbn254.R1CS),
		known:  map[uint32]combination{},
		users:  map[uint32]map[uint32]bool{},
		inputs: uint32(c.CCS.GetNbPublicVariables() + c.CCS.GetNbSecretVariables()),
	}
	for _, row := range e.ccs.GetR1Cs() {
		e.add(row)
	}
	return e.supports()
}

// combination is a linear combination of parameters: wires that are open so far.
type combination map[uint32]fr.Element

func (l combination) add(other combination, factor fr.Element) {
	for wire, k := range other {
		var term fr.Element
		term.Mul(&k, &factor)
		sum := l[wire]
		sum.Add(&sum, &term)
		if sum.IsZero() {
			delete(l, wire)
		} else {
			l[wire] = sum
		}
	}
}

// elimination keeps, for every internal wire met so far, how it moves with the parameters.
type elimination struct {
	values fr.Vector
	ccs    *csbn254.R1CS
	known  map[uint32]combination
	users  map[uint32]map[uint32]bool // parameter -> wires it moves
	inputs uint32
}

func (e *elimination) coefficient(term constraint.Term) (k fr.Element) {
	return e.ccs.Coefficients[term.CID]
}

func (e *elimination) evaluate(l constraint.LinearExpression) (sum fr.Element) {
	for _, term := range l {
		k := e.coefficient(term)
		k.Mul(&k, &e.values[term.VID])
		sum.Add(&sum, &k)
	}
	return sum
}

// add takes the derivative of L·R - O = 0, which is R dL + L dR - dO = 0, and uses it to express one wire by others.
func (e *elimination) add(row constraint.R1C) {
	left, right := e.evaluate(row.L), e.evaluate(row.R)
	minusOne := fr.NewElement(1)
	minusOne.Neg(&minusOne)
	derivative := combination{}
	var met []uint32
	for _, side := range []struct {
		terms  constraint.LinearExpression
		factor fr.Element
	}{{row.L, right}, {row.R, left}, {row.O, minusOne}} {
		for _, term := range side.terms {
			if term.VID < e.inputs {
				continue // inputs are fixed
			}
			k := e.coefficient(term)
			k.Mul(&k, &side.factor)
			if known, ok := e.known[term.VID]; ok {
				derivative.add(known, k)
				continue
			}
			met = append(met, term.VID)
			derivative.add(combination{term.VID: fr.NewElement(1)}, k)
		}
	}
	for _, wire := range met {
		if _, ok := e.known[wire]; !ok {
			e.known[wire] = combination{wire: fr.NewElement(1)} // open until a row closes it
			e.users[wire] = map[uint32]bool{wire: true}
		}
	}
	e.close(derivative)
}

// close uses derivative = 0 to express its highest parameter by the others, everywhere.
func (e *elimination) close(derivative combination) {
	if len(derivative) == 0 {
		return
	}
	var pivot uint32
	for wire := range derivative {
		pivot = max(pivot, wire)
	}
	factor := derivative[pivot]
	factor.Inverse(&factor).Neg(&factor)
	delete(derivative, pivot)
	expressed := combination{}
	expressed.add(derivative, factor)
	for wire := range e.users[pivot] {
		l := e.known[wire]
		k := l[pivot]
		delete(l, pivot)
		l.add(expressed, k)
		for parameter := range expressed {
			if _, moves := l[parameter]; moves {
				e.users[parameter][wire] = true
			} else {
				delete(e.users[parameter], wire)
			}
		}
	}
	delete(e.users, pivot)
}

// supports returns how many wires each open parameter moves, where that is more than the parameter itself.
func (e *elimination) supports() []int {
	var sizes []int
	for _, wires := range e.users {
		if len(wires) > 1 {
			sizes = append(sizes, len(wires))
		}
	}
	slices.Sort(sizes)
	return sizes
}
