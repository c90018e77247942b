package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Layer is one thing that confines a child. The names are for operators: logs, metrics and configuration use them.
type Layer string

// The layers. On Linux all of them are tried; elsewhere [Limits] and [Environment] only.
const (
	// Environment: no variable of the parent is visible, where passwords may live.
	Environment Layer = "environment"
	// Limits: resource limits on memory, processor time, open files, the size of files (none) and core dumps (none).
	Limits Layer = "limits"
	// ParentDeath: the kernel kills the child when its parent dies. Without it the child ends when it notices that the
	// parent has hung up, which a child that a crafted program took over need not do.
	ParentDeath Layer = "parent-death"
	// NoNewPrivileges: nothing the process might start could gain rights by a set-user-id bit.
	NoNewPrivileges Layer = "no-new-privileges"
	// Files: no file can be opened, created or removed (Landlock, Linux 5.13).
	Files Layer = "files"
	// Network: a network namespace of its own with nothing in it (needs user namespaces for everybody).
	Network Layer = "network"
	// SystemCalls: a filter that allows what computing needs (seccomp, Linux 3.17). Alone, it also refuses sockets and
	// files.
	SystemCalls Layer = "system-calls"
)

// Layers lists all layers.
func Layers() []Layer {
	return []Layer{Environment, Limits, ParentDeath, NoNewPrivileges, Files, Network, SystemCalls}
}

// Confinement says what confines a child.
type Confinement struct {
	// InForce are the layers the child found in force when it looked, in the order of [Layers].
	InForce []Layer
	// Missing says why each of the others is not.
	Missing map[Layer]string
}

// ErrUnconfined refuses to start a child without a layer that [Config.Require] names.
var ErrUnconfined = errors.New("the system cannot confine a child as required")

// Has reports whether a layer is in force.
func (c Confinement) Has(l Layer) bool { return slices.Contains(c.InForce, l) }

// String lists what is in force and what is missing, for a log.
func (c Confinement) String() string {
	var b strings.Builder
	for i, l := range c.InForce {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(l))
	}
	for _, l := range Layers() {
		if why, ok := c.Missing[l]; ok {
			fmt.Fprintf(&b, "; no %s: %s", l, why)
		}
	}
	return b.String()
}

// check holds a confinement against what is required.
func (c Confinement) check(required []Layer) error {
	for _, l := range required {
		if !slices.Contains(Layers(), l) {
			return fmt.Errorf("%q is no layer: %w (layers are %v)", l, ErrUnconfined, Layers())
		}
		if !c.Has(l) {
			return fmt.Errorf("no %s: %s: %w (use a kernel that has it, or do not require it)", l, c.Missing[l], ErrUnconfined)
		}
	}
	return nil
}

// note enters the outcome of one layer.
func (c *Confinement) note(l Layer, err error) {
	if err == nil {
		c.InForce = append(c.InForce, l)
		return
	}
	if c.Missing == nil {
		c.Missing = map[Layer]string{}
	}
	c.Missing[l] = err.Error()
}
