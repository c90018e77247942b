package marketplacetest

import (
	"fmt"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// What the people of a simulation do.

func (s *Simulation) submit() {
	by := pick(s, s.people)
	r, id := s.request(by)
	s.company(r)
	if _, err := s.do(by, r); err == nil && s.chance(6) {
		s.plan(s.Now.Add(s.within(0, vadium.Minute)), func() { _, _ = s.do(by, marketplace.CancelRequest{Request: id}) })
	}
}

// request is what somebody would like to have proven.
func (s *Simulation) request(by string) (marketplace.SubmitRequest, vadium.RequestID) {
	s.wishes++
	name := fmt.Sprint("r", s.wishes)
	r := marketplace.SubmitRequest{
		ClientID: Salt(name), Program: Program(pick(s, s.programs)).ID(), Statement: make([]byte, 32), MaxFee: s.tokens(1, 20),
		Deadline: s.Now.Add(s.within(20*vadium.Second, 5*vadium.Minute)), Tier: auction.Immediate, Redundancy: 1, InputHeld: true,
	}
	if s.outsiders != nil && !s.outsiders[by] {
		r.MaxFee = s.tokens(1, 90)
	}
	if s.rich {
		r.MaxFee = s.tokens(20, 250)
	}
	if s.chance(2) {
		r.DamageCap = s.tokens(0, 40)
	}
	if s.chance(8) {
		r.Allow = []vadium.Account{Account(pick(s, s.provers)), Account(pick(s, s.provers))}
	}
	if s.chance(8) {
		r.Deny = []vadium.Account{Account(pick(s, s.provers))}
	}
	s.arrangeFailover(&r)
	s.batchTier(&r)
	s.chooseRule(&r)
	if s.chance(6) {
		s.quote(&r)
	}
	id := s.names.request(by, name)
	s.Bad[id] = s.chance(8) && (s.outsiders == nil || !s.outsiders[by])
	return r, id
}

// observe lets provers and the verifier react to what they read in the journal.
func (s *Simulation) observe(records []marketplace.Record) {
	for _, record := range records {
		switch e := record.Event.(type) {
		case *marketplace.RequestSubmitted:
			s.requests = append(s.requests, e.Request.ID)
			if e.Request.Copy > 1 {
				s.Bad[e.Request.ID] = s.Bad[e.Request.Lead]
			}
			s.competeFor(e.Request.ID)
		case *marketplace.AssignmentEnded:
			s.competeFor(e.Request)
		case *marketplace.GraceStarted:
			s.competeFor(e.Request)
		case *marketplace.StakeLocked:
			s.checkBacked(e)
		case *marketplace.RequestAssigned:
			s.answer(e.Request, e.Index, e.Attempt)
		case *marketplace.BackupActivated:
			s.answer(e.Request, e.Index, e.Attempt)
		case *marketplace.RequestAccepted:
			s.work(e.Request, e.Attempt)
		case *marketplace.DeliveryReceived:
			s.verify(e)
		case *marketplace.DeliveryRejected:
			s.deliverAgain(e)
		case *marketplace.BatchCleared:
			s.proveClearing(record.Seq)
		case *marketplace.ProverMoved:
			s.replace(e)
		case *marketplace.FaultRecorded:
			if e.Context.Systemic {
				s.excused[e.Request] = true
			}
		}
	}
}

// answer plans what a prover says to an assignment.
func (s *Simulation) answer(id vadium.RequestID, index uint32, a marketplace.Attempt) {
	prover := s.who[a.Prover]
	habit := s.Habits[prover]
	if habit == Erratic {
		habit = Habit(s.Random.IntN(int(habits)))
	}
	var body marketplace.Body = marketplace.AcceptRequest{Request: id}
	switch {
	case habit == Silent:
		return
	case habit == Declining:
		body = marketplace.DeclineRequest{Request: id}
	case habit == Slandering && s.mayDispute(id), habit == Honest && s.Bad[id]:
		body = marketplace.DisputeInput{Request: id}
	}
	s.plan(s.instant(a.AcceptBy), func() { _, _ = s.do(prover, body) })
}

// work plans what a prover does after it has accepted.
func (s *Simulation) work(id vadium.RequestID, index uint32) {
	a := s.State.Request(id).Attempts[index]
	prover := s.who[a.Prover]
	habit := s.Habits[prover]
	if habit == Erratic {
		habit = Habit(s.Random.IntN(int(habits)))
	}
	switch habit {
	case Honest:
		s.plan(s.instant(a.Deadline), func() { s.deliver(prover, id, true) })
		s.beat(prover, id, index)
	case Slow:
		s.plan(s.instant(a.GraceEnd.Add(vadium.Millisecond)), func() { s.deliver(prover, id, true) })
	case Cheating:
		s.plan(s.instant(a.GraceEnd), func() { s.deliver(prover, id, s.chance(4)) })
	case Resigning:
		s.plan(s.instant(a.GraceEnd.Add(vadium.Millisecond)), func() { _, _ = s.do(prover, marketplace.Resign{Request: id}) })
	case Slandering, Declining, Silent, Erratic:
		s.plan(s.instant(a.GraceEnd), func() { s.deliver(prover, id, s.chance(2)) })
	case Vanishing, habits:
	}
}

// beat sends heartbeats for as long as the assignment runs, each before the last moment.
func (s *Simulation) beat(prover string, id vadium.RequestID, index uint32) {
	a := s.State.Request(id).Attempts[index]
	if a.Stage != marketplace.StageAccepted || a.HeartbeatBy == vadium.Forever {
		return
	}
	s.plan(s.instant(a.HeartbeatBy), func() {
		if s.State.Request(id).Attempts[index].Stage == marketplace.StageAccepted {
			_, _ = s.do(prover, marketplace.SendHeartbeat{Request: id, Progress: vadium.Bps(s.Random.Uint32N(20_000))})
			s.beat(prover, id, index)
		}
	})
}

func (s *Simulation) deliver(prover string, id vadium.RequestID, valid bool) {
	s.proofs++
	proof := s.names.proof(fmt.Sprint("proof ", s.proofs))
	s.valid[proof] = valid && !s.Bad[id]
	_, _ = s.do(prover, marketplace.Deliver{Request: id, Proof: proof})
}

// deliverAgain follows a rejected delivery.
func (s *Simulation) deliverAgain(e *marketplace.DeliveryRejected) {
	prover := s.who[s.State.Request(e.Request).Attempts[e.Attempt].Prover]
	if !e.Exhausted && (s.Habits[prover] == Honest || s.chance(2)) {
		s.plan(s.Now, func() { s.deliver(prover, e.Request, s.Habits[prover] == Honest || s.chance(2)) })
	}
}

// verify plans the verdict on a delivery: soon, or much later, and now and then none can be found.
func (s *Simulation) verify(e *marketplace.DeliveryReceived) {
	takes := s.within(0, 3*vadium.Second)
	if s.chance(10) {
		takes = s.within(0, 20*vadium.Minute)
	}
	verdict := marketplace.VerdictInvalid
	if s.valid[e.Proof] {
		verdict = marketplace.VerdictValid
	}
	if s.chance(15) {
		verdict = marketplace.VerdictUndecided
	}
	s.plan(s.Now.Add(takes), func() {
		_, _ = s.send(marketplace.Command{Body: marketplace.Conclude{Request: e.Request, Attempt: e.Attempt, Proof: e.Proof, Verdict: verdict}})
	})
}

// meddle sends a command out of place: anyone's, about any request, signed now and sent maybe much later. Honest provers
// do nothing out of place.
func (s *Simulation) meddle() {
	if len(s.requests) == 0 {
		return
	}
	id, by := pick(s, s.requests), pick(s, s.provers)
	if s.Habits[by] == Honest || s.chance(3) {
		by = pick(s, s.people)
	}
	bodies := []marketplace.Body{
		marketplace.AcceptRequest{Request: id}, marketplace.DeclineRequest{Request: id}, marketplace.Resign{Request: id},
		marketplace.SendHeartbeat{Request: id}, marketplace.CancelRequest{Request: id}, marketplace.Deliver{Request: id, Proof: Proof("nonsense")},
	}
	if s.State.Request(id).Arranged != nil {
		bodies = append(bodies, marketplace.LockRequest{Request: id}, marketplace.CommitBid{Request: id}, marketplace.RevealBid{Request: id})
	}
	if s.mayDispute(id) {
		bodies = append(bodies, marketplace.DisputeInput{Request: id})
	}
	c, at := s.Command(by, pick(s, bodies)), s.Now.Add(s.within(0, 12*vadium.Minute))
	if r := s.State.Request(id); s.chance(2) { // exactly at one of its boundaries
		at = pick(s, []vadium.Time{r.Deadline, r.GraceEnd, r.Deadline.Add(-r.MinProving)}).Add(s.within(0, 1))
	}
	s.plan(at, func() { _, _ = s.send(c) })
}

// repeat sends an earlier command once more.
func (s *Simulation) repeat() {
	sent := pick(s, s.Sent).Commands
	if sent[0].Author == (vadium.Account{}) {
		return
	}
	s.sendBatch(sent)
}

// invest moves stake and money.
func (s *Simulation) invest() {
	prover := pick(s, s.provers)
	v := s.State.VaultOf(Account(prover))
	if v == nil {
		return // released after an insolvency
	}
	switch s.Random.IntN(4) {
	case 0: // refused where the vault is in another asset
		_, _ = s.do("carol", marketplace.DepositSenior{Vault: v.ID, Assets: s.tokens(1, 50)})
	case 1:
		_, _ = s.do(prover, marketplace.DepositJunior{Amount: s.tokens(0, 20)})
	case 2:
		_, _ = s.do(prover, marketplace.ClaimCommission{Amount: v.CommissionDue})
	case 3:
		_, _ = s.do(pick(s, s.people), marketplace.WithdrawBalance{Amount: s.tokens(0, 10)})
	}
}

// outage lets the market be away. What people had planned meanwhile they do when it is back: deadlines move as much.
func (s *Simulation) outage() {
	if !s.chance(4) {
		return
	}
	last := s.State.Now()
	s.Skip(s.within(0, 30*vadium.Minute))
	s.postpone(s.Now.Sub(last))
	_, _ = s.send(marketplace.Resume())
}

func (s *Simulation) postpone(by vadium.Duration) {
	for i := range s.agenda {
		s.agenda[i].at = s.agenda[i].at.Add(by)
	}
}

// operate is what the operator does: it changes parameters, credits money, and pauses the market now and then.
func (s *Simulation) operate() {
	switch s.Random.IntN(3) {
	case 0:
		s.fund(pick(s, s.people), 1+s.Random.Uint64N(50))
	case 1:
		params := s.State.Params()
		params.ProtocolFee, params.MaxDeliveries = vadium.Bps(s.Random.Uint32N(501)), 1+s.Random.Uint32N(6)
		params.Backups, params.SolvingFee = s.Random.Uint32N(4), vadium.Bps(s.Random.Uint32N(1_001))
		params.UnopenedTiers = s.arranges.Uint32N(4)
		_, _ = s.do("operator", marketplace.SetParams{Params: params})
	case 2:
		s.pause()
	}
}

func (s *Simulation) pause() {
	for len(s.agenda) > 0 && !s.agenda[0].at.After(s.Now) {
		s.next() // what was to be done by now is done by now
	}
	length := s.within(0, 20*vadium.Minute)
	_, _ = s.do("operator", marketplace.Pause{Reason: "a simulated pause"})
	s.postpone(length)
	if len(s.requests) > 0 && s.chance(2) {
		s.Skip(length / 3)
		prover := pick(s, s.provers)
		s.deliver(prover, pick(s, s.requests), s.Habits[prover] == Honest || s.chance(2))
		length -= length / 3
	}
	s.observe(s.Wait(length))
	_, _ = s.do("operator", marketplace.Unpause{})
}
