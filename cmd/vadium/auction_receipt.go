package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency"
	"vadium/prover/durable"
)

// keepReceipt writes an ask's receipt to a file.
func keepReceipt(ctx context.Context, market *client.Client, file string, receipt client.Receipted[signing.AskReceipt]) error {
	kept, err := market.Keep(ctx, receipt)
	if err != nil {
		return err
	}
	encoded, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return err
	}
	return durable.Write(file, append(encoded, '\n'))
}

func readReceipt(file string) (kept client.Kept, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return kept, err
	}
	if err = json.Unmarshal(raw, &kept); err == nil {
		err = kept.Check()
	}
	if err != nil {
		return kept, withHint(fmt.Errorf("%s proves nothing: %w", file, err), "it is what vadium prover ask --receipt writes, and an agent keeps below DIR/receipts")
	}
	return kept, nil
}

// receiptChecked is what a receipt and the market's log say together.
type receiptChecked struct {
	Receipt signing.AskReceipt `json:"receipt"`
	Head    signing.TreeHead   `json:"head"`
	// Proven is what holds, in words; Open what cannot be said yet.
	Proven []string `json:"proven"`
	Open   []string `json:"open,omitempty"`
	// Wrong is what the market did; empty: nothing.
	Wrong string `json:"wrong,omitempty"`
	// Clearings are those of the ask's product while it stood: how many there were, and how many it won.
	Clearings int `json:"clearings"`
	Won       int `json:"won"`
}

func (r *receiptChecked) proven(format string, args ...any) {
	r.Proven = append(r.Proven, fmt.Sprintf(format, args...))
}

// checkReceipt holds a market to what it receipted. What is wrong is in the result; an error is why it could not be found out.
func checkReceipt(ctx context.Context, c *console, market logged, m memory, kept client.Kept) (receiptChecked, error) {
	a := &hearing{console: c, market: market, kept: kept, receiptChecked: receiptChecked{Receipt: kept.Ask.Receipt}}
	a.proven("the market's key %v signed that the ask is record %d", kept.Signer, a.Receipt.Seq)
	err := a.run(ctx, m)
	if found, is := errors.AsType[wrong](err); is {
		a.Wrong, err = found.Error(), nil
	}
	return a.receiptChecked, err
}

// hearing is one check of a receipt.
type hearing struct {
	*console
	market logged
	kept   client.Kept
	told   client.Market
	close  signing.SignedTreeHead // at the end of the ask's epoch; none while it is open

	rechecker marketplace.Rechecker
	unopened  unopened
	receiptChecked
}

func (a *hearing) run(ctx context.Context, m memory) (err error) {
	if a.told, err = a.market.Market(ctx); err != nil {
		return err
	}
	if told := (signing.Domain{ChainID: a.told.ChainID, Deployment: a.told.Deployment}); told != a.kept.Domain() {
		return withHint(fmt.Errorf("the receipt is of market %v, this is %v", a.kept.Deployment, told.Deployment), "--market says where the receipt's is")
	}
	if a.told.Signer != a.kept.Signer {
		return wrongf("the market signs with the key %v, the receipt is signed by %v: unless its operator says why, it does not stand by what it signed", a.told.Signer, a.kept.Signer)
	}
	now, before, err := m.look(ctx, a.market, a.Receipt.Seq)
	switch {
	case errors.Is(err, transparency.ErrShorter):
		return wrongf("the ask was omitted or lost: the market's log ends before record %d, which it receipted", a.Receipt.Seq)
	case err != nil:
		return err
	}
	a.Head = now.Head.TreeHead
	if before.Head.Size > 0 {
		a.proven("the log of %d records continues the one of %d that was seen before", now.Head.Size, before.Head.Size)
	}
	if err := a.findRecord(ctx); err != nil {
		return err
	}
	if err := a.askAgain(ctx); err != nil {
		return err
	}
	open := a.told.Epoch <= a.Receipt.Epoch
	if open {
		a.Open = append(a.Open, fmt.Sprintf("whether clearings took it into account: ask epoch %d is open until %s", a.Receipt.Epoch, clockTime(a.told.EpochEnds)))
	} else if err := a.findClose(ctx, m); err != nil {
		return err
	}
	if err := a.replay(ctx, open); err != nil {
		return err
	}
	epoch := a.rechecker.Epoch()
	if epoch.Epoch > a.told.Epoch {
		return epochDenied(epoch, a.told.Epoch)
	}
	if epoch.Epoch == a.told.Epoch { // else the log was behind
		a.Open = append(a.Open, doubtsAbout(epoch, localTime())...)
	}
	return nil
}

