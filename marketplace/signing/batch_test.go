package signing

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"vadium"
	"vadium/marketplace"
)

// batched are the commands batches carry.
var batched = []marketplace.Body{
	marketplace.SubmitRequest{}, marketplace.CancelRequest{}, marketplace.PlaceAsk{}, marketplace.WithdrawAsk{}, marketplace.ServeProgram{},
	marketplace.DropProgram{}, marketplace.AcceptRequest{}, marketplace.DeclineRequest{}, marketplace.DisputeInput{}, marketplace.SendHeartbeat{},
	marketplace.Resign{}, marketplace.Deliver{}, marketplace.LockRequest{}, marketplace.CommitBid{}, marketplace.RevealBid{},
}

// Whatever a session may sign travels in batches, and nothing else: a new command is in this list on the day it exists, or
// its scope says why not.
func TestBatchesCarryExactlyWhatSessionsMaySign(t *testing.T) {
	for _, body := range bodies {
		encoded, err := Encode(filled(reflect.TypeOf(body)).Interface().(marketplace.Body), []byte("proof"))
		covered := (marketplace.ScopeRequest | marketplace.ScopeProve).Covers(body)
		if covered != (err == nil) {
			t.Errorf("%T: sessions may sign it = %v, batches carry it: %v", body, covered, err)
			continue
		}
		if err != nil {
			continue
		}
		if decoded, _, err := Decode(encoded); err != nil || reflect.TypeOf(decoded) != reflect.TypeOf(body) {
			t.Errorf("%T decodes as %T, %v", body, decoded, err)
		}
	}
}

// Every field survives, and every prefix and every surplus byte is refused: a command has one encoding.
func TestCommandsInABatchHaveOneEncoding(t *testing.T) {
	for _, body := range batched {
		want := filled(reflect.TypeOf(body))
		proof := []byte("a proof")
		for _, found := range []string{"InputHeld", "QuoteHeld", "PriceCommitment"} {
			if v := want.FieldByName(found); v.IsValid() {
				v.SetZero() // what the shell finds out does not travel
			}
		}
		if v := want.FieldByName("Received"); v.IsValid() {
			v.SetInt(0)
		}
		if deliver, ok := reflect.TypeAssert[marketplace.Deliver](want); ok {
			deliver.Proof = vadium.DigestOf(proof)
			want.Set(reflect.ValueOf(deliver))
		}
		encoded, err := Encode(want.Interface().(marketplace.Body), proof)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := Decode(encoded)
		if err != nil || !reflect.DeepEqual(got, want.Interface()) {
			t.Errorf("%T = %+v, %v; want %+v", body, got, err, want.Interface())
		}
		for n := range encoded {
			if _, _, err := Decode(encoded[:n]); err == nil {
				t.Errorf("the first %d of %d bytes of %T are taken for a command", n, len(encoded), body)
			}
		}
		if _, _, err := Decode(append(encoded, 0)); err == nil {
			t.Errorf("%T with a byte behind it is taken for a command", body)
		}
	}
}

// What a request arranges, field by field, makes it another: none is left out of what is signed. One that arranges nothing is
// written as it was before there was anything to arrange, and in no other way.
func TestARequestThatArrangesNothingIsWrittenAsItAlwaysWas(t *testing.T) {
	plain := filled(reflect.TypeFor[marketplace.SubmitRequest]()).Interface().(marketplace.SubmitRequest)
	plain.Arrangement, plain.Quote, plain.QuoteSignature = marketplace.Arrangement{}, marketplace.Quote{}, nil
	encoded, err := Encode(plain, nil)
	if err != nil || encoded[0] != kindSubmitRequest {
		t.Fatalf("Encode = %x, %v, want kind %d", encoded, err, kindSubmitRequest)
	}
	other := append(append([]byte{kindSubmitArranged}, encoded[1:]...), ordinary...)
	if body, _, err := Decode(other); !errors.Is(err, errOrdinary) {
		t.Errorf("a second encoding of the request is understood as %+v, %v; want %v", body, err, errOrdinary)
	}
	seen := map[string]bool{string(encoded): true}
	var leaves func(v reflect.Value, do func())
	leaves = func(v reflect.Value, do func()) {
		if _, noun := leavesOf[v.Type()]; !noun && v.Kind() == reflect.Struct {
			for _, f := range v.Fields() {
				leaves(f, do)
			}
			return
		}
		var n filler
		n.fill(v)
		do()
		v.SetZero()
	}
	arranges := plain
	for _, part := range []any{&arranges.Arrangement, &arranges.Quote, &arranges.QuoteSignature} {
		leaves(reflect.ValueOf(part).Elem(), func() {
			encoded, err := Encode(arranges, nil)
			if err != nil || seen[string(encoded)] || encoded[0] != kindSubmitArranged {
				t.Errorf("%+v is written as %x, %v, as something else is", arranges, encoded, err)
			}
			seen[string(encoded)] = true
		})
	}
}

// leavesOf are the nouns that are structs.
var leavesOf = map[reflect.Type]bool{reflect.TypeFor[vadium.Amount](): true}

