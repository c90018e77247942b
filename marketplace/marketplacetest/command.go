package marketplacetest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// call is one command of a scenario: its words, and its named arguments.
type call struct {
	words []string
	named map[string]string
	used  map[string]bool
	err   error
}

func parseCall(line string) (string, *call) {
	c := &call{named: map[string]string{}, used: map[string]bool{}}
	fields := strings.Fields(line)
	for _, field := range fields[1:] {
		if name, value, ok := strings.Cut(field, "="); ok {
			c.named[name] = value
		} else {
			c.words = append(c.words, field)
		}
	}
	return fields[0], c
}

// word takes the next word.
func (c *call) word() string {
	if len(c.words) == 0 {
		c.fail(fmt.Errorf("a word is missing"))
		return ""
	}
	word := c.words[0]
	c.words = c.words[1:]
	return word
}

// or takes the next word if there is one.
func (c *call) or(fallback string) string {
	if len(c.words) == 0 {
		return fallback
	}
	return c.word()
}

func (c *call) rest() string {
	all := strings.Join(c.words, " ")
	c.words = nil
	return all
}

func (c *call) get(name, fallback string) string {
	c.used[name] = true
	if value, given := c.named[name]; given {
		return value
	}
	return fallback
}

func (c *call) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *call) tokens(text string) vadium.Amount {
	a, err := vadium.ParseTokens(text)
	c.fail(err)
	return a
}

func (c *call) number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	c.fail(err)
	return n
}

func (c *call) length(text string) vadium.Duration {
	d, err := parseLength(text)
	c.fail(err)
	return d
}

func parseLength(text string) (vadium.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 64)
		return vadium.Duration(n) * vadium.Day, err
	}
	d, err := time.ParseDuration(text)
	return vadium.Duration(d.Milliseconds()), err
}

// done reports the first mistake, an argument nobody asked for included.
func (c *call) done() error {
	if c.err != nil {
		return c.err
	}
	if len(c.words) > 0 {
		return fmt.Errorf("%q is one word too many", c.words[0])
	}
	for _, name := range slices.Sorted(maps.Keys(c.named)) {
		if !c.used[name] {
			return fmt.Errorf("%s= means nothing here", name)
		}
	}
	return nil
}

// execute carries out one line of a scenario.
func (s *scenario) execute(line string) error {
	verb, c := parseCall(line)
	word, known := words[verb]
	if !known {
		return fmt.Errorf("the language does not know %q", verb)
	}
	return word(s, c)
}

// words is the language of scenarios.
var words = map[string]func(*scenario, *call) error{}

