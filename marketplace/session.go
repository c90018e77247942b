package marketplace

import (
	"fmt"
	"slices"
	"strings"

	"vadium"
)

// A session is an ed25519 key that acts for an account: its owner authorises it once with the account's own key, and it
// signs from then on, within a scope, up to a spending limit, until it expires or is revoked. It never touches stake or
// balance, but for escrow and bonds within that limit, and never another session, so what a stolen one can cost is known beforehand.

// Scope is what a session may do: a set of roles. The numbers are persisted and never reused.
type Scope uint8

// Scopes.
const (
	// ScopeRequest submits requests, up to the session's limit, and cancels them.
	ScopeRequest Scope = 1
	// ScopeAsk places and withdraws asks, says which programs the owner serves, locks requests whose price climbs, and bids for
	// single ones, whose bonds count
	// against the session's limit: without ScopeRequest it has none, and bids take the owner's own key.
	ScopeAsk Scope = 2
	// ScopeAnswer answers for assignments: accept, decline, dispute, heartbeat, deliver, resign.
	ScopeAnswer Scope = 4
	// ScopeReport publishes rounds of feeds.
	ScopeReport Scope = 8
	// ScopeProve is all that a prover at work needs.
	ScopeProve = ScopeAsk | ScopeAnswer

	everyScope = ScopeRequest | ScopeProve | ScopeReport
)

var scopeNames = []struct {
	scope Scope
	name  string
}{{ScopeRequest, "request"}, {ScopeProve, "prove"}, {ScopeAsk, "ask"}, {ScopeAnswer, "answer"}, {ScopeReport, "report"}}

// String returns the names of the roles, such as "request+prove".
func (s Scope) String() string {
	var names []string
	rest := s
	for _, of := range scopeNames {
		if rest&of.scope == of.scope {
			names = append(names, of.name)
			rest &^= of.scope
		}
	}
	if rest != 0 || len(names) == 0 {
		return fmt.Sprintf("scope %d", uint8(s))
	}
	return strings.Join(names, "+")
}

// MarshalText writes [Scope.String]; a scope nobody can have has no text.
func (s Scope) MarshalText() ([]byte, error) {
	if s == 0 || s&^everyScope != 0 {
		return nil, fmt.Errorf("scope %d is unknown", uint8(s))
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads names joined by +: request, prove, ask, answer, report.
func (s *Scope) UnmarshalText(text []byte) error {
	var all Scope
	for name := range strings.SplitSeq(string(text), "+") {
		i := slices.IndexFunc(scopeNames, func(of struct {
			scope Scope
			name  string
		}) bool {
			return of.name == name
		})
		if i < 0 {
			return fmt.Errorf("scope %q is unknown (join with +: request, prove, ask, answer, report)", name)
		}
		all |= scopeNames[i].scope
	}
	*s = all
	return nil
}

// Covers reports whether the scope reaches to a command. What moves stake or balance, programs' registration, the
// operator's commands and sessions themselves are in no scope.
func (s Scope) Covers(body Body) bool {
	var needs Scope
	switch body.(type) {
	case SubmitRequest, CancelRequest:
		needs = ScopeRequest
	case PlaceAsk, WithdrawAsk, ServeProgram, DropProgram, LockRequest, CommitBid, RevealBid:
		needs = ScopeAsk
	case AcceptRequest, DeclineRequest, DisputeInput, SendHeartbeat, Resign, Deliver:
		needs = ScopeAnswer
	case PublishRound:
		needs = ScopeReport
	default:
		return false
	}
	return s&needs != 0
}

// Bounds of sessions.
const (
	// MaxSessionLife bounds how far ahead a session may expire: a key that is forgotten somewhere dies within a month.
	MaxSessionLife = 30 * vadium.Day
	// MaxSessions bounds the live sessions of one account: a prover's workers and a requester's services, with room.
	MaxSessions = 16
	// MaxSessionLabel bounds a session's label, in bytes.
	MaxSessionLabel = 64
)

// Session is a key that acts for an account.
type Session struct {
	Key     vadium.SessionKey `json:"key"`
	Scope   Scope             `json:"scope"`
	Opened  vadium.Time       `json:"opened"`
	Expires vadium.Time       `json:"expires"` // the last instant
	// Limit bounds Spent: what the requests it submitted may cost, hedges and copies included. Refunds do not lower Spent: what comes back is
	// the owner's to give out again.
	Limit vadium.Amount `json:"limit"`
	Spent vadium.Amount `json:"spent"`
	Label string        `json:"label"`
}

func (s *Session) live(now vadium.Time) bool { return !s.Expires.Before(now) }

// Sessions are one account's, in order of opening.
type Sessions struct{ All []Session }

func (s *Sessions) copy(from *Sessions) { s.All = append(s.All[:0], from.All...) }

// find returns a session that lives, or nil.
func (s *Sessions) find(key vadium.SessionKey, now vadium.Time) *Session {
	if s == nil {
		return nil
	}
	for i := range s.All {
		if s.All[i].Key == key && s.All[i].live(now) {
			return &s.All[i]
		}
	}
	return nil
}

func (s *Sessions) living(now vadium.Time) []Session {
	if s == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.All), func(one Session) bool { return !one.live(now) })
}

