package prover

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/durable"
	"vadium/prover/engine"
)

// program is one the agent is ready to prove.
type program struct {
	listing client.Listing
	keys    engine.Keys
	// served is the benchmark the market was told; 0 until it was.
	served vadium.Duration
	// retired says that the operator does not want it any more: what is under way is proven, nothing new.
	retired bool
}

// recall makes the programs ready that the agent served before and whose files are here: what was under way must not
// wait for anything to be fetched or measured.
func (a *Agent) recall(ctx context.Context) error {
	listings, err := insist(ctx, a.log, "list programs", func(ctx context.Context) ([]client.Listing, error) {
		return collect(a.market.Programs(ctx))
	})
	if err != nil {
		return err
	}
	for _, l := range listings {
		at := slices.IndexFunc(l.Servers, func(s marketplace.Server) bool { return s.Prover == a.account })
		keys, here := a.keys.Have(l.Program)
		if at < 0 || !here || l.Class == vadium.KeysUniversal && !a.universalChecked(l.ID) {
			continue
		}
		a.mu.Lock()
		a.programs[l.ID] = &program{listing: l, keys: keys, served: l.Servers[at].Benchmark}
		a.mu.Unlock()
	}
	a.announce()
	return nil
}

// ready returns a copy of a program whose keys are here and checked, or nil.
func (a *Agent) ready(id vadium.ProgramID) *program {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.programs[id]
	if p == nil {
		return nil
	}
	found := *p
	return &found
}

// wanted returns the listed programs that the operator wants to serve. A name several programs carry means the one whose
// keys the market's operator vouches for; anybody may register a program under a name that is taken.
func wanted(listings []client.Listing, names []string) (chosen []client.Listing, problems []error) {
	for _, l := range listings {
		vouched := l.Class == vadium.KeysOperator || l.Class == vadium.KeysUniversal
		if slices.Contains(names, l.ID.String()) || vouched && slices.Contains(names, "*") {
			chosen = append(chosen, l)
		}
	}
	for _, name := range names {
		if _, err := vadium.ParseProgramID(name); err == nil || name == "*" {
			continue
		}
		l, err := named(listings, name)
		switch {
		case err != nil:
			problems = append(problems, err)
		case !slices.ContainsFunc(chosen, func(c client.Listing) bool { return c.ID == l.ID }):
			chosen = append(chosen, l)
		}
	}
	return chosen, problems
}

func named(listings []client.Listing, name string) (client.Listing, error) {
	var all, operators []client.Listing
	for _, l := range listings {
		if l.Program.Name == name {
			all = append(all, l)
			if l.Class == vadium.KeysOperator {
				operators = append(operators, l)
			}
		}
	}
	switch {
	case len(operators) == 1:
		return operators[0], nil
	case len(all) == 1:
		return all[0], nil
	case len(all) == 0:
		return client.Listing{}, fmt.Errorf("no program called %s is listed yet", name)
	}
	return client.Listing{}, fmt.Errorf("%d programs are called %s (name one by its id)", len(all), name)
}

// listEvery is how often the agent looks for programs it should serve and does not yet.
const listEvery = 3 * time.Second

// prepare makes programs ready, one after the other, and looks for new ones for as long as ctx lasts.
func (a *Agent) prepare(ctx context.Context) {
	failedAt := map[vadium.ProgramID]vadium.Time{}
	told := map[string]bool{}
	for {
		listings, err := collect(a.market.Programs(ctx))
		if err != nil && ctx.Err() == nil {
			a.log.Warn("programs cannot be listed", "error", err)
		}
		chosen, problems := wanted(listings, a.settings().Programs)
		for _, p := range problems {
			if !told[p.Error()] {
				told[p.Error()] = true
				a.log.Warn("a program cannot be served", "error", p)
			}
		}
		// Small programs first: the agent earns with them while it fetches the others.
		slices.SortStableFunc(chosen, func(x, y client.Listing) int {
			return cmp.Compare(x.Program.ProvingKeyBytes, y.Program.ProvingKeyBytes)
		})
		for _, l := range chosen {
			if at, failed := failedAt[l.ID]; ctx.Err() != nil || failed && a.now().Sub(at) < vadium.Minute {
				continue
			}
			if err := a.makeReady(ctx, l); err != nil && ctx.Err() == nil {
				failedAt[l.ID] = a.now()
				a.log.Error("a program cannot be served", "program", l.ID, "name", l.Program.Name, "error", err)
			}
		}
		if err == nil && len(problems) == 0 {
			a.retireOthers(ctx, chosen)
		}
		a.announce()
		select {
		case <-time.After(listEvery):
		case <-a.relist:
		case <-ctx.Done():
			return
		}
	}
}

