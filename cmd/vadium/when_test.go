package main

import (
	"testing"
	"time"
)

func TestWhatIsLeftIsWrittenInItsTwoLargestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0s", 0: "0s", 999 * time.Millisecond: "0s", time.Second: "1s", 61 * time.Second: "1m 1s", time.Hour: "1h",
		time.Hour + time.Second: "1h", 76*time.Hour + 59*time.Minute: "3d 4h", 14 * 24 * time.Hour: "14d", 14*24*time.Hour - time.Second: "13d 23h",
	} {
		if got := left(d); got != want {
			t.Errorf("left(%v) = %q, want %q", d, got, want)
		}
	}
}
