package marketplace

import (
	"slices"

	"vadium"
	"vadium/auction"
)

// Arrangement is what a requester arranges beyond the ordinary. The zero value arranges nothing.
type Arrangement struct {
	Mechanism auction.Mechanism `json:"mechanism"`
	// Ramp says how the price climbs, of [auction.Climbing].
	Ramp RampTerms `json:"ramp" eip712:"ramp"`
	// Sealed says how bids come in, of [auction.Revealing].
	Sealed SealedTerms `json:"sealed" eip712:"sealed"`
	// Hedges is how many backups begin at once, beside the primary and at the requester's expense: each may cost another
	// maximal fee.
	Hedges uint32 `json:"hedges"`
	// ReservedFor is the prover that alone may take the request until ReservedUntil, its last instant; nobody when zero.
	ReservedFor   vadium.Account `json:"reservedFor"`
	ReservedUntil vadium.Time    `json:"reservedUntil"`
	// Raises is the schedule by which the reserve grows while nobody takes the request: no truthful rule, since who waits is
	// paid more.
	Raises []Raise `json:"raises,omitempty" eip712:"raises"`
}

// RampTerms are an [auction.Ramp] from the reserve's part Least to all of it, from the submission on.
type RampTerms struct {
	Least vadium.Amount   `json:"least"`
	Rise  vadium.Duration `json:"riseMs"`
	// Lock is how long after the submission the request may be locked.
	Lock vadium.Duration `json:"lockMs"`
}

// SealedTerms are those of an auction by commitment and reveal.
type SealedTerms struct {
	// Bidding is how long after the submission commitments are taken, and Revealing how long after that reveals are: 1 s at
	// least, each.
	Bidding   vadium.Duration `json:"biddingMs"`
	Revealing vadium.Duration `json:"revealingMs"`
	// Bond is what a commitment takes from its bidder's balance until the bids are cleared; it is the insurance's if the bid is not
	// revealed, or if it wins and its prover can no longer take the request.
	Bond vadium.Amount `json:"bond"`
}

// Raise is a step of a schedule: After the submission the reserve is at least Reserve.
type Raise struct {
	After   vadium.Duration `json:"afterMs"`
	Reserve vadium.Amount   `json:"reserve"`
}

// ordinary reports whether nothing is arranged.
func (a *Arrangement) ordinary() bool {
	return a.Mechanism == auction.Vickrey && a.Ramp == (RampTerms{}) && a.Sealed == (SealedTerms{}) && a.Hedges == 0 &&
		a.ReservedFor == (vadium.Account{}) && a.ReservedUntil == 0 && len(a.Raises) == 0
}

// kept returns what a request keeps of an arrangement: nil of an ordinary one, so that its row is as it always was.
func (a *Arrangement) kept() *Arrangement {
	if a.ordinary() {
		return nil
	}
	kept := *a
	kept.Raises = slices.Clone(a.Raises)
	return &kept
}

// Quote is what the market quoted for a request of a product, good as its reserve for [QuoteLifetime].
type Quote struct {
	Product auction.Product `json:"product"`
	Reserve vadium.Amount   `json:"reserve"`
	At      vadium.Time     `json:"at"`
	// Position is of the last record that the quote knew of.
	Position uint64 `json:"position"`
}

// QuoteLifetime is how long after it was made a quote may be used; its last instant counts.
const QuoteLifetime = 30 * vadium.Second

// arrangement returns what the requester arranged.
func (r *Request) arrangement() Arrangement {
	if r.Arranged == nil {
		return Arrangement{}
	}
	return *r.Arranged
}

// mechanism returns the rule that the request is cleared by.
func (r *Request) mechanism() auction.Mechanism {
	if r.Arranged == nil {
		return auction.Vickrey
	}
	return r.Arranged.Mechanism
}
