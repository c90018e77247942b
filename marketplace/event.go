package marketplace

import (
	"fmt"
	"io"
	"reflect"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
	"vadium/oracle"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// Event is a fact: one of the pointer types in this file. Events are journalled; commands are not, so that a later fix
// of a rule cannot rewrite history.
type Event interface {
	apply(s *State, at vadium.Time, seq uint64)
}

// Record is an event with its position in the journal (1, 2, 3, ... without gaps) and its time.
type Record struct {
	Seq   uint64
	At    vadium.Time
	Event Event
}

// Events.
type (
	// MarketOpened is the first event of every journal.
	MarketOpened struct {
		Operator    vadium.Account
		Deployment  vadium.Salt
		ChainID     uint64
		Params      Params
		Seed        [32]byte // of the first ask epoch; hidden until it ends
		NextSeed    [32]byte // of the second; hidden likewise
		Commitment  [32]byte
		Commitment2 [32]byte
		EpochEnds   vadium.Time
	}
	// CommandAccepted records the id of a signed command, for replay protection, before the command's own events.
	CommandAccepted struct {
		ID         vadium.CommandID
		Author     vadium.Account
		ValidUntil vadium.Time
		Events     uint32 // how many events follow that belong to the command
	}
	// SessionCommandAccepted is CommandAccepted for a command that a session of the author signed.
	SessionCommandAccepted struct {
		ID         vadium.CommandID
		Author     vadium.Account
		Session    vadium.SessionKey
		ValidUntil vadium.Time
		Events     uint32        // how many events follow that belong to the command
		Spends     vadium.Amount // what counts against the session's limit
	}
	// SessionOpened: a key may act for its owner. It takes the place of a session of the same key that has expired.
	SessionOpened struct {
		Owner   vadium.Account
		Session Session
	}
	// SessionRevoked: the key may no longer act.
	SessionRevoked struct {
		Owner   vadium.Account
		Session vadium.SessionKey
	}
	// ParamsSet: later requests are governed by these parameters.
	ParamsSet struct{ Params Params }
	// MarketPaused: deadlines freeze.
	MarketPaused struct{ Reason string }
	// Resumed: the market was away or paused for Gap; every open deadline moves by it.
	Resumed struct {
		Gap      vadium.Duration
		Unpaused bool
		// Lineage names the history that begins here: drawn anew whenever the market begins to write, so that a market that
		// was restored from a backup is told from the one it was copied from. Zero in a pause's end, which begins none, and in
		// journals from before there were any.
		Lineage vadium.Salt `rlp:"optional"`
	}
	// MarketHeartbeat: the market was alive now.
	MarketHeartbeat struct{}

	// Deposited: money arrived for an account.
	Deposited struct {
		Account   vadium.Account
		Amount    vadium.Amount
		Reference vadium.Salt
	}
	// Withdrawn: money left the market.
	Withdrawn struct {
		Account vadium.Account
		Amount  vadium.Amount
	}

	// ProgramListed: the market verified a sample proof under the program's keys.
	ProgramListed struct {
		Program    vadium.Program
		Class      vadium.KeyClass
		Registrant vadium.Account
	}
	// ProgramServed: a prover opted in.
	ProgramServed struct {
		Prover    vadium.Account
		Program   vadium.ProgramID
		Benchmark vadium.Duration
	}
	// ProgramDropped: a prover opted out.
	ProgramDropped struct {
		Prover  vadium.Account
		Program vadium.ProgramID
	}

	// AskEpochOpened: asks placed from here on are sealed until Ends.
	AskEpochOpened struct {
		Epoch          uint64
		Ends           vadium.Time
		NextSeed       [32]byte // tie seed of the epoch after this one; hidden until that one ends
		NextCommitment [32]byte // SHA-256 commitment to NextSeed
	}
	// AskEpochClosed publishes the tie seed of the epoch that ended. From here on everyone may read its asks too: the
	// records from position From on are no longer redacted.
	AskEpochClosed struct {
		Epoch uint64
		Seed  [32]byte
		From  uint64
	}
	// AskPlaced: a prover's ask is in force. Until the epoch ends everyone else sees only the commitment.
	AskPlaced struct {
		Ask    Ask
		Sealed bool // true in a public copy whose price, slots and salt are withheld until the epoch has ended
	}
	// AskWithdrawn: the ask is gone.
	AskWithdrawn struct {
		Prover  vadium.Account
		Product auction.Product
	}
	// PriceSampled: a clearing entered the price index of its product.
	PriceSampled struct {
		Product auction.Product
		Sample  auction.Sample
	}

	// VaultOpened: a prover's vault exists.
	VaultOpened struct {
		Vault      vadium.VaultID
		Prover     vadium.Account
		Commission vadium.Bps
		Junior     vadium.Amount
		Asset      risk.Asset `rlp:"optional"`
	}
	// JuniorDeposited: the prover added own stake.
	JuniorDeposited struct {
		Vault  vadium.VaultID
		Amount vadium.Amount
	}
	// SeniorDeposited: a staker delegated stake.
	SeniorDeposited struct {
		Vault  vadium.VaultID
		Owner  vadium.Account
		Assets vadium.Amount
		Shares vadium.Amount
	}
	// CommissionClaimed: the prover took commission to its balance.
	CommissionClaimed struct {
		Vault  vadium.VaultID
		Amount vadium.Amount
	}
	// StakeLocked: stake backs an assignment.
	StakeLocked struct {
		Vault vadium.VaultID
		Lock  vaults.Lock
	}
	// StakeReleased: what is left of a lock is free again.
	StakeReleased struct {
		Vault   vadium.VaultID
		Request vadium.RequestID
		Attempt uint32
	}

	// RedemptionRequested: stake is on its way out of a vault.
	RedemptionRequested struct {
		Vault      vadium.VaultID
		Redemption vaults.Redemption
	}
	// RedemptionClaimed: a matured redemption was paid to its owner.
	RedemptionClaimed struct {
		Vault      vadium.VaultID
		Redemption uint64
		Owner      vadium.Account
		Assets     vadium.Amount
	}
	// SharesTransferred: senior shares changed hands. Spender used an allowance; zero if From gave them itself.
	SharesTransferred struct {
		Vault   vadium.VaultID
		From    vadium.Account
		To      vadium.Account
		Shares  vadium.Amount
		Spender vadium.Account
	}
	// SharesApproved: how many of Owner's shares Spender may transfer.
	SharesApproved struct {
		Vault   vadium.VaultID
		Owner   vadium.Account
		Spender vadium.Account
		Shares  vadium.Amount
	}
	// CommissionChanged: assignments from Effective on are made at this commission.
	CommissionChanged struct {
		Vault      vadium.VaultID
		Commission vadium.Bps
		Effective  vadium.Time
	}
	// CommissionDiverted: commission became junior stake, because stake was called for and is missing.
	CommissionDiverted struct {
		Vault  vadium.VaultID
		Amount vadium.Amount
	}
	// ProverMoved: a prover went from one state to another.
	ProverMoved struct {
		Prover vadium.Account
		Vault  vadium.VaultID // the prover's at that time
		From   ProverState
		To     ProverState
		Cause  Cause
		Until  vadium.Time // of a jail term
		Reason string      // the operator's, for a release
	}
	// CollateralSet: vaults may be opened in these assets, the market's own aside.
	CollateralSet struct{ Collateral risk.Registry }
	// CollateralDeposited: an asset arrived for an account.
	CollateralDeposited struct {
		Account   vadium.Account
		Asset     risk.Asset
		Amount    vadium.Amount
		Reference vadium.Salt
	}
	// CollateralWithdrawn: an asset left the market.
	CollateralWithdrawn struct {
		Account vadium.Account
		Asset   risk.Asset
		Amount  vadium.Amount
	}
	// PricePublished: the price of an asset.
	PricePublished struct {
		Asset risk.Asset
		Quote risk.Quote
		Depth risk.Value
	}
	// ReporterRegistered: observations signed with the key are the reporter's.
	ReporterRegistered struct {
		Reporter   vadium.Account
		Key        oracle.Key
		Possession oracle.Signature
	}
	// FeedSet: the feed has this configuration, from a time on: its first at once.
	FeedSet struct {
		Feed oracle.Feed
		From vadium.Time
	}
	// FeedRetired: the feed has ended. Until Reserved nobody else prices its asset.
	FeedRetired struct {
		Feed     oracle.FeedID
		Reason   string
		Reserved vadium.Time
	}
	// RoundPublished: a round of a feed, with what anybody needs to verify it. Previous is the position of the round before,
	// 0 if there is none. A PricePublished follows when the feed prices an asset.
	RoundPublished struct {
		Feed     oracle.FeedID
		Report   oracle.Report
		By       vadium.Account
		Request  vadium.RequestID
		Prover   vadium.Account
		Program  vadium.ProgramID
		Proof    []byte
		Previous uint64
	}
	// CallMoved: what is called for from a vault has changed.
	CallMoved struct {
		Vault vadium.VaultID
		Calls risk.Calls
	}
	// EpochMarked: a risk epoch has ended, and what the market measures once in each was measured.
	EpochMarked struct{ Network Measures }
	// BreakerTightened: prices moved within an epoch, and the breaker with them.
	BreakerTightened struct{ Breaker risk.Breaker }
	// IncidentDeclared: liveness offences are excused until Until.
	IncidentDeclared struct {
		Reason string
		Until  vadium.Time
	}
	// AlertRaised: locks of requests submitted until Until are larger; alert 0 ends it.
	AlertRaised struct {
		Alert  risk.Alert
		Until  vadium.Time
		Reason string
	}

	// RequestSubmitted: the request's terms and reserve are fixed.
	RequestSubmitted struct {
		Request Request
		Client  vadium.Salt
	}
	// EscrowLocked: the maximal fee left the requester's balance.
	EscrowLocked struct {
		Request vadium.RequestID
		Amount  vadium.Amount
	}
	// EscrowRefunded: escrow went back to the requester.
	EscrowRefunded struct {
		Request vadium.RequestID
		Amount  vadium.Amount
	}
	// RequestAssigned: a prover won, or a ranked backup took the place of one that never accepted.
	RequestAssigned struct {
		Request vadium.RequestID
		Index   uint32
		Attempt Attempt
		// Cleared says that a clearing decided it, at this journal position; Ranked are its backups. Otherwise the
		// backup was ranked before.
		Cleared bool
		Ranked  []auction.Award
		// Unopened says that the batch that served it was one of asks whose prices are never opened.
		Unopened bool `rlp:"optional"`
	}
	// BackupActivated: a backup runs beside a primary that fell silent, resigned or failed, at that primary's expense.
	BackupActivated struct {
		Request vadium.RequestID
		Index   uint32
		Attempt Attempt
		Cleared bool
		Ranked  []auction.Award
	}
	// RequestAccepted: liability starts.
	RequestAccepted struct {
		Request     vadium.RequestID
		Attempt     uint32
		HeartbeatBy vadium.Time
	}
	// AssignmentEnded: declined, silent, or disputed, before liability; released without a delivery; or excused, because
	// nobody could decide on its deliveries.
	AssignmentEnded struct {
		Request vadium.RequestID
		Attempt uint32
		Prover  vadium.Account
		Stage   Stage
		Charged bool // beyond the free quota: the prover's score suffers
	}
	// HeartbeatReceived: the prover is at work.
	HeartbeatReceived struct {
		Request     vadium.RequestID
		Attempt     uint32
		Progress    vadium.Bps
		HeartbeatBy vadium.Time
	}
	// HeartbeatMissed: the prover fell silent.
	HeartbeatMissed struct {
		Request vadium.RequestID
		Attempt uint32
	}
	// Resigned: the prover gave up; it stays liable.
	Resigned struct {
		Request vadium.RequestID
		Attempt uint32
	}
	// DeliveryReceived: a proof arrived; its time counts, whatever verification takes.
	DeliveryReceived struct {
		Request vadium.RequestID
		Attempt uint32
		Prover  vadium.Account
		Proof   vadium.Digest
		Arrived vadium.Time
	}
	// DeliveryAccepted: the proof is valid. First says that it is the one the requester gets.
	DeliveryAccepted struct {
		Request vadium.RequestID
		Attempt uint32
		Proof   vadium.Digest
		Arrived vadium.Time
		First   bool
	}
	// DeliveryRejected: the proof is invalid, or could not be checked.
	DeliveryRejected struct {
		Request   vadium.RequestID
		Attempt   uint32
		Proof     vadium.Digest
		Verdict   Verdict
		Exhausted bool            // no deliveries are left
		Excused   vadium.Duration // verification failed: the attempt's deadlines move by this
		// Undecided is how many deliveries of the assignment nobody could decide on, this one included. Journals from
		// before they were counted say 0.
		Undecided uint32 `rlp:"optional"`
	}
	// GraceStarted: the deadline passed unproven; delivering still pays, less by the minute.
	GraceStarted struct{ Request vadium.RequestID }
	// FeeSettled: the prover's fee left escrow; Protocol is the market's part of it.
	FeeSettled struct {
		Request  vadium.RequestID
		Attempt  uint32
		Vault    vadium.VaultID
		Fee      vadium.Amount
		Protocol vadium.Amount
	}
	// RewardsAccrued: the rest of the fee, divided within the vault.
	RewardsAccrued struct {
		Vault  vadium.VaultID
		Reward vaults.Reward
	}
	// SolvingFeePaid: a prover found the input unsatisfiable; the requester pays for the effort.
	SolvingFeePaid struct {
		Request vadium.RequestID
		Prover  vadium.Account
		Amount  vadium.Amount
	}
	// FaultRecorded: what went wrong, once per offence.
	FaultRecorded struct {
		Request  vadium.RequestID
		Attempt  uint32
		Prover   vadium.Account
		Vault    vadium.VaultID
		Offence  slashing.Offence
		Lateness vadium.Bps // of what the requester got, 10,000 if nothing
		Penalty  slashing.Penalty
		// Context is what the penalty's fraction was computed from, neutral in journals from before there was any, and
		// Deferred the part of the punitive money that the vault's bucket held back.
		Context  slashing.Inputs `rlp:"optional"`
		Deferred vadium.Amount   `rlp:"optional"`
		Rescuer  vadium.Account  `rlp:"optional"` // who earns a part of what is held back; zero if nobody, or if nothing is
	}
	// Slashed: stake was taken for a fault, junior money first, and where it went.
	Slashed struct {
		Request  vadium.RequestID
		Attempt  uint32
		Vault    vadium.VaultID
		Damages  vaults.Loss // all of it to the requester
		Punitive vaults.Loss
		Shares   slashing.Distribution
		Rescuer  vadium.Account // who earns Shares.Rescuer; zero if nobody
	}
	// ActivationCharged: a primary that fell silent or gave up paid what its backup cost others, from junior stake: the
	// backup's higher price to the requester, or a stand-down fee to a backup that was not needed after all.
	ActivationCharged struct {
		Request vadium.RequestID
		Attempt uint32 // the primary
		Vault   vadium.VaultID
		Loss    vaults.Loss
		To      vadium.Account
	}
	// RequestClosed: the request has ended. MarketPrice is what such requests cost now, if known.
	RequestClosed struct {
		Request     vadium.RequestID
		Phase       Phase
		Reason      string
		MarketPrice vadium.Amount
	}

	// EvidenceCommitted: somebody has evidence of something.
	EvidenceCommitted struct {
		Reporter   vadium.Account
		Commitment vadium.Digest
	}
	// CaseOpened: evidence of an offence that concerns a whole vault was shown.
	CaseOpened struct {
		Case     Case
		Evidence []byte `rlp:"optional"` // for everybody to check
	}
	// CaseVetoed: the case ended without a slash.
	CaseVetoed struct {
		Case   CaseID
		Vault  vadium.VaultID
		Reason string
	}
	// VaultSlashed: a case was carried out. Penalty is all it came to; Punitive what was taken, less what the span had cost
	// already.
	VaultSlashed struct {
		Case     CaseID
		Vault    vadium.VaultID
		Penalty  slashing.Penalty
		Punitive vaults.Loss
		Shares   slashing.Distribution
		Reporter vadium.Account // who earns Shares.Reporter
		// Context is what the penalty's fraction was computed from, and Deferred the part of the penalty that the vault's bucket
		// held back. ReporterPart is what the reporter earns of what the junior pays of that.
		Context      slashing.Inputs `rlp:"optional"`
		Deferred     vadium.Amount   `rlp:"optional"`
		ReporterPart vadium.Bps      `rlp:"optional"`
	}
	// DeferredSlashed: the bucket let through what it had held back of an earlier fault's punitive part.
	DeferredSlashed struct {
		Vault    vadium.VaultID
		Request  vadium.RequestID
		Attempt  uint32
		Punitive vaults.Loss
		Shares   slashing.Distribution
		Rescuer  vadium.Account
		Rest     vadium.Amount // still held back
		Case     CaseID        `rlp:"optional"` // that it is of, if it is of no request
	}

	// BatchCleared: the requests of a product that waited for a tick were cleared together. The assignments follow. What it
	// was cleared from is sealed until the ask epoch has ended.
	BatchCleared struct {
		Product   auction.Product
		Mechanism auction.Mechanism
		Tick      vadium.Time
		// Orders are the requests that took part, by position; Offers the asks, as far as they could matter: see [State.Recheck].
		Orders []BatchOrder
		Offers []BatchOffer
		// Served are the requests served, the highest value first, and Wins the offers that serve them, the lowest price first.
		Served []BatchServed
		Wins   []BatchWin
		// Root is the Merkle root of orders and offers, by which whoever has one of them can tell that it took part.
		Root   vadium.Digest
		Sealed bool // orders and offers are left out
		// Unopened says that prices of its offers are never shown to anybody else. Then the offers are all that took part, by prover,
		// the root is that of what is shown of them in the end, and it may serve nobody.
		Unopened bool `rlp:"optional"`
	}
	// RequestsRolled: requests that a tick did not serve wait for the next. Of the immediate product, they could not wait: each is
	// cleared by itself when its turn comes, from the next instant on.
	RequestsRolled struct {
		Product  auction.Product
		Tick     vadium.Time
		Requests []vadium.RequestID
	}
	// RequestHastened: a request that waited for a tick is cleared by itself from now on: because it is unlike the others, or
	// because the next tick would be too late, and then it is of the immediate product.
	RequestHastened struct {
		Request vadium.RequestID
		Product auction.Product
	}
	// ReserveRaised: a step of the requester's schedule was due.
	ReserveRaised struct {
		Request vadium.RequestID
		Step    uint32
		Reserve vadium.Amount
	}
	// BidCommitted: a bid was announced and its bond taken. Holds says that what the request would take is kept free for it; the bids
	// of earlier builds hold nothing.
	BidCommitted struct {
		Request    vadium.RequestID
		Prover     vadium.Account
		Commitment vadium.Digest
		Bond       vadium.Amount
		Holds      bool `rlp:"optional"`
	}
	// BidRevealed: a bid was shown. Its bond is held until the bids are cleared.
	BidRevealed struct {
		Request vadium.RequestID
		Prover  vadium.Account
		Fee     vadium.Amount
		Salt    vadium.Salt
	}
	// BondForfeited: a bid was not shown in time, or it would have won and its prover could no longer take the request; its bond goes
	// to the insurance.
	BondForfeited struct {
		Request vadium.RequestID
		Prover  vadium.Account
		Amount  vadium.Amount
	}
	// BondReturned: a bid was shown and cleared, or its request ended before; its bond goes back.
	BondReturned struct {
		Request vadium.RequestID
		Prover  vadium.Account
		Amount  vadium.Amount
	}
	// HedgePaid: a hedge that was not needed is paid for standing by, from escrow.
	HedgePaid struct {
		Request vadium.RequestID
		Attempt uint32
		Prover  vadium.Account
		Fee     vadium.Amount
	}
	// ReservationEnded: nobody took what was reserved, and everybody may.
	ReservationEnded struct{ Request vadium.RequestID }
	// ClearingProven: a proof that a batch was cleared by its rule was published.
	ClearingProven struct {
		Clearing uint64
		Size     uint32
		Book     vadium.Digest
		Proof    []byte
		By       vadium.Account
		Program  vadium.ProgramID // whose circuit has Size places
	}
)

// eventNumbers are persisted and never reused.
var eventNumbers = map[uint64]func() Event{
	1: func() Event { return new(MarketOpened) },
	2: func() Event { return new(CommandAccepted) },
	3: func() Event { return new(ParamsSet) },
	4: func() Event { return new(MarketPaused) },
	5: func() Event { return new(Resumed) },
	6: func() Event { return new(MarketHeartbeat) },
	7: func() Event { return new(SessionCommandAccepted) },
	8: func() Event { return new(SessionOpened) },
	9: func() Event { return new(SessionRevoked) },

	10: func() Event { return new(Deposited) },
	11: func() Event { return new(Withdrawn) },

	20: func() Event { return new(ProgramListed) },
	21: func() Event { return new(ProgramServed) },
	22: func() Event { return new(ProgramDropped) },

	30: func() Event { return new(AskEpochOpened) },
	31: func() Event { return new(AskEpochClosed) },
	32: func() Event { return new(AskPlaced) },
	33: func() Event { return new(AskWithdrawn) },
	34: func() Event { return new(PriceSampled) },

	40: func() Event { return new(VaultOpened) },
	41: func() Event { return new(JuniorDeposited) },
	42: func() Event { return new(SeniorDeposited) },
	43: func() Event { return new(CommissionClaimed) },
	44: func() Event { return new(StakeLocked) },
	45: func() Event { return new(StakeReleased) },
	46: func() Event { return new(RedemptionRequested) },
	47: func() Event { return new(RedemptionClaimed) },
	48: func() Event { return new(SharesTransferred) },
	49: func() Event { return new(SharesApproved) },
	50: func() Event { return new(CommissionChanged) },
	51: func() Event { return new(CommissionDiverted) },
	52: func() Event { return new(ProverMoved) },
	53: func() Event { return new(CollateralSet) },
	54: func() Event { return new(CollateralDeposited) },
	55: func() Event { return new(CollateralWithdrawn) },
	56: func() Event { return new(PricePublished) },
	57: func() Event { return new(CallMoved) },
	58: func() Event { return new(EpochMarked) },
	59: func() Event { return new(BreakerTightened) },

	60: func() Event { return new(RequestSubmitted) },
	61: func() Event { return new(EscrowLocked) },
	62: func() Event { return new(EscrowRefunded) },
	63: func() Event { return new(RequestAssigned) },
	64: func() Event { return new(BackupActivated) },
	65: func() Event { return new(RequestAccepted) },
	66: func() Event { return new(AssignmentEnded) },
	67: func() Event { return new(HeartbeatReceived) },
	68: func() Event { return new(HeartbeatMissed) },
	69: func() Event { return new(Resigned) },
	70: func() Event { return new(DeliveryReceived) },
	71: func() Event { return new(DeliveryAccepted) },
	72: func() Event { return new(DeliveryRejected) },
	73: func() Event { return new(GraceStarted) },
	74: func() Event { return new(FeeSettled) },
	75: func() Event { return new(RewardsAccrued) },
	76: func() Event { return new(SolvingFeePaid) },
	77: func() Event { return new(FaultRecorded) },
	78: func() Event { return new(Slashed) },
	79: func() Event { return new(ActivationCharged) },
	80: func() Event { return new(RequestClosed) },

	90: func() Event { return new(EvidenceCommitted) },
	91: func() Event { return new(CaseOpened) },
	92: func() Event { return new(CaseVetoed) },
	93: func() Event { return new(VaultSlashed) },
	94: func() Event { return new(DeferredSlashed) },
	95: func() Event { return new(IncidentDeclared) },
	96: func() Event { return new(AlertRaised) },

	100: func() Event { return new(ReporterRegistered) },
	101: func() Event { return new(FeedSet) },
	102: func() Event { return new(FeedRetired) },
	103: func() Event { return new(RoundPublished) },

	110: func() Event { return new(BatchCleared) },
	111: func() Event { return new(RequestsRolled) },
	112: func() Event { return new(RequestHastened) },
	113: func() Event { return new(ReserveRaised) },
	114: func() Event { return new(BidCommitted) },
	115: func() Event { return new(BidRevealed) },
	116: func() Event { return new(BondForfeited) },
	117: func() Event { return new(BondReturned) },
	118: func() Event { return new(HedgePaid) },
	119: func() Event { return new(ClearingProven) },
	120: func() Event { return new(ReservationEnded) },
}

var numberOf = func() map[reflect.Type]uint64 {
	numbers := make(map[reflect.Type]uint64, len(eventNumbers))
	for number, make := range eventNumbers {
		numbers[reflect.TypeOf(make())] = number
	}
	return numbers
}()

// KindOf returns the name of an event's type, such as "RequestAssigned".
func KindOf(e Event) string { return reflect.TypeOf(e).Elem().Name() }

// Number returns the persisted number of an event's type.
func Number(e Event) uint64 { return numberOf[reflect.TypeOf(e)] }

// EncodeRLP writes the canonical encoding: position, time, number of the event's type, fields in order.
func (r Record) EncodeRLP(w io.Writer) error {
	b := rlp.NewEncoderBuffer(w)
	list := b.List()
	b.WriteUint64(r.Seq)
	if err := rlp.Encode(b, r.At); err != nil {
		return err
	}
	b.WriteUint64(Number(r.Event))
	if err := rlp.Encode(b, r.Event); err != nil {
		return err
	}
	b.ListEnd(list)
	return b.Flush()
}

// DecodeRLP reads what EncodeRLP wrote.
func (r *Record) DecodeRLP(s *rlp.Stream) error {
	if _, err := s.List(); err != nil {
		return err
	}
	var number uint64
	for _, field := range []any{&r.Seq, &r.At, &number} {
		if err := s.Decode(field); err != nil {
			return err
		}
	}
	make, known := eventNumbers[number]
	if !known {
		return fmt.Errorf("record %d has event type %d, which this version does not know (use a newer vadium)", r.Seq, number)
	}
	r.Event = make()
	if err := s.Decode(r.Event); err != nil {
		return fmt.Errorf("record %d: %w", r.Seq, err)
	}
	return s.ListEnd()
}
