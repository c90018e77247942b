package oracle

import (
	"cmp"
	"slices"

	"vadium"
)

// Node is one seat's part in the rounds of a feed. It decides and does nothing itself: its methods take what has happened
// and return what to do now, in order. It is used by one goroutine.
//
// At each time it is at the number of one round or at none. It enters a number
//
//   - when the heartbeat is due or what it sees has moved by the feed's deviation: the one after the last round's;
//   - when more seats than may be faulty have signed for that or a later one since the last round;
//   - when the one before was not published within the time-out after a quorum of seats has signed for it or a later one:
//     without a quorum nobody could have published it, and moving on would help nobody. So nodes that were ahead wait for
//     those that come behind, and their time-outs end together.
//
// There it signs what it sees, once. So numbers go up, a dead leader costs a time-out, and nobody ever has to sign twice
// for one round. Because a quorum stands behind every number that is left, whatever is published of a number later rests on
// an observation no younger than the first for the next: an honest reporter cannot be shown to have been stale.
type Node struct {
	feed   Feed
	scope  Scope
	slot   int
	backed Present

	recent []Round // published, oldest first; at most keptRounds
	view   View
	// at is the number it is at, 0 if none, since when it has been there, reachedAt when a quorum had signed for it or a later
	// one, 0 if none has, and looked whether it has asked for a view there.
	at        uint64
	since     vadium.Time
	reachedAt vadium.Time
	looked    bool
	// own is the latest observation it has signed, gossiped when.
	own      Observation
	gossiped vadium.Time
	// heard are the latest observations of each seat, in the order they came; at most keptHeard.
	heard [][]Signed
	// quorate is since when it could prove the round it is at; only while it leads.
	quorate vadium.Time
	// proving is the report that a proof is made or published of; round 0 if none.
	proving Report
	watch   watch
}

// Limits of what a node remembers.
const (
	keptRounds = 64 // rounds that evidence may rest on
	keptHeard  = 4  // observations of one seat: a liar's only push out its own
)

// View is what a node's sources say, when it looked.
type View struct {
	Value vadium.Amount
	At    vadium.Time
}

// Action is what a node wants done: [Look], [Sign], [Gossip], [Prove], [PublishReport], [Abandon] or [Accuse].
type Action interface{ action() }

type (
	// Look: tell what the sources say now, by [Node.See].
	Look struct{}
	// Sign: write down that this observation is about to be signed, so that no other is ever signed for its round; sign it;
	// send it to the others and to [Node.Hear].
	Sign struct{ Observation Observation }
	// Gossip: send an observation that was signed before once more; some may not have heard it.
	Gossip struct{ Observation Observation }
	// Prove: make a proof of the report, which is of these observations in slot order, and tell [Node.Proven].
	Prove struct {
		Report Report
		Signed []Signed
	}
	// PublishReport: publish the report with the proof that was made of it.
	PublishReport struct{ Report Report }
	// Abandon: the proof of the round is not needed any more.
	Abandon struct{ Round uint64 }
	// Accuse: the finding should hold before the market, once its quotes are added, which a deviation needs.
	Accuse struct {
		Of      Misconduct
		Finding Finding
		Signed  []Signed // what the finding rests on
	}
)

func (Look) action()          {}
func (Sign) action()          {}
func (Gossip) action()        {}
func (Prove) action()         {}
func (PublishReport) action() {}
func (Abandon) action()       {}
func (Accuse) action()        {}

// NewNode returns the node of the seat in a slot. Backed are the seats with the stake that the feed asks for, recent the
// rounds that were published, oldest first, and own the latest observation that was written down before it was signed,
// the zero one if there is none: it is signed again as it is, and no other for its round.
func NewNode(feed Feed, scope Scope, slot int, backed Present, recent []Round, own Observation) *Node {
	n := &Node{feed: feed, scope: scope, slot: slot, backed: backed, heard: make([][]Signed, len(feed.Seats))}
	if own.Scope == scope {
		n.own = own
	}
	n.recent = slices.Clone(recent[max(0, len(recent)-keptRounds):])
	n.watch = newWatch(feed, scope, slot)
	return n
}

// Last returns the last published round that the node knows.
func (n *Node) Last() Round {
	if len(n.recent) == 0 {
		return Round{}
	}
	return n.recent[len(n.recent)-1]
}

// Recent returns the latest published rounds that the node knows, oldest first. The caller does not change them.
func (n *Node) Recent() []Round { return n.recent }

// At returns the number of the round that the node is at, or 0.
func (n *Node) At() uint64 { return n.at }

// Heard returns how many seats the node has heard an observation of the round it is at from.
func (n *Node) Heard() int {
	count := 0
	for slot := range n.heard {
		if _, ok := n.of(slot, n.at); ok {
			count++
		}
	}
	return count
}

