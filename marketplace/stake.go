package marketplace

import "vadium"

func (d *draft) redeemShares(vadium.Account, RedeemShares) error       { return ErrUnknownCommand }
func (d *draft) redeemJunior(vadium.Account, vadium.Amount) error      { return ErrUnknownCommand }
func (d *draft) claimRedemption(vadium.Account, ClaimRedemption) error { return ErrUnknownCommand }
func (d *draft) transferShares(by, from vadium.Account, vault vadium.VaultID, to vadium.Account, shares vadium.Amount) error {
	return ErrUnknownCommand
}
func (d *draft) approveShares(vadium.Account, ApproveShares) error { return ErrUnknownCommand }
func (d *draft) setCommission(vadium.Account, vadium.Bps) error    { return ErrUnknownCommand }
func (d *draft) exitMarket(vadium.Account) error                   { return ErrUnknownCommand }
func (d *draft) releaseProver(ReleaseProver) error                 { return ErrUnknownCommand }

func (e *RedemptionRequested) apply(*State, vadium.Time, uint64) {}
func (e *RedemptionClaimed) apply(*State, vadium.Time, uint64)   {}
func (e *SharesTransferred) apply(*State, vadium.Time, uint64)   {}
func (e *SharesApproved) apply(*State, vadium.Time, uint64)      {}
func (e *CommissionChanged) apply(*State, vadium.Time, uint64)   {}
