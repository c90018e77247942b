package circuits

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"

	"vadium"
	"vadium/circuits/keyfile"
)

// ErrUnsatisfied refuses an input for which the program's constraints have no solution: nobody can prove it.
const ErrUnsatisfied vadium.Kind = "input-unsatisfied"

// ProvingKeys are a program's constraint system and keys, loaded to prove with. They are read-only once loaded and safe
// for concurrent use.
type ProvingKeys struct {
	program vadium.Program
	id      ecc.ID
	ccs     constraint.ConstraintSystem
	key     any // groth16.ProvingKey or plonk.ProvingKey
	vk      *VerifyingKey
	bytes   int64

	solving  sync.Mutex // held while solving when stateful
	stateful bool       // gnark keeps solver state inside the constraint system (some gadgets), so one at a time
}

// Files are a program's blobs, open for reading.
type Files struct {
	ConstraintSystem, ProvingKey, VerifyingKey *os.File
	// Mapped is the key file made from ProvingKey (see keyfile.Ensure), which is then not read. nil if there is none.
	Mapped *os.File
}

// LoadProvingKeys loads p's blobs from files in canonical form; see [LoadProvingKeysFrom].
func LoadProvingKeys(p vadium.Program, ccsPath, pkPath, vkPath string) (*ProvingKeys, error) {
	var files [3]*os.File
	for i, path := range []string{ccsPath, pkPath, vkPath} {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("keys of program %s: %w", p.Name, err)
		}
		defer f.Close()
		files[i] = f
	}
	return LoadProvingKeysFrom(p, Files{ConstraintSystem: files[0], ProvingKey: files[1], VerifyingKey: files[2]})
}

// LoadProvingKeysFrom loads p's blobs in canonical form. Each file's digest must be the manifest's; after that the
// proving key's points are taken as they are, because checking them again would cost more than a proof.
//
// A prover calls this in a worker process with limits on memory and time: the digest says that these are the bytes the
// registrant uploaded, not that they are harmless.
func LoadProvingKeysFrom(p vadium.Program, files Files) (*ProvingKeys, error) {
	id, err := curveID(p.Curve)
	if err != nil {
		return nil, err
	}
	vkBlob, err := io.ReadAll(io.NewSectionReader(files.VerifyingKey, 0, MaxVerifyingKeyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("verifying key: %w", err)
	}
	k := &ProvingKeys{program: p, id: id}
	if k.vk, err = LoadVerifyingKey(p, vkBlob); err != nil {
		return nil, err
	}
	err = withBlob(files.ConstraintSystem, p.ConstraintSystem, p.ConstraintSystemBytes, func(r io.Reader) error {
		k.ccs, err = readConstraintSystem(r, p.System, p.Curve)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("constraint system of program %s: %w", p.Name, err)
	}
	if err := matchManifest(p, k.ccs); err != nil {
		return nil, err
	}
	if err := k.loadKey(files); err != nil {
		return nil, fmt.Errorf("proving key of program %s: %w", p.Name, err)
	}
	k.stateful = keepsSolverState(k.ccs)
	// Points in memory are as large as in the raw file; a decoded constraint system is about three times its file,
	// and the FFT tables of the proving key hold six scalars a row.
	k.bytes = int64(p.ProvingKeyBytes) + 3*int64(p.ConstraintSystemBytes) +
		6*vadium.ScalarBytes*int64(p.Constraints) + int64(len(vkBlob))
	return k, nil
}

// loadKey maps the proving key if there is a file for that, and reads it otherwise.
func (k *ProvingKeys) loadKey(files Files) error {
	if files.Mapped == nil {
		return withBlob(files.ProvingKey, k.program.ProvingKey, k.program.ProvingKeyBytes, func(r io.Reader) (err error) {
			k.key, err = readProvingKey(r, k.program.System, k.id)
			return err
		})
	}
	key, unmap, err := keyfile.Map(files.Mapped, k.program)
	if err != nil {
		return err
	}
	k.key = key
	// A key that a cache forgot may be in use still.
	runtime.AddCleanup(k, func(unmap func() error) { _ = unmap() }, unmap) // it fails for no mapping of ours
	return nil
}

// matchManifest holds a constraint system against the numbers the manifest states.
func matchManifest(p vadium.Program, ccs constraint.ConstraintSystem) error {
	got := [3]int{publicScalars(ccs, p.System), ccs.GetNbSecretVariables(), ccs.GetNbConstraints()}
	want := [3]int{circuitPublics(p), int(p.Secret), int(p.Constraints)}
	if got != want {
		return fmt.Errorf("constraint system of program %s has (public, secret, constraints) = %v, the manifest says %v",
			p.Name, got, want)
	}
	return nil
}

// withBlob checks a file's length and digest and then hands it to read from the start.
func withBlob(f *os.File, want vadium.Digest, size uint64, read func(io.Reader) error) error {
	// A file that was passed from another process shares its position with that one's, so nothing depends on it.
	all := func() io.Reader { return io.NewSectionReader(f, 0, int64(min(size, 1<<62))+1) }
	h := sha256.New()
	n, err := io.Copy(h, all())
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Name(), err)
	}
	if got := vadium.Digest(h.Sum(nil)); got != want || uint64(n) != size {
		return fmt.Errorf("%s has digest %s, the manifest says %s and %d bytes (fetch it again)", f.Name(), got, want, size)
	}
	return read(newBufferedReader(all()))
}

