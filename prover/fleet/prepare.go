package fleet

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"vadium"
	"vadium/prover/engine"
	"vadium/prover/keys"
)

// Possession is a worker's word that it has a program's files, with evidence: see [keys.Evidence]. The challenge is the
// name that the agent gave the worker when it joined.
type Possession struct {
	Program  vadium.ProgramID
	Evidence vadium.Digest
}

// mostWanted is how many programs a worker is told of at once.
const mostWanted = 16

// Announce tells the fleet which programs it is to prove. Workers fetch their files before there is work, and count as
// capacity for a program when they have them.
func (f *Fleet) Announce(programs []engine.Keys) {
	programs = slices.Clone(programs)
	slices.SortStableFunc(programs, func(a, b engine.Keys) int {
		return cmp.Compare(a.Program.ProvingKeyBytes, b.Program.ProvingKeyBytes)
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.served = programs
}

// servedFile returns the path of a file of a served program, or "". Called with mu held.
func (f *Fleet) servedFile(digest vadium.Digest) string {
	for _, k := range f.served {
		if path := fileOf(k, digest); path != "" {
			return path
		}
	}
	return ""
}

// Prepare implements [Agent].
func (f *Fleet) Prepare(ctx context.Context, id WorkerID, has []Possession) (wanted []vadium.Program, err error) {
	f.mu.Lock()
	w, err := f.known(id)
	if err != nil {
		f.mu.Unlock()
		return nil, err
	}
	served, seen := f.served, map[vadium.ProgramID]bool{}
	said := map[vadium.ProgramID]vadium.Digest{}
	for _, p := range has {
		said[p.Program] = p.Evidence
		seen[p.Program] = w.ready[p.Program]
	}
	f.mu.Unlock()
	var wrong []vadium.Program
	for _, k := range served {
		program := k.Program.ID()
		evidence, named := said[program]
		if !named || seen[program] {
			continue
		}
		if err := f.lookUp(ctx); err != nil {
			return nil, err
		}
		want, err := keys.Evidence(k, id[:]) // without the lock: it reads the disk
		<-f.looking
		if err != nil {
			return nil, err
		}
		if seen[program] = evidence == want; !seen[program] {
			wrong = append(wrong, k.Program)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.workers[id] != w {
		return nil, ErrUnknownWorker
	}
	for _, p := range wrong {
		if id := p.ID(); !w.doubted[id] { // it says so again and again
			w.doubted[id] = true
			f.log.Warn("a worker has other files of a program than this agent", "worker", w.Name, "program", id, "name", p.Name)
		}
	}
	f.ready(w, seen)
	for _, k := range f.served {
		if p := k.Program; len(wanted) < mostWanted && w.able(p) && !w.ready[p.ID()] {
			wanted = append(wanted, p)
		}
	}
	return wanted, nil
}

// mostLooks is how many workers' evidence is looked at at once.
const mostLooks = 2

// lookUp waits for its turn to read the disk.
func (f *Fleet) lookUp(ctx context.Context) error {
	select {
	case f.looking <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ready notes which programs' files a worker has, and no others. Called with mu held.
func (f *Fleet) ready(w *worker, seen map[vadium.ProgramID]bool) {
	now := map[vadium.ProgramID]bool{}
	for program, is := range seen {
		if is {
			now[program] = true
		}
	}
	changed := len(now) != len(w.ready)
	for program := range now {
		changed = changed || !w.ready[program]
	}
	if w.ready = now; changed {
		f.log.Info("a worker has the files of programs", "worker", w.Name, "programs", len(now))
		f.change()
		f.dispatch()
	}
}

// possessed is a program whose files are here, and what the agent that calls this worker id is told of it.
type possessed struct {
	keys     engine.Keys
	id       WorkerID
	evidence vadium.Digest
}

func (w *Worker) folder() keys.Folder {
	return keys.Folder{Dir: w.config.Dir, Most: w.config.MaxKeyBytes, KeysOnly: true}
}

// keysOf returns a program's files, and fetches what is missing of them.
func (w *Worker) keysOf(ctx context.Context, lease LeaseID, p vadium.Program) (engine.Keys, error) {
	id := p.ID()
	w.mu.Lock()
	turn := w.files[id]
	if turn == nil {
		turn = make(chan struct{}, 1)
		w.files[id] = turn
	}
	w.mu.Unlock()
	folder := w.folder()
	var files engine.Keys
	err := w.insist(ctx, func() (err error) {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
		files, err = folder.Fetch(ctx, source{w, lease}, id, p)
		return err
	})
	if err != nil {
		return engine.Keys{}, err
	}
	w.mu.Lock()
	_, known := w.has[id]
	w.has[id] = possessed{keys: files}
	w.mu.Unlock()
	if !known {
		w.tell()
	}
	return files, nil
}

// tell has prepare speak to the agent soon.
func (w *Worker) tell() {
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// fetchAgain is when a program that could not be fetched is tried again; each time it takes twice as long, up to fetchRarely:
// where a disk is full, gigabytes travel for nothing every time.
const (
	fetchAgain  = time.Minute
	fetchRarely = time.Hour
)

// failing is a program that could not be fetched.
type failing struct {
	again time.Time // not before
	pause time.Duration
}

// prepare has the files of the agent's programs here before there is work, and tells the agent which are, for as long as
// ctx lasts. Where that fails the files come with the first work.
func (w *Worker) prepare(ctx context.Context) {
	failed := map[vadium.ProgramID]failing{}
	for silent := false; ctx.Err() == nil; {
		id, lease, _ := w.me()
		wanted, err := w.agent.Prepare(ctx, id, w.possessions(id))
		switch {
		case errors.Is(err, ErrUnauthorised):
			return // whoever renews ends the worker
		case err != nil && !silent && ctx.Err() == nil && !errors.Is(err, ErrUnknownWorker):
			w.log.Warn("the agent is not told which programs' files are here", "error", err)
		}
		silent = err != nil
		for _, p := range wanted {
			before := failed[p.ID()]
			if time.Now().Before(before.again) {
				continue
			}
			if _, err := w.keysOf(ctx, LeaseID{}, p); err != nil && ctx.Err() == nil {
				pause := min(max(2*before.pause, fetchAgain), fetchRarely)
				failed[p.ID()] = failing{time.Now().Add(pause), pause}
				w.log.Warn("a program's files cannot be fetched", "program", p.ID(), "name", p.Name, "error", err)
			}
		}
		select {
		case <-w.news:
		case <-time.After(max(lease/3, 10*time.Millisecond)):
		case <-ctx.Done():
		}
	}
}

// mostPossessions is how many programs a worker speaks of at once.
const mostPossessions = 256

// possessions lists the programs whose files are here, with evidence for the agent that calls this worker id. Files that
// somebody removed are not, and are fetched again when they are wanted.
func (w *Worker) possessions(id WorkerID) (all []Possession) {
	w.mu.Lock()
	has := maps.Clone(w.has)
	w.mu.Unlock()
	for program, p := range has {
		var err error
		_, here := w.folder().Have(p.keys.Program)
		if here && p.id != id {
			p.id = id
			p.evidence, err = keys.Evidence(p.keys, id[:])
		}
		w.mu.Lock()
		if w.has[program] = p; !here || err != nil {
			delete(w.has, program)
		}
		w.mu.Unlock()
		if here && err == nil && len(all) < mostPossessions {
			all = append(all, Possession{program, p.evidence})
		}
	}
	return all
}
