package source

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"vadium/oracle"
)

const (
	gatewayFile  = "redstone_json_BTC_ETH.json"
	payloadFile  = "redstone_payload_ETH_BTC_AVAX_5sig.hex"
	hermesFile   = "pyth_hermes_updates.json"
	reportsFile  = "chainlink_datastreams_reports.json"
	malformedOne = "HERMES_UPDATE_10_PRICE_FEEDS" // as its README says
)

func readSample(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func fromHex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// hermesUpdates returns the updates that are not malformed, by name.
func hermesUpdates(t testing.TB) map[string][]byte {
	t.Helper()
	var file answers
	if err := json.Unmarshal(readSample(t, hermesFile), &file); err != nil {
		t.Fatal(err)
	}
	updates := make(map[string][]byte)
	for name, text := range file.Updates {
		if name != malformedOne {
			updates[name] = fromHex(t, text)
		}
	}
	return updates
}

func chainlinkReports(t testing.TB) [][]byte {
	t.Helper()
	var texts []string
	if err := json.Unmarshal(readSample(t, reportsFile), &texts); err != nil {
		t.Fatal(err)
	}
	var reports [][]byte
	for _, text := range texts {
		reports = append(reports, fromHex(t, text))
	}
	return reports
}

// payloadPackages returns the binary payload, and each of its packages as a payload of its own.
func payloadPackages(t testing.TB) (whole []byte, each [][]byte) {
	t.Helper()
	whole = fromHex(t, string(readSample(t, payloadFile)))
	packages, err := ParsePayload(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		each = append(each, AppendPayload(nil, []Package{p}))
	}
	return whole, each
}

// counted returns how many signatures verify in samples, and how many samples are refused.
func counted(samples []Sample) (verified, rejected int) {
	for _, s := range samples {
		if s.Err != nil {
			rejected++
			continue
		}
		verified += len(s.Signers)
	}
	return verified, rejected
}

// The samples are real: what networks published. Their README says how many signatures each has.
func TestEverySampleVerifies(t *testing.T) {
	for _, c := range []struct {
		file               string
		format             Format
		samples            int
		verified, rejected int
	}{
		{gatewayFile, FormatGateway, 10, 10, 0},
		{payloadFile, FormatPayload, 15, 15, 0},
		{hermesFile, FormatHermes, 8, 7 * 13, 1},
		{reportsFile, FormatChainlink, 3, 6 + 2 + 2, 0},
	} {
		samples := Examine(readSample(t, c.file), Production())
		verified, rejected := counted(samples)
		if len(samples) != c.samples || verified != c.verified || rejected != c.rejected {
			t.Errorf("%s: %d samples, %d signatures verify, %d samples are refused; want %d, %d, %d", c.file, len(samples), verified, rejected, c.samples, c.verified, c.rejected)
		}
		for _, s := range samples {
			if s.Format != c.format || s.Err != nil && s.Name != malformedOne || s.Err == nil && !s.Known {
				t.Errorf("%s: %s is %s, known %t, refused: %v", c.file, s.Name, s.Format, s.Known, s.Err)
			}
		}
	}
}

func TestUpdateThatTheReadmeCallsMalformedIsRefused(t *testing.T) {
	for _, s := range Examine(readSample(t, hermesFile), Production()) {
		if s.Name == malformedOne && !errors.Is(s.Err, ErrMalformed) {
			t.Errorf("%s: %v, want %v", s.Name, s.Err, ErrMalformed)
		}
	}
	// Its digits are half a byte too many; without that, three bytes are.
	var file answers
	if err := json.Unmarshal(readSample(t, hermesFile), &file); err != nil {
		t.Fatal(err)
	}
	text := file.Updates[malformedOne]
	if _, err := ParseUpdate(fromHex(t, text[:len(text)-1])); !errors.Is(err, ErrMalformed) {
		t.Errorf("without its last digit: %v, want %v", err, ErrMalformed)
	}
	if _, err := ParseUpdate(fromHex(t, text[:len(text)-7])); err != nil {
		t.Errorf("without the bytes that are too many: %v, want no error", err)
	}
}

func TestSamplesSayWhatIsPublished(t *testing.T) {
	want := map[string][]string{
		gatewayFile: {"BTC 63597.97253291 1719856900000", "ETH 3486.79 1719856900000"},
		payloadFile: {"ETH 2481.10942812 1707738270000", "BTC 47836.98159121 1707738270000", "AVAX 38.58024583 1707738270000"},
		hermesFile:  {"0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43 59240.02645461 1724826310000"},
		reportsFile: {
			"0x00030ab7d02fbba9c6304f98824524407b1f494741174320cfd17a2c22eec1de 0.6954102420437865 1722348998000",
			"0x0009df89c92184ed9d554ad42f8e8946894af1009f83d8355d99f7f2515b8ecd 1.01440935624875 1752009912000",
		},
	}
	for file, testimonies := range want {
		var found []string
		for _, s := range Examine(readSample(t, file), Production()) {
			for _, said := range s.Testimony {
				found = append(found, fmt.Sprintf("%s %s %d", FeedText(s.Format.Kind(), said.Feed), said.Value, said.At))
			}
		}
		for _, testimony := range testimonies {
			if !slices.Contains(found, testimony) {
				t.Errorf("%s: no testimony %s in %q", file, testimony, found)
			}
		}
	}
}

// What is written down as known is what signs, and what the samples say of themselves.
func TestKnownSignersAreThoseOfTheSamples(t *testing.T) {
	known := Production()
	signed := func(file string) map[common.Address]bool {
		all := make(map[common.Address]bool)
		for _, s := range Examine(readSample(t, file), known) {
			for _, signer := range s.Signers {
				all[signer] = true
			}
		}
		return all
	}
	for file, service := range map[string]string{gatewayFile: RedStonePrimary, payloadFile: RedStoneAvalanche} {
		all := signed(file)
		for _, node := range known.RedStone[service] {
			if !all[node] {
				t.Errorf("%s of %s has not signed %s", node, service, file)
			}
		}
		if len(all) != len(known.RedStone[service]) {
			t.Errorf("%d signed %s, but %d nodes of %s are known", len(all), file, len(known.RedStone[service]), service)
		}
	}
	var gateway map[string][]wirePackage
	if err := json.Unmarshal(readSample(t, gatewayFile), &gateway); err != nil {
		t.Fatal(err)
	}
	for _, list := range gateway {
		for _, p := range list {
			if !slices.Contains(known.RedStone[RedStonePrimary], common.HexToAddress(p.Signer)) {
				t.Errorf("%s is named as a signer and not known", p.Signer)
			}
		}
	}
	var file answers
	if err := json.Unmarshal(readSample(t, hermesFile), &file); err != nil {
		t.Fatal(err)
	}
	if set := addresses(file.GuardianSets["GUARDIAN_SET_4"]...); !slices.Equal(set, known.Guardians[4]) {
		t.Errorf("guardian set 4 = %v, known %v", set, known.Guardians[4])
	}
	for i, raw := range chainlinkReports(t) {
		r, err := ParseReport(raw)
		if err != nil {
			t.Fatal(err)
		}
		signers, err := r.Signers()
		if c := known.Chainlink[i]; err != nil || !slices.Equal(signers, c.Signers) || c.Config != r.Config || c.Feed != r.Feed || int(c.Threshold) != len(signers) {
			t.Errorf("report %d is signed by %v (%v), known %v", i, signers, err, c)
		}
	}
}

// flips are what bytes are changed by, in turn: their lowest bit, their highest, all.
var flips = []byte{0x01, 0x80, 0xff}

// refuseFlips changes every byte of what verifies, one at a time: nothing must verify any more.
func refuseFlips(t *testing.T, name string, raw []byte) {
	t.Helper()
	known := Production()
	if verified, rejected := counted(Examine(raw, known)); verified == 0 || rejected != 0 {
		t.Fatalf("%s does not verify before any byte is changed: %d, %d", name, verified, rejected)
	}
	changed := slices.Clone(raw)
	for i := range raw {
		flip := flips[i%len(flips)]
		changed[i] = raw[i] ^ flip
		for _, s := range Examine(changed, known) {
			if s.Err == nil {
				t.Errorf("%s with byte %d changed by %#x still verifies: %v", name, i, flip, s.Testimony)
			}
		}
		changed[i] = raw[i]
	}
}

func TestPayloadWithAnyByteChangedIsRefused(t *testing.T) {
	_, each := payloadPackages(t)
	for i, raw := range each {
		refuseFlips(t, fmt.Sprintf("package %d", i), raw)
	}
}

// All fifteen in one: changing a byte takes the package that it is in, or all.
func TestPayloadKeepsNothingOfAChangedPackage(t *testing.T) {
	whole, each := payloadPackages(t)
	size := len(each[0]) - 2 - 3 - len(redStoneMarker)
	changed := slices.Clone(whole)
	for i := 0; i < len(whole); i += 7 { // every byte is changed alone above
		changed[i] ^= 0xff
		for n, s := range Examine(changed, Production()) {
			if s.Err == nil && n == i/size {
				t.Errorf("byte %d changed: package %d still verifies", i, n)
			}
		}
		changed[i] = whole[i]
	}
}

func TestUpdateWithAnyByteChangedIsRefused(t *testing.T) {
	for name, raw := range hermesUpdates(t) {
		refuseFlips(t, name, raw)
	}
}

func TestReportWithAnyByteChangedIsRefused(t *testing.T) {
	for i, raw := range chainlinkReports(t) {
		refuseFlips(t, fmt.Sprintf("report %d", i), raw)
	}
}

// Of the JSON, what is signed is the value, the time, the feed and the signature; the named signer must fit.
func TestGatewayWithAnySignedCharacterChangedIsRefused(t *testing.T) {
	var gateway map[string][]map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(readSample(t, gatewayFile))))
	decoder.UseNumber()
	if err := decoder.Decode(&gateway); err != nil {
		t.Fatal(err)
	}
	for _, list := range gateway {
		for _, p := range list {
			point := p["dataPoints"].([]any)[0].(map[string]any)
			delete(point["metadata"].(map[string]any), "sourceMetadata")
			signed := []string{
				point["value"].(json.Number).String(), p["timestampMilliseconds"].(json.Number).String(),
				`"dataFeedId":` + strconv.Quote(point["dataFeedId"].(string)), p["signature"].(string), p["signerAddress"].(string)[2:],
			}
			raw, err := json.Marshal(map[string]any{"dataPoints": p["dataPoints"], "timestampMilliseconds": p["timestampMilliseconds"], "signature": p["signature"], "signerAddress": p["signerAddress"]})
			if err != nil {
				t.Fatal(err)
			}
			if verified, _ := counted(Examine(raw, Production())); verified != 1 {
				t.Fatalf("%s does not verify before any byte is changed", raw)
			}
			for _, text := range signed {
				refuseTextFlips(t, raw, text)
			}
		}
	}
}

