package oracle_test

import (
	"errors"
	"strings"
	"testing"

	"vadium"
	"vadium/oracle"
	"vadium/vaults/risk"
)

func source() oracle.Source {
	return oracle.Source{
		Kind: oracle.RedStone, ID: [32]byte{'E', 'T', 'H'}, Signers: [][20]byte{{1}, {2}, {3}}, Threshold: 3, Decimals: 8,
	}
}

// Each bound has a feed on either side of it.
func TestFeedIsCheckedOnBothSidesOfEachBound(t *testing.T) {
	type change = func(*oracle.Feed)
	values := func(least, most vadium.Amount) change {
		return func(f *oracle.Feed) { f.Least, f.Most = least, most }
	}
	seats := func(n int, slots, quorum uint8) change {
		return func(f *oracle.Feed) { f.Seats, f.Slots, f.Quorum = feedOf(n).Seats, slots, quorum }
	}
	withSource := func(c func(*oracle.Source)) change {
		return func(f *oracle.Feed) {
			s := source()
			c(&s)
			f.Sources = []oracle.Source{s}
		}
	}
	bits96 := vadium.AmountFromBytes32([32]byte{20: 0xff, 21: 0xff, 22: 0xff, 23: 0xff, 24: 0xff, 25: 0xff, 26: 0xff, 27: 0xff, 28: 0xff, 29: 0xff, 30: 0xff, 31: 0xff})
	one := vadium.NewAmount(1)
	for _, c := range []struct {
		name   string
		change change
		want   error
	}{
		{"as it is", func(*oracle.Feed) {}, nil},
		{"no id", func(f *oracle.Feed) { f.ID = oracle.FeedID{} }, oracle.ErrFeedID},
		{"a space in the id", func(f *oracle.Feed) { f.ID = oracle.FeedID{'E', ' ', 'T'} }, oracle.ErrFeedID},
		{"a zero inside the id", func(f *oracle.Feed) { f.ID = oracle.FeedID{'E', 0, 'T'} }, oracle.ErrFeedID},
		{"an id of 32 characters", func(f *oracle.Feed) { f.ID = oracle.FeedID([]byte(strings.Repeat("x", 32))) }, nil},
		{"the first printable and the last", func(f *oracle.Feed) { f.ID = oracle.FeedID{'!', '~'} }, nil},
		{"a delete in the id", func(f *oracle.Feed) { f.ID = oracle.FeedID{'E', 0x7f} }, oracle.ErrFeedID},
		{"not ASCII", func(f *oracle.Feed) { f.ID = oracle.FeedID{'E', 0xc3, 0xa9} }, oracle.ErrFeedID},

		{"three seats", seats(3, 7, 3), oracle.ErrSeats},
		{"four seats, quorum three", seats(4, 7, 3), nil},
		{"four seats, quorum two", seats(4, 7, 2), oracle.ErrFeedQuorum},
		{"four seats, quorum four", seats(4, 7, 4), nil},
		{"four seats, quorum five", seats(4, 7, 5), oracle.ErrFeedQuorum},
		{"seven seats, quorum five", seats(7, 7, 5), nil},
		{"seven seats, quorum four", seats(7, 7, 4), oracle.ErrFeedQuorum},
		{"eight seats of seven slots", seats(8, 7, 6), oracle.ErrSeats},
		{"eight seats of sixteen slots", seats(8, 16, 6), nil},
		{"thirty-one seats", seats(31, 31, 21), nil},
		{"thirty-two seats", seats(32, 31, 22), oracle.ErrSeats},
		{"eight slots", seats(7, 8, 5), oracle.ErrSlots},
		{"no reporter", func(f *oracle.Feed) { f.Seats[2].Reporter = vadium.Account{} }, oracle.ErrSeats},
		{"no key", func(f *oracle.Feed) { f.Seats[0].Key = oracle.Key{} }, oracle.ErrSeats},
		{"a reporter twice", func(f *oracle.Feed) { f.Seats[3].Reporter = f.Seats[1].Reporter }, oracle.ErrSeats},
		{"a key twice", func(f *oracle.Feed) { f.Seats[3].Key = f.Seats[1].Key }, oracle.ErrSeats},
		{"no committee", func(f *oracle.Feed) { f.Committee = [32]byte{} }, oracle.ErrFeedKeys},
		{"no program", func(f *oracle.Feed) { f.Program = vadium.ProgramID{} }, oracle.ErrFeedProgram},
		{"no bond", func(f *oracle.Feed) { f.Bond = vadium.Amount{} }, oracle.ErrFeedBond},

		{"18 decimals", func(f *oracle.Feed) { f.Decimals = 18 }, nil},
		{"19 decimals", func(f *oracle.Feed) { f.Decimals = 19 }, oracle.ErrDecimals},
		{"from nothing", values(vadium.Amount{}, one), oracle.ErrFeedBounds},
		{"one value", values(one, one), nil},
		{"the most below the least", values(vadium.NewAmount(2), one), oracle.ErrFeedBounds},
		{"96 bits", values(one, bits96), nil},
		{"97 bits", values(one, bits96.MustAdd(one)), oracle.ErrFeedBounds},
		{"a price from a millionth", func(f *oracle.Feed) { f.Prices, f.Least = true, vadium.NewAmount(100) }, nil},
		{"a price from less than a millionth", func(f *oracle.Feed) { f.Prices, f.Least = true, vadium.NewAmount(99) }, oracle.ErrFeedBounds},
		{"the highest price", func(f *oracle.Feed) { f.Prices, f.Decimals, f.Most = true, 6, vadium.NewAmount(1<<64-1) }, nil},
		{"more than the highest price", func(f *oracle.Feed) {
			f.Prices, f.Decimals, f.Most = true, 6, vadium.NewAmount(1<<64-1).MustAdd(one)
		}, oracle.ErrFeedBounds},
		{"a depth without a price", func(f *oracle.Feed) { f.Depth = 1 }, oracle.ErrFeedPrices},
		{"an asset without a price", func(f *oracle.Feed) { f.Asset = risk.Asset{1} }, oracle.ErrFeedPrices},
		{"a price of an asset", func(f *oracle.Feed) { f.Prices, f.Asset, f.Depth = true, risk.Asset{1}, 1 }, nil},
		{"no deviation", func(f *oracle.Feed) { f.Deviation = 0 }, oracle.ErrShares},
		{"any deviation", func(f *oracle.Feed) { f.Deviation = 1 }, nil},
		{"a deviation of half", func(f *oracle.Feed) { f.Deviation = 5_000 }, nil},
		{"a deviation of more than half", func(f *oracle.Feed) { f.Deviation = 5_001 }, oracle.ErrShares},
		{"no outlier share", func(f *oracle.Feed) { f.Outlier = 0 }, oracle.ErrShares},
		{"an outlier share of half", func(f *oracle.Feed) { f.Outlier = 5_000 }, nil},
		{"an outlier share of more than half", func(f *oracle.Feed) { f.Outlier = 5_001 }, oracle.ErrShares},

		{"a heartbeat of a second", func(f *oracle.Feed) { f.Heartbeat = 1_000 }, nil},
		{"a shorter heartbeat", func(f *oracle.Feed) { f.Heartbeat = 999 }, oracle.ErrPeriods},
		{"a heartbeat of a day", func(f *oracle.Feed) { f.Heartbeat = vadium.Day }, nil},
		{"a longer heartbeat", func(f *oracle.Feed) { f.Heartbeat = vadium.Day + 1 }, oracle.ErrPeriods},
		{"a window of two time-outs", func(f *oracle.Feed) { f.Window, f.Timeout = 1_000, 500 }, nil},
		{"a shorter window", func(f *oracle.Feed) { f.Window, f.Timeout = 999, 499 }, oracle.ErrPeriods},
		{"a time-out of more than half the window", func(f *oracle.Feed) { f.Window, f.Timeout = 4_000, 2_001 }, oracle.ErrPeriods},
		{"a shorter time-out", func(f *oracle.Feed) { f.Timeout = 499 }, oracle.ErrPeriods},
		{"a window of an hour", func(f *oracle.Feed) { f.Window = vadium.Hour }, nil},
		{"a longer window", func(f *oracle.Feed) { f.Window = vadium.Hour + 1 }, oracle.ErrPeriods},
		{"lasting a second", func(f *oracle.Feed) { f.Lasting = 1_000 }, nil},
		{"lasting less", func(f *oracle.Feed) { f.Lasting = 999 }, oracle.ErrPeriods},
		{"lasting an hour", func(f *oracle.Feed) { f.Heartbeat, f.Lasting = vadium.Minute, vadium.Hour }, nil},
		{"lasting longer", func(f *oracle.Feed) { f.Heartbeat, f.Lasting = vadium.Minute, vadium.Hour+1 }, oracle.ErrPeriods},
		{"lasting as many heartbeats as it may", func(f *oracle.Feed) { f.Heartbeat, f.Lasting = vadium.Second, 64*vadium.Second }, nil},
		{"lasting more", func(f *oracle.Feed) { f.Heartbeat, f.Lasting = vadium.Second, 64*vadium.Second+1 }, oracle.ErrPeriods},

		{"a source", withSource(func(*oracle.Source) {}), nil},
		{"a source of no kind", withSource(func(s *oracle.Source) { s.Kind = 0 }), oracle.ErrSources},
		{"a source of an unknown kind", withSource(func(s *oracle.Source) { s.Kind = 4 }), oracle.ErrSources},
		{"a source without an id", withSource(func(s *oracle.Source) { s.ID = [32]byte{} }), oracle.ErrSources},
		{"no threshold", withSource(func(s *oracle.Source) { s.Threshold = 0 }), oracle.ErrSources},
		{"a threshold above the signers", withSource(func(s *oracle.Source) { s.Threshold = 4 }), oracle.ErrSources},
		{"no signers", withSource(func(s *oracle.Source) { s.Signers, s.Threshold = nil, 0 }), oracle.ErrSources},
		{"a signer twice", withSource(func(s *oracle.Source) { s.Signers[1] = s.Signers[0] }), oracle.ErrSources},
		{"signers out of order", withSource(func(s *oracle.Source) { s.Signers[0], s.Signers[1] = s.Signers[1], s.Signers[0] }), oracle.ErrSources},
		{"a signer of zero", withSource(func(s *oracle.Source) { s.Signers[0] = [20]byte{} }), oracle.ErrSources},
		{"31 signers", withSource(func(s *oracle.Source) { s.Signers = signers(31) }), nil},
		{"32 signers", withSource(func(s *oracle.Source) { s.Signers = signers(32) }), oracle.ErrSources},
		{"a source of 18 decimals", withSource(func(s *oracle.Source) { s.Decimals = 18 }), nil},
		{"a source of 19 decimals", withSource(func(s *oracle.Source) { s.Decimals = 19 }), oracle.ErrSources},
		{"a source twice", func(f *oracle.Feed) { f.Sources = []oracle.Source{source(), source()} }, oracle.ErrSources},
		{"eight sources", func(f *oracle.Feed) { f.Sources = sources(8) }, nil},
		{"nine sources", func(f *oracle.Feed) { f.Sources = sources(9) }, oracle.ErrSources},
	} {
		f := feedOf(7)
		c.change(&f)
		if err := f.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: Check() = %v, want %v", c.name, err, c.want)
		}
	}
}

