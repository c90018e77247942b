package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

func marketPriceCommand(c *console, h *home) *cobra.Command {
	var spot, average, depth string
	var confidence uint32
	var quorum bool
	cmd := &cobra.Command{
		Use:   "price ASSET",
		Short: "Publish the price of an asset (operator only)",
		Long: `Publish the price of an asset (operator only).

ASSET is own for the market's own, or an address. Prices are those of one token, in the numeraire, with at most six decimal
places. Locks across assets, calls and the entry minimum follow them; a price that is too old stops new locks across assets
and calls nobody.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := marketplace.PublishPrice{Confidence: vadium.Ppm(confidence), Quorum: quorum}
			var err error
			if body.Asset, err = parseAsset(args[0]); err != nil {
				return err
			}
			if spot == "" {
				return withHint(errors.New("a price is missing"), "say it: --spot 1.25")
			}
			for _, field := range []struct {
				text string
				into func(uint64)
			}{
				{spot, func(n uint64) { body.Spot = risk.Price(n) }}, {firstSet(average, spot), func(n uint64) { body.Average = risk.Price(n) }},
				{depth, func(n uint64) { body.Depth = risk.Value(n) }},
			} {
				n, err := parseWorth(field.text)
				if err != nil {
					return err
				}
				field.into(n)
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			body.At = soon(0)
			accepted, err := market.PublishPrice(cmd.Context(), body)
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("a token of %s is worth %s", assetText(body.Asset), worth(risk.Value(body.Spot))) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&spot, "spot", "", "the price now")
	flags.StringVar(&average, "average", "", "its time-weighted average over the hour before (default: the price now)")
	flags.StringVar(&depth, "depth", "0", "what the asset's market took in 30 days at a tenth off the price, in the numeraire")
	flags.Uint32Var(&confidence, "confidence-ppm", 2_000, "how far off it may be either way, in millionths")
	flags.BoolVar(&quorum, "quorum", true, "whether enough sources agreed")
	return cmd
}

func marketCollateralCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "collateral", Short: "Assets that vaults may hold beside the market's own"}
	cmd.AddCommand(marketCollateralSetCommand(c, h), marketCollateralListCommand(c, h))
	return cmd
}

func marketCollateralSetCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "set FILE",
		Short: "Replace the list of assets by that in a JSON file (operator only)",
		Long: `Replace the list of assets by that in a JSON file (operator only).

[{"asset": "0x...", "haircutBps": 2000, "cap": "1000000000000000000000", "feed": "0x..."}]

An asset has an address of 20 bytes, a haircut of 1000 bps at least, the most base units of it that all vaults together may
hold, and a feed of 32 bytes that no other asset has. Assets that vaults hold already stay in them.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := readCollateral(args[0])
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.SetCollateral(cmd.Context(), list)
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("vaults may be opened in %d assets beside the market's own", len(list)) })
		},
	}
}

// readCollateral reads a list of assets and puts it in order.
func readCollateral(file string) (list risk.Registry, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	decoder := json.NewDecoder(io.LimitReader(f, 64<<10))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return nil, withHint(fmt.Errorf("%s: %w", file, err), "vadium market collateral set --help shows the form")
	}
	slices.SortFunc(list, func(a, b risk.Collateral) int { return strings.Compare(a.Asset.String(), b.Asset.String()) })
	return list, list.Check()
}

func marketCollateralListCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the assets, with their prices",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			r, err := market.Risk(cmd.Context())
			if err != nil {
				return err
			}
			var rows [][]string
			for _, p := range r.Prices {
				if c.json {
					if err := c.object(p); err != nil {
						return err
					}
				}
				if p.Asset == (risk.Asset{}) {
					continue
				}
				price := "none yet"
				if p.At > 0 {
					price = worth(risk.Value(p.Spot))
				}
				rows = append(rows, []string{p.Asset.String(), inPercent(p.Haircut), coins(p.Cap), coins(p.Staked), price, p.Feed.String()})
			}
			if !c.json {
				c.table([]string{"asset", "haircut", "cap", "staked", "price", "feed"}, rows)
			}
			return nil
		},
	}
}

func marketIncidentCommand(c *console, h *home) *cobra.Command {
	var reason string
	var lasts time.Duration
	cmd := &cobra.Command{
		Use:   "incident",
		Short: "Excuse liveness offences for a while: something was wrong that was nobody's fault (operator only)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reason == "" {
				return withHint(errors.New("an incident has a reason"), `say what happened: --reason "..."`)
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			until := soon(lasts)
			accepted, err := market.DeclareIncident(cmd.Context(), marketplace.DeclareIncident{Reason: reason, Until: until})
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("liveness offences are excused until %s", when(until)) })
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "what people are told")
	cmd.Flags().DurationVar(&lasts, "for", time.Hour, "how long from now")
	return cmd
}

func marketAlertCommand(c *console, h *home) *cobra.Command {
	var reason string
	var lasts time.Duration
	cmd := &cobra.Command{
		Use:   "alert LEVEL",
		Short: "Enlarge the locks of new requests for a while: something may be wrong (operator only)",
		Long: `Enlarge the locks of new requests for a while: something may be wrong (operator only).

LEVEL is 0 to 3: locks of requests that are submitted from now on are 1, 1.1, 1.25 or 1.5 times as large. What was submitted
before stays as it is. An alert ends by itself after 72 hours at most; raise it again, or end it with level 0.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			level, err := strconv.ParseUint(args[0], 10, 8)
			if err != nil || level > uint64(risk.MostAlert) {
				return withHint(fmt.Errorf("level %q is none", args[0]), "it is 0 to 3 (vadium market alert --help)")
			}
			if reason == "" {
				return withHint(errors.New("an alert has a reason"), `say what may be wrong: --reason "..."`)
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			alert, until := risk.Alert(level), soon(lasts)
			accepted, err := market.RaiseAlert(cmd.Context(), marketplace.RaiseAlert{Alert: alert, Until: until, Reason: reason})
			if err != nil {
				return err
			}
			return c.show(accepted, func() {
				c.say("locks of new requests are %s of what they usually are until %s", inPercent(alert.Factor()), when(until))
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "what people are told")
	cmd.Flags().DurationVar(&lasts, "for", 24*time.Hour, "how long from now, at most 72h")
	return cmd
}

func proverReleaseCommand(c *console, h *home) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "release ACCOUNT",
		Short: "Let a jailed prover go on, or one whose vault became insolvent begin anew (operator only)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			prover, err := vadium.ParseAccount(args[0])
			if err != nil {
				return err
			}
			if reason == "" {
				return withHint(errors.New("a release has a reason"), `say why: --reason "..."`)
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.ReleaseProver(cmd.Context(), marketplace.ReleaseProver{Prover: prover, Reason: reason})
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("%v is released", prover) })
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "what people are told")
	return cmd
}
