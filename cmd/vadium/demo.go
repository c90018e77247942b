package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/examples/sealedbid"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/vaults/slashing"
)

// summary is the last line of `vadium demo --json`. Retried counts requests that were submitted again because nobody could
// serve them in time. Batched is how many were cleared together at one tick, at most; Ramps and Sealed count those proved whose
// price climbed, and that took sealed bids. Late, Invalid, Slashed and Compensated count faults for lateness,
// invalid deliveries, slashes, and requests whose requester was compensated.
type summary struct {
	Requests          int           `json:"requests"`
	Retried           int           `json:"retried"`
	Proved            int           `json:"proved"`
	Batched           int           `json:"batched"`
	Ramps             int           `json:"ramps"`
	Sealed            int           `json:"sealed"`
	Late              int           `json:"late"`
	Invalid           int           `json:"invalid"`
	Slashed           int           `json:"slashed"`
	Compensated       int           `json:"compensated"`
	SlashedTokens     string        `json:"slashedTokens"`
	CompensatedTokens string        `json:"compensatedTokens"`
	PaidTokens        string        `json:"paidTokens"`
	Conserved         bool          `json:"conserved"`
	Digest            vadium.Digest `json:"digest"`
}

func demoCommand(c *console) *cobra.Command {
	var keep string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a whole market once, with real files and real proofs, and balance its books",
		Long: `Run a whole market once, with real files and real proofs, and balance its books.

A market and four provers, each a process of its own, and three requesters. One prover is slow and delivers after the
deadline, one sends proofs that do not verify; both lose stake, the requesters are compensated first, and whoever has three
strikes is jailed. A fourth user registers a program of its own. Then requests are cleared by other rules: some together at a
tick, one whose price climbs until a prover takes it, and one by sealed bids. At the end everything is re-verified from the
journal. Exits non-zero if anything does not hold.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir := keep
			if dir == "" {
				temp, err := os.MkdirTemp("", "vadium-demo-")
				if err != nil {
					return err
				}
				dir = temp
				defer os.RemoveAll(temp)
			} else if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
				return withHint(fmt.Errorf("%s is not empty", dir), "the demo starts from nothing: name a new folder")
			}
			return newDemo(c, dir).run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "keep everything in this new folder: journal, proofs, logs")
	return cmd
}

// demo is one performance.
type demo struct {
	c   *console
	dir string
	s   *stage

	programs map[string]string // by name: what to ask for
	who      names
	labels   map[vadium.RequestID]string
	requests []*order
	next     uint64 // position of the first event that nobody has seen yet
	batches  []*marketplace.BatchCleared
	sum      summary
	slashed  vadium.Amount
	cast     []part
	accounts map[string]vadium.Account
	clients  map[string]*client.Client
	patience patience
}

// order is one request of the demo.
type order struct {
	label, requester, says string
	program                string
	files                  files
	fee                    uint64 // at most, in tokens; 0: five
	tier                   auction.Tier
	arranged               marketplace.Arrangement
	submitted              client.Submitted
	tries                  int
	final                  marketplace.Request
	verified               bool
}

func newDemo(c *console, dir string) *demo {
	return &demo{
		c: c, dir: dir, programs: map[string]string{}, who: names{}, labels: map[vadium.RequestID]string{}, accounts: map[string]vadium.Account{},
		cast: []part{
			{name: "north", cost: "1", stake: 200, capacity: 4},
			{name: "south", cost: "1.15", stake: 200, capacity: 4},
			{name: "west", cost: "0.8", stake: 200, behaviour: "slow", asksOnly: true},
			{name: "east", cost: "0.7", stake: 200, behaviour: "corrupt", asksOnly: true},
		},
	}
}

func (d *demo) run(ctx context.Context) (err error) {
	began := time.Now()
	if d.s, err = newStage(ctx, d.c, d.dir, filepath.Join(d.dir, "keys")); err != nil {
		return err
	}
	defer d.s.stop()
	d.patience = newPatience(hindrance(time.Now))
	if err := d.open(ctx); err != nil {
		return err
	}
	d.c.say("")
	if err := d.trade(ctx); err != nil {
		return err
	}
	if err := d.otherRules(ctx); err != nil {
		return err
	}
	if err := d.tables(ctx); err != nil {
		return err
	}
	d.s.stop()
	if err := d.check(ctx); err != nil {
		return err
	}
	d.c.say("%s", faint.Render(fmt.Sprintf("took %s", time.Since(began).Round(100*time.Millisecond))))
	if d.c.json {
		return d.c.object(struct {
			Summary summary `json:"summary"`
		}{d.sum})
	}
	return nil
}

// open starts market and provers and lists the programs.
func (d *demo) open(ctx context.Context) error {
	if err := d.s.startMarket(ctx, "127.0.0.1:0", d.patience.params(marketplace.DemoParams())); err != nil {
		return err
	}
	d.c.say("%s a market, four provers, three requesters: seven parties, five processes, real proofs", bold.Render("vadium demo:"))
	files := filepath.Join(d.dir, "examples")
	if err := writeExamples(files); err != nil {
		return err
	}
	var ids []vadium.ProgramID
	for _, name := range []string{"membership", "solvency-64"} {
		id, err := ensureListed(ctx, d.s, name)
		if err != nil {
			return err
		}
		ids, d.programs[name] = append(ids, id), name
	}
	id, err := d.registerSealedBid(ctx)
	if err != nil {
		return err
	}
	ids, d.programs["sealedbid"] = append(ids, id), id.String()
	for _, p := range d.cast {
		account, err := d.s.startProver(ctx, p)
		if err != nil {
			return err
		}
		d.accounts[p.name], d.who[account] = account, p.name
	}
	if err := d.s.servedBy(ctx, ids, len(d.cast)); err != nil {
		return err
	}
	return d.plan(ctx)
}

// ensureListed lists a catalogue program if the market does not list it yet.
func ensureListed(ctx context.Context, s *stage, name string) (vadium.ProgramID, error) {
	for l, err := range s.operator.Programs(ctx) {
		if err != nil {
			return vadium.ProgramID{}, err
		}
		if l.Program.Name == name && l.Class == vadium.KeysOperator {
			return l.ID, nil
		}
	}
	l, err := registerCatalogue(ctx, s.c, s.operator, s.keyDir, name)
	return l.ID, err
}

// registerSealedBid is a user who brings a program of their own: PLONK over BLS12-381, keys over Ethereum's ceremony.
func (d *demo) registerSealedBid(ctx context.Context) (vadium.ProgramID, error) {
	dir := filepath.Join(d.dir, "sealedbid")
	if err := sealedbid.Write(dir); err != nil {
		return vadium.ProgramID{}, err
	}
	key, err := d.s.key("dora")
	if err != nil {
		return vadium.ProgramID{}, err
	}
	// Whoever uploads has money in the market: strangers cannot fill its disk.
	if err := fund(ctx, d.s.operator, crypto.PubkeyToAddress(key.PublicKey), 10); err != nil {
		return vadium.ProgramID{}, err
	}
	path := func(ending string) string { return filepath.Join(dir, "sealedbid."+ending) }
	l, err := registerOwn(ctx, d.c, d.s.client(key), circuits.Source{
		Name: "sealedbid", System: vadium.PLONK, Curve: vadium.BLS12381,
		ConstraintSystem: path("ccs"), ProvingKey: path("pk"), VerifyingKey: path("vk"), Sample: path("witness"),
	})
	if err != nil {
		return vadium.ProgramID{}, err
	}
	d.c.say("dora registered her own program %s (%v over %v, %d gates; keys by: %v)", bold.Render("sealedbid"), l.Program.System, l.Program.Curve, l.Program.Constraints, l.Class)
	return l.ID, nil
}

// plan decides what to ask for and how long to give it, by what the provers have told the market that a proof takes here.
func (d *demo) plan(ctx context.Context) error {
	d.requests = d.orders()
	var all vadium.Duration
	for _, o := range d.requests {
		l, err := findProgram(ctx, d.s.operator, d.programs[o.program])
		if err != nil {
			return err
		}
		slowest := vadium.Duration(0)
		for _, server := range l.Servers {
			slowest = max(slowest, server.Benchmark)
		}
		all += slowest
	}
	d.patience.measured(time.Duration(all) * time.Millisecond)
	return nil
}

// orders is what the requesters want proven, about the example files.
func (d *demo) orders() []*order {
	at := func(path ...string) string { return filepath.Join(append([]string{d.dir, "examples"}, path...)...) }
	vote := func(label, member, scope string) *order {
		return &order{label: label, requester: "alice", program: "membership", says: member + " may vote on " + scope, files: files{
			list: at("members.txt"), identity: at("identities", member+".TEST-ONLY.json"), scope: scope,
		}}
	}
	solvent := func(label, file, reserves string) *order {
		return &order{label: label, requester: "bob", program: "solvency-64", says: file + " is covered by " + reserves, files: files{
			balances: at(file), reserves: reserves, decimals: 2,
		}}
	}
	bid := func(label string, n int) *order {
		return &order{label: label, requester: "carol", program: "sealedbid", says: fmt.Sprintf("bid %d is within the tender's limits", n), files: files{
			witness: filepath.Join(d.dir, "sealedbid", fmt.Sprintf("sealedbid.bid-%d.json", n)),
		}}
	}
	return []*order{
		vote("vote-1", "ada", "budget 2027"), solvent("books-1", "exchange-balances.csv", "20000000"), bid("bid-1", 1),
		vote("vote-2", "bert", "budget 2027"), vote("vote-3", "carla", "budget 2027"), bid("bid-2", 2),
		solvent("books-2", "small-shop.csv", "500"), vote("vote-4", "dmitri", "budget 2027"), bid("bid-3", 3),
		vote("vote-5", "esme", "budget 2027"), solvent("books-3", "small-shop.csv", "332.40"), vote("vote-6", "ada", "new statutes"),
		bid("bid-4", 4), vote("vote-7", "bert", "new statutes"),
	}
}

// trade submits everything, follows the market until every request has ended, and checks every proof.
func (d *demo) trade(ctx context.Context) error {
	d.clients = map[string]*client.Client{}
	for _, name := range []string{"alice", "bob", "carol"} {
		key, err := d.s.key(name)
		if err != nil {
			return err
		}
		d.clients[name] = d.s.client(key)
		d.accounts[name] = d.clients[name].Account()
		d.who[d.clients[name].Account()] = name
		if err := fund(ctx, d.s.operator, d.clients[name].Account(), 500); err != nil {
			return err
		}
	}
	m, err := d.s.operator.Market(ctx)
	if err != nil {
		return err
	}
	d.next = m.Seq + 1
	for _, o := range d.requests {
		if err := d.submit(ctx, o); err != nil {
			return fmt.Errorf("submit %s: %w", o.label, err)
		}
	}
	return d.finish(ctx, d.requests)
}

// finish follows the market until every one of the orders has ended, and checks every proof.
func (d *demo) finish(ctx context.Context, orders []*order) error {
	trading, cancel := context.WithTimeout(ctx, d.patience.trading())
	defer cancel()
	if err := d.follow(trading, len(orders)); err != nil {
		return err
	}
	group, fetching := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for _, o := range orders {
		group.Go(func() error { return d.fetch(fetching, d.clients[o.requester], o) })
	}
	return group.Wait()
}

// submit asks for a proof. Whoever asks again because nobody could serve it gives more time and offers more.
func (d *demo) submit(ctx context.Context, o *order) error {
	body, err := d.prepare(ctx, o)
	if err != nil {
		return err
	}
	return d.send(ctx, o, body)
}

// prepare uploads the input of what is asked for.
func (d *demo) prepare(ctx context.Context, o *order) (body marketplace.SubmitRequest, err error) {
	market := d.clients[o.requester]
	l, err := findProgram(ctx, market, d.programs[o.program])
	if err != nil {
		return body, err
	}
	material, err := o.files.build(l.Program)
	if err != nil {
		return body, err
	}
	if _, err := market.PutBytes(ctx, client.Input, material.input); err != nil {
		return body, err
	}
	fee := cmp.Or(o.fee, 5)
	return marketplace.SubmitRequest{
		ClientID: client.NewSalt(), Program: l.ID, Statement: material.statement, Input: vadium.DigestOf(material.input),
		MaxFee: vadium.Tokens(fee << o.tries), DamageCap: vadium.Tokens(min(fee, 2)),
		Tier: cmp.Or(o.tier, auction.Immediate), Redundancy: 1, Arrangement: o.arranged,
	}, nil
}

// send submits what is prepared, due as long from now as the machine needs.
func (d *demo) send(ctx context.Context, o *order, body marketplace.SubmitRequest) (err error) {
	body.Deadline = vadium.Time(time.Now().Add(d.patience.deadline(o.tries)).UnixMilli())
	if o.submitted, err = d.clients[o.requester].SubmitRequest(ctx, body); err != nil {
		return err
	}
	d.labels[o.submitted.Request.ID] = o.label
	return nil
}

// again submits a request anew that nobody could serve, as whoever needs the proof would, and reports whether it did. That
// is nobody's fault: no prover had accepted it. A request that failed in any other way is not asked for again.
func (d *demo) again(ctx context.Context, e *marketplace.RequestClosed) (bool, error) {
	at := slices.IndexFunc(d.requests, func(o *order) bool { return o.submitted.Request.ID == e.Request })
	if at < 0 || e.Phase != marketplace.PhaseUnserved || d.requests[at].tries >= mostRetries {
		return false, nil
	}
	o := d.requests[at]
	o.tries++
	d.sum.Retried++
	if err := d.submit(ctx, o); err != nil {
		return false, fmt.Errorf("submit %s again: %w", o.label, err)
	}
	return true, nil
}

// follow prints the timeline until as many requests have ended.
func (d *demo) follow(ctx context.Context, requests int) error {
	t := &timeline{c: d.c, who: d.who, label: func(id vadium.RequestID) string { return d.labels[id] }}
	open := requests
	for r, err := range d.s.operator.Watch(ctx, d.next, client.EventFilter{}) {
		if err != nil {
			return errors.Join(fmt.Errorf("%d of %d requests had not ended", open, requests), err)
		}
		d.next = r.Seq + 1
		d.count(r)
		if d.c.json {
			if err := d.c.object(exportRecord(r)); err != nil {
				return err
			}
		} else {
			t.print(r)
		}
		if e, closed := r.Event.(*marketplace.RequestClosed); closed && d.labels[e.Request] != "" {
			retried, err := d.again(ctx, e)
			if err != nil {
				return err
			}
			if !retried {
				open--
			}
			if open == 0 {
				return nil
			}
		}
		select {
		case err := <-d.s.failed:
			return err
		default:
		}
	}
	return ctx.Err()
}

func (d *demo) count(r marketplace.Record) {
	switch e := r.Event.(type) {
	case *marketplace.FaultRecorded:
		if e.Offence == slashing.Late {
			d.sum.Late++
		}
	case *marketplace.DeliveryRejected:
		if e.Verdict == marketplace.VerdictInvalid {
			d.sum.Invalid++
		}
	case *marketplace.BatchCleared:
		d.batches = append(d.batches, e)
		d.sum.Batched = max(d.sum.Batched, len(e.Served))
	case *marketplace.Slashed:
		d.sum.Slashed++
		d.slashed = d.slashed.MustAdd(e.Damages.Total()).MustAdd(e.Punitive.Total())
	}
}

// fetch gets a request's proof as its requester and checks it without the market.
func (d *demo) fetch(ctx context.Context, market *client.Client, o *order) error {
	id := o.submitted.Request.ID
	out := filepath.Join(d.dir, "proofs", o.label+".json")
	if err := os.MkdirAll(filepath.Dir(out), 0o700); err != nil {
		return err
	}
	quiet := newConsole(nil, discard{}, discard{})
	if err := quiet.fetchProof(ctx, nil, market, id, out, o.says); err != nil {
		return fmt.Errorf("%s: %w", o.label, err)
	}
	o.verified = true
	var err error
	o.final, err = market.Request(ctx, id)
	return err
}

// discard is a writer nobody reads.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// tables says who earned, who was slashed, and what each requester paid and got.
func (d *demo) tables(ctx context.Context) error {
	var provers [][]string
	for _, p := range d.cast {
		account, err := d.s.operator.Prover(ctx, d.accounts[p.name])
		if err != nil {
			return err
		}
		provers = append(provers, []string{p.name, firstSet(p.behaviour, "honest"), fmt.Sprint(account.Proved), fmt.Sprint(account.Late),
			fmt.Sprint(account.Faults), coins(account.Earned), coins(account.Lost)})
	}
	var requesters [][]string
	var paid, compensated vadium.Amount
	for _, name := range []string{"alice", "bob", "carol"} {
		n, proofs := 0, 0
		var ownPaid, ownCompensated vadium.Amount
		for _, o := range d.requests {
			if o.requester != name {
				continue
			}
			n++
			if o.verified {
				proofs++
				d.sum.counts(o)
			}
			ownPaid, ownCompensated = ownPaid.MustAdd(o.final.Paid), ownCompensated.MustAdd(o.final.Compensated)
			if !o.final.Compensated.IsZero() {
				d.sum.Compensated++
			}
		}
		requesters = append(requesters, []string{name, fmt.Sprint(n), fmt.Sprint(proofs), coins(ownPaid), coins(ownCompensated)})
		paid, compensated = paid.MustAdd(ownPaid), compensated.MustAdd(ownCompensated)
		d.sum.Requests, d.sum.Proved = d.sum.Requests+n, d.sum.Proved+proofs
	}
	d.sum.PaidTokens, d.sum.CompensatedTokens, d.sum.SlashedTokens = paid.Tokens(), compensated.Tokens(), d.slashed.Tokens()
	if d.c.json {
		return nil
	}
	d.c.say("")
	d.c.table([]string{"prover", "behaviour", "proved", "late", "faults", "earned", "slashed"}, provers)
	d.c.say("")
	d.c.table([]string{"requester", "requests", "proofs checked", "paid", "compensated"}, requesters)
	d.c.say("")
	return nil
}

// check re-verifies the stopped market's journal and what the demo promised to show.
func (d *demo) check(ctx context.Context) error {
	a, err := fsck(ctx, d.c, d.s.market())
	if err != nil {
		return err
	}
	d.sum.Conserved, d.sum.Digest = a.Conserved && a.Invariants, a.Digest
	if !d.c.json {
		d.c.printAudit(a)
	}
	var broken []string
	expect := func(held bool, promise string) {
		if !held {
			broken = append(broken, promise)
		}
	}
	expect(d.sum.Conserved, "the books balance")
	expect(d.sum.Proved == d.sum.Requests, "every request is proved")
	expect(d.sum.Late > 0, "a late prover is slashed")
	expect(d.sum.Invalid > 0, "an invalid proof is slashed")
	expect(d.sum.Compensated > 0, "a requester is compensated")
	expect(d.sum.Batched > 1, "requests are cleared together")
	expect(d.sum.Ramps > 0, "a prover takes a request whose price climbs")
	expect(d.sum.Sealed > 0, "sealed bids win a request")
	expect(slices.ContainsFunc(d.requests, func(o *order) bool { return o.program == "sealedbid" && o.verified }), "the registered program is proved")
	if len(broken) > 0 {
		return fmt.Errorf("the demo did not show that %s", strings.Join(broken, ", "))
	}
	return nil
}
