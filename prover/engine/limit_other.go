//go:build !linux

package engine

// limitAddressSpace does nothing where the system has no such limit; the soft limit of the Go runtime stays.
func limitAddressSpace(uint64) error { return nil }
