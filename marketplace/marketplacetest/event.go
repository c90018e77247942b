package marketplacetest

import (
	"fmt"
	"strings"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/vaults"
)

// line writes one event: its type, what it is about, and the fields that matter.
type line struct {
	strings.Builder
	names *Names
	at    vadium.Time
}

func (l *line) say(format string, args ...any) *line {
	fmt.Fprintf(&l.Builder, " "+format, args...)
	return l
}

func (l *line) who(account vadium.Account) *line { return l.say("%s", l.names.of(account)) }

func (l *line) request(id vadium.RequestID) *line { return l.say("%s", l.names.of(id)) }

func (l *line) attempt(id vadium.RequestID, attempt uint32) *line {
	return l.say("%s/%d", l.names.of(id), attempt)
}

// amount writes a named amount of tokens unless it is zero.
func (l *line) amount(name string, a vadium.Amount) *line {
	if !a.IsZero() {
		l.say("%s=%s", name, a.Tokens())
	}
	return l
}

func (l *line) when(name string, t vadium.Time) *line {
	if t != 0 {
		l.say("%s=%s", name, since(t, l.at))
	}
	return l
}

func (l *line) flag(name string, set bool) *line {
	if set {
		l.say("%s", name)
	}
	return l
}

func (l *line) loss(name string, x vaults.Loss) *line {
	l.amount(name+".junior", x.JuniorTotal())
	return l.amount(name+".senior", x.SeniorTotal())
}

func (l *line) ranked(awards []auction.Award) *line {
	for i, a := range awards {
		if i == 0 {
			l.WriteString(" backups=")
		} else {
			l.WriteString(",")
		}
		fmt.Fprintf(l, "%s@%s", l.names.of(a.Prover), a.Payment.Tokens())
	}
	return l
}

func (l *line) assignment(id vadium.RequestID, index uint32, a marketplace.Attempt, cleared bool, ranked []auction.Award) {
	l.attempt(id, index).who(a.Prover).amount("price", a.Price).flag("ranked-before", !cleared).ranked(ranked)
	l.when("acceptBy", a.AcceptBy).when("deadline", a.Deadline).when("graceEnd", a.GraceEnd)
	if a.Behind > 0 {
		l.say("behind=%s/%d", l.names.of(id), a.Behind-1).flag("hedge", a.Hedge)
	}
}

// Describe writes a record as scenario files show it, and "" for what they leave out: the market's own heartbeats and
// the bookkeeping of command ids.
func (w *World) Describe(record marketplace.Record) string {
	l := &line{names: w.names, at: record.At}
	l.WriteString(marketplace.KindOf(record.Event))
	vault := func(id vadium.VaultID) *line { return l.who(w.State.Vault(id).Prover) }
	switch e := record.Event.(type) {
	case *marketplace.CommandAccepted, *marketplace.SessionCommandAccepted, *marketplace.MarketHeartbeat:
		return ""
	case *marketplace.SessionOpened:
		l.who(e.Owner).say("%s %v", w.names.of(e.Session.Key), e.Session.Scope).amount("limit", e.Session.Limit).when("expires", e.Session.Expires)
	case *marketplace.SessionRevoked:
		l.who(e.Owner).say("%s", w.names.of(e.Session))
	case *marketplace.MarketOpened:
		l.when("epochEnds", e.EpochEnds)
	case *marketplace.ParamsSet:
	case *marketplace.MarketPaused:
		l.say("%q", e.Reason)
	case *marketplace.Resumed:
		l.say("gap=%s", Length(e.Gap)).flag("unpaused", e.Unpaused)
	case *marketplace.Deposited:
		l.who(e.Account).say("%s", e.Amount.Tokens())
	case *marketplace.Withdrawn:
		l.who(e.Account).say("%s", e.Amount.Tokens())
	case *marketplace.ProgramListed:
		l.say("%s keys=%v", e.Program.Name, e.Class).who(e.Registrant)
	case *marketplace.ProgramServed:
		l.who(e.Prover).say("%s benchmark=%s", w.names.of(e.Program), Length(e.Benchmark))
	case *marketplace.ProgramDropped:
		l.who(e.Prover).say("%s", w.names.of(e.Program))
	case *marketplace.AskEpochOpened:
		l.say("%d", e.Epoch).when("ends", e.Ends)
	case *marketplace.AskEpochClosed:
		l.say("%d", e.Epoch)
	case *marketplace.AskPlaced:
		l.who(e.Ask.Prover).say("%v", e.Ask.Product).flag("sealed", e.Sealed).flag("unopened", e.Ask.Unopened).amount("price", e.Ask.Price)
		l.flag(fmt.Sprintf("slots=%d", e.Ask.Slots), e.Ask.Slots != 0).flag("eta="+Length(e.Ask.ETA), e.Ask.ETA != 0).when("until", e.Ask.StandUntil)
	case *marketplace.AskWithdrawn:
		l.who(e.Prover).say("%v", e.Product)
	case *marketplace.PriceSampled:
		l.say("%v", e.Product).amount("price", e.Sample.Price)
	case *marketplace.VaultOpened:
		l.who(e.Prover).amount("junior", e.Junior).say("commission=%dbps", e.Commission).asset(e.Asset)
	case *marketplace.JuniorDeposited:
		vault(e.Vault).say("%s", e.Amount.Tokens())
	case *marketplace.SeniorDeposited:
		vault(e.Vault).who(e.Owner).say("%s", e.Assets.Tokens())
	case *marketplace.CommissionClaimed:
		vault(e.Vault).say("%s", e.Amount.Tokens())
	case *marketplace.StakeLocked:
		vault(e.Vault).attempt(e.Lock.Request, e.Lock.Attempt).amount("lock", e.Lock.Amount).amount("cap", e.Lock.DamageCap).across(e.Lock.Across)
	case *marketplace.StakeReleased:
		vault(e.Vault).attempt(e.Request, e.Attempt)
	case *marketplace.EpochMarked, *marketplace.CallMoved, *marketplace.BreakerTightened, *marketplace.CommissionDiverted:
		if !w.describeRisk(l, record.Event) {
			return ""
		}
	default:
		if !w.describeMode(l, record.Event) && !w.describeBatch(l, record.Event) && !w.describeStake(l, record.Event) && !w.describeRequest(l, record.Event) && !describePrices(l, record.Event) &&
			!w.describeCase(l, record.Event) && !w.describeOracle(l, record.Event) && !w.describeFailover(l, record.Event) &&
			!w.describeClearingProof(l, record.Event) {
			l.say("%+v", e)
		}
	}
	return l.String()
}

