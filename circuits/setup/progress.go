package setup

import (
	"context"
	"time"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
)

// reporter tells the caller where a call stands.
type reporter struct {
	report      func(Progress)
	program     string
	constraints int
}

func (r *reporter) stage(s Stage) { r.tell(s, 0, 0) }

func (r *reporter) tell(s Stage, elapsed, expected time.Duration) {
	if r.report != nil {
		r.report(Progress{Program: r.program, Stage: s, Constraints: r.constraints, Elapsed: elapsed, Expected: expected})
	}
}

type keyPair struct {
	pk  groth16.ProvingKey
	vk  groth16.VerifyingKey
	err error
}

// setup runs the Groth16 setup and reports while it runs.
func (r *reporter) setup(ctx context.Context, ccs constraint.ConstraintSystem) (groth16.ProvingKey, groth16.VerifyingKey, error) {
	done := make(chan keyPair, 1) // buffered: after a cancelled call nobody receives
	go func() {
		pk, vk, err := groth16.Setup(ccs)
		done <- keyPair{pk, vk, err}
	}()
	expected := time.Duration(ccs.GetNbConstraints()) * costPerConstraint
	start := time.Now()
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	r.tell(StageSetup, 0, expected)
	for {
		select {
		case k := <-done:
			return k.pk, k.vk, k.err
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-tick.C:
			r.tell(StageSetup, time.Since(start), expected)
		}
	}
}
