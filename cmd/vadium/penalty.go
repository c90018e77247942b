package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/slashing"
)

func penaltyCommand(c *console, h *home) *cobra.Command {
	cmd := &cobra.Command{Use: "penalty", Short: "What a fault costs, why, and who receives it"}
	cmd.AddCommand(penaltyExplainCommand(c, h))
	return cmd
}

func penaltyExplainCommand(c *console, h *home) *cobra.Command {
	var factors bool
	cmd := &cobra.Command{
		Use:   "explain [SLASH]",
		Short: "Explain a penalty: every factor, and who receives what",
		Long: `Explain the penalty of a fault that is piped in: every factor, and who receives what. Without SLASH it needs no market.
With SLASH, the number of a record of the market (vadium vault history VAULT lists them), it explains that penalty: what was
taken and who received it as recorded, the factors as the market had them.

A line is a fault: a JSON object with the fields of the vectors' group adaptive_slash_worked, or the same fields as name=value
words, those of args among them. Blank lines and lines that begin with # are skipped; none has more than 64 KiB.

` + faultManual() + `
Numbers are whole, written 500000000 or 500e6. Every field must be there, but for name, those of args, and args itself among
words. Nothing of the junior is reserved for other requests, and somebody reported the fault: when the market notices by
itself, the reporter's part is burnt.

With --json each line must be an object, and is answered by one with the vectors' results: ld_bps, slash_ppm, liquidated,
punitive, out_junior, out_senior (who pays), out_requester, out_reporter, out_rescuer, out_insurance, out_burn (who
receives). Numbers beyond 2^53 are written as strings. --factors adds how slash_ppm came about.`,
		Example: `vadium penalty explain <<'END'
scope=job kind=liveness severity=40 noshow=true lateness_bps=null rescued=false fee=500e6 lock=1000e6 damage_cap=400e6 junior=500e6 senior=4500e6 hist_mp=3000
END`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return explainPast(cmd.Context(), c, h, args[0], factors)
			}
			if isTerminal(c.in) {
				c.tell("one fault a line, then Ctrl-D (vadium penalty explain --help)")
			}
			return c.explainFaults(factors)
		},
	}
	cmd.Flags().BoolVar(&factors, "factors", false, "with --json, add the factors")
	return cmd
}

func (c *console) explainFaults(factors bool) error {
	faults := 0
	err := eachLine(c.in, func(number int, line string) error {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			return nil
		}
		faults++
		f, err := readFault(line, !c.json)
		if err != nil {
			return withHint(fmt.Errorf("line %d: %w", number, err), faultHint())
		}
		e, err := f.explained()
		if err != nil {
			return withHint(fmt.Errorf("line %d: %w", number, err), faultHint())
		}
		if severe := f.inputs.Severity >= slashing.Tombstone; severe != f.vault && !f.listed() {
			c.tell("note: line %d: the market judges severity %d by %s", number, f.inputs.Severity,
				map[bool]string{true: "all of the stake (scope stake)", false: "the request alone (scope job)"}[severe])
		}
		if faults > 1 {
			c.say("")
		}
		return c.show(e.results(factors), func() { c.printPenalty(e, millionths) })
	})
	if err == nil && faults == 0 {
		return withHint(errors.New("there is no fault to explain"), faultHint())
	}
	return err
}

// listed reports whether the catalogue has an offence like the fault that is judged by the same stake: those of reporters of
// prices cost all of it, whatever their severity.
func (f fault) listed() bool {
	return slices.ContainsFunc(slashing.Catalogue(), func(e slashing.Entry) bool {
		return e.Vault == f.vault && e.Class == f.inputs.Class && e.Least <= f.inputs.Severity && f.inputs.Severity <= e.Most
	})
}

// explained is a fault with its penalty, who paid it and who receives what. Whatever unit its amounts are in, they all are.
type explained struct {
	name        string
	vault       bool // the whole vault is concerned, not one request
	inputs      slashing.Inputs
	explanation slashing.Explanation // of the inputs
	terms       slashing.Terms
	stake       slashing.Stake // before the penalty
	late        *vadium.Bps
	undelivered bool
	damages     vadium.Bps // of the damage cap
	penalty     slashing.Penalty
	// forRequester and forOthers are what the vault lost.
	forRequester, forOthers vaults.Loss
	shares                  slashing.Distribution
}