func init() {
	maps.Copy(words, map[string]func(*scenario, *call) error{
		// The operator and the clock.
		"market": (*scenario).openMarket, "ready": (*scenario).ready,
		"wait": (*scenario).wait, "at": (*scenario).until, "skip": (*scenario).skip, "tick": (*scenario).tick,
		"resume": (*scenario).resume, "again": (*scenario).again,
		"fund": func(s *scenario, c *call) error {
			to, amount := c.word(), c.tokens(c.word())
			reference := c.get("reference", fmt.Sprintf("deposit %d", s.commands))
			return s.send(c, c.get("by", "operator"), marketplace.CreditDeposit{Account: s.names.account(to), Amount: amount, Reference: Salt(reference)})
		},
		"pause": func(s *scenario, c *call) error {
			return s.send(c, c.get("by", "operator"), marketplace.Pause{Reason: c.rest()})
		},
		"unpause": func(s *scenario, c *call) error { return s.send(c, c.get("by", "operator"), marketplace.Unpause{}) },
		"params": func(s *scenario, c *call) error {
			by, params := c.get("by", "operator"), s.State.Params()
			c.params(&params)
			return s.send(c, by, marketplace.SetParams{Params: params})
		},
		// Programs, stake and asks.
		"program": (*scenario).program,
		"serve": func(s *scenario, c *call) error {
			return s.send(c, c.word(), marketplace.ServeProgram{Program: s.names.program(c.word()), Benchmark: c.length(c.word())})
		},
		"drop": func(s *scenario, c *call) error {
			return s.send(c, c.word(), marketplace.DropProgram{Program: s.names.program(c.word())})
		},
		"vault": func(s *scenario, c *call) error {
			return s.send(c, c.word(), marketplace.OpenVault{Junior: c.tokens(c.word()), Commission: vadium.Bps(c.number(c.get("commission", "8000"))), Asset: s.asset(c)})
		},
		"junior": func(s *scenario, c *call) error {
			return s.send(c, c.word(), marketplace.DepositJunior{Amount: c.tokens(c.word())})
		},
		"delegate": func(s *scenario, c *call) error {
			by, vault, amount := c.word(), s.vaultNamed(c, c.word()), c.tokens(c.word())
			return s.send(c, by, marketplace.DepositSenior{Vault: vault, Assets: amount, MinShares: c.tokens(c.get("min-shares", "0"))})
		},
		"claim": func(s *scenario, c *call) error {
			return s.send(c, c.word(), marketplace.ClaimCommission{Amount: c.tokens(c.word())})
		},
		"withdraw": func(s *scenario, c *call) error {
			by, amount := c.word(), c.tokens(c.word())
			if asset := s.asset(c); asset != (risk.Asset{}) {
				return s.send(c, by, marketplace.WithdrawCollateral{Asset: asset, Amount: amount})
			}
			return s.send(c, by, marketplace.WithdrawBalance{Amount: amount})
		},
		"ask": (*scenario).ask,
		"unask": func(s *scenario, c *call) error {
			by := c.word()
			return s.send(c, by, marketplace.WithdrawAsk{Product: s.product(c, c.word())})
		},
		// Sessions: via=NAME sends a command with the session called NAME.
		"session": (*scenario).session, "sessions": (*scenario).showSessions,
		"revoke": func(s *scenario, c *call) error {
			return s.send(c, c.word(), marketplace.RevokeSession{Session: Session(c.word())})
		},
		// A request's life.
		"submit": (*scenario).submit,
		"cancel": onRequest(func(r vadium.RequestID, _ *call) marketplace.Body { return marketplace.CancelRequest{Request: r} }),
		"accept": onRequest(func(r vadium.RequestID, _ *call) marketplace.Body { return marketplace.AcceptRequest{Request: r} }),
		"decline": onRequest(func(r vadium.RequestID, _ *call) marketplace.Body {
			return marketplace.DeclineRequest{Request: r}
		}),
		"dispute": onRequest(func(r vadium.RequestID, _ *call) marketplace.Body { return marketplace.DisputeInput{Request: r} }),
		"resign":  onRequest(func(r vadium.RequestID, _ *call) marketplace.Body { return marketplace.Resign{Request: r} }),
		"heartbeat": onRequest(func(r vadium.RequestID, c *call) marketplace.Body {
			return marketplace.SendHeartbeat{Request: r, Progress: vadium.Bps(c.number(c.or("5000")))}
		}),
		"deliver": func(s *scenario, c *call) error {
			by, request := c.word(), s.requestID(c)
			return s.send(c, by, marketplace.Deliver{Request: request, Proof: s.names.proof(c.or(by + "'s-proof"))})
		},
		"verdict": (*scenario).verdict,
		// Views.
		"balances": (*scenario).balances, "request": (*scenario).showRequest, "prover": (*scenario).showProver,
		"waiting": (*scenario).showWaiting, "price": (*scenario).showPrice, "recheck": (*scenario).recheck,
		"public": (*scenario).showPublic, "terms": (*scenario).showTerms,
	})
	maps.Copy(words, stakeWords)
}

func onRequest(body func(vadium.RequestID, *call) marketplace.Body) func(*scenario, *call) error {
	return func(s *scenario, c *call) error {
		by, request := c.word(), s.requestID(c)
		return s.send(c, by, body(request, c))
	}
}