func readProvingKey(r io.Reader, system vadium.ProofSystem, id ecc.ID) (key any, err error) {
	defer recovered("read proving key", &err)
	if system == vadium.Groth16 {
		pk := groth16.NewProvingKey(id)
		_, err = pk.UnsafeReadFrom(r)
		return pk, err
	}
	pk := plonk.NewProvingKey(id)
	_, err = pk.UnsafeReadFrom(r)
	return pk, err
}

// WriteProvingKey writes a proving key in canonical form: gnark's raw serialisation, which loads in a hundredth of the
// time of the compressed one at twice the size. The verifying key inside a PLONK proving key is restored as
// [AdmitVerifyingKey] does it, so that equal keys have equal bytes.
func WriteProvingKey(w io.Writer, key any) error {
	if err := restorePLONKProvingKey(key); err != nil {
		return fmt.Errorf("write proving key: %w", err)
	}
	raw, ok := key.(interface {
		WriteRawTo(io.Writer) (int64, error)
	})
	if !ok {
		return fmt.Errorf("%T is not a proving key", key)
	}
	if _, err := raw.WriteRawTo(w); err != nil {
		return fmt.Errorf("write proving key: %w", err)
	}
	return nil
}

// Program returns the manifest the keys belong to.
func (k *ProvingKeys) Program() vadium.Program { return k.program }

// VerifyingKey returns the program's verifying key.
func (k *ProvingKeys) VerifyingKey() *VerifyingKey { return k.vk }

// Bytes returns about how much memory the keys occupy, for a cache with a limit. A proof needs as much again while it
// is made.
func (k *ProvingKeys) Bytes() int64 { return k.bytes }

// Solve returns nil when input satisfies the program for this request and prover, an [ErrUnsatisfied] when it does
// not, an [ErrMalformedInput] when it is no input at all. It costs about a hundredth of a proof.
func (k *ProvingKeys) Solve(input []byte, request vadium.RequestID, prover vadium.Account) (err error) {
	w, err := k.witness(input, request, prover)
	if err != nil {
		return err
	}
	defer k.exclusive()()
	defer recovered("solve", &err)
	if _, err := k.ccs.Solve(w, solver.OverrideHint(commitmentHint, challengeInstead)); err != nil {
		return fmt.Errorf("program %s: %w: %v", k.program.Name, ErrUnsatisfied, err)
	}
	return nil
}

// Prove returns a proof that input satisfies the program, bound to request and prover, in gnark's compressed form. It
// verifies the proof before it returns it, so a damaged key or a memory error costs a retry and not a slash. An
// unsatisfied input is an [ErrUnsatisfied].
func (k *ProvingKeys) Prove(input []byte, request vadium.RequestID, prover vadium.Account) ([]byte, error) {
	proof, err := k.ProveUnverified(input, request, prover)
	if err != nil {
		return nil, err
	}
	statement := input[:k.program.StatementBytes()]
	if err := k.vk.Verify(PublicInputs(k.program, statement, request, prover), proof); err != nil {
		return nil, fmt.Errorf("program %s: the proof just made does not verify, keys or memory are damaged: %w", k.program.Name, err)
	}
	return proof, nil
}

// ProveUnverified is [ProvingKeys.Prove] for a process whose word nobody takes: whoever gets the proof must verify it before
// it goes anywhere.
func (k *ProvingKeys) ProveUnverified(input []byte, request vadium.RequestID, prover vadium.Account) ([]byte, error) {
	w, err := k.witness(input, request, prover)
	if err != nil {
		return nil, err
	}
	proof, err := k.prove(w)
	if err != nil {
		// gnark's prover does not say whose fault it was. Solving again does.
		return nil, cmp.Or(k.Solve(input, request, prover), err)
	}
	return proof, nil
}

func (k *ProvingKeys) prove(w witness.Witness) (proof []byte, err error) {
	defer k.exclusive()()
	defer runtime.KeepAlive(k) // the collector does not see what points into a mapping
	defer recovered("prove", &err)
	var made io.WriterTo
	switch key := k.key.(type) {
	case groth16.ProvingKey:
		made, err = groth16.Prove(k.ccs, key, w)
	case plonk.ProvingKey:
		made, err = plonk.Prove(k.ccs, key, w, backend.WithStatisticalZeroKnowledge())
	}
	if err != nil {
		return nil, fmt.Errorf("program %s: prove: %w", k.program.Name, err)
	}
	return serialise(made)
}

// exclusive locks the constraint system if solving changes it, and returns how to unlock it.
func (k *ProvingKeys) exclusive() func() {
	if !k.stateful {
		return func() {}
	}
	k.solving.Lock()
	return k.solving.Unlock
}

func (k *ProvingKeys) witness(input []byte, request vadium.RequestID, prover vadium.Account) (witness.Witness, error) {
	if err := CheckInput(k.program, input); err != nil {
		return nil, err
	}
	statement := k.program.StatementBytes()
	all := append(PublicInputs(k.program, input[:statement], request, prover), input[statement:]...)
	return newWitness(k.id, all, circuitPublics(k.program))
}
