package keyfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"vadium"
)

// Suffix is what a key file is called after the blob it was made from; the record that it was verified has another.
const (
	Suffix         = ".mapped"
	verifiedSuffix = ".mapped-verified"
)

// importing lets one import run at a time in this process: it reads and writes as fast as the disk goes. Two processes
// may import the same key at once; the files are equal and the last rename wins.
var importing sync.Mutex

// Ensure returns p's key file, open for reading, importing it from the blob if there is none, or if what is there is
// refused. A file that has not been verified since it last changed is read once as a whole.
func Ensure(blobPath string, p vadium.Program) (*os.File, error) {
	if p.System != vadium.Groth16 {
		return nil, fmt.Errorf("%w: keys of %s are not mapped", ErrForeign, p.System)
	}
	if f, err := Open(blobPath+Suffix, p); err == nil {
		return f, nil
	}
	importing.Lock()
	defer importing.Unlock()
	if f, err := Open(blobPath+Suffix, p); err == nil { // another was faster
		return f, nil
	}
	if err := Import(blobPath, p); err != nil {
		return nil, err
	}
	return Open(blobPath+Suffix, p)
}

// Open opens a key file of p's and verifies its checksum, unless the record beside it says that this very file has been.
func Open(path string, p vadium.Program) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := verifyOnce(f, p); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return f, nil
}

func verifyOnce(f *os.File, p vadium.Program) error {
	s, err := sizesFor(p)
	if err != nil {
		return err
	}
	h, _, err := readHeader(f, p, s)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	want := fmt.Sprintf("%s %s\n", identity(info), h.Checksum)
	record := recordOf(f.Name())
	if got, err := os.ReadFile(record); err == nil && string(got) == want {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, headerBytes, int64(h.Size))); err != nil {
		return err
	}
	if vadium.Digest(sum.Sum(nil)) != h.Checksum {
		return fmt.Errorf("%w: its contents are damaged", ErrForeign)
	}
	// Without a record, it is verified again next time.
	_ = os.WriteFile(record, []byte(want), 0o600)
	return nil
}

func recordOf(path string) string { return path[:len(path)-len(Suffix)] + verifiedSuffix }

// Import makes the key file of a blob, beside it: under a temporary name, synced, and renamed, so that it is there as a
// whole or not at all.
func Import(blobPath string, p vadium.Program) (err error) {
	blob, err := os.Open(blobPath)
	if err != nil {
		return fmt.Errorf("import key: %w", err)
	}
	defer blob.Close()
	out, err := os.CreateTemp(filepath.Dir(blobPath), ".importing-*")
	if err != nil {
		return fmt.Errorf("import key: %w", err)
	}
	defer os.Remove(out.Name())
	err = importKey(blob, out, p)
	if err == nil {
		err = out.Chmod(0o400)
	}
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("import proving key of program %s: %w", p.Name, err)
	}
	if err := os.Rename(out.Name(), blobPath+Suffix); err != nil {
		return fmt.Errorf("import key: %w", err)
	}
	return nil
}
