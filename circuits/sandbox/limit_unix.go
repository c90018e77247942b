//go:build unix && !linux

package sandbox

import (
	"fmt"
	"syscall"
)

// limitResources sets the limits that every Unix has. Whether the one on memory covers what a Go program allocates
// depends on the system; the runtime's own, soft limit holds everywhere.
func limitResources(l limits) error {
	set := map[int]uint64{syscall.RLIMIT_CORE: 0, syscall.RLIMIT_FSIZE: 0}
	if l.CPUSeconds > 0 {
		set[syscall.RLIMIT_CPU] = l.CPUSeconds
	}
	if l.Memory > 0 {
		set[syscall.RLIMIT_DATA] = l.Memory + l.Memory/4 + 1<<30
	}
	for resource, most := range set {
		var limit syscall.Rlimit
		assign(&limit.Cur, &limit.Max, most)
		if err := syscall.Setrlimit(resource, &limit); err != nil {
			return fmt.Errorf("limit resource %d to %d: %w", resource, most, err)
		}
	}
	return nil
}

// assign exists because systems differ in the sign of a limit.
func assign[T int64 | uint64](current, most *T, to uint64) { *current, *most = T(to), T(to) }
