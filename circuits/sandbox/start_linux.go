package sandbox

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// thisProgram is the running binary itself, also where its file has been replaced by a newer version since.
func thisProgram() (string, error) { return "/proc/self/exe", nil }

// prepare asks the kernel for what must be asked for at the start: the child's death with its parent, and namespaces.
func prepare(cmd *exec.Cmd, namespaces bool) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL,
		Setpgid:   true, // an interrupt at the terminal is for the parent, which decides what becomes of its children
	}
	if !namespaces {
		return
	}
	uid, gid := os.Getuid(), os.Getgid()
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS | syscall.CLONE_NEWNS
	cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
	cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
}

// births are children to be started by the one thread that does.
var births = sync.OnceValue(func() chan<- func() {
	requests := make(chan func())
	go func() {
		// A child dies with the thread that started it, not with the process. So this thread lives as long as the process
		// does: it is never unlocked, and its goroutine never returns.
		runtime.LockOSThread()
		// Children inherit this from the thread; the process itself keeps its rights.
		_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) // the child looks whether it is so
		for start := range requests {
			start()
		}
	}()
	return requests
})

func start(cmd *exec.Cmd) error {
	done := make(chan error)
	births() <- func() { done <- cmd.Start() }
	return <-done
}

// networkNamespace names the network this process is in; empty where the system does not say.
func networkNamespace() string {
	name, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return ""
	}
	return name
}
