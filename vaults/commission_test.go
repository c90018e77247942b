package vaults_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
)

// announce changes the commission as a market does.
func announce(v *vaults.Vault, now vadium.Time, commission vadium.Bps) error {
	planned, err := v.PlanCommission(now, commission)
	if err == nil {
		v.ApplyCommission(now, planned)
	}
	return err
}

// A rise is small, rare and seen a week ahead; a fall is none of that and takes announced rises back.
func TestCommissionRisesSlowlyAndFallsAtOnce(t *testing.T) {
	const day, week = vadium.Time(vaults.RiseEvery), vadium.Time(vaults.RiseNotice)
	v := vaults.New(1, prover, 1_000, 0)
	for _, c := range []struct {
		what       string
		now        vadium.Time
		commission vadium.Bps
		want       error
		at         vadium.Bps // in force afterwards
	}{
		{"what it is already", 0, 1_000, vaults.ErrCommissionUnchanged, 1_000},
		{"one more than a rise may be", 0, 1_101, vaults.ErrRiseTooLarge, 1_000},
		{"the largest rise", 0, 1_100, nil, 1_000},
		{"another one a millisecond too early", day - 1, 1_200, vaults.ErrRiseTooSoon, 1_000},
		{"one that is measured from the first", day, 1_201, vaults.ErrRiseTooLarge, 1_000},
		{"another one a day later", day, 1_200, nil, 1_000},
		{"what is announced already", day, 1_150, vaults.ErrCommissionUnchanged, 1_000},
		{"a third in the last instant of the old rate", week - 1, 1_300, nil, 1_000},
		{"a fall in the first instant of the new one", week, 1_050, nil, 1_050},
		{"no rise is left to follow it", 3 * week, 1_050, vaults.ErrCommissionUnchanged, 1_050},
		{"a fall to nothing", 3 * week, 0, nil, 0},
		{"a rise again", 3 * week, 100, nil, 0},
		{"and taken back by what is in force", 3*week + 1, 0, nil, 0},
	} {
		if err := announce(v, c.now, c.commission); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
		if got := v.CommissionAt(c.now); got != c.at {
			t.Errorf("%s: %d bps are in force, want %d", c.what, got, c.at)
		}
		if err := v.Check(c.now); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	v = vaults.New(1, prover, vaults.MaxCommission, 0)
	if err := announce(v, 0, vaults.MaxCommission+1); !errors.Is(err, vaults.ErrRiseTooLarge) {
		t.Errorf("beyond the bound: %v, want %v", err, vaults.ErrRiseTooLarge)
	}
}

// Whatever a prover announces when: within a week its commission does not rise by anything that was not announced a week
// before, in ten days by no more than the steps of ten days, and there are never more than eight announcements to keep.
func TestNoSequenceOfAnnouncementsRaisesTheCommissionFaster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, now := vaults.New(1, prover, vadium.Bps(rapid.IntRange(0, 9_500).Draw(t, "commission")), 0), vadium.Time(0)
		type instant struct {
			at         vadium.Time
			commission vadium.Bps
		}
		var past []instant
		for range rapid.IntRange(1, 60).Draw(t, "announcements") {
			now = now.Add(vadium.Duration(rapid.Int64Range(0, int64(36*vadium.Hour)).Draw(t, "later")))
			past = append(past, instant{now, v.CommissionAt(now)})
			promised := v.CommissionAt(now.Add(vaults.RiseNotice - 1))
			change := rapid.IntRange(-20, 101).Draw(t, "change")
			base := v.CommissionAt(now.Add(vaults.RiseNotice))
			_ = announce(v, now, vadium.Bps(max(0, int(base)+change)))
			if err := v.Check(now); err != nil {
				t.Fatal(err)
			}
			if got := v.CommissionAt(now.Add(vaults.RiseNotice - 1)); got > promised {
				t.Fatalf("within a week it rises to %d, %d was announced before", got, promised)
			}
			for _, p := range past {
				days := vadium.Bps(now.Sub(p.at)/vaults.RiseEvery) + 1
				if got := v.CommissionAt(now); got > p.commission+8*vaults.MaxRise+days*vaults.MaxRise {
					t.Fatalf("it rose from %d to %d in %d days", p.commission, got, days)
				}
			}
		}
	})
}
