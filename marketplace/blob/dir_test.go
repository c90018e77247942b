package blob_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace/blob"
	"vadium/marketplace/blob/blobtest"
)

const limit blob.Limit = 1 << 20

func openDir(t *testing.T, root string) *blob.Dir {
	t.Helper()
	dir, err := blob.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDirKeepsTheContract(t *testing.T) {
	blobtest.Test(t, func(t *testing.T) blob.Store { return openDir(t, filepath.Join(t.TempDir(), "blobs")) })
}

// files lists the regular files below root with their modes.
func files(t *testing.T, root string) map[string]fs.FileMode {
	t.Helper()
	found := map[string]fs.FileMode{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		found[path] = info.Mode()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func only(t *testing.T, root string) (path string) {
	t.Helper()
	all := files(t, root)
	if len(all) != 1 {
		t.Fatalf("the store holds %d files (%v), want 1", len(all), all)
	}
	for path = range all {
	}
	return path
}

func TestBlobsAreReadableByTheirOwnerOnly(t *testing.T) {
	root := t.TempDir()
	if _, _, err := openDir(t, root).Put(t.Context(), strings.NewReader("secret input"), limit); err != nil {
		t.Fatal(err)
	}
	for path, mode := range files(t, root) {
		if mode != 0o600 {
			t.Errorf("%s has mode %v, want 0600", path, mode)
		}
	}
}

// A store that served damaged bytes would make an honest prover fail, or a market settle wrongly.
func TestDamagedBlobIsNeverServedAsWhole(t *testing.T) {
	content := bytes.Repeat([]byte("proving key "), 10_000)
	damage := map[string]func([]byte) []byte{
		"one bit flipped": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"truncated":       func(b []byte) []byte { return b[:len(b)-1] },
		"extended":        func(b []byte) []byte { return append(b, 0) },
		"emptied":         func([]byte) []byte { return nil },
	}
	for name, change := range damage {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir := openDir(t, root)
			digest, _, err := dir.Put(t.Context(), bytes.NewReader(content), limit)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(only(t, root), change(bytes.Clone(content)), 0o600); err != nil {
				t.Fatal(err)
			}
			reader, err := dir.Get(t.Context(), digest)
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			if _, err := io.ReadAll(reader); !errors.Is(err, blob.ErrCorrupt) || !strings.Contains(err.Error(), digest.String()) {
				t.Errorf("reading a damaged blob = %v, want ErrCorrupt that names the digest", err)
			}
			if err := dir.PutExpect(t.Context(), digest, bytes.NewReader(content), limit); err != nil {
				t.Fatal(err)
			}
			if got, err := blob.ReadAll(t.Context(), dir, digest, limit); err != nil || !bytes.Equal(got, content) {
				t.Errorf("after putting it again, ReadAll = %d bytes, %v; want it repaired", len(got), err)
			}
		})
	}
}

func TestRefusedUploadsLeaveNoFileBehind(t *testing.T) {
	root := t.TempDir()
	dir := openDir(t, root)
	if _, _, err := dir.Put(t.Context(), strings.NewReader("too long"), 3); err == nil {
		t.Error("Put beyond the limit succeeded")
	}
	if err := dir.PutExpect(t.Context(), vadium.Digest{1}, strings.NewReader("other"), limit); err == nil {
		t.Error("PutExpect of other content succeeded")
	}
	if left := files(t, root); len(left) != 0 {
		t.Errorf("refused uploads left %v", left)
	}
}

func TestOpeningRemovesUploadsOfACrashOnly(t *testing.T) {
	root := t.TempDir()
	openDir(t, root)
	old, young := filepath.Join(root, "incoming", "upload-old"), filepath.Join(root, "incoming", "upload-young")
	for path, age := range map[string]time.Duration{old: 25 * time.Hour, young: 23 * time.Hour} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	openDir(t, root)
	if got := only(t, root); got != young {
		t.Errorf("opening left %s, want only the upload that may still be in use", got)
	}
}

// A folder that is made by an upload is one more sync on the way of whoever waits for it.
func TestNoUploadMakesAFolder(t *testing.T) {
	root := t.TempDir()
	for range 2 { // also when they are there
		if _, err := blob.OpenDir(root); err != nil {
			t.Fatal(err)
		}
	}
	folders := func() int {
		entries, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before := folders()
	d, err := blob.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 32 {
		if _, _, err := d.Put(t.Context(), strings.NewReader(strconv.Itoa(i)), 16); err != nil {
			t.Fatal(err)
		}
	}
	if got := folders(); got != before || before != 256+1 {
		t.Errorf("%d folders before and %d after uploads, want 256 and the incoming one", before, got)
	}
}

func TestBlobsSurviveReopening(t *testing.T) {
	root := t.TempDir()
	digest, _, err := openDir(t, root).Put(t.Context(), strings.NewReader("kept"), limit)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := blob.ReadAll(t.Context(), openDir(t, root), digest, limit); err != nil || string(got) != "kept" {
		t.Errorf("ReadAll after reopening = %q, %v; want %q", got, err, "kept")
	}
}