// retireOthers opts out of programs the operator does not name any more. A program that is named again is taken up
// again.
func (a *Agent) retireOthers(ctx context.Context, chosen []client.Listing) {
	a.mu.Lock()
	var drop []*program
	for id, p := range a.programs {
		wanted := slices.ContainsFunc(chosen, func(l client.Listing) bool { return l.ID == id })
		if p.retired = !wanted; p.retired && p.served != 0 {
			drop = append(drop, p)
		}
	}
	a.mu.Unlock()
	for _, p := range drop {
		if _, err := a.market.DropProgram(ctx, p.listing.ID); err != nil {
			if _, refused := refusal(err); !refused {
				a.log.Warn("a program is still served", "program", p.listing.ID, "error", err)
				continue // tried again when programs are next listed
			}
		}
		a.mu.Lock()
		p.served = 0
		a.mu.Unlock()
		a.log.Info("not serving any more", "program", p.listing.ID, "name", p.listing.Program.Name)
		a.lookAtAsks()
	}
}

func collect[N any](all func(func(N, error) bool)) (items []N, err error) {
	for item, err := range all {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// makeReady fetches a program's files, checks what can be checked, measures it, and opts in.
func (a *Agent) makeReady(ctx context.Context, l client.Listing) error {
	p := a.ready(l.ID)
	if _, measured := a.bench.of(l.Program); p != nil && !measured {
		if err := a.measure(ctx, p.keys); err != nil {
			return err
		}
	}
	if p == nil {
		keys, ok := a.keys.Have(l.Program)
		if !ok {
			a.log.Info("fetching keys", "program", l.ID, "name", l.Program.Name, "bytes", l.Program.ProvingKeyBytes)
			var err error
			if keys, err = a.keys.Fetch(ctx, a.market, l.ID, l.Program); err != nil {
				return err
			}
		}
		if l.Class == vadium.KeysUniversal {
			if err := a.checkUniversal(ctx, keys); err != nil {
				return err
			}
		}
		if err := a.measure(ctx, keys); err != nil {
			return err
		}
		p = &program{listing: l, keys: keys}
		for _, server := range l.Servers {
			if server.Prover == a.account {
				p.served = server.Benchmark
			}
		}
		a.mu.Lock()
		a.programs[l.ID] = p
		a.mu.Unlock()
		signal(a.reopen)
		a.announce()
	}
	return a.serve(ctx, l)
}

// checkUniversal recomputes keys that claim the public ceremony, once: what was found is remembered beside them.
func (a *Agent) checkUniversal(ctx context.Context, keys engine.Keys) error {
	id := keys.Program.ID()
	if a.universalChecked(id) {
		return nil
	}
	if err := a.engine.CheckUniversal(ctx, keys); err != nil {
		return err
	}
	return durable.Write(a.universalMark(id), []byte("keys recomputed from the constraint system: they are the manifest's\n"))
}

func (a *Agent) universalMark(id vadium.ProgramID) string {
	return filepath.Join(a.settings().KeyDir, id.String()[2:]+".universal")
}

func (a *Agent) universalChecked(id vadium.ProgramID) bool {
	_, err := os.Stat(a.universalMark(id))
	return err == nil
}

// measureRounds is how often the agent proves the sample of a program it has not measured before.
const measureRounds = 2

// measure proves the program's sample a few times, unless there is a measurement already.
func (a *Agent) measure(ctx context.Context, keys engine.Keys) error {
	if _, measured := a.bench.of(keys.Program); measured {
		return nil
	}
	input, err := a.keys.Sample(keys.Program)
	if err != nil {
		return err
	}
	if err := a.bench.measure(ctx, a.engine, keys, input, measureRounds); err != nil {
		return fmt.Errorf("measure program %s: %w", keys.Program.Name, err)
	}
	return a.bench.save()
}

// serve opts in, and again when proofs turn out to take another time than the market was told.
func (a *Agent) serve(ctx context.Context, l client.Listing) error {
	m, _ := a.bench.of(l.Program)
	a.mu.Lock()
	p := a.programs[l.ID]
	back, served := p.retired, p.served
	p.retired = false
	a.mu.Unlock()
	if back {
		signal(a.reopen)
	}
	if longer, shorter := max(served, m.Median), min(served, m.Median); longer-shorter <= longer/2 {
		return nil
	}
	if _, err := a.market.ServeProgram(ctx, p.listing.ID, m.Median); err != nil {
		return fmt.Errorf("serve program %s: %w", p.listing.Program.Name, err)
	}
	a.mu.Lock()
	p.served = m.Median
	a.mu.Unlock()
	signal(a.reopen)
	a.log.Info("serving", "program", p.listing.ID, "name", p.listing.Program.Name, "benchmark_ms", m.Median)
	a.lookAtAsks()
	return nil
}
