package sha256preimage

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/consensys/gnark/constraint"

	"vadium"
	"vadium/circuits/circuittest"
)

var once struct {
	sync.Once
	ccs constraint.ConstraintSystem
}

func caseOf(t *testing.T, message []byte) *circuittest.Case {
	t.Helper()
	once.Do(func() { once.ccs = circuittest.Compile(t, vadium.Groth16, vadium.BN254, &Circuit{}) })
	statement, input, err := Build(message)
	if err != nil {
		t.Fatal(err)
	}
	return circuittest.New(vadium.Groth16, vadium.BN254, once.ccs, circuittest.Bound(statement, input))
}

// message returns n random bytes.
func message(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(b)
	return b
}

// Positions in the scalars of a case.
const (
	hi, lo       = 0, 1
	lengthAt     = 4
	firstByte    = 5
	statementLen = 2
)

func TestCircuitAgreesWithTheStandardLibraryAtEveryLength(t *testing.T) {
	for n := range MaxBytes + 1 {
		c := caseOf(t, message(n))
		if err := c.Solve(t); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		flipped := new(big.Int).Xor(c.Scalars[lo], new(big.Int).Lsh(big.NewInt(1), uint(n)))
		if c.With(lo, flipped).Solve(t) == nil {
			t.Fatalf("%d bytes: a digest with bit %d flipped is accepted", n, n)
		}
	}
	for _, b := range [][]byte{[]byte("abc"), bytes.Repeat([]byte{0xff}, MaxBytes), make([]byte, 64), {0x80}, {0}} {
		if err := caseOf(t, b).Solve(t); err != nil {
			t.Errorf("%x: %v", b, err)
		}
	}
}

func TestNoWireMayChange(t *testing.T) {
	lengths := []int{0, 55, 56, 119}
	if testing.Short() {
		lengths = lengths[1:2]
	}
	for _, n := range lengths {
		circuittest.CheckBound(t, caseOf(t, message(n)), statementLen)
	}
}

// At both sides of each boundary: nothing internal is left open.
func TestInputsDetermineEveryWire(t *testing.T) {
	for _, n := range []int{0, 55, 56, 119} {
		if sizes := caseOf(t, message(n)).FreeWires(t); sizes != nil {
			t.Errorf("%d bytes: sets of wires that may move together: %v", n, sizes)
		}
	}
}

// The ways in which padding goes wrong: another length for the same bytes, bytes beyond the end, bytes that are none.
func TestLengthAndPaddingCannotBeBent(t *testing.T) {
	c := caseOf(t, append(message(54), 0))
	for _, other := range []int64{54, 56, 120, 127, 128, -1} {
		length := new(big.Int).Mod(big.NewInt(other), c.Field.ScalarField())
		if c.With(lengthAt, length).Solve(t) == nil {
			t.Errorf("55 bytes pass as %d", other)
		}
	}
	if c.With(firstByte+60, big.NewInt(1)).Solve(t) == nil {
		t.Error("a byte beyond the end is accepted")
	}
	if c.With(firstByte+MaxBytes-1, big.NewInt(0x80)).Solve(t) == nil {
		t.Error("a byte at the very end is accepted")
	}
	wide := new(big.Int).Add(c.Scalars[firstByte], big.NewInt(256))
	if c.With(firstByte, wide).Solve(t) == nil {
		t.Error("a byte above 255 is accepted")
	}
	// The state after one block is no digest of a message that needs two.
	long := caseOf(t, message(60))
	short := caseOf(t, message(55))
	if long.With(hi, short.Scalars[hi]).With(lo, short.Scalars[lo]).Solve(t) == nil {
		t.Error("another message's digest is accepted")
	}
}

func TestBuildRefusesWhatDoesNotFitAndParsesDigests(t *testing.T) {
	if _, _, err := Build(make([]byte, MaxBytes+1)); err == nil || !strings.Contains(err.Error(), "at most 119") {
		t.Errorf("Build of 120 bytes = %v, want the limit", err)
	}
	statement, input, err := Build([]byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := ParseDigest("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
	if err != nil || !bytes.Equal(Statement(digest), statement) || len(input) != (statementLen+1+MaxBytes)*32 {
		t.Errorf("statement of abc is %x (%v), want the published digest", statement, err)
	}
	for _, bad := range []string{"", "ba", strings.Repeat("g", 64), strings.Repeat("0", 66)} {
		if _, err := ParseDigest(bad); err == nil {
			t.Errorf("ParseDigest(%q) = nil error", bad)
		}
	}
}
