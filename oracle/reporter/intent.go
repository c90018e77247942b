package reporter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"vadium"
	"vadium/circuits/keyfile/unfinished"
	"vadium/oracle"
)

// intents is the log of what a reporter is about to sign: a line of JSON after a checksum for each observation, appended
// and synced before the key is used. Only the last counts, for rounds go up.
//
// A line that a crash cut short is the last one, and its observation was not signed. Any other line that does not check is
// damage, and the reporter refuses to start rather than to sign twice.
type intents struct {
	path string
	file *os.File
	size int
	last oracle.Observation
	// broken is set when a write failed: what is on disk is not known, so nothing may be signed.
	broken error
}

// intended is a line of the log.
type intended struct {
	Key   string        `json:"key"` // whose signature it is about
	Scope string        `json:"scope"`
	Round uint64        `json:"round"`
	Value vadium.Amount `json:"value"`
	At    vadium.Time   `json:"at"`
}

var (
	// errIntents: a line of the log does not check.
	errIntents = errors.New("what was signed is not known: the log is damaged (restore it, or register a new key: vadium oracle register)")
	// errOtherKey: the folder's log is of another key or another market.
	errOtherKey = errors.New("the folder belongs to another key, feed or market (use another folder)")
	// errRound: an observation that was to be signed is not of a later round than the last.
	errRound = errors.New("invariant: a reporter signs once for a round")
)

// rewriteAt is the size from which the log is replaced by its last line: some ten thousand rounds.
const rewriteAt = 2 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openIntents reads the log of a key in a feed's scope, replaces it by its last line, and opens it for appending.
func openIntents(dir string, key oracle.Key, scope oracle.Scope) (*intents, error) {
	l := &intents{path: filepath.Join(dir, "signed.log")}
	content, err := os.ReadFile(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for number := 1; len(content) > 0; number++ {
		line, rest, whole := bytes.Cut(content, []byte("\n"))
		var i intended
		switch err := readLine(line, &i); {
		case !whole || err != nil && len(rest) == 0:
			rest = nil // cut short by a crash
		case err != nil:
			return nil, fmt.Errorf("%s, line %d: %w: %v", l.path, number, errIntents, err)
		case i.Key != fmt.Sprintf("%x", key) || i.Scope != fmt.Sprintf("%x", scope):
			return nil, fmt.Errorf("%s: %w", l.path, errOtherKey)
		default:
			l.last = oracle.Observation{Scope: scope, Round: i.Round, Value: i.Value, At: i.At}
		}
		content = rest
	}
	return l, l.rewrite(key)
}

func readLine(line []byte, into *intended) error {
	var sum uint32
	if len(line) < 10 || line[8] != ' ' {
		return errors.New("no checksum")
	}
	if _, err := fmt.Sscanf(string(line[:8]), "%08x", &sum); err != nil || crc32.Checksum(line[9:], castagnoli) != sum {
		return errors.New("the checksum does not match")
	}
	d := json.NewDecoder(bytes.NewReader(line[9:]))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func line(key oracle.Key, o oracle.Observation) []byte {
	text, err := json.Marshal(intended{fmt.Sprintf("%x", key), fmt.Sprintf("%x", o.Scope), o.Round, o.Value, o.At})
	if err != nil {
		panic(fmt.Sprintf("invariant: an observation always encodes: %v", err))
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli), text)
}

// rewrite replaces the log as a whole and opens it.
func (l *intents) rewrite(key oracle.Key) error {
	var content []byte
	if l.last.Round > 0 {
		content = line(key, l.last)
	}
	if err := replace(l.path, content); err != nil {
		return err
	}
	if l.file != nil {
		_ = l.file.Close() // every line in it was synced
	}
	l.size = len(content)
	var err error
	l.file, err = os.OpenFile(l.path, os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

// replace writes a file under another name, syncs it and renames it.
func replace(path string, content []byte) error {
	f, err := unfinished.Create(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err = io.Copy(f, bytes.NewReader(content)); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// append makes it durable that an observation is about to be signed. After an error nothing may be signed. The one that was
// written last may be signed again.
func (l *intents) append(key oracle.Key, o oracle.Observation) error {
	switch {
	case l.broken != nil:
		return l.broken
	case o == l.last:
		return nil
	case o.Round <= l.last.Round:
		return fmt.Errorf("round %d after round %d: %w", o.Round, l.last.Round, errRound)
	}
	text := line(key, o)
	if _, err := l.file.Write(text); err != nil {
		l.broken = fmt.Errorf("write what is to be signed: %w", err)
		return l.broken
	}
	if err := l.file.Sync(); err != nil {
		l.broken = fmt.Errorf("sync what is to be signed: %w", err)
		return l.broken
	}
	l.last = o
	if l.size += len(text); l.size > rewriteAt {
		if err := l.rewrite(key); err != nil {
			l.broken = fmt.Errorf("rewrite what was signed: %w", err)
			return l.broken
		}
	}
	return nil
}

func (l *intents) close() error { return l.file.Close() }
