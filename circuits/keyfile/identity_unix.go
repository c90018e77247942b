//go:build unix && !linux

package keyfile

import (
	"fmt"
	"syscall"
)

// identityOf prints all there is: systems name the fields differently. A file that was merely read is checked again.
func identityOf(s *syscall.Stat_t) string { return fmt.Sprintf("%+v", *s) }
