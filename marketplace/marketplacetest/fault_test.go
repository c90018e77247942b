package marketplacetest_test

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/marketplace/journal"
	"vadium/marketplace/marketplacetest"
	"vadium/marketplace/sequencer"
)

// A market on the real sequencer and a machine to which everything happens that a machine can do: power cuts, at rest and
// while a batch is being written, syncs that fail, a full disk, a disk that takes seconds, a clock that is set back and
// forth, a latest snapshot that is torn. Its clients send messages twice, late and in another order, and several at once.
// As on the machine that only crashes, nothing acknowledged is lost, nothing is carried out twice, every invariant holds
// after every record, and however the state is rebuilt it is the same.
func TestSimulatedMarketSurvivesFaults(t *testing.T) {
	sum := newTally(t)
	eachSeed(t, func(t *testing.T, seed uint64) {
		s := marketplacetest.NewSimulation(t, seed, marketplacetest.Honest, marketplacetest.Erratic, marketplacetest.Slow)
		s.Run(20 + int(seed%40))
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t, seed, sum)
			m.start()
			mail := m.shuffle(s.Sent)
			happens := m.troublePlan(len(mail))
			for i := 0; i < len(mail); {
				burst := mail[i:min(len(mail), i+1+m.random.IntN(3))]
				m.await(burst[0].At)
				trouble := faultless
				if happens(i) {
					trouble = pickTrouble(m)
				}
				m.deliver(burst, trouble)
				i += len(burst)
			}
			m.calm()
			m.stop()
			m.check()
			if m.crashes+len(m.troubles) == 0 || len(m.acked) < 40 {
				t.Errorf("seed %d: %d crashes, %v and %d commands: nothing was tested", seed, m.crashes, m.troubles, len(m.acked))
			}
		})
	})
}

// troublePlan says at which of n messages something happens: at one in three, or until the machine has crashed as many
// times as was asked for.
func (m *machine) troublePlan(n int) func(i int) bool {
	if *crashes != everyAppend {
		due := crashPlan(m.random, n)
		return func(i int) bool { return due(i) > m.crashes }
	}
	return func(int) bool { return m.random.IntN(3) == 0 }
}

// shuffle is what the network does to messages: some come twice, some late, some before others that were sent earlier.
// Those that furnish the market come as they were sent, so that there is something to disturb.
func (m *machine) shuffle(sent []marketplacetest.Sending) []marketplacetest.Sending {
	mail := slices.Clone(sent)
	furnished := slices.IndexFunc(sent, func(s marketplacetest.Sending) bool { return s.At.After(sent[0].At) })
	for i := furnished; i < len(sent); i++ {
		switch m.random.IntN(8) {
		case 0: // again, later
			again := sent[i]
			again.At = again.At.Add(vadium.Duration(m.random.Int64N(int64(15 * vadium.Minute))))
			mail = append(mail, again)
			m.troubles["duplicated"]++
		case 1: // late
			mail[i].At = mail[i].At.Add(vadium.Duration(m.random.Int64N(int64(2 * vadium.Minute))))
			m.troubles["late"]++
		case 2: // and at the same time as another
			if i+1 < len(mail) {
				mail[i].At = max(mail[i].At, mail[i+1].At)
				m.troubles["reordered"]++
			}
		}
	}
	slices.SortStableFunc(mail[furnished:], func(a, b marketplacetest.Sending) int { return cmp.Compare(a.At, b.At) })
	return mail
}

// await lets time pass, and restarts the market if it ended meanwhile.
func (m *machine) await(at vadium.Time) {
	m.Helper()
	if wait := at.Sub(m.now()); wait > 0 {
		time.Sleep(time.Duration(wait) * time.Millisecond)
	}
	synctest.Wait()
	m.revive()
}

// revive restarts a market that has ended.
func (m *machine) revive() {
	m.Helper()
	select {
	case <-m.market.Stopped(): // Run itself returns only when a snapshot that it is storing is done
		m.recover()
	default:
	}
}

// trouble is something that happens to the machine. before happens as the messages arrive, during while they are being
// answered.
type trouble struct {
	name   string
	before func(m *machine)
	during func(m *machine)
}

var faultless = trouble{}

// syncing is how long a write takes, at most, on a disk that is slow.
const syncing = 20 * time.Second

