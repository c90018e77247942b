package main

import "testing"

func TestOnlyNumbersOfRecordsAreSlashes(t *testing.T) {
	for _, wrong := range []string{"", "0", "-1", "one", "0x5"} {
		if seq, err := slashSeq(wrong); err == nil {
			t.Errorf("slashSeq(%q) = %d, want an error", wrong, seq)
		}
	}
	if seq, err := slashSeq("77"); err != nil || seq != 77 {
		t.Errorf("slashSeq(77) = %d, %v", seq, err)
	}
}
