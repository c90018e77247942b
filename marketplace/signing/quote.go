package signing

import (
	"vadium"
	"vadium/marketplace"
)

// SignQuote returns the market's word that a quote holds as a reserve for as long as quotes do.
func SignQuote(d Domain, market Signer, q marketplace.Quote) ([]byte, error) {
	return market.SignDigest(d.digest(hashOf(q)))
}

// CheckQuote returns nil if market signed the quote; else [ErrMalformedSignature] or [ErrWrongSigner].
func CheckQuote(d Domain, market vadium.Account, q marketplace.Quote, signature []byte) error {
	return d.verify(market, hashOf(q), signature)
}
