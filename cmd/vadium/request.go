package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/circuits/solvency"
	"vadium/marketplace"
	"vadium/marketplace/client"
)

func requestCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "request", Short: "Ask for proofs"}
	cmd.AddCommand(requestQuoteCommand(c, h), requestSubmitCommand(c, h), requestWatchCommand(c, h), requestGetCommand(c, h),
		requestListCommand(c, h), requestCancelCommand(c, h))
	return cmd
}

// findProgram returns the operator's program called name, or the one whose id begins with it. A stranger's program is
// found by its id only: names are free, and whoever proves for a name would see the secrets meant for another.
func findProgram(ctx context.Context, market *client.Client, name string) (client.Listing, error) {
	var known, strangers []string
	var meant []client.Listing // whose id begins with it
	for l, err := range market.Programs(ctx) {
		if err != nil {
			return client.Listing{}, err
		}
		if len(name) >= 8 && strings.HasPrefix(l.ID.String(), "0x"+strings.TrimPrefix(name, "0x")) {
			meant = append(meant, l)
		}
		if l.Class == vadium.KeysOperator {
			if l.Program.Name == name {
				return l, nil
			}
			known = append(known, l.Program.Name)
		} else if l.Program.Name == name {
			strangers = append(strangers, l.ID.String())
		}
	}
	if len(meant) == 1 {
		return meant[0], nil
	}
	if len(meant) > 1 { // an id that begins like another's can be searched for
		return client.Listing{}, withHint(fmt.Errorf("%d programs have ids that begin with %s", len(meant), name), "write the whole id (vadium program list --json)")
	}
	if len(strangers) > 0 {
		return client.Listing{}, withHint(fmt.Errorf("program %q is not the operator's, and anyone can take a name", name),
			"name the one you trust by its id: "+strings.Join(strangers, ", "))
	}
	return client.Listing{}, withHint(fmt.Errorf("the market lists no program %q", name), "it lists: "+strings.Join(known, ", ")+" (vadium program list)")
}

// terms are the flags that say what a request may cost and by when it must be there.
type terms struct {
	maxFee, damageCap string
	within            time.Duration
	allow, deny       []string
}

func (t *terms) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.maxFee, "max-fee", "1", "the most you pay, in tokens; it is in escrow until the request ends")
	f.StringVar(&t.damageCap, "damage-cap", "0", "what you are owed, in tokens, if the proof never comes; provers lock stake for it")
	f.DurationVar(&t.within, "within", 2*time.Minute, "time until the deadline")
	f.StringSliceVar(&t.allow, "allow", nil, "only these provers")
	f.StringSliceVar(&t.deny, "deny", nil, "not these provers")
}

func parseAccounts(texts []string) (accounts []vadium.Account, err error) {
	for _, text := range texts {
		account, err := vadium.ParseAccount(text)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, account)
	}
	return accounts, nil
}

// body makes the request; the deadline counts from now.
func (t *terms) body(l client.Listing, m material) (b marketplace.SubmitRequest, err error) {
	b = marketplace.SubmitRequest{
		ClientID: client.NewSalt(), Program: l.ID, Statement: m.statement, Input: vadium.DigestOf(m.input),
		Deadline: vadium.Time(time.Now().Add(t.within).UnixMilli()), Tier: auction.Immediate, Redundancy: 1,
	}
	if b.MaxFee, err = vadium.ParseTokens(t.maxFee); err != nil {
		return b, err
	}
	if b.DamageCap, err = vadium.ParseTokens(t.damageCap); err != nil {
		return b, err
	}
	if b.Allow, err = parseAccounts(t.allow); err != nil {
		return b, err
	}
	b.Deny, err = parseAccounts(t.deny)
	return b, err
}