// Refusals about sessions.
const (
	// ErrSessionUnknown: the account has no such session: never opened, expired, or revoked.
	ErrSessionUnknown = vadium.Kind("session-unknown")
	// ErrSessionScope: the session may not do this.
	ErrSessionScope = vadium.Kind("session-scope-exceeded")
	// ErrSessionLimit: the request would take the session beyond its spending limit.
	ErrSessionLimit = vadium.Kind("session-limit-exceeded")
	// ErrSessionMalformed: the scope, expiry, limit or label is none a session can have.
	ErrSessionMalformed = vadium.Kind("session-malformed")
	// ErrSessionExists: the account has a live session with this key.
	ErrSessionExists = vadium.Kind("session-exists")
	// ErrTooManySessions: the account has as many live sessions as one may have.
	ErrTooManySessions = vadium.Kind("too-many-sessions")
)

// Session returns an account's session with a key if it lives at now. The row is for reading only.
func (s *State) Session(owner vadium.Account, key vadium.SessionKey, now vadium.Time) (Session, bool) {
	if found := s.sessions.get(owner).find(key, now); found != nil {
		return *found, true
	}
	return Session{}, false
}

// SessionsOf returns an account's sessions that live at now, in order of opening.
func (s *State) SessionsOf(owner vadium.Account, now vadium.Time) []Session {
	return s.sessions.get(owner).living(now)
}

// Remembered reports whether a command was carried out under this id and still has its first answer at now. What was carried
// out stays answered after its session has ended: the end takes nothing back.
func (s *State) Remembered(id vadium.CommandID, now vadium.Time) bool {
	seen := s.seen.get(id)
	return seen != nil && !seen.ValidUntil.Before(now)
}

// spends returns what a command counts against a session's limit: what it takes into escrow, or as a bond. A bond that is not
// shown in time is lost, so a stolen session without a limit can put up none.
func (s *State) spends(body Body) vadium.Amount {
	switch b := body.(type) {
	case SubmitRequest:
		return b.escrowOfAll()
	case CommitBid:
		if r := s.Request(b.Request); r != nil {
			return r.arrangement().Sealed.Bond
		}
	}
	return vadium.Amount{}
}

// admitSession checks that a command is its session's to give.
func (s *State) admitSession(now vadium.Time, c Command) error {
	session := s.sessions.get(c.Author).find(c.Session, now)
	if session == nil {
		return fmt.Errorf("account %v, session %v: %w", c.Author, c.Session, ErrSessionUnknown)
	}
	if revokes, ok := c.Body.(RevokeSession); ok && revokes.Session == c.Session {
		return nil
	}
	if !session.Scope.Covers(c.Body) {
		return fmt.Errorf("%T by a session for %v: %w", c.Body, session.Scope, ErrSessionScope)
	}
	if amount := s.spends(c.Body); !amount.IsZero() {
		if spent, ok := session.Spent.Add(amount); !ok || session.Limit.Less(spent) {
			return fmt.Errorf("%s tokens, %s of at most %s are spent: %w", amount.Tokens(), session.Spent.Tokens(), session.Limit.Tokens(), ErrSessionLimit)
		}
	}
	return nil
}

func (d *draft) openSession(by vadium.Account, b OpenSession) error {
	malformed := func(why string) error { return fmt.Errorf("%s: %w", why, ErrSessionMalformed) }
	switch {
	case b.Session == (vadium.SessionKey{}):
		return malformed("the key is zero")
	case b.Scope == 0 || b.Scope&^everyScope != 0:
		return malformed(fmt.Sprintf("%v does not exist", b.Scope))
	case b.Expires.Before(d.now) || b.Expires.After(d.now.Add(MaxSessionLife)):
		return malformed(fmt.Sprintf("it expires in %d ms, within 0 to %d is allowed", b.Expires.Sub(d.now), MaxSessionLife))
	case b.Scope&ScopeRequest != 0 && (b.Limit.IsZero() || b.Limit.BitLen() > maxSupplyBits):
		return malformed("a session that submits requests needs a limit above zero and within the market's supply")
	case b.Scope&ScopeRequest == 0 && !b.Limit.IsZero():
		return malformed("a session that submits no requests spends nothing: its limit is zero")
	case len(b.Label) > MaxSessionLabel:
		return malformed(fmt.Sprintf("the label has %d bytes, at most %d are allowed", len(b.Label), MaxSessionLabel))
	}
	if err := d.requireFunded(by); err != nil {
		return err
	}
	living := d.SessionsOf(by, d.now)
	if slices.ContainsFunc(living, func(s Session) bool { return s.Key == b.Session }) {
		return fmt.Errorf("session %v: %w", b.Session, ErrSessionExists)
	}
	if len(living) >= MaxSessions {
		return fmt.Errorf("%d live: %w", len(living), ErrTooManySessions)
	}
	d.emit(&SessionOpened{Owner: by, Session: Session{
		Key: b.Session, Scope: b.Scope, Opened: d.now, Expires: b.Expires, Limit: b.Limit, Label: b.Label,
	}})
	return nil
}

