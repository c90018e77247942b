package marketplace_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
	"vadium/marketplace/signing"
)

// What each scope reaches to, command by command, held against a table that people can read. A new command has a row on
// the day it exists, and sessions reach to it only when somebody decides so.
func TestScopesReachToTheirCommandsOnly(t *testing.T) {
	scopes := []marketplace.Scope{marketplace.ScopeRequest, marketplace.ScopeAsk, marketplace.ScopeAnswer, marketplace.ScopeProve, marketplace.ScopeReport}
	var b strings.Builder
	b.WriteString("Which commands a session may sign, by its scope. The rest only its owner's own key signs;\n" +
		"a session may besides end itself (RevokeSession of its own key).\n\n")
	for _, body := range signing.Bodies() {
		name := strings.TrimPrefix(fmt.Sprintf("%T", body), "marketplace.")
		var covered []string
		for _, scope := range scopes {
			if scope.Covers(body) {
				covered = append(covered, scope.String())
			}
		}
		fmt.Fprintf(&b, "%-16s %s\n", name, strings.Join(covered, " "))
	}
	compare(t, "testdata/scopes.golden", b.String())
}

// Every bound of a session has two sides.
func TestSessionOutsideItsBoundsIsRefused(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	good := marketplace.OpenSession{
		Session: marketplacetest.Session("s"), Scope: marketplace.ScopeRequest | marketplace.ScopeProve, Limit: vadium.NewAmount(1),
		Expires: w.Now.Add(marketplace.MaxSessionLife), Label: strings.Repeat("l", marketplace.MaxSessionLabel),
	}
	w.Must(w.Fork().Do("alice", good))
	for name, spoil := range map[string]func(*marketplace.OpenSession){
		"no key":                      func(s *marketplace.OpenSession) { s.Session = vadium.SessionKey{} },
		"no scope":                    func(s *marketplace.OpenSession) { s.Scope = 0 },
		"a scope that does not exist": func(s *marketplace.OpenSession) { s.Scope |= 16 },
		"an end beyond 30 days":       func(s *marketplace.OpenSession) { s.Expires++ },
		"an end in the past":          func(s *marketplace.OpenSession) { s.Expires = w.Now - 1 },
		"requests and no limit":       func(s *marketplace.OpenSession) { s.Limit = vadium.Amount{} },
		"a limit nobody could reach": func(s *marketplace.OpenSession) {
			s.Limit, _ = vadium.ParseAmount("170141183460469231731687303715884105728")
		},
		"a limit and no requests":      func(s *marketplace.OpenSession) { s.Scope = marketplace.ScopeProve },
		"a label of more than 64 byte": func(s *marketplace.OpenSession) { s.Label += "l" },
	} {
		spoilt := good
		spoil(&spoilt)
		if _, err := w.Do("alice", spoilt); !errors.Is(err, marketplace.ErrSessionMalformed) {
			t.Errorf("a session with %s: %v, want %v", name, err, marketplace.ErrSessionMalformed)
		}
	}
	good.Expires = w.Now // the last instant of its life is now
	w.Must(w.Do("alice", good))
}

// A state that has dropped an expired session and one that has not yet are the same state: the digest must not tell when
// the market last tidied up.
func TestExpiredSessionsLeaveNoTraceInTheState(t *testing.T) {
	w := marketplacetest.Ready(t, 1)
	w.Run("fund bob 1", "session alice a ask for=1s", "session bob b ask for=1s", "skip 2s", "session alice a2 request limit=1", "fund carol 1")
	restored, err := marketplace.Restore(w.State.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(restored.SessionsOf(marketplacetest.Account("bob"), w.Now)), 0; got != want {
		t.Errorf("bob has %d sessions in the restored state, want %d", got, want)
	}
	// bob was first in one state and comes last in the other; what follows must not depend on it.
	w.Run("session bob b2 ask")
	for _, encoded := range w.Journal()[restored.NextSeq()-1:] {
		restored.Apply(encoded)
	}
	if restored.Digest() != w.State.Digest() {
		t.Error("a state restored without expired sessions goes on to another digest")
	}
	w.CheckReplay()
}

// Scopes are written as people say them, and read back.
func TestScopeReadsBackAsItIsWritten(t *testing.T) {
	for _, text := range []string{"request", "ask", "answer", "prove", "report", "request+prove", "request+answer", "answer+report", "request+prove+report"} {
		var scope marketplace.Scope
		if err := scope.UnmarshalText([]byte(text)); err != nil || scope.String() != text {
			t.Errorf("%q reads as %v (%v)", text, scope, err)
		}
	}
	for _, text := range []string{"", "+", "all", "request+", "Request"} {
		var scope marketplace.Scope
		if err := scope.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q reads as %v, want a refusal", text, scope)
		}
	}
	if _, err := marketplace.Scope(16).MarshalText(); err == nil {
		t.Error("scope 16 is written, and nobody can have it")
	}
}
