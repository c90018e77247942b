package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/auction"
)

// maxBook bounds a line with a market: that of 50,000 requests and as many slots fits.
const maxBook = 8 << 20

func auctionClearCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "clear",
		Short: "Clear the auctions that are piped in. Needs no market",
		Long: `Clear the auctions that are piped in: one {"mechanism": ..., "input": {...}} a line. Needs no market.

` + mechanismManual() + `
Amounts are whole numbers of base units, as numbers or as strings; times and durations whole numbers of any one unit. Equal
prices and values stand in the order of their names. A line has at most 8 MiB; blank lines and lines that begin with # are skipped.

With --json each line is answered by one: who wins and what is paid, by the same names, null when nobody does. Numbers beyond
2^53 are written as strings.`,
		Example: `vadium auction clear --json <<'END'
{"mechanism":"multi_unit_vickrey_procurement","input":{"jobs":{"j1":30,"j2":28},"asks":{"A":{"pricePerSlot":5,"slots":1},"B":{"pricePerSlot":8,"slots":3}}}}
END`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if isTerminal(c.in) {
				c.tell("one auction a line, then Ctrl-D (vadium auction clear --help)")
			}
			return c.clearAuctions(c.in)
		},
	}
}

// auctionLine is one line of `auction clear`; what the vectors say beside is ignored.
type auctionLine struct {
	ID        string          `json:"id"`
	Mechanism string          `json:"mechanism"`
	Input     json.RawMessage `json:"input"`

	Source   json.RawMessage `json:"source"`
	Basis    json.RawMessage `json:"basis"`
	Expected json.RawMessage `json:"expected"`
	Note     json.RawMessage `json:"note"`
}

// mechanism is a rule that `auction clear` knows.
type mechanism struct {
	name, says, input string
	clear             func(input json.RawMessage) (any, error)
}

func mechanisms() []mechanism {
	return []mechanism{
		{"multi_unit_vickrey_procurement", "a batch: many requests, many slots of one product", `{"jobs": {NAME: VALUE}, "asks": {PROVER: {"pricePerSlot": N, "slots": N}}}`, clearBatch},
		{"vickrey_single", "one request, second price", `{"maxFee": N, "reserve": N, "bids": {PROVER: N}}; reserve is optional`, clearSingle},
		{"quality_weighted_vickrey", "the same, weighted by reliability", `{"cap": N, "bids": {PROVER: N}, "multBps": {PROVER: BPS}, "tieRank": {PROVER: N}}`, clearSingle},
		{"charge_waterfill", "a payment over those who share it", `{"caps": {NAME: N}, "total": N}`, clearFill},
		{"boundless_reverse_dutch", "a price that climbs until somebody takes it", `{"minPrice": N, "maxPrice": N, "rampUpStart": T, "rampUpPeriod": T, "lockTimeout": T, "at": [T...]} or "prices": [N...] in place of "at"`, clearRamp},
		{"brevis_sealed_second_price", "sealed bids, revealed", `{"maxFee": N, "reveals": [[PROVER, N]...]}, or {"payment": N, "protocolFeeBps": BPS} for what becomes of one`, clearSealed},
	}
}

func mechanismManual() string {
	var b strings.Builder
	for _, m := range mechanisms() {
		fmt.Fprintf(&b, "  %-31s %s\n    %s\n", m.name, m.says, m.input)
	}
	return b.String()
}

func auctionHint() string {
	var names []string
	for _, m := range mechanisms() {
		names = append(names, m.name)
	}
	return "one {\"mechanism\": ..., \"input\": {...}} a line; mechanisms are " + strings.Join(names, ", ") + " (vadium auction clear --help)"
}

func (c *console) clearAuctions(in io.Reader) error {
	auctions := 0
	err := eachLineWithin(in, maxBook, func(number int, line string) error {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			return nil
		}
		auctions++
		cleared, mechanism, err := clearLine(line)
		if err != nil {
			return withHint(fmt.Errorf("line %d: %w", number, err), auctionHint())
		}
		return c.show(cleared, func() { c.printCleared(number, mechanism, cleared) })
	})
	if err == nil && auctions == 0 {
		return withHint(errors.New("there is no auction to clear"), auctionHint())
	}
	return err
}

