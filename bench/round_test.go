package bench

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/binding"
	"vadium/circuits/pricemedian"
	"vadium/circuits/provenance"
	"vadium/circuits/setup"
	"vadium/oracle"
	"vadium/prover/engine"
)

// rounds are a feed's rounds with every seat present, in committees that fill their circuit.
var rounds = []struct {
	name  string
	input func() ([]byte, error)
}{
	{pricemedian.ProgramName(7), func() ([]byte, error) { return roundOf(7) }},
	{pricemedian.ProgramName(16), func() ([]byte, error) { return roundOf(16) }},
	{pricemedian.ProgramName(31), func() ([]byte, error) { return roundOf(31) }},
}

// roundOf is what so many reporters saw of one price within a second: values differ, one is far off.
func roundOf(seats int) ([]byte, error) {
	random := rand.NewChaCha8([32]byte{byte(seats)})
	var keys []oracle.Key
	var signed []oracle.Signed
	for i := range seats {
		key, err := pricemedian.GenerateKey(random)
		if err != nil {
			return nil, err
		}
		value := uint64(6_359_797_253_291 + i*1_000_003)
		if i == 0 {
			value *= 2
		}
		o := oracle.Observation{
			Scope: oracle.ScopeOf(vadium.Salt{1}, oracle.FeedID{'B', 'T', 'C'}), Round: 7,
			Value: vadium.NewAmount(value), At: vadium.Time(1_719_856_900_000 + 30*i),
		}
		s, err := key.Sign(o)
		if err != nil {
			return nil, err
		}
		keys, signed = append(keys, key.Key()), append(signed, s)
	}
	_, input, err := pricemedian.Build(seats, keys, uint8(seats-(seats-1)/3), 250, signed)
	return input, err
}

// made are the programs whose keys are loaded, by name.
var made = map[string]*proven{}

// programOf makes or finds the keys of a program of the catalogue, to prove input.
func programOf(b *testing.B, name string, input func() ([]byte, error)) *proven {
	b.Helper()
	entry, err := circuits.Lookup(name)
	if err != nil {
		b.Fatal(err)
	}
	return madeOf(b, entry, input)
}

// chainLike makes or finds the keys of a circuit that checks nothing and has as many constraints and public inputs as p.
func chainLike(b *testing.B, p *proven) *proven {
	b.Helper()
	entry := chainEntry(p.keys.Program)
	like := madeOf(b, entry, entry.Sample)
	if got, want := like.keys.Program.Constraints, p.keys.Program.Constraints; got != want {
		b.Fatalf("the chain has %d constraints, want the %d of %s", got, want, p.name)
	}
	return like
}

func madeOf(b *testing.B, entry circuits.Entry, input func() ([]byte, error)) *proven {
	b.Helper()
	if made[entry.Name] == nil {
		in, err := input()
		if err != nil {
			b.Fatal(err)
		}
		if made[entry.Name], err = ensure(entry, in); err != nil {
			b.Fatal(err)
		}
	}
	return made[entry.Name]
}

func ensure(entry circuits.Entry, input []byte) (*proven, error) {
	k, err := setup.Ensure(context.Background(), keyFolder, entry, nil)
	if err != nil {
		return nil, err
	}
	keys := engine.Keys{Program: k.Program, ConstraintSystem: k.ConstraintSystem, ProvingKey: k.ProvingKey, VerifyingKey: k.VerifyingKey}
	return load(entry.Name, keys, input)
}

// chain is squarings one after another, each with a constant added, and nothing else: what gnark takes for a number of
// constraints, whatever they say.
type chain struct {
	Statement []frontend.Variable `gnark:",public"` // the last link first
	Binding   binding.Inputs

	First frontend.Variable
	links int
}

// Define implements frontend.Circuit.
func (c *chain) Define(api frontend.API) error {
	c.Binding.Bind(api, c.Statement...)
	link := c.First
	for range c.links {
		link = api.Add(api.Mul(link, link), 1)
	}
	api.AssertIsEqual(link, c.Statement[0])
	return nil
}

