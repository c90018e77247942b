package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config is a child and its limits.
type Config struct {
	// Role is what the child does.
	Role *Role
	// Setup is handed to the role's open function, at most [MaxSetup] bytes.
	Setup []byte
	// Memory bounds what the child may allocate, in bytes: the Go runtime collects garbage ever harder as it comes near
	// it, and a little beyond it (see the package's limits) the process dies. 0: no limit.
	Memory uint64
	// Mapped is how much the child may map of files that are passed to it, in bytes. It counts against the address space
	// only: mapped read-only, it is the page cache's memory and shared with other processes.
	Mapped uint64
	// CPU bounds the processor time of all of the child's life, in whole seconds, rounded up; 0: no limit. A deadline for
	// one call is the business of its ctx.
	CPU time.Duration
	// Threads is how many processors the child computes on at once (GOMAXPROCS); 0: as many as there are.
	Threads int
	// Request and Answer bound one frame to and from the child, in bytes. Default 1 MiB each.
	Request, Answer uint32
	// Env is all the child sees of an environment, besides its memory limit. Nothing of the parent's is inherited.
	Env []string
	// Require lists layers without which the child must not run.
	Require []Layer

	without []Layer // left out by a test
}

// Limits of a child's start.
const (
	defaultFrame = 1 << 20
	// startTime bounds a child's start and its confining itself. It is tens of milliseconds; a machine on its knees must
	// still be told from one where it never happens.
	startTime = time.Minute
)

// Errors of a child.
var (
	// ErrDied: the child ended, or answered what no child says. The error's text has its last words.
	ErrDied = errors.New("the child died")
	// ErrGone: the child had ended before the call, which was not made.
	ErrGone = errors.New("the child is gone")
	// ErrClosed: the child was closed by its owner.
	ErrClosed = errors.New("the child has been closed")
)

// Failure is a child's answer that it could not do what it was asked.
type Failure struct {
	Role    string
	Message string // as the child worded it: quote it, a child that was taken over may say anything
}

// Error implements error.
func (f *Failure) Error() string { return fmt.Sprintf("%s: %q", f.Role, f.Message) }

// Child is a running child. Its methods may be called concurrently; calls take turns.
type Child struct {
	role        *Role
	answer      uint32
	request     uint32
	cmd         *exec.Cmd
	connection  *connection
	words       *tail
	confinement Confinement
	// noNamespaces says why the child has no namespaces of its own; empty if it has.
	noNamespaces string

	turn   chan struct{} // holds a token while nobody calls
	ended  chan struct{} // closed when the process is gone
	closed chan struct{} // closed by Close
	once   sync.Once     // closes closed
	killed sync.Once
}

// Start starts a child and waits until it has confined itself and its role is open. ctx bounds the start only: the child
// lives until it is closed, or this process ends.
func Start(ctx context.Context, config Config) (*Child, error) {
	if !ready.Load() {
		panic("invariant: sandbox.Main is the first call of main, and of TestMain, in a program that starts children")
	}
	if config.Request == 0 {
		config.Request = defaultFrame
	}
	if config.Answer == 0 {
		config.Answer = defaultFrame
	}
	if len(config.Setup) > MaxSetup {
		return nil, fmt.Errorf("start %s: a setup of %d bytes, at most %d: %w", config.Role, len(config.Setup), MaxSetup, ErrTooLarge)
	}
	c, err := launch(config, !slices.Contains(config.without, Network))
	if err != nil { // namespaces may be refused in many ways; what else is wrong shows again without them
		refusal := err.Error()
		if c, err = launch(config, false); err != nil {
			return nil, fmt.Errorf("start %s: %w", config.Role, err)
		}
		c.noNamespaces = refusal
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := c.open(ctx, config); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("start %s: %w", config.Role, err)
	}
	return c, nil
}

// launch starts the process.
func launch(config Config, namespaces bool) (*Child, error) {
	path, err := thisProgram()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, argument, config.Role.name) //nolint:noctx // it outlives the call that starts it
	cmd.Args[0] = os.Args[0]
	cmd.Dir = "/"
	cmd.Env = config.environment()
	c := &Child{
		role: config.Role, request: config.Request, answer: config.Answer, cmd: cmd, words: new(tail),
		turn: make(chan struct{}, 1), ended: make(chan struct{}), closed: make(chan struct{}),
	}
	c.turn <- struct{}{}
	cmd.Stderr = c.words
	var theirs io.Closer
	if c.connection, theirs, err = connect(cmd); err != nil {
		return nil, err
	}
	prepare(cmd, namespaces)
	err = start(cmd)
	_ = theirs.Close() // the child has its own copy
	if err != nil {
		_ = c.connection.Close()
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // its status is in cmd.ProcessState
		close(c.ended)
	}()
	return c, nil
}

