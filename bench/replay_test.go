package bench

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/journal"
	"vadium/marketplace/sequencer"
)

var historySizes = []int{1_000, 10_000}

// history is a market of a hundred provers in which so many requests were settled.
type history struct {
	records []marketplace.Record
	state   *marketplace.State
}

// histories keeps what historyOf made: benchmarks run one after another and change nothing in it.
var histories = map[int]history{}

func historyOf(b *testing.B, requests int) history {
	b.Helper()
	if h, made := histories[requests]; made {
		return h
	}
	var h history
	m := openMarket(b, 100, func(made []marketplace.Record) { h.records = append(h.records, made...) })
	for n := range requests {
		m.finish(b, m.submit(b, uint64(n)+1))
	}
	m.check(b)
	h.state = m.state
	histories[requests] = h
	return h
}

// A market rebuilt from its journal on disk, without a snapshot: each batch read and checked, each record decoded and
// applied, the state compared with the digest that the journal carries. Beside it reading the same batches and nothing more.
func BenchmarkReplay(b *testing.B) {
	for _, requests := range historySizes {
		h := historyOf(b, requests)
		j := written(b, h)
		b.Run(fmt.Sprintf("requests=%d/by=vadium", requests), func(b *testing.B) {
			want := h.state.Digest()
			var got *marketplace.State
			for b.Loop() {
				var err error
				if got, err = sequencer.Replay(b.Context(), sequencer.MarketCore(), j, nil); err != nil {
					b.Fatal(err)
				}
			}
			if got.Digest() != want {
				b.Fatalf("replayed state is %s, want %s", got.Digest(), want)
			}
			perSecond(b, len(h.records), "records")
		})
		b.Run(fmt.Sprintf("requests=%d/by=read", requests), func(b *testing.B) {
			for b.Loop() {
				var last uint64
				for batch, err := range j.Read(b.Context(), 1) {
					if err != nil {
						b.Fatal(err)
					}
					last = batch.LastSeq()
				}
				if last != uint64(len(h.records)) {
					b.Fatalf("the journal ends with record %d, want %d", last, len(h.records))
				}
			}
			perSecond(b, len(h.records), "records")
		})
	}
}

// perBatch is how many records go into a batch: those of twenty commands, as under some load.
const perBatch = 80

// written returns a journal on disk that holds the history, with the state's digest in its last batch.
func written(b *testing.B, h history) *journal.Embedded {
	b.Helper()
	j, _ := openJournal(b)
	epoch, err := j.TakeOver(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var head journal.Head
	for from := 0; from < len(h.records); from += perBatch {
		part := h.records[from:min(from+perBatch, len(h.records))]
		records := journal.Records{Count: uint64(len(part)), At: start, Payload: encode(b, part)}
		if from+perBatch >= len(h.records) {
			records.StateDigest = h.state.Digest()
		}
		batch := head.Next(epoch, records)
		if err := j.Append(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		head = journal.After(batch)
	}
	return j
}

func encode(b *testing.B, records []marketplace.Record) []byte {
	b.Helper()
	var encoded bytes.Buffer
	for _, r := range records {
		if err := rlp.Encode(&encoded, r); err != nil {
			b.Fatal(err)
		}
	}
	return encoded.Bytes()
}

// The state written as a snapshot. Beside it a copy of the same bytes: what memory alone would take.
func BenchmarkSnapshot(b *testing.B) {
	for _, requests := range historySizes {
		state := historyOf(b, requests).state
		want := state.Snapshot()
		b.Run(fmt.Sprintf("requests=%d/by=vadium", requests), func(b *testing.B) {
			b.SetBytes(int64(len(want)))
			var got []byte
			for b.Loop() {
				got = state.Snapshot()
			}
			if !bytes.Equal(got, want) {
				b.Fatal("two snapshots of one state differ")
			}
		})
		b.Run(fmt.Sprintf("requests=%d/by=copy", requests), func(b *testing.B) {
			b.SetBytes(int64(len(want)))
			for b.Loop() {
				if got := bytes.Clone(want); len(got) != len(want) {
					b.Fatal("a copy is shorter")
				}
			}
		})
	}
}

// A snapshot read back into a state that can go on. Beside it what a restart would have to do without the snapshot:
// decode and apply every record, already in memory.
func BenchmarkRestore(b *testing.B) {
	for _, requests := range historySizes {
		h := historyOf(b, requests)
		snapshot, digest := h.state.Snapshot(), h.state.Digest()
		journalled := encode(b, h.records)
		check := func(b *testing.B, s *marketplace.State) {
			b.Helper()
			if got := s.Digest(); got != digest {
				b.Fatalf("restored state is %s, want %s", got, digest)
			}
		}
		b.Run(fmt.Sprintf("requests=%d/by=vadium", requests), func(b *testing.B) {
			var got *marketplace.State
			for b.Loop() {
				var err error
				if got, err = marketplace.Restore(snapshot); err != nil {
					b.Fatal(err)
				}
			}
			check(b, got)
		})
		b.Run(fmt.Sprintf("requests=%d/by=records", requests), func(b *testing.B) {
			var got *marketplace.State
			for b.Loop() {
				got = marketplace.NewState()
				stream := rlp.NewStream(bytes.NewReader(journalled), uint64(len(journalled)))
				for range h.records {
					var r marketplace.Record
					if err := stream.Decode(&r); err != nil {
						b.Fatal(err)
					}
					got.Apply(r)
				}
			}
			check(b, got)
		})
	}
}

// The state's digest from nothing but its rows, as a restored state takes it; a running market hashes what has changed.
// Beside it SHA-256 of bytes that are encoded already.
func BenchmarkDigest(b *testing.B) {
	for _, requests := range historySizes {
		state := historyOf(b, requests).state
		snapshot := state.Snapshot()
		measure := func(by string, want vadium.Digest, digest func() vadium.Digest) {
			b.Run(fmt.Sprintf("requests=%d/by=%s", requests, by), func(b *testing.B) {
				b.SetBytes(int64(len(snapshot)))
				for b.Loop() {
					if got := digest(); got != want {
						b.Fatalf("digest is %s, want %s", got, want)
					}
				}
			})
		}
		measure("vadium", state.Digest(), state.DigestAnew)
		measure("sha256", sha256.Sum256(snapshot), func() vadium.Digest { return sha256.Sum256(snapshot) })
	}
}
