// Package keys keeps programs' files on disk under their digests, for agents and workers.
//
//	folder := keys.Folder{Dir: dir, Most: 8 << 30}
//	k, err := folder.Fetch(ctx, source, program.ID(), program)
//
// What it does not do: it parses nothing. What a file holds is as foreign as whoever registered the program.
package keys

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"vadium"
	"vadium/circuits/keyfile/unfinished"
	"vadium/marketplace/client"
	"vadium/prover/durable"
	"vadium/prover/engine"
)

// Folder holds programs' files under their digests.
type Folder struct {
	Dir  string
	Most uint64 // bytes of one program's files together
	// KeysOnly leaves samples out: whoever does not measure needs none.
	KeysOnly bool
}

// Sweep removes what killed processes left half written in a folder, and says so. What a living process writes stays.
func Sweep(dir string, log *slog.Logger) {
	swept, err := unfinished.Sweep(dir)
	if err != nil {
		log.Warn("files that a killed process left cannot be removed", "folder", dir, "error", err)
	}
	if swept.Files > 0 {
		log.Info("removed files that a killed process left", "folder", dir, "files", swept.Files, "bytes", swept.Bytes)
	}
}

// ErrProgramTooLarge: the program's files exceed what the operator allows.
var ErrProgramTooLarge = errors.New("the program's files are larger than allowed")

// file is one of a program's files.
type file struct {
	digest vadium.Digest
	bytes  uint64
}

// files lists a program's files, the ones that are looked at first in front.
func (k Folder) files(p vadium.Program) []file {
	all := []file{
		{p.VerifyingKey, p.VerifyingKeyBytes}, {p.ConstraintSystem, p.ConstraintSystemBytes}, {p.ProvingKey, p.ProvingKeyBytes},
	}
	if k.KeysOnly {
		return all
	}
	return slices.Insert(all, 1, file{p.Sample, uint64(p.InputBytes())})
}

// Have returns a program's keys if all files are there. They were checked when they came; loading checks them again.
func (k Folder) Have(p vadium.Program) (engine.Keys, bool) {
	for _, f := range k.files(p) {
		if info, err := os.Stat(k.path(f.digest)); err != nil || uint64(info.Size()) != f.bytes {
			return engine.Keys{}, false
		}
	}
	return engine.Keys{
		Program: p, ConstraintSystem: k.path(p.ConstraintSystem), ProvingKey: k.path(p.ProvingKey), VerifyingKey: k.path(p.VerifyingKey),
	}, true
}

// Sample returns the public input that shows that the program works, to measure it with.
func (k Folder) Sample(p vadium.Program) ([]byte, error) {
	input, err := os.ReadFile(k.path(p.Sample))
	if err == nil && vadium.DigestOf(input) != p.Sample {
		err = client.ErrWrongBytes
	}
	if err != nil {
		return nil, fmt.Errorf("sample of program %s: %w", p.Name, err)
	}
	return input, nil
}

func (k Folder) path(d vadium.Digest) string { return filepath.Join(k.Dir, d.String()[2:]) }

// Source is where files come from. Whatever it sends is checked.
type Source interface {
	Get(ctx context.Context, from client.Source, digest vadium.Digest, to io.Writer, progress client.Progress) error
}

// Fetch downloads what is missing of a program's files. A file appears under its digest only when all of it is there and
// checked.
func (k Folder) Fetch(ctx context.Context, from Source, id vadium.ProgramID, p vadium.Program) (engine.Keys, error) {
	if p.ID() != id {
		return engine.Keys{}, fmt.Errorf("the market's manifest of program %v is that of %v", id, p.ID())
	}
	var total uint64
	for _, f := range k.files(p) {
		if total += min(f.bytes, k.Most+1); total > k.Most {
			return engine.Keys{}, fmt.Errorf("program %s, more than %d bytes: %w (raise the limit if you trust it)", p.Name, k.Most, ErrProgramTooLarge)
		}
	}
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return engine.Keys{}, fmt.Errorf("key folder: %w", err)
	}
	for _, f := range k.files(p) {
		if err := k.fetchFile(ctx, from, id, f); err != nil {
			return engine.Keys{}, fmt.Errorf("program %s: %w", p.Name, err)
		}
	}
	keys, ok := k.Have(p)
	if !ok {
		return engine.Keys{}, fmt.Errorf("program %s: a file in %s was changed while others were fetched", p.Name, k.Dir)
	}
	return keys, nil
}

func (k Folder) fetchFile(ctx context.Context, from Source, program vadium.ProgramID, f file) error {
	path := k.path(f.digest)
	if info, err := os.Stat(path); err == nil && uint64(info.Size()) == f.bytes {
		return nil
	}
	err := durable.Create(path, true, func(w io.Writer) error {
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

var ErrWrongLength = errors.New("the file does not have the length its manifest states")

// Write implements [io.Writer].
func (w *exactWriter) Write(b []byte) (int, error) {
	if uint64(len(b)) > w.room {
		return 0, ErrWrongLength
	}
	w.room -= uint64(len(b))
	w.hash.Write(b)
	return w.to.Write(b)
}

// end checks the whole. The client has checked the digest too; this agent's stake depends on it, so it looks itself.
func (w *exactWriter) end(want vadium.Digest) error {
	if w.room > 0 {
		return ErrWrongLength
	}
	if got := vadium.Digest(w.hash.Sum(nil)); got != want {
		return fmt.Errorf("got %v: %w", got, client.ErrWrongBytes)
	}
	return nil
}
