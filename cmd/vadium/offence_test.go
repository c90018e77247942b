package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/client"
	"vadium/marketplace/journal"
	"vadium/marketplace/marketplacetest"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
)

// equivocate signs two asks for one product under one blinding, which is an offence, and writes the evidence of it.
func equivocate(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, 2, "equivocate NAME FILE")
	s := marketOf(ts)
	key, err := s.key(args[0])
	ts.Check(err)
	m, err := s.operator.Market(s.running)
	ts.Check(err)
	ask := marketplace.PlaceAsk{
		Product: auction.Product{Size: 20, Tier: auction.Immediate}, Slots: 1, Capacity: 1, ETA: vadium.Second, StandUntil: m.EpochEnds.Add(vadium.Hour), Salt: client.NewSalt(),
	}
	signed := func(tokens uint64) signing.SignedAsk {
		ask.Price = vadium.Tokens(tokens)
		salt, until := client.NewSalt(), m.At.Add(vadium.Minute)
		_, signature, err := signing.Sign(m.Domain(), signing.NewKey(key), ask, salt, until)
		ts.Check(err)
		one, err := signing.AskSigned(ask, salt, until, signature)
		ts.Check(err)
		return one
	}
	evidence, err := signing.Equivocation{First: signed(1), Second: signed(2)}.Encode()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte("0x"+hex.EncodeToString(evidence)+"\n"), 0o600))
}

// jailMarket serves a market that is eight days old. On its first day the prover NAME accepted a request, never delivered,
// and was jailed, because the slash left less of its stake than the least there is.
func jailMarket(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, 1, "jail-market NAME")
	s, err := newStage(context.Background(), silent(), ts.MkAbs("."), sharedKeys)
	ts.Check(err)
	ts.Defer(s.stop)
	operator, err := s.key("operator")
	ts.Check(err)
	jailed, err := s.key(args[0])
	ts.Check(err)
	account := crypto.PubkeyToAddress(jailed.PublicKey)
	ts.Check(writePast(s.running, s.market(), crypto.PubkeyToAddress(operator.PublicKey), account))
	ts.Check(s.startMarket(s.running, "127.0.0.1:0", marketplace.DefaultParams()))
	enter(ts, s)
	ts.Setenv(args[0], account.String())
}

// past is a market that lives through days in a moment, on a clock of its own that ends at the time of day.
type past struct {
	ctx      context.Context //nolint:containedctx // of the one function that it lives in
	market   *sequencer.Market
	clock    atomic.Int64
	operator vadium.Account
}

// writePast writes the journal of the market of jailMarket.
func writePast(ctx context.Context, dir marketDir, operator, prover vadium.Account) (err error) {
	for _, folder := range []string{string(dir), dir.spool()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	blobs, err := blob.OpenDir(dir.blobs())
	if err != nil {
		return err
	}
	j, err := journal.OpenBadger(dir.journal(), journal.Options{Blobs: blobs})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	p := &past{ctx: ctx, operator: operator}
	p.clock.Store(time.Now().Add(-8 * 24 * time.Hour).UnixMilli())
	p.market, err = sequencer.Open(ctx, sequencer.MarketCore(), sequencer.Config{Journal: j, Blobs: blobs, Clock: func() vadium.Time { return vadium.Time(p.clock.Load()) }})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	var group errgroup.Group
	group.Go(func() error { return p.market.Run(running) })
	err = p.live(prover)
	stop()
	if err := errors.Join(err, group.Wait()); err != nil {
		return err
	}
	key, err := crypto.GenerateKey()
	if err != nil {
		return err
	}
	return dir.writeReceiptKey(key)
}

// live is what happens in it.
func (p *past) live(prover vadium.Account) error {
	params := marketplace.DefaultParams()
	params.OutageAfter = 10 * vadium.Minute // the clock makes steps
	open := marketplace.OpenMarket{Operator: p.operator, ChainID: 31337, Params: params, Deployment: client.NewSalt(), Seeds: [2][32]byte{client.NewSalt(), client.NewSalt()}}
	if _, err := p.market.Do(p.ctx, marketplace.Command{Body: open}); err != nil {
		return err
	}
	requester, program := vadium.Account{0xaa}, marketplacetest.Program("membership")
	if err := errors.Join(
		p.credit(p.operator, 1), p.credit(requester, 100), p.credit(prover, 12),
		p.do(p.operator, marketplace.RegisterProgram{Program: program, SampleVerified: true, Class: vadium.KeysOperator}),
		p.do(prover, marketplace.OpenVault{Junior: params.MinJunior, Commission: 8_000}),
		p.do(prover, marketplace.ServeProgram{Program: program.ID(), Benchmark: vadium.Second}),
	); err != nil {
		return err
	}
	var product auction.Product
	var ends, now vadium.Time
	p.market.View(func(s *marketplace.State) {
		product, _ = s.Listing(program.ID()).Product(auction.Immediate, vadium.Amount{}, vadium.Tokens(1))
		ends, now = s.Market().EpochEnds, s.Now()
	})
	ask := marketplace.PlaceAsk{Product: product, Price: vadium.Tokens(1), Slots: 1, Capacity: 1, ETA: vadium.Second, StandUntil: ends.Add(vadium.Day), Salt: client.NewSalt()}
	if err := errors.Join(p.do(prover, ask), p.pass(ends.Sub(now)+vadium.Second)); err != nil {
		return err
	}
	wanted := marketplace.SubmitRequest{
		ClientID: client.NewSalt(), Program: program.ID(), Statement: make([]byte, 32), Input: vadium.DigestOf([]byte("input")), InputHeld: true,
		MaxFee: vadium.Tokens(1), Deadline: vadium.Time(p.clock.Load()).Add(vadium.Minute), Tier: auction.Immediate, Redundancy: 1,
	}
	if err := p.do(requester, wanted); err != nil {
		return err
	}
	if err := p.do(prover, marketplace.AcceptRequest{Request: vadium.NewRequestID(requester, wanted.ClientID)}); err != nil {
		return err
	}
	// An hour later it has been slashed. It posts what is missing, so that it is not excluded for that meanwhile.
	if err := errors.Join(p.pass(vadium.Hour), p.do(prover, marketplace.DepositJunior{Amount: vadium.Tokens(1)})); err != nil {
		return err
	}
	return p.pass(vadium.Duration(time.Now().UnixMilli() - p.clock.Load()))
}

func (p *past) do(by vadium.Account, body marketplace.Body) error {
	command := marketplace.Command{Author: by, ID: vadium.CommandID(client.NewSalt()), ValidUntil: vadium.Time(p.clock.Load()).Add(vadium.Minute), Body: body}
	if _, err := p.market.Do(p.ctx, command); err != nil {
		return fmt.Errorf("%T: %w", body, err)
	}
	return nil
}

func (p *past) credit(account vadium.Account, tokens uint64) error {
	return p.do(p.operator, marketplace.CreditDeposit{Account: account, Amount: vadium.Tokens(tokens), Reference: client.NewSalt()})
}

// pass lets time pass, never so much at once that it is an outage.
func (p *past) pass(d vadium.Duration) error {
	for d > 0 {
		step := min(d, 10*vadium.Minute)
		d -= step
		p.clock.Add(int64(step))
		if err := p.credit(p.operator, 1); err != nil {
			return err
		}
	}
	return nil
}
