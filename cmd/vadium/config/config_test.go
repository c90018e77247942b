package config

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "rewrite docs/configuration.md from the comments")

// write puts a file into the test's folder.
func write(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return path
}

func flagsOf(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	Of(DefaultMarket()).AddFlags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatalf("parse %q: %v", args, err)
	}
	return flags
}

// TestFlagOverEnvironmentOverFileOverDefault gives each source one key that nobody stronger sets.
func TestFlagOverEnvironmentOverFileOverDefault(t *testing.T) {
	file := write(t, "market.yaml", "drain: 1m\ncalls: 7\nstreams: 8\nlog: {level: warn}\ntls: {}\n", 0o600)
	loaded, err := Of(DefaultMarket()).Load(Sources{
		Environ: []string{"VADIUM_CALLS=9", "VADIUM_STREAMS=10", "VADIUM_HOME=/somewhere", "PATH=/bin"},
		Flags:   flagsOf(t, "--config", file, "--streams", "11", "--insecure-listen", "--operations-listen=localhost:0"),
	})
	if err != nil {
		t.Fatal(err)
	}
	m := loaded.Value
	got := []any{m.Listen, m.Drain, m.Calls, m.Streams, m.Log.Level, m.InsecureListen, m.Operations.Listen, m.UploadBudget}
	want := []any{"127.0.0.1:8420", time.Minute, 9, 11, "warn", true, "localhost:0", Size(32 << 30)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("loaded %v, want %v", got, want)
	}
	for key, from := range map[string]string{"listen": "default", "drain": file, "calls": "VADIUM_CALLS", "streams": "--streams", "log.level": file} {
		if loaded.From[key] != from {
			t.Errorf("%s is from %q, want %q", key, loaded.From[key], from)
		}
	}
}

// TestEveryKeyCanBeSetFromEverySource writes each default as Write does, and reads it back from a file, the environment
// and a flag.
func TestEveryKeyCanBeSetFromEverySource(t *testing.T) {
	schema := Of(DefaultMarket())
	for _, k := range schema.Keys {
		if k.Default == "" {
			continue
		}
		var yaml strings.Builder
		sections := strings.Split(k.Name, ".")
		for i, s := range sections[:len(sections)-1] {
			yaml.WriteString(strings.Repeat("  ", i) + s + ":\n")
		}
		yaml.WriteString(strings.Repeat("  ", len(sections)-1) + sections[len(sections)-1] + ": " + k.Default + "\n")
		file := write(t, "one.yaml", yaml.String(), 0o600)
		for from, src := range map[string]Sources{
			file: {File: file}, k.Env: {Environ: []string{k.Env + "=" + k.Default}}, "--" + k.Flag: {Flags: flagsOf(t, "--"+k.Flag+"="+k.Default)},
		} {
			loaded, err := schema.Load(src)
			if err != nil {
				t.Errorf("%s from %s: %v", k.Name, from, err)
				continue
			}
			if loaded.From[k.Name] != from || !reflect.DeepEqual(loaded.Value, DefaultMarket()) {
				t.Errorf("%s from %s: %+v from %q, want the defaults", k.Name, from, loaded.Value, loaded.From[k.Name])
			}
		}
	}
}

