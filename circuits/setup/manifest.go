package setup

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/consensys/gnark/constraint"

	"vadium"
	"vadium/circuits"
)

// Files of a key folder.
const (
	manifestFile    = "manifest.json"
	constraintsFile = "constraints.ccs"
	provingFile     = "proving.key"
	verifyingFile   = "verifying.key"
)

// manifestFormat marks a manifest and its version.
const manifestFormat = "vadium/keys/v1"

// manifest describes a key folder for people and for the next start.
type manifest struct {
	Format string `json:"format"`
	Gnark  string `json:"gnark"` // version that made the keys
	Says   string `json:"says"`
	// ID is the program's, so that a damaged manifest is noticed whatever number is hit.
	ID      vadium.ProgramID `json:"id"`
	Program vadium.Program   `json:"program"` // with the digest and length of every file
}

func writeManifest(dir string, m manifest) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestFile)
	if err := os.WriteFile(path, append(b, '\n'), 0o600); err != nil {
		return err
	}
	if err := syncPath(path); err != nil {
		return err
	}
	return syncPath(dir)
}

// syncPath makes a file or a folder's entries durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// open checks a key folder against the circuit as it is compiled today and against its own digests.
func open(folder string, entry circuits.Entry, constraints vadium.Digest) (Keys, error) {
	b, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if err != nil {
		return Keys{}, err
	}
	var m manifest
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Keys{}, fmt.Errorf("%s: %w", manifestFile, err)
	}
	p := m.Program
	if m.Format != manifestFormat || p.Name != entry.Name || p.System != entry.System || p.Curve != entry.Curve || !p.Bound {
		return Keys{}, fmt.Errorf("%s is not about program %s", manifestFile, entry.Name)
	}
	if p.ID() != m.ID {
		return Keys{}, fmt.Errorf("%s is damaged: its program is %s, it says %s", manifestFile, p.ID(), m.ID)
	}
	if p.ConstraintSystem != constraints {
		return Keys{}, fmt.Errorf("%s is about another constraint system", manifestFile)
	}
	keys := Keys{
		Program:          p,
		ConstraintSystem: filepath.Join(folder, constraintsFile),
		ProvingKey:       filepath.Join(folder, provingFile),
		VerifyingKey:     filepath.Join(folder, verifyingFile),
	}
	for path, want := range map[string]vadium.Digest{
		keys.ConstraintSystem: p.ConstraintSystem, keys.ProvingKey: p.ProvingKey, keys.VerifyingKey: p.VerifyingKey,
	} {
		if err := checkFile(path, want); err != nil {
			return Keys{}, err
		}
	}
	return keys, nil
}

func checkFile(path string, want vadium.Digest) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := vadium.Digest(h.Sum(nil)); got != want {
		return fmt.Errorf("%s has digest %s, the manifest says %s", filepath.Base(path), got, want)
	}
	return nil
}

// Compiled returns the digest of an entry's constraint system as this binary compiles it: the one that the manifest of a program
// names whose circuit is the entry's.
func Compiled(entry circuits.Entry) (vadium.Digest, error) {
	ccs, err := compile(entry)
	if err != nil {
		return vadium.Digest{}, err
	}
	return digestOf(ccs)
}

func digestOf(ccs constraint.ConstraintSystem) (vadium.Digest, error) {
	h := sha256.New()
	if err := circuits.WriteConstraintSystem(h, ccs); err != nil {
		return vadium.Digest{}, err
	}
	return vadium.Digest(h.Sum(nil)), nil
}