// printCleared prints the parts of an outcome, one a row.
func (c *console) printCleared(number int, mechanism string, cleared any) {
	c.say("%s", bold.Render(fmt.Sprintf("line %d: %s", number, mechanism)))
	raw, err := json.Marshal(cleared)
	if err != nil {
		panic(fmt.Sprintf("invariant: outcomes can be written: %v", err))
	}
	parts := map[string]json.RawMessage{}
	if json.Unmarshal(raw, &parts) != nil || len(parts) == 0 {
		c.say("nobody wins")
		return
	}
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		rows = append(rows, []string{name, strings.ReplaceAll(strings.ReplaceAll(string(parts[name]), `"`, ""), ",", ", ")})
	}
	c.table([]string{"what", "is"}, rows)
}

func clearLine(line string) (cleared any, mechanism string, err error) {
	var l auctionLine
	if err := readStrictly([]byte(line), &l); err != nil {
		return nil, "", err
	}
	for _, m := range mechanisms() {
		if m.name == l.Mechanism {
			if len(l.Input) == 0 {
				return nil, "", fmt.Errorf("the input is missing: %s", m.input)
			}
			cleared, err := m.clear(l.Input)
			if err != nil {
				return nil, "", fmt.Errorf("%s: %w", m.name, err)
			}
			return cleared, m.name, nil
		}
	}
	return nil, "", fmt.Errorf("mechanism %q is unknown", l.Mechanism)
}

// readStrictly reads one JSON value: fields that mean nothing here are errors, and so is anything after it.
func readStrictly(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// quantity is an amount as people write one in JSON: a whole number, or a string of one. It stays below 2^128, as all amounts
// of a market do.
type quantity struct{ vadium.Amount }

// UnmarshalJSON reads it.
func (q *quantity) UnmarshalJSON(raw []byte) error {
	text := string(raw)
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
	}
	amount, err := vadium.ParseAmount(text)
	if err != nil {
		return err
	}
	if amount.BitLen() > 128 {
		return fmt.Errorf("%s has more than 128 bits", text)
	}
	q.Amount = amount
	return nil
}

// slotsAsked is an ask of a batch.
type slotsAsked struct {
	PricePerSlot *quantity `json:"pricePerSlot"`
	Slots        uint32    `json:"slots"`
}

type batchInput struct {
	Jobs map[string]quantity   `json:"jobs"`
	Asks map[string]slotsAsked `json:"asks"`
}

// batchResults is the outcome of a batch, by the vectors' names.
type batchResults struct {
	Served     []string           `json:"served"`
	SlotsWon   map[string]uint32  `json:"slotsWon"`
	Thresholds map[string][]units `json:"thresholds"`
	Payments   map[string]units   `json:"proverPayment"`
	Charges    map[string]units   `json:"requesterCharge"`
	Dealt      map[string]string  `json:"exampleAssignment"`
	Compare    comparedResults    `json:"compare"`
}

type comparedResults struct {
	UniformPrice   *units           `json:"uniformPrice"`
	UniformPayment map[string]units `json:"uniformPayment"`
	PayAsBid       map[string]units `json:"payAsBid"`
}

// read turns a batch into a book. Names stand for ids, in their order.
func (in batchInput) read() (jobs, provers []string, orders []auction.Order, offers []auction.Offer, err error) {
	jobs, provers = slices.Sorted(maps.Keys(in.Jobs)), slices.Sorted(maps.Keys(in.Asks))
	for i, name := range jobs {
		o := auction.Order{Value: in.Jobs[name].Amount}
		binary.BigEndian.PutUint64(o.Request[:8], uint64(i))
		orders = append(orders, o)
	}
	for i, name := range provers {
		ask := in.Asks[name]
		if ask.PricePerSlot == nil || ask.Slots == 0 {
			return nil, nil, nil, nil, fmt.Errorf("ask %q needs a pricePerSlot, and at least one of slots", name)
		}
		o := auction.Offer{Price: ask.PricePerSlot.Amount, Slots: ask.Slots}
		binary.BigEndian.PutUint64(o.Prover[:8], uint64(i))
		offers = append(offers, o)
	}
	return jobs, provers, orders, offers, nil
}

