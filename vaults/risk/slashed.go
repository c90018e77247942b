package risk

import "vadium"

// Slashed remembers what was slashed in each of the last 24 epochs.
type Slashed struct {
	Epoch   Epoch
	Buckets [EpochsPerDay]Value // by epoch modulo 24
}

// MostSlashed is the share of the network's stake that may be slashed in a day. Beyond it, slashes of whole vaults wait for
// the veto body: so much at once is more likely an error of the market than so many cheats (economics.md §4.5).
const MostSlashed vadium.Bps = 1_000

// Add returns the record after so much was slashed at an epoch, and whether its sums fit. What is older than a day is
// forgotten.
func (s Slashed) Add(at Epoch, slashed Value) (Slashed, bool) {
	s = s.at(at)
	sum, ok := s.Buckets[uint64(s.Epoch)%EpochsPerDay].Add(slashed)
	s.Buckets[uint64(s.Epoch)%EpochsPerDay] = sum
	return s, ok
}

func (s Slashed) at(e Epoch) Slashed {
	for range min(uint64(e-min(s.Epoch, e)), EpochsPerDay) {
		s.Epoch++
		s.Buckets[uint64(s.Epoch)%EpochsPerDay] = 0
	}
	s.Epoch = max(s.Epoch, e)
	return s
}

// Tripped reports whether more than [MostSlashed] of the network's stake was slashed within the day that ends with an
// epoch: of the stake there is and what was slashed of it.
func (s Slashed) Tripped(at Epoch, stake Value) bool {
	var slashed Value
	for _, v := range s.at(at).Buckets {
		var ok bool
		if slashed, ok = slashed.Add(v); !ok {
			return true
		}
	}
	before, ok := stake.Add(slashed)
	_, share := ratioOfValues(slashed, before)
	return ok && share > MostSlashed
}
