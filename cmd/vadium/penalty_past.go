package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// explainPast explains the penalty that a record of the market is of.
func explainPast(ctx context.Context, c *console, h *home, text string, factors bool) error {
	seq, err := slashSeq(text)
	if err != nil {
		return err
	}
	market, err := h.Client()
	if err != nil {
		return err
	}
	p, err := findPenalty(ctx, c, market, seq)
	if err != nil {
		return err
	}
	e, err := p.explained()
	if err != nil {
		return err
	}
	return c.show(e.results(factors), func() { c.printPenalty(e, coins) })
}

// explained is a penalty of the past in the form of one that is worked out: what was taken and who received it is as recorded.
func (p *pastPenalty) explained() (e explained, err error) {
	entry, _ := p.Case.Offence.Entry()
	e = explained{
		name: fmt.Sprintf("record %d, %s: %v by %v", p.Seq, clockTime(p.At), p.Case.Offence, p.Prover), vault: p.Request == nil,
		inputs: p.Case.Context, terms: p.Case.Terms, stake: p.Case.Stake, undelivered: entry.Undelivered,
		penalty: p.Penalty, forRequester: p.Damages, forOthers: p.Punitive, shares: p.Shares,
	}
	switch {
	case p.Case.Offence == slashing.Late:
		late := p.Case.Lateness
		e.late, e.damages = &late, slashing.LateDamagesBps(late)
	case entry.Undelivered && !p.Case.Replaced:
		e.damages = slashing.LateDamagesBps(p.Case.Lateness)
	}
	e.explanation, err = slashing.Explain(e.inputs)
	return e, err
}

var errNoPenalty = errors.New("it is no slash")

// slashSeq reads the position of a slash.
func slashSeq(text string) (uint64, error) {
	seq, err := strconv.ParseUint(text, 10, 64)
	if err != nil || seq == 0 {
		return 0, withHint(fmt.Errorf("slash %q is not the number of a record", text), "vadium vault history VAULT lists the slashes of a vault with theirs")
	}
	return seq, nil
}

// findPenalty returns the penalty that a record is of: a fault, a slash, one that was held back, or a case carried out.
func findPenalty(ctx context.Context, c *console, market *client.Client, seq uint64) (pastPenalty, error) {
	const hint = "vadium vault history VAULT lists the slashes of a vault with the numbers of their records"
	m, err := market.Market(ctx)
	if err != nil {
		return pastPenalty{}, err
	}
	if seq > m.Seq {
		return pastPenalty{}, withHint(fmt.Errorf("there is no record %d yet, the last is %d", seq, m.Seq), hint)
	}
	records, _, err := market.Events(ctx, seq, 1, client.EventFilter{})
	if err != nil {
		return pastPenalty{}, err
	}
	if len(records) == 0 {
		return pastPenalty{}, withHint(fmt.Errorf("record %d: %w", seq, errNoPenalty), hint)
	}
	vault := vaultOfPenalty(records[0].Event)
	if vault == 0 {
		return pastPenalty{}, withHint(fmt.Errorf("record %d is %s: %w", seq, marketplace.KindOf(records[0].Event), errNoPenalty), hint)
	}
	search := newPenaltySearch(seq, vault, func(id vadium.RequestID, attempt uint32, asset risk.Asset) (slashing.Terms, error) {
		r, err := market.Request(ctx, id)
		if err != nil || int(attempt) >= len(r.Attempts) {
			return slashing.Terms{}, errors.Join(err, fmt.Errorf("assignment %d of request %v", attempt, id))
		}
		return termsIn(asset, r, r.Attempts[attempt])
	})
	err = retrace(ctx, c, market, vault, m.Seq, func(r marketplace.Record, _ whyOf) error { return search.look(r) })
	if err != nil && !errors.Is(err, errFound) {
		return pastPenalty{}, err
	}
	if search.found == nil {
		return pastPenalty{}, withHint(fmt.Errorf("record %d: %w", seq, errNoPenalty), hint)
	}
	return *search.found, nil
}

// termsIn returns the terms of an assignment to a vault in an asset, in that asset: fees are in the market's own, and are
// converted at the ratio at which the lock was made, rounded up as the market does.
func termsIn(asset risk.Asset, r marketplace.Request, a marketplace.Attempt) (slashing.Terms, error) {
	terms := slashing.Terms{Lock: a.Lock, DamageCap: a.DamageCap, Fee: a.Price, Floor: a.Floor}
	if asset == (risk.Asset{}) || !r.Punishable {
		return terms, nil
	}
	damageCap := r.DamageCap
	if a.Behind > 0 {
		damageCap = vadium.Amount{} // the primary answers for the damages
	}
	fee, ok := a.Price.MulDivUp(a.Lock, r.Alert.Enlarge(vaults.LockFor(damageCap, r.Reserve)))
	if !ok {
		return terms, fmt.Errorf("the fee of request %v has no worth in %v", r.ID, asset)
	}
	terms.Fee = fee
	return terms, nil
}
