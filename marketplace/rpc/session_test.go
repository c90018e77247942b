package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc"
	"vadium/marketplace/rpc/rpctest"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// staked is a market with a program, a prover that stakes, and a session of the prover's.
func staked(t *testing.T) (*rpctest.Market, rpctest.Program, signing.Session) {
	t.Helper()
	m := rpctest.Start(t, rpctest.Config{})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	m.Stake(t, prover, p)
	m.Fund(t, requester, 100)
	return m, p, m.Session(t, prover, marketplace.ScopeProve, vadium.Amount{})
}

// signed returns a batch of the session's, valid for a minute, as it travels.
func signedBatch(t *testing.T, m *rpctest.Market, session signing.Session, salt byte, bodies ...marketplace.Body) *v1.ExecuteBatchRequest {
	t.Helper()
	batch := signing.Batch{Author: session.Owner, Session: session.Key(), Salt: vadium.Salt{salt}, ValidUntil: now(m).Add(vadium.Minute)}
	for _, body := range bodies {
		encoded, err := signing.Encode(body, nil)
		if err != nil {
			t.Fatal(err)
		}
		batch.Commands = append(batch.Commands, encoded)
	}
	return travelling(m, session, batch)
}

func travelling(m *rpctest.Market, session signing.Session, batch signing.Batch) *v1.ExecuteBatchRequest {
	_, signature := signing.SignBatch(m.Domain, session, batch)
	return &v1.ExecuteBatchRequest{
		Author: batch.Author.Hex(), Session: batch.Session.String(), Salt: batch.Salt.String(), ValidUntilMs: int64(batch.ValidUntil),
		Signature: wire.Hex(signature), Commands: batch.Commands,
	}
}

func execute(t *testing.T, m *rpctest.Market, message *v1.ExecuteBatchRequest) ([]*v1.BatchVerdict, error) {
	t.Helper()
	sessions := marketplacev1connect.NewSessionServiceClient(http.DefaultClient, m.URL)
	answer, err := sessions.ExecuteBatch(t.Context(), connect.NewRequest(message))
	if err != nil {
		return nil, err
	}
	return answer.Msg.GetVerdicts(), nil
}

func kinds(verdicts []*v1.BatchVerdict) string {
	var all []string
	for _, v := range verdicts {
		all = append(all, v.GetKind())
	}
	return strings.Join(all, ",")
}

// refusedWith fails the test unless the error carries the kind.
func refusedWith(t *testing.T, what string, err error, want vadium.Kind) {
	t.Helper()
	var coded *connect.Error
	if !errors.As(err, &coded) {
		t.Errorf("%s: %v, want %s", what, err, want)
		return
	}
	for _, d := range coded.Details() {
		if value, err := d.Value(); err == nil {
			if detail, ok := value.(*v1.ErrorDetail); ok && detail.GetKind() == string(want) {
				return
			}
		}
	}
	t.Errorf("%s: %v, want %s", what, err, want)
}

// asks returns an ask at a price in tokens, as a command of a batch.
func asks(m *rpctest.Market, p rpctest.Program, prices ...uint64) (bodies []marketplace.Body) {
	for _, price := range prices {
		ask := m.AskFor(p)
		ask.Price = vadium.Tokens(price)
		bodies = append(bodies, ask)
	}
	return bodies
}

// price returns what the prover asks for now, in the state.
func price(m *rpctest.Market, p rpctest.Program, who vadium.Account) (tokens string) {
	m.Sequencer.View(func(s *marketplace.State) {
		product, _ := s.Listing(p.ID()).Product(auction.Immediate, vadium.Amount{}, vadium.Tokens(5))
		for _, ask := range s.Book(product).Asks {
			if ask.Prover == who {
				tokens = ask.Price.Tokens()
			}
		}
	})
	return tokens
}