func refuseTextFlips(t *testing.T, raw []byte, text string) {
	t.Helper()
	start := strings.Index(string(raw), text)
	if start < 0 {
		t.Fatalf("no %s in %s", text, raw)
	}
	from := 0
	if strings.HasPrefix(text, `"dataFeedId":"`) {
		from = len(`"dataFeedId":"`) // its name alone is signed
	}
	changed := slices.Clone(raw)
	for i := start + from; i < start+len(text); i++ {
		for _, flip := range flips {
			changed[i] = raw[i] ^ flip
			if strings.EqualFold(string(changed), string(raw)) { // an address in other letters is the same
				continue
			}
			for _, s := range Examine(changed, Production()) {
				if s.Err == nil {
					t.Errorf("changed to %s it still verifies: %v", changed, s.Testimony)
				}
			}
		}
		changed[i] = raw[i]
	}
}

// mirrored is the other signature of the same: (r, n-s, 1-v).
func mirrored(raw []byte, v int) {
	s := new(big.Int).SetBytes(raw[32:64])
	s.Sub(curveOrder, s).FillBytes(raw[32:64])
	raw[64] = byte(2*v+1) - raw[64]
}

// Some networks' signers use a high s as often as not. Refusing one would refuse real prices.
func TestHighSignaturesAreNormalised(t *testing.T) {
	known := Production()
	_, packages := payloadPackages(t)
	raw := slices.Clone(packages[0])
	mirrored(raw[len(raw)-signatureBytes-2-3-len(redStoneMarker):], 27)
	read, err := ParsePayload(raw)
	if err != nil || string(AppendPayload(nil, read)) != string(packages[0]) {
		t.Errorf("a package with a high s is not read as the one with the low: %v", err)
	}
	verifies(t, "package", raw, 1)

	gateway, err := ParseGateway(readSample(t, gatewayFile), "BTC")
	if err != nil {
		t.Fatal(err)
	}
	text := string(readSample(t, gatewayFile))
	for _, p := range gateway {
		sig := p.signature
		sig[64] += 27
		before := base64.StdEncoding.EncodeToString(sig[:])
		mirrored(sig[:], 27)
		text = strings.ReplaceAll(text, before, base64.StdEncoding.EncodeToString(sig[:]))
	}
	if text == string(readSample(t, gatewayFile)) {
		t.Fatal("no signature was mirrored")
	}
	verifies(t, "gateway", []byte(text), 10)

	for name, raw := range hermesUpdates(t) {
		raw = slices.Clone(raw)
		for i := range 13 {
			mirrored(raw[len(pythMagic)+2+vaaHeaderBytes+i*vaaSignatureBytes+1:], 0)
		}
		verifies(t, name, raw, 13)
	}
	for i, raw := range chainlinkReports(t) {
		raw = slices.Clone(raw)
		signers := len(known.Chainlink[i].Signers)
		for n := range signers {
			s := raw[len(raw)-(signers-n)*word:]
			new(big.Int).Sub(curveOrder, new(big.Int).SetBytes(s[:word])).FillBytes(s[:word])
			raw[6*word+n] ^= 1
		}
		verifies(t, fmt.Sprintf("report %d", i), raw, signers)
	}
}

