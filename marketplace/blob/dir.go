package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"vadium"
)

const (
	// incomingDir holds uploads until they are whole.
	incomingDir = "incoming"
	// abandonedAfter is how old an upload must be before opening the store removes it: longer than any upload lasts, so
	// that a second process opening the same folder does not take away what the first is still writing.
	abandonedAfter = 24 * time.Hour
	// copyBuffer is large enough that hashing, not system calls, is what a 16 MiB put costs.
	copyBuffer = 256 << 10
)

// Dir is a [Store] in a local folder: one file of mode 0600 per blob at xx/<64 hex digits>, where xx are the first two.
// A blob is written to incoming/, synced, renamed into place, and the rename synced. Several processes may use the same
// folder.
type Dir struct {
	root string
	room func() error
}

// KeepFree lets room refuse to store more: it is asked before every part of a blob. Set it before anything is put.
func (d *Dir) KeepFree(room func() error) { d.room = room }

// roomy asks for room before every part.
type roomy struct {
	io.Writer
	room func() error
}

func (r roomy) Write(p []byte) (int, error) {
	if r.room != nil {
		if err := r.room(); err != nil {
			return 0, err
		}
	}
	return r.Writer.Write(p)
}

// OpenDir opens the store in root, creates it when it does not exist, and removes uploads abandoned by a crash.
func OpenDir(root string) (*Dir, error) {
	incoming := filepath.Join(root, incomingDir)
	if err := os.MkdirAll(incoming, 0o700); err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	uploads, err := os.ReadDir(incoming)
	if err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	for _, upload := range uploads {
		info, err := upload.Info()
		if err != nil || time.Since(info.ModTime()) < abandonedAfter {
			continue // gone meanwhile, or still in use
		}
		if err := os.Remove(filepath.Join(incoming, upload.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("open blob store: remove abandoned upload: %w", err)
		}
	}
	d := &Dir{root: root}
	return d, d.makeShards()
}

// makeShards makes all folders at once and syncs them once, so that no upload waits for a folder of its own. It syncs them
// also when they are there: whoever made them may have been killed before it did.
func (d *Dir) makeShards() error {
	for first := range 1 << 8 {
		if err := os.Mkdir(d.shard(vadium.Digest{byte(first)}), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("open blob store: %w", err)
		}
	}
	if err := syncDir(d.root); err != nil {
		return fmt.Errorf("open blob store: %w", err)
	}
	return nil
}

func (d *Dir) shard(digest vadium.Digest) string {
	return filepath.Join(d.root, hex.EncodeToString(digest[:1]))
}

func (d *Dir) path(digest vadium.Digest) string {
	return filepath.Join(d.shard(digest), hex.EncodeToString(digest[:]))
}

// Put implements [Store].
func (d *Dir) Put(ctx context.Context, content io.Reader, limit Limit) (vadium.Digest, int64, error) {
	return d.put(ctx, content, limit, func(vadium.Digest) error { return nil })
}

// PutExpect implements [Store].
func (d *Dir) PutExpect(ctx context.Context, want vadium.Digest, content io.Reader, limit Limit) error {
	_, _, err := d.put(ctx, content, limit, func(got vadium.Digest) error {
		if got != want {
			return fmt.Errorf("content has digest %s, announced was %s: %w", got, want, ErrMismatch)
		}
		return nil
	})
	return err
}

func (d *Dir) put(ctx context.Context, content io.Reader, limit Limit, accept func(vadium.Digest) error) (_ vadium.Digest, _ int64, err error) {
	upload, err := os.CreateTemp(filepath.Join(d.root, incomingDir), "upload-*") // mode 0600
	if err != nil {
		return vadium.Digest{}, 0, fmt.Errorf("put blob: %w", err)
	}
	defer func() {
		if err != nil {
			upload.Close()
			os.Remove(upload.Name())
		}
	}()
	in := newIntake(ctx, content, limit)
	// Hiding upload's ReadFrom makes io.CopyBuffer use our buffer.
	if _, err := io.CopyBuffer(roomy{upload, d.room}, in, make([]byte, copyBuffer)); err != nil {
		return vadium.Digest{}, 0, fmt.Errorf("put blob: %w", err)
	}
	digest := in.digest()
	if err := accept(digest); err != nil {
		return vadium.Digest{}, 0, fmt.Errorf("put blob: %w", err)
	}
	if err := d.publish(upload, digest); err != nil {
		return vadium.Digest{}, 0, fmt.Errorf("put blob %s: %w", digest, err)
	}
	return digest, in.size, nil
}

// publish moves a complete upload to its place. It replaces a copy that is already there, which costs nothing and
// repairs a corrupt one.
func (d *Dir) publish(upload *os.File, digest vadium.Digest) error {
	if err := upload.Sync(); err != nil {
		return err
	}
	if err := upload.Close(); err != nil {
		return err
	}
	shard := d.shard(digest)
	switch err := os.Mkdir(shard, 0o700); {
	case err == nil:
		if err := syncDir(d.root); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	if err := os.Rename(upload.Name(), d.path(digest)); err != nil {
		return err
	}
	return syncDir(shard)
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// All yields the digest of every blob that is stored, in ascending order of shard. A file that is none is an error.
func (d *Dir) All() iter.Seq2[vadium.Digest, error] {
	return func(yield func(vadium.Digest, error) bool) {
		shards, err := os.ReadDir(d.root)
		if err != nil {
			yield(vadium.Digest{}, fmt.Errorf("list blobs: %w", err))
			return
		}
		for _, shard := range shards {
			if shard.Name() == incomingDir || !shard.IsDir() {
				continue
			}
			files, err := os.ReadDir(filepath.Join(d.root, shard.Name()))
			if err != nil {
				yield(vadium.Digest{}, fmt.Errorf("list blobs: %w", err))
				return
			}
			for _, file := range files {
				digest, err := vadium.ParseDigest(file.Name())
				if err == nil && hex.EncodeToString(digest[:1]) != shard.Name() {
					err = errors.New("it is in another blob's folder")
				}
				if err != nil {
					err = fmt.Errorf("list blobs: %s is not a blob: %w (move it away)", filepath.Join(d.root, shard.Name(), file.Name()), err)
				}
				if !yield(digest, err) {
					return
				}
			}
		}
	}
}

func (d *Dir) open(digest vadium.Digest) (*os.File, error) {
	file, err := os.Open(d.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("blob %s: %w", digest, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", digest, err)
	}
	return file, nil
}

// Get implements [Store].
func (d *Dir) Get(ctx context.Context, digest vadium.Digest) (io.ReadCloser, error) {
	file, err := d.open(digest)
	if err != nil {
		return nil, err
	}
	return &verified{ReadCloser: file, ctx: ctx, want: digest, hash: sha256.New()}, nil
}

// Range implements [Store].
func (d *Dir) Range(_ context.Context, digest vadium.Digest, offset, length int64) (io.ReadCloser, error) {
	file, err := d.open(digest)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("open blob %s: %w", digest, err)
	}
	size := info.Size()
	if offset < 0 || offset > size {
		file.Close()
		return nil, fmt.Errorf("blob %s has %d bytes, offset is %d: %w", digest, size, offset, ErrRange)
	}
	if length < 0 || length > size-offset {
		length = size - offset
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(file, offset, length), file}, nil
}

// Has implements [Store].
func (d *Dir) Has(ctx context.Context, digest vadium.Digest) (bool, error) {
	_, err := d.Size(ctx, digest)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Size implements [Store].
func (d *Dir) Size(_ context.Context, digest vadium.Digest) (int64, error) {
	info, err := os.Stat(d.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("blob %s: %w", digest, ErrNotFound)
	}
	if err != nil {
		return 0, fmt.Errorf("size of blob %s: %w", digest, err)
	}
	return info.Size(), nil
}

// Delete implements [Store].
func (d *Dir) Delete(_ context.Context, digest vadium.Digest) error {
	err := os.Remove(d.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete blob %s: %w", digest, err)
	}
	if err := syncDir(d.shard(digest)); err != nil {
		return fmt.Errorf("delete blob %s: %w", digest, err)
	}
	return nil
}
