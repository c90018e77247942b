//go:build unix && !solaris && !illumos && !aix

package unfinished

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the file's lock if nobody holds it. It belongs to the open file, so it ends with the process.
func lock(f *os.File) (held bool, err error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
		}
	}
}

// locks says that a lock tells the living from the dead here.
const locks = true