// Tick says what time it is. A node needs to hear it every tenth of a time-out or so.
func (n *Node) Tick(now vadium.Time) []Action { return n.step(now) }

// See says what the sources say; what came before is forgotten.
func (n *Node) See(now vadium.Time, v View) []Action {
	n.view = v
	return n.step(now)
}

// Back says which seats have the stake that the feed asks for.
func (n *Node) Back(now vadium.Time, backed Present) []Action {
	n.backed = backed
	return n.step(now)
}

// Hear says that a seat has signed an observation. The shell has checked the signature; what is of another scope or
// committee says nothing.
func (n *Node) Hear(now vadium.Time, s Signed) []Action {
	slot, seated := n.feed.Slot(s.Key)
	if !seated || s.Observation.Scope != n.scope || s.Observation.Round == 0 {
		return nil
	}
	if known, ok := n.of(slot, s.Observation.Round); ok {
		if known.Observation == s.Observation {
			return nil
		}
		return n.watch.equivocation(slot, known, s)
	}
	if slot == n.slot && s.Observation.Round > n.own.Round {
		n.own = s.Observation // signed by a life of the node that has forgotten it
	}
	actions := n.watch.stale(slot, n.recent, s)
	n.heard[slot] = append(n.heard[slot], s)
	if len(n.heard[slot]) > keptHeard {
		n.heard[slot] = slices.Delete(n.heard[slot], 0, 1)
	}
	return append(actions, n.step(now)...)
}

// Published says that a round was published. Rounds come in order, each once.
func (n *Node) Published(now vadium.Time, r Round) []Action {
	if r.Report.Round <= n.Last().Report.Round {
		return nil
	}
	n.recent = append(n.recent, r)
	if len(n.recent) > keptRounds {
		n.recent = slices.Delete(n.recent, 0, 1)
	}
	n.leave()
	var actions []Action
	if p := n.proving.Round; p != 0 && p <= r.Report.Round {
		n.proving = Report{}
		actions = append(actions, Abandon{p})
	}
	actions = append(actions, n.watch.published(r, n.of)...)
	return append(actions, n.step(now)...)
}

// Proven says that the proof of a round that the node wanted is there.
func (n *Node) Proven(now vadium.Time, round uint64) []Action {
	if n.proving.Round != round || round == 0 || n.feed.Accept(n.scope, n.backed, n.Last(), now, n.proving) != nil {
		return n.step(now)
	}
	return append([]Action{PublishReport{n.proving}}, n.step(now)...)
}

// step does what the time and all that is known ask for.
func (n *Node) step(now vadium.Time) []Action {
	n.move(now)
	var actions []Action
	if p := n.proving; p.Round != 0 && now.Sub(p.Oldest) > n.feed.Window {
		n.proving = Report{}
		actions = append(actions, Abandon{p.Round})
	}
	if n.at == 0 {
		return actions
	}
	actions = append(actions, n.sign(now)...)
	return append(actions, n.lead(now)...)
}

// move enters the number that the node ought to be at, if it is not there.
func (n *Node) move(now vadium.Time) {
	last := n.Last()
	if n.at == 0 && (n.feed.Due(last, now) || n.moved(last)) {
		// A number it has signed for already, before a restart or in vain, is entered again: its observation may count yet.
		n.enter(max(last.Report.Round+1, n.own.Round), now)
	}
	if m := n.called(last); m > max(n.at, last.Report.Round) {
		n.enter(max(m, n.own.Round), now)
	}
	if n.at != 0 && n.reachedAt == 0 && n.reached(n.at) >= int(n.feed.Quorum) {
		n.reachedAt = now
	}
	if n.reachedAt != 0 && now.Sub(n.reachedAt) >= n.feed.Timeout {
		n.enter(n.at+1, now)
	}
}

func (n *Node) enter(round uint64, now vadium.Time) {
	n.leave()
	n.at, n.since = round, now
}

func (n *Node) leave() { n.at, n.since, n.reachedAt, n.looked, n.quorate = 0, 0, 0, false, 0 }

// moved reports whether what the node sees is off the last round by the feed's deviation.
func (n *Node) moved(last Round) bool {
	return n.view.At.After(last.Report.Newest) && n.valid(n.view.Value) && Moved(last.Report.Median, n.view.Value, n.feed.Deviation)
}

func (n *Node) valid(v vadium.Amount) bool { return !v.Less(n.feed.Least) && !n.feed.Most.Less(v) }

