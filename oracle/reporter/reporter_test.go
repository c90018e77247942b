package reporter

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/oracle"
)

// desk is one reporter of a field, which can be stopped and started again.
type desk struct {
	t       *testing.T
	field   *field
	n       byte
	dir     string
	source  *constantSource
	prover  *quick
	accuser Accuser

	reporter *Reporter
	stop     context.CancelFunc
	ended    chan error
}

func newDesk(t *testing.T, m *field, n byte) *desk {
	return &desk{t: t, field: m, n: n, dir: t.TempDir(), source: &constantSource{value: usual + uint64(n)}, prover: new(quick)}
}

func (d *desk) start() {
	d.t.Helper()
	var err error
	d.reporter, err = New(Config{Feed: d.field.feed.ID, Key: keyOf(d.t, d.n), Dir: d.dir, Accuser: d.accuser}, seat{d.field, accountOf(d.n)}, d.source, d.prover)
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(d.t.Context())
	d.stop, d.ended = cancel, make(chan error, 1)
	go func() { d.ended <- d.reporter.Run(ctx) }()
}

// end stops it and expects no error.
func (d *desk) end() {
	d.t.Helper()
	d.stop()
	if err := <-d.ended; err != nil {
		d.t.Errorf("reporter %d ended with %v", d.n, err)
	}
}

// committee starts reporters 1 to n and stops them when do returns.
func committee(t *testing.T, n int, do func(m *field, desks []*desk)) {
	synctest.Test(t, func(t *testing.T) {
		m := newField(t, n)
		var desks []*desk
		for i := range n {
			d := newDesk(t, m, byte(i+1))
			d.start()
			desks = append(desks, d)
		}
		do(m, desks)
		for _, d := range desks {
			d.end()
		}
	})
}

// rounds sleeps, and returns how many rounds were published meanwhile.
func (m *field) roundsIn(d time.Duration) int {
	before := len(m.published())
	time.Sleep(d)
	synctest.Wait()
	return len(m.published()) - before
}

func TestRoundsComeWithTheHeartbeatAndWhenTheValueMoves(t *testing.T) {
	committee(t, 4, func(m *field, desks []*desk) {
		if got := m.roundsIn(5 * time.Second); got != 1 {
			t.Fatalf("%d rounds in the first five seconds, want one at once", got)
		}
		first := m.published()[0]
		if first.Report.Present != 0b1111 || first.Report.Median != vadium.NewAmount(usual+3) || first.Report.Flags != 0 {
			t.Errorf("the first round is %+v, want all four with the upper middle value", first.Report)
		}
		if got := m.roundsIn(5 * time.Second); got != 0 {
			t.Errorf("%d rounds before the heartbeat", got)
		}
		if got := m.roundsIn(25 * time.Second); got < 2 || got > 3 {
			t.Errorf("%d rounds in 25 seconds with a heartbeat of ten", got)
		}
		for _, d := range desks {
			d.source.say(usual * 99 / 100)
		}
		if got := m.roundsIn(4 * time.Second); got < 1 {
			t.Errorf("%d rounds after the value fell by a hundredth, want one", got)
		}
		if s := desks[0].reporter.Status(); s.Signed < 4 || s.Last != m.last().Report.Round || s.Late || s.SourceFailures != 0 {
			t.Errorf("status = %+v", s)
		}
		leaders := map[vadium.Account]bool{}
		for _, r := range m.published() {
			leaders[r.By] = true
		}
		if len(leaders) < 2 {
			t.Errorf("rounds were published by %d reporters alone", len(leaders))
		}
	})
}

// Whichever of four is dead, lies, or sees nothing, rounds go on.
func TestOneOfFourIsNotMissed(t *testing.T) {
	for name, fail := range map[string]func(*desk){
		"a source is down":        func(d *desk) { d.source.say(0) },
		"a prover makes no proof": func(d *desk) { d.prover.fail() },
		"a reporter is far off":   func(d *desk) { d.source.say(usual * 2) },
		"a reporter has stopped":  func(d *desk) { d.end(); d.field = nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newField(t, 4)
				var desks []*desk
				for i := range 4 {
					desks = append(desks, newDesk(t, m, byte(i+1)))
					desks[i].start()
				}
				m.roundsIn(5 * time.Second)
				fail(desks[1])
				for range 4 {
					if got := m.roundsIn(18 * time.Second); got < 1 {
						t.Errorf("no round within a heartbeat and four time-outs; the last is of %v", m.last().Published)
					}
				}
				for _, r := range m.published() {
					if r.Report.Median.Less(vadium.NewAmount(usual)) || vadium.NewAmount(usual+10).Less(r.Report.Median) {
						t.Errorf("round %d: a median of %v", r.Report.Round, r.Report.Median)
					}
				}
				for _, d := range desks {
					if d.field != nil {
						d.end()
					}
				}
			})
		})
	}
}

