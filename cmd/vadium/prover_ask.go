package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

func proverAskCommand(c *console, h *home) *cobra.Command {
	var price, receipt string
	var slots, capacity uint32
	var eta, stand time.Duration
	cmd := &cobra.Command{
		Use:   "ask PRODUCT --price TOKENS",
		Short: "Place a standing ask by hand, sealed on its way, and keep the receipt",
		Long: `Place a standing ask by hand, sealed on its way, and keep the receipt.

PRODUCT is a size class, latency tier and stake tier, such as 2^11ms/immediate/standard; vadium auction books lists those
there are. The account has a vault and serves programs of that size. An agent (vadium prover run) places asks by itself,
and takes those back that it would not place: use one or the other.

What is on a command line is visible to other users of the machine while the command runs, and stays in the shell's history.
With --price - the price is read from stdin instead.

The receipt is the market's signature that the ask is in force. With it vadium auction recheck --receipt tells whether the
market kept its word.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ask := marketplace.PlaceAsk{Slots: slots, Capacity: max(capacity, slots), ETA: vadium.Duration(eta.Milliseconds()), Salt: client.NewSalt()}
			var err error
			if ask.Product, err = auction.ParseProduct(args[0]); err != nil {
				return err
			}
			if ask.Price, err = c.tokens("price", price); err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			told, err := market.Market(cmd.Context())
			if err != nil {
				return err
			}
			ask.StandUntil = told.At.Add(vadium.Duration(stand.Milliseconds()))
			_, receipted, err := market.PlaceAsk(cmd.Context(), ask)
			if err != nil {
				return err
			}
			if receipt != "" {
				if err := keepReceipt(cmd.Context(), market, receipt, receipted); err != nil {
					return withHint(fmt.Errorf("the ask is in force, but its receipt was not kept: %w", err), "place it again with another --receipt FILE")
				}
			}
			return c.show(receipted, func() {
				c.say("asks %s tokens for %v, sealed until epoch %d ends on %s", coins(ask.Price), ask.Product, receipted.Receipt.Epoch, clockTime(told.EpochEnds))
				if told.Params.Unopened(ask.Product.Tier) {
					c.say("its price is not shown then either: clearings of the %v tier are proven instead", ask.Product.Tier)
				}
				if receipt != "" {
					c.say("check it then:  vadium auction recheck --receipt %s", receipt)
				}
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&price, "price", "", "tokens per request; - reads them from stdin, where no other user of the machine sees them")
	f.Uint32Var(&slots, "slots", 1, "requests of this product at once")
	f.Uint32Var(&capacity, "capacity", 0, "requests of all products at once (default as many as --slots)")
	f.DurationVar(&eta, "eta", 10*time.Second, "from assignment to delivery")
	f.DurationVar(&stand, "for", time.Hour, "how long it stands")
	f.StringVar(&receipt, "receipt", "", "file to keep the market's receipt in")
	_ = cmd.MarkFlagRequired("price")
	return cmd
}
