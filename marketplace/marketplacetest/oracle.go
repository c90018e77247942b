package marketplacetest

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vadium"
	"vadium/marketplace"
	"vadium/oracle"
	"vadium/vaults/risk"
)

// The words of scenarios about feeds whose rounds are proven. Values have six decimals, like prices; what is proven and
// signed is the shell's to find, and given here.
//
//	reporter rep1                         registers a key called rep1; key=NAME another, held=no one that is not its own
//	reporters 4 bond=100                  funds rep1 to rep4, opens their vaults, registers their keys and a program
//	setfeed ETH/USD rep1,rep2,rep3,rep4   registers a feed or announces what it will be; prices=own or gold, and its numbers
//	round ETH/USD 2000 rep4=2100          publishes what all seats signed just now, rep4 something else; absent=rep3, ago=5s,
//	                                      report fields spoilt by name: number, quorum, outlier, scope, committee, proven=no
//	rounds ETH/USD 2000 every=10s for=1m  one after another
//	sign rep4 ETH/USD 7 2100              rep4 signs that for round 7, too
//	retire ETH/USD the reason
//	proven ETH/USD                        what the market knows of it
//	commit alice rep4 e offence=oracle-deviation feed=ETH/USD rounds=5,9 upstream=2000,2001
//	reveal alice rep4 e ...               likewise: what rep4 signed for these rounds, and what others say
func init() {
	maps.Copy(words, map[string]func(*scenario, *call) error{
		"reporter": (*scenario).reporter, "reporters": (*scenario).reporters, "setfeed": (*scenario).setFeed, "round": (*scenario).round,
		"rounds": (*scenario).rounds, "sign": (*scenario).sign, "proven": (*scenario).showProven,
		"retire": func(s *scenario, c *call) error {
			return s.send(c, c.get("by", "operator"), marketplace.RetireFeed{Feed: s.names.feed(c.word()), Reason: c.rest()})
		},
	})
}

// FeedID returns the id of a feed called name.
func FeedID(name string) (id oracle.FeedID) {
	copy(id[:], name)
	return id
}

// Key returns the reporter's key called name.
func Key(name string) oracle.Key { return sha256.Sum256([]byte("key " + name)) }

// Committee returns what stands for the digest of a committee's keys.
func Committee(slots uint8, seats []oracle.Seat) [32]byte {
	all := []byte{slots}
	for _, seat := range seats {
		all = append(all, seat.Key[:]...)
	}
	return sha256.Sum256(all)
}

// Feed returns a feed called name of the reporters called so, each with the key of its own name.
func Feed(name string, reporters ...string) oracle.Feed {
	f := oracle.Feed{
		ID: FeedID(name), Program: Program("price-median-7").ID(), Slots: 7, Quorum: uint8(oracle.LeastQuorum(len(reporters))), Decimals: 6,
		Least: vadium.NewAmount(1_000), Most: vadium.NewAmount(1_000_000_000_000), Heartbeat: vadium.Minute, Deviation: 50, Window: 30 * vadium.Second,
		Timeout: 5 * vadium.Second, Outlier: 250, Lasting: vadium.Minute, Bond: vadium.Tokens(100),
		Sources: []oracle.Source{{Kind: oracle.RedStone, ID: FeedID(name), Signers: [][20]byte{{1}, {2}, {3}}, Threshold: 2, Decimals: 8}},
	}
	for _, reporter := range reporters {
		f.Seats = append(f.Seats, oracle.Seat{Reporter: Account(reporter), Key: Key(reporter)})
	}
	return f
}

// SetFeed returns the command that registers a feed, with the shell's digest of its keys.
func SetFeed(f oracle.Feed) marketplace.SetFeed {
	return marketplace.SetFeed{Feed: f, Committee: Committee(f.Slots, f.Seats)}
}

// signedBy is what reporters signed: by feed, key and round.
type signedBy map[signedFor][]oracle.Observation

