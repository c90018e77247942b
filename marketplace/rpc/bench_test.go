package rpc_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// servedForBench is a market with a program that nobody asks for, so that requests wait and clearings cost nothing: what is
// measured is the way in.
func servedForBench(b *testing.B) (*rpctest.Market, rpctest.Program) {
	b.Helper()
	params := marketplace.DefaultParams()
	params.MaxOpenRequests = 100_000
	m := rpctest.Start(b, rpctest.Config{Params: params, Serve: func(c *rpc.Config) { c.Limits = rpc.Limits{SignerRate: -1, SignerBurst: -1} }})
	m.Fund(b, registrant, 1)
	p := rpctest.NewProgram(b)
	m.List(b, registrant, p)
	m.Fund(b, prover, 1_000)
	c := m.Client(b, prover)
	if _, err := c.OpenVault(b.Context(), marketplace.OpenVault{Junior: vadium.Tokens(1_000), Commission: 8_000}); err != nil {
		b.Fatal(err)
	}
	if _, err := c.ServeProgram(b.Context(), p.ID(), vadium.Second); err != nil {
		b.Fatal(err)
	}
	m.Fund(b, requester, 100_000_000)
	if _, err := m.Client(b, requester).PutBytes(b.Context(), client.Input, p.Input(3)); err != nil {
		b.Fatal(err)
	}
	return m, p
}

// BenchmarkBatch is the time of one command in a batch of 1,024 asks, client included, from signing to the checked receipt.
func BenchmarkBatch(b *testing.B) {
	m, p := servedForBench(b)
	session := m.Session(b, prover, marketplace.ScopeProve, vadium.Amount{})
	c := m.SessionClient(session)
	ask := client.Batched{Body: m.AskFor(p)}
	commands := make([]client.Batched, signing.MaxBatchCommands)
	for i := range commands {
		commands[i] = ask
	}
	n := 0
	for b.Loop() {
		if n++; n%len(commands) != 1 {
			continue // a command of the batch that was sent last
		}
		executed, err := c.Execute(b.Context(), commands)
		if err != nil || executed.Verdicts[7].Err != nil {
			b.Fatal(err, executed.Verdicts[7].Err)
		}
	}
}

// BenchmarkSingle is one wallet-signed ask by itself, with the market's receipt, beside an empty handler that checks the same signature.
func BenchmarkSingle(b *testing.B) {
	m, p := servedForBench(b)
	key := rpctest.Key(b, prover)
	message := func() *v1.PlaceAskRequest {
		body, until := m.AskFor(p), now(m).Add(5*vadium.Minute)
		salt := client.NewSalt()
		_, signature, err := signing.Sign(m.Domain, key, body, salt, until)
		if err != nil {
			b.Fatal(err)
		}
		message := &v1.PlaceAskRequest{Auth: new(v1.Authorization)}
		wire.WriteCommand(message, body)
		wire.WriteCommand(message.Auth, wire.Authorization{Author: key.Account(), Salt: salt, ValidUntil: until, Signature: signature})
		return message
	}
	submit := func(b *testing.B, url string) {
		messages := make([]*v1.PlaceAskRequest, 4_096)
		for i := range messages {
			messages[i] = message()
		}
		provers := marketplacev1connect.NewProverServiceClient(http.DefaultClient, url)
		next := make(chan *v1.PlaceAskRequest, len(messages))
		for _, one := range messages {
			next <- one
		}
		close(next)
		b.SetParallelism(32)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				one, ok := <-next
				if !ok {
					b.Error("run with -benchtime=4096x at most")
					return
				}
				if _, err := provers.PlaceAsk(b.Context(), connect.NewRequest(one)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	b.Run("by=vadium", func(b *testing.B) { submit(b, m.URL) })
	b.Run("by=empty-handler", func(b *testing.B) {
		mux := http.NewServeMux()
		mux.Handle(marketplacev1connect.NewProverServiceHandler(checking{domain: m.Domain}))
		listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		server := &http.Server{Handler: mux}
		go func() { _ = server.Serve(listener) }()
		defer server.Close()
		submit(b, "http://"+listener.Addr().String())
	})
}

// checking is a handler that does nothing but check the signature.
type checking struct {
	marketplacev1connect.UnimplementedProverServiceHandler
	domain signing.Domain
}

func (c checking) PlaceAsk(_ context.Context, req *connect.Request[v1.PlaceAskRequest]) (*connect.Response[v1.PlaceAskResponse], error) {
	var body marketplace.PlaceAsk
	var auth wire.Authorization
	if err := wire.Read(req.Msg, &body); err != nil {
		return nil, err
	}
	if err := wire.Read(req.Msg.GetAuth(), &auth); err != nil {
		return nil, err
	}
	if _, err := signing.Open(c.domain, body, signing.Terms{Author: auth.Author, Salt: auth.Salt, ValidUntil: auth.ValidUntil}, auth.Signature); err != nil {
		return nil, err
	}
	return connect.NewResponse(&v1.PlaceAskResponse{}), nil
}