func TestARequestHasABoundedScheduleInABatch(t *testing.T) {
	for n, allowed := range map[int]bool{maxRaises: true, maxRaises + 1: false} {
		encoded, err := Encode(marketplace.SubmitRequest{Arrangement: marketplace.Arrangement{Raises: make([]marketplace.Raise, n)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Decode(encoded); (err == nil) != allowed {
			t.Errorf("a schedule of %d steps is understood: %v, want %v", n, err, allowed)
		}
	}
}

// The ids and digests of batches are a promise to whoever makes them without our SDK: here they are put together byte by
// byte, from what the proto says.
func TestBatchIDsAreTheGoldenOnes(t *testing.T) {
	session := SessionFromSeed(vadium.Account{1}, [32]byte{2})
	b := Batch{
		Author: session.Owner, Session: session.Key(), Salt: vadium.Salt{3}, ValidUntil: 4,
		Commands: [][]byte{{10, 11}, {}},
	}
	d := Domain{ChainID: 5, Deployment: vadium.Salt{6}}
	var text []byte
	text = append(text, "vadium/batch-id/v1"...)
	text = append(text, unhex(t, "0000000000000005")...)
	text = append(text, unhex(t, "06"+zeros(31))...)
	text = append(text, unhex(t, "01"+zeros(19))...)
	key := session.Key()
	text = append(text, key[:]...)
	text = append(text, unhex(t, "03"+zeros(31)+"0000000000000004"+"00000002"+"00000002"+"0a0b"+"00000000")...)
	id, signature := SignBatch(d, session, b)
	if want := vadium.DigestOf(text); id != want {
		t.Errorf("id of the batch = %v, want %v", id, want)
	}
	if !ed25519.Verify(key[:], append([]byte("vadium/batch/v1"), id[:]...), signature) {
		t.Error("the signature is not over the context and the id")
	}
	command := append(append([]byte("vadium/batch-command/v1"), id[:]...), 0, 0, 0, 1)
	if got, want := BatchCommandID(id, 1), vadium.CommandID(vadium.DigestOf(command)); got != want {
		t.Errorf("id of the second command = %v, want %v", got, want)
	}
	verdicts := Verdicts([]Verdict{{FirstSeq: 1, LastSeq: 2, At: 3}, {Kind: "no"}})
	want := append([]byte("vadium/verdicts/v1"), unhex(t, "0000000000000001"+"0000000000000002"+"0000000000000003"+"00000000"+zeros(24)+"00000002"+"6e6f")...)
	if verdicts != vadium.DigestOf(want) {
		t.Errorf("digest of verdicts = %v, want %v", verdicts, vadium.DigestOf(want))
	}
}

func zeros(n int) string { return hex.EncodeToString(make([]byte, n)) }

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A signature over a command is none over a token or a batch with the same digest, and the other way round.
func TestASessionsSignatureIsWorthNothingElsewhere(t *testing.T) {
	session := SessionFromSeed(vadium.Account{1}, [32]byte{2})
	digest := [32]byte{9}
	if checkSession(session.Key(), batchMessage(digest), session.signDigest(digest)) == nil {
		t.Error("the signature of a command or token is taken for a batch's")
	}
	body, terms := marketplace.CancelRequest{Request: vadium.RequestID{1}}, Terms{session.Owner, vadium.Salt{1}, 5}
	command, signature, err := SignBySession(testDomain, session, body, terms.Salt, terms.ValidUntil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenBySession(testDomain, session.Key(), body, terms, signature); err != nil || !reflect.DeepEqual(got, command) {
		t.Errorf("a command of a session = %+v, %v; want %+v", got, err, command)
	}
	for name, wrong := range map[string][]byte{"cut short": signature[:63], "of zeros": make([]byte, 64), "none": nil} {
		if _, err := OpenBySession(testDomain, session.Key(), body, terms, wrong); err == nil {
			t.Errorf("a signature that is %s is taken", name)
		}
	}
	other := testDomain
	other.ChainID++
	if _, err := OpenBySession(other, session.Key(), body, terms, signature); err == nil {
		t.Error("a signature for one market is taken in another")
	}
	if seed := session.Seed(); !bytes.Equal(SessionFromSeed(session.Owner, seed).private, session.private) {
		t.Error("a session does not come back from its seed")
	}
}

// Strangers send these bytes: they are refused, or they are the one encoding of what they are understood as.
func FuzzDecodeRefusesOrUnderstands(f *testing.F) {
	for _, body := range batched {
		encoded, err := Encode(filled(reflect.TypeOf(body)).Interface().(marketplace.Body), []byte("proof"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
		f.Add(append(encoded[:len(encoded)/2], 0xff, 0xff, 0xff, 0xff))
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		body, proof, err := Decode(encoded)
		if err != nil {
			return
		}
		again, err := Encode(body, proof)
		if err != nil || !bytes.Equal(again, encoded) {
			t.Errorf("%x is understood as %+v, which is written as %x (%v)", encoded, body, again, err)
		}
	})
}
