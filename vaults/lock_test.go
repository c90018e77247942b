package vaults_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
)

func TestEffectiveStakeIsAtMostTenTimesTheJunior(t *testing.T) {
	for _, c := range []struct{ junior, senior, want uint64 }{{0, 0, 0}, {10, 0, 10}, {10, 89, 99}, {10, 90, 100}, {10, 91, 100}, {10, 5_000, 100}} {
		if got := staked(t, c.junior, c.senior).Effective(0); got != vadium.Tokens(c.want) {
			t.Errorf("Effective of %d junior and %d senior = %s, want %d", c.junior, c.senior, got.Tokens(), c.want)
		}
	}
}

func TestLockIsTheDamageCapAndHalfTheFeeOrATenthOfTheCap(t *testing.T) {
	for _, c := range []struct{ damageCap, fee, want uint64 }{
		{0, 0, 0}, {0, 1, 1}, {0, 100, 50}, {0, 101, 51}, {100, 0, 110}, {100, 20, 110}, {100, 21, 111}, {101, 0, 112}, {400, 500, 650},
	} {
		if got := vaults.LockFor(amount(c.damageCap), amount(c.fee)); got != amount(c.want) {
			t.Errorf("LockFor(%d, %d) = %v, want %d", c.damageCap, c.fee, got, c.want)
		}
	}
}

func lock(id byte, tokens, damageCap uint64) vaults.Lock {
	return vaults.Lock{Request: vadium.RequestID{id}, Amount: vadium.Tokens(tokens), DamageCap: vadium.Tokens(damageCap)}
}

func TestALockFitsUntilTheLastUnitOfFreeStake(t *testing.T) {
	v := staked(t, 10, 90)
	v.AddLock(lock(1, 60, 0))
	exact := lock(2, 40, 0)
	if err := v.CheckLock(0, exact); err != nil {
		t.Errorf("a lock of all that is free: %v", err)
	}
	exact.Amount = exact.Amount.MustAdd(amount(1))
	if err := v.CheckLock(0, exact); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("a lock of a unit more: %v, want %v", err, vaults.ErrStakeLocked)
	}
	if got, want := v.Free(0), vadium.Tokens(40); got != want {
		t.Errorf("Free = %v, want %v", got, want)
	}
}

func TestDamageCapsFitUntilTheLastUnitOfJunior(t *testing.T) {
	v := staked(t, 10, 90)
	v.AddLock(lock(1, 20, 7))
	exact := lock(2, 20, 3)
	if err := v.CheckLock(0, exact); err != nil {
		t.Errorf("a damage cap of all the junior: %v", err)
	}
	exact.DamageCap = exact.DamageCap.MustAdd(amount(1))
	if err := v.CheckLock(0, exact); !errors.Is(err, vaults.ErrDamageCapsExceedJunior) {
		t.Errorf("a damage cap of a unit more: %v, want %v", err, vaults.ErrDamageCapsExceedJunior)
	}
}

func TestNothingIsFreeWhenASlashLeftLessThanTheLocks(t *testing.T) {
	v := staked(t, 10, 90)
	v.AddLock(lock(1, 100, 0))
	slash(v, 0, vadium.Tokens(5))
	if got := v.Free(0); !got.IsZero() {
		t.Errorf("Free = %v, want nothing", got)
	}
	if err := v.CheckLock(0, lock(2, 0, 0)); !errors.Is(err, vaults.ErrStakeLocked) {
		t.Errorf("a lock of nothing: %v, want %v", err, vaults.ErrStakeLocked)
	}
}

func TestLocksAreSummedUntilTheyAreReleased(t *testing.T) {
	v := staked(t, 10, 90)
	for _, l := range []vaults.Lock{lock(1, 5, 1), lock(2, 3, 2), lock(3, 4, 3)} {
		v.AddLock(l)
		checked(t, v, 0)
	}
	v.Release(lock(3, 4, 3))
	checked(t, v, 0)
	if v.LockCount != 2 || v.Locked() != vadium.Tokens(8) || v.DamageCaps() != vadium.Tokens(3) {
		t.Errorf("%d locks of %s, damage caps %s, want 2, 8 and 3", v.LockCount, v.Locked().Tokens(), v.DamageCaps().Tokens())
	}
	v.Release(lock(2, 3, 2))
	v.Release(lock(1, 5, 1))
	checked(t, v, 0)
	panics(t, "releasing once more", func() { v.Release(lock(9, 0, 0)) })
}

// CanLock and CheckLock are one rule.
func TestCanLockSaysWhatCheckLockDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := vaults.New(1, prover, 0, 0)
		v.DepositJunior(amount(rapid.Uint64Range(0, 20).Draw(t, "junior")))
		if rapid.IntRange(0, 5).Draw(t, "case") == 0 {
			v.OpenCase()
		}
		draw := func() vaults.Lock {
			return vaults.Lock{Amount: amount(rapid.Uint64Range(0, 12).Draw(t, "amount")), DamageCap: amount(rapid.Uint64Range(0, 12).Draw(t, "cap"))}
		}
		for range 4 {
			l := draw()
			if can, err := v.CanLock(0, l), v.CheckLock(0, l); can != (err == nil) {
				t.Fatalf("CanLock = %v, CheckLock = %v", can, err)
			}
			v.AddLock(l)
		}
	})
}

// What a lock covers in the numeraire shrinks with the lock, rounded up; the rest of it stays what was pinned.
func TestLockCoversLessAfterAPenalty(t *testing.T) {
	l := vaults.Lock{Amount: amount(1_000), DamageCap: amount(400), Across: risk.Exposure{Value: 700, Cap: 301, Epochs: 50, ZMilli: 3_000}}
	for _, c := range []struct {
		name           string
		damages, total uint64
		want           vaults.Lock
	}{
		{"nothing", 0, 0, l},
		{"a third of it, punitive", 0, 333, vaults.Lock{Amount: amount(667), DamageCap: amount(400), Across: risk.Exposure{Value: 467, Cap: 301, Epochs: 50, ZMilli: 3_000}}},
		{"half of the damages", 200, 300, vaults.Lock{Amount: amount(700), DamageCap: amount(200), Across: risk.Exposure{Value: 490, Cap: 151, Epochs: 50, ZMilli: 3_000}}},
		{"all", 400, 1_000, vaults.Lock{Across: risk.Exposure{Epochs: 50, ZMilli: 3_000}}},
		{"more than there is", 500, 2_000, vaults.Lock{Across: risk.Exposure{Epochs: 50, ZMilli: 3_000}}},
	} {
		if got := l.Reduced(amount(c.damages), amount(c.total)); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	own := vaults.Lock{Amount: amount(10), DamageCap: amount(4)}
	if got, want := own.Reduced(amount(4), amount(5)), (vaults.Lock{Amount: amount(5)}); got != want {
		t.Errorf("a lock in one asset: %+v, want %+v", got, want)
	}
	if got := (vaults.Lock{}).Reduced(amount(0), amount(0)); got != (vaults.Lock{}) {
		t.Errorf("no lock: %+v", got)
	}
}
