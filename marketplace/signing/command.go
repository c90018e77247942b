package signing

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"reflect"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/marketplace"
)

// Signer holds a key. Implementations sign the 32 bytes they are given, whatever they mean, so they must not be shared
// with strangers.
type Signer interface {
	// Account returns whose key it is.
	Account() vadium.Account
	// SignDigest returns r, s (in the lower half of the order) and v (0 or 1).
	SignDigest(digest [32]byte) ([]byte, error)
}

// Key is a private key in memory.
type Key struct{ private *ecdsa.PrivateKey }

// NewKey wraps a secp256k1 key.
func NewKey(private *ecdsa.PrivateKey) Key { return Key{private} }

// Account implements [Signer].
func (k Key) Account() vadium.Account { return crypto.PubkeyToAddress(k.private.PublicKey) }

// SignDigest implements [Signer]; equal digests get equal signatures (RFC 6979).
func (k Key) SignDigest(digest [32]byte) ([]byte, error) { return crypto.Sign(digest[:], k.private) }

// bodies are the commands people sign. A test compares the list with the core's.
var bodies = []marketplace.Body{
	marketplace.SubmitRequest{}, marketplace.CancelRequest{},
	marketplace.PlaceAsk{}, marketplace.WithdrawAsk{}, marketplace.ServeProgram{}, marketplace.DropProgram{},
	marketplace.AcceptRequest{}, marketplace.DeclineRequest{}, marketplace.DisputeInput{}, marketplace.SendHeartbeat{},
	marketplace.Resign{}, marketplace.Deliver{},
	marketplace.OpenVault{}, marketplace.DepositJunior{}, marketplace.DepositSenior{}, marketplace.ClaimCommission{},
	marketplace.WithdrawBalance{}, marketplace.RegisterProgram{}, marketplace.OpenSession{}, marketplace.RevokeSession{},
	marketplace.CreditDeposit{}, marketplace.SetParams{}, marketplace.Pause{}, marketplace.Unpause{},
	marketplace.WithdrawCollateral{}, marketplace.RedeemShares{}, marketplace.RedeemJunior{}, marketplace.ClaimRedemption{},
	marketplace.TransferShares{}, marketplace.ApproveShares{}, marketplace.TransferSharesFrom{}, marketplace.SetCommission{},
	marketplace.ExitMarket{}, marketplace.CommitEvidence{}, marketplace.RevealEvidence{},
	marketplace.CreditCollateral{}, marketplace.SetCollateral{}, marketplace.PublishPrice{}, marketplace.DeclareIncident{},
	marketplace.VetoCase{}, marketplace.ReleaseProver{}, marketplace.RaiseAlert{},
	marketplace.RegisterReporter{}, marketplace.SetFeed{}, marketplace.RetireFeed{}, marketplace.PublishRound{},
	marketplace.LockRequest{}, marketplace.CommitBid{}, marketplace.RevealBid{}, marketplace.PublishClearing{},
}

var signable = func() map[reflect.Type]bool {
	known := map[reflect.Type]bool{}
	for _, body := range bodies {
		known[reflect.TypeOf(body)] = true
	}
	return known
}()

// Bodies returns a zero value of every command people sign.
func Bodies() []marketplace.Body { return append([]marketplace.Body(nil), bodies...) }

// CommandType returns the EIP-712 encoding of a command's type.
func CommandType(body marketplace.Body) string { return shapeOf(reflect.TypeOf(body), true).text }

// Terms are what every command carries beside its body.
type Terms struct {
	Author     vadium.Account
	Salt       vadium.Salt
	ValidUntil vadium.Time
}

var errNotSignable = errors.New("the market's own commands are not signed")

// ID returns the id of a command: its struct hash, the same in every market.
func ID(body marketplace.Body, t Terms) (vadium.CommandID, error) {
	of := reflect.TypeOf(body)
	if !signable[of] {
		return vadium.CommandID{}, fmt.Errorf("%T: %w", body, errNotSignable)
	}
	var author [32]byte
	copy(author[12:], t.Author[:])
	words := [][32]byte{author, t.Salt, uintWord(uint64(t.ValidUntil))}
	return shapeOf(of, true).hashStruct(reflect.ValueOf(body), words), nil
}

// Sign returns the command and its author's signature.
func Sign(d Domain, key Signer, body marketplace.Body, salt vadium.Salt, validUntil vadium.Time) (marketplace.Command, []byte, error) {
	author := key.Account()
	id, err := ID(body, Terms{author, salt, validUntil})
	if err != nil {
		return marketplace.Command{}, nil, err
	}
	signature, err := key.SignDigest(d.digest(id))
	if err != nil {
		return marketplace.Command{}, nil, fmt.Errorf("sign %T: %w", body, err)
	}
	return marketplace.Command{Author: author, ID: id, ValidUntil: validUntil, Body: body}, signature, nil
}

// Open returns the command if its author signed it for this market, else [ErrMalformedSignature] or [ErrWrongSigner].
// Expiry and repetition are the core's to judge.
func Open(d Domain, body marketplace.Body, t Terms, signature []byte) (marketplace.Command, error) {
	id, err := ID(body, t)
	if err != nil {
		return marketplace.Command{}, err
	}
	if err := d.verify(t.Author, id, signature); err != nil {
		return marketplace.Command{}, err
	}
	return marketplace.Command{Author: t.Author, ID: id, ValidUntil: t.ValidUntil, Body: body}, nil
}
