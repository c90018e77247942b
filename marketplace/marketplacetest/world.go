package marketplacetest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
)

// Start is when every world begins: 2026-01-01 00:00 UTC.
const Start vadium.Time = 1_767_225_600_000

// World is a market in memory. Its clock stands still until [World.Wait], [World.Until] or [World.Skip] move it.
type World struct {
	State *marketplace.State
	Now   vadium.Time
	// Records is the journal so far, in canonical encoding.
	Records [][]byte
	// Decided is the events as Decide returned them, to see that nobody changes them afterwards.
	Decided [][]marketplace.Event
	// Last is the command that was sent last, to be sent again.
	Last marketplace.Command
	// DigestEvery says how often a refused or repeated command, and Decide itself, are checked to change nothing: 1 is
	// always, n is every n-th command.
	DigestEvery int
	// Unchecked skips the invariants, for worlds so large that looking at everything after every event takes too long.
	Unchecked bool

	t        testing.TB
	names    *Names
	watcher  *marketplace.Watcher
	commands uint64
	measured marketplace.Measures // by the last mark that was described
	signed   signedBy             // what reporters signed
}

// Open returns the market that its operator, called "operator", has just opened.
func Open(t testing.TB, params marketplace.Params) *World {
	t.Helper()
	w := NewWorld(t)
	w.Must(w.Send(marketplace.Command{Body: marketplace.OpenMarket{
		Operator: Account("operator"), Deployment: Salt("deployment"), ChainID: 1, Params: params,
		Seeds: [2][32]byte{sha256.Sum256([]byte("first seed")), sha256.Sum256([]byte("second seed"))},
	}}))
	return w
}

// NewWorld returns a market that nobody has opened.
func NewWorld(t testing.TB) *World {
	w := &World{
		State: marketplace.NewState(), Now: Start, DigestEvery: 1,
		t: t, names: newNames(), watcher: marketplace.NewWatcher(), signed: signedBy{},
	}
	w.names.account("operator")
	return w
}

// Command returns body as a signed command of the account called by: never sent before, and valid as long as allowed.
func (w *World) Command(by string, body marketplace.Body) marketplace.Command {
	w.commands++
	lifetime := marketplace.CommandLifetime
	if _, submits := body.(marketplace.SubmitRequest); submits {
		lifetime = marketplace.RequestLifetime
	}
	if ask, places := body.(marketplace.PlaceAsk); places && ask.Product.Tier.Batch() && ask.PriceCommitment == (vadium.Digest{}) {
		if ask.Salt == (vadium.Salt{}) {
			ask.Salt = Salt(fmt.Sprint("ask ", w.commands))
		}
		price := ask.Price.Bytes32()
		ask.PriceCommitment = vadium.HashParts("marketplacetest/price", ask.Salt[:], price[:]) // any will do: circuits are not asked here
		body = ask
	}
	return marketplace.Command{
		Author: w.names.account(by), ID: sha256.Sum256(fmt.Appendf(nil, "command %d", w.commands)), ValidUntil: w.Now.Add(lifetime), Body: body,
	}
}

// Do sends body as a fresh command of the account called by.
func (w *World) Do(by string, body marketplace.Body) ([]marketplace.Record, error) {
	w.t.Helper()
	return w.Send(w.Command(by, body))
}

// Send lets the market decide on a command and applies the answer, checking everything that can be checked.
func (w *World) Send(c marketplace.Command) ([]marketplace.Record, error) {
	w.t.Helper()
	w.Last = c
	defer w.explainPanic(c)
	w.commands++
	check := w.DigestEvery > 0 && w.commands%uint64(w.DigestEvery) == 0
	var before vadium.Digest
	if check {
		before = w.State.Digest()
	} else {
		w.State.PrepareDigest(1 + int(w.commands%5)) // which must change nothing about the digest
	}
	var unstored error
	switch body := c.Body.(type) {
	case marketplace.Deliver:
		unstored = w.State.CheckDelivery(w.Now, c)
	case marketplace.PublishRound:
		unstored = w.State.CheckRound(w.Now, body)
	case marketplace.PublishClearing:
		unstored = w.State.CheckClearing(body)
	}
	events, err := w.State.Decide(w.Now, c)
	if err == nil && unstored != nil {
		w.t.Fatalf("Decide takes a proof that would not have been looked at: %v", unstored)
	}
	if check && w.State.Digest() != before {
		w.t.Fatalf("Decide(%T) changed the state", c.Body)
	}
	if err != nil {
		if len(events) > 0 {
			w.t.Fatalf("Decide(%T) refused with %v and still returned %d events", c.Body, err, len(events))
		}
		return nil, err
	}
	w.Decided = append(w.Decided, events)
	records := make([]marketplace.Record, len(events))
	at := max(w.Now, w.State.Now())
	for i, event := range events {
		records[i] = w.apply(marketplace.Record{Seq: w.State.NextSeq(), At: at, Event: event})
	}
	if !w.State.Quiet() {
		w.t.Fatalf("after %T money is between two events", c.Body)
	}
	if check {
		if got, want := w.State.Digest(), w.State.DigestAnew(); got != want {
			w.t.Fatalf("after %T the digest is %v, computed anew it is %v", c.Body, got, want)
		}
	}
	if check && w.commands%derivedEvery == 0 {
		if err := w.State.CheckDerived(); err != nil {
			w.t.Fatalf("after %T: %v", c.Body, err)
		}
	}
	return records, nil
}

