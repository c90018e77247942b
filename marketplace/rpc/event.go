package rpc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
)

// Bounds of a page of events.
const (
	defaultEvents = 100
	// maxScanned bounds the records one call looks at, whatever its filter: the next page goes on there.
	maxScanned = 20_000
)

// WatchEvents implements the service. It begins with a heartbeat, so that the client knows its cursor at once.
func (m marketService) WatchEvents(ctx context.Context, req *connect.Request[v1.WatchEventsRequest], stream *connect.ServerStream[v1.WatchEventsResponse]) error {
	filter, err := readFilter(req.Msg)
	if err != nil {
		return err
	}
	from := req.Msg.GetFrom()
	if from == 0 {
		m.Market.View(func(s *marketplace.State) { from = s.NextSeq() })
	}
	follower, err := m.Market.Follow(from)
	if err != nil {
		return err
	}
	if err := m.checkLineage(req.Msg.GetFrom(), req.Msg.GetLineage()); err != nil {
		return err
	}
	w := watcher{server: m.Server, stream: stream, filter: filter}
	if err := w.heartbeat(from); err != nil {
		return err
	}
	for {
		wait, cancel := context.WithTimeout(ctx, m.Heartbeat)
		records, err := follower.Next(wait)
		cancel()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return err
		}
		if err := w.send(records); err != nil {
			return err
		}
		// Also when all of many records were filtered out: the cursor moves.
		if time.Since(w.sent) >= m.Heartbeat {
			if err := w.heartbeat(follower.Cursor()); err != nil {
				return err
			}
		}
	}
}

// watcher is one stream.
type watcher struct {
	server *Server
	stream *connect.ServerStream[v1.WatchEventsResponse]
	filter filter
	sent   time.Time // when something was last sent
}

func (w *watcher) heartbeat(cursor uint64) error {
	w.sent = time.Now()
	return w.stream.Send(&v1.WatchEventsResponse{Item: &v1.WatchEventsResponse_Heartbeat{
		Heartbeat: &v1.Heartbeat{Cursor: cursor, AtMs: int64(w.server.Clock()), Lineage: w.server.lineageBefore(cursor)},
	}})
}

// lineageBefore returns the lineage of the record before a cursor; empty when there is none, or it is too old to know.
func (s *Server) lineageBefore(cursor uint64) (lineage string) {
	if cursor <= 1 {
		return ""
	}
	s.Market.View(func(state *marketplace.State) {
		if id, known := marketplace.LineageAt(state.Market().Lineages, cursor-1); known {
			lineage = id.String()
		}
	})
	return lineage
}

// checkLineage refuses a cursor that says which history it is of when this market's is another.
func (s *Server) checkLineage(cursor uint64, lineage string) error {
	if lineage == "" || cursor <= 1 {
		return nil
	}
	want, err := vadium.ParseSalt(lineage)
	if err != nil {
		return malformed(err)
	}
	if got := s.lineageBefore(cursor); got != want.String() {
		return fmt.Errorf("event %d was of lineage %v and is of %q: %w", cursor-1, want, got, wire.ErrOtherLineage)
	}
	return nil
}

func (w *watcher) send(records []marketplace.Record) error {
	for _, r := range w.server.public(records, w.filter) {
		w.sent = time.Now()
		if err := w.stream.Send(&v1.WatchEventsResponse{Item: &v1.WatchEventsResponse_Event{Event: wire.WriteEvent(r)}}); err != nil {
			return err
		}
	}
	return nil
}

// public returns the records that pass the filter as everyone may see them now.
func (s *Server) public(records []marketplace.Record, f filter) []marketplace.Record {
	glances := make([]glance, len(records))
	for i, r := range records {
		glances[i] = f.look(r.Event)
	}
	var shown []marketplace.Record
	s.Market.View(func(state *marketplace.State) {
		for i, r := range records {
			if f.admits(glances[i], state) {
				shown = append(shown, marketplace.Public(r, state))
			}
		}
	})
	return shown
}

// GetEvents implements the service.
func (m marketService) GetEvents(ctx context.Context, req *connect.Request[v1.GetEventsRequest]) (*connect.Response[v1.GetEventsResponse], error) {
	filter, err := readFilter(req.Msg)
	if err != nil {
		return nil, err
	}
	limit := int(req.Msg.GetLimit())
	if limit == 0 {
		limit = defaultEvents
	}
	var end uint64
	m.Market.View(func(s *marketplace.State) { end = s.NextSeq() })
	answered := &v1.GetEventsResponse{Next: max(req.Msg.GetFrom(), 1)}
	follower, err := m.Market.Follow(answered.Next)
	if err != nil {
		return nil, err
	}
	if err := m.checkLineage(req.Msg.GetFrom(), req.Msg.GetLineage()); err != nil {
		return nil, err
	}
	for scanned := 0; answered.Next < end && len(answered.Events) < limit && scanned < maxScanned; {
		records, err := follower.Next(ctx)
		if err != nil {
			return nil, err
		}
		scanned += len(records)
		// One by one would look at the state as often; in one go, the surplus of the last batch is thrown away.
		shown := m.public(records, filter)
		answered.Next = follower.Cursor()
		if room := limit - len(answered.Events); len(shown) > room {
			shown = shown[:room]
			answered.Next = shown[room-1].Seq + 1
		}
		for _, r := range shown {
			answered.Events = append(answered.Events, wire.WriteEvent(r))
		}
	}
	answered.Lineage = m.lineageBefore(answered.Next)
	return answer(answered, nil)
}
