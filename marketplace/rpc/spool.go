package rpc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"vadium"
	"vadium/marketplace/rpc/wire"
)

// Limits of uploads in progress.
const (
	// maxUploads bounds the uploads of one account at a time, maxUploadsOfAll those of all.
	maxUploads      = 4
	maxUploadsOfAll = 256
	// uploadIdle is how long an upload may rest before somebody else may have its place.
	uploadIdle = 10 * vadium.Minute
)

// spool holds uploads that are not complete, one file each, and what every account has uploaded today.
type spool struct {
	dir    string
	budget uint64 // bytes per account and day

	mu      sync.Mutex
	uploads map[uploadKey]*upload     // guarded by mu
	day     vadium.Time               // guarded by mu; start of the day that spent counts
	spent   map[vadium.Account]uint64 // guarded by mu
}

type uploadKey struct {
	author vadium.Account
	kind   string
	digest vadium.Digest
	size   uint64
}

// upload is one file that grows.
type upload struct {
	key      uploadKey
	mu       sync.Mutex  // held while a chunk is added and while the whole is stored
	file     *os.File    // guarded by mu
	received uint64      // guarded by mu
	stored   bool        // guarded by mu
	touched  vadium.Time // guarded by the spool's mu
	users    int         // guarded by the spool's mu
	spool    *spool
}

// openSpool empties the folder: what a client has not finished it starts again.
func openSpool(dir string, budget uint64) (*spool, error) {
	if dir == "" {
		return nil, errors.New("open spool: no folder given (set Config.Spool)")
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	return &spool{dir: dir, budget: budget, uploads: map[uploadKey]*upload{}, spent: map[vadium.Account]uint64{}}, nil
}

// charge counts bytes against the author's budget of the day.
func (s *spool) charge(token wire.UploadToken, bytes uint64, now vadium.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if day := now - now%vadium.Time(vadium.Day); day != s.day {
		s.day = day
		clear(s.spent)
	}
	if bytes > s.budget-min(s.budget, s.spent[token.Author]) {
		return fmt.Errorf("account %v may upload %d bytes per day: %w", token.Author, s.budget, wire.ErrUploadsExhausted)
	}
	s.spent[token.Author] += bytes
	return nil
}

func keyOf(token wire.UploadToken) uploadKey {
	return uploadKey{token.Author, token.Kind, token.Digest, token.Size}
}

// begun reports whether an upload is in progress: asking how far it is must not begin it.
func (s *spool) begun(token wire.UploadToken) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploads[keyOf(token)] != nil
}

// open returns the upload of a token, beginning it if there is none. The caller releases it.
func (s *spool) open(token wire.UploadToken, now vadium.Time) (*upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(token)
	u := s.uploads[key]
	if u == nil {
		s.evict(now)
		mine := 0
		for k := range s.uploads {
			if k.author == key.author {
				mine++
			}
		}
		if mine >= maxUploads || len(s.uploads) >= maxUploadsOfAll {
			return nil, fmt.Errorf("%d uploads of one account and %d of all are in progress at most: %w", maxUploads, maxUploadsOfAll, wire.ErrBusy)
		}
		file, err := os.CreateTemp(s.dir, "upload-*")
		if err != nil {
			return nil, fmt.Errorf("begin upload: %w", err)
		}
		u = &upload{key: key, file: file, spool: s}
		s.uploads[key] = u
	}
	u.touched = now
	u.users++
	return u, nil
}

// evict removes uploads that rest. The caller holds mu.
func (s *spool) evict(now vadium.Time) {
	for _, u := range s.uploads {
		if u.users == 0 && now.Sub(u.touched) > uploadIdle {
			s.remove(u)
		}
	}
}

// remove forgets an upload. The caller holds mu.
func (s *spool) remove(u *upload) {
	delete(s.uploads, u.key)
	u.file.Close()
	os.Remove(u.file.Name())
}

func (s *spool) forget(u *upload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.uploads[u.key] == u {
		s.remove(u)
	}
}

func (u *upload) release() {
	u.spool.mu.Lock()
	defer u.spool.mu.Unlock()
	u.users--
}

// add appends a chunk and returns how much there is. An empty chunk only asks. A chunk that is there already, because its
// answer was lost, is skipped. The caller holds the upload's mu.
func (s *spool) add(u *upload, offset uint64, chunk []byte, now vadium.Time) (uint64, error) {
	switch {
	case len(chunk) == 0, offset+uint64(len(chunk)) == u.received:
		return u.received, nil
	case offset != u.received:
		return 0, fmt.Errorf("the next chunk begins at %d, this one at %d: %w", u.received, offset, wire.ErrBlobOffset)
	case uint64(len(chunk)) > u.key.size-u.received:
		return 0, fmt.Errorf("the chunk goes beyond the %d bytes announced: %w", u.key.size, wire.ErrBlobTooLarge)
	}
	if err := s.charge(wire.UploadToken{Author: u.key.author}, uint64(len(chunk)), now); err != nil {
		return 0, err
	}
	if _, err := u.file.WriteAt(chunk, int64(u.received)); err != nil {
		return 0, fmt.Errorf("spool upload: %w", err)
	}
	u.received += uint64(len(chunk))
	return u.received, nil
}

// content returns the complete upload. The caller holds the upload's mu.
func (u *upload) content() io.Reader { return io.NewSectionReader(u.file, 0, int64(u.received)) }
