package signing

import (
	"bytes"
	"errors"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

func sealedAsk(t *testing.T) []byte {
	t.Helper()
	encoded, err := Encode(marketplace.PlaceAsk{
		Product: auction.Product{Size: 11, Stake: 1}, Price: vadium.Tokens(7), Slots: 3, Capacity: 4, ETA: 5, StandUntil: 6, Salt: vadium.Salt{9},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

var belongs = Sealed{Domain: testDomain, Author: vadium.Account{1}, Session: vadium.SessionKey{2}, Salt: vadium.Salt{3}, ValidUntil: 4}

func testOpening(t *testing.T) Opening {
	t.Helper()
	o, err := NewOpening()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func seal(t *testing.T, to SealingKey, s Sealed, all ...[]byte) (sealed [][]byte) {
	t.Helper()
	sealer, err := NewSealer(to, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		next, err := sealer.Seal(one)
		if err != nil {
			t.Fatal(err)
		}
		sealed = append(sealed, next)
	}
	return sealed
}

func TestWhatIsSealedOpensWithTheMarketsKeyOnly(t *testing.T) {
	key, ask := testOpening(t), sealedAsk(t)
	sealed := seal(t, key.Public(), belongs, ask)[0]
	if price := vadium.Tokens(7).Bytes32(); bytes.Contains(sealed, price[20:]) {
		t.Error("the price can be read in what is sealed")
	}
	kept := key.Secret()
	again, err := OpeningOf(kept[:])
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Opening{"the key": key, "the key read back": again} {
		if got, err := o.NewOpener(belongs).Open(sealed); err != nil || !bytes.Equal(got, ask) {
			t.Errorf("%s opens to %x (%v), want %x", name, got, err, ask)
		}
	}
	if got, err := testOpening(t).NewOpener(belongs).Open(sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("another key opens to %x (%v), want %v", got, err, ErrSealed)
	}
	if other := seal(t, key.Public(), belongs, ask)[0]; bytes.Equal(other, sealed) {
		t.Error("sealed twice, an ask looks the same")
	}
}

// What is sealed is worth nothing elsewhere: whoever copies it cannot send it in another name, to another market or again.
func TestWhatIsSealedBelongsToItsCall(t *testing.T) {
	key := testOpening(t)
	sealed := seal(t, key.Public(), belongs, sealedAsk(t))[0]
	for name, change := range map[string]func(*Sealed){
		"chain": func(s *Sealed) { s.Domain.ChainID++ }, "market": func(s *Sealed) { s.Domain.Deployment[0]++ },
		"author": func(s *Sealed) { s.Author[0]++ }, "session": func(s *Sealed) { s.Session[0]++ },
		"salt": func(s *Sealed) { s.Salt[0]++ }, "expiry": func(s *Sealed) { s.ValidUntil++ },
	} {
		other := belongs
		change(&other)
		if _, err := key.NewOpener(other).Open(sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("with another %s: %v, want %v", name, err, ErrSealed)
		}
	}
}

func TestWhatIsSealedCannotBeChanged(t *testing.T) {
	key := testOpening(t)
	sealed := seal(t, key.Public(), belongs, sealedAsk(t))[0]
	for n := range len(sealed) {
		if _, err := key.NewOpener(belongs).Open(sealed[:n]); !errors.Is(err, ErrSealed) {
			t.Fatalf("the first %d of %d bytes: %v, want %v", n, len(sealed), err, ErrSealed)
		}
		changed := bytes.Clone(sealed)
		changed[n] ^= 0x80
		if _, err := key.NewOpener(belongs).Open(changed); !errors.Is(err, ErrSealed) {
			t.Fatalf("with byte %d changed: %v, want %v", n, err, ErrSealed)
		}
	}
	if _, err := key.NewOpener(belongs).Open(append(bytes.Clone(sealed), 0)); !errors.Is(err, ErrSealed) {
		t.Errorf("with a byte more: %v, want %v", err, ErrSealed)
	}
}

// The bound is on bytes, before anything is computed with them.
func TestNothingLongIsOpened(t *testing.T) {
	key := testOpening(t)
	longest := seal(t, key.Public(), belongs, make([]byte, MaxSealed))[0]
	if got, err := key.NewOpener(belongs).Open(longest); err != nil || len(got) != MaxSealed {
		t.Errorf("%d bytes open to %d (%v)", len(longest), len(got), err)
	}
	if _, err := key.NewOpener(belongs).Open(append(longest, 0)); !errors.Is(err, ErrSealed) {
		t.Errorf("a byte more: %v, want %v", err, ErrSealed)
	}
	sealer, err := NewSealer(key.Public(), belongs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sealer.Seal(make([]byte, MaxSealed+1)); err == nil {
		t.Error("more is sealed than is opened")
	}
}

func TestABatchSealsItsAsksInOrder(t *testing.T) {
	key := testOpening(t)
	withdraw, err := Encode(marketplace.WithdrawAsk{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, second := sealedAsk(t), sealedAsk(t)
	second[len(second)-1]++
	plain := [][]byte{withdraw, first, withdraw, second}
	sealed, err := SealBatch(key.Public(), belongs, plain)
	if err != nil {
		t.Fatal(err)
	}
	opener := key.NewOpener(belongs)
	for i, command := range sealed {
		if got, want := len(command), SealedSize(plain[i]); got > want {
			t.Errorf("command %d takes %d bytes, said was at most %d", i, got, want)
		}
		got, err := opener.OpenSealed(command)
		if err != nil || !bytes.Equal(got, plain[i]) {
			t.Errorf("command %d opens to %x (%v), want %x", i, got, err, plain[i])
		}
		if wrapped := command[0] == kindSealed; wrapped != secret(plain[i]) {
			t.Errorf("command %d: sealed %v, want %v", i, wrapped, secret(plain[i]))
		}
	}
	if _, err := key.NewOpener(belongs).OpenSealed(sealed[3]); !errors.Is(err, ErrSealed) {
		t.Errorf("the second ask without the first: %v, want %v", err, ErrSealed)
	}
	if _, _, err := Decode(sealed[1]); err == nil {
		t.Error("a sealed command is read as one that is not")
	}
	open := [][]byte{withdraw}
	if same, err := SealBatch(SealingKey{}, belongs, open); err != nil || &same[0] != &open[0] {
		t.Errorf("a batch without asks needs a key (%v)", err)
	}
}

func FuzzOpen(f *testing.F) {
	var secret [32]byte
	secret[0] = 1
	key, err := OpeningOf(secret[:])
	if err != nil {
		f.Fatal(err)
	}
	sealer, err := NewSealer(key.Public(), belongs)
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := sealer.Seal([]byte("an ask"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{kindSealed})
	f.Fuzz(func(t *testing.T, raw []byte) {
		opened, err := key.NewOpener(belongs).Open(raw)
		if err == nil && !bytes.Equal(opened, []byte("an ask")) {
			t.Errorf("%x, which nobody sealed, opens to %x", raw, opened)
		}
		if err != nil && !errors.Is(err, ErrSealed) {
			t.Errorf("%x is refused with %v, want %v", raw, err, ErrSealed)
		}
	})
}
