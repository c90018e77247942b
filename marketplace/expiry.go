package marketplace

import (
	"cmp"
	"slices"

	"vadium"
)

// expiry lists the ids of commands by the second in which they expire; derived. Ids of commands that have expired are
// dropped: sent again, the command would be refused as expired.
type expiry struct {
	seconds []expiring // in order
}

type expiring struct {
	second int64
	ids    []vadium.CommandID
}

// expiringSecond is the first full second in which a command valid until then is not valid any more.
func expiringSecond(validUntil vadium.Time) int64 { return int64(validUntil)/int64(vadium.Second) + 1 }

func (x *expiry) note(id vadium.CommandID, validUntil vadium.Time) {
	second := expiringSecond(validUntil)
	i, found := slices.BinarySearchFunc(x.seconds, second, func(e expiring, second int64) int { return cmp.Compare(e.second, second) })
	if !found {
		x.seconds = slices.Insert(x.seconds, i, expiring{second: second})
	}
	x.seconds[i].ids = append(x.seconds[i].ids, id)
}

// forgetAtOnce bounds how many ids one command makes the market forget: more than one, so that they go faster than they
// come, and few, so that no command waits while a busy second's ids go.
const forgetAtOnce = 4

// forget drops some ids of commands that have expired.
func (s *State) forget(at vadium.Time) {
	x := &s.expiry
	for range forgetAtOnce {
		if len(x.seconds) == 0 || x.seconds[0].second > int64(at)/int64(vadium.Second) {
			return
		}
		oldest := &x.seconds[0]
		last := len(oldest.ids) - 1
		s.seen.remove(oldest.ids[last])
		if oldest.ids = oldest.ids[:last]; last == 0 {
			x.seconds = x.seconds[1:]
		}
	}
}
