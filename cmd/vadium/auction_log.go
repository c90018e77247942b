package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency"
	"vadium/prover/durable"
)

// logged is a market as whoever holds it to its history sees it: a client, or in tests one that lies.
type logged interface {
	Market(ctx context.Context) (client.Market, error)
	Events(ctx context.Context, from uint64, limit uint32, f client.EventFilter) ([]marketplace.Record, uint64, error)
	TreeHead(ctx context.Context, least uint64) (signing.SignedTreeHead, error)
	CloseHead(ctx context.Context, epoch uint64) (signing.SignedTreeHead, error)
	InclusionProof(ctx context.Context, seq, size uint64) ([]vadium.Digest, error)
	ConsistencyProof(ctx context.Context, from, to uint64) ([]vadium.Digest, error)
	programs
}

// seen is what a home remembers of a market: whose key signs for it, and the last head that it showed. It is evidence.
type seen struct {
	ChainID    uint64                 `json:"chainId"`
	Deployment vadium.Salt            `json:"deployment"`
	Signer     vadium.Account         `json:"signer"`
	Head       signing.SignedTreeHead `json:"head"`
}

func (s seen) domain() signing.Domain {
	return signing.Domain{ChainID: s.ChainID, Deployment: s.Deployment}
}

// memory is the folder in which a home remembers markets' heads.
type memory string

func (h *home) memory() memory { return memory(h.path("log")) }

func (m memory) file(deployment vadium.Salt) string {
	return filepath.Join(string(m), deployment.String()+".json")
}

// of returns what is remembered of a market; nothing has a head of size 0.
func (m memory) of(deployment vadium.Salt) (s seen, err error) {
	raw, err := os.ReadFile(m.file(deployment))
	if errors.Is(err, fs.ErrNotExist) {
		return seen{}, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err == nil && s.Deployment != deployment {
		err = errors.New("it is another market's")
	}
	if err == nil {
		err = s.Head.Check(s.domain(), s.Signer)
	}
	if err != nil {
		return seen{}, withHint(fmt.Errorf("%s: %w", m.file(deployment), err), "if it cannot be repaired, remove it: the next look begins anew")
	}
	return s, nil
}

func (m memory) keep(s seen) error {
	encoded, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(m), 0o700); err != nil {
		return err
	}
	return durable.Write(m.file(s.Deployment), append(encoded, '\n'))
}

// wrong is what a market did, as opposed to why a check could not be made.
type wrong struct{ error }

func wrongf(format string, args ...any) error { return wrong{fmt.Errorf(format, args...)} }

// contradiction is what a market said that cannot all be true, for whoever has to be convinced: heads that it signed.
type contradiction struct {
	Says   string `json:"says"`
	Before seen   `json:"before"`
	Now    seen   `json:"now"`
	// Proof is what the market answered when it was asked to prove that the one continues the other.
	Proof []vadium.Digest `json:"proof,omitempty"`
}

// accuse writes evidence into the folder and returns the error that says so.
func (m memory) accuse(c contradiction) error {
	encoded, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	file := filepath.Join(string(m), fmt.Sprintf("%v-%d-%d.evidence.json", c.Now.Deployment, c.Before.Head.Size, c.Now.Head.Size))
	if err := errors.Join(os.MkdirAll(string(m), 0o700), durable.Write(file, append(encoded, '\n'))); err != nil {
		return errors.Join(wrong{errors.New(c.Says)}, err)
	}
	return withHint(wrong{errors.New(c.Says)}, "keep "+file+": the market signed both heads in it. If you know the reason, vadium auction log --forget begins anew")
}

