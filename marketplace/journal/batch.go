package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
)

const (
	// MaxPayload is the most bytes of payload in a batch: one engine operation must carry it, and etcd's default limit of
	// a request, 1.5 MiB, is the tightest of the engines.
	MaxPayload = 1 << 20
	// maxEncoded bounds an encoded batch: payload and less than 1 KiB around it.
	maxEncoded = MaxPayload + 1<<10
	// batchVersion is the first field of an encoded batch. Numbers are never reused.
	batchVersion = 1
	checksumSize = 4
)

// Hash is the SHA-256 of an encoded batch without its checksum. The zero hash comes before the first batch.
type Hash [32]byte

// Batch is what one group commit made durable.
type Batch struct {
	// Epoch is the writer's, from Journal.TakeOver.
	Epoch uint64
	// Slot is the place in the journal, from 1.
	Slot uint64
	// Prev is the hash of the batch before.
	Prev Hash
	// FirstSeq is the number of the first record in the payload, from 1 and without gaps from batch to batch.
	FirstSeq uint64
	// Count is the number of records in the payload, at least 1.
	Count uint64
	// At is the market's time of the last record.
	At vadium.Time
	// StateDigest is the digest of the state after this batch, in every so many batches; zero when it was not taken.
	StateDigest vadium.Digest
	// Payload holds the records. The journal does not look inside.
	Payload []byte
}

// LastSeq returns the number of the last record in the payload.
func (b Batch) LastSeq() uint64 { return b.FirstSeq + b.Count - 1 }

// stored is the canonical form of a batch: an RLP list whose optional digest is an empty or a 32-byte string.
type stored struct {
	Version     uint64
	Epoch       uint64
	Slot        uint64
	Prev        Hash
	FirstSeq    uint64
	Count       uint64
	At          vadium.Time
	StateDigest []byte
	Payload     []byte
}

// Encode returns the canonical encoding: the RLP list
//
//	[version, epoch, slot, prev, firstSeq, count, at, stateDigest or empty, payload]
//
// followed by its CRC32C, big-endian.
func (b Batch) Encode() []byte { return seal(b.list()) }

// Hash returns the SHA-256 of the encoding without the checksum.
func (b Batch) Hash() Hash { return hashOf(b.list()) }

func hashOf(list []byte) Hash { return sha256.Sum256(list) }

func (b Batch) list() []byte {
	s := stored{
		Version: batchVersion, Epoch: b.Epoch, Slot: b.Slot, Prev: b.Prev,
		FirstSeq: b.FirstSeq, Count: b.Count, At: b.At, Payload: b.Payload,
	}
	if b.StateDigest != (vadium.Digest{}) {
		s.StateDigest = b.StateDigest[:]
	}
	return mustEncode(&s)
}

// mustEncode leaves room for a checksum, so that sealing does not copy.
func mustEncode(v any) []byte {
	buffer := rlp.NewEncoderBuffer(nil)
	if err := rlp.Encode(buffer, v); err != nil {
		panic(fmt.Sprintf("invariant: journal entries always encode: %v", err))
	}
	encoded := buffer.AppendToBytes(make([]byte, 0, buffer.Size()+checksumSize))
	if err := buffer.Flush(); err != nil { // gives the buffer back
		panic(fmt.Sprintf("invariant: flushing to nowhere does not fail: %v", err))
	}
	return encoded
}

// DecodeBatch reads what Encode wrote and nothing else: for every accepted input, encoding the result gives the input.
func DecodeBatch(encoded []byte) (Batch, error) {
	b, _, err := decode(encoded)
	return b, err
}

// decode also returns the hash, which for a canonical encoding is that of the bytes as they are.
func decode(encoded []byte) (Batch, Hash, error) {
	if len(encoded) > maxEncoded {
		return Batch{}, Hash{}, fmt.Errorf("batch has %d bytes, the limit is %d", len(encoded), maxEncoded)
	}
	list, err := unseal(encoded)
	if err != nil {
		return Batch{}, Hash{}, err
	}
	b, err := decodeList(list)
	return b, hashOf(list), err
}

