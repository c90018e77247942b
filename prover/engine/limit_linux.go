package engine

import (
	"fmt"
	"syscall"
)

// limitAddressSpace bounds what this process may ever map. Where an allocation goes beyond it, the Go runtime ends the
// process, which is the point: the worker dies before the machine does.
func limitAddressSpace(bytes uint64) error {
	if bytes == 0 {
		return nil
	}
	limit := syscall.Rlimit{Cur: bytes, Max: bytes}
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		return fmt.Errorf("limit address space to %d bytes: %w", bytes, err)
	}
	return nil
}
