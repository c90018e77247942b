package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
)

func oracleFeedsCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "feeds [FEED]",
		Short: "List the feeds: last value, its age, committee; or show one with its seats",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			m, err := market.Market(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 1 {
				id, err := parseFeed(args[0])
				if err != nil {
					return err
				}
				feed, err := market.Feed(cmd.Context(), id)
				if err != nil {
					return withHint(err, "vadium oracle feeds lists them")
				}
				return c.show(viewOf(feed), func() { c.printFeed(feed, m.At) })
			}
			var rows [][]string
			for feed, err := range market.Feeds(cmd.Context()) {
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(viewOf(feed)); err != nil {
						return err
					}
					continue
				}
				rows = append(rows, feedRow(feed, m.At))
			}
			if !c.json {
				c.table([]string{"feed", "value", "age", "round", "seats", "quorum", "heartbeat", "moves by", "prices"}, rows)
			}
			return nil
		},
	}
}

// feedView is a feed with --json: its configurations are in the form of `oracle feed set`, its values in its own unit.
type feedView struct {
	Feed      feedFile    `json:"feed"`
	Next      *feedFile   `json:"next,omitempty"`
	NextFrom  vadium.Time `json:"nextFromMs,omitempty"`
	Retired   bool        `json:"retired"`
	Value     string      `json:"value,omitempty"` // of the last round; none without one
	Average   string      `json:"average,omitempty"`
	Round     uint64      `json:"round"`
	Seq       uint64      `json:"seq"`
	Oldest    vadium.Time `json:"oldestMs"`
	Newest    vadium.Time `json:"newestMs"`
	Published vadium.Time `json:"publishedMs"`
	Present   []int       `json:"present"`
	Flagged   []int       `json:"flagged"`
}

func viewOf(of client.ProvenFeed) feedView {
	v := feedView{Feed: fileOf(of.Feed), NextFrom: of.NextFrom, Retired: of.Retired, Seq: of.LastSeq, Published: of.LastPublished, Present: []int{}, Flagged: []int{}}
	if of.Next != nil {
		next := fileOf(*of.Next)
		v.Next = &next
	}
	if of.Last != nil {
		v.Value, v.Average = fixed(of.Last.Median, of.Feed.Decimals), fixed(of.Average, of.Feed.Decimals)
		v.Round, v.Oldest, v.Newest = of.Last.Round, of.Last.Oldest, of.Last.Newest
		v.Present, v.Flagged = seatsOf(of.Last.Present), seatsOf(of.Last.Flags)
	}
	return v
}

func feedRow(of client.ProvenFeed, now vadium.Time) []string {
	f := of.Feed
	value, age, round := faint.Render("none yet"), "-", "-"
	if of.Last != nil {
		value, age, round = fixed(of.Last.Median, f.Decimals), ageText(of, now), fmt.Sprint(of.Last.Round)
	}
	if of.Retired {
		age = warn.Render("retired")
	}
	return []string{feedName(f.ID), value, age, round, fmt.Sprint(len(f.Seats)), fmt.Sprint(f.Quorum), span(f.Heartbeat), inPercent(f.Deviation), pricesText(f)}
}

// ageText says how old the value of the last round is: red when the feed has fallen silent.
func ageText(of client.ProvenFeed, now vadium.Time) string {
	age := span(max(now.Sub(of.Last.Oldest), 0))
	if of.Feed.Late(oracle.Round{Report: *of.Last, Published: of.LastPublished}, now) {
		return bad.Render("stale: " + age)
	}
	return age
}

func pricesText(f oracle.Feed) string {
	if !f.Prices {
		return "-"
	}
	return assetText(f.Asset)
}