func clearBatch(raw json.RawMessage) (any, error) {
	var in batchInput
	if err := readStrictly(raw, &in); err != nil {
		return nil, err
	}
	jobs, provers, orders, offers, err := in.read()
	if err != nil {
		return nil, err
	}
	var b auction.Batch
	b.Clear(orders, offers)
	r := batchResults{
		Served: []string{}, SlotsWon: map[string]uint32{}, Thresholds: map[string][]units{}, Payments: map[string]units{},
		Charges: map[string]units{}, Dealt: map[string]string{},
		Compare: comparedResults{UniformPayment: map[string]units{}, PayAsBid: map[string]units{}},
	}
	for _, m := range b.Matches {
		r.Served = append(r.Served, jobs[m.Order])
		r.Charges[jobs[m.Order]], r.Dealt[jobs[m.Order]] = units{m.Charge}, provers[m.Offer]
	}
	for i, w := range b.Wins {
		name := provers[w.Offer]
		r.SlotsWon[name], r.Payments[name] = w.Slots, units{w.Payment}
		for _, part := range b.Thresholds(i) {
			r.Thresholds[name] = append(r.Thresholds[name], units{part})
		}
	}
	book := auction.Book{Orders: orders, Offers: offers}
	uniform := new(auction.Uniform).Run(book)
	for _, m := range uniform.Matches {
		r.Compare.UniformPrice = &units{m.Charge}
	}
	for _, w := range uniform.Wins {
		r.Compare.UniformPayment[provers[w.Offer]] = units{w.Payment}
	}
	for _, w := range new(payAsBid).Run(book).Wins {
		r.Compare.PayAsBid[provers[w.Offer]] = units{w.Payment}
	}
	return r, nil
}

type singleInput struct {
	MaxFee  *quantity             `json:"maxFee"`
	Cap     *quantity             `json:"cap"`
	Reserve *quantity             `json:"reserve"`
	Bids    map[string]quantity   `json:"bids"`
	MultBps map[string]vadium.Bps `json:"multBps"`
	TieRank map[string]uint64     `json:"tieRank"`
}

type singleResult struct {
	Winner  string `json:"winner"`
	Payment units  `json:"payment"`
}

func clearSingle(raw json.RawMessage) (any, error) {
	var in singleInput
	if err := readStrictly(raw, &in); err != nil {
		return nil, err
	}
	var most *vadium.Amount
	for _, limit := range []*quantity{in.MaxFee, in.Cap, in.Reserve} {
		if limit != nil && (most == nil || limit.Less(*most)) {
			most = &limit.Amount
		}
	}
	if most == nil {
		return nil, errors.New("a maxFee is missing, or a cap or reserve")
	}
	names := slices.Sorted(maps.Keys(in.Bids))
	var offers []auction.Offer
	for i, name := range names {
		bid := auction.Offer{Price: in.Bids[name].Amount, Slots: 1, Multiplier: auction.BestMultiplier}
		binary.BigEndian.PutUint64(bid.Prover[:8], uint64(i))
		if m, given := in.MultBps[name]; given {
			bid.Multiplier = m
		}
		if bid.Multiplier < auction.BestMultiplier || bid.Multiplier > auction.WorstMultiplier {
			return nil, fmt.Errorf("multBps of %q is %d, from %d to %d are possible", name, bid.Multiplier, auction.BestMultiplier, auction.WorstMultiplier)
		}
		rank, given := in.TieRank[name]
		if !given {
			rank = uint64(i)
		}
		binary.BigEndian.PutUint64(bid.Rank[:8], rank)
		offers = append(offers, bid)
	}
	win, won := clearOne(auction.Weighted{}, *most, offers)
	if !won {
		return nil, nil
	}
	return singleResult{Winner: names[win.Offer], Payment: units{win.Payment}}, nil
}

// clearOne clears one request, and reports whether anybody won it.
func clearOne(rule auction.Rule, most vadium.Amount, offers []auction.Offer) (win auction.Win, won bool) {
	for _, w := range rule.Run(auction.Book{Orders: []auction.Order{{Value: most}}, Offers: offers}).Wins {
		return w, true
	}
	return auction.Win{}, false
}

func clearFill(raw json.RawMessage) (any, error) {
	var in struct {
		Caps  map[string]quantity `json:"caps"`
		Total *quantity           `json:"total"`
	}
	if err := readStrictly(raw, &in); err != nil {
		return nil, err
	}
	if in.Total == nil {
		return nil, errors.New("the total is missing")
	}
	names := slices.Sorted(maps.Keys(in.Caps))
	var caps []vadium.Amount
	for _, name := range names {
		caps = append(caps, in.Caps[name].Amount)
	}
	parts, rest := auction.Fill(in.Total.Amount, caps)
	if !rest.IsZero() {
		return nil, fmt.Errorf("the caps hold %s less than the total", rest)
	}
	filled := map[string]units{}
	for i, name := range names {
		filled[name] = units{parts[i]}
	}
	return filled, nil
}