func (c Config) environment() []string {
	memory := "off"
	if c.Memory > 0 {
		memory = strconv.FormatUint(c.Memory, 10)
	}
	env := []string{"GOMEMLIMIT=" + memory, "GOTRACEBACK=none"}
	if c.Threads > 0 {
		env = append(env, "GOMAXPROCS="+strconv.Itoa(c.Threads))
	}
	return append(env, c.Env...)
}

// open hands the child its orders and reads how it is confined and whether its role is open.
func (c *Child) open(ctx context.Context, config Config) error {
	first, err := json.Marshal(orders{Setup: config.Setup, Limits: limits{
		Memory: config.Memory, Mapped: config.Mapped, CPUSeconds: uint64((config.CPU + time.Second - 1) / time.Second),
		Request: config.Request, Answer: config.Answer, ParentNetwork: networkNamespace(), Network: c.noNamespaces,
		Without: config.without,
	}})
	if err != nil {
		return err
	}
	report, err := c.exchange(ctx, frame{payload: first}, maxOrders)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(report, &c.confinement); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := c.confinement.check(config.Require); err != nil {
		return err
	}
	_, err = c.next(ctx)
	return err
}

// Confinement says what confines the child.
func (c *Child) Confinement() Confinement { return c.confinement }

// Process returns the child's process id, for logs and metrics.
func (c *Child) Process() int { return c.cmd.Process.Pid }

// Ended is closed when the process is gone, for whatever reason.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// Call sends a request, and copies of the files with it, which must be open for reading only, and waits for the answer.
// What its errors mean for the child is in the package comment. When ctx ends first, the child is killed.
func (c *Child) Call(ctx context.Context, request []byte, files ...*os.File) ([]byte, error) {
	if uint64(len(request)) > uint64(c.request) {
		return nil, fmt.Errorf("a request of %d bytes to %s, at most %d: %w", len(request), c.role, c.request, ErrTooLarge)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.turn:
	}
	defer func() { c.turn <- struct{}{} }()
	switch {
	case over(c.closed):
		return nil, ErrClosed
	case over(c.ended):
		return nil, fmt.Errorf("%s: %w", c.role, ErrGone)
	}
	return c.exchange(ctx, frame{request, files}, c.answer)
}

func over(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// exchange sends a frame and reads the answer, of at most most bytes.
func (c *Child) exchange(ctx context.Context, f frame, most uint32) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, c.kill)()
	if err := c.connection.write(kindRequest, f); err != nil {
		return nil, c.broken(ctx, err)
	}
	return c.read(ctx, most)
}

// next reads an answer that nothing was sent for.
func (c *Child) next(ctx context.Context) ([]byte, error) {
	defer context.AfterFunc(ctx, c.kill)()
	return c.read(ctx, c.answer)
}

func (c *Child) read(ctx context.Context, most uint32) ([]byte, error) {
	kind, f, err := c.connection.read(most)
	switch {
	case err != nil:
		return nil, c.broken(ctx, err)
	case kind == kindFailure:
		return nil, &Failure{c.role.name, string(f.payload)}
	case kind != kindAnswer:
		return nil, c.broken(ctx, fmt.Errorf("it sent a frame of kind %d", kind))
	}
	return f.payload, nil
}

// burial is how long a child may take from hanging up to being gone before it is helped along: the kernel gives back
// gigabytes in between.
const burial = 5 * time.Second

// broken ends a child whose connection is of no further use, and says why it is not.
func (c *Child) broken(ctx context.Context, cause error) error {
	if !errors.Is(cause, ErrTooLarge) { // it hung up: its own reason to end is better than being killed
		select {
		case <-c.ended:
		case <-time.After(burial):
		}
	}
	c.kill()
	<-c.ended
	switch {
	case over(c.closed):
		return ErrClosed
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", c.role, ctx.Err())
	}
	said := ""
	if words := c.words.String(); words != "" {
		said = fmt.Sprintf("; its last words: %q", words)
	}
	return fmt.Errorf("%s: %w (%s, %v%s)", c.role, ErrDied, c.cmd.ProcessState, cause, said)
}

// kill ends the process.
func (c *Child) kill() {
	c.killed.Do(func() {
		_ = c.cmd.Process.Kill() // it may have ended by itself
		_ = c.connection.Close()
	})
}

// Close kills the child and waits until it is gone. A call that is under way returns [ErrClosed].
func (c *Child) Close() error {
	c.once.Do(func() { close(c.closed) })
	c.kill()
	<-c.ended
	return nil
}

// tail keeps the first bytes a child wrote to its standard error after its start: the first words of a crash name its
// reason, the goroutine dump after them does not.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// maxTail is a few lines.
const maxTail = 512

// Write implements [io.Writer].
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b[:min(len(b), maxTail-len(t.text))]...)
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
