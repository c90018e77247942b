package rpc_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
	"vadium/oracle"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
	"vadium/vaults/v1/vaultsv1connect"
)

// called are the procedures whose bytes FuzzCalls makes up: those with decoders of their own, beside one of each kind.
var called = []string{
	marketplacev1connect.SessionServiceExecuteBatchProcedure,
	marketplacev1connect.SessionServiceOpenSessionProcedure,
	marketplacev1connect.SessionServiceRevokeSessionProcedure,
	marketplacev1connect.SessionServiceListSessionsProcedure,
	marketplacev1connect.MarketServiceSubmitRequestProcedure,
	marketplacev1connect.MarketServiceQuoteProcedure,
	marketplacev1connect.MarketServiceListRequestsProcedure,
	marketplacev1connect.MarketServiceListBooksProcedure,
	marketplacev1connect.MarketServiceGetEventsProcedure,
	marketplacev1connect.ProverServicePlaceAskProcedure,
	marketplacev1connect.ProverServiceDeliverProcedure,
	marketplacev1connect.ProgramServiceRegisterProgramProcedure,
	marketplacev1connect.BlobServicePutBlobProcedure,
	marketplacev1connect.BlobServiceGetBlobProcedure,
	marketplacev1connect.AccountServiceSetParamsProcedure,
	marketplacev1connect.RiskServiceRevealEvidenceProcedure,
	marketplacev1connect.RiskServiceSetCollateralProcedure,
	marketplacev1connect.RiskServiceListCasesProcedure,
	vaultsv1connect.VaultServiceListVaultsProcedure,
	marketplacev1connect.OracleServiceObserveProcedure,
	marketplacev1connect.OracleServicePublishRoundProcedure,
	marketplacev1connect.OracleServiceSetFeedProcedure,
	marketplacev1connect.OracleServiceListRoundsProcedure,
	marketplacev1connect.OracleServiceGetRoundProcedure,
	marketplacev1connect.LogServiceGetTreeHeadProcedure,
	marketplacev1connect.LogServiceGetInclusionProofProcedure,
	marketplacev1connect.LogServiceGetConsistencyProofProcedure,
	marketplacev1connect.SealedServicePlaceSealedAskProcedure,
	marketplacev1connect.MarketServiceGetScoresProcedure,
}

// What FuzzCalls signs, so that it gets past the signature.
const (
	signedCommands = iota // the bytes are a batch's commands, each after 0xff
	signedUpload          // the bytes are a blob's size, an offset, and a chunk
	signedReport          // the bytes are evidence
	signedKinds
)

