package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// vectorsOf reads the cases of one group of a package's vectors, each as it stands.
func vectorsOf(t *testing.T, path, name string) []json.RawMessage {
	t.Helper()
	var file struct {
		Groups []struct {
			Group string
			Cases []json.RawMessage
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		if g.Group == name {
			return g.Cases
		}
	}
	t.Fatalf("%s has no group %s", path, name)
	return nil
}

// typed runs vadium as a process of its own, as people run it, and returns what it printed and its status.
func typed(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &complaints
	var ended *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return out.String(), complaints.String(), cmd.ProcessState.ExitCode()
}

// object is a line of JSON, numbers as they are written.
func object(t *testing.T, line []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var v map[string]any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return v
}

// The whole of vault_sequence through the command line: a file of its operations in, its states out, field by field. The
// last operation is one that the vault refuses.
func TestSimulateFollowsTheVectorsThroughTheCommandLine(t *testing.T) {
	t.Parallel()
	cases := vectorsOf(t, "../../vaults/testdata/vault.json", "vault_sequence")
	if len(cases) != 13 {
		t.Fatalf("%d steps, want 13", len(cases))
	}
	var ops []string
	for _, c := range cases {
		ops = append(ops, object(t, c)["op"].(string))
	}
	file := filepath.Join(t.TempDir(), "operations")
	if err := os.WriteFile(file, []byte(strings.Join(ops, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := typed(t, "", "vault", "simulate", "--json", file)
	if status != 1 || !strings.Contains(stderr, "line 13: "+ops[12]+": vault-closed") {
		t.Errorf("status %d with %q, want 1 and the vault's reason", status, stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if len(lines) != len(cases) {
		t.Fatalf("%d states, want %d", len(lines), len(cases))
	}
	for i, line := range lines {
		if got, want := object(t, []byte(line)), object(t, cases[i]); !reflect.DeepEqual(got, want) {
			t.Errorf("step %d is\n%v, want\n%v", i, got, want)
		}
	}
	if piped, _, _ := typed(t, strings.Join(ops, "\r\n"), "vault", "simulate", "--json"); piped != stdout {
		t.Error("operations that are piped in yield other states than those of a file")
	}
}