type rampInput struct {
	MinPrice     *quantity        `json:"minPrice"`
	MaxPrice     *quantity        `json:"maxPrice"`
	RampUpStart  vadium.Time      `json:"rampUpStart"`
	RampUpPeriod vadium.Duration  `json:"rampUpPeriod"`
	LockTimeout  *vadium.Duration `json:"lockTimeout"`
	Timeout      json.RawMessage  `json:"timeout"`
	At           []vadium.Time    `json:"at"`
	Prices       []quantity       `json:"prices"`
}

func clearRamp(raw json.RawMessage) (any, error) {
	var in rampInput
	if err := readStrictly(raw, &in); err != nil {
		return nil, err
	}
	if in.MinPrice == nil || in.MaxPrice == nil || in.At == nil && in.Prices == nil {
		return nil, errors.New("minPrice, maxPrice, and times (at) or prices are needed")
	}
	ramp := auction.Ramp{Least: in.MinPrice.Amount, Most: in.MaxPrice.Amount, From: in.RampUpStart, Rise: in.RampUpPeriod, Lock: max(in.RampUpPeriod, 1)}
	if in.LockTimeout != nil {
		ramp.Lock = *in.LockTimeout
	} else if in.At != nil {
		return nil, errors.New("prices at a time need a lockTimeout")
	}
	if err := ramp.Check(); err != nil {
		return nil, err
	}
	var r struct {
		Price []vadium.Amount `json:"price,omitempty"`
		Time  []vadium.Time   `json:"time,omitempty"`
	}
	for _, at := range in.At {
		r.Price = append(r.Price, ramp.PriceAt(at))
	}
	for _, price := range in.Prices {
		at, err := ramp.TimeAt(price.Amount)
		if err != nil {
			return nil, fmt.Errorf("price %s: %w", price.Amount, err)
		}
		r.Time = append(r.Time, at)
	}
	return r, nil
}

func clearSealed(raw json.RawMessage) (any, error) {
	var in struct {
		MaxFee   *quantity            `json:"maxFee"`
		Reveals  [][2]json.RawMessage `json:"reveals"`
		Payment  *quantity            `json:"payment"`
		Protocol *vadium.Bps          `json:"protocolFeeBps"`
	}
	if err := readStrictly(raw, &in); err != nil {
		return nil, err
	}
	if in.Payment != nil && in.Protocol != nil && in.MaxFee == nil && in.Reveals == nil {
		if *in.Protocol > vadium.BpsOne {
			return nil, fmt.Errorf("protocolFeeBps is %d, at most %d is possible", *in.Protocol, vadium.BpsOne)
		}
		protocol := in.Payment.BpsDown(*in.Protocol)
		return map[string]vadium.Amount{"protocol": protocol, "prover": in.Payment.MustSub(protocol)}, nil
	}
	if in.MaxFee == nil || in.Payment != nil || in.Protocol != nil {
		return nil, errors.New("a maxFee and reveals are needed, or a payment and a protocolFeeBps")
	}
	var names []string
	for i, reveal := range in.Reveals {
		var name string
		if err := json.Unmarshal(reveal[0], &name); err != nil {
			return nil, fmt.Errorf("reveal %d: %w", i+1, err)
		}
		names = append(names, name)
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(names)))
	var bids []auction.Offer
	for i, reveal := range in.Reveals {
		var fee quantity
		if err := json.Unmarshal(reveal[1], &fee); err != nil {
			return nil, fmt.Errorf("reveal %d: %w", i+1, err)
		}
		at, _ := slices.BinarySearch(sorted, names[i])
		bid := auction.Offer{Price: fee.Amount, Slots: 1}
		binary.BigEndian.PutUint64(bid.Prover[:8], uint64(at))
		bids = append(bids, bid)
	}
	win, won := clearOne(auction.SecondPrice{}, in.MaxFee.Amount, bids)
	if !won {
		return nil, nil
	}
	return sealedResult{Winner: names[win.Offer], Payment: win.Payment, Refund: in.MaxFee.MustSub(win.Payment)}, nil
}

// sealedResult is the outcome of sealed bids; the vectors write its amounts as strings.
type sealedResult struct {
	Winner  string        `json:"winner"`
	Payment vadium.Amount `json:"payment"`
	Refund  vadium.Amount `json:"refundToRequester"`
}
