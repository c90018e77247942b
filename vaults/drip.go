package vaults

import "vadium"

// Drip is a reward on its way to the senior tranche, in equal parts over the time from From to Until.
type Drip struct {
	Locked      vadium.Amount // all of it, vested part included, until it is settled
	From, Until vadium.Time
}

// vested returns the part that belongs to the holders by now, rounded down.
func (d Drip) vested(now vadium.Time) vadium.Amount {
	switch {
	case now >= d.Until:
		return d.Locked
	case now <= d.From:
		return vadium.Amount{}
	}
	elapsed, whole := uint64(now.Sub(d.From)), uint64(d.Until.Sub(d.From))
	return must(d.Locked.MulDivDown(vadium.NewAmount(elapsed), vadium.NewAmount(whole)))
}

// settle moves what has vested by now to the principal. It changes no price now: what counted as vested before counts
// as principal after.
func (v *Vault) settle(now vadium.Time) {
	vested := v.Dripping.vested(now)
	v.Senior = v.Senior.MustAdd(vested)
	v.Dripping.Locked = v.Dripping.Locked.MustSub(vested)
	v.Dripping.From = max(v.Dripping.From, now)
	v.tidyDrip()
}

// tidyDrip keeps an empty drip in one form, so that equal vaults encode equally.
func (v *Vault) tidyDrip() {
	if v.Dripping.Locked.IsZero() {
		v.Dripping = Drip{}
	}
}

// drip adds amount to a settled drip. The new length is the average of what is left and [DripWindow], weighted by the
// money and rounded up (Yearn's rule): a small reward neither speeds up a large one nor holds it back.
func (v *Vault) drip(now vadium.Time, amount vadium.Amount) {
	if amount.IsZero() {
		return
	}
	locked := v.Dripping.Locked
	left := uint64(max(v.Dripping.Until.Sub(now), 0))
	if locked.IsZero() {
		left = 0
	}
	weighted := must(locked.Mul(vadium.NewAmount(left))).
		MustAdd(must(amount.Mul(vadium.NewAmount(uint64(DripWindow)))))
	total := locked.MustAdd(amount)
	length := must(weighted.MulDivUp(vadium.NewAmount(1), total)) // at most the longer of left and DripWindow
	v.Dripping = Drip{Locked: total, From: now, Until: now.Add(vadium.Duration(length.Uint256().Uint64()))}
}
