//go:build prover_checks

package setup

// proverChecks lets the tests make keys for the larger programs.
const proverChecks = true