// explained works the penalty out, takes it from a vault with the fault's stake, and divides it.
func (f fault) explained() (e explained, err error) {
	e = explained{name: f.name, vault: f.vault, inputs: f.inputs, terms: f.terms, stake: f.stake, late: f.late, undelivered: f.noShow}
	if f.noShow {
		e.damages = vadium.BpsOne
	} else if f.late != nil {
		e.damages = slashing.LateDamagesBps(*f.late)
	}
	if e.explanation, err = slashing.Explain(f.inputs); err != nil {
		return explained{}, err
	}
	if f.vault {
		e.penalty, err = slashing.VaultPenalty(f.inputs, f.stake)
	} else {
		e.penalty, err = slashing.RequestPenalty(f.inputs, f.terms, e.damages, f.noShow)
	}
	if err != nil {
		return explained{}, err
	}
	v := vaults.New(1, vadium.Account{1}, 0, 0)
	v.DepositJunior(f.stake.Junior)
	senior := f.stake.Senior.MustAdd(vadium.NewAmount(1_000_000)) // a slash always leaves a million units
	v.DepositSenior(0, vadium.Account{2}, senior, senior)
	e.forRequester, e.forOthers = v.PlanPenaltyWithin(0, e.penalty.Damages, e.penalty.Punitive, vadium.Amount{}, f.stake.MostOfSenior(e.penalty.Severity))
	e.shares = slashing.Divide(slashing.Taken{
		Damages: e.forRequester.Total(), PunitiveJunior: e.forOthers.JuniorTotal(), PunitiveSenior: e.forOthers.SeniorTotal(),
		Severity: e.penalty.Severity, Reported: true, Rescued: f.rescued,
	})
	return e, nil
}

// units is an amount as the vectors write it: a number, and a string from 2^53 on.
type units struct{ vadium.Amount }

// MarshalJSON writes it.
func (u units) MarshalJSON() ([]byte, error) {
	if u.BitLen() > 53 {
		return json.Marshal(u.String())
	}
	return []byte(u.String()), nil
}

// penaltyResults is a fault's results, by the vectors' names and in their order.
type penaltyResults struct {
	DamagesBps vadium.Bps `json:"ld_bps"`
	Fraction   vadium.Ppm `json:"slash_ppm"`
	Damages    units      `json:"liquidated"`
	Punitive   units      `json:"punitive"`
	Junior     units      `json:"out_junior"`
	Senior     units      `json:"out_senior"`
	Requester  units      `json:"out_requester"`
	Reporter   units      `json:"out_reporter"`
	Rescuer    units      `json:"out_rescuer"`
	Insurance  units      `json:"out_insurance"`
	Burn       units      `json:"out_burn"`

	Factors *factorResults `json:"factors,omitempty"`
}

// factorResults is how a fraction came about.
type factorResults struct {
	Base    vadium.Ppm     `json:"base_ppm"`
	Factors []factorResult `json:"factors"`
	Floor   vadium.Ppm     `json:"floor_ppm"`
	Cap     vadium.Ppm     `json:"cap_ppm"`
	Excused bool           `json:"excused"`
}

type factorResult struct {
	Symbol string     `json:"symbol"`
	Times  vadium.Bps `json:"times_bps"`
	After  vadium.Ppm `json:"after_ppm"`
}

func (e explained) results(factors bool) penaltyResults {
	s := e.shares
	r := penaltyResults{
		DamagesBps: e.damages, Fraction: e.penalty.Fraction, Damages: units{e.penalty.Damages}, Punitive: units{e.penalty.Punitive},
		Junior: units{e.juniorPays()}, Senior: units{e.seniorPays()},
		Requester: units{s.Requester}, Reporter: units{s.Reporter}, Rescuer: units{s.Rescuer}, Insurance: units{s.Insurance}, Burn: units{s.Burn},
	}
	if factors {
		x := e.explanation
		r.Factors = &factorResults{Base: x.Base, Floor: x.Floor, Cap: x.Most, Excused: x.Excused}
		for _, f := range x.Factors {
			r.Factors.Factors = append(r.Factors.Factors, factorResult{string(rune(f.Symbol)), f.Times, f.After})
		}
	}
	return r
}

