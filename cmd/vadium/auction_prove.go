package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/auction"
	"vadium/circuits/clearing"
	"vadium/marketplace"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/client"
	"vadium/prover/engine"
	"vadium/prover/keys"
)

func auctionClearingsCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "clearings",
		Short: "List the latest batches that were cleared, and which of them are proven",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			var rows [][]string
			for b, err := range market.Clearings(cmd.Context()) {
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(b); err != nil {
						return err
					}
				}
				proven := "no"
				if b.Proven != 0 {
					proven = fmt.Sprintf("in record %d", b.Proven)
				}
				rows = append(rows, []string{fmt.Sprint(b.Seq), b.Product.String(), clockTime(b.Tick), b.Mechanism.String(), fmt.Sprint(b.Served), coins(b.Paid), proven})
			}
			if !c.json {
				c.table([]string{"clearing", "product", "tick", "rule", "served", "paid", "proven"}, rows)
			}
			return nil
		},
	}
}

func auctionProveCommand(c *console, h *home) *cobra.Command {
	p := clearingProver{c: c, failed: map[uint64]error{}, circuits: map[int]vadium.Digest{}}
	var all, follow bool
	var data, keyDir string
	var memory uint64
	cmd := &cobra.Command{
		Use:   "prove CLEARING | --all | --follow",
		Short: "Prove that batches were cleared by their rule, and publish the proofs",
		Long: `Prove that batches were cleared by their rule, and publish the proofs.

It needs what was cleared: orders, offers and the tie seed of the ask epoch. Once the epoch has ended everybody has them, and
may prove. Before, only the operator has: on the market's machine, --data names the market's folder, and the process that
serves it is asked over its control socket. Of products whose prices are never opened (the parameter unopenedTiers) only the operator
ever has them, and a proof is due for each batch when the ask epoch after it ends. Assignments never wait for a proof.

The program is the smallest of clearing-64, clearing-256 and clearing-1024 that the operator has registered and that has places
for the batch, half of them for requests and half for slots. Its keys are fetched once, and the proof is made in a process that
may compute and nothing else. --all proves what the market lists and is not proven, --follow goes on with each new batch until
interrupted. Batches by the uniform price have no proof: the circuit is that of the market's own rule.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if given := len(args) == 1; len(args) > 1 || given == (all || follow) || all && follow {
				return errors.New("name one clearing, or --all, or --follow (vadium auction clearings lists them)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			if p.market, err = h.SigningClient(c); err != nil {
				return err
			}
			if data != "" {
				p.sealed = marketDir(data).openedClearing
			}
			p.folder = keys.Folder{Dir: firstSet(keyDir, h.path("clearing-keys")), Most: maxClearingKeys, KeysOnly: true}
			keys.Sweep(p.folder.Dir, slog.New(slog.DiscardHandler))
			workers := engine.NewWorkers(engine.Limits{Provers: 1, KeyBytes: maxClearingKeys, MemoryBytes: memory})
			defer func() { err = errors.Join(err, workers.Close()) }()
			p.engine = workers
			m, err := p.market.Market(ctx)
			if err != nil {
				return err
			}
			p.deployment = m.Deployment
			switch {
			case follow:
				return inOrder(ctx, p.follow(ctx), nil)
			case all:
				return p.all(ctx, true)
			}
			seq, err := clearingNumber(args[0])
			if err != nil {
				return err
			}
			return p.prove(ctx, seq)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "prove every clearing that the market lists and that is not proven")
	f.BoolVar(&follow, "follow", false, "prove them all, and each new one, until interrupted")
	f.StringVar(&data, "data", "", "folder of the market, which this machine serves: for clearings of the ask epoch that is open")
	f.StringVar(&keyDir, "key-dir", "", "folder of programs' keys (default HOME/clearing-keys)")
	f.Uint64Var(&memory, "worker-memory", 8<<30, "bytes the proving process may use before it is ended; 0: no limit")
	return cmd
}

// maxClearingKeys bounds the files of one program, and what a worker keeps of them: four times those of clearing-1024.
const maxClearingKeys = 4 << 30

func clearingNumber(text string) (uint64, error) {
	seq, err := strconv.ParseUint(text, 10, 64)
	if err != nil || seq == 0 {
		return 0, withHint(fmt.Errorf("clearing %q is not the position of a record", text), "vadium auction clearings lists them")
	}
	return seq, nil
}

// clearingProver proves clearings and publishes the proofs.
type clearingProver struct {
	c          *console
	market     *client.Client
	deployment vadium.Salt
	folder     keys.Folder
	engine     engine.Engine
	// sealed reads a clearing whose epoch has not ended; nil for whoever does not run the market.
	sealed func(ctx context.Context, seq uint64) (marketplace.Record, [32]byte, error)
	failed map[uint64]error // clearings that will not be tried again
	// circuits are those that this binary compiles, by size.
	circuits map[int]vadium.Digest
}

// provenClearing is a proof that was published.
type provenClearing struct {
	Clearing uint64           `json:"clearing"`
	Product  auction.Product  `json:"product"`
	Tick     vadium.Time      `json:"tick"`
	Served   uint32           `json:"served"`
	Paid     vadium.Amount    `json:"paid"`
	Program  vadium.ProgramID `json:"program"`
	Size     int              `json:"size"`
	Book     vadium.Digest    `json:"book"`
	Proof    int              `json:"proofBytes"`
	Took     vadium.Duration  `json:"tookMs"` // to prove
	Seq      uint64           `json:"seq"`    // of the record with the proof
}

// prove proves one clearing.
func (p *clearingProver) prove(ctx context.Context, seq uint64) error {
	record, seed, err := p.opened(ctx, seq)
	if err != nil {
		return err
	}
	e := record.Event.(*marketplace.BatchCleared)
	book, err := clearingproof.BookOf(p.deployment, seq, e, seed)
	if err != nil {
		return err
	}
	listed, err := p.programs(ctx)
	if err != nil {
		return err
	}
	var sizes []int
	for size := range listed {
		sizes = append(sizes, size)
	}
	if len(sizes) == 0 {
		return withHint(errors.New("the operator has registered no program that proves clearings"), "the operator: vadium program register "+clearing.ProgramName(clearing.Sizes()[0]))
	}
	size, err := clearingproof.SizeOf(book, sizes)
	if err != nil {
		if most := clearing.Sizes(); errors.Is(err, clearingproof.ErrTooLarge) && !slices.Contains(sizes, most[len(most)-1]) {
			return withHint(err, "the operator may register a larger one: vadium program register "+clearing.ProgramName(most[len(most)-1]))
		}
		return err
	}
	work, err := clearingproof.Build(p.deployment, seq, e, seed, size)
	if err != nil {
		return err
	}
	program, err := p.compiled(size, listed[size])
	if err != nil {
		return err
	}
	k, err := p.folder.Fetch(ctx, p.market, program.ID, program.Program)
	if err != nil {
		return err
	}
	began := time.Now()
	proof, err := p.engine.Prove(ctx, engine.Work{Keys: k, Input: work.Input, Request: work.Request})
	if err != nil {
		return fmt.Errorf("prove clearing %d with %s: %w", seq, program.Program.Name, err)
	}
	accepted, err := p.market.PublishClearing(ctx, marketplace.PublishClearing{
		Clearing: seq, Program: program.ID, Size: uint32(size), Book: work.Book, Proof: proof.Bytes,
	})
	if err != nil {
		return err
	}
	done := provenClearing{
		Clearing: seq, Product: e.Product, Tick: e.Tick, Served: work.Served, Paid: work.Paid, Program: program.ID, Size: size, Book: work.Book,
		Proof: len(proof.Bytes), Took: vadium.Duration(time.Since(began).Milliseconds()), Seq: accepted.LastSeq,
	}
	return p.c.show(done, func() {
		p.c.say("clearing %d: %d served for %s tokens, proven with %s in %s, published in record %d", done.Clearing, done.Served, coins(done.Paid),
			program.Program.Name, span(done.Took), done.Seq)
	})
}

// opened returns a clearing with its orders and offers, and the tie seed of its ask epoch.
func (p *clearingProver) opened(ctx context.Context, seq uint64) (marketplace.Record, [32]byte, error) {
	record, proven, err := p.market.Clearing(ctx, seq)
	if err != nil {
		return record, [32]byte{}, err
	}
	if proven != nil {
		return record, [32]byte{}, fmt.Errorf("clearing %d, in record %d: %w", seq, proven.Seq, marketplace.ErrClearingProven)
	}
	e := record.Event.(*marketplace.BatchCleared)
	switch {
	case !e.Sealed && !e.Unopened:
		seed, err := seedAfter(ctx, p.market, seq)
		return record, seed, err
	case p.sealed == nil && e.Unopened:
		return record, [32]byte{}, withHint(fmt.Errorf("clearing %d: %w", seq, clearingproof.ErrUnopened), "only the operator can prove it, on the market's machine: --data DIR says which folder is the market's")
	case p.sealed == nil:
		hint := "wait until it has; or, on the market's machine, say which folder is the market's: --data DIR"
		return record, [32]byte{}, withHint(fmt.Errorf("clearing %d: %w", seq, clearingproof.ErrSealed), hint)
	}
	record, seed, err := p.sealed(ctx, seq)
	if err != nil {
		return record, seed, err
	}
	if opened, is := record.Event.(*marketplace.BatchCleared); !is || record.Seq != seq || opened.Root != e.Root {
		return record, seed, withHint(fmt.Errorf("the folder's market has another record %d than the one at the address", seq), "--data and --market have to name one market")
	}
	return record, seed, nil
}

// seedAfter returns the tie seed of the ask epoch that was open at a record, which the record that closed it publishes.
func seedAfter(ctx context.Context, market logged, seq uint64) ([32]byte, error) {
	closed, err := closeAfter(ctx, market, seq)
	if err != nil {
		return [32]byte{}, err
	}
	return closed.Seed, nil
}

// closeAfter returns how the ask epoch of a record ended.
func closeAfter(ctx context.Context, market logged, seq uint64) (*marketplace.AskEpochClosed, error) {
	for from := seq; ; {
		records, next, err := market.Events(ctx, from, eventsPage, client.EventFilter{})
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if e, closes := r.Event.(*marketplace.AskEpochClosed); closes {
				return e, nil
			}
		}
		if next == from {
			return nil, fmt.Errorf("the market shows record %d whole, but no record in which its ask epoch ends", seq)
		}
		from = next
	}
}

// commitmentTo returns what the market committed to before an ask epoch as the epoch's seed: in the record that opened the
// epoch before it, or, for the first two, the market. From the end of an epoch the records point there.
func commitmentTo(ctx context.Context, market logged, closed *marketplace.AskEpochClosed) (commitment [32]byte, err error) {
	if closed.Epoch > 2 {
		before, err := shownAt[*marketplace.AskEpochClosed](ctx, market, closed.From-1)
		if err != nil {
			return commitment, err
		}
		if before.Epoch != closed.Epoch-1 {
			return commitment, fmt.Errorf("before ask epoch %d the market shows the end of epoch %d", closed.Epoch, before.Epoch)
		}
		opened, err := shownAt[*marketplace.AskEpochOpened](ctx, market, before.From)
		if err != nil {
			return commitment, err
		}
		if opened.Epoch != before.Epoch {
			return commitment, fmt.Errorf("record %d opens ask epoch %d, the market says that it opened %d", before.From, opened.Epoch, before.Epoch)
		}
		return opened.NextCommitment, nil
	}
	opened, err := shownAt[*marketplace.MarketOpened](ctx, market, 1)
	if err != nil {
		return commitment, err
	}
	if closed.Epoch == 2 {
		return opened.Commitment2, nil
	}
	return opened.Commitment, nil
}

// shownAt returns the event that the market shows at a position, which has to be of a type.
func shownAt[E marketplace.Event](ctx context.Context, market logged, seq uint64) (event E, err error) {
	records, _, err := market.Events(ctx, max(seq, 1), 1, client.EventFilter{})
	if err != nil {
		return event, err
	}
	if len(records) == 0 || records[0].Seq != seq {
		return event, fmt.Errorf("the market shows no record %d", seq)
	}
	event, is := records[0].Event.(E)
	if !is {
		return event, fmt.Errorf("the market shows a %s as record %d", marketplace.KindOf(records[0].Event), seq)
	}
	return event, nil
}

// eventsPage is how many records are asked for at once.
const eventsPage = 500

// programs returns the programs that prove clearings under the operator's keys, by size; of several of a size the last one
// registered.
func (p *clearingProver) programs(ctx context.Context) (map[int][]client.Listing, error) {
	found := map[int][]client.Listing{}
	for l, err := range p.market.Programs(ctx) {
		if err != nil {
			return nil, err
		}
		for _, size := range clearing.Sizes() {
			if l.Class == vadium.KeysOperator && clearingproof.CheckProgram(l.Program, size) == nil {
				found[size] = append(found[size], l)
			}
		}
	}
	return found, nil
}

// compiled returns the one of the programs of a size whose circuit is this binary's: a market may list those of earlier ones, too.
func (p *clearingProver) compiled(size int, listed []client.Listing) (client.Listing, error) {
	circuit, known := p.circuits[size]
	if !known {
		var err error
		if circuit, err = compiledCircuit(clearing.ProgramName(size)); err != nil {
			return client.Listing{}, err
		}
		p.circuits[size] = circuit
	}
	i := slices.IndexFunc(listed, func(l client.Listing) bool { return l.Program.ConstraintSystem == circuit })
	if i < 0 {
		return client.Listing{}, withHint(fmt.Errorf("%s, as the operator has registered it, is another circuit than this version of vadium proves", clearing.ProgramName(size)),
			"the operator, with this version: vadium program register "+clearing.ProgramName(size))
	}
	return listed[i], nil
}

// all proves every clearing that is listed and not proven, the oldest first. What cannot be proven is told; alone says that nothing
// follows, so that the reasons become the command's error.
func (p *clearingProver) all(ctx context.Context, alone bool) error {
	var open []uint64
	for b, err := range p.market.Clearings(ctx) {
		if err != nil {
			return err
		}
		if b.Proven == 0 && b.Mechanism == auction.Vickrey && p.failed[b.Seq] == nil {
			open = append(open, b.Seq)
		}
	}
	slices.Reverse(open)
	var left error
	for _, seq := range open {
		err := p.prove(ctx, seq)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil, errors.Is(err, marketplace.ErrClearingProven): // somebody else was first
			continue
		case errors.Is(err, clearingproof.ErrSealed) && !alone:
			continue // again, when the epoch has ended
		case lasting(err):
			p.failed[seq] = err
		}
		p.c.tell("clearing %d is not proven: %v", seq, err)
		left = errors.Join(left, err)
	}
	if alone {
		return left
	}
	return nil
}

// lasting reports whether what kept a clearing from being proven will keep it for ever.
func lasting(err error) bool {
	for _, of := range []error{clearing.ErrBook, clearingproof.ErrTooLarge, clearingproof.ErrOtherRule, clearingproof.ErrAgainstRule, clearingproof.ErrUnopened, clearingproof.ErrUncommitted} {
		if errors.Is(err, of) {
			return true
		}
	}
	return false
}

// follow proves what there is, and looks again at each new clearing and each end of an epoch. What a proof takes meanwhile is
// in the list by then.
func (p *clearingProver) follow(ctx context.Context) error {
	m, err := p.market.Market(ctx)
	if err != nil {
		return err
	}
	if err := p.all(ctx, false); err != nil {
		return err
	}
	for r, err := range p.market.Watch(ctx, m.Seq+1, client.EventFilter{}) {
		if err != nil {
			return err
		}
		switch r.Event.(type) {
		case *marketplace.BatchCleared, *marketplace.AskEpochClosed:
			if err := p.all(ctx, false); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
