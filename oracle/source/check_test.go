package source

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/binary"
	"errors"
	"math/big"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/oracle"
)

// nodes are keys of signers that exist in tests only.
func nodes(n int) (keys []*ecdsa.PrivateKey, signers [][20]byte) {
	for i := range n {
		key := serverKey("tests", i)
		keys = append(keys, key)
		signers = append(signers, crypto.PubkeyToAddress(key.PublicKey))
	}
	return keys, signers
}

var btc = FeedName("BTC")

// sign signs a package of one value.
func sign(key *ecdsa.PrivateKey, units *big.Int, at vadium.Time) Package {
	p := Package{Points: []Point{{btc, Value{units, RedStoneDecimals}}}, At: at}
	p.sign(key)
	return p
}

// productionSource is a source of the sample's, as a feed would have it.
func productionSource(kind oracle.SourceKind, id [32]byte, signers []common.Address, threshold, decimals uint8) oracle.Source {
	s := oracle.Source{Kind: kind, ID: id, Signers: raws(signers), Threshold: threshold, Decimals: decimals}
	sortSigners(s.Signers)
	return s
}

func TestCheckQuotesWhatTheSamplesSay(t *testing.T) {
	known := Production()
	whole, _ := payloadPackages(t)
	pythBTC := [32]byte(common.FromHex("0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43"))
	for _, c := range []struct {
		name     string
		source   oracle.Source
		raw      []byte
		decimals uint8
		value    string
		at       vadium.Time
	}{
		// 63596.58226513 twice, 63597.79995623, 63597.97253291 twice
		{"gateway", productionSource(oracle.RedStone, btc, known.RedStone[RedStonePrimary], 3, 8), readSample(t, gatewayFile), 8, "6359779995623", 1719856900000},
		{"gateway, fewer decimals", productionSource(oracle.RedStone, btc, known.RedStone[RedStonePrimary], 5, 8), readSample(t, gatewayFile), 2, "6359780", 1719856900000},
		{"payload", productionSource(oracle.RedStone, FeedName("AVAX"), known.RedStone[RedStoneAvalanche], 3, 8), whole, 8, "3859000000", 1707738270000},
		{"Hermes", productionSource(oracle.Pyth, pythBTC, known.Guardians[4], 13, 8), hermesUpdates(t)["HERMES_UPDATE_1_PRICE_FEED"], 6, "112816455604", 1754408230000},
		{"report of version 3", productionSource(oracle.Chainlink, known.Chainlink[0].Feed, known.Chainlink[0].Signers, 6, 18), chainlinkReports(t)[0], 8, "69541024", 1722348998000},
		{"report of version 9", productionSource(oracle.Chainlink, known.Chainlink[2].Feed, known.Chainlink[2].Signers, 2, 18), chainlinkReports(t)[2], 18, "1014409356248750000", 1752009912000},
	} {
		quote, err := Check(c.source, c.decimals, c.raw)
		if want := c.value; err != nil || quote.Value.String() != want || quote.At != c.at {
			t.Errorf("%s: %s at %d, %v, want %s at %d", c.name, quote.Value, quote.At, err, want, c.at)
		}
	}
}