func (e explained) juniorPays() vadium.Amount {
	return e.forRequester.JuniorTotal().MustAdd(e.forOthers.JuniorTotal())
}
func (e explained) seniorPays() vadium.Amount {
	return e.forRequester.SeniorTotal().MustAdd(e.forOthers.SeniorTotal())
}

// millionths writes millionths of a token as tokens.
func millionths(a vadium.Amount) string {
	scaled, ok := a.Mul(vadium.NewAmount(1_000_000_000_000))
	if !ok {
		panic(fmt.Sprintf("invariant: a fault's amounts are below 2^128, yet there is %v", a))
	}
	return scaled.Tokens()
}

// printPenalty shows everything that a penalty consists of; tokens writes the amounts.
func (c *console) printPenalty(e explained, tokens func(vadium.Amount) string) {
	if e.name != "" {
		c.say("%s", bold.Render(e.name))
	}
	what := fmt.Sprintf("%v, severity %d", e.inputs.Class, e.inputs.Severity)
	switch {
	case e.undelivered:
		what += ", never delivered"
	case e.late != nil && *e.late > 0:
		what += fmt.Sprintf(", delivered late by %s of the grace window", percent(*e.late))
	case e.late != nil:
		what += ", delivered in time"
	}
	concerns := fmt.Sprintf("one request: lock %s, damage cap %s, fee %s", tokens(e.terms.Lock), tokens(e.terms.DamageCap), tokens(e.terms.Fee))
	if e.vault {
		concerns = "the whole vault"
	}
	c.facts("fault", what, "concerns", concerns, "stake", fmt.Sprintf("junior %s, senior %s", tokens(e.stake.Junior), tokens(e.stake.Senior)))
	c.say("")
	c.printFactors(e)
	c.say("")
	c.printSums(e, tokens)
	c.say("")
	c.printShares(e, tokens)
}

// printFactors shows how the fraction came about; what changed it stands out.
func (c *console) printFactors(e explained) {
	in, x := e.inputs, e.explanation
	health := "network health " + percent(in.Health)
	if in.Class != slashing.Liveness {
		health = "no discount for malice"
	}
	values := map[byte]string{
		'N': health,
		'I': "impact " + percent(in.Impact),
		'R': "history " + in.History.String(),
		'K': fmt.Sprintf("%s of stake failing, %s is usual", percent(in.Correlation), percent(in.Baseline)),
		'U': "uptime " + percent(in.Uptime),
		'E': fmt.Sprintf("price %d, was %d", in.PriceNow, in.PriceReference),
	}
	rows := [][]string{{"base", fmt.Sprintf("severity %d", in.Severity), "", percentPpm(x.Base)}}
	last := x.Base
	for _, f := range x.Factors {
		row := []string{string(rune(f.Symbol)), values[f.Symbol], fmt.Sprintf("×%d.%04d", f.Times/vadium.BpsOne, f.Times%vadium.BpsOne), percentPpm(f.After)}
		rows = append(rows, highlighted(row, f.Times != vadium.BpsOne))
		last = f.After
	}
	limits := []string{"limits", fmt.Sprintf("%s to %s", percentPpm(x.Floor), percentPpm(x.Most)), "", percentPpm(x.Fraction)}
	switch {
	case in.Severity == 0:
		limits[1] = "severity 0 is no offence"
	case x.Excused:
		limits[1] = "excused: an incident of the market's own"
	case x.Fraction > last:
		limits[2] = "raised"
	case x.Fraction < last:
		limits[2] = "capped"
	}
	rows = append(rows, highlighted(limits, x.Fraction != last))
	c.table([]string{"factor", "value", "effect", "fraction"}, rows)
}

// highlighted makes a row stand out in a terminal.
func highlighted(row []string, yes bool) []string {
	if yes {
		for i := range row {
			row[i] = accent.Render(row[i])
		}
	}
	return row
}

