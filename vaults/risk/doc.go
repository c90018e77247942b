// Package risk says how much stake must stand behind a promise when the price of the stake moves, and what happens when it
// no longer does.
//
// A prover may stake in one asset and promise in another. What it promises has a [Value] in the *numeraire*, which does not
// move; the stake that covers it has a [Price], which does. So a lock across assets is kept as an [Exposure] in the
// numeraire, fixed when the assignment is made, and the stake that it takes is the value, plus a *margin* for what the
// price may do before the request is final, over the price. The margin follows the volatility: two averages of past
// moves, a quarter of the weight on the worst times on record, a floor ([Averages.Used]).
//
// Prices arrive as a [Quote]. A [Gauge] keeps, for each asset, the [Reading] of the last one that could be relied on, and
// a second reading that is as strict at once but eases by less than a hundredth an hour: by the first a vault is called,
// by the second it is said what is free. A quote that is stale, or that too few sources agreed on, moves neither.
//
//	gauge, err = gauge.Publish(now, quote, params)              // a new price
//	call, ok = position.Mark(call, now, posted, gauge, params)  // what it means for one vault
//
// A [Position] keeps sums and not locks, so marking a vault costs the same whatever it backs, and marking a market costs as
// much as it has vaults. When a vault holds less than the *maintenance* margin, four fifths of the initial one, a [Call]
// opens. It takes nothing new on; what it must hold glides to the initial margin over 48 hours; and if it does not keep up,
// it climbs a *ladder*: part of its commission becomes its own stake, then it is suspended, then excluded. Posting what is
// missing ends a call at every stage but the last, and nothing else does.
//
// More rules look at the market as a whole. [Controls] move the *entry minimum*, what a prover must stake of its own,
// slowly toward what is at risk. The [Breaker] limits new locks when the stake, as far as it could be sold, is worth
// little beside what is at risk, and [Slashed] holds up slashes when there are too many in a day. [Corruption] compares what cheating costs with what it gains. [CheckVaultShare] and
// [ProductLoad] keep one wrong verifier from draining a vault, and one prover from being a product. A [Registry] lists the
// assets that stake may be in.
//
// Everything is a plain function over plain values: time, prices and sums are arguments, states are small structs that
// encode with RLP, and a result replaces the argument it came from. Every division says how it rounds and whom that
// favours; what does not fit is a result. The package moves no money and knows no vault: the market tells it what is
// posted, and does what it says. It sets no price either: that is the oracle's. The formulas are those of economics.md §4,
// with its symbols.
package risk
