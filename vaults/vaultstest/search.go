package vaultstest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/holiman/uint256"

	"vadium"
)

// Property is held against random cases, a round of them at a time. A round returns how many cases it held: those in which
// the property had something to say. What is wrong comes as the error, with numbers.
type Property func(random *rand.Rand) (cases int, err error)

// few is how many cases a plain `go test` holds of each property; `make search` asks for more.
const few = 1_500

// Search looks for a case that a property does not hold in, among VADIUM_SEARCH_CASES of them. It prints its seed, and takes
// it back as VADIUM_SEARCH_SEED: a round depends on nothing but the seed and its number.
func Search(t *testing.T, p Property) {
	t.Helper()
	cases := int(fromEnvironment(t, "VADIUM_SEARCH_CASES", few))
	seed := fromEnvironment(t, "VADIUM_SEARCH_SEED", uint64(time.Now().UnixNano()))
	held, rounds, err := search(p, seed, cases)
	if err != nil {
		t.Fatalf("%v\n(in round %d, after %d cases; VADIUM_SEARCH_CASES=%d VADIUM_SEARCH_SEED=%d finds it again)", err, rounds, held, cases, seed)
	}
	t.Logf("seed %d: %d cases in %d rounds", seed, held, rounds)
	if os.Getenv("VADIUM_SEARCH_CASES") != "" {
		t.Attr("counted", fmt.Sprintf("%d cases, seed %d", held, seed))
	}
}

// Catch sees that a property notices what is wrong with it: that of a mutant, in which a formula has been replaced. The
// cases are the same every time. It says how the mutant was caught.
func Catch(t *testing.T, p Property) {
	t.Helper()
	const enough = 50_000
	held, rounds, err := search(p, 1, enough)
	if err == nil {
		t.Fatalf("nothing is noticed in %d cases", held)
	}
	t.Logf("round %d: %.300s", rounds, err.Error())
}

// search plays rounds until enough cases have been held, and gives up on a property that most rounds say nothing of.
func search(p Property, seed uint64, cases int) (held, round int, err error) {
	for ; held < cases; round++ {
		if round > 100_000+100*cases {
			return held, round, errors.New("the rounds do not reach what the property is about")
		}
		n, err := round1(p, rand.New(rand.NewPCG(seed, uint64(round))))
		held += n
		if err != nil {
			return held, round, err
		}
	}
	return held, round, nil
}

// round1 is one round. A panic is a finding like any other.
func round1(p Property, random *rand.Rand) (cases int, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v\n%s", caught, debug.Stack())
		}
	}()
	return p(random)
}

func fromEnvironment(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// AnyAmount is an amount of up to two to the power of bits, which is 74 at least: of every size as often, and half the time a corner, of which zero, one and the
// largest power of two are the first.
func AnyAmount(random *rand.Rand, bits int) vadium.Amount {
	one := uint256.NewInt(1)
	switch random.IntN(16) {
	case 0:
		return vadium.Amount{}
	case 1, 2:
		return vadium.NewAmount(1)
	case 3:
		return vadium.AmountFromUint256(new(uint256.Int).Lsh(one, uint(bits)))
	case 4:
		return vadium.NewAmount(2 + random.Uint64N(10))
	case 5: // beside a power of two
		edge := new(uint256.Int).Lsh(one, uint(1+random.IntN(bits)))
		return vadium.AmountFromUint256(edge.AddUint64(edge.SubUint64(edge, 1), 2*uint64(random.IntN(2))))
	case 6, 7:
		return vadium.Tokens(random.Uint64N(10_000))
	}
	n := uint256.Int{random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()}
	return vadium.AmountFromUint256(n.Rsh(&n, uint(256-1-random.IntN(bits))))
}

// Corner is one of corners as often as not, else a number below most.
func Corner(random *rand.Rand, most uint64, corners ...uint64) uint64 {
	if random.IntN(2) == 0 {
		return corners[random.IntN(len(corners))]
	}
	return random.Uint64N(most)
}
