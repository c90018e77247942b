package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

func proverScoresCommand(c *console, h *home) *cobra.Command {
	var recompute bool
	cmd := &cobra.Command{
		Use:   "scores [PROVER]",
		Short: "How reliable provers have been with each product, and what that does to their asks",
		Long: `How reliable provers have been with each product, and what that does to their asks.

A score follows from the market's public records by a rule, which --json prints with every number in it. With --recompute
this program reads the records from genesis, computes every score anew and compares; it exits non-zero if the market says
anything else.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var prover vadium.Account
			if len(args) == 1 {
				var err error
				if prover, err = vadium.ParseAccount(args[0]); err != nil {
					return err
				}
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			s, wrong, err := readScores(cmd.Context(), c, market, prover, recompute)
			if err != nil {
				return err
			}
			if err := c.show(s, func() { c.printScores(s) }); err != nil {
				return err
			}
			if len(wrong) > 0 {
				return withHint(fmt.Errorf("the market's scores are not what its records say: %s", wrong[0]), "keep this output and the records (vadium request watch --json): together they prove it")
			}
			if recompute {
				c.say("%s", good.Render(fmt.Sprintf("computed anew from the public records up to %d: the same", s.Seq)))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&recompute, "recompute", false, "compute them anew from the public records, and compare")
	return cmd
}

// publishedScores is what the command prints.
type publishedScores struct {
	client.Scores
	Recomputed bool     `json:"recomputed"`
	Wrong      []string `json:"wrong,omitempty"`
}

// readScores reads all pages of scores, and computes each anew as of its record if that is asked for.
func readScores(ctx context.Context, c *console, market *client.Client, prover vadium.Account, recompute bool) (s publishedScores, wrong []string, err error) {
	replayed, seen := &replica{c: c, market: market, state: marketplace.NewState()}, map[marketplace.ScoreID]bool{}
	for page, err := range market.Scores(ctx, prover) {
		if err != nil {
			return s, nil, err
		}
		if recompute {
			if err := replayed.to(ctx, page.Seq); err != nil {
				return s, nil, err
			}
			wrong = append(wrong, compareScores(replayed.state, page, seen)...)
		}
		page.Scores = append(s.Scores.Scores, page.Scores...)
		s.Scores = page
	}
	for id := range replayed.state.Scores() {
		if !seen[id] && (prover == vadium.Account{} || id.Prover == prover) {
			wrong = append(wrong, fmt.Sprintf("of %v with %v the market says nothing", id.Prover, id.Product))
		}
	}
	s.Recomputed, s.Wrong = recompute, wrong
	return s, wrong, nil
}

// compareScores says how a page of scores differs from what the records give, and notes which ones it has.
func compareScores(state *marketplace.State, page client.Scores, seen map[marketplace.ScoreID]bool) (wrong []string) {
	own := map[marketplace.ScoreID]marketplace.Reliability{}
	for id, score := range state.Scores() {
		own[id] = state.Reliability(id, score)
	}
	for _, says := range page.Scores {
		id := marketplace.ScoreID{Prover: says.Prover, Product: says.Product}
		if is, known := own[id]; !known || is != says {
			wrong = append(wrong, fmt.Sprintf("of %v with %v the market says %+v, the records %+v", id.Prover, id.Product, says, is))
		}
		seen[id] = true
	}
	if rule := marketplace.ScoringRule(); !reflect.DeepEqual(page.Rule, rule) {
		wrong = append(wrong, fmt.Sprintf("its rule is version %d, this program knows version %d", page.Rule.Version, rule.Version))
	}
	return wrong
}

// replica is a state of one's own that follows the market's public records.
type replica struct {
	c      *console
	market *client.Client
	state  *marketplace.State
}

// to folds in the records up to a position.
func (r *replica) to(ctx context.Context, seq uint64) error {
	for r.state.NextSeq() <= seq {
		records, _, err := r.market.Events(ctx, r.state.NextSeq(), 500, client.EventFilter{})
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return errors.New("the market shows no more records than up to " + fmt.Sprint(r.state.NextSeq()-1))
		}
		for _, record := range records {
			if record.Seq > seq {
				break
			}
			if err := r.apply(record); err != nil {
				return err
			}
		}
		r.c.bar("replaying public records", int64(r.state.NextSeq()-1), int64(seq))
	}
	return nil
}

func (r *replica) apply(record marketplace.Record) (err error) {
	defer func() { // the records are somebody else's: what does not fit together is not our fault
		if broken := recover(); broken != nil {
			err = fmt.Errorf("public record %d does not follow from those before: %v", record.Seq, broken)
		}
	}()
	r.state.Apply(record)
	return nil
}

func (c *console) printScores(s publishedScores) {
	if len(s.Scores.Scores) == 0 {
		c.say("nobody has a score yet: only assignments of programs whose keys are vouched for count")
		return
	}
	times := func(b vadium.Bps) string { return fmt.Sprintf("%d.%02d×", b/10_000, b%10_000/100) }
	rows := make([][]string, 0, len(s.Scores.Scores))
	for _, r := range s.Scores.Scores {
		rows = append(rows, []string{
			r.Prover.String(), r.Product.String(), fmt.Sprintf("%d.%02d %%", r.Success/10_000, r.Success%10_000/100), fmt.Sprintf("%d of %d", r.InTime, r.Counted),
			times(r.WaitP50) + " / " + times(r.WaitP95), fmt.Sprint(r.Penalties), coins(r.Lost), fmt.Sprintf("×%d.%04d", r.Multiplier/10_000, r.Multiplier%10_000),
		})
	}
	c.table([]string{"prover", "product", "success", "in time", "time over declared, median / 95 %", "penalties", "lost", "multiplier"}, rows)
}
