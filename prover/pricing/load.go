package pricing

import "vadium"

// Surge returns what load adds to a price: nothing while at least half of the capacity is free, and from there in equal
// parts for every request taken, waiting ones included, up to Costs.Surge when nothing is free. From one ask epoch to
// the next it moves at most by Costs.SurgeStep, up or down, so that a burst does not swing the price. Rounded down: the requester
// keeps the rest.
//
// A place that is taken now cannot be sold to whoever pays more in a minute: the fewer are left, the more the next one
// is worth. Below cost it never goes, because that would be paying for work.
func Surge(l Load, c Costs, before vadium.Bps) vadium.Bps {
	target := vadium.Bps(0)
	capacity := uint64(l.Capacity)
	if taken := 2 * min(uint64(l.Running), capacity); taken > capacity {
		target = vadium.Bps(uint64(c.Surge) * (taken - capacity) / capacity)
	}
	switch {
	case target > before:
		return before + min(target-before, c.SurgeStep)
	default:
		return before - min(before-target, c.SurgeStep)
	}
}

// Grow returns how many slots to ask for when wanted could be had: at most twice as many as stood when the ask
// epoch began, so that a worker that
// comes and goes does not have stake promised for machines that are not there to stay. Fewer are asked for at once. With
// no ask standing there is nothing to grow from, and all are asked for.
func Grow(standing, wanted uint32) uint32 {
	if standing == 0 {
		return wanted
	}
	return uint32(min(uint64(wanted), 2*uint64(standing)))
}
