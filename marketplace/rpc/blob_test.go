package rpc_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
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

// assigned returns a market with a request whose input one prover may read.
func assigned(t *testing.T) (*rpctest.Market, rpctest.Program, client.Submitted) {
	t.Helper()
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	m.Fund(t, requester, 100)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	return m, p, m.Submit(t, requester, p, 4)
}

func TestInputsAreServedToRequesterAndAssignedProverOnly(t *testing.T) {
	m, p, s := assigned(t)
	m.Fund(t, stranger, 1)
	for n, want := range map[byte]error{requester: nil, prover: nil, stranger: wire.ErrBlobPrivate, registrant: wire.ErrBlobPrivate, rpctest.OperatorKey: wire.ErrBlobPrivate} {
		content, err := m.Client(t, n).GetBytes(t.Context(), client.OfRequest(s.Request.ID), s.Request.Input)
		if !errors.Is(err, want) || want == nil && !bytes.Equal(content, p.Input(4)) {
			t.Errorf("input for key %d = %x, %v, want %v", n, content, err, want)
		}
	}
	anonymous := client.New(m.URL, client.Options{})
	if _, err := anonymous.GetBytes(t.Context(), client.OfRequest(s.Request.ID), s.Request.Input); !errors.Is(err, wire.ErrBlobPrivate) {
		t.Errorf("input without a token = %v, want %v", err, wire.ErrBlobPrivate)
	}
	if _, err := anonymous.GetBytes(t.Context(), client.OfProgram(p.ID()), s.Request.Input); !errors.Is(err, wire.ErrBlobUnknown) {
		t.Errorf("input as a file of the program = %v, want %v", err, wire.ErrBlobUnknown)
	}
}

// A token is for one blob of one request, of one author, for a time.
func TestAReadTokenIsWorthNothingForAnythingElse(t *testing.T) {
	m, _, s := assigned(t)
	key := rpctest.Key(t, prover)
	token := func(change func(*signing.ReadBlob)) *v1.ReadToken {
		r := signing.ReadBlob{Author: key.Account(), Digest: s.Request.Input, Request: s.Request.ID, ValidUntil: m.Server.Clock().Add(vadium.Minute)}
		change(&r)
		signature, err := signing.SignToken(m.Domain, key, r)
		if err != nil {
			t.Fatal(err)
		}
		return &v1.ReadToken{Author: r.Author.Hex(), ValidUntilMs: int64(r.ValidUntil), Signature: wire.Hex(signature)}
	}
	blobs := marketplacev1connect.NewBlobServiceClient(http.DefaultClient, m.URL)
	for name, row := range map[string]struct {
		token *v1.ReadToken
		code  connect.Code
	}{
		"as it should be": {token(func(*signing.ReadBlob) {}), 0},
		"other digest":    {token(func(r *signing.ReadBlob) { r.Digest[0]++ }), connect.CodeUnauthenticated},
		"other request":   {token(func(r *signing.ReadBlob) { r.Request[0]++ }), connect.CodeUnauthenticated},
		"other author":    {token(func(r *signing.ReadBlob) { r.Author = rpctest.Key(t, requester).Account() }), connect.CodeUnauthenticated},
		"expired":         {token(func(r *signing.ReadBlob) { r.ValidUntil -= vadium.Time(2 * vadium.Minute) }), connect.CodeUnauthenticated},
		"for an hour":     {token(func(r *signing.ReadBlob) { r.ValidUntil += vadium.Time(vadium.Hour) }), connect.CodeUnauthenticated},
	} {
		stream, err := blobs.GetBlob(t.Context(), connect.NewRequest(&v1.GetBlobRequest{
			Digest: s.Request.Input.String(), Request: s.Request.ID.String(), Token: row.token,
		}))
		if err != nil {
			t.Fatal(err)
		}
		for stream.Receive() {
		}
		if got := stream.Err(); got == nil && row.code != 0 || got != nil && connect.CodeOf(got) != row.code {
			t.Errorf("token %s = %v, want %v", name, got, row.code)
		}
		stream.Close()
	}
}

