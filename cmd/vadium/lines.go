package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line that a command reads: far above any that means something, far below what would hurt.
const maxLine = 64 << 10

// eachLine hands every line of r to do, numbered from 1, until one fails.
func eachLine(r io.Reader, do func(number int, line string) error) error {
	return eachLineWithin(r, maxLine, do)
}

// eachLineWithin is eachLine of lines of another length.
func eachLineWithin(r io.Reader, most int, do func(number int, line string) error) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, most+1) // and its end
	number := 0
	for scanner.Scan() {
		number++
		if err := do(number, scanner.Text()); err != nil {
			return err
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return withHint(fmt.Errorf("line %d has more than %d bytes", number+1, most), "write less in a line")
	} else if err != nil {
		return fmt.Errorf("line %d: %w", number+1, err)
	}
	return nil
}
