package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"
	"github.com/spf13/cobra"

	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
)

func oracleWatchCommand(c *console, h *home) *cobra.Command {
	var rounds int
	cmd := &cobra.Command{
		Use:   "watch FEED",
		Short: "Follow a feed round by round, each verified here; in a terminal with a plot",
		Long: `Follow a feed round by round, each verified here; in a terminal with a plot.

It begins with the last rounds there are and goes on until Ctrl-C, or until so many new ones were shown (--rounds). With --json,
each is a line, as of vadium oracle verify. A round whose proof does not hold ends it with an error.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseFeed(args[0])
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			v, err := newRoundVerifier(cmd.Context(), c, market, id)
			if err != nil {
				return err
			}
			w := &feedWatch{c: c, v: v, live: isTerminal(c.out) && !c.json}
			err = w.follow(cmd.Context(), rounds)
			if cmd.Context().Err() != nil && errors.Is(err, context.Canceled) {
				return nil // as it was told
			}
			return err
		},
	}
	cmd.Flags().IntVar(&rounds, "rounds", 0, "end after so many new rounds; 0: go on")
	return cmd
}

// feedWatch shows the rounds of a feed.
type feedWatch struct {
	c     *console
	v     *roundVerifier
	live  bool // redraws a terminal
	shown []watchedRound
}

// watchedRound is a round with its value for the eye.
type watchedRound struct {
	verifiedRound
	seats  int
	height float64 // nothing decides by it
}

func (w *feedWatch) follow(ctx context.Context, rounds int) error {
	past, err := w.past(ctx)
	if err != nil {
		return err
	}
	from := uint64(0)
	for _, round := range past {
		if err := w.take(ctx, round, !w.live); err != nil {
			return err
		}
		from = round.Seq + 1
	}
	w.draw()
	if from == 0 {
		m, err := w.v.market.Market(ctx)
		if err != nil {
			return err
		}
		from = m.Seq + 1
	}
	left := rounds
	for r, err := range w.v.market.Watch(ctx, from, client.EventFilter{}) {
		if err != nil {
			return err
		}
		published, is := r.Event.(*marketplace.RoundPublished)
		if !is || published.Feed != w.v.id {
			continue
		}
		round, err := w.v.market.Round(ctx, w.v.id, published.Report.Round)
		if err != nil {
			return err
		}
		if err := w.take(ctx, round, !w.live); err != nil {
			return err
		}
		w.draw()
		if left--; rounds > 0 && left == 0 {
			return nil
		}
	}
	return ctx.Err()
}

// past returns the last rounds, the oldest first: as many as a plot shows.
func (w *feedWatch) past(ctx context.Context) (past []client.Round, err error) {
	for round, err := range w.v.market.Rounds(ctx, w.v.id) {
		if err != nil {
			return nil, err
		}
		if past = append(past, round); len(past) == plotColumns {
			break
		}
	}
	slices.Reverse(past)
	return past, nil
}

// take verifies a round and, if asked to, prints it.
func (w *feedWatch) take(ctx context.Context, round client.Round, tell bool) error {
	checked, err := w.v.verify(ctx, round)
	if err != nil {
		return err
	}
	feed, err := w.v.feed(ctx, round)
	if err != nil {
		return err
	}
	height, _ := new(big.Rat).SetFrac(round.Report.Median.Uint256().ToBig(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(feed.Decimals)), nil)).Float64()
	w.shown = append(w.shown, watchedRound{checked, len(feed.Seats), height})
	w.shown = w.shown[max(0, len(w.shown)-plotColumns):]
	if w.c.json {
		if err := w.c.object(checked); err != nil {
			return err
		}
	} else if tell {
		w.c.say("%s", w.line(w.shown[len(w.shown)-1]))
	}
	if !checked.Valid {
		return withHint(fmt.Errorf("round %d of %s does not hold: %s", checked.Round, checked.Feed, checked.broken()), "do not use its value, and tell the market's operator and others")
	}
	return nil
}

// line is a round in a line: when, number, value, how old, who was there.
func (w *feedWatch) line(r watchedRound) string {
	flagged := ""
	if len(r.Flagged) > 0 {
		flagged = bad.Render("  far off: " + seatsText(r.Flagged))
	}
	if r.Bought {
		flagged += faint.Render("  proof bought")
	}
	var there oracle.Present
	for _, s := range r.Present {
		there = there.With(s)
	}
	var seats strings.Builder
	for s := range r.seats {
		switch {
		case slices.Contains(r.Flagged, s):
			seats.WriteString(bad.Render("!"))
		case there.Has(s):
			seats.WriteString(good.Render("x"))
		default:
			seats.WriteString(faint.Render("."))
		}
	}
	return fmt.Sprintf("%s  %s  %s  %s  %s%s", faint.Render(clockTime(r.Published)), fmt.Sprintf("round %-6d", r.Round), bold.Render(fmt.Sprintf("%-14s", r.Value)),
		seats.String(), good.Render("proven")+faint.Render(" "+span(r.Published.Sub(r.Oldest))+" old"), flagged)
}

// watchedLines is how many rounds a terminal shows below the plot.
const watchedLines = 8

// draw draws the terminal anew.
func (w *feedWatch) draw() {
	if !w.live {
		return
	}
	fmt.Fprint(w.c.out, "\x1b[H\x1b[2J")
	w.c.say("%s  %s", bold.Render(feedName(w.v.id)), faint.Render(time.Now().Format(time.TimeOnly)+", Ctrl-C ends"))
	if len(w.shown) == 0 {
		w.c.say("no round yet")
		return
	}
	w.c.say("%s", w.plot())
	w.c.say("")
	for _, r := range w.shown[max(0, len(w.shown)-watchedLines):] {
		w.c.say("%s", w.line(r))
	}
}

// plot draws the values of the rounds that are shown.
func (w *feedWatch) plot() string {
	series := make([]float64, len(w.shown))
	for i, r := range w.shown {
		series[i] = r.height
	}
	if len(series) == 1 {
		series = append(series, series[0])
	}
	first, last := w.shown[0], w.shown[len(w.shown)-1]
	return asciigraph.Plot(series, asciigraph.Height(plotRows), asciigraph.Precision(2),
		asciigraph.Caption(fmt.Sprintf("%s, rounds %d to %d, %s to %s", feedName(w.v.id), first.Round, last.Round, day(first.Published), day(last.Published))))
}
