package marketplacetest

import (
	"fmt"
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/vaults/risk"
)

// Simulated markets in which some provers stake other assets, at prices that walk, crash, and are missing for a while.

// simulatedPrice is the price of one asset in a simulation.
type simulatedPrice struct {
	asset  risk.Asset
	micro  uint64 // millionths of the numeraire, in the world outside
	silent vadium.Time
}

// simulatedAssets are those that provers of a simulation may stake: the market's own comes first.
var simulatedAssets = []string{"own", "gold", "silver"}

// NewStakingSimulation returns a simulation whose provers stake in turn the market's own asset, gold and silver.
func NewStakingSimulation(t testing.TB, seed uint64, cast ...Habit) *Simulation {
	t.Helper()
	s := newSimulation(t, seed)
	first := []uint64{1_000_000, 2_000_000 + s.Random.Uint64N(20_000_000), 50_000 + s.Random.Uint64N(1_000_000)}
	prices := make([]*simulatedPrice, len(simulatedAssets))
	var registry risk.Registry
	for i, name := range simulatedAssets {
		prices[i] = &simulatedPrice{asset: s.names.asset(name), micro: first[i]}
		if i > 0 {
			registry = append(registry, risk.Collateral{Asset: prices[i].asset, Haircut: 3_000, Cap: vadium.Tokens(1_000_000), Feed: risk.FeedID{byte(i)}})
		}
	}
	s.Must(s.do("operator", marketplace.SetCollateral{Collateral: registry}))
	for _, p := range prices {
		s.publish(p, true)
	}
	for i, habit := range cast {
		name := fmt.Sprintf("prover%d", i+1)
		if p := prices[i%len(prices)]; p.asset == (risk.Asset{}) {
			s.enlist(name, habit)
		} else {
			s.enlistIn(name, habit, p)
		}
	}
	s.more = []func(){
		func() { s.move(pick(s, prices)) },
		func() { s.move(pick(s, prices)) },
		func() {
			for _, p := range prices {
				s.move(p)
			}
		},
		func() { s.custody(pick(s, prices[1:])) },
	}
	return s
}

// enlistIn is enlist for a prover that stakes another asset: worth some 20 to 400 tokens of the market's own.
func (s *Simulation) enlistIn(name string, habit Habit, p *simulatedPrice) {
	s.provers = append(s.provers, name)
	s.Habits[name] = habit
	s.who[s.names.account(name)] = name
	stake := vadium.Tokens(1 + (20+s.Random.Uint64N(380))*1_000_000/p.micro)
	s.credit(name, p.asset, stake.MustAdd(stake))
	s.Must(s.do(name, marketplace.OpenVault{Junior: stake, Commission: vadium.Bps(s.Random.Uint32N(9_501)), Asset: p.asset}))
	for _, program := range s.programs {
		s.Must(s.do(name, marketplace.ServeProgram{Program: Program(program).ID(), Benchmark: s.within(vadium.Second, 20*vadium.Second)}))
	}
	for _, program := range s.programs {
		for _, tier := range []auction.StakeTier{auction.StakeNone, auction.StakeStandard, auction.StakeHigh} {
			s.placeAsk(name, program, tier)
		}
	}
}

func (s *Simulation) credit(name string, asset risk.Asset, amount vadium.Amount) {
	s.who[s.names.account(name)] = name
	reference := Salt(fmt.Sprint("collateral ", s.commands))
	s.Must(s.do("operator", marketplace.CreditCollateral{Account: Account(name), Asset: asset, Amount: amount, Reference: reference}))
}

// move lets a price move: it walks, now and then it crashes or soars, and now and then nobody hears of it for a while.
func (s *Simulation) move(p *simulatedPrice) {
	if s.Now.Before(p.silent) {
		return
	}
	if s.chance(12) {
		p.silent = s.Now.Add(s.within(0, vadium.Hour))
		return
	}
	percent := 97 + s.Random.Uint64N(7)
	switch {
	case s.chance(25):
		percent = 30 + s.Random.Uint64N(50)
	case s.chance(40):
		percent = 150
	}
	p.micro = min(max(p.micro*percent/100, 100), 1_000_000_000_000)
	s.publish(p, !s.chance(20))
}

