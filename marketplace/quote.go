package marketplace

import (
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
)

// Refusals of a quote that is to be a request's reserve.
const (
	// ErrQuoteUnsigned: the market has not signed the quote as it stands.
	ErrQuoteUnsigned = vadium.Kind("quote-unsigned")
	// ErrQuoteProduct: the quote is for another product than the request's.
	ErrQuoteProduct = vadium.Kind("quote-of-another-product")
	// ErrQuoteExpired: the quote was made longer ago than quotes hold.
	ErrQuoteExpired = vadium.Kind("quote-expired")
	// ErrQuoteAhead: the quote is of a time or of a record that is yet to come.
	ErrQuoteAhead = vadium.Kind("quote-from-the-future")
)

// reserve returns the most that the market pays for a request, and the quote that says so, if one does.
func (d *draft) reserve(b *SubmitRequest, product auction.Product) (vadium.Amount, *Quote, error) {
	q := b.Quote
	if q == (Quote{}) {
		return d.ReserveFor(product, b.MaxFee, d.now), nil, nil
	}
	if err := q.check(product, d.now, d.State.base.market.Seq); err != nil {
		return vadium.Amount{}, nil, err
	}
	if !b.QuoteHeld {
		return vadium.Amount{}, nil, fmt.Errorf("a reserve of %s tokens: %w", q.Reserve.Tokens(), ErrQuoteUnsigned)
	}
	return vadium.Min(b.MaxFee, q.Reserve), &q, nil
}

// check returns why a quote does not hold for a product at now, when seq is the last record.
func (q Quote) check(product auction.Product, now vadium.Time, seq uint64) error {
	switch {
	case q.Product != product:
		return fmt.Errorf("it is for %v, the request for %v: %w", q.Product, product, ErrQuoteProduct)
	case q.At.After(now) || q.Position > seq:
		return fmt.Errorf("it is of record %d, the last is %d: %w", q.Position, seq, ErrQuoteAhead)
	case now.Sub(q.At) > QuoteLifetime:
		return fmt.Errorf("it is %d ms old, and holds for %d: %w", now.Sub(q.At), QuoteLifetime, ErrQuoteExpired)
	}
	return nil
}

// QuoteFor returns the quote that holds for requests of a product now: at the reserve of the price index, however much a
// request offers, and at maxFee where the index knows no price.
func (s *State) QuoteFor(product auction.Product, maxFee vadium.Amount, now vadium.Time) Quote {
	q := Quote{Product: product, Reserve: maxFee, At: now, Position: s.market.Seq}
	if reserve, known := s.indexReserve(product, now); known {
		q.Reserve = reserve
	}
	return q
}

// indexReserve returns what the price index of a product makes of a reserve, whatever the maximal fee.
func (s *State) indexReserve(product auction.Product, now vadium.Time) (vadium.Amount, bool) {
	return reserveBy(s.Book(product), s.params(), now)
}

func reserveBy(book *Book, p *Params, now vadium.Time) (vadium.Amount, bool) {
	if book == nil {
		return vadium.Amount{}, false
	}
	_, upper, known := book.Index.Prices(now, p.index())
	return upper.BpsUp(p.ReserveSlack), known
}

// Rechecker checks public records against the rules, in the order of the journal: what [State.RecheckRecord] does, whether
// the quotes that are reserves are what the price index gave where they say, and whether anything is overdue: an ask epoch that
// does not end, a batch that is put off or skipped. It remembers what indices were for a while longer than quotes hold. The zero
// value is ready; it must see every record from some position on, each before the state does. Of quotes of before that position
// it says nothing.
type Rechecker struct {
	first uint64      // the first record it saw
	past  []pastIndex // in the order of until
	gone  uint64      // the last record whose past was forgotten
	epoch EpochTimes
	turn  turn
}

// Epoch returns when the ask epoch has to end by the records that it saw.
func (c *Rechecker) Epoch() EpochTimes { return c.epoch }

// CheckSealed is [Rechecker.Check] for records that no state can follow, because asks among them, or before them, are sealed still:
// it looks at what their times say of the ask epoch. After the first of them there is no way back to Check.
func (c *Rechecker) CheckSealed(record Record) error { return c.epoch.follow(record) }

// pastIndex is what reserves of a product rested on before a record; where the product is zero, the parameters changed.
type pastIndex struct {
	until   uint64
	at      vadium.Time
	product auction.Product
	index   auction.Index
	terms   int // which parameters were in force
}

// remembered is for how long a rechecker remembers: quotes are of the last record that was stored when they were made, and
// what was being stored meanwhile may be of a time before.
const remembered = 4 * QuoteLifetime

// Check returns how a record breaks the rules; s is the state just before it.
func (c *Rechecker) Check(s *State, record Record) error {
	if c.first == 0 {
		c.first, c.epoch = record.Seq, s.epochTimes()
	}
	if err := c.checkTimes(s, record); err != nil {
		return err
	}
	if err := s.RecheckRecord(record); err != nil {
		return err
	}
	for len(c.past) > 0 && record.At.Sub(c.past[0].at) > remembered {
		c.gone, c.past = c.past[0].until, c.past[1:]
	}
	switch e := record.Event.(type) {
	case *PriceSampled:
		was := pastIndex{until: record.Seq, at: record.At, product: e.Product, terms: len(s.market.Params)}
		if book := s.Book(e.Product); book != nil {
			was.index = book.Index
		}
		c.past = append(c.past, was)
	case *ParamsSet:
		c.past = append(c.past, pastIndex{until: record.Seq, at: record.At, terms: len(s.market.Params)})
	case *RequestSubmitted:
		if q := e.Request.Quote; q != nil {
			return c.checkQuote(s, record, *q)
		}
	}
	return nil
}

// checkTimes returns how a record shows that something is overdue, or that the market did something else about it than the rules say.
func (c *Rechecker) checkTimes(s *State, record Record) error {
	if err := s.recheckTicks(record); err != nil {
		return err
	}
	if err := c.turn.follow(s, record); err != nil {
		return err
	}
	if err := s.recheckPutOff(record); err != nil {
		return err
	}
	return c.epoch.follow(record)
}

// checkQuote compares a quote with what the index gave at its position.
func (c *Rechecker) checkQuote(s *State, record Record, q Quote) error {
	if q.Position+1 < c.first {
		return nil
	}
	if q.Position < c.gone {
		return fmt.Errorf("record %d rests on a quote of record %d, which was old when it was made", record.Seq, q.Position)
	}
	book, terms := s.Book(q.Product), len(s.market.Params)
	for _, was := range slices.Backward(c.past) {
		if was.until <= q.Position {
			break
		}
		terms = was.terms
		if was.product == q.Product {
			book = &Book{Index: was.index}
		}
	}
	reserve, known := reserveBy(book, &s.market.Params[terms-1], q.At)
	if known && reserve != q.Reserve {
		return fmt.Errorf("record %d rests on a quote of %s tokens, at record %d the rule gave %s", record.Seq, q.Reserve.Tokens(), q.Position, reserve.Tokens())
	}
	return nil
}
