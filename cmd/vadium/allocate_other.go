//go:build !linux

package main

import (
	"bufio"
	"os"
)

// allocate gives a file so many bytes on the disk.
func allocate(f *os.File, bytes int64) error {
	w := bufio.NewWriterSize(f, 1<<20)
	for range bytes {
		if err := w.WriteByte(0); err != nil {
			return err
		}
	}
	return w.Flush()
}
