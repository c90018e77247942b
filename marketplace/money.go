package marketplace

import (
	"fmt"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
)

// Refusals about money, vaults and programs.
const (
	// ErrBalanceTooLow: the account's free balance does not cover the amount.
	ErrBalanceTooLow = vadium.Kind("balance-too-low")
	// ErrUnfunded: the account has no money in the market, and what it asks for would be kept for it.
	ErrUnfunded = vadium.Kind("account-unfunded")
	// ErrReferenceUsed: a deposit with this reference was credited before.
	ErrReferenceUsed = vadium.Kind("deposit-reference-used")
	// ErrSupplyTooLarge: the market would hold more than 2^127 base units.
	ErrSupplyTooLarge = vadium.Kind("supply-too-large")
	// ErrVaultExists: the prover has a vault already.
	ErrVaultExists = vadium.Kind("vault-exists")
	// ErrNoVault: there is no such vault, or the prover has none.
	ErrNoVault = vadium.Kind("vault-unknown")
	// ErrJuniorTooLow: the junior stake is below the least a vault opens with.
	ErrJuniorTooLow = vadium.Kind("junior-too-low")
	// ErrCommissionTooHigh: the commission is above the bound.
	ErrCommissionTooHigh = vadium.Kind("commission-too-high")
	// ErrTooFewShares: the deposit would mint fewer shares than its owner asked for.
	ErrTooFewShares = vadium.Kind("shares-below-minimum")
	// ErrCommissionTooLow: the vault holds less commission than is claimed.
	ErrCommissionTooLow = vadium.Kind("commission-too-low")
	// ErrProgramListed: the program is listed already.
	ErrProgramListed = vadium.Kind("program-listed")
	// ErrSampleUnverified: no sample proof has verified under the program's keys.
	ErrSampleUnverified = vadium.Kind("sample-proof-unverified")
	// ErrProgramUnknown: the market does not list the program.
	ErrProgramUnknown = vadium.Kind("program-unknown")
	// ErrProgramMalformed: the manifest is not one the market can serve.
	ErrProgramMalformed = vadium.Kind("program-malformed")
	// ErrBenchmark: a benchmark lies outside 1 ms to the longest request.
	ErrBenchmark = vadium.Kind("benchmark-out-of-range")
	// ErrTooManyServers: the program has all the provers it can list.
	ErrTooManyServers = vadium.Kind("program-servers-full")
)

// maxSupplyBits bounds the money in the market, so that products with fractions fit 256 bits everywhere.
const maxSupplyBits = 127

// maxServers bounds the provers of one program; clearing looks at each.
const maxServers = 1_024

func (d *draft) requireBalance(account vadium.Account, amount vadium.Amount) error {
	if amount.IsZero() {
		return ErrNothing
	}
	if has := d.Balance(account); has.Less(amount) {
		return fmt.Errorf("%v has %s tokens free, this takes %s: %w", account, has.Tokens(), amount.Tokens(), ErrBalanceTooLow)
	}
	return nil
}

// requireFunded refuses accounts without money in the market: keys cost nothing, rows do.
func (d *draft) requireFunded(account vadium.Account) error {
	if !d.Funded(account) {
		return fmt.Errorf("%v has no balance, open request, vault or shares here: %w", account, ErrUnfunded)
	}
	return nil
}

func (d *draft) credit(b CreditDeposit) error {
	if b.Amount.IsZero() {
		return ErrNothing
	}
	if d.references.has(b.Reference) {
		return fmt.Errorf("reference %v: %w", b.Reference, ErrReferenceUsed)
	}
	if total, ok := d.market.Deposited.Add(b.Amount); !ok || total.BitLen() > maxSupplyBits {
		return ErrSupplyTooLarge
	}
	d.emit(&Deposited{b.Account, b.Amount, b.Reference})
	return nil
}

func (d *draft) withdraw(by vadium.Account, amount vadium.Amount) error {
	if err := d.requireBalance(by, amount); err != nil {
		return err
	}
	d.emit(&Withdrawn{by, amount})
	return nil
}

func (d *draft) openVault(by vadium.Account, b OpenVault) error {
	if err := d.reopen(by); err != nil {
		return err
	}
	params := d.params()
	if err := d.checkCap(b.Asset, b.Junior); err != nil {
		return err
	}
	entry, _ := d.entryMinimum(ownAsset, d.now)
	least, err := d.minJuniorIn(b.Asset, entry, d.now)
	if err != nil {
		return err
	}
	if b.Junior.Less(least) {
		return fmt.Errorf("%s tokens, at least %s are needed: %w", b.Junior.Tokens(), least.Tokens(), ErrJuniorTooLow)
	}
	if b.Commission > params.MaxCommission {
		return fmt.Errorf("%d bps, at most %d are allowed: %w", b.Commission, params.MaxCommission, ErrCommissionTooHigh)
	}
	if err := d.requireBalanceIn(by, b.Asset, b.Junior); err != nil {
		return err
	}
	d.emit(&VaultOpened{Vault: d.market.NextVault, Prover: by, Commission: b.Commission, Junior: b.Junior, Asset: b.Asset})
	return nil
}

