package marketplace

import (
	"crypto/sha256"
	"slices"

	"github.com/holiman/uint256"

	"vadium"
)

// referenceSet is the references of all deposits ever credited: they only come. So their digest is that of a sum, like
// the seen commands'. The operator alone chooses references.
//
// An overlay shares its state's: nothing in the rest of a command asks for the reference it credits.
type referenceSet struct {
	known map[vadium.Salt]struct{}
	order []vadium.Salt // of insertion; never changed in place
	sum   uint256.Int
}

func newReferenceSet() *referenceSet { return &referenceSet{known: map[vadium.Salt]struct{}{}} }

func (s *referenceSet) has(reference vadium.Salt) bool {
	_, known := s.known[reference]
	return known
}

func (s *referenceSet) add(reference vadium.Salt) {
	s.known[reference] = struct{}{}
	s.order = append(s.order, reference)
	term := termOf(reference)
	s.sum.Add(&s.sum, &term)
}

// termOf returns what a reference adds to the sum: its SHA-256 as a number.
func termOf(reference vadium.Salt) (term uint256.Int) {
	h := sha256.Sum256(reference[:])
	term.SetBytes32(h[:])
	return term
}

func (s *referenceSet) capture() func() []vadium.Salt {
	held := slices.Clip(s.order)
	return func() []vadium.Salt { return held }
}

// prepare has nothing to do: the sum is always up to date.
func (s *referenceSet) prepare(int) {}

// digest returns SHA-256(number of references as eight bytes ‖ the sum of their terms modulo 2^256).
func (s *referenceSet) digest() [32]byte { return digestOfSum(len(s.order), &s.sum) }

func (s *referenceSet) digestAnew() [32]byte {
	var sum uint256.Int
	for _, reference := range s.order {
		term := termOf(reference)
		sum.Add(&sum, &term)
	}
	return digestOfSum(len(s.order), &sum)
}
