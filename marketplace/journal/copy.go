package journal

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// copyFrame is the length before each batch of a copy, big-endian.
const copyFrame = 4

// WriteCopy writes the encoded batches from slot from to the head, each with its length before it, and returns the head
// it reached: at least the one the journal had when it was called. The journal may be in use meanwhile.
//
// A copy has every batch from genesis, whether the journal still has it or its archive, so it needs neither an engine nor
// an index to be read: [OpenCopy] does, and [Restore] makes a journal of it.
func WriteCopy(ctx context.Context, to io.Writer, j Journal, from uint64) (Head, error) {
	end, err := j.Head(ctx)
	if err != nil {
		return Head{}, fmt.Errorf("copy journal: %w", err)
	}
	reached := Head{}
	for b, err := range j.Read(ctx, from) {
		if err != nil {
			return reached, fmt.Errorf("copy journal: %w", err)
		}
		encoded := b.Encode()
		framed := append(binary.BigEndian.AppendUint32(make([]byte, 0, copyFrame+len(encoded)), uint32(len(encoded))), encoded...)
		if _, err := to.Write(framed); err != nil {
			return reached, fmt.Errorf("copy journal at slot %d: %w", b.Slot, err)
		}
		if reached = After(b); b.Slot >= end.Slot {
			break // whoever appends faster than we copy would keep us here forever
		}
	}
	return reached, nil
}

// Copy is a journal in one file, for reading only.
type Copy struct{ path string }

// OpenCopy returns the copy in a file. Damage is found when it is read.
func OpenCopy(path string) (*Copy, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open copy of a journal: %w", err)
	}
	return &Copy{path}, nil
}

// Read returns the batches from slot from to the end, as [Journal].Read does: checked, in order, or a [CorruptError].
func (c *Copy) Read(ctx context.Context, from uint64) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		for p, err := range c.places(ctx) {
			if err == nil && p.Slot < from {
				continue
			}
			if !yield(p.Batch, err) || err != nil {
				return
			}
		}
	}
}

// place is a batch and where in the file it ends.
type place struct {
	Batch
	end int64
}

// places reads the file from its beginning, because every batch is checked against the one before it.
func (c *Copy) places(ctx context.Context) iter.Seq2[place, error] {
	return func(yield func(place, error) bool) {
		f, err := os.Open(c.path)
		if err != nil {
			yield(place{}, fmt.Errorf("read copy of a journal: %w", err))
			return
		}
		defer f.Close()
		in, head, end := bufio.NewReaderSize(f, 1<<20), Head{}, int64(0)
		for {
			b, hash, size, err := readFrame(ctx, in, head)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(place{}, err)
				return
			}
			head, end = after(b, hash), end+size
			if !yield(place{b, end}, nil) {
				return
			}
		}
	}
}

// readFrame reads the batch that follows head. Its error is io.EOF where the file ends between two batches.
func readFrame(ctx context.Context, in io.Reader, head Head) (Batch, Hash, int64, error) {
	if err := ctx.Err(); err != nil {
		return Batch{}, Hash{}, 0, fmt.Errorf("read copy at slot %d: %w", head.Slot+1, err)
	}
	fail := func(format string, args ...any) (Batch, Hash, int64, error) {
		return Batch{}, Hash{}, 0, corrupt(head.Slot+1, "of a copy: "+format, args...)
	}
	var length [copyFrame]byte
	if _, err := io.ReadFull(in, length[:]); errors.Is(err, io.EOF) {
		return Batch{}, Hash{}, 0, io.EOF
	} else if err != nil {
		return fail("it ends in the middle of a length: %v", err)
	}
	size := binary.BigEndian.Uint32(length[:])
	if size > maxEncoded {
		return fail("it says it has %d bytes, the limit is %d", size, maxEncoded)
	}
	encoded := make([]byte, size)
	if _, err := io.ReadFull(in, encoded); err != nil {
		return fail("it ends before its %d bytes do: %v", size, err)
	}
	b, hash, err := decode(encoded)
	if err == nil {
		err = head.Check(b)
	}
	if err != nil {
		return fail("%v", err)
	}
	return b, hash, copyFrame + int64(size), nil
}

// Mend returns the head of the copy's undamaged beginning and cuts off what follows, so that a copy that was interrupted
// can be continued.
func (c *Copy) Mend(ctx context.Context) (Head, error) {
	head, end := Head{}, int64(0)
	for p, err := range c.places(ctx) {
		if errors.Is(err, ErrCorrupt) {
			break
		}
		if err != nil {
			return head, err
		}
		head, end = After(p.Batch), p.end
	}
	if err := os.Truncate(c.path, end); err != nil {
		return head, fmt.Errorf("mend copy: %w", err)
	}
	return head, nil
}

// Head reads the whole copy and returns its end.
func (c *Copy) Head(ctx context.Context) (Head, error) {
	head := Head{}
	for b, err := range c.Read(ctx, 1) {
		if err != nil {
			return head, err
		}
		head = After(b)
	}
	return head, nil
}
