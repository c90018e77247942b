package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits of what travels between a worker and its parent, in bytes. A frame is a length of four big-endian bytes and
// as much payload; the reader looks at the length before it allocates.
const (
	// maxRequest fits the largest input a market takes (16 MiB), three paths and a manifest.
	maxRequest = 17 << 20
	// maxResponse fits the largest proof a market takes (64 KiB) and a message.
	maxResponse = 128 << 10
	// maxMessage bounds what a worker may tell an operator.
	maxMessage = 2 << 10
)

// errFrameTooLarge: the other side announced more than it may send. The connection is of no further use.
var errFrameTooLarge = errors.New("frame exceeds its limit")

func writeFrame(w io.Writer, payload []byte, limit int) error {
	if len(payload) > limit {
		return fmt.Errorf("%d bytes, at most %d: %w", len(payload), limit, errFrameTooLarge)
	}
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(payload)))
	if _, err := w.Write(length[:]); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
}

// readFrame returns io.EOF when the other side has closed the pipe between two frames.
func readFrame(r io.Reader, limit int) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if int64(n) > int64(limit) {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", n, limit, errFrameTooLarge)
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return nil, fmt.Errorf("frame cut short: %w", io.ErrUnexpectedEOF)
	}
	return payload, nil
}
