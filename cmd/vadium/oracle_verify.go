package main

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
)

func oracleVerifyCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify FEED [ROUND]",
		Short: "Fetch a round and its proof, and check them here; without ROUND the last",
		Long: `Fetch a round and its proof, and check them here; without ROUND the last.

Of the market's word only this is taken: which accounts and keys were on the feed's committee, and which program verifies it.
Both are public and change only with notice. Everything else is checked on this machine, and each check is printed; the first
that does not hold makes the exit status non-zero.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseFeed(args[0])
			if err != nil {
				return err
			}
			var number uint64
			if len(args) == 2 {
				if number, err = strconv.ParseUint(args[1], 10, 64); err != nil || number == 0 {
					return withHint(fmt.Errorf("round %q is not a number", args[1]), "vadium oracle feeds shows the last; leave it out for that")
				}
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			v, err := newRoundVerifier(cmd.Context(), c, market, id)
			if err != nil {
				return err
			}
			round, err := market.Round(cmd.Context(), id, number)
			if err != nil {
				return err
			}
			checked, err := v.verify(cmd.Context(), round)
			if err != nil {
				return err
			}
			if err := c.show(checked, func() { c.printVerified(checked) }); err != nil {
				return err
			}
			if !checked.Valid {
				return withHint(fmt.Errorf("round %d of %s does not hold: %s", round.Report.Round, feedName(id), checked.broken()), "do not use its value, and tell the market's operator and others")
			}
			return nil
		},
	}
	return cmd
}

// finding is one thing that was checked of a round.
type finding struct {
	Checked string `json:"checked"`
	Found   string `json:"found"`
	Holds   bool   `json:"holds"`
}

// verifiedRound is a round with what was checked of it.
type verifiedRound struct {
	Feed      string         `json:"feed"`
	Round     uint64         `json:"round"`
	Seq       uint64         `json:"seq"`
	Value     string         `json:"value"` // with the feed's decimal places
	Oldest    vadium.Time    `json:"oldestMs"`
	Newest    vadium.Time    `json:"newestMs"`
	Published vadium.Time    `json:"publishedMs"`
	By        vadium.Account `json:"by"`
	Present   []int          `json:"present"` // seats, from 0
	Flagged   []int          `json:"flagged"`
	Bought    bool           `json:"bought"`
	Checks    []finding      `json:"checks"`
	Valid     bool           `json:"valid"`
}

func (v verifiedRound) broken() string {
	for _, f := range v.Checks {
		if !f.Holds {
			return f.Checked + ": " + f.Found
		}
	}
	return ""
}

func (c *console) printVerified(v verifiedRound) {
	c.facts(
		"feed", v.Feed, "round", fmt.Sprintf("%d, record %d, published %s by %v", v.Round, v.Seq, when(v.Published), v.By),
		"value", bold.Render(v.Value), "observed", fmt.Sprintf("%s to %s", clockTime(v.Oldest), clockTime(v.Newest)),
	)
	c.say("")
	for _, f := range v.Checks {
		mark := good.Render("holds")
		if !f.Holds {
			mark = bad.Render("FAILS")
		}
		c.say("%s  %-12s %s", mark, f.Checked, f.Found)
	}
}

// seatsOf lists a set of seats.
func seatsOf(set oracle.Present) []int {
	seats := []int{}
	for rest := uint32(set); rest != 0; rest &= rest - 1 {
		seats = append(seats, bits.TrailingZeros32(rest))
	}
	return seats
}

// roundVerifier checks rounds of one feed without believing the market what can be checked.
type roundVerifier struct {
	c      *console
	market *client.Client
	id     oracle.FeedID
	scope  oracle.Scope
	// feeds are the configurations that the feed has had, as far as they are known: the one in force first.
	feeds []oracle.Feed
	all   bool // feeds are all there were
	keys  map[vadium.ProgramID]*circuits.VerifyingKey
}

func newRoundVerifier(ctx context.Context, c *console, market *client.Client, id oracle.FeedID) (*roundVerifier, error) {
	m, err := market.Market(ctx)
	if err != nil {
		return nil, err
	}
	feed, err := market.Feed(ctx, id)
	if err != nil {
		return nil, withHint(err, "vadium oracle feeds lists them")
	}
	return &roundVerifier{
		c: c, market: market, id: id, scope: oracle.ScopeOf(m.Deployment, id), feeds: []oracle.Feed{feed.Feed},
		keys: map[vadium.ProgramID]*circuits.VerifyingKey{},
	}, nil
}

// feed returns the configuration that a round was published under: the one with its committee.
func (v *roundVerifier) feed(ctx context.Context, round client.Round) (oracle.Feed, error) {
	of := func(f oracle.Feed) bool {
		return f.Committee == round.Report.Committee && f.Quorum == round.Report.Quorum && f.Outlier == round.Report.Outlier
	}
	if i := slices.IndexFunc(v.feeds, of); i >= 0 || v.all {
		return v.feeds[max(i, 0)], nil
	}
	if err := v.refresh(ctx); err != nil {
		return oracle.Feed{}, err
	}
	if i := slices.IndexFunc(v.feeds, of); i >= 0 {
		return v.feeds[i], nil
	}
	// An earlier committee: the journal has every one.
	const page = 500
	for next := uint64(1); next <= round.Seq; {
		records, following, err := v.market.Events(ctx, next, page, client.EventFilter{})
		if err != nil {
			return oracle.Feed{}, err
		}
		for _, r := range records {
			if e, set := r.Event.(*marketplace.FeedSet); set && e.Feed.ID == v.id {
				v.feeds = append(v.feeds, e.Feed)
			}
		}
		v.c.bar("reading the journal", int64(min(following-1, round.Seq)), int64(round.Seq))
		next = following
	}
	return v.feeds[max(slices.IndexFunc(v.feeds, of), 0)], nil
}

// refresh puts the configuration in force first.
func (v *roundVerifier) refresh(ctx context.Context) error {
	feed, err := v.market.Feed(ctx, v.id)
	if err == nil {
		v.feeds = slices.Insert(v.feeds, 0, feed.Feed)
	}
	return err
}

// verify checks a round. An error says that it could not be checked, not that it does not hold.
func (v *roundVerifier) verify(ctx context.Context, round client.Round) (verifiedRound, error) {
	feed, err := v.feed(ctx, round)
	if err != nil {
		return verifiedRound{}, err
	}
	key, program, err := v.key(ctx, feed.Program)
	if err != nil {
		return verifiedRound{}, err
	}
	r := round.Report
	result := verifiedRound{
		Feed: feedName(v.id), Round: r.Round, Seq: round.Seq, Value: fixed(r.Median, feed.Decimals), Oldest: r.Oldest, Newest: r.Newest,
		Published: round.Published, By: round.By, Present: seatsOf(r.Present), Flagged: seatsOf(r.Flags), Bought: round.Request != (vadium.RequestID{}), Valid: true,
	}
	check := func(holds bool, what, format string, args ...any) {
		result.Checks = append(result.Checks, finding{what, fmt.Sprintf(format, args...), holds})
		result.Valid = result.Valid && holds
	}
	proven := key.Verify(circuits.PublicInputs(program, pricemedian.Statement(r), round.Request, round.Prover), round.Proof)
	if proven == nil {
		check(true, "proof", "verifies under the key of %s (%s), for this report and nothing else", program.Name, feed.Program.Short())
	} else {
		check(false, "proof", "%v", proven)
	}
	check(r.Scope == v.scope, "scope", "the report is about %s in this market", feedName(v.id))
	keys := make([]oracle.Key, len(feed.Seats))
	for i, s := range feed.Seats {
		keys[i] = s.Key
	}
	committee, err := pricemedian.Committee(int(feed.Slots), keys)
	check(err == nil && committee == r.Committee, "committee", "its digest is that of the %d keys in force then", len(keys))
	check(r.Quorum == feed.Quorum && len(result.Present) >= int(feed.Quorum), "quorum", "%d of %d seats are present, %d are needed", len(result.Present), len(feed.Seats), feed.Quorum)
	check(r.Outlier == feed.Outlier, "outliers", "%s are more than %s off the median", seatsText(result.Flagged), inPercent(r.Outlier))
	check(!r.Median.Less(feed.Least) && !feed.Most.Less(r.Median), "bounds", "%s lies between %s and %s", result.Value, fixed(feed.Least, feed.Decimals), fixed(feed.Most, feed.Decimals))
	check(r.Oldest <= r.Newest && round.Published.Sub(r.Oldest) <= feed.Window && r.Newest <= round.Published.Add(vadium.Second), "times",
		"the oldest observation was %s old when it was published, at most %s is allowed", span(round.Published.Sub(r.Oldest)), span(feed.Window))
	if result.Bought {
		check(true, "bought", "the proof is bound to request %s, proven by %v", round.Request, round.Prover)
	} else {
		check(round.Prover == round.By, "bound", "the proof is bound to %v, who published it", round.Prover)
	}
	return result, nil
}

func seatsText(seats []int) string {
	if len(seats) == 0 {
		return "no seats"
	}
	if len(seats) == 1 {
		return fmt.Sprintf("seat %d", seats[0])
	}
	return "seats " + strings.Trim(fmt.Sprint(seats), "[]")
}

// key fetches the verifying key of a program, which its id pins.
func (v *roundVerifier) key(ctx context.Context, id vadium.ProgramID) (*circuits.VerifyingKey, vadium.Program, error) {
	l, err := v.market.Program(ctx, id)
	if err != nil {
		return nil, vadium.Program{}, err
	}
	if key, known := v.keys[id]; known {
		return key, l.Program, nil
	}
	if l.Program.ID() != id {
		return nil, vadium.Program{}, errors.New("the market shows another program than the one that was asked for")
	}
	content, err := v.market.GetBytes(ctx, client.OfProgram(id), l.Program.VerifyingKey)
	if err != nil {
		return nil, vadium.Program{}, fmt.Errorf("verifying key of %s: %w", l.Program.Name, err)
	}
	key, err := circuits.LoadVerifyingKey(l.Program, content)
	if err == nil {
		v.keys[id] = key
	}
	return key, l.Program, err
}