func requestQuoteCommand(c *console, h *home) *cobra.Command {
	var t terms
	var save string
	cmd := &cobra.Command{
		Use:   "quote PROGRAM",
		Short: "What would a proof cost now, and how soon could it be there?",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			l, err := findProgram(cmd.Context(), market, args[0])
			if err != nil {
				return err
			}
			b, err := t.body(l, material{})
			if err != nil {
				return err
			}
			q, err := market.Quote(cmd.Context(), client.QuoteFor{Program: l.ID, MaxFee: b.MaxFee, DamageCap: b.DamageCap, Deadline: b.Deadline})
			if err != nil {
				return err
			}
			if save != "" {
				if err := saveQuote(save, q); err != nil {
					return err
				}
			}
			return c.show(q, func() { c.printQuote(l, q) })
		},
	}
	t.flags(cmd)
	cmd.Flags().StringVar(&save, "save", "", "write the quote to this file: for 30 seconds it is the reserve of request submit --quote FILE")
	return cmd
}

func (c *console) printQuote(l client.Listing, q client.Quote) {
	known := func(a vadium.Amount) string {
		if a.IsZero() {
			return "not known yet"
		}
		return coins(a) + " tokens"
	}
	c.facts(
		"program", l.Program.Name, "product", q.Product.String(), "provers", fmt.Sprint(q.Provers),
		"price, median", known(q.IndexP50), "price, 9 of 10", known(q.IndexP90), "cheapest published ask", known(q.CheapestAsk),
		"reserve", coins(q.Reserve)+" tokens (the most the market would pay for you now)",
		"time to proof", fmt.Sprintf("%s at best, %s typically", span(q.ETAMin), span(q.ETAMedian)),
		"nearest deadline", span(q.MinProving)+" from now", "stake available", coins(q.StakeAvailable)+" tokens",
	)
	c.printTiers(q)
	if !q.Servable {
		c.say("%s  %s", warn.Render("nobody could take it now:"), q.Reason)
	}
}

func requestSubmitCommand(c *console, h *home) *cobra.Command {
	var t terms
	var a arranging
	var f files
	var out, inclusions, quote string
	var printOnly bool
	cmd := &cobra.Command{
		Use:   "submit PROGRAM",
		Short: "Ask for a proof about your own files",
		Long: `Ask for a proof about your own files.

The files stay here: what goes to the market is the program's input, which only you and the prover that is assigned
may fetch. That prover sees the secrets in it.

  vadium request submit membership --list members.txt --identity me.json --scope "vote 2026-11" --out proof.json
  vadium request submit solvency-64 --balances exchange.csv --reserves 20000000 --out proof.json
  vadium request submit sha256-preimage --file secret.txt --out proof.json
  vadium request submit ID --witness witness.json --out proof.json

With --out it waits for the proof, checks it here and writes it; otherwise it prints the request's id.
` + arrangingHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			l, err := findProgram(ctx, market, args[0])
			if err != nil {
				return err
			}
			m, err := f.build(l.Program)
			if err != nil {
				return err
			}
			if err := writeInclusions(inclusions, m); err != nil {
				return err
			}
			if _, err := market.PutBytes(ctx, client.Input, m.input); err != nil {
				return err
			}
			b, err := t.body(l, m)
			if err != nil {
				return err
			}
			if err := a.arrange(&b, t.within); err != nil {
				return err
			}
			if err := useQuote(quote, &b); err != nil {
				return err
			}
			if printOnly {
				return c.printSigned(ctx, h, market, b)
			}
			submitted, err := market.SubmitRequest(ctx, b)
			if err != nil {
				return err
			}
			if out == "" {
				c.explainWaiting(ctx, market, submitted.Request)
				return c.show(submitted.Request, func() {
					c.facts(append([]string{"request", submitted.Request.ID.String(), "says", m.says}, m.facts...)...)
					for n := uint32(2); n <= b.Redundancy; n++ {
						c.facts(fmt.Sprintf("copy %d", n), marketplace.CopyOf(submitted.Request.Requester, submitted.Request.ID, n).String())
					}
					c.say("follow it:  vadium request watch %s", submitted.Request.ID)
				})
			}
			c.tell("%s %s", faint.Render("request"), submitted.Request.ID)
			c.tell("%s %s", faint.Render("says   "), m.says)
			c.explainWaiting(ctx, market, submitted.Request)
			if err := c.follow(ctx, market, submitted.Request.ID, submitted.Request.Position); err != nil {
				return err
			}
			return c.fetchProof(ctx, h, market, submitted.Request.ID, out, m.says)
		},
	}
	t.flags(cmd)
	a.flags(cmd)
	f.flags(cmd)
	cmd.Flags().StringVarP(&out, "out", "o", "", "wait for the proof and write it to this file")
	cmd.Flags().StringVar(&quote, "quote", "", "a quote that was saved (request quote --save FILE): for 30 seconds its reserve is the request's")
	cmd.Flags().BoolVar(&printOnly, "print", false, "sign the request and print its JSON instead of sending it, for curl")
	cmd.Flags().StringVar(&inclusions, "inclusions", "", "solvency: write each account's inclusion path to this file, for its owner alone")
	return cmd
}

