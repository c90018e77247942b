package slashing

import "vadium"

// Bucket is a token bucket: it lets so much through at once, and as much again within its rate's time. The zero value has
// been full for ever. A bucket that was full can so let through its capacity at once and its capacity again over the
// day after, and no more.
type Bucket struct {
	// Level is what it let through last left in it, At when that was.
	Level vadium.Amount
	At    vadium.Time
}

// Rate is how much a bucket holds, and how long it takes to fill.
type Rate struct {
	Capacity vadium.Amount
	Fills    vadium.Duration
}

// LivenessShare is the part of a vault's slashable stake that punishing liveness offences may take at once, and again
// within a day (economics.md §6.1). Damages are not limited by it.
const LivenessShare vadium.Bps = 3_000

// LivenessRate returns the rate of the bucket of a vault with so much slashable stake. The capacity rounds down: never
// more than its share is taken.
func LivenessRate(slashable vadium.Amount) Rate {
	return Rate{Capacity: slashable.BpsDown(LivenessShare), Fills: vadium.Day}
}

// Holds returns what the bucket lets through at now: what was left in it and floor(capacity*elapsed/fills), at most the
// capacity. It rounds down: what is let through early is never more than has flowed in.
func (b Bucket) Holds(now vadium.Time, r Rate) vadium.Amount {
	elapsed := now.Sub(b.At)
	if elapsed >= r.Fills {
		return r.Capacity
	}
	flowed, ok := r.Capacity.MulDivDown(vadium.NewAmount(uint64(max(elapsed, 0))), vadium.NewAmount(uint64(r.Fills)))
	if !ok {
		return r.Capacity
	}
	return vadium.Min(b.Level.MustAdd(flowed), r.Capacity)
}

// Take lets through what it can of want and returns that, and the bucket afterwards.
func (b Bucket) Take(now vadium.Time, r Rate, want vadium.Amount) (vadium.Amount, Bucket) {
	holds := b.Holds(now, r)
	through := vadium.Min(want, holds)
	return through, Bucket{Level: holds.MustSub(through), At: now}
}

// Trickles reports whether so little flows in that there may be nothing after a millisecond: then waiting for it has no
// sense.
func (r Rate) Trickles() bool { return r.Capacity.Less(vadium.NewAmount(uint64(r.Fills))) }
