package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// arrangedBy returns the request that flags make.
func arrangedBy(t *testing.T, flags string) (b marketplace.SubmitRequest, err error) {
	t.Helper()
	var a arranging
	cmd := new(cobra.Command)
	a.flags(cmd)
	if err := cmd.ParseFlags(strings.Fields(flags)); err != nil {
		t.Fatal(err)
	}
	err = a.arrange(&b, 2*time.Minute)
	return b, err
}

func TestFlagsArrangeARequest(t *testing.T) {
	tokens := vadium.Tokens
	for flags, want := range map[string]marketplace.SubmitRequest{
		"":                {Tier: auction.Immediate, Redundancy: 1},
		"--tier realtime": {Tier: auction.Immediate, Redundancy: 1},
		"--tier standard": {Tier: auction.Standard, Redundancy: 1},
		"--tier bulk --mechanism uniform": {Tier: auction.Bulk, Redundancy: 1, Arrangement: marketplace.Arrangement{
			Mechanism: auction.OnePrice,
		}},
		"--mechanism ramp": {Tier: auction.Immediate, Redundancy: 1, Arrangement: marketplace.Arrangement{
			Mechanism: auction.Climbing, Ramp: marketplace.RampTerms{Rise: 30_000, Lock: 60_000},
		}},
		"--mechanism ramp --ramp-from 2 --ramp-rise 90s": {Tier: auction.Immediate, Redundancy: 1, Arrangement: marketplace.Arrangement{
			Mechanism: auction.Climbing, Ramp: marketplace.RampTerms{Least: tokens(2), Rise: 90_000, Lock: 90_000},
		}},
		"--mechanism ramp --ramp-rise 0s --ramp-lock 1s": {Tier: auction.Immediate, Redundancy: 1, Arrangement: marketplace.Arrangement{
			Mechanism: auction.Climbing, Ramp: marketplace.RampTerms{Lock: 1_000},
		}},
		"--mechanism sealed": {Tier: auction.Immediate, Redundancy: 1, Arrangement: marketplace.Arrangement{
			Mechanism: auction.Revealing, Sealed: marketplace.SealedTerms{Bidding: 10_000, Revealing: 10_000, Bond: tokens(1)},
		}},
		"--mechanism sealed --bidding 1s --revealing 2s --bond 3": {Tier: auction.Immediate, Redundancy: 1, Arrangement: marketplace.Arrangement{
			Mechanism: auction.Revealing, Sealed: marketplace.SealedTerms{Bidding: 1_000, Revealing: 2_000, Bond: tokens(3)},
		}},
		"--copies 3 --hedges 2": {Tier: auction.Immediate, Redundancy: 3, Arrangement: marketplace.Arrangement{Hedges: 2}},
		"--raise 5m=12 --raise 1h30m=20.5": {Tier: auction.Immediate, Redundancy: 1, Arrangement: marketplace.Arrangement{Raises: []marketplace.Raise{
			{After: 300_000, Reserve: tokens(12)}, {After: 5_400_000, Reserve: tokens(41).BpsUp(5_000)},
		}}},
	} {
		if got, err := arrangedBy(t, flags); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q arranges %+v, %v, want %+v", flags, got, err, want)
		}
	}
}

func TestAReservationLastsFromNow(t *testing.T) {
	before := time.Now()
	b, err := arrangedBy(t, "--reserved-for 0x00000000000000000000000000000000000000aa --reserved-until 30s")
	from, to := vadium.Time(before.Add(30*time.Second).UnixMilli()), vadium.Time(time.Now().Add(30*time.Second).UnixMilli())
	if until := b.Arrangement.ReservedUntil; err != nil || b.Arrangement.ReservedFor != (vadium.Account{19: 0xaa}) || until < from || until > to {
		t.Errorf("reserved for %v until %d, %v, want 0xaa and %d to %d", b.Arrangement.ReservedFor, until, err, from, to)
	}
}

func TestFlagsThatArrangeNothingSayWhatToDo(t *testing.T) {
	for _, row := range []struct{ flags, want, hint string }{
		{"--tier soon", `tier "soon" is unknown`, "--tier standard"},
		{"--mechanism lottery", `mechanism "lottery" is unknown`, "--mechanism vickrey, ramp, sealed or uniform"},
		{"--ramp-from 1", "--ramp-from says nothing to a request that is cleared by vickrey", "add --mechanism ramp"},
		{"--mechanism sealed --ramp-lock 1m", "--ramp-lock says nothing to a request that is cleared by sealed", "add --mechanism ramp"},
		{"--mechanism ramp --bond 1", "--bond says nothing to a request that is cleared by ramp", "add --mechanism sealed"},
		{"--mechanism uniform", "an immediate request is in none", "--tier standard, or --tier bulk"},
		{"--reserved-until 30s", "not for whom", "--reserved-for ACCOUNT"},
		{"--reserved-for 0x00000000000000000000000000000000000000aa", "a reservation ends", "--reserved-until 30s"},
		{"--reserved-for 0x00000000000000000000000000000000000000aa --reserved-until -1s", "a reservation ends", "--reserved-until 30s"},
		{"--raise 12", `raise "12" is not AFTER=TOKENS`, "--raise 5m=12"},
		{"--raise soon=12", `raise "soon=12"`, "--raise 5m=12"},
		{"--raise -5m=12", "it does not wait", "--raise 5m=12"},
		{"--raise 5m=dear", `raise "5m=dear"`, "--raise 5m=12"},
	} {
		_, err := arrangedBy(t, row.flags)
		if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(hintOf(err), row.hint) {
			t.Errorf("%q: %v (hint: %s), want %q (%q)", row.flags, err, hintOf(err), row.want, row.hint)
		}
	}
	for _, flags := range []string{"--mechanism ramp --ramp-from dear", "--mechanism sealed --bond dear", "--reserved-for me --reserved-until 1s"} {
		if _, err := arrangedBy(t, flags); err == nil {
			t.Errorf("%q is taken", flags)
		}
	}
}

