//go:build !unix

package engine

import "time"

func cpuTime() time.Duration { return 0 }

func peakMemory() uint64 { return 0 }
