// Package disktest gives tests a disk of their own that loses its power or has no room left: a small file system in a
// file. It needs root, and loop devices for ext4.
//
//	v := disktest.NewVolume(t, disktest.Ext4, dir, 512<<20)
//	... write below v.Dir ...
//	v.CutPower()   // what was not synced is gone; every process that wrote there has to be killed
//	v.Restore()    // what a boot does: the file system replays its journal
//
// A power cut here is EXT4_IOC_SHUTDOWN without flushing the log, after which nothing reaches the file any more: it finds
// a missing sync. It does not find a disk that lies about having synced.
//
// The ioctl takes milliseconds, and a process that syncs meanwhile may be told that it succeeded when it did not; Linux
// 6.18 answers so about once in ten cuts. A machine without power tells nobody anything, so what was acknowledged is what
// was acknowledged before CutPower began: it returns that time, and a test counts no later acknowledgement.
package disktest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// FileSystem of a volume.
type FileSystem string

// File systems. Only Ext4 can lose its power.
const (
	Ext4  FileSystem = "ext4"
	Tmpfs FileSystem = "tmpfs"
)

const (
	ext4Shutdown = 0x8004587d // EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32)
	noLogFlush   = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH
)

// Unavailable says why this machine cannot make volumes, or nil.
func Unavailable() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("mounting file systems needs root, this is user %d", os.Geteuid())
	}
	for _, tool := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		return fmt.Errorf("no loop devices: %w", err)
	}
	return nil
}

// Volume is a file system of a test's own.
type Volume struct {
	// Dir is where it is mounted.
	Dir string

	t     *testing.T
	kind  FileSystem
	image string
	size  int64
}

// NewVolume makes a file system of size bytes and mounts it at dir, which it creates. It goes with the test.
func NewVolume(t *testing.T, kind FileSystem, dir string, size int64) *Volume {
	t.Helper()
	v := &Volume{Dir: dir, t: t, kind: kind, image: filepath.Join(t.TempDir(), "image"), size: size}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if kind == Ext4 {
		f, err := os.Create(v.image)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Truncate(size); err != nil {
			t.Fatal(err)
		}
		f.Close()
		v.do("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=1", v.image)
	}
	v.mount()
	t.Cleanup(func() { v.unmount() })
	return v
}

func (v *Volume) do(name string, args ...string) {
	v.t.Helper()
	if said, err := exec.CommandContext(context.Background(), name, args...).CombinedOutput(); err != nil {
		v.t.Fatalf("%s %v: %v\n%s", name, args, err, said)
	}
}

func (v *Volume) mount() {
	v.t.Helper()
	if v.kind == Tmpfs {
		v.do("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d,mode=700", v.size), "vadium-test", v.Dir)
		return
	}
	v.do("mount", "-t", "ext4", "-o", "loop", v.image, v.Dir)
}

// unmount waits until processes that were killed have let go.
func (v *Volume) unmount() {
	v.t.Helper()
	var err error
	for range 100 {
		if err = syscall.Unmount(v.Dir, 0); err == nil || err == syscall.EINVAL { // not mounted
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	v.t.Errorf("unmount %s: %v", v.Dir, err)
}

// CutPower loses everything that was not synced, and everything that is written from now on. It returns when it began.
func (v *Volume) CutPower() (began time.Time) {
	v.t.Helper()
	f, err := os.Open(v.Dir)
	if err != nil {
		v.t.Fatal(err)
	}
	defer f.Close()
	flags := uint32(noLogFlush)
	began = time.Now()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), ext4Shutdown, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		v.t.Fatalf("cut the power of %s: %v", v.Dir, errno)
	}
	return began
}

// Restore mounts what survived. Nobody may have files open there.
func (v *Volume) Restore() {
	v.t.Helper()
	var err error
	for range 100 {
		v.unmount()
		v.mount()
		if err = v.alive(); err == nil {
			return
		}
		// A process that copied the table of mounts, as sandboxes do, keeps the file system without power alive until it
		// ends, and mounting gave that one back. `make powercut` uses a table of its own, so that only our own count.
		time.Sleep(50 * time.Millisecond)
	}
	v.t.Fatalf("%s has no power again: %v", v.Dir, err)
}

// alive reports whether something can be written.
func (v *Volume) alive() error {
	f, err := os.CreateTemp(v.Dir, "alive")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Grow gives a tmpfs so many bytes in all.
func (v *Volume) Grow(size int64) {
	v.t.Helper()
	v.do("mount", "-o", fmt.Sprintf("remount,size=%d", size), v.Dir)
}
