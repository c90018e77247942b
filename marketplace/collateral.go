package marketplace

import (
	"vadium"
	"vadium/vaults/risk"
)

func (d *draft) withdrawCollateral(vadium.Account, WithdrawCollateral) error {
	return ErrUnknownCommand
}
func (d *draft) creditCollateral(CreditCollateral) error { return ErrUnknownCommand }
func (d *draft) setCollateral(risk.Registry) error       { return ErrUnknownCommand }
func (d *draft) publishPrice(PublishPrice) error         { return ErrUnknownCommand }

func (e *CollateralSet) apply(*State, vadium.Time, uint64)       {}
func (e *CollateralDeposited) apply(*State, vadium.Time, uint64) {}
func (e *CollateralWithdrawn) apply(*State, vadium.Time, uint64) {}
func (e *PricePublished) apply(*State, vadium.Time, uint64)      {}
