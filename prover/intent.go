package prover

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"sync"

	"vadium"
	"vadium/prover/durable"
)

// step is what the agent is about to do, or has just learnt, about an assignment.
type step string

// Steps. They are stored by these names.
const (
	stepSeen      step = "seen"      // assigned: about to decide
	stepAccept    step = "accept"    // about to accept
	stepDecline   step = "decline"   // about to decline
	stepDispute   step = "dispute"   // about to say that the input does not satisfy
	stepProve     step = "prove"     // about to make a proof
	stepStopped   step = "stopped"   // the agent was stopped before the proof was made
	stepFailed    step = "failed"    // a proof could not be made
	stepProved    step = "proved"    // a proof is on disk
	stepDeliver   step = "deliver"   // about to deliver it
	stepDelivered step = "delivered" // delivered, with the market's receipt
	stepRejected  step = "rejected"  // the market found the delivered proof invalid
	stepResign    step = "resign"    // about to resign
	stepDone      step = "done"      // nothing is left to do

	// Of the log of bids.
	stepLock   step = "lock"   // about to take a request at the price of now
	stepCommit step = "commit" // about to commit to a bid
	stepReveal step = "reveal" // about to show it
)

// entry is one line of the log.
type entry struct {
	At      vadium.Time      `json:"at"`
	Request vadium.RequestID `json:"request"`
	Step    step             `json:"step"`
	// Attempt is the index of the assignment; of stepSeen.
	Attempt uint32 `json:"attempt,omitempty"`
	// Proof is the proof's digest; of stepProved, stepDeliver and stepRejected.
	Proof vadium.Digest `json:"proof,omitzero"`
	// CPU is what the proof cost; of stepProved.
	CPU vadium.Duration `json:"cpuMs,omitempty"`
	// Before is how many deliveries the market had counted before; of stepDeliver.
	Before uint32 `json:"before,omitempty"`
	// Receipt is the market's; of stepDelivered.
	Receipt json.RawMessage `json:"receipt,omitempty"`
	// Fee is the least that is taken, of stepLock, or the bid, of stepCommit; Salt hides that one.
	Fee  vadium.Amount `json:"fee,omitzero"`
	Salt vadium.Salt   `json:"salt,omitzero"`
}

// intent is what the log says about one assignment.
type intent struct {
	Request  vadium.RequestID
	Attempt  uint32
	Answer   step            // stepAccept, stepDecline, stepDispute or nothing
	Starts   int             // proofs begun and not stopped on purpose: what is left over are crashes
	Failures int             // proofs that could not be made or were rejected
	CPU      vadium.Duration // of the proofs that were made
	// Proof is on disk and not known to be invalid; zero if there is none.
	Proof vadium.Digest
	// Delivering says that Proof was about to be delivered, when the market had counted Before deliveries.
	Delivering bool
	Before     uint32
	Delivered  bool
	Resigning  bool
	// Bid is a bid that was about to be committed to, and Revealing that it was about to be shown.
	Bid       bid
	Revealing bool
}

// fold applies an entry.
func (i *intent) fold(e entry) {
	switch e.Step {
	case stepSeen:
		i.Attempt = e.Attempt
	case stepAccept, stepDecline, stepDispute:
		i.Answer = e.Step
	case stepProve:
		i.Starts++
	case stepStopped:
		i.Starts--
	case stepFailed:
		i.Failures++
	case stepProved:
		i.Proof, i.Delivering, i.Delivered = e.Proof, false, false
		i.CPU += e.CPU
	case stepDeliver:
		i.Delivering, i.Before = true, e.Before
	case stepDelivered:
		i.Delivered = true
	case stepRejected:
		i.Proof, i.Delivering, i.Delivered = vadium.Digest{}, false, false
		i.Failures++
	case stepResign:
		i.Resigning = true
	case stepLock: // the market knows whether it was there in time
	case stepCommit:
		i.Bid = bid{e.Fee, e.Salt}
	case stepReveal:
		i.Revealing = true
	case stepDone: // the intent is dropped by whoever reads it
	}
}

// bid is what a commitment hides.
type bid struct {
	Fee  vadium.Amount
	Salt vadium.Salt
}

// intents is a log of intents, that of assignments or that of bids: lines of JSON, an entry or a list of them, each line after a checksum, appended and synced before the agent acts.
//
// A line that a crash cut short is the last one, and says nothing: the agent had not acted on it yet. Any other line
// that does not check is damage, and the agent refuses to start rather than to act twice.
type intents struct {
	path string

	mu   sync.Mutex // guards what follows
	file *os.File
	open map[vadium.RequestID]*intent
	size int // bytes in the file
	// broken is set when a write failed: what is on disk is not known, so nothing may be acted upon.
	broken error
}

// errLogDamaged: a line of the log does not check.
var errLogDamaged = errors.New("the log of intents is damaged")