// send sends a command, unless it was written wrongly.
func (s *scenario) send(c *call, by string, body marketplace.Body) error {
	valid, via := c.get("valid", ""), c.get("via", "")
	if err := c.done(); err != nil {
		return err
	}
	command := s.Command(by, body)
	if valid != "" {
		d, err := parseLength(valid)
		if err != nil {
			return err
		}
		command.ValidUntil = s.Now.Add(d)
	}
	if via != "" {
		command.Session = Session(via)
	}
	return s.show(s.Send(command))
}

func (s *scenario) session(c *call) error {
	by, name := c.word(), c.word()
	body := marketplace.OpenSession{
		Session: s.names.session(name), Limit: c.tokens(c.get("limit", "0")), Expires: s.Now.Add(c.length(c.get("for", "30d"))), Label: c.get("label", ""),
	}
	c.fail(body.Scope.UnmarshalText([]byte(c.word())))
	return s.send(c, by, body)
}

func (s *scenario) showSessions(c *call) error {
	by := c.word()
	if err := c.done(); err != nil {
		return err
	}
	for _, one := range s.State.SessionsOf(s.names.account(by), s.Now) {
		s.printf("%s %v spent %s of %s, expires %s", s.names.of(one.Key), one.Scope, one.Spent.Tokens(), one.Limit.Tokens(), since(one.Expires, s.Now))
	}
	return nil
}

func (s *scenario) requestID(c *call) vadium.RequestID {
	name := c.word()
	id, known := s.names.requests[name]
	if !known {
		return Request("nobody", name)
	}
	return id
}

func (s *scenario) vaultOf(prover string) vadium.VaultID {
	if v := s.State.VaultOf(s.names.account(prover)); v != nil {
		return v.ID
	}
	return 1 << 40
}

// product reads a stake tier, for the size of the program named by program= (the first one by default).
func (s *scenario) product(c *call, tier string) auction.Product {
	p := auction.Product{Tier: auction.Tier(c.number(c.get("tier", "1")))}
	c.fail(p.Stake.UnmarshalText([]byte(tier)))
	if l := s.State.Listing(s.programID(c)); l != nil {
		if of, served := l.Product(auction.Immediate, vadium.Amount{}, vadium.Amount{}); served {
			p.Size = of.Size
		}
	}
	return p
}

func (s *scenario) programID(c *call) vadium.ProgramID {
	return s.names.program(c.get("program", "membership"))
}

func (s *scenario) ask(c *call) error {
	by, product, price := c.word(), s.product(c, c.word()), c.tokens(c.word())
	slots := c.number(c.get("slots", "1"))
	return s.send(c, by, marketplace.PlaceAsk{
		Product: product, Price: price, Slots: uint32(slots), Capacity: uint32(c.number(c.get("capacity", fmt.Sprint(slots)))),
		ETA: c.length(c.get("eta", "20s")), StandUntil: s.Now.Add(c.length(c.get("for", "30d"))), Salt: Salt("ask of " + by),
	})
}

func (s *scenario) submit(c *call) error {
	by, name := c.word(), c.word()
	accounts := func(list string) (all []vadium.Account) {
		for name := range strings.SplitSeq(list, ",") {
			if name != "" {
				all = append(all, s.names.account(name))
			}
		}
		return all
	}
	s.names.request(by, name)
	body := marketplace.SubmitRequest{
		ClientID: Salt(name), Program: s.programID(c), Statement: make([]byte, c.number(c.get("statement", "32"))), Input: vadium.DigestOf([]byte(name)),
		MaxFee: c.tokens(c.get("fee", "10")), DamageCap: c.tokens(c.get("cap", "0")), Deadline: s.Now.Add(c.length(c.get("in", "10m"))),
		Tier: auction.Tier(c.number(c.get("tier", "1"))), Redundancy: uint32(c.number(c.get("redundancy", "1"))),
		Allow: accounts(c.get("allow", "")), Deny: accounts(c.get("deny", "")), InputHeld: c.get("input", "held") == "held",
	}
	for _, option := range submitOptions {
		if err := option(s, c, &body); err != nil {
			return err
		}
	}
	return s.send(c, by, body)
}

