//go:build unix

package journal

import (
	"fmt"
	"syscall"
)

// Room returns how many bytes are free for us on the disk that holds dir, and how many it has in all.
func Room(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("look for room in %s: %w", dir, err)
	}
	block := uint64(s.Bsize)
	return uint64(s.Bavail) * block, uint64(s.Blocks) * block, nil //nolint:unconvert // the types differ between systems
}
