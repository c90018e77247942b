package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/oracle"
)

func TestASourcesOwnNameIsTextOrHex(t *testing.T) {
	pyth := "0x" + strings.Repeat("ab", 32)
	for text, want := range map[string]string{"ETH": "ETH", pyth: pyth, "0x1": "0x1"} {
		if id, err := parseUpstreamID(text); err != nil || feedName(id) != want {
			t.Errorf("%q is %q (%v), want %q", text, feedName(id), err, want)
		}
	}
	for _, text := range []string{"", strings.Repeat("x", 33), "a b", "0x" + strings.Repeat("0g", 32)} {
		if id, err := parseUpstreamID(text); err == nil {
			t.Errorf("%q is %q, want it refused", text, feedName(id))
		}
	}
}

// A value is written with all its decimal places and read back to the unit: nothing passes through a float.
func TestAFeedsValueIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "value")
		value, err := vadium.AmountFromBytes(words)
		if err != nil {
			t.Fatal(err)
		}
		decimals := rapid.Uint8Range(0, 30).Draw(t, "decimals")
		text := fixed(value, decimals)
		if got, err := parseFixed(text, decimals); err != nil || got != value {
			t.Fatalf("%v with %d decimals is written %q and read %v (%v)", value, decimals, text, got, err)
		}
	})
	for text, want := range map[string]string{"1": "1", "0.01": "0.01", "10.50": "10.5", "0": "0", "79228162514264337593543950.33": "79228162514264337593543950.33"} {
		if value, err := parseFixed(text, 2); err != nil || fixed(value, 2) != want {
			t.Errorf("%q is read as %q (%v), want %q", text, fixed(value, 2), err, want)
		}
	}
	for _, text := range []string{"", ".5", "1.", "1.005", "-1", "1e3", "1,5", "0x10"} {
		if value, err := parseFixed(text, 2); err == nil {
			t.Errorf("%q is read as %q, want it refused", text, fixed(value, 2))
		}
	}
}

const someFeed = `{"id": "ETH/USD", "seats": [
  {"reporter": "0x0000000000000000000000000000000000000001", "key": "0x0100000000000000000000000000000000000000000000000000000000000000"},
  {"reporter": "0x0000000000000000000000000000000000000002", "key": "0x0200000000000000000000000000000000000000000000000000000000000000"},
  {"reporter": "0x0000000000000000000000000000000000000003", "key": "0x0300000000000000000000000000000000000000000000000000000000000000"},
  {"reporter": "0x0000000000000000000000000000000000000004", "key": "0x0400000000000000000000000000000000000000000000000000000000000000"}],
 "decimals": 8, "least": "0.01", "most": "1000000", "heartbeat": "60s", "deviationBps": 50, "window": "15s", "timeout": "5s",
 "outlierBps": 250, "lasting": "60s", "bond": "100",
 "sources": [{"kind": "redstone", "id": "ETH", "signers": ["0x00000000000000000000000000000000000000bb", "0x00000000000000000000000000000000000000aa"], "threshold": 2, "decimals": 8}],
 "prices": {"asset": "own", "depth": "1000000"}}`

func readSomeFeed(t *testing.T, text string) (oracle.Feed, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "feed.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := readFeed(path)
	if err != nil {
		return oracle.Feed{}, err
	}
	return file.feed()
}

func TestAFeedsFileSaysWhatIsSigned(t *testing.T) {
	feed, err := readSomeFeed(t, someFeed)
	if err != nil {
		t.Fatal(err)
	}
	if feedName(feed.ID) != "ETH/USD" || feed.Slots != 7 || feed.Quorum != 3 || feed.Heartbeat != vadium.Minute || feed.Least.String() != "1000000" ||
		feed.Bond != vadium.Tokens(100) || !feed.Prices || feed.Depth != 1_000_000_000_000 || feed.Sources[0].Signers[0][19] != 0xaa {
		t.Errorf("the file says %+v", feed)
	}
	if again, err := fileOf(feed).feed(); err != nil || !reflect.DeepEqual(again, feed) {
		t.Errorf("written down and read again it is %+v (%v), want %+v", again, err, feed)
	}
	for old, fresh := range map[string][2]string{
		"misspelt key":          {`"outlierBps"`, `"outliersBps"`},
		"more places than held": {`"0.01"`, `"0.000000001"`},
		"no unit":               {`"60s"`, `"60"`},
		"parts of milliseconds": {`"15s"`, `"1us"`},
		"no key":                {`0x0200`, `0x02`},
		"a kind nobody knows":   {`redstone`, `limestone`},
		"more than all signers": {`"threshold": 2`, `"threshold": 3`},
		"no signer":             {`"threshold": 2`, `"threshold": 0`},
	} {
		if feed, err := readSomeFeed(t, strings.Replace(someFeed, fresh[0], fresh[1], 1)); err == nil {
			t.Errorf("%s: the file says %+v, want it refused", old, feed)
		} else if err != nil && hintOf(err) == "" {
			t.Errorf("%s: %v, want a hint", old, err)
		}
	}
}

func TestACommitteeIsProvenWithTheSmallestCircuitThatHasRoom(t *testing.T) {
	for seats, want := range map[int]uint8{4: 7, 7: 7, 8: 16, 16: 16, 17: 31, 31: 31} {
		if got, err := slotsFor(seats); err != nil || got != want {
			t.Errorf("%d seats need %d slots (%v), want %d", seats, got, err, want)
		}
	}
	for _, seats := range []int{0, 3, 32} {
		if got, err := slotsFor(seats); err == nil {
			t.Errorf("%d seats need %d slots, want an error", seats, got)
		}
	}
}
