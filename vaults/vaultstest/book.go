package vaultstest

import (
	"maps"
	"slices"

	"vadium"
	"vadium/vaults"
	"vadium/vaults/slashing"
)

// Book is the vault of package vaults with as much of a market around it as a contract brings along: who may do what, and
// who holds how much.
type Book struct {
	Vault *vaults.Vault
	Cast  Cast
	Now   vadium.Time

	purse     map[vadium.Account]vadium.Amount // of assets
	credit    map[vadium.Account]vadium.Amount
	operators map[[2]vadium.Account]bool // controller, operator
	locks     map[uint64]vaults.Lock
	balance   vadium.Amount // the vault's, donations included
	unbonding vadium.Duration
}

// NewBook returns a new vault whose cast has its purses.
func NewBook(cast Cast, now vadium.Time) *Book {
	b := &Book{
		Vault: vaults.New(1, cast.Prover, 0, now), Cast: cast, Now: now, unbonding: vaults.Unbonding,
		purse: map[vadium.Account]vadium.Amount{}, credit: map[vadium.Account]vadium.Amount{},
		operators: map[[2]vadium.Account]bool{}, locks: map[uint64]vaults.Lock{},
	}
	for _, who := range append([]vadium.Account{cast.Market, cast.Prover}, cast.Stakers...) {
		b.purse[who] = Purse
	}
	return b
}

// Wait lets time pass.
func (b *Book) Wait(d vadium.Duration) { b.Now = b.Now.Add(d) }

// Quote converts at the rate of now.
func (b *Book) Quote(_ vadium.Account, amount vadium.Amount) Quote {
	rate := b.Vault.Rate(b.Now)
	return Quote{
		ToShares: rate.SharesDown(amount), ToAssets: rate.AssetsDown(amount),
		Deposit: rate.SharesDown(amount), Mint: rate.AssetsUp(amount),
	}
}

// Do carries op out.
func (b *Book) Do(by vadium.Account, op Op) ([]vadium.Amount, error) {
	if err := b.mayDo(by, op); err != nil {
		return nil, err
	}
	v := b.Vault
	switch op := op.(type) {
	case StakeJunior:
		if err := b.take(by, op.Assets); err != nil {
			return nil, err
		}
		v.DepositJunior(op.Assets)
	case LeaveJunior:
		return b.begin(v.PlanJuniorRedemption(op.Assets, b.Now.Add(b.unbonding)))
	case Deposit:
		shares, err := v.PreviewDeposit(b.Now, op.Assets)
		if err != nil {
			return nil, err
		}
		if shares.Less(op.MinShares) {
			return nil, ErrSlippage
		}
		return []vadium.Amount{shares}, b.enter(by, op.Receiver, op.Assets, shares)
	case Mint:
		assets, err := v.PreviewMint(b.Now, op.Shares)
		if err != nil {
			return nil, err
		}
		return []vadium.Amount{assets}, b.enter(by, op.Receiver, assets, op.Shares)
	case RequestRedeem:
		return b.requestRedeem(by, op)
	case Claim, Redeem, Withdraw:
		return b.claim(op)
	case Transfer:
		return nil, b.move(by, op.To, op.Shares)
	case TransferFrom:
		if err := v.CheckAllowance(op.From, by, op.Shares); err != nil {
			return nil, err
		}
		if err := b.move(op.From, op.To, op.Shares); err != nil {
			return nil, err
		}
		v.SpendAllowance(op.From, by, op.Shares)
	case Approve:
		if op.Spender == (vadium.Account{}) {
			return nil, ErrNobody
		}
		v.Approve(by, op.Spender, op.Shares)
	case SetOperator:
		b.operators[[2]vadium.Account{by, op.Operator}] = op.Approved
	case Donate:
		return nil, b.take(by, op.Assets)
	case Sweep:
		extra := b.balance.MustSub(b.held())
		b.give(b.Cast.Insurance, extra)
		return []vadium.Amount{extra}, nil
	case Collect:
		due := b.credit[op.Account]
		delete(b.credit, op.Account)
		b.give(op.Account, due)
		return []vadium.Amount{due}, nil
	case ClaimCommission:
		if v.CommissionDue.Less(op.Assets) {
			return nil, ErrCommission
		}
		v.ClaimCommission(op.Assets)
		b.give(by, op.Assets)
	default:
		return b.govern(op)
	}
	return nil, nil
}

// mayDo says who may do what at all.
func (b *Book) mayDo(by vadium.Account, op Op) error {
	only := func(who vadium.Account) error {
		if by != who {
			return ErrNotAuthorised
		}
		return nil
	}
	switch op := op.(type) {
	case StakeJunior, LeaveJunior, ClaimCommission:
		return only(b.Cast.Prover)
	case Reward, Slash, AddLock, Release, OpenCase, CloseCase, Freeze:
		return only(b.Cast.Market)
	case RequestRedeem:
		return b.authorise(by, op.Controller)
	case Redeem:
		return b.authorise(by, op.Controller)
	case Withdraw:
		return b.authorise(by, op.Controller)
	case Claim:
		for _, r := range b.Vault.Redemptions {
			if r.ID == op.ID {
				return b.authorise(by, r.Owner)
			}
		}
	}
	return nil
}

