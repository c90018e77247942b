package marketplace

import (
	"encoding/binary"
	"fmt"
	"slices"

	"vadium"
	"vadium/oracle"
	"vadium/vaults/slashing"
)

// Offences of reporters of prices. What is reported of them is a finding (package oracle), judged here by the rounds that the
// market knows: the shell's word is that the signatures in it are right, and nothing more.

// ErrOffenceExcused: what is reported was not in time, and an incident excuses that.
const ErrOffenceExcused = vadium.Kind("offence-excused")

// reportable reports whether somebody else than the market brings an offence.
func reportable(o slashing.Offence) bool { return o == slashing.BidEquivocation || ofReporter(o) }

// ofReporter reports whether an offence is one of reporters of prices.
func ofReporter(o slashing.Offence) bool {
	return o == slashing.OracleDeviation || o == slashing.StaleOracle || o == slashing.ReportEquivocation
}

// vetoTime is how long a case may be vetoed.
func (d *draft) vetoTime(o slashing.Offence) vadium.Duration {
	if ofReporter(o) {
		return d.params().oracleVeto()
	}
	return VetoTime
}

// accuse returns what a case of the evidence is about: offence, severity and subject, and of a reporter its key and rounds.
func (d *draft) accuse(b RevealEvidence) (Case, error) {
	entry, _ := b.Offence.Entry()
	if !ofReporter(b.Offence) {
		return Case{Offence: b.Offence, Severity: entry.Least, Subject: b.Subject}, nil
	}
	found := &b.Finding
	row := d.ProvenFeed(found.Feed)
	switch of := d.Reporter(found.Key); {
	case row == nil:
		return Case{}, fmt.Errorf("feed %s: %w", oracle.NameOf(found.Feed), ErrFeedUnknown)
	case of == nil || of.Account != b.Offender:
		return Case{}, fmt.Errorf("the key is not %v's: %w", b.Offender, ErrReporterUnknown)
	case len(found.Signed) == 0:
		return Case{}, fmt.Errorf("nothing that the key signed: %w", ErrEvidenceInvalid)
	}
	c := Case{Offence: b.Offence, Severity: entry.Least, Feed: found.Feed, Key: found.Key, First: found.Signed[0].Round, Last: found.Signed[0].Round}
	in, rounds := row.under(found.Signed[len(found.Signed)-1].Round, d.clock())
	scope := d.ScopeOf(found.Feed)
	var err error
	switch b.Offence {
	case slashing.ReportEquivocation:
		err = in.JudgeEquivocation(scope, *found)
	case slashing.StaleOracle:
		if err = in.JudgeStale(scope, rounds, *found); err == nil && d.market.network().excuses(found.Signed[0].At) {
			return Case{}, fmt.Errorf("until %d, the observation is of %d: %w", d.market.network().IncidentUntil, found.Signed[0].At, ErrOffenceExcused)
		}
	default:
		var shown oracle.Deviation
		shown, err = in.JudgeDeviation(scope, rounds, *found)
		c.Severity, c.First, c.Last = slashing.DeviationSeverity(shown.Off), shown.First, shown.Last
	}
	if err != nil {
		return Case{}, fmt.Errorf("%w: %w", ErrEvidenceInvalid, err)
	}
	c.Subject = c.subject()
	return c, nil
}

// under returns the configuration that a round was, or would have been, published under, and those of the rounds kept that were:
// nobody is judged by windows and shares that were not in force when it signed. Of configurations before the former one nothing
// is known any more, and no rounds are theirs.
func (f *ProvenFeed) under(round uint64, now vadium.Time) (in *oracle.Feed, rounds []oracle.Round) {
	since, last := f.FormerLast, f.Last.Report.Round
	switch {
	case f.Former != nil && round <= f.FormerAfter:
		return f.Former, nil
	case f.Former != nil && round <= f.FormerLast:
		in, since, last = f.Former, f.FormerAfter, f.FormerLast
	case round <= last || f.inForce(now) == &f.Feed:
		in = &f.Feed
	default:
		return f.Next, nil
	}
	for _, r := range f.Recent {
		if since < r.Report.Round && r.Report.Round <= last {
			rounds = append(rounds, r)
		}
	}
	return in, rounds
}

// FeedUnder returns the configuration that a round of a feed was, or would be, published under: evidence of it is judged by that.
func (s *State) FeedUnder(f *ProvenFeed, round uint64, now vadium.Time) *oracle.Feed {
	in, _ := f.under(round, s.clockAt(now))
	return in
}

// subject names a reporter's offence, however it is shown: an observation, or the first and last of those that were off.
func (c *Case) subject() vadium.Digest {
	var rounds [16]byte
	binary.BigEndian.PutUint64(rounds[:8], c.First)
	binary.BigEndian.PutUint64(rounds[8:], c.Last)
	return vadium.HashParts("vadium/offence/reporter/v1", []byte{byte(c.Offence)}, c.Feed[:], c.Key[:], rounds[:])
}

// reportedFeed is what a key reported of.
type reportedFeed struct {
	feed oracle.FeedID
	key  oracle.Key
}

// note remembers a case so that its offence is punished once.
func (d *docket) note(s *State, c *Case) {
	if before, known := d.subjects[c.Subject]; !known || s.cases.get(before).Severity < c.Severity {
		d.subjects[c.Subject] = c.ID
	}
	if c.Offence == slashing.OracleDeviation {
		of := reportedFeed{c.Feed, c.Key}
		d.deviations[of] = append(d.deviations[of], c.ID)
	}
}

// known returns the case that an offence was reported in before, as grave as now or graver: whoever shows the mild end of an
// offence shields nothing of the rest, and of the penalties of a day only the largest counts ([slashing.Span]). Two deviations are
// one where their rounds overlap: it lasts for as long as it lasts, and whoever shows it chooses its ends.
func (d *docket) known(s *State, c *Case) (CaseID, bool) {
	if id, known := d.subjects[c.Subject]; known && s.cases.get(id).Severity >= c.Severity {
		return id, true
	}
	if c.Offence != slashing.OracleDeviation {
		return 0, false
	}
	before := d.deviations[reportedFeed{c.Feed, c.Key}]
	i := slices.IndexFunc(before, func(id CaseID) bool {
		other := s.cases.get(id)
		return c.First <= other.Last && other.First <= c.Last && other.Severity >= c.Severity
	})
	if i < 0 {
		return 0, false
	}
	return before[i], true
}
