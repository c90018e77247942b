package risk

import (
	"bytes"
	"fmt"
	"slices"

	"vadium"
)

// Asset names an asset by the address of its token; the zero address is the market's own.
type Asset [20]byte

// FeedID names a price feed.
type FeedID [32]byte

// Collateral is an asset that vaults may be opened in. A vault holds one asset; the market takes several, so that it does
// not stand and fall with one token (economics.md §1, D17).
type Collateral struct {
	Asset Asset `json:"asset"`
	// Haircut is what its price is thought to lose when everybody sells.
	Haircut vadium.Bps `json:"haircutBps"`
	// Cap is the most of it that all vaults together may hold.
	Cap vadium.Amount `json:"cap"`
	// Feed is where its price comes from; feeds are not shared, or one error would count twice.
	Feed FeedID `json:"feed"`
}

// Registry lists the collateral there is, sorted by asset.
type Registry []Collateral

// Refusals of collateral.
const (
	// ErrCollateralUnknown: the asset is not in the registry.
	ErrCollateralUnknown = vadium.Kind("collateral-unknown")
	// ErrCollateralFull: the vaults would hold more of the asset than its cap.
	ErrCollateralFull = vadium.Kind("collateral-full")
	// ErrRegistry: the registry is not sorted or too long, names an asset or a feed twice or the market's own asset, or has
	// a haircut out of range.
	ErrRegistry = vadium.Kind("collateral-registry-invalid")
)

// LeastHaircut bounds haircuts from below, so that no token counts in full when everybody sells.
const LeastHaircut vadium.Bps = 1_000

// MostCollateral bounds a registry: every price is one more that the market depends on.
const MostCollateral = 64

// Check refuses with [ErrRegistry] a registry that is out of order or out of range.
func (r Registry) Check() error {
	if len(r) > MostCollateral {
		return fmt.Errorf("%d assets, at most %d are taken: %w", len(r), MostCollateral, ErrRegistry)
	}
	feeds := make([]FeedID, 0, len(r))
	for i, c := range r {
		switch {
		case c.Asset == Asset{}:
			return fmt.Errorf("the market's own asset is no collateral: %w", ErrRegistry)
		case i > 0 && bytes.Compare(r[i-1].Asset[:], c.Asset[:]) >= 0:
			return fmt.Errorf("asset %v is listed twice or out of order: %w", c.Asset, ErrRegistry)
		case c.Haircut < LeastHaircut || c.Haircut >= vadium.BpsOne:
			return fmt.Errorf("asset %v has a haircut of %d, the range is %d to %d: %w", c.Asset, c.Haircut, LeastHaircut, vadium.BpsOne-1, ErrRegistry)
		case slices.Contains(feeds, c.Feed):
			return fmt.Errorf("asset %v shares its feed %v: %w", c.Asset, c.Feed, ErrRegistry)
		}
		feeds = append(feeds, c.Feed)
	}
	return nil
}

// Find returns the collateral of an asset, or refuses with [ErrCollateralUnknown].
func (r Registry) Find(a Asset) (Collateral, error) {
	i, found := slices.BinarySearchFunc(r, a, func(c Collateral, a Asset) int { return bytes.Compare(c.Asset[:], a[:]) })
	if !found {
		return Collateral{}, fmt.Errorf("asset %v: %w", a, ErrCollateralUnknown)
	}
	return r[i], nil
}

// CheckDeposit refuses with [ErrCollateralFull] stake that would take what all vaults hold of the asset above its cap.
func (c Collateral) CheckDeposit(held, more vadium.Amount) error {
	if with, ok := held.Add(more); !ok || c.Cap.Less(with) {
		return fmt.Errorf("vaults hold %s tokens of asset %v, the cap is %s, %s more were to come: %w",
			held.Tokens(), c.Asset, c.Cap.Tokens(), more.Tokens(), ErrCollateralFull)
	}
	return nil
}

// Secures returns what the stake held in the asset would fetch if it had to be sold: min(floor(stake*price*(1-haircut)),
// depth), where no more than the cap counts and depth is what the market for it took in 30 days at a tenth off the price
// (economics.md §4.5, D10). Both divisions round down, in favour of whoever is secured; ok is false when it does not fit.
func (c Collateral) Secures(held vadium.Amount, p Price, depth Value) (secured Value, ok bool) {
	worth, ok := p.Worth(vadium.Min(held, c.Cap))
	if !ok {
		return 0, false
	}
	return min(depth, Value(mulDivDown(uint64(worth), uint64(vadium.BpsOne-min(c.Haircut, vadium.BpsOne)), uint64(vadium.BpsOne)))), true
}
