package client

import (
	"google.golang.org/protobuf/proto"

	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
)

type wireMessage = proto.Message

// What the market tells about itself, where the core has no type of that shape.
type (
	// Market is what there is one of.
	Market = wire.Market
	// Book is a product's price index and asks.
	Book = wire.Book
	// Ask is a standing ask as everyone may see it.
	Ask = wire.Ask
	// Quote is what is known before a request is submitted.
	Quote = wire.Quote
	// TierQuote is what is known of a request in one latency tier, with the market's signature.
	TierQuote = wire.TierQuote
	// Prover is what the market knows of a prover.
	Prover = wire.Prover
	// Listing is a program the market lists.
	Listing = wire.Listing
	// Account is what someone has outside vaults.
	Account = wire.Account
	// Vault is one prover's stake.
	Vault = wire.Vault
	// Redemption is stake on its way out of a vault.
	Redemption = wire.Redemption
	// Allowance is how many of an owner's shares a spender may still transfer.
	Allowance = wire.Allowance
	// Risk is how all stake compares with all that is at risk.
	Risk = wire.Risk
	// StateCount counts provers in one state.
	StateCount = wire.StateCount
	// AssetPrice is an asset that vaults may hold, with what is known of its price.
	AssetPrice = wire.AssetPrice
	// Call is a demand for missing stake.
	Call = wire.Call
	// Case is an offence that concerns a whole vault.
	Case = wire.Case
	// ProvenFeed is a feed as it stands.
	ProvenFeed = wire.ProvenFeed
	// Round is a round of a feed that was published, with what anybody needs to verify it.
	Round = wire.Round
	// Clearing is a batch that was cleared, as the market keeps it.
	Clearing = wire.Clearing
	// Accepted says where in the journal a command's events are.
	Accepted = wire.Accepted
)

// Receipted is a receipt with the market's signature, which the client has checked. Keep both: together they prove to
// anyone what the market said ([signing.CheckReceipt]).
type Receipted[R signing.Receipt] struct {
	Receipt   R
	Signature []byte
	// Place is where the receipt stands on the sheet that was signed; zero: it was signed alone.
	Place signing.Place `json:",omitzero"`
}

// Kinds of blob an account uploads.
const (
	Input            = wire.BlobInput
	VerifyingKey     = wire.BlobVerifyingKey
	ConstraintSystem = wire.BlobConstraintSystem
	ProvingKey       = wire.BlobProvingKey
	Sample           = wire.BlobSample // the public input a program names to show that it works
)
