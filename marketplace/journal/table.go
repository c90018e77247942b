package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

// maxTableChecksum is more than the few bytes that the checksum of a table's index takes.
const maxTableChecksum = 64

// minTableIndex is less than any index has: the offset of its root and the root's own table.
const minTableIndex = 8

// checkTables looks at Badger's tables before Badger does. It panics, in a goroutine of its own, over lengths that do not fit,
// and then nobody can say what is wrong and what to do; and where a bit of a key or of a mark has flipped it finds something
// else there, or nothing, without a word.
//
// Only the tables in Badger's manifest are looked at. A power cut leaves others, unfinished or no longer needed, which
// Badger removes; what they held is in its write-ahead log, or in the tables that are listed.
func checkTables(o badger.Options) error {
	f, err := os.Open(filepath.Join(o.Dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a new journal
	}
	if err != nil {
		return err
	}
	defer f.Close()
	manifest, _, err := badger.ReplayManifestFile(f, o.ExternalMagicVersion, o)
	if err != nil {
		return fmt.Errorf("%w: list of tables %s: %w", ErrCorrupt, f.Name(), err)
	}
	for _, id := range slices.Sorted(maps.Keys(manifest.Tables)) {
		path := table.NewFilename(id, o.Dir)
		content, err := os.ReadFile(path) // a few MiB, about to be mapped anyway
		if err == nil {
			err = checkTable(content, manifest.Tables[id].Compression)
		}
		if err != nil {
			return fmt.Errorf("%w: table %s: %w", ErrCorrupt, path, err)
		}
	}
	return nil
}

// checkTable holds a table to the checksums that Badger put into it: at its end that of its index, which says where its
// blocks are, and at the end of each block that block's. Blocks that are compressed, as other programs on Badger may leave
// them, are left to Badger: ours never are.
func checkTable(content []byte, compression options.CompressionType) error {
	content, sum, err := sealed(content)
	if err != nil {
		return err
	}
	content, n, err := length(content)
	if err != nil {
		return err
	}
	if n < minTableIndex { // the checksum of nothing is zero: a table that ends in zeros would pass
		return fmt.Errorf("its index is said to have %d bytes", n)
	}
	encoded := content[len(content)-n:]
	if err := y.VerifyChecksum(encoded, sum); err != nil {
		return fmt.Errorf("its index: %w", err)
	}
	if compression != options.None {
		return nil
	}
	// From here the index is as Badger wrote it.
	index := fb.GetRootAsTableIndex(encoded, 0)
	for i := range index.OffsetsLength() {
		var block fb.BlockOffset
		index.Offsets(&block, i)
		from, to := uint64(block.Offset()), uint64(block.Offset())+uint64(block.Len())
		if to > uint64(len(content)-n) {
			return fmt.Errorf("block %d is said to end at byte %d, the blocks end at %d", i, to, len(content)-n)
		}
		if err := checkBlock(content[from:to]); err != nil {
			return fmt.Errorf("block %d: %w", i, err)
		}
	}
	return nil
}

func checkBlock(block []byte) error {
	content, sum, err := sealed(block)
	if err != nil {
		return err
	}
	return y.VerifyChecksum(content, sum)
}

// sealed takes from the end of content a checksum and its length.
func sealed(content []byte) (rest []byte, sum *pb.Checksum, err error) {
	content, n, err := length(content)
	if err != nil {
		return nil, nil, err
	}
	if n > maxTableChecksum {
		return nil, nil, fmt.Errorf("its checksum is said to have %d bytes", n)
	}
	rest, sum = content[:len(content)-n], new(pb.Checksum)
	if err := proto.Unmarshal(content[len(content)-n:], sum); err != nil {
		return nil, nil, fmt.Errorf("its checksum cannot be read: %w", err)
	}
	if sum.GetAlgo() != pb.Checksum_CRC32C { // Badger panics over one that it does not know, and writes no other
		return nil, nil, fmt.Errorf("its checksum is said to be of kind %d", sum.GetAlgo())
	}
	return rest, sum, nil
}

// length takes from the end of content a number of bytes that are said to be before it.
func length(content []byte) (rest []byte, n int, err error) {
	if len(content) < 4 {
		return nil, 0, errors.New("it is too short")
	}
	rest = content[:len(content)-4]
	said := binary.BigEndian.Uint32(content[len(rest):])
	if int64(said) > int64(len(rest)) {
		return nil, 0, fmt.Errorf("%d bytes are said to be before the last %d", said, len(rest))
	}
	return rest, int(said), nil
}
