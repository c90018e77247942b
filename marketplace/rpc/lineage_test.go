package rpc_test

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// parted is a market that was backed up, went on, was lost and restored, and went on again, further than before; and the
// cursor of somebody who saw the lost one to its end.
func parted(t *testing.T) (m *rpctest.Market, common, seen uint64, lineage vadium.Salt) {
	t.Helper()
	m = rpctest.Start(t, rpctest.Config{})
	m.Restart(t) // begins a lineage
	m.Fund(t, requester, 1)
	backup := m.Backup(t)
	common = standing(t, m).Seq
	for range 3 {
		m.Fund(t, requester, 1)
	}
	before := standing(t, m)
	m.Restore(t, backup)
	for range 9 {
		m.Fund(t, requester, 1)
	}
	if after := standing(t, m); after.Seq <= before.Seq {
		t.Fatalf("the restored market is at %d, want beyond %d", after.Seq, before.Seq)
	}
	return m, common, before.Seq, *before.LineageAt(before.Seq)
}

func standing(t *testing.T, m *rpctest.Market) client.Market {
	t.Helper()
	market, err := m.Client(t, stranger).Market(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return market
}

// A follower that comes back after a restored market has passed its cursor would miss what happened in between, and take
// what never happened for true. Its cursor names the history it is of.
func TestACursorOfTheLostHistoryIsRefusedByARestoredMarket(t *testing.T) {
	m, common, seen, lineage := parted(t)
	c := m.Client(t, stranger)
	watch := func(from uint64, lineage *vadium.Salt) error {
		for _, err := range c.Watch(t.Context(), from, client.EventFilter{Lineage: lineage}) {
			return err // the first event, or a refusal
		}
		return nil
	}
	for _, row := range []struct {
		what    string
		from    uint64
		lineage *vadium.Salt
		want    error
	}{
		{"the last that both have", common + 1, &lineage, nil},
		{"the first that only the lost one had", common + 2, &lineage, wire.ErrOtherLineage},
		{"the lost one's end", seen + 1, &lineage, wire.ErrOtherLineage},
		{"the beginning", 1, &lineage, nil},
		{"before lineages", 2, &vadium.Salt{}, nil},
		{"before lineages, with one", 2, &lineage, wire.ErrOtherLineage},
		{"a position that names no history", seen + 1, nil, nil},
	} {
		if err := watch(row.from, row.lineage); !errors.Is(err, row.want) {
			t.Errorf("%s: Watch = %v, want %v", row.what, err, row.want)
		}
		if _, _, err := c.Events(t.Context(), row.from, 1, client.EventFilter{Lineage: row.lineage}); !errors.Is(err, row.want) {
			t.Errorf("%s: Events = %v, want %v", row.what, err, row.want)
		}
	}
	now := standing(t, m)
	if now.Continues(seen, &lineage) || !now.Continues(common, &lineage) || !now.Continues(seen, nil) || now.Continues(now.Seq+1, nil) {
		t.Errorf("with %v the market continues the lost history, or not what both share", now.Lineages)
	}
}

// A stream tells the lineage of its cursor: in heartbeats, and by the Resumed event that begins one, whatever the filter.
func TestAStreamTellsTheLineageOfItsCursor(t *testing.T) {
	m, _, seen, lost := parted(t)
	markets := marketplacev1connect.NewMarketServiceClient(http.DefaultClient, m.URL)
	stream, err := markets.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{
		From: 3, Account: rpctest.Key(t, stranger).Account().Hex(),
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if !stream.Receive() || stream.Msg().GetHeartbeat().GetLineage() != lost.String() {
		t.Fatalf("the stream begins with %v, want a heartbeat of lineage %v", stream.Msg(), lost)
	}
	for stream.Receive() {
		event := stream.Msg().GetEvent()
		if event == nil {
			continue
		}
		record, err := wire.ReadEvent(event)
		if err != nil {
			t.Fatal(err)
		}
		if resumed, ok := record.Event.(*marketplace.Resumed); ok {
			got := standing(t, m).LineageAt(seen)
			if got == nil || resumed.Lineage != *got || *got == lost {
				t.Errorf("the event begins lineage %v, the market says %v, the lost one had %v", resumed.Lineage, got, lost)
			}
			return
		}
	}
	t.Errorf("the stream ended without Resumed: %v", stream.Err())
}

// A stream that breaks when its market is lost does not go on in the restored one as if nothing had happened. After a mere
// restart it does.
func TestAStreamEndsWhenItsMarketWasRestored(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.Heartbeat = 20 * time.Millisecond }})
	early := m.Backup(t)
	m.Restart(t)
	for range 9 {
		m.Fund(t, requester, 1)
	}
	other := m.Backup(t)
	m.Restore(t, early)
	m.Fund(t, requester, 1)
	records := make(chan marketplace.Record, 100)
	ended := make(chan error, 1)
	go func() {
		for record, err := range m.Client(t, stranger).Watch(t.Context(), 1, client.EventFilter{}) {
			if err != nil {
				ended <- err
				return
			}
			records <- record
		}
	}()
	await := func(seq uint64) {
		t.Helper()
		for {
			select {
			case record := <-records:
				if record.Seq == seq {
					return
				}
			case err := <-ended:
				t.Fatalf("the stream ended before event %d: %v", seq, err)
			}
		}
	}
	await(standing(t, m).Seq)
	m.Restore(t, m.Backup(t)) // of the very end: nothing was lost
	m.Fund(t, requester, 1)
	await(standing(t, m).Seq)
	m.Restore(t, other) // which is beyond the stream's cursor already
	if err := <-ended; !errors.Is(err, wire.ErrOtherLineage) {
		t.Errorf("the stream ended with %v, want %v", err, wire.ErrOtherLineage)
	}
}

