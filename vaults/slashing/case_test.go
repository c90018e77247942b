package slashing_test

import (
	"encoding/json"
	"errors"
	"testing"

	"vadium"
	"vadium/vaults/slashing"
)

var terms = slashing.Terms{Lock: vadium.Tokens(1_000), DamageCap: vadium.Tokens(400), Fee: vadium.Tokens(500)}

func assess(t *testing.T, c slashing.Case) slashing.Penalty {
	t.Helper()
	p, err := slashing.Assess(c)
	if err != nil {
		t.Fatalf("Assess(%v): %v", c.Offence, err)
	}
	return p
}

func TestAssessTakesSeverityClassAndDamagesFromTheCatalogue(t *testing.T) {
	stake := slashing.Stake{Junior: vadium.Tokens(500), Senior: vadium.Tokens(4_500)}
	for _, c := range []struct {
		name              string
		in                slashing.Case
		severity          slashing.Severity
		damages, punitive uint64
	}{
		{"a punctual delivery costs nothing", slashing.Case{Offence: slashing.Late}, 0, 0, 0},
		{"half the grace late", slashing.Case{Offence: slashing.Late, Lateness: 5_000}, 10, 115, 5},
		{"no-show", slashing.Case{Offence: slashing.NoShow}, 40, 400, 50},
		{"no-show whose backup was punctual", slashing.Case{Offence: slashing.NoShow, Replaced: true}, 40, 0, 50},
		{"invalid proof", slashing.Case{Offence: slashing.InvalidProof}, 30, 0, 20},
		{"resigned", slashing.Case{Offence: slashing.Resigned}, 30, 400, 50},
		{"resigned and replaced", slashing.Case{Offence: slashing.Resigned, Replaced: true}, 30, 0, 50},
		{"false claim", slashing.Case{Offence: slashing.FalseClaim}, 40, 0, 30},
		{"low vote rate", slashing.Case{Offence: slashing.LowVoteRate, Severity: 40}, 40, 0, 30},
		{"bid equivocation", slashing.Case{Offence: slashing.BidEquivocation}, 90, 0, 1_000},
		{"report equivocation", slashing.Case{Offence: slashing.ReportEquivocation}, 90, 0, 1_000},
		{"oracle deviation", slashing.Case{Offence: slashing.OracleDeviation, Severity: 35}, 35, 0, 125},
		{"stale oracle", slashing.Case{Offence: slashing.StaleOracle}, 10, 0, 25},
		{"false statement", slashing.Case{Offence: slashing.FalseStatement}, 100, 0, 5_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.in.Context, c.in.Terms, c.in.Stake = slashing.Neutral(), terms, stake
			got := assess(t, c.in)
			if got.Severity != c.severity || got.Damages != vadium.Tokens(c.damages) || got.Punitive != vadium.Tokens(c.punitive) {
				t.Errorf("Assess = severity %d, damages %s, punitive %s, want %d, %d, %d",
					got.Severity, got.Damages.Tokens(), got.Punitive.Tokens(), c.severity, c.damages, c.punitive)
			}
		})
	}
}

func TestAnIncidentExcusesLivenessButNotMalice(t *testing.T) {
	context := slashing.Neutral()
	context.Systemic = true
	for _, e := range slashing.Catalogue() {
		c := slashing.Case{Offence: e.Offence, Severity: e.Least, Lateness: 5_000, Context: context, Terms: terms,
			Stake: slashing.Stake{Junior: vadium.Tokens(1)}}
		p := assess(t, c)
		if excused := p.Total().IsZero(); excused != (e.Class == slashing.Liveness) {
			t.Errorf("%v during an incident costs %s tokens, and is %v", e.Offence, p.Total().Tokens(), e.Class)
		}
	}
}

func TestSeveritiesOutsideTheCatalogueAreRefused(t *testing.T) {
	for _, c := range []struct {
		offence  slashing.Offence
		severity slashing.Severity
		want     error
	}{
		{0, 10, slashing.ErrOffence},
		{slashing.ReportEquivocation + 1, 10, slashing.ErrOffence},
		{slashing.LowVoteRate, 0, slashing.ErrSeverity},
		{slashing.LowVoteRate, 9, slashing.ErrSeverity},
		{slashing.LowVoteRate, 10, nil},
		{slashing.LowVoteRate, 40, nil},
		{slashing.LowVoteRate, 41, slashing.ErrSeverity},
		{slashing.NoShow, 39, slashing.ErrSeverity},
		{slashing.NoShow, 41, slashing.ErrSeverity},
	} {
		_, err := slashing.Assess(slashing.Case{Offence: c.offence, Severity: c.severity, Context: slashing.Neutral(), Terms: terms})
		if !errors.Is(err, c.want) {
			t.Errorf("%v at severity %d: %v, want %v", c.offence, c.severity, err, c.want)
		}
	}
}

