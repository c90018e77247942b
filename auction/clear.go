package auction

import (
	"bytes"
	"fmt"
	"slices"

	"vadium"
)

// Multipliers say how reliable a prover has been: a prover with m bps counts as if it asked m/10,000 of its price.
const (
	BestMultiplier  vadium.Bps = 10_000
	WorstMultiplier vadium.Bps = 15_000
)

// Candidate is an ask that may serve the request.
type Candidate struct {
	Prover vadium.Account
	// Price is what the prover asks, in base units.
	Price vadium.Amount
	// Multiplier lies between [BestMultiplier] and [WorstMultiplier] and must not depend on the prover's price.
	Multiplier vadium.Bps
	// Rank orders candidates of equal score, lowest first. See [Rank].
	Rank [32]byte
}

// Award is a place in a clearing and what it is worth.
type Award struct {
	Prover vadium.Account `json:"prover"`
	// Payment is what the prover earns for a punctual, valid proof: at least its own price, at most the reserve.
	Payment vadium.Amount `json:"payment"`
	// Alone says that the reserve set the payment, because no rival was close enough to.
	Alone bool `json:"alone"`
	// PriceSetter is the rival whose ask set the payment; nobody when Alone.
	PriceSetter vadium.Account `json:"priceSetter"`
}

// Clearing is the outcome of an auction.
type Clearing struct {
	Winner Award
	// Backups come next, best first. Each is promised what it would be paid were everyone ahead of it not there.
	Backups []Award
}

// Clear runs the quality-weighted Vickrey auction of one request (auctions.md §1.1, QV) and reports whether anybody
// won. The lowest score price*multiplier wins, equal scores by rank. The winner is paid the highest price at which it
// would still have won, but at most reserve. Candidates above reserve do not count, and of several by one prover only its best
// does, so that nobody sets its own price. Up to backups candidates are ranked behind the winner.
//
// The order of candidates does not matter, and Clear does not change the slice. It panics on a multiplier outside its
// range.
func Clear(reserve vadium.Amount, candidates []Candidate, backups int) (Clearing, bool) {
	places := 1 + max(backups, 0)
	return rank(reserve, eligible(reserve, candidates, places), places)
}

// ClearSeveral is [Clear] for several requests that are the same in everything, of which no prover may win two. The lowest
// scores win, equal ones by rank, as many as there are requests; each winner is paid the highest price at which it would still be
// among them, which the best of those who are not decides, but at most reserve. Where there are no more candidates than requests
// each wins and is paid reserve. Backups are ranked behind all winners, for whichever request comes to need one.
//
// The first winner is that of the first request, and so on: without its prover and its request the outcome for the rest is
// the same. There are no requests below one.
func ClearSeveral(reserve vadium.Amount, candidates []Candidate, requests, backups int) (winners, ranked []Award) {
	backups = max(backups, 0)
	return rankSeveral(reserve, eligible(reserve, candidates, requests+backups), requests, backups)
}

// rankSeveral awards so many requests, and places behind them, of a book.
func rankSeveral(reserve vadium.Amount, book []scored, requests, backups int) (winners, ranked []Award) {
	for i := range min(len(book), requests) {
		winners = append(winners, award(reserve, &book[i], rival(book, requests)))
	}
	for i := requests; i < min(len(book), requests+backups); i++ {
		ranked = append(ranked, award(reserve, &book[i], behind(book, i)))
	}
	return winners, ranked
}

// rank awards up to so many places of a book, best first.
func rank(reserve vadium.Amount, book []scored, places int) (Clearing, bool) {
	if len(book) == 0 {
		return Clearing{}, false
	}
	places = min(len(book), places)
	ranked := make([]Award, 0, places)
	for i := range places {
		ranked = append(ranked, award(reserve, &book[i], behind(book, i)))
	}
	return Clearing{Winner: ranked[0], Backups: ranked[1:]}, true
}

// rival returns the best of those in a book who win none of so many requests, nil if all win one.
func rival(book []scored, requests int) *scored {
	if len(book) <= requests {
		return nil
	}
	return &book[requests]
}

// behind returns the entry that comes after the i-th, nil if it is the last.
func behind(book []scored, i int) *scored { return rival(book, i+1) }

// scored is a candidate with its score.
type scored struct {
	Candidate
	score vadium.Amount // price * multiplier, exact
}

func score(price vadium.Amount, multiplier vadium.Bps) vadium.Amount {
	s, ok := price.Mul(vadium.NewAmount(uint64(multiplier)))
	if !ok {
		panic(fmt.Sprintf("invariant: amounts stay below 2^128, yet %v is asked", price))
	}
	return s
}

func (a *scored) compare(b *scored) int {
	if c := a.score.Cmp(b.score); c != 0 {
		return c
	}
	if c := a.tieCompare(b); c != 0 {
		return c
	}
	if c := a.Price.Cmp(b.Price); c != 0 {
		return c
	}
	return int(a.Multiplier) - int(b.Multiplier)
}

// tieCompare orders two candidates of equal score.
func (a *scored) tieCompare(b *scored) int {
	if c := bytes.Compare(a.Rank[:], b.Rank[:]); c != 0 {
		return c
	}
	return bytes.Compare(a.Prover[:], b.Prover[:])
}

