package vadium_test

import (
	"encoding/hex"
	"math"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"pgregory.net/rapid"

	"vadium"
)

func TestTimeStopsAtForever(t *testing.T) {
	for _, row := range []struct {
		t    vadium.Time
		d    vadium.Duration
		want vadium.Time
	}{
		{0, 0, 0},
		{1_000, vadium.Second, 2_000},
		{1_000, -vadium.Second, 0},
		{vadium.Forever - 1, 1, vadium.Forever},
		{vadium.Forever - 1, 2, vadium.Forever},
		{vadium.Forever, math.MaxInt64, vadium.Forever},
		{0, math.MaxInt64, vadium.Forever},
	} {
		if got := row.t.Add(row.d); got != row.want {
			t.Errorf("%d.Add(%d) = %d, want %d", row.t, row.d, got, row.want)
		}
	}
}

func TestTimeOrder(t *testing.T) {
	const early, late vadium.Time = 1, 2
	if !early.Before(late) || late.Before(early) || early.Before(early) {
		t.Error("Before is not the strict order of milliseconds")
	}
	if !late.After(early) || early.After(late) || early.After(early) {
		t.Error("After is not the strict order of milliseconds")
	}
	if got := late.Earliest(early); got != early {
		t.Errorf("Earliest(2, 1) = %d, want 1", got)
	}
	if got := early.Earliest(vadium.Forever); got != early {
		t.Errorf("Earliest(1, Forever) = %d, want 1", got)
	}
	if got := early.Sub(late); got != -vadium.Millisecond {
		t.Errorf("1 - 2 = %d, want -1", got)
	}
}

func TestLengthsOfTimeAreMilliseconds(t *testing.T) {
	const day vadium.Duration = 86_400_000
	if vadium.Day != day {
		t.Errorf("a day is %d ms, want %d", vadium.Day, day)
	}
}

func TestTimesSurviveTheJournal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		millis := rapid.Int64Range(0, math.MaxInt64).Draw(t, "millis")
		encoded, err := rlp.EncodeToBytes(vadium.Time(millis))
		if err != nil {
			t.Fatalf("encode %d: %v", millis, err)
		}
		var instant vadium.Time
		if err := rlp.DecodeBytes(encoded, &instant); err != nil || instant != vadium.Time(millis) {
			t.Fatalf("%x reads as time %d, %v, want %d", encoded, instant, err, millis)
		}
		// A duration is written like a time: both are milliseconds.
		var length vadium.Duration
		if err := rlp.DecodeBytes(encoded, &length); err != nil || length != vadium.Duration(millis) {
			t.Fatalf("%x reads as duration %d, %v, want %d", encoded, length, err, millis)
		}
	})
}

// These bytes are in journals. They may not change.
func TestTimeEncodingIsGolden(t *testing.T) {
	for _, row := range []struct {
		t    vadium.Time
		want string
	}{
		{0, "80"},
		{1, "01"},
		{1_700_000_000_000, "86018bcfe56800"},
		{vadium.Forever, "887fffffffffffffff"},
	} {
		encoded, err := rlp.EncodeToBytes(row.t)
		if err != nil || hex.EncodeToString(encoded) != row.want {
			t.Errorf("rlp of %d = %x, %v, want %s", row.t, encoded, err, row.want)
		}
	}
}

func TestTimesOutOfRangeAreNotRead(t *testing.T) {
	for _, row := range []struct{ why, encoded string }{
		{"one after Forever", "888000000000000000"},
		{"nine bytes", "89010000000000000000"},
		{"a leading zero", "820001"},
		{"a list", "c0"},
	} {
		raw, err := hex.DecodeString(row.encoded)
		if err != nil {
			t.Fatalf("row %s: %v", row.why, err)
		}
		var instant vadium.Time
		if err := rlp.DecodeBytes(raw, &instant); err == nil {
			t.Errorf("%s (%s) reads as time %d, want an error", row.why, row.encoded, instant)
		}
		var length vadium.Duration
		if err := rlp.DecodeBytes(raw, &length); err == nil {
			t.Errorf("%s (%s) reads as duration %d, want an error", row.why, row.encoded, length)
		}
	}
}

func TestStoringANegativeTimePanics(t *testing.T) {
	for name, value := range map[string]any{"time": vadium.Time(-1), "duration": vadium.Duration(-1)} {
		t.Run(name, func(t *testing.T) {
			wantPanic(t, "not negative", func() {
				encoded, err := rlp.EncodeToBytes(value)
				t.Errorf("rlp of %v = %x, %v, want a panic", value, encoded, err)
			})
		})
	}
}