// TestWhatIsWrongIsSaidWithTheKeyAndWhatToDo: a configuration that is not understood is never half applied.
func TestWhatIsWrongIsSaidWithTheKeyAndWhatToDo(t *testing.T) {
	open := write(t, "open.key", "secret", 0o644)
	certificate := write(t, "certificate.pem", "", 0o600)
	tests := []struct {
		name, file string
		environ    []string
		want       []string
	}{
		{name: "unknown key", file: "drian: 20s\n", want: []string{`unknown key "drian"`, `did you mean "drain"?`, "market.yaml"}},
		{name: "unknown nested key", file: "operations: {listne: x}\n", want: []string{`"operations.listne"`, `"operations.listen"`}},
		{name: "key outside its section", file: "certificate: x\n", want: []string{`"tls.certificate"`}},
		{name: "every unknown key at once", file: "drian: 20s\nclals: 3\n", want: []string{`"drain"`, `"calls"`}},
		{name: "section for a value", file: "drain: {a: 1}\n", want: []string{`"drain.a"`}},
		{name: "key twice", file: "calls: 1\ncalls: 2\n", want: []string{"market.yaml", "already defined"}},
		{name: "no YAML", file: "calls: [\n", want: []string{"market.yaml", "YAML"}},
		{name: "no value", file: "calls:\n", want: []string{"calls", "no value"}},
		{name: "no unit", file: "drain: 20\n", want: []string{"drain (from ", "needs a unit, such as 20s"}},
		{name: "text for a number", file: "calls: many\n", want: []string{"calls (from ", "many is no number"}},
		{name: "fraction for a number", file: "calls: 1.5\n", want: []string{"calls"}},
		{name: "decimal size", file: "max-artefact: 8GB\n", want: []string{"max-artefact", "8GiB"}},
		{name: "too large a size", file: "max-artefact: 18446744073709551615GiB\n", want: []string{"max-artefact"}},
		{name: "out of range", file: "drain: 11m\n", want: []string{"drain is 11m (between 1s and 10m)"}},
		{name: "several out of range", file: "calls: 0\nverifiers: -1\n", want: []string{"calls is 0 (at least 1)", "verifiers is -1 (at least 0)"}},
		{name: "level", file: "log: {level: loud}\n", want: []string{`log.level is "loud" (one of debug, info, warn, error)`}},
		{name: "misspelt variable", environ: []string{"VADIUM_CALL=3"}, want: []string{"VADIUM_CALL ", "VADIUM_CALLS"}},
		{name: "bad variable", environ: []string{"VADIUM_CALLS=x"}, want: []string{"calls (from VADIUM_CALLS)", "x is no number"}},
		{name: "others reach the operations", file: "operations: {listen: '0.0.0.0:9420'}\n", want: []string{"operations.listen", "127.0.0.1"}},
		{name: "every address", file: "listen: ':8420'\n", want: []string{"listen is :8420", "insecure-listen"}},
		{name: "a name", file: "listen: 'example.org:8420'\n", want: []string{"TLS is off"}},
		{name: "half a certificate", file: "tls: {certificate: c.pem}\n", want: []string{"tls.certificate and tls.key go together"}},
		{name: "key others can read", file: "tls: {certificate: " + certificate + ", key: " + open + "}\n", want: []string{"tls.key", "mode 0644", "chmod 600"}},
		{name: "limits nothing passes", file: "limits: {address-rate: 0, signer-burst: 1023, connections: -2}\n", want: []string{
			"limits.address-rate is 0 (above 0, or -1 for no limit)", "limits.signer-burst is 1023 (at least 1024", "limits.connections is -2",
		}},
		{name: "trace ratio", file: "trace: {ratio: 2}\n", want: []string{"trace.ratio is 2"}},
		{name: "trace endpoint", file: "trace: {endpoint: 'localhost:4318'}\n", want: []string{"trace.endpoint", "http://"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := Sources{Environ: tt.environ}
			if tt.file != "" {
				src.File = write(t, "market.yaml", tt.file, 0o600)
			}
			loaded, err := Of(DefaultMarket()).Load(src)
			if err == nil {
				t.Fatalf("loaded %+v, want an error", loaded.Value)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q, want %q in it", err, part)
				}
			}
		})
	}
	if _, err := Of(DefaultMarket()).Load(Sources{File: "/nowhere/market.yaml"}); err == nil || !strings.Contains(err.Error(), "--config") {
		t.Errorf("missing file: %v, want an error that names --config", err)
	}
}

