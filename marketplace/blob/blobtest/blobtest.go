// Package blobtest is the contract of [blob.Store] as a test suite, which every implementation runs.
package blobtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"vadium"
	"vadium/marketplace/blob"
)

const limit blob.Limit = 1 << 20

// Test runs the contract against stores made by open, each empty.
func Test(t *testing.T, open func(t *testing.T) blob.Store) {
	t.Run("what is put is got back under its SHA-256", func(t *testing.T) { testRoundTrip(t, open(t)) })
	t.Run("a blob as long as the limit is stored and one byte more is refused", func(t *testing.T) { testLimit(t, open(t)) })
	t.Run("content that is not what was announced is refused", func(t *testing.T) { testExpect(t, open(t)) })
	t.Run("what is not stored is not found", func(t *testing.T) { testMissing(t, open(t)) })
	t.Run("a download resumes at any offset", func(t *testing.T) { testRange(t, open(t)) })
	t.Run("putting and deleting twice is doing it once", func(t *testing.T) { testIdempotence(t, open(t)) })
	t.Run("an upload that breaks off leaves nothing", func(t *testing.T) { testBrokenUpload(t, open(t)) })
	t.Run("concurrent puts of one blob all succeed", func(t *testing.T) { testConcurrentPuts(t, open(t)) })
	t.Run("a cancelled put or get stops", func(t *testing.T) { testCancel(t, open(t)) })
}

func random(t *testing.T, size int) []byte {
	t.Helper()
	content := make([]byte, size)
	if _, err := rand.Read(content); err != nil {
		t.Fatal(err)
	}
	return content
}

func put(t *testing.T, s blob.Store, content []byte) vadium.Digest {
	t.Helper()
	digest, size, err := s.Put(t.Context(), bytes.NewReader(content), limit)
	if err != nil {
		t.Fatalf("Put of %d bytes: %v", len(content), err)
	}
	if want := vadium.DigestOf(content); digest != want {
		t.Fatalf("Put returned digest %s, want %s", digest, want)
	}
	if size != int64(len(content)) {
		t.Fatalf("Put returned size %d, want %d", size, len(content))
	}
	return digest
}

func has(t *testing.T, s blob.Store, digest vadium.Digest) bool {
	t.Helper()
	stored, err := s.Has(t.Context(), digest)
	if err != nil {
		t.Fatalf("Has(%s): %v", digest, err)
	}
	return stored
}

func testRoundTrip(t *testing.T, s blob.Store) {
	for _, size := range []int{0, 1, 4096, 700_001} {
		content := random(t, size)
		digest := put(t, s, content)
		got, err := blob.ReadAll(t.Context(), s, digest, limit)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("ReadAll of %d bytes = %d bytes, %v; want what was put", size, len(got), err)
		}
		if n, err := s.Size(t.Context(), digest); err != nil || n != int64(size) {
			t.Errorf("Size = %d, %v; want %d", n, err, size)
		}
		if !has(t, s, digest) {
			t.Errorf("Has = false after Put")
		}
	}
	digest := put(t, s, random(t, 100))
	if _, err := blob.ReadAll(t.Context(), s, digest, 100); err != nil {
		t.Errorf("ReadAll within the limit: %v", err)
	}
	if _, err := blob.ReadAll(t.Context(), s, digest, 99); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("ReadAll beyond the limit = %v, want ErrTooLarge", err)
	}
}

func testLimit(t *testing.T, s blob.Store) {
	content := random(t, 1000)
	if _, _, err := s.Put(t.Context(), bytes.NewReader(content), 1000); err != nil {
		t.Errorf("Put of 1000 bytes with limit 1000: %v", err)
	}
	other := random(t, 1001)
	_, _, err := s.Put(t.Context(), bytes.NewReader(other), 1000)
	if !errors.Is(err, blob.ErrTooLarge) || !strings.Contains(err.Error(), "1000 bytes") {
		t.Errorf("Put of 1001 bytes with limit 1000 = %v, want ErrTooLarge that states the limit", err)
	}
	if has(t, s, vadium.DigestOf(other)) {
		t.Errorf("a refused blob is stored")
	}
	if err := s.PutExpect(t.Context(), vadium.DigestOf(other), bytes.NewReader(other), 1000); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("PutExpect of 1001 bytes with limit 1000 = %v, want ErrTooLarge", err)
	}
}