func (c *console) printFeed(of client.ProvenFeed, now vadium.Time) {
	f := of.Feed
	facts := []string{"feed", feedName(f.ID)}
	if of.Retired {
		facts = append(facts, "state", warn.Render("retired: no round is taken any more"))
	}
	if of.Last != nil {
		facts = append(facts, "value", bold.Render(fixed(of.Last.Median, f.Decimals)), "age", ageText(of, now),
			"round", fmt.Sprintf("%d, record %d, %d of %d seats present, %d flagged", of.Last.Round, of.LastSeq, of.Last.Present.Count(), len(f.Seats), of.Last.Flags.Count()),
			"average", fixed(of.Average, f.Decimals)+" over the last hour")
	}
	facts = append(facts,
		"quorum", fmt.Sprintf("%d of %d seats; %d may be wrong or silent", f.Quorum, len(f.Seats), f.Faulty()),
		"bounds", fmt.Sprintf("%s to %s", fixed(f.Least, f.Decimals), fixed(f.Most, f.Decimals)),
		"published", fmt.Sprintf("every %s, and when the value moves by %s", span(f.Heartbeat), inPercent(f.Deviation)),
		"window", fmt.Sprintf("%s; a round is given up after %s", span(f.Window), span(f.Timeout)),
		"offence", fmt.Sprintf("more than %s off for %s", inPercent(f.Outlier), span(f.Lasting)),
		"bond", coins(f.Bond), "prices", pricesText(f), "program", fmt.Sprintf("%s, room for %d", f.Program, f.Slots),
	)
	c.facts(facts...)
	var rows [][]string
	for i, s := range f.Seats {
		state := "-"
		switch {
		case of.Last == nil:
		case of.Last.Flags.Has(i):
			state = bad.Render("far off")
		case of.Last.Present.Has(i):
			state = good.Render("present")
		default:
			state = warn.Render("missing")
		}
		rows = append(rows, []string{fmt.Sprint(i), s.Reporter.String(), "0x" + hex.EncodeToString(s.Key[:]), state})
	}
	c.section([]string{"seat", "reporter", "key", "last round"}, rows)
	rows = nil
	for _, s := range f.Sources {
		rows = append(rows, []string{s.Kind.String(), sourceName(s), fmt.Sprintf("%d of %d", s.Threshold, len(s.Signers)), fmt.Sprint(s.Decimals)})
	}
	c.section([]string{"evidence rests on", "its name", "signers", "decimals"}, rows)
	if of.Next != nil {
		c.say("")
		c.say("%s another configuration is in force from %s: %d seats, quorum %d", warn.Render("announced:"), when(of.NextFrom), len(of.Next.Seats), of.Next.Quorum)
	}
}

func oracleFeedCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "feed", Short: "Operate feeds: register or change one, retire one (operator only)"}
	cmd.AddCommand(oracleFeedSetCommand(c, h), oracleFeedRetireCommand(c, h))
	return cmd
}

func oracleFeedSetCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "set FILE",
		Short: "Register a feed from a JSON file, or announce a change of it (operator only)",
		Long: `Register a feed from a JSON file, or announce a change of it (operator only).

{"id": "ETH/USD", "seats": [{"reporter": "0x...", "key": "0x..."}, ...], "quorum": 5,
 "decimals": 8, "least": "1", "most": "1000000", "heartbeat": "60s", "deviationBps": 50, "window": "30s", "timeout": "10s",
 "outlierBps": 250, "lasting": "60s", "bond": "100",
 "sources": [{"kind": "redstone", "id": "ETH", "signers": ["0x..."], "threshold": 3, "decimals": 8}],
 "prices": {"asset": "own", "depth": "1000000"}}

Values are in the feed's own unit, the bond in tokens. A quorum that is left out is all seats but a third, and the program that
of the catalogue with room for the seats. A new feed is in force at once, a change with the market's notice. sources are what
evidence against reporters may rest on; prices says which asset the market takes the feed's value for, if any.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := readFeed(args[0])
			if err != nil {
				return err
			}
			feed, err := file.feed()
			if err != nil {
				return wrapped(args[0], err)
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			set, err := setFeed(cmd.Context(), market, feed, file.Program)
			if err != nil {
				return err
			}
			return c.show(viewOf(set), func() {
				if set.Next != nil {
					c.say("%s changes %s", feedName(feed.ID), when(set.NextFrom))
					return
				}
				c.say("%s is registered: %d seats, quorum %d", feedName(feed.ID), len(feed.Seats), feed.Quorum)
			})
		},
	}
}

// setFeed completes a feed with what the market knows, and registers it.
func setFeed(ctx context.Context, market *client.Client, feed oracle.Feed, program string) (client.ProvenFeed, error) {
	name := firstSet(program, pricemedian.ProgramName(int(feed.Slots)))
	l, err := findProgram(ctx, market, name)
	if err != nil {
		return client.ProvenFeed{}, withHint(fmt.Errorf("what verifies the rounds: %s", messageOf(err)), "list the program first: vadium program register "+name)
	}
	feed.Program = l.ID
	keys := make([]oracle.Key, len(feed.Seats))
	for i, s := range feed.Seats {
		keys[i] = s.Key
	}
	if feed.Committee, err = pricemedian.Committee(int(feed.Slots), keys); err != nil {
		return client.ProvenFeed{}, withHint(err, "take the keys from the reporters: vadium oracle register prints them")
	}
	if err := feed.Check(); err != nil {
		return client.ProvenFeed{}, err
	}
	if _, err := market.SetFeed(ctx, feed); err != nil {
		return client.ProvenFeed{}, err
	}
	return market.Feed(ctx, feed.ID)
}

func oracleFeedRetireCommand(c *console, h *home) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "retire FEED",
		Short: "End a feed: no round is taken any more, and its last price becomes stale (operator only)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseFeed(args[0])
			if err != nil {
				return err
			}
			if strings.TrimSpace(reason) == "" {
				return withHint(fmt.Errorf("a feed is retired for a reason"), `say why: --reason "..."`)
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.RetireFeed(cmd.Context(), marketplace.RetireFeed{Feed: id, Reason: reason})
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("%s is retired", feedName(id)) })
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "what people are told")
	return cmd
}

// newFile writes a file that is not there yet.
func newFile(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
