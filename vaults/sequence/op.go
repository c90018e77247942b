package sequence

import (
	"fmt"
	"strings"

	"vadium"
	"vadium/vaults"
)

// Grammar says in one line what can be written.
const Grammar = "self_stake AMOUNT, deposit OWNER AMOUNT, reward AMOUNT commission PERCENT, advance HOURSh or DAYSd, " +
	"request_redeem OWNER all or SHARES, slash AMOUNT, claim OWNER"

// Verb is what an operation does.
type Verb string

// Verbs.
const (
	SelfStake     Verb = "self_stake"
	Deposit       Verb = "deposit"
	Reward        Verb = "reward"
	Advance       Verb = "advance"
	RequestRedeem Verb = "request_redeem"
	Slash         Verb = "slash"
	Claim         Verb = "claim"
)

// Op is one operation. Each verb uses the fields that its form in [Grammar] has words for.
type Op struct {
	Verb       Verb
	Owner      string
	Amount     vadium.Amount // or shares, of RequestRedeem
	All        bool          // all shares that the owner has
	Commission vadium.Bps
	Wait       vadium.Duration
	// Text is the operation as it was written, remarks included and comments not.
	Text string
}

// slot is a place in an operation's form: it reads a word into the operation.
type slot struct {
	name string
	read func(op *Op, word string) error
}

var (
	amountSlot  = slot{"AMOUNT", func(op *Op, word string) (err error) { op.Amount, err = ParseNumber(word); return err }}
	ownerSlot   = slot{"OWNER", func(op *Op, word string) error { op.Owner = word; return checkOwner(word) }}
	sharesSlot  = slot{"all or SHARES", readShares}
	percentSlot = slot{"PERCENT", func(op *Op, word string) (err error) { op.Commission, err = parsePercent(word); return err }}
	waitSlot    = slot{"HOURSh or DAYSd", func(op *Op, word string) (err error) { op.Wait, err = parseWait(word); return err }}
)

// forms is the grammar.
var forms = map[Verb][]slot{
	SelfStake:     {amountSlot},
	Deposit:       {ownerSlot, amountSlot},
	Reward:        {amountSlot, literal("commission"), percentSlot},
	Advance:       {waitSlot},
	RequestRedeem: {ownerSlot, sharesSlot},
	Slash:         {amountSlot},
	Claim:         {ownerSlot},
}

// Parse reads a line. What follows # is a comment, and what stands in parentheses a remark. A line without an operation
// is none. An error names the word that it does not understand.
func Parse(line string) (op Op, found bool, err error) {
	text, _, _ := strings.Cut(line, "#")
	text = strings.TrimSpace(text)
	plain, err := withoutRemarks(text)
	if err != nil {
		return Op{}, false, err
	}
	words := strings.Fields(plain)
	if len(words) == 0 {
		return Op{}, false, nil
	}
	op = Op{Verb: Verb(words[0]), Text: text}
	form, known := forms[op.Verb]
	if !known {
		return Op{}, false, fmt.Errorf("%q is not an operation", words[0])
	}
	for i, s := range form {
		if i+1 >= len(words) {
			return Op{}, false, fmt.Errorf("after %q comes %s", words[i], s.name)
		}
		if err := s.read(&op, words[i+1]); err != nil {
			return Op{}, false, err
		}
	}
	if len(words) > len(form)+1 {
		return Op{}, false, fmt.Errorf("%q is a word too many", words[len(form)+1])
	}
	return op, true, nil
}

// withoutRemarks returns text without what stands in parentheses.
func withoutRemarks(text string) (string, error) {
	var plain strings.Builder
	for rest := text; ; {
		before, after, found := strings.Cut(rest, "(")
		if strings.Contains(before, ")") {
			return "", fmt.Errorf("%q closes a remark that was not opened", before)
		}
		plain.WriteString(before)
		if !found {
			return plain.String(), nil
		}
		_, next, closed := strings.Cut(after, ")")
		if !closed {
			return "", fmt.Errorf("%q opens a remark that is not closed", "("+after)
		}
		plain.WriteByte(' ')
		rest = next
	}
}

