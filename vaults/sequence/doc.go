// Package sequence plays operations that people write down on one vault, and says what it holds after each.
//
// A line of text is an [Op], in the words of the vectors' group vault_sequence:
//
//	self_stake 1000e18
//	deposit alice 4000e18
//	reward 120e18 commission 10%
//	advance 84h (half of the window in which a reward drips in)
//	request_redeem alice all
//	slash 1500e18
//	claim alice
//
// A [Player] has a vault, a clock that only advance moves, and owners by name. [Player.Do] carries an operation out and
// returns the [State] after it, in the vectors' format. What the vault refuses changes nothing, and the error is the
// vault's own.
//
// It is the arithmetic of package vaults and no market: there are no locks, no cases and no balances, a slash is a punitive
// amount that reserves nothing, and a redemption matures after [vaults.Unbonding].
package sequence
