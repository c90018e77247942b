package pricemedian

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"vadium"
	"vadium/oracle"
)

// committee returns the public keys of the first n of the tests' reporters.
func committee(t testing.TB, n int) []oracle.Key {
	t.Helper()
	keys := make([]oracle.Key, n)
	for i := range keys {
		keys[i] = keyOf(t, i).Key()
	}
	return keys
}

// signedBy returns an observation of each value, by the reporters in order; a value below zero is of one who is absent.
func signedBy(t testing.TB, values ...int64) []oracle.Signed {
	t.Helper()
	var all []oracle.Signed
	for i, value := range values {
		if value < 0 {
			continue
		}
		o := observation(uint64(value))
		o.At += vadium.Time(100 * i)
		all = append(all, sign(t, keyOf(t, i), o))
	}
	return all
}

func TestReportSaysWhatTheObservationsSay(t *testing.T) {
	const start = 1_764_000_000_000
	for name, c := range map[string]struct {
		values []int64
		want   oracle.Report
	}{
		"odd":           {[]int64{10, 30, 20}, oracle.Report{Median: vadium.NewAmount(20), Present: 0b111, Flags: 0b011, Newest: start + 200}},
		"even":          {[]int64{10, 30, 20, 40}, oracle.Report{Median: vadium.NewAmount(30), Present: 0b1111, Flags: 0b1101, Newest: start + 300}},
		"one":           {[]int64{-1, 7}, oracle.Report{Median: vadium.NewAmount(7), Present: 0b10, Oldest: start + 100, Newest: start + 100}},
		"equal":         {[]int64{5, 5, 5}, oracle.Report{Median: vadium.NewAmount(5), Present: 0b111, Newest: start + 200}},
		"at the bound":  {[]int64{9_750, 10_000, 10_250}, oracle.Report{Median: vadium.NewAmount(10_000), Present: 0b111, Newest: start + 200}},
		"beyond it":     {[]int64{9_749, 10_000, 10_251}, oracle.Report{Median: vadium.NewAmount(10_000), Present: 0b111, Flags: 0b101, Newest: start + 200}},
		"zero":          {[]int64{0, 0, 1}, oracle.Report{Present: 0b111, Flags: 0b100, Newest: start + 200}},
		"absent, empty": {[]int64{-1, 8, -1, 8}, oracle.Report{Median: vadium.NewAmount(8), Present: 0b1010, Oldest: start + 100, Newest: start + 300}},
	} {
		keys := committee(t, 5)
		signed := signedBy(t, c.values...)
		slices.Reverse(signed) // the order is that of the seats, whatever arrived first
		got, input, err := Build(7, keys, 1, 250, signed)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := c.want
		want.Scope, want.Round, want.Quorum, want.Outlier = scope, 9, 1, 250
		if want.Oldest == 0 {
			want.Oldest = start
		}
		if want.Committee, err = Committee(7, keys); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: Build = %+v, want %+v", name, got, want)
		}
		if !bytes.HasPrefix(input, Statement(got)) || len(input) != 32*(StatementScalars+7*secretsPerSlot) {
			t.Errorf("%s: an input of %d bytes that begins with the statement: %v", name, len(input), bytes.HasPrefix(input, Statement(got)))
		}
	}
}

func TestReportsAreNotBuiltOfWhatCannotBeProven(t *testing.T) {
	keys := committee(t, 4)
	honest := signedBy(t, 10, 20, 30)
	with := func(change func(s []oracle.Signed) []oracle.Signed) []oracle.Signed {
		return change(slices.Clone(honest))
	}
	for name, c := range map[string]struct {
		slots  int
		keys   []oracle.Key
		quorum uint8
		signed []oracle.Signed
	}{
		"no such size":     {8, keys, 3, honest},
		"no committee":     {7, nil, 3, honest},
		"too many seats":   {7, committee(t, 8), 3, honest},
		"a key twice":      {7, append(slices.Clone(keys), keys[0]), 3, honest},
		"no key":           {7, append(slices.Clone(keys), oracle.Key{}), 3, honest},
		"below the quorum": {7, keys, 4, honest},
		"no quorum":        {7, keys, 0, nil},
		"a stranger":       {7, keys[:2], 2, honest},
		"twice":            {7, keys, 3, append(slices.Clone(honest), honest[0])},
		"two of one seat":  {7, keys, 3, append(slices.Clone(honest), sign(t, keyOf(t, 0), observation(11)))},
		"another round": {7, keys, 3, with(func(s []oracle.Signed) []oracle.Signed {
			o := s[1].Observation
			o.Round++
			s[1] = sign(t, keyOf(t, 1), o)
			return s
		})},
		"another feed": {7, keys, 3, with(func(s []oracle.Signed) []oracle.Signed {
			o := s[1].Observation
			o.Scope[9]++
			s[1] = sign(t, keyOf(t, 1), o)
			return s
		})},
		"a wrong signature": {7, keys, 3, with(func(s []oracle.Signed) []oracle.Signed { s[1].Signature = s[0].Signature; return s })},
	} {
		if _, _, err := Build(c.slots, c.keys, c.quorum, 250, c.signed); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Committee(7, append(slices.Clone(keys), keys[0])); !errors.Is(err, ErrKey) {
		t.Errorf("Committee with a key twice: %v, want ErrKey", err)
	}
}

// Digests are in proofs and feeds: no two committees share one.
func TestCommitteesDifferByOrderSizeAndSlots(t *testing.T) {
	keys := committee(t, 4)
	seen := map[[32]byte]string{}
	for name, c := range map[string]struct {
		slots int
		keys  []oracle.Key
	}{
		"four in seven": {7, keys}, "four in sixteen": {16, keys}, "four in thirty-one": {31, keys},
		"three": {7, keys[:3]}, "another order": {7, []oracle.Key{keys[1], keys[0], keys[2], keys[3]}},
	} {
		digest, err := Committee(c.slots, c.keys)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[digest]; ok {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[digest] = name
	}
}

// What is signed and proven may never change.
func TestDigestsAndSignaturesAreStable(t *testing.T) {
	digest, err := Committee(7, committee(t, 4))
	if err != nil {
		t.Fatal(err)
	}
	message, err := messageOf(observation(12345))
	if err != nil {
		t.Fatal(err)
	}
	signature := sign(t, keyOf(t, 0), observation(12345)).Signature
	possession := possessionOf(vadium.Salt{1}, vadium.Account{2})
	for name, c := range map[string][2]string{
		"committee": {fmt.Sprintf("%x", digest),
			"137d2f30cc2c240b57cd82ffa83bb6693ed2d528a06c22b03439bdfdb18177eb"},
		"message": {message.Text(16),
			"1afafeccf18e4483366eb016641ba437ea4e9fa540f022902531396dacd9bc57"},
		"signature": {fmt.Sprintf("%x", signature),
			"06db00bcb5cc2f7f014c723c5e012558c30b7e71a82bc5d4abd065017507348501f1a4d298686831159c4e58767d8fa30aa756e2e7261e54a68902ba1c4da699"},
		"possession": {possession.Text(16),
			"151111e83d134515bf0649ce78a9f51d73f2734c86364337054c01bd32238b4"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s = %s, want %s", name, c[0], c[1])
		}
	}
}

func TestProgramNames(t *testing.T) {
	for slots, want := range map[int]string{7: "price-median-7", 16: "price-median-16", 31: "price-median-31"} {
		if got := ProgramName(slots); got != want {
			t.Errorf("ProgramName(%d) = %q, want %q", slots, got, want)
		}
	}
}
