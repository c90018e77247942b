package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that runs beside the load, so that neither has the other's garbage or scheduler.
type process struct {
	name  string
	url   string
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended, with err set
	err   error
}

const (
	startTimeout = 30 * time.Second
	stopTimeout  = time.Minute // a market finishes its calls, its batch and its snapshot
)

// startProcess starts a server that says as its first line where it answers: {"market": URL}. What it logs goes to a file.
func startProcess(ctx context.Context, name, logPath, binary string, args ...string) (*process, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()                                                                         // the child has its own descriptor
	p := &process{name: name, cmd: exec.Command(binary, args...), ended: make(chan struct{})} //nolint:noctx // stop ends it in order; a context would kill it
	p.cmd.Stderr = log
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	first := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		for n := 0; lines.Scan(); n++ {
			if n == 0 {
				first <- lines.Text()
			}
		}
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	var line string
	select {
	case line = <-first:
	case <-p.ended:
		return nil, fmt.Errorf("%s ended before it answered: %v (its log is %s)", name, p.err, logPath)
	case <-time.After(startTimeout):
		return nil, errors.Join(fmt.Errorf("%s has not answered within %v (its log is %s)", name, startTimeout, logPath), p.stop())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), p.stop())
	}
	var ready struct{ Market string }
	if err := json.Unmarshal([]byte(line), &ready); err != nil || ready.Market == "" {
		return nil, errors.Join(fmt.Errorf("%s says %q, want where it answers", name, line), p.stop())
	}
	p.url = ready.Market
	return p, nil
}

// stop asks the process to end and waits until it has.
func (p *process) stop() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended by itself: %v", p.name, p.err)
	default:
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
		if p.err != nil {
			return fmt.Errorf("%s: %w", p.name, p.err)
		}
		return nil
	case <-time.After(stopTimeout):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("%s did not stop within %v and was killed", p.name, stopTimeout)
	}
}

// clockTicks is in what /proc counts processor time, a second's worth: fixed by Linux's ABI.
const clockTicks = 100

// cpu returns the processor time the process has taken, its threads' together; 0 where the system does not say.
func (p *process) cpu() time.Duration {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "stat"))
	if err != nil {
		return 0
	}
	_, after, found := strings.Cut(string(content), ") ") // the name may hold spaces
	fields := strings.Fields(after)
	if !found || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseUint(fields[11], 10, 64)
	system, _ := strconv.ParseUint(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / clockTicks
}

// buildVadium builds the binary that is measured: the one people run.
func buildVadium(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "vadium")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "vadium/cmd/vadium")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build vadium: %w: %s", err, out)
	}
	return binary, nil
}
