package slashing_test

import (
	"bytes"
	"math/big"
	"testing"

	"vadium"
	"vadium/vaults/slashing"
)

// What other systems publish, beside what a penalty here is: the same where it is the same rule, and without the weakness where
// it is not.

// number is an amount that the vectors write as a number while it is small, and as a string beyond 2^53.
type number struct{ vadium.Amount }

func (n *number) UnmarshalJSON(raw []byte) error { return n.UnmarshalText(bytes.Trim(raw, `"`)) }

// multiplier returns what correlation multiplies a penalty by, in bps, as Fraction has it: severity 40 has a base of 30,000 ppm,
// so that three ppm are one bps of the multiplier, and nothing is rounded or capped.
func multiplier(t *testing.T, class slashing.Class, correlation vadium.Bps) uint64 {
	t.Helper()
	in := slashing.Neutral()
	in.Severity, in.Class = 40, class
	in.Correlation, in.Baseline = correlation, slashing.BaselineFor(class, 0)
	f := fraction(t, in)
	if f%3 != 0 {
		t.Fatalf("Fraction(%+v) = %d, want a multiple of 3", in, f)
	}
	return uint64(f) / 3
}

// Polkadot's min(3(k-(n/10+1))/n, 1): a tenth of all may fail together without a penalty, and beyond it each adds three times its
// share. Ours multiplies by one in the same zone and has the same slope behind it, one n-th earlier; it ends at three, not at one.
func TestCorrelationHasPolkadotsFreeZoneAndSlope(t *testing.T) {
	for _, name := range []string{"polkadot_unresponsiveness", "polkadot_unresponsiveness_derived"} {
		var cases []struct {
			N, K     int64
			Expected int64 `json:"expected_ppb"`
		}
		groupIn(t, "testdata/others.json", name, &cases)
		for i, c := range cases {
			share := big.NewRat(3*max(0, c.K-(c.N/10+1)), c.N)
			if one := big.NewRat(1, 1); share.Cmp(one) > 0 {
				share = one
			}
			ppb := new(big.Rat).Mul(share, big.NewRat(70_000_000, 1))
			if want := big.NewRat(c.Expected, 1); ppb.Cmp(want) != 0 {
				t.Errorf("%s, case %d: Polkadot slashes %s, want %s", name, i, ppb.RatString(), want.RatString())
			}
			bps := vadium.Bps(c.K * 10_000 / c.N) // divides evenly in every case
			excess := new(big.Rat).SetFrac(big64(multiplier(t, slashing.Liveness, bps)-10_000), big64(10_000))
			switch {
			case c.K*10 <= c.N:
				if excess.Sign() != 0 || share.Sign() != 0 {
					t.Errorf("%s, case %d: %d of %d multiply by 1 + %s", name, i, c.K, c.N, excess.RatString())
				}
			case share.Cmp(big.NewRat(1, 1)) < 0:
				if theirs := new(big.Rat).Add(share, big.NewRat(3, c.N)); excess.Cmp(theirs) != 0 {
					t.Errorf("%s, case %d: %d of %d multiply by 1 + %s, want 1 + %s", name, i, c.K, c.N, excess.RatString(), theirs.RatString())
				}
			default:
				if excess.Cmp(share) < 0 {
					t.Errorf("%s, case %d: %d of %d multiply by 1 + %s, want 2 at least", name, i, c.K, c.N, excess.RatString())
				}
			}
		}
	}
}

// Polkadot's min((3k/n)^2, 1) lets a lone equivocator pay nearly nothing. Ours pays a fifth of the vault alone, and more with each
// other who does the same.
func TestALoneEquivocatorPaysAFifth(t *testing.T) {
	var cases []struct {
		N, K     int64
		Expected int64 `json:"expected_ppb"`
	}
	groupIn(t, "testdata/others.json", "polkadot_equivocation", &cases)
	stake := slashing.Stake{Junior: vadium.Tokens(500), Senior: vadium.Tokens(4_500)}
	for i, c := range cases {
		theirs := big.NewRat(3*c.K, c.N)
		theirs.Mul(theirs, theirs)
		if one := big.NewRat(1, 1); theirs.Cmp(one) > 0 {
			theirs = one
		}
		if ppb := new(big.Rat).Mul(theirs, big.NewRat(1_000_000_000, 1)); ppb.Cmp(big.NewRat(c.Expected, 1)) != 0 {
			t.Errorf("case %d: Polkadot slashes %s, want %d", i, ppb.RatString(), c.Expected)
		}
		context := slashing.Neutral()
		context.Correlation = vadium.Bps((c.K*10_000 + c.N - 1) / c.N)
		p := assess(t, slashing.Case{Offence: slashing.BidEquivocation, Context: context, Stake: stake})
		want := min(200_000*(10_000+3*uint64(context.Correlation))/10_000, 600_000)
		if uint64(p.Fraction) != want {
			t.Errorf("case %d: %d of %d cost %d ppm each, want %d", i, c.K, c.N, p.Fraction, want)
		}
		if ours := big.NewRat(int64(p.Fraction), 1_000_000); theirs.Cmp(big.NewRat(1, 5)) < 0 && ours.Cmp(theirs) < 0 {
			t.Errorf("case %d: ours is %s, theirs %s", i, ours.FloatString(6), theirs.FloatString(6))
		}
	}
}