// describeRequest writes the events of a request's life.
func (w *World) describeRequest(l *line, event marketplace.Event) bool {
	switch e := event.(type) {
	case *marketplace.RequestSubmitted:
		r := e.Request
		l.request(r.ID).who(r.Requester).amount("maxFee", r.MaxFee).amount("reserve", r.Reserve).amount("cap", r.DamageCap)
		l.when("deadline", r.Deadline).when("graceEnd", r.GraceEnd).flag("unpunishable", !r.Punishable).when("tick", r.Tick).mode(&r)
	case *marketplace.EscrowLocked:
		l.request(e.Request).say("%s", e.Amount.Tokens())
	case *marketplace.EscrowRefunded:
		l.request(e.Request).say("%s", e.Amount.Tokens())
	case *marketplace.RequestAssigned:
		l.assignment(e.Request, e.Index, e.Attempt, e.Cleared, e.Ranked)
	case *marketplace.BackupActivated:
		l.assignment(e.Request, e.Index, e.Attempt, e.Cleared, e.Ranked)
	case *marketplace.RequestAccepted:
		l.attempt(e.Request, e.Attempt).when("heartbeatBy", e.HeartbeatBy)
	case *marketplace.AssignmentEnded:
		l.attempt(e.Request, e.Attempt).who(e.Prover).say("%v", e.Stage).flag("charged", e.Charged)
	case *marketplace.HeartbeatReceived:
		l.attempt(e.Request, e.Attempt).say("%dbps", e.Progress).when("heartbeatBy", e.HeartbeatBy)
	case *marketplace.HeartbeatMissed:
		l.attempt(e.Request, e.Attempt)
	case *marketplace.Resigned:
		l.attempt(e.Request, e.Attempt)
	case *marketplace.DeliveryReceived:
		l.attempt(e.Request, e.Attempt).who(e.Prover).say("%s", w.names.of(e.Proof)).flag("arrived="+since(e.Arrived, l.at), e.Arrived != l.at)
	case *marketplace.DeliveryAccepted:
		l.attempt(e.Request, e.Attempt).say("%s", w.names.of(e.Proof)).flag("arrived="+since(e.Arrived, l.at), e.Arrived != l.at).flag("first", e.First)
	case *marketplace.DeliveryRejected:
		l.attempt(e.Request, e.Attempt).say("%s %v", w.names.of(e.Proof), e.Verdict).flag("exhausted", e.Exhausted).flag("excused="+Length(e.Excused), e.Excused != 0).
			flag(fmt.Sprintf("undecided=%d", e.Undecided), e.Undecided > 0)
	case *marketplace.GraceStarted:
		l.request(e.Request)
	case *marketplace.FeeSettled:
		l.attempt(e.Request, e.Attempt).say("fee=%s", e.Fee.Tokens()).amount("protocol", e.Protocol)
	case *marketplace.RewardsAccrued:
		l.who(w.State.Vault(e.Vault).Prover).amount("commission", e.Reward.Commission).amount("junior", e.Reward.Junior).amount("senior", e.Reward.Senior)
	case *marketplace.SolvingFeePaid:
		l.request(e.Request).who(e.Prover).say("%s", e.Amount.Tokens())
	case *marketplace.FaultRecorded:
		l.attempt(e.Request, e.Attempt).who(e.Prover).say("%v severity=%d", e.Offence, e.Penalty.Severity).flag(fmt.Sprintf("lateness=%dbps", e.Lateness), e.Lateness != 0)
		l.context(e.Context, e.Penalty).amount("deferred", e.Deferred)
	case *marketplace.Slashed:
		l.attempt(e.Request, e.Attempt).loss("damages", e.Damages).loss("punitive", e.Punitive).amount("requester", e.Shares.Requester)
		if !e.Shares.Rescuer.IsZero() {
			l.say("rescuer=%s:%s", w.names.of(e.Rescuer), e.Shares.Rescuer.Tokens())
		}
		l.amount("insurance", e.Shares.Insurance).amount("burnt", e.Shares.Burn)
	case *marketplace.ActivationCharged:
		l.attempt(e.Request, e.Attempt).loss("loss", e.Loss).say("to=%s", w.names.of(e.To))
	case *marketplace.RequestClosed:
		l.request(e.Request).say("%v %q", e.Phase, e.Reason).amount("marketPrice", e.MarketPrice)
	default:
		return false
	}
	return true
}
