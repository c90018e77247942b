package rpc_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
	"vadium/oracle"
	vaultsv1 "vadium/vaults/v1"
	"vadium/vaults/v1/vaultsv1connect"
)

var update = flag.Bool("update", false, "rewrite the table of limits in docs/operators.md from the constants")

// bound is a limit of the wire: a row of the table in docs/operators.md.
type bound struct {
	what, limit, setting string
	// beyond goes one beyond the limit, and the answer has to say says. Where it is nil the limit is none that a caller is
	// told of, or another test goes beyond it.
	beyond func(t *testing.T, d *doors) error
	kind   vadium.Kind
	says   string
}

// doors are the markets that the limits are tried on.
type doors struct {
	*rpctest.Market
	session  signing.Session
	markets  marketplacev1connect.MarketServiceClient
	provers  marketplacev1connect.ProverServiceClient
	programs marketplacev1connect.ProgramServiceClient
	blobs    marketplacev1connect.BlobServiceClient
	vaults   vaultsv1connect.VaultServiceClient
	risks    marketplacev1connect.RiskServiceClient
	oracles  marketplacev1connect.OracleServiceClient
}

func clientsOf(m *rpctest.Market, session signing.Session) *doors {
	h := http.DefaultClient
	return &doors{
		m, session, marketplacev1connect.NewMarketServiceClient(h, m.URL), marketplacev1connect.NewProverServiceClient(h, m.URL),
		marketplacev1connect.NewProgramServiceClient(h, m.URL), marketplacev1connect.NewBlobServiceClient(h, m.URL), vaultsv1connect.NewVaultServiceClient(h, m.URL),
		marketplacev1connect.NewRiskServiceClient(h, m.URL), marketplacev1connect.NewOracleServiceClient(h, m.URL),
	}
}

func number[N ~int | ~int64 | ~uint64 | ~uint32](n N) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func size[N ~int | ~int64 | ~uint64](bytes N) string {
	for _, unit := range []struct {
		bytes N
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if bytes%unit.bytes == 0 && bytes >= 2*unit.bytes || bytes == unit.bytes {
			return fmt.Sprintf("%d %s", bytes/unit.bytes, unit.name)
		}
	}
	return number(bytes)
}

// largest returns what a field's rule in the proto says is its largest value.
func largest(m proto.Message, field protoreflect.Name) uint32 {
	options := m.ProtoReflect().Descriptor().Fields().ByName(field).Options()
	return proto.GetExtension(options, validate.E_Field).(*validate.FieldRules).GetUint32().GetLte()
}

func auth() *v1.Authorization {
	return &v1.Authorization{Author: vadium.Account{}.Hex(), Salt: vadium.Salt{}.String(), ValidUntilMs: 1, Signature: wire.Hex(make([]byte, 65))}
}

func submission() *v1.SubmitRequestRequest {
	message := &v1.SubmitRequestRequest{Auth: auth()}
	wire.WriteCommand(message, marketplace.SubmitRequest{MaxFee: vadium.NewAmount(1), Deadline: 1, Tier: 1})
	return message
}

func failure[A any](_ *connect.Response[A], err error) error { return err }

// upload announces a blob of a size.
func (d *doors) upload(t *testing.T, kind string, bytes uint64) error {
	t.Helper()
	key := rpctest.Key(t, prover)
	token := signing.PutBlob{Author: key.Account(), Kind: kind, Digest: vadium.Digest{1}, Size: bytes, ValidUntil: now(d.Market).Add(vadium.Minute)}
	signature, err := signing.SignToken(d.Domain, key, token)
	if err != nil {
		t.Fatal(err)
	}
	return failure(d.blobs.PutBlob(t.Context(), connect.NewRequest(&v1.PutBlobRequest{Token: &v1.UploadToken{
		Author: token.Author.Hex(), Kind: kind, Digest: token.Digest.String(), Size: bytes, ValidUntilMs: int64(token.ValidUntil), Signature: wire.Hex(signature),
	}, Chunk: []byte{1}})))
}