// askAgain gets what the market says of itself after it has shown a head, whose records it must not deny.
func (a *hearing) askAgain(ctx context.Context) (err error) {
	a.told, err = a.market.Market(ctx)
	return err
}

// findRecord holds the record at the receipt's position against the receipt, and against the log.
func (a *hearing) findRecord(ctx context.Context) error {
	records, _, err := a.market.Events(ctx, a.Receipt.Seq, 1, client.EventFilter{})
	if err != nil {
		return err
	}
	if len(records) == 0 || records[0].Seq != a.Receipt.Seq {
		return wrongf("the ask was omitted: the market shows no record %d, which it receipted", a.Receipt.Seq)
	}
	record := records[0]
	if !a.isAsk(record) {
		return wrongf("the ask was omitted: record %d is not the ask that was receipted but %s", record.Seq, marketplace.KindOf(record.Event))
	}
	proof, err := a.market.InclusionProof(ctx, record.Seq, a.Head.Size)
	if err != nil {
		return err
	}
	if err := transparency.CheckIncluded(a.Head, record, proof); err != nil {
		return wrongf("the market shows the ask as record %d, and the log that it signs has another record there", record.Seq)
	}
	a.proven("record %d is the ask, and is in the log of %d records that the market signed", record.Seq, a.Head.Size)
	return nil
}

func (a *hearing) isAsk(record marketplace.Record) bool {
	e, is := record.Event.(*marketplace.AskPlaced)
	return is && e.Ask.Prover == a.Receipt.Prover && e.Ask.Product == a.Receipt.Product && e.Ask.Commitment == a.Receipt.Commitment && e.Ask.Epoch == a.Receipt.Epoch
}

// findClose gets the head that was signed when the ask's epoch ended, and holds it against the last, which it replaces if it is
// the older one: whoever is asked for a head that reaches to the ask may answer with one from before the end of the epoch.
func (a *hearing) findClose(ctx context.Context, m memory) (err error) {
	if a.close, err = a.market.CloseHead(ctx, a.Receipt.Epoch); err != nil {
		return err
	}
	if err := a.close.Check(a.kept.Domain(), a.kept.Signer); err != nil {
		return fmt.Errorf("the head of epoch %d is not the market's: %w", a.Receipt.Epoch, err)
	}
	if a.close.Size < a.Receipt.Seq {
		return wrongf("the ask was omitted: epoch %d ended with %d records in the log, before the ask, which the market receipted as record %d of that epoch", a.Receipt.Epoch, a.close.Size, a.Receipt.Seq)
	}
	if a.close.Size > a.Head.Size {
		now, _, err := m.look(ctx, a.market, a.close.Size)
		switch {
		case errors.Is(err, transparency.ErrShorter):
			return wrongf("the market has lost or hides records: its log ends before record %d, up to which it signed the log when epoch %d ended", a.close.Size, a.Receipt.Epoch)
		case err != nil:
			return err
		case now.Head.Size < a.close.Size:
			return fmt.Errorf("the market was asked for a head of at least %d records, and answers with one of %d", a.close.Size, now.Head.Size)
		}
		a.Head = now.Head.TreeHead
		if err := a.askAgain(ctx); err != nil {
			return err
		}
	}
	var proof []vadium.Digest
	if a.close.Size < a.Head.Size {
		if proof, err = a.market.ConsistencyProof(ctx, a.close.Size, a.Head.Size); err != nil {
			return err
		}
	}
	if err := transparency.CheckConsistent(a.close.TreeHead, a.Head, proof); err != nil {
		return wrongf("the market has rewritten its history: the log that it signed when epoch %d ended is not the beginning of the one it signs now", a.Receipt.Epoch)
	}
	return nil
}

