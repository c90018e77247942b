package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

func auctionCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "auction", Short: "Re-run clearings from public data; prove and verify them; see the log and the books; clear a market of your own"}
	cmd.AddCommand(
		auctionRecheckCommand(c, h), auctionLogCommand(c, h), auctionBooksCommand(c, h), auctionClearingsCommand(c, h), auctionProveCommand(c, h),
		auctionVerifyCommand(c, h), auctionClearCommand(c), auctionSimulateCommand(c),
	)
	return cmd
}

// rechecked is one clearing, run again.
type rechecked struct {
	Request   vadium.RequestID       `json:"request"`
	Seq       uint64                 `json:"seq"`
	At        vadium.Time            `json:"at"`
	Reserve   vadium.Amount          `json:"reserve"`
	Winner    vadium.Account         `json:"winner"`
	Price     vadium.Amount          `json:"price"`
	Right     bool                   `json:"right"`
	Wrong     string                 `json:"wrong,omitempty"`
	Standings []marketplace.Standing `json:"standings"`
	Ranked    []auction.Award        `json:"ranked"`
	// Batch is what the request was served together with, of the record that says so; the assignment follows in one of its own.
	Batch *rebatched `json:"batch,omitempty"`
	// Proven is the position of its proof, where prices are never shown; Unproven says what has yet to come.
	Proven   uint64 `json:"proven,omitempty"`
	Unproven string `json:"unproven,omitempty"`
}

// rebatched is a batch as its record tells it.
type rebatched struct {
	Mechanism auction.Mechanism         `json:"mechanism"`
	Tick      vadium.Time               `json:"tick"`
	Orders    []marketplace.BatchOrder  `json:"orders"`
	Offers    []marketplace.BatchOffer  `json:"offers"`
	Served    []marketplace.BatchServed `json:"served"`
	Wins      []marketplace.BatchWin    `json:"wins"`
	Root      vadium.Digest             `json:"root"`
	// Unopened says that prices are never shown, so that the batch is run again without them, and its proof verified.
	Unopened bool `json:"unopened,omitempty"`
}