// breaking is a transport whose event streams break when they are told to.
type breaking struct {
	http.RoundTripper
	broken atomic.Bool
}

func (b *breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil && r.URL.Path == marketplacev1connect.MarketServiceWatchEventsProcedure {
		answer.Body = &breakable{answer.Body, &b.broken}
	}
	return answer, err
}

type breakable struct {
	io.ReadCloser
	broken *atomic.Bool
}

func (b *breakable) Read(p []byte) (int, error) {
	if b.broken.Swap(false) {
		return 0, connect.NewError(connect.CodeUnavailable, errors.New("the connection broke"))
	}
	return b.ReadCloser.Read(p)
}

// A market forgets the lineages of long ago. Whoever reads its events from the beginning comes by them all the same, and
// goes on when its connection breaks there.
func TestAStreamGoesOnWhereTheMarketHasForgottenItsLineage(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	const forgotten = 70 // more than a market remembers
	for range forgotten {
		m.Restart(t)
	}
	if market := standing(t, m); market.LineageAt(market.Lineages[0].From-1) != nil {
		t.Fatalf("after %d starts the market knows the lineage of every event", forgotten)
	}
	transport := &breaking{RoundTripper: http.DefaultTransport}
	c := client.New(m.URL, client.Options{HTTP: &http.Client{Transport: transport}})
	end, next, breaks := standing(t, m).Seq, uint64(1), 0
	for record, err := range c.Watch(t.Context(), 1, client.EventFilter{}) {
		if err != nil || record.Seq != next {
			t.Fatalf("after %d breaks the stream goes on with event %d, %v; want event %d", breaks, record.Seq, err, next)
		}
		if next++; record.Seq == end {
			break
		}
		if e, resumed := record.Event.(*marketplace.Resumed); resumed && e.Lineage != (vadium.Salt{}) && breaks < 2 {
			transport.broken.Store(true)
			breaks++
		}
	}
	if breaks < 2 || transport.broken.Load() {
		t.Errorf("the stream broke %d times, want twice", breaks)
	}
}