// allowedBytes is what one call may allocate: what the market itself does meanwhile, the largest message twice over, and
// what its bytes become as text, message and command.
func allowedBytes(sent int) uint64 { return 32<<20 + 200*uint64(sent) }

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// Whatever a stranger sends, or somebody whose signature is good, is answered, with a refusal that is the caller's to
// understand or with an answer, and costs memory in proportion to what was sent.
func FuzzCalls(f *testing.F) {
	m := rpctest.Start(f, rpctest.Config{Serve: func(c *rpc.Config) { c.Limits = rpc.Limits{SignerRate: -1, SignerBurst: -1} }})
	m.Fund(f, requester, 100)
	session := m.Session(f, requester, marketplace.ScopeRequest|marketplace.ScopeProve, vadium.Tokens(50))
	door := m.Server.Handler()

	add := func(procedure string, message proto.Message) {
		which := uint8(slices.Index(called, procedure))
		text, err := protojson.Marshal(message)
		if err != nil {
			f.Fatal(err)
		}
		raw, err := proto.Marshal(message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(which, true, text)
		f.Add(which, false, raw)
	}
	auth := &v1.Authorization{Author: session.Owner.Hex(), Session: session.Key().String(), Salt: vadium.Salt{}.String(), ValidUntilMs: 1 << 60, Signature: wire.Hex(make([]byte, 64))}
	heartbeat, err := signing.Encode(marketplace.SendHeartbeat{}, nil)
	if err != nil {
		f.Fatal(err)
	}
	add(called[0], travelling(m, session, signing.Batch{Author: session.Owner, Session: session.Key(), ValidUntil: 1 << 60, Commands: [][]byte{heartbeat, {1}, {}}}))
	add(marketplacev1connect.SessionServiceOpenSessionProcedure, &v1.OpenSessionRequest{Auth: auth, Session: session.Key().String(), Scope: "ask+answer", ExpiresMs: 1 << 60, Limit: "0", Label: "x"})
	add(marketplacev1connect.SessionServiceRevokeSessionProcedure, &v1.RevokeSessionRequest{Auth: auth, Session: session.Key().String()})
	add(marketplacev1connect.MarketServiceQuoteProcedure, &v1.QuoteRequest{Program: vadium.ProgramID{}.String(), MaxFee: "1", DamageCap: "1", DeadlineMs: 1})
	add(marketplacev1connect.MarketServiceListRequestsProcedure, &v1.ListRequestsRequest{PageSize: 200, PageToken: "18446744073709551615", Phase: "open"})
	add(marketplacev1connect.MarketServiceGetScoresProcedure, &v1.GetScoresRequest{Prover: session.Owner.Hex(), PageToken: "1"})
	add(marketplacev1connect.MarketServiceListBooksProcedure, &v1.ListBooksRequest{PageToken: "-1"})
	add(marketplacev1connect.MarketServiceGetEventsProcedure, &v1.GetEventsRequest{From: 1, Account: session.Owner.Hex(), Limit: 500})
	add(marketplacev1connect.MarketServiceGetEventsProcedure, &v1.GetEventsRequest{From: 1 << 63, Request: vadium.RequestID{}.String()})
	upload := &v1.UploadToken{Author: session.Owner.Hex(), Session: session.Key().String(), Kind: wire.BlobInput, Digest: vadium.Digest{}.String(), Size: 1 << 62, ValidUntilMs: 1 << 60, Signature: wire.Hex(make([]byte, 64))}
	add(marketplacev1connect.BlobServicePutBlobProcedure, &v1.PutBlobRequest{Token: upload, Offset: 1 << 63, Chunk: []byte{1}})
	add(marketplacev1connect.BlobServiceGetBlobProcedure, &v1.GetBlobRequest{Digest: vadium.Digest{}.String(), Request: vadium.RequestID{}.String(), Offset: 1 << 63})
	add(marketplacev1connect.RiskServiceRevealEvidenceProcedure, &v1.RevealEvidenceRequest{
		Auth: auth, Offender: session.Owner.Hex(), Offence: slashing.BidEquivocation.String(), Evidence: "0xc0", Blinding: vadium.Salt{}.String(),
	})
	add(marketplacev1connect.RiskServiceSetCollateralProcedure, &v1.SetCollateralRequest{Auth: auth, Collateral: []*v1.Collateral{
		{Asset: risk.Asset{1}.String(), HaircutBps: 1 << 31, Cap: "1", Feed: risk.FeedID{1}.String()}, {Asset: "0x", Cap: "-1"}, {},
	}})
	key, observation := oracle.Key{}, &v1.Observation{Scope: vadium.Digest{}.String(), Round: 1 << 63, Value: "1", AtMs: 1}
	add(marketplacev1connect.OracleServiceObserveProcedure, &v1.ObserveRequest{
		Feed: risk.FeedID{1}.String(), Signed: &v1.SignedObservation{Observation: observation, Key: wire.Hex(key[:]), Signature: wire.Hex(make([]byte, 64))},
	})
	add(marketplacev1connect.OracleServicePublishRoundProcedure, &v1.PublishRoundRequest{Auth: auth, Feed: risk.FeedID{1}.String(), Report: &v1.Report{Scope: "0x", Median: "-1"}, Proof: "0x00"})
	add(marketplacev1connect.OracleServiceSetFeedProcedure, &v1.SetFeedRequest{Auth: auth, Feed: &v1.Feed{Seats: []*v1.Seat{{}, {}}, Sources: []*v1.Source{{Kind: "redstone", Signers: []string{"0x"}}}}})
	add(marketplacev1connect.OracleServiceListRoundsProcedure, &v1.ListRoundsRequest{Feed: risk.FeedID{1}.String(), PageToken: "18446744073709551615"})
	add(marketplacev1connect.OracleServiceGetRoundProcedure, &v1.GetRoundRequest{Feed: risk.FeedID{1}.String(), Round: 1 << 63})
	add(marketplacev1connect.RiskServiceListCasesProcedure, &v1.ListCasesRequest{Vault: 1 << 63, Open: true, PageToken: "1"})
	evidence, err := signing.Equivocation{First: signing.SignedAsk{Ask: heartbeat, Signature: make([]byte, 65)}, Second: signing.SignedAsk{Ask: []byte{1}}}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(len(called)+signedReport), false, evidence)
	f.Add(uint8(len(called)+signedCommands), false, slices.Concat(heartbeat, []byte{0xff}, heartbeat[:7], []byte{0xff, 1, 0xfe}))
	f.Add(uint8(len(called)+signedUpload), false, []byte{3, 0, 'a', 'b'})
	f.Add(uint8(len(called)+signedUpload), false, []byte{2, 1, 'b', 'b', 'b'})

	f.Fuzz(func(t *testing.T, which uint8, text bool, sent []byte) {
		which %= uint8(len(called) + signedKinds)
		until := now(m).Add(vadium.Minute)
		var procedure string
		body := sent
		switch int(which) - len(called) {
		case signedCommands:
			procedure, text = marketplacev1connect.SessionServiceExecuteBatchProcedure, false
			batch := signing.Batch{Author: session.Owner, Session: session.Key(), Salt: client.NewSalt(), ValidUntil: until, Commands: bytes.Split(sent, []byte{0xff})}
			body, _ = proto.Marshal(travelling(m, session, batch))
		case signedUpload:
			if len(sent) < 2 {
				return
			}
			procedure, text = marketplacev1connect.BlobServicePutBlobProcedure, false
			token := signing.PutBlob{Author: session.Owner, Kind: wire.BlobInput, Digest: vadium.DigestOf(sent[:1]), Size: uint64(sent[0]), ValidUntil: until}
			body, _ = proto.Marshal(&v1.PutBlobRequest{Offset: uint64(sent[1]), Chunk: sent[2:], Token: &v1.UploadToken{
				Author: token.Author.Hex(), Session: session.Key().String(), Kind: token.Kind, Digest: token.Digest.String(), Size: token.Size, ValidUntilMs: int64(until),
				Signature: wire.Hex(signing.SignTokenBySession(m.Domain, session, token)),
			}})
		case signedReport:
			procedure, text = marketplacev1connect.RiskServiceRevealEvidenceProcedure, false
			key, salt := rpctest.Key(t, requester), client.NewSalt()
			report := marketplace.RevealEvidence{Offender: vadium.Account{1}, Offence: slashing.BidEquivocation, Evidence: sent, Salt: client.NewSalt()}
			_, signature, err := signing.Sign(m.Domain, key, report, salt, until)
			if err != nil {
				t.Fatal(err)
			}
			body, _ = proto.Marshal(&v1.RevealEvidenceRequest{
				Auth:     &v1.Authorization{Author: key.Account().Hex(), Salt: salt.String(), ValidUntilMs: int64(until), Signature: wire.Hex(signature)},
				Offender: report.Offender.Hex(), Offence: report.Offence.String(), Evidence: wire.Hex(sent), Blinding: report.Salt.String(),
			})
		default:
			procedure = called[which]
		}
		form := "application/proto"
		if text {
			form = "application/json"
		}
		if procedure == marketplacev1connect.BlobServiceGetBlobProcedure {
			form = strings.Replace(form, "/", "/connect+", 1)
			body = slices.Concat([]byte{0, 0, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body)
		}
		call := httptest.NewRequestWithContext(t.Context(), http.MethodPost, procedure, bytes.NewReader(body))
		call.RemoteAddr = "" // no limits by address
		call.Header.Set("Content-Type", form)
		before, answer := allocated(), httptest.NewRecorder()
		door.ServeHTTP(answer, call)
		if used := allocated() - before; used > allowedBytes(len(body)) {
			t.Errorf("%s of %d bytes allocated %d, at most %d are allowed", procedure, len(body), used, allowedBytes(len(body)))
		}
		if answer.Code == http.StatusInternalServerError || bytes.Contains(answer.Body.Bytes(), []byte(`"code":"internal"`)) {
			t.Errorf("%s is answered with %d %s", procedure, answer.Code, answer.Body)
		}
	})
}
