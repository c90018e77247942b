package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vadium/circuits/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// prisoner does what it is told, so that a test can see what a child cannot.
var prisoner = sandbox.Define("prisoner", func(setup []byte) (sandbox.Handler, error) {
	if string(setup) == "refuse" {
		return nil, errors.New("this setup is refused")
	}
	return func(request []byte, files []*os.File) ([]byte, error) {
		verb, object, _ := strings.Cut(string(request), " ")
		if act, ok := acts[verb]; ok {
			return act(object, files)
		}
		return nil, fmt.Errorf("I cannot %s", verb)
	}, nil
})

type act = func(object string, files []*os.File) ([]byte, error)

// acts are what a prisoner can be told. Each returns what it saw.
var acts = map[string]act{
	"echo": func(object string, _ []*os.File) ([]byte, error) { return []byte(object), nil },
	"environment": func(string, []*os.File) ([]byte, error) {
		return []byte(strings.Join(os.Environ(), "\n")), nil
	},
	"open": func(object string, _ []*os.File) ([]byte, error) {
		f, err := os.Open(object)
		if err != nil {
			return nil, err
		}
		return nil, f.Close()
	},
	"create": func(object string, _ []*os.File) ([]byte, error) {
		return nil, os.WriteFile(object, []byte("mine"), 0o600)
	},
	"remove": func(object string, _ []*os.File) ([]byte, error) { return nil, os.Remove(object) },
	"dial": func(object string, _ []*os.File) ([]byte, error) {
		kind, address, _ := strings.Cut(object, " ")
		c, err := net.Dial(kind, address)
		if err != nil {
			return nil, err
		}
		return nil, c.Close()
	},
	"execute": func(object string, _ []*os.File) ([]byte, error) { return exec.Command(object).Output() },
	"end": func(object string, _ []*os.File) ([]byte, error) {
		var pid int
		if _, err := fmt.Sscan(object, &pid); err != nil {
			return nil, err
		}
		return nil, syscall.Kill(pid, syscall.SIGKILL)
	},
	"read": func(_ string, files []*os.File) ([]byte, error) {
		var all []byte
		for _, f := range files {
			content, err := io.ReadAll(f)
			if err != nil {
				return nil, err
			}
			all = append(all, content...)
		}
		return all, nil
	},
	"scribble": func(_ string, files []*os.File) ([]byte, error) {
		_, err := files[0].WriteString("mine")
		return nil, err
	},
	"bomb": func(string, []*os.File) ([]byte, error) {
		for {
			b := make([]byte, 64<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			hoard = append(hoard, b)
		}
	},
	"leap":  func(string, []*os.File) ([]byte, error) { return make([]byte, 1<<40), nil },
	"spin":  func(string, []*os.File) ([]byte, error) { return nil, spin() },
	"panic": func(string, []*os.File) ([]byte, error) { panic("as told") },
	"exit":  func(string, []*os.File) ([]byte, error) { os.Exit(0); return nil, nil },
	"boast": func(string, []*os.File) ([]byte, error) {
		socket := os.NewFile(3, "parent")
		_, err := socket.Write([]byte{0xff, 0xff, 0xff, 0xff, 2})
		if err == nil {
			_, err = io.Copy(socket, zeros{})
		}
		return nil, err
	},
	"answer": func(object string, _ []*os.File) ([]byte, error) {
		var n int
		_, err := fmt.Sscan(object, &n)
		return make([]byte, n), err
	},
	"compute": func(string, []*os.File) ([]byte, error) { return nil, compute() },
}

var hoard [][]byte

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func spin() error {
	for i := 0; ; i++ {
		if i < 0 {
			return errors.New("a loop ended that does not")
		}
	}
}

// compute uses what Go's runtime has: many threads, timers, the collector, stacks that grow.
func compute() error {
	var wait sync.WaitGroup
	sums := make([]int, 64)
	for i := range sums {
		wait.Go(func() {
			runtime.LockOSThread() // a thread each
			time.Sleep(time.Millisecond)
			for range 200 {
				sums[i] += len(bytes.Repeat([]byte{1}, 10_000))
			}
			sums[i] += deep(10_000)
		})
	}
	wait.Wait()
	runtime.GC()
	for i, sum := range sums {
		if sum != 2_010_000 {
			return fmt.Errorf("thread %d computed %d", i, sum)
		}
	}
	return nil
}

func deep(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + deep(n-1)
}

// imprison starts a child that has a limit on everything.
func imprison(t *testing.T, change func(*sandbox.Config)) *sandbox.Child {
	t.Helper()
	config := sandbox.Config{Role: prisoner, Memory: 256 << 20}
	if change != nil {
		change(&config)
	}
	c, err := sandbox.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestAChildComputesAndAnswers(t *testing.T) {
	c := imprison(t, nil)
	t.Logf("in force: %v", c.Confinement())
	for range 3 {
		got, err := c.Call(t.Context(), []byte("echo hello"))
		if err != nil || string(got) != "hello" {
			t.Fatalf("Call = %q, %v, want hello", got, err)
		}
	}
	if _, err := c.Call(t.Context(), []byte("compute")); err != nil {
		t.Errorf("threads, timers and the collector in a child: %v", err)
	}
}

func TestAnAnswerThatItCannotIsToldFromDying(t *testing.T) {
	c := imprison(t, nil)
	_, err := c.Call(t.Context(), []byte("fly"))
	failure, ok := errors.AsType[*sandbox.Failure](err)
	if !ok || failure.Message != "I cannot fly" || errors.Is(err, sandbox.ErrDied) {
		t.Errorf("Call = %v, want a failure", err)
	}
	if got, err := c.Call(t.Context(), []byte("echo still here")); err != nil || string(got) != "still here" {
		t.Errorf("Call afterwards = %q, %v, want an answer", got, err)
	}
	_, err = c.Call(t.Context(), []byte("panic"))
	if !errors.Is(err, sandbox.ErrDied) || !strings.Contains(err.Error(), "as told") {
		t.Errorf("Call = %v, want %v with its last words", err, sandbox.ErrDied)
	}
	if _, err := c.Call(t.Context(), []byte("echo hello")); !errors.Is(err, sandbox.ErrGone) {
		t.Errorf("Call after death = %v, want %v", err, sandbox.ErrGone)
	}
	c = imprison(t, nil)
	if _, err := c.Call(t.Context(), []byte("exit")); !errors.Is(err, sandbox.ErrDied) {
		t.Errorf("Call of a child that leaves = %v, want %v", err, sandbox.ErrDied)
	}
}

// The layers overlap, so that what one of them overlooks, another refuses.
func TestAChildReachesNothingOutside(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems confine memory and time only, and say so")
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	unix, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close()
	victim := exec.Command("sleep", "600")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = victim.Process.Kill(), victim.Wait() }()

	reads := []string{"open " + secret, "open /etc/passwd", "open /proc/self/environ"}
	writes := []string{"create " + secret, "create " + secret + ".new", "remove " + secret}
	dials := []string{"dial tcp " + listener.Addr().String(), "dial udp 127.0.0.1:53"}
	rest := []string{
		"dial unix " + unix.Addr().String(), "execute /bin/true", "execute /proc/self/exe",
		fmt.Sprintf("end %d", victim.Process.Pid), fmt.Sprintf("end %d", os.Getpid()), "end -1",
	}
	for name, row := range map[string]struct {
		attempts []string
		without  []sandbox.Layer
		words    []string // of a refusal
	}{
		"everything":        {slices.Concat(reads, writes, dials, rest), nil, []string{"operation not permitted"}},
		"the filter alone":  {slices.Concat(reads, writes, dials, rest), []sandbox.Layer{sandbox.Files, sandbox.Network}, []string{"operation not permitted"}},
		"without a filter":  {slices.Concat(reads, writes, dials), []sandbox.Layer{sandbox.SystemCalls}, []string{"permission denied", "unreachable"}},
		"the network alone": {dials[1:], []sandbox.Layer{sandbox.SystemCalls, sandbox.Files}, []string{"unreachable"}},
	} {
		c := imprison(t, func(c *sandbox.Config) { c.Leave(row.without...); c.Memory = 0 })
		if report := c.Confinement(); !missesOnly(report, row.without) {
			t.Logf("%s: this kernel lacks a layer that the row needs: %v", name, report)
			continue
		}
		for _, attempt := range row.attempts {
			_, err := c.Call(t.Context(), []byte(attempt))
			failure, ok := errors.AsType[*sandbox.Failure](err)
			if !ok || !slices.ContainsFunc(row.words, func(w string) bool { return strings.Contains(failure.Message, w) }) {
				t.Errorf("%s, %s = %v, want a refusal by the system", name, attempt, err)
			}
		}
	}
	if content, err := os.ReadFile(secret); err != nil || string(content) != "secret" {
		t.Errorf("the file = %q, %v, want it untouched", content, err)
	}
}

// missesOnly says whether a kernel has all layers but those left out.
func missesOnly(c sandbox.Confinement, without []sandbox.Layer) bool {
	return len(c.Missing) == len(without) && !slices.ContainsFunc(without, c.Has)
}

func TestAChildSeesNothingOfTheParentsEnvironment(t *testing.T) {
	t.Setenv("VADIUM_PASSWORD", "correct horse")
	c := imprison(t, func(c *sandbox.Config) { c.Env = []string{"SHOWN=1"}; c.Threads = 1 })
	got, err := c.Call(t.Context(), []byte("environment"))
	want := "GOMEMLIMIT=268435456\nGOTRACEBACK=none\nGOMAXPROCS=1\nSHOWN=1"
	if err != nil || string(got) != want {
		t.Errorf("environment = %q, %v, want %q", got, err, want)
	}
}

func TestFilesThatArePassedCanBeReadAndNotWritten(t *testing.T) {
	var files []*os.File
	for i := range sandbox.MaxFiles {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, fmt.Append(nil, i), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
	}
	c := imprison(t, nil)
	for range 30 { // more files together than a child may have open
		for _, f := range files {
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := c.Call(t.Context(), []byte("read"), files...); err != nil || string(got) != "01234567" {
			t.Fatalf("read = %q, %v, want 01234567", got, err)
		}
	}
	if _, err := c.Call(t.Context(), []byte("scribble"), files...); err == nil {
		t.Error("a file that was open for reading was written")
	}
	if _, err := c.Call(t.Context(), []byte("read"), append(files, files[0])...); err == nil {
		t.Error("more files than the limit were passed")
	}
}

func TestAMemoryBombDiesAlone(t *testing.T) {
	for _, request := range []string{"bomb", "leap"} {
		c, neighbour := imprison(t, nil), imprison(t, nil)
		if why, ok := c.Confinement().Missing[sandbox.Limits]; ok {
			t.Logf("nothing here would stop the bomb: %s", why)
			return
		}
		_, err := c.Call(t.Context(), []byte(request))
		if !errors.Is(err, sandbox.ErrDied) || !strings.Contains(err.Error(), "out of memory") {
			t.Errorf("%s = %v, want %v, out of memory", request, err, sandbox.ErrDied)
		}
		if got, err := neighbour.Call(t.Context(), []byte("echo alive")); err != nil || string(got) != "alive" {
			t.Errorf("the child beside it = %q, %v, want it alive", got, err)
		}
	}
}

func TestAnEndlessLoopIsKilledAtItsDeadline(t *testing.T) {
	c := imprison(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := c.Call(ctx, []byte("spin")); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sandbox.ErrDied) {
		t.Errorf("Call = %v, want %v", err, context.DeadlineExceeded)
	}
	<-c.Ended()
	if _, err := c.Call(t.Context(), []byte("echo hello")); !errors.Is(err, sandbox.ErrGone) {
		t.Errorf("Call afterwards = %v, want %v", err, sandbox.ErrGone)
	}
}

func TestAnEndlessLoopEndsWithItsProcessorTime(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such limit")
	}
	c := imprison(t, func(c *sandbox.Config) { c.CPU = time.Second })
	if _, err := c.Call(t.Context(), []byte("spin")); !errors.Is(err, sandbox.ErrDied) {
		t.Errorf("Call = %v, want %v", err, sandbox.ErrDied)
	}
}

func TestFramesBeyondTheirLimitAreRefused(t *testing.T) {
	c := imprison(t, func(c *sandbox.Config) { c.Request, c.Answer = 100, 50 })
	if _, err := c.Call(t.Context(), make([]byte, 101)); !errors.Is(err, sandbox.ErrTooLarge) {
		t.Errorf("a request of 101 bytes = %v, want %v", err, sandbox.ErrTooLarge)
	}
	for n, want := range map[int]bool{50: true, 51: false} {
		got, err := c.Call(t.Context(), fmt.Appendf(nil, "answer %d", n))
		if (err == nil && len(got) == n) != want {
			t.Errorf("an answer of %d bytes: %d, %v", n, len(got), err)
		}
	}
	if _, err := c.Call(t.Context(), append([]byte("echo "), make([]byte, 45)...)); err != nil {
		t.Errorf("a request of 50 bytes afterwards = %v, want an answer", err)
	}
	_, err := c.Call(t.Context(), []byte("boast"))
	if !errors.Is(err, sandbox.ErrDied) || !strings.Contains(err.Error(), "4294967295 bytes, at most") {
		t.Errorf("an answer of four gigabytes = %v, want %v", err, sandbox.ErrDied)
	}
	<-c.Ended()
}

func TestARoleThatDoesNotOpenIsNoChild(t *testing.T) {
	_, err := sandbox.Start(t.Context(), sandbox.Config{Role: prisoner, Setup: []byte("refuse")})
	if err == nil || !strings.Contains(err.Error(), "this setup is refused") {
		t.Errorf("Start = %v, want the role's reason", err)
	}
}

func TestClosingAChildEndsItsCall(t *testing.T) {
	c := imprison(t, nil)
	called, ended := make(chan struct{}), make(chan error)
	go func() {
		close(called)
		_, err := c.Call(context.Background(), []byte("spin"))
		ended <- err
	}()
	<-called
	for range 2 {
		if err := c.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if err := <-ended; !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("Call = %v, want %v", err, sandbox.ErrClosed)
	}
	<-c.Ended()
	if _, err := c.Call(t.Context(), nil); !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("Call afterwards = %v, want %v", err, sandbox.ErrClosed)
	}
}

