package client

import (
	"context"
	"fmt"
	"iter"

	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
)

// PublishClearing publishes the proof of a clearing, bound to the clearing and to no prover.
func (c *Client) PublishClearing(ctx context.Context, body marketplace.PublishClearing) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.clearing.PublishClearing, body)
	return accepted, err
}

// Clearing returns the record of a clearing, whose orders and offers are sealed until its ask epoch has ended, and that of its
// proof, if there is one that the market looks back for. Nothing of them has been verified.
func (c *Client) Clearing(ctx context.Context, seq uint64) (cleared marketplace.Record, proven *marketplace.Record, err error) {
	a, err := call(ctx, c, c.clearing.GetClearing, &v1.GetClearingRequest{Clearing: seq})
	if err != nil {
		return cleared, nil, err
	}
	if cleared, err = wire.ReadEvent(a.GetCleared()); err != nil {
		return cleared, nil, err
	}
	if _, is := cleared.Event.(*marketplace.BatchCleared); !is || cleared.Seq != seq {
		return cleared, nil, fmt.Errorf("the market answers with record %d, a %s", cleared.Seq, marketplace.KindOf(cleared.Event))
	}
	if a.GetProven() == nil {
		return cleared, nil, nil
	}
	proof, err := wire.ReadEvent(a.GetProven())
	if err != nil {
		return cleared, nil, err
	}
	if e, is := proof.Event.(*marketplace.ClearingProven); !is || e.Clearing != seq {
		return cleared, nil, fmt.Errorf("the market answers with record %d, a %s, as the proof of clearing %d", proof.Seq, marketplace.KindOf(proof.Event), seq)
	}
	return cleared, &proof, nil
}

// Clearings yields the latest clearings, the newest first: the market looks back for 1,024. It stops after the first error.
func (c *Client) Clearings(ctx context.Context) iter.Seq2[Clearing, error] {
	return pages[Clearing](func(token string) ([]*v1.Clearing, string, error) {
		a, err := call(ctx, c, c.clearing.ListClearings, &v1.ListClearingsRequest{PageSize: pageSize, PageToken: token})
		return a.GetClearings(), a.GetNextPageToken(), err
	})
}