// submitOptions read what else a scenario may say of a request, each in a file of its own.
var submitOptions []func(*scenario, *call, *marketplace.SubmitRequest) error

func (s *scenario) program(c *call) error {
	name := c.word()
	s.names.program(name)
	class := map[string]vadium.KeyClass{"operator": vadium.KeysOperator, "universal": vadium.KeysUniversal, "registrant": vadium.KeysRegistrant}[c.get("keys", "operator")]
	by, sample := c.get("by", "operator"), c.get("sample", "verified") == "verified"
	return s.send(c, by, marketplace.RegisterProgram{Program: Program(name), SampleVerified: sample, Class: class})
}

// verdict concludes the delivery under verification of a prover.
func (s *scenario) verdict(c *call) error {
	by, name := s.names.account(c.word()), c.word()
	verdict := map[string]marketplace.Verdict{
		"valid": marketplace.VerdictValid, "invalid": marketplace.VerdictInvalid, "undecided": marketplace.VerdictUndecided,
	}[c.word()]
	body := marketplace.Conclude{Request: s.names.requests[name], Verdict: verdict}
	if r, known := s.request(name); known {
		for i, a := range r.Attempts {
			if a.Prover == by {
				body.Attempt = uint32(i)
				if len(a.Pending) > 0 {
					body.Proof = a.Pending[0].Proof
				}
			}
		}
	}
	if err := c.done(); err != nil {
		return err
	}
	return s.show(s.Send(marketplace.Command{Body: body}))
}

func (s *scenario) again(c *call) error {
	if err := c.done(); err != nil {
		return err
	}
	return s.show(s.Send(s.Last))
}

func (s *scenario) tick(c *call) error {
	if err := c.done(); err != nil {
		return err
	}
	return s.show(s.Tick(), nil)
}

func (s *scenario) resume(c *call) error {
	if err := c.done(); err != nil {
		return err
	}
	return s.show(s.Send(marketplace.Resume()))
}

func (s *scenario) wait(c *call) error {
	d := c.length(c.word())
	if err := c.done(); err != nil {
		return err
	}
	return s.show(s.Wait(d), nil)
}

func (s *scenario) skip(c *call) error {
	d := c.length(c.word())
	s.Skip(d)
	return c.done()
}

// until lets time pass up to an instant of a request, such as "r1.deadline+1ms", or "epoch-end".
func (s *scenario) until(c *call) error {
	text := c.word()
	base, offset := text, vadium.Duration(0)
	if at := strings.IndexByte(text, '+'); at > 0 {
		base, offset = text[:at], c.length(text[at+1:])
	}
	t, err := s.instant(base)
	if c.fail(err); c.done() != nil {
		return c.done()
	}
	return s.show(s.Until(t.Add(offset)), nil)
}

func (s *scenario) instant(name string) (vadium.Time, error) {
	if name == "epoch-end" {
		return s.State.Market().EpochEnds, nil
	}
	if t, known := s.riskInstant(name); known {
		return t, nil
	}
	request, what, _ := strings.Cut(name, ".")
	request, index, indexed := strings.Cut(request, "/")
	r, known := s.request(request)
	if !known {
		return 0, fmt.Errorf("there is no request %q", request)
	}
	if what == "expires" {
		return r.Deadline.Add(-r.MinProving), nil
	}
	if t, known := modeInstant(r, what); known {
		return t, nil
	}
	if !indexed {
		switch what {
		case "deadline":
			return r.Deadline, nil
		case "grace-end":
			return r.GraceEnd, nil
		}
		index = fmt.Sprint(len(r.Attempts) - 1)
	}
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= len(r.Attempts) {
		return 0, fmt.Errorf("request %s has no assignment %s", request, index)
	}
	a := r.Attempts[i]
	instants := map[string]vadium.Time{
		"accept-by": a.AcceptBy, "heartbeat-by": a.HeartbeatBy, "deadline": a.Deadline, "grace-end": a.GraceEnd,
	}
	t, known := instants[what]
	if !known {
		return 0, fmt.Errorf("there is no instant %q", what)
	}
	return t, nil
}
