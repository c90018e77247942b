package marketplace

import (
	"fmt"

	"vadium"
)

// Refusals any command can meet.
const (
	// ErrNotOpen: the market's journal has no MarketOpened yet, or has one already.
	ErrNotOpen = vadium.Kind("market-not-open")
	// ErrPaused: the operator has paused the market; deadlines are frozen meanwhile.
	ErrPaused = vadium.Kind("market-paused")
	// ErrUnsigned: a command that needs an author has none, or one that must not have one has.
	ErrUnsigned = vadium.Kind("command-unsigned")
	// ErrExpired: the command's expiry has passed.
	ErrExpired = vadium.Kind("command-expired")
	// ErrExpiresTooLate: the command's expiry is further ahead than ids are remembered.
	ErrExpiresTooLate = vadium.Kind("command-expires-too-late")
	// ErrNotOperator: only the operator may do this.
	ErrNotOperator = vadium.Kind("not-operator")
	// ErrNothing: the amount is zero.
	ErrNothing = vadium.Kind("amount-zero")
	// ErrUnknownCommand: this version does not know the command.
	ErrUnknownCommand = vadium.Kind("command-unknown")
)

// Repeated is the answer to a command that was carried out before: the first answer. Nothing changes again.
type Repeated struct {
	First  uint64 // position of the first answer's first record
	Events uint32 // records after it that belong to the command
	At     vadium.Time
}

// Error says where the first answer is.
func (r *Repeated) Error() string {
	return fmt.Sprintf("this command was carried out before, at journal position %d", r.First)
}

// Last returns the position of the first answer's last record.
func (r *Repeated) Last() uint64 { return r.First + uint64(r.Events) }
