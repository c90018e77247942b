package client

import (
	"fmt"

	"vadium"
	"vadium/marketplace"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// Trace is one vault's past, made again from the records about it alone, as anybody can read them:
//
//	trace := client.NewTrace(id)
//	for record, err := range c.Watch(ctx, 1, client.EventFilter{Vault: id}) {
//		changed, err := trace.Apply(record)
//	}
//
// It follows stake and shares, not locks, allowances and commission.
type Trace struct {
	id vadium.VaultID
	v  *vaults.Vault // nil until it was opened
}

// NewTrace returns the trace of a vault before its first record.
func NewTrace(id vadium.VaultID) *Trace { return &Trace{id: id} }

// Opened reports whether the vault exists yet.
func (t *Trace) Opened() bool { return t.v != nil }

// Price returns what 10^24 shares, one token's worth at par, were worth at an instant between the last record and the next.
func (t *Trace) Price(at vadium.Time) vadium.Amount { return t.v.Price(at) }

// Junior returns the prover's own stake, and Senior what all shares were worth together at an instant.
func (t *Trace) Junior() vadium.Amount { return t.v.Junior }

// Senior returns what all shares were worth together at an instant between the last record and the next.
func (t *Trace) Senior(at vadium.Time) vadium.Amount { return t.v.TotalAssets(at) }

// Stake returns what a slash could reach of each tranche: active, dripping in and on its way out.
func (t *Trace) Stake() (stake slashing.Stake) {
	stake.Junior = t.v.Junior.MustAdd(t.v.JuniorUnbonding.Assets)
	stake.Senior = t.v.Slashable().MustSub(stake.Junior)
	return stake
}

// Asset returns what the vault's stake is in; zero is the market's own asset.
func (t *Trace) Asset() risk.Asset { return t.v.Asset }

// Apply takes a record into account and reports whether it changed the vault's stake or shares. A record that does not fit
// what came before is an error: then records are missing, or the market's story is not one.
func (t *Trace) Apply(r marketplace.Record) (changed bool, err error) {
	defer func() {
		if broken := recover(); broken != nil { // vaults panic when what was done could not have been
			changed, err = false, fmt.Errorf("record %d does not follow from those before it about vault %d: %v", r.Seq, t.id, broken)
		}
	}()
	if e, opens := r.Event.(*marketplace.VaultOpened); opens && e.Vault == t.id {
		t.v = vaults.New(e.Vault, e.Prover, e.Commission, r.At)
		t.v.Asset = e.Asset
		t.v.DepositJunior(e.Junior)
		return true, nil
	}
	if t.v == nil {
		return false, nil
	}
	return t.change(r), nil
}

func (t *Trace) change(r marketplace.Record) bool {
	of := func(id vadium.VaultID) bool { return id == t.id }
	switch e := r.Event.(type) {
	case *marketplace.JuniorDeposited:
		return of(e.Vault) && did(func() { t.v.DepositJunior(e.Amount) })
	case *marketplace.CommissionDiverted:
		return of(e.Vault) && did(func() { t.v.DepositJunior(e.Amount) })
	case *marketplace.SeniorDeposited:
		return of(e.Vault) && did(func() { t.v.DepositSenior(r.At, e.Owner, e.Assets, e.Shares) })
	case *marketplace.RewardsAccrued:
		if !of(e.Vault) || e.Reward.Junior.IsZero() && e.Reward.Senior.IsZero() {
			return false
		}
		return did(func() { t.v.ApplyReward(r.At, e.Reward) })
	case *marketplace.RedemptionRequested:
		return of(e.Vault) && did(func() { t.v.ApplyRedemption(r.At, e.Redemption) })
	case *marketplace.RedemptionClaimed:
		return of(e.Vault) && did(func() { t.v.ApplyClaim(e.Redemption, e.Assets) })
	case *marketplace.SharesTransferred:
		return of(e.Vault) && did(func() { t.v.Transfer(e.From, e.To, e.Shares) })
	}
	return t.slash(r)
}

func (t *Trace) slash(r marketplace.Record) bool {
	loss := SlashOf(r.Event)
	if loss.Vault != t.id {
		return false
	}
	for _, part := range loss.Parts {
		t.v.ApplyLoss(r.At, part)
	}
	return true
}

// did carries something out and says that it was done.
func did(what func()) bool {
	what()
	return true
}

// Loss is what one event took from a vault.
type Loss struct {
	Vault vadium.VaultID // 0: the event took nothing from any
	Parts []vaults.Loss
}

// SlashOf returns what an event took from a vault: damages and penalties, those that were held back, and what a backup cost.
func SlashOf(e marketplace.Event) Loss {
	switch e := e.(type) {
	case *marketplace.Slashed:
		return Loss{e.Vault, []vaults.Loss{e.Damages, e.Punitive}}
	case *marketplace.ActivationCharged:
		return Loss{e.Vault, []vaults.Loss{e.Loss}}
	case *marketplace.VaultSlashed:
		return Loss{e.Vault, []vaults.Loss{e.Punitive}}
	case *marketplace.DeferredSlashed:
		return Loss{e.Vault, []vaults.Loss{e.Punitive}}
	}
	return Loss{}
}

// Junior returns what the prover lost, unbonding stake included.
func (l Loss) Junior() (sum vadium.Amount) {
	for _, part := range l.Parts {
		sum = sum.MustAdd(part.JuniorTotal())
	}
	return sum
}

// Senior returns what delegators lost, unbonding stake included.
func (l Loss) Senior() (sum vadium.Amount) {
	for _, part := range l.Parts {
		sum = sum.MustAdd(part.SeniorTotal())
	}
	return sum
}