func (b *Book) authorise(by, account vadium.Account) error {
	if by != account && !b.operators[[2]vadium.Account{account, by}] {
		return ErrNotAuthorised
	}
	return nil
}

func (b *Book) take(from vadium.Account, assets vadium.Amount) error {
	rest, ok := b.purse[from].Sub(assets)
	if !ok {
		return ErrNotEnoughAssets
	}
	b.purse[from] = rest
	b.balance = b.balance.MustAdd(assets)
	return nil
}

func (b *Book) give(to vadium.Account, assets vadium.Amount) {
	b.balance = b.balance.MustSub(assets)
	b.purse[to] = b.purse[to].MustAdd(assets)
}

func (b *Book) enter(by, receiver vadium.Account, assets, shares vadium.Amount) error {
	if receiver == (vadium.Account{}) {
		return ErrNobody
	}
	if err := b.take(by, assets); err != nil {
		return err
	}
	b.Vault.DepositSenior(b.Now, receiver, assets, shares)
	return nil
}

func (b *Book) move(from, to vadium.Account, shares vadium.Amount) error {
	if to == (vadium.Account{}) {
		return ErrNobody
	}
	if err := b.Vault.CheckTransfer(from, shares); err != nil {
		return err
	}
	b.Vault.Transfer(from, to, shares)
	return nil
}

func (b *Book) begin(r vaults.Redemption, err error) ([]vadium.Amount, error) {
	if err != nil {
		return nil, err
	}
	b.Vault.ApplyRedemption(b.Now, r)
	return []vadium.Amount{vadium.NewAmount(r.ID)}, nil
}

// requestRedeem of another's shares is a transfer and a redemption in one.
func (b *Book) requestRedeem(by vadium.Account, op RequestRedeem) ([]vadium.Amount, error) {
	v := b.Vault
	spends := by != op.Owner && !b.operators[[2]vadium.Account{op.Owner, by}]
	if spends {
		if err := v.CheckAllowance(op.Owner, by, op.Shares); err != nil {
			return nil, err
		}
	}
	if err := v.CheckTransfer(op.Owner, op.Shares); err != nil {
		return nil, err
	}
	// On a copy: a redemption that is refused must not have moved the shares, and what the controller's own shares are
	// frozen for does not concern those that only pass through its hands.
	after := v.Clone()
	frozen := after.FrozenOf(op.Controller)
	if op.Controller != op.Owner {
		after.Transfer(op.Owner, op.Controller, op.Shares)
		after.Freeze(op.Controller, vadium.Amount{})
	}
	r, err := after.PlanRedemption(b.Now, op.Controller, op.Shares, b.Now.Add(b.unbonding))
	if err != nil {
		return nil, err
	}
	if spends {
		after.SpendAllowance(op.Owner, by, op.Shares)
	}
	after.Freeze(op.Controller, frozen)
	b.Vault = after
	return b.begin(r, nil)
}

func (b *Book) claim(op Op) ([]vadium.Amount, error) {
	v := b.Vault
	pay := func(receiver vadium.Account, parts []vaults.Part) (shares, assets vadium.Amount) {
		v.ApplyClaims(parts)
		for _, part := range parts {
			shares, assets = shares.MustAdd(part.Shares), assets.MustAdd(part.Assets)
		}
		b.give(receiver, assets)
		return shares, assets
	}
	switch op := op.(type) {
	case Claim:
		assets, err := v.PlanClaim(b.Now, op.ID)
		if err != nil {
			return nil, err
		}
		v.ApplyClaim(op.ID, assets)
		b.give(op.Receiver, assets)
		return []vadium.Amount{assets}, nil
	case Redeem:
		parts, err := v.PlanClaimOfShares(b.Now, op.Controller, op.Shares)
		if err != nil {
			return nil, err
		}
		_, assets := pay(op.Receiver, parts)
		return []vadium.Amount{assets}, nil
	case Withdraw:
		parts, err := v.PlanClaimOfAssets(b.Now, op.Controller, op.Assets)
		if err != nil {
			return nil, err
		}
		shares, _ := pay(op.Receiver, parts)
		return []vadium.Amount{shares}, nil
	}
	panic("invariant: only claims come here")
}

