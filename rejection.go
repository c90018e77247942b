package vadium

// Kind is a refusal: the rules do not allow what the caller asked for, and nothing changed. Kinds are constants beside
// the rule they belong to, compare with errors.Is, and print their name. One table in marketplace/rpc maps each to a
// wire code; a test fails when a kind has no row there.
type Kind string

// Error returns the name of the kind.
func (k Kind) Error() string { return string(k) }
