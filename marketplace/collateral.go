package marketplace

import (
	"bytes"
	"fmt"
	"slices"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// Refusals about collateral. Those of the registry and of prices are package risk's.
const (
	// ErrCollateralInUse: vaults hold the asset, or locks in it are open, and its entry would go or its feed change.
	ErrCollateralInUse = vadium.Kind("collateral-in-use")
	// ErrVaultNotDelegable: the vault is in another asset than fees are. What it earned could become the delegators' only by
	// a trade, and the market trades nobody's money.
	ErrVaultNotDelegable = vadium.Kind("vault-not-delegable")
)

// ownAsset is the market's own: fees are in it.
var ownAsset risk.Asset

// pay credits an account's balance in an asset.
func (s *State) pay(to vadium.Account, asset risk.Asset, amount vadium.Amount) {
	if amount.IsZero() {
		return
	}
	h := s.holder(to)
	if asset == ownAsset {
		h.Balance = h.Balance.MustAdd(amount)
		return
	}
	i, found := h.other(asset)
	h.Other = slices.Clone(h.Other)
	if !found {
		h.Other = slices.Insert(h.Other, i, AssetBalance{Asset: asset})
	}
	h.Other[i].Amount = h.Other[i].Amount.MustAdd(amount)
	t := s.editNetwork().treasury(asset)
	t.Balances = t.Balances.MustAdd(amount)
}

// take debits it. It panics when there is less.
func (s *State) take(from vadium.Account, asset risk.Asset, amount vadium.Amount) {
	h := s.holder(from)
	if asset == ownAsset {
		h.Balance = h.Balance.MustSub(amount)
		return
	}
	i, found := h.other(asset)
	must(found, "what is taken is there")
	h.Other = slices.Clone(h.Other)
	if h.Other[i].Amount = h.Other[i].Amount.MustSub(amount); h.Other[i].Amount.IsZero() {
		if h.Other = slices.Delete(h.Other, i, i+1); len(h.Other) == 0 {
			h.Other = nil
		}
	}
	t := s.editNetwork().treasury(asset)
	t.Balances = t.Balances.MustSub(amount)
}

// keep books what a slash left to nobody: insurance, and what is burnt.
func (s *State) keep(asset risk.Asset, insurance, burnt vadium.Amount) {
	if asset == ownAsset {
		s.market.Insurance = s.market.Insurance.MustAdd(insurance)
		s.market.Burnt = s.market.Burnt.MustAdd(burnt)
		return
	}
	t := s.editNetwork().treasury(asset)
	t.Insurance = t.Insurance.MustAdd(insurance)
	t.Burnt = t.Burnt.MustAdd(burnt)
}

// compensate pays a requester out of the vault behind an assignment.
func (s *State) compensate(r *Request, a *Attempt, asset risk.Asset, amount vadium.Amount) {
	s.pay(r.Requester, asset, amount)
	s.compensated(r, a, asset, amount)
}

// compensated notes what a requester received out of the vault behind an assignment.
func (s *State) compensated(r *Request, a *Attempt, asset risk.Asset, amount vadium.Amount) {
	if asset == ownAsset {
		r.Compensated = r.Compensated.MustAdd(amount)
	} else {
		a.Compensated = a.Compensated.MustAdd(amount)
	}
}

// lost and earned keep a prover's record for people, which counts the market's own asset alone.
func (s *State) lost(prover vadium.Account, asset risk.Asset, amount vadium.Amount) {
	if p := s.prover(prover); asset == ownAsset {
		p.Lost = p.Lost.MustAdd(amount)
	}
}

func (s *State) earned(prover vadium.Account, asset risk.Asset, amount vadium.Amount) {
	if p := s.prover(prover); asset == ownAsset {
		p.Earned = p.Earned.MustAdd(amount)
	}
}

// accrue divides a fee within a vault. A vault in another asset cannot hold it: all of it is the prover's.
func (s *State) accrue(v *vaults.Vault, at vadium.Time, r vaults.Reward) {
	if v.Asset == ownAsset {
		v.ApplyReward(at, r)
		return
	}
	must(r.Junior.IsZero() && r.Senior.IsZero(), "no fee becomes stake in another asset")
	s.pay(v.Prover, ownAsset, r.Commission)
}

func (h *Holder) other(asset risk.Asset) (int, bool) {
	return slices.BinarySearchFunc(h.Other, asset, func(b AssetBalance, a risk.Asset) int { return bytes.Compare(b.Asset[:], a[:]) })
}

// BalanceIn returns an account's free money in an asset; zero is the market's own.
func (s *State) BalanceIn(account vadium.Account, asset risk.Asset) vadium.Amount {
	h := s.accounts.get(account)
	if h == nil {
		return vadium.Amount{}
	}
	if asset == ownAsset {
		return h.Balance
	}
	if i, found := h.other(asset); found {
		return h.Other[i].Amount
	}
	return vadium.Amount{}
}

func (d *draft) requireBalanceIn(account vadium.Account, asset risk.Asset, amount vadium.Amount) error {
	if asset == ownAsset {
		return d.requireBalance(account, amount)
	}
	if amount.IsZero() {
		return ErrNothing
	}
	if has := d.BalanceIn(account, asset); has.Less(amount) {
		return fmt.Errorf("%v has %s tokens of asset %v free, this takes %s: %w", account, has.Tokens(), asset, amount.Tokens(), ErrBalanceTooLow)
	}
	return nil
}

// OtherBalances returns an account's free money in assets of collateral, by asset.
func (s *State) OtherBalances(account vadium.Account) []AssetBalance {
	if h := s.accounts.get(account); h != nil {
		return h.Other // never changed in place
	}
	return nil
}

// treasuryOf returns where the money of an asset of collateral is; never changed in place.
func (n *Network) treasuryOf(asset risk.Asset) Treasury {
	for _, t := range n.Treasuries {
		if t.Asset == asset {
			return t
		}
	}
	return Treasury{Asset: asset}
}

// Vaulted returns what all vaults hold of the asset: what came in and is nowhere else.
func (t Treasury) Vaulted() vadium.Amount {
	return t.Deposited.MustSub(vadium.Sum(t.Withdrawn, t.Balances, t.Insurance, t.Burnt))
}

// Vaulted returns what all vaults hold of an asset of collateral.
func (s *State) Vaulted(asset risk.Asset) vadium.Amount {
	return s.market.network().treasuryOf(asset).Vaulted()
}

// Secures returns what the vaults' stake in an asset of collateral would fetch if it had to be sold, at the last price that
// could be relied on: after the haircut, no more than the cap, and no more than its market takes (economics.md §4.5). ok is
// false when the market does not take the asset, there is no price, or it does not fit.
func (s *State) Secures(asset risk.Asset) (secured risk.Value, ok bool) {
	c, err := s.market.network().Collateral.Find(asset)
	feed := s.feeds.get(asset)
	if err != nil || feed == nil || feed.Gauge.Now.Price == 0 {
		return 0, false
	}
	return c.Secures(s.Vaulted(asset), feed.Gauge.Now.Price, feed.Depth)
}

// checkCap refuses stake that would take what all vaults hold of an asset above its cap.
func (d *draft) checkCap(asset risk.Asset, more vadium.Amount) error {
	if asset == ownAsset {
		return nil
	}
	c, err := d.market.network().Collateral.Find(asset)
	if err != nil {
		return err
	}
	return c.CheckDeposit(d.Vaulted(asset), more)
}

func (d *draft) creditCollateral(b CreditCollateral) error {
	if b.Amount.IsZero() {
		return ErrNothing
	}
	if _, err := d.market.network().Collateral.Find(b.Asset); err != nil {
		return err
	}
	if d.references.has(b.Reference) {
		return fmt.Errorf("reference %v: %w", b.Reference, ErrReferenceUsed)
	}
	if total, ok := d.market.network().treasuryOf(b.Asset).Deposited.Add(b.Amount); !ok || total.BitLen() > maxSupplyBits {
		return ErrSupplyTooLarge
	}
	d.emit(&CollateralDeposited{Account: b.Account, Asset: b.Asset, Amount: b.Amount, Reference: b.Reference})
	return nil
}

func (d *draft) withdrawCollateral(by vadium.Account, b WithdrawCollateral) error {
	if b.Asset == ownAsset {
		return fmt.Errorf("the market's own asset is no collateral, it is withdrawn as a balance: %w", risk.ErrCollateralUnknown)
	}
	if err := d.requireBalanceIn(by, b.Asset, b.Amount); err != nil {
		return err
	}
	d.emit(&CollateralWithdrawn{Account: by, Asset: b.Asset, Amount: b.Amount})
	return nil
}

// setCollateral replaces the registry. What stake rests on stays: an asset that vaults hold is not struck off, or nobody
// would publish its price any more, and its price goes on coming from where it came from while locks rest on it. A lower
// cap only keeps new stake out.
func (d *draft) setCollateral(next risk.Registry) error {
	if err := next.Check(); err != nil {
		return err
	}
	for _, c := range d.market.network().Collateral {
		after, err := next.Find(c.Asset)
		switch {
		case err != nil && !d.Vaulted(c.Asset).IsZero():
			return fmt.Errorf("vaults hold %s tokens of asset %v: %w", d.Vaulted(c.Asset).Tokens(), c.Asset, ErrCollateralInUse)
		case (err != nil || after.Feed != c.Feed) && d.locksIn(c.Asset):
			return fmt.Errorf("assignments are backed by asset %v, at the price of feed %v: %w", c.Asset, c.Feed, ErrCollateralInUse)
		}
	}
	d.emit(&CollateralSet{slices.Clone(next)})
	return nil
}

// locksIn reports whether any vault in an asset backs an assignment. It looks at every vault, for the operator alone.
func (s *State) locksIn(asset risk.Asset) bool {
	for _, v := range s.vaults.all() {
		if v.Asset == asset && v.LockCount > 0 {
			return true
		}
	}
	return false
}

func (d *draft) publishPrice(b PublishPrice) error {
	if b.Asset != ownAsset {
		if _, err := d.market.network().Collateral.Find(b.Asset); err != nil {
			return err
		}
	}
	if err := d.checkPriced(b.Asset); err != nil {
		return err
	}
	quote := risk.Quote{Spot: b.Spot, Average: b.Average, Confidence: b.Confidence, At: b.At, Quorum: b.Quorum}
	var last risk.Quote
	if feed := d.Feed(b.Asset); feed != nil {
		last = feed.Gauge.Quote
	}
	if err := quote.Check(d.now, last); err != nil {
		return fmt.Errorf("a price of asset %v at %d, the last was at %d and now is %d: %w", b.Asset, b.At, last.At, d.now, err)
	}
	d.emit(&PricePublished{Asset: b.Asset, Quote: quote, Depth: b.Depth})
	if !d.market.Paused {
		d.markAsset(b.Asset)
	}
	return nil
}

// publish takes a quote in. One that cannot be relied on moves no reading, and from then on no price is known.
func (f *Feed) publish(now vadium.Time, q risk.Quote, depth risk.Value, p risk.Params) {
	gauge, err := f.Gauge.Publish(now, q, p)
	must(err == nil, "prices are published in order")
	f.Gauge = gauge
	if !q.Fresh(now, p.StaleAfter) {
		f.Month = f.Month.Observe(q.At, q.At, 0)
		return
	}
	f.Depth = depth
	f.Month = f.Month.Observe(q.At, q.At.Add(p.StaleAfter), q.Low())
}

func (e *CollateralSet) apply(s *State, _ vadium.Time, _ uint64) {
	s.editNetwork().Collateral = e.Collateral
}

func (e *CollateralDeposited) apply(s *State, _ vadium.Time, _ uint64) {
	t := s.editNetwork().treasury(e.Asset)
	t.Deposited = t.Deposited.MustAdd(e.Amount)
	s.pay(e.Account, e.Asset, e.Amount)
	if s.base == nil {
		s.references.add(e.Reference)
	}
}

func (e *CollateralWithdrawn) apply(s *State, _ vadium.Time, _ uint64) {
	s.take(e.Account, e.Asset, e.Amount)
	t := s.editNetwork().treasury(e.Asset)
	t.Withdrawn = t.Withdrawn.MustAdd(e.Amount)
}

func (e *PricePublished) apply(s *State, at vadium.Time, _ uint64) {
	feed := s.feeds.editOrInsert(e.Asset, func() *Feed { return new(Feed) })
	feed.publish(at, e.Quote, e.Depth, s.RiskParams())
}