// batch sends a batch of commands that are all the same.
func (d *doors) batch(t *testing.T, commands int, encoded []byte) error {
	t.Helper()
	_, err := execute(t, d.Market, travelling(d.Market, d.session, signing.Batch{
		Author: d.session.Owner, Session: d.session.Key(), ValidUntil: now(d.Market).Add(vadium.Minute), Commands: slices.Repeat([][]byte{encoded}, commands),
	}))
	return err
}

// tight is a market with one place of everything.
func tight(t *testing.T, change func(*rpc.Config)) *doors {
	t.Helper()
	m := rpctest.Start(t, rpctest.Config{Serve: change})
	return clientsOf(m, signing.Session{})
}

// watched opens streams until one is refused.
func (d *doors) streams(t *testing.T, n int) error {
	t.Helper()
	for range n {
		stream, err := d.markets.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{From: 1}))
		if err != nil {
			return err
		}
		if !stream.Receive() {
			return stream.Err()
		}
		t.Cleanup(func() { stream.Close() })
	}
	return nil
}

func bounds() []bound {
	c, l := rpc.Defaults(), rpc.Defaults().Limits
	pages := func(what string, m proto.Message, field protoreflect.Name, beyond func(t *testing.T, d *doors, n uint32) error) bound {
		most := largest(m, field)
		return bound{what: what, limit: number(most), kind: wire.ErrMalformed, says: fmt.Sprint(most),
			beyond: func(t *testing.T, d *doors) error { return beyond(t, d, most+1) }}
	}
	rows := []bound{
		{what: "a message, also decompressed", limit: size(rpc.MaxMessage), says: fmt.Sprint(rpc.MaxMessage), beyond: func(t *testing.T, d *doors) error {
			message := submission()
			message.Statement = "0x" + strings.Repeat("0", rpc.MaxMessage)
			return failure(d.markets.SubmitRequest(t.Context(), connect.NewRequest(message)))
		}},
		{what: "a message of a batch", limit: size(rpc.MaxBatchMessage), says: fmt.Sprint(rpc.MaxBatchMessage),
			beyond: func(t *testing.T, d *doors) error { return d.batch(t, 1, make([]byte, rpc.MaxBatchMessage)) }},
		{what: "a message of an upload", limit: size(rpc.MaxChunkMessage), says: fmt.Sprint(rpc.MaxChunkMessage), beyond: func(t *testing.T, d *doors) error {
			return failure(d.blobs.PutBlob(t.Context(), connect.NewRequest(&v1.PutBlobRequest{Chunk: make([]byte, rpc.MaxChunkMessage)})))
		}},
		{what: "the headers of a call", limit: size(rpc.MaxHeader)},
		{what: "a call that is not a stream", limit: rpc.CallTimeout.String()},
		{what: "until the headers, the body of a call have arrived", limit: fmt.Sprintf("%v, %v", rpc.HeaderTimeout, c.BodyTimeout)},
		{what: "until a peer takes what it asked for; a quiet connection", limit: fmt.Sprintf("%v, %v", c.WriteTimeout, rpc.IdleTimeout)},

		{what: "commands of a batch", limit: number(signing.MaxBatchCommands), kind: wire.ErrMalformed, says: "1024",
			beyond: func(t *testing.T, d *doors) error { return d.batch(t, signing.MaxBatchCommands+1, []byte{1}) }},
		{what: "their bytes together", limit: size(signing.MaxBatchBytes), kind: wire.ErrMalformed, says: fmt.Sprint(signing.MaxBatchBytes),
			beyond: func(t *testing.T, d *doors) error { return d.batch(t, 1, make([]byte, signing.MaxBatchBytes+1)) }},
		{what: "scalars of a statement", limit: number(marketplace.MaxStatementScalars), kind: wire.ErrMalformed, says: fmt.Sprint(2 + 64*marketplace.MaxStatementScalars), beyond: func(t *testing.T, d *doors) error {
			message := submission()
			message.Statement = "0x" + strings.Repeat("0", 64*(marketplace.MaxStatementScalars+1))
			return failure(d.markets.SubmitRequest(t.Context(), connect.NewRequest(message)))
		}},
		{what: "accounts of an allow or deny list", limit: number(marketplace.MaxListed), kind: wire.ErrMalformed, says: fmt.Sprint(marketplace.MaxListed), beyond: func(t *testing.T, d *doors) error {
			message := submission()
			message.Deny = slices.Repeat([]string{vadium.Account{}.Hex()}, marketplace.MaxListed+1)
			return failure(d.markets.SubmitRequest(t.Context(), connect.NewRequest(message)))
		}},
		{what: "a proof", limit: size(rpc.MaxProof), kind: wire.ErrMalformed, says: fmt.Sprint(rpc.MaxProof), beyond: func(t *testing.T, d *doors) error {
			message := &v1.DeliverRequest{Auth: auth(), Request: vadium.RequestID{}.String(), Proof: make([]byte, rpc.MaxProof+1)}
			return failure(d.provers.Deliver(t.Context(), connect.NewRequest(message)))
		}},
		{what: "a command, a request may be valid ahead", limit: fmt.Sprintf("%d min, %d h", marketplace.CommandLifetime/vadium.Minute, marketplace.RequestLifetime/vadium.Hour),
			kind: marketplace.ErrExpiresTooLate, says: fmt.Sprint(marketplace.CommandLifetime), beyond: func(t *testing.T, d *doors) error {
				body := marketplace.WithdrawAsk{Product: auction.Product{Size: 1, Tier: auction.Immediate}}
				key, until := rpctest.Key(t, prover), now(d.Market).Add(marketplace.CommandLifetime+vadium.Minute)
				_, signature, err := signing.Sign(d.Domain, key, body, vadium.Salt{}, until)
				if err != nil {
					t.Fatal(err)
				}
				message := &v1.WithdrawAskRequest{Auth: auth()}
				wire.WriteCommand(message, body)
				wire.WriteCommand(message.Auth, wire.Authorization{Author: key.Account(), ValidUntil: until, Signature: signature})
				return failure(d.provers.WithdrawAsk(t.Context(), connect.NewRequest(message)))
			}},

		{what: "live sessions of an account", limit: number(marketplace.MaxSessions), kind: marketplace.ErrTooManySessions, says: fmt.Sprint(marketplace.MaxSessions), beyond: func(t *testing.T, d *doors) error {
			var err error
			d.Fund(t, stranger, 1)
			for n := 0; err == nil && n <= marketplace.MaxSessions; n++ {
				_, err = d.Client(t, stranger).OpenSession(t.Context(), marketplace.OpenSession{
					Session: signing.NewSession(rpctest.Key(t, stranger).Account()).Key(), Scope: marketplace.ScopeAsk, Expires: now(d.Market).Add(vadium.Hour),
				})
			}
			return err
		}},
		{what: "life of a session", limit: fmt.Sprintf("%d days", marketplace.MaxSessionLife/vadium.Day), kind: marketplace.ErrSessionMalformed, says: fmt.Sprint(marketplace.MaxSessionLife), beyond: func(t *testing.T, d *doors) error {
			_, err := d.Client(t, prover).OpenSession(t.Context(), marketplace.OpenSession{
				Session: d.session.Key(), Scope: marketplace.ScopeAsk, Expires: now(d.Market).Add(marketplace.MaxSessionLife + vadium.Hour),
			})
			return err
		}},

		{what: "a chunk of an upload", limit: size(rpc.MaxChunk), kind: wire.ErrMalformed, says: fmt.Sprint(rpc.MaxChunk), beyond: func(t *testing.T, d *doors) error {
			return failure(d.blobs.PutBlob(t.Context(), connect.NewRequest(&v1.PutBlobRequest{Chunk: make([]byte, rpc.MaxChunk+1)})))
		}},
		{what: "an input, a sample", limit: size(rpc.MaxInput), kind: wire.ErrBlobTooLarge, says: fmt.Sprint(rpc.MaxInput),
			beyond: func(t *testing.T, d *doors) error { return d.upload(t, wire.BlobInput, uint64(rpc.MaxInput)+1) }},
		{what: "a verifying key", limit: size(circuits.MaxVerifyingKeyBytes), kind: wire.ErrBlobTooLarge, says: fmt.Sprint(circuits.MaxVerifyingKeyBytes),
			beyond: func(t *testing.T, d *doors) error {
				return d.upload(t, wire.BlobVerifyingKey, uint64(circuits.MaxVerifyingKeyBytes)+1)
			}},
		{what: "a constraint system, a proving key", limit: size(c.MaxArtefact), setting: "max-artefact", kind: wire.ErrBlobTooLarge, says: fmt.Sprint(c.MaxArtefact),
			beyond: func(t *testing.T, d *doors) error { return d.upload(t, wire.BlobProvingKey, uint64(c.MaxArtefact)+1) }},
		{what: "uploads of an account in a day", limit: size(c.UploadBudget), setting: "upload-budget", kind: wire.ErrUploadsExhausted, says: "may upload 1 bytes per day", beyond: func(t *testing.T, _ *doors) error {
			d := tight(t, func(c *rpc.Config) { c.UploadBudget = 1 })
			d.Fund(t, prover, 1)
			err := d.upload(t, wire.BlobInput, 2)
			if err != nil {
				return err
			}
			return d.upload(t, wire.BlobSample, 2)
		}},
		{what: "uploads begun of an account, of all", limit: fmt.Sprintf("%d, %d", rpc.MaxUploads, rpc.MaxUploadsOfAll), kind: wire.ErrBusy, says: "4 uploads of one account and 256 of all", beyond: func(t *testing.T, d *doors) error {
			var err error
			for n := uint64(0); err == nil && n <= rpc.MaxUploads; n++ {
				err = d.upload(t, wire.BlobInput, 100+n)
			}
			return err
		}},
		{what: "programs whose sample is verified at a time", limit: number(rpc.MaxSamples)},

		{what: "events of a page; records looked at for it", limit: fmt.Sprintf("%d; %s", largest(&v1.GetEventsRequest{}, "limit"), number(rpc.MaxScanned)), kind: wire.ErrMalformed,
			says: fmt.Sprint(largest(&v1.GetEventsRequest{}, "limit")), beyond: func(t *testing.T, d *doors) error {
				return failure(d.markets.GetEvents(t.Context(), connect.NewRequest(&v1.GetEventsRequest{From: 1, Limit: largest(&v1.GetEventsRequest{}, "limit") + 1})))
			}},
		pages("books of a page", &v1.ListBooksRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.markets.ListBooks(t.Context(), connect.NewRequest(&v1.ListBooksRequest{PageSize: n})))
		}),
		pages("scores of a page", &v1.GetScoresRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.markets.GetScores(t.Context(), connect.NewRequest(&v1.GetScoresRequest{PageSize: n})))
		}),
		pages("requests of a page", &v1.ListRequestsRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.markets.ListRequests(t.Context(), connect.NewRequest(&v1.ListRequestsRequest{PageSize: n})))
		}),
		pages("provers of a page", &v1.ListProversRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.provers.ListProvers(t.Context(), connect.NewRequest(&v1.ListProversRequest{PageSize: n})))
		}),
		pages("programs of a page", &v1.ListProgramsRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.programs.ListPrograms(t.Context(), connect.NewRequest(&v1.ListProgramsRequest{PageSize: n})))
		}),
		pages("vaults of a page", &vaultsv1.ListVaultsRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.vaults.ListVaults(t.Context(), connect.NewRequest(&vaultsv1.ListVaultsRequest{PageSize: n})))
		}),
		pages("redemptions of a page", &vaultsv1.ListRedemptionsRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.vaults.ListRedemptions(t.Context(), connect.NewRequest(&vaultsv1.ListRedemptionsRequest{PageSize: n})))
		}),
		pages("allowances of a page", &vaultsv1.ListAllowancesRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.vaults.ListAllowances(t.Context(), connect.NewRequest(&vaultsv1.ListAllowancesRequest{Vault: 1, PageSize: n})))
		}),
		pages("cases of a page", &v1.ListCasesRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.risks.ListCases(t.Context(), connect.NewRequest(&v1.ListCasesRequest{PageSize: n})))
		}),
		pages("feeds of a page", &v1.ListFeedsRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.oracles.ListFeeds(t.Context(), connect.NewRequest(&v1.ListFeedsRequest{PageSize: n})))
		}),
		pages("rounds of a page", &v1.ListRoundsRequest{}, "page_size", func(t *testing.T, d *doors, n uint32) error {
			return failure(d.oracles.ListRounds(t.Context(), connect.NewRequest(&v1.ListRoundsRequest{Feed: oracle.FeedID{}.String(), PageSize: n})))
		}),
		{what: "rounds that are looked through for one; proofs of rounds verified at a time", limit: fmt.Sprintf("%s; %d", number(rpc.MaxLookedBack), rpc.MaxProofsOfRounds)},
		{what: "rounds of a seat whose observations are held; observations of one", limit: fmt.Sprintf("%d; %d", rpc.HeldRounds, rpc.HeldEach)},

		{what: "calls of an address per second; at once", limit: fmt.Sprintf("%v; %s", l.AddressRate, number(l.AddressBurst)), setting: "limits.address-rate, limits.address-burst",
			kind: wire.ErrRateLimited, says: "may call 0.001 times a second", beyond: func(t *testing.T, _ *doors) error {
				d := tight(t, func(c *rpc.Config) {
					c.Limits = rpc.Limits{AddressRate: 0.001, AddressBurst: 1, LimitLoopback: true}
				})
				_ = failure(d.markets.GetMarket(t.Context(), connect.NewRequest(&v1.GetMarketRequest{})))
				return failure(d.markets.GetMarket(t.Context(), connect.NewRequest(&v1.GetMarketRequest{})))
			}},
		{what: "observations of an address per second; at once", limit: fmt.Sprintf("%v; %s", l.ObserveRate, number(l.ObserveBurst)), setting: "limits.observe-rate, limits.observe-burst",
			kind: wire.ErrRateLimited, says: "may send 0.001 observations a second", beyond: func(t *testing.T, _ *doors) error {
				d := tight(t, func(c *rpc.Config) {
					c.Limits = rpc.Limits{ObserveRate: 0.001, ObserveBurst: 1, LimitLoopback: true}
				})
				_ = failure(d.oracles.Observe(t.Context(), connect.NewRequest(&v1.ObserveRequest{})))
				return failure(d.oracles.Observe(t.Context(), connect.NewRequest(&v1.ObserveRequest{})))
			}},
		{what: "observations of a seat per second; at once", limit: fmt.Sprintf("%d; %d", rpc.SeatRate, rpc.SeatBurst)},
		{what: "evidence of an account that is looked at per second; at once", limit: fmt.Sprintf("%d; %d", rpc.EvidenceRate, rpc.EvidenceBurst)},
		{what: "rounds of an account that are verified per second; at once", limit: fmt.Sprintf("%v; %s", l.RoundRate, number(l.RoundBurst)), setting: "limits.round-rate, limits.round-burst"},
		{what: "streams of an address", limit: number(l.StreamsPerAddress), setting: "limits.address-streams", kind: wire.ErrTooManyStreams, says: "may have 1 streams", beyond: func(t *testing.T, _ *doors) error {
			return tight(t, func(c *rpc.Config) { c.Limits = rpc.Limits{StreamsPerAddress: 1, LimitLoopback: true} }).streams(t, 2)
		}},
		{what: "connections of an address; of all", limit: fmt.Sprintf("%s; %s", number(l.ConnectionsPerAddress), number(l.Connections)), setting: "limits.address-connections, limits.connections"},
		{what: "calls on an HTTP/2 connection at a time", limit: number(rpc.MaxConcurrentStreams)},
		{what: "commands of an account per second; at once", limit: fmt.Sprintf("%s; %s", number(int(l.SignerRate)), number(l.SignerBurst)), setting: "limits.signer-rate, limits.signer-burst",
			kind: wire.ErrRateLimited, says: "may sign 0.001 commands a second, 1024 at once", beyond: func(t *testing.T, _ *doors) error {
				d := tight(t, func(c *rpc.Config) { c.Limits = rpc.Limits{SignerRate: 0.001, SignerBurst: 1} })
				d.session = d.Session(t, prover, marketplace.ScopeAsk, vadium.Amount{})
				return d.batch(t, signing.MaxBatchCommands, []byte{1})
			}},
		{what: "calls of an account that wait; places of its commands", limit: fmt.Sprintf("%d; %s", l.SignerCalls, number(sequencer.QueueLimit/2)), setting: "limits.signer-calls"},
		{what: "calls in hand", limit: number(c.MaxCalls), setting: "calls"},
		{what: "streams of all", limit: number(c.MaxStreams), setting: "streams", kind: wire.ErrBusy, says: "has 1 calls or streams", beyond: func(t *testing.T, _ *doors) error {
			return tight(t, func(c *rpc.Config) { c.MaxStreams = 1 }).streams(t, 2)
		}},
		{what: "commands that wait for the writer", limit: number(sequencer.QueueLimit)},
	}
	return rows
}

