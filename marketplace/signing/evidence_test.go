package signing

import (
	"bytes"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

func askAt(price uint64) marketplace.PlaceAsk {
	return marketplace.PlaceAsk{
		Product: auction.Product{Size: 3, Tier: auction.Immediate}, Price: vadium.Tokens(price), Slots: 1, Capacity: 1, ETA: 1_000,
		StandUntil: 5_000, Salt: vadium.Salt{7},
	}
}

// signedAsk returns an ask that key signed.
func signedAsk(t testing.TB, d Domain, key Signer, ask marketplace.PlaceAsk, salt byte) SignedAsk {
	t.Helper()
	_, signature, err := Sign(d, key, ask, vadium.Salt{salt}, 9_000)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := AskSigned(ask, vadium.Salt{salt}, 9_000, signature)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func encoded(t testing.TB, e Equivocation) []byte {
	t.Helper()
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Two asks for one product under one blinding prove an equivocation; everything that is not exactly that proves nothing.
func TestEquivocationIsTwoAsksUnderOneBlinding(t *testing.T) {
	key, stranger := testKey(t, 1), testKey(t, 2)
	offender := key.Account()
	first, second := signedAsk(t, testDomain, key, askAt(1), 1), signedAsk(t, testDomain, key, askAt(2), 2)
	good := encoded(t, Equivocation{first, second})
	subject, err := CheckEquivocation(testDomain, offender, good)
	if err != nil {
		t.Fatalf("two different asks under one blinding: %v", err)
	}
	// Shown the other way round, or by a third ask, it is the same offence.
	for name, e := range map[string]Equivocation{
		"swapped": {second, first}, "another ask": {first, signedAsk(t, testDomain, key, askAt(3), 3)},
	} {
		if got, err := CheckEquivocation(testDomain, offender, encoded(t, e)); err != nil || got != subject {
			t.Errorf("%s: subject %v, %v; want %v", name, got, err, subject)
		}
	}
	with := func(spoil func(*marketplace.PlaceAsk)) SignedAsk {
		ask := askAt(2)
		spoil(&ask)
		return signedAsk(t, testDomain, key, ask, 2)
	}
	other := testDomain
	other.ChainID++
	unsigned := second
	unsigned.Signature = bytes.Clone(second.Signature)
	unsigned.Signature[3] ^= 1
	cancel, err := Encode(marketplace.Resign{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	noAsk := second
	noAsk.Ask = cancel
	blind := func(price uint64, salt byte) SignedAsk {
		ask := askAt(price)
		ask.Salt = vadium.Salt{}
		return signedAsk(t, testDomain, key, ask, salt)
	}
	for name, evidence := range map[string][]byte{
		"the same ask twice":                   encoded(t, Equivocation{first, first}),
		"the same terms signed twice":          encoded(t, Equivocation{first, signedAsk(t, testDomain, key, askAt(1), 2)}),
		"another blinding":                     encoded(t, Equivocation{first, with(func(a *marketplace.PlaceAsk) { a.Salt[0]++ })}),
		"another product":                      encoded(t, Equivocation{first, with(func(a *marketplace.PlaceAsk) { a.Product.Size++ })}),
		"no blinding":                          encoded(t, Equivocation{blind(1, 1), blind(2, 2)}),
		"another's ask":                        encoded(t, Equivocation{first, signedAsk(t, testDomain, stranger, askAt(2), 2)}),
		"another market's ask":                 encoded(t, Equivocation{first, signedAsk(t, other, key, askAt(2), 2)}),
		"a broken signature":                   encoded(t, Equivocation{first, unsigned}),
		"another command":                      encoded(t, Equivocation{first, noAsk}),
		"nothing":                              nil,
		"a byte too many":                      append(bytes.Clone(good), 0),
		"a byte too few":                       good[:len(good)-1],
		"more than evidence may be":            make([]byte, marketplace.MaxEvidence+1),
		"a list that claims to be very long":   {0xfb, 0xff, 0xff, 0xff, 0xff},
		"a string that claims to be very long": {0xf8, 0x40, 0xbb, 0x7f, 0xff, 0xff, 0xff},
	} {
		if _, err := CheckEquivocation(testDomain, offender, evidence); err == nil {
			t.Errorf("%s proves an equivocation", name)
		}
	}
}

// What a session signed is no evidence, whoever shows it: a session never touches stake, and it can be revoked.
func TestAskOfASessionIsNoEvidence(t *testing.T) {
	key := testKey(t, 1)
	session := NewSession(key.Account())
	_, signature, err := SignBySession(testDomain, session, askAt(1), vadium.Salt{1}, 9_000)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := AskSigned(askAt(1), vadium.Salt{1}, 9_000, signature)
	if err != nil {
		t.Fatal(err)
	}
	report := marketplace.RevealEvidence{Offender: key.Account(), Evidence: encoded(t, Equivocation{signed, signedAsk(t, testDomain, key, askAt(2), 2)})}
	if Examine(testDomain, &report); report.Holds {
		t.Error("an ask that a session signed proves an equivocation")
	}
}

// Whatever bytes are shown, what proves an equivocation is two asks that the offender signed.
func FuzzEvidence(f *testing.F) {
	key := testKey(f, 1)
	first, second := signedAsk(f, testDomain, key, askAt(1), 1), signedAsk(f, testDomain, key, askAt(2), 2)
	good := encoded(f, Equivocation{first, second})
	f.Add(good)
	f.Add(encoded(f, Equivocation{second, first}))
	f.Add(good[:100])
	f.Add([]byte{0xc0})
	f.Fuzz(func(t *testing.T, evidence []byte) {
		if _, err := CheckEquivocation(testDomain, key.Account(), evidence); err != nil {
			return
		}
		// Nobody but the author makes signatures: only these two are there to be shown, with v written in either way.
		if !bytes.Contains(evidence, first.Ask) || !bytes.Contains(evidence, second.Ask) || len(evidence) != len(good) {
			t.Errorf("%x proves an equivocation that nobody committed", evidence)
		}
	})
}