// Digests are public. Naming a victim's input in a request or program of one's own must not open it.
func TestNamingSomebodyElsesInputDoesNotOpenIt(t *testing.T) {
	m, p, s := assigned(t)
	m.Fund(t, stranger, 100)
	thief := m.Client(t, stranger)
	request := m.RequestFor(p, 4) // the victim's statement and the digest of its input
	if _, err := thief.SubmitRequest(t.Context(), request); !errors.Is(err, marketplace.ErrInputMissing) {
		t.Errorf("a request with the victim's input = %v, want %v", err, marketplace.ErrInputMissing)
	}
	program := p.Program
	program.Name, program.Sample = "trap", s.Request.Input
	for kind, content := range map[string][]byte{
		client.ConstraintSystem: p.ConstraintSystemFile, client.ProvingKey: p.ProvingKeyFile, client.VerifyingKey: p.VerifyingKeyFile,
	} {
		if _, err := thief.PutBytes(t.Context(), kind, content); err != nil {
			t.Fatal(err)
		}
	}
	proof := p.Prove(t, p.Input(4), vadium.RequestID{}, vadium.Account{})
	if _, _, err := thief.RegisterProgram(t.Context(), program, proof); !errors.Is(err, wire.ErrBlobNotUploaded) {
		t.Errorf("a program with the victim's input = %v, want %v", err, wire.ErrBlobNotUploaded)
	}
	// What the victim itself uploaded as an input is not a file of a program either.
	if _, _, err := m.Client(t, requester).RegisterProgram(t.Context(), program, proof); !errors.Is(err, wire.ErrBlobNotUploaded) {
		t.Errorf("an input as a program's file = %v, want %v", err, wire.ErrBlobNotUploaded)
	}
}

// Nor must sending anything else under the digest of a victim's input, in one message or in two.
func TestSendingOtherBytesUnderADigestIsNoPossession(t *testing.T) {
	m, p, s := assigned(t)
	m.Fund(t, stranger, 100)
	thief := m.Client(t, stranger)
	for _, size := range []int{len(p.Input(4)), 64<<10 + 1} {
		other := client.Upload{
			Kind: client.Input, Digest: s.Request.Input, Size: uint64(size), Content: bytes.NewReader(make([]byte, size)),
		}
		if err := thief.Put(t.Context(), other); !errors.Is(err, wire.ErrBlobMismatch) {
			t.Errorf("%d other bytes under the input's digest = %v, want %v", size, err, wire.ErrBlobMismatch)
		}
	}
	if _, err := thief.SubmitRequest(t.Context(), m.RequestFor(p, 4)); !errors.Is(err, marketplace.ErrInputMissing) {
		t.Errorf("a request with the victim's input = %v, want %v", err, marketplace.ErrInputMissing)
	}
}

// Nor must sending, as content of one's own, what the market writes as the evidence of an upload: how it is made is public.
func TestEvidenceOfPossessionCannotBeUploaded(t *testing.T) {
	m, p, s := assigned(t)
	m.Fund(t, stranger, 100)
	thief := m.Client(t, stranger)
	evidence := func(of vadium.Account) []byte {
		hash := vadium.HashParts("vadium/possession/v1", of[:], []byte(client.Input), s.Request.Input[:])
		return append([]byte("vadium/possession/v1 "), hash[:]...)
	}
	if held, err := m.Server.Blobs.Has(t.Context(), vadium.DigestOf(evidence(rpctest.Key(t, requester).Account()))); !held || err != nil {
		t.Fatalf("the evidence of the victim's own upload is held = %v, %v: this test forges something else", held, err)
	}
	forged := evidence(thief.Account())
	if _, err := thief.PutBytes(t.Context(), client.Input, forged); !errors.Is(err, wire.ErrBlobReserved) {
		t.Errorf("evidence in one message = %v, want %v", err, wire.ErrBlobReserved)
	}
	if err := putInTwo(t, m, stranger, forged); connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), string(wire.ErrBlobReserved)) {
		t.Errorf("evidence in two messages = %v, want %v", err, wire.ErrBlobReserved)
	}
	proving := m.Client(t, prover)
	if _, err := proving.AcceptRequest(t.Context(), s.Request.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := proving.Deliver(t.Context(), s.Request.ID, forged); !errors.Is(err, wire.ErrBlobReserved) {
		t.Errorf("evidence as a proof = %v, want %v", err, wire.ErrBlobReserved)
	}
	if _, err := thief.SubmitRequest(t.Context(), m.RequestFor(p, 4)); !errors.Is(err, marketplace.ErrInputMissing) {
		t.Errorf("a request with the victim's input = %v, want %v", err, marketplace.ErrInputMissing)
	}
}

// putInTwo uploads an input in two messages, as the SDK does only with large ones.
func putInTwo(t *testing.T, m *rpctest.Market, by byte, content []byte) error {
	t.Helper()
	key := rpctest.Key(t, by)
	signed := signing.PutBlob{
		Author: key.Account(), Kind: wire.BlobInput, Digest: vadium.DigestOf(content), Size: uint64(len(content)),
		ValidUntil: m.Server.Clock().Add(vadium.Minute),
	}
	signature, err := signing.SignToken(m.Domain, key, signed)
	if err != nil {
		t.Fatal(err)
	}
	token := &v1.UploadToken{
		Author: signed.Author.Hex(), Kind: signed.Kind, Digest: signed.Digest.String(), Size: signed.Size,
		ValidUntilMs: int64(signed.ValidUntil), Signature: wire.Hex(signature),
	}
	blobs, half := marketplacev1connect.NewBlobServiceClient(http.DefaultClient, m.URL), len(content)/2
	if _, err := blobs.PutBlob(t.Context(), connect.NewRequest(&v1.PutBlobRequest{Token: token, Chunk: content[:half]})); err != nil {
		return err
	}
	_, err = blobs.PutBlob(t.Context(), connect.NewRequest(&v1.PutBlobRequest{Token: token, Offset: uint64(half), Chunk: content[half:]}))
	return err
}