// Ethereum's correlation penalty: the part of all stake that was slashed, times three since Bellatrix, of an effective balance. Until
// Electra it divided before it multiplied, and 1 % slashed together cost nothing. Our multiplier for malice is one more than
// Electra's part, up to the full balance, and has nothing to truncate.
func TestCorrelationIsElectrasAndNotBellatrixs(t *testing.T) {
	var cases []struct {
		Case      string
		Total     number  `json:"total_gwei"`
		Slashed   number  `json:"slashed_sum_gwei"`
		Balance   number  `json:"eb_gwei"`
		Phase0    *number `json:"phase0_x1"`
		Altair    *number `json:"altair_x2"`
		Bellatrix *number `json:"bellatrix_x3"`
		Electra   *number `json:"electra_x3"`
	}
	groupIn(t, "testdata/others.json", "ethereum_correlation_penalty", &cases)
	const increment = 1_000_000_000
	for _, c := range cases {
		total, slashed, balance := bigOf(c.Total.Amount), bigOf(c.Slashed.Amount), bigOf(c.Balance.Amount)
		adjusted := func(times uint64) *big.Int { return least(new(big.Int).Mul(slashed, big64(times)), total) }
		truncated := func(times uint64) *big.Int {
			increments := new(big.Int).Div(balance, big64(increment))
			return new(big.Int).Mul(new(big.Int).Div(increments.Mul(increments, adjusted(times)), total), big64(increment))
		}
		electra := new(big.Int).Div(adjusted(3), new(big.Int).Div(total, big64(increment)))
		electra.Mul(electra, new(big.Int).Div(balance, big64(increment)))
		for _, fork := range []struct {
			name string
			want *number
			got  *big.Int
		}{{"phase 0", c.Phase0, truncated(1)}, {"Altair", c.Altair, truncated(2)}, {"Bellatrix", c.Bellatrix, truncated(3)}, {"Electra", c.Electra, electra}} {
			if fork.want != nil && fork.got.Cmp(bigOf(fork.want.Amount)) != 0 {
				t.Errorf("%s: %s takes %v, want %v", c.Case, fork.name, fork.got, *fork.want)
			}
		}
		// Ours, at the share of stake in bps, rounded up; where that is exact, the parts are the same.
		bps := up(slashed, big64(10_000), total)
		ours := new(big.Rat).SetFrac(big64(multiplier(t, slashing.Malice, vadium.Bps(bps.Uint64()))-10_000), big64(10_000))
		theirs := new(big.Rat).SetFrac(electra, balance)
		exact := new(big.Int).Mod(new(big.Int).Mul(slashed, big64(10_000)), total).Sign() == 0
		if ours.Cmp(theirs) < 0 || exact && ours.Cmp(theirs) != 0 || ours.Sign() == 0 {
			t.Errorf("%s: correlation adds %s here and %s in Electra", c.Case, ours.FloatString(6), theirs.FloatString(6))
		}
	}
}