// A market that is away is waited for, and found again.
func TestMarketThatIsAwayIsFoundAgain(t *testing.T) {
	committee(t, 4, func(m *field, desks []*desk) {
		m.roundsIn(5 * time.Second)
		m.change(func() { m.down = true })
		if got := m.roundsIn(60 * time.Second); got != 0 {
			t.Fatalf("%d rounds without a market", got)
		}
		m.change(func() { m.down = false; m.board = nil }) // it holds observations in memory alone
		if got := m.roundsIn(60 * time.Second); got < 2 {
			t.Errorf("%d rounds in the minute after it came back", got)
		}
	})
}

// After a crash a reporter signs nothing else for the round that it has signed for.
func TestRestartedReporterDoesNotEquivocate(t *testing.T) {
	committee(t, 4, func(m *field, desks []*desk) {
		for i := range 12 {
			d := desks[i%4]
			m.roundsIn(700 * time.Millisecond)
			d.end()
			d.source.say(usual + 100 + uint64(i))
			d.start()
			m.roundsIn(3 * time.Second)
		}
		if got := len(m.published()); got < 3 {
			t.Errorf("%d rounds came about", got)
		}
		type place struct {
			key   oracle.Key
			round uint64
		}
		said := map[place]oracle.Observation{}
		for _, s := range m.board {
			at := place{s.Key, s.Observation.Round}
			if before, again := said[at]; again && before != s.Observation {
				t.Errorf("two observations of round %d: %+v and %+v", at.round, before, s.Observation)
			}
			said[at] = s.Observation
		}
	})
}

// accusations remembers what it is told.
type accusations struct {
	mu   sync.Mutex
	told []oracle.Misconduct
	keys []oracle.Key
	ends []int // how many quotes came with each
}

func (a *accusations) Accuse(_ context.Context, found oracle.Accuse, quotes []Quote) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told, a.keys, a.ends = append(a.told, found.Of), append(a.keys, found.Finding.Key), append(a.ends, len(quotes))
	return nil
}

func TestLiarsAreAccusedWithQuotes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newField(t, 4)
		told := new(accusations)
		var desks []*desk
		for i := range 4 {
			d := newDesk(t, m, byte(i+1))
			if i == 0 {
				d.accuser = told
			}
			if i == 2 {
				d.source.say(usual * 2)
			}
			d.start()
			desks = append(desks, d)
		}
		m.roundsIn(60 * time.Second)
		liar := m.feed.Seats[2].Key
		if len(told.told) == 0 || told.told[0] != oracle.Deviated || told.keys[0] != liar || told.ends[0] != 2 {
			t.Errorf("the accuser was told %v of %x with %v quotes, want a deviation with two", told.told, told.keys, told.ends)
		}
		// and another equivocates
		other := oracle.Observation{Scope: m.scope, Round: m.last().Report.Round, Value: vadium.NewAmount(5), At: now()}
		signed, err := keyOf(t, 2).Sign(other)
		if err != nil {
			t.Fatal(err)
		}
		m.change(func() { m.board = append(m.board, signed) })
		m.roundsIn(time.Second)
		if i := slices.Index(told.told, oracle.Equivocated); i < 0 || told.keys[i] != m.feed.Seats[1].Key || told.ends[i] != 0 {
			t.Errorf("the accuser was told %v, want an equivocation", told.told)
		}
		for _, key := range told.keys {
			if key != liar && key != m.feed.Seats[1].Key {
				t.Errorf("an honest reporter is accused: %x", key)
			}
		}
		for _, d := range desks {
			d.end()
		}
	})
}