func TestProofsStayHiddenUntilTheyAreAccepted(t *testing.T) {
	m, p, s := assigned(t) // no verifier runs, so the delivery stays under verification
	proving := m.Client(t, prover)
	if _, err := proving.AcceptRequest(t.Context(), s.Request.ID); err != nil {
		t.Fatal(err)
	}
	proof := p.Prove(t, p.Input(4), s.Request.ID, proving.Account())
	if _, _, err := proving.Deliver(t.Context(), s.Request.ID, proof); err != nil {
		t.Fatal(err)
	}
	for _, n := range []byte{requester, prover, stranger} {
		if _, err := m.Client(t, n).GetBytes(t.Context(), client.OfRequest(s.Request.ID), vadium.DigestOf(proof)); !errors.Is(err, wire.ErrBlobPrivate) {
			t.Errorf("the proof under verification for key %d = %v, want %v", n, err, wire.ErrBlobPrivate)
		}
	}
}

func TestUploadsNeedMoneyAndStayWithinLimits(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{Serve: func(c *rpc.Config) { c.UploadBudget = 100 }})
	if _, err := m.Client(t, stranger).PutBytes(t.Context(), client.Input, []byte("x")); !errors.Is(err, wire.ErrUploadsExhausted) {
		t.Errorf("upload by nobody = %v, want %v", err, wire.ErrUploadsExhausted)
	}
	m.Fund(t, requester, 1)
	c := m.Client(t, requester)
	if _, err := c.PutBytes(t.Context(), client.Input, make([]byte, 100)); err != nil {
		t.Errorf("upload of the whole budget = %v", err)
	}
	if _, err := c.PutBytes(t.Context(), client.Input, []byte("one more")); !errors.Is(err, wire.ErrUploadsExhausted) {
		t.Errorf("upload beyond the budget = %v, want %v", err, wire.ErrUploadsExhausted)
	}
	tooLarge := client.Upload{Kind: client.VerifyingKey, Size: 1<<20 + 1, Content: bytes.NewReader(nil)}
	if err := c.Put(t.Context(), tooLarge); !errors.Is(err, wire.ErrBlobTooLarge) || !strings.Contains(err.Error(), "1048576") {
		t.Errorf("a verifying key of 1 MiB and a byte = %v, want %v naming the limit", err, wire.ErrBlobTooLarge)
	}
}

func TestAnUploadIsOneAccountsAndOneKinds(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, requester, 1)
	key := rpctest.Key(t, requester)
	content, operator := []byte("an input"), rpctest.Key(t, rpctest.OperatorKey).Account().Hex()
	signed := signing.PutBlob{
		Author: key.Account(), Kind: wire.BlobInput, Digest: vadium.DigestOf(content), Size: uint64(len(content)),
		ValidUntil: m.Server.Clock().Add(vadium.Minute),
	}
	signature, err := signing.SignToken(m.Domain, key, signed)
	if err != nil {
		t.Fatal(err)
	}
	blobs := marketplacev1connect.NewBlobServiceClient(http.DefaultClient, m.URL)
	put := func(change func(*v1.UploadToken)) error {
		token := &v1.UploadToken{
			Author: signed.Author.Hex(), Kind: signed.Kind, Digest: signed.Digest.String(), Size: signed.Size,
			ValidUntilMs: int64(signed.ValidUntil), Signature: wire.Hex(signature),
		}
		change(token)
		_, err := blobs.PutBlob(t.Context(), connect.NewRequest(&v1.PutBlobRequest{Token: token, Chunk: content}))
		return err
	}
	for name, change := range map[string]func(*v1.UploadToken){
		"kind":   func(t *v1.UploadToken) { t.Kind = wire.BlobProvingKey },
		"size":   func(t *v1.UploadToken) { t.Size++ },
		"digest": func(t *v1.UploadToken) { t.Digest = vadium.DigestOf(nil).String() },
		"author": func(t *v1.UploadToken) { t.Author = operator },
		"expiry": func(t *v1.UploadToken) { t.ValidUntilMs++ },
	} {
		if err := put(change); connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("a token with another %s = %v, want unauthenticated", name, err)
		}
	}
	if err := put(func(*v1.UploadToken) {}); err != nil {
		t.Errorf("the token as signed = %v", err)
	}
}