// eligible returns each prover's best candidate within reserve, best first: as many as there are places, and one more.
func eligible(reserve vadium.Amount, candidates []Candidate, places int) []scored {
	book := make([]scored, 0, len(candidates))
	for _, c := range candidates {
		if c.Multiplier < BestMultiplier || c.Multiplier > WorstMultiplier {
			panic(fmt.Sprintf("invariant: multipliers lie between %d and %d bps, yet %v has %d",
				BestMultiplier, WorstMultiplier, c.Prover, c.Multiplier))
		}
		if reserve.Less(c.Price) {
			continue
		}
		book = append(book, scored{c, score(c.Price, c.Multiplier)})
	}
	slices.SortFunc(book, func(a, b scored) int { return a.compare(&b) })
	best := book[:0]
	for _, s := range book {
		if slices.ContainsFunc(best, func(better scored) bool { return better.Prover == s.Prover }) {
			continue
		}
		if best = append(best, s); len(best) > places {
			break
		}
	}
	return best
}

// award returns what first is paid when second is the best of its rivals, or nil if it has none.
//
// With score s of the second and multiplier m of the first, price p still wins while p*m < s, or p*m = s and the first
// wins ties against the second. The highest such p is floor(s/m), or one less when floor(s/m)*m = s and the first
// loses ties. The first's own price is such a p, and within the reserve, so the payment is never below it.
func award(reserve vadium.Amount, first, second *scored) Award {
	if second == nil {
		return Award{Prover: first.Prover, Payment: reserve, Alone: true}
	}
	m := vadium.NewAmount(uint64(first.Multiplier))
	critical, _ := second.score.MulDivDown(vadium.NewAmount(1), m) // down: the next unit up would lose
	product, _ := critical.Mul(m)
	if product == second.score && first.tieCompare(second) > 0 {
		critical = critical.MustSub(vadium.NewAmount(1)) // not below zero: at score 0 the first won the tie
	}
	if reserve.Less(critical) {
		return Award{Prover: first.Prover, Payment: reserve, Alone: true}
	}
	return Award{Prover: first.Prover, Payment: critical, PriceSetter: second.Prover}
}

// Shortlist is a clearing that sees its candidates one by one and keeps only those that can matter: as many as there are
// places to award, and the one whose score sets the last price. However many it sees, the outcome is that of [Clear],
// provided that no prover comes twice. Call [Shortlist.Begin] first.
type Shortlist struct {
	reserve  vadium.Amount
	requests int // that are cleared together
	places   int
	book     []scored // best first
}

// Begin begins a clearing with so many places behind the winner, in the memory of the one before.
func (l *Shortlist) Begin(reserve vadium.Amount, backups int) { l.BeginSeveral(reserve, 1, backups) }

// BeginSeveral begins one of so many requests, which [Shortlist.ClearSeveral] ends.
func (l *Shortlist) BeginSeveral(reserve vadium.Amount, requests, backups int) {
	l.reserve, l.requests, l.places, l.book = reserve, requests, requests+max(backups, 0), l.book[:0]
}

// full reports whether a candidate has to beat the last one to matter.
func (l *Shortlist) full() bool { return len(l.book) > l.places }

// Beyond reports that no candidate who asks this price or more can matter any more, whatever its multiplier.
func (l *Shortlist) Beyond(price vadium.Amount) bool {
	return l.full() && l.book[len(l.book)-1].score.Less(score(price, BestMultiplier))
}

// Behind reports that the candidate cannot matter, whatever its rank.
func (l *Shortlist) Behind(c Candidate) bool {
	return l.full() && l.book[len(l.book)-1].score.Less(score(c.Price, c.Multiplier))
}

// Add enters a candidate.
func (l *Shortlist) Add(c Candidate) {
	if l.reserve.Less(c.Price) {
		return
	}
	entry := scored{c, score(c.Price, c.Multiplier)}
	at := len(l.book)
	for at > 0 && entry.compare(&l.book[at-1]) < 0 {
		at--
	}
	if at == len(l.book) && l.full() {
		return
	}
	l.book = slices.Insert(l.book, at, entry)
	if len(l.book) > l.places+1 {
		l.book = l.book[:l.places+1]
	}
}

// Clear returns the outcome over the candidates seen, and whether anybody won: of several requests, for the first of them.
func (l *Shortlist) Clear() (Clearing, bool) {
	if len(l.book) == 0 {
		return Clearing{}, false
	}
	awards := make([]Award, 1, 1+max(min(len(l.book), l.places)-l.requests, 0))
	awards[0] = award(l.reserve, &l.book[0], rival(l.book, l.requests))
	for i := l.requests; i < min(len(l.book), l.places); i++ {
		awards = append(awards, award(l.reserve, &l.book[i], behind(l.book, i)))
	}
	return Clearing{Winner: awards[0], Backups: awards[1:]}, true
}

// ClearSeveral is Clear as [ClearSeveral] says.
func (l *Shortlist) ClearSeveral() (winners, ranked []Award) {
	return rankSeveral(l.reserve, l.book, l.requests, l.places-l.requests)
}
