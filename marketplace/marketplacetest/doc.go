// Package marketplacetest is the test kit of the market's core.
//
// A [World] is a market in memory that distrusts the code it runs: every command goes through Decide, every event
// through the canonical encoding and back before it is applied, and after every event all invariants are checked.
// [RunScenarios] runs scenario files on one, which are the documentation of the life cycle: prose, commands, and what
// the market said. [Simulate] runs a whole market of random requesters, provers, stakers and an operator on one, from a
// seed.
//
//	w := marketplacetest.Open(t, marketplace.DefaultParams())
//	w.Must(w.Do("alice", marketplace.WithdrawBalance{Amount: vadium.Tokens(1)}))
//
// People and requests have names here; the kit derives accounts and ids from them.
package marketplacetest
