package verifier

import (
	"time"

	"github.com/cenkalti/backoff/v5"
	lru "github.com/hashicorp/golang-lru/v2"

	"vadium"
)

// A delivery that kills children is undecided: it costs its prover nothing, and the prover may deliver again at once, for
// each assignment as often as the market allows (Params.MaxUndecided). Left at that, one prover with many could keep a
// market busy with starting children, for itself and for every proof that is judged beside its own. So whoever did it is a suspect for a while. Its deliveries are judged one at a time, in no batch with
// others, at most one of all suspects' at once, and the longer apart the more of them kill. Waiting makes nobody late.
const (
	// firstSuspicion and maxSuspicion bound the pause between the deliveries of a suspect that is judged, doubled with each that kills.
	firstSuspicion = 2 * time.Second
	maxSuspicion   = 10 * time.Minute
	// forgetAfter is how long after the last death a prover is like any other: six of the longest pauses, so that waiting
	// for it gains an attacker less than trying on.
	forgetAfter = time.Hour
	// maxSuspects bounds the memory for them, some 100 bytes each. Beyond it the one whose last death is longest ago is
	// forgotten; each costs whoever attacks a stake of its own.
	maxSuspects = 4096
)

// suspects remembers who killed children. It forgets everything with the process: after a restart an attacker has one free
// death. It is used by one goroutine.
type suspects struct {
	known *lru.Cache[vadium.Account, *suspect]
	// judging is the suspect's delivery that is being judged, if one is.
	judging *delivery
}

type suspect struct {
	pause *backoff.ExponentialBackOff
	// notBefore is when its next delivery may be judged, forgotten when it is none any more.
	notBefore, forgotten time.Time
}

func newSuspects() *suspects {
	known, err := lru.New[vadium.Account, *suspect](maxSuspects)
	if err != nil {
		panic("invariant: a cache has room: " + err.Error())
	}
	return &suspects{known: known}
}

// suspected returns when a suspect's next delivery may be judged.
func (s *suspects) suspected(prover vadium.Account, now time.Time) (notBefore time.Time, suspected bool) {
	known, ok := s.known.Peek(prover)
	if !ok {
		return time.Time{}, false
	}
	if now.Before(known.forgotten) {
		return known.notBefore, true
	}
	s.known.Remove(prover)
	return time.Time{}, false
}

// killed records that a delivery of prover killed children.
func (s *suspects) killed(prover vadium.Account, now time.Time) {
	known, ok := s.known.Get(prover)
	if !ok {
		known = &suspect{pause: backoff.NewExponentialBackOff()}
		known.pause.InitialInterval, known.pause.MaxInterval, known.pause.Multiplier = firstSuspicion, maxSuspicion, 2
		s.known.Add(prover, known)
	}
	known.notBefore, known.forgotten = now.Add(known.pause.NextBackOff()), now.Add(forgetAfter)
}

// handedOut takes note that a batch is judged from now on.
func (s *suspects) handedOut(batch []job, now time.Time) {
	if _, suspected := s.suspected(batch[0].prover, now); suspected {
		s.judging = &batch[0].delivery
	}
}

// finished takes note of how a batch went.
func (s *suspects) finished(j judged, now time.Time) {
	if s.judging != nil && *s.judging == j.batch[0].delivery {
		s.judging = nil
	}
	for _, killer := range j.killers {
		s.killed(killer.prover, now)
	}
}
