package circuits

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"

	"vadium"
)

// Source says where a registrant's own program is: files as gnark wrote them.
type Source struct {
	Name   string
	System vadium.ProofSystem
	Curve  vadium.Curve
	// ConstraintSystem, ProvingKey and VerifyingKey are paths of gnark's serialisations (WriteTo or WriteRawTo; a
	// Groth16 proving key also as WriteDump).
	ConstraintSystem, ProvingKey, VerifyingKey string
	// Sample is the path of a witness that satisfies the program, see [WitnessInput].
	Sample string
}

// Imported is a program ready to be registered: its manifest, its blobs in canonical form, and a sample input.
type Imported struct {
	Program                                    vadium.Program
	ConstraintSystem, ProvingKey, VerifyingKey []byte
	Sample                                     []byte

	keys *ProvingKeys
}

// Import reads a registrant's program, checks that its parts belong together and rewrites them in canonical form. It
// runs on the registrant's own machine, on files the registrant trusts. A registered program is not bound to request
// and prover: its circuit is what it is.
func Import(from Source) (*Imported, error) {
	id, err := curveID(from.Curve)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", from.Name, err)
	}
	var im Imported
	keys := &ProvingKeys{id: id}
	err = readFile(from.ConstraintSystem, func(r *bufio.Reader) (err error) {
		keys.ccs, err = readConstraintSystem(r, from.System, from.Curve)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", from.Name, err)
	}
	if keys.key, err = importProvingKey(from); err != nil {
		return nil, fmt.Errorf("program %s: proving key: %w", from.Name, err)
	}
	vk, err := os.ReadFile(from.VerifyingKey)
	if err != nil {
		return nil, fmt.Errorf("program %s: verifying key: %w", from.Name, err)
	}
	var ccs, pk, canonicalVK bytes.Buffer
	im.Program, err = WriteProgram(Sinks{&ccs, &pk, &canonicalVK},
		vadium.Program{Name: from.Name, System: from.System, Curve: from.Curve}, keys.ccs, keys.key, blobWriter(vk))
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", from.Name, err)
	}
	im.ConstraintSystem, im.ProvingKey, im.VerifyingKey = ccs.Bytes(), pk.Bytes(), canonicalVK.Bytes()
	if keys.vk, err = LoadVerifyingKey(im.Program, im.VerifyingKey); err != nil {
		return nil, err
	}
	witness, err := os.ReadFile(from.Sample)
	if err != nil {
		return nil, fmt.Errorf("program %s: sample witness: %w", from.Name, err)
	}
	if im.Sample, err = WitnessInput(im.Program, witness); err != nil {
		return nil, fmt.Errorf("program %s: sample witness: %w", from.Name, err)
	}
	im.Program.Sample = vadium.DigestOf(im.Sample)
	keys.program, keys.stateful = im.Program, keepsSolverState(keys.ccs)
	im.keys = keys
	if err := keys.Solve(im.Sample, vadium.RequestID{}, vadium.Account{}); err != nil {
		return nil, fmt.Errorf("sample witness: %w", err)
	}
	return &im, nil
}

// ProveSample proves the sample and verifies the proof under the program's verifying key, which shows that constraint
// system, proving key and verifying key belong together. The market wants this proof before it lists a program.
func (im *Imported) ProveSample() ([]byte, error) {
	proof, err := im.keys.Prove(im.Sample, vadium.RequestID{}, vadium.Account{})
	if err != nil {
		return nil, fmt.Errorf("prove the sample: %w (are the keys those of this constraint system?)", err)
	}
	return proof, nil
}

// KeyClass returns who vouches for the program's keys.
func (im *Imported) KeyClass() vadium.KeyClass {
	return KeyClassOf(im.Program.System, im.Program.Curve, im.VerifyingKey)
}

// importProvingKey reads a proving key in any form gnark writes, with the checks of curve and subgroup.
func importProvingKey(from Source) (key any, err error) {
	id, err := curveID(from.Curve)
	if err != nil {
		return nil, err
	}
	err = readFile(from.ProvingKey, func(r *bufio.Reader) (err error) {
		defer recovered("read proving key", &err)
		if from.System == vadium.PLONK {
			pk := plonk.NewProvingKey(id)
			key = pk
			_, err = pk.ReadFrom(r)
			return err
		}
		pk := groth16.NewProvingKey(id)
		key = pk
		if isDump(r) {
			return pk.ReadDump(r)
		}
		_, err = pk.ReadFrom(r)
		return err
	})
	return key, err
}

// dumpMark begins gnark's memory dumps, which are in the machine's byte order.
var dumpMark = binary.NativeEndian.AppendUint64(nil, 0xdeadbeef)

// isDump reports whether r stands at the mark that begins gnark's memory dumps.
func isDump(r *bufio.Reader) bool {
	mark, err := r.Peek(len(dumpMark))
	return err == nil && bytes.Equal(mark, dumpMark)
}

// readFile hands a file to read, which must consume all of it.
func readFile(path string, read func(*bufio.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	if err := read(r); err != nil {
		return fmt.Errorf("%s: %w (is it a gnark 0.16 file for this proof system and curve?)", path, err)
	}
	if _, err := r.Peek(1); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: something follows the end", path)
	}
	return nil
}

// blobWriter writes bytes that are serialised already.
type blobWriter []byte

func (b blobWriter) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(b)
	return int64(n), err
}