// publish publishes a price as it is now, a little old and not quite sure.
func (s *Simulation) publish(p *simulatedPrice, quorum bool) {
	_, _ = s.do("operator", marketplace.PublishPrice{
		Asset: p.asset, Spot: risk.Price(p.micro), Average: risk.Price(p.micro * (98 + s.Random.Uint64N(5)) / 100),
		Confidence: vadium.Ppm(s.Random.Uint32N(5_000)), At: s.Now.Add(-s.within(0, vadium.Minute)), Quorum: quorum,
		Depth: risk.Value(s.Random.Uint64N(1_000_000_000_000)),
	})
}

// custody moves an asset in and out of the market and its vaults, and changes what the market takes.
func (s *Simulation) custody(p *simulatedPrice) {
	name := pick(s, s.provers)
	account := Account(name)
	switch s.Random.IntN(6) {
	case 0:
		if _, err := s.State.Network().Collateral.Find(p.asset); err == nil {
			s.credit(pick(s, s.people), p.asset, s.tokens(0, 20))
		}
	case 1:
		who := pick(s, s.people)
		_, _ = s.do(who, marketplace.WithdrawCollateral{Asset: p.asset, Amount: s.State.BalanceIn(Account(who), p.asset)})
	case 2:
		_, _ = s.do(name, marketplace.DepositJunior{Amount: s.State.BalanceIn(account, s.State.VaultOf(account).Asset).BpsDown(1_000)})
	case 3:
		_, _ = s.do("carol", marketplace.DepositSenior{Vault: s.State.VaultOf(account).ID, Assets: vadium.Tokens(1)})
	case 4: // change a feed or a cap: refused or not, it must do no harm
		registry := append(risk.Registry{}, s.State.Network().Collateral...)
		i := s.Random.IntN(len(registry))
		if s.chance(2) {
			registry[i].Feed[31] ^= 1
		} else {
			registry[i].Cap = s.State.Vaulted(registry[i].Asset).MustAdd(s.tokens(0, 1_000_000))
		}
		_, _ = s.do("operator", marketplace.SetCollateral{Collateral: registry})
	case 5: // strike everything off, which vaults keep from happening
		if _, err := s.do("operator", marketplace.SetCollateral{}); err == nil {
			s.t.Fatal("what vaults stake was struck off")
		}
	}
}

// checkBacked: when a lock across assets is made, the stake covers every lock of the vault with its margin, each worked out by
// itself at the price that counts; the market adds up something else.
func (s *Simulation) checkBacked(e *marketplace.StakeLocked) {
	s.t.Helper()
	if e.Lock.Across == (risk.Exposure{}) {
		return
	}
	v := s.State.Vault(e.Vault)
	own, feed := s.State.Feed(risk.Asset{}), s.State.Feed(v.Asset)
	if p := s.State.RiskParams(); !own.Gauge.Fresh(s.State.Now(), p) || !feed.Gauge.Fresh(s.State.Now(), p) {
		s.t.Fatalf("vault %d locks stake at a price nobody knows", e.Vault)
	}
	var need risk.Cover
	for _, lock := range s.State.LocksOf(e.Vault) {
		caps := lock.Across
		caps.Value = caps.Cap
		for part, x := range map[*vadium.Amount]risk.Exposure{&need.Stake: lock.Across, &need.Junior: caps} {
			amount, err := x.Lock(feed.Gauge.Held)
			if err != nil {
				s.t.Fatal(err)
			}
			*part = part.MustAdd(amount)
		}
	}
	if posted := (risk.Cover{Stake: v.Effective(s.State.Now()), Junior: v.Junior}); !posted.Meets(need) {
		s.t.Fatalf("vault %d has %+v behind locks that need %+v", e.Vault, posted, need)
	}
}

// checkHonestStake: whoever is honest loses no stake, whatever its price did.
func (s *Simulation) checkHonestStake() {
	s.t.Helper()
	for id, r := range s.State.Requests() {
		for i, a := range r.Attempts {
			if s.Habits[s.who[a.Prover]] == Honest && !a.Slashed.IsZero() {
				s.t.Errorf("%s was honest and lost %s tokens for %s/%d", s.who[a.Prover], a.Slashed.Tokens(), s.names.of(id), i)
			}
		}
	}
}

// CountAcross returns how many assignments were backed by stake in another asset, and how many of those were punished.
func (s *Simulation) CountAcross() (assigned, punished int) {
	for _, r := range s.State.Requests() {
		for _, a := range r.Attempts {
			if s.State.Vault(a.Vault).Asset != (risk.Asset{}) {
				assigned++
				if !a.Slashed.IsZero() {
					punished++
				}
			}
		}
	}
	return assigned, punished
}
