package signing

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/big"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

var update = flag.Bool("update", false, "rewrite golden files")

var testDomain = Domain{ChainID: 31337, Deployment: vadium.Salt{0xde, 0x01}}

func testKey(t testing.TB, n byte) Key {
	t.Helper()
	private, err := crypto.ToECDSA(append(make([]byte, 31), n))
	if err != nil {
		t.Fatal(err)
	}
	return NewKey(private)
}

// filler gives every field a value of its own, so that two swapped fields change the hash.
type filler byte

func (n *filler) fill(v reflect.Value) {
	*n++
	switch leaf := v.Addr().Interface().(type) {
	case *vadium.Amount:
		*leaf = vadium.Tokens(uint64(*n))
		return
	case *vadium.Account:
		leaf[0], leaf[19] = 0xac, byte(*n)
		return
	case *risk.Asset:
		leaf[0], leaf[19] = 0xa5, byte(*n)
		return
	case *[20]byte:
		leaf[0], leaf[19] = 0x51, byte(*n)
		return
	case *string:
		*leaf = fmt.Sprintf("text %d", *n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range v.Fields() {
			n.fill(f)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			n.fill(v.Index(i))
		}
	case reflect.Array:
		v.Index(0).SetUint(0xff)
		v.Index(v.Len() - 1).SetUint(uint64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(1_700_000_000_000 + int64(*n))
	default:
		v.SetUint(uint64(*n))
	}
}

func filled(of reflect.Type) reflect.Value {
	v := reflect.New(of).Elem()
	var n filler
	n.fill(v)
	return v
}

// typedData is what an independent signer is given: types read from the text, values from the struct.
func typedData(t *testing.T, text string, v reflect.Value, extra map[string]any) apitypes.TypedData {
	t.Helper()
	types := apitypes.Types{"EIP712Domain": {
		{Name: "name", Type: "string"}, {Name: "version", Type: "string"}, {Name: "chainId", Type: "uint256"}, {Name: "salt", Type: "bytes32"},
	}}
	primary := ""
	for definition := range strings.SplitSeq(strings.TrimSuffix(text, ")"), ")") {
		name, members, _ := strings.Cut(definition, "(")
		types[name] = []apitypes.Type{}
		if primary == "" {
			primary = name
		}
		for member := range strings.SplitSeq(members, ",") {
			typ, field, _ := strings.Cut(member, " ")
			types[name] = append(types[name], apitypes.Type{Name: field, Type: typ})
		}
	}
	message := plain(v).(map[string]any)
	maps.Copy(message, extra)
	return apitypes.TypedData{
		Types: types, PrimaryType: primary, Message: message,
		Domain: apitypes.TypedDataDomain{
			Name: Name, Version: Version, ChainId: math.NewHexOrDecimal256(int64(testDomain.ChainID)), Salt: testDomain.Deployment.String(),
		},
	}
}

// plain turns a struct into what a wallet would be handed. Names are joined here by hand, on purpose.
func plain(v reflect.Value) any {
	switch leaf := v.Interface().(type) {
	case vadium.Amount:
		return leaf.String()
	case vadium.Account:
		return leaf.Hex()
	case risk.Asset:
		return vadium.Account(leaf).Hex()
	case [20]byte:
		return vadium.Account(leaf).Hex()
	case vadium.Program:
		return leaf.ID().String()
	}
	switch v.Kind() {
	case reflect.Struct:
		m := map[string]any{}
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			switch {
			case name == "Salt" && (v.Type().Name() == "PlaceAsk" || v.Type().Name() == "RevealEvidence" || v.Type().Name() == "RevealBid"):
				name = "blinding"
			case name == "ETA", name == "ID":
				name = strings.ToLower(name)
			default:
				name = strings.ToLower(name[:1]) + strings.ReplaceAll(name[1:], "ID", "Id")
			}
			m[name] = plain(v.Field(i))
		}
		return m
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return "0x" + hex.EncodeToString(v.Bytes())
		}
		list := []any{}
		for i := range v.Len() {
			list = append(list, plain(v.Index(i)))
		}
		return list
	case reflect.Array:
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		return "0x" + hex.EncodeToString(b)
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Int64:
		return big.NewInt(v.Int()).String()
	}
	return new(big.Int).SetUint64(v.Uint()).String()
}

