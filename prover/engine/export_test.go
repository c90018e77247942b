package engine

import (
	"context"
	"os"
	"time"

	"vadium"
	"vadium/circuits/sandbox"
)

// Become makes workers of another kind.
func (l *Limits) Become(role *sandbox.Role) { l.role = role }

// Ensure makes key files in another way.
func (l *Limits) Ensure(by func(ctx context.Context, blobPath string, p vadium.Program, limit time.Duration) (*os.File, error)) {
	l.ensure = by
}
