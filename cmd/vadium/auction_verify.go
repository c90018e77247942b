package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/circuits/setup"
	"vadium/marketplace"
	"vadium/marketplace/clearingproof"
	"vadium/marketplace/client"
)

func auctionVerifyCommand(c *console, h *home) *cobra.Command {
	var pinned string
	cmd := &cobra.Command{
		Use:   "verify CLEARING",
		Short: "Fetch a batch and its proof of clearing, and check them here",
		Long: `Fetch a batch and its proof of clearing, and check them here.

The statement is made on this machine from the public record of the batch: which requests were served, who won and what each
winner is paid. The proof has to prove exactly that, under the verifying key of a program that the operator registered; its
circuit is compiled here and has to be the program's. Who proves which request and what each is charged follows from the
record's lists and is compared with the record and with the assignments. Once the ask epoch has ended, the book's commitment is
made again from the orders and from what each ask had committed its price to when it was placed, the seed of its ranks is the one
committed to before, and the batch is cleared again, unless its prices are never opened: then the proof is what says that it was
cleared by the rule.

Trusted are the keys: whoever made them could have kept what forges proofs. --program pins the program that you mean. Each
check is printed, and what is not proven; the first that does not hold makes the exit status non-zero.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			seq, err := clearingNumber(args[0])
			if err != nil {
				return err
			}
			market, err := h.Client()
			if err != nil {
				return err
			}
			shown, err := gatherClearing(cmd.Context(), c, market, seq)
			if err != nil {
				return err
			}
			if pinned != "" {
				if err := shown.pin(pinned); err != nil {
					return err
				}
			}
			checked, err := shown.verify()
			if err != nil {
				return err
			}
			if err := c.show(checked, func() { c.printClearing(checked) }); err != nil {
				return err
			}
			if !checked.Valid {
				return withHint(fmt.Errorf("clearing %d does not hold: %s", seq, checked.broken()), "keep this output; what is shown is evidence once it is in the log that the market signs: vadium auction recheck --receipt FILE, vadium auction log")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&pinned, "program", "", "id of the program that the proof has to be of (vadium program list --json)")
	return cmd
}

// shownClearing is all that the market shows of a clearing and its proof.
type shownClearing struct {
	deployment vadium.Salt
	operator   vadium.Account
	cleared    marketplace.Record
	proven     marketplace.Record
	after      followed
	seed       *[32]byte // of its ask epoch; nil: that has not ended
	commitment [32]byte  // to that seed, made before the epoch
	listing    client.Listing
	key        []byte
	// compiled is the digest of the circuit that this binary compiles under the program's name, uncompiled why there is none.
	compiled   vadium.Digest
	uncompiled error
	pinned     *vadium.ProgramID
}

// followed is what became of the requests that a batch served, in the records right after it.
type followed struct {
	assigned map[vadium.RequestID]marketplace.Attempt
	// apart were cleared by themselves after all, because their provers turned out to be barred: the market says so in a record.
	apart map[vadium.RequestID]bool
}

// gatherClearing fetches a clearing, its proof, its program's key and the assignments that followed.
func gatherClearing(ctx context.Context, c *console, market *client.Client, seq uint64) (s shownClearing, err error) {
	m, err := market.Market(ctx)
	if err != nil {
		return s, err
	}
	s.deployment, s.operator = m.Deployment, m.Operator
	cleared, proven, err := market.Clearing(ctx, seq)
	if err != nil {
		return s, err
	}
	s.cleared = cleared
	if proven == nil {
		if proven, err = findProof(ctx, c, market, seq, m.Seq); err != nil {
			return s, err
		}
	}
	s.proven = *proven
	e, proof := s.cleared.Event.(*marketplace.BatchCleared), s.proven.Event.(*marketplace.ClearingProven)
	if err := s.fetchProgram(ctx, market, proof.Program, int(proof.Size)); err != nil {
		return s, err
	}
	if !e.Sealed {
		closed, err := closeAfter(ctx, market, seq)
		if err != nil {
			return s, err
		}
		s.seed = &closed.Seed
		if s.commitment, err = commitmentTo(ctx, market, closed); err != nil {
			return s, err
		}
	}
	s.after, err = assignedAfter(ctx, market, seq, len(e.Served))
	return s, err
}

func compiledCircuit(name string) (vadium.Digest, error) {
	entry, err := circuits.Lookup(name)
	if err != nil {
		return vadium.Digest{}, err
	}
	return setup.Compiled(entry)
}

// findProof looks for the proof of a clearing that the market does not look back for.
func findProof(ctx context.Context, c *console, market *client.Client, seq, last uint64) (*marketplace.Record, error) {
	for from := seq + 1; from <= last; {
		records, next, err := market.Events(ctx, from, eventsPage, client.EventFilter{})
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if e, proves := r.Event.(*marketplace.ClearingProven); proves && e.Clearing == seq {
				return &r, nil
			}
		}
		if next == from {
			break
		}
		c.bar("looking for the proof", int64(min(next-1, last)), int64(last))
		from = next
	}
	return nil, withHint(fmt.Errorf("clearing %d %w", seq, errUnproven), fmt.Sprintf("vadium auction prove %d; or re-run it from public data: vadium auction recheck REQUEST", seq))
}

// errUnproven: nobody has published a proof of the clearing.
var errUnproven = errors.New("is not proven")

// recordsPerAssignment bounds how many records an assignment takes behind the batch that it is of.
const recordsPerAssignment = 16

// assignedAfter returns what became of so many requests in the records that follow a batch.
func assignedAfter(ctx context.Context, market *client.Client, seq uint64, served int) (followed, error) {
	f := followed{map[vadium.RequestID]marketplace.Attempt{}, map[vadium.RequestID]bool{}}
	last := seq + uint64(served+1)*recordsPerAssignment
	for from := seq + 1; from <= last && len(f.assigned)+len(f.apart) < served; {
		records, next, err := market.Events(ctx, from, eventsPage, client.EventFilter{})
		if err != nil {
			return f, err
		}
		for _, r := range records {
			if r.Seq > last {
				break
			}
			switch e := r.Event.(type) {
			case *marketplace.RequestAssigned:
				if _, known := f.assigned[e.Request]; !known && !f.apart[e.Request] {
					f.assigned[e.Request] = e.Attempt
				}
			case *marketplace.RequestHastened:
				if _, known := f.assigned[e.Request]; !known {
					f.apart[e.Request] = true
				}
			}
		}
		if next == from {
			break
		}
		from = next
	}
	return f, nil
}

// pin says which program is meant.
func (s *shownClearing) pin(id string) error {
	p, err := vadium.ParseProgramID(id)
	s.pinned = &p
	return err
}

// verifiedClearing is a clearing with what was checked of it.
type verifiedClearing struct {
	Clearing uint64           `json:"clearing"`
	Product  auction.Product  `json:"product"`
	Tick     vadium.Time      `json:"tick"`
	Served   int              `json:"served"`
	Winners  int              `json:"winners"`
	Paid     vadium.Amount    `json:"paid"`
	Proven   uint64           `json:"proven"` // record with the proof
	By       vadium.Account   `json:"by"`
	Program  vadium.ProgramID `json:"program"`
	Size     uint32           `json:"size"`
	Book     vadium.Digest    `json:"book"`
	// Opened says that the ask epoch has ended, so that orders and offers are public.
	Opened bool `json:"opened"`
	// Unopened says that prices are never shown: then the book is made of what they were committed to.
	Unopened  bool      `json:"unopened,omitempty"`
	Checks    []finding `json:"checks"`
	NotProven []string  `json:"notProven"`
	Valid     bool      `json:"valid"`
}

func (v verifiedClearing) broken() string {
	return verifiedRound{Checks: v.Checks}.broken()
}

// verify checks everything that the market shows. An error says that it could not be checked, not that it does not hold.
func (s shownClearing) verify() (verifiedClearing, error) {
	e, proof := s.cleared.Event.(*marketplace.BatchCleared), s.proven.Event.(*marketplace.ClearingProven)
	v := verifiedClearing{
		Clearing: s.cleared.Seq, Product: e.Product, Tick: e.Tick, Served: len(e.Served), Winners: len(e.Wins), Proven: s.proven.Seq, By: proof.By,
		Program: proof.Program, Size: proof.Size, Book: proof.Book, Opened: !e.Sealed && s.seed != nil, Unopened: e.Unopened, Valid: true,
	}
	check := func(wrong error, what, format string, args ...any) {
		found := fmt.Sprintf(format, args...)
		if wrong != nil {
			found = wrong.Error()
		}
		v.Checks = append(v.Checks, finding{what, found, wrong == nil})
		v.Valid = v.Valid && wrong == nil
	}
	for _, w := range e.Wins {
		paid, fits := v.Paid.Add(w.Payment)
		if !fits {
			return v, errors.New("the winners are paid more than there is")
		}
		v.Paid = paid
	}
	check(s.checkProgram(proof), "program", "%s is the operator's %s", proof.Program.Short(), s.listing.Program.Name)
	check(s.checkCircuit(), "circuit", "compiled here, it is the program's, to the bit")
	check(s.checkProof(e, proof), "proof", "the committed book, cleared by the rule, gives these %d requests, these %d winners and these payments", len(e.Served), len(e.Wins))
	check(clearingproof.CheckDeal(e), "charges", "who proves which request and what each is charged follows from them")
	check(s.checkAssigned(e), "assignments", "%d requests were assigned to those provers for those charges", len(e.Served)-len(s.after.apart))
	if v.Opened {
		check(s.checkSeed(), "seed", "it is the one that the market committed to before the epoch")
		check(clearingproof.CheckRanks(e, *s.seed), "ranks", "those of everybody served follow from the epoch's seed")
	}
	if v.Opened && !clearingproof.Earlier(e) {
		check(clearingproof.CheckBook(s.deployment, s.cleared.Seq, e, *s.seed, int(proof.Size), proof.Book), "book",
			"the commitment is that of the record's %d orders, and of what %d asks committed their prices to when they were placed", len(e.Orders), len(e.Offers))
	}
	switch {
	case v.Opened && clearingproof.Earlier(e):
		check(clearingproof.CheckRule(e, *s.seed), "again", "cleared again from the record's orders and offers, the batch gives the same")
		v.NotProven = append(v.NotProven, "that the book is the one of the record: it is from a build whose asks did not commit to their prices, and whose books this one does not make")
	case v.Opened && e.Unopened:
		v.NotProven = append(v.NotProven, "what the losers ask: their prices are never opened, but for who asks it is the price that it committed to")
	case v.Opened:
		check(clearingproof.CheckRule(e, *s.seed), "again", "cleared again from the record's orders and offers, the batch gives the same")
	default:
		v.NotProven = append(v.NotProven, "that the committed book is the one of the market's record: that is the market's word until the ask epoch has ended, and checked here then")
	}
	if n := len(s.after.apart); n > 0 {
		v.NotProven = append(v.NotProven, fmt.Sprintf("that %d of the requests had to be cleared by themselves after all, because their provers were barred: vadium auction recheck REQUEST", n))
	}
	v.NotProven = append(v.NotProven,
		"that the records shown are those in the log that the market signs: vadium auction recheck --receipt FILE holds all of them against it, vadium auction log its head against the last one seen",
		"that the book holds every order and ask that was sent, and no other: the receipts of those who sent them show that",
		"that offers' prices are those of asks, their slots backed by stake and nobody barred: vadium auction recheck REQUEST re-runs that, once the epoch has ended",
		"that whoever made the program's keys kept nothing that forges proofs: the operator did",
	)
	return v, nil
}

func (s shownClearing) checkProgram(proof *marketplace.ClearingProven) error {
	switch l := s.listing; {
	case l.Program.ID() != proof.Program:
		return fmt.Errorf("the market shows program %v for %v", l.Program.ID(), proof.Program)
	case s.pinned != nil && *s.pinned != proof.Program:
		return fmt.Errorf("the proof is of program %v, %v is pinned", proof.Program, *s.pinned)
	case l.Class != vadium.KeysOperator || l.Registrant != s.operator:
		return fmt.Errorf("its keys are not the operator's, but those of %v", l.Registrant)
	default:
		return clearingproof.CheckProgram(l.Program, int(proof.Size))
	}
}

// checkCircuit compares the circuit that this binary compiles with the one that the program's proofs are about.
func (s shownClearing) checkCircuit() error {
	if s.uncompiled != nil {
		return s.uncompiled
	}
	if s.compiled != s.listing.Program.ConstraintSystem {
		return fmt.Errorf("the program's circuit is %v, this version of vadium compiles %v", s.listing.Program.ConstraintSystem, s.compiled)
	}
	return nil
}

// checkSeed compares the seed with what was committed to before anybody could know who asks: ranks follow from it.
func (s shownClearing) checkSeed() error {
	if auction.SeedCommitment(*s.seed) != s.commitment {
		return errors.New("the market shows another tie seed than it committed to before the epoch")
	}
	return nil
}

func (s shownClearing) checkProof(e *marketplace.BatchCleared, proof *marketplace.ClearingProven) error {
	if proof.Clearing != s.cleared.Seq {
		return fmt.Errorf("it is of clearing %d", proof.Clearing)
	}
	statement, err := clearingproof.Statement(s.deployment, s.cleared.Seq, e, proof.Book)
	if err != nil {
		return err
	}
	key, err := circuits.LoadVerifyingKey(s.listing.Program, s.key)
	if err != nil {
		return err
	}
	return key.Verify(clearingproof.PublicInputs(s.listing.Program, statement), proof.Proof)
}

// checkAssigned compares what the record says of who proves what with the assignments.
func (s shownClearing) checkAssigned(e *marketplace.BatchCleared) error {
	for _, served := range e.Served {
		a, assigned := s.after.assigned[served.Request]
		switch {
		case s.after.apart[served.Request]:
		case !assigned:
			return fmt.Errorf("request %v was served and not assigned", served.Request)
		case a.Prover != served.Prover || a.Price != served.Charge:
			return fmt.Errorf("request %v was assigned to %v for %s, the batch says to %v for %s", served.Request, a.Prover, a.Price.Tokens(), served.Prover, served.Charge.Tokens())
		}
	}
	return nil
}

func (c *console) printClearing(v verifiedClearing) {
	c.facts(
		"clearing", fmt.Sprintf("record %d, %v at %s", v.Clearing, v.Product, clockTime(v.Tick)),
		"served", fmt.Sprintf("%d requests by %d provers, for %s tokens", v.Served, v.Winners, coins(v.Paid)),
		"proven", fmt.Sprintf("record %d, by %v", v.Proven, v.By), "book", v.Book.String(),
	)
	c.say("")
	for _, f := range v.Checks {
		mark := good.Render("holds")
		if !f.Holds {
			mark = bad.Render("FAILS")
		}
		c.say("%s  %-12s %s", mark, f.Checked, f.Found)
	}
	c.say("")
	for _, not := range v.NotProven {
		c.say("%s  %s", warn.Render("not proven"), not)
	}
}
