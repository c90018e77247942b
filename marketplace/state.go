package marketplace

import (
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/oracle"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// State is the market at one position of its journal. It is not safe for concurrent use.
type State struct {
	base *State // not nil: an overlay on which Decide plays its events

	market Market

	accounts   table[vadium.Account, Holder]
	provers    table[vadium.Account, Prover]
	programs   table[vadium.ProgramID, Listing]
	books      table[auction.Product, Book]
	vaults     table[vadium.VaultID, vaults.Vault]
	requests   table[vadium.RequestID, Request]
	locks      table[lockID, vaults.Lock]
	references *referenceSet
	seen       *seenTable
	sessions   table[vadium.Account, Sessions]
	backings   table[vadium.VaultID, Backing]
	feeds      table[risk.Asset, Feed]
	cases      table[CaseID, Case]
	evidence   table[vadium.Digest, committed] // by commitment
	reporters  table[oracle.Key, Reporter]
	proven     table[oracle.FeedID, ProvenFeed]
	bids       table[vadium.RequestID, Bids]
	scores     table[ScoreID, Score]
	cleared    table[clearingID, ClearedBatch]

	// Derived, not part of the digest; empty in overlays.
	line      line
	pools     map[poolID]*pool
	inPools   int // requests in all of them
	due       dueHeap
	offers    offers
	locksHeld map[vadium.VaultID]map[lockID]struct{}
	stakes    map[vadium.Account]int // see [State.stands]
	// inCollateral are the vaults in other assets than the market's own, in order of opening.
	inCollateral []vadium.VaultID
	// loads is derived too, and layered as the rest because a command that assigns several requests sees them: what is
	// assigned of each class of work.
	loads  table[auction.Product, load]
	docket docket
	// keysOf counts an account's keys among the reporters'.
	keysOf map[vadium.Account]int
	// clearings are the rows of cleared, oldest first.
	clearings []clearingID
	// lastBatch is what the last batch came to, as far as this state has seen it: what its assignments are checked against.
	lastBatch *BatchCleared

	scratch *draft // what the last Decide played its events on, for the next to use again
}

// clearingID is the position of the record that reports a batch.
type clearingID uint64

// lockID names the lock of one assignment.
type lockID struct {
	Request vadium.RequestID
	Attempt uint32
}

// Market is what there is one of. All money that no single holder, vault or request has is here.
type Market struct {
	Operator   vadium.Account
	Deployment vadium.Salt
	ChainID    uint64
	Opened     bool

	Seq uint64      // of the last record
	At  vadium.Time // of the last record

	Params []Params // every set that ever applied to later requests; the last one is in force

	Epoch       uint64
	EpochFrom   uint64 // position at which the current ask epoch opened
	EpochEnds   vadium.Time
	Seed        [32]byte
	NextSeed    [32]byte
	Commitments [2][32]byte // of Seed and NextSeed

	PausedAt    vadium.Time
	Paused      bool
	PauseReason string

	Deposited vadium.Amount // in
	Withdrawn vadium.Amount // out
	InTransit vadium.Amount // between FeeSettled and RewardsAccrued
	Protocol  vadium.Amount
	Insurance vadium.Amount
	Burnt     vadium.Amount
	NextVault vadium.VaultID

	Lineages []Lineage `rlp:"optional"` // the latest, at most maxLineages, in order; never changed in place

	Network *Network `rlp:"optional"` // nil as long as nothing of it is needed; never changed in place
	// Ended sums what was locked for the liable assignments that ended since the last risk epoch was marked, and Failed for
	// those of them without a valid, punctual proof, in millionths of a token.
	Ended  uint64 `rlp:"optional"`
	Failed uint64 `rlp:"optional"`
}

// Holder is an account's free money.
type Holder struct {
	Balance vadium.Amount
	Open    uint32 // open requests
	// Other is its money in assets of collateral, by asset, none empty; never changed in place.
	Other []AssetBalance `rlp:"optional"`
}

// AssetBalance is free money in one asset of collateral.
type AssetBalance struct {
	Asset  risk.Asset    `json:"asset"`
	Amount vadium.Amount `json:"amount"`
}

// Prover is what the market remembers of one, over all its vaults.
type Prover struct {
	Vault vadium.VaultID // the current one; 0: none yet
	// Marks worsen the score: they add to the multiplier of the prover's asks, at most 5,000, and halve every 30 days.
	Marks   uint64
	MarksAt vadium.Time
	// Declines in the current day, for the free quota.
	Day      uint64
	Declines uint32
	// Running counts assignments that have not ended, by product.
	Running []ProductCount
	// Record for people. Earned and Lost are in the market's own asset; what vaults in others lost is not in them.
	Proved, Late, Faults uint64
	Earned, Lost         vadium.Amount

	Status  Status  `rlp:"optional"`
	Conduct Conduct `rlp:"optional"`

	portions []portion // derived; by class of work
	// surcharges are derived, too: what its scores add to its multipliers, by product, where that is something.
	surcharges []surcharge
	holds      []hold // derived; by product, none empty
}

// Conduct is what a prover's penalties depend on beside the fault itself.
type Conduct struct {
	// History are the points of its offences; unlike Marks it counts no declines.
	History   slashing.MilliPoints
	HistoryAt vadium.Time
	Span      slashing.Span
	// Silence is the share of its latest assignments in which it fell silent, an exponential average in ppm.
	Silence vadium.Ppm
	// LastFault is, by class, the epoch of its latest fault and the stake it was counted with (see [Recent]).
	LastFault [2]CountedFault
	// Wide is the span of its latest cases, by when they were opened: of the penalties of one span only the worst counts.
	Wide slashing.Span
}

// CountedFault is a fault as the correlation counts it.
type CountedFault struct {
	Epoch risk.Epoch
	Stake vadium.Amount
}

// ProductCount counts something of a product.
type ProductCount struct {
	Product auction.Product
	Count   uint32
}

// Listing is a program the market lists.
type Listing struct {
	Program    vadium.Program
	Class      vadium.KeyClass
	Registrant vadium.Account
	ListedAt   vadium.Time
	Servers    []Server // opted in, by account
	// Size is the program's size class. It follows the median benchmark with hysteresis: a program stays in its class
	// until the median is more than one class away, so that a few busy benchmarks do not leave asks and waiting
	// requests in different products.
	Size uint8

	// Derived: what MinProving returns; 0 until it has been worked out.
	fastest, reference vadium.Duration
}

// Server is a prover that serves a program, and how long one proof takes it.
type Server struct {
	Prover    vadium.Account
	Benchmark vadium.Duration
}

// Ask is a prover's standing price for a product.
type Ask struct {
	Prover     vadium.Account  `json:"prover"`
	Product    auction.Product `json:"product"`
	Price      vadium.Amount   `json:"price"`
	Slots      uint32          `json:"slots"`
	Capacity   uint32          `json:"capacity"`
	ETA        vadium.Duration `json:"etaMs"`
	StandUntil vadium.Time     `json:"standUntil"`
	Salt       vadium.Salt     `json:"blinding"`
	// Position and Epoch say when it came into force: it counts for requests submitted later, and for all once its
	// epoch has ended.
	Position   uint64        `json:"position"`
	Epoch      uint64        `json:"epoch"`
	Commitment vadium.Digest `json:"commitment"`
	// PriceCommitment is to the price alone, made with a hash that circuits can: what a clearing's book is made of. Asks of the
	// batch tiers have one; see circuits/clearing.
	PriceCommitment vadium.Digest `json:"priceCommitment,omitzero" rlp:"optional"`
	// Unopened says that its price is never shown to anybody else. It counts in batches only, whose clearings are proven.
	Unopened bool `json:"unopened,omitempty" rlp:"optional"`
}

// Book is a product's asks, by account, its price index, and how soon its proofs come.
type Book struct {
	Asks  []*Ask // never changed in place
	Index auction.Index
	Pace  Pace `rlp:"optional"`
}

type seenCommand struct {
	ID         vadium.CommandID
	Author     vadium.Account
	ValidUntil vadium.Time
	First      uint64 // position of CommandAccepted
	Events     uint32
	At         vadium.Time
}

func copyFlat[V any](to, from *V) { *to = *from }

// NewState returns the state before the first record.
func NewState() *State {
	return &State{
		accounts: newTable[vadium.Account](copyFlat[Holder]),
		provers: newTable[vadium.Account](func(to, from *Prover) {
			running, portions := append(to.Running[:0], from.Running...), append(to.portions[:0], from.portions...)
			surcharges, holds := append(to.surcharges[:0], from.surcharges...), append(to.holds[:0], from.holds...)
			*to = *from
			to.Running, to.portions, to.surcharges, to.holds = running, portions, surcharges, holds
		}),
		programs: newTable[vadium.ProgramID](func(to, from *Listing) {
			servers := append(to.Servers[:0], from.Servers...)
			*to = *from
			to.Servers = servers
		}),
		books:      newTable[auction.Product](copyFlat[Book]),        // neither asks nor index are changed in place
		vaults:     newTable[vadium.VaultID](copyFlat[vaults.Vault]), // its lists are never changed in place
		requests:   newTable[vadium.RequestID]((*Request).copy),
		locks:      newTable[lockID](copyFlat[vaults.Lock]),
		references: newReferenceSet(),
		seen:       newSeenTable(),
		sessions:   newTable[vadium.Account]((*Sessions).copy),
		backings:   newTable[vadium.VaultID](copyFlat[Backing]),
		feeds:      newTable[risk.Asset](copyFlat[Feed]),
		cases:      newTable[CaseID](copyFlat[Case]),
		evidence:   newTable[vadium.Digest](copyFlat[committed]),
		reporters:  newTable[oracle.Key](copyFlat[Reporter]),
		proven:     newTable[oracle.FeedID](copyFlat[ProvenFeed]), // its lists are never changed in place
		bids:       newTable[vadium.RequestID](copyFlat[Bids]),
		scores:     newTable[ScoreID](copyFlat[Score]),
		cleared:    newTable[clearingID](copyFlat[ClearedBatch]),
		pools:      map[poolID]*pool{},
		offers:     newOffers(),
		loads:      newTable[auction.Product](copyFlat[load]),
		locksHeld:  map[vadium.VaultID]map[lockID]struct{}{},
		stakes:     map[vadium.Account]int{},
		docket:     newDocket(),
		keysOf:     map[vadium.Account]int{},
	}
}

func (s *State) overlay() *State {
	return &State{
		base:     s,
		accounts: s.accounts.overlay(), provers: s.provers.overlay(), programs: s.programs.overlay(),
		books: s.books.overlay(), vaults: s.vaults.overlay(), requests: s.requests.overlay(),
		references: s.references, seen: s.seen, sessions: s.sessions.overlay(),
		locks: s.locks.overlay(), backings: s.backings.overlay(), feeds: s.feeds.overlay(), cases: s.cases.overlay(),
		evidence: s.evidence.overlay(), loads: s.loads.overlay(), reporters: s.reporters.overlay(), proven: s.proven.overlay(),
		bids: s.bids.overlay(), scores: s.scores.overlay(), cleared: s.cleared.overlay(),
	}
}

// wipe makes an overlay as good as new.
func (s *State) wipe() {
	s.accounts.wipe()
	s.provers.wipe()
	s.programs.wipe()
	s.books.wipe()
	s.vaults.wipe()
	s.requests.wipe()
	s.locks.wipe()
	s.sessions.wipe()
	s.backings.wipe()
	s.feeds.wipe()
	s.cases.wipe()
	s.evidence.wipe()
	s.reporters.wipe()
	s.proven.wipe()
	s.bids.wipe()
	s.scores.wipe()
	s.cleared.wipe()
	s.loads.wipe()
	s.market = s.base.market
	s.market.Params = slices.Clip(s.market.Params)
}

// NextSeq returns the position of the next record.
func (s *State) NextSeq() uint64 { return s.market.Seq + 1 }

// Now returns the time of the last record.
func (s *State) Now() vadium.Time { return s.market.At }

// Market returns a copy of what there is one of.
func (s *State) Market() Market { return s.market }

// Params returns the parameters that govern later requests.
func (s *State) Params() Params { return *s.params() }

func (s *State) params() *Params { return &s.market.Params[len(s.market.Params)-1] } // never changed in place

func (s *State) terms(r *Request) *Params { return &s.market.Params[r.Terms] }

// Apply folds a record in. It cannot fail: it panics if the record does not follow the last one or breaks an invariant,
// because then the journal or the program is wrong.
func (s *State) Apply(r Record) {
	if r.Seq != s.market.Seq+1 {
		panic("invariant: records are applied in order without gaps")
	}
	if r.At.Before(s.market.At) {
		panic("invariant: time never goes back")
	}
	s.market.Seq, s.market.At = r.Seq, r.At
	r.Event.apply(s, r.At, r.Seq)
}

// watch notes when the request is due and whether it wants a prover. Called after every change of a request.
func (s *State) watch(r *Request) {
	if s.base != nil {
		return
	}
	s.watchDue(r)
	s.watchTick(r)
	switch wants := r.wantsProver() && !r.waitsForTick(); {
	case wants && !r.inLine:
		s.line.join(waiting{r.Position, r.ID, r.soughtIn(), r.Reserve})
	case !wants && r.inLine:
		s.line.leave(r.Position)
	default:
		return
	}
	r.inLine = !r.inLine
}

// NextDeadline returns when the market next has to act by itself: send a [Tick] then. [vadium.Forever] if never.
func (s *State) NextDeadline() vadium.Time {
	if !s.market.Opened {
		return vadium.Forever
	}
	next := s.market.At.Add(s.params().MarketHeartbeat)
	if s.market.Paused {
		return next
	}
	at, _ := s.earliest()
	return next.Earliest(at).Earliest(s.market.EpochEnds).Earliest(s.markDue()).Earliest(s.docketDue())
}
