package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
)

// EventFilter selects events; zero fields select all. Events that concern every request and everyone (parameters, pauses,
// outages) always pass.
type EventFilter struct {
	Request vadium.RequestID
	Account vadium.Account
	Vault   vadium.VaultID
	// ForTakers adds to those of an account what a prover that comes to requests by itself has to know: [marketplace.TellsTakers].
	ForTakers bool
	// Lineage is that of the event before the position to begin at, if it is known: a market whose history is another, as
	// after it was restored from a backup, then refuses with wire.ErrOtherLineage. It begins with a Resumed event that has
	// one ([LineageOf]), and a market knows that of the event at any position (Market.LineageAt).
	Lineage *vadium.Salt
}

// LineageOf returns the lineage of an event that follows another of lineage before.
func LineageOf(r marketplace.Record, before *vadium.Salt) *vadium.Salt {
	if e, resumed := r.Event.(*marketplace.Resumed); resumed && e.Lineage != (vadium.Salt{}) {
		return &e.Lineage
	}
	return before
}

func lineageText(lineage *vadium.Salt) string {
	if lineage == nil {
		return ""
	}
	return lineage.String()
}

func (f EventFilter) request() string {
	if f.Request == (vadium.RequestID{}) {
		return ""
	}
	return f.Request.String()
}

// Watch yields every event from a position on, in order, each once. It reconnects for as long as ctx lasts, also when the
// stream has gone silent, and resumes where it was: after a restart pass the position after the last event handled. From
// 0 is whatever happens next. It ends with ctx's error, or with a refusal: that of a cursor of another history, too, when the
// market was restored from a backup while the stream was broken. A market that only does not remember so far back is no refusal
// to a stream that it has begun.
func (c *Client) Watch(ctx context.Context, from uint64, f EventFilter) iter.Seq2[marketplace.Record, error] {
	return func(yield func(marketplace.Record, error) bool) {
		w := watch{client: c, cursor: from, lineage: f.Lineage, filter: f, yield: yield}
		wait := pauses()
		for !w.stopped {
			before := w.received
			err := w.connect(ctx)
			switch {
			case w.stopped:
				return
			case ctx.Err() != nil:
				yield(marketplace.Record{}, ctx.Err())
				return
			case err != nil && !resumable(err) && !w.forgotten(ctx, err):
				yield(marketplace.Record{}, decode(err))
				return
			}
			c.options.Log.Debug("event stream is resumed", "cursor", w.cursor, "error", err)
			if w.received > before {
				wait.Reset()
			}
			select {
			case <-time.After(wait.NextBackOff()):
			case <-ctx.Done():
			}
		}
	}
}

// watch is one call of Watch, over all its connections.
type watch struct {
	client   *Client
	filter   EventFilter
	yield    func(marketplace.Record, error) bool
	cursor   uint64       // position of the next event not yet seen
	lineage  *vadium.Salt // of the event before; nil while it is not known
	received uint64       // messages, to tell a connection that worked
	stopped  bool         // the caller wants no more
}

// errSilent ends a connection that has said nothing for too long.
var errSilent = errors.New("the event stream went silent")

// connect follows one stream to its end.
func (w *watch) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(w.client.options.Silence, func() { cancel(errSilent) })
	defer silence.Stop()
	stream, err := w.client.market.WatchEvents(ctx, connect.NewRequest(&v1.WatchEventsRequest{
		From: w.cursor, Request: w.filter.request(), Account: optional(w.filter.Account), Vault: uint64(w.filter.Vault), Lineage: lineageText(w.lineage), ForTakers: w.filter.ForTakers,
	}))
	if err == nil {
		defer stream.Close()
		for stream.Receive() {
			silence.Stop() // handling an event may take its time
			w.received++
			if err := w.take(stream.Msg()); err != nil || w.stopped {
				return err
			}
			silence.Reset(w.client.options.Silence)
		}
		err = stream.Err()
	}
	if errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

func (w *watch) take(message *v1.WatchEventsResponse) error {
	if beat := message.GetHeartbeat(); beat != nil {
		if beat.GetCursor() >= w.cursor {
			w.cursor = beat.GetCursor()
			if lineage, err := vadium.ParseSalt(beat.GetLineage()); err == nil { // an earlier market's has none
				w.lineage = &lineage
			}
		}
		return nil
	}
	event := message.GetEvent()
	if event == nil || event.GetSeq() < w.cursor {
		return nil // a newer market's item, or one that was seen before
	}
	record, err := wire.ReadEvent(event)
	if err != nil {
		return connect.NewError(connect.CodeInternal, err)
	}
	w.cursor, w.lineage = record.Seq+1, LineageOf(record, w.lineage)
	w.stopped = !w.yield(record, nil)
	return nil
}

