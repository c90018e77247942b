package keeper

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"github.com/ethereum/go-ethereum/rlp"
	"golang.org/x/mod/sumdb/tlog"

	"vadium"
	"vadium/marketplace/signing"
)

// The files of a log. All of it follows from the journal, so none of them is backed up, and whatever does not fit is made
// again.
const (
	hashesFile = "hashes" // a header, and the hashes of the tree in the order of tlog.StoredHashIndex
	closesFile = "closes" // the signed heads at the ends of ask epochs, in order, each of the same length
	markFile   = "mark"   // how far the other two are certain to reach
)

// mark says how far hashes and closes are on the disk, and of which market.
type mark struct {
	Deployment vadium.Salt
	ChainID    uint64
	Signer     vadium.Account // of the closes
	Genesis    vadium.Digest  // hash of the first leaf
	Head       signing.TreeHead
	Closes     uint64 // heads in closes
}

func readMark(dir string) (m mark, found bool) {
	raw, err := os.ReadFile(filepath.Join(dir, markFile))
	if err != nil || rlp.DecodeBytes(raw, &m) != nil {
		return mark{}, false
	}
	return m, m.Head.Size > 0
}

// write replaces the mark, and survives a power cut when it returns nil.
func (m mark) write(dir string) error {
	encoded, err := rlp.EncodeToBytes(m)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, markFile)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(encoded); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func forget(dir string) error {
	if err := os.Remove(filepath.Join(dir, markFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

const (
	hashBytes  = 32
	hashesHead = 64
)

var hashesMagic = []byte("vadium log 1\n")

// hashes is the file of the tree's hashes. One goroutine appends; everyone may read what has been written.
type hashes struct {
	file *os.File
	// owned by whoever appends
	size    int64       // records
	written int64       // hashes in the file
	pending []tlog.Hash // hashes that follow
}

// header names the market in plain sight, for whoever finds the file.
func header(deployment vadium.Salt) []byte {
	h := make([]byte, hashesHead)
	copy(h, hashesMagic)
	copy(h[hashesHead-len(deployment):], deployment[:])
	return h
}

// openHashes opens the file with as many records as are known to be in it; 0: from the beginning.
func openHashes(dir string, deployment vadium.Salt, size uint64) (*hashes, error) {
	f, err := os.OpenFile(filepath.Join(dir, hashesFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	h := &hashes{file: f, size: int64(size), written: tlog.StoredHashCount(int64(size))}
	if size == 0 {
		if err := f.Truncate(0); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		_, err = f.WriteAt(header(deployment), 0)
	} else {
		begins := make([]byte, hashesHead)
		if _, err = f.ReadAt(begins, 0); err == nil && !bytes.Equal(begins, header(deployment)) {
			err = errors.New("it is not this market's")
		}
		if err == nil {
			err = f.Truncate(hashesHead + hashBytes*h.written)
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", f.Name(), err), f.Close())
	}
	return h, nil
}

// ReadHashes implements tlog.HashReader, for whoever appends.
func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= h.written {
			all[i] = h.pending[index-h.written]
		} else if err := h.read(index, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (h *hashes) read(index int64, into *tlog.Hash) error {
	if _, err := h.file.ReadAt(into[:], hashesHead+hashBytes*index); err != nil {
		return fmt.Errorf("read hash %d of the transparency log: %w", index, err)
	}
	return nil
}

// stored reads what is in the file, for everyone.
func (h *hashes) stored() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		all := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if err := h.read(index, &all[i]); err != nil {
				return nil, err
			}
		}
		return all, nil
	})
}

// add appends a leaf, in memory.
func (h *hashes) add(leaf []byte) error {
	more, err := tlog.StoredHashes(h.size, leaf, h)
	if err != nil {
		return err
	}
	h.pending = append(h.pending, more...)
	h.size++
	return nil
}

// flush writes what was added. After an error it may be called again.
func (h *hashes) flush() error {
	if len(h.pending) == 0 {
		return nil
	}
	raw := make([]byte, 0, hashBytes*len(h.pending))
	for i := range h.pending {
		raw = append(raw, h.pending[i][:]...)
	}
	if _, err := h.file.WriteAt(raw, hashesHead+hashBytes*h.written); err != nil {
		return fmt.Errorf("write the transparency log: %w", err)
	}
	h.written, h.pending = h.written+int64(len(h.pending)), h.pending[:0]
	return nil
}

// closes is the file of signed heads at the ends of epochs.
type closes struct {
	file *os.File
	n    uint64 // heads; guarded by the log's mu
}

// closed is a head at the end of an ask epoch.
type closed struct {
	epoch uint64
	head  signing.SignedTreeHead
}

const closeBytes = 8 + 8 + 8 + 32 + 32 + signing.SignatureBytes + 4

func openCloses(dir string, n uint64) (*closes, error) {
	f, err := os.OpenFile(filepath.Join(dir, closesFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	c := &closes{file: f, n: n}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && size < int64(n)*closeBytes {
		err = fmt.Errorf("%s has %d bytes, %d heads take more", f.Name(), size, n)
	}
	if err == nil {
		err = f.Truncate(int64(n) * closeBytes)
	}
	if err == nil && n > 0 {
		_, err = c.at(n - 1)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return c, nil
}

// write puts a head in place n, which is not there for readers before it is counted.
func (c *closes) write(n uint64, e closed) error {
	row := binary.BigEndian.AppendUint64(make([]byte, 0, closeBytes), e.epoch)
	row = binary.BigEndian.AppendUint64(row, e.head.Size)
	row = binary.BigEndian.AppendUint64(row, uint64(e.head.At))
	row = append(row, e.head.Lineage[:]...)
	row = append(row, e.head.Root[:]...)
	row = append(row, e.head.Signature...)
	row = binary.BigEndian.AppendUint32(row, crc32.ChecksumIEEE(row))
	if _, err := c.file.WriteAt(row, int64(n)*closeBytes); err != nil {
		return fmt.Errorf("write the heads of the transparency log: %w", err)
	}
	return nil
}

func (c *closes) at(n uint64) (e closed, err error) {
	row := make([]byte, closeBytes)
	if _, err := c.file.ReadAt(row, int64(n)*closeBytes); err != nil {
		return e, fmt.Errorf("read head %d of the transparency log: %w", n, err)
	}
	sum := len(row) - 4
	if crc32.ChecksumIEEE(row[:sum]) != binary.BigEndian.Uint32(row[sum:]) {
		return e, fmt.Errorf("head %d of the transparency log: %w", n, errDamaged)
	}
	e.epoch, e.head.Size = binary.BigEndian.Uint64(row), binary.BigEndian.Uint64(row[8:])
	e.head.At = vadium.Time(binary.BigEndian.Uint64(row[16:]))
	e.head.Lineage, e.head.Root = vadium.Salt(row[24:56]), vadium.Digest(row[56:88])
	e.head.Signature = row[88:sum]
	return e, nil
}

// find returns the head of an epoch among the first n.
func (c *closes) find(n, epoch uint64) (e closed, found bool, err error) {
	i := sort.Search(int(n), func(i int) bool {
		here, failed := c.at(uint64(i))
		err = errors.Join(err, failed)
		return here.epoch >= epoch
	})
	if err != nil || uint64(i) == n {
		return closed{}, false, err
	}
	e, err = c.at(uint64(i))
	return e, err == nil && e.epoch == epoch, err
}
