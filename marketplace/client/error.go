package client

import (
	"errors"

	"connectrpc.com/connect"

	"vadium"
	v1 "vadium/marketplace/v1"
)

// Error is a refusal, or a failure to reach the market. errors.Is finds its kind, the same constant the core refuses with.
type Error struct {
	// Kind names the rule; empty when the market was not reached or failed itself.
	Kind vadium.Kind
	// Code is how it travelled, such as "not_found".
	Code string
	// Message says what was refused, with numbers.
	Message string
	// Hint says what to do about it; empty if nobody knows.
	Hint string

	cause   error
	decided bool // a verdict of a batch: the market has spoken
}

// Error returns the message and, if there is one, the hint.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// Unwrap returns the kind and what the transport said.
func (e *Error) Unwrap() []error {
	if e.Kind == "" {
		return []error{e.cause}
	}
	return []error{e.Kind, e.cause}
}

// Unreachable reports whether the market gave no answer: what happened to a command is not known, and asking again with
// the same one is safe.
func (e *Error) Unreachable() bool { return !e.decided && worthRepeating(e.cause) }

// decode turns what a call returned into an [*Error].
func decode(err error) error {
	var coded *connect.Error
	if !errors.As(err, &coded) {
		return err
	}
	decoded := &Error{Code: coded.Code().String(), Message: coded.Message(), cause: err}
	for _, d := range coded.Details() {
		value, err := d.Value()
		if err != nil {
			continue // a newer market's detail
		}
		if detail, ok := value.(*v1.ErrorDetail); ok {
			decoded.Kind, decoded.Hint = vadium.Kind(detail.GetKind()), detail.GetHint()
		}
	}
	return decoded
}
