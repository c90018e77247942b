// Package slashing says what a fault costs and who receives it.
//
// An [Offence] is an entry of a closed catalogue: late, no-show, invalid proof and so on, each with a severity from 0
// to 100, a class (liveness or malice) and the history points it leaves behind. [Fraction] turns severity and context
// into the fraction of stake that is lost: a base that grows with severity, times what makes it worse (impact,
// history, how many others fail at the same time, poor uptime, a fallen price) or excuses it (an unhealthy network, an
// incident of the market's own), within the floor and the cap of the severity. [Explain] is the same with every factor on
// the way. There are no cliffs inside a class.
//
// [Assess] makes a [Penalty] of it. Its *damages* are owed to the requester by contract and grow with lateness; its
// *punitive* part follows the fraction. Together they never exceed the lock of the request. Offences of severity 90 and
// more concern the whole vault instead, not one request. [Divide] says who receives what was taken: the requester its
// damages; reporter and rescuer a part of the punitive money that the prover itself paid; insurance and burn the rest,
// and all that delegators paid.
//
//	penalty, err := slashing.Assess(slashing.Case{Offence: slashing.NoShow, Context: slashing.Neutral(), ...})
//
// Everything is integer arithmetic that rounds against the offender, once per step and in the stated order, so that
// every machine gets the same bytes. The package takes no money itself: the vault plans and applies the loss. The
// formulas are those of economics.md §6.
package slashing