func TestTheCatalogueIsSound(t *testing.T) {
	names := map[string]bool{}
	for i, e := range slashing.Catalogue() {
		if int(e.Offence) != i+1 || e.Name == "" || names[e.Name] || e.Least == 0 || e.Most < e.Least || e.Most > slashing.Total || e.Points == 0 {
			t.Errorf("entry %d is %+v", i+1, e)
		}
		names[e.Name] = true
		if e.Most >= slashing.Tombstone && !e.Vault {
			t.Errorf("%v is cheating, and would cost no more than the lock of a request", e.Offence)
		}
		if (e.Least >= slashing.Tombstone) != (e.Points == 20_000) {
			t.Errorf("%v of severity %d leaves %v", e.Offence, e.Least, e.Points)
		}
		text, err := json.Marshal(e.Offence)
		if err != nil {
			t.Fatal(err)
		}
		var back slashing.Offence
		if err := json.Unmarshal(text, &back); err != nil || back != e.Offence {
			t.Errorf("%s reads back as %v, %v", text, back, err)
		}
	}
	if _, err := slashing.Offence(99).MarshalText(); !errors.Is(err, slashing.ErrOffence) {
		t.Errorf("MarshalText of offence 99: %v, want %v", err, slashing.ErrOffence)
	}
}

func TestLatenessIsCountedFromTheFirstMillisecondAfterTheDeadline(t *testing.T) {
	const deadline, grace = vadium.Time(1_000_000), vadium.Duration(60_000)
	for _, c := range []struct {
		after vadium.Duration
		want  vadium.Bps
	}{{-1_000, 0}, {0, 0}, {1, 1}, {6, 1}, {7, 2}, {30_000, 5_000}, {59_994, 9_999}, {59_995, 10_000}, {60_000, 10_000}, {90_000, 10_000}} {
		if got := slashing.Lateness(deadline, deadline.Add(c.after), grace); got != c.want {
			t.Errorf("Lateness %d ms after the deadline = %d, want %d", c.after, got, c.want)
		}
	}
	if got := slashing.Lateness(deadline, deadline+1, 0); got != vadium.BpsOne {
		t.Errorf("Lateness without grace = %d, want all", got)
	}
}

func TestAPunctualDeliveryPaysAllAndOwesNothing(t *testing.T) {
	if fee, damages, s := slashing.LateFeeBps(0), slashing.LateDamagesBps(0), slashing.LateSeverity(0); fee != 10_000 || damages != 0 || s != 0 {
		t.Errorf("at lateness 0: fee %d, damages %d, severity %d, want 10000, 0, 0", fee, damages, s)
	}
}

func TestDeviationSeverityRunsFromTwentyToSixty(t *testing.T) {
	for _, c := range []struct {
		off  vadium.Bps
		want slashing.Severity
	}{{0, 20}, {250, 20}, {251, 21}, {306, 21}, {307, 22}, {1_375, 40}, {2_499, 60}, {2_500, 60}, {9_000, 60}} {
		if got := slashing.DeviationSeverity(c.off); got != c.want {
			t.Errorf("DeviationSeverity(%d) = %d, want %d", c.off, got, c.want)
		}
	}
}

func TestASpanLastsADayAndKeepsTheHistoryOfItsStart(t *testing.T) {
	start := vadium.Time(vadium.Day)
	span := slashing.Span{}.At(start, 5_000)
	_, span = span.Charge(vadium.NewAmount(7))
	if got := span.At(start.Add(slashing.SpanLength)-1, 9_000); got != span {
		t.Errorf("the last moment of a span is in %+v, want %+v", got, span)
	}
	want := slashing.Span{Start: start.Add(slashing.SpanLength), History: 9_000}
	if got := span.At(start.Add(slashing.SpanLength), 9_000); got != want {
		t.Errorf("the first moment after a span is in %+v, want %+v", got, want)
	}
}

func TestDelegatorsLoseAtMostHalfBelowSeverityOneHundred(t *testing.T) {
	stake := slashing.Stake{Junior: vadium.NewAmount(10), Senior: vadium.NewAmount(101)}
	in := slashing.Neutral()
	in.Class, in.Impact, in.History = slashing.Malice, 10_000, 20_000
	for _, c := range []struct {
		severity slashing.Severity
		want     uint64
	}{{99, 60}, {100, 111}} {
		in.Severity = c.severity
		p, err := slashing.VaultPenalty(in, stake)
		if err != nil || p.Punitive != vadium.NewAmount(c.want) {
			t.Errorf("VaultPenalty at severity %d = %v, %v, want %d", c.severity, p.Punitive, err, c.want)
		}
	}
}

func TestOnlyLivenessHasAFreeZoneOfCorrelation(t *testing.T) {
	for _, c := range []struct {
		class slashing.Class
		usual vadium.Bps
		want  vadium.Bps
	}{{slashing.Malice, 5_000, 0}, {slashing.Liveness, 0, 1_000}, {slashing.Liveness, 1_000, 1_000}, {slashing.Liveness, 1_001, 1_001}} {
		if got := slashing.BaselineFor(c.class, c.usual); got != c.want {
			t.Errorf("BaselineFor(%v, %d) = %d, want %d", c.class, c.usual, got, c.want)
		}
	}
}
