//go:build !linux

package sandbox

import "errors"

// confine sets the limits that the system has, and says that there is nothing else.
func confine(l limits) Confinement {
	var c Confinement
	c.note(Environment, nil)
	c.note(Limits, limitResources(l))
	for _, layer := range []Layer{ParentDeath, NoNewPrivileges, Files, Network, SystemCalls} {
		c.note(layer, errors.New("only on Linux"))
	}
	return c
}
