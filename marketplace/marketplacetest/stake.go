package marketplacetest

import (
	"fmt"
	"strings"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults"
)

// stakeWords are the words about stake that leaves, shares that change hands, and provers that come and go. Shares are
// written as tokens of shares, 10^24 each: as many as a token bought when the vault was new. A vault is named by its prover,
// or prover:1 for an earlier one by its number.
var stakeWords = map[string]func(*scenario, *call) error{
	"redeem": func(s *scenario, c *call) error {
		by, vault := c.word(), s.vaultNamed(c, c.word())
		return s.send(c, by, marketplace.RedeemShares{Vault: vault, Shares: c.shares(c.word(), s.sharesOf(by, vault))})
	},
	"redeem-junior": func(s *scenario, c *call) error {
		by, amount := c.word(), c.word()
		if v := s.State.VaultOf(s.names.account(by)); v != nil && amount == "all" {
			return s.send(c, by, marketplace.RedeemJunior{Amount: v.Junior})
		}
		return s.send(c, by, marketplace.RedeemJunior{Amount: c.tokens(amount)})
	},
	"collect": func(s *scenario, c *call) error {
		return s.send(c, c.word(), marketplace.ClaimRedemption{Vault: s.vaultNamed(c, c.word()), Redemption: c.number(c.word())})
	},
	"transfer": func(s *scenario, c *call) error {
		by, vault, to := c.word(), s.vaultNamed(c, c.word()), s.accountOrZero(c.word())
		from := c.get("from", "")
		if from == "" {
			return s.send(c, by, marketplace.TransferShares{Vault: vault, To: to, Shares: c.shares(c.word(), s.sharesOf(by, vault))})
		}
		shares := c.shares(c.word(), s.sharesOf(from, vault))
		return s.send(c, by, marketplace.TransferSharesFrom{Vault: vault, From: s.names.account(from), To: to, Shares: shares})
	},
	"approve": func(s *scenario, c *call) error {
		by, vault, spender := c.word(), s.vaultNamed(c, c.word()), s.accountOrZero(c.word())
		shares := vaults.Unlimited
		if text := c.word(); text != "unlimited" {
			shares = c.shares(text, s.sharesOf(by, vault))
		}
		return s.send(c, by, marketplace.ApproveShares{Vault: vault, Spender: spender, Shares: shares})
	},
	"commission": func(s *scenario, c *call) error {
		return s.send(c, c.word(), marketplace.SetCommission{Commission: vadium.Bps(c.number(c.word()))})
	},
	"exit": func(s *scenario, c *call) error { return s.send(c, c.word(), marketplace.ExitMarket{}) },
	"release": func(s *scenario, c *call) error {
		by, prover := c.get("by", "operator"), c.word()
		return s.send(c, by, marketplace.ReleaseProver{Prover: s.names.account(prover), Reason: c.rest()})
	},
	"moved": (*scenario).moved,
	"state": (*scenario).showState, "stake": (*scenario).showStake,
}

// Record journals an event without a command: what the market finds by itself, for tests of what follows from it.
func (w *World) Record(event marketplace.Event) marketplace.Record {
	w.t.Helper()
	w.Decided = append(w.Decided, []marketplace.Event{event})
	return w.apply(marketplace.Record{Seq: w.State.NextSeq(), At: max(w.Now, w.State.Now()), Event: event})
}

// moved lets the market move a prover along its table, as faults and calls do.
func (s *scenario) moved(c *call) error {
	account := s.names.account(c.word())
	p, to, cause := s.State.Prover(account), c.word(), c.word()
	e := &marketplace.ProverMoved{Prover: account, Vault: p.Vault, From: p.State()}
	if term := c.get("for", ""); term != "" {
		e.Until = s.Now.Add(c.length(term))
	}
	for e.To = marketplace.StateNull; e.To.String() != to; e.To++ {
		if e.To > marketplace.StateTombstoned {
			return fmt.Errorf("there is no state %q", to)
		}
	}
	causes := map[string]marketplace.Cause{
		"called": marketplace.CauseCalled, "posted": marketplace.CausePosted, "held-back": marketplace.CauseHeldBack, "settled": marketplace.CauseSettled,
		"strikes": marketplace.CauseStrikes, "grave": marketplace.CauseGrave, "junior-spent": marketplace.CauseJuniorSpent,
		"cheated": marketplace.CauseCheated, "insolvent": marketplace.CauseInsolvent,
	}
	var known bool
	if e.Cause, known = causes[cause]; !known {
		return fmt.Errorf("there is no cause %q", cause)
	}
	if err := c.done(); err != nil {
		return err
	}
	s.printf("%s", s.Describe(s.Record(e)))
	return nil
}

// vaultNamed finds a vault by its prover or, after a colon, by its number.
func (s *scenario) vaultNamed(c *call, name string) vadium.VaultID {
	if _, number, numbered := strings.Cut(name, ":"); numbered {
		return vadium.VaultID(c.number(number))
	}
	return s.vaultOf(name)
}

func (s *scenario) accountOrZero(name string) vadium.Account {
	if name == "zero" {
		return vadium.Account{}
	}
	return s.names.account(name)
}