func signers(n int) (all [][20]byte) {
	for i := range n {
		all = append(all, [20]byte{1, byte(i)})
	}
	return all
}

func sources(n int) (all []oracle.Source) {
	for i := range n {
		s := source()
		s.ID[31] = byte(i)
		all = append(all, s)
	}
	return all
}

func TestFeedsNameIsReadBack(t *testing.T) {
	for _, name := range []string{"", "a b", "é", strings.Repeat("x", 33), "x\x00"} {
		if id, err := oracle.ParseFeed(name); !errors.Is(err, oracle.ErrFeedID) {
			t.Errorf("ParseFeed(%q) = %v, %v, want it refused", name, id, err)
		}
	}
	id, err := oracle.ParseFeed("ETH/USD")
	if name := oracle.NameOf(id); err != nil || name != "ETH/USD" {
		t.Errorf("ParseFeed(ETH/USD) = %v, %v, with the name %q", id, err, name)
	}
}

// The honest are the majority of every quorum, and any two quorums share an honest seat.
func TestQuorumsHoldAgainstAThird(t *testing.T) {
	for n := oracle.LeastSeats; n <= oracle.MostSeats; n++ {
		q, f := oracle.LeastQuorum(n), oracle.Faulty(n)
		if q-f <= f || 2*q-n <= f || 3*f >= n || 3*(f+1) < n {
			t.Errorf("of %d seats %d may be faulty and %d are a quorum", n, f, q)
		}
	}
}

func TestScopesAreScalarsAndOneForEachMarketAndFeed(t *testing.T) {
	seen := map[oracle.Scope]bool{}
	for i := range byte(8) {
		for j := range byte(8) {
			s := oracle.ScopeOf(vadium.Salt{i}, oracle.FeedID{'a' + j})
			if s[0] > 0x1f || seen[s] {
				t.Errorf("scope %x of %d and %d is no scalar or another's", s, i, j)
			}
			seen[s] = true
		}
	}
}
