package slashing_test

import (
	"encoding/json"
	"os"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/slashing"
)

// The group chainlink_slash_bucket of the shared vectors. Chainlink's bucket is asked for one amount from each of several
// operators and divides what it holds equally; ours is asked by one vault, so here the operators ask in turn, each for no
// more than its equal part and no more than it has.
func TestBucketAgreesWithTheVectorsOfChainlinkSlashBucket(t *testing.T) {
	const name = "chainlink_slash_bucket"
	var file struct {
		Groups []struct {
			Group string
			Cases []struct {
				Cap, Remaining, Rate, Dt, Want uint64
				Principals                     []uint64
				Expected                       struct {
					Capacity, Slashed, Remaining uint64
					PerOperator                  uint64 `json:"per_operator"`
				}
			}
		}
	}
	raw, err := os.ReadFile("testdata/bucket.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Groups) != 1 || file.Groups[0].Group != name || len(file.Groups[0].Cases) != 4 {
		t.Fatalf("testdata/bucket.json: %+v, %v; want 4 cases of %s", file, err, name)
	}
	for i, c := range file.Groups[0].Cases {
		amount := vadium.NewAmount
		rate := slashing.Rate{Capacity: amount(c.Cap), Fills: vadium.Duration(c.Cap/c.Rate) * vadium.Second}
		start := vadium.Time(1_000_000)
		now := start.Add(vadium.Duration(c.Dt) * vadium.Second)
		b := slashing.Bucket{Level: amount(c.Remaining), At: start}
		holds := b.Holds(now, rate)
		each := min(c.Want, holds.Uint256().Uint64()/uint64(len(c.Principals)))
		var slashed vadium.Amount
		for _, principal := range c.Principals {
			var through vadium.Amount
			through, b = b.Take(now, rate, amount(min(each, principal)))
			slashed = slashed.MustAdd(through)
		}
		t.Logf("case %d: %d s later the bucket holds %v, each of %d loses %d, %v in all, %v remain", i, c.Dt, holds,
			len(c.Principals), each, slashed, b.Level)
		e := c.Expected
		if holds != amount(e.Capacity) || each != e.PerOperator || slashed != amount(e.Slashed) || b.Level != amount(e.Remaining) {
			t.Errorf("case %d: holds %v, each %d, slashed %v, remaining %v; want %+v", i, holds, each, slashed, b.Level, e)
		}
	}
	t.Logf("group %s: %d cases", name, len(file.Groups[0].Cases))
}

// A vault that was never slashed has a full bucket, and a day fills an empty one: not a millisecond less.
func TestBucketFillsInADayToTheMillisecond(t *testing.T) {
	rate := slashing.LivenessRate(vadium.Tokens(100))
	if rate.Capacity != vadium.Tokens(30) {
		t.Fatalf("the bucket of 100 tokens holds %v, want 30", rate.Capacity.Tokens())
	}
	const now vadium.Time = 1_767_225_600_000
	through, b := slashing.Bucket{}.Take(now, rate, vadium.Tokens(31))
	if through != vadium.Tokens(30) || !b.Level.IsZero() {
		t.Fatalf("a full bucket lets %v of 31 tokens through and keeps %v, want 30 and 0", through.Tokens(), b.Level.Tokens())
	}
	for _, c := range []struct {
		after vadium.Duration
		want  vadium.Amount
	}{
		{0, vadium.Amount{}},
		{vadium.Hour, vadium.NewAmount(1_250_000_000_000_000_000)}, // 30/24
		{vadium.Day / 2, vadium.Tokens(15)},
		{vadium.Day, vadium.Tokens(30)},
		{2 * vadium.Day, vadium.Tokens(30)},
	} {
		if got := b.Holds(now.Add(c.after), rate); got != c.want {
			t.Errorf("%d ms later it holds %v, want %v", c.after, got, c.want)
		}
	}
	if got := b.Holds(now.Add(vadium.Day-1), rate); !got.Less(vadium.Tokens(30)) {
		t.Errorf("a millisecond before a day has passed it holds %v, want less than 30 tokens", got.Tokens())
	}
}

// However a bucket is asked, within a day it lets through at most its capacity twice, and at most once beyond what flowed in.
func TestBucketNeverLetsThroughMoreThanFlowedIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := slashing.Rate{Capacity: vadium.NewAmount(rapid.Uint64().Draw(t, "capacity")), Fills: vadium.Day}
		start := vadium.Time(rapid.Int64Range(int64(vadium.Day), 1<<45).Draw(t, "start"))
		var b slashing.Bucket
		var all vadium.Amount
		now := start
		for range rapid.IntRange(1, 20).Draw(t, "asked") {
			now = now.Add(vadium.Duration(rapid.Int64Range(0, int64(vadium.Day)/8).Draw(t, "after")))
			var through vadium.Amount
			through, b = b.Take(now, rate, vadium.NewAmount(rapid.Uint64().Draw(t, "want")))
			all = all.MustAdd(through)
		}
		flowed, _ := rate.Capacity.MulDivUp(vadium.NewAmount(uint64(now.Sub(start))), vadium.NewAmount(uint64(vadium.Day)))
		if most := rate.Capacity.MustAdd(flowed); most.Less(all) {
			t.Fatalf("%v went through within %d ms, want at most %v", all, now.Sub(start), most)
		}
	})
}