type signedFor struct {
	feed  oracle.FeedID
	key   oracle.Key
	round uint64
}

// Observed notes that a seat signed an observation.
func (w *World) Observed(feed oracle.FeedID, key oracle.Key, o oracle.Observation) oracle.Signed {
	for w.signed[signedFor{feed, key, o.Round}] == nil || !slices.Contains(w.signed[signedFor{feed, key, o.Round}], o) {
		w.signed[signedFor{feed, key, o.Round}] = append(w.signed[signedFor{feed, key, o.Round}], o)
	}
	return oracle.Signed{Observation: o, Key: key}
}

// Round returns the command that publishes the next round of a feed: what its seats saw at times, in slot order; a seat whose
// value is zero is absent.
func (w *World) Round(feed oracle.FeedID, values []vadium.Amount, at []vadium.Time) marketplace.PublishRound {
	row := w.State.ProvenFeed(feed)
	in := w.State.InForce(row, w.Now)
	var signed []oracle.Signed
	for slot, seat := range in.Seats {
		if values[slot].IsZero() {
			continue
		}
		signed = append(signed, w.Observed(feed, seat.Key, oracle.Observation{
			Scope: w.State.ScopeOf(feed), Round: row.Last.Report.Round + 1, Value: values[slot], At: at[slot],
		}))
	}
	return marketplace.PublishRound{Feed: feed, Report: in.Summarise(signed), Proof: []byte("a proof"), Valid: true, Program: in.Program}
}

func (n *Names) feed(name string) oracle.FeedID {
	id := FeedID(name)
	n.words[id.String()] = name
	return id
}

func (n *Names) key(name string) oracle.Key {
	key := Key(name)
	n.words[fmt.Sprintf("0x%x", key)] = name
	return key
}

func (s *scenario) reporter(c *call) error {
	by := c.word()
	return s.send(c, by, marketplace.RegisterReporter{Key: s.names.key(c.get("key", by)), Held: c.get("held", "yes") == "yes"})
}

// reporters lets so many come: funded, with vaults and keys.
func (s *scenario) reporters(c *call) error {
	n, bond := c.number(c.word()), c.get("bond", "100")
	if err := c.done(); err != nil {
		return err
	}
	s.quiet = true
	defer func() { s.quiet = false }()
	var lines []string
	if s.State.Listing(s.names.program("price-median-7")) == nil {
		lines = append(lines, "program price-median-7")
	}
	for i := range n {
		name := fmt.Sprint("rep", i+1)
		lines = append(lines, "fund "+name+" "+bond, "vault "+name+" "+bond, "reporter "+name)
	}
	for _, line := range lines {
		if err := s.execute(line); err != nil {
			return err
		}
		if s.refusal != nil {
			return fmt.Errorf("%s: %w", line, s.refusal)
		}
	}
	return nil
}

func (s *scenario) setFeed(c *call) error {
	name, reporters := c.word(), strings.Split(c.word(), ",")
	s.names.feed(name)
	f := Feed(name, reporters...)
	for i, reporter := range reporters {
		s.names.account(reporter)
		f.Seats[i].Key = s.names.key(c.get("key-of-"+reporter, reporter))
	}
	if prices := c.get("prices", ""); prices != "" {
		f.Prices, f.Asset, f.Depth = true, s.names.asset(prices), risk.Value(c.micro(c.get("depth", "1000000")))
	}
	f.Program = s.names.program(c.get("program", "price-median-7"))
	f.Quorum = uint8(c.number(c.get("quorum", fmt.Sprint(f.Quorum))))
	f.Outlier = vadium.Bps(c.number(c.get("outlier", "250")))
	f.Window, f.Lasting = c.length(c.get("window", "30s")), c.length(c.get("lasting", "1m"))
	f.Bond = c.tokens(c.get("bond", "100"))
	body := SetFeed(f)
	if c.get("keys", "") == "wrong" {
		body.Committee = [32]byte{}
	}
	return s.send(c, c.get("by", "operator"), body)
}

