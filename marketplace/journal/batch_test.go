package journal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vadium"
)

var update = flag.Bool("update", false, "rewrite golden files; commit them only when you can explain the difference")

func goldenBatches() []Batch {
	digest := vadium.DigestOf([]byte("state"))
	first := Head{}.Next(1, Records{Count: 1, Payload: []byte("first")})
	second := After(first).Next(1, Records{Count: 3, At: 1_792_368_000_000, StateDigest: digest, Payload: bytes.Repeat([]byte{0xab}, 60)})
	third := After(second).Next(math.MaxUint32, Records{Count: 1, At: vadium.Forever})
	return []Batch{first, second, third}
}

// The encoding is what old journals are made of: a change here needs a new version number, never an -update.
func TestBatchEncodingIsGolden(t *testing.T) {
	var got strings.Builder
	for _, b := range goldenBatches() {
		fmt.Fprintf(&got, "slot %d\nencoded %x\nhash %x\n\n", b.Slot, b.Encode(), b.Hash())
	}
	golden := filepath.Join("testdata", "batches.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("encoding changed:\n%s\nwant\n%s", got.String(), want)
	}
}

func TestBatchesDecodeToWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		positive := rapid.Uint64Range(1, math.MaxUint32)
		b := Batch{
			Epoch: positive.Draw(t, "epoch"), Slot: positive.Draw(t, "slot"), FirstSeq: positive.Draw(t, "first"), Count: positive.Draw(t, "count"),
			Prev:    Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "prev")),
			At:      vadium.Time(rapid.Int64Range(0, math.MaxInt64).Draw(t, "at")),
			Payload: rapid.SliceOf(rapid.Byte()).Draw(t, "payload"),
		}
		if rapid.Bool().Draw(t, "has digest") {
			b.StateDigest = vadium.DigestOf(b.Payload)
		}
		encoded := b.Encode()
		got, err := DecodeBatch(encoded)
		if err != nil || got.Hash() != b.Hash() || got.StateDigest != b.StateDigest || !bytes.Equal(got.Payload, b.Payload) {
			t.Fatalf("DecodeBatch(Encode(%+v)) = %+v, %v", b, got, err)
		}
		bit := rapid.IntRange(0, len(encoded)*8-1).Draw(t, "bit")
		encoded[bit/8] ^= 1 << (bit % 8)
		if got, err := DecodeBatch(encoded); err == nil {
			t.Fatalf("with bit %d flipped DecodeBatch = %+v, want an error", bit, got)
		}
	})
}

// Two encodings of one batch would have two hashes.
func TestOnlyTheCanonicalEncodingIsAccepted(t *testing.T) {
	batch := goldenBatches()[1]
	version := func(v uint64) []byte {
		s := stored{Version: v, Epoch: 1, Slot: 1, FirstSeq: 1, Count: 1}
		return seal(mustEncode(&s))
	}
	digest := func(d []byte) []byte {
		s := stored{Version: batchVersion, Epoch: 1, Slot: 1, FirstSeq: 1, Count: 1, StateDigest: d}
		return seal(mustEncode(&s))
	}
	if _, err := DecodeBatch(version(batchVersion)); err != nil {
		t.Fatalf("a batch of the known version: %v", err)
	}
	if _, err := DecodeBatch(version(batchVersion + 1)); err == nil || !strings.Contains(err.Error(), "newer vadium") {
		t.Errorf("a batch of a later version = %v, want an error that says what to do", err)
	}
	for name, encoded := range map[string][]byte{
		"nothing":                nil,
		"less than a checksum":   {1, 2, 3},
		"a trailing byte":        seal(append(batch.list(), 0)),
		"a digest of zeros":      digest(make([]byte, 32)),
		"a digest of 31 bytes":   digest(bytes.Repeat([]byte{1}, 31)),
		"a zero slot":            seal(Batch{Epoch: 1, FirstSeq: 1, Count: 1}.list()),
		"more than the limit":    make([]byte, maxEncoded+1),
		"a payload beyond limit": seal(Batch{Epoch: 1, Slot: 1, FirstSeq: 1, Count: 1, Payload: make([]byte, MaxPayload+1)}.list()),
	} {
		if b, err := DecodeBatch(encoded); err == nil {
			t.Errorf("DecodeBatch of %s = %+v, want an error", name, b)
		}
	}
	full := Batch{Epoch: math.MaxUint64, Slot: math.MaxUint64, FirstSeq: 1, Count: math.MaxUint64, At: vadium.Forever,
		StateDigest: vadium.Digest{1}, Payload: make([]byte, MaxPayload)}
	if got := len(full.Encode()); got > maxEncoded {
		t.Errorf("the largest batch has %d bytes, want at most %d", got, maxEncoded)
	}
	if err := full.wellFormed(); err != nil {
		t.Errorf("the largest batch is refused: %v", err)
	}
	full.FirstSeq = 2
	if err := full.wellFormed(); err == nil || errors.Is(err, ErrTooLarge) {
		t.Errorf("records that overflow 64 bits = %v, want an error", err)
	}
}

func FuzzDecodeBatch(f *testing.F) {
	for _, b := range goldenBatches() {
		f.Add(b.Encode())
		f.Add(b.list())
	}
	seed, _ := hex.DecodeString("f90000")
	f.Add(seed)
	f.Fuzz(func(t *testing.T, encoded []byte) {
		// A fuzzer never guesses a checksum, so offer the bytes with the right one, too.
		for _, input := range [][]byte{encoded, seal(bytes.Clone(encoded))} {
			if b, err := DecodeBatch(input); err == nil && !bytes.Equal(b.Encode(), input) {
				t.Errorf("DecodeBatch(%x) = %+v, which encodes to %x", input, b, b.Encode())
			}
		}
	})
}