// The last signer that is needed and the one that is missing, for each network.
func TestCheckTakesTheThresholdOfKnownSigners(t *testing.T) {
	known := Production()
	whole, _ := payloadPackages(t)
	pythBTC := [32]byte(common.FromHex("0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43"))
	for _, c := range []struct {
		name   string
		source oracle.Source
		raw    []byte
	}{
		{"payload", productionSource(oracle.RedStone, btc, known.RedStone[RedStoneAvalanche], 5, 8), whole},
		{"gateway", productionSource(oracle.RedStone, btc, known.RedStone[RedStonePrimary], 5, 8), readSample(t, gatewayFile)},
		{"update", productionSource(oracle.Pyth, pythBTC, known.Guardians[4], 13, 8), hermesUpdates(t)["HERMES_UPDATE_1_PRICE_FEED"]},
		{"report", productionSource(oracle.Chainlink, known.Chainlink[0].Feed, known.Chainlink[0].Signers, 6, 18), chainlinkReports(t)[0]},
	} {
		if _, err := Check(c.source, 8, c.raw); err != nil {
			t.Errorf("%s with all that it takes: %v", c.name, err)
		}
		more := c.source
		more.Threshold++
		if _, err := Check(more, 8, c.raw); !errors.Is(err, ErrSigners) {
			t.Errorf("%s with one missing: %v, want %v", c.name, err, ErrSigners)
		}
		none := c.source
		none.Threshold = 0
		if _, err := Check(none, 8, c.raw); !errors.Is(err, ErrSigners) {
			t.Errorf("%s of a source that needs nobody: %v, want %v", c.name, err, ErrSigners)
		}
		strangers := c.source
		_, strangers.Signers = nodes(len(c.source.Signers))
		if _, err := Check(strangers, 8, c.raw); !errors.Is(err, ErrSigners) {
			t.Errorf("%s by strangers: %v, want %v", c.name, err, ErrSigners)
		}
		other := c.source
		other.ID[31] ^= 1
		if _, err := Check(other, 8, c.raw); !errors.Is(err, ErrFeed) {
			t.Errorf("%s about another feed: %v, want %v", c.name, err, ErrFeed)
		}
		for kind := range oracle.SourceKind(5) {
			otherwise := c.source
			otherwise.Kind = kind
			if _, err := Check(otherwise, 8, c.raw); kind != c.source.Kind && err == nil {
				t.Errorf("%s passes as kind %d", c.name, kind)
			}
		}
	}
}

func TestRedStonesMedianIsOfKnownSignersAtOneTime(t *testing.T) {
	keys, signers := nodes(6)
	source := oracle.Source{Kind: oracle.RedStone, ID: btc, Signers: signers[:5], Threshold: 3, Decimals: 8}
	const at = vadium.Time(1_700_000_000_000)
	one := func(i int, value int64, at vadium.Time) Package { return sign(keys[i], big.NewInt(value), at) }
	for _, c := range []struct {
		name     string
		packages []Package
		want     uint64
		err      error
	}{
		{"three", []Package{one(0, 30, at), one(1, 10, at), one(2, 20, at)}, 20, nil},
		{"four: the mean of the two in the middle", []Package{one(0, 30, at), one(1, 10, at), one(2, 20, at), one(3, 23, at)}, 21, nil},
		{"two", []Package{one(0, 30, at), one(1, 10, at)}, 0, ErrSigners},
		{"a stranger's counts for nothing", []Package{one(0, 30, at), one(1, 10, at), one(5, 20, at)}, 0, ErrSigners},
		{"and moves nothing", []Package{one(0, 30, at), one(1, 10, at), one(2, 20, at), one(5, 1000, at), one(5, 1001, at)}, 20, nil},
		{"one twice is one", []Package{one(0, 30, at), one(0, 30, at), one(1, 10, at)}, 0, ErrSigners},
		{"one with two values", []Package{one(0, 30, at), one(0, 31, at), one(1, 10, at), one(2, 20, at)}, 0, ErrSigners},
		{"two times", []Package{one(0, 30, at), one(1, 10, at), one(2, 20, at), one(3, 20, at+1)}, 0, ErrMalformed},
		{"one at two times", []Package{one(0, 30, at), one(0, 30, at+1), one(1, 10, at), one(2, 20, at)}, 0, ErrSigners},
		{"nothing", []Package{one(5, 30, at)}, 0, ErrSigners},
	} {
		quote, err := Check(source, 8, AppendPayload(nil, c.packages))
		if !errors.Is(err, c.err) || quote.Value.Cmp(vadium.NewAmount(c.want)) != 0 {
			t.Errorf("%s: %s, %v, want %d, %v", c.name, quote.Value, err, c.want, c.err)
		}
	}
}