// micros reads a value with six decimals.
func (c *call) micros(text string) vadium.Amount { return vadium.NewAmount(c.micro(text)) }

// nextRound reads what is published next.
func (c *call) nextRound(s *scenario, feed oracle.FeedID, value string) (marketplace.PublishRound, error) {
	row := s.State.ProvenFeed(feed)
	if row == nil {
		return marketplace.PublishRound{Feed: feed}, nil
	}
	in := s.State.InForce(row, s.Now)
	values, times := make([]vadium.Amount, len(in.Seats)), make([]vadium.Time, len(in.Seats))
	absent := strings.Split(c.get("absent", ""), ",")
	oldest, newest := s.Now.Add(-c.length(c.get("ago", "0s"))), s.Now.Add(c.length(c.get("ahead", "0s")))
	for slot, seat := range in.Seats {
		name := s.names.of(seat.Reporter)
		if values[slot], times[slot] = c.micros(c.get(name, value)), newest; slot == 0 {
			times[slot] = oldest
		}
		if slices.Contains(absent, name) {
			values[slot] = vadium.Amount{}
		}
	}
	body := s.Round(feed, values, times)
	r := &body.Report
	r.Round = c.number(c.get("number", fmt.Sprint(r.Round)))
	r.Quorum = uint8(c.number(c.get("quorum", fmt.Sprint(r.Quorum))))
	r.Outlier = vadium.Bps(c.number(c.get("outlier", fmt.Sprint(r.Outlier))))
	if c.get("scope", "") == "other" {
		r.Scope[31]++
	}
	if c.get("committee", "") == "other" {
		r.Committee[31]++
	}
	body.Valid = c.get("proven", "yes") == "yes"
	return body, c.err
}

func (s *scenario) round(c *call) error {
	feed, value := s.names.feed(c.word()), c.word()
	by := c.get("by", "rep1")
	body, err := c.nextRound(s, feed, value)
	if err != nil {
		return err
	}
	body.Prover = s.names.account(by)
	return s.send(c, by, body)
}

// rounds publishes the same again and again, and prints what else than rounds and their prices comes of it.
func (s *scenario) rounds(c *call) error {
	feed, value := s.names.feed(c.word()), c.word()
	every, left := c.length(c.get("every", "10s")), c.length(c.get("for", "1m"))
	for ; left > 0 && c.err == nil; left -= every {
		records := s.Wait(every)
		body, err := c.nextRound(s, feed, value)
		if err != nil {
			return err
		}
		published, err := s.Do(c.get("by", "rep1"), body)
		if err != nil {
			return s.show(nil, err)
		}
		for _, record := range published {
			switch record.Event.(type) {
			case *marketplace.RoundPublished, *marketplace.PricePublished:
			default:
				records = append(records, record)
			}
		}
		if err := s.show(records, nil); err != nil {
			return err
		}
	}
	if err := c.done(); err != nil {
		return err
	}
	return s.showProvenFeed(feed)
}

// sign lets a reporter sign something for a round that is published, was, or never will be.
func (s *scenario) sign(c *call) error {
	by, feed, round, value := c.word(), s.names.feed(c.word()), c.number(c.word()), c.micros(c.word())
	o := oracle.Observation{Scope: s.State.ScopeOf(feed), Round: round, Value: value, At: s.Now.Add(-c.length(c.get("ago", "0s")))}
	s.Observed(feed, Key(c.get("key", by)), o)
	return c.done()
}