func TestABatchIsCarriedOutInOrderWithAVerdictForEachCommand(t *testing.T) {
	m, p, session := staked(t)
	c := m.SessionClient(session)
	bodies := asks(m, p, 2, 3)
	executed, err := c.Execute(t.Context(), []client.Batched{
		{Body: bodies[0]},
		{Body: marketplace.AcceptRequest{Request: vadium.RequestID{1}}}, // refused, and keeps nothing else back
		{Body: bodies[1]},
		{Body: marketplace.WithdrawAsk{Product: auction.Product{Size: 1, Tier: 1}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := executed.Verdicts
	if v[0].Err != nil || v[2].Err != nil || v[0].Accepted.LastSeq >= v[2].Accepted.FirstSeq {
		t.Errorf("asks in a batch = %+v and %+v, want both accepted, in order", v[0], v[2])
	}
	if !errors.Is(v[1].Err, marketplace.ErrRequestUnknown) || !errors.Is(v[3].Err, marketplace.ErrNoAsk) {
		t.Errorf("refusals in a batch = %v and %v, want %v and %v", v[1].Err, v[3].Err, marketplace.ErrRequestUnknown, marketplace.ErrNoAsk)
	}
	if failed, ok := errors.AsType[*client.Error](v[1].Err); !ok || failed.Hint == "" || failed.Unreachable() {
		t.Errorf("refusal in a batch = %+v, want a hint, and that the market has spoken", v[1].Err)
	}
	if got := price(m, p, session.Owner); got != "3" {
		t.Errorf("the prover asks for %s tokens, want 3: the later command counts", got)
	}
	// Everyone can see which session acted.
	events, _, err := c.Events(t.Context(), v[0].Accepted.FirstSeq, 1, client.EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	acted, ok := events[0].Event.(*marketplace.SessionCommandAccepted)
	if !ok || acted.Session != session.Key() || acted.Author != session.Owner || acted.ID != v[0].Accepted.Command {
		t.Errorf("the journal says %+v, want that session %v acted for %v", events[0].Event, session.Key(), session.Owner)
	}
}

func TestABatchSentAgainGetsTheFirstVerdicts(t *testing.T) {
	m, p, session := staked(t)
	message := signedBatch(t, m, session, 1, asks(m, p, 2, 4)...)
	first, err := execute(t, m, message)
	if err != nil {
		t.Fatal(err)
	}
	third := signedBatch(t, m, session, 2, asks(m, p, 7)...)
	if _, err := execute(t, m, third); err != nil {
		t.Fatal(err)
	}
	second, err := execute(t, m, message)
	if err != nil || fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("sent again: %v, %v; want the first verdicts %v", second, err, first)
	}
	if got := price(m, p, session.Owner); got != "7" {
		t.Errorf("the prover asks for %s tokens, want 7: a repeat changes nothing", got)
	}
}

// A caller whose answer was lost asks again: after a restart of the market, after the session's end, after both. What was
// carried out is answered with where it is; what was refused is decided as things stand then.
func TestABatchSentAgainIsAnsweredAfterARestartAndAfterItsSessionsEnd(t *testing.T) {
	m, p, session := staked(t)
	nobodys := marketplace.AcceptRequest{Request: vadium.RequestID{1}}
	message := signedBatch(t, m, session, 1, asks(m, p, 2)[0], nobodys, asks(m, p, 4)[0])
	first, err := execute(t, m, message)
	if err != nil || kinds(first) != ","+string(marketplace.ErrRequestUnknown)+"," {
		t.Fatalf("a batch: %v, %v", kinds(first), err)
	}
	again := func(when, refusal string) {
		t.Helper()
		verdicts, err := execute(t, m, message)
		if err != nil || fmt.Sprint(verdicts[0], verdicts[2]) != fmt.Sprint(first[0], first[2]) || verdicts[1].GetKind() != refusal {
			t.Errorf("%s: %v, %v; want the first verdicts %v, and %s", when, verdicts, err, first, refusal)
		}
	}
	m.Restart(t)
	again("after a restart", string(marketplace.ErrRequestUnknown))
	other := signedBatch(t, m, session, 2, asks(m, p, 7)...)
	if _, err := m.SessionClient(session).RevokeSession(t.Context(), session.Key()); err != nil {
		t.Fatal(err)
	}
	again("after the session's end", string(marketplace.ErrSessionUnknown))
	m.Restart(t)
	again("after the session's end and a restart", string(marketplace.ErrSessionUnknown))
	if got := price(m, p, session.Owner); got != "4" {
		t.Errorf("the prover asks for %s tokens, want 4: a repeat changes nothing", got)
	}
	// What has not been carried out never is.
	_, err = execute(t, m, other)
	refusedWith(t, "a new batch of an ended session", err, marketplace.ErrSessionUnknown)
	forged := signedBatch(t, m, signing.NewSession(session.Owner), 1, asks(m, p, 2)...)
	forged.Commands, forged.Session = message.GetCommands(), message.GetSession()
	_, err = execute(t, m, forged)
	refusedWith(t, "another's repeat", err, marketplace.ErrSessionUnknown)
}

// A refusal is not remembered, which its caller has to know: what was refused for want of money is carried out when the
// same batch comes again and there is money, and then it is final.
func TestARefusedCommandOfABatchIsDecidedAgain(t *testing.T) {
	m, p, _ := staked(t)
	if _, err := m.Client(t, requester).PutBytes(t.Context(), client.Input, p.Input(3)); err != nil {
		t.Fatal(err)
	}
	session := m.Session(t, requester, marketplace.ScopeRequest, vadium.Tokens(500))
	dear := m.RequestFor(p, 3)
	dear.MaxFee = vadium.Tokens(150)
	message := signedBatch(t, m, session, 1, m.RequestFor(p, 3), dear)
	first, err := execute(t, m, message)
	if err != nil || kinds(first) != ","+string(marketplace.ErrBalanceTooLow) {
		t.Fatalf("requests for 5 and 150 of 100 tokens: %v, %v", kinds(first), err)
	}
	m.Fund(t, requester, 100)
	second, err := execute(t, m, message)
	if err != nil || kinds(second) != "," || fmt.Sprint(first[0]) != fmt.Sprint(second[0]) || second[1].GetFirstSeq() <= second[0].GetLastSeq() {
		t.Errorf("the same batch with 195 tokens: %v, %v; want the first verdict, and the second request carried out", second, err)
	}
	if third, err := execute(t, m, message); err != nil || fmt.Sprint(second) != fmt.Sprint(third) {
		t.Errorf("once more: %v, %v; want %v", third, err, second)
	}
}

// The answer to a single command may be lost as well, and the session it ended is the very one that signed it.
func TestASingleCommandOfAnEndedSessionSentAgainGetsTheFirstAnswer(t *testing.T) {
	m, _, session := staked(t)
	salt, until := client.NewSalt(), now(m).Add(vadium.Minute)
	_, signature, err := signing.SignBySession(m.Domain, session, marketplace.RevokeSession{Session: session.Key()}, salt, until)
	if err != nil {
		t.Fatal(err)
	}
	message := &v1.RevokeSessionRequest{Session: session.Key().String(), Auth: &v1.Authorization{
		Author: session.Owner.Hex(), Session: session.Key().String(), Salt: salt.String(), ValidUntilMs: int64(until), Signature: wire.Hex(signature),
	}}
	revoke := func() (*v1.RevokeSessionResponse, error) {
		sessions := marketplacev1connect.NewSessionServiceClient(http.DefaultClient, m.URL)
		answer, err := sessions.RevokeSession(t.Context(), connect.NewRequest(message))
		if err != nil {
			return nil, err
		}
		return answer.Msg, nil
	}
	first, err := revoke()
	if err != nil {
		t.Fatal(err)
	}
	m.Restart(t)
	if second, err := revoke(); err != nil || fmt.Sprint(second) != fmt.Sprint(first) {
		t.Errorf("a session ends itself twice: %v, %v; want the first answer %v", second, err, first)
	}
}

// The same command twice in one batch is two commands: each has its own id, and the rules say what becomes of the second.
func TestACommandTwiceInABatchIsTwoCommands(t *testing.T) {
	m, p, _ := staked(t)
	c := m.Client(t, requester)
	if _, err := c.PutBytes(t.Context(), client.Input, p.Input(3)); err != nil {
		t.Fatal(err)
	}
	session := m.Session(t, requester, marketplace.ScopeRequest, vadium.Tokens(20))
	r := m.RequestFor(p, 3)
	verdicts, err := execute(t, m, signedBatch(t, m, session, 1, r, r))
	if err != nil || kinds(verdicts) != ","+string(marketplace.ErrRequestExists) {
		t.Errorf("the same request twice: %v, %v; want the second refused as %s", kinds(verdicts), err, marketplace.ErrRequestExists)
	}
}

// What a batch's signature covers: change anything, or anybody, and it is worth nothing.
func TestAForgedBatchIsRefused(t *testing.T) {
	m, p, session := staked(t)
	other := m.Session(t, prover, marketplace.ScopeProve, vadium.Amount{})
	bodies := asks(m, p, 2, 3)
	for name, forge := range map[string]func(*v1.ExecuteBatchRequest){
		"reordered":           func(b *v1.ExecuteBatchRequest) { slices.Reverse(b.Commands) },
		"cut short":           func(b *v1.ExecuteBatchRequest) { b.Commands = b.Commands[:1] },
		"with one twice":      func(b *v1.ExecuteBatchRequest) { b.Commands = append(b.Commands, b.Commands[0]) },
		"with a byte changed": func(b *v1.ExecuteBatchRequest) { b.Commands[0][40] ^= 1 },
		"with bytes that moved from one command to the next": func(b *v1.ExecuteBatchRequest) {
			b.Commands[1] = append(b.Commands[0][len(b.Commands[0])-1:], b.Commands[1]...)
			b.Commands[0] = b.Commands[0][:len(b.Commands[0])-1]
		},
		"under another salt":                func(b *v1.ExecuteBatchRequest) { b.Salt = vadium.Salt{9}.String() },
		"valid for longer":                  func(b *v1.ExecuteBatchRequest) { b.ValidUntilMs++ },
		"of another session of the owner's": func(b *v1.ExecuteBatchRequest) { b.Session = other.Key().String() },
		"with a signature of zeros":         func(b *v1.ExecuteBatchRequest) { b.Signature = wire.Hex(make([]byte, 64)) },
		"with another's signature": func(b *v1.ExecuteBatchRequest) {
			b.Signature = signedBatch(t, m, other, 1, bodies...).Signature
		},
		"signed for another market": func(b *v1.ExecuteBatchRequest) {
			elsewhere := *m
			elsewhere.Domain.ChainID++
			b.Signature = signedBatch(t, &elsewhere, session, 1, bodies...).Signature
		},
	} {
		message := signedBatch(t, m, session, 1, bodies...)
		forge(message)
		verdicts, err := execute(t, m, message)
		if err == nil {
			t.Errorf("a batch %s is answered: %v", name, verdicts)
			continue
		}
		refusedWith(t, "a batch "+name, err, signing.ErrWrongSigner)
	}
	message := signedBatch(t, m, session, 1, bodies...)
	message.Author = rpctest.Key(t, stranger).Account().Hex()
	_, err := execute(t, m, message)
	refusedWith(t, "a batch for another account", err, marketplace.ErrSessionUnknown)
	if got := price(m, p, session.Owner); got != "1" {
		t.Errorf("the prover asks for %s tokens, want 1 as before: nothing forged was carried out", got)
	}
}

// A session's end falls between two commands of the same batch: what comes before counts, what comes after does not.
func TestARevocationInsideABatchEndsIt(t *testing.T) {
	m, p, session := staked(t)
	bodies := asks(m, p, 2, 3)
	message := signedBatch(t, m, session, 1, bodies[0], bodies[1])
	batch := signing.Batch{Author: session.Owner, Session: session.Key(), Salt: vadium.Salt{1}, ValidUntil: vadium.Time(message.GetValidUntilMs()), Commands: message.GetCommands()}
	id, err := signing.OpenBatch(m.Domain, batch, mustBytes(t, message.GetSignature()))
	if err != nil {
		t.Fatal(err)
	}
	command := func(i int) marketplace.Command {
		return marketplace.Command{Author: session.Owner, Session: session.Key(), ID: signing.BatchCommandID(id, i), ValidUntil: batch.ValidUntil, Body: bodies[i]}
	}
	// As the sequencer sees a batch that waits while the owner's revocation is queued between its commands.
	revocation := marketplace.Command{Author: session.Owner, ID: vadium.CommandID{7}, ValidUntil: batch.ValidUntil, Body: marketplace.RevokeSession{Session: session.Key()}}
	outcomes, err := m.Sequencer.DoAll(t.Context(), []marketplace.Command{command(0), revocation, command(1)})
	if err != nil || outcomes[0].Err != nil || outcomes[1].Err != nil || !errors.Is(outcomes[2].Err, marketplace.ErrSessionUnknown) {
		t.Errorf("outcomes = %+v, %v; want the last refused as %s", outcomes, err, marketplace.ErrSessionUnknown)
	}
}

func mustBytes(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := wire.ReadBytes(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestASessionReachesNoFurtherThanItsOwnerSaid(t *testing.T) {
	m, p, proving := staked(t)
	c := m.Client(t, requester)
	if _, err := c.PutBytes(t.Context(), client.Input, p.Input(3)); err != nil {
		t.Fatal(err)
	}
	shop := m.Session(t, requester, marketplace.ScopeRequest, vadium.Tokens(9))
	first, second := m.RequestFor(p, 3), m.RequestFor(p, 3)
	second.MaxFee = vadium.Tokens(4).MustAdd(vadium.NewAmount(1))
	third := second
	third.ClientID, third.MaxFee = client.NewSalt(), vadium.Tokens(4)
	ask := m.AskFor(p)
	verdicts, err := execute(t, m, signedBatch(t, m, shop, 1, first, second, third, ask))
	want := fmt.Sprintf(",%s,,%s", marketplace.ErrSessionLimit, marketplace.ErrSessionScope)
	if err != nil || kinds(verdicts) != want {
		t.Errorf("5, 4.000000000000000001 and 4 of 9 tokens, and an ask: %v, %v; want %v", kinds(verdicts), err, want)
	}
	// The same through single calls, which a session signs as well.
	hot := m.SessionClient(proving)
	if _, receipt, err := hot.PlaceAsk(t.Context(), ask); err != nil || receipt.Receipt.Prover != proving.Owner {
		t.Errorf("an ask by the prover's session = %+v, %v", receipt, err)
	}
	if _, err := hot.WithdrawBalance(t.Context(), vadium.Tokens(1)); !errors.Is(err, marketplace.ErrSessionScope) {
		t.Errorf("a withdrawal by a session: %v, want %v", err, marketplace.ErrSessionScope)
	}
	if _, err := hot.OpenSession(t.Context(), marketplace.OpenSession{
		Session: vadium.SessionKey{2}, Scope: marketplace.ScopeAsk, Expires: now(m).Add(vadium.Minute),
	}); !errors.Is(err, marketplace.ErrSessionScope) {
		t.Errorf("a session opened by a session: %v, want %v", err, marketplace.ErrSessionScope)
	}
	if _, err := hot.RevokeSession(t.Context(), shop.Key()); !errors.Is(err, marketplace.ErrSessionScope) {
		t.Errorf("another session revoked by a session: %v, want %v", err, marketplace.ErrSessionScope)
	}
}

// A prover's whole assignment with a session alone: input, accept, proof, and the market's receipt.
func TestAProverWorksWithASessionAlone(t *testing.T) {
	m, p, session := staked(t)
	submitted := m.Submit(t, requester, p, 3)
	hot := m.SessionClient(session)
	input, err := hot.GetBytes(t.Context(), client.OfRequest(submitted.Request.ID), submitted.Request.Input)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hot.AcceptRequest(t.Context(), submitted.Request.ID); err != nil {
		t.Fatal(err)
	}
	proof := p.Prove(t, input, submitted.Request.ID, hot.Account())
	executed, err := hot.Execute(t.Context(), []client.Batched{
		{Body: marketplace.SendHeartbeat{Request: submitted.Request.ID, Progress: 9_000}},
		{Body: marketplace.Deliver{Request: submitted.Request.ID}, Proof: proof},
	})
	if err != nil || executed.Verdicts[0].Err != nil || executed.Verdicts[1].Err != nil {
		t.Fatalf("a heartbeat and a delivery = %+v, %v", executed, err)
	}
	if held, err := m.Blobs.Has(t.Context(), vadium.DigestOf(proof)); err != nil || !held {
		t.Errorf("the market holds the delivered proof: %v, %v", held, err)
	}
	// A session that submits requests reads nobody else's input.
	shop := m.Session(t, stranger, marketplace.ScopeRequest, vadium.Tokens(1))
	if _, err := m.SessionClient(shop).GetBytes(t.Context(), client.OfRequest(submitted.Request.ID), submitted.Request.Input); !errors.Is(err, wire.ErrBlobPrivate) {
		t.Errorf("a stranger's session reads the input: %v, want %v", err, wire.ErrBlobPrivate)
	}
}

func TestABatchBeyondItsLimitsIsRefusedAndSaysTheLimit(t *testing.T) {
	m, _, session := staked(t)
	batch := signing.Batch{Author: session.Owner, Session: session.Key(), ValidUntil: now(m).Add(vadium.Minute)}
	heartbeat, err := signing.Encode(marketplace.SendHeartbeat{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	batch.Commands = slices.Repeat([][]byte{heartbeat}, signing.MaxBatchCommands+1)
	_, err = execute(t, m, travelling(m, session, batch))
	if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), "1024") {
		t.Errorf("a batch of 1,025 commands: %v, want a refusal that says 1024", err)
	}
	batch.Commands = batch.Commands[:signing.MaxBatchCommands]
	if verdicts, err := execute(t, m, travelling(m, session, batch)); err != nil || len(verdicts) != signing.MaxBatchCommands {
		t.Errorf("a batch of 1,024 commands: %d verdicts, %v", len(verdicts), err)
	}
	large, err := signing.Encode(marketplace.Deliver{}, make([]byte, 64<<10))
	if err != nil {
		t.Fatal(err)
	}
	batch.Commands = slices.Repeat([][]byte{large}, 16)
	_, err = execute(t, m, travelling(m, session, batch))
	if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), fmt.Sprint(signing.MaxBatchBytes)) {
		t.Errorf("a batch of a little more than 1 MiB: %v, want a refusal that says %d", err, signing.MaxBatchBytes)
	}
	batch.Commands, batch.ValidUntil = [][]byte{heartbeat}, now(m).Add(marketplace.CommandLifetime+vadium.Minute)
	verdicts, err := execute(t, m, travelling(m, session, batch))
	if err != nil || kinds(verdicts) != string(marketplace.ErrExpiresTooLate) {
		t.Errorf("a batch that is valid for too long: %v, %v; want %s", kinds(verdicts), err, marketplace.ErrExpiresTooLate)
	}
	batch.ValidUntil = 1
	if verdicts, err = execute(t, m, travelling(m, session, batch)); err != nil || kinds(verdicts) != string(marketplace.ErrExpired) {
		t.Errorf("an expired batch: %v, %v; want %s", kinds(verdicts), err, marketplace.ErrExpired)
	}
	if _, err = execute(t, m, travelling(m, session, signing.Batch{Author: session.Owner, Session: session.Key(), ValidUntil: 1})); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("an empty batch: %v, want a refusal", err)
	}
}

// Two batches of one session race for the same limit: together they never spend more.
func TestRacingBatchesOfOneSessionStayWithinItsLimit(t *testing.T) {
	m, p, _ := staked(t)
	if _, err := m.Client(t, requester).PutBytes(t.Context(), client.Input, p.Input(3)); err != nil {
		t.Fatal(err)
	}
	session := m.Session(t, requester, marketplace.ScopeRequest, vadium.Tokens(50))
	var batches [2]*v1.ExecuteBatchRequest
	for i := range batches {
		var bodies []marketplace.Body
		for range 20 {
			bodies = append(bodies, m.RequestFor(p, 3)) // 5 tokens each
		}
		batches[i] = signedBatch(t, m, session, byte(i), bodies...)
	}
	var accepted [2]int
	var race sync.WaitGroup
	for i := range batches {
		race.Go(func() {
			verdicts, err := execute(t, m, batches[i])
			if err != nil {
				t.Error(err)
			}
			for _, v := range verdicts {
				if v.GetKind() == "" {
					accepted[i]++
				}
			}
		})
	}
	race.Wait()
	sessions, err := m.Client(t, requester).Sessions(t.Context(), session.Owner)
	if err != nil || accepted[0]+accepted[1] != 10 || sessions[0].Spent != vadium.Tokens(50) {
		t.Errorf("accepted %d and %d requests of 5 tokens, spent %v (%v); want 10 and all 50 tokens", accepted[0], accepted[1], sessions[0].Spent.Tokens(), err)
	}
}

// A key for which anybody can sign must not become a session.
func TestAWeakSessionKeyIsRefused(t *testing.T) {
	m := rpctest.Start(t, rpctest.Config{})
	for _, key := range []vadium.SessionKey{{1}, {1, 31: 0x80}} {
		_, err := m.Client(t, requester).OpenSession(t.Context(), marketplace.OpenSession{
			Session: key, Scope: marketplace.ScopeAsk, Expires: now(m).Add(vadium.Minute),
		})
		if !errors.Is(err, signing.ErrWeakSessionKey) {
			t.Errorf("session %v: %v, want %v", key, err, signing.ErrWeakSessionKey)
		}
	}
}

// Commands that come together travel together, and each caller gets its own verdict.
func TestABatcherAnswersEachCallerWithItsOwnVerdict(t *testing.T) {
	m, p, session := staked(t)
	b := client.NewBatcher(m.SessionClient(session))
	var callers sync.WaitGroup
	for i := range 200 {
		callers.Go(func() {
			if i%2 == 0 {
				if _, err := b.Do(t.Context(), client.Batched{Body: m.AskFor(p)}); err != nil {
					t.Errorf("an ask through a batcher: %v", err)
				}
				return
			}
			_, err := b.Do(t.Context(), client.Batched{Body: marketplace.AcceptRequest{Request: vadium.RequestID{byte(i)}}})
			if !errors.Is(err, marketplace.ErrRequestUnknown) || !strings.Contains(err.Error(), vadium.RequestID{byte(i)}.String()) {
				t.Errorf("accepting request %d, which does not exist: %v", i, err)
			}
		})
	}
	callers.Wait()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = b.Do(gone, client.Batched{Body: marketplace.AcceptRequest{}})
	if _, err := b.Do(t.Context(), client.Batched{Body: m.AskFor(p)}); err != nil {
		t.Errorf("after a caller gave up: %v", err)
	}
}

// checks holds the hand-written checks of commands in a batch against the protos of the same commands.
func TestCommandsInABatchHaveTheLimitsOfSingleOnes(t *testing.T) {
	validator, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	request := marketplace.SubmitRequest{Statement: make([]byte, 32), MaxFee: vadium.NewAmount(1), Deadline: 1, Tier: 2, Redundancy: 1}
	ask := marketplace.PlaceAsk{Product: auction.Product{Size: 11, Tier: 1, Stake: 1}, Price: vadium.NewAmount(1), Slots: 1, Capacity: 1, ETA: 1, StandUntil: 1}
	digits := func(n int) vadium.Amount {
		a, err := vadium.ParseAmount(strings.Repeat("9", n))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	var bodies []marketplace.Body
	change := func(spoil func(r *marketplace.SubmitRequest, a *marketplace.PlaceAsk)) {
		r, a := request, ask
		spoil(&r, &a)
		bodies = append(bodies, r, a)
	}
	for _, n := range []int{1, 39, 40} {
		change(func(r *marketplace.SubmitRequest, a *marketplace.PlaceAsk) { r.MaxFee, a.Price = digits(n), digits(n) })
		change(func(r *marketplace.SubmitRequest, _ *marketplace.PlaceAsk) { r.DamageCap = digits(n) })
		for _, arrange := range []func(a *marketplace.Arrangement, q *marketplace.Quote){
			func(a *marketplace.Arrangement, _ *marketplace.Quote) { a.Ramp.Least = digits(n) },
			func(a *marketplace.Arrangement, _ *marketplace.Quote) { a.Sealed.Bond = digits(n) },
			func(a *marketplace.Arrangement, _ *marketplace.Quote) {
				a.Raises = []marketplace.Raise{{}, {Reserve: digits(n)}}
			},
			func(_ *marketplace.Arrangement, q *marketplace.Quote) { q.Product, q.Reserve = ask.Product, digits(n) },
		} {
			change(func(r *marketplace.SubmitRequest, _ *marketplace.PlaceAsk) { arrange(&r.Arrangement, &r.Quote) })
		}
		bodies = append(bodies, marketplace.LockRequest{Least: digits(n)}, marketplace.RevealBid{Fee: digits(n)})
	}
	for _, n := range []uint32{0, 1, 16, 17, 1_024, 1_025, 5_000} {
		change(func(r *marketplace.SubmitRequest, a *marketplace.PlaceAsk) { r.Redundancy, a.Slots = n, n })
		change(func(r *marketplace.SubmitRequest, a *marketplace.PlaceAsk) {
			r.Deadline, a.Capacity = vadium.Time(n), n
		})
		change(func(_ *marketplace.SubmitRequest, a *marketplace.PlaceAsk) { a.ETA = vadium.Duration(n) })
		change(func(_ *marketplace.SubmitRequest, a *marketplace.PlaceAsk) { a.StandUntil = vadium.Time(n) })
		change(func(r *marketplace.SubmitRequest, _ *marketplace.PlaceAsk) { r.Arrangement.Hedges = n })
		bodies = append(bodies, marketplace.SendHeartbeat{Progress: vadium.Bps(n)}, marketplace.SendHeartbeat{Progress: vadium.Bps(n * 2)})
		bodies = append(bodies, marketplace.ServeProgram{Benchmark: vadium.Duration(n)})
	}
	for _, n := range []int{0, 31, 33, 64} {
		change(func(r *marketplace.SubmitRequest, _ *marketplace.PlaceAsk) { r.Statement = make([]byte, n) })
	}
	for _, product := range []auction.Product{{Size: 0, Tier: 1}, {Size: 40, Tier: 2, Stake: 2}, {Size: 40, Tier: 3}} {
		change(func(_ *marketplace.SubmitRequest, a *marketplace.PlaceAsk) { a.Product = product })
		bodies = append(bodies, marketplace.WithdrawAsk{Product: product})
	}
	for _, product := range []auction.Product{{Size: 41, Tier: 1}, {Size: 1, Tier: 4}, {Size: 1}, {Size: 1, Tier: 1, Stake: 3}} { // none has a text
		if rpc.CheckBody(marketplace.WithdrawAsk{Product: product}, nil) == nil {
			t.Errorf("a batch takes product %+v, which does not exist", product)
		}
	}
	for _, spoil := range []func(r *marketplace.SubmitRequest){ // nor have these
		func(r *marketplace.SubmitRequest) { r.Tier = 0 }, func(r *marketplace.SubmitRequest) { r.Tier = 4 },
		func(r *marketplace.SubmitRequest) { r.Arrangement.Mechanism = 4 },
		func(r *marketplace.SubmitRequest) {
			r.Quote = marketplace.Quote{Product: auction.Product{Size: 1, Tier: 4}}
		},
		func(r *marketplace.SubmitRequest) { r.QuoteSignature = make([]byte, 64) },
	} {
		r := request
		if spoil(&r); rpc.CheckBody(r, nil) == nil {
			t.Errorf("a batch takes %+v", r)
		}
	}
	if rpc.CheckBody(marketplace.Deliver{}, nil) == nil {
		t.Error("a batch takes a delivery without a proof")
	}
	for _, body := range bodies {
		message := map[string]proto.Message{
			"SubmitRequest": new(v1.SubmitRequestRequest), "PlaceAsk": new(v1.PlaceAskRequest), "WithdrawAsk": new(v1.WithdrawAskRequest),
			"SendHeartbeat": new(v1.SendHeartbeatRequest), "ServeProgram": new(v1.ServeProgramRequest),
			"LockRequest": new(v1.LockRequestRequest), "RevealBid": new(v1.RevealBidRequest),
		}[strings.TrimPrefix(fmt.Sprintf("%T", body), "marketplace.")]
		wire.WriteCommand(message, body)
		auth := &v1.Authorization{Author: vadium.Account{}.Hex(), Salt: vadium.Salt{}.String(), ValidUntilMs: 1, Signature: wire.Hex(make([]byte, 65))}
		message.ProtoReflect().Set(message.ProtoReflect().Descriptor().Fields().ByName("auth"), protoreflect.ValueOfMessage(auth.ProtoReflect()))
		single, batched := validator.Validate(message), rpc.CheckBody(body, nil)
		if (single == nil) != (batched == nil) {
			t.Errorf("%+v: a single call says %v, a batch %v", body, single, batched)
		}
	}
}
