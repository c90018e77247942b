package marketplace

import (
	"errors"
	"fmt"

	"vadium"
	"vadium/auction"
)

// Refusals of a request at submission.
const (
	// ErrRequestExists: the requester has used this client id before.
	ErrRequestExists = vadium.Kind("request-exists")
	// ErrProgramUnserved: no prover serves the program now, so nobody could say how long it takes.
	ErrProgramUnserved = vadium.Kind("program-unserved")
	// ErrStatementMalformed: the statement does not have the program's number of scalars.
	ErrStatementMalformed = vadium.Kind("statement-malformed")
	// ErrInputMissing: the market does not hold the input, in the program's size; upload it first.
	ErrInputMissing = vadium.Kind("input-missing")
	// ErrDeadlineTooNear: not even the fastest prover could make it.
	ErrDeadlineTooNear = vadium.Kind("deadline-too-near")
	// ErrDeadlineTooFar: the request would last longer than the market allows.
	ErrDeadlineTooFar = vadium.Kind("deadline-too-far")
	// ErrFeeTooLow: the maximal fee is below the floor.
	ErrFeeTooLow = vadium.Kind("fee-too-low")
	// ErrDamageCapTooHigh: no serving prover's junior stake covers the damage cap.
	ErrDamageCapTooHigh = vadium.Kind("damage-cap-too-high")
	// ErrNoDamageCap: the program's keys are vouched for by their registrant alone, so it carries no damage cap.
	ErrNoDamageCap = vadium.Kind("damage-cap-not-allowed")
	// ErrTierUnknown: the market does not serve the tier.
	ErrTierUnknown = vadium.Kind("tier-unknown")
	// ErrRedundancy: the market has a request proven by one prover, or by up to [MaxCopies] different ones.
	ErrRedundancy = vadium.Kind("redundancy-unsupported")
	// ErrTooManyRequests: the requester has as many open requests as one may have.
	ErrTooManyRequests = vadium.Kind("too-many-open-requests")
	// ErrListTooLong: an allow or deny list has too many entries.
	ErrListTooLong = vadium.Kind("list-too-long")
)

// MaxStatementScalars bounds a statement: 512 scalars, 16 KiB. Larger statements belong in a public commitment.
const MaxStatementScalars = 512

// MaxListed bounds an allow or deny list.
const MaxListed = 64

func (d *draft) submit(by vadium.Account, b SubmitRequest) error {
	submitted, err := d.draw(by, &b)
	if err != nil {
		return err
	}
	id := submitted.Request.ID
	d.emit(submitted)
	d.emit(&EscrowLocked{id, b.escrow()})
	for number := uint32(2); number <= b.Redundancy; number++ {
		one := *submitted
		one.Client = copySalt(id, number)
		one.Request.ID, one.Request.Copy = CopyOf(by, id, number), number
		d.emit(&one)
		d.emit(&EscrowLocked{one.Request.ID, b.escrow()})
	}
	if r := d.Request(id); r.clearsAlone() {
		d.assignNext(id)
	}
	return nil
}

// draw checks a request and fixes its terms.
func (d *draft) draw(by vadium.Account, b *SubmitRequest) (*RequestSubmitted, error) {
	id := vadium.NewRequestID(by, b.ClientID)
	for number := range min(b.Redundancy, MaxCopies) {
		if d.Request(CopyOf(by, id, number+1)) != nil {
			return nil, fmt.Errorf("request %v: %w", id, ErrRequestExists)
		}
	}
	l := d.Listing(b.Program)
	if l == nil {
		return nil, fmt.Errorf("program %v: %w", b.Program, ErrProgramUnknown)
	}
	fastest, _, served := l.MinProving()
	if !served {
		return nil, fmt.Errorf("program %s: %w", l.Program.Name, ErrProgramUnserved)
	}
	if err := d.checkShape(by, b, l); err != nil {
		return nil, err
	}
	if err := d.checkTime(b.Deadline, fastest); err != nil {
		return nil, err
	}
	punishable := l.Class != vadium.KeysRegistrant
	if err := d.checkMoney(by, b, l, punishable); err != nil {
		return nil, err
	}
	if err := errors.Join(d.checkMode(b), d.checkFailover(by, b)); err != nil {
		return nil, err
	}
	params := d.params()
	product, _ := l.Product(b.Tier, b.DamageCap, b.MaxFee)
	tick, product := d.tickFor(by, b, product, fastest)
	reserve, quote, err := d.reserve(b, product)
	if err != nil {
		return nil, err
	}
	submitted := &RequestSubmitted{Client: b.ClientID, Request: Request{
		ID: id, Requester: by, Program: b.Program, Statement: b.Statement, Input: b.Input,
		MaxFee: b.MaxFee, DamageCap: b.DamageCap, Submitted: d.now, Deadline: b.Deadline,
		GraceEnd: b.Deadline.Add(params.grace(b.Deadline.Sub(d.now))), Product: product, Redundancy: b.Redundancy,
		Allow: b.Allow, Deny: b.Deny, Terms: uint32(len(d.market.Params) - 1), Reserve: reserve,
		MinProving: fastest, Punishable: punishable, Alert: d.Alert(d.now), Tick: tick,
		Arranged: b.Arrangement.kept(), Quote: quote,
	}}
	if b.Redundancy > 1 {
		submitted.Request.Copy, submitted.Request.Lead = 1, id
	}
	return submitted, submitted.Request.checkReserve()
}