func (d *draft) depositJunior(by vadium.Account, amount vadium.Amount) error {
	v := d.VaultOf(by)
	if v == nil {
		return fmt.Errorf("prover %v: %w", by, ErrNoVault)
	}
	if err := d.checkStaying(v); err != nil {
		return err
	}
	if err := d.requireBalanceIn(by, v.Asset, amount); err != nil {
		return err
	}
	if err := d.checkCap(v.Asset, amount); err != nil {
		return err
	}
	d.emit(&JuniorDeposited{v.ID, amount})
	return nil
}

func (d *draft) depositSenior(by vadium.Account, b DepositSenior) error {
	v := d.Vault(b.Vault)
	if v == nil {
		return fmt.Errorf("vault %d: %w", b.Vault, ErrNoVault)
	}
	if v.Asset != ownAsset {
		return fmt.Errorf("vault %d is in asset %v: %w", v.ID, v.Asset, ErrVaultNotDelegable)
	}
	if err := d.requireBalance(by, b.Assets); err != nil {
		return err
	}
	shares, err := v.PreviewDeposit(d.now, b.Assets)
	if err != nil {
		return err
	}
	if err := d.checkStaying(v); err != nil {
		return err
	}
	if v.SharesOf(by).IsZero() {
		if err := checkRoom(v); err != nil {
			return err
		}
	}
	if shares.Less(b.MinShares) {
		return fmt.Errorf("%s tokens mint %v shares now, you asked for at least %v: %w", b.Assets.Tokens(), shares, b.MinShares, ErrTooFewShares)
	}
	d.emit(&SeniorDeposited{b.Vault, by, b.Assets, shares})
	return nil
}

func (d *draft) claimCommission(by vadium.Account, amount vadium.Amount) error {
	v := d.VaultOf(by)
	if v == nil {
		return fmt.Errorf("prover %v: %w", by, ErrNoVault)
	}
	if amount.IsZero() {
		return ErrNothing
	}
	if v.CommissionDue.Less(amount) {
		return fmt.Errorf("vault %d holds %s tokens of commission, %s are claimed: %w", v.ID, v.CommissionDue.Tokens(), amount.Tokens(), ErrCommissionTooLow)
	}
	d.emit(&CommissionClaimed{v.ID, amount})
	return nil
}

// maxScalars bounds a statement and an input, in scalars: larger programs belong in a public commitment.
const maxScalars = 1 << 20

func (d *draft) registerProgram(by vadium.Account, b RegisterProgram) error {
	p := b.Program
	if d.programs.get(p.ID()) != nil {
		return fmt.Errorf("program %v: %w", p.ID(), ErrProgramListed)
	}
	if p.Name == "" || len(p.Name) > 64 || p.Constraints == 0 || p.Public > MaxStatementScalars || p.Secret > maxScalars ||
		(p.System != vadium.Groth16 && p.System != vadium.PLONK) || (p.Curve != vadium.BN254 && p.Curve != vadium.BLS12381) {
		return ErrProgramMalformed
	}
	if !b.SampleVerified {
		return ErrSampleUnverified
	}
	if err := d.requireFunded(by); err != nil {
		return err
	}
	class := b.Class
	if p.Bound && by != d.market.Operator {
		// In a bound circuit, whether an input satisfies it may depend on who proves: a stranger's could be one that only
		// the stranger's friend can prove. So it takes more than a ceremony to vouch for it.
		class = vadium.KeysRegistrant
	}
	if class < vadium.KeysOperator || class > vadium.KeysRegistrant {
		return fmt.Errorf("nobody vouches for the keys (%v): %w", class, ErrProgramMalformed)
	}
	if class == vadium.KeysRegistrant && by == d.market.Operator {
		class = vadium.KeysOperator
	}
	d.emit(&ProgramListed{Program: p, Class: class, Registrant: by})
	return nil
}

func (d *draft) serveProgram(by vadium.Account, b ServeProgram) error {
	l := d.Listing(b.Program)
	if l == nil {
		return fmt.Errorf("program %v: %w", b.Program, ErrProgramUnknown)
	}
	if d.VaultOf(by) == nil {
		return fmt.Errorf("prover %v (benchmarks of provers without stake would cost nothing to fake): %w", by, ErrNoVault)
	}
	if b.Benchmark < vadium.Millisecond || b.Benchmark > d.params().MaxDuration {
		return fmt.Errorf("%d ms, it lies between 1 and %d: %w", b.Benchmark, d.params().MaxDuration, ErrBenchmark)
	}
	if _, serves := l.server(by); !serves && len(l.Servers) >= maxServers {
		return fmt.Errorf("%d provers: %w", maxServers, ErrTooManyServers)
	}
	d.emit(&ProgramServed{by, b.Program, b.Benchmark})
	return nil
}

func (d *draft) dropProgram(by vadium.Account, program vadium.ProgramID) error {
	l := d.Listing(program)
	if l == nil {
		return fmt.Errorf("program %v: %w", program, ErrProgramUnknown)
	}
	if d.VaultOf(by) == nil { // who never could serve one has nothing to drop, and not even the command is kept
		return fmt.Errorf("prover %v: %w", by, ErrNoVault)
	}
	if _, serves := l.server(by); serves {
		d.emit(&ProgramDropped{by, program})
	}
	return nil
}