// replay reads all public records, makes the log of them anew, and runs the clearings again that the ask was in; none while its own
// epoch is open. Whatever is sealed, records tell whether the market keeps an epoch open past its end.
func (a *hearing) replay(ctx context.Context, open bool) error {
	state, tree := marketplace.NewState(), new(transparency.Tree)
	sealed := false // records from here on show only commitments
	upTo := ""      // how far clearings were run again, if the ask stands longer
	for from := uint64(1); from <= a.Head.Size; {
		records, next, err := a.market.Events(ctx, from, 500, client.EventFilter{})
		if err != nil {
			return err
		}
		for _, record := range records {
			if record.Seq > a.Head.Size {
				break
			}
			if err := tree.Add(record); err != nil {
				return wrongf("the public records have a gap: %v", err)
			}
			if tree.Size() == a.close.Size {
				if err := a.compareClose(tree, record); err != nil {
					return err
				}
			}
			a.unopened.follow(record)
			if !sealed {
				err := a.step(state, record)
				if err != nil && !errors.Is(err, errSealed) {
					return err
				}
				sealed = err != nil
				if sealed && a.stands(state) {
					upTo = fmt.Sprintf(", up to record %d", record.Seq-1)
					a.Open = append(a.Open, fmt.Sprintf("whether clearings from record %d on take it into account: ask epoch %d is open until %s", record.Seq, a.told.Epoch, clockTime(a.told.EpochEnds)))
				}
			}
			if sealed {
				if err := a.rechecker.CheckSealed(record); err != nil {
					return wrong{err}
				}
			}
		}
		a.bar("replaying public records", int64(next-1), int64(a.Head.Size))
		if next == from {
			break
		}
		from = next
	}
	if tree.Size() != a.Head.Size || tree.Root() != a.Head.Root {
		return wrongf("the public records are not those in the log of %d records that the market signed: some were inserted, changed or left out", a.Head.Size)
	}
	a.proven("all %d public records are the log's, none inserted, changed or left out", a.Head.Size)
	if open {
		return nil
	}
	if a.Clearings == 0 {
		a.proven("nothing was cleared of %v while the ask stood%s", a.Receipt.Product, upTo)
		return nil
	}
	a.proven("each of %d clearings of %v while the ask stood%s, run again with it, gives what the market says; it won %d", a.Clearings, a.Receipt.Product, upTo, a.Won)
	return a.checkUnopened(ctx)
}

// compareClose holds the records up to the end of the ask's epoch, now that they are shown whole, against what was signed then.
func (a *hearing) compareClose(tree *transparency.Tree, record marketplace.Record) error {
	if e, ends := record.Event.(*marketplace.AskEpochClosed); !ends || e.Epoch != a.Receipt.Epoch || tree.Root() != a.close.Root {
		return wrongf("the records of epoch %d are not those that the market signed when it ended: since then an ask, or another record, was inserted, changed or left out", a.Receipt.Epoch)
	}
	a.proven("the %d records up to the end of epoch %d, opened, are those that the market signed when it ended", a.close.Size, a.Receipt.Epoch)
	return nil
}

// step folds one record in, after running it again if it clears the ask's product while the ask stands.
func (a *hearing) step(state *marketplace.State, record marketplace.Record) (err error) {
	defer func() { // the records come from the market under suspicion: what does not fit together is its fault, not ours
		if broken := recover(); broken != nil {
			err = wrongf("public record %d does not follow from those before: %v", record.Seq, broken)
		}
	}()
	if open := state.Market().Epoch >= a.told.Epoch; isSealed(record) && !open {
		return hiddenYet(state, record)
	} else if _, clears := clearedProduct(state, record); isSealed(record) || clears && open {
		return errSealed
	}
	if product, clears := clearedProduct(state, record); clears && product == a.Receipt.Product && a.stands(state) {
		if _, _, err := state.Recheck(record); err != nil {
			return wrongf("the market cleared against its own rule, with the ask in the book: %v", err)
		}
		if e, is := record.Event.(*marketplace.BatchCleared); is && e.Unopened {
			a.unopened.clearings = append(a.unopened.clearings, unopenedClearing{record, state.Market().Epoch})
		}
		a.Clearings++
		if wins(record.Event, a.Receipt.Prover) {
			a.Won++
		}
	}
	if err := a.rechecker.Check(state, record); err != nil {
		return wrong{err}
	}
	state.Apply(record)
	return nil
}

