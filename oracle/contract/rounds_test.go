package contract_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"vadium"
	"vadium/circuits"
	"vadium/oracle"
	"vadium/oracle/contract"
)

var (
	update = flag.Bool("update", false, "write GAS.md from what was measured")
	setup  = flag.Bool("setup", false, "make other keys and rounds in testdata (then: make contracts, and the gas with -update)")
)

// program is the part of the manifest of price-median-7 that says what its verifying key is.
func program(key []byte) vadium.Program {
	return vadium.Program{
		Name: "price-median-7", System: vadium.Groth16, Curve: vadium.BN254, Bound: true, Public: 10, VerifyingKey: vadium.DigestOf(key),
	}
}

// The feed of the rounds in testdata: a committee of seven of which five are a quorum.
const (
	slots   = 7
	quorum  = 5
	outlier = vadium.Bps(250)
)

var (
	scope = oracle.ScopeOf(vadium.Salt{1}, oracle.FeedID{'B', 'T', 'C', '/', 'U', 'S', 'D'})
	price = vadium.NewAmount(65_000_0000_0000) // that the first seat sees, with 8 decimals; the others' are a dollar apart
	by    = vadium.Account{19: 7}              // who made the proofs
)

// plan says what observations a round in testdata is made of.
type plan struct {
	name      string
	committee byte // whose keys
	number    uint64
	from      vadium.Time // of the first seat's observation; the others' follow at half a second each
	together  bool        // all observe when the first seat does
	absent    []int
	off       []int // seats that saw a tenth more
}

var plans = []plan{
	{name: "first", committee: 'a', number: 1, from: begin.Add(60_000)},
	{name: "second", committee: 'a', number: 2, from: begin.Add(70_000), absent: []int{1, 4}, off: []int{5}},
	{name: "older", committee: 'a', number: 3, from: begin.Add(65_000)},
	{name: "later", committee: 'a', number: 257, from: begin.Add(80_000)},
	{name: "sudden", committee: 'a', number: 4, from: begin.Add(90_000), together: true},
	{name: "others", committee: 'b', number: 258, from: begin.Add(vadium.Day + 100_000)},
}

// round is a round as the market would have it: the public inputs of its proof, and the proof.
type round struct {
	Name    string
	Publics hexBytes
	Proof   hexBytes
}

type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// read returns the verifying key and the rounds by name, as they are in testdata.
func read(t *testing.T) (key []byte, rounds map[string]round) {
	t.Helper()
	key, err := os.ReadFile("testdata/verifying.key")
	must(t, err)
	text, err := os.ReadFile("testdata/rounds.json")
	must(t, err)
	var list []round
	must(t, json.Unmarshal(text, &list))
	rounds = map[string]round{}
	for _, r := range list {
		rounds[r.Name] = r
	}
	return key, rounds
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What the other tests publish is what the market would take: each proof verifies under the key, and the contract that
// verifies on the chain is made from that key.
func TestTheRoundsVerifyOffTheChain(t *testing.T) {
	if *setup {
		makeTestdata(t)
	}
	key, rounds := read(t)
	vk, err := circuits.LoadVerifyingKey(program(key), key)
	must(t, err)
	for _, p := range plans {
		if err := vk.Verify(rounds[p.name].Publics, rounds[p.name].Proof); err != nil {
			t.Errorf("round %s: %v", p.name, err)
		}
	}
	var exported bytes.Buffer
	must(t, contract.ExportVerifier(&exported, program(key), key))
	committed, err := os.ReadFile("testdata/Verifier.sol")
	must(t, err)
	if !bytes.Equal(exported.Bytes(), committed) {
		t.Errorf("testdata/Verifier.sol is not what the key exports (go test ./oracle/contract -run Verify -setup, then make contracts)")
	}
}

func TestOnlyAPriceMediansVerifierIsExported(t *testing.T) {
	key, _ := read(t)
	for name, change := range map[string]func(*vadium.Program){
		"another key":     func(p *vadium.Program) { p.VerifyingKey[0] ^= 1 },
		"another circuit": func(p *vadium.Program) { p.Public = 9 },
		"not bound":       func(p *vadium.Program) { p.Public, p.Bound = 12, false },
	} {
		p := program(key)
		change(&p)
		var out bytes.Buffer
		if err := contract.ExportVerifier(&out, p, key); err == nil || out.Len() > 0 {
			t.Errorf("%s: exported %d bytes, %v; want a refusal", name, out.Len(), err)
		}
	}
}

func TestAPublicationIsRefusedWhereItCostsNothing(t *testing.T) {
	key, rounds := read(t)
	vk, err := circuits.LoadVerifyingKey(program(key), key)
	must(t, err)
	r := rounds["first"]
	if _, err := contract.Publication(vk, r.Publics, r.Proof); err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(r.Publics)
	other[len(other)-1] ^= 1
	if _, err := contract.Publication(vk, other, r.Proof); err == nil {
		t.Error("the publication of a proof for another prover is made")
	}
	if _, err := contract.ReportOf(r.Publics[1:]); err == nil {
		t.Error("a report of a byte too few is read")
	}
}

func makeTestdata(t *testing.T) {
	t.Helper()
	prove, key := newProver(t)
	var rounds []round
	for _, p := range plans {
		publics, proof := prove(p)
		rounds = append(rounds, round{p.name, publics, proof})
	}
	text, err := json.MarshalIndent(rounds, "", " ")
	must(t, err)
	var exported bytes.Buffer
	must(t, contract.ExportVerifier(&exported, program(key), key))
	for name, content := range map[string][]byte{"verifying.key": key, "rounds.json": append(text, '\n'), "Verifier.sol": exported.Bytes()} {
		must(t, os.WriteFile("testdata/"+name, content, 0o644))
	}
	fmt.Println("now: make contracts")
}