func (d *draft) revokeSession(by vadium.Account, key vadium.SessionKey) error {
	if _, lives := d.Session(by, key, d.now); !lives {
		return fmt.Errorf("account %v, session %v: %w", by, key, ErrSessionUnknown)
	}
	d.emit(&SessionRevoked{Owner: by, Session: key})
	return nil
}

func (e *SessionCommandAccepted) apply(s *State, at vadium.Time, seq uint64) {
	s.remember(seenCommand{e.ID, e.Author, e.ValidUntil, seq, e.Events, at})
	session := s.sessions.get(e.Author).find(e.Session, at)
	must(session != nil, "sessions that act live")
	if e.Spends.IsZero() {
		return
	}
	session = s.sessions.edit(e.Author).find(e.Session, at)
	session.Spent = session.Spent.MustAdd(e.Spends)
	must(!session.Limit.Less(session.Spent), "a session spends at most its limit")
}

func (e *SessionOpened) apply(s *State, at vadium.Time, _ uint64) {
	of := s.sessions.editOrInsert(e.Owner, func() *Sessions { return new(Sessions) })
	of.All = append(of.living(at), e.Session)
	must(len(of.All) <= MaxSessions, "an account has a bounded number of sessions")
}

func (e *SessionRevoked) apply(s *State, at vadium.Time, _ uint64) {
	of := s.sessions.edit(e.Owner)
	must(of.find(e.Session, at) != nil, "sessions that are revoked live")
	of.All = slices.DeleteFunc(of.All, func(one Session) bool { return one.Key == e.Session })
}

// forgetSessions drops sessions that have expired: to every command they are unknown already.
func (s *State) forgetSessions(at vadium.Time) {
	for owner, of := range s.sessions.all() {
		switch living := of.living(at); len(living) {
		case len(of.All):
		case 0:
			s.sessions.remove(owner)
		default:
			s.sessions.edit(owner).All = living
		}
	}
}

// checkSessions: invariant 10, a session spends at most its limit, lives a bounded time, and an account has a bounded
// number, each key once.
func (s *State) checkSessions() error {
	for owner, of := range s.sessions.all() {
		living := of.living(s.market.At)
		if len(living) > MaxSessions {
			return fmt.Errorf("invariant 10: %v has %d sessions", owner, len(living))
		}
		for i, one := range living {
			if one.Limit.Less(one.Spent) {
				return fmt.Errorf("invariant 10: session %v of %v spent %v of at most %v", one.Key, owner, one.Spent, one.Limit)
			}
			if one.Expires.After(one.Opened.Add(MaxSessionLife)) {
				return fmt.Errorf("invariant 10: session %v of %v lives for %d ms", one.Key, owner, one.Expires.Sub(one.Opened))
			}
			if slices.ContainsFunc(living[:i], func(other Session) bool { return other.Key == one.Key }) {
				return fmt.Errorf("invariant 10: %v has session %v twice", owner, one.Key)
			}
		}
	}
	return nil
}

// spending follows one session's command through its events.
type spending struct {
	author          vadium.Account
	left            uint32 // events of the command still to come
	spends, escrows vadium.Amount
}

// checkSpending: invariant 10, what counts against a session's limit is what its command took into escrow.
func (w *Watcher) checkSpending(s *State, record Record) error {
	if e, begins := record.Event.(*SessionCommandAccepted); begins {
		w.spending = spending{author: e.Author, left: e.Events, spends: e.Spends}
	} else if w.spending.left > 0 {
		w.spending.left--
		if e, locks := record.Event.(*EscrowLocked); locks && s.requests.get(e.Request).Requester == w.spending.author {
			w.spending.escrows = w.spending.escrows.MustAdd(e.Amount)
		}
		if e, bids := record.Event.(*BidCommitted); bids && e.Prover == w.spending.author {
			w.spending.escrows = w.spending.escrows.MustAdd(e.Bond)
		}
		if sp := w.spending; sp.left == 0 && sp.spends != sp.escrows {
			return fmt.Errorf("invariant 10: a session's command counts %v and took %v into escrow", sp.spends, sp.escrows)
		}
	}
	return nil
}