// isSealed reports whether a record shows only commitments.
func isSealed(record marketplace.Record) bool {
	switch e := record.Event.(type) {
	case *marketplace.AskPlaced:
		return e.Sealed
	case *marketplace.BatchCleared:
		return e.Sealed
	}
	return false
}

// hiddenYet says that a record of an epoch that has ended is sealed still.
func hiddenYet(state *marketplace.State, record marketplace.Record) error {
	return wrongf("the market still hides record %d, of ask epoch %d, which it says has ended", record.Seq, state.Market().Epoch)
}

// stands reports whether the ask is in the book: not replaced, withdrawn or lapsed.
func (a *hearing) stands(state *marketplace.State) bool {
	book := state.Book(a.Receipt.Product)
	return book != nil && slices.ContainsFunc(book.Asks, func(ask *marketplace.Ask) bool {
		return ask.Prover == a.Receipt.Prover && ask.Position == a.Receipt.Seq
	})
}

// clearedProduct returns the product that a record reports a clearing of. What ends a request's wait for a tick is reported
// with the tick.
func clearedProduct(state *marketplace.State, record marketplace.Record) (product auction.Product, clears bool) {
	switch e := record.Event.(type) {
	case *marketplace.BatchCleared:
		return e.Product, true
	case *marketplace.RequestAssigned:
		return productOf(state, e.Request), e.Cleared
	case *marketplace.BackupActivated:
		return productOf(state, e.Request), e.Cleared
	}
	return product, false
}

func productOf(state *marketplace.State, id vadium.RequestID) (product auction.Product) {
	if r := state.Request(id); r != nil {
		product = r.Product
	}
	return product
}

func wins(event marketplace.Event, prover vadium.Account) bool {
	switch e := event.(type) {
	case *marketplace.BatchCleared:
		return slices.ContainsFunc(e.Wins, func(w marketplace.BatchWin) bool { return w.Prover == prover })
	case *marketplace.RequestAssigned:
		return e.Attempt.Prover == prover
	case *marketplace.BackupActivated:
		return e.Attempt.Prover == prover
	}
	return false
}

func recheckReceipt(ctx context.Context, c *console, h *home, file string) error {
	kept, err := readReceipt(file)
	if err != nil {
		return err
	}
	market, err := h.Client()
	if err != nil {
		return err
	}
	found, err := checkReceipt(ctx, c, market, h.memory(), kept)
	if err != nil {
		return err
	}
	if err := c.show(found, func() { c.printReceiptChecked(found) }); err != nil {
		return err
	}
	if found.Wrong != "" {
		return withHint(errors.New(found.Wrong), fmt.Sprintf("keep %s, this output and the heads below %s: they are signed by the market", file, h.memory()))
	}
	return nil
}

func (c *console) printReceiptChecked(r receiptChecked) {
	c.facts("ask", fmt.Sprintf("of %v for %v", r.Receipt.Prover, r.Receipt.Product), "receipt", fmt.Sprintf("record %d, ask epoch %d", r.Receipt.Seq, r.Receipt.Epoch))
	for _, says := range r.Proven {
		c.say("%s %s", good.Render("proven"), says)
	}
	for _, says := range r.Open {
		c.say("%s   %s", warn.Render("open"), says)
	}
	if r.Wrong != "" {
		c.say("%s  %s", bad.Render("wrong"), r.Wrong)
	}
}