func literal(want string) slot {
	return slot{want, func(_ *Op, word string) error {
		if word != want {
			return fmt.Errorf("%q stands where %q belongs", word, want)
		}
		return nil
	}}
}

// maxName bounds an owner's name.
const maxName = 32

func checkOwner(word string) error {
	letters := strings.TrimLeft(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz0123456789_-")
	if letters != "" || len(word) > maxName || strings.ContainsAny(word[:1], "0123456789_-") || word == "all" {
		return fmt.Errorf("%q is not an owner (a name of letters, digits, - and _, at most %d, that begins with a letter)", word, maxName)
	}
	return nil
}

func readShares(op *Op, word string) (err error) {
	if word == "all" {
		op.All = true
		return nil
	}
	op.Amount, err = ParseNumber(word)
	return err
}

// maxExponent is beyond what 2^128 leaves room for.
const maxExponent = 38

// ParseNumber reads a whole number as the vectors write it: digits, or a decimal number times a power of ten, such as
// 4000e18. It is below 2^128.
func ParseNumber(word string) (vadium.Amount, error) {
	mantissa, power, hasPower := strings.Cut(word, "e")
	whole, part, hasPoint := strings.Cut(mantissa, ".")
	if !digits(whole) || hasPoint && !digits(part) || hasPower && !digits(power) {
		return vadium.Amount{}, fmt.Errorf("%q is not a number (digits, or like 1.5e18)", word)
	}
	exponent, ok := 0, true
	if hasPower {
		exponent, ok = small(power, maxExponent)
	}
	if !ok || len(mantissa) > 64 {
		return vadium.Amount{}, fmt.Errorf("%q is too large: numbers are below 2^128, about 3.4e38", word)
	}
	part = strings.TrimRight(part, "0")
	if len(part) > exponent {
		return vadium.Amount{}, fmt.Errorf("%q is not a whole number of units", word)
	}
	n, err := vadium.ParseAmount(whole + part + strings.Repeat("0", exponent-len(part)))
	if err != nil || n.BitLen() > 128 {
		return vadium.Amount{}, fmt.Errorf("%q is too large: numbers are below 2^128, about 3.4e38", word)
	}
	return n, nil
}

func digits(s string) bool { return s != "" && strings.TrimLeft(s, "0123456789") == "" }

// small reads a number of digits that is at most most.
func small(s string, most int) (int, bool) {
	n := 0
	for _, digit := range s {
		if n = 10*n + int(digit-'0'); n > most {
			return 0, false
		}
	}
	return n, true
}

// parsePercent reads a commission such as 10% or 7.25%.
func parsePercent(word string) (vadium.Bps, error) {
	number, isPercent := strings.CutSuffix(word, "%")
	whole, part, hasPoint := strings.Cut(number, ".")
	if !isPercent || !digits(whole) || hasPoint && (!digits(part) || len(part) > 2) {
		return 0, fmt.Errorf("%q is not a commission (such as 10%% or 7.25%%)", word)
	}
	bps, ok := small(whole+part+strings.Repeat("0", 2-len(part)), int(vaults.MaxCommission))
	if !ok {
		return 0, fmt.Errorf("%q is above %d%%, the most that a vault allows", word, vaults.MaxCommission/100)
	}
	return vadium.Bps(bps), nil
}

// maxHours bounds one wait: more than a century.
const maxHours = 1_000_000

// parseWait reads a time such as 84h or 14d.
func parseWait(word string) (vadium.Duration, error) {
	unit := vadium.Hour
	number, isHours := strings.CutSuffix(word, "h")
	if !isHours {
		var isDays bool
		if number, isDays = strings.CutSuffix(word, "d"); !isDays {
			number = ""
		}
		unit = vadium.Day
	}
	if !digits(number) {
		return 0, fmt.Errorf("%q is not a time (such as 84h or 14d)", word)
	}
	n, ok := small(number, maxHours*int(vadium.Hour)/int(unit))
	if !ok {
		return 0, fmt.Errorf("%q is too long: at most %dh at once", word, maxHours)
	}
	return vadium.Duration(n) * unit, nil
}
