package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// kind is what a frame is. Parent and child are the same binary, so the numbers are not persisted.
type kind uint8

const (
	kindRequest kind = 1
	kindAnswer  kind = 2
	kindFailure kind = 3
)

// Limits of what travels between parent and child. Requests and answers have theirs in [Config].
const (
	// MaxMessage bounds what a child may say about a failure, in bytes.
	MaxMessage = 2 << 10
	// MaxFiles bounds the files that travel with one request: a program has three and a sample.
	MaxFiles = 8
	// MaxSetup bounds what a role can be told when it opens. More is the business of a first request.
	MaxSetup = 512 << 10
	// maxOrders bounds the first frame: limits and a role's setup, in JSON.
	maxOrders = 1 << 20
)

// ErrTooLarge refuses a request, or an answer, that is larger than its limit.
var ErrTooLarge = errors.New("larger than its limit")

// frame is one message.
type frame struct {
	payload []byte
	files   []*os.File
}

func (f frame) close() {
	for _, file := range f.files {
		_ = file.Close()
	}
}

// headerBytes is the length of a frame's header: four bytes of length, big-endian, and one of kind. The files travel
// with the header.
const headerBytes = 5

func (c *connection) write(k kind, f frame) error {
	header := make([]byte, headerBytes)
	binary.BigEndian.PutUint32(header, uint32(len(f.payload)))
	header[4] = byte(k)
	if err := c.send(header, f.files); err != nil {
		return err
	}
	_, err := c.Write(f.payload)
	return err
}

// read returns io.EOF when the other side has hung up between two frames. It looks at the length before it allocates.
func (c *connection) read(most uint32) (kind, frame, error) {
	header := make([]byte, headerBytes)
	files, err := c.receive(header)
	f := frame{files: files}
	if err != nil {
		f.close()
		return 0, frame{}, err
	}
	n, k := binary.BigEndian.Uint32(header), kind(header[4])
	if k == kindFailure {
		most = max(most, MaxMessage)
	}
	if n > most {
		f.close()
		return 0, frame{}, fmt.Errorf("it announced %d bytes, at most %d are allowed: %w", n, most, ErrTooLarge)
	}
	f.payload = make([]byte, n)
	if _, err := io.ReadFull(c, f.payload); err != nil {
		f.close()
		return 0, frame{}, fmt.Errorf("frame cut short: %w", io.ErrUnexpectedEOF)
	}
	return k, f, nil
}