// govern is what the market alone may do.
func (b *Book) govern(op Op) ([]vadium.Amount, error) {
	v := b.Vault
	switch op := op.(type) {
	case Reward:
		if op.Commission > vaults.MaxCommission {
			return nil, ErrCommission
		}
		if err := b.take(b.Cast.Market, op.Assets); err != nil {
			return nil, err
		}
		r := v.PlanReward(b.Now, op.Assets, op.Commission)
		v.ApplyReward(b.Now, r)
		return []vadium.Amount{r.Commission, r.Junior, r.Senior}, nil
	case Slash:
		return b.slash(op)
	case AddLock:
		if _, exists := b.locks[op.ID]; exists {
			return nil, ErrLockExists
		}
		if op.Amount.IsZero() || op.Amount.Less(op.DamageCap) {
			return nil, ErrSettings
		}
		l := vaults.Lock{Amount: op.Amount, DamageCap: op.DamageCap}
		if err := v.CheckLock(b.Now, l); err != nil {
			return nil, err
		}
		v.AddLock(l)
		b.locks[op.ID] = l
	case Release:
		l, exists := b.locks[op.ID]
		if !exists {
			return nil, ErrNoLock
		}
		v.Release(l)
		delete(b.locks, op.ID)
	case OpenCase:
		v.OpenCase()
	case CloseCase:
		if v.Cases == 0 {
			return nil, ErrNoCase
		}
		v.CloseCase()
	case Freeze:
		v.Freeze(op.Owner, op.Shares)
	default:
		panic("invariant: every operation is known")
	}
	return nil, nil
}

func (b *Book) slash(op Slash) ([]vadium.Amount, error) {
	v := b.Vault
	if op.Severity > uint8(slashing.Total) {
		return nil, ErrSeverity
	}
	nobody := vadium.Account{}
	forRequester, forOthers := v.PlanPenalty(b.Now, op.Damages, op.Punitive, op.ReservedJunior)
	if op.Requester == nobody && !forRequester.Total().IsZero() {
		return nil, ErrSettings
	}
	v.ApplyLoss(b.Now, forRequester)
	v.ApplyLoss(b.Now, forOthers)
	d := slashing.Divide(slashing.Taken{
		Damages: forRequester.Total(), PunitiveJunior: forOthers.JuniorTotal(), PunitiveSenior: forOthers.SeniorTotal(),
		Severity: slashing.Severity(op.Severity), Reported: op.Reporter != nobody, Rescued: op.Rescuer != nobody,
	})
	for _, c := range []struct {
		to     vadium.Account
		amount vadium.Amount
	}{{op.Requester, d.Requester}, {op.Reporter, d.Reporter}, {op.Rescuer, d.Rescuer}, {b.Cast.Insurance, d.Insurance}, {b.Cast.Burn, d.Burn}} {
		if !c.amount.IsZero() {
			b.credit[c.to] = b.credit[c.to].MustAdd(c.amount)
		}
	}
	return []vadium.Amount{forRequester.JuniorTotal().MustAdd(forOthers.JuniorTotal()), forOthers.SeniorTotal()}, nil
}

func (b *Book) held() vadium.Amount {
	return b.Vault.Held(b.Now).MustAdd(vadium.Sum(slices.Collect(maps.Values(b.credit))...))
}

// most is the largest amount that fits 128 bits.
var most = vadium.AmountFromBytes32([32]byte(slices.Concat(make([]byte, 16), slices.Repeat([]byte{0xff}, 16))))

// Look returns all there is to see.
func (b *Book) Look() View {
	v := b.Vault
	view := View{
		Time: b.Now, Junior: v.Junior, JuniorUnbonding: v.JuniorUnbonding, Senior: v.Senior, Dripping: v.Dripping,
		SeniorUnbonding: v.SeniorUnbonding, Shares: v.Shares, Commission: v.CommissionDue,
		LastRedemption: v.LastRedemption, Cases: v.Cases, LockCount: v.LockCount, Locked: v.LockTotal,
		DamageCaps: v.DamageCapTotal, TotalAssets: v.TotalAssets(b.Now), Price: v.Price(b.Now),
		Effective: v.Effective(b.Now), Held: b.held(), Balance: b.balance,
		Accounts: map[vadium.Account]Account{}, Redemptions: map[uint64]Redemption{},
	}
	var room, roomShares vadium.Amount
	if _, err := v.PreviewDeposit(b.Now, vaults.MinDeposit); err == nil {
		room = most.MustSub(v.Senior).MustSub(v.Dripping.Locked)
		roomShares = v.Rate(b.Now).SharesDown(room)
	}
	for _, who := range b.Cast.All() {
		a := Account{
			Assets: b.purse[who], Shares: v.SharesOf(who), Frozen: v.FrozenOf(who), Credit: b.credit[who],
			MaxDeposit: room, MaxMint: roomShares, Allowances: map[vadium.Account]vadium.Amount{}, Operators: map[vadium.Account]bool{},
		}
		a.MaxRedeem, a.MaxWithdraw = v.Claimable(b.Now, who)
		for _, other := range b.Cast.All() {
			if allowed := v.Allowed(who, other); !allowed.IsZero() {
				a.Allowances[other] = allowed
			}
			if b.operators[[2]vadium.Account{who, other}] {
				a.Operators[other] = true
			}
		}
		view.Accounts[who] = a
	}
	for _, r := range v.Redemptions {
		open := Redemption{Owner: r.Owner, Matures: r.Matures, Generation: r.Generation, Junior: r.Junior, Shares: r.Shares, PoolShares: r.PoolShares}
		if b.Now < r.Matures {
			open.Pending = r.Shares
		} else {
			open.Claimable = r.Shares
		}
		view.Redemptions[r.ID] = open
	}
	return view
}
