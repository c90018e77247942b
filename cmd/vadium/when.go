package main

import (
	"fmt"
	"strings"
	"time"

	"vadium"
)

// left writes how long something takes in its two largest units: 3d 4h, 12m 5s.
func left(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	var parts []string
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		n := d / unit.size
		if len(parts) == 0 && n == 0 {
			continue
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d%s", n, unit.name))
		}
		d -= n * unit.size
		if len(parts) == 2 || n == 0 {
			break
		}
	}
	return strings.Join(parts, " ")
}

// when writes an instant on the local clock, and how far off it is.
func when(at vadium.Time) string {
	instant := time.UnixMilli(int64(at))
	if ahead := time.Until(instant); ahead > 0 {
		return fmt.Sprintf("%s (in %s)", instant.Format("2006-01-02 15:04"), left(ahead))
	}
	return fmt.Sprintf("%s (%s ago)", instant.Format("2006-01-02 15:04"), left(time.Since(instant)))
}