// Refusals about asks.
const (
	// ErrAskMalformed: the ask has no price, slots or time, or names a product nobody can ask for.
	ErrAskMalformed = vadium.Kind("ask-malformed")
	// ErrNoAsk: the prover has no ask for the product.
	ErrNoAsk = vadium.Kind("ask-unknown")
	// ErrBookFull: the product has all the asks it can hold.
	ErrBookFull = vadium.Kind("book-full")
)

// maxAsks bounds the asks of one product; clearing looks at each. maxSlots bounds what one prover can promise.
const (
	maxAsks  = 1_024
	maxSlots = 4_096
)

func (d *draft) placeAsk(by vadium.Account, b PlaceAsk) error {
	if d.VaultOf(by) == nil {
		return fmt.Errorf("prover %v: %w", by, ErrNoVault)
	}
	malformed := func(why string) error { return fmt.Errorf("%s: %w", why, ErrAskMalformed) }
	switch {
	case !b.Product.Tier.Known() || b.Product.Size > auction.MaxSize || b.Product.Stake > auction.StakeHigh:
		return malformed("there is no product " + b.Product.String())
	case b.Price.IsZero() || b.Price.BitLen() > maxSupplyBits:
		return malformed("the price is zero or out of range")
	case b.Slots == 0 || b.Slots > maxSlots || b.Capacity < b.Slots || b.Capacity > maxSlots:
		return malformed(fmt.Sprintf("slots are 1 to %d and at most the capacity, which is at most %d", b.Capacity, maxSlots))
	case b.ETA < vadium.Millisecond || b.ETA > d.params().MaxDuration:
		return malformed(fmt.Sprintf("the time to delivery lies between 1 and %d ms", d.params().MaxDuration))
	case !b.StandUntil.After(d.now):
		return malformed("the ask has already lapsed")
	}
	if book := d.Book(b.Product); book != nil {
		if _, stands := book.ask(by); !stands && len(book.Asks) >= maxAsks {
			return fmt.Errorf("%d asks: %w", maxAsks, ErrBookFull)
		}
	}
	ask := b.placed(by, d.market.Seq+1, d.market.Epoch)
	ask.Unopened = d.params().Unopened(b.Product.Tier)
	switch {
	case ask.Unopened && ask.PriceCommitment == (vadium.Digest{}):
		return malformed("no clearing could be proven with the price")
	case ask.Unopened && ask.Salt == (vadium.Salt{}):
		return malformed("draw 32 random bytes for each ask: without, its price, which is never opened, could be found by trying")
	}
	d.emit(&AskPlaced{Ask: ask})
	return nil
}

// placed returns the ask that an account's command puts in force at a position, in an ask epoch.
func (b PlaceAsk) placed(by vadium.Account, position, epoch uint64) Ask {
	ask := Ask{
		Prover: by, Product: b.Product, Price: b.Price, Slots: b.Slots, Capacity: b.Capacity, ETA: b.ETA,
		StandUntil: b.StandUntil, Salt: b.Salt, Position: position, Epoch: epoch,
	}
	if b.Product.Tier.Batch() {
		ask.PriceCommitment = b.PriceCommitment
	}
	ask.Commitment = ask.commit()
	return ask
}

// Commitment returns what an account's ask is committed to when it comes into force at a position, in an ask epoch. Whoever made the
// ask compares it with the market's receipt: from then on the market is held to this ask, also where its price is never opened.
func (b PlaceAsk) Commitment(by vadium.Account, position, epoch uint64) vadium.Digest {
	return b.placed(by, position, epoch).Commitment
}

func (d *draft) withdrawAsk(by vadium.Account, product auction.Product) error {
	book := d.Book(product)
	if book == nil {
		return ErrNoAsk
	}
	if _, stands := book.ask(by); !stands {
		return fmt.Errorf("prover %v, product %v: %w", by, product, ErrNoAsk)
	}
	d.emit(&AskWithdrawn{by, product})
	return nil
}

// lockFor returns what a vault locks for an assignment and the part of the damages it answers for. It depends on the
// reserve, not on the price, so that what a prover must have free is known before the clearing and does not depend on
// anyone's ask. Backups answer for no damages: the primary does.
func lockFor(r *Request, backup bool) (lock, damageCap vadium.Amount) {
	return r.lockAt(r.Reserve, backup)
}

// lockOf is [lockFor] for an assignment that was made.
func lockOf(r *Request, a *Attempt) (lock, damageCap vadium.Amount) {
	return r.lockAt(r.reserveOf(a), a.Behind > 0)
}

func (r *Request) lockAt(reserve vadium.Amount, backup bool) (lock, damageCap vadium.Amount) {
	if !r.Punishable {
		return vadium.Amount{}, vadium.Amount{}
	}
	if !backup {
		damageCap = r.DamageCap
	}
	return r.Alert.Enlarge(vaults.LockFor(damageCap, reserve)), damageCap
}
