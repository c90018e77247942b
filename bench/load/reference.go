package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"connectrpc.com/connect"
	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// empty is a server that takes the market's messages, checks the same signature with the same code, and answers with as
// many bytes as the market would: what is left of a call when there is no market behind it. No field is validated beyond
// what the signature covers, nothing is decided, stored or signed.
type empty struct {
	marketplacev1connect.UnimplementedMarketServiceHandler
	domain   signing.Domain
	response *v1.SubmitRequestResponse // a real one
}

// SubmitRequest implements the service.
func (e empty) SubmitRequest(_ context.Context, req *connect.Request[v1.SubmitRequestRequest]) (*connect.Response[v1.SubmitRequestResponse], error) {
	var body marketplace.SubmitRequest
	if err := errors.Join(wire.Read(req.Msg, &body), e.check(body, req.Msg.GetAuth())); err != nil {
		return nil, connect.NewError(connect.CodeUnauthenticated, err)
	}
	return connect.NewResponse(e.response), nil
}

func (e empty) check(body marketplace.Body, auth *v1.Authorization) error {
	var a wire.Authorization
	if err := wire.Read(auth, &a); err != nil {
		return err
	}
	_, err := signing.Open(e.domain, body, signing.Terms{Author: a.Author, Salt: a.Salt, ValidUntil: a.ValidUntil}, a.Signature)
	return err
}

// emptyBatches is the same for batches: the envelope is read, the session's signature checked with the same code, and each
// command answered with as many bytes as the market's verdict has.
type emptyBatches struct {
	marketplacev1connect.UnimplementedSessionServiceHandler
	domain signing.Domain
}

// Positions and a time as a market has them after a while.
const (
	somePosition = 1_000_000
	someTime     = 1_790_000_000_000
)

// ExecuteBatch implements the service.
func (e emptyBatches) ExecuteBatch(_ context.Context, req *connect.Request[v1.ExecuteBatchRequest]) (*connect.Response[v1.ExecuteBatchResponse], error) {
	id, err := e.open(req.Msg)
	if err != nil {
		return nil, connect.NewError(connect.CodeUnauthenticated, err)
	}
	n := len(req.Msg.GetCommands())
	response := &v1.ExecuteBatchResponse{Batch: id.String(), Verdicts: make([]*v1.BatchVerdict, n)}
	all := make([]v1.BatchVerdict, n)
	for i := range all {
		response.Verdicts[i] = &all[i]
		all[i].FirstSeq, all[i].LastSeq, all[i].AtMs = somePosition, somePosition+1, someTime
	}
	digest, signature := vadium.Digest{1}.String(), make([]byte, crypto.SignatureLength)
	response.Receipt = &v1.BatchReceipt{Batch: response.GetBatch(), Verdicts: digest, Signature: wire.Hex(signature)}
	return connect.NewResponse(response), nil
}

func (e emptyBatches) open(m *v1.ExecuteBatchRequest) (vadium.Digest, error) {
	author, err := vadium.ParseAccount(m.GetAuthor())
	if err != nil {
		return vadium.Digest{}, err
	}
	session, err := vadium.ParseSessionKey(m.GetSession())
	if err != nil {
		return vadium.Digest{}, err
	}
	salt, err := vadium.ParseSalt(m.GetSalt())
	if err != nil {
		return vadium.Digest{}, err
	}
	signature, err := wire.ReadBytes(m.GetSignature())
	if err != nil {
		return vadium.Digest{}, err
	}
	return signing.OpenBatch(e.domain, signing.Batch{
		Author: author, Session: session, Salt: salt, ValidUntil: vadium.Time(m.GetValidUntilMs()), Commands: m.GetCommands(),
	}, signature)
}

// emptyConfig is how the reference process learns which signatures to check and what to answer.
type emptyConfig struct {
	ChainID    uint64
	Deployment vadium.Salt
	Response   []byte
}

// startEmpty starts the reference as a process of its own, of this binary.
func startEmpty(ctx context.Context, dir string, domain signing.Domain, response *v1.SubmitRequestResponse) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	encoded, err := proto.Marshal(response)
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(emptyConfig{domain.ChainID, domain.Deployment, encoded})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "empty-"+strconv.Itoa(os.Getpid())+".json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, err
	}
	return startProcess(ctx, "the empty handler", filepath.Join(dir, "empty.log"), self, "-empty", file)
}

// uncompressed keeps the reference from compressing its answers, which are smaller than what the market compresses.
var uncompressed = connect.WithCompressMinBytes(1 << 20)

// serveEmpty is the reference process.
func serveEmpty(ctx context.Context, file string, stdout io.Writer) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var c emptyConfig
	if err := json.Unmarshal(content, &c); err != nil {
		return err
	}
	e := empty{domain: signing.Domain{ChainID: c.ChainID, Deployment: c.Deployment}, response: new(v1.SubmitRequestResponse)}
	if err := proto.Unmarshal(c.Response, e.response); err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(marketplacev1connect.NewMarketServiceHandler(e, connect.WithReadMaxBytes(rpc.MaxMessage), uncompressed))
	mux.Handle(marketplacev1connect.NewSessionServiceHandler(emptyBatches{domain: e.domain}, connect.WithReadMaxBytes(rpc.MaxChunkMessage), uncompressed))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: rpc.HeaderTimeout}
	fmt.Fprintf(stdout, "{\"market\":%q}\n", "http://"+listener.Addr().String())
	go func() {
		<-ctx.Done()
		_ = server.Close() // nothing it does has to be finished
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// probes is how many requests are submitted at once to see an answer: under load, a receipt comes with its place on a sheet.
const probes = 64

// aResponse returns the longest that the market answers to requests, which are then in the ledger.
func (t *trial) aResponse(ctx context.Context) (longest *v1.SubmitRequestResponse, err error) {
	calls, err := t.market.submissions(probes)
	if err != nil {
		return nil, err
	}
	d := openDoor(t.market.url, probes, nil)
	defer d.close()
	responses, answers := make([]*v1.SubmitRequestResponse, probes), make([][]answer, probes)
	var group errgroup.Group
	for i, c := range calls {
		spy := *d
		spy.market = spying{d.market, &responses[i]}
		group.Go(func() (err error) {
			answers[i], err = c.send(ctx, &spy)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, c := range calls {
		t.ledger.add([]said{{c.commands[0], answers[i][0]}})
		if longest == nil || proto.Size(responses[i]) > proto.Size(longest) {
			longest = responses[i]
		}
	}
	return longest, nil
}

// spying keeps the last response to a submission.
type spying struct {
	marketplacev1connect.MarketServiceClient
	last **v1.SubmitRequestResponse
}

// SubmitRequest implements the client.
func (s spying) SubmitRequest(ctx context.Context, req *connect.Request[v1.SubmitRequestRequest]) (*connect.Response[v1.SubmitRequestResponse], error) {
	response, err := s.MarketServiceClient.SubmitRequest(ctx, req)
	if err == nil {
		*s.last = response.Msg
	}
	return response, err
}
