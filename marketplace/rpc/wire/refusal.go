package wire

import "vadium"

// Refusals of the wire itself; those of the rules come from the core.
const (
	// ErrMalformed: a field of the message is not what its rules allow; the message names field and limit.
	ErrMalformed = vadium.Kind("message-malformed")
	// ErrBusy: the market has as many calls or streams in hand as it takes; try again later.
	ErrBusy = vadium.Kind("market-busy")
	// ErrRateLimited: the address or the account has done too much lately; the message names the limit.
	ErrRateLimited = vadium.Kind("rate-limited")
	// ErrTooManyCalls: the account has as many calls waiting as one may have.
	ErrTooManyCalls = vadium.Kind("too-many-calls")
	// ErrTooManyStreams: the address has as many streams as one may have.
	ErrTooManyStreams = vadium.Kind("too-many-streams")
	// ErrDiskLow: the market's disk is nearly full. It takes no new requests, uploads and programs, and keeps its promises.
	ErrDiskLow = vadium.Kind("disk-low")
	// ErrTooLarge: the command's events do not fit into a batch of the journal.
	ErrTooLarge = vadium.Kind("command-too-large")
	// ErrFailed: the market failed to decide on a command of a batch; nothing changed.
	ErrFailed = vadium.Kind("market-failed")
	// ErrStopping: the market is about to stop and takes nothing new on; nothing was carried out.
	ErrStopping = vadium.Kind("market-stopping")
	// ErrProverUnknown: nobody of that account has opened a vault.
	ErrProverUnknown = vadium.Kind("no-such-prover")
	// ErrBeyondJournal: a cursor lies beyond the next record, so it is another market's.
	ErrBeyondJournal = vadium.Kind("cursor-beyond-journal")
	// ErrOtherLineage: the event before a cursor is not of the history that the cursor names: this market was restored from
	// a backup since, or the cursor is too old to tell.
	ErrOtherLineage = vadium.Kind("cursor-of-another-history")

	// ErrRoundUnknown: no round of the number was published, or none of the feed yet.
	ErrRoundUnknown = vadium.Kind("round-unknown")
	// ErrRoundFar: the round lies too many rounds back to look for it; it is listed.
	ErrRoundFar = vadium.Kind("round-too-far-back")
	// ErrRoundUndecided: the round's proof could not be looked at, for a reason that is ours.
	ErrRoundUndecided = vadium.Kind("round-undecided")
	// ErrObservationForeign: the observation is of another feed or market, or its key has no seat.
	ErrObservationForeign = vadium.Kind("observation-foreign")
	// ErrObservationUnsigned: the observation's signature is not its key's.
	ErrObservationUnsigned = vadium.Kind("observation-not-signed")
	// ErrObservationOld: the seat has signed for later rounds since, or the round is long over.
	ErrObservationOld = vadium.Kind("observation-old")
	// ErrObservationSurplus: two different observations of the seat and round are held already; they are proof enough.
	ErrObservationSurplus = vadium.Kind("observation-surplus")

	// ErrClearingUndecided: the proof of the clearing could not be looked at, for a reason that is ours.
	ErrClearingUndecided = vadium.Kind("clearing-undecided")

	// ErrBlobUnknown: the market does not hold the blob, or not for what was named as the reason to read it.
	ErrBlobUnknown = vadium.Kind("blob-unknown")
	// ErrBlobPrivate: inputs are for the requester and whoever is assigned now, proofs for nobody until accepted.
	ErrBlobPrivate = vadium.Kind("blob-private")
	// ErrBlobTooLarge: the blob exceeds the limit of its kind, which the message states.
	ErrBlobTooLarge = vadium.Kind("blob-too-large")
	// ErrBlobMismatch: what was uploaded does not have the announced digest; nothing was stored.
	ErrBlobMismatch = vadium.Kind("blob-digest-mismatch")
	// ErrBlobReserved: what was sent is what the market writes as its evidence of who has uploaded what.
	ErrBlobReserved = vadium.Kind("blob-reserved")
	// ErrBlobOffset: an upload goes on where the last chunk ended; the message says where that is.
	ErrBlobOffset = vadium.Kind("blob-offset")
	// ErrBlobNotUploaded: a program names a blob that its registrant has not uploaded.
	ErrBlobNotUploaded = vadium.Kind("blob-not-uploaded")
	// ErrUploadsExhausted: the author has no money or vault in the market, or has uploaded what it may for today.
	ErrUploadsExhausted = vadium.Kind("uploads-exhausted")
)
