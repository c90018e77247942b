package slashing

import "vadium"

// Taken is what a slash took from a vault, by who paid and what for.
type Taken struct {
	// Damages were paid by the junior.
	Damages vadium.Amount
	// PunitiveJunior and PunitiveSenior are the punitive part, by tranche.
	PunitiveJunior, PunitiveSenior vadium.Amount
	Severity                       Severity
	// Reported says that a reporter other than the market brought the case. When the market itself noticed, the
	// reporter's share is burnt, so that the operator never gains from a fault.
	Reported bool
	// Rescued says that another prover delivered after the fault.
	Rescued bool
}

// Distribution says who receives what was taken.
type Distribution struct {
	Requester vadium.Amount `json:"requester"`
	Reporter  vadium.Amount `json:"reporter"`
	Rescuer   vadium.Amount `json:"rescuer"`
	Insurance vadium.Amount `json:"insurance"`
	Burn      vadium.Amount `json:"burn"`
}

// Total returns all that is distributed.
func (d Distribution) Total() vadium.Amount {
	return vadium.Sum(d.Requester, d.Reporter, d.Rescuer, d.Insurance, d.Burn)
}

// ReporterBps returns the reporter's part of the punitive money that the junior paid: 2 % and 0.08 % per degree of
// severity, at most 10 %.
func ReporterBps(s Severity) vadium.Bps { return min(MaxReporter, 200+8*vadium.Bps(s)) }

// Divide says who receives what was taken (economics.md §6.1). The requester gets the damages. Of the punitive part
// that the junior paid, the reporter gets its part; of the rest insurance gets 40 % and 60 % are burnt, or, when the
// request was rescued, the rescuer gets 50 %, insurance 15 % and 35 % are burnt. What the senior paid is half insurance,
// half burnt. Every part rounds down and what remains is burnt: nobody gains from a rounding.
func Divide(t Taken) Distribution { return DivideAt(t, ReporterBps(t.Severity)) }

// DivideAt is [Divide] with the reporter's part as a policy judged it, at most [MaxReporter].
func DivideAt(t Taken, reporterBps vadium.Bps) Distribution {
	reporter := t.PunitiveJunior.BpsDown(min(reporterBps, MaxReporter))
	rest := t.PunitiveJunior.MustSub(reporter)
	d := Distribution{Requester: t.Damages, Insurance: t.PunitiveSenior.BpsDown(5_000)}
	if t.Reported {
		d.Reporter = reporter
	}
	if t.Rescued {
		d.Rescuer = rest.BpsDown(5_000)
		d.Insurance = d.Insurance.MustAdd(rest.BpsDown(1_500))
	} else {
		d.Insurance = d.Insurance.MustAdd(rest.BpsDown(4_000))
	}
	d.Burn = vadium.Sum(t.Damages, t.PunitiveJunior, t.PunitiveSenior).MustSub(d.Total())
	return d
}
