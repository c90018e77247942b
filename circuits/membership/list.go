package membership

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Limits of a list.
const (
	// MaxMembers is how many leaves the tree has.
	MaxMembers = 1 << Depth
	// MaxListBytes bounds the file: MaxMembers lines with some room for other columns.
	MaxListBytes = 256 << 20
)

// commitmentColumn is the name a list's header gives the column that holds the commitments.
const commitmentColumn = "commitment"

// List is a list of identity commitments, in the order of the file: the order is part of the root.
type List struct {
	commitments []fr.Element
	lines       map[fr.Element]int // the line each commitment stands on
}

// ReadList reads a list of commitments from a text file with one per line, or from a CSV file with a column called
// "commitment". A commitment is 32 bytes of hex, with or without 0x. Blank lines and lines that begin with # are
// skipped. Malformed and duplicate commitments are errors that name the line.
func ReadList(from io.Reader) (*List, error) {
	limited := &io.LimitedReader{R: from, N: MaxListBytes + 1}
	r := csv.NewReader(limited)
	r.FieldsPerRecord, r.Comment, r.TrimLeadingSpace, r.ReuseRecord = -1, '#', true, true
	list := &List{lines: map[fr.Element]int{}}
	column := -1
	for {
		record, err := r.Read()
		if limited.N <= 0 {
			return nil, fmt.Errorf("the list has more than %d bytes", MaxListBytes)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		line, _ := r.FieldPos(0)
		if column < 0 {
			header, at, err := findColumn(record)
			if err != nil {
				return nil, fmt.Errorf("list, line %d: %w", line, err)
			}
			column = at
			if header {
				continue
			}
		}
		if err := list.add(record, column, line); err != nil {
			return nil, fmt.Errorf("list, line %d: %w", line, err)
		}
	}
	if list.Len() == 0 {
		return nil, errors.New("the list has no commitments")
	}
	return list, nil
}

// findColumn looks at the first record: either it is a header that names the column, or it holds a commitment.
func findColumn(record []string) (header bool, column int, err error) {
	for i, field := range record {
		field = strings.TrimSpace(strings.TrimPrefix(field, "\ufeff"))
		if strings.EqualFold(field, commitmentColumn) {
			return true, i, nil
		}
		if _, err := parseScalar(field); err == nil {
			return false, i, nil
		}
	}
	if len(record) == 1 && !strings.HasPrefix(record[0], "0x") {
		return true, 0, nil // a text file with a title
	}
	return false, 0, fmt.Errorf("neither a commitment (32 bytes of hex) nor a header with a column called %q", commitmentColumn)
}

func (m *List) add(record []string, column, line int) error {
	if column >= len(record) {
		return fmt.Errorf("%d columns, the commitment is expected in column %d", len(record), column+1)
	}
	commitment, err := parseScalar(strings.TrimSpace(strings.TrimPrefix(record[column], "\ufeff")))
	if err != nil {
		return fmt.Errorf("commitment %w", err)
	}
	if earlier, ok := m.lines[commitment]; ok {
		return fmt.Errorf("commitment %s already stands on line %d", hexScalar(commitment), earlier)
	}
	if len(m.commitments) == MaxMembers {
		return fmt.Errorf("a list has at most %d members", MaxMembers)
	}
	m.lines[commitment] = line
	m.commitments = append(m.commitments, commitment)
	return nil
}

// Len returns the number of members.
func (m *List) Len() int { return len(m.commitments) }

func (m *List) index(commitment fr.Element) (int, bool) {
	if _, ok := m.lines[commitment]; !ok {
		return 0, false
	}
	for i, c := range m.commitments {
		if c == commitment {
			return i, true
		}
	}
	return 0, false
}
