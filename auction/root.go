package auction

import (
	"crypto/sha256"
	"math/bits"

	"vadium"
)

// Root returns the Merkle tree hash of RFC 6962 §2.1 over leaves, in their order: SHA-256 over 0x00 and a leaf, over 0x01 and
// the hashes of two parts, of which the first is the largest power of two that is less than all; and SHA-256 of nothing
// for no leaves.
func Root(leaves [][]byte) vadium.Digest {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return LeafHash(leaves[0])
	}
	k := split(len(leaves))
	return nodeHash(Root(leaves[:k]), Root(leaves[k:]))
}

// Path returns the hashes that lead from the i-th leaf to the root, those next to the leaf first (RFC 6962 §2.1.1).
func Path(leaves [][]byte, i int) []vadium.Digest {
	if len(leaves) <= 1 {
		return nil
	}
	k := split(len(leaves))
	if i < k {
		return append(Path(leaves[:k], i), Root(leaves[k:]))
	}
	return append(Path(leaves[k:], i-k), Root(leaves[:k]))
}

// Leads reports whether a path leads from the i-th of n leaves to a root.
func Leads(path []vadium.Digest, i, n int, leaf []byte, root vadium.Digest) bool {
	if i < 0 || i >= n {
		return false
	}
	hash, rest := lead(path, i, n, LeafHash(leaf))
	return len(rest) == 0 && hash == root
}

// lead climbs from a leaf of n and returns where it came and what of the path it did not need; a path that is too short
// leads nowhere.
func lead(path []vadium.Digest, i, n int, leaf vadium.Digest) (vadium.Digest, []vadium.Digest) {
	if n == 1 {
		return leaf, path
	}
	k, left := split(n), true
	if i < k {
		leaf, path = lead(path, i, k, leaf)
	} else {
		leaf, path = lead(path, i-k, n-k, leaf)
		left = false
	}
	switch {
	case len(path) == 0:
		return vadium.Digest{}, nil
	case left:
		return nodeHash(leaf, path[0]), path[1:]
	}
	return nodeHash(path[0], leaf), path[1:]
}

// LeafHash returns the hash of a leaf.
func LeafHash(leaf []byte) vadium.Digest {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(leaf)
	return vadium.Digest(h.Sum(nil))
}

func nodeHash(left, right vadium.Digest) vadium.Digest {
	var content [1 + 2*32]byte
	content[0] = 1
	copy(content[1:], left[:])
	copy(content[33:], right[:])
	return sha256.Sum256(content[:])
}

// split returns the largest power of two that is less than n.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }
