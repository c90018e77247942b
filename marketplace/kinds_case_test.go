package marketplace_test

import (
	"maps"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/vaults/risk"
)

func init() {
	const reported = "commit alice prover1 e; skip 1s; reveal alice prover1 e"
	maps.Copy(scripted, map[vadium.Kind]string{
		marketplace.ErrCommitmentExists: "commit alice prover1 e; commit alice prover1 e",
		marketplace.ErrNotReportable:    "commit alice prover1 e offence=no-show; skip 1s; reveal alice prover1 e offence=no-show",
		marketplace.ErrNotCommitted:     "reveal alice prover1 e",
		marketplace.ErrRevealTooSoon:    "commit alice prover1 e; skip 0.999s; reveal alice prover1 e",
		marketplace.ErrOwnOffence:       "commit prover1 prover1 e; skip 1s; reveal prover1 prover1 e",
		marketplace.ErrEvidenceInvalid:  "commit alice prover1 e; skip 1s; reveal alice prover1 e holds=no",
		marketplace.ErrAlreadyReported:  reported + "; commit prover2 prover1 e; skip 1s; reveal prover2 prover1 e",
		marketplace.ErrBeyondReach:      "commit prover1 alice e; skip 1s; reveal prover1 alice e",
		marketplace.ErrCaseUnderWay:     reported + "; skip 24h; commit alice prover1 f; skip 1s; reveal alice prover1 f",
		marketplace.ErrCaseUnknown:      "veto 1 no",
		marketplace.ErrCaseOver:         reported + "; veto 1 no; veto 1 no",
		marketplace.ErrVetoTooLate:      reported + "; skip 48h0m0.001s; veto 1 no",
		marketplace.ErrReasonMissing:    reported + "; veto 1",
		marketplace.ErrIncidentTooLong:  "incident 72h0m0.001s the verifier",
		risk.ErrAlert:                   "alert 4 1h rumours",
	})
	provoked[marketplace.ErrTooManyCommitments] = func(_ *testing.T, w *marketplacetest.World) error {
		for i := range marketplace.MaxCommitments {
			w.Must(w.Do("alice", marketplace.CommitEvidence{Commitment: vadium.Digest{byte(i)}}))
		}
		_, err := w.Do("alice", marketplace.CommitEvidence{Commitment: vadium.Digest{255}})
		return err
	}
}
