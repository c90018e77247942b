// Package pricing decides what a prover asks for: plain functions over a measurement of the machine, the operator's
// costs and the stake behind the prover. It knows no clock, no disk and no market.
//
//	ask, backed := pricing.Quote(pricing.Inputs{...})
//	if !backed { withdraw the ask }
//
// The words: a measurement is what one proof costs this machine; need is what the prover has to keep of a fee, so that
// costs, margin and risk are covered; the gross-up turns need into an ask, because market and delegators take their
// part of every fee first. An ask is truthful: the auction pays the price at which the prover would still have won, so
// asking more than need, grossed up, only loses requests.
//
// What it does not do: it places no ask and looks at nobody else's.
package pricing