// explainWaiting says why nobody took a request at once, and what such requests cost.
func (c *console) explainWaiting(ctx context.Context, market *client.Client, r marketplace.Request) {
	if r.Phase != marketplace.PhaseOpen {
		return
	}
	if awaited := arrangedWait(&r); awaited != "" {
		c.tell("%s %s", warn.Render("waiting:"), awaited)
		return
	}
	q, err := market.Quote(ctx, client.QuoteFor{Program: r.Program, MaxFee: r.MaxFee, DamageCap: r.DamageCap, Deadline: r.Deadline})
	if err != nil {
		return // the request is in; that it cannot be explained now changes nothing
	}
	price := ""
	switch {
	case !q.MarketPrice.IsZero():
		price = fmt.Sprintf("; such requests cost %s tokens now", coins(q.MarketPrice))
	case !q.CheapestAsk.IsZero():
		price = fmt.Sprintf("; the cheapest published ask is %s tokens", coins(q.CheapestAsk))
	}
	c.tell("%s %s%s", warn.Render("waiting:"), firstSet(q.Reason, "every prover that could take it is busy"), price)
	c.tell("%s", faint.Render("it is tried again whenever that may have changed, until "+clockTime(r.Deadline)+"; unserved, it is refunded"))
}

// writeInclusions writes what each customer needs to find their account in a solvency proof.
func writeInclusions(path string, m material) error {
	if path == "" {
		return nil
	}
	if m.inclusions == nil {
		return withHint(errors.New("only solvency has accounts to include"), "leave --inclusions out")
	}
	encoded, err := json.MarshalIndent(struct {
		Statement string               `json:"statement"`
		Accounts  []solvency.Inclusion `json:"accounts"`
	}{"0x" + hex.EncodeToString(m.statement), m.inclusions}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(encoded, '\n'), 0o600)
}

// follow prints what happens to a request until it ends.
func (c *console) follow(ctx context.Context, market *client.Client, id vadium.RequestID, from uint64) error {
	who := names{}
	t := &timeline{c: newConsole(c.in, c.err, c.err), who: who, label: func(vadium.RequestID) string { return "" }}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	for r, err := range market.Watch(watching, from, client.EventFilter{Request: id}) {
		if err != nil {
			return err
		}
		t.print(r)
		switch e := r.Event.(type) {
		case *marketplace.HeartbeatReceived:
			c.bar("proving", int64(e.Progress), int64(vadium.BpsOne)+1)
		case *marketplace.DeliveryAccepted:
			if e.First {
				return nil // the proof is there; what remains is between provers
			}
		case *marketplace.RequestClosed:
			return nil
		}
	}
	return ctx.Err()
}

func requestWatchCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "watch [REQUEST]",
		Short: "Follow a request until it ends, or everything that happens",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			market, err := h.Client()
			if err != nil {
				return err
			}
			var filter client.EventFilter
			var from uint64
			if len(args) == 1 {
				if filter.Request, err = vadium.ParseRequestID(args[0]); err != nil {
					return err
				}
				r, err := market.Request(cmd.Context(), filter.Request)
				if err != nil {
					return err
				}
				from = r.Position
			}
			t := &timeline{c: c, who: names{}, label: func(id vadium.RequestID) string { return id.Short() }}
			for r, err := range market.Watch(cmd.Context(), from, filter) {
				if cmd.Context().Err() != nil {
					return nil
				}
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(exportRecord(r)); err != nil {
						return err
					}
				} else {
					t.print(r)
				}
				if _, closed := r.Event.(*marketplace.RequestClosed); closed && len(args) == 1 {
					return nil
				}
			}
			return nil
		},
	}
}

func requestGetCommand(c *console, h *home) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "get REQUEST",
		Short: "Show a request, and write its proof to a file (--out)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := vadium.ParseRequestID(args[0])
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			if out != "" {
				return c.fetchProof(cmd.Context(), h, market, id, out, "")
			}
			r, err := market.Request(cmd.Context(), id)
			if err != nil {
				return err
			}
			return c.show(r, func() { c.printRequest(r) })
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the proof to this file")
	return cmd
}

func (c *console) printRequest(r marketplace.Request) {
	c.facts(append([]string{
		"request", r.ID.String(), "phase", r.Phase.String(), "requester", r.Requester.String(), "program", r.Program.String(),
		"product", r.Product.String(), "max fee", coins(r.MaxFee), "reserve", coins(r.Reserve), "damage cap", coins(r.DamageCap),
		"deadline", clockTime(r.Deadline), "grace ends", clockTime(r.GraceEnd), "paid", coins(r.Paid), "compensated", coins(r.Compensated),
	}, arrangedFacts(&r, vadium.Time(time.Now().UnixMilli()))...)...)
	if r.Phase.Final() {
		c.facts("ended", fmt.Sprintf("%s: %s", clockTime(r.Closed), r.Reason))
	}
	if len(r.Attempts) == 0 {
		return
	}
	var rows [][]string
	for i, a := range r.Attempts {
		role := "primary"
		if a.Behind > 0 {
			role = fmt.Sprintf("backup of %d", a.Behind-1)
		}
		if a.Hedge {
			role = fmt.Sprintf("hedge of %d", a.Behind-1)
		}
		rows = append(rows, []string{fmt.Sprint(i), a.Prover.String(), role, a.Stage.String(), coins(a.Price), coins(a.Lock), coins(a.Paid), coins(a.Slashed)})
	}
	c.say("")
	c.table([]string{"#", "prover", "role", "stage", "price", "lock", "paid", "slashed"}, rows)
}

func requestListCommand(c *console, h *home) *cobra.Command {
	var requester, prover, phase string
	var mine bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List requests",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var filter client.RequestFilter
			var err error
			if mine {
				if filter.Requester, err = h.Account(); err != nil {
					return err
				}
			}
			if requester != "" {
				if filter.Requester, err = vadium.ParseAccount(requester); err != nil {
					return err
				}
			}
			if prover != "" {
				if filter.Prover, err = vadium.ParseAccount(prover); err != nil {
					return err
				}
			}
			if phase != "" {
				if filter.Phase, err = marketplace.ParsePhase(phase); err != nil {
					return err
				}
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			var rows [][]string
			for r, err := range market.Requests(cmd.Context(), filter) {
				if err != nil {
					return err
				}
				if c.json {
					if err := c.object(r); err != nil {
						return err
					}
				}
				rows = append(rows, []string{r.ID.String(), r.Phase.String(), clockTime(r.Deadline), coins(r.MaxFee), coins(r.Paid), coins(r.Compensated), arrangedBriefly(&r)})
			}
			if !c.json {
				c.table([]string{"request", "phase", "deadline", "max fee", "paid", "compensated", "arranged"}, rows)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&mine, "mine", false, "only your own")
	cmd.Flags().StringVar(&requester, "requester", "", "only this requester's")
	cmd.Flags().StringVar(&prover, "prover", "", "only those this prover is or was assigned")
	cmd.Flags().StringVar(&phase, "phase", "", "only in this phase")
	return cmd
}

func requestCancelCommand(c *console, h *home) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel REQUEST",
		Short: "Take a request back that nobody has been assigned yet",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := vadium.ParseRequestID(args[0])
			if err != nil {
				return err
			}
			market, err := h.SigningClient(c)
			if err != nil {
				return err
			}
			accepted, err := market.CancelRequest(cmd.Context(), id)
			if err != nil {
				return err
			}
			return c.show(accepted, func() { c.say("cancelled; the escrow is back in your balance") })
		},
	}
}

