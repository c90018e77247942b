package signing

import (
	"fmt"

	"vadium"
)

// TreeHead is the market's word on its whole history up to a record: the root of the tree that RFC 6962 (section 2.1) builds
// over the leaves of all records so far (marketplace.Leaf). It follows from the journal alone, so there is one for each size:
// two signed heads of one size, or two whose trees are not one the beginning of the other, prove that the market has told two
// histories.
type TreeHead struct {
	Size    uint64        `json:"size"` // records in the tree: the position of the last
	Root    vadium.Digest `json:"root"`
	Lineage vadium.Salt   `json:"lineage"` // of the last record, by which a market that was restored from a backup says so itself
	At      vadium.Time   `json:"at"`      // of the last record
}

// SignedTreeHead is a head with the market's signature.
type SignedTreeHead struct {
	TreeHead
	Signature []byte `json:"signature"`
}

// SignTreeHead returns a head with the market's signature; equal heads get equal signatures from a [Key].
func SignTreeHead(d Domain, market Signer, head TreeHead) (SignedTreeHead, error) {
	signature, err := market.SignDigest(d.digest(hashOf(head)))
	if err != nil {
		return SignedTreeHead{}, fmt.Errorf("sign the tree head of %d records: %w", head.Size, err)
	}
	return SignedTreeHead{head, signature}, nil
}

// Check returns nil if market signed the head, else [ErrMalformedSignature] or [ErrWrongSigner].
func (h SignedTreeHead) Check(d Domain, market vadium.Account) error {
	return d.verify(market, hashOf(h.TreeHead), h.Signature)
}
