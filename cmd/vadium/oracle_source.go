package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"vadium"
	"vadium/oracle"
	"vadium/oracle/source"
)

// priceSource is what `oracle source` serves.
type priceSource struct {
	listen, feed, price, shape, seed string
	walk                             uint64
	by, off                          uint16
	after, over, step, faultAfter    time.Duration
	fault                            string
}

func oracleSourceCommand(c *console) *cobra.Command {
	var s priceSource
	cmd := &cobra.Command{
		Use:   "source",
		Short: "Serve a price that is made up, signed by five keys of its own; for trying feeds out",
		Long: `Serve a price that is made up, signed by five keys of its own, as a RedStone gateway serves real ones. For trying feeds
out: the keys are made from --seed, so whoever knows it can sign. Until interrupted.

  --path constant  the price stays
  --path walk      it wanders, at most --by from --price either way; another --walk is another way
  --path crash     --after the start it falls by --by, over --over, and stays there

Prices depend on nothing but the flags and the time since the start, which is a whole --step. Three of the five signers are
enough to believe. --fault makes it fail, --fault-after the start: it is silent (takes questions and never answers), stale
(goes on serving what it had), or off (serves what is --off too high, well signed).`,
		Example: "vadium oracle source --feed ETH --price 2500 --path crash --by 4000 --after 30s --over 10s",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return s.serve(cmd.Context(), c) },
	}
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", "127.0.0.1:0", "address to listen on; port 0: any that is free")
	f.StringVar(&s.feed, "feed", "ETH", "what the feed is called")
	f.StringVar(&s.price, "price", "2500", "price at the start, with at most 8 decimals")
	f.StringVar(&s.shape, "path", string(source.Constant), "constant, walk or crash")
	f.Uint16Var(&s.by, "by", 100, "how far the price goes, in basis points")
	f.DurationVar(&s.after, "after", 0, "when a crash begins, from the start")
	f.DurationVar(&s.over, "over", 0, "how long a crash takes")
	f.Uint64Var(&s.walk, "walk", 0, "which walk")
	f.StringVar(&s.seed, "seed", "vadium", "what the five keys are made from")
	f.DurationVar(&s.step, "step", time.Second, "how far apart the times of prices are")
	f.StringVar(&s.fault, "fault", string(source.FaultNone), "none, silent, stale or off")
	f.DurationVar(&s.faultAfter, "fault-after", 0, "when the fault begins, from the start")
	f.Uint16Var(&s.off, "off", 300, "how much too high the prices of --fault off are, in basis points")
	return cmd
}

// server builds what is served, beginning at start.
func (s priceSource) server(start vadium.Time) (*source.Server, error) {
	price, err := source.ParsePrice(s.price)
	if err != nil {
		return nil, withHint(err, "--price takes a number such as 2500 or 0.00012345")
	}
	if s.step < time.Millisecond {
		return nil, withHint(fmt.Errorf("prices %s apart", s.step), "--step takes a millisecond or more")
	}
	server, err := source.NewServer(source.ServerOptions{
		Feed: s.feed, Seed: s.seed, Step: millis(s.step),
		Path: source.Path{
			Shape: source.Shape(s.shape), Price: price, From: start, After: millis(s.after), Over: millis(s.over),
			By: vadium.Bps(s.by), Seed: s.walk,
		},
	})
	if err != nil {
		return nil, withHint(err, "vadium oracle source --help")
	}
	fault := source.Fault{Kind: source.FaultKind(s.fault), From: start.Add(millis(s.faultAfter)), By: vadium.Bps(s.off)}
	return server, withHint(server.Fail(fault), "vadium oracle source --help")
}

func millis(d time.Duration) vadium.Duration { return vadium.Duration(d.Milliseconds()) }

// priceSourceStopsWithin is how long answers in hand have when the source is stopped.
const priceSourceStopsWithin = time.Second

func (s priceSource) serve(ctx context.Context, c *console) error {
	server, err := s.server(vadium.Time(time.Now().UnixMilli()))
	if err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", s.listen)
	if err != nil {
		return withHint(err, "name another address with --listen")
	}
	if err := s.ready(c, server, listener.Addr().String()); err != nil {
		listener.Close()
		return err
	}
	serving := server.HTTP()
	serving.BaseContext = func(net.Listener) context.Context { return ctx } // who waits for a silent one is let go
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), priceSourceStopsWithin)
		defer cancel()
		if serving.Shutdown(last) != nil {
			serving.Close()
		}
	})
	err = serving.Serve(listener)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve prices: %w", err)
	}
	<-stopped
	return nil
}

// ready says where prices are and who signs them: what a feed's configuration has to name.
func (s priceSource) ready(c *console, server *source.Server, address string) error {
	believed := server.Source()
	url := fmt.Sprintf("http://%s/data-packages/latest/vadium", address)
	var signers []common.Address
	for _, signer := range believed.Signers {
		signers = append(signers, signer)
	}
	return c.show(struct {
		URL       string           `json:"url"`
		Kind      string           `json:"kind"`
		Feed      string           `json:"feed"`
		Decimals  uint8            `json:"decimals"`
		Threshold uint8            `json:"threshold"`
		Signers   []common.Address `json:"signers"`
	}{url, "redstone", source.FeedText(oracle.RedStone, believed.ID), believed.Decimals, believed.Threshold, signers}, func() {
		c.facts("prices of", s.feed, "at", bold.Render(url), "signed by", fmt.Sprintf("any %d of", believed.Threshold))
		for _, signer := range signers {
			c.say("           %s", signer)
		}
		c.say("stop it with Ctrl-C")
	})
}
