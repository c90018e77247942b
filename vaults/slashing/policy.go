package slashing

// PolicyID names a policy by the hash of what it is.
type PolicyID [32]byte
