package engine

import "testing"

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
