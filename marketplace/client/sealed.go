package client

import (
	"context"
	"errors"
	"fmt"

	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// sealingKey returns the market's key for what is sealed, asking once.
func (c *Client) sealingKey(ctx context.Context) (signing.SealingKey, error) {
	c.mu.Lock()
	known := c.sealing
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	market, err := c.identify(ctx)
	if err != nil {
		return signing.SealingKey{}, err
	}
	a, err := call(ctx, c, c.sealed.GetSealingKey, &v1.GetSealingKeyRequest{})
	if err != nil {
		return signing.SealingKey{}, err
	}
	raw, err := wire.ReadBytes(a.GetKey())
	if err == nil && len(raw) != 32 {
		err = fmt.Errorf("a sealing key has 32 bytes, this one %d", len(raw))
	}
	if err != nil {
		return signing.SealingKey{}, err
	}
	key := signing.SealingKey{Key: [32]byte(raw)}
	signature, err := wire.ReadBytes(a.GetSignature())
	if err != nil {
		return signing.SealingKey{}, err
	}
	if err := key.Check(market.domain, market.signer, signature); err != nil {
		return signing.SealingKey{}, fmt.Errorf("the market's sealing key is not its own: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealing = &key
	return key, nil
}

// forgetSealingKey lets the client ask again.
func (c *Client) forgetSealingKey() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealing = nil
}

// placeSealed places an ask sealed. A market that cannot open it has another key than before, as after it was restored
// without its old one: it is asked for that once.
func (c *Client) placeSealed(ctx context.Context, ask marketplace.PlaceAsk) (*v1.PlaceSealedAskResponse, error) {
	a, err := c.trySealed(ctx, ask)
	if errors.Is(err, signing.ErrSealed) {
		c.forgetSealingKey()
		a, err = c.trySealed(ctx, ask)
	}
	return a, err
}

func (c *Client) trySealed(ctx context.Context, ask marketplace.PlaceAsk) (*v1.PlaceSealedAskResponse, error) {
	auth, err := c.authorise(ctx, ask)
	if err != nil {
		return nil, err
	}
	market, err := c.identify(ctx)
	if err != nil {
		return nil, err
	}
	key, err := c.sealingKey(ctx)
	if err != nil {
		return nil, err
	}
	belongs, err := read[wire.Authorization](auth)
	if err != nil {
		return nil, err
	}
	encoded, err := signing.Encode(ask, nil)
	if err != nil {
		return nil, err
	}
	sealer, err := signing.NewSealer(key, signing.Sealed{
		Domain: market.domain, Author: belongs.Author, Session: belongs.Session, Salt: belongs.Salt, ValidUntil: belongs.ValidUntil,
	})
	if err != nil {
		return nil, err
	}
	sealed, err := sealer.Seal(encoded)
	if err != nil {
		return nil, err
	}
	return call(ctx, c, c.sealed.PlaceSealedAsk, &v1.PlaceSealedAskRequest{Auth: auth, Sealed: sealed})
}

// sealBatch seals the asks among a batch's commands.
func (c *Client) sealBatch(ctx context.Context, belongs signing.Sealed, encoded [][]byte) ([][]byte, error) {
	if !signing.Secrets(encoded) {
		return encoded, nil
	}
	key, err := c.sealingKey(ctx)
	if err != nil {
		return nil, err
	}
	return signing.SealBatch(key, belongs, encoded)
}
