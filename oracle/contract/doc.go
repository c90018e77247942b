// Package contract is a feed on a chain: the Go bindings of src/PriceFeed.sol, made by `make contracts`, and what takes a
// round from the market there.
//
// A round's report and proof are published to the contract by anybody. It verifies the proof with a second contract, whose
// code is the verifying key of the feed's program ([ExportVerifier]), and holds the report against the feed's terms and the
// block's time. Contracts read prices as from Chainlink's data feeds. GAS.md lists what each operation costs. It is not
// audited, and the market does not deploy it.
//
//	data, err := contract.Publication(key, publics, proof) // for any transactor; refused when the proof does not verify
package contract
