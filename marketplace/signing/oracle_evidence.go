package signing

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/oracle"
)

// OracleEvidence is evidence against a reporter of prices: what it signed, and, for a deviation, what independent signers
// published at the same times, in the format they publish it in.
//
//	report equivocation  two different observations of one round
//	oracle deviation     the first and the last observation, with an upstream for each
//	stale oracle         one observation
type OracleEvidence struct {
	Feed oracle.FeedID
	// Signed are by one key, in ascending order of round, time and value.
	Signed   []oracle.Signed
	Upstream []Upstream // in the order of Signed
}

// Upstream is what a source published: the bytes as they came.
type Upstream struct {
	Source  uint8 // index in the feed's sources
	Content []byte
}

// maxShown bounds the observations in evidence.
const maxShown = 2

var errOracleEvidence = errors.New("it is no evidence against a reporter")

// Encode returns the evidence as RevealEvidence carries it.
func (e OracleEvidence) Encode() ([]byte, error) { return rlp.EncodeToBytes(&e) }

// ReadOracleEvidence reads what [OracleEvidence.Encode] wrote, of at most [marketplace.MaxEvidence] bytes, and nothing else: there
// is one way to write it. Nothing that it says has been checked then.
func ReadOracleEvidence(evidence []byte) (e OracleEvidence, err error) {
	if len(evidence) > marketplace.MaxEvidence {
		return e, fmt.Errorf("%d bytes: %w", len(evidence), errOracleEvidence)
	}
	if err := rlp.DecodeBytes(evidence, &e); err != nil {
		return OracleEvidence{}, fmt.Errorf("%w: %v", errOracleEvidence, err)
	}
	if again, err := e.Encode(); err != nil || !bytes.Equal(again, evidence) {
		return OracleEvidence{}, fmt.Errorf("it is not written as it should be: %w", errOracleEvidence)
	}
	if n := len(e.Signed); n == 0 || n > maxShown || len(e.Upstream) > n {
		return OracleEvidence{}, fmt.Errorf("%d observations and %d upstreams: %w", n, len(e.Upstream), errOracleEvidence)
	}
	return e, nil
}

// Check returns what the evidence says, once every signature in it has been checked: those of the observations are one key's, for
// the feed in this market, and read checks what a source of the feed published. What follows from that is for the core to judge.
func (e OracleEvidence) Check(d Domain, read func(Upstream) (oracle.Quote, error)) (oracle.Finding, error) {
	if len(e.Signed) == 0 {
		return oracle.Finding{}, errOracleEvidence
	}
	found := oracle.Finding{Feed: e.Feed, Key: e.Signed[0].Key}
	scope := oracle.ScopeOf(d.Deployment, e.Feed)
	for i, s := range e.Signed {
		o := s.Observation
		switch {
		case s.Key != found.Key:
			return oracle.Finding{}, fmt.Errorf("two keys signed: %w", errOracleEvidence)
		case o.Scope != scope:
			return oracle.Finding{}, fmt.Errorf("observation %d is of another feed or another market: %w", i, errOracleEvidence)
		case i > 0 && !precedes(e.Signed[i-1].Observation, o):
			return oracle.Finding{}, fmt.Errorf("the observations are equal or out of order: %w", errOracleEvidence)
		}
		if err := pricemedian.Verify(s); err != nil {
			return oracle.Finding{}, fmt.Errorf("observation %d: %w: %v", i, errOracleEvidence, err)
		}
		found.Signed = append(found.Signed, o)
	}
	for i, u := range e.Upstream {
		quote, err := read(u)
		if err != nil {
			return oracle.Finding{}, fmt.Errorf("upstream %d: %w: %v", i, errOracleEvidence, err)
		}
		found.Upstream = append(found.Upstream, quote)
	}
	return found, nil
}

// precedes is the order that observations are shown in.
func precedes(a, b oracle.Observation) bool {
	switch {
	case a.Round != b.Round:
		return a.Round < b.Round
	case a.At != b.At:
		return a.At < b.At
	}
	return a.Value.Less(b.Value)
}

// OracleEvidenceOf returns evidence of observations that one key signed, in the order that it is shown in. Upstreams are for a
// deviation, the first observation's first.
func OracleEvidenceOf(feed oracle.FeedID, signed []oracle.Signed, upstream ...Upstream) OracleEvidence {
	e := OracleEvidence{Feed: feed, Signed: append([]oracle.Signed(nil), signed...), Upstream: upstream}
	if len(e.Signed) == maxShown && precedes(e.Signed[1].Observation, e.Signed[0].Observation) {
		e.Signed[0], e.Signed[1] = e.Signed[1], e.Signed[0]
	}
	return e
}