// called returns the highest number that more seats than may be faulty have signed for, or for a later one, since the last
// round: an honest one is among them. It is 0 if there is none.
func (n *Node) called(last Round) uint64 {
	var tops []uint64
	for _, heard := range n.heard {
		var top uint64
		for _, s := range heard {
			if s.Observation.At.After(last.Published) {
				top = max(top, s.Observation.Round)
			}
		}
		tops = append(tops, top)
	}
	slices.Sort(tops)
	return tops[len(tops)-1-n.feed.Faulty()]
}

// reached returns how many seats have signed for a round or a later one.
func (n *Node) reached(round uint64) int {
	count := 0
	for _, heard := range n.heard {
		if slices.ContainsFunc(heard, func(s Signed) bool { return s.Observation.Round >= round }) {
			count++
		}
	}
	return count
}

// of returns what a seat has signed for a round.
func (n *Node) of(slot int, round uint64) (Signed, bool) {
	i := slices.IndexFunc(n.heard[slot], func(s Signed) bool { return s.Observation.Round == round })
	if i < 0 {
		return Signed{}, false
	}
	return n.heard[slot][i], true
}

// sign signs what the node sees for the round it is at, or says it again.
func (n *Node) sign(now vadium.Time) []Action {
	if n.own.Round >= n.at {
		again := n.feed.Timeout / 4
		if now.Sub(n.gossiped) < again {
			return nil
		}
		n.gossiped = now
		return []Action{Gossip{n.own}}
	}
	if n.view.At.Before(n.since) || n.view.At <= n.Last().Report.Oldest {
		if n.looked {
			return nil
		}
		n.looked = true
		return []Action{Look{}}
	}
	if !n.valid(n.view.Value) {
		return nil
	}
	n.own = Observation{Scope: n.scope, Round: n.at, Value: n.view.Value, At: n.view.At}
	n.gossiped = now
	return []Action{Sign{n.own}}
}

// lead has the round proven, if it is this seat's turn and a quorum is there: at once when every seat is, and otherwise a
// little later, for those that are slower; later still as long as there is no quorum without an old observation.
func (n *Node) lead(now vadium.Time) []Action {
	if n.feed.Leader(n.at) != n.slot || n.proving.Round == n.at {
		return nil
	}
	usable := n.usable(now)
	if n.backing(usable) < int(n.feed.Quorum) {
		n.quorate = 0
		return nil
	}
	if n.quorate == 0 {
		n.quorate = now
	}
	timely, wait := n.timely(usable), n.feed.Timeout/8
	if old := n.since.Add(-n.feed.Timeout / 4); slices.ContainsFunc(timely, func(s Signed) bool { return s.Observation.At.Before(old) }) {
		wait *= 3
	}
	if len(usable) < len(n.feed.Seats) && now.Sub(n.quorate) < wait {
		return nil
	}
	var actions []Action
	if n.proving.Round != 0 {
		actions = append(actions, Abandon{n.proving.Round})
	}
	n.proving = n.feed.Summarise(timely)
	return append(actions, Prove{n.proving, timely})
}

// usable returns the observations of the round that the market would take once a proof is made, which may last a time-out,
// in slot order.
func (n *Node) usable(now vadium.Time) []Signed {
	var usable []Signed
	for slot := range n.heard {
		s, ok := n.of(slot, n.at)
		o := s.Observation
		if ok && n.valid(o.Value) && o.At.After(n.Last().Report.Oldest) && !o.At.After(now.Add(MaxSkew)) && now.Sub(o.At) <= n.feed.Window-n.feed.Timeout {
			usable = append(usable, s)
		}
	}
	return usable
}

// timely leaves out the oldest of a quorum of observations, in slot order, as long as a quorum stays without them. A round
// lives until its oldest observation is older than the window, so one seat that gives an old time would else end every
// round whose proof takes longer than what that leaves. Out is what is older, by more than a quarter of a time-out, than
// what a quorum of backed seats has: then an honest one of them is the measure, and no liar ages a round by more.
func (n *Node) timely(signed []Signed) []Signed {
	youngest := slices.SortedFunc(slices.Values(signed), func(a, b Signed) int { return cmp.Compare(b.Observation.At, a.Observation.At) })
	backed, least := 0, vadium.Time(0)
	for _, s := range youngest {
		if n.isBacked(s) {
			backed++
		}
		if backed == int(n.feed.Quorum) {
			least = s.Observation.At.Add(-n.feed.Timeout / 4)
			break
		}
	}
	return slices.DeleteFunc(slices.Clone(signed), func(s Signed) bool { return s.Observation.At.Before(least) })
}

// backing returns how many of those who signed are backed.
func (n *Node) backing(signed []Signed) int {
	count := 0
	for _, s := range signed {
		if n.isBacked(s) {
			count++
		}
	}
	return count
}

func (n *Node) isBacked(s Signed) bool {
	slot, _ := n.feed.Slot(s.Key)
	return n.backed.Has(slot)
}