func verifies(t *testing.T, name string, raw []byte, want int) {
	t.Helper()
	if verified, rejected := counted(Examine(raw, Production())); verified != want || rejected != 0 {
		t.Errorf("%s: %d signatures verify and %d samples are refused, want %d and none", name, verified, rejected, want)
	}
}

func TestSignaturesOutsideTheOrderAreRefused(t *testing.T) {
	number := func(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }
	one, over := big.NewInt(1), new(big.Int).Sub(curveOrder, big.NewInt(1))
	half := new(big.Int).Add(halfCurveOrder, one)
	for _, c := range []struct {
		r, s *big.Int
		v    byte
		good bool
	}{
		{one, one, 0, true}, {one, over, 1, true}, {over, halfCurveOrder, 0, true}, {over, half, 0, true},
		{new(big.Int), one, 0, false}, {one, new(big.Int), 0, false}, {one, curveOrder, 0, false}, {curveOrder, one, 0, false},
		{one, one, 2, false}, {one, one, 27, false}, {one, new(big.Int).Lsh(one, 255), 255, false},
	} {
		sig, err := newSignature(number(c.r), number(c.s), c.v)
		if (err == nil) != c.good {
			t.Errorf("r %x, s %x, v %d: %v, want good %t", c.r, c.s, c.v, err, c.good)
		}
		if s := new(big.Int).SetBytes(sig[32:64]); err == nil && s.Cmp(halfCurveOrder) > 0 {
			t.Errorf("s %x is still high", s)
		}
	}
}

