package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"vadium"
)

// maxAmountLine is the longest line an amount may be on: more digits than there are units.
const maxAmountLine = 128

// tokens returns the amount that a flag names, or that the first line of stdin does when the flag is -: what is on a command
// line is visible to other users of the machine, and a price that the market seals should not be.
func (c *console) tokens(flag, text string) (vadium.Amount, error) {
	if text != "-" {
		return vadium.ParseTokens(text)
	}
	amount, err := readTokens(c.in)
	if err != nil {
		return amount, withHint(fmt.Errorf("read --%s from stdin: %w", flag, err),
			fmt.Sprintf("write the tokens on one line of stdin, such as 1.5: --%s - < FILE", flag))
	}
	return amount, nil
}

// readTokens reads an amount from the first line. No error repeats what was read: errors are logged.
func readTokens(r io.Reader) (vadium.Amount, error) {
	lines := bufio.NewReader(io.LimitReader(r, maxAmountLine+1))
	line, err := lines.ReadString('\n')
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return vadium.Amount{}, err
	case len(line) > maxAmountLine:
		return vadium.Amount{}, fmt.Errorf("the line is longer than %d bytes", maxAmountLine)
	case strings.TrimSpace(line) == "":
		return vadium.Amount{}, errors.New("there is no number")
	}
	amount, err := vadium.ParseTokens(strings.TrimSpace(line))
	if err != nil {
		return amount, errors.New("the line is no number of tokens")
	}
	return amount, nil
}