// What the market shows is not believed without a signature.
func TestForgedObservationsAreIgnored(t *testing.T) {
	committee(t, 4, func(m *field, desks []*desk) {
		m.roundsIn(5 * time.Second)
		forged := m.board[0]
		forged.Observation.Round, forged.Observation.Value = 99, vadium.NewAmount(1)
		m.change(func() { m.board = append(m.board, forged) })
		m.roundsIn(5 * time.Second)
		if s := desks[1].reporter.Status(); s.Found != 0 {
			t.Errorf("status = %+v, want nobody found at fault", s)
		}
	})
}

// Seats without the stake do not count for the quorum: with two of four poor there is none, with one there is.
func TestPoorSeatsDoNotCount(t *testing.T) {
	committee(t, 4, func(m *field, _ []*desk) {
		m.roundsIn(5 * time.Second)
		m.change(func() { m.poor[accountOf(3)], m.poor[accountOf(4)] = true, true })
		if got := m.roundsIn(90 * time.Second); got != 0 {
			t.Errorf("%d rounds with two of four backed", got)
		}
		m.change(func() { m.poor[accountOf(4)] = false })
		if got := m.roundsIn(90 * time.Second); got < 2 {
			t.Errorf("%d rounds with three of four backed", got)
		}
	})
}

// A configuration that is announced comes into force by itself, for those who lose their seat, too.
func TestReportersFollowTheFeedsConfiguration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newField(t, 4)
		var desks []*desk
		for i := range 4 {
			desks = append(desks, newDesk(t, m, byte(i+1)))
			desks[i].start()
		}
		newcomer := newDesk(t, m, 5)
		m.roundsIn(5 * time.Second)
		next := feedOf(t, 5)
		next.Seats[0], next.Committee = next.Seats[4], [32]byte{1} // the first loses its seat
		next.Seats = next.Seats[:4]
		m.announce(next, 30*vadium.Second)
		newcomer.start()
		if got := m.roundsIn(20 * time.Second); got < 1 {
			t.Errorf("%d rounds while the change is announced", got)
		}
		m.roundsIn(10*time.Second - time.Millisecond)
		m.change(func() { m.feed, m.next = next, nil })
		if err := <-desks[0].ended; !errors.Is(err, ErrNoSeat) {
			t.Errorf("who lost its seat ended with %v", err)
		}
		time.Sleep(15 * time.Second)
		if s := newcomer.reporter.Status(); s.Signed == 0 {
			t.Errorf("the newcomer's status = %+v, want it to sign", s)
		}
		m.change(func() { m.record(&marketplace.FeedRetired{Feed: m.feed.ID}) })
		for _, d := range append(desks[1:], newcomer) {
			if err := <-d.ended; !errors.Is(err, ErrRetired) {
				t.Errorf("reporter %d ended with %v, want it to say that the feed is retired", d.n, err)
			}
		}
	})
}

// A pause moves what is announced. Reporters take from the market what is in force, those who lose or get a seat as well.
func TestAPauseMovesTheChangeoverForReporters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newField(t, 4)
		var desks []*desk
		for i := range 4 {
			desks = append(desks, newDesk(t, m, byte(i+1)))
			desks[i].start()
		}
		newcomer := newDesk(t, m, 5)
		m.roundsIn(5 * time.Second)
		next := feedOf(t, 5)
		next.Seats, next.Outlier, next.Quorum = next.Seats[1:], 300, uint8(oracle.LeastQuorum(4)) // the first loses its seat
		var keys []oracle.Key
		for _, s := range next.Seats {
			keys = append(keys, s.Key)
		}
		var err error
		if next.Committee, err = pricemedian.Committee(7, keys); err != nil {
			t.Fatal(err)
		}
		m.announce(next, 30*vadium.Second)
		newcomer.start()
		m.roundsIn(20 * time.Second)
		m.pause()
		if got := m.roundsIn(60 * time.Second); got != 0 {
			t.Fatalf("%d rounds in a pause", got)
		}
		m.unpause() // ten seconds are left
		if got := m.roundsIn(10*time.Second - time.Millisecond); got < 1 {
			t.Errorf("%d rounds after the pause under what is still in force", got)
		}
		select {
		case err := <-desks[0].ended:
			t.Errorf("who has its seat until the changeover ended before it with %v", err)
			desks[0].ended <- ErrNoSeat
		default:
		}
		m.change(func() { m.feed, m.next = next, nil })
		if err := <-desks[0].ended; !errors.Is(err, ErrNoSeat) {
			t.Errorf("who lost its seat ended with %v", err)
		}
		if got := m.roundsIn(30 * time.Second); got < 1 {
			t.Errorf("%d rounds after the changeover", got)
		}
		if s := newcomer.reporter.Status(); s.Signed == 0 {
			t.Errorf("the newcomer's status = %+v, want it to sign", s)
		}
		for _, d := range append(desks[1:], newcomer) {
			d.end()
		}
	})
}