// Ethereum's initial penalty and what its whistleblower gets. In Electra it is all of the penalty, so that who
// reports itself loses nothing at once; here it is a tenth at most, and of what the offender itself paid.
func TestNobodyGetsItsPenaltyBackByReportingItself(t *testing.T) {
	var cases []struct {
		Fork          string
		Penalty       number
		Whistleblower number
	}
	groupIn(t, "testdata/others.json", "ethereum_initial_penalty", &cases)
	balance := big64(32_000_000_000)
	for _, c := range cases {
		quotient := map[string]uint64{"phase0": 128, "altair": 64, "bellatrix": 32, "electra": 4_096}[c.Fork]
		finder := map[string]uint64{"phase0": 512, "altair": 512, "bellatrix": 512, "electra": 4_096}[c.Fork]
		penalty, reward := new(big.Int).Div(balance, big64(quotient)), new(big.Int).Div(balance, big64(finder))
		if penalty.Cmp(bigOf(c.Penalty.Amount)) != 0 || reward.Cmp(bigOf(c.Whistleblower.Amount)) != 0 {
			t.Errorf("%s: penalty %v, whistleblower %v, want %v, %v", c.Fork, penalty, reward, c.Penalty, c.Whistleblower)
		}
		for severity := range slashing.Total + 1 {
			d := slashing.Divide(slashing.Taken{PunitiveJunior: c.Penalty.Amount, Severity: severity, Reported: true})
			if c.Penalty.BpsDown(1_000).Less(d.Reporter) {
				t.Errorf("%s, severity %d: of %v the reporter gets %v", c.Fork, severity, c.Penalty, d.Reporter)
			}
			if c.Fork == "electra" && (c.Penalty != c.Whistleblower || d.Burn.MustAdd(d.Insurance).Less(c.Penalty.BpsDown(9_000))) {
				t.Errorf("severity %d: who reports itself loses %v of %v", severity, d.Burn.MustAdd(d.Insurance), c.Penalty)
			}
		}
	}
}

// Cosmos jails at one block too many and does nothing before; equivocation costs 5 % and is for ever. Ours grows with every block that
// is missed below 90 %, without a step, and equivocation costs a fifth at least, also for ever.
func TestUptimeHasNoCliffAndEquivocationIsForEver(t *testing.T) {
	var cases []struct {
		Window    uint64
		MinSigned vadium.Bps `json:"min_signed_bps"`
		Missed    uint64
		Jail      bool
	}
	groupIn(t, "testdata/others.json", "cosmos_liveness", &cases)
	for i, c := range cases {
		minimum := vadium.NewAmount(c.Window).BpsUp(c.MinSigned)
		if jail := vadium.NewAmount(c.Window).MustSub(minimum).Less(vadium.NewAmount(c.Missed)); jail != c.Jail {
			t.Errorf("case %d: %d of %d missed, jailed %v, want %v", i, c.Missed, c.Window, jail, c.Jail)
		}
		at := func(missed uint64) uint64 {
			in := slashing.Neutral()
			in.Severity, in.Class = 40, slashing.Liveness
			in.Uptime = vadium.Bps((c.Window - missed) * 10_000 / c.Window)
			return uint64(fraction(t, in))
		}
		// A block more costs its part of the way from 90 % to none, on which the penalty grows by half: of 30,000 ppm, 15,000 over
		// nine tenths of the window, rounded up, twice.
		one := (15_000*10/(9*c.Window) + 1) + 6
		if before, now, after := at(c.Missed-1), at(c.Missed), at(c.Missed+1); now < before || after < now || now-before > one || after-now > one {
			t.Errorf("case %d: %d to %d missed of %d cost %d, %d and %d ppm, in steps above %d", i, c.Missed-1, c.Missed+1, c.Window, before, now, after, one)
		}
		if at(c.Missed) <= at(c.Window/10) || at(c.Window/10) != 30_000 {
			t.Errorf("case %d: %d of %d missed cost %d ppm, a tenth %d", i, c.Missed, c.Window, at(c.Missed), at(c.Window/10))
		}
	}
	entry, _ := slashing.BidEquivocation.Entry()
	if floor, _ := slashing.Limits(entry.Least); entry.Least < slashing.Tombstone || floor < 50_000 {
		t.Errorf("equivocation has severity %d and costs %d ppm at least, want the tombstone and Cosmos' 50,000", entry.Least, floor)
	}
}

