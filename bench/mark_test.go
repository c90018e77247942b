package bench

import (
	"fmt"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// A price update: the gauge moves, and every vault is marked, its call opened, widened, cured or left alone. The price falls
// by a tenth and comes back, so that every other update calls some of the vaults and the next one cures them. Beside it
// the same with a walk over all locks, each with its own margin: what the sums are for.
func BenchmarkMark(b *testing.B) {
	const count, each = 10_000, 10
	for _, by := range []struct {
		name string
		mark func(v *markedVault, at vadium.Time, posted risk.Cover, g risk.Gauge, p risk.Params) risk.Call
	}{
		{"vadium", func(v *markedVault, at vadium.Time, posted risk.Cover, g risk.Gauge, p risk.Params) risk.Call {
			call, _ := v.position.Mark(v.call, at, posted, g, p)
			return call
		}},
		{"walk", (*markedVault).markByWalk},
	} {
		b.Run(fmt.Sprintf("vaults=%d/locks=%d/by=%s", count, count*each, by.name), func(b *testing.B) {
			p := risk.Default()
			gauge, marked := openMarked(b, count, each, p)
			prices := []risk.Price{1_800_000, 2_000_000}
			called := make([]int, len(prices))
			for n := 0; b.Loop(); n++ {
				at := vadium.Time(n+1) * vadium.Time(vadium.Minute)
				price := prices[n%len(prices)]
				var err error
				if gauge, err = gauge.Publish(at, quoted(at, price), p); err != nil {
					b.Fatal(err)
				}
				called[n%len(prices)] = 0
				for i := range marked {
					v := &marked[i]
					posted := risk.Cover{Stake: v.vault.Effective(at), Junior: v.vault.Junior}
					if v.call = by.mark(v, at, posted, gauge, p); v.call.Stage != risk.Met {
						called[n%len(prices)]++
					}
				}
			}
			perSecond(b, count, "vaults")
			if called[0] < count/10 || called[0] > count-count/10 || called[1] > called[0] {
				b.Fatalf("%d of %d vaults are called at the lower price, %d at the higher", called[0], count, called[1])
			}
		})
	}
}

// markedVault is a vault with what the market keeps beside it.
type markedVault struct {
	vault     *vaults.Vault
	position  risk.Position
	exposures []risk.Exposure
	call      risk.Call
}

// markByWalk is [risk.Position.Mark] without the sums.
func (v *markedVault) markByWalk(at vadium.Time, posted risk.Cover, g risk.Gauge, p risk.Params) risk.Call {
	m := risk.Marking{Now: at, Posted: posted, Fresh: g.Fresh(at, p), Maintenance: v.walk(g.Now, risk.Maintenance)}
	if v.call.Stage == risk.Met && posted.Meets(m.Maintenance) {
		return v.call
	}
	m.Initial = v.walk(g.Now, risk.Initial)
	return v.call.Next(m, p)
}

// walk is what is needed lock by lock.
func (v *markedVault) walk(m risk.Reading, share vadium.Bps) (need risk.Cover) {
	for _, t := range v.exposures {
		of := risk.PriceRisk{Sigma: m.Sigma, Horizon: uint64(t.Epochs), ZMilli: uint64(t.ZMilli), Confidence: m.Confidence}
		margin := vadium.Ppm((uint64(of.Margin())*uint64(share) + uint64(vadium.BpsOne) - 1) / uint64(vadium.BpsOne))
		for _, leg := range []struct {
			value risk.Value
			to    *vadium.Amount
		}{{t.Value, &need.Stake}, {t.Cap, &need.Junior}} {
			lock, err := risk.LockAcross(leg.value, margin, m.Price)
			if err != nil {
				panic(err)
			}
			*leg.to = leg.to.MustAdd(lock)
		}
	}
	return need
}

func quoted(at vadium.Time, price risk.Price) risk.Quote {
	return risk.Quote{Spot: price, Average: price, At: at, Quorum: true}
}

// openMarked returns vaults that are just covered at a price of 2, some with more to spare than others.
func openMarked(b *testing.B, count, each int, p risk.Params) (risk.Gauge, []markedVault) {
	b.Helper()
	gauge, err := risk.Gauge{}.Publish(0, quoted(0, 2_000_000), p)
	if err != nil {
		b.Fatal(err)
	}
	marked := make([]markedVault, count)
	for i := range marked {
		v := &marked[i]
		v.vault = vaults.New(vadium.VaultID(i+1), vadium.Account{}, 0, 0)
		for n := range each {
			exposure, err := risk.NewExposure(risk.Value(100_000_000+7_919*(i+n)), risk.Value(80_000_000+7_919*n), vadium.Duration(1+(i+37*n)%216)*vadium.Hour, p)
			if err != nil {
				b.Fatal(err)
			}
			with, ok := v.position.With(exposure)
			if !ok {
				b.Fatal("the sums do not fit")
			}
			v.position, v.exposures = with, append(v.exposures, exposure)
		}
		reserved, ok := v.position.Reserved(gauge)
		one := v.walk(gauge.Now, risk.Initial)
		if !ok || reserved.Stake.Less(one.Stake) || one.Stake.PpmUp(1_000_010).Less(reserved.Stake) {
			b.Fatalf("vault %d needs %v by its sums and %v by its locks", i, reserved.Stake, one.Stake)
		}
		v.vault.DepositJunior(reserved.Stake.BpsUp(10_000 + vadium.Bps(i%2_000)))
	}
	return gauge, marked
}
