package main

import (
	"context"
	"runtime"

	"connectrpc.com/connect"
	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// submission is a request as a load submits it.
func (m *market) submission() marketplace.SubmitRequest {
	return marketplace.SubmitRequest{
		ClientID: client.NewSalt(), Program: m.program.ID(), Statement: m.program.input[:m.program.StatementBytes()],
		Input: m.program.Sample, MaxFee: maxFee, DamageCap: damageCap, Deadline: now().Add(vadium.Hour),
		Tier: auction.Immediate, Redundancy: 1,
	}
}

// watchedEvery is how often a submission is the watched requester's, the first: a stream of everybody's events would cost
// more than what it is to time.
const watchedEvery = 2

// submissions returns so many requests, each signed with a requester's wallet, in messages of their own.
func (m *market) submissions(n int) ([]*call, error) {
	calls := make([]*call, n)
	return calls, inParallel(n, func(i int) (err error) {
		calls[i], _, err = m.signedSubmission(m.requesters[i%len(m.requesters)])
		return err
	})
}

// watchedSubmissions returns the same, some of them of the watched requester, and which.
func (m *market) watchedSubmissions(n int) (calls []*call, watched map[int]vadium.RequestID, err error) {
	calls, ids := make([]*call, n), make([]vadium.RequestID, n)
	watched = map[int]vadium.RequestID{}
	err = inParallel(n, func(i int) (err error) {
		key := m.requesters[0]
		if i%watchedEvery != 0 {
			key = m.requesters[1+i%(len(m.requesters)-1)]
		}
		calls[i], ids[i], err = m.signedSubmission(key)
		return err
	})
	for i := 0; i < n; i += watchedEvery {
		watched[i] = ids[i]
	}
	return calls, watched, err
}

func (m *market) signedSubmission(key signing.Key) (*call, vadium.RequestID, error) {
	body := m.submission()
	c, err := m.signed(key, body, untampered)
	return c, vadium.NewRequestID(key.Account(), body.ClientID), err
}

// signed returns a request in a message with its author's signature, after somebody may have tampered with that.
func (m *market) signed(key signing.Key, body marketplace.SubmitRequest, tamper func(signature []byte)) (*call, error) {
	salt, until := client.NewSalt(), now().Add(vadium.Hour)
	command, signature, err := signing.Sign(m.domain, key, body, salt, until)
	if err != nil {
		return nil, err
	}
	tamper(signature)
	message := &v1.SubmitRequestRequest{Auth: new(v1.Authorization)}
	wire.WriteCommand(message, body)
	wire.WriteCommand(message.Auth, wire.Authorization{Author: command.Author, Salt: salt, ValidUntil: until, Signature: signature})
	return &call{
		commands: []vadium.CommandID{command.ID},
		send: func(ctx context.Context, at *door) ([]answer, error) {
			response, err := at.market.SubmitRequest(ctx, connect.NewRequest(message))
			if err != nil {
				return one(answer{}, err)
			}
			return accepted(response.Msg.GetAccepted())
		},
	}, nil
}

// accepted reads the answer to a single command.
func accepted(message *v1.Accepted) ([]answer, error) {
	var a answer
	err := wire.Read(message, &a.accepted)
	return one(a, err)
}

// one is what a single command was answered with.
func one(a answer, err error) ([]answer, error) {
	if err != nil {
		if a.refusal, err = refusalOf(err); err != nil {
			return nil, err
		}
	}
	return []answer{a}, nil
}

// inParallel does n things on all cores, so that signing in advance takes no longer than it must.
func inParallel(n int, do func(i int) error) error {
	var group errgroup.Group
	cores := runtime.GOMAXPROCS(0)
	for c := range cores {
		group.Go(func() error {
			for i := c; i < n; i += cores {
				if err := do(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
