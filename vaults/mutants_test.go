package vaults_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/vaultstest"
)

// mutants are formulas that are wrong in one way each, with what that would mean in money. The property named must notice.
var mutants = []struct {
	name, money, property string
	plant                 func(f *formulas)
}{
	{"a deposit rounds up", "every depositor takes up to a share's worth of the others", "V4", func(f *formulas) {
		f.previewDeposit = func(v *vaults.Vault, now vadium.Time, assets vadium.Amount) (vadium.Amount, error) {
			_, err := v.PreviewDeposit(now, assets)
			return v.Rate(now).SharesUp(assets), err
		}
	}},
	{"a mint rounds down", "whoever mints pays up to a unit less than the shares are worth", "V11", func(f *formulas) {
		f.previewMint = func(v *vaults.Vault, now vadium.Time, shares vadium.Amount) (vadium.Amount, error) {
			_, err := v.PreviewMint(now, shares)
			return v.Rate(now).AssetsDown(shares), err
		}
	}},
	{"a deposit is charged for", "the prover takes a hundredth of what its delegators bring, which nobody agreed to", "V11", func(f *formulas) {
		f.deposit = func(v *vaults.Vault, now vadium.Time, owner vadium.Account, assets, shares vadium.Amount) {
			v.DepositSenior(now, owner, assets, shares)
			v.Transfer(owner, v.Prover, shares.BpsDown(100))
		}
	}},
	{"a redemption rounds up", "whoever leaves in many steps takes a unit of the others with each", "V11", func(f *formulas) {
		f.planRedemption = func(v *vaults.Vault, now vadium.Time, owner vadium.Account, shares vadium.Amount, matures vadium.Time) (vaults.Redemption, error) {
			r, err := v.PlanRedemption(now, owner, shares, matures)
			if more := v.Rate(now).AssetsUp(shares); err == nil && !v.Senior.Less(more) {
				r.Assets = more
			}
			return r, err
		}
	}},
	{"a pool share is dearer by one", "whoever leaves into a slashed pool leaves a part to those who left before", "the page", func(f *formulas) {
		f.planRedemption = func(v *vaults.Vault, now vadium.Time, owner vadium.Account, shares vadium.Amount, matures vadium.Time) (vaults.Redemption, error) {
			r, err := v.PlanRedemption(now, owner, shares, matures)
			if err == nil && vadium.NewAmount(1).Less(r.PoolShares) {
				r.PoolShares = r.PoolShares.MustSub(vadium.NewAmount(1))
			}
			return r, err
		}
	}},
	{"pool shares are bought at par", "who leaves after a slash takes what those who left before it have not lost", "V4", func(f *formulas) {
		f.planRedemption = func(v *vaults.Vault, now vadium.Time, owner vadium.Account, shares vadium.Amount, matures vadium.Time) (vaults.Redemption, error) {
			r, err := v.PlanRedemption(now, owner, shares, matures)
			r.PoolShares = vadium.Max(r.PoolShares, r.Assets).MustAdd(r.PoolShares)
			return r, err
		}
	}},
	{"a claim rounds up", "the last who leaves finds a unit less than it is owed, and is stuck (Brevis)", "V2", func(f *formulas) {
		f.planClaim = func(v *vaults.Vault, now vadium.Time, id uint64) (vadium.Amount, error) {
			assets, err := v.PlanClaim(now, id)
			if err == nil && !assets.IsZero() && assets.Less(v.SeniorUnbonding.Assets) {
				assets = assets.MustAdd(vadium.NewAmount(1))
			}
			return assets, err
		}
	}},
	{"a claim pays what was moved", "whoever asked to leave a moment before a slash goes free", "V10", func(f *formulas) {
		f.planClaim = func(v *vaults.Vault, now vadium.Time, id uint64) (vadium.Amount, error) {
			assets, err := v.PlanClaim(now, id)
			for _, r := range v.Redemptions {
				if r.ID == id && err == nil && r.Assets.Less(v.SeniorUnbonding.Assets) {
					assets = r.Assets
				}
			}
			return assets, err
		}
	}},
	{"a claim comes a millisecond early", "stake leaves before the longest request it backs has ended", "V10", func(f *formulas) {
		f.planClaim = func(v *vaults.Vault, now vadium.Time, id uint64) (vadium.Amount, error) {
			return v.PlanClaim(now+1, id)
		}
	}},
	{"a case stops no claim", "whoever is to be slashed leaves while it is decided", "the page", func(f *formulas) {
		f.planClaim = func(v *vaults.Vault, now vadium.Time, id uint64) (vadium.Amount, error) {
			c := v.Clone()
			c.Cases = 0
			return c.PlanClaim(now, id)
		}
	}},
	{"locks stop no claim", "the stake behind open assignments leaves", "the page", func(f *formulas) {
		f.planClaim = func(v *vaults.Vault, now vadium.Time, id uint64) (vadium.Amount, error) {
			c := v.Clone()
			c.LockTotal, c.DamageCapTotal = vadium.Amount{}, vadium.Amount{}
			return c.PlanClaim(now, id)
		}
	}},
	{"a claim of assets costs too few shares", "who claims in parts takes up to a unit of those who wait, with each", "V4", func(f *formulas) {
		f.planAssets = func(v *vaults.Vault, now vadium.Time, owner vadium.Account, assets vadium.Amount) ([]vaults.Part, error) {
			parts, err := v.PlanClaimOfAssets(now, owner, assets)
			for i := range parts {
				if vadium.NewAmount(1).Less(parts[i].PoolShares) {
					parts[i].PoolShares = parts[i].PoolShares.MustSub(vadium.NewAmount(1))
				}
			}
			return parts, err
		}
	}},
	{"a claim leaves its shares in the pool", "those who wait are paid less, and the rest belongs to nobody", "V1", func(f *formulas) {
		f.claim = func(v *vaults.Vault, id uint64, assets vadium.Amount) {
			senior, junior := v.SeniorUnbonding.Shares, v.JuniorUnbonding.Shares
			v.ApplyClaim(id, assets)
			v.SeniorUnbonding.Shares, v.JuniorUnbonding.Shares = senior, junior
		}
	}},
	{"seventeen redemptions", "one more than agreed: a vault that anyone makes large for free", "the page", func(f *formulas) {
		f.planRedemption = func(v *vaults.Vault, now vadium.Time, owner vadium.Account, shares vadium.Amount, matures vadium.Time) (vaults.Redemption, error) {
			c := v.Clone()
			for i, r := range c.Redemptions {
				if r.Owner == owner {
					c.Redemptions = append(c.Redemptions[:i], c.Redemptions[i+1:]...)
					break
				}
			}
			return c.PlanRedemption(now, owner, shares, matures)
		}
	}},
	{"fifteen redemptions", "a delegator that leaves in parts is refused the last", "the page", func(f *formulas) {
		f.planRedemption = func(v *vaults.Vault, now vadium.Time, owner vadium.Account, shares vadium.Amount, matures vadium.Time) (vaults.Redemption, error) {
			c := v.Clone()
			c.Redemptions = append(c.Redemptions, vaults.Redemption{Owner: owner})
			return c.PlanRedemption(now, owner, shares, matures)
		}
	}},
	{"a spent pool goes on", "whoever leaves next pays those whose stake was slashed to nothing", "V13", func(f *formulas) {
		f.redeem = func(v *vaults.Vault, now vadium.Time, r vaults.Redemption) {
			was := [2]vaults.Pool{v.SeniorUnbonding, v.JuniorUnbonding}
			v.ApplyRedemption(now, r)
			for i, pool := range []*vaults.Pool{&v.SeniorUnbonding, &v.JuniorUnbonding} {
				if pool.Generation != was[i].Generation {
					pool.Generation, pool.Shares = was[i].Generation, pool.Shares.MustAdd(was[i].Shares)
					v.Redemptions[len(v.Redemptions)-1].Generation = was[i].Generation
				}
			}
		}
	}},
	{"every redemption begins a generation", "those who were leaving lose everything to those who stay", "V13", func(f *formulas) {
		f.redeem = func(v *vaults.Vault, now vadium.Time, r vaults.Redemption) {
			v.ApplyRedemption(now, r)
			pool := &v.SeniorUnbonding
			if r.Junior {
				pool = &v.JuniorUnbonding
			}
			pool.Generation++
			v.Redemptions[len(v.Redemptions)-1].Generation++
		}
	}},
	{"the senior pays first", "delegators lose for a prover that keeps its own stake", "V6", func(f *formulas) {
		f.planPenalty = penalty(func(v *vaults.Vault, now vadium.Time, _ vadium.Amount, loss *vaults.Loss) {
			if move := vadium.Min(loss.Junior, v.TotalAssets(now).SubFloor(loss.Senior).SubFloor(vadium.NewAmount(1_000_000))); !move.IsZero() {
				loss.Junior, loss.Senior = loss.Junior.MustSub(move), loss.Senior.MustAdd(move)
			}
		})
	}},
	{"who leaves pays nothing", "delegators run at the first rumour, and those who are late pay for all", "V5", func(f *formulas) {
		f.planPenalty = penalty(func(v *vaults.Vault, _ vadium.Time, _ vadium.Amount, loss *vaults.Loss) {
			if more := loss.Senior.MustAdd(loss.SeniorUnbonding); !v.Senior.Less(more) {
				loss.Senior, loss.SeniorUnbonding = more, vadium.Amount{}
			}
		})
	}},
	{"who leaves pays two units more", "leaving is the worse side of every rounding, and of small slashes", "V5", func(f *formulas) {
		f.planPenalty = penalty(func(v *vaults.Vault, _ vadium.Time, _ vadium.Amount, loss *vaults.Loss) {
			two := vadium.NewAmount(2)
			if more := loss.SeniorUnbonding.MustAdd(two); !loss.Senior.Less(two) && !v.SeniorUnbonding.Assets.Less(more) {
				loss.Senior, loss.SeniorUnbonding = loss.Senior.MustSub(two), more
			}
		})
	}},
	{"the principal pays before what drips", "a reward of yesterday survives the slash of today", "V5", func(f *formulas) {
		f.planPenalty = penalty(func(v *vaults.Vault, now vadium.Time, _ vadium.Amount, loss *vaults.Loss) {
			if more := loss.Senior.MustAdd(loss.SeniorUnvested); !v.TotalAssets(now).Less(more) {
				loss.Senior, loss.SeniorUnvested = more, vadium.Amount{}
			}
		})
	}},
	{"a slash is of whole basis points", "a slash of 100 tokens from a million and a unit takes nothing (Brevis)", "V9", func(f *formulas) {
		f.planPenalty = func(v *vaults.Vault, now vadium.Time, damages, punitive, reserved vadium.Amount) (vaults.Loss, vaults.Loss) {
			if all := v.Slashable(); !all.IsZero() && !all.Less(punitive) {
				part, _ := punitive.MulDivDown(vadium.NewAmount(10_000), all)
				punitive = all.BpsDown(vadium.Bps(part.Uint256().Uint64()))
			}
			return v.PlanPenalty(now, damages, punitive, reserved)
		}
	}},
	{"a slash rounds down by a unit", "slashes of a unit, a million times, cost nothing", "V9", func(f *formulas) {
		f.planPenalty = func(v *vaults.Vault, now vadium.Time, damages, punitive, reserved vadium.Amount) (vaults.Loss, vaults.Loss) {
			return v.PlanPenalty(now, damages, punitive.SubFloor(vadium.NewAmount(1)), reserved)
		}
	}},
	{"the junior reserved for others is taken", "the requesters of other assignments are not covered any more", "V9", func(f *formulas) {
		f.planPenalty = func(v *vaults.Vault, now vadium.Time, damages, punitive, _ vadium.Amount) (vaults.Loss, vaults.Loss) {
			return v.PlanPenalty(now, damages, punitive, vadium.Amount{})
		}
	}},
	{"damages the junior cannot pay are forgiven", "a prover with little stake of its own fails at a discount", "V9", func(f *formulas) {
		f.planPenalty = func(v *vaults.Vault, now vadium.Time, damages, punitive, reserved vadium.Amount) (vaults.Loss, vaults.Loss) {
			return v.PlanPenalty(now, vadium.Min(damages, v.Junior.MustAdd(v.JuniorUnbonding.Assets)), punitive, reserved)
		}
	}},
	{"delegators pay damages", "a prover that is its own requester takes its delegators' stake", "V6", func(f *formulas) {
		f.planPenalty = func(v *vaults.Vault, now vadium.Time, damages, punitive, reserved vadium.Amount) (vaults.Loss, vaults.Loss) {
			forRequester, forOthers := v.PlanPenalty(now, damages, punitive, reserved)
			if unpaid := vadium.Min(damages.MustSub(forRequester.Total()), forOthers.Senior); !unpaid.IsZero() {
				forRequester.Senior, forOthers.Senior = unpaid, forOthers.Senior.MustSub(unpaid)
			}
			return forRequester, forOthers
		}
	}},
	{"a slash takes the last unit", "the price becomes zero, and the next deposit owns everything", "V9", func(f *formulas) {
		f.planPenalty = penalty(func(v *vaults.Vault, now vadium.Time, _ vadium.Amount, loss *vaults.Loss) {
			if left := v.TotalAssets(now).SubFloor(loss.Senior); left.BitLen() <= 20 {
				loss.Senior = loss.Senior.MustAdd(left)
			}
		})
	}},
	{"a slash forgets the pool of the junior", "what the prover is withdrawing is slashed in the books and paid all the same", "V5", func(f *formulas) {
		f.lose = func(v *vaults.Vault, now vadium.Time, l vaults.Loss) {
			l.JuniorUnbonding = vadium.Amount{}
			v.ApplyLoss(now, l)
		}
	}},
	{"what is slashed is not taken", "the market pays requesters with money it does not have", "V1", func(f *formulas) {
		f.lose = func(v *vaults.Vault, now vadium.Time, l vaults.Loss) {
			l.Junior = vadium.Amount{}
			v.ApplyLoss(now, l)
		}
	}},
	{"a slash gives the remainder to those who stay", "a slash of the pool makes shares dearer", "V7", func(f *formulas) {
		f.lose = func(v *vaults.Vault, now vadium.Time, l vaults.Loss) {
			v.ApplyLoss(now, l)
			v.Senior = v.Senior.MustAdd(l.SeniorUnbonding)
		}
	}},
	{"a reward counts at once", "whoever deposits before a fee and leaves after it takes the others' fee", "V12", func(f *formulas) {
		f.reward = func(v *vaults.Vault, now vadium.Time, r vaults.Reward) {
			senior := r.Senior
			r.Senior = vadium.Amount{}
			v.ApplyReward(now, r)
			v.Senior = v.Senior.MustAdd(senior)
		}
	}},
	{"a reward shares the end of the one before", "a fee that comes a second before the end is paid within a second (xERC4626)", "V12", func(f *formulas) {
		f.reward = func(v *vaults.Vault, now vadium.Time, r vaults.Reward) {
			until := v.Dripping.Until
			if v.ApplyReward(now, r); until > now && !v.Dripping.Locked.IsZero() {
				v.Dripping.Until = until
			}
		}
	}},
	{"every reward begins the window anew", "a unit a week holds all earlier rewards back for ever", "V12", func(f *formulas) {
		f.reward = func(v *vaults.Vault, now vadium.Time, r vaults.Reward) {
			if v.ApplyReward(now, r); !v.Dripping.Locked.IsZero() {
				v.Dripping.Until = now.Add(vaults.DripWindow)
			}
		}
	}},
	{"the mean of two ends is not weighted", "a unit in the last second holds a large reward back for half a week", "V12", func(f *formulas) {
		f.reward = func(v *vaults.Vault, now vadium.Time, r vaults.Reward) {
			until := v.Dripping.Until
			if v.ApplyReward(now, r); until > now && !v.Dripping.Locked.IsZero() {
				v.Dripping.Until = now.Add((until.Sub(now) + vaults.DripWindow) / 2)
			}
		}
	}},
	{"what drips counts", "locks and prices are of money that is still on its way", "V12", func(f *formulas) {
		f.totalAssets = func(v *vaults.Vault, _ vadium.Time) vadium.Amount { return v.Senior.MustAdd(v.Dripping.Locked) }
	}},
	{"time counts in whole seconds", "a second's part of a reward comes in one jump", "V12", func(f *formulas) {
		f.totalAssets = func(v *vaults.Vault, now vadium.Time) vadium.Amount { return v.TotalAssets(now - now%1_000) }
	}},
	{"shares round up", "the first depositor after a loss is given a share for nothing", "V3", func(f *formulas) { f.sharesDown = vaults.Rate.SharesUp }},
	{"withdrawing rounds down", "a unit can be taken for no share", "V3", func(f *formulas) { f.sharesUp = vaults.Rate.SharesDown }},
	{"assets round up", "all holders together own more than there is", "V3", func(f *formulas) { f.assetsDown = vaults.Rate.AssetsUp }},
	{"minting rounds down", "shares worth less than a unit are free", "V3", func(f *formulas) { f.assetsUp = vaults.Rate.AssetsDown }},
	{"there are no virtual shares", "an attacker with a unit makes the next deposit round to nothing", "V3", func(f *formulas) {
		f.assetsDown = func(r vaults.Rate, shares vadium.Amount) vadium.Amount {
			r.Offset = 0
			return r.AssetsDown(shares)
		}
	}},
	{"a list that copies share is changed in place", "what one vault's holder does is done to another's", "V8", func(f *formulas) {
		f.claim = func(v *vaults.Vault, id uint64, assets vadium.Amount) {
			shared := v.Redemptions // by every copy
			v.ApplyClaim(id, assets)
			copy(shared, v.Redemptions)
		}
	}},
	{"frozen shares change hands", "a vote is counted, sold, and counted again", "V14", func(f *formulas) {
		f.checkTransfer = func(v *vaults.Vault, owner vadium.Account, shares vadium.Amount) error {
			c := v.Clone()
			c.Frozen = nil
			return c.CheckTransfer(owner, shares)
		}
	}},
	{"frozen shares leave", "who decides about a slash leaves before it", "V14", func(f *formulas) {
		f.planRedemption = func(v *vaults.Vault, now vadium.Time, owner vadium.Account, shares vadium.Amount, matures vadium.Time) (vaults.Redemption, error) {
			c := v.Clone()
			c.Frozen = nil
			return c.PlanRedemption(now, owner, shares, matures)
		}
	}},
	{"one frozen share freezes all", "a supporter of any decision cannot sell what it has not given", "V14", func(f *formulas) {
		f.checkTransfer = func(v *vaults.Vault, owner vadium.Account, shares vadium.Amount) error {
			if !v.FrozenOf(owner).IsZero() {
				return vaults.ErrSharesFrozen
			}
			return v.CheckTransfer(owner, shares)
		}
	}},
	{"a transfer to oneself doubles", "shares for nothing", "V1", func(f *formulas) {
		f.transfer = func(v *vaults.Vault, from, to vadium.Account, shares vadium.Amount) {
			if v.Transfer(from, to, shares); from == to {
				held := slices.Collect(v.Holdings.All())
				for i := range held {
					if held[i].Owner == to {
						held[i].Shares = held[i].Shares.MustAdd(shares)
					}
				}
				v.Holdings = vaults.NewHoldings(held)
			}
		}
	}},
	{"the prover's part rounds up", "delegators lose a unit of every fee", "the page", func(f *formulas) {
		f.planReward = func(v *vaults.Vault, now vadium.Time, fee vadium.Amount, commission vadium.Bps) vaults.Reward {
			r := v.PlanReward(now, fee, commission)
			if !r.Senior.IsZero() {
				r.Junior, r.Senior = r.Junior.MustAdd(vadium.NewAmount(1)), r.Senior.MustSub(vadium.NewAmount(1))
			}
			return r
		}
	}},
	{"commission rounds up", "delegators lose a unit of every fee", "the page", func(f *formulas) {
		f.planReward = func(v *vaults.Vault, now vadium.Time, fee vadium.Amount, commission vadium.Bps) vaults.Reward {
			r := v.PlanReward(now, fee, commission)
			if more := fee.BpsUp(commission).MustSub(r.Commission); !r.Senior.Less(more) {
				r.Commission, r.Senior = r.Commission.MustAdd(more), r.Senior.MustSub(more)
			}
			return r
		}
	}},
	{"senior stake backs without limit", "a prover risks others' stake with a thousandth of its own", "the page", func(f *formulas) {
		f.canLock = func(v *vaults.Vault, now vadium.Time, l vaults.Lock) bool {
			c := v.Clone()
			c.Junior = v.Junior.MustAdd(v.TotalAssets(now)) // as if all were its own
			c.Senior, c.Dripping = vadium.Amount{}, vaults.Drip{}
			return c.CanLock(now, l)
		}
	}},
	{"stake is locked twice", "of two assignments that fail, one requester is not covered", "the page", func(f *formulas) {
		f.canLock = func(v *vaults.Vault, now vadium.Time, l vaults.Lock) bool {
			c := v.Clone()
			c.LockTotal = vadium.Amount{}
			return c.CanLock(now, l)
		}
	}},
	{"a vault is open below the floor", "shares multiply until they do not fit", "the page", func(f *formulas) {
		f.previewDeposit = func(v *vaults.Vault, now vadium.Time, assets vadium.Amount) (vadium.Amount, error) {
			shares, err := v.PreviewDeposit(now, assets)
			if errors.Is(err, vaults.ErrVaultClosed) {
				return v.Rate(now).SharesDown(assets), nil
			}
			return shares, err
		}
	}},
}

// penalty changes what a slash takes for others than the requester.
func penalty(change func(v *vaults.Vault, now vadium.Time, damages vadium.Amount, loss *vaults.Loss)) func(*vaults.Vault, vadium.Time, vadium.Amount, vadium.Amount, vadium.Amount) (vaults.Loss, vaults.Loss) {
	return func(v *vaults.Vault, now vadium.Time, damages, punitive, reserved vadium.Amount) (vaults.Loss, vaults.Loss) {
		forRequester, forOthers := v.PlanPenalty(now, damages, punitive, reserved)
		change(v, now, damages, &forOthers)
		return forRequester, forOthers
	}
}

func TestEveryMutantIsCaught(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Logf("it would mean: %s", m.money)
			f := ours()
			m.plant(&f)
			for _, p := range properties {
				if p.name == m.property {
					vaultstest.Catch(t, func(random *rand.Rand) (int, error) { return p.round(f, random) })
					return
				}
			}
			t.Fatalf("there is no property %q", m.property)
		})
	}
	t.Logf("%d mutants", len(mutants))
}
