package marketplacetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// The words of scenarios about assets of collateral and prices. An asset is named by a word of at most 20 letters.
//
//	collateral gold haircut=5000 cap=1000   takes gold, or changes its entry; "collateral gold gone" strikes it off
//	credit carol gold 100                   carol has 100 gold more
//	vault carol 50 asset=gold               and opens a vault in it
//	withdraw carol 10 asset=gold
//	quote gold 2.5 average=2.4              publishes a price; "quote own 1" that of the market's own asset
//	feed gold                               what the market knows of it
func init() {
	words["collateral"] = (*scenario).collateral
	words["credit"] = func(s *scenario, c *call) error {
		to, asset, amount := c.word(), s.names.asset(c.word()), c.tokens(c.word())
		reference := c.get("reference", fmt.Sprintf("deposit %d", s.commands))
		return s.send(c, c.get("by", "operator"), marketplace.CreditCollateral{
			Account: s.names.account(to), Asset: asset, Amount: amount, Reference: Salt(reference),
		})
	}
	words["quote"] = (*scenario).quote
	words["feed"] = (*scenario).showFeed
	words["leave"] = (*scenario).showLeaving
}

// Asset returns the asset called name; "own" is the market's.
func Asset(name string) (a risk.Asset) {
	if name != "own" {
		copy(a[:], name)
	}
	return a
}

func (n *Names) asset(name string) risk.Asset {
	a := Asset(name)
	if a != (risk.Asset{}) {
		n.words[a.String()] = name
	}
	return a
}

func (s *scenario) asset(c *call) risk.Asset { return s.names.asset(c.get("asset", "own")) }

// assetName is an asset's name with what comes before it in a line, and nothing for the market's own.
func assetName(a risk.Asset) string {
	if a == (risk.Asset{}) {
		return ""
	}
	return ":" + strings.TrimRight(string(a[:]), "\x00")
}

func (s *scenario) collateral(c *call) error {
	name := c.word()
	asset := s.names.asset(name)
	registry := slices.Clone(s.State.Network().Collateral)
	registry = slices.DeleteFunc(registry, func(o risk.Collateral) bool { return o.Asset == asset })
	if c.or("") != "gone" {
		feed := risk.FeedID{}
		copy(feed[:], c.get("feed", "feed of "+name))
		s.names.words[feed.String()] = c.get("feed", "feed of "+name)
		registry = append(registry, risk.Collateral{
			Asset: asset, Haircut: vadium.Bps(c.number(c.get("haircut", "5000"))), Cap: c.tokens(c.get("cap", "1000")), Feed: feed,
		})
	}
	slices.SortFunc(registry, func(a, b risk.Collateral) int { return slices.Compare(a.Asset[:], b.Asset[:]) })
	return s.send(c, c.get("by", "operator"), marketplace.SetCollateral{Collateral: registry})
}

// micro reads a decimal as millionths.
func (c *call) micro(text string) uint64 {
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseUint(whole+(fraction + "000000")[:6], 10, 64)
	c.fail(err)
	return n
}

func (s *scenario) quote(c *call) error {
	asset := s.names.asset(c.word())
	price := c.word()
	return s.send(c, c.get("by", "operator"), marketplace.PublishPrice{
		Asset: asset, Spot: risk.Price(c.micro(price)), Average: risk.Price(c.micro(c.get("average", price))),
		Confidence: vadium.Ppm(c.number(c.get("confidence", "0"))), At: s.Now.Add(-c.length(c.get("ago", "0s"))),
		Quorum: c.get("quorum", "yes") == "yes", Depth: risk.Value(c.micro(c.get("depth", "1000000"))),
	})
}

