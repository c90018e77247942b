// Package vaults is the arithmetic of one prover's vault: the stake that stands behind its promises.
//
// A vault has two tranches. The *junior* tranche is the prover's own stake. It pays first when the prover fails, and
// it alone pays the requester. The *senior* tranche is stake that others delegated; depositors hold *shares* of its
// *assets* and earn with the prover. Senior stake pays only when the junior is gone, and what it pays is burnt or goes
// to the insurance, so a prover cannot fail on purpose to get at its delegators' money.
//
// Every assignment takes a [Lock]. All locks together stay within the *effective stake* and all damage caps within the
// junior, so that no promise rests on stake that another promise already needs. A *redemption* leaves the vault in
// two steps: the money moves to an unbonding pool at once, where it earns nothing more but still pays for faults, and
// is claimed when it has matured.
//
// Shares change hands like any ERC-20 token, allowances included; whoever receives them stands where the giver stood. Only
// *frozen* shares, which support a decision that is not taken yet, neither change hands nor leave.
//
// Rewards are split: the prover's commission first, then junior and senior by size. The senior part *drips* in over
// seven days, so that nobody gains by depositing a moment before a reward and leaving a moment after.
//
// The style is plan, then apply. A Plan, Preview or Check method looks and may refuse with a [vadium.Kind]; the method
// that changes the vault takes the exact amounts that were planned, so that a journal which recorded them can be
// replayed under any later rules. Those methods panic when an amount breaks an invariant: the program is wrong then,
// never the input.
//
//	loss := vault.PlanDamages(now, damages) // looks
//	vault.ApplyLoss(now, loss)              // changes
//
// A vault is a plain value that encodes with RLP. It knows nothing of requests beyond their ids, of the market's
// balances, of prices (see vaults/risk), or of clocks. The formulas are those of economics.md §3, with its symbols: J
// junior, JU its unbonding pool, A senior principal, S shares, TA total assets, UA and US the senior unbonding pool.
package vaults