// TestEachRefusalSaysItsLimit goes one beyond every limit a caller is told of.
func TestEachRefusalSaysItsLimit(t *testing.T) {
	m, _, session := staked(t)
	d := clientsOf(m, session)
	for _, b := range bounds() {
		if b.beyond == nil {
			continue
		}
		err := b.beyond(t, d)
		if err == nil || !strings.Contains(err.Error(), b.says) {
			t.Errorf("beyond the limit of %s: %v, want a refusal that says %q", b.what, err, b.says)
			continue
		}
		if b.kind != "" && !errors.Is(err, b.kind) {
			refusedWith(t, b.what, err, b.kind)
		}
	}
}

// TestTheTableOfLimitsIsWhatHolds holds the table in docs/operators.md to the constants.
func TestTheTableOfLimitsIsWhatHolds(t *testing.T) {
	var table strings.Builder
	table.WriteString("| what | limit | setting | refused as |\n|---|---|---|---|\n")
	for _, b := range bounds() {
		setting, kind := b.setting, string(b.kind)
		if setting != "" {
			setting = "`" + strings.ReplaceAll(setting, ", ", "`, `") + "`"
		}
		if kind != "" {
			kind = "`" + kind + "`"
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", b.what, b.limit, setting, kind)
	}
	path := filepath.Join("..", "..", "docs", "operators.md")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := bytes.Cut(raw, []byte("<!-- limits -->\n"))
	_, after, ended := bytes.Cut(rest, []byte("<!-- end of limits -->\n"))
	if !found || !ended {
		t.Fatalf("%s has no table between <!-- limits --> and <!-- end of limits -->", path)
	}
	want := fmt.Sprintf("%s<!-- limits -->\n%s<!-- end of limits -->\n%s", before, table.String(), after)
	if string(raw) == want {
		return
	}
	if !*update {
		t.Fatalf("%s does not list the limits that hold (rewrite it with: go test ./marketplace/rpc -run TestTheTable -update)", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}