// chainEntry is a chain with as many constraints and public inputs as a program.
func chainEntry(like vadium.Program) circuits.Entry {
	const bound = 2
	publics := int(like.Public)
	links := int(like.Constraints) - publics - bound - 1
	return circuits.Entry{
		Name: fmt.Sprintf("chain-%d", like.Constraints), System: like.System, Curve: like.Curve, Statement: make([]string, publics),
		Circuit: func() frontend.Circuit { return &chain{Statement: make([]frontend.Variable, publics), links: links} },
		Sample: func() ([]byte, error) {
			first := fr.NewElement(3)
			link, one := first, fr.One()
			for range links {
				link.Square(&link).Add(&link, &one)
			}
			last, start := link.Bytes(), first.Bytes()
			return slices.Concat(last[:], make([]byte, (publics-1)*vadium.ScalarBytes), start[:]), nil
		},
	}
}

// A round's proof, made as a reporter makes it on its own processors: the input checked, the proof verified. Beside it gnark's
// prover alone on the same circuit, and on a circuit of as many constraints that checks nothing.
func BenchmarkRoundProve(b *testing.B) {
	for _, round := range rounds {
		p := programOf(b, round.name, round.input)
		measureProve(b, p)
		b.Run(p.size()+"/by=gnark-chain", chainLike(b, p).proveBare)
	}
}

// The proof of a round checked from its bytes, as whoever reads a feed does.
func BenchmarkRoundVerify(b *testing.B) {
	for _, round := range rounds {
		measureVerify(b, programOf(b, round.name, round.input))
	}
}

// A real package's provenance proven and verified: BTC on 1 July 2024. Its keys take some minutes, so it is measured only
// where VADIUM_BENCH_PROVENANCE is set.
func BenchmarkProvenance(b *testing.B) {
	if os.Getenv("VADIUM_BENCH_PROVENANCE") == "" {
		return
	}
	p := programOf(b, provenance.ProgramName(1), realPackage)
	b.Run("prove", func(b *testing.B) { measureProve(b, p) })
	b.Run("verify", func(b *testing.B) { measureVerify(b, p) })
}

// realPackage is the first package of circuits/provenance/testdata/redstone_json_BTC_ETH.json.
func realPackage() ([]byte, error) {
	feed := provenance.FeedID{'B', 'T', 'C'}
	signature, err := base64.StdEncoding.DecodeString("BPZEMpGl8fs/00kERe3eZq2MRY96FtIQtF7ZADRikVdy4TeJralc1yhOq+qLzHBbJyZxclXCKCjldAecfvMs1hw=")
	if err != nil {
		return nil, err
	}
	p := provenance.Package{Value: vadium.NewAmount(6_359_797_253_291), At: 1_719_856_900_000, Signature: [65]byte(signature)}
	signer, err := provenance.Recover(feed, p)
	if err != nil {
		return nil, err
	}
	if want, err := vadium.ParseAccount("0x51Ce04Be4b3E32572C4Ec9135221d0691Ba7d202"); err != nil || signer.Address() != want {
		return nil, fmt.Errorf("the package is of %x, want %s (%v)", signer.Address(), want, err)
	}
	_, input, err := provenance.Build(feed, []provenance.Key{signer}, []provenance.Package{p})
	return input, err
}

// measureProve makes proofs as a reporter does, and with gnark alone.
func measureProve(b *testing.B, p *proven) {
	b.Helper()
	b.Run(p.size()+"/by=vadium", func(b *testing.B) {
		begun := processorTime(b)
		for b.Loop() {
			if _, err := p.loaded.Prove(p.input, request, prover); err != nil { // verified inside
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((processorTime(b)-begun).Milliseconds())/float64(b.N), "cpu-ms/proof")
		perSecond(b, 1, "proofs")
	})
	b.Run(p.size()+"/by=gnark", p.proveBare)
}
