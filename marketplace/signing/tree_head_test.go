package signing

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// Anyone can check a head and a sealing key with a standard EIP-712 library.
func TestTreeHeadsAndSealingKeysHashAsAnIndependentSignerHashesThem(t *testing.T) {
	for want, message := range map[string]any{
		"TreeHead(uint64 size,bytes32 root,bytes32 lineage,uint64 at)": TreeHead{}, "SealingKey(bytes32 key)": SealingKey{},
	} {
		if got := TypeOf(message); got != want {
			t.Errorf("type is %s, want %s: signatures of older markets are void", got, want)
		}
		v := filled(reflect.TypeOf(message))
		digest, _, err := apitypes.TypedDataAndHash(typedData(t, want, v, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := testDomain.digest(hashOf(v.Interface())); !bytes.Equal(got[:], digest) {
			t.Errorf("digest of %s = %x, an independent signer says %x", want, got, digest)
		}
	}
}

func TestOnlyTheMarketSignsTreeHeads(t *testing.T) {
	market, other := testKey(t, 1), testKey(t, 2)
	head := filled(reflect.TypeFor[TreeHead]()).Interface().(TreeHead)
	signed, err := SignTreeHead(testDomain, market, head)
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.Check(testDomain, market.Account()); err != nil {
		t.Errorf("the market's head: %v", err)
	}
	if again, err := SignTreeHead(testDomain, market, head); err != nil || !bytes.Equal(again.Signature, signed.Signature) {
		t.Errorf("signed again (%v), a head has another signature", err)
	}
	if err := signed.Check(testDomain, other.Account()); !errors.Is(err, ErrWrongSigner) {
		t.Errorf("somebody else's head: %v, want %v", err, ErrWrongSigner)
	}
	elsewhere := testDomain
	elsewhere.Deployment[0]++
	if err := signed.Check(elsewhere, market.Account()); !errors.Is(err, ErrWrongSigner) {
		t.Errorf("another market's head: %v, want %v", err, ErrWrongSigner)
	}
	for name, change := range map[string]func(*SignedTreeHead){
		"size": func(h *SignedTreeHead) { h.Size++ }, "root": func(h *SignedTreeHead) { h.Root[0]++ },
		"lineage": func(h *SignedTreeHead) { h.Lineage[0]++ }, "time": func(h *SignedTreeHead) { h.At++ },
	} {
		changed := signed
		if change(&changed); !errors.Is(changed.Check(testDomain, market.Account()), ErrWrongSigner) {
			t.Errorf("a head with another %s is taken for the market's", name)
		}
	}
}
