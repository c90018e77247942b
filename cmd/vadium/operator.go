package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

func marketShowCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the market: operator, parameters, totals",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			m, err := market.Market(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(m, func() { c.printMarket(m) })
		},
	}
}

func (c *console) printMarket(m client.Market) {
	state := good.Render("running")
	if m.Paused {
		state = warn.Render("paused: " + m.PauseReason)
	}
	c.facts(
		"market", state, "operator", m.Operator.String(), "signs receipts", m.Signer.String(),
		"EIP-712 domain", fmt.Sprintf("Vadium 1, chain %d, salt %v", m.ChainID, m.Deployment),
		"journal", fmt.Sprintf("%d records, the last at %s", m.Seq, clockTime(m.At)),
		"ask epoch", fmt.Sprintf("%d, ends %s", m.Epoch, clockTime(m.EpochEnds)),
		"ticks", ticksText(m.Params),
		"deposited", coins(m.Deposited), "withdrawn", coins(m.Withdrawn),
		"protocol", coins(m.Protocol), "insurance", coins(m.Insurance), "burnt", coins(m.Burnt),
	)
}

// ticksText says how often what waits is cleared together. Parameters from before there were ticks have the defaults, and show 0.
func ticksText(p marketplace.Params) string {
	standard := marketplace.DefaultParams()
	of := func(tier auction.Tier, length vadium.Duration) string {
		text := fmt.Sprintf("%v %s", tier, span(length))
		if p.Unopened(tier) {
			text += " (prices are never opened)"
		}
		return text
	}
	return of(auction.Standard, cmp.Or(p.StandardTick, standard.StandardTick)) + ", " + of(auction.Bulk, cmp.Or(p.BulkTick, standard.BulkTick))
}

func marketPauseCommand(c *console, h *home) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "pause",
		Short: "Stop the market; deadlines freeze (operator only)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.Pause(cmd.Context(), reason)
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("paused; deadlines are frozen until: vadium market unpause") })
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "maintenance", "what people are told")
	return cmd
}

func marketUnpauseCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "unpause",
		Short: "Start the market again; every open deadline moves by the pause (operator only)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.Unpause(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("running again") })
		},
	}
}

func marketParamsCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "params FILE",
		Short: "Change the parameters of later requests to those in a JSON file (operator only)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			m, err := market.Market(cmd.Context())
			if err != nil {
				return err
			}
			params, err := readParams(args[0], m.Params)
			if err != nil {
				return err
			}
			accepted, err := market.SetParams(cmd.Context(), params)
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("later requests are governed by the new parameters; running ones keep theirs") })
		},
	}
}