// EigenLayer rounds a slashed magnitude up and so do we. It rounds what remains of shares up, for the staker; we round what is taken
// up, against it: the same where it divides, and a unit more otherwise.
func TestPenaltiesRoundUpAsEigenLayersMagnitudesDo(t *testing.T) {
	var cases []struct {
		Shares, Prev, New, Magnitude, Wad vadium.Amount
		Op                                string
		Expected                          vadium.Amount
	}
	groupIn(t, "testdata/others.json", "eigenlayer_slash_shares", &cases)
	wad := vadium.Tokens(1) // 10^18
	for i, c := range cases {
		if c.Op != "" {
			if got, ok := c.Magnitude.MulDivUp(c.Wad, wad); !ok || got != c.Expected {
				t.Errorf("case %d: mulWadRoundUp = %v, want %v", i, got, c.Expected)
			}
			// A fraction of a millionth at least, as ours are: it is never less than theirs, nor nothing.
			ppm, _ := c.Wad.MulDivUp(vadium.NewAmount(uint64(vadium.PpmOne)), wad)
			got := c.Magnitude.PpmUp(vadium.Ppm(ppm.Uint256().Uint64()))
			if got.Less(c.Expected) || got.IsZero() {
				t.Errorf("case %d: %v ppm of %v are %v, want %v at least", i, ppm, c.Magnitude, got, c.Expected)
			}
			continue
		}
		kept, ok := c.Shares.MulDivUp(c.New, c.Prev)
		if theirs := c.Shares.MustSub(kept); !ok || theirs != c.Expected {
			t.Errorf("case %d: EigenLayer slashes %v of %v, want %v", i, theirs, c.Shares, c.Expected)
		}
		ours, _ := c.Shares.MulDivUp(c.Prev.MustSub(c.New), c.Prev)
		exact, _ := c.Shares.MulDivDown(c.Prev.MustSub(c.New), c.Prev)
		want := c.Expected
		if ours != exact { // it does not divide
			want = want.MustAdd(vadium.NewAmount(1))
		}
		if ours != want {
			t.Errorf("case %d: ours takes %v, want %v", i, ours, want)
		}
		// And as a penalty: the same fraction of a lock, where it is one of ours.
		if ppm, _ := c.Prev.MustSub(c.New).MulDivUp(vadium.NewAmount(1_000_000), c.Prev); ppm == vadium.NewAmount(100_000) {
			in := slashing.Neutral()
			in.Severity, in.Class = 70, slashing.Malice
			p, err := slashing.RequestPenalty(in, slashing.Terms{Lock: c.Shares}, 0, false)
			if err != nil || p.Fraction != 100_000 || p.Punitive != c.Expected {
				t.Errorf("case %d: severity 70 takes %+v, %v of %v, want %v", i, p, err, c.Shares, c.Expected)
			}
		}
	}
}

// What ZERA published, as it is written (economics.md §1.5: 10 to 15), and what is not done here: no severity costs nothing, a whole
// vault can be lost, and a repeat does not cost a minor fault eleven times as much. The cases of stake belong to vaults/risk.
func TestZerasSlashesAreNotOurs(t *testing.T) {
	var cases []struct {
		Severity *uint64
		History  uint64
		Uptime   uint64
		Percent  uint64 `json:"slash_percent"`
	}
	groupIn(t, "testdata/others.json", "zera_pseudocode_as_written", &cases)
	slashes := 0
	for i, c := range cases {
		if c.Severity == nil {
			continue
		}
		slashes++
		if got := zeraSlash(*c.Severity, c.History, c.Uptime); got != c.Percent {
			t.Errorf("case %d: as written it slashes %d %%, want %d", i, got, c.Percent)
		}
		in := slashing.Neutral()
		in.Severity, in.Class = slashing.Severity(*c.Severity), slashing.Malice
		in.History, in.Uptime = slashing.MilliPoints(1_000*c.History), vadium.Bps(100*c.Uptime)
		want := map[uint64]vadium.Ppm{0: 0, 100: vadium.PpmOne}[*c.Severity]
		if got := fraction(t, in); got != want {
			t.Errorf("case %d: ours is %d ppm, want %d", i, got, want)
		}
	}
	if slashes != 2 {
		t.Errorf("%d cases are about slashes, want 2", slashes)
	}
	in := slashing.Neutral()
	in.Severity, in.Class = 20, slashing.Liveness
	clean := fraction(t, in)
	in.History = 5_000
	if repeated := fraction(t, in); repeated != clean*3/2 || zeraSlash(0, 5, 100) != 11*zeraSlash(0, 0, 100) {
		t.Errorf("five points make %d of %d ppm; ZERA's %d %% of %d %%", repeated, clean, zeraSlash(0, 5, 100), zeraSlash(0, 0, 100))
	}
}

// zeraSlash is the published match, in whole percent.
func zeraSlash(severity, history, uptime uint64) uint64 {
	percent := uint64(0)
	switch {
	case severity <= 20:
		percent = 1
	case severity <= 60:
		percent = 5
	case severity <= 100:
		percent = 20
	}
	if percent += 2 * min(history, 5); uptime < 80 {
		percent += 5
	}
	return min(percent, 100)
}
