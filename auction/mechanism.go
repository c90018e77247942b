package auction

import (
	"fmt"
	"slices"
	"strings"

	"vadium"
)

// Mechanism is the rule that a request is cleared by. The numbers are persisted and never reused.
type Mechanism uint8

// Mechanisms. Requesters choose any but the first because they know it, not because it serves them better: see each.
const (
	// Vickrey is the market's own: the quality-weighted second price of [Clear] for one request, the multi-unit one of
	// [Batch] in batch tiers. Provers do best to ask what proving costs them.
	Vickrey Mechanism = 0
	// Climbing is a price that climbs until somebody takes it: see [Ramp].
	Climbing Mechanism = 1
	// Revealing is the sealed second price of bids for one request, committed to and then revealed: see [ClearSealed].
	Revealing Mechanism = 2
	// OnePrice is one price for all requests of a batch: see [Batch.Uniform] and [MinUniformProvers].
	OnePrice Mechanism = 3
)

var mechanismNames = [...]string{Vickrey: "vickrey", Climbing: "ramp", Revealing: "sealed", OnePrice: "uniform"}

// Known reports whether there is such a mechanism.
func (m Mechanism) Known() bool { return int(m) < len(mechanismNames) }

// String returns the name as people write it.
func (m Mechanism) String() string {
	if m.Known() {
		return mechanismNames[m]
	}
	return fmt.Sprintf("mechanism %d", uint8(m))
}

// MarshalText writes the name; it refuses a mechanism that has none.
func (m Mechanism) MarshalText() ([]byte, error) {
	if !m.Known() {
		return nil, fmt.Errorf("mechanism %d is unknown", uint8(m))
	}
	return []byte(m.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (m *Mechanism) UnmarshalText(text []byte) error {
	for i, name := range mechanismNames {
		if name == string(text) {
			*m = Mechanism(i)
			return nil
		}
	}
	return fmt.Errorf("mechanism %q is unknown (known: %s)", text, strings.Join(mechanismNames[:], ", "))
}

// Book is what a rule clears: requests of one product, and the slots that provers offer for them.
type Book struct {
	Orders []Order
	Offers []Offer
}

// Outcome says who proves which request of a book at what charge, and what each offer that serves is paid. What is charged is
// what is paid, to the unit.
type Outcome struct {
	Matches []Match
	Wins    []Win
}

// Rule is a way to clear a book, the same outcome for the same book whatever the order in it. There is one for each
// [Mechanism]: [Weighted] for a request by itself and [Batch] for many, [Ramp], [SecondPrice] and [Uniform]. Those of a request by
// itself serve the first of the book, if any. The outcome of a rule that is a pointer is good until its next.
//
// The market clears by the functions behind the rules, which see more (multipliers, backups) or less (the offers that can
// matter) of a book; a rule is for whoever compares them.
type Rule interface {
	Run(book Book) Outcome
}

// Run clears the book by the multi-unit Vickrey procurement, in the memory of the one before.
func (b *Batch) Run(book Book) Outcome {
	b.Clear(book.Orders, book.Offers)
	return Outcome{Matches: b.Matches, Wins: b.Wins}
}

// Uniform is the rule of [OnePrice]: whoever [Batch] serves, at one price (see [Batch.Uniform]).
type Uniform struct{ batch Batch }

// Run clears the book at one price, in the memory of the one before.
func (u *Uniform) Run(book Book) Outcome {
	outcome := u.batch.Run(book)
	price, _ := u.batch.Uniform(book.Offers)
	for i := range outcome.Matches {
		outcome.Matches[i].Charge = price
	}
	for i := range outcome.Wins {
		w := &outcome.Wins[i]
		total, ok := price.Mul(vadium.NewAmount(uint64(w.Slots)))
		if !ok {
			panic(fmt.Sprintf("invariant: amounts stay below 2^128, yet a price is %v", price))
		}
		w.Payment = total
	}
	return outcome
}

// Weighted is the rule of [Vickrey] for a request by itself: see [Clear].
type Weighted struct{}

// Run clears the first request of the book.
func (Weighted) Run(book Book) Outcome {
	return book.first(func(most vadium.Amount, offers []Offer) (Award, bool) {
		candidates := make([]Candidate, len(offers))
		for i, o := range offers {
			candidates[i] = Candidate{Prover: o.Prover, Price: o.Price, Multiplier: max(o.Multiplier, BestMultiplier), Rank: o.Rank}
		}
		clearing, won := Clear(most, candidates, 0)
		return clearing.Winner, won
	})
}

// SecondPrice is the rule of [Revealing]: see [ClearSealed].
type SecondPrice struct{}

// Run clears the first request of the book, offers being the bids that were revealed.
func (SecondPrice) Run(book Book) Outcome {
	return book.first(func(most vadium.Amount, offers []Offer) (Award, bool) {
		bids := make([]Revealed, len(offers))
		for i, o := range offers {
			bids[i] = Revealed{Prover: o.Prover, Fee: o.Price, Rank: o.Rank}
		}
		return ClearSealed(most, bids)
	})
}

// Run clears the first request of the book as if each prover locked it as soon as the price is what it offers: the lowest
// offer wins, at the price of that instant.
func (r Ramp) Run(book Book) Outcome {
	return book.first(func(most vadium.Amount, offers []Offer) (Award, bool) {
		if len(offers) == 0 {
			return Award{}, false
		}
		first := slices.MinFunc(offers, func(x, y Offer) int { return compareOffers(&x, &y) })
		at, err := r.TimeAt(first.Price)
		if err != nil {
			return Award{}, false
		}
		price := r.PriceAt(max(at, r.From))
		return Award{Prover: first.Prover, Payment: price}, !most.Less(price)
	})
}

// first clears the first request of a book by a rule of one request.
func (b Book) first(clear func(most vadium.Amount, offers []Offer) (Award, bool)) Outcome {
	if len(b.Orders) == 0 {
		return Outcome{}
	}
	slots := slices.DeleteFunc(slices.Clone(b.Offers), func(o Offer) bool { return o.Slots == 0 })
	award, won := clear(b.Orders[0].Value, slots)
	if !won {
		return Outcome{}
	}
	winner := slices.IndexFunc(b.Offers, func(o Offer) bool { return o.Prover == award.Prover })
	return Outcome{
		Matches: []Match{{Order: 0, Offer: winner, Charge: award.Payment}},
		Wins:    []Win{{Offer: winner, Slots: 1, Payment: award.Payment}},
	}
}
