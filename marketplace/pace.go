package marketplace

import (
	"math"
	"math/bits"
	"slices"

	"vadium"
	"vadium/auction"
)

// paceOver is how many deliveries, and how many ended requests, a [Pace] remembers. An outcome is a bit of a word.
const paceOver = 64

// Pace is how soon the proofs of a product came of late, and how many of its requests got one in time. It counts what the
// price index counts: requests open to every prover, of programs that the operator lists.
type Pace struct {
	// Times are from assignment to delivery, in milliseconds: of the Delivered-th delivery at Delivered-1 modulo their number.
	Times     [paceOver]uint32
	Delivered uint64
	// Outcomes has a bit for each request that ended, the latest lowest: 1 if it was proved in time. Ended counts them, up to
	// as many as there are bits.
	Outcomes uint64
	Ended    uint32
}

// deliver notes how long a delivery took.
func (p *Pace) deliver(took vadium.Duration) {
	p.Times[p.Delivered%paceOver] = uint32(min(max(took, 0), math.MaxUint32))
	p.Delivered++
}

func (p *Pace) end(inTime bool) {
	p.Outcomes <<= 1
	if inTime {
		p.Outcomes |= 1
	}
	p.Ended = min(p.Ended+1, paceOver)
}

// Quantile returns the q-quantile of the latest times by nearest rank, and false when there are none.
func (p *Pace) Quantile(q vadium.Bps) (vadium.Duration, bool) {
	times := slices.Clone(p.Times[:min(p.Delivered, paceOver)])
	if len(times) == 0 {
		return 0, false
	}
	slices.Sort(times)
	return vadium.Duration(times[nearestRank(len(times), q)]), true
}

// nearestRank returns the index, in n sorted values, of the smallest that at least q of them do not exceed.
func nearestRank(n int, q vadium.Bps) int {
	rank := (n*int(q) + int(vadium.BpsOne) - 1) / int(vadium.BpsOne)
	return min(max(rank, 1), n) - 1
}

// Latest returns how many deliveries the times are of.
func (p *Pace) Latest() uint32 { return uint32(min(p.Delivered, paceOver)) }

// Odds returns how many of the latest requests were proved in time, and of how many.
func (p *Pace) Odds() (inTime, of uint32) {
	return uint32(bits.OnesCount64(p.Outcomes)), p.Ended
}

// Prices returns the median and the 90th percentile that reserves of a product rest on, and whether they are known.
func (s *State) Prices(product auction.Product, now vadium.Time) (median, upper vadium.Amount, known bool) {
	if book := s.Book(product); book != nil {
		return book.Index.Prices(now, s.params().index())
	}
	return median, upper, false
}

// index returns the numbers by which an index becomes a reserve.
func (p *Params) index() auction.IndexParams {
	return auction.IndexParams{MaxAge: p.IndexAge, Slack: p.ReserveSlack, Step: p.IndexStep}
}

// openToAll reports whether a request says something about the market: anyone could take it, and the operator answers for
// its program. Requests from before prices moved by steps are in no pace.
func (s *State) openToAll(r *Request) bool {
	return s.terms(r).IndexStep > 0 && r.Arranged == nil && r.Copy == 0 && len(r.Allow) == 0 && len(r.Deny) == 0 && s.programs.get(r.Program).Class == vadium.KeysOperator
}

// paceDelivery notes the first valid proof of a request, if its clearing tells what the market pays.
func (s *State) paceDelivery(r *Request, a *Attempt) {
	if a.Tells && a.At > 0 && s.openToAll(r) {
		s.book(r.Product).Pace.deliver(a.DeliveredAt.Sub(a.At))
	}
}

// paceEnd notes how a request ended, unless its requester took it back, its input was none, or it offered less than such
// requests cost.
func (s *State) paceEnd(r *Request) {
	switch {
	case !s.openToAll(r), r.Phase == PhaseCancelled, r.Phase == PhaseUnsatisfiable:
	case r.Phase == PhaseUnserved && r.Reserve.Less(r.MarketPrice):
	default:
		inTime := r.ProvedBy > 0 && !r.Attempts[r.ProvedBy-1].DeliveredAt.After(r.Deadline)
		s.book(r.Product).Pace.end(inTime)
	}
}