// openIntents reads the log, forgets what is done, and opens it for appending.
func openIntents(path string) (*intents, error) {
	l := &intents{path: path, open: map[vadium.RequestID]*intent{}}
	if err := l.rewrite(); err != nil {
		return nil, fmt.Errorf("open log of intents: %w", err)
	}
	return l, nil
}

// rewriteAt is the size from which a log is rewritten without what is done.
const rewriteAt = 16 << 20

// rewrite reads the file and replaces it by the lines of what is not done. One rename drops what is done and a torn tail.
func (l *intents) rewrite() error {
	content, err := os.ReadFile(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	clear(l.open)
	kept, err := l.replay(content)
	if err != nil {
		return fmt.Errorf("%s: %w (restore it, or move it away when the market shows no assignment of yours)", l.path, err)
	}
	if err := durable.Write(l.path, kept); err != nil {
		return err
	}
	if l.file != nil {
		_ = l.file.Close() // every line in it was synced
	}
	l.size = len(kept)
	l.file, err = os.OpenFile(l.path, os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

// maxLine bounds a line of the log: an entry with a receipt has less than a kilobyte.
const maxLine = 64 << 10

// replay folds the log's lines and returns those of assignments that are not done.
func (l *intents) replay(content []byte) ([]byte, error) {
	type line struct {
		request vadium.RequestID
		text    []byte
	}
	var lines []line
	for number := 1; len(content) > 0; number++ {
		text, rest, whole := bytes.Cut(content, []byte("\n"))
		if !whole {
			break // cut short by a crash: the end of the last line is missing
		}
		entries, err := parseLine(text)
		if err != nil {
			if len(rest) == 0 {
				break // the last line is whole in length only
			}
			return nil, fmt.Errorf("line %d: %w: %v", number, errLogDamaged, err)
		}
		for _, e := range entries {
			l.fold(e)
		}
		lines = append(lines, line{entries[0].Request, text})
		content = rest
	}
	var kept bytes.Buffer
	for _, line := range lines {
		if l.open[line.request] != nil {
			kept.Write(line.text)
			kept.WriteByte('\n')
		}
	}
	return kept.Bytes(), nil
}

func (l *intents) fold(e entry) {
	if e.Step == stepDone {
		delete(l.open, e.Request)
		return
	}
	i := l.open[e.Request]
	if i == nil {
		i = &intent{Request: e.Request}
		l.open[e.Request] = i
	}
	i.fold(e)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// formatLine encodes what is appended together: an entry, or a list of more.
func formatLine(entries []entry) []byte {
	var line any = entries
	if len(entries) == 1 {
		line = entries[0]
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(fmt.Sprintf("invariant: an entry always encodes: %v", err))
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli), text)
}

func parseLine(line []byte) ([]entry, error) {
	var sum uint32
	if len(line) < 10 || len(line) > maxLine || line[8] != ' ' {
		return nil, errors.New("no checksum")
	}
	if _, err := fmt.Sscanf(string(line[:8]), "%08x", &sum); err != nil {
		return nil, errors.New("no checksum")
	}
	if crc32.Checksum(line[9:], castagnoli) != sum {
		return nil, errors.New("the checksum does not match")
	}
	entries := make([]entry, 1)
	var into any = &entries[0]
	if line[9] == '[' {
		into = &entries
	}
	d := json.NewDecoder(bytes.NewReader(line[9:]))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, errors.New("no entry")
	}
	return entries, nil
}

// append makes entries of one request durable, with one sync and in one line: after a crash all of them are there, or none.
// After an error nothing may be acted upon: whether they are on disk is not known.
func (l *intents) append(entries ...entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	line := formatLine(entries)
	if _, err := l.file.Write(line); err != nil {
		l.broken = fmt.Errorf("write log of intents: %w", err)
		return l.broken
	}
	if err := l.file.Sync(); err != nil {
		l.broken = fmt.Errorf("sync log of intents: %w", err)
		return l.broken
	}
	done := false
	for _, e := range entries {
		l.fold(e)
		done = done || e.Step == stepDone
	}
	if l.size += len(line); l.size > rewriteAt && done {
		if err := l.rewrite(); err != nil {
			l.broken = fmt.Errorf("rewrite log of intents: %w", err)
			return l.broken
		}
	}
	return nil
}

// of returns what the log says about a request, and whether it says anything.
func (l *intents) of(id vadium.RequestID) (intent, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := l.open[id]; i != nil {
		return *i, true
	}
	return intent{}, false
}

// unfinished returns the requests that are not done.
func (l *intents) unfinished() []vadium.RequestID {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := make([]vadium.RequestID, 0, len(l.open))
	for id := range l.open {
		ids = append(ids, id)
	}
	return ids
}

func (l *intents) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = errors.New("the log of intents is closed")
	}
	return l.file.Close()
}
