package marketplace

import (
	"vadium"
	"vadium/auction"
	"vadium/oracle"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// Command asks the market for something. Commands signed by an account carry who signed, the id the signature covers
// and when it expires; the market's own commands (ticks, verdicts) carry no author.
type Command struct {
	Author vadium.Account
	// Session is the author's session that signed; zero when the author's own key did.
	Session    vadium.SessionKey
	ID         vadium.CommandID
	ValidUntil vadium.Time
	Body       Body
}

// Body is what a command asks for: one of the types in this file.
type Body interface {
	// signed says whether the command needs an author's signature.
	signed() bool
}

// Signed commands of requesters, provers and stakers. Their field order is the order of their EIP-712 types
// (marketplace/signing).
type (
	// SubmitRequest asks for a proof. The request's id derives from author and ClientID.
	SubmitRequest struct {
		ClientID   vadium.Salt
		Program    vadium.ProgramID
		Statement  []byte // Program.Public scalars of 32 bytes
		Input      vadium.Digest
		MaxFee     vadium.Amount
		DamageCap  vadium.Amount // owed to the requester if the proof never comes
		Deadline   vadium.Time
		Tier       auction.Tier
		Redundancy uint32
		Allow      []vadium.Account // empty: everyone
		Deny       []vadium.Account
		// Arrangement is what is not ordinary about the request.
		Arrangement Arrangement `eip712:"arrangement"`
		// Quote is one that the market made within [QuoteLifetime], whose reserve is to hold; zero for none.
		Quote Quote `eip712:"quote"`

		// QuoteSignature is the market's of the quote, and QuoteHeld the shell's finding that it is right. Not signed.
		QuoteSignature []byte `eip712:"-"`
		QuoteHeld      bool   `eip712:"-"`
		// InputHeld is the shell's word that the market holds the input blob, of the right size. Not signed.
		InputHeld bool `eip712:"-"`
	}
	// CancelRequest takes a request back that nobody has been assigned yet.
	CancelRequest struct{ Request vadium.RequestID }

	// PlaceAsk sets the author's standing ask for a product and replaces an earlier one.
	PlaceAsk struct {
		Product    auction.Product
		Price      vadium.Amount   // per request
		Slots      uint32          // requests of this product at once
		Capacity   uint32          // requests of all products at once
		ETA        vadium.Duration // from assignment to delivery
		StandUntil vadium.Time
		// Salt blinds the ask's commitment until its epoch ends. Who signs another ask for the product under the same one
		// equivocates, and loses a fifth of its vault: draw a fresh one each time.
		Salt vadium.Salt
		// PriceCommitment is set by the shell, in the batch tiers: see [Ask]. Not signed.
		PriceCommitment vadium.Digest `eip712:"-"`
	}
	// WithdrawAsk takes the author's ask for a product back.
	WithdrawAsk struct{ Product auction.Product }
	// ServeProgram opts the author in to a program, with the proving time it measured.
	ServeProgram struct {
		Program   vadium.ProgramID
		Benchmark vadium.Duration
	}
	// DropProgram opts the author out again.
	DropProgram struct{ Program vadium.ProgramID }

	// LockRequest takes a request whose price climbs, at the price of now if that is at least Least; in its grace, one that nobody
	// delivered, for a part of what is taken from whoever should have.
	LockRequest struct {
		Request vadium.RequestID
		Least   vadium.Amount
	}
	// CommitBid bids for a request without showing the fee, and deposits the bond until the bids are cleared. See [BidCommitment].
	CommitBid struct {
		Request    vadium.RequestID
		Commitment vadium.Digest
	}
	// RevealBid shows what the author committed to, once.
	RevealBid struct {
		Request vadium.RequestID
		Fee     vadium.Amount
		Salt    vadium.Salt // 32 random bytes: without it nobody could tell the fee from the commitment
	}
	// PublishClearing publishes the proof that a batch was cleared by its rule. Anybody may: the proof decides.
	PublishClearing struct {
		Clearing uint64 // the position of the record that reports it
		// Program is the one whose circuit has Size places for orders and slots.
		Program vadium.ProgramID
		Size    uint32
		Book    vadium.Digest // what the proof says was cleared
		Proof   []byte

		// Valid is the shell's finding that the proof is one of the clearing. Not signed.
		Valid bool `eip712:"-"`
	}

	// AcceptRequest says that the assigned author has solved the witness: liability starts here.
	AcceptRequest struct{ Request vadium.RequestID }
	// DeclineRequest hands an assignment back before accepting it.
	DeclineRequest struct{ Request vadium.RequestID }
	// DisputeInput says that the input does not satisfy the program.
	DisputeInput struct{ Request vadium.RequestID }
	// SendHeartbeat says that an accepted request is being proven.
	SendHeartbeat struct {
		Request  vadium.RequestID
		Progress vadium.Bps // 10,000 is done
	}
	// Resign gives an accepted request up; cheaper than not showing up.
	Resign struct{ Request vadium.RequestID }
	// Deliver hands a proof in. The shell holds its bytes by digest.
	Deliver struct {
		Request vadium.RequestID
		Proof   vadium.Digest

		// Received is when the shell had the proof, before it waited for its turn; 0 means now. Not signed.
		Received vadium.Time `eip712:"-"`
	}

	// OpenVault opens the author's vault with junior stake from its balance of Asset, the one asset the vault will ever
	// hold: zero is the market's own.
	OpenVault struct {
		Junior     vadium.Amount
		Commission vadium.Bps
		Asset      risk.Asset
	}
	// DepositJunior adds the author's own stake to its vault.
	DepositJunior struct{ Amount vadium.Amount }
	// DepositSenior delegates stake to a vault for shares, at least MinShares of them.
	DepositSenior struct {
		Vault     vadium.VaultID
		Assets    vadium.Amount
		MinShares vadium.Amount
	}
	// ClaimCommission moves what the author's vault holds for it to its balance.
	ClaimCommission struct{ Amount vadium.Amount }
	// WithdrawBalance takes money out of the market. The operator pays it out.
	WithdrawBalance struct{ Amount vadium.Amount }
	// WithdrawCollateral is WithdrawBalance for a balance in an asset of collateral.
	WithdrawCollateral struct {
		Asset  risk.Asset
		Amount vadium.Amount
	}

	// RedeemShares burns senior shares of the author: their assets leave the vault once they have matured, and pay for
	// faults until they are claimed.
	RedeemShares struct {
		Vault  vadium.VaultID
		Shares vadium.Amount
	}
	// RedeemJunior is RedeemShares for the author's own stake in its vault.
	RedeemJunior struct{ Amount vadium.Amount }
	// ClaimRedemption moves a matured redemption of the author to its balance.
	ClaimRedemption struct {
		Vault      vadium.VaultID
		Redemption uint64
	}
	// TransferShares gives senior shares of the author to another account.
	TransferShares struct {
		Vault  vadium.VaultID
		To     vadium.Account
		Shares vadium.Amount
	}
	// ApproveShares replaces how many of the author's shares Spender may transfer.
	ApproveShares struct {
		Vault   vadium.VaultID
		Spender vadium.Account
		Shares  vadium.Amount
	}
	// TransferSharesFrom transfers shares of From within what it allowed the author.
	TransferSharesFrom struct {
		Vault  vadium.VaultID
		From   vadium.Account
		To     vadium.Account
		Shares vadium.Amount
	}
	// SetCommission changes the commission of the author's vault: a fall at once, a rise later and by little.
	SetCommission struct{ Commission vadium.Bps }
	// ExitMarket ends the author's time as a prover: it is assigned nothing more, delivers what it has, redeems its
	// stake, and may open another vault when this one holds none of it.
	ExitMarket struct{}

	// CommitEvidence announces evidence of an offence without showing it, so that nobody can report it first who has it
	// from this report. See [EvidenceCommitment].
	CommitEvidence struct{ Commitment vadium.Digest }
	// RevealEvidence shows evidence that the author has committed to before, and opens a case.
	RevealEvidence struct {
		Offender vadium.Account
		Offence  slashing.Offence
		Evidence []byte
		Salt     vadium.Salt

		// Holds is the shell's finding that the evidence proves the offence, and Subject its name of that offence: the same
		// for all evidence of it. Not signed.
		Holds   bool          `eip712:"-"`
		Subject vadium.Digest `eip712:"-"`
		// Finding is what evidence against a reporter says. Not signed.
		Finding oracle.Finding `eip712:"-"`
	}

	// RegisterReporter names a key that the author's observations are signed with. Whoever holds the key says so too, so
	// that nobody answers for what somebody else signs.
	RegisterReporter struct {
		Key oracle.Key
		// Possession is the key's signature that it is the author's, in this market.
		Possession oracle.Signature

		// Held is the shell's finding that the key is one and the possession is right. Not signed.
		Held bool `eip712:"-"`
	}
	// PublishRound publishes a round of a feed with its proof. Anybody may: the proof decides.
	PublishRound struct {
		Feed   oracle.FeedID
		Report oracle.Report `eip712:"report"`
		// Request and Prover are what the proof is bound to: the request by which it was bought on a market and who proved it,
		// or zero and the author when it was not.
		Request vadium.RequestID
		Prover  vadium.Account
		Proof   []byte

		// Valid is the shell's finding that the proof is one of the report, under the key of Program. Not signed.
		Valid   bool             `eip712:"-"`
		Program vadium.ProgramID `eip712:"-"`
	}

	// RegisterProgram lists a program. The shell has admitted its verifying key, verified the sample proof under it,
	// and says who vouches for the keys.
	RegisterProgram struct {
		Program vadium.Program `eip712:"program"` // signed as the program's id
		// SampleVerified and Class are the shell's findings. Not signed.
		SampleVerified bool            `eip712:"-"`
		Class          vadium.KeyClass `eip712:"-"`
	}

	// OpenSession lets an ed25519 key act for the author, within a scope, up to a spending limit, until it expires.
	OpenSession struct {
		Session vadium.SessionKey
		Scope   Scope
		Expires vadium.Time   // the last instant; at most MaxSessionLife ahead
		Limit   vadium.Amount // of the maximal fees of all requests it submits; zero without ScopeRequest
		Label   string        // for people, at most MaxSessionLabel bytes
	}
	// RevokeSession ends a session. The author's key signs it, or the session that ends.
	RevokeSession struct{ Session vadium.SessionKey }

	// CreditDeposit credits money that arrived for an account. Operator only.
	CreditDeposit struct {
		Account   vadium.Account
		Amount    vadium.Amount
		Reference vadium.Salt // where the money came from; each reference is credited once
	}
	// SetParams changes the parameters of later requests. Operator only.
	SetParams struct {
		Params Params `eip712:"params"`
	}
	// Pause stops the market: deadlines freeze, only deliveries go on. Operator only.
	Pause struct{ Reason string }
	// Unpause starts it again; every open deadline moves by the length of the pause. Operator only.
	Unpause struct{}
	// CreditCollateral credits an asset of collateral that arrived for an account. Operator only.
	CreditCollateral struct {
		Account   vadium.Account
		Asset     risk.Asset
		Amount    vadium.Amount
		Reference vadium.Salt // as in CreditDeposit, and never one that was used there
	}
	// SetCollateral replaces the list of assets that vaults may hold. Operator only.
	SetCollateral struct {
		Collateral risk.Registry `eip712:"collateral"`
	}
	// PublishPrice publishes the price of an asset, the market's own included. Operator only, until a feed does it.
	PublishPrice struct {
		Asset      risk.Asset
		Spot       risk.Price
		Average    risk.Price // time-weighted, of the hour before
		Confidence vadium.Ppm
		At         vadium.Time
		Quorum     bool
		Depth      risk.Value // what the asset's market took in 30 days at a tenth off the price
	}
	// SetFeed registers a feed, or replaces its configuration: at once when it is new, after the notice otherwise. Operator
	// only.
	SetFeed struct {
		Feed oracle.Feed `eip712:"feed"`

		// Committee is the shell's: the digest of the seats' keys, zero when they are no keys. Not signed.
		Committee [32]byte `eip712:"-"`
	}
	// RetireFeed ends a feed: no round of it is taken any more, and its last price becomes stale. Operator only.
	RetireFeed struct {
		Feed   oracle.FeedID
		Reason string
	}
	// DeclareIncident excuses liveness offences until a time: something was wrong that was nobody's fault. Operator only.
	DeclareIncident struct {
		Reason string
		Until  vadium.Time
	}
	// RaiseAlert enlarges the locks of new requests until a time; alert 0 ends it. Operator only.
	RaiseAlert struct {
		Alert  risk.Alert
		Until  vadium.Time // at most 72 h ahead
		Reason string
	}
	// VetoCase ends a case against a vault without a slash, with a published reason. Operator only, within the veto time.
	VetoCase struct {
		Case   CaseID
		Reason string
	}
	// ReleaseProver lets a jailed prover take requests again once its term is over, or a prover whose vault became
	// insolvent begin anew. Operator only.
	ReleaseProver struct {
		Prover vadium.Account
		Reason string
	}
)

// The market's own commands.
type (
	// OpenMarket is the first command of every journal.
	OpenMarket struct {
		Operator   vadium.Account
		Deployment vadium.Salt // the EIP-712 salt: tells markets apart
		ChainID    uint64
		Params     Params
		Seeds      [2][32]byte // tie seeds of the first two ask epochs
	}
	// TickCommand lets the earliest thing that is due happen. Seed is fresh randomness; an ask epoch that opens uses it.
	TickCommand struct{ Seed [32]byte }
	// ResumeCommand reports that the market is back; the time since its last record counts as an outage.
	ResumeCommand struct {
		Lineage vadium.Salt // of what happens from here, drawn by the shell; zero begins none
	}
	// Conclude reports the verdict on a delivery.
	Conclude struct {
		Request vadium.RequestID
		Attempt uint32
		Proof   vadium.Digest
		Verdict Verdict
	}
)

// Verdict is what verification found. The numbers are persisted and never reused.
type Verdict uint8

// Verdicts.
const (
	VerdictValid   Verdict = 1
	VerdictInvalid Verdict = 2
	// VerdictUndecided: verification itself failed. The delivery does not count, and nobody is punished.
	VerdictUndecided Verdict = 3
)

// String returns the verdict as a word.
func (v Verdict) String() string {
	switch v {
	case VerdictValid:
		return "valid"
	case VerdictInvalid:
		return "invalid"
	case VerdictUndecided:
		return "undecided"
	}
	return "unknown verdict"
}

// MarshalText writes [Verdict.String].
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Tick returns the command that lets the earliest thing that is due happen, one per call.
func Tick(seed [32]byte) Command { return Command{Body: TickCommand{Seed: seed}} }

// Resume returns the command to send first after a start.
func Resume() Command { return Command{Body: ResumeCommand{}} }

func (SubmitRequest) signed() bool   { return true }
func (CancelRequest) signed() bool   { return true }
func (PlaceAsk) signed() bool        { return true }
func (WithdrawAsk) signed() bool     { return true }
func (ServeProgram) signed() bool    { return true }
func (DropProgram) signed() bool     { return true }
func (AcceptRequest) signed() bool   { return true }
func (DeclineRequest) signed() bool  { return true }
func (DisputeInput) signed() bool    { return true }
func (SendHeartbeat) signed() bool   { return true }
func (Resign) signed() bool          { return true }
func (Deliver) signed() bool         { return true }
func (OpenVault) signed() bool       { return true }
func (DepositJunior) signed() bool   { return true }
func (DepositSenior) signed() bool   { return true }
func (ClaimCommission) signed() bool { return true }
func (WithdrawBalance) signed() bool { return true }
func (RegisterProgram) signed() bool { return true }
func (OpenSession) signed() bool     { return true }
func (RevokeSession) signed() bool   { return true }
func (CreditDeposit) signed() bool   { return true }
func (SetParams) signed() bool       { return true }
func (Pause) signed() bool           { return true }
func (Unpause) signed() bool         { return true }

func (WithdrawCollateral) signed() bool { return true }
func (RedeemShares) signed() bool       { return true }
func (RedeemJunior) signed() bool       { return true }
func (ClaimRedemption) signed() bool    { return true }
func (TransferShares) signed() bool     { return true }
func (ApproveShares) signed() bool      { return true }
func (TransferSharesFrom) signed() bool { return true }
func (SetCommission) signed() bool      { return true }
func (ExitMarket) signed() bool         { return true }
func (CommitEvidence) signed() bool     { return true }
func (RevealEvidence) signed() bool     { return true }
func (CreditCollateral) signed() bool   { return true }
func (SetCollateral) signed() bool      { return true }
func (PublishPrice) signed() bool       { return true }
func (DeclareIncident) signed() bool    { return true }
func (VetoCase) signed() bool           { return true }
func (ReleaseProver) signed() bool      { return true }
func (RaiseAlert) signed() bool         { return true }
func (RegisterReporter) signed() bool   { return true }
func (PublishRound) signed() bool       { return true }
func (SetFeed) signed() bool            { return true }
func (RetireFeed) signed() bool         { return true }
func (LockRequest) signed() bool        { return true }
func (CommitBid) signed() bool          { return true }
func (RevealBid) signed() bool          { return true }
func (PublishClearing) signed() bool    { return true }

func (OpenMarket) signed() bool    { return false }
func (TickCommand) signed() bool   { return false }
func (ResumeCommand) signed() bool { return false }
func (Conclude) signed() bool      { return false }