func TestRequiredLayersThatAreMissingAreRefused(t *testing.T) {
	_, err := sandbox.Start(t.Context(), sandbox.Config{Role: prisoner, Require: []sandbox.Layer{"moat"}})
	if !errors.Is(err, sandbox.ErrUnconfined) || !strings.Contains(err.Error(), "moat") {
		t.Errorf("Start = %v, want %v", err, sandbox.ErrUnconfined)
	}
	c := imprison(t, func(c *sandbox.Config) { c.Memory = 0 })
	report := c.Confinement()
	for _, l := range sandbox.Layers() {
		_, why := report.Missing[l]
		if report.Has(l) == why {
			t.Errorf("layer %s: in force %v, and a reason why not: %v", l, report.Has(l), why)
		}
		again, err := sandbox.Start(t.Context(), sandbox.Config{Role: prisoner, Require: []sandbox.Layer{l}})
		if (err == nil) != report.Has(l) {
			t.Errorf("Start with %s required = %v, the layer is in force: %v", l, err, report.Has(l))
		}
		if err == nil {
			_ = again.Close()
		}
	}
	if runtime.GOOS == "linux" && !slices.Contains(report.InForce, sandbox.SystemCalls) {
		t.Errorf("in force: %v: every Linux of the last ten years filters system calls", report)
	}
}

