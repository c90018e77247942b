package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync/atomic"
)

// Handler answers one request. It is called for one request at a time. The files came with the request; they are closed
// when it returns. An error becomes a [Failure] at the caller, its text cut to [MaxMessage] bytes, so it must not quote
// secrets.
type Handler func(request []byte, files []*os.File) ([]byte, error)

// Role is what a child does.
type Role struct {
	name string
	open func(setup []byte) (Handler, error)
}

// String returns the role's name.
func (r *Role) String() string { return r.name }

// roles are all that were defined. Written by Define, which package variables call before main runs.
var roles = map[string]*Role{}

// Define names a role. It is called from package variables, so that the child, which is the same program, knows the role
// as well. open runs in the child, confined already, and makes its handler from what [Config.Setup] says.
func Define(name string, open func(setup []byte) (Handler, error)) *Role {
	if _, taken := roles[name]; taken {
		panic("invariant: a role is defined once, yet there are two called " + name)
	}
	r := &Role{name, open}
	roles[name] = r
	return r
}

// argument is what a child finds in front of its role's name. People have no use for it, so no help text lists it.
const argument = "sandboxed-child"

// ready says that Main ran: a program that does not call it would start itself anew as its own child, and again there.
var ready atomic.Bool

// Main turns this process into a child if it was started as one, and then does not return. Otherwise it returns at once.
// It is the first statement of main, and of TestMain where tests start children.
func Main() {
	ready.Store(true)
	if len(os.Args) != 3 || os.Args[1] != argument {
		return
	}
	if err := live(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// orders are the first frame that a child gets.
type orders struct {
	Limits limits
	Setup  []byte
}

// limits are what a child imposes on itself.
type limits struct {
	Memory, Mapped  uint64 // bytes
	CPUSeconds      uint64
	Request, Answer uint32 // bytes
	Network         string // why there is no network namespace, or empty
	ParentNetwork   string // the parent's network namespace, to compare with
	Without         []Layer
}

// unless applies a layer that a test has not left out, to see what the others do without it.
func (l limits) unless(layer Layer, apply func() error) error {
	if slices.Contains(l.Without, layer) {
		return errors.New("left out")
	}
	return apply()
}

// live is the whole life of a child. It ends without an error when its parent is gone or has lost interest, in the
// middle of a computation too: Main exits then.
func live(name string) error {
	role, ok := roles[name]
	if !ok {
		return fmt.Errorf("there is no role %q in this program (the parent is of another version: restart it)", name)
	}
	c, err := inherited()
	if err != nil {
		return err
	}
	_, first, err := c.read(maxOrders)
	if err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	var o orders
	if err := json.Unmarshal(first.payload, &o); err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	report := confine(o.Limits)
	hello, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := c.write(kindAnswer, frame{payload: hello}); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	handler, err := role.open(o.Setup)
	if err := c.answer(nil, err, o.Limits.Answer); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return serve(c, handler, o.Limits)
}

// serve answers requests one at a time until the parent hangs up. Reading goes on during a computation, only to notice
// that.
func serve(c *connection, handler Handler, l limits) error {
	requests, ended := make(chan frame), make(chan error, 1)
	go func() {
		for {
			_, request, err := c.read(l.Request)
			if err != nil {
				ended <- err
				return
			}
			requests <- request
		}
	}()
	failed := make(chan error, 1)
	go func() {
		for request := range requests {
			answer, err := handler(request.payload, request.files)
			request.close()
			if err := c.answer(answer, err, l.Answer); err != nil {
				failed <- err
				return
			}
		}
	}()
	select {
	case err := <-ended:
		if errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("read request: %w", err)
	case err := <-failed:
		return fmt.Errorf("answer: %w", err)
	}
}

// answer tells the parent how a request went.
func (c *connection) answer(payload []byte, err error, most uint32) error {
	if err == nil && uint64(len(payload)) > uint64(most) {
		err = fmt.Errorf("an answer of %d bytes, at most %d are allowed: %w", len(payload), most, ErrTooLarge)
	}
	if err == nil {
		return c.write(kindAnswer, frame{payload: payload})
	}
	text := err.Error()
	return c.write(kindFailure, frame{payload: []byte(text[:min(len(text), MaxMessage)])})
}
