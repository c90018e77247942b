package signing

import (
	"fmt"
	"math/bits"

	"vadium"
)

// A receipt costs a signature, about as much as all else that a command costs. So receipts that wait for the market's key
// together are signed together, on a sheet: they are the leaves of a Merkle tree as RFC 9162 (section 2.1) builds it, with
// Keccak-256, and the market signs the root and how many they are. Each receipt comes with its place on the sheet, and proves
// as much, to anyone and by itself, as one that was signed alone.
type (
	// Place is where a receipt stands on a sheet: its index, of how many, and the hashes beside the way up from it, the
	// lowest first. The zero Place says that the receipt was signed alone.
	Place struct {
		Index, Of uint64
		Path      []vadium.Digest
	}
	// ReceiptSheet is what the market signs for receipts on a sheet.
	ReceiptSheet struct {
		Root     [32]byte
		Receipts uint64
	}
)

// MaxSheet bounds the receipts of a sheet: at 256 a signature costs each next to nothing, and a path is eight hashes.
const MaxSheet = 256

// Tags of what is hashed, so that no inner node passes for a receipt.
const (
	leafTag  = 0
	innerTag = 1
)

func leafOf(receipt [32]byte) [32]byte {
	var text [33]byte
	text[0] = leafTag
	copy(text[1:], receipt[:])
	return keccak(text[:])
}

func innerOf(left, right [32]byte) [32]byte {
	var text [65]byte
	text[0] = innerTag
	copy(text[1:], left[:])
	copy(text[33:], right[:])
	return keccak(text[:])
}

// ReceiptHash returns what stands for a receipt when it is signed: its struct hash, in which its type is.
func ReceiptHash[R Receipt](r R) [32]byte { return hashOf(r) }

// SignReceipts returns the market's one signature of receipts by their hashes, and the place of each. One receipt is signed
// alone.
func SignReceipts(d Domain, market Signer, receipts [][32]byte) (signature []byte, places []Place, err error) {
	places = make([]Place, len(receipts))
	if len(receipts) == 1 {
		signature, err = market.SignDigest(d.digest(receipts[0]))
		return signature, places, err
	}
	n := uint64(len(receipts))
	level := make([][32]byte, n)
	depth := bits.Len64(n - 1)
	paths := make([]vadium.Digest, int(n)*depth)
	for i, receipt := range receipts {
		level[i] = leafOf(receipt)
		places[i] = Place{Index: uint64(i), Of: n, Path: paths[i*depth : i*depth : (i+1)*depth]}
	}
	for height := 0; len(level) > 1; height++ {
		for i := range places {
			if beside := i>>height ^ 1; beside < len(level) {
				places[i].Path = append(places[i].Path, level[beside])
			}
		}
		level = raise(level)
	}
	signature, err = market.SignDigest(d.digest(hashOf(ReceiptSheet{Root: level[0], Receipts: n})))
	return signature, places, err
}

// raise returns the level above one, in its memory. A last node without a neighbour stands there as it is.
func raise(level [][32]byte) [][32]byte {
	n := 0
	for i := 0; i < len(level); i += 2 {
		if level[n] = level[i]; i+1 < len(level) {
			level[n] = innerOf(level[i], level[i+1])
		}
		n++
	}
	return level[:n]
}

// root returns the root that a receipt at this place implies (RFC 9162, section 2.1.3.2), or false when there is no such
// place.
func (p Place) root(receipt [32]byte) (root [32]byte, ok bool) {
	if p.Of < 2 || p.Index >= p.Of {
		return root, false
	}
	root = leafOf(receipt)
	at, last := p.Index, p.Of-1
	for _, beside := range p.Path {
		if last == 0 {
			return root, false
		}
		if at&1 == 1 || at == last {
			root = innerOf(beside, root)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			root = innerOf(root, beside)
		}
		at, last = at>>1, last>>1
	}
	return root, last == 0
}

// alone reports whether the place says that its receipt was signed alone.
func (p Place) alone() bool { return p.Index == 0 && p.Of == 0 && len(p.Path) == 0 }

// signed returns the struct hash that the market's signature covers for a receipt at this place.
func (p Place) signed(receipt [32]byte) ([32]byte, error) {
	if p.alone() {
		return receipt, nil
	}
	root, ok := p.root(receipt)
	if !ok {
		return root, fmt.Errorf("place %d of %d with %d hashes is none on a sheet: %w", p.Index, p.Of, len(p.Path), ErrWrongSigner)
	}
	return hashOf(ReceiptSheet{Root: root, Receipts: p.Of}), nil
}
