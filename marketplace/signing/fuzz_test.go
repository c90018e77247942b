package signing

import (
	"bytes"
	"testing"

	"vadium"
	"vadium/marketplace"
)

// Whatever bytes claim to be a signature, only the one the author made opens the command, in either form of v.
func FuzzOpenAcceptsNothingButTheAuthorsSignature(f *testing.F) {
	key := testKey(f, 1)
	body := marketplace.Resign{Request: vadium.RequestID{5}}
	terms := Terms{key.Account(), vadium.Salt{9}, 1_000}
	_, signature, err := Sign(testDomain, key, body, terms.Salt, terms.ValidUntil)
	if err != nil {
		f.Fatal(err)
	}
	wallet := bytes.Clone(signature)
	wallet[64] += 27
	f.Add(signature)
	f.Add(wallet)
	f.Add(signature[:64])
	f.Add(make([]byte, SignatureBytes))
	f.Add(bytes.Repeat([]byte{0xff}, SignatureBytes))
	f.Fuzz(func(t *testing.T, claimed []byte) {
		_, err := Open(testDomain, body, terms, claimed)
		genuine := bytes.Equal(claimed, signature) || bytes.Equal(claimed, wallet)
		if (err == nil) != genuine {
			t.Errorf("Open with %x = %v, genuine = %v", claimed, err, genuine)
		}
	})
}
