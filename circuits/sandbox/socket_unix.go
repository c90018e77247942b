//go:build unix

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// socketFD is where a child finds its end: after standard input, output and error.
const socketFD = 3

// connection carries frames over one end of a socket pair. One goroutine may read while another writes.
type connection struct {
	*os.File
	takesFiles bool // a child's end; a parent takes none
}

// connect makes the two ends and gives one to cmd. The caller closes theirs once the child has started.
func connect(cmd *exec.Cmd) (ours *connection, theirs io.Closer, err error) {
	syscall.ForkLock.RLock() // no child of another goroutine may inherit the ends before they are marked
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(ends[0])
		syscall.CloseOnExec(ends[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	if err := syscall.SetNonblock(ends[0], true); err != nil {
		return nil, nil, errors.Join(err, syscall.Close(ends[0]), syscall.Close(ends[1]))
	}
	child := os.NewFile(uintptr(ends[1]), "child's end")
	cmd.ExtraFiles = []*os.File{child}
	return &connection{File: os.NewFile(uintptr(ends[0]), "child")}, child, nil
}

// inherited is the child's end.
func inherited() (*connection, error) {
	if err := syscall.SetNonblock(socketFD, true); err != nil {
		return nil, fmt.Errorf("this process was not started as a child: %w", err)
	}
	syscall.CloseOnExec(socketFD)
	return &connection{os.NewFile(socketFD, "parent"), true}, nil
}

// send writes b, at least one byte, and passes copies of the files on with it.
func (c *connection) send(b []byte, files []*os.File) error {
	if len(files) == 0 {
		_, err := c.Write(b)
		return err
	}
	if len(files) > MaxFiles {
		return fmt.Errorf("%d files, at most %d: %w", len(files), MaxFiles, ErrTooLarge)
	}
	// RawConn keeps a file open for as long as its descriptor is in use.
	return withDescriptors(files, nil, func(fds []int) error {
		raw, err := c.File.SyscallConn()
		if err != nil {
			return err
		}
		rights := syscall.UnixRights(fds...)
		var n int
		var sendErr error
		err = raw.Write(func(fd uintptr) bool {
			n, sendErr = uninterrupted(func() (int, error) { return syscall.SendmsgN(int(fd), b, rights, nil, 0) })
			return !errors.Is(sendErr, syscall.EAGAIN)
		})
		if err = errors.Join(err, sendErr); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		_, err = c.Write(b[n:])
		return err
	})
}

func withDescriptors(files []*os.File, fds []int, do func([]int) error) error {
	if len(files) == 0 {
		return do(fds)
	}
	raw, err := files[0].SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) { inner = withDescriptors(files[1:], append(fds, int(fd)), do) })
	return errors.Join(err, inner)
}

// receive fills b and returns the files that came with it. Only a child takes files; a parent has no room for any, and
// the kernel drops what a child that was taken over might pass to it.
func (c *connection) receive(b []byte) ([]*os.File, error) {
	raw, err := c.File.SyscallConn()
	if err != nil {
		return nil, err
	}
	var room []byte
	if c.takesFiles {
		room = make([]byte, syscall.CmsgSpace(MaxFiles*4))
	}
	var n, with int
	var readErr error
	err = raw.Read(func(fd uintptr) bool {
		n, readErr = uninterrupted(func() (n int, err error) {
			n, with, _, _, err = syscall.Recvmsg(int(fd), b, room, 0)
			return n, err
		})
		return !errors.Is(readErr, syscall.EAGAIN)
	})
	switch err = errors.Join(err, readErr); {
	case err != nil:
		return nil, fmt.Errorf("receive: %w", err)
	case n == 0:
		return nil, io.EOF
	}
	files, err := passedFiles(room[:with])
	if err == nil && n < len(b) {
		if _, err = io.ReadFull(c, b[n:]); err != nil {
			err = fmt.Errorf("header cut short: %w", io.ErrUnexpectedEOF)
		}
	}
	return files, err
}

// uninterrupted repeats a system call that a signal interrupted.
func uninterrupted(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

func passedFiles(control []byte) (files []*os.File, err error) {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return nil, fmt.Errorf("control message: %w", err)
	}
	for i := range messages {
		fds, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			return files, fmt.Errorf("control message: %w", err)
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "passed file"))
		}
	}
	return files, nil
}
