package marketplace

import (
	"cmp"
	"slices"

	"vadium"
	"vadium/auction"
)

// waiting is a request that wants a prover, with what rules most provers out at a glance.
type waiting struct {
	position uint64
	request  vadium.RequestID
	product  auction.Product
	reserve  vadium.Amount
}

// line is the requests that want a prover, oldest first, in parts of at most linePart, so that one joining or leaving
// moves only its neighbours: a million may wait.
type line struct {
	parts [][]waiting
	n     int
	spare []waiting // room for the next part: a request that is served at once joins and leaves
}

const linePart = 512

// find returns the part and the place in it where a position is or belongs.
func (l *line) find(position uint64) (part, at int, found bool) {
	part, _ = slices.BinarySearchFunc(l.parts, position, func(p []waiting, position uint64) int {
		return cmp.Compare(p[len(p)-1].position, position)
	})
	if part == len(l.parts) {
		return part, 0, false
	}
	at, found = slices.BinarySearchFunc(l.parts[part], position, func(w waiting, position uint64) int {
		return cmp.Compare(w.position, position)
	})
	return part, at, found
}

func (l *line) join(w waiting) {
	part, at, found := l.find(w.position)
	if found {
		return
	}
	l.n++
	if part == len(l.parts) {
		if part == 0 || len(l.parts[part-1]) == linePart {
			l.parts = append(l.parts, append(l.room(), w))
			return
		}
		l.parts[part-1] = append(l.parts[part-1], w)
		return
	}
	l.parts[part] = slices.Insert(l.parts[part], at, w)
	if full := l.parts[part]; len(full) > linePart {
		half := len(full) / 2
		second := append(l.room(), full[half:]...)
		l.parts[part] = full[:half]
		l.parts = slices.Insert(l.parts, part+1, second)
	}
}

func (l *line) leave(position uint64) {
	part, at, found := l.find(position)
	if !found {
		return
	}
	l.n--
	if l.parts[part] = slices.Delete(l.parts[part], at, at+1); len(l.parts[part]) == 0 {
		l.spare = l.parts[part]
		l.parts = slices.Delete(l.parts, part, part+1)
	}
}

func (l *line) room() []waiting {
	room := l.spare
	l.spare = nil
	if room == nil {
		room = make([]waiting, 0, linePart+1)
	}
	return room[:0]
}

// from yields what stands from the i-th place on.
func (l *line) from(i int) func(yield func(*waiting) bool) {
	return func(yield func(*waiting) bool) {
		for _, part := range l.parts {
			if i >= len(part) {
				i -= len(part)
				continue
			}
			for j := i; j < len(part); j++ {
				if !yield(&part[j]) {
					return
				}
			}
			i = 0
		}
	}
}