// apply appends a record to the journal and applies what the journal holds.
func (w *World) apply(written marketplace.Record) marketplace.Record {
	w.t.Helper()
	encoded, record := w.encode(written)
	if e, submits := record.Event.(*marketplace.RequestSubmitted); submits {
		w.names.copyOf(&e.Request)
	}
	w.Records = append(w.Records, encoded)
	if w.Unchecked {
		w.State.Apply(record)
		return record
	}
	w.watcher.Before(w.State)
	w.State.Apply(record)
	if err := w.watcher.After(w.State, record); err != nil {
		w.t.Fatal(err)
	}
	if err := w.State.CheckInvariants(); err != nil {
		w.t.Fatalf("after record %d (%s): %v", record.Seq, marketplace.KindOf(record.Event), err)
	}
	w.checkSealed(record)
	return record
}

// checkSealed compares what the transparency log holds of a record with what everyone may see of it just now.
func (w *World) checkSealed(record marketplace.Record) {
	w.t.Helper()
	sealed := marketplace.Leaf(record)
	if public, _ := w.encode(marketplace.Public(record, w.State)); !bytes.Equal(public, sealed) {
		w.t.Fatalf("the sealed form of record %d (%s) is %x, and everyone sees %x", record.Seq, marketplace.KindOf(record.Event), sealed, public)
	}
}

// encode returns the canonical encoding of a record and what it reads back as.
func (w *World) encode(record marketplace.Record) ([]byte, marketplace.Record) {
	w.t.Helper()
	encoded, err := rlp.EncodeToBytes(record)
	if err != nil {
		w.t.Fatalf("encode %s: %v", marketplace.KindOf(record.Event), err)
	}
	var read marketplace.Record
	if err := rlp.DecodeBytes(encoded, &read); err != nil {
		w.t.Fatalf("decode %s: %v", marketplace.KindOf(record.Event), err)
	}
	again, err := rlp.EncodeToBytes(read)
	if err != nil || string(again) != string(encoded) {
		w.t.Fatalf("%s encodes to %x, reads back and encodes to %x (%v)", marketplace.KindOf(record.Event), encoded, again, err)
	}
	return encoded, read
}

func (w *World) explainPanic(c marketplace.Command) {
	if broken := recover(); broken != nil {
		w.t.Helper()
		w.t.Fatalf("%T of %s panicked at %s: %v\n%s", c.Body, w.names.replacer().Replace(c.Author.String()),
			Length(w.Now.Sub(Start)), broken, debug.Stack())
	}
}

// Must fails the test when the market refused.
func (w *World) Must(records []marketplace.Record, err error) []marketplace.Record {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("refused: %s", w.Say(err))
	}
	return records
}

// Tick sends one tick with fresh randomness.
func (w *World) Tick() []marketplace.Record {
	w.t.Helper()
	return w.Must(w.Send(marketplace.Tick(sha256.Sum256(fmt.Appendf(nil, "seed %d", w.State.NextSeq())))))
}

// Until lets time pass up to an instant; the market does by itself what falls due meanwhile.
func (w *World) Until(last vadium.Time) []marketplace.Record {
	w.t.Helper()
	var all []marketplace.Record
	for still := 0; ; {
		next := w.State.NextDeadline()
		if next.After(last) {
			break
		}
		if !next.After(w.Now) {
			still++
		} else {
			still = 0
		}
		if still > 10_000 {
			w.t.Fatalf("the market ticks for ever at %s", Length(w.Now.Sub(Start)))
		}
		w.Now = max(w.Now, next)
		records := w.Tick()
		if len(records) == 0 {
			w.t.Fatalf("NextDeadline is %d and now is %d, yet a tick did nothing", next, w.Now)
		}
		all = append(all, records...)
	}
	w.Now = max(w.Now, last)
	return all
}

