package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// otherRules is the demo's second act: requests that are not cleared one by one over asks. Some wait for a tick and are cleared
// together, one has a price that climbs until a prover takes it, and one takes sealed bids.
func (d *demo) otherRules(ctx context.Context) error {
	d.c.say("")
	d.c.say("%s five requests cleared together, one whose price climbs, one for sealed bids", bold.Render("other rules:"))
	orders := d.otherOrders()
	bodies := make([]marketplace.SubmitRequest, len(orders))
	for i, o := range orders {
		var err error
		if bodies[i], err = d.prepare(ctx, o); err != nil {
			return fmt.Errorf("prepare %s: %w", o.label, err)
		}
	}
	if err := d.awaitTick(ctx); err != nil {
		return err
	}
	for i, o := range orders {
		if err := d.send(ctx, o, bodies[i]); err != nil {
			return fmt.Errorf("submit %s: %w", o.label, err)
		}
	}
	d.requests = append(d.requests, orders...)
	if err := d.finish(ctx, orders); err != nil {
		return err
	}
	if !d.c.json {
		d.c.say("")
		d.batchTable()
		d.c.say("")
		d.ruleTable(orders)
	}
	return nil
}

// otherOrders is what they ask for.
func (d *demo) otherOrders() (orders []*order) {
	vote := func(label, requester, member, scope string) *order {
		path := func(name ...string) string { return filepath.Join(append([]string{d.dir, "examples"}, name...)...) }
		o := &order{label: label, requester: requester, program: "membership", says: member + " may vote on " + scope, files: files{
			list: path("members.txt"), identity: path("identities", member+".TEST-ONLY.json"), scope: scope,
		}}
		orders = append(orders, o)
		return o
	}
	for i, member := range []string{"ada", "bert", "carla", "dmitri", "esme"} {
		o := vote(fmt.Sprintf("tick-%d", i+1), []string{"alice", "bob", "carol"}[i%3], member, "summer party")
		o.tier, o.fee = auction.Standard, uint64(6-i)
	}
	vote("ramp-1", "alice", "carla", "new statutes").arranged = marketplace.Arrangement{
		Mechanism: auction.Climbing, Ramp: marketplace.RampTerms{Rise: d.patience.window(5 * vadium.Second), Lock: d.patience.window(6 * vadium.Second)},
	}
	vote("bids-1", "bob", "dmitri", "new statutes").arranged = marketplace.Arrangement{
		Mechanism: auction.Revealing, Sealed: marketplace.SealedTerms{
			Bidding: d.patience.window(vadium.Second), Revealing: d.patience.window(2 * vadium.Second), Bond: vadium.Tokens(1),
		},
	}
	return orders
}

// awaitTick waits for the next tick when the one to come is too near for everything to be submitted before it.
func (d *demo) awaitTick(ctx context.Context) error {
	m, err := d.s.operator.Market(ctx)
	if err != nil {
		return err
	}
	tick := time.Duration(m.Params.StandardTick) * time.Millisecond
	left := tick - time.Duration(time.Now().UnixMilli())*time.Millisecond%tick
	if left > tick*3/4 {
		return nil
	}
	select {
	case <-time.After(left + 10*time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// batchTable shows every batch: what each request was worth to whom, and what it is charged.
func (d *demo) batchTable() {
	var rows [][]string
	for _, b := range d.batches {
		for _, served := range b.Served {
			rows = append(rows, []string{time.UnixMilli(int64(b.Tick)).UTC().Format(time.TimeOnly), d.labels[served.Request], coins(served.Value), coins(served.Charge), d.who.of(served.Prover)})
		}
	}
	d.c.table([]string{"tick", "cleared together", "worth at most", "charged", "prover"}, rows)
}

// ruleTable shows who got the requests that asks do not decide.
func (d *demo) ruleTable(orders []*order) {
	var rows [][]string
	for _, o := range orders {
		r := &o.final
		if r.Arranged == nil || r.ProvedBy == 0 {
			continue
		}
		a := &r.Attempts[r.ProvedBy-1]
		how := fmt.Sprintf("climbing to %s, taken at %s", coins(r.Reserve), coins(a.Price))
		if r.Arranged.Mechanism == auction.Revealing {
			how = fmt.Sprintf("the lowest bid is paid the next, %s", coins(a.Price))
		}
		rows = append(rows, []string{o.label, r.Arranged.Mechanism.String(), how, d.who.of(a.Prover)})
	}
	d.c.table([]string{"request", "rule", "price", "prover"}, rows)
}

// counts counts what was proved by other rules.
func (s *summary) counts(o *order) {
	switch o.arranged.Mechanism {
	case auction.Climbing:
		s.Ramps++
	case auction.Revealing:
		s.Sealed++
	default: // asks decided
	}
}
