package main

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/guptarohit/asciigraph"
	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/vaults/slashing"
)

func vaultHistoryCommand(c *console, h *home) *cobra.Command {
	var since time.Duration
	cmd := &cobra.Command{
		Use:   "history VAULT",
		Short: "Plot what a vault's shares have been worth, and list its slashes",
		Long: `Plot what a vault's shares have been worth, and list its slashes.

It is made from the market's public records about the vault: the market keeps no history of its own, so a long journal takes
a while. With --json, each record that changed stake or shares is a line: what a share was worth after it, the stake of both
kinds, and for a slash what was lost and who received it. vadium penalty explain says how a penalty came about.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := vaultID(args[0])
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			v, err := market.Vault(cmd.Context(), id)
			if err != nil {
				return err
			}
			return showHistory(cmd.Context(), c, market, v, since)
		},
	}
	cmd.Flags().DurationVar(&since, "since", 0, "plot and list only the last so long, such as 720h; 0: since it was opened")
	return cmd
}

// moment of a vault: what it was after a record that changed it.
type vaultMoment struct {
	Seq        uint64        `json:"seq"`
	At         vadium.Time   `json:"at"`
	Event      string        `json:"event"`
	SharePrice vadium.Amount `json:"sharePrice"` // of 10^24 shares, one token's worth at par
	Junior     vadium.Amount `json:"junior"`
	Senior     vadium.Amount `json:"senior"`
	Slash      *pastSlash    `json:"slash,omitempty"`
}

// pastSlash is what a vault lost at once.
type pastSlash struct {
	Why     string            `json:"why"`
	Request *vadium.RequestID `json:"request,omitempty"` // nil: a case against the whole vault
	Junior  vadium.Amount     `json:"juniorLost"`
	Senior  vadium.Amount     `json:"seniorLost"`
	slashing.Distribution
}

// whyOf remembers what the next slashes are for.
type whyOf map[string]string

// assignmentKey names an assignment.
func assignmentKey(request vadium.RequestID, attempt uint32) string {
	return fmt.Sprintf("%v/%d", request, attempt)
}

// slash describes what an event took from a vault; nil: nothing.
func (w whyOf) slash(e marketplace.Event) *pastSlash {
	loss := client.SlashOf(e)
	s := &pastSlash{Junior: loss.Junior(), Senior: loss.Senior()}
	switch e := e.(type) {
	case *marketplace.FaultRecorded:
		w[assignmentKey(e.Request, e.Attempt)] = e.Offence.String()
		return nil
	case *marketplace.CaseOpened:
		w[fmt.Sprint("case ", e.Case.ID)] = e.Case.Offence.String()
		return nil
	case *marketplace.Slashed:
		s.Why, s.Request, s.Distribution = w[assignmentKey(e.Request, e.Attempt)], &e.Request, e.Shares
	case *marketplace.DeferredSlashed:
		s.Why, s.Request, s.Distribution = w[assignmentKey(e.Request, e.Attempt)]+", held back before", &e.Request, e.Shares
	case *marketplace.ActivationCharged:
		s.Why, s.Request, s.Distribution = "what its backup cost", &e.Request, slashing.Distribution{Requester: e.Loss.Total()}
	case *marketplace.VaultSlashed:
		s.Why, s.Distribution = w[fmt.Sprint("case ", e.Case)], e.Shares
	default:
		return nil
	}
	return s
}

// plotColumns is how wide a plot is, and plotRows how high.
const (
	plotColumns = 72
	plotRows    = 12
)

// pastVault is a vault's past, sampled for a plot.
type pastVault struct {
	from, to vadium.Time
	prices   []vadium.Amount // at plotColumns instants
}

// instant returns the time of a column.
func (p *pastVault) instant(column int) vadium.Time {
	return p.from.Add(vadium.Duration(int64(p.to.Sub(p.from)) / (plotColumns - 1) * int64(column)))
}

// sample fills in the columns before an instant, with what shares were worth then.
func (p *pastVault) sample(trace *client.Trace, before vadium.Time) {
	for len(p.prices) < plotColumns && p.instant(len(p.prices)).Before(before) {
		price := vadium.Tokens(1) // before it was opened
		if trace.Opened() {
			price = trace.Price(p.instant(len(p.prices)))
		}
		p.prices = append(p.prices, price)
	}
}

// showHistory prints what a vault was, from its public records.
func showHistory(ctx context.Context, c *console, market *client.Client, v client.Vault, since time.Duration) error {
	m, err := market.Market(ctx)
	if err != nil {
		return err
	}
	past := &pastVault{from: v.Opened, to: max(m.At, v.Opened)}
	if since > 0 {
		past.from = max(past.from, past.to.Add(-vadium.Duration(since.Milliseconds())))
	}
	var rows [][]string
	trace := client.NewTrace(v.ID)
	err = retrace(ctx, c, market, v.ID, m.Seq, func(r marketplace.Record, why whyOf) error {
		past.sample(trace, r.At)
		slash := why.slash(r.Event)
		changed, err := trace.Apply(r)
		if err != nil || !changed || r.At.Before(past.from) {
			return err
		}
		if c.json {
			return c.object(vaultMoment{r.Seq, r.At, marketplace.KindOf(r.Event), trace.Price(r.At), trace.Junior(), trace.Senior(r.At), slash})
		}
		if slash != nil {
			rows = append(rows, slashRow(r, slash, trace.Price(r.At)))
		}
		return nil
	})
	if err != nil || c.json {
		return err
	}
	past.sample(trace, past.to.Add(1))
	c.say("%s", past.plot(fmt.Sprintf("what 10^24 shares of vault %d were worth, in tokens", v.ID)))
	c.say("")
	c.table([]string{"record", "when", "for", "own stake lost", "delegated lost", "to the requester", "to rescuer or reporter", "insurance", "burnt", "a share then"}, rows)
	return nil
}

func slashRow(r marketplace.Record, s *pastSlash, price vadium.Amount) []string {
	why := s.Why
	if s.Request != nil {
		why += " (" + s.Request.Short() + ")"
	}
	return []string{
		fmt.Sprint(r.Seq), clockTime(r.At), why, coins(s.Junior), coins(s.Senior), coins(s.Requester), coins(s.Rescuer.MustAdd(s.Reporter)), coins(s.Insurance), coins(s.Burn), coins(price),
	}
}

// retrace calls each with the public records about a vault, up to a position.
func retrace(ctx context.Context, c *console, market *client.Client, id vadium.VaultID, upTo uint64, each func(marketplace.Record, whyOf) error) error {
	const page = 500 // as many events as the market gives at once
	why := whyOf{}
	for next := uint64(1); next <= upTo; {
		records, following, err := market.Events(ctx, next, page, client.EventFilter{Vault: id})
		if err != nil {
			return err
		}
		for _, r := range records {
			if r.Seq > upTo {
				break
			}
			if err := each(r, why); err != nil {
				return err
			}
		}
		if upTo > 100_000 { // what takes a moment is not worth a bar
			c.bar("reading the journal", int64(min(following-1, upTo)), int64(upTo))
		}
		next = following
	}
	return nil
}

// plot draws what shares were worth.
func (p *pastVault) plot(title string) string {
	series := make([]float64, len(p.prices))
	for i, price := range p.prices {
		series[i], _ = new(big.Rat).SetFrac(price.Uint256().ToBig(), vadium.Tokens(1).Uint256().ToBig()).Float64() // for the eye; nothing decides by it
	}
	return asciigraph.Plot(series, asciigraph.Height(plotRows), asciigraph.Precision(4),
		asciigraph.Caption(fmt.Sprintf("%s, %s to %s", title, day(p.from), day(p.to))))
}

func day(at vadium.Time) string { return time.UnixMilli(int64(at)).Format("2006-01-02 15:04") }
