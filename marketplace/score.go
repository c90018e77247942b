package marketplace

import (
	"iter"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// ScoreID names a score.
type ScoreID struct {
	Prover  vadium.Account
	Product auction.Product
}

// Numbers of the rule by which scores follow from the journal: [ScoreRule] has them all, with what they mean.
const (
	scoreVersion = 1
	// scoreWeight is the part of the average that an outcome takes, one in so many, and scoreRepeated that of a success for a
	// requester whose outcomes were counted last scoreRun times in a row or more.
	scoreWeight   = 16
	scoreRepeated = 64
	scoreRun      = 4
	// scoreWaits is how many of the latest waits are kept, and scoreWaitsNeeded how many there must be before they count.
	scoreWaits       = 32
	scoreWaitsNeeded = 8
	// mostWait is the longest wait that is told apart, in parts of the declared time, and what a proof that never came counts as.
	mostWait vadium.Bps = 100_000
	// mostForFailing and mostForWaits bound what a score adds to the multiplier: together all that there is to add.
	mostForFailing = 4_500
	mostForWaits   = 500
	// fullWait is the wait at which the most for waits is reached: twice what was declared.
	fullWait vadium.Bps = 20_000
)

// Score is how reliable a prover has been with a product. It rests on assignments of programs that are vouched for by more
// than their registrant, and, where they went well, only on those whose price tells what the market pays: what a prover buys of
// itself proves nothing. It follows from the public records alone, knows no epochs, and no ask changes it.
type Score struct {
	// Success is the share of assignments that ended well, an exponential average: all of them as long as nothing is known.
	Success vadium.Ppm
	// InTime, Late, Failed and Silent count the outcomes it rests on: delivered by the deadline; after it; never, because the
	// prover resigned, failed or did not show up; not even answered.
	InTime, Late, Failed, Silent uint64
	// Waits are from assignment to delivery, as parts of what the ask had declared: that of the Waited-th outcome at Waited-1
	// modulo their number. A proof that never came is the longest there is.
	Waits  [scoreWaits]vadium.Bps
	Waited uint64
	// Penalties counts faults that cost stake, and Lost sums what was taken for them, where the vault holds the market's own asset.
	Penalties uint64
	Lost      vadium.Amount
	// Last is whose outcome was counted last, and Run how many of its were in a row.
	Last vadium.Account
	Run  uint64
	// Surcharge is what all this adds to the multiplier.
	Surcharge vadium.Bps
}

// outcome is how an assignment ended, as far as scores count it.
type outcome uint8

const (
	outcomeInTime outcome = iota
	outcomeLate
	outcomeFailed
	outcomeSilent
)

// count takes one more outcome in. Wait is that of a delivery.
func (sc *Score) count(o outcome, requester vadium.Account, wait vadium.Bps) {
	if requester != sc.Last {
		sc.Last, sc.Run = requester, 0
	}
	sc.Run++
	switch o {
	case outcomeInTime:
		sc.InTime++
	case outcomeLate:
		sc.Late++
	case outcomeFailed:
		sc.Failed++
	case outcomeSilent:
		sc.Silent++
	}
	switch {
	case o != outcomeInTime:
		sc.Success = average(sc.Success, 0, scoreWeight)
	case sc.Run > scoreRun:
		sc.Success = average(sc.Success, vadium.PpmOne, scoreRepeated)
	default:
		sc.Success = average(sc.Success, vadium.PpmOne, scoreWeight)
	}
	if o == outcomeFailed || o == outcomeSilent {
		wait = mostWait
	}
	sc.Waits[sc.Waited%scoreWaits] = wait
	sc.Waited++
	sc.Surcharge = sc.surcharge()
}

// average moves an average by one part in so many towards a value. It rounds up: a record that was spoilt can become whole
// again.
func average(from, to vadium.Ppm, parts uint64) vadium.Ppm {
	return vadium.Ppm(((parts-1)*uint64(from) + uint64(to) + parts - 1) / parts)
}

// surcharge is what a score adds to the multiplier: nothing without evidence, more with every failure, and never less for
// failing than for delivering. It rounds up, in favour of those who have been more reliable.
func (sc *Score) surcharge() vadium.Bps {
	failing := (uint64(vadium.PpmOne-sc.Success)*mostForFailing + uint64(vadium.PpmOne) - 1) / uint64(vadium.PpmOne)
	var waits uint64
	if wait, known := sc.Wait(scoreWaitQuantile); known && sc.Waited >= scoreWaitsNeeded && wait > vadium.BpsOne {
		over, full := uint64(min(wait, fullWait)-vadium.BpsOne), uint64(fullWait-vadium.BpsOne)
		waits = (over*mostForWaits + full - 1) / full
	}
	return vadium.Bps(failing + waits)
}

// scoreWaitQuantile is the quantile of waits that counts.
const scoreWaitQuantile vadium.Bps = 9_500

// Wait returns the q-quantile of the latest waits by nearest rank, as a part of what was declared, and false when there are none.
func (sc *Score) Wait(q vadium.Bps) (vadium.Bps, bool) {
	waits := sc.Waits // a copy
	latest := waits[:min(sc.Waited, scoreWaits)]
	if len(latest) == 0 {
		return 0, false
	}
	slices.Sort(latest)
	return latest[nearestRank(len(latest), q)], true
}

// Counted returns how many outcomes the score rests on.
func (sc *Score) Counted() uint64 { return sc.InTime + sc.Late + sc.Failed + sc.Silent }

// surcharge is what a prover's score for a product adds to its multiplier.
type surcharge struct {
	product auction.Product
	bps     vadium.Bps
}

func (p *Prover) surchargeOf(product auction.Product) vadium.Bps {
	for i := range p.surcharges {
		if p.surcharges[i].product == product {
			return p.surcharges[i].bps
		}
	}
	return 0
}

func (p *Prover) surcharge(product auction.Product, bps vadium.Bps) {
	i := slices.IndexFunc(p.surcharges, func(s surcharge) bool { return s.product == product })
	switch {
	case i >= 0:
		p.surcharges[i].bps = bps
	case bps > 0:
		p.surcharges = append(p.surcharges, surcharge{product, bps})
	}
}

// score returns the score that an assignment counts for, to change.
func (s *State) score(r *Request, a *Attempt) *Score {
	return s.scores.editOrInsert(ScoreID{a.Prover, r.Product}, func() *Score { return &Score{Success: vadium.PpmOne} })
}

// scoreOutcome counts how an assignment ended; those from before there were scores declare nothing, and count for none.
func (s *State) scoreOutcome(r *Request, a *Attempt, o outcome) {
	if a.ETA == 0 {
		return
	}
	var wait vadium.Bps
	if o == outcomeInTime || o == outcomeLate {
		took := uint64(max(a.DeliveredAt.Sub(a.At), 0))
		eta := uint64(a.ETA)
		wait = vadium.Bps(min((took*uint64(vadium.BpsOne)+eta-1)/eta, uint64(mostWait))) // up: in favour of who waits
	}
	score := s.score(r, a)
	score.count(o, r.Requester, wait)
	s.prover(a.Prover).surcharge(r.Product, score.Surcharge)
}

// scoreFault counts a fault: what it cost, and that the assignment has failed, where it has.
func (s *State) scoreFault(r *Request, a *Attempt, e *FaultRecorded) {
	if a.ETA == 0 {
		return
	}
	if !e.Penalty.Damages.IsZero() || !e.Penalty.Punitive.IsZero() {
		s.score(r, a).Penalties++
	}
	switch {
	case e.excused(), e.Offence == slashing.InvalidProof: // which may be followed by a valid one
	case e.Offence == slashing.Late:
		s.scoreOutcome(r, a, outcomeLate)
	default:
		s.scoreOutcome(r, a, outcomeFailed)
	}
}

// scoreSlash sums what an assignment cost its vault.
func (s *State) scoreSlash(r *Request, a *Attempt, asset risk.Asset, total vadium.Amount) {
	if a.ETA > 0 && asset == ownAsset {
		score := s.score(r, a)
		score.Lost = score.Lost.MustAdd(total)
	}
}

// Scores yields all scores in order of appearance, for reading only.
func (s *State) Scores() iter.Seq2[ScoreID, *Score] { return s.scores.all() }

// Reliability is a score as it is published.
type Reliability struct {
	Prover    vadium.Account  `json:"prover"`
	Product   auction.Product `json:"product"`
	Counted   uint64          `json:"counted"`
	Success   vadium.Ppm      `json:"successPpm"`
	InTime    uint64          `json:"inTime"`
	Late      uint64          `json:"late"`
	Failed    uint64          `json:"failed"`
	Silent    uint64          `json:"silent"`
	WaitP50   vadium.Bps      `json:"waitP50Bps"` // of what was declared; 0 when nothing is known
	WaitP95   vadium.Bps      `json:"waitP95Bps"`
	Penalties uint64          `json:"penalties"`
	Lost      vadium.Amount   `json:"lost"`
	// Surcharge is what the score adds to the multiplier, and Multiplier what the prover's asks for the product are compared
	// with: 10,000 with its marks, which halve every 30 days, and this.
	Surcharge  vadium.Bps `json:"surchargeBps"`
	Multiplier vadium.Bps `json:"multiplierBps"`
}

// Reliability publishes a score as of the last record.
func (s *State) Reliability(id ScoreID, score *Score) Reliability {
	r := Reliability{
		Prover: id.Prover, Product: id.Product, Counted: score.Counted(), Success: score.Success, InTime: score.InTime, Late: score.Late,
		Failed: score.Failed, Silent: score.Silent, Penalties: score.Penalties, Lost: score.Lost, Surcharge: score.Surcharge,
		Multiplier: s.Multiplier(id.Prover, id.Product, s.market.At),
	}
	r.WaitP50, _ = score.Wait(vadium.BpsOne / 2)
	r.WaitP95, _ = score.Wait(scoreWaitQuantile)
	return r
}

// ScoreRule is the rule by which scores follow from public records, as data, for whoever computes them anew.
type ScoreRule struct {
	Version        uint32     `json:"version"`
	Weight         uint32     `json:"weightOneIn"`         // of an outcome in the average
	WeightRepeated uint32     `json:"weightRepeatedOneIn"` // of a success beyond Run for the same requester in a row
	Run            uint32     `json:"run"`
	Waits          uint32     `json:"waits"` // kept
	WaitsNeeded    uint32     `json:"waitsNeeded"`
	WaitQuantile   vadium.Bps `json:"waitQuantileBps"`
	MostWait       vadium.Bps `json:"mostWaitBps"`
	FullWait       vadium.Bps `json:"fullWaitBps"`
	MostForFailing vadium.Bps `json:"mostForFailingBps"`
	MostForWaits   vadium.Bps `json:"mostForWaitsBps"`
	Best           vadium.Bps `json:"bestMultiplierBps"`
	Worst          vadium.Bps `json:"worstMultiplierBps"`
	// Says is the rule in words, which use the names of the numbers above.
	Says []string `json:"says"`
}

// ScoringRule returns the rule in force.
func ScoringRule() ScoreRule {
	return ScoreRule{
		Version: scoreVersion, Weight: scoreWeight, WeightRepeated: scoreRepeated, Run: scoreRun, Waits: scoreWaits, WaitsNeeded: scoreWaitsNeeded,
		WaitQuantile: scoreWaitQuantile, MostWait: mostWait, FullWait: fullWait, MostForFailing: mostForFailing, MostForWaits: mostForWaits,
		Best: auction.BestMultiplier, Worst: auction.WorstMultiplier,
		Says: []string{
			"One score for each prover and product, from assignments whose record of assignment carries etaMs, in the order of the records.",
			"In time: DeliveryAccepted with arrived not after the attempt's deadline, if the attempt tells what the market pays (tells). Late: FaultRecorded late. Failed: FaultRecorded of any other offence but an invalid proof. Silent: AssignmentEnded silent. Nothing that a declared incident excuses.",
			"success begins at 1,000,000 ppm; each outcome x (1,000,000 in time, else 0) makes it ceil(((w-1)*success + x) / w), w = weightOneIn; weightRepeatedOneIn for an outcome in time whose requester is that of the run outcomes counted before it.",
			"wait: a delivery's arrival less the attempt's at, over its etaMs, in bps, rounded up, at most mostWaitBps; failed and silent count as mostWaitBps. Deadlines that an outage or our own verification moved move at as well. The latest waits are kept; quantiles are by nearest rank.",
			"surcharge: ceil(mostForFailingBps * (1,000,000 - success) / 1,000,000), and, with waitsNeeded outcomes or more, ceil(mostForWaitsBps * (w - 10,000) / (fullWaitBps - 10,000)), w the waitQuantileBps of the waits, within 10,000 and fullWaitBps.",
			"multiplier: bestMultiplierBps, with the marks for faults and for declining too often, which halve every 30 days, and the surcharge of the product; at most worstMultiplierBps.",
			"penalties and lost: faults that cost stake, and what was taken for them from a vault in the market's own asset. They change no multiplier beyond the above.",
		},
	}
}
