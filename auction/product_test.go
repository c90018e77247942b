package auction_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
)

func TestSizeIsTheNextPowerOfTwoMilliseconds(t *testing.T) {
	for _, c := range []struct {
		time vadium.Duration
		want uint8
	}{{0, 0}, {1, 0}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {1_024, 10}, {1_025, 11}, {2_048, 11}, {2_049, 12}, {math.MaxInt64, 63}} {
		if got := auction.SizeOf(c.time); got != c.want {
			t.Errorf("SizeOf(%d ms) = %d, want %d", c.time, got, c.want)
		}
	}
}

func TestStakeTierChangesWhereDamagesPassTheFee(t *testing.T) {
	for _, c := range []struct {
		damageCap uint64
		want      auction.StakeTier
	}{{0, auction.StakeNone}, {1, auction.StakeStandard}, {10, auction.StakeStandard}, {11, auction.StakeHigh}} {
		if got := auction.StakeTierOf(amount(c.damageCap), amount(10)); got != c.want {
			t.Errorf("StakeTierOf(%d, 10) = %v, want %v", c.damageCap, got, c.want)
		}
	}
}

func TestAProductReadsBackAsItIsWritten(t *testing.T) {
	for size := range uint8(auction.MaxSize + 1) {
		for _, stake := range []auction.StakeTier{auction.StakeNone, auction.StakeStandard, auction.StakeHigh} {
			want := auction.Product{Size: size, Tier: auction.Immediate, Stake: stake}
			if got, err := auction.ParseProduct(want.String()); err != nil || got != want {
				t.Errorf("ParseProduct(%q) = %v, %v, want %v", want.String(), got, err, want)
			}
			text, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			var got auction.Product
			if err := json.Unmarshal(text, &got); err != nil || got != want {
				t.Errorf("JSON %s = %v, %v, want %v", text, got, err, want)
			}
			raw, err := rlp.EncodeToBytes(&want)
			if err != nil {
				t.Fatal(err)
			}
			got = auction.Product{}
			if err := rlp.DecodeBytes(raw, &got); err != nil || got != want {
				t.Errorf("RLP %x = %v, %v, want %v", raw, got, err, want)
			}
		}
	}
}

func TestOnlyTheWrittenFormOfAProductIsRead(t *testing.T) {
	for _, text := range []string{
		"", "2^11ms", "2^11ms/immediate", "2^11ms/immediate/standard/", "2^011ms/immediate/standard", "11/immediate/standard",
		"2^41ms/immediate/standard", "2^-1ms/immediate/standard", "2^11ms/soon/standard", "2^11ms/immediate/much", "2^11s/immediate/standard",
	} {
		if p, err := auction.ParseProduct(text); err == nil {
			t.Errorf("ParseProduct(%q) = %v, want an error", text, p)
		}
	}
	if _, err := (auction.Product{Size: 1}).MarshalText(); err == nil {
		t.Error("a product without a tier has a text")
	}
}

func TestProductsAreOrderedBySizeThenTierThenStake(t *testing.T) {
	ordered := []auction.Product{
		{Size: 1, Tier: 1, Stake: 2}, {Size: 2, Tier: 1, Stake: 0}, {Size: 2, Tier: 1, Stake: 1}, {Size: 2, Tier: 2, Stake: 0}, {Size: 255},
	}
	for i, p := range ordered {
		for j, q := range ordered {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := p.Compare(q); got != want {
				t.Errorf("%v.Compare(%v) = %d, want %d", p, q, got, want)
			}
		}
	}
}
