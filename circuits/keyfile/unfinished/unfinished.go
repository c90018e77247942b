// Package unfinished makes files that are not complete yet, and removes those that never will be.
//
// Whoever writes a large file writes it under another name and renames it. Killed in between, the other name stays, with
// gigabytes behind it. So the writer holds a lock on it, which ends with the process, however it ends:
//
//	f, err := unfinished.Create(dir)           // write, sync, rename, close
//	removed, err := unfinished.Sweep(dir)      // at the next start: those that no living process writes
//
// What it does not do: it sweeps no file that another package named, and none at all where system or file system have no
// such locks.
package unfinished

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// prefix begins the names. No file of such a name is ever written without its lock.
const prefix = ".unfinished-"

// tries is how often Create begins again because a sweep had its file between its making and its locking.
const tries = 100

// Create makes a file in dir that belongs to this process until it is closed. The caller renames or removes it.
func Create(dir string) (*os.File, error) {
	var lost error
	for range tries {
		f, err := os.CreateTemp(dir, prefix+"*")
		if err != nil {
			return nil, err
		}
		if lost = claim(f); lost == nil {
			return f, nil
		}
		_ = f.Close()
		_ = os.Remove(f.Name()) // a sweep may have been first
	}
	return nil, lost
}

// errSwept: a sweep was faster.
var errSwept = errors.New("an unfinished file was taken for an orphan again and again")

// claim locks a file that was just made, and looks that its name still means it. Where the file system has no locks it goes
// without: no sweep gets one there either.
func claim(f *os.File) error {
	if held, err := lock(f); err == nil && !held {
		return errSwept
	}
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Stat(f.Name()); err != nil || !os.SameFile(mine, named) {
		return errSwept
	}
	return nil
}

// Swept is what a sweep removed.
type Swept struct {
	Files int
	Bytes uint64
}

// Sweep removes the files in dir that nobody will finish. A folder that is not there has none.
func Sweep(dir string) (swept Swept, err error) {
	if !locks {
		return swept, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return swept, nil
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), prefix) || !entry.Type().IsRegular() {
			continue
		}
		size, removed, failed := sweep(filepath.Join(dir, entry.Name()))
		if failed != nil && !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
		if removed {
			swept.Files++
			swept.Bytes += size
		}
	}
	return swept, err
}

// sweep removes a file if nobody holds its lock. It holds the lock itself meanwhile, so that whoever just made the file
// sees that it is lost.
func sweep(path string) (size uint64, removed bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	if held, err := lock(f); err != nil || !held {
		return 0, false, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, false, err
	}
	if named, err := os.Stat(path); err != nil || !os.SameFile(info, named) {
		return 0, false, err // finished meanwhile
	}
	return uint64(info.Size()), true, os.Remove(path)
}
