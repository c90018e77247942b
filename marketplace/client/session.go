package client

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// OpenSession lets a session act for this client's account. The client signs with the account's own key. Keep the session
// before opening it ([signing.Session.Seed]): its key cannot be made again.
//
//	session := signing.NewSession(owner.Account())
//	_, err := owner.OpenSession(ctx, marketplace.OpenSession{Session: session.Key(), Scope: marketplace.ScopeProve, Expires: ...})
//	hot := client.New(url, client.Options{Session: &session})
func (c *Client) OpenSession(ctx context.Context, body marketplace.OpenSession) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.sessions.OpenSession, body)
	return accepted, err
}

// RevokeSession ends a session of the account's; a client that signs with a session can end that one only.
func (c *Client) RevokeSession(ctx context.Context, key vadium.SessionKey) (Accepted, error) {
	_, accepted, err := command(ctx, c, c.sessions.RevokeSession, marketplace.RevokeSession{Session: key})
	return accepted, err
}

// Sessions returns an account's live sessions, in order of opening.
func (c *Client) Sessions(ctx context.Context, owner vadium.Account) ([]marketplace.Session, error) {
	a, err := call(ctx, c, c.sessions.ListSessions, &v1.ListSessionsRequest{Account: owner.Hex()})
	if err != nil {
		return nil, err
	}
	sessions := make([]marketplace.Session, len(a.GetSessions()))
	for i, message := range a.GetSessions() {
		if sessions[i], err = read[marketplace.Session](message); err != nil {
			return nil, err
		}
	}
	return sessions, nil
}

// ErrNoSession: batches are signed by a session, and the client has none.
var ErrNoSession = errors.New("batches are signed by a session, and the client has none (set Options.Session)")

// Bounds of a batch.
const (
	MaxBatchCommands = signing.MaxBatchCommands
	MaxBatchBytes    = signing.MaxBatchBytes
)

// Batched is one command of a batch.
type Batched struct {
	Body marketplace.Body
	// Proof is what a Deliver delivers; its digest in the body is not looked at.
	Proof []byte
}

// Verdict is what became of one command of a batch.
type Verdict struct {
	// Accepted says where its events are, when Err is nil.
	Accepted Accepted
	// Err is an [*Error] with the kind of the refusal.
	Err error
}

// Executed is a batch that was answered.
type Executed struct {
	// Verdicts has one for each command, in order.
	Verdicts []Verdict
	// Receipt is the market's word on all of them.
	Receipt Receipted[signing.BatchReceipt]
}

// Execute carries out commands in order, under one signature of the client's session, at most MaxBatchCommands of
// MaxBatchBytes together. Refusals are in the verdicts; an error concerns all commands, and then asking again with the same
// commands is another batch. While the market cannot be reached the same batch is sent again, which never carries a command
// out twice.
func (c *Client) Execute(ctx context.Context, commands []Batched) (Executed, error) {
	encoded, err := encodeAll(commands)
	if err != nil {
		return Executed{}, err
	}
	return c.execute(ctx, encoded)
}

func encodeAll(commands []Batched) ([][]byte, error) {
	encoded := make([][]byte, len(commands))
	for i, command := range commands {
		var err error
		if encoded[i], err = signing.Encode(command.Body, command.Proof); err != nil {
			return nil, fmt.Errorf("command %d: %w", i, err)
		}
	}
	return encoded, nil
}

func (c *Client) execute(ctx context.Context, encoded [][]byte) (Executed, error) {
	session := c.options.Session
	if session == nil {
		return Executed{}, ErrNoSession
	}
	market, err := c.identify(ctx)
	if err != nil {
		return Executed{}, err
	}
	belongs := signing.Sealed{
		Domain: market.domain, Author: session.Owner, Session: session.Key(), Salt: NewSalt(), ValidUntil: c.options.Clock().Add(c.options.Validity),
	}
	if encoded, err = c.sealBatch(ctx, belongs, encoded); err != nil {
		return Executed{}, err
	}
	batch := signing.Batch{Author: belongs.Author, Session: belongs.Session, Salt: belongs.Salt, ValidUntil: belongs.ValidUntil, Commands: encoded}
	id, signature := signing.SignBatch(market.domain, *session, batch)
	a, err := call(ctx, c, c.sessions.ExecuteBatch, &v1.ExecuteBatchRequest{
		Author: batch.Author.Hex(), Session: batch.Session.String(), Salt: batch.Salt.String(), ValidUntilMs: int64(batch.ValidUntil),
		Signature: wire.Hex(signature), Commands: encoded,
	})
	if err != nil {
		return Executed{}, err
	}
	return c.readVerdicts(market, id, len(encoded), a)
}

