package keyfile

import (
	"fmt"
	"syscall"
)

func identityOf(s *syscall.Stat_t) string {
	return fmt.Sprintf("%d %d %d.%d %d.%d", s.Dev, s.Ino, s.Mtim.Sec, s.Mtim.Nsec, s.Ctim.Sec, s.Ctim.Nsec)
}