func auctionRecheckCommand(c *console, h *home) *cobra.Command {
	var receipt string
	cmd := &cobra.Command{
		Use:   "recheck [REQUEST]",
		Short: "Re-run a request's clearings from public data, as a losing prover would, or hold the market to an ask's receipt",
		Long: `Re-run a request's clearings from public data, as a losing prover would.

It reads the market's public records from genesis, folds them into a state of its own, and at each clearing of the
request runs the rule again over the asks as they were published: who was eligible, who won, what the winner is paid
and who is ranked behind. Of a request that was cleared together with others it runs the whole batch again. Commitments of
asks and tie seeds are checked on the way, and whether the market ended ask epochs and cleared batches when they were due: what
it leaves out or puts off while it takes commands is found in its own records. Works once the ask epoch of the clearing has ended; exits non-zero if anything
differs.

With --receipt instead, it holds the market to an ask that it receipted: whether the ask is in the history that the market
signed, whether that history continues what was seen before (vadium auction log), and, once the ask's epoch has ended,
whether the records are those that were signed when it did, and whether every clearing of the product took the ask into
account while it stood.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if receipt != "" {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if receipt != "" {
				return recheckReceipt(cmd.Context(), c, h, receipt)
			}
			id, err := vadium.ParseRequestID(args[0])
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			clearings, err := recheck(cmd.Context(), c, market, id)
			if err != nil {
				return err
			}
			if err := proveRechecked(cmd.Context(), c, market, clearings); err != nil {
				return err
			}
			wrong := false
			for _, r := range clearings {
				wrong = wrong || !r.Right
				if err := c.show(r, func() { c.printRecheck(r) }); err != nil {
					return err
				}
			}
			if wrong {
				return withHint(errors.New("the market cleared against its own rule"), "keep this output and the signed receipts of your asks: together they prove it")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&receipt, "receipt", "", "file with an ask's receipt (vadium prover ask --receipt)")
	return cmd
}

// errSealed: the clearing's ask epoch has not ended.
var errSealed = errors.New("the ask epoch of this clearing has not ended, so its asks are still sealed")

// recheck replays the public records and re-runs the request's clearings.
func recheck(ctx context.Context, c *console, market *client.Client, id vadium.RequestID) ([]rechecked, error) {
	r, err := market.Request(ctx, id)
	if err != nil {
		return nil, err
	}
	m, err := market.Market(ctx)
	if err != nil {
		return nil, err
	}
	if len(r.Attempts) == 0 {
		return nil, withHint(fmt.Errorf("request %s was never assigned, so there is no clearing to check", id.Short()), "vadium request get "+id.String())
	}
	state, rechecker := marketplace.NewState(), new(marketplace.Rechecker)
	var clearings []rechecked
	sealed := false // later asks are sealed; the clearings before them are checked
	for from := uint64(1); from <= m.Seq; {
		records, next, err := market.Events(ctx, from, 500, client.EventFilter{})
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			if record.Seq > m.Seq {
				break
			}
			var found *rechecked
			if !sealed {
				found, err = step(state, rechecker, record, id, m.Epoch)
				sealed = errors.Is(err, errSealed)
			}
			if sealed {
				err = rechecker.CheckSealed(record)
			}
			if err != nil {
				return nil, err
			}
			if found != nil {
				clearings = append(clearings, *found)
			}
		}
		c.bar("replaying public records", int64(next-1), int64(m.Seq))
		if next == from {
			break
		}
		from = next
	}
	epoch := rechecker.Epoch()
	if epoch.Epoch > m.Epoch {
		return nil, epochDenied(epoch, m.Epoch)
	}
	if sealed && len(clearings) == 0 {
		hint := fmt.Sprintf("try again after %s", clockTime(m.EpochEnds))
		if doubts := doubtsAbout(epoch, localTime()); len(doubts) > 0 {
			hint += "; " + strings.Join(doubts, "; ")
		}
		return nil, withHint(errSealed, hint)
	}
	return clearings, nil
}

// epochDenied says that a market's records open an epoch after the one that it says is open.
func epochDenied(epoch marketplace.EpochTimes, told uint64) error {
	return wrongf("the market says that ask epoch %d is open, and its records have opened epoch %d", told, epoch.Epoch)
}

func localTime() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }

// lateEpoch is by how much an ask epoch may be late by our clock before somebody should know: an honest market closes it within
// moments, and clocks differ by less.
const lateEpoch = vadium.Minute

// doubtsAbout returns what cannot be held against a market whose ask epoch is open, and yet should be known: our clock is no
// proof, and outages and pauses are as the market tells them.
func doubtsAbout(epoch marketplace.EpochTimes, now vadium.Time) (doubts []string) {
	switch {
	case epoch.Paused:
		doubts = append(doubts, fmt.Sprintf("the market is paused, by its last record, of %s; ask epoch %d will be longer by the pause", clockTime(epoch.Last), epoch.Epoch))
	case now.After(epoch.Ends.Add(lateEpoch)):
		doubts = append(doubts, fmt.Sprintf("by your clock ask epoch %d has ended on %s, and the market's last record is of %s: it stands still, hides records, or one of the clocks is wrong",
			epoch.Epoch, clockTime(epoch.Ends), clockTime(epoch.Last)))
	}
	if epoch.Outages > 0 && epoch.Moved >= lateEpoch {
		doubts = append(doubts, fmt.Sprintf("outages and pauses that the market tells of, %d of them, have moved the end of ask epoch %d by %v",
			epoch.Outages, epoch.Epoch, time.Duration(epoch.Moved)*time.Millisecond))
	}
	return doubts
}

// step folds one public record in, after checking it if it is a clearing of the request. open is the ask epoch that has
// not ended yet.
func step(state *marketplace.State, rechecker *marketplace.Rechecker, record marketplace.Record, id vadium.RequestID, open uint64) (found *rechecked, err error) {
	defer func() { // the records come from the market under suspicion: what does not fit together is its fault, not ours
		if broken := recover(); broken != nil {
			err = fmt.Errorf("public record %d does not follow from those before: %v", record.Seq, broken)
		}
	}()
	if about, ok := marketplace.RequestOf(record.Event); ok && about == id && state.Market().Epoch >= open {
		return nil, errSealed
	}
	if isSealed(record) && state.Market().Epoch < open {
		return nil, hiddenYet(state, record)
	}
	switch e := record.Event.(type) {
	case *marketplace.AskPlaced:
		if e.Sealed {
			return nil, errSealed
		}
	case *marketplace.BatchCleared:
		if i := slices.IndexFunc(e.Served, func(s marketplace.BatchServed) bool { return s.Request == id }); i >= 0 {
			if e.Sealed || state.Market().Epoch >= open {
				return nil, errSealed
			}
			found = checkBatch(state, record, e, e.Served[i])
		}
	case *marketplace.RequestAssigned:
		if e.Request == id {
			found = checkClearing(state, record, e.Attempt, e.Ranked)
		}
	case *marketplace.BackupActivated:
		if e.Request == id {
			found = checkClearing(state, record, e.Attempt, e.Ranked)
		}
	}
	if err := rechecker.Check(state, record); err != nil {
		return nil, err
	}
	state.Apply(record)
	return found, nil
}

// checkBatch runs a batch again that served the request.
func checkBatch(state *marketplace.State, record marketplace.Record, e *marketplace.BatchCleared, served marketplace.BatchServed) *rechecked {
	standings, _, err := state.Recheck(record)
	r := &rechecked{
		Request: served.Request, Seq: record.Seq, At: record.At, Reserve: served.Value, Winner: served.Prover, Price: served.Charge,
		Right: err == nil, Standings: standings,
		Batch: &rebatched{e.Mechanism, e.Tick, e.Orders, e.Offers, e.Served, e.Wins, e.Root, e.Unopened},
	}
	if err != nil {
		r.Wrong = err.Error()
	}
	return r
}

func checkClearing(state *marketplace.State, record marketplace.Record, attempt marketplace.Attempt, ranked []auction.Award) *rechecked {
	id, _ := marketplace.RequestOf(record.Event)
	standings, _, err := state.Recheck(record)
	r := &rechecked{
		Request: id, Seq: record.Seq, At: record.At, Reserve: state.Request(id).Reserve, Winner: attempt.Prover, Price: attempt.Price,
		Right: err == nil, Standings: standings, Ranked: ranked,
	}
	if err != nil {
		r.Wrong = err.Error()
	}
	return r
}

func (c *console) printRecheck(r rechecked) {
	c.facts("clearing", fmt.Sprintf("record %d, %s", r.Seq, clockTime(r.At)), "reserve", coins(r.Reserve), "winner", r.Winner.String(), "paid", coins(r.Price))
	var rows [][]string
	for _, s := range r.Standings {
		outcome := string(s.Bar)
		if s.Bar == marketplace.BarNone {
			outcome = "eligible"
		}
		if s.Ask.Prover == r.Winner {
			outcome = "won"
		}
		rows = append(rows, []string{s.Ask.Prover.String(), askPrice(s.Ask.Price), fmt.Sprintf("×%d.%04d", s.Multiplier/10_000, s.Multiplier%10_000), coins(s.Free), outcome})
	}
	if len(rows) > 0 {
		c.table([]string{"prover", "ask", "quality", "free stake", "outcome"}, rows)
	}
	if r.Batch != nil {
		c.printBatch(r.Batch)
	}
	switch {
	case !r.Right:
		c.say("%s %s", bad.Render("differs:"), r.Wrong)
	case r.Unproven != "":
		c.say("%s %s", warn.Render("open:"), r.Unproven)
	case r.Proven != 0:
		c.say("%s", good.Render(fmt.Sprintf("the proof in record %d says that the rule gives the same winners and payments", r.Proven)))
	default:
		c.say("%s", good.Render("the rule gives the same winner, price and backups"))
	}
}

// askPrice writes an ask's price, which is never shown of some.
func askPrice(price vadium.Amount) string {
	if price.IsZero() {
		return "never shown"
	}
	return coins(price)
}

// printBatch shows who was paid what for how many requests, and how much of the batch was served.
func (c *console) printBatch(b *rebatched) {
	rows := make([][]string, len(b.Wins))
	for i, w := range b.Wins {
		rows[i] = []string{w.Prover.String(), fmt.Sprint(w.Slots), coins(w.Payment)}
	}
	c.say("batch of %s, %v: %d requests, %d served", clockTime(b.Tick), b.Mechanism, len(b.Orders), len(b.Served))
	c.table([]string{"winner", "requests", "paid for all"}, rows)
}

func auctionBooksCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "books",
		Short: "Show each product's recent prices and published asks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			books, err := market.Books(cmd.Context())
			if err != nil {
				return err
			}
			var rows [][]string
			for _, b := range books {
				if c.json {
					if err := c.object(b); err != nil {
						return err
					}
				}
				var asks []string
				for _, a := range b.Asks {
					switch {
					case a.Unopened:
						asks = append(asks, "never shown")
					case a.Sealed:
						asks = append(asks, "sealed")
					default:
						asks = append(asks, coins(a.Price))
					}
				}
				rows = append(rows, []string{b.Product.String(), fmt.Sprint(b.Samples), coins(b.IndexP50), coins(b.IndexP90), strings.Join(asks, " ")})
			}
			if !c.json {
				c.table([]string{"product", "recent prices", "median", "9 of 10", "asks"}, rows)
			}
			return nil
		},
	}
}