// resumable reports whether a stream that ended this way is worth another connection: every end but a refusal is. A
// server that stops may cancel a stream rather than end it.
func resumable(err error) bool {
	return errors.Is(err, errSilent) || worthRepeating(err) || connect.IsWireError(err) && connect.CodeOf(err) == connect.CodeCanceled
}

// forgotten reports whether a cursor that this market has led to was refused only because the market does not remember
// lineages of so long ago, and lets go of the lineage. While a stream is broken, nobody restores a market and starts it as
// often as it takes to forget that.
func (w *watch) forgotten(ctx context.Context, refusal error) bool {
	if w.received == 0 || !errors.Is(decode(refusal), wire.ErrOtherLineage) {
		return false
	}
	market, err := w.client.Market(ctx)
	if err != nil || w.cursor > market.Seq+1 || market.LineageAt(w.cursor-1) != nil {
		return false
	}
	w.lineage = nil
	return true
}

// Events returns up to limit events (at most 500; 0: 100) from a position on, and where to go on.
func (c *Client) Events(ctx context.Context, from uint64, limit uint32, f EventFilter) (events []marketplace.Record, next uint64, err error) {
	a, err := call(ctx, c, c.market.GetEvents, &v1.GetEventsRequest{From: from, Limit: limit, Request: f.request(), Account: optional(f.Account), Vault: uint64(f.Vault), Lineage: lineageText(f.Lineage), ForTakers: f.ForTakers})
	if err != nil {
		return nil, 0, err
	}
	for _, event := range a.GetEvents() {
		record, err := wire.ReadEvent(event)
		if err != nil {
			return nil, 0, err
		}
		events = append(events, record)
	}
	return events, a.GetNext(), nil
}

// Wait returns a request when it has ended, well or not.
func (c *Client) Wait(ctx context.Context, id vadium.RequestID) (marketplace.Request, error) {
	return c.waitUntil(ctx, id, func(r *marketplace.Request) bool { return r.Phase.Final() }, nil)
}

// ErrNoProof: the request ended without a proof; its Reason says why.
var ErrNoProof = errors.New("the request ended without a proof")

// WaitProof returns a request and its proof when the proof has been accepted, or [ErrNoProof] when there will be none.
func (c *Client) WaitProof(ctx context.Context, id vadium.RequestID) (marketplace.Request, []byte, error) {
	// The first proof that is accepted, as a rule the one, is fetched beside the request.
	ctx, cancel := context.WithCancel(ctx)
	var fetching sync.WaitGroup
	defer fetching.Wait()
	defer cancel()
	var early vadium.Digest
	fetched := make(chan []byte, 1)
	r, err := c.waitUntil(ctx, id, func(r *marketplace.Request) bool { return r.ProvedBy > 0 || r.Phase.Final() },
		func(e *marketplace.DeliveryAccepted) {
			if early != (vadium.Digest{}) {
				return
			}
			early = e.Proof
			fetching.Go(func() {
				proof, err := c.GetBytes(ctx, OfRequest(id), e.Proof)
				if err != nil {
					proof = nil // fetched again below, which says what is wrong
				}
				fetched <- proof
			})
		})
	if err != nil {
		return r, nil, err
	}
	if r.ProvedBy == 0 {
		return r, nil, fmt.Errorf("%w: it is %v: %s", ErrNoProof, r.Phase, r.Reason)
	}
	if r.Proof == early {
		if proof := <-fetched; proof != nil {
			return r, proof, nil
		}
	}
	proof, err := c.GetBytes(ctx, OfRequest(id), r.Proof)
	return r, proof, err
}

// waitUntil looks at a request whenever something happens to it. It tells of deliveries that were accepted before it looks.
func (c *Client) waitUntil(ctx context.Context, id vadium.RequestID, done func(*marketplace.Request) bool, accepted func(*marketplace.DeliveryAccepted)) (marketplace.Request, error) {
	r, err := c.Request(ctx, id)
	if err != nil || done(&r) {
		return r, err
	}
	for record, err := range c.Watch(ctx, r.Position, EventFilter{Request: id}) {
		if err != nil {
			return r, err
		}
		if e, is := record.Event.(*marketplace.DeliveryAccepted); is && accepted != nil {
			accepted(e)
		}
		switch record.Event.(type) {
		case *marketplace.DeliveryAccepted, *marketplace.RequestClosed:
			if r, err = c.Request(ctx, id); err != nil || done(&r) {
				return r, err
			}
		}
	}
	return r, ctx.Err()
}
