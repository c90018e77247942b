package sequence

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vadium"
	"vadium/vaults"
)

// State is a vault after an operation, in the vectors' format: J junior, A senior principal, locked what still drips, UA
// and US assets and shares of the senior unbonding pool. Amounts are base units.
type State struct {
	Op     string        `json:"op"`
	Result Result        `json:"result"`
	Hours  uint64        `json:"t"`
	J      vadium.Amount `json:"J"`
	A      vadium.Amount `json:"A"`
	Locked vadium.Amount `json:"locked"`
	UA     vadium.Amount `json:"UA"`
	US     vadium.Amount `json:"US"`
	Supply vadium.Amount `json:"supply"`
	Assets vadium.Amount `json:"total_assets"`
	Price  vadium.Amount `json:"price_e18"`
}

// Result is what an operation yields: of a deposit its shares, of a reward the commission, of a slash what junior and
// senior paid, of a claim what was paid out, of the others zero. It is empty when the vault refused.
type Result []vadium.Amount

// MarshalJSON writes null, the amount, or a list of two.
func (r Result) MarshalJSON() ([]byte, error) {
	switch len(r) {
	case 0:
		return []byte("null"), nil
	case 1:
		return json.Marshal(r[0])
	}
	return json.Marshal([]vadium.Amount(r))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Result) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*r = nil
		return nil
	}
	if strings.HasPrefix(string(text), "[") {
		return json.Unmarshal(text, (*[]vadium.Amount)(r))
	}
	*r = make(Result, 1)
	return json.Unmarshal(text, &(*r)[0])
}

// MaxOps bounds a sequence, and with it the number of owners.
const MaxOps = 100_000

// Player plays operations on a vault. Read its fields; only Do changes them.
type Player struct {
	Vault *vaults.Vault
	Now   vadium.Time
	// Owners are the names that have deposited, in the order of their first deposit.
	Owners []string
	// Paid is all that came in, Claimed all that was paid out, Slashed all that was taken: what is held is the rest.
	Paid, Claimed, Slashed vadium.Amount

	accounts map[string]vadium.Account
	ops      int
}

// prover is the vault's. Owners' accounts count up from zero, far from it.
var prover = vadium.Account{0xff}

// NewPlayer returns a player with an empty vault, at hour 0.
func NewPlayer() *Player {
	return &Player{Vault: vaults.New(1, prover, 0, 0), accounts: map[string]vadium.Account{}}
}

// Account returns whom a name stands for, and whether it has deposited.
func (p *Player) Account(owner string) (vadium.Account, bool) {
	account, known := p.accounts[owner]
	return account, known
}

// Do carries an operation out and returns the state after it. When the vault refuses, the state is as it was, without a
// result, and the error is the vault's.
func (p *Player) Do(op Op) (State, error) {
	var result Result
	err := p.checkRoom(op)
	if err == nil {
		result, err = p.carryOut(op)
	}
	v := p.Vault
	return State{
		Op: op.Text, Result: result, Hours: uint64(p.Now) / uint64(vadium.Hour),
		J: v.Junior, A: v.Senior, Locked: v.Dripping.Locked, UA: v.SeniorUnbonding.Assets, US: v.SeniorUnbonding.Shares,
		Supply: v.Shares, Assets: v.TotalAssets(p.Now), Price: v.Price(p.Now),
	}, err
}

// checkRoom keeps amounts, times and lists where the vault's arithmetic expects them.
func (p *Player) checkRoom(op Op) error {
	if p.ops++; p.ops > MaxOps {
		return fmt.Errorf("a sequence has at most %d operations", MaxOps)
	}
	if op.Verb != SelfStake && op.Verb != Deposit && op.Verb != Reward {
		return nil
	}
	if total, fits := p.Paid.Add(op.Amount); !fits || total.BitLen() > 128 {
		return fmt.Errorf("the vault would have received 2^128 or more: %w", vaults.ErrDepositTooLarge)
	}
	return nil
}

