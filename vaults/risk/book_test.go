package risk_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults/risk"
)

func drawMarkOf(t *rapid.T) risk.Mark {
	return risk.Mark{
		Price:      risk.Price(rapid.Uint64Range(1, 1<<50).Draw(t, "price")),
		Sigma:      vadium.Ppm(rapid.Uint32Range(0, 200_000).Draw(t, "sigma")),
		Confidence: vadium.Ppm(rapid.Uint32Range(0, 100_000).Draw(t, "confidence")),
	}
}

// D13: what is worse never needs less, of one lock and of a book of them.
func TestNeedGrowsWithEveryRisk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms, book := drawBook(t)
		m := drawMarkOf(t)
		worse := map[string]risk.Mark{"sigma": m, "price": m, "confidence": m}
		by := rapid.Uint32Range(0, 100_000).Draw(t, "by")
		for name, w := range worse {
			switch name {
			case "sigma":
				w.Sigma += vadium.Ppm(by)
			case "price":
				w.Price -= min(w.Price-1, risk.Price(by))
			case "confidence":
				w.Confidence += vadium.Ppm(by)
			}
			for _, share := range []vadium.Bps{risk.Maintenance, risk.Initial} {
				before, _ := book.Need(m, share)
				if after, _ := book.Need(w, share); !after.Meets(before) {
					t.Fatalf("worse %s: need %v became %v", name, before, after)
				}
			}
			before, after := lockOf(t, terms[0], m), lockOf(t, terms[0], w)
			if after.Less(before) {
				t.Fatalf("worse %s: a lock of %v became %v", name, before, after)
			}
		}
		longer, riskier := terms[0], terms[0]
		longer.Epochs += uint16(by % 1_000)
		riskier.ZMilli += uint16(by % 1_000)
		for name, term := range map[string]risk.Term{"horizon": longer, "z": riskier} {
			if before, after := lockOf(t, terms[0], m), lockOf(t, term, m); after.Less(before) {
				t.Fatalf("more %s: a lock of %v became %v", name, before, after)
			}
		}
	})
}

func lockOf(t *rapid.T, term risk.Term, m risk.Mark) vadium.Amount {
	lock, err := term.Lock(m)
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

func TestTheInitialMarginIsNeverBelowMaintenance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, book := drawBook(t)
		m := drawMarkOf(t)
		maintenance, _ := book.Need(m, risk.Maintenance)
		initial, _ := book.Need(m, risk.Initial)
		bare, _ := book.Need(m, 0)
		if !initial.Meets(maintenance) || !maintenance.Meets(bare) {
			t.Fatalf("initial %v, maintenance %v, without margin %v", initial, maintenance, bare)
		}
	})
}

// A new lock fits what its need says: the exact lock of §4.2 is never more than the book's share for it.
func TestOneLockNeedsNoMoreThanItsBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms, _ := drawBook(t)
		m := drawMarkOf(t)
		book, _ := risk.Book{}.Add(terms[0])
		need, _ := book.Need(m, risk.Initial)
		if lock := lockOf(t, terms[0], m); need.Stake.Less(lock) {
			t.Fatalf("the lock is %v, its book needs %v", lock, need.Stake)
		}
	})
}

func TestRemovingUndoesAdding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms, book := drawBook(t)
		for _, term := range rapid.Permutation(terms).Draw(t, "order") {
			book = book.Remove(term)
		}
		if book != (risk.Book{}) {
			t.Fatalf("without its terms the book is %+v", book)
		}
	})
}

func TestSumsThatDoNotFitAreRefused(t *testing.T) {
	huge := risk.Term{Value: math.MaxUint64, Cap: math.MaxUint64, Epochs: math.MaxUint16, ZMilli: math.MaxUint16}
	book, ok := risk.Book{}.Add(huge)
	if !ok {
		t.Fatal("the largest term does not fit an empty book")
	}
	if _, ok := book.Add(risk.Term{Value: 1}); ok {
		t.Error("more than the largest value fits")
	}
	if _, ok := (risk.Book{Locks: math.MaxUint32}).Add(risk.Term{}); ok {
		t.Error("a lock more than can be counted fits")
	}
	worst := risk.Mark{Price: 1, Sigma: math.MaxUint32, Confidence: math.MaxUint32}
	book.Locks = math.MaxUint32
	if need, ok := book.Need(worst, risk.Initial); !ok || need.Stake.BitLen() > 160 {
		t.Errorf("the largest need is %v, %v", need, ok)
	}
}

func TestRemovingWhatWasNeverAddedIsABrokenInvariant(t *testing.T) {
	book, _ := risk.Book{}.Add(risk.Term{Value: 5, Cap: 1, Epochs: 1, ZMilli: 3_000})
	for name, remove := range map[string]func(){
		"from nothing":  func() { risk.Book{}.Remove(risk.Term{}) },
		"more than all": func() { book.Remove(risk.Term{Value: 6}) },
		"a longer one":  func() { book.Remove(risk.Term{Value: 5, Epochs: 9, ZMilli: 3_000}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it went unnoticed")
				}
			}()
			remove()
		})
	}
}

func TestATermNeedsAValueNoSmallerThanItsCapAndAHorizonThatFits(t *testing.T) {
	for _, c := range []struct {
		value, damageCap risk.Value
		horizon          vadium.Duration
		want             error
	}{
		{5, 5, vadium.Hour, nil},
		{5, 6, vadium.Hour, risk.ErrValue},
		{5, 5, 65_534 * vadium.Hour, nil},
		{5, 5, 65_534*vadium.Hour + 1, risk.ErrValue},
	} {
		if _, err := risk.NewTerm(c.value, c.damageCap, c.horizon, params); !errors.Is(err, c.want) {
			t.Errorf("NewTerm(%d, %d, %d h): %v, want %v", c.value, c.damageCap, c.horizon/vadium.Hour, err, c.want)
		}
	}
	term, _ := risk.NewTerm(5, 5, vadium.Hour+1, params)
	if term.Epochs != 3 || term.ZMilli != 3_000 {
		t.Errorf("an hour and a millisecond make %+v, want 2 epochs and 1 of latency, z 3000", term)
	}
}

func TestALockWithoutPriceNeedsNobodyKnowsWhat(t *testing.T) {
	x, _ := risk.Position{Same: stake(7)}.With(risk.Term{Value: 5, Epochs: 1})
	if _, ok := x.Need(risk.Mark{}, risk.Initial); ok {
		t.Error("a lock across assets needs something without a price")
	}
	if _, ok := x.Marking(0, risk.Cover{}, risk.Gauge{}, params); ok {
		t.Error("it is marked without a price")
	}
	m, ok := x.Without(risk.Term{Value: 5, Epochs: 1}).Marking(0, stake(6), risk.Gauge{}, params)
	if !ok || m.Maintenance != stake(7) || m.Initial != stake(7) {
		t.Errorf("locks in the vault's own asset need %+v, %v, want 7, with a price or without", m, ok)
	}
}
