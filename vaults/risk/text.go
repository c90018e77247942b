package risk

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// How assets, feeds, levels and stages are written: as people and programs outside read them.

// String returns 0x and 40 hex digits.
func (a Asset) String() string { return "0x" + hex.EncodeToString(a[:]) }

// MarshalText writes [Asset.String].
func (a Asset) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (a *Asset) UnmarshalText(text []byte) error { return unhex("asset", string(text), a[:]) }

// ParseAsset reads 40 hex digits with or without 0x.
func ParseAsset(text string) (a Asset, err error) {
	err = unhex("asset", text, a[:])
	return a, err
}

// String returns 0x and 64 hex digits.
func (f FeedID) String() string { return "0x" + hex.EncodeToString(f[:]) }

// MarshalText writes [FeedID.String].
func (f FeedID) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (f *FeedID) UnmarshalText(text []byte) error { return unhex("feed", string(text), f[:]) }

func unhex(what, text string, into []byte) error {
	digits := strings.TrimPrefix(text, "0x")
	if len(digits) != 2*len(into) {
		return fmt.Errorf("%s %q is not %d bytes in hex", what, text, len(into))
	}
	if _, err := hex.Decode(into, []byte(digits)); err != nil {
		return fmt.Errorf("%s %q: %w", what, text, err)
	}
	return nil
}

// MarshalText writes [Level.String].
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// MarshalText writes [Stage.String].
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