// Nothing on the way from digits to a signed value is a binary fraction: not a type, not a function that makes one, and
// no JSON that is decoded into whatever fits.
func TestNothingPassesThroughAFloat(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		files++
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			bad := ""
			switch n := n.(type) {
			case *ast.Ident:
				if strings.Contains(strings.ToLower(n.Name), "float") || n.Name == "any" {
					bad = n.Name
				}
			case *ast.InterfaceType:
				bad = "interface"
			case *ast.BasicLit:
				if n.Kind == token.FLOAT || n.Kind == token.IMAG {
					bad = n.Value
				}
			case *ast.ImportSpec:
				if n.Path.Value == `"math"` {
					bad = n.Path.Value
				}
			}
			// The one fraction here is no value: how much pauses differ.
			if bad != "" && bad != "0.5" {
				t.Errorf("%s: %s", fset.Position(n.Pos()), bad)
			}
			return true
		})
		return nil
	})
	if err != nil || files < 10 {
		t.Fatalf("read %d files: %v", files, err)
	}
}

func TestForeignBytesAreNotRecognised(t *testing.T) {
	for _, text := range []string{"", " ", "hello", "{", "[", "[]", "{}", "null", "0x", "0x00", `{"updates":{}}`, `["zz"]`, "# a README"} {
		samples := Examine([]byte(text), Production())
		if verified, rejected := counted(samples); verified != 0 || rejected == 0 {
			t.Errorf("%q: %d signatures verify, %d samples refused", text, verified, rejected)
		}
	}
}

