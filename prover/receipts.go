package prover

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"vadium/marketplace/client"
	"vadium/prover/durable"
)

// receiptsDir holds the receipts of asks, below the agent's folder: with them the market can be held to what it signed
// (vadium auction recheck --receipt).
const receiptsDir = "receipts"

// Receipts are of use until their epoch has ended and was looked at. So of more than fewReceipts those go, the oldest first, that
// are of epochs before the last; and of more than maxReceipts the oldest, so that no market fills the disk.
const (
	fewReceipts = 512
	maxReceipts = 16_384
)

// keepReceipt writes the receipt of an ask into the agent's folder, named by the ask's position.
func keepReceipt(dir string, receipt client.Kept) error {
	encoded, err := json.MarshalIndent(receipt, "", "  ")
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, receiptsDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := durable.Write(filepath.Join(dir, fmt.Sprintf("ask-%012d.json", receipt.Ask.Receipt.Seq)), append(encoded, '\n')); err != nil {
		return err
	}
	kept, err := filepath.Glob(filepath.Join(dir, "ask-*.json")) // in order
	for ; err == nil && len(kept) > fewReceipts; kept = kept[1:] {
		if len(kept) <= maxReceipts && epochOf(kept[0])+1 >= receipt.Ask.Receipt.Epoch {
			break // and so are all after it
		}
		err = os.Remove(kept[0])
	}
	return err
}

// epochOf returns the epoch of a receipt that was kept; 0 for what is none.
func epochOf(path string) uint64 {
	var receipt client.Kept
	content, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(content, &receipt) != nil {
		return 0
	}
	return receipt.Ask.Receipt.Epoch
}
