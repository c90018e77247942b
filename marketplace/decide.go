package marketplace

import (
	"fmt"
	"slices"

	"vadium"
	"vadium/auction"
)

// draft is an overlay on which Decide plays the events it emits, so that later events of the same command see the
// earlier ones through the very code that will apply them.
type draft struct {
	*State
	now    vadium.Time
	events []Event // of this command so far; Decide hands out a copy
	// chances is what may let a waiting request be served.
	chances   chances
	shortlist auction.Shortlist
	batch     auction.Batch
}

func (d *draft) emit(e Event) {
	d.events = append(d.events, e)
	d.market.Seq++
	d.market.At = d.now
	e.apply(d.State, d.now, d.market.Seq)
	d.chances.note(d.State, e)
}

// draft returns an overlay with nothing on it. There is one for each state, used again and again.
func (s *State) draft(now vadium.Time) *draft {
	d := s.scratch
	if d == nil {
		d = &draft{State: s.overlay()}
		s.scratch = d
	}
	d.wipe()
	clear(d.events)
	d.now, d.events = now, d.events[:0]
	d.chances = chances{provers: d.chances.provers[:0], requests: d.chances.requests[:0]}
	return d
}

// finish emits the last event of a command: nothing after it asks what it did, so it is not played.
func (d *draft) finish(e Event) { d.events = append(d.events, e) }

// Decide looks at a command at time now and answers with the events that make it so, or refuses: then nothing changes,
// and errors.Is finds the [vadium.Kind]. A repeated command is answered with [*Repeated]. Times before the last record
// count as the time of the last record.
func (s *State) Decide(now vadium.Time, c Command) ([]Event, error) {
	d := s.draft(max(now, s.market.At))
	if err := d.admit(c); err != nil {
		return nil, err
	}
	var count *uint32 // of the events that belong to the command
	switch {
	case !c.Body.signed():
	case c.Session != (vadium.SessionKey{}):
		accepted := &SessionCommandAccepted{ID: c.ID, Author: c.Author, Session: c.Session, ValidUntil: c.ValidUntil, Spends: d.spends(c.Body)}
		d.emit(accepted)
		count = &accepted.Events
	default:
		accepted := &CommandAccepted{ID: c.ID, Author: c.Author, ValidUntil: c.ValidUntil}
		d.emit(accepted)
		count = &accepted.Events
	}
	if err := d.decide(c); err != nil {
		return nil, err
	}
	if !d.market.Paused {
		d.cureFreed()
		d.serveWaiting()
	}
	if count != nil {
		*count = uint32(len(d.events) - 1)
	}
	return slices.Clone(d.events), nil
}

// admit checks what every command has to pass.
func (d *draft) admit(c Command) error {
	if _, opens := c.Body.(OpenMarket); opens == d.market.Opened {
		return ErrNotOpen
	}
	if !c.Body.signed() {
		if c.Author != (vadium.Account{}) || c.Session != (vadium.SessionKey{}) {
			return fmt.Errorf("%T is the market's own: %w", c.Body, ErrUnsigned)
		}
		return nil
	}
	if c.Author == (vadium.Account{}) || c.ID == (vadium.CommandID{}) {
		return ErrUnsigned
	}
	if seen := d.seen.get(c.ID); seen != nil && !seen.ValidUntil.Before(d.now) {
		return &Repeated{First: seen.First, Events: seen.Events, At: seen.At}
	}
	if err := checkValidity(d.now, c); err != nil {
		return err
	}
	if c.Session != (vadium.SessionKey{}) {
		if err := d.admitSession(d.now, c); err != nil {
			return err
		}
	}
	if d.market.Paused {
		switch c.Body.(type) {
		case Deliver, SendHeartbeat, CreditDeposit, WithdrawBalance, RevokeSession, Unpause, CreditCollateral, WithdrawCollateral, PublishPrice,
			PublishRound, VetoCase, DeclareIncident, RaiseAlert:
		default:
			return fmt.Errorf("%s: %w", d.market.PauseReason, ErrPaused)
		}
	}
	return nil
}

