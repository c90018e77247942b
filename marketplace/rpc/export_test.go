package rpc

import (
	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
)

// CheckBody is checkBody.
var CheckBody = checkBody

// Caller is Limits.caller.
var Caller = Limits.caller

// Defaults is the configuration nobody changed.
func Defaults() Config { return Config{}.withDefaults() }

// Limits that nothing outside has to know.
const (
	MaxUploads      = maxUploads
	MaxUploadsOfAll = maxUploadsOfAll
	MaxScanned      = maxScanned
	MaxSamples      = maxSamples

	MaxLookedBack     = maxLookedBack
	MaxProofsOfRounds = maxProofsOfRounds
	HeldRounds        = heldRounds
	HeldEach          = heldEach
	SeatRate          = seatRate
	SeatBurst         = seatBurst
	EvidenceRate      = evidenceRate
	EvidenceBurst     = evidenceBurst
)

// WaitingReceipts returns how many receipts wait for the market's key.
func (s *Server) WaitingReceipts() int {
	s.notary.mu.Lock()
	defer s.notary.mu.Unlock()
	return len(s.notary.waiting)
}

// Concerns reports whether an event passes the filter of an account, of which no request or vault is known.
func Concerns(account vadium.Account, e marketplace.Event) bool {
	return filter{account: account, byAccount: true}.look(e).passes
}

// QuoteOn is the quote for a request without a damage cap.
func QuoteOn(s *marketplace.State, program vadium.ProgramID, maxFee vadium.Amount, now vadium.Time) wire.Quote {
	return asked{program: program, maxFee: maxFee}.on(s, now)
}
