package signing

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/oracle"
)

var testFeed = oracle.FeedID{'E', 'T', 'H', '/', 'U', 'S', 'D'}

// reporterKey returns the n-th reporter's key.
func reporterKey(t testing.TB, n byte) pricemedian.PrivateKey {
	t.Helper()
	key, err := pricemedian.GenerateKey(rand.NewChaCha8([32]byte{n}))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// observed returns what a key signed for the test feed.
func observed(t testing.TB, key pricemedian.PrivateKey, change func(*oracle.Observation)) oracle.Signed {
	t.Helper()
	o := oracle.Observation{Scope: oracle.ScopeOf(testDomain.Deployment, testFeed), Round: 7, Value: vadium.NewAmount(2_000), At: 1_700_000_000_000}
	if change != nil {
		change(&o)
	}
	s, err := key.Sign(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func shown(t testing.TB, e OracleEvidence) []byte {
	t.Helper()
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var errUpstream = errors.New("no signer signed that")

// quoteOf reads a test's upstream: the value is its first byte.
func quoteOf(u Upstream) (oracle.Quote, error) {
	if len(u.Content) != 1 {
		return oracle.Quote{}, errUpstream
	}
	return oracle.Quote{Source: u.Source, Value: vadium.NewAmount(uint64(u.Content[0])), At: 5}, nil
}

func TestEvidenceAgainstAReporterSaysWhatItSigned(t *testing.T) {
	key := reporterKey(t, 1)
	first := observed(t, key, nil)
	dearer := observed(t, key, func(o *oracle.Observation) { o.Value = vadium.NewAmount(2_001) })
	later := observed(t, key, func(o *oracle.Observation) { o.Round, o.At = 9, o.At+60_000 })
	for name, row := range map[string]struct {
		shown OracleEvidence
		want  oracle.Finding
	}{
		"an equivocation": {OracleEvidenceOf(testFeed, []oracle.Signed{first, dearer}),
			oracle.Finding{Feed: testFeed, Key: key.Key(), Signed: []oracle.Observation{first.Observation, dearer.Observation}}},
		"an equivocation, found the other way round": {OracleEvidenceOf(testFeed, []oracle.Signed{dearer, first}),
			oracle.Finding{Feed: testFeed, Key: key.Key(), Signed: []oracle.Observation{first.Observation, dearer.Observation}}},
		"something stale": {OracleEvidenceOf(testFeed, []oracle.Signed{first}),
			oracle.Finding{Feed: testFeed, Key: key.Key(), Signed: []oracle.Observation{first.Observation}}},
		"a deviation": {OracleEvidenceOf(testFeed, []oracle.Signed{first, later}, Upstream{1, []byte{50}}, Upstream{0, []byte{51}}),
			oracle.Finding{Feed: testFeed, Key: key.Key(), Signed: []oracle.Observation{first.Observation, later.Observation},
				Upstream: []oracle.Quote{{Source: 1, Value: vadium.NewAmount(50), At: 5}, {Source: 0, Value: vadium.NewAmount(51), At: 5}}}},
	} {
		e, err := ReadOracleEvidence(shown(t, row.shown))
		if err != nil {
			t.Errorf("%s is not read: %v", name, err)
			continue
		}
		if got, err := e.Check(testDomain, quoteOf); err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s says %+v, %v; want %+v", name, got, err, row.want)
		}
	}
}

func TestEvidenceThatNobodySignedProvesNothing(t *testing.T) {
	key, stranger := reporterKey(t, 1), reporterKey(t, 2)
	first := observed(t, key, nil)
	second := observed(t, key, func(o *oracle.Observation) { o.Value = vadium.NewAmount(2_001) })
	forged := second
	forged.Observation.Value = vadium.NewAmount(2_002)
	broken := second
	broken.Signature[63] ^= 1
	overflown := second
	overflown.Signature[32] |= 0xe0 // S beyond the order of the curve
	others := observed(t, stranger, func(o *oracle.Observation) { o.Value = vadium.NewAmount(2_001) })
	elsewhere := observed(t, key, func(o *oracle.Observation) { o.Scope = oracle.ScopeOf(vadium.Salt{1}, testFeed) })
	good := shown(t, OracleEvidenceOf(testFeed, []oracle.Signed{first, second}))
	for name, evidence := range map[string][]byte{
		"a value that was not signed":         shown(t, OracleEvidence{Feed: testFeed, Signed: []oracle.Signed{first, forged}}),
		"a broken signature":                  shown(t, OracleEvidence{Feed: testFeed, Signed: []oracle.Signed{first, broken}}),
		"a signature in another encoding":     shown(t, OracleEvidence{Feed: testFeed, Signed: []oracle.Signed{first, overflown}}),
		"two keys":                            shown(t, OracleEvidence{Feed: testFeed, Signed: []oracle.Signed{first, others}}),
		"another market's observation":        shown(t, OracleEvidence{Feed: testFeed, Signed: []oracle.Signed{elsewhere}}),
		"another feed":                        shown(t, OracleEvidence{Feed: oracle.FeedID{'X'}, Signed: []oracle.Signed{first}}),
		"one observation twice":               shown(t, OracleEvidence{Feed: testFeed, Signed: []oracle.Signed{first, first}}),
		"observations out of order":           shown(t, OracleEvidence{Feed: testFeed, Signed: []oracle.Signed{second, first}}),
		"three observations":                  shown(t, OracleEvidence{Feed: testFeed, Signed: []oracle.Signed{first, second, second}}),
		"no observation":                      shown(t, OracleEvidence{Feed: testFeed}),
		"more upstreams than observations":    shown(t, OracleEvidenceOf(testFeed, []oracle.Signed{first}, Upstream{0, []byte{1}}, Upstream{0, []byte{2}})),
		"an upstream that nobody signed":      shown(t, OracleEvidenceOf(testFeed, []oracle.Signed{first, second}, Upstream{0, []byte{1}}, Upstream{0, []byte{1, 2}})),
		"nothing":                             nil,
		"an empty list":                       {0xc0},
		"a byte too many":                     append(bytes.Clone(good), 0),
		"a byte too few":                      good[:len(good)-1],
		"more than evidence may be":           make([]byte, marketplace.MaxEvidence+1),
		"a list that claims to be very long":  {0xfb, 0xff, 0xff, 0xff, 0xff},
		"a number with a zero in front of it": bytes.Replace(good, []byte{7, 0x82, 0x07, 0xd0}, []byte{7, 0x83, 0, 0x07, 0xd0}, 1),
	} {
		e, err := ReadOracleEvidence(evidence)
		if err != nil {
			continue
		}
		if found, err := e.Check(testDomain, quoteOf); err == nil {
			t.Errorf("%s proves %+v", name, found)
		}
	}
}

// Whatever bytes are shown: what proves something was signed by the reporter, and there is one way to write it.
func FuzzOracleEvidence(f *testing.F) {
	key := reporterKey(f, 1)
	first := observed(f, key, nil)
	second := observed(f, key, func(o *oracle.Observation) { o.Value = vadium.NewAmount(2_001) })
	later := observed(f, key, func(o *oracle.Observation) { o.Round, o.At = 9, o.At+60_000 })
	signed := map[oracle.Observation]bool{first.Observation: true, second.Observation: true, later.Observation: true}
	f.Add(shown(f, OracleEvidenceOf(testFeed, []oracle.Signed{first, second})))
	f.Add(shown(f, OracleEvidenceOf(testFeed, []oracle.Signed{first, later}, Upstream{1, []byte{50}}, Upstream{0, []byte{51}})))
	f.Add(shown(f, OracleEvidenceOf(testFeed, []oracle.Signed{first})))
	f.Add([]byte{0xc0})
	f.Fuzz(func(t *testing.T, evidence []byte) {
		e, err := ReadOracleEvidence(evidence)
		if err != nil {
			return
		}
		if again := shown(t, e); !bytes.Equal(again, evidence) {
			t.Errorf("%x is read as what is written %x", evidence, again)
		}
		found, err := e.Check(testDomain, quoteOf)
		if err != nil {
			return
		}
		for _, o := range found.Signed {
			if found.Key != key.Key() || !signed[o] {
				t.Errorf("%x proves that key %x signed %+v, which it never did", evidence, found.Key, o)
			}
		}
	})
}
