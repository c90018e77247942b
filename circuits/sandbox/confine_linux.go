package sandbox

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// Room beside [Config.Memory], in bytes.
const (
	// memorySlack is writable memory that is not on the Go heap, or that the heap maps ahead: arenas of 64 MiB and the
	// collector's tables.
	memorySlack = 512 << 20
	// threadSlack is for each processor: with cgo, a thread has a stack of 8 MiB, and there are up to a few of them.
	threadSlack = 32 << 20
	// addressSlack is address space that a Go process reserves without using it, on top of that.
	addressSlack = 2 << 30
)

// maxOpenFiles fits the runtime's own, the socket and [MaxFiles], with room.
const maxOpenFiles = 64

// confine confines this process for good and reports what is in force, by trying where that is possible. The order
// matters: each step may use what the next one takes away.
func confine(l limits) Confinement {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var c Confinement
	c.note(Environment, nil)
	c.note(Limits, limitResources(l))
	c.note(ParentDeath, diesWithParent())
	network := ownNetwork(l) // while /proc can be read
	// Nobody of this user may read the inputs out of this process, nor attach to it.
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // fails on no kernel
	files := l.unless(Files, restrictFiles)
	c.note(NoNewPrivileges, noNewPrivileges()) // while prctl answers
	c.note(Files, files)
	c.note(Network, network)
	c.note(SystemCalls, l.unless(SystemCalls, filterSystemCalls))
	return c
}

// limitResources sets resource limits. RLIMIT_DATA counts the memory a process can write to, which is what a Go program
// allocates and not what its runtime reserves, so it can be near the wish. RLIMIT_AS counts reservations and mapped
// files too and stops only what got around the other.
func limitResources(l limits) error {
	// The kernel's own remedy should hit the child before its parent. Not writable everywhere, and only a preference.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0o600)
	set := []struct {
		name     string
		resource int
		most     uint64
	}{
		{"core dumps", unix.RLIMIT_CORE, 0},
		{"file size", unix.RLIMIT_FSIZE, 0},
		{"locked memory", unix.RLIMIT_MEMLOCK, 0},
		{"message queues", unix.RLIMIT_MSGQUEUE, 0},
		{"open files", unix.RLIMIT_NOFILE, maxOpenFiles},
	}
	limit := func(name string, resource int, most uint64) {
		set = append(set, struct {
			name     string
			resource int
			most     uint64
		}{name, resource, most})
	}
	if l.CPUSeconds > 0 {
		limit("processor time", unix.RLIMIT_CPU, l.CPUSeconds)
	}
	if l.Memory > 0 && !raceDetector {
		memory := l.Memory + memorySlack + threadSlack*uint64(runtime.GOMAXPROCS(0))
		limit("memory", unix.RLIMIT_DATA, memory)
		limit("address space", unix.RLIMIT_AS, memory+l.Mapped+addressSlack)
	}
	for _, s := range set {
		if err := unix.Setrlimit(s.resource, &unix.Rlimit{Cur: s.most, Max: s.most}); err != nil {
			return fmt.Errorf("limit %s to %d: %w", s.name, s.most, err)
		}
	}
	if l.Memory > 0 && raceDetector {
		return errors.New("a build with the race detector has no limit on memory")
	}
	return nil
}

func diesWithParent() error {
	var signal int32
	err := unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&signal)), 0, 0, 0) //nolint:gosec // the call writes an int there
	if err == nil && syscall.Signal(signal) != syscall.SIGKILL {
		err = fmt.Errorf("the signal is %d", signal)
	}
	return err
}

func ownNetwork(l limits) error {
	switch mine := networkNamespace(); {
	case l.Network != "":
		return errors.New(l.Network)
	case mine == "" || l.ParentNetwork == "":
		return errors.New("/proc does not tell namespaces")
	case mine == l.ParentNetwork:
		return errors.New("the network namespace is the parent's")
	}
	return nil
}

// noNewPrivileges looks at this thread: the thread that started the child handed the bit down to all of them.
func noNewPrivileges() error {
	status, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	if err == nil && status != 1 {
		err = errors.New("the bit is not set")
	}
	return err
}

// restrictFiles takes the whole file system away, and TCP where Landlock can.
func restrictFiles() error {
	if _, err := landlocksys.LandlockGetABIVersion(); err != nil {
		return fmt.Errorf("the kernel has no landlock: %w", err)
	}
	// Version 5 is files, TCP and devices. What version 6 adds, a scope for signals, is left to the filter of system
	// calls: some kernels apply it between threads of one process, and Go's scheduler signals its threads.
	if err := landlock.V5.BestEffort().Restrict(); err != nil {
		return err
	}
	folder, err := os.Open("/")
	if err == nil {
		_ = folder.Close()
		return errors.New("the kernel still opens files")
	}
	if !errors.Is(err, syscall.EACCES) {
		return fmt.Errorf("the kernel refuses files in an unknown way: %w", err)
	}
	return nil
}
