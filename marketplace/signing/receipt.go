package signing

import (
	"vadium"
	"vadium/auction"
)

// Receipts are the market's signed word on what it has made durable: whoever holds one can prove later that the market
// said so, even if its journal should say otherwise.
type (
	// DeliveryReceipt says that a proof arrived, and when.
	DeliveryReceipt struct {
		Request vadium.RequestID
		Attempt uint32
		Prover  vadium.Account
		Proof   vadium.Digest
		Arrived vadium.Time
		Seq     uint64 // of DeliveryReceived
	}
	// AskReceipt says that an ask is in force, sealed under its commitment.
	AskReceipt struct {
		Prover     vadium.Account
		Product    auction.Product
		Commitment [32]byte
		Epoch      uint64
		Seq        uint64 // of AskPlaced
	}
	// RequestReceipt says that a request is in, and at what reserve.
	RequestReceipt struct {
		Request   vadium.RequestID
		Requester vadium.Account
		Reserve   vadium.Amount
		At        vadium.Time
		Seq       uint64 // of RequestSubmitted
	}
	// BatchReceipt says what became of every command of a batch: Verdicts is the digest of [Verdicts].
	BatchReceipt struct {
		Batch    vadium.Digest
		Verdicts vadium.Digest
	}
)

// Receipt is one of the types above.
type Receipt interface {
	DeliveryReceipt | AskReceipt | RequestReceipt | BatchReceipt
}

// CheckReceipt returns nil if market signed the receipt, alone or at this place on a sheet; else [ErrMalformedSignature]
// or [ErrWrongSigner].
func CheckReceipt[R Receipt](d Domain, market vadium.Account, r R, at Place, signature []byte) error {
	covered, err := at.signed(ReceiptHash(r))
	if err != nil {
		return err
	}
	return d.verify(market, covered, signature)
}
