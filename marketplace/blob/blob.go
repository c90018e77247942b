// Package blob stores bytes under their SHA-256: inputs, proving keys, constraint systems, snapshots and archived
// segments of the journal. A blob never changes, so whoever holds its digest can check every byte they are served, and
// two people who store the same bytes store them once.
//
//	digest, size, err := store.Put(ctx, file, blob.Limit(64<<20))
//	content, err := store.Get(ctx, digest)   // the last Read says whether the bytes are the ones asked for
//
// [Dir] keeps blobs in a local folder. Every implementation passes the suite in blobtest.
//
// The package does not decide who may read a blob (marketplace/rpc does) nor when one is no longer needed.
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"vadium"
)

// Refusals and findings of a store; compare with errors.Is.
var (
	// ErrNotFound: no blob of that digest is stored.
	ErrNotFound = errors.New("no such blob")
	// ErrTooLarge: the content is longer than the limit; the message states the limit. Nothing was stored.
	ErrTooLarge = errors.New("blob exceeds its size limit")
	// ErrMismatch: the content offered is not the content announced. Nothing was stored.
	ErrMismatch = errors.New("content does not match the announced digest")
	// ErrCorrupt: the stored bytes are no longer the ones that were put. Store the blob again from another copy.
	ErrCorrupt = errors.New("stored blob is corrupt")
	// ErrRange: an offset outside the blob.
	ErrRange = errors.New("offset outside the blob")
)

// Limit is the most bytes a blob may have.
type Limit int64

// Store keeps blobs by the SHA-256 of their content.
//
// All methods may be called concurrently, also for the same blob. Implementations must keep these promises:
//
//   - Durability: once Put or PutExpect returned nil the blob survives a power cut. Before, a crash leaves either no
//     blob or the whole one, never a part.
//   - Idempotence: putting a blob twice is putting it once, and repairs a copy that has become corrupt. Deleting what is
//     not there is not an error.
//   - Integrity: Get never ends with io.EOF unless the bytes it returned have the digest asked for.
type Store interface {
	// Put stores content and returns its digest and length in bytes. It reads at most limit+1 bytes; longer content is
	// refused with ErrTooLarge.
	Put(ctx context.Context, content io.Reader, limit Limit) (vadium.Digest, int64, error)
	// PutExpect stores content if its digest is want, and refuses it with ErrMismatch otherwise.
	PutExpect(ctx context.Context, want vadium.Digest, content io.Reader, limit Limit) error
	// Get streams a blob and checks it on the way: if the bytes do not have the digest, the Read that would return
	// io.EOF returns ErrCorrupt instead. Nothing read may be acted upon before io.EOF. The caller closes the reader.
	Get(ctx context.Context, digest vadium.Digest) (io.ReadCloser, error)
	// Range streams length bytes from offset, or to the end when length is negative or reaches beyond it, for a download
	// that resumes. A part cannot be checked: whoever assembles the parts checks the digest. An offset equal to the size
	// gives no bytes, one beyond it ErrRange. The caller closes the reader.
	Range(ctx context.Context, digest vadium.Digest, offset, length int64) (io.ReadCloser, error)
	// Has reports whether the blob is stored, without reading it.
	Has(ctx context.Context, digest vadium.Digest) (bool, error)
	// Size returns the length of the blob in bytes, without reading it.
	Size(ctx context.Context, digest vadium.Digest) (int64, error)
	// Delete forgets the blob. Readers that have it open may still finish.
	Delete(ctx context.Context, digest vadium.Digest) error
}

// ReadAll returns the whole, verified content of a blob of at most limit bytes.
func ReadAll(ctx context.Context, store Store, digest vadium.Digest, limit Limit) ([]byte, error) {
	size, err := store.Size(ctx, digest)
	if err != nil {
		return nil, err
	}
	if size > int64(limit) {
		return nil, tooLarge(limit)
	}
	content, err := store.Get(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	buffer := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := buffer.ReadFrom(content); err != nil {
		return nil, fmt.Errorf("read blob %s: %w", digest, err)
	}
	return buffer.Bytes(), nil
}

func tooLarge(limit Limit) error {
	return fmt.Errorf("%w of %d bytes", ErrTooLarge, limit)
}

// intake hashes and counts what passes, and stops at the limit or when ctx is done, so that an endless or a stalled
// upload cannot fill the disk.
type intake struct {
	ctx   context.Context //nolint:containedctx // of the one call that copies; an io.Reader has no other place for it
	from  io.Reader
	limit Limit
	size  int64
	hash  hash.Hash
}

func newIntake(ctx context.Context, from io.Reader, limit Limit) *intake {
	return &intake{ctx: ctx, from: from, limit: limit, hash: sha256.New()}
}

func (i *intake) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	// One byte more than allowed tells "exactly the limit" from "longer".
	if room := int64(i.limit) - i.size + 1; int64(len(p)) > room {
		p = p[:room]
	}
	n, err := i.from.Read(p)
	i.size += int64(n)
	i.hash.Write(p[:n])
	if i.size > int64(i.limit) {
		return 0, tooLarge(i.limit)
	}
	return n, err
}

func (i *intake) digest() vadium.Digest { return vadium.Digest(i.hash.Sum(nil)) }

// verified replaces the io.EOF of a blob whose bytes do not have their digest by ErrCorrupt.
type verified struct {
	io.ReadCloser
	ctx  context.Context //nolint:containedctx // of the one call that opened the blob; an io.Reader has no other place for it
	want vadium.Digest
	hash hash.Hash
}

func (v *verified) Read(p []byte) (int, error) {
	if err := v.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := v.ReadCloser.Read(p)
	v.hash.Write(p[:n])
	if err == io.EOF {
		if got := vadium.Digest(v.hash.Sum(nil)); got != v.want {
			return n, fmt.Errorf("blob %s: its bytes have digest %s: %w (put it again from another copy)", v.want, got, ErrCorrupt)
		}
	}
	return n, err
}
