package marketplace

import (
	"fmt"

	"github.com/ethereum/go-ethereum/rlp"
)

// SealedForm returns the copy of a record that everyone could see at the moment it was written: [Public] of it, on the state
// just after it. It depends on the record alone, so it stays what it was when an epoch ends, and whoever has the record whole
// can tell what it was before.
func SealedForm(r Record) Record {
	switch e := r.Event.(type) {
	case *RequestAssigned:
		if len(e.Ranked) > 0 {
			hidden := *e
			hidden.Ranked = nil
			r.Event = &hidden
		}
	case *BackupActivated:
		if len(e.Ranked) > 0 {
			hidden := *e
			hidden.Ranked = nil
			r.Event = &hidden
		}
	case *AskPlaced:
		r.Event = &AskPlaced{Sealed: true, Ask: e.Ask.sealed()}
	case *BatchCleared:
		hidden := *e
		hidden.Orders, hidden.Offers, hidden.Sealed = nil, nil, true
		r.Event = &hidden
	case *AskEpochOpened:
		hidden := *e
		hidden.NextSeed = [32]byte{}
		r.Event = &hidden
	case *MarketOpened:
		hidden := *e
		hidden.Seed, hidden.NextSeed = [32]byte{}, [32]byte{}
		r.Event = &hidden
	}
	return r
}

// Leaf returns what the transparency log holds of a record: the canonical encoding of its sealed form.
func Leaf(r Record) []byte {
	encoded, err := rlp.EncodeToBytes(SealedForm(r))
	if err != nil {
		panic(fmt.Sprintf("invariant: a record always encodes: %v", err))
	}
	return encoded
}
