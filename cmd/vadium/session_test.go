package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// answering is a market that answers with one error.
type answering struct {
	marketplacev1connect.UnimplementedSessionServiceHandler
	code connect.Code
	kind vadium.Kind
}

func (a answering) ListSessions(context.Context, *connect.Request[v1.ListSessionsRequest]) (*connect.Response[v1.ListSessionsResponse], error) {
	err := connect.NewError(a.code, a.kind)
	if a.kind != "" {
		detail, _ := connect.NewErrorDetail(&v1.ErrorDetail{Kind: string(a.kind)})
		err.AddDetail(detail)
	}
	return nil, err
}

// The key of a session that may be open is all there is of it, so only a refusal removes its file.
func TestASessionsKeyIsKeptUnlessTheMarketRefusedIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		market answering
		kept   bool
	}{
		"refused":              {answering{code: connect.CodeInvalidArgument, kind: marketplace.ErrSessionMalformed}, false},
		"has too many":         {answering{code: connect.CodeResourceExhausted, kind: marketplace.ErrTooManySessions}, false},
		"expired":              {answering{code: connect.CodeFailedPrecondition, kind: marketplace.ErrExpired}, true},
		"stopping":             {answering{code: connect.CodeUnavailable, kind: wire.ErrStopping}, true},
		"unavailable":          {answering{code: connect.CodeUnavailable}, true},
		"failed to answer":     {answering{code: connect.CodeInternal}, true},
		"answered by a proxy":  {answering{code: connect.CodePermissionDenied}, true},
		"took longer than try": {answering{code: connect.CodeDeadlineExceeded}, true},
	} {
		mux := http.NewServeMux()
		mux.Handle(marketplacev1connect.NewSessionServiceHandler(c.market))
		server := httptest.NewServer(mux)
		_, err := client.New(server.URL, client.Options{Patience: time.Millisecond}).Sessions(t.Context(), vadium.Account{1})
		server.Close()
		file := filepath.Join(t.TempDir(), "session.json")
		if err := os.WriteFile(file, []byte("key"), 0o600); err != nil {
			t.Fatal(err)
		}
		told := notOpened(err, vadium.SessionKey{1}, file)
		_, gone := os.Stat(file)
		if kept := gone == nil; kept != c.kept {
			t.Errorf("opening %s (%v): the file is kept: %v, want %v", name, err, kept, c.kept)
		}
		if c.kept && hintOf(told) == "" {
			t.Errorf("opening %s: %v does not say what to do", name, told)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.New("http://127.0.0.1:1", client.Options{}).Sessions(gone, vadium.Account{1})
	if told := notOpened(err, vadium.SessionKey{1}, filepath.Join(t.TempDir(), "none")); hintOf(told) == "" {
		t.Errorf("an interrupted opening: %v does not say what to do", told)
	}
}