// Finding out who signed takes tens of microseconds a signature, and whoever sends them chooses how many: those that cannot all
// be of known signers are refused before.
func TestSignaturesAreBoundedByThoseWhoMaySign(t *testing.T) {
	keys, signers := nodes(2)
	source := oracle.Source{Kind: oracle.RedStone, ID: btc, Signers: signers, Threshold: 2, Decimals: 8}
	packages := []Package{sign(keys[0], big.NewInt(7), 5), sign(keys[1], big.NewInt(7), 5), sign(keys[0], big.NewInt(7), 5), sign(keys[1], big.NewInt(7), 5)}
	if _, err := Check(source, 8, AppendPayload(nil, packages)); err != nil {
		t.Errorf("two packages of each signer: %v", err)
	}
	if _, err := Check(source, 8, AppendPayload(nil, append(packages, packages[0]))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one more: %v, want %v", err, ErrTooLarge)
	}
	pythBTC := [32]byte(common.FromHex("0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43"))
	known := Production()
	for name, c := range map[string]struct {
		source oracle.Source
		raw    []byte
	}{
		"update": {productionSource(oracle.Pyth, pythBTC, known.Guardians[4][:12], 12, 8), hermesUpdates(t)["HERMES_UPDATE_1_PRICE_FEED"]},
		"report": {productionSource(oracle.Chainlink, known.Chainlink[0].Feed, known.Chainlink[0].Signers[:5], 5, 18), chainlinkReports(t)[0]},
	} {
		if _, err := Check(c.source, 8, c.raw); !errors.Is(err, ErrSigners) || !strings.Contains(err.Error(), "known signers it takes") {
			t.Errorf("%s with more signatures than there are signers: %v, want it refused for their number", name, err)
		}
	}
}

// A package may be about several feeds, each in its place.
func TestPackageOfSeveralFeedsIsRead(t *testing.T) {
	keys, signers := nodes(1)
	source := oracle.Source{Kind: oracle.RedStone, ID: FeedName("ETH"), Signers: signers, Threshold: 1, Decimals: 8}
	point := func(name string, value int64) Point { return Point{FeedName(name), Value{big.NewInt(value), 8}} }
	p := Package{Points: []Point{point("BTC", 6), point("ETH", 7)}, At: 5}
	p.sign(keys[0])
	if quote, err := Check(source, 8, AppendPayload(nil, []Package{p})); err != nil || quote.Value.String() != "7" {
		t.Errorf("the second feed = %s, %v, want 7", quote.Value, err)
	}
	for _, points := range [][]Point{{point("ETH", 7), point("BTC", 6)}, {point("ETH", 7), point("ETH", 7)}} {
		p := Package{Points: points, At: 5}
		p.sign(keys[0])
		if _, err := Check(source, 8, AppendPayload(nil, []Package{p})); !errors.Is(err, ErrMalformed) {
			t.Errorf("feeds out of order, or one twice: %v, want %v", err, ErrMalformed)
		}
	}
}

// Values of all 96 bits pass; one more bit is refused, as is what is negative.
func TestValuesOf96BitsSurviveTheirSource(t *testing.T) {
	keys, signers := nodes(3)
	source := oracle.Source{Kind: oracle.RedStone, ID: btc, Signers: signers, Threshold: 3, Decimals: 8}
	largest := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 96), big.NewInt(1))
	for _, c := range []struct {
		units *big.Int
		err   error
	}{{largest, nil}, {new(big.Int).Add(largest, big.NewInt(1)), ErrOutOfRange}} {
		var packages []Package
		for _, key := range keys {
			packages = append(packages, sign(key, c.units, 1))
		}
		quote, err := Check(source, 8, AppendPayload(nil, packages))
		if !errors.Is(err, c.err) || err == nil && quote.Value.String() != c.units.String() {
			t.Errorf("%s: %s, %v, want %v", c.units, quote.Value, err, c.err)
		}
	}
}