var troubles = []trouble{
	{name: "power cut at rest", before: func(m *machine) { m.powerCut() }},
	{
		name:   "power cut while writing",
		before: func(m *machine) { m.disk.Slow(time.Second) },
		during: func(m *machine) {
			time.Sleep(time.Duration(m.random.Int64N(int64(2 * time.Second))))
			m.powerCut()
		},
	},
	{name: "failed sync", before: func(m *machine) { m.arm() }},
	{
		name:   "full disk",
		before: func(m *machine) { m.fill(true) },
		during: func(m *machine) { // while it is full the market does not start, and loses nothing by trying
			synctest.Wait()
			select {
			case <-m.market.Stopped():
				err := <-m.ended
				if !errors.Is(err, sequencer.ErrDurabilityUnknown) {
					m.Errorf("seed %d: on a full disk the market ended with %v", m.seed, err)
				}
				m.ended <- err
				m.cancel()
				m.disk.Crash()
				if err := m.boot(); !errors.Is(err, journal.ErrUnknown) {
					m.Errorf("seed %d: opening the market on a full disk = %v, want %v", m.seed, err, journal.ErrUnknown)
				}
			default: // nothing had to be written
			}
			m.fill(false)
		},
	},
	{name: "slow disk", before: func(m *machine) { m.disk.Slow(time.Duration(m.random.Int64N(int64(syncing)))) }},
	// The market's time never goes back, so an hour ahead is an hour in which its time stands still: once in a simulation.
	{name: "clock an hour ahead", before: func(m *machine) {
		if m.troubles["clock an hour ahead"] == 1 {
			m.setClock(vadium.Hour)
		}
	}},
	{name: "clock an hour behind", before: func(m *machine) { m.setClock(-vadium.Hour) }},
	{name: "clock a little off", before: func(m *machine) { m.setClock(vadium.Duration(m.random.Int64N(20_000) - 10_000)) }},
	{name: "clock put right", before: func(m *machine) { m.setClock(0) }},
	{name: "torn snapshot", before: func(m *machine) { m.tearSnapshot(); m.powerCut() }},
}

// pickTrouble takes one at random. Where the number of crashes was asked for, it is one that ends the market.
func pickTrouble(m *machine) trouble {
	all := troubles
	if *crashes != everyAppend {
		all = slices.DeleteFunc(slices.Clone(troubles), func(t trouble) bool { return t.name[:5] == "clock" || t.name == "slow disk" })
	}
	chosen := all[m.random.IntN(len(all))]
	m.troubles[chosen.name]++
	return chosen
}

// setClock steps the machine's clock. While the market is being furnished it is right: a market that opens at another time
// than its people live in refuses them all, and nothing is tested.
func (m *machine) setClock(step vadium.Duration) {
	if m.now().After(marketplacetest.Start.Add(2 * vadium.Minute)) {
		m.step = step
	}
}

func (m *machine) fill(full bool) {
	m.disk.Fill(full)
	m.blobs.Fill(full)
}

// calm ends what goes on: the disk has room and is fast.
func (m *machine) calm() {
	m.Helper()
	m.fill(false)
	m.disk.Slow(0)
	m.step = 0
	time.Sleep(2 * syncing)
	synctest.Wait()
	m.revive()
}

// powerCut ends the machine at once. The market finds out when it next writes, so it is told here.
func (m *machine) powerCut() {
	m.disk.Crash()
	m.cancel()
}

// tearSnapshot damages the latest snapshot, if there is one, as a disk does that lied about having written it.
func (m *machine) tearSnapshot() {
	m.Helper()
	snapshot, found, err := m.journal.LatestSnapshot(m.Context())
	if err != nil || !found {
		return
	}
	damages := []func([]byte) []byte{
		func(b []byte) []byte { return b[:m.random.IntN(len(b))] },
		func(b []byte) []byte { b[m.random.IntN(len(b))] ^= 1 << m.random.IntN(8); return b },
		func([]byte) []byte { return nil },
	}
	if m.blobs.Damage(snapshot.Blob, damages[m.random.IntN(len(damages))]) {
		m.troubles["snapshots torn"]++
	}
}

// recover restarts the market after whatever ended it.
func (m *machine) recover() {
	m.Helper()
	if err := <-m.ended; err != nil && !errors.Is(err, sequencer.ErrDurabilityUnknown) {
		m.Fatalf("seed %d: Run = %v", m.seed, err)
	}
	m.cancel()
	m.crashes++
	m.disk.Crash()
	m.fill(false)
	m.disk.Slow(0)
	m.start()
}

// deliver sends a burst at once, and again those that were not answered, until all are.
func (m *machine) deliver(burst []marketplacetest.Sending, trouble trouble) {
	m.Helper()
	if m.step == vadium.Hour && m.random.IntN(2) == 0 { // somebody notices
		m.step = 0
	}
	if trouble.before != nil {
		trouble.before(m)
	}
	for range 4 {
		answers := make([]chan func(), len(burst))
		var sending sync.WaitGroup
		market := m.market
		again := make([]bool, len(burst))
		for i, s := range burst {
			answers[i] = make(chan func(), 1)
			sending.Go(func() {
				outcomes := ask(market, s.Commands)
				answers[i] <- func() { again[i] = !m.heard(s, outcomes) }
			})
			synctest.Wait() // in this order
		}
		if trouble.during != nil {
			trouble.during(m)
		}
		sending.Wait()
		for _, answer := range answers {
			(<-answer)()
		}
		m.revive()
		left := burst[:0:0]
		for i, s := range burst {
			if again[i] {
				left = append(left, s)
			}
		}
		if burst = left; len(burst) == 0 {
			m.disk.Slow(0)
			return
		}
		trouble = faultless
	}
	m.Fatalf("seed %d: %T was not answered in four attempts", m.seed, burst[0].Commands[0].Body)
}