func (s *scenario) sharesOf(owner string, vault vadium.VaultID) vadium.Amount {
	if v := s.State.Vault(vault); v != nil {
		return v.SharesOf(s.names.account(owner))
	}
	return vadium.Amount{}
}

// unitsOfShares is how many units of shares are one unit of a token of shares with 18 decimals.
const unitsOfShares = 1_000_000

// shares reads tokens of shares, or units like 7u, or "all", or all but some units like all-7.
func (c *call) shares(text string, all vadium.Amount) vadium.Amount {
	if text == "all" {
		return all
	}
	if n, ok := strings.CutPrefix(text, "all-"); ok {
		return all.MustSub(vadium.NewAmount(c.number(n)))
	}
	if n, ok := strings.CutSuffix(text, "u"); ok {
		return vadium.NewAmount(c.number(n))
	}
	shares, ok := c.tokens(text).Mul(vadium.NewAmount(unitsOfShares))
	if !ok {
		c.fail(fmt.Errorf("%s tokens of shares are too many", text))
	}
	return shares
}

func tokensOfShares(shares vadium.Amount) string {
	if shares == vaults.Unlimited {
		return "unlimited"
	}
	whole, _ := shares.MulDivDown(vadium.NewAmount(1), vadium.NewAmount(unitsOfShares))
	text := whole.Tokens()
	if back, _ := whole.Mul(vadium.NewAmount(unitsOfShares)); back != shares {
		text += fmt.Sprintf("+%vu", shares.MustSub(back))
	}
	return text
}

// showState prints where a prover stands.
func (s *scenario) showState(c *call) error {
	p := s.State.Prover(s.names.account(c.word()))
	text := fmt.Sprint(p.State())
	if p != nil && p.Status.Moved != marketplace.StateNull {
		text += fmt.Sprintf(" (%v)", p.Status.Cause)
		if p.Status.Until != 0 {
			text += " until=" + since(p.Status.Until, s.Now)
		}
	}
	if p != nil && p.Vault != 0 {
		text += fmt.Sprintf(" vault=%d commission=%d", p.Vault, s.State.Vault(p.Vault).CommissionAt(s.Now))
	}
	s.printf("%s", text)
	return c.done()
}

// showStake prints what a vault holds for whom: shares, their price, and what is leaving.
func (s *scenario) showStake(c *call) error {
	v := s.State.Vault(s.vaultNamed(c, c.word()))
	if v == nil {
		return fmt.Errorf("there is no such vault")
	}
	s.printf("vault %d of %s junior=%s senior=%s leaving=%s+%s price=%s", v.ID, s.names.of(v.Prover), v.Junior.Tokens(), v.TotalAssets(s.Now).Tokens(),
		v.JuniorUnbonding.Assets.Tokens(), v.SeniorUnbonding.Assets.Tokens(), v.Price(s.Now).Tokens())
	for _, owner := range v.Holders() {
		s.printf("  %s has %s shares", s.names.of(owner), tokensOfShares(v.SharesOf(owner)))
	}
	for _, a := range v.Allowances {
		s.printf("  %s lets %s move %s", s.names.of(a.Owner), s.names.of(a.Spender), tokensOfShares(a.Shares))
	}
	for _, r := range v.Redemptions {
		s.printf("  #%d %s leaves with %s of %s matures=%s", r.ID, s.names.of(r.Owner), v.Worth(r).Tokens(), r.Assets.Tokens(), since(r.Matures, s.Now))
	}
	return c.done()
}

// describeStake writes the events about stake that leaves, shares that change hands, and where provers stand.
func (w *World) describeStake(l *line, event marketplace.Event) bool {
	vault := func(id vadium.VaultID) *line {
		l.who(w.State.Vault(id).Prover)
		if current := w.State.VaultOf(w.State.Vault(id).Prover); current == nil || current.ID != id {
			l.say("(vault %d)", id)
		}
		return l
	}
	switch e := event.(type) {
	case *marketplace.RedemptionRequested:
		r := e.Redemption
		vault(e.Vault).say("#%d", r.ID).who(r.Owner).amount("assets", r.Assets).flag("junior", r.Junior).when("matures", r.Matures)
	case *marketplace.RedemptionClaimed:
		vault(e.Vault).say("#%d", e.Redemption).who(e.Owner).say("%s", e.Assets.Tokens())
	case *marketplace.SharesTransferred:
		vault(e.Vault).who(e.From).who(e.To).say("%s", tokensOfShares(e.Shares))
		if e.Spender != (vadium.Account{}) {
			l.say("by=%s", w.names.of(e.Spender))
		}
	case *marketplace.SharesApproved:
		vault(e.Vault).who(e.Owner).who(e.Spender).say("%s", tokensOfShares(e.Shares))
	case *marketplace.CommissionChanged:
		vault(e.Vault).say("%dbps", e.Commission).flag("from="+since(e.Effective, l.at), e.Effective != l.at)
	case *marketplace.ProverMoved:
		l.who(e.Prover).say("%v -> %v: %v", e.From, e.To, e.Cause).when("until", e.Until).flag(fmt.Sprintf("%q", e.Reason), e.Reason != "")
	default:
		return false
	}
	return true
}
