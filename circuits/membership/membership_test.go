package membership

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"

	"vadium"
	"vadium/circuits/circuittest"
	"vadium/circuits/merkle"
)

// people draws n identities from a seed.
func people(t testing.TB, n int) []Identity {
	t.Helper()
	source := rand.NewChaCha8([32]byte{1})
	ids := make([]Identity, n)
	for i := range ids {
		var err error
		if ids[i], err = NewIdentity(source); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

func listOf(ids []Identity) string {
	var b strings.Builder
	for _, id := range ids {
		fmt.Fprintln(&b, id.Commitment())
	}
	return b.String()
}

func compiled(t testing.TB) constraint.ConstraintSystem {
	return circuittest.Compile(t, vadium.Groth16, vadium.BN254, &Circuit{})
}

func build(t testing.TB, list string, id Identity, scope string) (statement, input []byte) {
	t.Helper()
	statement, input, err := Build(strings.NewReader(list), id, scope)
	if err != nil {
		t.Fatal(err)
	}
	return statement, input
}

func TestEveryMemberSatisfiesTheCircuitAndNoWireMayChange(t *testing.T) {
	ccs := compiled(t)
	ids := people(t, 5)
	for i, id := range ids {
		statement, input := build(t, listOf(ids), id, "vote")
		if len(statement) != StatementScalars*32 || len(input) != InputScalars*32 {
			t.Fatalf("Build returned %d and %d bytes, want %d and %d scalars", len(statement), len(input), StatementScalars, InputScalars)
		}
		c := circuittest.New(vadium.Groth16, vadium.BN254, ccs, circuittest.Bound(statement, input))
		if i == 0 || i == len(ids)-1 {
			circuittest.CheckBound(t, c, StatementScalars)
		} else if err := c.Solve(t); err != nil {
			t.Errorf("member %d: %v", i, err)
		}
	}
}

// At several places in the list: nothing internal is left open.
func TestInputsDetermineEveryWire(t *testing.T) {
	ccs := compiled(t)
	ids := people(t, 5)
	for _, i := range []int{0, 1, 4} {
		statement, input := build(t, listOf(ids), ids[i], "vote")
		c := circuittest.New(vadium.Groth16, vadium.BN254, ccs, circuittest.Bound(statement, input))
		if sizes := c.FreeWires(t); sizes != nil {
			t.Errorf("member %d: sets of wires that may move together: %v", i, sizes)
		}
	}
}

func TestProofHoldsForItsStatementRequestAndProverOnly(t *testing.T) {
	ccs := compiled(t)
	ids := people(t, 3)
	statement, input := build(t, listOf(ids), ids[1], "vote")
	c := circuittest.New(vadium.Groth16, vadium.BN254, ccs, circuittest.Bound(statement, input))
	circuittest.CheckReplay(t, c, circuittest.Setup(t, ccs))
}

func TestNullifierLinksWithinAScopeAndNotAcross(t *testing.T) {
	ids := people(t, 3)
	nullifier := func(list string, id Identity, scope string) string {
		statement, _ := build(t, list, id, scope)
		return string(statement[64:])
	}
	all := listOf(ids)
	if nullifier(all, ids[0], "a") != nullifier(listOf(ids[:2]), ids[0], "a") {
		t.Error("one identity has two nullifiers in one scope: it could act twice")
	}
	if nullifier(all, ids[0], "a") == nullifier(all, ids[0], "b") {
		t.Error("one identity has the same nullifier in two scopes: its acts can be linked")
	}
	if nullifier(all, ids[0], "a") == nullifier(all, ids[1], "a") {
		t.Error("two identities share a nullifier")
	}
}

// What an impostor might try, beyond changing one wire.
func TestImpostorsAreRejected(t *testing.T) {
	ccs := compiled(t)
	ids := people(t, 4)
	outsider := people(t, 5)[4]
	statement, input := build(t, listOf(ids), ids[2], "vote")
	honest := circuittest.New(vadium.Groth16, vadium.BN254, ccs, circuittest.Bound(statement, input))
	const secret, index = StatementScalars + 2, StatementScalars + 3
	scope := scopeOf("vote")
	asInt := func(e fr.Element) *big.Int { return e.BigInt(new(big.Int)) }

	forged := honest.With(secret, asInt(outsider.secret)).With(2, asInt(nullifierOf(outsider.secret, scope)))
	if forged.Solve(t) == nil {
		t.Error("an outsider with a nullifier of their own is accepted on a member's path")
	}
	if honest.With(2, asInt(nullifierOf(ids[0].secret, scope))).Solve(t) == nil {
		t.Error("a member may use another member's nullifier")
	}
	wrapped := new(big.Int).Add(honest.Scalars[index], new(big.Int).Lsh(big.NewInt(1), Depth))
	if honest.With(index, wrapped).Solve(t) == nil {
		t.Error("an index of 21 bits is accepted: the leaf's place is not unique")
	}
	// A node in the leaf's place, climbing one level less: the tree of node hashes has no such path.
	tree := merkle.New(Depth, []fr.Element{leafOf(ids[0].commitment())})
	if tree.Root() == merkle.Climb(ids[0].commitment(), 0, tree.Path(0)) {
		t.Error("a commitment passes for its leaf")
	}
}

func TestBuildExplainsWhatIsWrong(t *testing.T) {
	ids := people(t, 3)
	a, b := ids[0].Commitment(), ids[1].Commitment()
	order := "0x" + fr.Modulus().Text(16)
	for name, c := range map[string]struct{ list, want string }{
		"not in the list":       {a + "\n", "not in the list"},
		"empty":                 {"", "no commitments"},
		"only a comment":        {"# nobody\n", "no commitments"},
		"duplicate":             {a + "\n" + b + "\n\n" + a + "\n", "line 4: commitment " + a + " already stands on line 1"},
		"same with and without": {a + "\n" + a[2:] + "\n", "line 2"},
		"malformed later":       {a + "\nhello\n", `line 2: commitment "hello"`},
		"not canonical":         {a + "\n" + order + "\n", "not below the order"},
		"no such column":        {"name,mail\nAda,a@x\n", `line 1: neither a commitment (32 bytes of hex) nor a header with a column called "commitment"`},
		"short row":             {"name,commitment\nAda\n", "line 2: 1 columns"},
	} {
		_, _, err := Build(strings.NewReader(c.list), ids[2], "vote")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.want)
		}
	}
	if _, _, err := Build(strings.NewReader(a), ids[2], "vote"); !errors.Is(err, ErrNotAMember) {
		t.Errorf("outsider: %v, want ErrNotAMember", err)
	}
}