func decodeList(list []byte) (Batch, error) {
	var s stored
	if err := rlp.DecodeBytes(list, &s); err != nil {
		return Batch{}, fmt.Errorf("not a batch: %v", err)
	}
	b := Batch{
		Epoch: s.Epoch, Slot: s.Slot, Prev: s.Prev,
		FirstSeq: s.FirstSeq, Count: s.Count, At: s.At, Payload: s.Payload,
	}
	copy(b.StateDigest[:], s.StateDigest)
	switch digestIsZero := b.StateDigest == (vadium.Digest{}); {
	case s.Version != batchVersion:
		return Batch{}, fmt.Errorf("batch has version %d, this program reads version %d (run a newer vadium)", s.Version, batchVersion)
	case len(s.StateDigest) != 0 && (len(s.StateDigest) != len(b.StateDigest) || digestIsZero):
		return Batch{}, errors.New("not a batch: malformed state digest")
	}
	return b, b.wellFormed()
}

// wellFormed checks what can be said of a batch alone.
func (b Batch) wellFormed() error {
	switch {
	case b.Epoch == 0 || b.Slot == 0 || b.FirstSeq == 0 || b.Count == 0:
		return fmt.Errorf("epoch %d, slot %d, first record %d and count %d must not be zero", b.Epoch, b.Slot, b.FirstSeq, b.Count)
	case b.LastSeq() < b.FirstSeq:
		return fmt.Errorf("%d records from %d do not fit 64 bits", b.Count, b.FirstSeq)
	case b.At < 0:
		return fmt.Errorf("time %d ms is negative", b.At)
	case len(b.Payload) > MaxPayload:
		return fmt.Errorf("payload has %d bytes: %w of %d bytes", len(b.Payload), ErrTooLarge, MaxPayload)
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal appends the CRC32C of content to it.
func seal(content []byte) []byte {
	return binary.BigEndian.AppendUint32(content, crc32.Checksum(content, castagnoli))
}

func unseal(sealed []byte) ([]byte, error) {
	if len(sealed) < checksumSize {
		return nil, fmt.Errorf("%d bytes are too short for a checksum", len(sealed))
	}
	content, sum := sealed[:len(sealed)-checksumSize], sealed[len(sealed)-checksumSize:]
	if want := binary.BigEndian.AppendUint32(nil, crc32.Checksum(content, castagnoli)); !bytes.Equal(sum, want) {
		return nil, fmt.Errorf("checksum is %x, content has %x", sum, want)
	}
	return content, nil
}

// Head is the end of a journal: what the next batch must follow. The zero Head is an empty journal's.
type Head struct {
	// Epoch of the last batch.
	Epoch uint64
	// Slot of the last batch; 0 when there is none.
	Slot uint64
	// Hash of the last batch.
	Hash Hash
	// LastSeq is the number of the last record.
	LastSeq uint64
	// At is the time of the last record.
	At vadium.Time
}

// Records is the content of a batch before it has a place.
type Records struct {
	Count       uint64
	At          vadium.Time
	StateDigest vadium.Digest
	Payload     []byte
}

// Next returns the batch of records that follows h, written in epoch.
func (h Head) Next(epoch uint64, r Records) Batch {
	return Batch{
		Epoch: epoch, Slot: h.Slot + 1, Prev: h.Hash, FirstSeq: h.LastSeq + 1,
		Count: r.Count, At: r.At, StateDigest: r.StateDigest, Payload: r.Payload,
	}
}

// After returns the head of a journal that ends with b.
func After(b Batch) Head { return after(b, b.Hash()) }

func after(b Batch, hash Hash) Head {
	return Head{Epoch: b.Epoch, Slot: b.Slot, Hash: hash, LastSeq: b.LastSeq(), At: b.At}
}

// Check says why b does not follow h, or nil when it does.
func (h Head) Check(b Batch) error {
	switch {
	case b.Slot != h.Slot+1:
		return fmt.Errorf("slot %d does not follow slot %d", b.Slot, h.Slot)
	case b.Prev != h.Hash:
		return fmt.Errorf("it follows a batch with hash %x, the batch before it has %x", b.Prev, h.Hash)
	case b.Epoch < h.Epoch:
		return fmt.Errorf("epoch %d comes after epoch %d", b.Epoch, h.Epoch)
	case b.FirstSeq != h.LastSeq+1:
		return fmt.Errorf("its first record is %d, the batch before it ended with %d", b.FirstSeq, h.LastSeq)
	case b.At < h.At:
		return fmt.Errorf("its time %d ms is before %d ms", b.At, h.At)
	}
	return b.wellFormed()
}
