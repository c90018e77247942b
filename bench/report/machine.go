package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// unknown stands where the system does not say.
const unknown = "unknown"

// describe writes the first configuration lines of a run: `key: value`, as Go's benchmark format has them. The processor's
// model is among what the go command prints itself.
func describe(ctx context.Context, to io.Writer) {
	for _, line := range [][2]string{
		{"date", time.Now().UTC().Format("2006-01-02 15:04 UTC")},
		{"commit", commit(ctx)},
		{"go", runtime.Version()},
		{"cores", fmt.Sprint(runtime.NumCPU())},
		{"memory", firstField("/proc/meminfo", "MemTotal:")},
		{"disk", filesystem(os.TempDir())},
		{"disk-sync", syncTime(os.TempDir())},
		{"load-before", load()},
	} {
		fmt.Fprintf(to, "%s: %s\n", line[0], line[1])
	}
}

// commit returns the commit that is checked out, and says so when the code measured differs from it.
func commit(ctx context.Context) string {
	head, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return unknown
	}
	name := strings.TrimSpace(string(head))
	changed, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--", "*.go", "go.mod").Output()
	if err != nil || len(bytes.TrimSpace(changed)) > 0 {
		name += ", with changes that were not committed"
	}
	return name
}

// firstField returns what follows a key at the beginning of a line, such as "24684084 kB".
func firstField(path, key string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return unknown
	}
	for line := range strings.Lines(string(content)) {
		if rest, found := strings.CutPrefix(line, key); found {
			return strings.TrimSpace(rest)
		}
	}
	return unknown
}

// load is how many processes wanted the processor, on average over the last minute.
func load() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return unknown
	}
	first, _, _ := strings.Cut(string(content), " ")
	return first
}

// syncs is how often a sync is timed: enough for a median, few enough to take no time.
const syncs = 100

// syncTime returns how long it takes to append 4 KiB to a bare file and sync it: what no journal can beat.
func syncTime(dir string) string {
	f, err := os.CreateTemp(dir, "vadium-sync-")
	if err != nil {
		return unknown
	}
	defer os.Remove(f.Name())
	defer f.Close()
	took := make([]float64, syncs)
	page := make([]byte, 4<<10)
	for i := range took {
		begun := time.Now()
		if _, err := f.Write(page); err != nil {
			return unknown
		}
		if err := f.Sync(); err != nil {
			return unknown
		}
		took[i] = float64(time.Since(begun).Nanoseconds())
	}
	slices.Sort(took)
	return fmt.Sprintf("%s (median of %d appends of 4 KiB), %s at most", span(median(took)), syncs, span(took[syncs-1]))
}

// filesystem returns the kind of the file system that a folder is on: on a tmpfs a sync costs nothing and the figures of
// the journal mean nothing.
func filesystem(dir string) string {
	f, err := os.Open("/proc/mounts")
	if err != nil {
		return unknown
	}
	defer f.Close()
	if resolved, err := filepath.EvalSymlinks(dir); err == nil {
		dir = resolved
	}
	longest, kind := -1, unknown
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 3 {
			continue
		}
		at := strings.TrimSuffix(fields[1], "/")
		if (dir == at || strings.HasPrefix(dir, at+"/")) && len(at) >= longest {
			longest, kind = len(at), fields[2]
		}
	}
	return kind
}
