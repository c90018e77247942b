package prover

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"vadium"
	"vadium/marketplace/client"
	"vadium/prover/engine"
)

// keyFolder holds programs' files under their digests.
type keyFolder struct {
	dir  string
	most uint64 // bytes of one program's files together
}

// errProgramTooLarge: the program's files exceed what the operator allows.
var errProgramTooLarge = errors.New("the program's files are larger than allowed")

// file is one of a program's files.
type file struct {
	digest vadium.Digest
	bytes  uint64
}

// filesOf lists a program's files, the ones that are looked at first in front.
func filesOf(p vadium.Program) []file {
	return []file{
		{p.VerifyingKey, p.VerifyingKeyBytes}, {p.Sample, uint64(p.InputBytes())},
		{p.ConstraintSystem, p.ConstraintSystemBytes}, {p.ProvingKey, p.ProvingKeyBytes},
	}
}

// have returns a program's keys if all files are there. They were checked when they came; loading checks them again.
func (k keyFolder) have(p vadium.Program) (engine.Keys, bool) {
	for _, f := range filesOf(p) {
		if info, err := os.Stat(k.path(f.digest)); err != nil || uint64(info.Size()) != f.bytes {
			return engine.Keys{}, false
		}
	}
	return engine.Keys{
		Program: p, ConstraintSystem: k.path(p.ConstraintSystem), ProvingKey: k.path(p.ProvingKey), VerifyingKey: k.path(p.VerifyingKey),
	}, true
}

// sample returns the public input that shows that the program works, to measure it with.
func (k keyFolder) sample(p vadium.Program) ([]byte, error) {
	input, err := os.ReadFile(k.path(p.Sample))
	if err == nil && vadium.DigestOf(input) != p.Sample {
		err = client.ErrWrongBytes
	}
	if err != nil {
		return nil, fmt.Errorf("sample of program %s: %w", p.Name, err)
	}
	return input, nil
}

func (k keyFolder) path(d vadium.Digest) string { return filepath.Join(k.dir, d.String()[2:]) }

// getter is the part of [Market] that files come from.
type getter interface {
	Get(ctx context.Context, from client.Source, digest vadium.Digest, to io.Writer, progress client.Progress) error
}

// fetch downloads what is missing of a program's files. A file appears under its digest only when all of it is there and
// checked.
func (k keyFolder) fetch(ctx context.Context, from getter, id vadium.ProgramID, p vadium.Program) (engine.Keys, error) {
	if p.ID() != id {
		return engine.Keys{}, fmt.Errorf("the market's manifest of program %v is that of %v", id, p.ID())
	}
	var total uint64
	for _, f := range filesOf(p) {
		if total += min(f.bytes, k.most+1); total > k.most {
			return engine.Keys{}, fmt.Errorf("program %s, more than %d bytes: %w (raise the limit if you trust it)", p.Name, k.most, errProgramTooLarge)
		}
	}
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return engine.Keys{}, fmt.Errorf("key folder: %w", err)
	}
	for _, f := range filesOf(p) {
		if err := k.fetchFile(ctx, from, id, f); err != nil {
			return engine.Keys{}, fmt.Errorf("program %s: %w", p.Name, err)
		}
	}
	keys, ok := k.have(p)
	if !ok {
		return engine.Keys{}, fmt.Errorf("program %s: a file in %s was changed while others were fetched", p.Name, k.dir)
	}
	return keys, nil
}

func (k keyFolder) fetchFile(ctx context.Context, from getter, program vadium.ProgramID, f file) error {
	path := k.path(f.digest)
	if info, err := os.Stat(path); err == nil && uint64(info.Size()) == f.bytes {
		return nil
	}
	err := writeFile(path, true, func(w io.Writer) error {
		exact := &exactWriter{to: w, room: f.bytes, hash: sha256.New()}
		if err := from.Get(ctx, client.OfProgram(program), f.digest, exact, nil); err != nil {
			return err
		}
		return exact.end(f.digest)
	})
	if err != nil {
		return fmt.Errorf("fetch %v: %w", f.digest, err)
	}
	return nil
}

// exactWriter takes a stated number of bytes, no more and no fewer, and hashes them.
type exactWriter struct {
	to   io.Writer
	room uint64
	hash hash.Hash
}

var errWrongLength = errors.New("the file does not have the length its manifest states")

// Write implements [io.Writer].
func (w *exactWriter) Write(b []byte) (int, error) {
	if uint64(len(b)) > w.room {
		return 0, errWrongLength
	}
	w.room -= uint64(len(b))
	w.hash.Write(b)
	return w.to.Write(b)
}

// end checks the whole. The client has checked the digest too; this agent's stake depends on it, so it looks itself.
func (w *exactWriter) end(want vadium.Digest) error {
	if w.room > 0 {
		return errWrongLength
	}
	if got := vadium.Digest(w.hash.Sum(nil)); got != want {
		return fmt.Errorf("got %v: %w", got, client.ErrWrongBytes)
	}
	return nil
}
