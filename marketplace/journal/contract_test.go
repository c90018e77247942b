package journal_test

import (
	"testing"

	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
	"vadium/marketplace/journal/journaltest"
)

func openBlobs(t *testing.T) *blob.Dir {
	t.Helper()
	blobs, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return blobs
}

func TestMemoryKeepsTheContract(t *testing.T) {
	journaltest.Test(t, func(t *testing.T) journaltest.Engine {
		machine, blobs := journal.NewMemory(), openBlobs(t)
		return journaltest.Engine{Blobs: blobs, Open: func() (journal.Journal, error) {
			return machine.Open(journal.Options{Blobs: blobs})
		}}
	})
}

func TestBadgerKeepsTheContract(t *testing.T) {
	journaltest.Test(t, func(t *testing.T) journaltest.Engine {
		dir, blobs := t.TempDir(), openBlobs(t)
		return journaltest.Engine{Blobs: blobs, Open: func() (journal.Journal, error) {
			return journal.OpenBadger(dir, journal.Options{Blobs: blobs})
		}}
	})
}
