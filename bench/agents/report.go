package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// average is a kind's outcomes over all seeds.
type average struct {
	kind            kind
	n               float64
	deviant, loyal  outcome
	lost            float64
	closest, widest float64 // of the differences, in per cent of what was put in
}

func averages(verdicts []verdict) []average {
	var all []average
	for _, v := range verdicts {
		i := slices.IndexFunc(all, func(a average) bool { return a.kind.name == v.kind.name })
		if i < 0 {
			i = len(all)
			all = append(all, average{kind: v.kind, closest: -1e9, widest: 1e9})
		}
		a := &all[i]
		a.n++
		a.lost += v.lost
		a.deviant.add(v.deviant)
		a.loyal.add(v.loyal)
		difference := 100 * (v.deviant.gain - v.loyal.gain) / v.loyal.in
		a.closest, a.widest = max(a.closest, difference), min(a.widest, difference)
	}
	return all
}

func (o *outcome) add(p outcome) {
	o.in, o.has, o.fees, o.aid, o.costs, o.gain, o.beyond = o.in+p.in, o.has+p.has, o.fees+p.fees, o.aid+p.aid, o.costs+p.costs, o.gain+p.gain, o.beyond+p.beyond
	o.proofs, o.broken = o.proofs+p.proofs, o.broken+p.broken
}

// writeTable writes who gained, for people: averages over the seeds.
func writeTable(w io.Writer, verdicts []verdict) {
	fmt.Fprintln(w, "| agents | put in | has | fees | proving | gain | beyond fees | faults | without deviating | difference | of what was put in |")
	fmt.Fprintln(w, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, a := range averages(verdicts) {
		d, n := a.deviant, a.n
		fmt.Fprintf(w, "| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.0f | %.1f | %.1f | %.0f %% (%.0f to %.0f) |\n", a.kind.name, d.in/n, d.has/n, d.fees/n,
			d.costs/n, d.gain/n, d.beyond/n, float64(d.broken)/n, a.loyal.gain/n, (d.gain-a.loyal.gain)/n, 100*(d.gain-a.loyal.gain)/a.loyal.in, a.widest,
			a.closest)
	}
}

// writeKinds says what the agents of the table do.
func writeKinds(w io.Writer, cast []kind) {
	for _, k := range cast {
		if k.like != "" {
			excepted := ""
			if k.excepted != "" {
				excepted = " May gain: " + k.excepted + "."
			}
			fmt.Fprintf(w, "* **%s** (beside: %s): %s.%s\n", k.name, k.like, k.says, excepted)
		}
	}
}

// writeRun says what a run was like.
func writeRun(w io.Writer, r *run) {
	l := r.ledger
	fmt.Fprintf(w, "seed %d: %d requests, %d records; the entry minimum turned %d times in %d steps, by %d.%02d %% a day at most, and reached %.2f times its base; ",
		r.seed, r.state.CountRequests(), r.state.NextSeq()-1, l.flips, l.steps, l.worst/100, l.worst%100, float64(l.most)/10_000)
	fmt.Fprintf(w, "the breaker was green, amber, red and at a halt for %s hours; %d slashes; refused: %s.\n", strings.Trim(fmt.Sprint(l.levels), "[]"), l.slashes,
		refusals(r.refused))
}

func refusals(refused map[string]int) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		words = append(words, fmt.Sprintf("%s %d", name, refused[name]))
	}
	return strings.Join(words, ", ")
}

// head returns results.md: how the figures came about, and the figures.
func (c config) head(figures []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Who gains\n\nWritten by `%s`; [what it shows and does not](../README.md#agents). Averages in tokens over %d seeds, from %d on:\n"+
		"%d days, %d requests a day, prices down by 45 %% from day %d on.\n\n", c.command(), c.seeds, c.seed, c.days, c.perDay, c.crash)
	b.Write(figures)
	b.WriteString("\n## All kinds in one market\n\n")
	for seed := c.seed; seed < c.seed+c.seeds; seed++ {
		fmt.Fprintf(&b, "![seed %d](seed-%d.svg)\n", seed, seed)
	}
	return []byte(b.String())
}

// command returns what a reader types to get the same.
func (c config) command() string {
	return fmt.Sprintf("go run ./bench/agents -seed %d -seeds %d -days %d -requests %d -crash %d -write", c.seed, c.seeds, c.days, c.perDay, c.crash)
}
