package provenance

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
)

// redstone returns the packages of a feed in the published sample.
func redstone(t testing.TB, name string) (feed FeedID, packages []Package) {
	t.Helper()
	raw, err := os.ReadFile("testdata/redstone_json_BTC_ETH.json")
	if err != nil {
		t.Fatal(err)
	}
	var sample map[string][]struct {
		TimestampMilliseconds int64
		Signature             string
		DataPoints            []struct{ Metadata struct{ Value string } }
	}
	if err := json.Unmarshal(raw, &sample); err != nil {
		t.Fatal(err)
	}
	copy(feed[:], name)
	for _, p := range sample[name] {
		signature, err := base64.StdEncoding.DecodeString(p.Signature)
		if err != nil || len(p.DataPoints) != 1 || len(signature) != 65 {
			t.Fatalf("package %+v is not of the sample", p)
		}
		packages = append(packages, Package{
			Value: units(t, p.DataPoints[0].Metadata.Value), At: vadium.Time(p.TimestampMilliseconds), Signature: [65]byte(signature),
		})
	}
	if len(packages) != 5 {
		t.Fatalf("the sample has %d packages of %s, want 5", len(packages), name)
	}
	return feed, packages
}

// units returns a decimal number with eight decimals, rounded to the nearest.
func units(t testing.TB, decimal string) vadium.Amount {
	t.Helper()
	value, ok := new(big.Rat).SetString(decimal)
	if !ok {
		t.Fatalf("%q is no number", decimal)
	}
	amount, err := vadium.ParseAmount(value.Mul(value, big.NewRat(100_000_000, 1)).FloatString(0))
	if err != nil {
		t.Fatal(err)
	}
	return amount
}