// proofFile is a proof with everything needed to check it but the verifying key, which the manifest names.
type proofFile struct {
	Says      string           `json:"says,omitempty"` // in words, for people: not checked
	Request   vadium.RequestID `json:"request"`
	Prover    vadium.Account   `json:"prover"`
	ProgramID vadium.ProgramID `json:"programId"`
	Program   vadium.Program   `json:"program"`
	Statement string           `json:"statement"` // public scalars in hex
	Proof     string           `json:"proof"`     // in hex
	Key       string           `json:"verifyingKey"`
}

// fetchProof downloads an accepted proof, checks it here, and writes it.
func (c *console) fetchProof(ctx context.Context, h *home, market *client.Client, id vadium.RequestID, out, says string) error {
	r, proof, err := market.WaitProof(ctx, id)
	if errors.Is(err, client.ErrNoProof) {
		hint := "submit it again"
		if !r.MarketPrice.IsZero() {
			hint += fmt.Sprintf("; such requests cost %s tokens now", coins(r.MarketPrice))
		}
		return withHint(fmt.Errorf("request %s is %v: %s (%s tokens paid, %s compensated)", id.Short(), r.Phase, r.Reason, coins(r.Paid), coins(r.Compensated)), hint)
	}
	if err != nil {
		return err
	}
	l, err := market.Program(ctx, r.Program)
	if err != nil {
		return err
	}
	key, err := market.GetBytes(ctx, client.OfProgram(l.ID), l.Program.VerifyingKey)
	if err != nil {
		return err
	}
	file := proofFile{
		Says: says, Request: id, Prover: r.Attempts[r.ProvedBy-1].Prover, ProgramID: l.ID, Program: l.Program,
		Statement: "0x" + hex.EncodeToString(r.Statement), Proof: "0x" + hex.EncodeToString(proof), Key: "0x" + hex.EncodeToString(key),
	}
	if err := file.verify(); err != nil {
		return withHint(fmt.Errorf("the market accepted a proof that does not verify here: %w", err), "keep the request's id and tell others: vadium journal fsck shows it too")
	}
	encoded, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, append(encoded, '\n'), 0o600); err != nil {
		return err
	}
	return c.show(map[string]any{"request": id, "proof": out, "paid": r.Paid, "verified": true}, func() {
		c.say("%s  %s (checked here; %s tokens paid)", good.Render("proof written to"), out, coins(r.Paid))
		c.say("check it anywhere:  vadium proof verify %s", out)
	})
}

// verify checks the proof against the statement, the request, the prover and the key, and all of them against the
// program's id.
func (f proofFile) verify() error {
	if got := f.Program.ID(); got != f.ProgramID {
		return fmt.Errorf("the manifest is of program %s, not %s", got, f.ProgramID)
	}
	var raw [3][]byte
	for i, text := range []string{f.Statement, f.Proof, f.Key} {
		b, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
		if err != nil {
			return fmt.Errorf("not hex: %w", err)
		}
		raw[i] = b
	}
	statement, proof, keyBytes := raw[0], raw[1], raw[2]
	key, err := circuits.LoadVerifyingKey(f.Program, keyBytes)
	if err != nil {
		return err
	}
	if err := circuits.CheckStatement(f.Program, statement); err != nil {
		return err
	}
	return key.Verify(circuits.PublicInputs(f.Program, statement, f.Request, f.Prover), proof)
}