func TestCallsTakeTurns(t *testing.T) {
	c := imprison(t, nil)
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			want := fmt.Sprint(i)
			if got, err := c.Call(t.Context(), []byte("echo "+want)); err != nil || string(got) != want {
				t.Errorf("Call = %q, %v, want %s", got, err, want)
			}
		})
	}
	wait.Wait()
}

// In the middle of an endless loop, which reads no socket.
func TestAChildDiesWithItsParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a process with its parent")
	}
	family := exec.Command("/proc/self/exe", "-test.run=TestParentOfASpinningChild")
	family.Env = append(os.Environ(), "VADIUM_TEST_PARENT=1")
	out, err := family.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := family.Start(); err != nil {
		t.Fatal(err)
	}
	var child int
	if _, err := fmt.Fscan(out, &child); err != nil {
		t.Fatal(err)
	}
	if err := family.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = family.Wait()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		if err != nil || strings.Contains(string(status), ") Z ") { // gone, or nobody has waited for it yet
			return
		}
		if time.Now().After(end) {
			_ = syscall.Kill(child, syscall.SIGKILL)
			t.Fatal("the child of a killed parent is alive")
		}
	}
}

// TestParentOfASpinningChild is the parent in TestAChildDiesWithItsParent, and not a test of its own.
func TestParentOfASpinningChild(t *testing.T) {
	if os.Getenv("VADIUM_TEST_PARENT") == "" {
		return
	}
	c := imprison(t, nil)
	go func() { _, _ = c.Call(context.Background(), []byte("spin")) }()
	fmt.Println(c.Process())
	<-c.Ended()
}
