package client

import (
	"context"
	"crypto/rand"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// NewSalt returns 32 random bytes: a client id, a deposit reference, or what hides an ask.
func NewSalt() (salt vadium.Salt) {
	rand.Read(salt[:]) // never fails: crypto/rand ends the process instead
	return salt
}

// authorise signs a command for this market, under a fresh salt.
func (c *Client) authorise(ctx context.Context, body marketplace.Body) (*v1.Authorization, error) {
	if !c.signs() {
		return nil, ErrNoKey
	}
	market, err := c.identify(ctx)
	if err != nil {
		return nil, err
	}
	salt, until := NewSalt(), c.options.Clock().Add(c.options.Validity)
	var command marketplace.Command
	var signature []byte
	if session := c.options.Session; session != nil {
		command, signature, err = signing.SignBySession(market.domain, *session, body, salt, until)
	} else {
		command, signature, err = signing.Sign(market.domain, c.options.Key, body, salt, until)
	}
	if err != nil {
		return nil, err
	}
	auth := new(v1.Authorization)
	wire.WriteCommand(auth, wire.Authorization{Author: command.Author, Salt: salt, ValidUntil: until, Signature: signature})
	auth.Session = c.sessionText()
	return auth, nil
}

func (c *Client) signs() bool { return c.options.Key != nil || c.options.Session != nil }

// sessionText names the session that signs; empty when the account's own key does.
func (c *Client) sessionText() string {
	if c.options.Session == nil {
		return ""
	}
	return c.options.Session.Key().String()
}

// signToken signs a token as the client signs commands.
func signToken[T signing.Token](c *Client, d signing.Domain, t T) ([]byte, error) {
	if session := c.options.Session; session != nil {
		return signing.SignTokenBySession(d, *session, t), nil
	}
	return signing.SignToken(d, c.options.Key, t)
}

// answered is an answer that says where the command's events are.
type answered interface {
	proto.Message
	GetAccepted() *v1.Accepted
}

// command signs a body, fills the message Q with it, and calls until there is an answer A.
func command[Q, A any, QP interface {
	*Q
	proto.Message
}, AP interface {
	*A
	answered
}](ctx context.Context, c *Client, do func(context.Context, *connect.Request[Q]) (*connect.Response[A], error), body marketplace.Body) (AP, Accepted, error) {
	auth, err := c.authorise(ctx, body)
	if err != nil {
		return nil, Accepted{}, err
	}
	message := new(Q)
	if submits, ok := body.(marketplace.SubmitRequest); ok {
		wire.WriteSubmission(any(message).(*v1.SubmitRequestRequest), &submits)
	} else {
		wire.WriteCommand(QP(message), body)
	}
	setAuth(QP(message), auth)
	answer, err := call(ctx, c, do, message)
	if err != nil {
		return nil, Accepted{}, err
	}
	accepted, err := read[Accepted](AP(answer).GetAccepted())
	return AP(answer), accepted, err
}

func setAuth(message proto.Message, auth *v1.Authorization) {
	m := message.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByName("auth"), protoreflect.ValueOfMessage(auth.ProtoReflect()))
}

// checked returns a receipt if the market signed it.
func checked[R signing.Receipt](c *Client, ctx context.Context, message interface {
	proto.Message
	signed
}) (Receipted[R], error) {
	var r Receipted[R]
	market, err := c.identify(ctx)
	if err != nil {
		return r, err
	}
	if r.Receipt, err = read[R](message); err != nil {
		return r, err
	}
	return r, r.check(market, message)
}

// signed is a receipt on the wire.
type signed interface {
	GetSignature() string
	GetPlace() *v1.Place
}

// check reads the market's signature of the receipt, and reports whether it is one.
func (r *Receipted[R]) check(market identity, by signed) (err error) {
	if r.Signature, err = wire.ReadBytes(by.GetSignature()); err != nil {
		return err
	}
	if err := wire.Read(by.GetPlace(), &r.Place); err != nil {
		return err
	}
	if err := signing.CheckReceipt(market.domain, market.signer, r.Receipt, r.Place, r.Signature); err != nil {
		return fmt.Errorf("the market's receipt is not its own: %w", err)
	}
	return nil
}
