package client

import (
	"context"
	"fmt"

	"vadium"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency"
	v1 "vadium/marketplace/v1"

	"vadium/marketplace/rpc/wire"
)

// TreeHead returns a head of the market's transparency log with at least so many records, which the market signed. It waits
// until the log has them.
func (c *Client) TreeHead(ctx context.Context, least uint64) (signing.SignedTreeHead, error) {
	head, err := c.treeHead(ctx, &v1.GetTreeHeadRequest{AtLeast: least})
	if err == nil && head.Size < least {
		err = fmt.Errorf("a head of at least %d records was asked for, the market answers with one of %d: %w", least, head.Size, transparency.ErrShorter)
	}
	return head, err
}

// CloseHead returns the head that the market signed when an ask epoch ended.
func (c *Client) CloseHead(ctx context.Context, epoch uint64) (signing.SignedTreeHead, error) {
	return c.treeHead(ctx, &v1.GetTreeHeadRequest{Epoch: epoch})
}

func (c *Client) treeHead(ctx context.Context, asked *v1.GetTreeHeadRequest) (signed signing.SignedTreeHead, err error) {
	market, err := c.identify(ctx)
	if err != nil {
		return signed, err
	}
	a, err := call(ctx, c, c.log.GetTreeHead, asked)
	if err != nil {
		return signed, err
	}
	if signed.TreeHead, err = read[signing.TreeHead](a.GetHead()); err != nil {
		return signed, err
	}
	if signed.Signature, err = wire.ReadBytes(a.GetHead().GetSignature()); err != nil {
		return signed, err
	}
	if err := signed.Check(market.domain, market.signer); err != nil {
		return signed, fmt.Errorf("the market's tree head is not its own: %w", err)
	}
	return signed, nil
}

// InclusionProof returns what proves that a record is in the log of a size ([transparency.CheckIncluded]).
func (c *Client) InclusionProof(ctx context.Context, seq, size uint64) ([]vadium.Digest, error) {
	a, err := call(ctx, c, c.log.GetInclusionProof, &v1.GetInclusionProofRequest{Seq: seq, Size: size})
	if err != nil {
		return nil, err
	}
	return readProof(a.GetHashes())
}

// ConsistencyProof returns what proves that the log has only grown between two sizes ([transparency.CheckConsistent]).
func (c *Client) ConsistencyProof(ctx context.Context, from, to uint64) ([]vadium.Digest, error) {
	a, err := call(ctx, c, c.log.GetConsistencyProof, &v1.GetConsistencyProofRequest{From: from, To: to})
	if err != nil {
		return nil, err
	}
	return readProof(a.GetHashes())
}

func readProof(hashes []string) ([]vadium.Digest, error) {
	if len(hashes) > transparency.MaxProof {
		return nil, fmt.Errorf("a proof of %d hashes, at most %d are one", len(hashes), transparency.MaxProof)
	}
	proof := make([]vadium.Digest, len(hashes))
	for i, text := range hashes {
		var err error
		if proof[i], err = vadium.ParseDigest(text); err != nil {
			return nil, err
		}
	}
	return proof, nil
}
