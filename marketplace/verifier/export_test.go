package verifier

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"vadium/circuits/sandbox"
)

// Proofs that do to a child what a proof might do that gets past every guard.
const (
	Kill     = "KILL" // as the kernel's out-of-memory killer would
	Allocate = "OOM!" // until the limit on memory ends the child
	Loop     = "LOOP"
	Exit     = "EXIT"
	Lie      = "LIE!" // answers what no child answers
	Crowded  = "CROW" // dies unless it is alone
)

// misbehaving is the role of children that do what such proofs say, and otherwise verify.
var misbehaving = sandbox.Define("verifier-misbehaving", func([]byte) (sandbox.Handler, error) {
	checker := NewInProcess()
	return func(message []byte, _ []*os.File) ([]byte, error) {
		r, err := decodeRequest(message)
		if err != nil {
			return nil, err
		}
		for _, c := range r.Claims {
			if len(c.Proof) < 4 {
				continue
			}
			switch string(c.Proof[:4]) {
			case Kill:
				killMyself()
			case Allocate:
				for held := [][]byte{}; ; {
					held = append(held, make([]byte, 64<<20))
				}
			case Loop:
				for spin := 0; ; spin++ {
					_ = spin
				}
			case Exit:
				os.Exit(0)
			case Lie:
				return encode(response{}), nil
			case Crowded:
				if len(r.Claims) > 1 {
					killMyself()
				}
			}
		}
		return answer(checker, message)
	}, nil
})

// never is the role of children that do not start.
var never = sandbox.Define("verifier-never", func([]byte) (sandbox.Handler, error) { return nil, errors.New("not today") })

// StartMisbehaving starts children that do what proofs say.
func StartMisbehaving(ctx context.Context, l Limits) (*Children, error) {
	return startChildren(ctx, misbehaving, l)
}

// StartNever starts children that do not start.
func StartNever(ctx context.Context, l Limits) (*Children, error) {
	return startChildren(ctx, never, l)
}

// Break makes children not start any more, until Mend. Nothing may be called meanwhile that had not begun.
func (c *Children) Break() { c.role.Store(never) }

// Mend makes them start again.
func (c *Children) Mend() { c.role.Store(misbehaving) }

func killMyself() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	time.Sleep(time.Minute) // until the signal arrives
	panic(strings.TrimSpace("still alive: " + err.Error()))
}
