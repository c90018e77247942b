package marketplacetest

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// sessions is how the people of a simulation use sessions. It draws from randomness of its own, so that what people do
// does not depend on who signs for them.
type sessions struct {
	random *rand.Rand
	opened int
	owned  map[string][]vadium.SessionKey // by name; some expired, some revoked
}

func newSessions(seed uint64) sessions {
	return sessions{random: rand.New(rand.NewPCG(seed, 1)), owned: map[string][]vadium.SessionKey{}}
}

// refusedToSession reports whether a command was refused because a session signed it.
func refusedToSession(err error) bool {
	for _, kind := range []vadium.Kind{marketplace.ErrSessionUnknown, marketplace.ErrSessionScope, marketplace.ErrSessionLimit} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// sign lets one of the author's sessions sign a command, now and then; sometimes somebody else's, which must not work.
// On the way it opens and revokes sessions.
func (s *Simulation) sign(by string, c *marketplace.Command) bool {
	s.t.Helper()
	random := s.sessions.random
	switch random.IntN(16) {
	case 0:
		s.openSession(by)
	case 1:
		s.revokeSession(by)
	}
	if random.IntN(2) == 0 {
		return false
	}
	who := by
	if random.IntN(20) == 0 {
		who = s.people[random.IntN(len(s.people))]
	}
	keys := s.sessions.owned[who]
	if len(keys) == 0 {
		return false
	}
	c.Session = keys[random.IntN(len(keys))]
	return true
}

// batch lets somebody who has a session sign a few commands with it at once: a requester submits, and cancels some of it in
// the same breath; a prover replaces an ask and lets itself be heard of. Some repeat what came before, or are not the
// session's to sign, and are refused without keeping the rest from being carried out.
func (s *Simulation) batch() {
	s.t.Helper()
	var by string
	var bodies []marketplace.Body
	if s.chance(2) {
		by = pick(s, s.people)
		for range 1 + s.Random.IntN(5) {
			r, id := s.request(by)
			bodies = append(bodies, r)
			if s.chance(4) {
				bodies = append(bodies, marketplace.CancelRequest{Request: id}, r)
			}
		}
	} else {
		by = pick(s, s.provers)
		for range 1 + s.Random.IntN(4) {
			ask, ok := s.askOf(pick(s, s.programs), auction.StakeTier(s.Random.IntN(3)))
			if !ok {
				continue
			}
			if s.chance(3) {
				bodies = append(bodies, marketplace.WithdrawAsk{Product: ask.Product})
			}
			bodies = append(bodies, ask)
		}
		if len(s.requests) > 0 {
			bodies = append(bodies, marketplace.SendHeartbeat{Request: pick(s, s.requests), Progress: 5_000})
		}
	}
	if len(s.sessions.owned[by]) == 0 || s.sessions.random.IntN(8) == 0 {
		s.openSession(by)
	}
	keys := s.sessions.owned[by]
	if len(keys) == 0 || len(bodies) == 0 {
		return
	}
	session, commands := keys[s.sessions.random.IntN(len(keys))], make([]marketplace.Command, len(bodies))
	for i, body := range bodies {
		commands[i] = s.Command(by, body)
		commands[i].Session, commands[i].ValidUntil = session, s.Now.Add(marketplace.CommandLifetime)
	}
	s.sendBatch(commands)
}

func (s *Simulation) openSession(by string) {
	random := s.sessions.random
	s.sessions.opened++
	body := marketplace.OpenSession{
		Session: s.names.session(fmt.Sprint("session ", s.sessions.opened)), Scope: marketplace.Scope(1 + random.UintN(7)),
		Expires: s.Now.Add(vadium.Duration(random.Int64N(int64(2 * vadium.Hour)))),
	}
	if keys := s.sessions.owned[by]; len(keys) > 0 && random.IntN(4) == 0 {
		body.Session = keys[random.IntN(len(keys))] // perhaps expired, then it may live again
	}
	if body.Scope&marketplace.ScopeRequest != 0 {
		body.Limit = vadium.Tokens(1 + random.Uint64N(60))
	}
	if _, err := s.send(s.Command(by, body)); err == nil {
		s.sessions.owned[by] = append(s.sessions.owned[by], body.Session)
	}
}

// revokeSession ends a session, by its owner's key or by its own; another session must not do it.
func (s *Simulation) revokeSession(by string) {
	s.t.Helper()
	random, keys := s.sessions.random, s.sessions.owned[by]
	if len(keys) == 0 {
		return
	}
	c := s.Command(by, marketplace.RevokeSession{Session: keys[random.IntN(len(keys))]})
	if random.IntN(2) == 0 {
		c.Session = keys[random.IntN(len(keys))]
	}
	_, err := s.send(c)
	if err == nil && c.Session != (vadium.SessionKey{}) && c.Session != c.Body.(marketplace.RevokeSession).Session {
		s.t.Fatalf("session %v revoked session %v", c.Session, c.Body.(marketplace.RevokeSession).Session)
	}
}