// TestAnAmountIsReadAsItIsWritten: quotes make no difference, and nothing is rounded on the way.
func TestAnAmountIsReadAsItIsWritten(t *testing.T) {
	for text, want := range map[string]Tokens{
		"cost: 0.1\n": "0.1", "cost: '0.1'\n": "0.1", "cost: 1\n": "1", "cost: 0.10\n": "0.10",
		"cost: 0.000000000000000001\n": "0.000000000000000001", "cost: 0.100000000000000005\n": "0.100000000000000005",
		"cost: 100000000000000000000.5\n": "100000000000000000000.5", "cost: !!str 0.1\n": "0.1",
	} {
		loaded, err := Of(DefaultProver()).Load(Sources{File: write(t, "prover.yaml", text, 0o600)})
		if err != nil || loaded.Value.Cost != want {
			t.Errorf("%q: %v, want cost %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"cost: 1e-1\n": "12.5", "cost: -1\n": "12.5", "cost: .inf\n": "12.5", "cost: 0.0000000000000000001\n": "19 decimal places",
		"cost: 0x10\n": "12.5", "<<: {cost: 0.1}\n": `quote it: "0.1"`, "cost: [1]\n": "cost",
	} {
		_, err := Of(DefaultProver()).Load(Sources{File: write(t, "prover.yaml", text, 0o600)})
		if err == nil || !strings.Contains(err.Error(), "cost") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error that names cost and says %q", text, err, want)
		}
	}
}

// TestReloadTakesLiveKeysAndHoldsTheOthers: SIGHUP changes what can be changed and says what cannot; a file that is wrong
// changes nothing.
func TestReloadTakesLiveKeysAndHoldsTheOthers(t *testing.T) {
	file := write(t, "market.yaml", "calls: 7\n", 0o600)
	loaded, err := Of(DefaultMarket()).Load(Sources{File: file})
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rewrite("calls: 8\nlog: {level: debug}\n")
	changed, held, err := loaded.Reload()
	if err != nil || !reflect.DeepEqual(changed, []string{"log.level"}) || !reflect.DeepEqual(held, []string{"calls"}) {
		t.Errorf("reload: changed %v, held %v, %v; want log.level changed, calls held", changed, held, err)
	}
	if loaded.Value.Calls != 7 || loaded.Value.Log.Level != "debug" || loaded.From["log.level"] != file {
		t.Errorf("after the reload %+v, want 7 calls and level debug", loaded.Value)
	}
	rewrite("log: {level: loud}\n")
	if changed, held, err := loaded.Reload(); err == nil || changed != nil || held != nil || loaded.Value.Log.Level != "debug" {
		t.Errorf("reload of a wrong file: changed %v, held %v, %v; want an error and nothing changed", changed, held, err)
	}
}

// TestSecretsAreReadFromFilesOnlyTheirOwnerCanRead, each side of the mode.
func TestSecretsAreReadFromFilesOnlyTheirOwnerCanRead(t *testing.T) {
	for mode, allowed := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o660: false} {
		f := SecretFile(write(t, "key", "secret\n", mode))
		got, err := f.Read()
		if allowed && (err != nil || string(got) != "secret") {
			t.Errorf("mode %04o: %q, %v; want the secret", mode, got, err)
		}
		if !allowed && (err == nil || strings.Contains(err.Error(), "secret\n")) {
			t.Errorf("mode %04o: %v, want an error without the content", mode, err)
		}
	}
	// systemd's credentials carry an access list whose mask shows as the group's bit.
	f := SecretFile(write(t, "key", "secret", 0o440))
	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Dir(string(f)))
	if _, err := f.Read(); err != nil {
		t.Errorf("credential with mode 0440: %v, want it read", err)
	}
	if _, err := SecretFile("/nowhere/key").Read(); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Errorf("missing secret: %v, want what to do", err)
	}
	if _, err := SecretFile(t.TempDir()).Read(); err == nil {
		t.Error("a folder was read as a secret")
	}
}

// TestManualIsCurrent holds docs/configuration.md to the comments of the structs.
func TestManualIsCurrent(t *testing.T) {
	const path = "../../../docs/configuration.md"
	want := Manual()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/configuration.md is not what the comments say (go test ./cmd/vadium/config -update)")
	}
}

// TestSizesAreReadAsTheyAreWritten.
func TestSizesAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "65536": 64 << 10, "64KiB": 64 << 10, "3MiB": 3 << 20, "8GiB": 8 << 30, "1TiB": 1 << 40, "5B": 5} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("size %q = %d, %v; want %d", text, got, err, want)
		}
		written, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again Size
		if err := again.UnmarshalText(written); err != nil || again != want {
			t.Errorf("size %d written as %q is read as %d, %v", want, written, again, err)
		}
	}
}
