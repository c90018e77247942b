package vaultstest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"vadium"
)

// TB is what the suite needs of a test: both *testing.T and *rapid.T have it.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Pair runs two machines side by side, and fails the test when they disagree by a unit or in a refusal. Its answers are
// the first's.
type Pair struct {
	TB
	first Machine
	book  *Book // at whatever time the first says it is
	seen  View  // since the last step
}

// NewPair returns first beside a new book; nothing has happened to first yet.
func NewPair(t TB, first Machine, cast Cast) *Pair {
	t.Helper()
	p := &Pair{TB: t, first: first, seen: first.Look()}
	p.book = NewBook(cast, p.seen.Time)
	p.agree("nothing")
	return p
}

// Wait lets time pass for both.
func (p *Pair) Wait(d vadium.Duration) {
	p.Helper()
	p.first.Wait(d)
	p.look()
	p.agree("a while")
}

func (p *Pair) look() {
	p.seen = p.first.Look()
	p.book.Now = p.seen.Time
}

// Do carries op out on both.
func (p *Pair) Do(by vadium.Account, op Op) ([]vadium.Amount, error) {
	p.Helper()
	got, refusal := p.first.Do(by, op)
	p.look()
	want, expected := p.book.Do(by, op)
	if !errors.Is(expected, refusal) || (refusal == nil) != (expected == nil) {
		p.Fatalf("%s: one says %v, the book %v", describe(by, op), refusal, expected)
	}
	if refusal == nil && !slices.Equal(got, want) {
		p.Fatalf("%s yields %v, by the book %v", describe(by, op), got, want)
	}
	p.agree(describe(by, op))
	return got, refusal
}

// Look returns what both hold, as it was compared after the last step.
func (p *Pair) Look() View { return p.seen }

func (p *Pair) agree(after string) {
	p.Helper()
	if lines := diff(p.seen, p.book.Look()); len(lines) > 0 {
		p.Fatalf("after %s one and the book disagree:\n%s", after, strings.Join(lines, "\n"))
	}
}

// Quote asks both.
func (p *Pair) Quote(by vadium.Account, n vadium.Amount) Quote {
	p.Helper()
	got := p.first.Quote(by, n)
	if want := p.book.Quote(by, n); got != want {
		p.Fatalf("Quote(%v) = %+v, by the book %+v", n, got, want)
	}
	return got
}

func describe(by vadium.Account, op Op) string { return fmt.Sprintf("%.4x: %T%+v", by, op, op) }

// diff lists the fields in which two views differ.
func diff(got, want View) (lines []string) {
	compare("", reflect.ValueOf(got), reflect.ValueOf(want), &lines)
	return lines
}

func compare(at string, got, want reflect.Value, lines *[]string) {
	switch {
	case reflect.DeepEqual(got.Interface(), want.Interface()):
	case got.Kind() == reflect.Struct && got.NumField() > 0 && got.Type().Field(0).IsExported():
		for i := range got.NumField() {
			compare(at+"."+got.Type().Field(i).Name, got.Field(i), want.Field(i), lines)
		}
	case got.Kind() == reflect.Map && got.Len() == want.Len():
		for _, key := range got.MapKeys() {
			if other := want.MapIndex(key); other.IsValid() {
				compare(fmt.Sprintf("%s[%.6v]", at, key), got.MapIndex(key), other, lines)
			} else {
				*lines = append(*lines, fmt.Sprintf("%s has no %v", at, key))
			}
		}
	default:
		*lines = append(*lines, fmt.Sprintf("%s = %v, by the book %v", at, got, want))
	}
}
