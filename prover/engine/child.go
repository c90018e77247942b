package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"

	"github.com/ethereum/go-ethereum/rlp"
)

// child is one worker process, started when it is first needed and again after it died. It is used by one goroutine at
// a time.
type child struct {
	limits Limits

	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	last   *tail
}

// call sends a request and waits for the answer. A child that does not answer properly, or not before ctx ends, is
// killed; the next call starts another.
func (c *child) call(ctx context.Context, r request) (response, error) {
	if err := ctx.Err(); err != nil {
		return response{}, err
	}
	if c.cmd == nil {
		if err := c.start(ctx); err != nil {
			return response{}, err
		}
	}
	answer, err := c.exchange(ctx, r)
	if err != nil {
		said := c.last
		c.kill()
		if ctx.Err() != nil {
			return response{}, ctx.Err()
		}
		return response{}, fmt.Errorf("%w (%v; its last words: %q)", ErrWorkerDied, err, said.String())
	}
	return answer, nil
}

func (c *child) exchange(ctx context.Context, r request) (response, error) {
	type result struct {
		response
		err error
	}
	done := make(chan result, 1)
	stdin, stdout := c.stdin, c.stdout
	go func() {
		var got result
		if got.err = writeFrame(stdin, encode(r), maxRequest); got.err == nil {
			got.response, got.err = readResponse(stdout)
		}
		done <- got
	}()
	select {
	case got := <-done:
		return got.response, got.err
	case <-ctx.Done():
		c.kill() // closes the pipes, so the goroutine ends
		<-done
		return response{}, ctx.Err()
	}
}

func readResponse(stdout io.Reader) (response, error) {
	payload, err := readFrame(stdout, maxResponse)
	if err != nil {
		return response{}, err
	}
	var r response
	if err := rlp.DecodeBytes(payload, &r); err != nil {
		return response{}, fmt.Errorf("malformed answer: %w", err)
	}
	return r, nil
}

func (c *child) start(ctx context.Context) error {
	command := c.limits.Command
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // it outlives the call that starts it; kill ends it
	// Nothing of the parent's environment: passwords live there.
	memory := "off"
	if c.limits.MemoryBytes > 0 {
		memory = strconv.FormatUint(c.limits.MemoryBytes, 10)
	}
	cmd.Env = append([]string{"GOMEMLIMIT=" + memory, "GOTRACEBACK=none"}, c.limits.Env...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	c.last = new(tail)
	cmd.Stderr = c.last
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start worker %s: %w", command[0], err)
	}
	c.cmd, c.stdin, c.stdout = cmd, stdin, stdout
	limit := request{Task: taskLimit, Limits: childLimits{KeyBytes: uint64(c.limits.KeyBytes)}}
	if c.limits.MemoryBytes > 0 {
		limit.Limits.AddressSpace = c.limits.MemoryBytes + addressSpaceOverhead
	}
	answer, err := c.exchange(ctx, limit)
	if err = errors.Join(err, answer.err()); err != nil {
		said := c.last
		c.kill()
		return fmt.Errorf("start worker: %w (its last words: %q)", err, said.String())
	}
	return nil
}

// kill ends the process, if there is one, and waits for it.
func (c *child) kill() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Kill() // it may have ended by itself
	_ = c.stdin.Close()
	_ = c.cmd.Wait() // closes stdout; the exit status of a killed process says nothing
	c.cmd = nil
}

// tail keeps the last bytes a worker wrote to its standard error: the reason of a crash.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// maxTail is a few lines: enough for the first words of a fatal error.
const maxTail = 512

// Write implements [io.Writer].
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// The first words of a crash name its reason, the goroutine dump after them does not.
	t.text = append(t.text, b[:min(len(b), maxTail-len(t.text))]...)
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// thisBinary is the command that starts a worker when none is configured.
func thisBinary() []string {
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	return []string{path, "prover", "worker"}
}
