package vadium

import (
	"fmt"
	"io"
	"math"

	"github.com/ethereum/go-ethereum/rlp"
)

// Time is an instant in milliseconds since the Unix epoch. It is never negative.
type Time int64

// Duration is a length of time in milliseconds. It is never negative in anything that is stored.
type Duration int64

// Common lengths of time.
const (
	Millisecond Duration = 1
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute
	Day                  = 24 * Hour
)

// Forever is later than every instant that occurs: a deadline that never falls due.
const Forever Time = math.MaxInt64

// Add returns t+d, or [Forever] when that does not fit.
func (t Time) Add(d Duration) Time {
	if d > 0 && t > Forever-Time(d) {
		return Forever
	}
	return t + Time(d)
}

// Sub returns how long after u the instant t is; negative when t is before u.
func (t Time) Sub(u Time) Duration { return Duration(t - u) }

// Before reports whether t is earlier than u.
func (t Time) Before(u Time) bool { return t < u }

// After reports whether t is later than u.
func (t Time) After(u Time) bool { return t > u }

// Earliest returns the earlier of t and u.
func (t Time) Earliest(u Time) Time { return min(t, u) }

// EncodeRLP writes the canonical encoding. It panics on a negative instant: none is ever stored.
func (t Time) EncodeRLP(w io.Writer) error { return encodeMillis(w, int64(t)) }

// DecodeRLP reads what EncodeRLP wrote.
func (t *Time) DecodeRLP(s *rlp.Stream) error { return decodeMillis(s, (*int64)(t)) }

// EncodeRLP writes the canonical encoding. It panics on a negative duration: none is ever stored.
func (d Duration) EncodeRLP(w io.Writer) error { return encodeMillis(w, int64(d)) }

// DecodeRLP reads what EncodeRLP wrote.
func (d *Duration) DecodeRLP(s *rlp.Stream) error { return decodeMillis(s, (*int64)(d)) }

func encodeMillis(w io.Writer, millis int64) error {
	if millis < 0 {
		panic(fmt.Sprintf("invariant: stored times are not negative, yet this is %d ms", millis))
	}
	return rlp.Encode(w, uint64(millis))
}

func decodeMillis(s *rlp.Stream, millis *int64) error {
	u, err := s.Uint64()
	if err != nil {
		return err
	}
	if u > math.MaxInt64 {
		return fmt.Errorf("time of %d ms is out of range", u)
	}
	*millis = int64(u)
	return nil
}
