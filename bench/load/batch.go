package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// hot are the sessions of a market's requesters and provers: keys that sign many commands at once.
type hot struct {
	requesters, provers []signing.Session
	// working are requests that a prover has accepted, by the prover's place in provers.
	working [][]vadium.RequestID
}

// openSessions opens a session for everybody who takes part.
func (t *trial) openSessions(ctx context.Context) (*hot, error) {
	m := t.market
	h := &hot{
		requesters: make([]signing.Session, len(m.requesters)), provers: make([]signing.Session, len(m.provers)),
		working: make([][]vadium.RequestID, len(m.provers)),
	}
	open := func(key signing.Key, scope marketplace.Scope, limit vadium.Amount) (signing.Session, error) {
		session := signing.NewSession(key.Account())
		accepted, err := m.as(key).OpenSession(ctx, marketplace.OpenSession{
			Session: session.Key(), Scope: scope, Expires: now().Add(vadium.Hour), Limit: limit, Label: "load",
		})
		t.ledger.add([]said{{accepted.Command, answer{accepted: accepted}}})
		return session, err
	}
	for i, key := range m.requesters {
		var err error
		if h.requesters[i], err = open(key, marketplace.ScopeRequest, vadium.Tokens(100_000_000)); err != nil {
			return nil, err
		}
	}
	for i, key := range m.provers {
		var err error
		if h.provers[i], err = open(key, marketplace.ScopeProve, vadium.Amount{}); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// heat opens sessions for everybody and gives every prover something to do.
func (t *trial) heat(ctx context.Context) (*hot, error) {
	h, err := t.openSessions(ctx)
	if err != nil {
		return nil, err
	}
	return h, t.getToWork(ctx, h)
}

// batch returns commands of one session in a message with its signature.
func (m *market) batch(session signing.Session, bodies []marketplace.Body) (*call, error) {
	b := signing.Batch{
		Author: session.Owner, Session: session.Key(), Salt: client.NewSalt(), ValidUntil: now().Add(5 * vadium.Minute),
		Commands: make([][]byte, len(bodies)),
	}
	for i, body := range bodies {
		var err error
		if b.Commands[i], err = signing.Encode(body, nil); err != nil {
			return nil, err
		}
	}
	id, signature := signing.SignBatch(m.domain, session, b)
	message := &v1.ExecuteBatchRequest{
		Author: b.Author.Hex(), Session: b.Session.String(), Salt: b.Salt.String(), ValidUntilMs: int64(b.ValidUntil),
		Signature: wire.Hex(signature), Commands: b.Commands,
	}
	commands := make([]vadium.CommandID, len(bodies))
	for i := range commands {
		commands[i] = signing.BatchCommandID(id, i)
	}
	return &call{commands: commands, send: func(ctx context.Context, at *door) ([]answer, error) {
		response, err := at.sessions.ExecuteBatch(ctx, connect.NewRequest(message))
		if err != nil {
			refusal, err := refusalOf(err)
			return slices.Repeat([]answer{{refusal: refusal}}, len(commands)), err
		}
		return verdicts(commands, response.Msg.GetVerdicts())
	}}, nil
}

func verdicts(commands []vadium.CommandID, messages []*v1.BatchVerdict) ([]answer, error) {
	if len(messages) != len(commands) {
		return nil, fmt.Errorf("a batch of %d commands was answered with %d verdicts", len(commands), len(messages))
	}
	answers := make([]answer, len(messages))
	for i, v := range messages {
		if v.GetKind() != "" {
			answers[i].refusal = vadium.Kind(v.GetKind())
			continue
		}
		answers[i].accepted = wire.Accepted{Command: commands[i], FirstSeq: v.GetFirstSeq(), LastSeq: v.GetLastSeq(), At: vadium.Time(v.GetAtMs())}
	}
	return answers, nil
}

// batchedSubmissions returns n requests in batches of so many, each batch of another requester.
func (m *market) batchedSubmissions(h *hot, n, commands int) ([]*call, error) {
	calls := make([]*call, (n+commands-1)/commands)
	return calls, inParallel(len(calls), func(i int) (err error) {
		bodies := make([]marketplace.Body, commands)
		for c := range bodies {
			bodies[c] = m.submission()
		}
		calls[i], err = m.batch(h.requesters[i%len(h.requesters)], bodies)
		return err
	})
}

// heartbeats returns n signs of work on accepted requests in batches of so many, each batch of another prover.
func (m *market) heartbeats(h *hot, n, commands int) ([]*call, error) {
	calls := make([]*call, (n+commands-1)/commands)
	return calls, inParallel(len(calls), func(i int) (err error) {
		who := i % len(h.provers)
		bodies := make([]marketplace.Body, commands)
		for c := range bodies {
			at := i/len(h.provers)*commands + c
			bodies[c] = marketplace.SendHeartbeat{Request: h.working[who][at%len(h.working[who])], Progress: vadium.Bps(at % 10_000)}
		}
		calls[i], err = m.batch(h.provers[who], bodies)
		return err
	})
}

// perProver is how many accepted requests each prover sends heartbeats of.
const perProver = 32

// getToWork gives every prover some requests, which nobody else may take, and lets it accept them.
func (t *trial) getToWork(ctx context.Context, h *hot) error {
	for i, prover := range h.provers {
		requester := h.requesters[i%len(h.requesters)]
		submissions, accepts := make([]marketplace.Body, perProver), make([]marketplace.Body, perProver)
		for n := range perProver {
			body := t.market.submission()
			body.Allow = []vadium.Account{prover.Owner}
			id := vadium.NewRequestID(requester.Owner, body.ClientID)
			submissions[n], accepts[n] = body, marketplace.AcceptRequest{Request: id}
			h.working[i] = append(h.working[i], id)
		}
		submit, err := t.market.batch(requester, submissions)
		if err != nil {
			return err
		}
		accept, err := t.market.batch(prover, accepts)
		if err != nil {
			return err
		}
		calls := []*call{submit, accept}
		if err := t.all(ctx, calls); err != nil {
			return err
		}
		if n := t.refusals(calls); n > 0 {
			return fmt.Errorf("get prover %d to work: %d commands were refused, the first: %s", i, n, t.refusal(calls))
		}
	}
	return nil
}

// all sends calls one after another, and notes the answers.
func (t *trial) all(ctx context.Context, calls []*call) error {
	d := openDoor(t.market.url, 1, nil)
	defer d.close()
	w := worker{at: d, latency: newHistogram()}
	for _, c := range calls {
		if err := w.send(ctx, c, time.Now()); err != nil {
			return err
		}
	}
	t.ledger.add(w.said)
	return nil
}

// batchRuns are the runs of session-signed batches.
var batchRuns = []struct {
	command           string
	commands, clients int
	guess             int // more commands a second than one machine of today carries out
}{
	{"heartbeat", 64, 64, 250_000},
	{"heartbeat", 1_024, 16, 400_000},
	{"submit", 64, 16, 3_000}, // few, because each takes a prover's slot
}

// batches runs closed loops of session-signed batches: the market, then the empty handler, with the same messages. It
// returns the best rate of commands a second.
func (c config) batches(ctx context.Context, t *trial, h *hot, reference *process) (lines []string, best float64, err error) {
	for _, run := range batchRuns {
		n := int(float64(run.guess) * (c.duration + warmUp).Seconds())
		prepare := t.market.heartbeats
		if run.command == "submit" {
			prepare = t.market.batchedSubmissions
		}
		calls, err := prepare(h, n, run.commands)
		if err != nil {
			return nil, 0, err
		}
		name := fmt.Sprintf("Batch/command=%s/commands=%d/clients=%d", run.command, run.commands, run.clients)
		ours, err := t.closed(ctx, name, run.clients, calls, c.duration)
		if err != nil {
			return nil, 0, err
		}
		theirs, err := measureReference(ctx, reference, run.clients, calls, c.duration)
		if err != nil {
			return nil, 0, err
		}
		if refused := t.refusals(calls); refused > 0 {
			return nil, 0, fmt.Errorf("%s: %d commands were refused, the first: %s", name, refused, t.refusal(calls))
		}
		best = max(best, ours.rate())
		lines = append(lines, line(name, "vadium", ours.perCommand(), ours.latency, ours), line(name, "empty-handler", theirs.perCommand(), theirs.latency, theirs))
		c.tell("batches of %d %ss, %d clients: %.0f commands/s, the empty handler %.0f", run.commands, run.command, run.clients, ours.rate(), theirs.rate())
	}
	return lines, best, nil
}

// refusals counts the commands of calls that were refused: they would be cheaper than what is measured.
func (t *trial) refusals(calls []*call) (n int) {
	for _, c := range calls {
		for _, id := range c.commands {
			if answers := t.ledger.answers[id]; len(answers) > 0 && answers[0].refusal != "" {
				n++
			}
		}
	}
	return n
}

// refusal returns why the first refused command of calls was.
func (t *trial) refusal(calls []*call) vadium.Kind {
	for _, c := range calls {
		for _, id := range c.commands {
			if answers := t.ledger.answers[id]; len(answers) > 0 && answers[0].refusal != "" {
				return answers[0].refusal
			}
		}
	}
	return ""
}

// atMost is the load beside which assignments are timed: half of what is promised, or half of what was measured.
const atMost = 50_000

// assignmentsBeside submits single requests at a fixed rate while batches of heartbeats come in at another, and returns how
// long each request's assignment took to arrive.
func (c config) assignmentsBeside(ctx context.Context, t *trial, h *hot, reference *process, perSecond, best float64) (lines []string, err error) {
	const commands, clients = 64, 16
	beside := min(best/2, atMost)
	background, err := t.market.heartbeats(h, int(beside*(c.duration+time.Second).Seconds()), commands)
	if err != nil {
		return nil, err
	}
	during := func(at *door, foreground func() error) (figures, []said, error) {
		var f figures
		var told []said
		var failed error
		done := make(chan struct{})
		go func() {
			defer close(done)
			f, told, failed = openLoop(ctx, at, clients, background, beside/commands)
		}()
		time.Sleep(warmUp)
		err := foreground()
		<-done
		return f, told, errors.Join(err, failed)
	}
	name := fmt.Sprintf("Assignment/rate=%.0f/beside=%.0f", perSecond, beside)
	ours := openDoor(t.market.url, clients, t.market.server)
	defer ours.close()
	var calls []*call
	loaded, told, err := during(ours, func() error {
		f, assigned, sent, err := t.assignments(ctx, c.clients, perSecond, c.duration)
		if err != nil {
			return err
		}
		calls = sent
		lines = append(lines, line(name, "vadium", p99(assigned), assigned, f))
		c.tell("assignments at %.0f a second beside %.0f commands/s: p99 %v", perSecond, beside, p99(assigned))
		return nil
	})
	t.ledger.add(told)
	if err != nil {
		return nil, err
	}
	if reached := loaded.rate(); reached < beside*0.9 {
		c.tell("the batches beside it came to %.0f of %.0f commands/s only", reached, beside)
	}
	theirs := openDoor(reference.url, clients+c.clients, reference)
	defer theirs.close()
	_, _, err = during(theirs, func() error {
		f, _, err := openLoop(ctx, theirs, c.clients, calls, perSecond)
		lines = append(lines, line(name, "empty-handler", p99(f.latency), f.latency, f))
		return err
	})
	return lines, err
}