// finding reads what evidence against a reporter says: what it signed for the rounds named, and what others said then.
func (c *call) finding(s *scenario, offender string) (found oracle.Finding) {
	name := c.get("feed", "")
	if name == "" {
		return found
	}
	found.Feed, found.Key = s.names.feed(name), Key(c.get("key", offender))
	for text := range strings.SplitSeq(c.get("rounds", ""), ",") {
		if text != "" {
			found.Signed = append(found.Signed, s.signed[signedFor{found.Feed, found.Key, c.number(text)}]...)
		}
	}
	away := c.length(c.get("away", "0s"))
	for i, text := range strings.Split(c.get("upstream", ""), ",") {
		if text != "" && i < len(found.Signed) {
			found.Upstream = append(found.Upstream, oracle.Quote{
				Source: uint8(c.number(c.get("source", "0"))), Value: c.micros(text), At: found.Signed[i].At.Add(away),
			})
		}
	}
	return found
}

func (s *scenario) showProven(c *call) error {
	feed := s.names.feed(c.word())
	if err := c.done(); err != nil {
		return err
	}
	return s.showProvenFeed(feed)
}

func (s *scenario) showProvenFeed(id oracle.FeedID) error {
	f := s.State.ProvenFeed(id)
	if f == nil {
		s.printf("there is no such feed")
		return nil
	}
	in := s.State.InForce(f, s.Now)
	l := &line{names: s.names, at: s.Now}
	l.say("%s seats=%s quorum=%d backed=%s", oracle.NameOf(id), strings.Join(s.names.seats(in, ^oracle.Present(0)), ","), in.Quorum,
		strings.Join(s.names.seats(in, s.State.Backed(in)), ","))
	l.flag("retired", f.Retired)
	if f.Next != nil && in != f.Next {
		l.say("next=%s", strings.Join(s.names.seats(f.Next, ^oracle.Present(0)), ",")).when("from", f.NextFrom)
	}
	if r := f.Last.Report; r.Round > 0 {
		l.say("round=%d median=%s", r.Round, value(in, r.Median)).when("published", f.Last.Published)
		if mean, known := f.Average.Over(s.Now); known {
			l.say("average=%s", value(in, mean))
		}
	}
	s.printf("%s", strings.TrimSpace(l.String()))
	return nil
}

// seats are the names of a feed's reporters of the slots in a set.
func (n *Names) seats(f *oracle.Feed, of oracle.Present) (names []string) {
	for slot, seat := range f.Seats {
		if of.Has(slot) {
			names = append(names, n.of(seat.Reporter))
		}
	}
	return names
}

// value writes a value of a feed.
func value(f *oracle.Feed, v vadium.Amount) string {
	digits := v.String()
	if f.Decimals != 6 {
		return digits
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return digits
	}
	return inMicro(n)
}

// describeOracle writes the events of reporters and feeds.
func (w *World) describeOracle(l *line, event marketplace.Event) bool {
	switch e := event.(type) {
	case *marketplace.ReporterRegistered:
		l.who(e.Reporter)
	case *marketplace.FeedSet:
		f := &e.Feed
		l.say("%s seats=%s quorum=%d", oracle.NameOf(f.ID), strings.Join(w.names.seats(f, ^oracle.Present(0)), ","), f.Quorum)
		l.flag("prices="+cmp.Or(strings.TrimPrefix(assetName(f.Asset), ":"), "own"), f.Prices).flag("from="+since(e.From, l.at), e.From != l.at)
	case *marketplace.FeedRetired:
		l.say("%s %q", oracle.NameOf(e.Feed), e.Reason).when("reserved", e.Reserved)
	case *marketplace.RoundPublished:
		f := w.State.ProvenFeed(e.Feed)
		r := e.Report
		l.say("%s %d median=%s", oracle.NameOf(e.Feed), r.Round, value(&f.Feed, r.Median)).flag("oldest="+since(r.Oldest, l.at), r.Oldest != l.at)
		if absent := w.names.seats(&f.Feed, ^r.Present); len(absent) > 0 {
			l.say("absent=%s", strings.Join(absent, ","))
		}
		l.flag("flagged="+strings.Join(w.names.seats(&f.Feed, r.Flags), ","), r.Flags != 0)
	default:
		return false
	}
	return true
}
