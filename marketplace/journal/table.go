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
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

// maxTableChecksum is more than the few bytes that the checksum of a table's index takes.
const maxTableChecksum = 64

// minTableIndex is less than any index has: the offset of its root and the root's own table.
const minTableIndex = 8

// checkTables looks at the ends of Badger's tables before Badger does: it panics, in a goroutine of its own, over lengths
// that do not fit into the file, and then nobody can say what is wrong and what to do. What else is damaged in a table
// Badger reports, or we find when we read the batch.
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
			err = checkTable(content)
		}
		if err != nil {
			return fmt.Errorf("%w: table %s: %w", ErrCorrupt, path, err)
		}
	}
	return nil
}

// checkTable reads the end of a table: its index, the index's length, the checksum of the index, and the checksum's length.
func checkTable(content []byte) error {
	length := func() (int, error) {
		if len(content) < 4 {
			return 0, errors.New("it is too short")
		}
		n := binary.BigEndian.Uint32(content[len(content)-4:])
		content = content[:len(content)-4]
		if int64(n) > int64(len(content)) {
			return 0, fmt.Errorf("%d bytes are said to be before the last %d", n, len(content))
		}
		return int(n), nil
	}
	n, err := length()
	if err != nil {
		return err
	}
	if n > maxTableChecksum {
		return fmt.Errorf("its checksum is said to have %d bytes", n)
	}
	var sum pb.Checksum
	if err := proto.Unmarshal(content[len(content)-n:], &sum); err != nil {
		return fmt.Errorf("its checksum cannot be read: %w", err)
	}
	content = content[:len(content)-n]
	if n, err = length(); err != nil {
		return err
	}
	if n < minTableIndex { // the checksum of nothing is zero: a table that ends in zeros would pass
		return fmt.Errorf("its index is said to have %d bytes", n)
	}
	if err := y.VerifyChecksum(content[len(content)-n:], &sum); err != nil {
		return fmt.Errorf("its index: %w", err)
	}
	return nil
}
