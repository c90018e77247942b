package solvency

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// Limits of a list of accounts.
const (
	// MaxListBytes bounds the file; 256 accounts need a hundredth of it.
	MaxListBytes = 1 << 20
	// MaxLabelBytes bounds an account's label.
	MaxLabelBytes = 256
	// MaxDecimals is as many decimal places as a token has.
	MaxDecimals = 18
)

// Account is one line of a list.
type Account struct {
	Label string
	// Balance is in smallest units, below 2^96.
	Balance *big.Int
}

// ReadAccounts reads CSV with the columns "account" and "balance", in any order and among others; without a header the
// first two columns are meant. Balances are decimal numbers with at most the given number of decimal places, never
// rounded. Blank lines and lines that begin with # are skipped. Malformed and negative balances and labels that occur
// twice are errors that name the line.
func ReadAccounts(from io.Reader, decimals int) ([]Account, error) {
	if decimals < 0 || decimals > MaxDecimals {
		return nil, fmt.Errorf("%d decimal places, want 0 to %d", decimals, MaxDecimals)
	}
	limited := &io.LimitedReader{R: from, N: MaxListBytes + 1}
	r := csv.NewReader(limited)
	r.FieldsPerRecord, r.Comment, r.TrimLeadingSpace = -1, '#', true
	var accounts []Account
	lines := map[string]int{}
	columns := columns{label: -1}
	for {
		record, err := r.Read()
		if limited.N <= 0 {
			return nil, fmt.Errorf("the list has more than %d bytes", MaxListBytes)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("accounts: %w", err)
		}
		line, _ := r.FieldPos(0)
		if columns.label < 0 {
			var header bool
			if columns, header = findColumns(record); header {
				continue
			}
		}
		account, err := columns.read(record, decimals)
		if err != nil {
			return nil, fmt.Errorf("accounts, line %d: %w", line, err)
		}
		if earlier, ok := lines[account.Label]; ok {
			return nil, fmt.Errorf("accounts, line %d: account %q already stands on line %d", line, account.Label, earlier)
		}
		lines[account.Label] = line
		accounts = append(accounts, account)
	}
	if len(accounts) == 0 {
		return nil, errors.New("the list has no accounts")
	}
	return accounts, nil
}

// columns says where a list keeps what.
type columns struct{ label, balance int }

func findColumns(first []string) (columns, bool) {
	c, found := columns{0, 1}, 0
	for i, name := range first {
		switch strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))) {
		case "account":
			c.label = i
			found++
		case "balance":
			c.balance = i
			found++
		}
	}
	return c, found == 2
}

func (c columns) read(record []string, decimals int) (Account, error) {
	if len(record) <= max(c.label, c.balance) {
		return Account{}, fmt.Errorf("%d columns, want an account and a balance", len(record))
	}
	label := strings.TrimSpace(strings.TrimPrefix(record[c.label], "\ufeff"))
	if label == "" || len(label) > MaxLabelBytes {
		return Account{}, fmt.Errorf("account label of %d bytes, want 1 to %d", len(label), MaxLabelBytes)
	}
	balance, err := parseUnits(strings.TrimSpace(record[c.balance]), decimals)
	if err != nil {
		return Account{}, fmt.Errorf("account %q: balance %w", label, err)
	}
	if balance.BitLen() > BalanceBits {
		return Account{}, fmt.Errorf("account %q: balance %s is 2^%d smallest units or more", label, balance, BalanceBits)
	}
	return Account{label, balance}, nil
}

// parseUnits reads a non-negative decimal number exactly and returns it in units of 10^-decimals.
func parseUnits(s string, decimals int) (*big.Int, error) {
	if strings.HasPrefix(s, "-") {
		return nil, fmt.Errorf("%s is negative", s)
	}
	whole, frac, hasPoint := strings.Cut(s, ".")
	if whole == "" || (hasPoint && frac == "") || strings.Trim(whole+frac, "0123456789") != "" || len(s) > 100 {
		return nil, fmt.Errorf("%.100q is not a number (write it like 1234 or 1234.56)", s)
	}
	if len(frac) > decimals {
		return nil, fmt.Errorf("%s has %d decimal places, %d are declared", s, len(frac), decimals)
	}
	units, ok := new(big.Int).SetString(whole+frac+strings.Repeat("0", decimals-len(frac)), 10)
	if !ok {
		return nil, fmt.Errorf("%.100q is not a number", s)
	}
	return units, nil
}
