package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/client"
	"vadium/marketplace/journal"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
)

// ledger is what the clients of a market were told, to be held against what the market remembers.
type ledger struct {
	answers map[vadium.CommandID][]answer
	// authors are whose commands are all in the ledger: nothing of theirs may be in the journal that is not here.
	authors map[vadium.Account]bool
}

func newLedger() *ledger {
	return &ledger{answers: map[vadium.CommandID][]answer{}, authors: map[vadium.Account]bool{}}
}

func (l *ledger) add(all []said) {
	for _, s := range all {
		l.answers[s.command] = append(l.answers[s.command], s.answer)
	}
}

// count returns how many commands were accepted and how many refused.
func (l *ledger) count() (accepted, refused int) {
	for _, answers := range l.answers {
		if answers[0].refusal == "" {
			accepted++
		} else {
			refused++
		}
	}
	return accepted, refused
}

// remembered is what a journal holds.
type remembered struct {
	commands map[vadium.CommandID][]place
	records  uint64
	at       vadium.Time
	digest   vadium.Digest // of the state that replaying it gives
	// digests counts batches in which the market wrote the digest of its own state, and proven is the position up to
	// which the last of them vouches for the replay.
	digests int
	proven  uint64
}

// place is where a journal has a command.
type place struct {
	author      vadium.Account
	first, last uint64
	at          vadium.Time
}

func (r *remembered) add(records []marketplace.Record) {
	for _, record := range records {
		if id, p, ok := commandOf(record); ok {
			r.commands[id] = append(r.commands[id], p)
		}
	}
}

// commandOf returns the command that a record begins, and its place, if it begins one.
func commandOf(r marketplace.Record) (vadium.CommandID, place, bool) {
	switch e := r.Event.(type) {
	case *marketplace.CommandAccepted:
		return e.ID, place{e.Author, r.Seq, r.Seq + uint64(e.Events), r.At}, true
	case *marketplace.SessionCommandAccepted:
		return e.ID, place{e.Author, r.Seq, r.Seq + uint64(e.Events), r.At}, true
	}
	return vadium.CommandID{}, place{}, false
}

// maxProblems bounds how much of a broken market is printed.
const maxProblems = 10

// check holds what clients were told against the journal, from position after on. Every problem is a lie of the market:
// a command acknowledged and lost, or carried out twice, or refused and carried out, or answered differently when sent
// again, or one that nobody sent.
func (l *ledger) check(r *remembered, after uint64) error {
	var problems []error
	problem := func(format string, args ...any) {
		if len(problems) < maxProblems {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	for id, answers := range l.answers {
		places := r.commands[id]
		for _, again := range answers[1:] {
			if again != answers[0] {
				problem("command %v was answered %+v and then %+v", id, answers[0], again)
			}
		}
		switch a := answers[0]; {
		case a.refusal != "" && len(places) > 0:
			problem("command %v was refused (%s) and is in the journal at %d", id, a.refusal, places[0].first)
		case a.refusal != "":
		case len(places) == 0:
			problem("command %v was acknowledged at %d and is not in the journal", id, a.accepted.FirstSeq)
		case len(places) > 1:
			problem("command %v is in the journal %d times, at %d and at %d", id, len(places), places[0].first, places[1].first)
		default:
			want := wire.Accepted{Command: id, FirstSeq: places[0].first, LastSeq: places[0].last, At: places[0].at}
			if a.accepted != want {
				problem("command %v was acknowledged as %+v, the journal has it as %+v", id, a.accepted, want)
			}
		}
	}
	for id, places := range r.commands {
		if _, sent := l.answers[id]; !sent && l.authors[places[0].author] && places[0].first > after {
			problem("command %v at %d is by %v, who never sent it", id, places[0].first, places[0].author)
		}
	}
	return errors.Join(problems...)
}

// recall replays a market's journal from its first record. Replaying compares the state with every digest that the market
// wrote down while it ran.
func recall(ctx context.Context, dir string) (r *remembered, err error) {
	blobs, err := blob.OpenDir(filepath.Join(dir, "blobs"))
	if err != nil {
		return nil, err
	}
	j, err := journal.OpenBadger(filepath.Join(dir, "journal"), journal.Options{Blobs: blobs})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	r = &remembered{commands: map[vadium.CommandID][]place{}}
	state, err := sequencer.Replay(ctx, sequencer.MarketCore(), j, func(b journal.Batch, records []marketplace.Record, _ *marketplace.State) error {
		r.add(records)
		if b.StateDigest != (vadium.Digest{}) {
			r.digests, r.proven = r.digests+1, b.LastSeq()
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	totals := state.Totals()
	if totals.In.Cmp(totals.Accounted()) != 0 {
		return nil, fmt.Errorf("the books do not balance: %s tokens came in, %s are accounted for", totals.In.Tokens(), totals.Accounted().Tokens())
	}
	r.records, r.at, r.digest = state.NextSeq()-1, state.Now(), state.Digest()
	return r, nil
}

// streamed reads a journal as anyone may, from the stream, from where the load began.
func (m *market) streamed(ctx context.Context) (*remembered, error) {
	about, err := m.operator.Market(ctx)
	if err != nil {
		return nil, err
	}
	r := &remembered{commands: map[vadium.CommandID][]place{}}
	for from := m.setUp + 1; from <= about.Seq; {
		records, next, err := m.operator.Events(ctx, from, eventsPerPage, client.EventFilter{})
		if err != nil {
			return nil, err
		}
		r.add(records)
		from = next
	}
	return r, nil
}

// eventsPerPage is as many as the market gives.
const eventsPerPage = 500

// audit is what `vadium journal fsck --json` prints, as far as it matters here.
type audit struct {
	Records    uint64
	Conserved  bool
	Invariants bool
	Digest     vadium.Digest
}

// fsck has the binary re-verify the market's folder: hashes, clearings, proofs, sums.
func (m *market) fsck(ctx context.Context) (a audit, err error) {
	out, err := exec.CommandContext(ctx, m.binary, "--json", "journal", "fsck", m.dir).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return a, fmt.Errorf("fsck: %w: %s", err, exit.Stderr)
	}
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(out, &a)
}

// agree reports how a replay and an audit of the same journal differ.
func (r *remembered) agree(a audit) error {
	switch {
	case !a.Conserved || !a.Invariants:
		return fmt.Errorf("fsck: conserved %t, invariants hold %t", a.Conserved, a.Invariants)
	case a.Records != r.records || a.Digest != r.digest:
		return fmt.Errorf("fsck finds state %v after %d records, the replay %v after %d", a.Digest, a.Records, r.digest, r.records)
	}
	return nil
}

// sample returns up to n of the commands that were accepted, the same ones every time.
func (l *ledger) sample(n int) []vadium.CommandID {
	var all []vadium.CommandID
	for id, answers := range l.answers {
		if answers[0].refusal == "" {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(a, b vadium.CommandID) int { return slices.Compare(a[:], b[:]) })
	return all[:min(n, len(all))]
}
