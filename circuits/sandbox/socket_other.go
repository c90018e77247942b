//go:build !unix

package sandbox

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// connection carries frames over a child's standard input and output. Files travel as their names: a system without
// descriptor passing has no file confinement that names would get around either.
type connection struct {
	in         *bufio.Reader
	out        io.Writer
	close      func() error
	takesFiles bool
}

func (c *connection) Read(b []byte) (int, error)  { return c.in.Read(b) }
func (c *connection) Write(b []byte) (int, error) { return c.out.Write(b) }

// Close hangs up.
func (c *connection) Close() error { return c.close() }

// connect makes the two ends and gives one to cmd.
func connect(cmd *exec.Cmd) (ours *connection, theirs io.Closer, err error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return &connection{in: bufio.NewReader(out), out: in, close: in.Close}, io.NopCloser(nil), nil
}

// inherited is the child's end.
func inherited() (*connection, error) {
	return &connection{bufio.NewReader(os.Stdin), os.Stdout, os.Stdin.Close, true}, nil
}

func (c *connection) send(b []byte, files []*os.File) error {
	if len(files) > MaxFiles {
		return fmt.Errorf("%d files, at most %d: %w", len(files), MaxFiles, ErrTooLarge)
	}
	if _, err := c.Write(b); err != nil {
		return err
	}
	if c.takesFiles {
		return nil // a child passes none on
	}
	names := []string{}
	for _, file := range files {
		names = append(names, file.Name())
	}
	return json.NewEncoder(c.out).Encode(names)
}

func (c *connection) receive(b []byte) ([]*os.File, error) {
	if _, err := io.ReadFull(c.in, b); err != nil || !c.takesFiles {
		return nil, err
	}
	line, err := c.in.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	var names []string
	if err := json.Unmarshal(line, &names); err != nil {
		return nil, err
	}
	var files []*os.File
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			return files, err
		}
		files = append(files, file)
	}
	return files, nil
}
