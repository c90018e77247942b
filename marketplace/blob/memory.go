package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"vadium"
)

// errFull is what a full disk says.
var errFull = errors.New("no space left on the machine's disk")

// Memory is a [Store] in memory whose disk can be full and can be damaged, for tests and simulations.
type Memory struct {
	mu    sync.Mutex
	blobs map[vadium.Digest][]byte // guarded by mu; the slices are never changed
	full  bool                     // guarded by mu
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{blobs: map[vadium.Digest][]byte{}} }

// Fill makes the disk full, or gives it room again. A full disk takes no blob, and keeps those it has.
func (m *Memory) Fill(full bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.full = full
}

// Damage replaces the stored bytes of a blob by what change makes of a copy, as a failing disk does; nil loses it. It
// reports whether there was such a blob.
func (m *Memory) Damage(digest vadium.Digest, change func([]byte) []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, found := m.blobs[digest]
	if !found {
		return false
	}
	if content = change(bytes.Clone(content)); content == nil {
		delete(m.blobs, digest)
		return true
	}
	m.blobs[digest] = content
	return true
}

// Put implements [Store].
func (m *Memory) Put(ctx context.Context, content io.Reader, limit Limit) (vadium.Digest, int64, error) {
	in := newIntake(ctx, content, limit)
	all, err := io.ReadAll(in)
	if err == nil {
		err = m.store(in.digest(), all)
	}
	if err != nil {
		return vadium.Digest{}, 0, fmt.Errorf("put blob: %w", err)
	}
	return in.digest(), in.size, nil
}

// PutExpect implements [Store].
func (m *Memory) PutExpect(ctx context.Context, want vadium.Digest, content io.Reader, limit Limit) error {
	in := newIntake(ctx, content, limit)
	all, err := io.ReadAll(in)
	if got := in.digest(); err == nil && got != want {
		err = fmt.Errorf("content has digest %s, announced was %s: %w", got, want, ErrMismatch)
	}
	if err == nil {
		err = m.store(want, all)
	}
	if err != nil {
		return fmt.Errorf("put blob: %w", err)
	}
	return nil
}

func (m *Memory) store(digest vadium.Digest, content []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return errFull
	}
	m.blobs[digest] = content
	return nil
}

func (m *Memory) load(digest vadium.Digest) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, found := m.blobs[digest]
	if !found {
		return nil, fmt.Errorf("blob %s: %w", digest, ErrNotFound)
	}
	return content, nil
}

// Get implements [Store].
func (m *Memory) Get(ctx context.Context, digest vadium.Digest) (io.ReadCloser, error) {
	content, err := m.load(digest)
	if err != nil {
		return nil, err
	}
	return &verified{ReadCloser: io.NopCloser(bytes.NewReader(content)), ctx: ctx, want: digest, hash: sha256.New()}, nil
}

// Range implements [Store].
func (m *Memory) Range(_ context.Context, digest vadium.Digest, offset, length int64) (io.ReadCloser, error) {
	content, err := m.load(digest)
	if err != nil {
		return nil, err
	}
	size := int64(len(content))
	if offset < 0 || offset > size {
		return nil, fmt.Errorf("blob %s has %d bytes, offset is %d: %w", digest, size, offset, ErrRange)
	}
	if length < 0 || length > size-offset {
		length = size - offset
	}
	return io.NopCloser(bytes.NewReader(content[offset : offset+length])), nil
}

// Has implements [Store].
func (m *Memory) Has(_ context.Context, digest vadium.Digest) (bool, error) {
	_, err := m.load(digest)
	return err == nil, nil
}

// Size implements [Store].
func (m *Memory) Size(_ context.Context, digest vadium.Digest) (int64, error) {
	content, err := m.load(digest)
	return int64(len(content)), err
}

// Delete implements [Store].
func (m *Memory) Delete(_ context.Context, digest vadium.Digest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, digest)
	return nil
}