// Wait is [World.Until] d from now.
func (w *World) Wait(d vadium.Duration) []marketplace.Record {
	w.t.Helper()
	return w.Until(w.Now.Add(d))
}

// Skip lets time pass while the market does nothing: it is slow, or down.
func (w *World) Skip(d vadium.Duration) { w.Now = w.Now.Add(d) }

// derivedEvery is every how many checked commands what the state derives is held against what its rows say, which takes
// a whole snapshot.
const derivedEvery = 16

// CheckReplay holds the state against its journal: replayed from the first record, from any snapshot on the way, and
// through a snapshot of the end, the market is the same to the last bit.
func (w *World) CheckReplay() {
	w.t.Helper()
	want := w.State.Digest()
	if err := w.State.CheckDerived(); err != nil {
		w.t.Error(err)
	}
	s := marketplace.NewState()
	middle := len(w.Records) / 2
	for i, encoded := range w.Records {
		if i == middle {
			s = w.restored(s)
		}
		var record marketplace.Record
		if err := rlp.DecodeBytes(encoded, &record); err != nil {
			w.t.Fatalf("replay record %d: %v", i+1, err)
		}
		s.Apply(record)
	}
	if got := s.Digest(); got != want {
		w.t.Errorf("replayed, restored half-way: digest %v, want %v", got, want)
	}
	w.checkDecided(want)
	last := w.restored(w.State)
	if got := last.Digest(); got != want {
		w.t.Errorf("Restore(Snapshot()): digest %v, want %v", got, want)
	}
	if err := last.CheckInvariants(); err != nil && !w.Unchecked {
		w.t.Errorf("Restore(Snapshot()): %v", err)
	}
	if got, want := last.NextDeadline(), w.State.NextDeadline(); got != want {
		w.t.Errorf("Restore(Snapshot()): next deadline %d, want %d", got, want)
	}
	if got, want := fmt.Sprint(last.WaitingRequests()), fmt.Sprint(w.State.WaitingRequests()); got != want {
		w.t.Errorf("Restore(Snapshot()): waiting %s, want %s", got, want)
	}
}

// checkDecided lets two states apply the very events that Decide returned, one a little behind the other, as a market's
// writer does while it waits for the disk: both are the same in the end, and no event has changed.
func (w *World) checkDecided(want vadium.Digest) {
	w.t.Helper()
	records := w.Journal()
	for i, event := range slices.Concat(w.Decided...) {
		records[i].Event = event
	}
	const behind = 7
	ahead, durable := marketplace.NewState(), marketplace.NewState()
	for i, record := range records {
		ahead.Apply(record)
		if i >= behind {
			durable.Apply(records[i-behind])
		}
	}
	for _, record := range records[max(len(records)-behind, 0):] {
		durable.Apply(record)
	}
	if a, b := ahead.Digest(), durable.Digest(); a != want || b != want {
		w.t.Errorf("two states that share their events: digests %v and %v, want %v", a, b, want)
	}
	for i, record := range records {
		if public := marketplace.Public(record, w.State); !bytes.Equal(marketplace.Leaf(public), marketplace.Leaf(record)) {
			w.t.Fatalf("record %d (%s) has another sealed form than what everyone sees of it now", record.Seq, marketplace.KindOf(record.Event))
		}
		if encoded, _ := w.encode(record); !bytes.Equal(encoded, w.Records[i]) {
			w.t.Fatalf("record %d (%s) has changed since it was decided: %+v", record.Seq, marketplace.KindOf(record.Event), record.Event)
		}
	}
}

// Journal returns the records so far, read back from their encoding.
func (w *World) Journal() []marketplace.Record {
	w.t.Helper()
	records := make([]marketplace.Record, len(w.Records))
	for i, encoded := range w.Records {
		if err := rlp.DecodeBytes(encoded, &records[i]); err != nil {
			w.t.Fatalf("read record %d: %v", i+1, err)
		}
	}
	return records
}

// Fork returns a world that goes on from here by itself, for tests that ask what if. It has no journal to replay.
func (w *World) Fork() *World {
	w.t.Helper()
	fork := *w
	fork.State, fork.watcher, fork.Records, fork.Decided = w.restored(w.State), marketplace.NewWatcher(), nil, nil
	return &fork
}

func (w *World) restored(s *marketplace.State) *marketplace.State {
	w.t.Helper()
	restored, err := marketplace.Restore(s.Snapshot())
	if err != nil {
		w.t.Fatal(err)
	}
	return restored
}
