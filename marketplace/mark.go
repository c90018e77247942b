package marketplace

import "vadium"

func (e *CommissionDiverted) apply(*State, vadium.Time, uint64) {}
func (e *CallMoved) apply(*State, vadium.Time, uint64)          {}
func (e *EpochMarked) apply(*State, vadium.Time, uint64)        {}
func (e *BreakerTightened) apply(*State, vadium.Time, uint64)   {}
