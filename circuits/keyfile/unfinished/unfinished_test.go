package unfinished_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"vadium/circuits/keyfile/unfinished"
)

// TestMain lets the test binary stand in for a process that is killed in the middle of a file.
func TestMain(m *testing.M) {
	if dir := os.Getenv("UNFINISHED_IN"); dir != "" {
		f, err := unfinished.Create(dir)
		if err == nil {
			_, err = f.WriteString("half of a file")
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(f.Name())
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
		_ = f.Close()
	}
	os.Exit(m.Run())
}

func TestWhatAKilledProcessLeftIsSweptAndWhatALivingOneWritesIsNot(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), "UNFINISHED_IN="+dir), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatal("the process writes nothing")
	}
	theirs := lines.Text()
	mine, err := unfinished.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	others := filepath.Join(dir, ".importing-1") // of a name that is not ours
	if err := os.WriteFile(others, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if swept, err := unfinished.Sweep(dir); err != nil || swept.Files != 0 {
		t.Errorf("Sweep beside two writers = %+v, %v, want nothing removed", swept, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that it was killed
	if swept, err := unfinished.Sweep(dir); err != nil || swept.Files != 1 || swept.Bytes != uint64(len("half of a file")) {
		t.Errorf("Sweep after one was killed = %+v, %v, want its file and 14 bytes", swept, err)
	}
	if _, err := os.Stat(theirs); err == nil {
		t.Error("the file of the killed process is still there")
	}
	for _, path := range []string{mine.Name(), others} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s is gone", path)
		}
	}
	if err := mine.Close(); err != nil {
		t.Fatal(err)
	}
	if swept, err := unfinished.Sweep(filepath.Join(dir, "nowhere")); err != nil || swept.Files != 0 {
		t.Errorf("Sweep of a folder that is not there = %+v, %v, want nothing", swept, err)
	}
}

// However sweeps and writers meet, a file that was made can be finished.
func TestASweepNeverTakesAFileThatIsBeingMade(t *testing.T) {
	dir := t.TempDir()
	var writers, sweepers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		sweepers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if _, err := unfinished.Sweep(dir); err != nil {
						t.Errorf("Sweep = %v", err)
						return
					}
				}
			}
		})
	}
	for n := range 4 {
		writers.Go(func() {
			for i := range 200 {
				f, err := unfinished.Create(dir)
				if err != nil {
					t.Errorf("Create = %v", err)
					return
				}
				if err := os.Rename(f.Name(), filepath.Join(dir, fmt.Sprint("done-", n, "-", i))); err != nil {
					t.Errorf("a file that was being written is gone: %v", err)
				}
				_ = f.Close()
			}
		})
	}
	writers.Wait()
	close(done)
	sweepers.Wait()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 800 {
		t.Errorf("%d files (%v), want the 800 that were finished", len(entries), err)
	}
}