// printSums shows what damages and punitive part are made of, and who pays.
func (c *console) printSums(e explained, tokens func(vadium.Amount) string) {
	p := e.penalty
	damages := fmt.Sprintf("%s, which is %s of the damage cap", tokens(p.Damages), percent(e.damages))
	if e.damages == 0 || p.Fraction == 0 || e.vault {
		damages = tokens(p.Damages)
	}
	of, whole := e.terms.Lock, "lock"
	if e.vault {
		of, whole = e.stake.Junior.MustAdd(e.stake.Senior), "stake"
	}
	part := of.PpmUp(p.Fraction)
	punitive := fmt.Sprintf("%s, which is %s of the %s", tokens(p.Punitive), percentPpm(p.Fraction), whole)
	switch rest := e.terms.Lock.SubFloor(p.Damages); {
	case p.Fraction == 0:
		punitive = tokens(p.Punitive)
	case e.vault && p.Punitive.Less(part):
		punitive += fmt.Sprintf(" (%s), but of the senior half at most", tokens(part))
	case e.vault || p.Punitive == part:
	case p.Punitive == rest:
		punitive = tokens(p.Punitive) + ", which is all that the damages leave of the lock"
	default:
		punitive = fmt.Sprintf("%s, the least for what was never delivered: a tenth of the fee, times what the factors made of the base (%s of the lock would be %s)",
			tokens(p.Punitive), percentPpm(p.Fraction), tokens(part))
	}
	paid := fmt.Sprintf("junior %s, senior %s", tokens(e.juniorPays()), tokens(e.seniorPays()))
	if unpaid := p.Damages.MustSub(e.forRequester.Total()); !unpaid.IsZero() {
		paid += fmt.Sprintf("; %s of the damages are more than the junior has, and go where the punitive part goes", tokens(unpaid))
	}
	if unpaid := p.Damages.MustAdd(p.Punitive).SubFloor(e.juniorPays().MustAdd(e.seniorPays())); !unpaid.IsZero() {
		paid += fmt.Sprintf("; %s nobody pays: below severity 100 one fault takes half of the senior at most", tokens(unpaid))
	}
	facts := []string{"damages", damages, "punitive", punitive, "paid by", paid}
	switch {
	case e.undelivered:
		facts = append(facts, "fee", "nothing of it is paid")
	case e.late != nil:
		left := slashing.LateFeeBps(*e.late)
		facts = append(facts, "fee", fmt.Sprintf("%s of it is still paid, %s", percent(left), tokens(e.terms.Fee.BpsDown(left))))
	}
	c.facts(facts...)
}

// shareBar is how long the bar of all that was taken is.
const shareBar = 30

// printShares shows who receives what was taken.
func (c *console) printShares(e explained, tokens func(vadium.Amount) string) {
	total := e.shares.Total()
	var rows [][]string
	for _, share := range []struct {
		who    string
		amount vadium.Amount
	}{
		{"requester", e.shares.Requester}, {"reporter", e.shares.Reporter}, {"rescuer", e.shares.Rescuer},
		{"insurance", e.shares.Insurance}, {"burnt", e.shares.Burn},
	} {
		ppm, long := vadium.Amount{}, vadium.Amount{}
		if !total.IsZero() {
			ppm, _ = share.amount.MulDivDown(vadium.NewAmount(uint64(vadium.PpmOne)), total)
			long, _ = share.amount.MulDivUp(vadium.NewAmount(shareBar), total) // up: whoever receives anything has a bar
		}
		rows = append(rows, []string{share.who, tokens(share.amount), percentPpm(vadium.Ppm(ppm.Uint256().Uint64())),
			strings.Repeat("█", int(long.Uint256().Uint64()))})
	}
	rows = append(rows, []string{"together", tokens(total), "", ""})
	c.table([]string{"who", "receives", "part", "of what was taken"}, rows)
}

// percent writes basis points as people do.
func percent(b vadium.Bps) string { return percentPpm(vadium.Ppm(b) * 100) }

// percentPpm writes parts per million as people do.
func percentPpm(p vadium.Ppm) string {
	text := strings.TrimRight(fmt.Sprintf("%d.%04d", p/10_000, p%10_000), "0")
	return strings.TrimSuffix(text, ".") + " %"
}