// checkValidity checks that a command is valid at now, and for no longer than its id is remembered.
func checkValidity(now vadium.Time, c Command) error {
	if c.ValidUntil.Before(now) {
		return fmt.Errorf("valid until %d, now is %d: %w", c.ValidUntil, now, ErrExpired)
	}
	lifetime := CommandLifetime
	if _, submits := c.Body.(SubmitRequest); submits {
		lifetime = RequestLifetime
	}
	if c.ValidUntil.After(now.Add(lifetime)) {
		return fmt.Errorf("valid for %d ms more, at most %d are allowed: %w", c.ValidUntil.Sub(now), lifetime, ErrExpiresTooLate)
	}
	return nil
}

func (d *draft) decide(c Command) error {
	by := c.Author
	switch b := c.Body.(type) {
	case OpenMarket:
		return d.openMarket(b)
	case TickCommand:
		return d.tick(b.Seed)
	case ResumeCommand:
		return d.resume(b.Lineage)
	case Conclude:
		return d.conclude(b)

	case SubmitRequest:
		return d.submit(by, b)
	case CancelRequest:
		return d.cancel(by, b.Request)
	case PlaceAsk:
		return d.placeAsk(by, b)
	case WithdrawAsk:
		return d.withdrawAsk(by, b.Product)
	case ServeProgram:
		return d.serveProgram(by, b)
	case DropProgram:
		return d.dropProgram(by, b.Program)
	case LockRequest:
		return d.lockRequest(by, b)
	case CommitBid:
		return d.commitBid(by, b)
	case RevealBid:
		return d.revealBid(by, b)
	case PublishClearing:
		return d.publishClearing(by, b)
	case AcceptRequest:
		return d.accept(by, b.Request)
	case DeclineRequest:
		return d.decline(by, b.Request)
	case DisputeInput:
		return d.dispute(by, b.Request)
	case SendHeartbeat:
		return d.heartbeat(by, b)
	case Resign:
		return d.resign(by, b.Request)
	case Deliver:
		return d.deliver(by, b)

	case OpenVault:
		return d.openVault(by, b)
	case DepositJunior:
		return d.depositJunior(by, b.Amount)
	case DepositSenior:
		return d.depositSenior(by, b)
	case ClaimCommission:
		return d.claimCommission(by, b.Amount)
	case WithdrawBalance:
		return d.withdraw(by, b.Amount)
	case WithdrawCollateral:
		return d.withdrawCollateral(by, b)
	case RedeemShares:
		return d.redeemShares(by, b)
	case RedeemJunior:
		return d.redeemJunior(by, b.Amount)
	case ClaimRedemption:
		return d.claimRedemption(by, b)
	case TransferShares:
		return d.transferShares(by, by, b.Vault, b.To, b.Shares)
	case ApproveShares:
		return d.approveShares(by, b)
	case TransferSharesFrom:
		return d.transferShares(by, b.From, b.Vault, b.To, b.Shares)
	case SetCommission:
		return d.setCommission(by, b.Commission)
	case ExitMarket:
		return d.exitMarket(by)
	case CommitEvidence:
		return d.commitEvidence(by, b.Commitment)
	case RevealEvidence:
		return d.revealEvidence(by, b)
	case RegisterProgram:
		return d.registerProgram(by, b)

	case RegisterReporter:
		return d.registerReporter(by, b)
	case PublishRound:
		return d.publishRound(by, b)

	case OpenSession:
		return d.openSession(by, b)
	case RevokeSession:
		return d.revokeSession(by, b.Session)

	case CreditDeposit, SetParams, Pause, Unpause, CreditCollateral, SetCollateral, PublishPrice, DeclareIncident, VetoCase,
		ReleaseProver, RaiseAlert, SetFeed, RetireFeed:
		return d.operate(by, b)
	}
	return fmt.Errorf("%T: %w", c.Body, ErrUnknownCommand)
}

