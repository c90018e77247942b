package rpc

import (
	"errors"
	"slices"
	"testing"

	"vadium"
	"vadium/marketplace/rpc/wire"
	"vadium/oracle"
)

var boardFeed = oracle.FeedID{'B'}

// said returns an observation as a seat might sign it; boards look at no signature.
func said(seat byte, round, value uint64) oracle.Signed {
	return oracle.Signed{Observation: oracle.Observation{Round: round, Value: vadium.NewAmount(value), At: 1}, Key: oracle.Key{seat}}
}

func everyone(oracle.Key) bool { return true }

// rounds returns what a board holds of a seat: rounds and values.
func (b *board) holds(seat byte) (all [][2]uint64) {
	added, _, _ := b.since(boardFeed, 0)
	for _, s := range added {
		if s.Key == (oracle.Key{seat}) {
			all = append(all, [2]uint64{s.Observation.Round, s.Observation.Value.Uint256().Uint64()})
		}
	}
	return all
}

func (b *board) mustPin(t *testing.T, all ...oracle.Signed) {
	t.Helper()
	for _, s := range all {
		if _, err := b.pin(boardFeed, s, everyone); err != nil {
			t.Fatalf("pin round %d of seat %d: %v", s.Observation.Round, s.Key[0], err)
		}
	}
}

func TestWhoComesLateSeesWhatIsHeldInOrder(t *testing.T) {
	b := newBoard()
	b.mustPin(t, said(1, 5, 10), said(2, 5, 11), said(1, 6, 12))
	added, last, more := b.since(boardFeed, 0)
	if want := []oracle.Signed{said(1, 5, 10), said(2, 5, 11), said(1, 6, 12)}; !slices.Equal(added, want) {
		t.Errorf("since 0 = %v, want %v", added, want)
	}
	select {
	case <-more:
		t.Error("nothing was added, and the board says that there is more")
	default:
	}
	b.mustPin(t, said(3, 6, 13))
	<-more
	if added, _, _ = b.since(boardFeed, last); !slices.Equal(added, []oracle.Signed{said(3, 6, 13)}) {
		t.Errorf("since %d = %v, want what was added then", last, added)
	}
	if other, _, _ := b.since(oracle.FeedID{'C'}, 0); len(other) != 0 {
		t.Errorf("another feed holds %v", other)
	}
}

func TestWhatHangsAlreadyIsNotAddedAgain(t *testing.T) {
	b := newBoard()
	b.mustPin(t, said(1, 5, 10))
	again := said(1, 5, 10)
	again.Signature[0] = 1 // another signature says nothing new
	if held, err := b.look(boardFeed, again); !held || err != nil {
		t.Errorf("look = %v, %v; want held", held, err)
	}
	if added, err := b.pin(boardFeed, again, everyone); added || err != nil {
		t.Errorf("pin = %v, %v; want nothing added", added, err)
	}
}

// Two different observations of one seat and round are all that anybody needs to prove an equivocation. They stay, whatever
// the seat signs afterwards.
func TestEquivocationIsKept(t *testing.T) {
	b := newBoard()
	b.mustPin(t, said(1, 5, 10), said(1, 5, 11))
	if added, err := b.pin(boardFeed, said(1, 5, 12), everyone); added || !errors.Is(err, wire.ErrObservationSurplus) {
		t.Errorf("a third observation: %v, %v; want ErrObservationSurplus", added, err)
	}
	for round := uint64(6); round < 100; round++ {
		b.mustPin(t, said(1, round, 10))
	}
	want := [][2]uint64{{5, 10}, {5, 11}, {97, 10}, {98, 10}, {99, 10}}
	if got := b.holds(1); !slices.Equal(got, want) {
		t.Errorf("held are rounds and values %v, want %v", got, want)
	}
	b.mustPin(t, said(1, 99, 11), said(1, 98, 11), said(1, 97, 11), said(1, 100, 10))
	want = [][2]uint64{{97, 10}, {98, 10}, {99, 10}, {99, 11}, {98, 11}, {97, 11}, {100, 10}}
	if got := b.holds(1); !slices.Equal(got, want) {
		t.Errorf("after equivocating in every round held are %v, want %v", got, want)
	}
}

// A seat that signs for rounds of the far future makes the board forget what it said itself, and nothing else.
func TestNoSeatMakesTheBoardForgetAnother(t *testing.T) {
	b := newBoard()
	b.mustPin(t, said(1, 5, 10))
	for i := range uint64(50) {
		b.mustPin(t, said(2, 1<<60+i, i))
	}
	if got := b.holds(1); !slices.Equal(got, [][2]uint64{{5, 10}}) {
		t.Errorf("seat 1 holds %v, want its one observation", got)
	}
	if got := b.holds(2); len(got) != heldRounds {
		t.Errorf("seat 2 holds %d observations, want those of %d rounds", len(got), heldRounds)
	}
	if _, err := b.pin(boardFeed, said(2, 5, 10), everyone); !errors.Is(err, wire.ErrObservationOld) {
		t.Errorf("an older round of a seat that holds as many as it may: %v, want ErrObservationOld", err)
	}
}

func TestSeatsThatLeaveTakeTheirObservationsWithThem(t *testing.T) {
	b := newBoard()
	b.mustPin(t, said(1, 5, 10), said(2, 5, 10))
	if _, err := b.pin(boardFeed, said(2, 6, 10), func(k oracle.Key) bool { return k[0] == 2 }); err != nil {
		t.Fatal(err)
	}
	if got := b.holds(1); len(got) != 0 {
		t.Errorf("a seat that left holds %v", got)
	}
	if got := b.observing(boardFeed, 1); got != 1 {
		t.Errorf("%d seats observe, want 1", got)
	}
}
