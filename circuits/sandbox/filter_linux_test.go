package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"vadium/circuits/sandbox"
)

func init() {
	acts["shoot"] = func(object string, _ []*os.File) ([]byte, error) {
		var pid int
		if _, err := fmt.Sscan(object, &pid); err != nil {
			return nil, err
		}
		return nil, shoot(pid)
	}
	acts["control"] = func(object string, _ []*os.File) ([]byte, error) {
		var call, command, argument uintptr
		if _, err := fmt.Sscan(object, &call, &command, &argument); err != nil {
			return nil, err
		}
		var ends [2]int
		if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
			return nil, err
		}
		_, _, failure := syscall.Syscall(call, uintptr(ends[0]), command, argument)
		err := errors.Join(unix.Close(ends[0]), unix.Close(ends[1]))
		if failure != 0 {
			err = errors.Join(failure, err)
		}
		return nil, err
	}
}

// shoot has the kernel kill a process: the owner of a pipe is sent the pipe's signal when a byte arrives. It goes on after
// a refusal, so that one step that is refused does not hide the others.
func shoot(pid int) error {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	var errs []error
	for _, step := range []struct {
		name              string
		command, argument int
	}{
		{"owner", unix.F_SETOWN, pid},
		{"signal", unix.F_SETSIG, int(unix.SIGKILL)},
		{"notice", unix.F_SETFL, unix.O_ASYNC},
	} {
		if _, err := unix.FcntlInt(uintptr(ends[0]), step.command, step.argument); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", step.name, err))
		}
	}
	_, err := unix.Write(ends[1], []byte{1})
	return errors.Join(append(errs, err, unix.Close(ends[0]), unix.Close(ends[1]))...)
}

// endOf says which signal a process dies of that was shot at, or else is asked to end now. A process that was killed before
// it is asked has been killed for good, so this needs no waiting.
func endOf(t *testing.T, shot func(pid int)) syscall.Signal {
	t.Helper()
	victim := exec.Command("sleep", "600")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	shot(victim.Process.Pid)
	_ = victim.Process.Signal(syscall.SIGTERM)
	_ = victim.Wait()
	return victim.ProcessState.Sys().(syscall.WaitStatus).Signal()
}

func TestAChildCannotHaveTheKernelSignalOthers(t *testing.T) {
	c := imprison(t, nil)
	if !c.Confinement().Has(sandbox.SystemCalls) {
		t.Skipf("no filter here: %v", c.Confinement())
	}
	if died := endOf(t, func(pid int) {
		if err := shoot(pid); err != nil {
			t.Errorf("shooting from outside: %v", err)
		}
	}); died != syscall.SIGKILL {
		t.Fatalf("shot from outside, a process dies of %v: this test proves nothing", died)
	}
	if died := endOf(t, func(pid int) {
		_, err := c.Call(t.Context(), fmt.Appendf(nil, "shoot %d", pid))
		for _, step := range []string{"owner", "signal", "notice"} {
			if refusal := step + ": operation not permitted"; err == nil || !strings.Contains(err.Error(), refusal) {
				t.Errorf("shooting from a child = %v, want %q", err, refusal)
			}
		}
	}); died != syscall.SIGTERM {
		t.Errorf("shot from a child, a process dies of %v, want it to live until it is asked", died)
	}
}

// Each by itself, since together one refusal would cover for another.
func TestAChildControlsOnlyItsOwnFiles(t *testing.T) {
	c := imprison(t, nil)
	if !c.Confinement().Has(sandbox.SystemCalls) {
		t.Skipf("no filter here: %v", c.Confinement())
	}
	for _, row := range []struct {
		name                    string
		call, command, argument int
		allowed                 bool
	}{
		{"F_GETFL", unix.SYS_FCNTL, unix.F_GETFL, 0, true},
		{"F_GETFD", unix.SYS_FCNTL, unix.F_GETFD, 0, true},
		{"F_SETFD", unix.SYS_FCNTL, unix.F_SETFD, unix.FD_CLOEXEC, true},
		{"F_DUPFD_CLOEXEC", unix.SYS_FCNTL, unix.F_DUPFD_CLOEXEC, 0, true},
		{"F_SETFL of O_NONBLOCK", unix.SYS_FCNTL, unix.F_SETFL, unix.O_NONBLOCK, true},
		{"F_SETFL of O_ASYNC", unix.SYS_FCNTL, unix.F_SETFL, unix.O_ASYNC, false},
		{"F_SETFL of O_ASYNC and more", unix.SYS_FCNTL, unix.F_SETFL, unix.O_ASYNC | unix.O_NONBLOCK, false},
		{"F_SETOWN", unix.SYS_FCNTL, unix.F_SETOWN, os.Getpid(), false},
		{"F_SETOWN_EX", unix.SYS_FCNTL, unix.F_SETOWN_EX, 0, false},
		{"F_SETSIG", unix.SYS_FCNTL, unix.F_SETSIG, int(unix.SIGKILL), false},
		{"F_SETLEASE", unix.SYS_FCNTL, unix.F_SETLEASE, unix.F_RDLCK, false},
		{"F_NOTIFY", unix.SYS_FCNTL, unix.F_NOTIFY, 0, false},
		{"F_SETPIPE_SZ", unix.SYS_FCNTL, unix.F_SETPIPE_SZ, 4096, false},
		{"FIOASYNC", unix.SYS_IOCTL, 0x5452, 0, false},
		{"FIOSETOWN", unix.SYS_IOCTL, 0x8901, 0, false},
		{"SIOCSPGRP", unix.SYS_IOCTL, 0x8902, 0, false},
	} {
		_, err := c.Call(t.Context(), fmt.Appendf(nil, "control %d %d %d", row.call, row.command, row.argument))
		failure, failed := errors.AsType[*sandbox.Failure](err)
		refused := failed && strings.Contains(failure.Message, unix.EPERM.Error())
		if refused == row.allowed || row.allowed && err != nil {
			t.Errorf("%s = %v, want allowed: %v", row.name, err, row.allowed)
		}
	}
}
