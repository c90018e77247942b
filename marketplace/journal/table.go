package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/pb"
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
func checkTables(dir string) error {
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil {
		return err
	}
	for _, path := range tables {
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
func checkTable(table []byte) error {
	length := func() (int, error) {
		if len(table) < 4 {
			return 0, errors.New("it is too short")
		}
		n := binary.BigEndian.Uint32(table[len(table)-4:])
		table = table[:len(table)-4]
		if int64(n) > int64(len(table)) {
			return 0, fmt.Errorf("%d bytes are said to be before the last %d", n, len(table))
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
	if err := proto.Unmarshal(table[len(table)-n:], &sum); err != nil {
		return fmt.Errorf("its checksum cannot be read: %w", err)
	}
	table = table[:len(table)-n]
	if n, err = length(); err != nil {
		return err
	}
	if n < minTableIndex { // the checksum of nothing is zero: a table that ends in zeros would pass
		return fmt.Errorf("its index is said to have %d bytes", n)
	}
	if err := y.VerifyChecksum(table[len(table)-n:], &sum); err != nil {
		return fmt.Errorf("its index: %w", err)
	}
	return nil
}
