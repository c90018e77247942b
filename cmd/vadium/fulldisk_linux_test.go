package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/journal"
	"vadium/marketplace/journal/disktest"
	"vadium/marketplace/rpc/wire"
)

// TestFullDiskStopsTheMarketCleanly fills the disk of a market under load: first below the watermark, where it refuses what
// is new and keeps its promises, then to the brim, where it ends by itself and says what to do. Nothing acknowledged is
// lost, and without the ballast, or with room again, it goes on.
func TestFullDiskStopsTheMarketCleanly(t *testing.T) {
	if disktest.Rounds(t, "VADIUM_POWERCUT_ROUNDS", 0) == 0 {
		return
	}
	if err := disktest.Unavailable(); err != nil {
		t.Fatalf("CANNOT RUN on this machine: %v", err)
	}
	for _, kind := range []disktest.FileSystem{disktest.Tmpfs, disktest.Ext4} {
		t.Run(string(kind), func(t *testing.T) {
			s, err := newStage(t.Context(), silent(), t.TempDir(), sharedKeys)
			if err != nil {
				t.Fatal(err)
			}
			disktest.NewVolume(t, kind, string(s.market()), 1<<30)
			t.Cleanup(func() {
				s.stop()
				if t.Failed() {
					t.Log(s.logs())
				}
			})
			k := &killing{T: t, s: s}
			k.must(s.startMarket(t.Context(), "127.0.0.1:0", marketplace.DefaultParams()))
			l := furnish(t, s)
			l.start(4)
			l.progress(10)

			// Below the watermark.
			k.fillUpTo(roomFloor + 64<<20)
			l.await(wire.ErrDiskLow)
			if _, err := s.operator.PutBytes(t.Context(), client.Input, []byte("anything")); !errors.Is(err, wire.ErrDiskLow) {
				t.Errorf("an upload to a low disk = %v, want %v", err, wire.ErrDiskLow)
			}
			k.must(fund(t.Context(), s.operator, s.operator.Account(), 1)) // whatever else is asked goes on

			// To the brim.
			k.fillUpTo(roomFloor / 2)
			select {
			case err := <-s.failed:
				if !strings.Contains(err.Error(), "exit status 1") {
					t.Errorf("on a full disk the market ended with %v, want it to end by itself, with status 1", err)
				}
			case <-time.After(time.Minute):
				t.Fatal("the market does not end on a full disk")
			}
			if said := s.logs(); !strings.Contains(said, "is full") || !strings.Contains(said, "remove "+s.market().ballast()) {
				t.Errorf("it does not say what to do:\n%s", said)
			}
			k.fillUpTo(0)
			if said, err := cli(t, "market", "serve", string(s.market()), "--listen", "127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), "ballast") {
				t.Errorf("serving on a full disk = %v, want a refusal that says what to do\n%s", err, said)
			}

			// Without the ballast it goes on, refusing what is new.
			k.must(os.Remove(s.market().ballast()))
			k.fillUpTo(roomFloor + 64<<20) // a disk this small would be above its watermark already
			l.checkFolder(s.market())
			k.restartMarket()
			k.must(fund(t.Context(), s.operator, s.operator.Account(), 1))
			l.await(wire.ErrDiskLow)

			// With room it is a market like any other.
			k.must(os.Remove(k.filler()))
			before := l.count(wire.ErrDiskLow)
			l.progress(20)
			l.finish()
			k.s.stop()
			a := l.fscked(s.market(), l.checkFolder(s.market()))
			t.Logf("%d commands acknowledged, none lost; %d requests, %d refused for want of room", l.known(), a.Requests, before)
		})
	}
}

func (k *killing) filler() string { return filepath.Join(string(k.s.market()), "somebody-elses") }

// fillUpTo lets somebody else take the room on the market's disk but for so many bytes.
func (k *killing) fillUpTo(left uint64) {
	k.Helper()
	f, err := os.OpenFile(k.filler(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	k.must(err)
	defer f.Close()
	chunk := make([]byte, 1<<20)
	for {
		free, _, err := journal.Room(string(k.s.market()))
		k.must(err)
		if free <= left+1<<20 && left > 0 {
			return
		}
		if _, err := f.Write(chunk); err != nil {
			return // to the last byte
		}
	}
}

// await waits until a kind is refused once more.
func (l *load) await(kind vadium.Kind) {
	l.t.Helper()
	before := l.count(kind)
	for began := time.Now(); l.count(kind) == before; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			l.t.Fatalf("nothing was refused with %s", kind)
		}
	}
}

// count returns how often a kind was refused.
func (l *load) count(kind vadium.Kind) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused[kind]
}
