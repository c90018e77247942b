package marketplace

import "vadium/auction"

// ForTakers reports whether provers come to a request by themselves: its price climbs until one takes it, or they bid for it.
func (r *Request) ForTakers() bool {
	mechanism := r.mechanism()
	return mechanism == auction.Climbing || mechanism == auction.Revealing
}

// TellsTakers reports whether an event is one that a prover who comes to requests by itself has to know of, if its request is
// [Request.ForTakers]: it begins, is assigned, is free again, is overdue, or ends.
func TellsTakers(e Event) bool {
	switch e.(type) {
	case *RequestSubmitted, *RequestAssigned, *AssignmentEnded, *GraceStarted, *RequestClosed:
		return true
	}
	return false
}
