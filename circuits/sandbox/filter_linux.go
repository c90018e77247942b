package sandbox

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// computing are the system calls a Go process makes in order to compute, with cgo and without. None of them names
// a path or another process, not even for the kernel to signal later; the sockets a child has are connected, so that an
// address leads nowhere else. What would need an argument looked at is in [filterSystemCalls]. Names that an architecture
// does not have are left out there.
var computing = []string{
	// What is open already: the socket, passed files, standard error.
	"read", "readv", "pread64", "write", "writev", "recvmsg", "recvfrom", "sendmsg", "sendto", "shutdown",
	"close", "fstat", "lseek", "getsockopt", // and fcntl below, with conditions; never ioctl, which sets owners too
	// Memory. Mapping is below, with a condition.
	"munmap", "mremap", "madvise", "brk",
	// Threads of this process. Starting one and signalling one are below, with conditions.
	"futex", "sched_yield", "sched_getaffinity", "gettid", "getpid", "getppid", "set_robust_list", "rseq", "membarrier", "getcpu",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "sigaltstack", "restart_syscall", "exit", "exit_group",
	// Waiting and time.
	"epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd2", "pipe2", "poll", "ppoll",
	"nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time",
	"timer_create", "timer_settime", "timer_delete", "setitimer",
	// Looking at oneself, and randomness.
	"getrusage", "getrlimit", "uname", "getuid", "geteuid", "getgid", "getegid", "getrandom",
}

// filterSystemCalls lets through what computing needs and refuses the rest, in all threads.
func filterSystemCalls() error {
	machine, err := arch.GetInfo("")
	if err != nil {
		return fmt.Errorf("no filter for this processor: %w", err)
	}
	known := slices.DeleteFunc(slices.Clone(computing), func(name string) bool {
		_, ok := machine.SyscallNames[name]
		return !ok
	})
	when := func(name string, argument uint32, is seccomp.Operation, value uint64) seccomp.NameWithConditions {
		return seccomp.NameWithConditions{Name: name, Conditions: seccomp.ArgumentConditions{{
			Argument: argument, Operation: is, Value: value,
		}}}
	}
	self := uint64(os.Getpid())
	filter := seccomp.Filter{
		NoNewPrivs: true, // without it, the kernel takes filters from root only
		Flag:       seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{
			DefaultAction: seccomp.ActionErrno, // EPERM
			Syscalls: []seccomp.SyscallGroup{
				{Action: seccomp.ActionAllow, Names: known},
				{Action: seccomp.ActionAllow, NamesWithCondtions: []seccomp.NameWithConditions{
					when("mmap", 2, seccomp.BitsNotSet, unix.PROT_EXEC), // all code is there already
					when("mprotect", 2, seccomp.BitsNotSet, unix.PROT_EXEC),
					when("clone", 0, seccomp.BitsSet, unix.CLONE_THREAD), // a thread, not a process
					when("tgkill", 0, seccomp.Equal, self),               // the scheduler preempts threads by signals
					when("kill", 0, seccomp.Equal, self),
					when("prctl", 0, seccomp.Equal, unix.PR_SET_VMA), // the runtime names its memory
					// No command that gives a file an owner and a signal: the kernel would send it, to any process of this user.
					when("fcntl", 1, seccomp.Equal, unix.F_GETFL),
					when("fcntl", 1, seccomp.Equal, unix.F_GETFD),
					when("fcntl", 1, seccomp.Equal, unix.F_SETFD),
					when("fcntl", 1, seccomp.Equal, unix.F_DUPFD_CLOEXEC),
					{Name: "fcntl", Conditions: seccomp.ArgumentConditions{
						{Argument: 1, Operation: seccomp.Equal, Value: unix.F_SETFL},
						{Argument: 2, Operation: seccomp.BitsNotSet, Value: unix.O_ASYNC}, // what makes the kernel signal
					}},
				}},
				// Its flags are in memory, where a filter cannot look; told that it does not exist, the C library uses clone.
				{Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS), Names: []string{"clone3"}},
			},
		},
	}
	if err := seccomp.LoadFilter(filter); err != nil {
		return err
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err == nil {
		_ = unix.Close(socket)
		return errors.New("the kernel still opens sockets")
	}
	if !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("the kernel refuses sockets in an unknown way: %w", err)
	}
	return nil
}