// A retired guardian set signs nothing any more, even where a file brings it along; a newer one than is known counts as
// what it is, a claim.
func TestGuardianSetsOfAFileAreClaims(t *testing.T) {
	raw := slices.Clone(hermesUpdates(t)["HERMES_UPDATE_1_PRICE_FEED"])
	var file answers
	if err := json.Unmarshal(readSample(t, hermesFile), &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		set   byte
		named string
		good  bool
	}{{3, "GUARDIAN_SET_3", false}, {5, "GUARDIAN_SET_5", true}, {5, "GUARDIAN_SET_6", false}} {
		raw[len(pythMagic)+2+4] = c.set
		collection, err := json.Marshal(map[string]any{
			"updates":      map[string]string{"one": hex.EncodeToString(raw)},
			"guardianSets": map[string][]string{c.named: file.GuardianSets["GUARDIAN_SET_4"]},
		})
		if err != nil {
			t.Fatal(err)
		}
		s := Examine(collection, Production())[0]
		if (s.Err == nil) != c.good || s.Known {
			t.Errorf("set %d of a file that names %s: known %t, %v, want good %t", c.set, c.named, s.Known, s.Err, c.good)
		}
	}
}

func TestFeedNamesAreWrittenAsTheirSourceDoes(t *testing.T) {
	long := strings.Repeat("A", 32)
	if got := FeedText(oracle.RedStone, FeedName("BTC")); got != "BTC" {
		t.Errorf("BTC is written %s", got)
	}
	if got := FeedText(oracle.RedStone, FeedName(long)); got != "0x"+hex.EncodeToString(common.Hash(keccak([]byte(long))).Bytes()) {
		t.Errorf("a name of 32 characters is written %s", got)
	}
	if got := FeedText(oracle.Pyth, FeedName("BTC")); !strings.HasPrefix(got, "0x425443") {
		t.Errorf("an id of Pyth is written %s", got)
	}
}

// dropped is an update without one of its signatures.
func dropped(t testing.TB, update []byte, i int) []byte {
	t.Helper()
	at := len(pythMagic) + 2 + vaaHeaderBytes + i*vaaSignatureBytes
	raw := slices.Delete(slices.Clone(update), at, at+vaaSignatureBytes)
	size := int(raw[len(pythMagic)])<<8 | int(raw[len(pythMagic)+1]) - vaaSignatureBytes
	raw[len(pythMagic)], raw[len(pythMagic)+1] = byte(size>>8), byte(size)
	raw[len(pythMagic)+2+5]--
	return raw
}

