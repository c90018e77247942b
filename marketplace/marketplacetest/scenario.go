package marketplacetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vadium/marketplace"
)

// RunScenarios runs every scenario file that pattern names. A scenario begins with prose, which "#" may continue
// anywhere. Then come blocks: commands, a line "----", and what the market said, up to an empty line:
//
//	submit alice r1 fee=10 in=10m
//	accept prover1 r1
//	----
//	...
//
// The words of the language are in command.go. What the market says after each command is held against the file, or
// written into it when update is set. At the end the whole journal is replayed.
func RunScenarios(t *testing.T, pattern string, update bool) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenario matches %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			runScenario(t, file, update)
		})
	}
}

func runScenario(t *testing.T, file string, update bool) {
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &scenario{World: NewWorld(t), params: ScenarioParams()}
	got := s.run(t, file, string(want))
	s.CheckReplay()
	if got == string(want) {
		return
	}
	if update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s: the market says something else than the file (rewrite it with -update, then read the diff)\n%s", file, firstDifference(got, string(want)))
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		line := func(lines []string) string {
			if i < len(lines) {
				return lines[i]
			}
			return "(end)"
		}
		if line(g) != line(w) {
			return fmt.Sprintf("line %d: got\n\t%s\nwant\n\t%s", i+1, line(g), line(w))
		}
	}
	return ""
}

// scenario is a world with the words of the language and the output of the current block.
type scenario struct {
	*World
	params  marketplace.Params // before the market opens
	output  strings.Builder
	quiet   bool  // print nothing
	refusal error // of the last command
}

// run returns the file as it would be written now.
func (s *scenario) run(t *testing.T, file, text string) string {
	t.Helper()
	var b strings.Builder
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var block []string
	prose := true // until the first empty line
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case line == "----":
			b.WriteString("----\n")
			for i+1 < len(lines) && lines[i+1] != "" {
				i++ // the old output
			}
			for n, command := range block {
				if len(block) > 1 {
					fmt.Fprintf(&s.output, "> %s\n", command)
				}
				if err := s.execute(command); err != nil {
					t.Fatalf("%s: block before line %d, command %d: %s: %v", file, i+1, n+1, command, err)
				}
			}
			if s.output.Len() == 0 {
				s.output.WriteString("ok\n")
			}
			b.WriteString(s.output.String())
			s.output.Reset()
			block = nil
			continue
		case line == "" && prose:
			prose = false
		case !prose && line != "" && !strings.HasPrefix(line, "#"):
			block = append(block, line)
		}
		b.WriteString(line + "\n")
	}
	if len(block) > 0 {
		t.Fatalf("%s: the last block has no ----", file)
	}
	return b.String()
}

func (s *scenario) printf(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(&s.output, format+"\n", args...)
	}
}

// show prints what the market did, and a refusal in the names of the scenario.
func (s *scenario) show(records []marketplace.Record, err error) error {
	s.refusal = err
	if err != nil {
		s.printf("refused: %s", s.Say(err))
		return nil
	}
	for _, record := range records {
		if text := s.Describe(record); text != "" {
			s.printf("%s", text)
		}
	}
	return nil
}
