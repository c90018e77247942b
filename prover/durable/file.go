// Package durable replaces files as a whole: whoever reads one finds the old content or the new, never a part.
//
//	err := durable.Write(path, content)
//
// What a killed process leaves of a file it was writing is swept by circuits/keyfile/unfinished.
//
// What it does not do: it locks no file that has its name. Two writers of one file do not mix, and the last one wins.
package durable

import (
	"bufio"
	"io"
	"os"
	"path/filepath"

	"vadium/circuits/keyfile/unfinished"
)

// Write replaces a file by content, which survives a power cut when it returns nil: either the old content is there or
// the new one, never a part.
func Write(path string, content []byte) error {
	return Create(path, true, func(w io.Writer) error { return all(w, content) })
}

// Replace is [Write] without waiting for the disk, for what can be made again: after a power cut the old content may be
// back.
func Replace(path string, content []byte) error {
	return Create(path, false, func(w io.Writer) error { return all(w, content) })
}

func all(w io.Writer, content []byte) error {
	_, err := w.Write(content)
	return err
}

// Create makes or replaces a file by what write writes, when that returns nil; otherwise nothing changes. With sync it
// survives a power cut.
func Create(path string, sync bool, write func(io.Writer) error) (err error) {
	f, err := unfinished.Create(filepath.Dir(path))
	if err != nil {
		return err
	}
	temporary := f.Name()
	defer func() {
		if err != nil {
			_ = os.Remove(temporary)
		}
	}()
	buffered := bufio.NewWriter(f)
	err = write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil && sync {
		err = f.Sync()
	}
	if err == nil { // before it is closed: its lock is what keeps it from being swept
		err = os.Rename(temporary, path)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil || !sync {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
