package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/membership"
	"vadium/circuits/provenance"
	"vadium/circuits/sha256preimage"
	"vadium/circuits/solvency"
)

// material is what a request is made of: the user's files turned into a statement and an input. The input never leaves
// this machine except sealed to the market under its digest.
type material struct {
	statement, input []byte
	says             string   // the statement in plain words, with the user's own names
	facts            []string // pairs for people
	// inclusions of a solvency book: each customer's path, written beside the proof.
	inclusions []solvency.Inclusion
}

// files are the flags that name the user's files. Each program uses its own.
type files struct {
	list, identity, scope string // membership
	balances, reserves    string // solvency
	decimals              int
	file                  string // sha256-preimage
	packages, feed        string // provenance
	signers               []string
	witness               string // any program
}

func (f *files) flags(cmd *cobra.Command) {
	flag := cmd.Flags()
	flag.StringVar(&f.list, "list", "", "membership: file with identity commitments, one a line or a CSV column \"commitment\"")
	flag.StringVar(&f.identity, "identity", "", "membership: your identity file (vadium identity new)")
	flag.StringVar(&f.scope, "scope", "", "membership: what the nullifier is for, such as \"vote 2026-11\"")
	flag.StringVar(&f.balances, "balances", "", "solvency: CSV with account and balance")
	flag.StringVar(&f.reserves, "reserves", "", "solvency: what the balances may sum to at most")
	flag.IntVar(&f.decimals, "decimals", 2, "solvency: decimal places of balances and reserves")
	flag.StringVar(&f.file, "file", "", "sha256-preimage: file of at most 119 bytes")
	flag.StringVar(&f.packages, "packages", "", "provenance: JSON with packages as RedStone's gateways serve it")
	flag.StringVar(&f.feed, "feed", "", "provenance: RedStone's name of the feed, such as BTC")
	flag.StringSliceVar(&f.signers, "signers", nil, "provenance: addresses of the known signers (default: RedStone's primary service)")
	flag.StringVar(&f.witness, "witness", "", "any program: gnark's binary witness, or JSON {\"public\":[...],\"secret\":[...]}")
}

// build makes the material for a program from the files it needs.
func (f *files) build(p vadium.Program) (material, error) {
	if f.witness != "" {
		return f.fromWitness(p)
	}
	switch {
	case p.Name == "membership" && p.Bound:
		return f.membership()
	case strings.HasPrefix(p.Name, "solvency-") && p.Bound:
		return f.solvency(p)
	case p.Name == "sha256-preimage" && p.Bound:
		return f.preimage()
	case strings.HasPrefix(p.Name, provenance.ProgramPrefix) && p.Bound:
		return f.provenance(p)
	}
	return material{}, withHint(fmt.Errorf("program %s is not in the catalogue, so its input comes as a witness", p.Name), "name the file: --witness FILE")
}

// need returns an error naming the flags that are missing.
func need(program string, flags ...string) error {
	var missing []string
	for pair := range slices.Chunk(flags, 2) {
		if pair[1] == "" {
			missing = append(missing, pair[0])
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return withHint(fmt.Errorf("%s needs %s", program, strings.Join(missing, ", ")), "vadium request submit --help")
}

// reading opens a file, hands it on, and names it in errors.
func reading(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := read(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (f *files) fromWitness(p vadium.Program) (m material, err error) {
	const limit = 64 << 20
	err = reading(f.witness, func(r io.Reader) error {
		raw, err := io.ReadAll(io.LimitReader(r, limit+1))
		if err == nil && len(raw) > limit {
			err = fmt.Errorf("a witness has at most %d bytes", limit)
		}
		if err != nil {
			return err
		}
		m.input, err = circuits.WitnessInput(p, raw)
		return err
	})
	if err != nil {
		return material{}, err
	}
	m.statement = m.input[:p.StatementBytes()]
	m.says = fmt.Sprintf("a witness satisfies program %s with these %d public inputs", p.Name, p.Public)
	m.facts = []string{"witness", f.witness}
	return m, nil
}

func (f *files) membership() (m material, err error) {
	if err := need("membership", "--list", f.list, "--identity", f.identity, "--scope", f.scope); err != nil {
		return material{}, err
	}
	identity, err := readIdentity(f.identity)
	if err != nil {
		return material{}, err
	}
	err = reading(f.list, func(r io.Reader) error {
		m.statement, m.input, err = membership.Build(r, identity, f.scope)
		return err
	})
	if errors.Is(err, membership.ErrNotAMember) {
		return material{}, withHint(err, "its commitment is "+identity.Commitment())
	}
	if err != nil {
		return material{}, err
	}
	m.says = fmt.Sprintf("one of the identities in %s is mine, for %q", f.list, f.scope)
	m.facts = []string{"list", f.list, "scope", f.scope, "nullifier", fmt.Sprintf("0x%x", m.statement[2*vadium.ScalarBytes:])}
	return m, nil
}

func (f *files) solvency(p vadium.Program) (m material, err error) {
	if err := need(p.Name, "--balances", f.balances, "--reserves", f.reserves); err != nil {
		return material{}, err
	}
	depth := solvency.Depth64
	if p.Name == "solvency-256" {
		depth = solvency.Depth256
	}
	var book *solvency.Book
	err = reading(f.balances, func(r io.Reader) error {
		book, err = solvency.Build(r, f.reserves, solvency.Options{Depth: depth, Decimals: f.decimals})
		return err
	})
	if err != nil {
		return material{}, err
	}
	m.statement, m.input, m.inclusions = book.Statement, book.Input, book.Accounts
	m.says = fmt.Sprintf("the %d balances in %s sum to no more than %s, and none is negative", len(book.Accounts), f.balances, f.reserves)
	m.facts = []string{"balances", fmt.Sprintf("%s (%d accounts)", f.balances, len(book.Accounts)), "reserves", f.reserves}
	return m, nil
}

func (f *files) preimage() (m material, err error) {
	if err := need("sha256-preimage", "--file", f.file); err != nil {
		return material{}, err
	}
	err = reading(f.file, func(r io.Reader) error {
		message, err := io.ReadAll(io.LimitReader(r, sha256preimage.MaxBytes+1))
		if err != nil {
			return err
		}
		m.statement, m.input, err = sha256preimage.Build(message)
		return err
	})
	if err != nil {
		return material{}, err
	}
	m.says = "I know the bytes behind this SHA-256"
	m.facts = []string{"file", f.file}
	return m, nil
}
