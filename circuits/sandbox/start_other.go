//go:build !linux

package sandbox

import (
	"os"
	"os/exec"
)

func thisProgram() (string, error) { return os.Executable() }

func prepare(*exec.Cmd, bool) {}

func start(cmd *exec.Cmd) error { return cmd.Start() }

func networkNamespace() string { return "" }
