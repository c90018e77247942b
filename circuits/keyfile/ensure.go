package keyfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"vadium"
	"vadium/circuits/keyfile/unfinished"
)

// Suffix is what a key file is called after the blob it was made from; the record that it was verified has another.
const (
	Suffix         = ".mapped"
	verifiedSuffix = ".mapped-verified"
)

// importing holds a token while an import runs, of which there is one at a time in this process: it reads and writes as fast
// as the disk goes. Two processes may import the same key at once; the files are equal and the last rename wins.
var importing = make(chan struct{}, 1)

// Ensure returns p's key file, open for reading, importing it from the blob if there is none, or if what is there is
// refused. A file that has not been verified since it last changed is read once as a whole.
//
// When ctx ends, so does Ensure, with its error, and leaves nothing behind. limit bounds its own work in the same way, but not its wait for
// another import in this process; it ends with [ErrSlow].
func Ensure(ctx context.Context, blobPath string, p vadium.Program, limit time.Duration) (f *os.File, err error) {
	if p.System != vadium.Groth16 {
		return nil, fmt.Errorf("%w: keys of %s are not mapped", ErrForeign, p.System)
	}
	open := func(ctx context.Context) (err error) {
		f, err = Open(ctx, blobPath+Suffix, p)
		return err
	}
	err = within(ctx, limit, open)
	if err == nil || errors.Is(err, ErrSlow) || ctx.Err() != nil {
		return f, err
	}
	select {
	case importing <- struct{}{}:
		defer func() { <-importing }()
	case <-ctx.Done():
		return nil, fmt.Errorf("import key: %w", ctx.Err())
	}
	err = within(ctx, limit, func(ctx context.Context) error {
		if err := open(ctx); err == nil { // another was faster
			return nil
		}
		if err := Import(ctx, blobPath, p); err != nil {
			return err
		}
		return open(ctx)
	})
	return f, err
}

// ErrSlow: making or verifying a key file took longer than its limit.
var ErrSlow = errors.New("the key file was not ready within its limit of time")

func within(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	limited, cancel := context.WithTimeoutCause(ctx, limit, ErrSlow)
	defer cancel()
	err := do(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return fmt.Errorf("%w (%v)", ErrSlow, limit)
	}
	return err
}

// patient reads until ctx ends.
type patient struct {
	ctx context.Context //nolint:containedctx // of the one call that it reads for
	io.Reader
}

// Read implements [io.Reader].
func (p patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.Reader.Read(b)
}

// Open opens a key file of p's and verifies its checksum, unless the record beside it says that this very file has been.
func Open(ctx context.Context, path string, p vadium.Program) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := verifyOnce(ctx, f, p); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return f, nil
}

func verifyOnce(ctx context.Context, f *os.File, p vadium.Program) error {
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
	if _, err := io.Copy(sum, patient{ctx, io.NewSectionReader(f, headerBytes, int64(h.Size))}); err != nil {
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
func Import(ctx context.Context, blobPath string, p vadium.Program) (err error) {
	blob, err := os.Open(blobPath)
	if err != nil {
		return fmt.Errorf("import key: %w", err)
	}
	defer blob.Close()
	out, err := unfinished.Create(filepath.Dir(blobPath))
	if err != nil {
		return fmt.Errorf("import key: %w", err)
	}
	defer os.Remove(out.Name())
	err = importKey(ctx, blob, out, p)
	if ctx.Err() != nil { // whatever came of it
		err = ctx.Err()
	}
	if err == nil {
		err = out.Chmod(0o400)
	}
	if err == nil {
		err = out.Sync()
	}
	if err == nil { // before it is closed: its lock is what keeps it from being swept
		err = os.Rename(out.Name(), blobPath+Suffix)
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("import proving key of program %s: %w", p.Name, err)
	}
	return nil
}