// report makes a report of version 3 with a value, signed by keys.
func report(keys []*ecdsa.PrivateKey, value *big.Int, change func(words [][32]byte)) []byte {
	words := make([][32]byte, 9)
	words[0] = [32]byte{0, 3, 7}
	binary.BigEndian.PutUint32(words[1][28:], 1_700_000_000)
	binary.BigEndian.PutUint32(words[2][28:], 1_700_000_001)
	binary.BigEndian.PutUint32(words[5][28:], 1_700_000_100)
	for i := 6; i < 9; i++ {
		words[i] = twos(value)
	}
	if change != nil {
		change(words)
	}
	return seal(keys, words)
}

// twos is two's complement of 256 bits.
func twos(n *big.Int) (word [32]byte) {
	new(big.Int).Mod(n, new(big.Int).Lsh(big.NewInt(1), 256)).FillBytes(word[:])
	return word
}

func seal(keys []*ecdsa.PrivateKey, words [][32]byte) []byte {
	number := func(n int) []byte { w := twos(big.NewInt(int64(n))); return w[:] }
	var inside []byte
	for _, w := range words {
		inside = append(inside, w[:]...)
	}
	context := bytes.Repeat([]byte{0x0a}, 3*word)
	hash := keccak(inside)
	digest := keccak(hash[:], context)
	raw := slices.Clone(context)
	at := chainlinkHeadWords * word
	raw = append(raw, number(at)...)
	at += word + len(inside)
	raw = append(raw, number(at)...)
	at += word + len(keys)*word
	raw = append(raw, number(at)...)
	var vs [32]byte
	var rs, ss []byte
	for i, key := range keys {
		sig, err := crypto.Sign(digest[:], key)
		if err != nil {
			panic(err)
		}
		rs, ss = append(rs, sig[:32]...), append(ss, sig[32:64]...)
		vs[i] = sig[64]
	}
	raw = append(raw, vs[:]...)
	raw = append(append(raw, number(len(inside))...), inside...)
	raw = append(append(raw, number(len(keys))...), rs...)
	return append(append(raw, number(len(keys))...), ss...)
}

func TestNegativeValuesSurviveTheirSource(t *testing.T) {
	keys, signers := nodes(3)
	least := new(big.Int).Lsh(big.NewInt(-1), 191)
	for _, value := range []*big.Int{big.NewInt(-1), big.NewInt(-37_630_000_000), least, new(big.Int).Not(least)} {
		r, err := ParseReport(report(keys, value, nil))
		if err != nil || r.Value.Units.Cmp(value) != 0 {
			t.Errorf("a report of %s is read as %v, %v", value, r.Value, err)
		}
	}
	for _, value := range []*big.Int{new(big.Int).Sub(least, big.NewInt(1)), new(big.Int).Neg(least)} {
		if _, err := ParseReport(report(keys, value, nil)); !errors.Is(err, ErrMalformed) {
			t.Errorf("a report of %s, which does not fit 192 bits: %v, want %v", value, err, ErrMalformed)
		}
	}
	source := oracle.Source{Kind: oracle.Chainlink, ID: [32]byte{0, 3, 7}, Signers: signers, Threshold: 3, Decimals: 18}
	if _, err := Check(source, 8, report(keys, big.NewInt(-1e10), nil)); !errors.Is(err, ErrOutOfRange) {
		t.Errorf("a negative quote: %v, want %v", err, ErrOutOfRange)
	}

	message := update(keys, -123, nil)
	u, err := ParseUpdate(message)
	if err != nil || u.Prices[0].Value.String() != "-0.00000123" {
		t.Errorf("a negative price of Pyth is read as %v, %v", u.Prices, err)
	}
	source = oracle.Source{Kind: oracle.Pyth, ID: btc, Signers: signers, Threshold: 3, Decimals: 8}
	if _, err := Check(source, 8, message); !errors.Is(err, ErrOutOfRange) {
		t.Errorf("a negative price of Pyth: %v, want %v", err, ErrOutOfRange)
	}
}

