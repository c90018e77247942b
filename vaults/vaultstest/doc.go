// Package vaultstest is one suite for every implementation of a prover's vault: the one of package vaults, which the
// market runs, and the contract of package contract.
//
// A [Machine] is a vault with what surrounds it: balances, allowances, operators, locks, a clock. [Book] is the machine
// of package vaults. [Pair] runs another beside a Book and fails when the two disagree by a unit in any field of the
// state, or in a refusal. The suite is: the vectors ([Sequence]), the lists of ERC-20, ERC-4626 and ERC-7540
// ([Standards]), the promises V1 to V14 of economics.md §3.7 one by one ([Promises]) and over random lives ([Life]),
// and the lists of conversions for whoever can convert ([Conversions]).
//
//	vaultstest.Promises(t, func(t vaultstest.TB) vaultstest.Machine { ... })
//
// [Search] holds any property of stake over as many random cases as VADIUM_SEARCH_CASES says, for the packages of the formulas;
// [Catch] sees that it notices a formula that is wrong on purpose.
//
// Random tests print their seed and take it back: -rapid.seed, or VADIUM_SEARCH_SEED for a search.
package vaultstest
