package engine

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// A small heap gets the room, a large one what every heap gets.
func TestGarbageHasRoomInASmallHeapOnly(t *testing.T) {
	for _, row := range []struct {
		live uint64
		want int
	}{
		{0, 6_400},
		{4 << 20, 6_400},
		{20 << 20, 1_280},
		{roomForGarbage - 1, 100},
		{roomForGarbage, 100},
		{1 << 40, 100},
	} {
		if got := garbagePercent(row.live); got != row.want {
			t.Errorf("with %d bytes in use: %d %%, want %d", row.live, got, row.want)
		}
	}
}

// What a proof comes to need is not known when it begins. A heap that was small then, and grows, had sixty times of what it held
// as room for garbage, and so took all the memory that its worker may have, whatever the machine has.
func TestAHeapThatGrowsInTheMiddleOfAProofIsCollectedAsEver(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	collectLater()
	held := make([][]byte, 3*roomForGarbage/(64<<20))
	for i := range held {
		held[i] = make([]byte, 64<<20)
	}
	goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	most := uint64(3 * len(held) * 64 << 20)
	for range 1_000 { // the runtime says that it has collected when it finds the time
		runtime.GC()
		if metrics.Read(goal); goal[0].Value.Uint64() <= most {
			break
		}
	}
	if got := goal[0].Value.Uint64(); got > most {
		t.Errorf("with %d bytes in use the heap may grow to %d, want %d at most", len(held)*64<<20, got, most)
	}
	runtime.KeepAlive(held)
}