// update makes an update of Pyth with one price, with exponent -8; change may alter message and body before they are signed.
func update(keys []*ecdsa.PrivateKey, price int64, change func(message, body []byte)) []byte {
	message := append([]byte{0}, btc[:]...)
	message = binary.BigEndian.AppendUint64(message, uint64(price))
	message = binary.BigEndian.AppendUint64(message, 5)
	message = binary.BigEndian.AppendUint32(message, 0xfffffff8)
	message = binary.BigEndian.AppendUint64(message, 1_700_000_000)
	message = binary.BigEndian.AppendUint64(message, 1_700_000_000)
	message = binary.BigEndian.AppendUint64(message, uint64(price))
	message = binary.BigEndian.AppendUint64(message, 5)
	body := make([]byte, 8)
	body = binary.BigEndian.AppendUint16(body, pythEmitter.chain)
	body = append(body, pythEmitter.account[:]...)
	body = append(body, make([]byte, 9)...)
	body = append(body, accumulatorMagic...)
	body = append(body, make([]byte, 12)...)
	body = append(body, make([]byte, merkleBytes)...)
	if change != nil {
		change(message, body)
	}
	root := merkleRoot(message, nil)
	copy(body[len(body)-merkleBytes:], root[:])
	once := keccak(body)
	digest := keccak(once[:])
	vaa := []byte{1, 0, 0, 0, 9, byte(len(keys))}
	for i, key := range keys {
		sig, err := crypto.Sign(digest[:], key)
		if err != nil {
			panic(err)
		}
		vaa = append(append(vaa, byte(i)), sig...)
	}
	vaa = append(vaa, body...)
	raw := append([]byte(pythMagic), byte(len(vaa)>>8), byte(len(vaa)))
	raw = append(append(raw, vaa...), 1, 0, byte(len(message)))
	return append(append(raw, message...), 0)
}

// What Pyth's own contracts would not take either, though it is signed.
func TestUpdateOfAnotherEmitterOrExponentIsRefused(t *testing.T) {
	keys, _ := nodes(3)
	if _, err := ParseUpdate(update(keys, 1, nil)); err != nil {
		t.Fatalf("before any change: %v", err)
	}
	for name, change := range map[string]func(message, body []byte){
		"another chain":          func(_, body []byte) { body[9]++ },
		"another account":        func(_, body []byte) { body[41]++ },
		"no root of prices":      func(_, body []byte) { body[51]++ },
		"another kind of root":   func(_, body []byte) { body[55]++ },
		"another message":        func(message, _ []byte) { message[0]++ },
		"an absurd exponent":     func(message, _ []byte) { message[49] = 0x80 },
		"an exponent too large":  func(message, _ []byte) { copy(message[49:53], []byte{0, 0, 0, 65}) },
		"a time before 1970":     func(message, _ []byte) { message[53] = 0x80 },
		"a time beyond all time": func(message, _ []byte) { message[53] = 0x01 },
	} {
		if _, err := ParseUpdate(update(keys, 1, change)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, ErrMalformed)
		}
	}
	if _, err := ParseUpdate(update(nil, 1, nil)); err != nil {
		t.Errorf("nobody's update is an update: %v", err)
	}
	source := oracle.Source{Kind: oracle.Pyth, ID: btc, Threshold: 1, Decimals: 8}
	_, source.Signers = nodes(3)
	if _, err := Check(source, 8, update(nil, 1, nil)); !errors.Is(err, ErrSigners) {
		t.Errorf("and proves nothing: %v, want %v", err, ErrSigners)
	}
	// One feed with two prices has none.
	twice := update(keys, 1, nil)
	leaf := twice[len(twice)-2-priceMessageBytes-1:]
	twice = append(twice, leaf...)
	twice[len(twice)-2*len(leaf)-1] = 2
	if u, err := ParseUpdate(twice); err != nil || len(u.Prices) != 2 {
		t.Fatalf("an update with one price twice is read with %d: %v", len(u.Prices), err)
	}
	if _, err := Check(source, 8, twice); !errors.Is(err, ErrMalformed) {
		t.Errorf("one feed twice: %v, want %v", err, ErrMalformed)
	}
	// One guardian in two places is one guardian.
	if _, err := Check(source, 8, update([]*ecdsa.PrivateKey{keys[0], keys[0]}, 1, nil)); !errors.Is(err, ErrSigners) {
		t.Errorf("one guardian twice: %v, want %v", err, ErrSigners)
	}
}

