package wire

import (
	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/signing"
	"vadium/vaults"
)

// Market is what there is one of, as everyone may see it.
type Market struct {
	Operator        vadium.Account
	ChainID         uint64
	Deployment      vadium.Salt
	Signer          vadium.Account // signs receipts
	Params          marketplace.Params
	Epoch           uint64
	EpochEnds       vadium.Time
	SeedCommitments [][32]byte // of the tie seeds of this epoch and the next
	Paused          bool
	PauseReason     string
	Seq             uint64      // of the last record
	At              vadium.Time // of the last record
	OpenRequests    uint64      // that want a prover now
	Vaults          uint64
	Deposited       vadium.Amount
	Withdrawn       vadium.Amount
	Protocol        vadium.Amount
	Insurance       vadium.Amount
	Burnt           vadium.Amount
}

// Domain returns the EIP-712 domain of the market.
func (m Market) Domain() signing.Domain {
	return signing.Domain{ChainID: m.ChainID, Deployment: m.Deployment}
}

// Ask is a standing ask; while it is sealed, price, slots, capacity, eta, expiry and salt are withheld.
type Ask struct {
	Prover     vadium.Account
	Product    auction.Product
	Price      vadium.Amount
	Slots      uint32
	Capacity   uint32
	ETA        vadium.Duration
	StandUntil vadium.Time
	Salt       vadium.Salt
	Position   uint64
	Epoch      uint64
	Commitment [32]byte
	Sealed     bool
}

// Book is what is public about a product: quantiles of recent clearing prices (zero when there are none), and asks.
type Book struct {
	Product  auction.Product
	IndexP50 vadium.Amount
	IndexP90 vadium.Amount
	Samples  uint32
	Asks     []Ask
}

// Quote is what is known in public about a request before it is submitted. It binds nobody.
type Quote struct {
	Product        auction.Product // zero while nobody serves the program
	Reserve        vadium.Amount   // the most the market would pay for it now
	IndexP50       vadium.Amount   // zero when there are no recent prices
	IndexP90       vadium.Amount
	CheapestAsk    vadium.Amount // of published asks; zero when there are none
	Provers        uint32        // that serve the program
	ETAMin         vadium.Duration
	ETAMedian      vadium.Duration
	MinProving     vadium.Duration // from now to the nearest deadline that is accepted
	StakeAvailable vadium.Amount   // free, of serving provers together
	Servable       bool
	Kind           string // why it would be refused, and what to do
	Reason         string
	Asks           uint32        // standing, by provers of the program, sealed ones included; with none, a request waits
	MarketPrice    vadium.Amount // the median of recent prices, else the cheapest published ask; zero if unknown
}

// Prover is what the market knows of a prover, over all its vaults.
type Prover struct {
	Account  vadium.Account
	Vault    vadium.VaultID
	Marks    uint64
	MarksAt  vadium.Time
	Day      uint64
	Declines uint32
	Running  []marketplace.ProductCount
	Proved   uint64
	Late     uint64
	Faults   uint64
	Earned   vadium.Amount
	Lost     vadium.Amount
	Asks     []Ask
	Programs []ServedProgram
}

// ServedProgram is a program a prover opted in to.
type ServedProgram struct {
	Program   vadium.ProgramID
	Benchmark vadium.Duration
}

// Listing is a program the market lists.
type Listing struct {
	ID         vadium.ProgramID
	Program    vadium.Program
	Class      vadium.KeyClass
	Registrant vadium.Account
	ListedAt   vadium.Time
	Servers    []marketplace.Server
	MinProving vadium.Duration // 0 while nobody serves it
	Size       uint8           // size class of its requests' products
}

// Account is what someone has in the market outside vaults.
type Account struct {
	Account      vadium.Account
	Balance      vadium.Amount
	OpenRequests uint32
	Vault        vadium.VaultID // the current one; 0: none
}

// Vault is one prover's stake.
type Vault struct {
	ID              vadium.VaultID
	Prover          vadium.Account
	Opened          vadium.Time
	Commission      vadium.Bps
	CommissionDue   vadium.Amount
	Junior          vadium.Amount
	JuniorUnbonding vadium.Amount
	Senior          vadium.Amount
	SeniorUnbonding vadium.Amount
	Dripping        vadium.Amount
	Shares          vadium.Amount
	Holdings        []Holding
	Effective       vadium.Amount
	Free            vadium.Amount
	Locked          vadium.Amount
	DamageCaps      vadium.Amount
	Locks           []vaults.Lock
	Cases           uint32
}

// Holding is one owner's senior shares and what they could be redeemed for now.
type Holding struct {
	Owner  vadium.Account
	Shares vadium.Amount
	Assets vadium.Amount
}

// Accepted says that a command is durable, and where in the journal its events are.
type Accepted struct {
	Command  vadium.CommandID
	FirstSeq uint64
	LastSeq  uint64
	At       vadium.Time
}

// Authorization is what a command carries beside its body.
type Authorization struct {
	Author     vadium.Account
	Salt       vadium.Salt
	ValidUntil vadium.Time
	Signature  []byte
}

// UploadToken is a signed [signing.PutBlob].
type UploadToken struct {
	Author     vadium.Account
	Kind       string
	Digest     vadium.Digest
	Size       uint64
	ValidUntil vadium.Time
	Signature  []byte
}

// ReadToken is the part of a signed [signing.ReadBlob] that the request for the blob does not say already.
type ReadToken struct {
	Author     vadium.Account
	ValidUntil vadium.Time
	Signature  []byte
}

// Kinds of blob an account may upload.
const (
	BlobInput            = "input"
	BlobVerifyingKey     = "verifying-key"
	BlobConstraintSystem = "constraint-system"
	BlobProvingKey       = "proving-key"
	BlobSample           = "sample"
)
