package prover

import (
	"context"
	"slices"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/prover/pricing"
)

// rampBar returns when a ramp is taken for which an ask would be this, and why it is not, if it is not.
func (s *pursuit) rampBar(r *marketplace.Request, ask pricing.Ask) (at vadium.Time, bar string) {
	ramp := r.Ramp()
	last := ramp.From.Add(ramp.Lock)
	at, err := ramp.TimeAt(ask.Price)
	switch {
	case s.time().After(last):
		return last, "it cannot be taken any more"
	case err != nil:
		return last, "it never pays what it costs here"
	}
	at = max(at, ramp.From).Add(s.settings().RampPatience).Earliest(last)
	if max(at, s.time()).Add(ask.ETA).After(r.Deadline) {
		return at, "too late to deliver by then"
	}
	return at, ""
}

// mostRefusals is how often the market may refuse somebody a request that stays free before it is left to others.
const mostRefusals = 3

// climb takes a request at the first price that is worth it, and any longer the operator wants to wait: who waits is paid more,
// unless another comes first.
func (s *pursuit) climb(ctx context.Context, r *marketplace.Request) (done bool, err error) {
	if r.Phase != marketplace.PhaseOpen {
		return s.rescue(ctx, r)
	}
	ramp := r.Ramp()
	last := ramp.From.Add(ramp.Lock)
	if s.time().After(last) {
		return true, s.end("it cannot be taken any more")
	}
	j := s.judge(r)
	if j.hopeless {
		return true, s.drop(j)
	}
	s.rate(j.prospect)
	ask, at := j.ask, j.at
	switch {
	case j.barred:
		s.show(j.bar, ask.Price)
		s.await(ctx, last.Add(vadium.Millisecond))
		return false, nil
	case s.time().Before(at):
		s.show("waiting for its price", ask.Price)
		s.await(ctx, at)
		return false, nil
	}
	return s.lock(ctx, ask.Price, j.held)
}

// lock takes a request, if its price is least or more.
func (s *pursuit) lock(ctx context.Context, least vadium.Amount, held promise) (done bool, err error) {
	if !s.claim(held) {
		s.pause(ctx, time.Second) // stake or slots went to another just now
		return false, nil
	}
	s.show("taking it", least)
	if _, noted := s.bids.of(s.id); !noted {
		// From here the request may be ours. Whether it is, the market will say.
		if err := s.note(entry{Step: stepLock, Fee: least}); err != nil {
			return true, err
		}
	}
	s.fresh = false
	_, err = s.market.LockRequest(ctx, s.id, least)
	kind, refused := refusal(err)
	switch {
	case err == nil:
		return false, nil
	case !refused:
		s.pause(ctx, time.Second) // look again: it may have arrived
		return false, nil
	case kind == marketplace.ErrRequestLocked: // by whom? an earlier try may have arrived whose answer was lost
		r, err := s.market.Request(ctx, s.id)
		if err != nil {
			s.pause(ctx, time.Second)
			return false, nil //nolint:nilerr // it is looked at again, from the beginning
		}
		s.request, s.fresh = r, true
		if slices.ContainsFunc(r.Attempts, func(a marketplace.Attempt) bool { return a.Prover == s.account }) {
			return false, nil
		}
	}
	s.release()
	if kind == marketplace.ErrPriceBelowLeast {
		s.early(ctx)
		return false, nil
	}
	s.bar()
	s.outcomes.add(auction.Climbing, lost)
	s.log.Info("a request could not be taken", "price", least.Tokens(), "reason", err)
	if s.refused++; s.refused >= mostRefusals {
		return true, s.end("the market refuses it again and again")
	}
	if kind != marketplace.ErrRequestLocked {
		s.pause(ctx, time.Second)
	}
	return false, nil
}

// rescue takes a request of somebody else's that is overdue and that nobody else rescues, when its part of what that prover
// loses is worth the proof; or one whose prover is excused, at the price it was taken for.
func (s *pursuit) rescue(ctx context.Context, r *marketplace.Request) (done bool, err error) {
	i := slices.IndexFunc(r.Attempts, func(a marketplace.Attempt) bool {
		return a.Behind == 0 && (a.Stage.Liable() || a.Stage == marketplace.StageExcused)
	})
	if i < 0 || r.Phase != marketplace.PhaseGrace && r.Attempts[i].Stage != marketplace.StageExcused {
		return true, s.end("another prover has it")
	}
	if slices.ContainsFunc(r.Attempts, func(a marketplace.Attempt) bool { return a.Behind > 0 && !a.Stage.Over() || len(a.Pending) > 0 }) {
		return true, s.end("somebody delivers it")
	}
	ask, held, bar := s.appraise(r, true)
	least, pays := vadium.Amount{}, rescuePays(&r.Attempts[i])
	if r.Attempts[i].Stage == marketplace.StageExcused {
		least, pays = ask.Price, r.Attempts[i].Price
	}
	if bar != "" || pays.Less(ask.Price) || s.time().Add(ask.ETA).After(r.GraceEnd) {
		return true, s.end("rescuing it is not worth it: " + bar)
	}
	return s.lock(ctx, least, held)
}

// rescuePays returns what a rescuer gets at the least of what an attempt loses by not delivering: half of the punitive part, which is
// a tenth of its price or more.
func rescuePays(a *marketplace.Attempt) vadium.Amount {
	return a.Price.BpsDown(max(a.Floor, 1_000)).BpsDown(5_000)
}
