package marketplace

import (
	"bytes"

	"vadium"
)

// dueEntry says when a request has to be looked at, at the earliest.
type dueEntry struct {
	at      vadium.Time
	request vadium.RequestID
}

func (e dueEntry) before(other dueEntry) bool {
	if e.at != other.at {
		return e.at < other.at
	}
	return bytes.Compare(e.request[:], other.request[:]) < 0
}

// dueHeap is a binary heap with the earliest entry first. It holds one live entry for every request that has something
// due, named by Request.listedDue, and may hold dead ones, which are dropped when they come up.
//
// An entry may be earlier than what it stands for: most events of a running request, heartbeats above all, put off
// what is due, and moving the entry each time would cost more than looking once more when its time comes.
type dueHeap []dueEntry

func (h *dueHeap) push(e dueEntry) {
	*h = append(*h, e)
	q, i := *h, len(*h)-1
	for i > 0 {
		parent := (i - 1) / 2
		if !q[i].before(q[parent]) {
			return
		}
		q[i], q[parent] = q[parent], q[i]
		i = parent
	}
}

func (h *dueHeap) pop() {
	q := *h
	last := len(q) - 1
	q[0] = q[last]
	*h = q[:last]
	h.sink()
}

// sink restores the order after the first entry has changed to a later one.
func (h *dueHeap) sink() {
	q := *h
	for i := 0; ; {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q); child++ {
			if q[child].before(q[first]) {
				first = child
			}
		}
		if first == i {
			return
		}
		q[i], q[first] = q[first], q[i]
		i = first
	}
}

// watchDue notes when the request is due. Called after every change of a request.
func (s *State) watchDue(r *Request) {
	at := r.due()
	switch {
	case at == vadium.Forever:
		// Its entry, if any, is dropped when it comes up.
	case r.listedDue == 0 || at < r.listedDue:
		r.listedDue = at
		s.due.push(dueEntry{at, r.ID})
	}
}

// earliest returns the request that is due first.
func (s *State) earliest() (vadium.Time, *Request) {
	for len(s.due) > 0 {
		top := s.due[0]
		r := s.requests.get(top.request)
		if r == nil || r.listedDue != top.at {
			s.due.pop()
			continue
		}
		switch at := r.due(); at {
		case top.at:
			return at, r
		case vadium.Forever:
			r.listedDue = 0
			s.due.pop()
		default:
			r.listedDue = at
			s.due[0].at = at
			s.due.sink()
		}
	}
	return vadium.Forever, nil
}