func TestEveryCommandHashesAsAnIndependentSignerHashesIt(t *testing.T) {
	author := testKey(t, 1).Account()
	for _, body := range bodies {
		t.Run(reflect.TypeOf(body).Name(), func(t *testing.T) {
			v := filled(reflect.TypeOf(body))
			terms := Terms{author, vadium.Salt{7, 31: 9}, 1_800_000_000_123}
			id, err := ID(v.Interface().(marketplace.Body), terms)
			if err != nil {
				t.Fatal(err)
			}
			data := typedData(t, CommandType(body), v, map[string]any{
				"author": author.Hex(), "salt": terms.Salt.String(), "validUntil": "1800000000123",
			})
			// What is not signed must not be in the message either: apitypes refuses members it has no type for.
			maps.DeleteFunc(data.Message, func(name string, _ any) bool {
				return !slices.ContainsFunc(data.Types[data.PrimaryType], func(m apitypes.Type) bool { return m.Name == name })
			})
			want, _, err := apitypes.TypedDataAndHash(data)
			if err != nil {
				t.Fatal(err)
			}
			if got := testDomain.digest(id); !bytes.Equal(got[:], want) {
				t.Errorf("digest of %s = %x, an independent signer says %x", CommandType(body), got, want)
			}
		})
	}
}

var messages = []any{DeliveryReceipt{}, AskReceipt{}, RequestReceipt{}, BatchReceipt{}, ReceiptSheet{}, ReadBlob{}, PutBlob{}, TreeHead{}, SealingKey{}, marketplace.Quote{}}