func TestWhatARequestArrangesIsShown(t *testing.T) {
	const submitted = vadium.Time(1_700_000_000_000)
	for _, row := range []struct {
		request       marketplace.Request
		brief, facts  string // parts of what is shown
		waits, unsaid string
	}{
		{marketplace.Request{Phase: marketplace.PhaseOpen}, "", "", "", "cleared"},
		{marketplace.Request{Phase: marketplace.PhaseOpen, Tick: submitted, Waited: submitted - 1}, "tick ", "cleared at ", "it is cleared at ", "mechanism"},
		{marketplace.Request{Phase: marketplace.PhaseSettled, Tick: submitted, Waited: submitted - 1}, "", "waited since ", "", "cleared at"},
		{marketplace.Request{Copy: 2, Lead: vadium.RequestID{0xab}}, "copy 2 of ab000000", "this is copy 2; the first is 0xab", "", ""},
		{marketplace.Request{Quote: &marketplace.Quote{At: submitted}}, "", "quote the reserve was quoted at ", "", ""},
		{marketplace.Request{Arranged: &marketplace.Arrangement{Mechanism: auction.OnePrice}}, "uniform", "one price for the batch, if 20 provers", "", ""},
		{
			marketplace.Request{Phase: marketplace.PhaseOpen, Submitted: submitted, Reserve: vadium.Tokens(11), Arranged: &marketplace.Arrangement{
				Mechanism: auction.Climbing, Ramp: marketplace.RampTerms{Least: vadium.Tokens(1), Rise: 10_000, Lock: 10_000},
			}},
			"ramp", "; now 6", "somebody has to take it: from 1 to 11 at ", "",
		},
		{
			marketplace.Request{Phase: marketplace.PhaseAssigned, Submitted: submitted, Reserve: vadium.Tokens(11), Arranged: &marketplace.Arrangement{
				Mechanism: auction.Climbing, Ramp: marketplace.RampTerms{Rise: 10_000, Lock: 10_000},
			}},
			"ramp", "ramp: from 0 to 11 at ", "", "now",
		},
		{
			marketplace.Request{Phase: marketplace.PhaseOpen, Submitted: submitted, Arranged: &marketplace.Arrangement{
				Mechanism: auction.Revealing, Sealed: marketplace.SealedTerms{Bidding: 1_000, Revealing: 2_000, Bond: vadium.Tokens(3)},
			}},
			"sealed", ", bond 3", "bids are taken until ", "",
		},
		{marketplace.Request{Arranged: &marketplace.Arrangement{Hedges: 2}}, "hedges 2", "2, which begin with the prover, at the requester's expense", "", ""},
		{marketplace.Request{Arranged: &marketplace.Arrangement{ReservedFor: vadium.Account{0xaa}, ReservedUntil: submitted}}, "reserved", "for 0xaa", "", ""},
		{marketplace.Request{OpenToAll: true, Arranged: &marketplace.Arrangement{ReservedFor: vadium.Account{0xaa}, ReservedUntil: submitted}}, "", ", in vain: any prover may take it", "", ""},
		{
			marketplace.Request{Raised: 1, Arranged: &marketplace.Arrangement{Raises: []marketplace.Raise{{After: 1, Reserve: vadium.Tokens(2)}, {After: 2, Reserve: vadium.Tokens(3)}}}},
			"raised 1 of 2", "(taken) raise to 3 at ", "", "",
		},
	} {
		facts := strings.Join(arrangedFacts(&row.request, submitted+5_000), " ")
		if !strings.Contains(facts, row.facts) || row.unsaid != "" && strings.Contains(facts, row.unsaid) {
			t.Errorf("%+v is shown as %q, want %q in it and no %q", row.request, facts, row.facts, row.unsaid)
		}
		if got := arrangedBriefly(&row.request); !strings.HasPrefix(got, row.brief) || (got == "") != (row.brief == "") {
			t.Errorf("%+v is listed as %q, want %q", row.request, got, row.brief)
		}
		if row.request.Phase == marketplace.PhaseOpen {
			if got := arrangedWait(&row.request); !strings.HasPrefix(got, row.waits) || (got == "") != (row.waits == "") {
				t.Errorf("%+v waits for %q, want %q", row.request, got, row.waits)
			}
		}
	}
}
