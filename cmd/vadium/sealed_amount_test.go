package main

import (
	"strings"
	"testing"

	"vadium"
)

// An amount is read from one line of stdin, and what is wrong with it is said without saying it.
func TestAnAmountIsReadFromOneLine(t *testing.T) {
	long := strings.Repeat("0", maxAmountLine-2)
	for _, row := range []struct {
		stdin, refused string
		want           vadium.Amount
	}{
		{stdin: "1.5\n", want: vadium.Tokens(3).BpsDown(5_000)},
		{stdin: " 2 \r\n", want: vadium.Tokens(2)},
		{stdin: "2", want: vadium.Tokens(2)},
		{stdin: "2\n9\n", want: vadium.Tokens(2)},
		{stdin: long + "2\n", want: vadium.Tokens(2)},
		{stdin: long + "02\n", refused: "longer than 128 bytes"},
		{stdin: long + "02", want: vadium.Tokens(2)},
		{stdin: strings.Repeat("7", 1<<20), refused: "longer than 128 bytes"},
		{stdin: "", refused: "no number"},
		{stdin: "\n2\n", refused: "no number"},
		{stdin: "secret", refused: "no number of tokens"},
		{stdin: "-1\n", refused: "no number of tokens"},
		{stdin: "1 2\n", refused: "no number of tokens"},
	} {
		got, err := readTokens(strings.NewReader(row.stdin))
		if (err == nil) != (row.refused == "") || err != nil && (!strings.Contains(err.Error(), row.refused) || strings.Contains(err.Error(), "secret")) || got != row.want {
			t.Errorf("%.20q: %s, %v, want %s, %q", row.stdin, got.Tokens(), err, row.want.Tokens(), row.refused)
		}
	}
}
