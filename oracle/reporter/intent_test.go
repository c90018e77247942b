package reporter

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vadium"
	"vadium/oracle"
)

func observed(round, value uint64) oracle.Observation {
	return oracle.Observation{Scope: oracle.Scope{3}, Round: round, Value: vadium.NewAmount(value), At: vadium.Time(1000 * round)}
}

func open(t *testing.T, dir string) *intents {
	t.Helper()
	l, err := openIntents(dir, oracle.Key{1}, oracle.Scope{3})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func write(t *testing.T, l *intents, o oracle.Observation) {
	t.Helper()
	if err := l.append(oracle.Key{1}, o); err != nil {
		t.Fatal(err)
	}
}

// What was written last is what was signed last, wherever a crash cuts the log.
func TestLogIsReadBackWhereverACrashCutsIt(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	write(t, l, observed(1, 10))
	write(t, l, observed(3, 30))
	first := len(line(oracle.Key{1}, observed(1, 10)))
	whole, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) + 1 {
		if err := os.WriteFile(filepath.Join(dir, "signed.log"), whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		want := uint64(0)
		if cut >= first {
			want = 1
		}
		if cut == len(whole) {
			want = 3
		}
		l := open(t, dir)
		if l.last.Round != want {
			t.Errorf("cut after %d bytes it says round %d, want %d", cut, l.last.Round, want)
		}
		// What is appended then is read back, too.
		write(t, l, observed(5, 50))
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
		again := open(t, dir)
		if again.last != observed(5, 50) {
			t.Errorf("cut after %d bytes and appended to, it says %+v", cut, again.last)
		}
		_ = again.close()
	}
}

func TestDamageIsNotTakenForACrash(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	write(t, l, observed(1, 10))
	write(t, l, observed(2, 20))
	_ = l.close()
	content, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{0, 12, bytes.IndexByte(content, '\n') - 3} {
		damaged := bytes.Clone(content)
		damaged[at] ^= 1
		if err := os.WriteFile(l.path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openIntents(dir, oracle.Key{1}, oracle.Scope{3}); !errors.Is(err, errIntents) {
			t.Errorf("with byte %d damaged: %v, want it refused", at, err)
		}
	}
}

func TestLogTakesOneObservationARound(t *testing.T) {
	l := open(t, t.TempDir())
	write(t, l, observed(7, 70))
	write(t, l, observed(7, 70)) // the same, after a restart
	for _, o := range []oracle.Observation{observed(7, 71), observed(6, 60)} {
		if err := l.append(oracle.Key{1}, o); !errors.Is(err, errRound) {
			t.Errorf("%+v after round 7: %v, want it refused", o, err)
		}
	}
	write(t, l, observed(8, 80))
}

func TestLogOfAnotherKeyOrMarketIsRefused(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	write(t, l, observed(1, 10))
	_ = l.close()
	for _, c := range []struct {
		key   oracle.Key
		scope oracle.Scope
	}{{oracle.Key{2}, oracle.Scope{3}}, {oracle.Key{1}, oracle.Scope{4}}} {
		if _, err := openIntents(dir, c.key, c.scope); !errors.Is(err, errOtherKey) {
			t.Errorf("for key %x in scope %x: %v, want it refused", c.key[:1], c.scope[:1], err)
		}
	}
}

// After a write that failed nothing may be signed, even if the disk comes back: what is on it is not known.
func TestNothingIsSignedAfterADiskFailed(t *testing.T) {
	l := open(t, t.TempDir())
	write(t, l, observed(1, 10))
	_ = l.close()
	if err := l.append(oracle.Key{1}, observed(2, 20)); err == nil {
		t.Fatal("a closed file takes an observation")
	}
	var err error
	if l.file, err = os.OpenFile(l.path, os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.append(oracle.Key{1}, observed(2, 20)); err == nil {
		t.Error("after a failure it takes an observation")
	}
}

func TestLogStaysSmall(t *testing.T) {
	l := open(t, t.TempDir())
	l.size = rewriteAt
	write(t, l, observed(1, 10))
	write(t, l, observed(2, 20))
	if content, err := os.ReadFile(l.path); err != nil || len(content) > 500 || l.last != observed(2, 20) {
		t.Errorf("it has %d bytes, %v, and says %+v", len(content), err, l.last)
	}
}
