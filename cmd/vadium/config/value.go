package config

import (
	"encoding"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"vadium"
)

// What values look like.
const (
	kindText     = "text"
	kindNumber   = "number"
	kindDuration = "duration"
	kindSize     = "size"
	kindBool     = "switch"
	kindList     = "list"
	kindSecret   = "file"
	kindTokens   = "amount"
)

// kindOf returns how a type's values look, or "" for a section.
func kindOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return kindDuration
	case reflect.TypeFor[Size]():
		return kindSize
	case reflect.TypeFor[SecretFile]():
		return kindSecret
	case reflect.TypeFor[Tokens]():
		return kindTokens
	}
	switch t.Kind() { // other kinds are no values of a key
	case reflect.Bool:
		return kindBool
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Uint32, reflect.Float64:
		return kindNumber
	case reflect.String:
		return kindText
	case reflect.Slice:
		if t.Elem().Kind() == reflect.String {
			return kindList
		}
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return kindText
	}
	return ""
}

// Write returns a value as it would stand in a file.
func Write(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case []string:
		return strings.Join(value, ",")
	case encoding.TextMarshaler:
		text, err := value.MarshalText()
		if err != nil {
			return err.Error()
		}
		return string(text)
	case time.Duration:
		return shortDuration(value)
	default:
		return fmt.Sprint(value)
	}
}

// shortDuration writes 5m for 5m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Size is a number of bytes: 65536, 64KiB, 8GiB. Units are powers of 1,024; KB and the like are refused, because half of
// their readers mean 1,000 and the other half 1,024.
type Size uint64

var units = []struct {
	name string
	size Size
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// MarshalText writes the largest unit that divides the size.
func (s Size) MarshalText() ([]byte, error) {
	for _, u := range units {
		if s != 0 && s%u.size == 0 && u.size > 1 {
			return fmt.Appendf(nil, "%d%s", s/u.size, u.name), nil
		}
	}
	return strconv.AppendUint(nil, uint64(s), 10), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := string(text), Size(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = rest, u.size
			break
		}
	}
	n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 64)
	if err != nil || (n != 0 && uint64(unit) > math.MaxUint64/n) {
		return fmt.Errorf("%q is not a number of bytes (write 65536, 64KiB, 512MiB or 8GiB)", text)
	}
	*s = Size(n) * unit
	return nil
}

// Tokens is an amount in tokens as it was written, such as 0.00028. Nothing between the file and who reads it turns it into a
// binary fraction.
type Tokens string

// UnmarshalText takes what [vadium.ParseTokens] reads exactly.
func (t *Tokens) UnmarshalText(text []byte) error {
	*t = Tokens(text)
	return t.check()
}

func (t Tokens) check() error {
	if t == "" {
		return nil
	}
	_, err := vadium.ParseTokens(string(t))
	return err
}

// SecretFile is the name of a file that holds a secret. Configuration shows the name, never the content.
type SecretFile string

// maxSecret bounds a secret, in bytes: keys and passwords are short, and a wrong name should not fill memory.
const maxSecret = 64 << 10

// Read returns the secret without the line end after it. A file that others may read is refused.
func (f SecretFile) Read() ([]byte, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(string(f))
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	return []byte(strings.TrimRight(string(content), "\r\n")), nil
}

// Check returns an error unless the file is there, regular, small, and readable by its owner alone. A credential that
// systemd passes in $CREDENTIALS_DIRECTORY may carry a group bit: there it is the mask of an access list for the service's
// user.
func (f SecretFile) Check() error {
	info, err := os.Stat(string(f))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("secret %s: %w (write it there with mode 0600)", f, fs.ErrNotExist)
	case err != nil:
		return fmt.Errorf("secret: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("secret %s is not a regular file", f)
	case info.Size() > maxSecret:
		return fmt.Errorf("secret %s has %d bytes, the limit is %d (is it the right file?)", f, info.Size(), maxSecret)
	}
	forbidden := fs.FileMode(0o077)
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" && filepath.Dir(string(f)) == filepath.Clean(dir) {
		forbidden = 0o007
	}
	if mode := info.Mode().Perm(); mode&forbidden != 0 {
		return fmt.Errorf("secret %s has mode %04o, so others can read it (chmod 600 %s)", f, mode, f)
	}
	return nil
}

// nearest returns the candidate with the fewest edits from the name; the shorter one when two are as near.
func nearest(name string, candidates []string) string {
	best, least := "", math.MaxInt
	for _, c := range candidates {
		d := distance(name, c)
		if _, last, nested := cutLast(c); nested { // "listne" at the top is near operations.listen, too
			d = min(d, distance(name, last)+1)
		}
		if d < least {
			best, least = c, d
		}
	}
	return best
}

func cutLast(key string) (section, last string, nested bool) {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return "", key, false
	}
	return key[:i], key[i+1:], true
}

// distance is Levenshtein's: the least number of letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
