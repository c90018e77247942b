package rpctest

import (
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/signing"
)

// Session opens a session of key n for an hour; an account without money gets a token first. Without the scope to submit
// requests the limit is zero.
func (m *Market) Session(t testing.TB, n byte, scope marketplace.Scope, limit vadium.Amount) signing.Session {
	t.Helper()
	session := signing.NewSession(Key(t, n).Account())
	body := marketplace.OpenSession{Session: session.Key(), Scope: scope, Limit: limit, Label: "a test's"}
	funded := false
	m.Sequencer.View(func(s *marketplace.State) { body.Expires, funded = s.Now().Add(vadium.Hour), s.Funded(session.Owner) })
	if !funded {
		m.Fund(t, n, 1)
	}
	if _, err := m.Client(t, n).OpenSession(t.Context(), body); err != nil {
		t.Fatal(err)
	}
	return session
}

// SessionClient returns a client that signs with a session.
func (m *Market) SessionClient(session signing.Session) *client.Client {
	return client.New(m.URL, client.Options{Session: &session})
}