// without is a report without its last signature.
func without(raw []byte, signers int) []byte {
	rs := len(raw) - (2*signers+1)*word
	cut := slices.Delete(slices.Clone(raw), len(raw)-word, len(raw))
	cut = slices.Delete(cut, rs+(signers-1)*word, rs+signers*word)
	cut[rs-1]--                                          // as many rs
	cut[rs+signers*word-1]--                             // and ss
	ss := binary.BigEndian.Uint16(cut[6*word-2:]) - word // which begin earlier
	binary.BigEndian.PutUint16(cut[6*word-2:], ss)
	cut[6*word+signers-1] = 0 // and as many parities
	return cut
}

// One signature less than a quorum, all of them good, proves nothing.
func TestOneSignatureTooFewIsRefused(t *testing.T) {
	update := hermesUpdates(t)["HERMES_UPDATE_1_PRICE_FEED"]
	few := dropped(t, update, 4)
	if u, err := ParseUpdate(few); err != nil || len(u.signed) != 12 {
		t.Fatalf("an update with 12 signatures is read with %d: %v", len(u.signed), err)
	}
	report := without(chainlinkReports(t)[0], 6)
	if r, err := ParseReport(report); err != nil || len(r.signatures) != 5 {
		t.Fatalf("a report with 5 signatures is read with %d: %v", len(r.signatures), err)
	}
	for name, raw := range map[string][]byte{"update": few, "report": report} {
		if s := Examine(raw, Production())[0]; !errors.Is(s.Err, ErrSigners) {
			t.Errorf("%s: %v, want %v", name, s.Err, ErrSigners)
		}
	}
}

// What means the same but is written otherwise is refused: one thing, one way to write it.
func TestOtherWaysToWriteTheSameAreRefused(t *testing.T) {
	update := hermesUpdates(t)["HERMES_UPDATE_1_PRICE_FEED"]
	swapped := slices.Clone(update)
	at := len(pythMagic) + 2 + vaaHeaderBytes
	copy(swapped[at:], update[at+vaaSignatureBytes:at+2*vaaSignatureBytes])
	copy(swapped[at+vaaSignatureBytes:], update[at:at+vaaSignatureBytes])
	whole, _ := payloadPackages(t)
	gateway := strings.Replace(string(readSample(t, gatewayFile)), "AecfvMs1hw=", "AecfvMs1hx=", 1) // bits that base64 has no use for
	report := chainlinkReports(t)[0]
	for name, raw := range map[string][]byte{
		"guardians out of order":       swapped,
		"a byte before the packages":   append([]byte{0}, whole...),
		"a byte behind the prices":     append(slices.Clone(update), 0),
		"a word behind the signatures": append(slices.Clone(report), make([]byte, word)...),
		"spare bits of the signature":  []byte(gateway),
	} {
		if _, rejected := counted(Examine(raw, Production())); rejected == 0 {
			t.Errorf("%s: nothing is refused", name)
		}
	}
}

// Who signs twice is one signer, also in a report of which nobody knows the committee.
func TestStrangersReportIsAClaim(t *testing.T) {
	keys, _ := nodes(3)
	s := Examine(report(keys, big.NewInt(1), nil), Production())[0]
	if s.Err != nil || s.Known || len(s.Signers) != 3 {
		t.Errorf("three strangers: %v, known %t, %d signers, want a claim of three", s.Err, s.Known, len(s.Signers))
	}
	keys[2] = keys[0]
	if s := Examine(report(keys, big.NewInt(1), nil), Production())[0]; !errors.Is(s.Err, ErrSigners) {
		t.Errorf("one of them twice: %v, want %v", s.Err, ErrSigners)
	}
}