// Neither RedStone nor Chainlink signs how many decimals a value has: the source says it. Pyth does, so nobody else need.
func TestDecimalsAreThoseThatAreSignedOrElseTheSources(t *testing.T) {
	keys, signers := nodes(3)
	packages := AppendPayload(nil, []Package{sign(keys[0], big.NewInt(12_345), 1), sign(keys[1], big.NewInt(12_345), 1), sign(keys[2], big.NewInt(12_345), 1)})
	for _, c := range []struct {
		source oracle.Source
		raw    []byte
		want   string
	}{
		{oracle.Source{Kind: oracle.RedStone, ID: btc, Decimals: 3}, packages, "1235"},
		{oracle.Source{Kind: oracle.Chainlink, ID: [32]byte{0, 3, 7}, Decimals: 3}, report(keys, big.NewInt(12_345), nil), "1235"},
		{oracle.Source{Kind: oracle.Pyth, ID: btc, Decimals: 3}, update(keys, 1_234_500_000, nil), "1235"},
	} {
		c.source.Signers, c.source.Threshold = signers, 3
		if quote, err := Check(c.source, 2, c.raw); err != nil || quote.Value.String() != c.want {
			t.Errorf("source of kind %d: %s, %v, want %s", c.source.Kind, quote.Value, err, c.want)
		}
	}
}

func TestReportThatIsNotToBeReliedOnIsRefused(t *testing.T) {
	keys, signers := nodes(3)
	fund := func(ripcord byte) []byte {
		words := make([][32]byte, 10)
		words[0] = [32]byte{0, 9, 7}
		words[6] = twos(big.NewInt(1e18))
		words[9][31] = ripcord
		return seal(keys, words)
	}
	source := oracle.Source{Kind: oracle.Chainlink, ID: [32]byte{0, 9, 7}, Signers: signers, Threshold: 3, Decimals: 18}
	if quote, err := Check(source, 2, fund(0)); err != nil || quote.Value.String() != "100" {
		t.Errorf("a fund's value = %s, %v, want 100", quote.Value, err)
	}
	if _, err := Check(source, 2, fund(1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("with its ripcord pulled: %v, want %v", err, ErrMalformed)
	}
	for name, change := range map[string]func(words [][32]byte){
		"an unknown version": func(w [][32]byte) { w[0][1] = 4 },
		"a time of 33 bits":  func(w [][32]byte) { w[2][27] = 1 },
		"a fee of 193 bits":  func(w [][32]byte) { w[3][7] = 1 },
		"a bid of 193 bits":  func(w [][32]byte) { w[7][7] = 1 },
	} {
		if _, err := ParseReport(report(keys, big.NewInt(1), change)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, ErrMalformed)
		}
	}
	twice := report([]*ecdsa.PrivateKey{keys[0], keys[1], keys[0]}, big.NewInt(1), nil)
	source.ID = [32]byte{0, 3, 7}
	if _, err := Check(source, 2, twice); !errors.Is(err, ErrSigners) {
		t.Errorf("one signer twice: %v, want %v", err, ErrSigners)
	}
}