// readVerdicts returns what the market answered if it signed it.
func (c *Client) readVerdicts(market identity, id vadium.Digest, commands int, a *v1.ExecuteBatchResponse) (Executed, error) {
	if len(a.GetVerdicts()) != commands || a.GetBatch() != id.String() {
		return Executed{}, fmt.Errorf("the market answered with %d verdicts on batch %s, want %d on %v", len(a.GetVerdicts()), a.GetBatch(), commands, id)
	}
	executed := Executed{Verdicts: make([]Verdict, commands)}
	verdicts := make([]signing.Verdict, commands)
	for i, m := range a.GetVerdicts() {
		v := signing.Verdict{FirstSeq: m.GetFirstSeq(), LastSeq: m.GetLastSeq(), At: vadium.Time(m.GetAtMs()), Kind: vadium.Kind(m.GetKind())}
		verdicts[i] = v
		if v.Kind == signing.ErrSealed {
			c.forgetSealingKey() // the next batch asks for the one in force
		}
		if v.Kind != "" {
			executed.Verdicts[i].Err = &Error{Kind: v.Kind, Message: m.GetMessage(), Hint: m.GetHint(), cause: v.Kind, decided: true}
			continue
		}
		executed.Verdicts[i].Accepted = Accepted{Command: signing.BatchCommandID(id, i), FirstSeq: v.FirstSeq, LastSeq: v.LastSeq, At: v.At}
	}
	receipt := &executed.Receipt
	receipt.Receipt = signing.BatchReceipt{Batch: id, Verdicts: signing.Verdicts(verdicts)}
	return executed, receipt.check(market, a.GetReceipt())
}

// Batcher lets many goroutines share batches: commands that come while a batch is under way travel in the next one. It
// needs no waiting time, and costs a lone command nothing.
type Batcher struct {
	client *Client

	mu      sync.Mutex
	queue   []*queued // guarded by mu
	sending bool      // guarded by mu; somebody leads
}

// queued is a command that waits for its batch.
type queued struct {
	encoded []byte
	lead    chan struct{} // closed when its caller is to send the next batch
	done    chan struct{} // closed when verdict is set
	verdict Verdict
}

// NewBatcher returns a batcher for a client with a session. It is safe for concurrent use.
func NewBatcher(c *Client) *Batcher { return &Batcher{client: c} }

// Do carries out one command, in a batch with whatever else there is. It answers like a call of its own. When ctx ends
// early, whether the command was carried out is not known.
func (b *Batcher) Do(ctx context.Context, command Batched) (Accepted, error) {
	encoded, err := signing.Encode(command.Body, command.Proof)
	if err != nil {
		return Accepted{}, err
	}
	q := &queued{encoded: encoded, lead: make(chan struct{}), done: make(chan struct{})}
	b.mu.Lock()
	b.queue = append(b.queue, q)
	if !b.sending {
		b.sending = true
		close(q.lead)
	}
	b.mu.Unlock()
	select {
	case <-q.done:
	case <-q.lead:
		// The batch is others' too, so the end of this caller's context does not interrupt it; Patience does.
		b.send(context.WithoutCancel(ctx))
	case <-ctx.Done():
		if !b.leave(q) {
			return Accepted{}, fmt.Errorf("whether the command was carried out is not known: %w", ctx.Err())
		}
		return Accepted{}, ctx.Err()
	}
	return q.verdict.Accepted, q.verdict.Err
}

// leave takes a command back that is in no batch yet.
func (b *Batcher) leave(q *queued) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, waiting := range b.queue {
		if waiting == q {
			b.queue = append(b.queue[:i:i], b.queue[i+1:]...)
			select {
			case <-q.lead: // it was to lead: somebody else does
				b.handOver()
			default:
			}
			return true
		}
	}
	return false
}

// handOver lets the caller of the first waiting command send the next batch. The caller holds mu.
func (b *Batcher) handOver() {
	if len(b.queue) == 0 {
		b.sending = false
		return
	}
	close(b.queue[0].lead)
}

// send carries out a batch of what waits, the caller's own command first.
func (b *Batcher) send(ctx context.Context) {
	b.mu.Lock()
	bytes, n := 0, 0
	for n < len(b.queue) && n < MaxBatchCommands && (n == 0 || bytes+signing.SealedSize(b.queue[n].encoded) <= MaxBatchBytes) {
		bytes += signing.SealedSize(b.queue[n].encoded)
		n++
	}
	batch := b.queue[:n:n]
	b.queue = append([]*queued(nil), b.queue[n:]...)
	b.mu.Unlock()

	encoded := make([][]byte, len(batch))
	for i, q := range batch {
		encoded[i] = q.encoded
	}
	executed, err := b.client.execute(ctx, encoded)
	for i, q := range batch {
		if q.verdict.Err = err; err == nil {
			q.verdict = executed.Verdicts[i]
		}
		close(q.done)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.handOver()
}
