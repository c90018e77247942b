package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// disk is the little that [Embedded] asks of a local engine: a map of keys to values that survives power cuts.
//
// put is durable when it returns nil; when it fails nobody knows. get, keys and put may be called concurrently; drop and
// close come alone.
type disk interface {
	// get returns errNoKey when there is no such key.
	get(key []byte) ([]byte, error)
	put(key, value []byte) error
	// keys calls each with every key under prefix, in ascending order. each must not keep the slice.
	keys(prefix []byte, each func(key []byte) error) error
	// drop removes everything under the prefixes and gives the space back.
	drop(prefixes ...[]byte) error
	// testify notes that the batch at slot is durable, without waiting for the note to be. An engine that silently drops
	// the tail of a damaged log is found out by comparing with the note.
	testify(slot uint64)
	// witness returns the latest note that survived, 0 when there is none.
	witness() (slot uint64, err error)
	close() error
}

var errNoKey = errors.New("no such key")

// Keys on a disk, by their first byte. The letters are persisted and never reused.
const (
	prefixBatch   = 'j' // j | generation | slot -> encoded batch
	prefixSegment = 'a' // a | first slot -> Segment
	keyEpoch      = "e" // -> the latest epoch
	keySnapshot   = "s" // -> Snapshot
)

func generationKey(generation uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefixBatch}, generation)
}

func batchKey(generation, slot uint64) []byte {
	return binary.BigEndian.AppendUint64(generationKey(generation), slot)
}

func parseBatchKey(key []byte) (generation, slot uint64, err error) {
	if len(key) != 17 {
		return 0, 0, fmt.Errorf("open journal: key %x is not that of a batch", key)
	}
	return binary.BigEndian.Uint64(key[1:9]), binary.BigEndian.Uint64(key[9:]), nil
}

func segmentKey(first uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefixSegment}, first)
}
