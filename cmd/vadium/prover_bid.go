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
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/durable"
)

func proverLockCommand(c *console, h *home) *cobra.Command {
	var least string
	cmd := &cobra.Command{
		Use:   "lock REQUEST",
		Short: "Take a request whose price climbs, at the price of now",
		Long: `Take a request whose price climbs (vadium request submit --mechanism ramp), at the price of now.

The first to lock it has it; who waits is paid more, until somebody else is faster. It is an assignment like any other: the
account's agent (vadium prover run) solves it and accepts it, and from then on the stake is at risk. If whoever had it lets it
pass into grace, locking it then is worth the rescuer's part of what they lose.

With --least - the least price is read from stdin: on a command line other users of the machine see what you would take.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			floor, err := c.tokens("least", least)
			if err != nil {
				return withHint(err, "say the least price in tokens: --least 1.5")
			}
			market, r, err := h.openFor(ctx, c, args[0], auction.Climbing)
			if err != nil {
				return err
			}
			if _, err := market.LockRequest(ctx, r.ID, floor); err != nil {
				return err
			}
			if r, err = market.Request(ctx, r.ID); err != nil {
				return err
			}
			locked := struct {
				Request vadium.RequestID    `json:"request"`
				Attempt marketplace.Attempt `json:"attempt"`
			}{Request: r.ID}
			for _, a := range r.Attempts {
				if a.Prover == market.Account() {
					locked.Attempt = a
				}
			}
			return c.show(locked, func() {
				c.say("locked at %s tokens, for a stake of %s; to be accepted by %s", coins(locked.Attempt.Price), coins(locked.Attempt.Lock), clockTime(locked.Attempt.AcceptBy))
			})
		},
	}
	cmd.Flags().StringVar(&least, "least", "0", "leave it unless its price in tokens is this or more; - reads it from stdin")
	return cmd
}

// openFor connects to the market with an account that signs, and returns a request that is cleared by the mechanism.
func (h *home) openFor(ctx context.Context, c *console, request string, by auction.Mechanism) (*client.Client, marketplace.Request, error) {
	id, err := vadium.ParseRequestID(request)
	if err != nil {
		return nil, marketplace.Request{}, err
	}
	market, err := h.SigningClient(c)
	if err != nil {
		return nil, marketplace.Request{}, err
	}
	r, err := market.Request(ctx, id)
	if err != nil {
		return nil, r, err
	}
	cleared := auction.Vickrey
	if r.Arranged != nil {
		cleared = r.Arranged.Mechanism
	}
	if cleared != by {
		hint := "it goes to whoever asks least for " + r.Product.String() + ": place an ask (vadium prover run does)"
		switch cleared {
		case auction.Climbing:
			hint = "take it: vadium prover lock " + request
		case auction.Revealing:
			hint = "bid for it: vadium prover bid " + request + " --fee TOKENS"
		case auction.Vickrey, auction.OnePrice:
		}
		return nil, r, withHint(fmt.Errorf("request %s is cleared by %v, not by %v", id.Short(), cleared, by), hint)
	}
	return market, r, nil
}

// keptBid is a bid as it is kept until it is shown: without it, nobody could show it, and its bond would be lost.
type keptBid struct {
	Request    vadium.RequestID `json:"request"`
	Prover     vadium.Account   `json:"prover"`
	Fee        vadium.Amount    `json:"fee"`
	Salt       vadium.Salt      `json:"salt"`
	Commitment vadium.Digest    `json:"commitment"`
}

func (h *home) bidPath(prover vadium.Account, id vadium.RequestID) string {
	return h.path("bids", prover.Hex(), id.String()+".json")
}

// keptBid returns the bid of a prover for a request that this home keeps; ok is false if it keeps none.
func (h *home) keptBid(prover vadium.Account, id vadium.RequestID) (bid keptBid, ok bool, err error) {
	path := h.bidPath(prover, id)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return bid, false, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &bid)
	}
	if err != nil {
		return bid, false, fmt.Errorf("read the bid in %s: %w", path, err)
	}
	return bid, true, nil
}

// keepBid makes a bid and writes it down, so that it is there whatever happens from here on.
func (h *home) keepBid(prover vadium.Account, id vadium.RequestID, fee vadium.Amount) (keptBid, error) {
	bid := keptBid{Request: id, Prover: prover, Fee: fee, Salt: client.NewSalt()}
	bid.Commitment = marketplace.BidCommitment(id, prover, fee, bid.Salt)
	encoded, err := json.MarshalIndent(bid, "", "  ")
	if err != nil {
		return bid, err
	}
	path := h.bidPath(prover, id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return bid, err
	}
	return bid, durable.Write(path, append(encoded, '\n'))
}

func proverBidCommand(c *console, h *home) *cobra.Command {
	var fee string
	cmd := &cobra.Command{
		Use:   "bid REQUEST --fee TOKENS",
		Short: "Bid for one request, sealed: the fee shows when all bids do",
		Long: `Bid for one request (vadium request submit --mechanism sealed), sealed: the market sees only a commitment.

The lowest bid wins and is paid the second lowest, or its own when nobody else bids. The request's bond is taken from your
balance until the bids are cleared. Show the bid with vadium prover reveal REQUEST while the request takes reveals: not before,
and not later, or the bond is lost; and so it is if the bid wins and your stake cannot back it any more. The bid is
written to this home before it is sent: keep the home until then.

What is on a command line is visible to other users of the machine while the command runs, and stays in the shell's history.
With --fee - the fee is read from stdin instead.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if fee == "" {
				return withHint(errors.New("a bid names a fee"), "say for how many tokens you would prove it: --fee 1.5")
			}
			amount, err := c.tokens("fee", fee)
			if err != nil {
				return err
			}
			market, r, err := h.openFor(ctx, c, args[0], auction.Revealing)
			if err != nil {
				return err
			}
			bid, kept, err := h.keptBid(market.Account(), r.ID)
			switch {
			case err != nil:
				return err
			case kept && bid.Fee != amount:
				return withHint(fmt.Errorf("a bid of %s tokens for request %s may have been sent, and there is one for each prover", coins(bid.Fee), r.ID.Short()),
					"bid the same again, or show it when it is time: vadium prover reveal "+r.ID.String())
			case !kept:
				if bid, err = h.keepBid(market.Account(), r.ID, amount); err != nil {
					return err
				}
			}
			// From here the bid is binding; a crash is recovered from the file.
			if _, err := market.CommitBid(ctx, r.ID, bid.Commitment); err != nil {
				return err
			}
			bond := r.Arranged.Sealed.Bond
			from, to := r.Windows()
			sent := struct {
				Request    vadium.RequestID `json:"request"`
				Commitment vadium.Digest    `json:"commitment"`
				Bond       vadium.Amount    `json:"bond"`
				RevealFrom vadium.Time      `json:"revealFrom"`
				RevealTo   vadium.Time      `json:"revealTo"`
				Kept       string           `json:"kept"`
			}{r.ID, bid.Commitment, bond, from.Add(vadium.Millisecond), to, h.bidPath(market.Account(), r.ID)}
			return c.show(sent, func() {
				c.say("bid %s tokens, sealed; %s are held until the bids are cleared", coins(amount), coins(bond))
				c.say("show it between %s and %s:  vadium prover reveal %s", clockTime(sent.RevealFrom), clockTime(sent.RevealTo), r.ID)
			})
		},
	}
	cmd.Flags().StringVar(&fee, "fee", "", "tokens for which you would prove it; - reads them from stdin, where no other user of the machine sees them")
	return cmd
}

func proverRevealCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "reveal REQUEST",
		Short: "Show the bid that this home has kept, so that its bond comes back when the bids are cleared",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			market, r, err := h.openFor(ctx, c, args[0], auction.Revealing)
			if err != nil {
				return err
			}
			bid, kept, err := h.keptBid(market.Account(), r.ID)
			if err != nil {
				return err
			}
			if !kept {
				return withHint(fmt.Errorf("%s keeps no bid of %v for request %s", h.path("bids"), market.Account(), r.ID.Short()),
					"show it from the home that sent it (--home), as the account that did (--account)")
			}
			accepted, err := market.RevealBid(ctx, marketplace.RevealBid{Request: r.ID, Fee: bid.Fee, Salt: bid.Salt})
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("shown: %s tokens; the bond comes back when the bids are cleared", coins(bid.Fee)) })
		},
	}
}
