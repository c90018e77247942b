package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/vaults/risk"
)

// saveQuote writes a quote for [useQuote] to read.
func saveQuote(path string, q client.Quote) error {
	if len(q.Tiers) == 0 {
		return withHint(errors.New("there is nothing to quote: nobody serves the program"), "see who serves what: vadium program list")
	}
	encoded, err := json.MarshalIndent(q, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(encoded, '\n'), 0o600)
}

// useQuote makes what was quoted for a request's tier its reserve.
func useQuote(path string, b *marketplace.SubmitRequest) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var q client.Quote
	if err := json.Unmarshal(text, &q); err != nil {
		return withHint(fmt.Errorf("%s is no quote: %w", path, err), "make one: vadium request quote PROGRAM --save "+path)
	}
	i := slices.IndexFunc(q.Tiers, func(t client.TierQuote) bool { return t.Quote.Product.Tier == b.Tier })
	if i < 0 {
		return withHint(fmt.Errorf("%s quotes nothing for the tier %v", path, b.Tier), "make one: vadium request quote PROGRAM --save "+path)
	}
	b.Quote, b.QuoteSignature = q.Tiers[i].Quote, q.Tiers[i].Signature
	return nil
}

// printTiers shows what a request would cost in each latency tier.
func (c *console) printTiers(q client.Quote) {
	priced := false
	some := func(a vadium.Amount, v risk.Value) string {
		if a.IsZero() {
			return "-"
		}
		if v == 0 {
			return coins(a)
		}
		priced = true
		return fmt.Sprintf("%s (%s USD)", coins(a), worth(v))
	}
	lasts := func(d vadium.Duration, known uint32) string {
		if known == 0 {
			return "-"
		}
		return span(d)
	}
	rows := make([][]string, 0, len(q.Tiers))
	for _, t := range q.Tiers {
		odds, stake := "-", "no"
		if t.Ended > 0 {
			odds = fmt.Sprintf("%d of %d", t.InTime, t.Ended)
		}
		if t.Covered {
			stake = "yes"
		}
		rows = append(rows, []string{
			t.Quote.Product.Tier.String(), some(t.PriceP50, t.ValueP50), some(t.PriceP90, t.ValueP90), some(t.Reserve, t.ValueReserve),
			lasts(t.TimeP50, t.Deliveries), lasts(t.TimeP95, t.Deliveries), odds, fmt.Sprint(t.Asks), stake,
		})
	}
	if len(rows) == 0 {
		return
	}
	c.say("")
	c.table([]string{"tier", "price, median", "9 of 10", "reserve", "time, median", "95 %", "in time", "asks", "stake"}, rows)
	if !priced {
		c.say("%s", faint.Render("no amounts in USD: the market's own token has no fresh price"))
	}
	c.say("%s", faint.Render(fmt.Sprintf("prices are those of recent clearings; each reserve holds for %s if you keep what the market signed (--save FILE, then request submit --quote FILE)",
		span(marketplace.QuoteLifetime))))
}