func testExpect(t *testing.T, s blob.Store) {
	content, other := random(t, 100), random(t, 100)
	if err := s.PutExpect(t.Context(), vadium.DigestOf(content), bytes.NewReader(content), limit); err != nil {
		t.Errorf("PutExpect: %v", err)
	}
	if err := s.PutExpect(t.Context(), vadium.DigestOf(content), bytes.NewReader(other), limit); !errors.Is(err, blob.ErrMismatch) {
		t.Errorf("PutExpect of other content = %v, want ErrMismatch", err)
	}
	if has(t, s, vadium.DigestOf(other)) {
		t.Errorf("content that did not match is stored")
	}
	if got, err := blob.ReadAll(t.Context(), s, vadium.DigestOf(content), limit); err != nil || !bytes.Equal(got, content) {
		t.Errorf("ReadAll = %x, %v; want the content announced", got, err)
	}
}

func testMissing(t *testing.T, s blob.Store) {
	digest := vadium.DigestOf([]byte("never stored"))
	if has(t, s, digest) {
		t.Errorf("Has = true for what was never stored")
	}
	_, sizeErr := s.Size(t.Context(), digest)
	_, getErr := s.Get(t.Context(), digest)
	_, rangeErr := s.Range(t.Context(), digest, 0, -1)
	for call, err := range map[string]error{"Size": sizeErr, "Get": getErr, "Range": rangeErr} {
		if !errors.Is(err, blob.ErrNotFound) || !strings.Contains(err.Error(), digest.String()) {
			t.Errorf("%s = %v, want ErrNotFound that names the digest", call, err)
		}
	}
}

func testRange(t *testing.T, s blob.Store) {
	content := random(t, 1000)
	digest := put(t, s, content)
	for _, r := range []struct{ offset, length, wantEnd int64 }{
		{0, -1, 1000}, {0, 0, 0}, {0, 1, 1}, {999, 1, 1000}, {999, 5, 1000}, {300, 400, 700}, {1000, -1, 1000}, {1000, 7, 1000},
	} {
		part, err := s.Range(t.Context(), digest, r.offset, r.length)
		if err != nil {
			t.Errorf("Range(%d, %d): %v", r.offset, r.length, err)
			continue
		}
		got, err := io.ReadAll(part)
		part.Close()
		if err != nil || !bytes.Equal(got, content[r.offset:r.wantEnd]) {
			t.Errorf("Range(%d, %d) = %d bytes, %v; want %d", r.offset, r.length, len(got), err, r.wantEnd-r.offset)
		}
	}
	for _, offset := range []int64{-1, 1001} {
		if _, err := s.Range(t.Context(), digest, offset, 1); !errors.Is(err, blob.ErrRange) {
			t.Errorf("Range from %d of 1000 bytes = %v, want ErrRange", offset, err)
		}
	}
}

func testIdempotence(t *testing.T, s blob.Store) {
	content := random(t, 5000)
	digest := put(t, s, content)
	put(t, s, content)
	for range 2 {
		if err := s.Delete(t.Context(), digest); err != nil {
			t.Errorf("Delete: %v", err)
		}
		if has(t, s, digest) {
			t.Errorf("Has = true after Delete")
		}
	}
	put(t, s, content)
	if !has(t, s, digest) {
		t.Errorf("Has = false after putting what was deleted")
	}
}

func testBrokenUpload(t *testing.T, s blob.Store) {
	content := random(t, 100_000)
	broken := errors.New("connection reset")
	_, _, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(content), failing{broken}), limit)
	if !errors.Is(err, broken) {
		t.Errorf("Put of a broken upload = %v, want %v", err, broken)
	}
	if has(t, s, vadium.DigestOf(content)) {
		t.Errorf("what came before the connection broke is stored")
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func testConcurrentPuts(t *testing.T, s blob.Store) {
	content := random(t, 50_000)
	digest := vadium.DigestOf(content)
	var putters sync.WaitGroup
	for range 16 {
		putters.Go(func() {
			if err := s.PutExpect(t.Context(), digest, bytes.NewReader(content), limit); err != nil {
				t.Errorf("PutExpect: %v", err)
			}
			if got, err := blob.ReadAll(t.Context(), s, digest, limit); err != nil || !bytes.Equal(got, content) {
				t.Errorf("ReadAll beside other puts = %d bytes, %v", len(got), err)
			}
		})
	}
	putters.Wait()
}

func testCancel(t *testing.T, s blob.Store) {
	content := random(t, 10_000)
	digest := put(t, s, content)
	ctx, cancel := context.WithCancel(t.Context())
	reader, err := s.Get(ctx, digest)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cancel()
	if _, err := io.ReadAll(reader); !errors.Is(err, context.Canceled) {
		t.Errorf("reading after cancel = %v, want context.Canceled", err)
	}
	if _, _, err := s.Put(ctx, bytes.NewReader(content), limit); !errors.Is(err, context.Canceled) {
		t.Errorf("Put after cancel = %v, want context.Canceled", err)
	}
}