// Sizes are looked at before anything else, and lengths that the bytes claim are never allocated.
func TestHostileLengthsCostNothing(t *testing.T) {
	lying := append(bytes.Repeat([]byte{0xff}, signatureBytes), 0xff, 0xff, 0, 0, 0)
	lying = append(lying, redStoneMarker...)
	deep := append(bytes.Repeat([]byte{0xff}, 200), 0x00, 0x01, 0xff, 0xff, 0xff)
	deep = append(deep, redStoneMarker...)
	hermes := append([]byte(pythMagic), 0xff, 0xff, 1, 0, 0, 0, 4, 0xff)
	abi := make([]byte, 12*word)
	for i := 3; i < 6; i++ {
		abi[i*word+29], abi[i*word+30], abi[i*word+31] = 0xff, 0xff, 0xe0
	}
	abiLength := slices.Clone(chainlinkReports(t)[0])
	copy(abiLength[chainlinkHeadWords*word:], bytes.Repeat([]byte{0xff}, word))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, parse := range map[string]func() error{
		"packages":        func() error { _, err := ParsePayload(lying); return err },
		"metadata":        func() error { _, err := ParsePayload(deep); return err },
		"VAA":             func() error { _, err := ParseUpdate(hermes); return err },
		"ABI":             func() error { _, err := ParseReport(abi); return err },
		"ABI's length":    func() error { _, err := ParseReport(abiLength); return err },
		"a payload's end": func() error { _, err := ParsePayload([]byte(redStoneMarker)); return err },
	} {
		if err := parse(); !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v, want %v", name, err, ErrMalformed)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 256<<10 {
		t.Errorf("lengths that lie made us allocate %d bytes", used)
	}
	for name, parse := range map[string]func() error{
		"payload": func() error {
			_, err := ParsePayload(append(make([]byte, MaxPayload), redStoneMarker...))
			return err
		},
		"update":  func() error { _, err := ParseUpdate(append([]byte(pythMagic), make([]byte, MaxUpdate)...)); return err },
		"report":  func() error { _, err := ParseReport(make([]byte, MaxReport+word)); return err },
		"gateway": func() error { _, err := ParseGateway(make([]byte, MaxGateway+1), ""); return err },
		"file":    func() error { return Examine(make([]byte, MaxFile+1), Production())[0].Err },
	} {
		if err := parse(); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want %v", name, err, ErrTooLarge)
		}
	}
}

func TestGatewayThatContradictsItselfIsRefused(t *testing.T) {
	gateway := string(readSample(t, gatewayFile))
	for name, c := range map[string]struct {
		old, new           string
		verified, rejected int
	}{
		"a value that is not its copy": {`"value": 63597.7999562293,`, `"value": 63597.7999562294,`, 9, 1},
		"another signer named":         {"0xdEB22f54738d54976C4c0fe5ce6d408E40d88499", "0x51Ce04Be4b3E32572C4Ec9135221d0691Ba7d202", 8, 2},
		"a signer that is none":        {"0xdEB22f54738d54976C4c0fe5ce6d408E40d88499", "0x00", 8, 2},
		"a list twice":                 {`"ETH": [`, `"BTC": [`, 0, 1},
		"more than one object":         {"{\n \"BTC\"", "{}{\n \"BTC\"", 0, 1},
		"decimals that were not meant": {`"dataFeedId": "ETH",`, `"dataFeedId": "ETH", "decimals": 9,`, 5, 5},
	} {
		changed := strings.ReplaceAll(gateway, c.old, c.new)
		if changed == gateway {
			t.Fatalf("%s: nothing was changed", name)
		}
		if verified, rejected := counted(Examine([]byte(changed), Production())); verified != c.verified || rejected != c.rejected {
			t.Errorf("%s: %d signatures verify, %d samples are refused, want %d and %d", name, verified, rejected, c.verified, c.rejected)
		}
	}
}