// showFeed prints what the market knows of a price, and how much stake in the asset would fetch.
func (s *scenario) showFeed(c *call) error {
	asset := s.names.asset(c.word())
	feed := s.State.Feed(asset)
	if feed == nil {
		s.printf("no price was ever published")
		return c.done()
	}
	freshness := "fresh"
	if !feed.Gauge.Fresh(s.Now, s.State.RiskParams()) {
		freshness = "stale"
	}
	s.printf("%s now=%s held=%s sigma=%dppm heldSigma=%dppm", freshness, inMicro(uint64(feed.Gauge.Now.Price)), inMicro(uint64(feed.Gauge.Held.Price)),
		feed.Gauge.Now.Sigma, feed.Gauge.Held.Sigma)
	if average, ok := feed.Month.Average(s.Now); ok {
		s.printf("month=%s", inMicro(uint64(average)))
	}
	if secured, ok := s.State.Secures(asset); ok {
		s.printf("vaulted=%s secures=%s", s.State.Vaulted(asset).Tokens(), inMicro(uint64(secured)))
	}
	return c.done()
}

// showLeaving prints whether so much could leave a prover's vault now.
func (s *scenario) showLeaving(c *call) error {
	v, amount := s.State.VaultOf(s.names.account(c.word())), c.tokens(c.word())
	if err := s.State.CheckLeaving(v, true, amount, s.Now); err != nil {
		s.printf("refused: %s", s.Say(err))
	} else {
		s.printf("may leave")
	}
	return c.done()
}

func inMicro(n uint64) string {
	text := fmt.Sprintf("%d.%06d", n/1_000_000, n%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

func (l *line) asset(a risk.Asset) *line {
	return l.flag("asset="+strings.TrimPrefix(assetName(a), ":"), a != risk.Asset{})
}

func (l *line) across(x risk.Exposure) *line {
	return l.flag(fmt.Sprintf("across=%s/%s for %dh", inMicro(uint64(x.Value)), inMicro(uint64(x.Cap)), x.Epochs), x != risk.Exposure{})
}

// describePrices writes the events about assets of collateral.
func describePrices(l *line, event marketplace.Event) bool {
	named := func(a risk.Asset) string {
		if a == (risk.Asset{}) {
			return "own"
		}
		return assetName(a)[1:]
	}
	switch e := event.(type) {
	case *marketplace.CollateralSet:
		for _, c := range e.Collateral {
			l.say("%s haircut=%dbps cap=%s", named(c.Asset), c.Haircut, c.Cap.Tokens())
		}
	case *marketplace.CollateralDeposited:
		l.who(e.Account).say("%s%s", e.Amount.Tokens(), assetName(e.Asset))
	case *marketplace.CollateralWithdrawn:
		l.who(e.Account).say("%s%s", e.Amount.Tokens(), assetName(e.Asset))
	case *marketplace.PricePublished:
		l.say("%s %s", named(e.Asset), inMicro(uint64(e.Quote.Spot)))
		l.flag("average="+inMicro(uint64(e.Quote.Average)), e.Quote.Average != e.Quote.Spot)
		l.flag(fmt.Sprintf("confidence=%dppm", e.Quote.Confidence), e.Quote.Confidence != 0)
		l.flag("at="+since(e.Quote.At, l.at), e.Quote.At != l.at).flag("no-quorum", !e.Quote.Quorum)
	default:
		return false
	}
	return true
}

// sayOther prints what an account has in other assets, its vault's included.
func (s *scenario) sayOther(b *strings.Builder, account vadium.Account) {
	for _, asset := range s.State.Assets()[1:] {
		if has := s.State.BalanceIn(account, asset); !has.IsZero() {
			fmt.Fprintf(b, " balance=%s%s", has.Tokens(), assetName(asset))
		}
	}
	if v := s.State.VaultOf(account); v != nil && v.Asset != (risk.Asset{}) {
		fmt.Fprintf(b, " stakes%s", assetName(v.Asset))
	}
}

func (s *scenario) sayTreasuries() {
	for _, asset := range s.State.Assets()[1:] {
		t := s.State.TotalsIn(asset)
		s.printf("%s in=%s balances=%s stake=%s insurance=%s burnt=%s withdrawn=%s", assetName(asset)[1:], t.In.Tokens(), t.Balances.Tokens(),
			t.Stake.Tokens(), t.Insurance.Tokens(), t.Burnt.Tokens(), t.Withdrawn.Tokens())
	}
}