// recovered returns the keys that signed packages.
func recovered(t testing.TB, feed FeedID, packages []Package) (keys []Key) {
	t.Helper()
	for _, p := range packages {
		key, err := Recover(feed, p)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// The signers of RedStone's primary service, as its consumer contracts name them.
var primary = map[string]bool{
	"8bb8f32df04c8b654987daaed53d6b6091e3b774": true,
	"deb22f54738d54976c4c0fe5ce6d408e40d88499": true,
	"51ce04be4b3e32572c4ec9135221d0691ba7d202": true,
	"dd682daec5a90dd295d14da4b0bec9281017b5be": true,
	"9c5ae89c4af6aa32ce58588dbaf90d18a855b6de": true,
}

func TestPublishedPackagesAreOfTheKnownSigners(t *testing.T) {
	var sets [][32]byte
	for _, name := range []string{"BTC", "ETH"} {
		feed, packages := redstone(t, name)
		seen := map[string]bool{}
		keys := recovered(t, feed, packages)
		for _, key := range keys {
			address := key.Address()
			seen[hex.EncodeToString(address[:])] = true
			if !primary[hex.EncodeToString(address[:])] {
				t.Errorf("a package of %s is signed by %x, who is not of the primary service", name, address)
			}
		}
		if len(seen) != len(primary) {
			t.Errorf("%d signers of %s, want %d", len(seen), name, len(primary))
		}
		set, err := Signers(keys)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	if sets[0] != sets[1] {
		t.Errorf("the same signers in another order have the digests %x and %x", sets[0], sets[1])
	}
}

// A set's digest is in every statement about it: it may never change.
func TestDigestOfTheSignersIsStable(t *testing.T) {
	feed, packages := redstone(t, "BTC")
	set, err := Signers(recovered(t, feed, packages))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(set[:]), "10299e354c3b50c1320449f71e0fc81256381bce91d109e3017da884c6bde1c9"; got != want {
		t.Errorf("digest = %s, want %s", got, want)
	}
}

func TestClaimIsTheMedianAndTheTightestBounds(t *testing.T) {
	feed, packages := redstone(t, "BTC")
	known := recovered(t, feed, packages)
	for _, c := range []struct {
		of   []int
		want string
	}{
		{[]int{0}, "6359797253291"},
		{[]int{1}, "6359658226513"},
		{[]int{0, 1}, "6359797253291"}, // of two the larger
		{[]int{1, 0}, "6359797253291"},
		{[]int{0, 1, 4}, "6359779995623"},
		{[]int{1, 2, 0}, "6359658226513"},
	} {
		var some []Package
		for _, i := range c.of {
			some = append(some, packages[i])
		}
		claim, input, err := Build(feed, known, some)
		if err != nil {
			t.Fatal(err)
		}
		if claim.Value.String() != c.want || claim.Oldest != 1719856900000 || claim.Newest != claim.Oldest || claim.Feed != feed {
			t.Errorf("packages %v claim %+v, want a value of %s", c.of, claim, c.want)
		}
		if want := (statementLen + Slots + len(some)*packageLen) * vadium.ScalarBytes; len(input) != want {
			t.Errorf("packages %v have an input of %d bytes, want %d", c.of, len(input), want)
		}
	}
	claim := claimOf(feed, []Package{{At: 7}, {At: 5}, {At: 6}})
	if claim.Oldest != 5 || claim.Newest != 7 {
		t.Errorf("bounds of 7, 5, 6 are %d to %d", claim.Oldest, claim.Newest)
	}
}

func TestPackagesThatProveNothingAreRefused(t *testing.T) {
	feed, packages := redstone(t, "BTC")
	known := recovered(t, feed, packages)
	altered := func(change func(p *Package)) []Package {
		p := packages[0]
		change(&p)
		return []Package{p}
	}
	other := FeedID{'E', 'T', 'H'}
	for name, c := range map[string]struct {
		feed     FeedID
		known    []Key
		packages []Package
		want     error
	}{
		"none":                  {feed, known, nil, ErrPackage},
		"four":                  {feed, known, packages[:4], ErrPackage},
		"altered value":         {feed, known, altered(func(p *Package) { p.Value = p.Value.MustAdd(vadium.NewAmount(1)) }), ErrSigner},
		"altered time":          {feed, known, altered(func(p *Package) { p.At++ }), ErrSigner},
		"altered signature":     {feed, known, altered(func(p *Package) { p.Signature[40] ^= 1 }), ErrSigner},
		"no signature":          {feed, known, altered(func(p *Package) { p.Signature = [65]byte{} }), ErrSigner},
		"another feed":          {other, known, packages[:1], ErrSigner},
		"a stranger":            {feed, known[1:], packages[:1], ErrSigner},
		"one signer twice":      {feed, known, []Package{packages[0], packages[1], packages[0]}, ErrSigner},
		"a value of 97 bits":    {feed, known, altered(func(p *Package) { p.Value = power(96) }), ErrPackage},
		"a time of 49 bits":     {feed, known, altered(func(p *Package) { p.At = 1 << TimeBits }), ErrPackage},
		"a time before 1970":    {feed, known, altered(func(p *Package) { p.At = -1 }), ErrPackage},
		"no signers":            {feed, nil, packages[:1], ErrSigners},
		"a signer listed twice": {feed, append(known[:1:1], known...), packages[:1], ErrSigners},
		"nine signers":          {feed, append(known, known[:4]...), packages[:1], ErrSigners},
		"a key that is none":    {feed, append(known[:1:1], Key{1}), packages[:1], ErrSigners},
	} {
		if _, _, err := Build(c.feed, c.known, c.packages); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	widest := altered(func(p *Package) { p.Value, p.At = power(96).MustSub(vadium.NewAmount(1)), 1<<TimeBits-1 })
	if _, err := widest[0].message(feed); err != nil {
		t.Errorf("the largest value and time: %v", err)
	}
}

func TestBinaryPackagesAreReadBack(t *testing.T) {
	feed, packages := redstone(t, "ETH")
	message, err := packages[0].message(feed)
	if err != nil {
		t.Fatal(err)
	}
	raw := append(message, packages[0].Signature[:]...)
	gotFeed, got, err := ParsePackage(raw)
	if err != nil || gotFeed != feed || got != packages[0] {
		t.Errorf("ParsePackage = %x %+v, %v, want %+v", gotFeed, got, err, packages[0])
	}
	for name, wrong := range map[string][]byte{
		"a byte short":          raw[1:],
		"a byte long":           append(slices.Clip(raw), 0),
		"nothing":               nil,
		"two points":            flipped(raw, len(message)-1, 3),
		"a value of 33 bytes":   flipped(raw, len(message)-countBytes-1, 1),
		"a value of 97 bits":    flipped(raw, feedBytes+valueBytes-ValueBits/8-1, 1),
		"a value below nothing": flipped(raw, feedBytes, 0x80),
	} {
		if _, _, err := ParsePackage(wrong); !errors.Is(err, ErrPackage) {
			t.Errorf("%s: %v, want %v", name, err, ErrPackage)
		}
	}
}

func flipped(raw []byte, at int, mask byte) []byte {
	raw = bytes.Clone(raw)
	raw[at] ^= mask
	return raw
}

func TestSignedPackagesAreOfTheirSigner(t *testing.T) {
	feed := FeedID{'E', 'U', 'R'}
	signer := stranger(t)
	p, err := Sign(signer, feed, vadium.NewAmount(108_000_000), 1_700_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	claim, _, err := Build(feed, []Key{KeyOf(signer)}, []Package{p})
	if err != nil || claim.Value != p.Value {
		t.Errorf("claim = %+v, %v", claim, err)
	}
	if _, err := Sign(signer, feed, power(ValueBits), 0); !errors.Is(err, ErrPackage) {
		t.Errorf("a value of 97 bits is signed: %v", err)
	}
}

func power(bits uint) vadium.Amount {
	return vadium.AmountFromBytes32([32]byte(new(big.Int).Lsh(big.NewInt(1), bits).FillBytes(make([]byte, 32))))
}

// Some of RedStone's kind publish signatures with a high s: they say the same of the message.
func TestHighSignaturesAreOfTheSameSigner(t *testing.T) {
	feed, packages := redstone(t, "BTC")
	mirrored := mirror(packages[0])
	if got, want := recovered(t, feed, []Package{mirrored}), recovered(t, feed, packages[:1]); got[0] != want[0] {
		t.Errorf("the mirrored signature is of %x, want %x", got[0].Address(), want[0].Address())
	}
}

// mirror returns the package with its other signature: (r, n-s) with the other recovery bit.
func mirror(p Package) Package {
	s := new(big.Int).SetBytes(p.Signature[32:64])
	s.Sub(crypto.S256().Params().N, s).FillBytes(p.Signature[32:64])
	p.Signature[64] = 27 + 28 - p.Signature[64]
	return p
}
