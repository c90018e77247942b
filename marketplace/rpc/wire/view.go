package wire

import (
	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/signing"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// Market is what there is one of, as everyone may see it.
type Market struct {
	Operator        vadium.Account     `json:"operator"`
	ChainID         uint64             `json:"chainId"`
	Deployment      vadium.Salt        `json:"deployment"`
	Signer          vadium.Account     `json:"signer"` // signs receipts
	Params          marketplace.Params `json:"params"`
	Epoch           uint64             `json:"epoch"`
	EpochEnds       vadium.Time        `json:"epochEnds"`
	SeedCommitments []vadium.Digest    `json:"seedCommitments"` // of the tie seeds of this epoch and the next
	Paused          bool               `json:"paused"`
	PauseReason     string             `json:"pauseReason"`
	Seq             uint64             `json:"seq"`          // of the last record
	At              vadium.Time        `json:"at"`           // of the last record
	OpenRequests    uint64             `json:"openRequests"` // that want a prover now
	Vaults          uint64             `json:"vaults"`
	Deposited       vadium.Amount      `json:"deposited"`
	Withdrawn       vadium.Amount      `json:"withdrawn"`
	Protocol        vadium.Amount      `json:"protocol"`
	Insurance       vadium.Amount      `json:"insurance"`
	Burnt           vadium.Amount      `json:"burnt"`
	// Lineages are the latest, in order.
	Lineages []marketplace.Lineage `json:"lineages,omitempty"`
}

// Continues reports whether the market's history holds the event at seq, of that lineage, so that whoever has seen it can go
// on from there. A nil lineage is that of a cursor that does not know it: only the position is looked at.
func (m Market) Continues(seq uint64, lineage *vadium.Salt) bool {
	if seq > m.Seq {
		return false
	}
	id, known := marketplace.LineageAt(m.Lineages, seq)
	return lineage == nil || seq == 0 || known && id == *lineage
}

// LineageAt returns the lineage of the event at seq, or nil when it is too old to know.
func (m Market) LineageAt(seq uint64) *vadium.Salt {
	if id, known := marketplace.LineageAt(m.Lineages, seq); known {
		return &id
	}
	return nil
}

// Domain returns the EIP-712 domain of the market.
func (m Market) Domain() signing.Domain {
	return signing.Domain{ChainID: m.ChainID, Deployment: m.Deployment}
}

// Ask is a standing ask; while it is sealed, price, slots, capacity, eta, expiry and salt are withheld.
type Ask struct {
	Prover     vadium.Account  `json:"prover"`
	Product    auction.Product `json:"product"`
	Price      vadium.Amount   `json:"price"`
	Slots      uint32          `json:"slots"`
	Capacity   uint32          `json:"capacity"`
	ETA        vadium.Duration `json:"eta"`
	StandUntil vadium.Time     `json:"standUntil"`
	Salt       vadium.Salt     `json:"salt"`
	Position   uint64          `json:"position"`
	Epoch      uint64          `json:"epoch"`
	Commitment vadium.Digest   `json:"commitment"`
	Sealed     bool            `json:"sealed"`

	PriceCommitment vadium.Digest `json:"priceCommitment,omitzero"`
	Unopened        bool          `json:"unopened,omitempty"`
}

// Book is what is public about a product: quantiles of recent clearing prices (zero when there are none), and asks.
type Book struct {
	Product  auction.Product `json:"product"`
	IndexP50 vadium.Amount   `json:"indexP50"`
	IndexP90 vadium.Amount   `json:"indexP90"`
	Samples  uint32          `json:"samples"`
	Asks     []Ask           `json:"asks"`
}

// Quote is what is known in public about a request before it is submitted. It binds nobody, but for what is signed in it.
type Quote struct {
	Product        auction.Product `json:"product"`  // zero while nobody serves the program
	Reserve        vadium.Amount   `json:"reserve"`  // the most the market would pay for it now
	IndexP50       vadium.Amount   `json:"indexP50"` // zero when there are no recent prices
	IndexP90       vadium.Amount   `json:"indexP90"`
	CheapestAsk    vadium.Amount   `json:"cheapestAsk"` // of published asks; zero when there are none
	Provers        uint32          `json:"provers"`     // that serve the program
	ETAMin         vadium.Duration `json:"etaMin"`
	ETAMedian      vadium.Duration `json:"etaMedian"`
	MinProving     vadium.Duration `json:"minProving"`     // from now to the nearest deadline that is accepted
	StakeAvailable vadium.Amount   `json:"stakeAvailable"` // free, of serving provers together
	Servable       bool            `json:"servable"`
	Kind           string          `json:"kind"` // why it would be refused, and what to do
	Reason         string          `json:"reason"`
	Asks           uint32          `json:"asks"`        // standing, by provers of the program, sealed ones included; with none, a request waits
	MarketPrice    vadium.Amount   `json:"marketPrice"` // the median of recent prices, else the cheapest published ask; zero if unknown
	Tiers          []TierQuote     `json:"tiers"`       // the same in each latency tier, signed; none while nobody serves the program
}

// TierQuote is what is known about a request in one latency tier. Values are zero without a fresh price of the market's own asset.
type TierQuote struct {
	Quote        marketplace.Quote `json:"quote"` // holds for [marketplace.QuoteLifetime] with the signature
	Signature    HexBytes          `json:"signature"`
	Reserve      vadium.Amount     `json:"reserve"`  // the most the market would pay for this request
	PriceP50     vadium.Amount     `json:"priceP50"` // what reserves rest on; zero when unknown
	PriceP90     vadium.Amount     `json:"priceP90"`
	TimeP50      vadium.Duration   `json:"timeP50"` // from assignment to delivery, of the latest; zero when there are none
	TimeP95      vadium.Duration   `json:"timeP95"`
	Deliveries   uint32            `json:"deliveries"`
	InTime       uint32            `json:"inTime"` // of Ended
	Ended        uint32            `json:"ended"`
	Asks         uint32            `json:"asks"`    // standing, by provers of the program, sealed ones included
	Covered      bool              `json:"covered"` // one of these has the stake
	ValueP50     risk.Value        `json:"valueP50"`
	ValueP90     risk.Value        `json:"valueP90"`
	ValueReserve risk.Value        `json:"valueReserve"`
}

// HexBytes are bytes that JSON shows as 0x and hex digits.
type HexBytes []byte

// MarshalText writes [Hex].
func (b HexBytes) MarshalText() ([]byte, error) { return []byte(Hex(b)), nil }

// UnmarshalText reads what MarshalText wrote.
func (b *HexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = ReadBytes(string(text))
	return err
}

// Prover is what the market knows of a prover, over all its vaults.
type Prover struct {
	Account  vadium.Account             `json:"account"`
	Vault    vadium.VaultID             `json:"vault"`
	Marks    uint64                     `json:"marks"`
	MarksAt  vadium.Time                `json:"marksAt"`
	Day      uint64                     `json:"day"`
	Declines uint32                     `json:"declines"`
	Running  []marketplace.ProductCount `json:"running"`
	Proved   uint64                     `json:"proved"`
	Late     uint64                     `json:"late"`
	Faults   uint64                     `json:"faults"`
	Earned   vadium.Amount              `json:"earned"`
	Lost     vadium.Amount              `json:"lost"`
	Asks     []Ask                      `json:"asks"`
	Programs []ServedProgram            `json:"programs"`

	State   marketplace.ProverState `json:"state"`
	Since   vadium.Time             `json:"since"` // 0: since it opened its vault
	Cause   string                  `json:"cause"`
	Until   vadium.Time             `json:"until"` // of a jail term; 0: none
	History slashing.MilliPoints    `json:"history"`
	Strikes uint32                  `json:"strikes"`
	Uptime  vadium.Bps              `json:"uptimeBps"`
}

// ServedProgram is a program a prover opted in to.
type ServedProgram struct {
	Program   vadium.ProgramID `json:"program"`
	Benchmark vadium.Duration  `json:"benchmark"`
}

// Listing is a program the market lists.
type Listing struct {
	ID         vadium.ProgramID     `json:"id"`
	Program    vadium.Program       `json:"program"`
	Class      vadium.KeyClass      `json:"class"`
	Registrant vadium.Account       `json:"registrant"`
	ListedAt   vadium.Time          `json:"listedAt"`
	Servers    []marketplace.Server `json:"servers"`
	MinProving vadium.Duration      `json:"minProving"` // 0 while nobody serves it
	Size       uint8                `json:"size"`       // size class of its requests' products
}

// Account is what someone has in the market outside vaults.
type Account struct {
	Account      vadium.Account `json:"account"`
	Balance      vadium.Amount  `json:"balance"`
	OpenRequests uint32         `json:"openRequests"`
	Vault        vadium.VaultID `json:"vault"` // the current one; 0: none
	// Other is free money in assets of collateral, by asset.
	Other []marketplace.AssetBalance `json:"other,omitempty"`
}

// Vault is one prover's stake.
type Vault struct {
	ID              vadium.VaultID `json:"id"`
	Prover          vadium.Account `json:"prover"`
	Opened          vadium.Time    `json:"opened"`
	Commission      vadium.Bps     `json:"commission"`
	CommissionDue   vadium.Amount  `json:"commissionDue"`
	Junior          vadium.Amount  `json:"junior"`
	JuniorUnbonding vadium.Amount  `json:"juniorUnbonding"`
	Senior          vadium.Amount  `json:"senior"`
	SeniorUnbonding vadium.Amount  `json:"seniorUnbonding"`
	Dripping        vadium.Amount  `json:"dripping"`
	Shares          vadium.Amount  `json:"shares"`
	Holdings        []Holding      `json:"holdings"`
	Effective       vadium.Amount  `json:"effective"`
	Free            vadium.Amount  `json:"free"`
	Locked          vadium.Amount  `json:"locked"`
	DamageCaps      vadium.Amount  `json:"damageCaps"`
	Locks           []vaults.Lock  `json:"locks"`
	Cases           uint32         `json:"cases"`

	Asset risk.Asset              `json:"asset"` // zero: the market's own
	State marketplace.ProverState `json:"state"` // of its prover; null when this vault is no longer its
	// SharePrice is what 10^24 shares, one token's worth at par, are worth now.
	SharePrice vadium.Amount `json:"sharePrice"`
	// CommissionSteps are rises of the commission that have been announced, in order of time.
	CommissionSteps []CommissionStep `json:"commissionSteps,omitempty"`
	Redemptions     []Redemption     `json:"redemptions,omitempty"`
	Risk            VaultRisk        `json:"risk"`
}

// CommissionStep is a commission that holds for assignments from a time on.
type CommissionStep struct {
	Commission vadium.Bps  `json:"commission"`
	Effective  vadium.Time `json:"effective"`
}

// Redemption is stake on its way out of a vault.
type Redemption struct {
	Vault   vadium.VaultID `json:"vault"`
	ID      uint64         `json:"id"`
	Owner   vadium.Account `json:"owner"`
	Junior  bool           `json:"junior"` // the prover's own stake; else an owner's shares
	Shares  vadium.Amount  `json:"shares"`
	Assets  vadium.Amount  `json:"assets"` // when it began
	Worth   vadium.Amount  `json:"worth"`  // now, after every slash since
	Matures vadium.Time    `json:"matures"`
	Asset   risk.Asset     `json:"asset"`
}

// Allowance is how many of an owner's shares a spender may still transfer.
type Allowance struct {
	Owner   vadium.Account `json:"owner"`
	Spender vadium.Account `json:"spender"`
	Shares  vadium.Amount  `json:"shares"`
}

// Holding is one owner's senior shares and what they could be redeemed for now.
type Holding struct {
	Owner  vadium.Account `json:"owner"`
	Shares vadium.Amount  `json:"shares"`
	Assets vadium.Amount  `json:"assets"`
}

// Accepted says that a command is durable, and where in the journal its events are.
type Accepted struct {
	Command  vadium.CommandID `json:"command"`
	FirstSeq uint64           `json:"firstSeq"`
	LastSeq  uint64           `json:"lastSeq"`
	At       vadium.Time      `json:"at"`
}

// Authorization is what a command carries beside its body.
type Authorization struct {
	Author     vadium.Account    `json:"author"`
	Salt       vadium.Salt       `json:"salt"`
	ValidUntil vadium.Time       `json:"validUntil"`
	Signature  []byte            `json:"signature"`
	Session    vadium.SessionKey `json:"session"` // zero: the author's own key signed
}

// UploadToken is a signed [signing.PutBlob].
type UploadToken struct {
	Author     vadium.Account    `json:"author"`
	Kind       string            `json:"kind"`
	Digest     vadium.Digest     `json:"digest"`
	Size       uint64            `json:"size"`
	ValidUntil vadium.Time       `json:"validUntil"`
	Signature  []byte            `json:"signature"`
	Session    vadium.SessionKey `json:"session"` // zero: the author's own key signed
}

// ReadToken is the part of a signed [signing.ReadBlob] that the request for the blob does not say already.
type ReadToken struct {
	Author     vadium.Account    `json:"author"`
	ValidUntil vadium.Time       `json:"validUntil"`
	Signature  []byte            `json:"signature"`
	Session    vadium.SessionKey `json:"session"` // zero: the author's own key signed
}

// Kinds of blob an account may upload.
const (
	BlobInput            = "input"
	BlobVerifyingKey     = "verifying-key"
	BlobConstraintSystem = "constraint-system"
	BlobProvingKey       = "proving-key"
	BlobSample           = "sample"
)