func TestReceiptsAndTokensHashAsAnIndependentSignerHashesThem(t *testing.T) {
	for _, message := range messages {
		v := filled(reflect.TypeOf(message))
		want, _, err := apitypes.TypedDataAndHash(typedData(t, TypeOf(message), v, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := testDomain.digest(hashOf(v.Interface())); !bytes.Equal(got[:], want) {
			t.Errorf("digest of %s = %x, an independent signer says %x", TypeOf(message), got, want)
		}
	}
}

// The types are a promise to everyone who signs with something else than our SDK.
func TestTypesAndHashesAreTheGoldenOnes(t *testing.T) {
	var golden strings.Builder
	for _, body := range bodies {
		v := filled(reflect.TypeOf(body))
		id, err := ID(v.Interface().(marketplace.Body), Terms{vadium.Account{1}, vadium.Salt{2}, 3})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&golden, "%s\n\t%v\n", CommandType(body), id)
	}
	for _, message := range messages {
		fmt.Fprintf(&golden, "%s\n\t0x%x\n", TypeOf(message), hashOf(filled(reflect.TypeOf(message)).Interface()))
	}
	const path = "testdata/types.golden"
	if *update {
		if err := os.WriteFile(path, []byte(golden.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if golden.String() != string(want) {
		t.Errorf("types or hashes changed, so signatures of older clients are void (go test -update if that is meant). Got:\n%s", golden.String())
	}
}

// A new command of the core must be signable on the day it exists.
func TestEverySignedCommandOfTheCoreIsSignable(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../command.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, body := range bodies {
		known[reflect.TypeOf(body).Name()] = true
	}
	found := 0
	for _, decl := range file.Decls {
		method, ok := decl.(*ast.FuncDecl)
		if !ok || method.Name.Name != "signed" {
			continue
		}
		answer := method.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.Ident).Name == "true"
		name := method.Recv.List[0].Type.(*ast.Ident).Name
		if answer != known[name] {
			t.Errorf("%s: signable = %v, the core says %v", name, known[name], answer)
		}
		found++
	}
	if found < len(bodies) {
		t.Errorf("found %d commands in command.go, want at least %d", found, len(bodies))
	}
}

func TestWhatTheAuthorSignedOpens(t *testing.T) {
	key := testKey(t, 1)
	body := marketplace.SendHeartbeat{Request: vadium.RequestID{5}, Progress: 1_000}
	command, signature, err := Sign(testDomain, key, body, vadium.Salt{9}, 1_000)
	if err != nil {
		t.Fatal(err)
	}
	terms := Terms{key.Account(), vadium.Salt{9}, 1_000}
	for _, v := range []byte{0, 27} { // as libraries and as wallets write it
		s := bytes.Clone(signature)
		s[64] += v
		got, err := Open(testDomain, body, terms, s)
		if err != nil || got != command {
			t.Errorf("Open with v+%d = %+v, %v, want %+v", v, got, err, command)
		}
	}
}

func TestWhatTheAuthorDidNotSignIsRefused(t *testing.T) {
	key := testKey(t, 1)
	body := marketplace.SendHeartbeat{Request: vadium.RequestID{5}, Progress: 1_000}
	terms := Terms{key.Account(), vadium.Salt{9}, 1_000}
	_, signature, err := Sign(testDomain, key, body, terms.Salt, terms.ValidUntil)
	if err != nil {
		t.Fatal(err)
	}
	edited := func(at int, b byte) []byte { s := bytes.Clone(signature); s[at] = b; return s }
	highS := func() []byte {
		s := bytes.Clone(signature)
		n := crypto.S256().Params().N
		new(big.Int).Sub(n, new(big.Int).SetBytes(s[32:64])).FillBytes(s[32:64])
		s[64] ^= 1
		return s
	}()
	other := body
	other.Progress = 1_001
	for _, row := range []struct {
		name      string
		domain    Domain
		body      marketplace.Body
		terms     Terms
		signature []byte
		want      error
	}{
		{"other contents", testDomain, other, terms, signature, ErrWrongSigner},
		{"another type with the same fields", testDomain, marketplace.Resign{Request: body.Request}, terms, signature, ErrWrongSigner},
		{"another author", testDomain, body, Terms{testKey(t, 2).Account(), terms.Salt, terms.ValidUntil}, signature, ErrWrongSigner},
		{"no author", testDomain, body, Terms{vadium.Account{}, terms.Salt, terms.ValidUntil}, signature, ErrWrongSigner},
		{"another salt", testDomain, body, Terms{terms.Author, vadium.Salt{8}, terms.ValidUntil}, signature, ErrWrongSigner},
		{"another expiry", testDomain, body, Terms{terms.Author, terms.Salt, 1_001}, signature, ErrWrongSigner},
		{"another chain", Domain{31338, testDomain.Deployment}, body, terms, signature, ErrWrongSigner},
		{"another deployment", Domain{31337, vadium.Salt{1}}, body, terms, signature, ErrWrongSigner},
		{"64 bytes", testDomain, body, terms, signature[:64], ErrMalformedSignature},
		{"66 bytes", testDomain, body, terms, append(bytes.Clone(signature), 0), ErrMalformedSignature},
		{"no bytes", testDomain, body, terms, nil, ErrMalformedSignature},
		{"v of 2", testDomain, body, terms, edited(64, 2), ErrMalformedSignature},
		{"v of 26", testDomain, body, terms, edited(64, 26), ErrMalformedSignature},
		{"v of 29", testDomain, body, terms, edited(64, 29), ErrMalformedSignature},
		{"the mirrored s anyone can make", testDomain, body, terms, highS, ErrMalformedSignature},
		{"zero r", testDomain, body, terms, append(make([]byte, 32), signature[32:]...), ErrMalformedSignature},
	} {
		if got, err := Open(row.domain, row.body, row.terms, row.signature); !errors.Is(err, row.want) {
			t.Errorf("%s: Open = %+v, %v, want %v", row.name, got, err, row.want)
		}
	}
}

func TestTheMarketsOwnCommandsCannotBeSigned(t *testing.T) {
	if _, _, err := Sign(testDomain, testKey(t, 1), marketplace.Conclude{}, vadium.Salt{}, 1); !errors.Is(err, errNotSignable) {
		t.Errorf("Sign(Conclude) = %v, want %v", err, errNotSignable)
	}
}

func TestOnlyTheMarketSignsReceipts(t *testing.T) {
	market, forger := testKey(t, 1), testKey(t, 2)
	receipt := AskReceipt{Prover: forger.Account(), Product: auction.Product{Size: 11, Tier: auction.Immediate}, Epoch: 3, Seq: 9}
	signature, _, err := SignReceipts(testDomain, market, [][32]byte{ReceiptHash(receipt)})
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckReceipt(testDomain, market.Account(), receipt, Place{}, signature); err != nil {
		t.Errorf("CheckReceipt = %v, want nil", err)
	}
	receipt.Seq = 10
	if err := CheckReceipt(testDomain, market.Account(), receipt, Place{}, signature); !errors.Is(err, ErrWrongSigner) {
		t.Errorf("CheckReceipt of an edited receipt = %v, want %v", err, ErrWrongSigner)
	}
}

func TestATokenIsInForceUpToItsExpiryAndNoFurtherThanItsLifetime(t *testing.T) {
	key := testKey(t, 1)
	const now = vadium.Time(1_000_000)
	for _, row := range []struct {
		validUntil vadium.Time
		want       error
	}{
		{now - 1, ErrTokenExpired}, {now, nil}, {now.Add(TokenLifetime), nil}, {now.Add(TokenLifetime) + 1, ErrTokenExpired},
	} {
		token := ReadBlob{Author: key.Account(), ValidUntil: row.validUntil}
		signature, err := SignToken(testDomain, key, token)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckToken(testDomain, now, token, signature); !errors.Is(err, row.want) {
			t.Errorf("CheckToken until %d at %d = %v, want %v", row.validUntil, now, err, row.want)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	key := testKey(b, 1)
	body := filled(reflect.TypeFor[marketplace.SubmitRequest]()).Interface().(marketplace.SubmitRequest)
	terms := Terms{key.Account(), vadium.Salt{9}, 1_000}
	_, signature, err := Sign(testDomain, key, body, terms.Salt, terms.ValidUntil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Open(testDomain, body, terms, signature); err != nil {
			b.Fatal(err)
		}
	}
}
