package engine

import "vadium/circuits/sandbox"

// Become makes workers of another kind.
func (l *Limits) Become(role *sandbox.Role) { l.role = role }