// An outage moves what is announced, too: whoever went over to it by its clock comes back.
func TestAnOutageMovesTheChangeoverForReporters(t *testing.T) {
	committee(t, 4, func(m *field, _ []*desk) {
		m.roundsIn(5 * time.Second)
		next := feedOf(t, 4)
		next.Outlier = 300
		m.announce(next, 30*vadium.Second)
		m.roundsIn(35 * time.Second)
		m.change(func() { // it was away for a minute, and says so late
			m.nextFrom = m.nextFrom.Add(60 * vadium.Second)
			m.record(&marketplace.Resumed{Gap: 60 * vadium.Second})
		})
		if got := m.roundsIn(40 * time.Second); got < 2 {
			t.Errorf("%d rounds after the outage under what is still in force", got)
		}
	})
}

// A quarter of the window of eight seconds is how old what is signed may be.
func TestOldValuesAreNotSignedAsNew(t *testing.T) {
	for age, signs := range map[vadium.Duration]bool{0: true, 2_000: true, 2_001: false} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, newField(t, 4), 1)
			d.source.lag(age)
			d.start()
			d.field.roundsIn(5 * time.Second)
			if s := d.reporter.Status(); (s.Signed > 0) != signs || (s.SourceFailures == 0) != signs || (s.SeenAt != 0) != signs {
				t.Errorf("with values %d ms old the status is %+v, want signing to be %v", age, s, signs)
			}
			d.end()
		})
	}
}

// What most of the quotes that a value is the median of say bounds it.
func TestAValueRestsOnFreshQuotesIfMostAreFresh(t *testing.T) {
	f := feedOf(t, 4) // a window of 8 s
	for _, c := range []struct {
		window vadium.Duration
		ages   []vadium.Duration
		want   bool
	}{
		{f.Window, nil, true},
		{f.Window, []vadium.Duration{2_000}, true},
		{f.Window, []vadium.Duration{2_001}, false},
		{f.Window, []vadium.Duration{-900, 2_001}, false},
		{f.Window, []vadium.Duration{0, 2_001, 2_000}, true},
		{f.Window, []vadium.Duration{2_001, 2_001, 0}, false},
		{f.Window, []vadium.Duration{0, 0, 9_000, 9_000}, false},
		{vadium.Second, []vadium.Duration{1_000}, true},
		{vadium.Second, []vadium.Duration{1_001}, false},
		{vadium.Hour, []vadium.Duration{oracle.MaxQuoteAge}, true},
		{vadium.Hour, []vadium.Duration{oracle.MaxQuoteAge + 1}, false},
	} {
		f.Window = c.window
		var quotes []Quote
		for _, age := range c.ages {
			quotes = append(quotes, Quote{Quote: oracle.Quote{At: 1_000_000 - vadium.Time(age)}})
		}
		if got := restsOnFresh(f, quotes, 1_000_000); got != c.want {
			t.Errorf("a window of %d ms, quotes %v ms old: %v, want %v", c.window, c.ages, got, c.want)
		}
	}
}

func TestAFolderIsOneReportersAndOneKeys(t *testing.T) {
	m := newField(t, 4)
	first, second := newDesk(t, m, 1), newDesk(t, m, 1)
	second.dir = first.dir
	log, err := openIntents(first.dir, keyOf(t, 2).Key(), m.scope)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.append(keyOf(t, 2).Key(), oracle.Observation{Scope: m.scope, Round: 1}); err != nil {
		t.Fatal(err)
	}
	first.start()
	if err := <-first.ended; !errors.Is(err, errOtherKey) {
		t.Errorf("in another key's folder it ended with %v", err)
	}
	if err := os.Remove(filepath.Join(first.dir, "signed.log")); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		m := newField(t, 4)
		first, second := newDesk(t, m, 1), newDesk(t, m, 1)
		second.dir = first.dir
		first.start()
		synctest.Wait()
		second.start()
		if err := <-second.ended; !errors.Is(err, errLocked) {
			t.Errorf("a second one ended with %v", err)
		}
		first.end()
	})
}
