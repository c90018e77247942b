package prover

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"vadium/auction"
	"vadium/marketplace/client"
)

// Receipts of this epoch and of the last are kept, since nobody has looked at those; older ones only while there are few, and of
// very many the latest.
func TestReceiptsAreKeptWhileTheyAreOfUse(t *testing.T) {
	for _, row := range []struct {
		name               string
		old, last, current int // receipts of the epoch before the last, of the last, and of this one
		want               int
	}{
		{"few", 300, 200, 12, 512},
		{"one more", 300, 200, 13, 512},
		{"a busy last epoch", 300, 600, 100, 700},
		{"a busy epoch", 0, 10, 900, 910},
		{"as many as ever", 0, 100, maxReceipts - 100, maxReceipts},
		{"more than ever", 5, 100, maxReceipts, maxReceipts},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, receiptsDir), 0o700); err != nil {
				t.Fatal(err)
			}
			const first, epoch = 990, 8
			all := row.old + row.last + row.current
			for i := range all {
				var receipt client.Kept
				r := &receipt.Ask.Receipt
				r.Seq, r.Epoch, r.Product.Tier = uint64(first+i), epoch, auction.Immediate
				switch {
				case i < row.old:
					r.Epoch = epoch - 2
				case i < row.old+row.last:
					r.Epoch = epoch - 1
				}
				if i == all-1 {
					if err := keepReceipt(dir, receipt); err != nil {
						t.Fatal(err)
					}
					break
				}
				content, err := json.Marshal(receipt)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, receiptsDir, fmt.Sprintf("ask-%012d.json", r.Seq)), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			files, err := filepath.Glob(filepath.Join(dir, receiptsDir, "*"))
			if err != nil || len(files) != row.want {
				t.Fatalf("%d files are kept (%v), want %d", len(files), err, row.want)
			}
			for i, file := range files {
				if want := fmt.Sprintf("ask-%012d.json", first+all-row.want+i); filepath.Base(file) != want {
					t.Fatalf("file %d is %s, want %s", i, filepath.Base(file), want)
				}
			}
		})
	}
}
