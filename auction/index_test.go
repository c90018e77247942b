package auction_test

import (
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"pgregory.net/rapid"

	"vadium"
	"vadium/auction"
)

var dayAtPar = auction.IndexParams{MaxAge: vadium.Day, Slack: vadium.BpsOne}

// indexOf returns the index of these prices, one winner and one millisecond each.
func indexOf(prices ...uint64) auction.Index {
	var x auction.Index
	for i, p := range prices {
		x = x.Add(auction.Sample{Price: amount(p), Winner: vadium.VaultID(i + 1), At: vadium.Time(i)})
	}
	return x
}

func TestQuantileIsTheNearestRank(t *testing.T) {
	ten := indexOf(100, 20, 30, 40, 50, 60, 70, 80, 90, 10)
	for _, c := range []struct {
		q    vadium.Bps
		want uint64
	}{{0, 10}, {1, 10}, {1_000, 10}, {1_001, 20}, {5_000, 50}, {8_999, 90}, {9_000, 90}, {9_001, 100}, {10_000, 100}} {
		if got, ok := ten.Quantile(c.q); !ok || got != amount(c.want) {
			t.Errorf("Quantile(%d) = %v, %v, want %d", c.q, got, ok, c.want)
		}
	}
	if _, ok := (auction.Index{}).Quantile(5_000); ok {
		t.Error("an empty index has a quantile")
	}
}

func TestReserveNeedsFiveRecentSamples(t *testing.T) {
	if got, want := indexOf(10, 10, 10, 10).Reserve(amount(100), 3, dayAtPar), amount(100); got != want {
		t.Errorf("Reserve of four samples = %v, want the max fee %v", got, want)
	}
	five := indexOf(10, 10, 10, 10, 10) // the oldest at 0
	if got, want := five.Reserve(amount(100), vadium.Time(vadium.Day), dayAtPar), amount(10); got != want {
		t.Errorf("Reserve with the oldest sample exactly a day old = %v, want %v", got, want)
	}
	if got, want := five.Reserve(amount(100), vadium.Time(vadium.Day)+1, dayAtPar), amount(100); got != want {
		t.Errorf("Reserve with the oldest sample past a day = %v, want the max fee %v", got, want)
	}
}

func TestReserveIsTheNinetiethPercentileWithSlackAtMostTheMaxFee(t *testing.T) {
	x := indexOf(11, 11, 11, 11, 11)
	slack := auction.IndexParams{MaxAge: vadium.Day, Slack: 12_000} // 13.2, rounded up
	for _, c := range []struct{ maxFee, want uint64 }{{100, 14}, {14, 14}, {13, 13}} {
		if got := x.Reserve(amount(c.maxFee), 4, slack); got != amount(c.want) {
			t.Errorf("Reserve at max fee %d = %v, want %d", c.maxFee, got, c.want)
		}
	}
}

func TestTheIndexKeepsSixtyFourSamplesAndSixteenOfAVault(t *testing.T) {
	var x auction.Index
	for i := range 40 {
		x = x.Add(auction.Sample{Price: amount(uint64(i)), Winner: 1, At: vadium.Time(i)})
	}
	if got := len(x.Samples); got != auction.MaxSamplesPerVault {
		t.Fatalf("%d samples of one vault, want %d", got, auction.MaxSamplesPerVault)
	}
	if got, want := x.Samples[0].Price, amount(24); got != want {
		t.Errorf("the oldest kept is %v, want %v", got, want)
	}
	for i := range 48 {
		x = x.Add(auction.Sample{Winner: vadium.VaultID(2 + i), At: vadium.Time(40 + i)})
	}
	if got := len(x.Samples); got != auction.MaxSamples {
		t.Fatalf("%d samples, want %d", got, auction.MaxSamples)
	}
	y := x.Add(auction.Sample{Winner: 99, At: 99})
	if got, want := y.Samples[0].Price, amount(25); len(y.Samples) != auction.MaxSamples || got != want {
		t.Errorf("a 65th sample leaves %d, the oldest %v; want %d and %v", len(y.Samples), got, auction.MaxSamples, want)
	}
	if got, want := x.Samples[0].Price, amount(24); got != want {
		t.Errorf("Add changed its receiver: oldest %v, want %v", got, want)
	}
}

// A vault that wins everything must not be able to displace what others' clearings say.
func TestAWashTraderDisplacesOnlyItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := indexOf(rapid.SliceOfN(rapid.Uint64Range(1, 100), 0, 48).Draw(t, "honest prices")...)
		others := len(x.Samples)
		for i := range rapid.IntRange(0, 100).Draw(t, "washes") {
			x = x.Add(auction.Sample{Price: vadium.Tokens(1_000), Winner: 1_000, At: vadium.Time(100 + i)})
		}
		kept := 0
		for _, s := range x.Samples {
			if s.Winner != 1_000 {
				kept++
			}
		}
		if kept != others {
			t.Fatalf("%d honest samples left, want %d", kept, others)
		}
	})
}

func TestAnIndexSurvivesItsEncoding(t *testing.T) {
	want := indexOf(3, 1, 2)
	raw, err := rlp.EncodeToBytes(&want)
	if err != nil {
		t.Fatal(err)
	}
	var got auction.Index
	if err := rlp.DecodeBytes(raw, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %v, want %v", got, want)
	}
}
