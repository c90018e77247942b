package main

import (
	"strings"
	"testing"
)

func TestALineHasAtMost64KiB(t *testing.T) {
	read := func(lines ...string) (got []int, err error) {
		err = eachLine(strings.NewReader(strings.Join(lines, "\n")), func(number int, line string) error {
			got = append(got, number, len(line))
			return nil
		})
		return got, err
	}
	for _, end := range []string{"", "behind"} {
		if got, err := read("a", strings.Repeat("x", 65_536), end); err != nil || got[3] != 65_536 {
			t.Errorf("lines of %v bytes are read, %v, want 65,536 in the second", got, err)
		}
		_, err := read("a", strings.Repeat("x", 65_537), end)
		if err == nil || err.Error() != "line 2 has more than 65536 bytes" || hintOf(err) == "" {
			t.Errorf("a line of 65,537 bytes: %v, want its number", err)
		}
	}
}