// ReserveFor returns the most the market would pay now for a request of the product with this maximal fee.
func (s *State) ReserveFor(product auction.Product, maxFee vadium.Amount, now vadium.Time) vadium.Amount {
	if reserve, known := s.indexReserve(product, now); known {
		return vadium.Min(maxFee, reserve)
	}
	return maxFee
}

func (d *draft) checkShape(by vadium.Account, b *SubmitRequest, l *Listing) error {
	switch {
	case !b.Tier.Known():
		return fmt.Errorf("%v (known: %v, %v, %v): %w", b.Tier, auction.Immediate, auction.Standard, auction.Bulk, ErrTierUnknown)
	case b.Redundancy < 1 || b.Redundancy > MaxCopies:
		return fmt.Errorf("%d provers are asked for, it can be 1 to %d: %w", b.Redundancy, MaxCopies, ErrRedundancy)
	case len(b.Allow) > MaxListed || len(b.Deny) > MaxListed:
		return fmt.Errorf("at most %d accounts: %w", MaxListed, ErrListTooLong)
	case len(b.Statement) != l.Program.StatementBytes():
		return fmt.Errorf("%d bytes, program %s has %d scalars of %d bytes: %w", len(b.Statement), l.Program.Name, l.Program.Public, vadium.ScalarBytes, ErrStatementMalformed)
	case !b.InputHeld:
		return fmt.Errorf("blob %v of %d bytes: %w", b.Input, l.Program.InputBytes(), ErrInputMissing)
	}
	if h := d.accounts.get(by); h != nil && uint64(h.Open)+uint64(b.Redundancy) > uint64(d.params().MaxOpenRequests) {
		return fmt.Errorf("%d are open, %d more make more than %d: %w", h.Open, b.Redundancy, d.params().MaxOpenRequests, ErrTooManyRequests)
	}
	return nil
}

func (d *draft) checkTime(deadline vadium.Time, fastest vadium.Duration) error {
	if left := deadline.Sub(d.now); left < fastest {
		return fmt.Errorf("the deadline is %d ms away, the fastest prover needs %d: %w", left, fastest, ErrDeadlineTooNear)
	} else if left > d.params().MaxDuration {
		return fmt.Errorf("the deadline is %d ms away, at most %d are allowed: %w", left, d.params().MaxDuration, ErrDeadlineTooFar)
	}
	return nil
}

func (d *draft) checkMoney(by vadium.Account, b *SubmitRequest, l *Listing, punishable bool) error {
	if floor := d.params().FeeFloor; b.MaxFee.Less(floor) {
		return fmt.Errorf("%s tokens, the floor is %s: %w", b.MaxFee.Tokens(), floor.Tokens(), ErrFeeTooLow)
	}
	if !b.DamageCap.IsZero() {
		if !punishable {
			return fmt.Errorf("program %s: %w", l.Program.Name, ErrNoDamageCap)
		}
		var most vadium.Amount
		for _, server := range l.Servers {
			if v := d.VaultOf(server.Prover); v != nil && d.Prover(server.Prover).State() == StateActive {
				junior, _ := d.inOwn(v.Asset, v.Junior, d.now)
				if most = vadium.Max(most, junior); !most.Less(b.DamageCap) {
					break
				}
			}
		}
		if most.Less(b.DamageCap) {
			return fmt.Errorf("%s tokens, the largest junior stake behind this program is %s: %w", b.DamageCap.Tokens(), most.Tokens(), ErrDamageCapTooHigh)
		}
	}
	return d.requireBalance(by, b.escrowOfAll())
}

// Refusals about a request that exists.
const (
	// ErrRequestUnknown: there is no such request.
	ErrRequestUnknown = vadium.Kind("request-unknown")
	// ErrNotRequester: only the requester may do this.
	ErrNotRequester = vadium.Kind("not-requester")
	// ErrAlreadyAssigned: a prover has been assigned; the request can no longer be cancelled.
	ErrAlreadyAssigned = vadium.Kind("request-already-assigned")
	// ErrRequestOver: the request has ended.
	ErrRequestOver = vadium.Kind("request-over")
)

func (d *draft) cancel(by vadium.Account, id vadium.RequestID) error {
	r := d.Request(id)
	switch {
	case r == nil:
		return fmt.Errorf("request %v: %w", id, ErrRequestUnknown)
	case r.Requester != by:
		return fmt.Errorf("request %v belongs to %v: %w", id, r.Requester, ErrNotRequester)
	}
	if r.Copy == 1 {
		if cancelled, err := d.cancelCopies(r); cancelled || err != nil {
			return err
		}
	}
	switch {
	case r.Phase.Final():
		return fmt.Errorf("request %v is %v: %w", id, r.Phase, ErrRequestOver)
	case r.Phase != PhaseOpen:
		return fmt.Errorf("request %v is %v: %w", id, r.Phase, ErrAlreadyAssigned)
	}
	if err := d.checkCancel(r); err != nil {
		return err
	}
	d.close(id, PhaseCancelled, "the requester cancelled it")
	return nil
}