func TestListFormatsGiveTheSameRoot(t *testing.T) {
	ids := people(t, 3)
	var want [32]byte
	for i, list := range []string{
		listOf(ids),
		"# members of 2026\n" + strings.ReplaceAll(listOf(ids), "0x", ""),
		"members\n" + listOf(ids),
		"name, Commitment\n\"Ada, Countess\", " + ids[0].Commitment() + "\nBob," + ids[1].Commitment() + "\nCy, " + ids[2].Commitment(),
		"\ufeff" + strings.ReplaceAll(listOf(ids), "\n", "\r\n"),
	} {
		read, err := ReadList(strings.NewReader(list))
		if err != nil {
			t.Errorf("format %d: %v", i, err)
			continue
		}
		if i == 0 {
			want = read.Root()
		}
		if read.Root() != want || read.Len() != 3 {
			t.Errorf("format %d: root %x of %d members, want %x of 3", i, read.Root(), read.Len(), want)
		}
	}
}

func TestIdentityFileRoundTripsAndRefusesDamage(t *testing.T) {
	id := people(t, 1)[0]
	file, err := json.Marshal(id)
	if err != nil {
		t.Fatal(err)
	}
	var back Identity
	if err := json.Unmarshal(file, &back); err != nil || back != id {
		t.Errorf("round trip: %v", err)
	}
	if strings.Contains(fmt.Sprintf("%v %s", id, id), hexScalar(id.secret)[2:]) {
		t.Error("printing an identity prints its secret")
	}
	secret := hexScalar(id.secret)
	for name, damaged := range map[string]string{
		"another secret": strings.Replace(string(file), secret, hexScalar(fr.NewElement(5)), 1),
		"no secret":      strings.Replace(string(file), secret, "", 1),
		"another format": strings.Replace(string(file), "/v1", "/v9", 1),
		"unknown field":  strings.Replace(string(file), "{", `{"x":1,`, 1),
	} {
		if err := json.Unmarshal([]byte(damaged), &back); err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error prints the secret", name)
		}
	}
	if _, err := NewIdentity(bytes.NewReader(make([]byte, 48))); err == nil {
		t.Error("an identity of zeros is accepted")
	}
	if _, err := NewIdentity(bytes.NewReader(nil)); err == nil {
		t.Error("an identity without randomness is accepted")
	}
}