func (d *draft) openMarket(b OpenMarket) error {
	if err := b.Params.Check(); err != nil {
		return err
	}
	d.emit(&MarketOpened{
		Operator: b.Operator, Deployment: b.Deployment, ChainID: b.ChainID, Params: b.Params,
		Seed: b.Seeds[0], NextSeed: b.Seeds[1],
		Commitment: auction.SeedCommitment(b.Seeds[0]), Commitment2: auction.SeedCommitment(b.Seeds[1]),
		EpochEnds: d.now.Add(b.Params.AskEpoch),
	})
	return nil
}

// operate carries out what only the operator may do.
func (d *draft) operate(by vadium.Account, body Body) error {
	if by != d.market.Operator {
		return ErrNotOperator
	}
	switch b := body.(type) {
	case CreditDeposit:
		return d.credit(b)
	case SetParams:
		if err := b.Params.Check(); err != nil {
			return err
		}
		d.setParams(b.Params)
	case Pause:
		d.emit(&MarketPaused{b.Reason})
	case Unpause:
		if !d.market.Paused {
			return ErrNotPaused
		}
		d.emit(&Resumed{Gap: d.now.Sub(d.market.PausedAt), Unpaused: true})
	case CreditCollateral:
		return d.creditCollateral(b)
	case SetCollateral:
		return d.setCollateral(b.Collateral)
	case PublishPrice:
		return d.publishPrice(b)
	case DeclareIncident:
		return d.declareIncident(b)
	case VetoCase:
		return d.vetoCase(b)
	case ReleaseProver:
		return d.releaseProver(b)
	case RaiseAlert:
		return d.raiseAlert(b)
	case SetFeed:
		return d.setFeed(b)
	case RetireFeed:
		return d.retireFeed(b)
	}
	return nil
}

// ErrNotPaused: the market is running, there is nothing to unpause.
const ErrNotPaused = vadium.Kind("market-not-paused")

// resume reports the time since the last record as an outage.
func (d *draft) resume(lineage vadium.Salt) error {
	gap := d.now.Sub(d.State.base.market.At)
	d.emit(&Resumed{Gap: gap, Lineage: lineage})
	return nil
}

// Behind reports whether the market has been silent for so long before now that it has to [Resume] before anything else.
func (s *State) Behind(now vadium.Time) bool {
	return s.market.Opened && now.Sub(s.market.At) > s.params().OutageAfter
}

// tick lets the earliest thing that is due happen.
func (d *draft) tick(seed [32]byte) error {
	base := d.State.base
	if !d.market.Paused {
		at, r := base.earliest()
		switch marks, docket := base.markDue(), base.docketDue(); {
		case !docket.After(d.now) && docket <= d.market.EpochEnds && docket <= at && docket <= marks:
			d.work()
			must(len(d.events) > 0, "what is due makes something happen")
			return nil
		case !at.After(d.now) && at <= d.market.EpochEnds && at <= marks:
			d.advance(r.ID)
			must(len(d.events) > 0, "what is due makes something happen")
			return nil
		case !d.market.EpochEnds.After(d.now) && d.market.EpochEnds <= marks:
			d.turnEpoch(seed)
			if d.neverMarked() && d.market.Epoch > 2 {
				d.mark() // it is busy, and every tick finds something else to do
			}
			return nil
		case !marks.After(d.now):
			d.mark()
			return nil
		}
	}
	switch heartbeat := d.market.At.Add(d.params().MarketHeartbeat); {
	case heartbeat.After(d.now):
	case d.neverMarked() && !d.market.Paused:
		d.mark()
	default:
		d.emit(&MarketHeartbeat{})
	}
	return nil
}

// turnEpoch publishes the asks and the tie seed of the epoch that ended and opens the next.
func (d *draft) turnEpoch(seed [32]byte) {
	d.emit(&AskEpochClosed{Epoch: d.market.Epoch, Seed: d.market.Seed, From: d.market.EpochFrom})
	d.emit(&AskEpochOpened{
		Epoch: d.market.Epoch + 1, Ends: d.now.Add(d.params().AskEpoch),
		NextSeed: seed, NextCommitment: auction.SeedCommitment(seed),
	})
}