// look returns a head of at least so many records that the market signed, after holding it against what is remembered. On the
// first look it believes whoever answers.
func (m memory) look(ctx context.Context, market logged, least uint64) (now seen, before seen, err error) {
	told, err := market.Market(ctx)
	if err != nil {
		return now, before, err
	}
	now = seen{ChainID: told.ChainID, Deployment: told.Deployment, Signer: told.Signer}
	if before, err = m.of(told.Deployment); err != nil {
		return now, before, err
	}
	if before.Head.Size > 0 && before.Signer != now.Signer {
		return now, before, withHint(fmt.Errorf("the market signs with another key than before: %v, it was %v", now.Signer, before.Signer),
			"ask its operator, by another way, whether the key was replaced; then vadium auction log --forget")
	}
	now.Head, err = market.TreeHead(ctx, max(least, before.Head.Size))
	if errors.Is(err, transparency.ErrShorter) && before.Head.Size >= least {
		if short, err := market.TreeHead(ctx, 0); err == nil {
			now.Head = short
		}
		return now, before, m.accuse(contradiction{Before: before, Now: now, Says: fmt.Sprintf(
			"the market's log has fewer records than the %d that it signed on %s: it has lost or hides some", before.Head.Size, clockTime(before.Head.At))})
	}
	if err != nil {
		return now, before, err
	}
	if err := now.Head.Check(now.domain(), now.Signer); err != nil {
		return now, before, fmt.Errorf("the market's tree head is not its own: %w", err)
	}
	if before.Head.Size > 0 {
		if err := m.hold(ctx, market, told, before, now); err != nil {
			return now, before, err
		}
	}
	return now, before, m.keep(now)
}

// hold returns nil if a head continues the one remembered.
func (m memory) hold(ctx context.Context, market logged, told client.Market, before, now seen) error {
	var proof []vadium.Digest
	switch {
	case now.Head.Size < before.Head.Size:
		return m.accuse(contradiction{Before: before, Now: now, Says: fmt.Sprintf(
			"the market shows an old head, of %d records, and signed one of %d on %s", now.Head.Size, before.Head.Size, clockTime(before.Head.At))})
	case now.Head.Size > before.Head.Size:
		var err error
		if proof, err = market.ConsistencyProof(ctx, before.Head.Size, now.Head.Size); err != nil {
			return err
		}
	}
	if err := transparency.CheckConsistent(before.Head.TreeHead, now.Head.TreeHead, proof); err == nil {
		return nil
	}
	says := fmt.Sprintf("the market has rewritten its history: the %d records that it signed on %s are not the beginning of the %d that it shows now",
		before.Head.Size, clockTime(before.Head.At), now.Head.Size)
	if there := told.LineageAt(before.Head.Size); there != nil && *there != before.Head.Lineage {
		says += "; it says itself that this is another history, as after it was restored from a backup"
	}
	return m.accuse(contradiction{Before: before, Now: now, Proof: proof, Says: says})
}

func auctionLogCommand(c *console, h *home) *cobra.Command {
	var forget bool
	cmd := &cobra.Command{
		Use:   "log",
		Short: "See the head of the market's transparency log, and whether it continues the last one",
		Long: `See the head of the market's transparency log, and whether it continues the last one.

The market signs a Merkle tree over all of its records, each as everyone saw it when it was written. The head that you see
is remembered in HOME/log, and the next look asks the market to prove that its history has only grown since: a market that
rewrites, hides or loses records is found out, and two heads that it signed are the evidence. Compare heads with others
now and then: a market that shows each of you another history is found only so. Exits non-zero if anything is wrong.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			if forget {
				told, err := market.Market(cmd.Context())
				if err != nil {
					return err
				}
				if err := os.Remove(h.memory().file(told.Deployment)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
			now, before, err := h.memory().look(cmd.Context(), market, 0)
			if err != nil {
				return err
			}
			return c.show(struct {
				seen
				Since uint64 `json:"since,omitempty"`
			}{now, before.Head.Size}, func() { c.printLook(now, before) })
		},
	}
	cmd.Flags().BoolVar(&forget, "forget", false, "begin anew with what the market shows now")
	return cmd
}

func (c *console) printLook(now, before seen) {
	c.facts("records", fmt.Sprint(now.Head.Size), "root", now.Head.Root.String(), "as of", clockTime(now.Head.At),
		"lineage", now.Head.Lineage.String(), "signed by", now.Signer.String())
	if before.Head.Size == 0 {
		c.say("%s", faint.Render("the first look at this market; the next one is held against it"))
		return
	}
	c.say("%s", good.Render(fmt.Sprintf("continues the %d records seen on %s", before.Head.Size, clockTime(before.Head.At))))
}
