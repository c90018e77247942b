package blob_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"vadium/marketplace/blob"
	"vadium/marketplace/journal/disktest"
)

// TestFullDiskStoresNoPartOfABlob fills a small disk. What does not fit is not there at all, not even as a file that takes
// the room, and what was there stays whole.
func TestFullDiskStoresNoPartOfABlob(t *testing.T) {
	if disktest.Rounds(t, "VADIUM_POWERCUT_ROUNDS", 0) == 0 {
		return
	}
	if err := disktest.Unavailable(); err != nil {
		t.Fatalf("CANNOT RUN on this machine: %v", err)
	}
	v := disktest.NewVolume(t, disktest.Tmpfs, filepath.Join(t.TempDir(), "disk"), 4<<20)
	dir := openDir(t, v.Dir)
	small := bytes.Repeat([]byte("fits "), 200_000)
	kept, _, err := dir.Put(t.Context(), bytes.NewReader(small), 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("too much "), 600_000)
	if _, _, err := dir.Put(t.Context(), bytes.NewReader(large), 8<<20); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("storing more than fits = %v, want %v", err, syscall.ENOSPC)
	}
	if left := files(t, v.Dir); len(left) != 1 {
		t.Errorf("the store holds %v, want the first blob alone", left)
	}
	if got, err := blob.ReadAll(t.Context(), dir, kept, 8<<20); err != nil || !bytes.Equal(got, small) {
		t.Errorf("the first blob reads %d bytes, %v", len(got), err)
	}
	dir.KeepFree(func() error { return syscall.ENOSPC })
	if _, _, err := dir.Put(t.Context(), bytes.NewReader([]byte("small")), 8<<20); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("storing while the journal needs the room = %v, want %v", err, syscall.ENOSPC)
	}
}