func (p *Player) carryOut(op Op) (Result, error) {
	switch op.Verb {
	case SelfStake:
		p.Vault.DepositJunior(op.Amount)
		p.Paid = p.Paid.MustAdd(op.Amount)
	case Deposit:
		return p.deposit(op)
	case Reward:
		r := p.Vault.PlanReward(p.Now, op.Amount, op.Commission)
		p.Vault.ApplyReward(p.Now, r)
		p.Paid = p.Paid.MustAdd(op.Amount)
		return Result{r.Commission}, nil
	case Advance:
		p.Now = p.Now.Add(op.Wait)
	case RequestRedeem:
		return p.redeem(op)
	case Slash:
		loss := p.Vault.PlanPunitive(p.Now, op.Amount, vadium.Amount{})
		p.Vault.ApplyLoss(p.Now, loss)
		p.Slashed = p.Slashed.MustAdd(loss.Total())
		return Result{loss.JuniorTotal(), loss.SeniorTotal()}, nil
	case Claim:
		return p.claim(op)
	default:
		panic(fmt.Sprintf("invariant: an operation comes from Parse, yet this is %q", op.Verb))
	}
	return Result{vadium.Amount{}}, nil
}

func (p *Player) deposit(op Op) (Result, error) {
	shares, err := p.Vault.PreviewDeposit(p.Now, op.Amount)
	if err != nil {
		return nil, err
	}
	account, known := p.accounts[op.Owner]
	if !known {
		p.Owners = append(p.Owners, op.Owner)
		binary.BigEndian.PutUint32(account[:], uint32(len(p.Owners)))
		p.accounts[op.Owner] = account
	}
	p.Vault.DepositSenior(p.Now, account, op.Amount, shares)
	p.Paid = p.Paid.MustAdd(op.Amount)
	return Result{shares}, nil
}

func (p *Player) redeem(op Op) (Result, error) {
	account, known := p.accounts[op.Owner]
	if !known {
		return nil, fmt.Errorf("%s never deposited%s: %w", op.Owner, p.whoDid(), vaults.ErrNotEnoughShares)
	}
	held, shares := p.Vault.SharesOf(account), op.Amount
	if op.All {
		shares = held
	}
	if held.Less(shares) {
		return nil, fmt.Errorf("%s holds %v shares, not %v: %w", op.Owner, held, shares, vaults.ErrNotEnoughShares)
	}
	r, err := p.Vault.PlanRedemption(p.Now, account, shares, p.Now.Add(vaults.Unbonding))
	if err != nil {
		return nil, err
	}
	p.Vault.ApplyRedemption(p.Now, r)
	return Result{vadium.Amount{}}, nil
}

// claim pays all of an owner's redemptions that have matured.
func (p *Player) claim(op Op) (Result, error) {
	account, known := p.accounts[op.Owner]
	if !known {
		return nil, fmt.Errorf("%s never deposited%s: %w", op.Owner, p.whoDid(), vaults.ErrNoRedemption)
	}
	var paid vadium.Amount
	refusal := fmt.Errorf("%s is leaving with nothing: %w", op.Owner, vaults.ErrNoRedemption)
	claimed := false
	for _, r := range slices.Clone(p.Vault.Redemptions) {
		if r.Owner != account {
			continue
		}
		assets, err := p.Vault.PlanClaim(p.Now, r.ID)
		if err != nil {
			if !claimed {
				refusal = fmt.Errorf("what %s is leaving with can be claimed from hour %d on, and this is hour %d: %w",
					op.Owner, uint64(r.Matures)/uint64(vadium.Hour), uint64(p.Now)/uint64(vadium.Hour), err)
			}
			break // later ones mature later
		}
		p.Vault.ApplyClaim(r.ID, assets)
		paid, claimed = paid.MustAdd(assets), true
	}
	if !claimed {
		return nil, refusal
	}
	p.Claimed = p.Claimed.MustAdd(paid)
	return Result{paid}, nil
}

// whoDid lists some of those who have deposited.
func (p *Player) whoDid() string {
	const some = 8
	switch n := len(p.Owners); {
	case n == 0:
		return " (nobody has)"
	case n > some:
		return " (" + strings.Join(p.Owners[:some], ", ") + " and others did)"
	}
	return " (" + strings.Join(p.Owners, ", ") + " did)"
}

// Worth returns what a redemption would pay if it had matured.
func (p *Player) Worth(r vaults.Redemption) vadium.Amount {
	assets, err := p.Vault.PlanClaim(vadium.Forever, r.ID)
	if err != nil {
		panic(fmt.Sprintf("invariant: without locks and cases only time holds up a claim, yet of redemption %d: %v", r.ID, err))
	}
	return assets
}
