package rpc

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// signed is a message that carries a command.
type signed interface {
	proto.Message
	GetAuth() *v1.Authorization
}

// open returns the command in a message if its author signed it.
func open[B marketplace.Body](s *Server, message signed) (marketplace.Command, B, error) {
	var body B
	if err := wire.Read(message, &body); err != nil {
		return marketplace.Command{}, body, malformed(err)
	}
	command, err := s.verify(body, message.GetAuth())
	return command, body, err
}

// verify returns the command if auth is its author's signature.
func (s *Server) verify(body marketplace.Body, auth *v1.Authorization) (marketplace.Command, error) {
	var a wire.Authorization
	if err := wire.Read(auth, &a); err != nil {
		return marketplace.Command{}, malformed(err)
	}
	if err := s.turned(s.door.peek(a.Author, 1)); err != nil {
		return marketplace.Command{}, err
	}
	command, err := s.checkSignature(body, a)
	if err != nil {
		return marketplace.Command{}, err
	}
	return command, s.turned(s.door.take(a.Author, 1))
}

func (s *Server) checkSignature(body marketplace.Body, a wire.Authorization) (marketplace.Command, error) {
	terms := signing.Terms{Author: a.Author, Salt: a.Salt, ValidUntil: a.ValidUntil}
	if a.Session == (vadium.SessionKey{}) {
		return signing.Open(s.domain, body, terms, a.Signature)
	}
	if _, err := s.session(a.Author, a.Session); err != nil { // looking is cheaper than checking a stranger's signature
		id, malformed := signing.ID(body, terms)
		if malformed != nil {
			return marketplace.Command{}, malformed
		}
		if !s.remembers(id) {
			return marketplace.Command{}, err
		}
	}
	return signing.OpenBySession(s.domain, a.Session, body, terms, a.Signature)
}

// remembers reports whether one of the commands was carried out, so that it has a first answer, whatever became of the
// session that signed it.
func (s *Server) remembers(ids ...vadium.CommandID) (carriedOut bool) {
	now := s.Clock()
	s.Market.View(func(state *marketplace.State) {
		now = max(now, state.Now())
		carriedOut = slices.ContainsFunc(ids, func(id vadium.CommandID) bool { return state.Remembered(id, now) })
	})
	return carriedOut
}

// session returns an account's session. The core looks again, at the market's own time.
func (s *Server) session(owner vadium.Account, key vadium.SessionKey) (found marketplace.Session, err error) {
	lives, now := false, s.Clock()
	s.Market.View(func(state *marketplace.State) { found, lives = state.Session(owner, key, max(now, state.Now())) })
	if !lives {
		return found, fmt.Errorf("account %v, session %v: %w", owner, key, marketplace.ErrSessionUnknown)
	}
	return found, nil
}

// checkToken returns nil if the token's author signed it, or a session of the author's whose scope has one of the roles.
func checkToken[T signing.Token](s *Server, t T, author vadium.Account, session vadium.SessionKey, roles marketplace.Scope, signature []byte) error {
	if session == (vadium.SessionKey{}) {
		return signing.CheckToken(s.domain, s.Clock(), t, signature)
	}
	found, err := s.session(author, session)
	if err != nil {
		return err
	}
	if found.Scope&roles == 0 {
		return fmt.Errorf("%T by a session for %v: %w", t, found.Scope, marketplace.ErrSessionScope)
	}
	return signing.CheckTokenBySession(s.domain, s.Clock(), session, t, signature)
}

func malformed(err error) error { return fmt.Errorf("%v: %w", err, wire.ErrMalformed) }

// do hands a command to the sequencer. A command that was carried out before gets its first answer.
func (s *Server) do(ctx context.Context, command marketplace.Command) (wire.Accepted, error) {
	release, err := s.enter(ctx, command.Author, 1)
	if err != nil {
		return wire.Accepted{}, err
	}
	defer release()
	result, err := s.Market.Do(ctx, command)
	accepted := wire.Accepted{Command: command.ID, FirstSeq: result.FirstSeq, LastSeq: result.LastSeq, At: result.At}
	if repeated, ok := errors.AsType[*marketplace.Repeated](err); ok {
		accepted.FirstSeq, accepted.LastSeq, accepted.At = repeated.First, repeated.Last(), repeated.At
		err = nil
	}
	return accepted, err
}

// carryOut is all there is to most commands.
func carryOut[B marketplace.Body](ctx context.Context, s *Server, message signed) (*v1.Accepted, error) {
	command, _, err := open[B](s, message)
	if err != nil {
		return nil, err
	}
	accepted, err := s.do(ctx, command)
	return writeAccepted(accepted), err
}

// carryOutAs is carryOut for a command that is answered with what its event of type E says.
func carryOutAs[B marketplace.Body, E marketplace.Event](ctx context.Context, s *Server, message signed) (accepted *v1.Accepted, event E, err error) {
	command, _, err := open[B](s, message)
	if err != nil {
		return nil, event, err
	}
	done, err := s.do(ctx, command)
	if err != nil {
		return nil, event, err
	}
	event, _, err = find[E](ctx, s, done)
	return writeAccepted(done), event, err
}

func writeAccepted(a wire.Accepted) *v1.Accepted {
	message := new(v1.Accepted)
	wire.Write(message, a)
	return message
}

// find returns the first event of type E among the records of a command, with its position.
func find[E marketplace.Event](ctx context.Context, s *Server, among wire.Accepted) (event E, seq uint64, err error) {
	follower, err := s.Market.Follow(among.FirstSeq)
	if err != nil {
		return event, 0, err
	}
	for follower.Cursor() <= among.LastSeq {
		records, err := follower.Next(ctx)
		if err != nil {
			return event, 0, err
		}
		for _, r := range records {
			if found, ok := r.Event.(E); ok && r.Seq <= among.LastSeq {
				return found, r.Seq, nil
			}
		}
	}
	return event, 0, fmt.Errorf("records %d to %d of command %v hold no %T", among.FirstSeq, among.LastSeq, among.Command, event)
}

// receipt signs the market's word. The place is nil when it was signed alone.
func receipt[R signing.Receipt](s *Server, r R) (signature string, place *v1.Place, err error) {
	by, err := s.notary.sign(signing.ReceiptHash(r))
	if err != nil {
		return "", nil, fmt.Errorf("sign receipt: %w", err)
	}
	if by.place.Of > 0 {
		place = new(v1.Place)
		wire.Write(place, &by.place)
	}
	return wire.Hex(by.signature), place, nil
}

// account reads an account that may be left out.
func account(text string) (vadium.Account, bool, error) {
	if text == "" {
		return vadium.Account{}, false, nil
	}
	a, err := vadium.ParseAccount(text)
	if err != nil {
		return a, false, malformed(err)
	}
	return a, true, nil
}
