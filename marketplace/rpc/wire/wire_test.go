package wire

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/oracle"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
	vaultsv1 "vadium/vaults/v1"
)

// pairs are the structs that travel and the messages that carry them.
var pairs = []struct {
	noun    any
	message proto.Message
}{
	{marketplace.SubmitRequest{}, &v1.SubmitRequestRequest{}}, {marketplace.CancelRequest{}, &v1.CancelRequestRequest{}},
	{marketplace.PlaceAsk{}, &v1.PlaceAskRequest{}}, {marketplace.WithdrawAsk{}, &v1.WithdrawAskRequest{}},
	{marketplace.ServeProgram{}, &v1.ServeProgramRequest{}}, {marketplace.DropProgram{}, &v1.DropProgramRequest{}},
	{marketplace.AcceptRequest{}, &v1.AcceptRequestRequest{}}, {marketplace.DeclineRequest{}, &v1.DeclineRequestRequest{}},
	{marketplace.DisputeInput{}, &v1.DisputeInputRequest{}}, {marketplace.SendHeartbeat{}, &v1.SendHeartbeatRequest{}},
	{marketplace.Resign{}, &v1.ResignRequest{}}, {marketplace.OpenVault{}, &vaultsv1.OpenVaultRequest{}},
	{marketplace.DepositJunior{}, &vaultsv1.DepositJuniorRequest{}}, {marketplace.DepositSenior{}, &vaultsv1.DepositSeniorRequest{}},
	{marketplace.ClaimCommission{}, &vaultsv1.ClaimCommissionRequest{}}, {marketplace.WithdrawBalance{}, &v1.WithdrawBalanceRequest{}},
	{marketplace.RegisterProgram{}, &v1.RegisterProgramRequest{}}, {marketplace.CreditDeposit{}, &v1.CreditDepositRequest{}},
	{marketplace.SetParams{}, &v1.SetParamsRequest{}}, {marketplace.Pause{}, &v1.PauseRequest{}}, {marketplace.Unpause{}, &v1.UnpauseRequest{}},

	{marketplace.WithdrawCollateral{}, &v1.WithdrawCollateralRequest{}}, {marketplace.CreditCollateral{}, &v1.CreditCollateralRequest{}},
	{marketplace.RedeemShares{}, &vaultsv1.RedeemSharesRequest{}}, {marketplace.RedeemJunior{}, &vaultsv1.RedeemJuniorRequest{}},
	{marketplace.ClaimRedemption{}, &vaultsv1.ClaimRedemptionRequest{}}, {marketplace.TransferShares{}, &vaultsv1.TransferSharesRequest{}},
	{marketplace.ApproveShares{}, &vaultsv1.ApproveSharesRequest{}}, {marketplace.TransferSharesFrom{}, &vaultsv1.TransferSharesFromRequest{}},
	{marketplace.SetCommission{}, &vaultsv1.SetCommissionRequest{}}, {marketplace.ExitMarket{}, &vaultsv1.ExitMarketRequest{}},
	{marketplace.CommitEvidence{}, &v1.CommitEvidenceRequest{}}, {marketplace.RevealEvidence{}, &v1.RevealEvidenceRequest{}},
	{marketplace.SetCollateral{}, &v1.SetCollateralRequest{}}, {marketplace.PublishPrice{}, &v1.PublishPriceRequest{}},
	{marketplace.DeclareIncident{}, &v1.DeclareIncidentRequest{}}, {marketplace.VetoCase{}, &v1.VetoCaseRequest{}},
	{marketplace.ReleaseProver{}, &v1.ReleaseProverRequest{}}, {marketplace.RaiseAlert{}, &v1.RaiseAlertRequest{}},
	{marketplace.RegisterReporter{}, &v1.RegisterReporterRequest{}}, {marketplace.SetFeed{}, &v1.SetFeedRequest{}},
	{marketplace.RetireFeed{}, &v1.RetireFeedRequest{}}, {marketplace.PublishRound{}, &v1.PublishRoundRequest{}},
	{marketplace.LockRequest{}, &v1.LockRequestRequest{}}, {marketplace.CommitBid{}, &v1.CommitBidRequest{}}, {marketplace.RevealBid{}, &v1.RevealBidRequest{}},

	{marketplace.PublishClearing{}, &v1.PublishClearingRequest{}}, {Clearing{}, &v1.Clearing{}},

	{marketplace.Request{}, &v1.Request{}}, {Market{}, &v1.Market{}}, {Ask{}, &v1.Ask{}}, {Book{}, &v1.Book{}}, {Quote{}, &v1.Quote{}}, {TierQuote{}, &v1.TierQuote{}}, {marketplace.Quote{}, &v1.QuotedReserve{}},
	{marketplace.Reliability{}, &v1.Score{}}, {marketplace.ScoreRule{}, &v1.ScoreRule{}},
	{Prover{}, &v1.Prover{}}, {Listing{}, &v1.Listing{}}, {Account{}, &v1.Account{}}, {Vault{}, &vaultsv1.Vault{}},
	{Accepted{}, &v1.Accepted{}}, {Authorization{}, &v1.Authorization{}}, {signing.Place{}, &v1.Place{}}, {UploadToken{}, &v1.UploadToken{}}, {ReadToken{}, &v1.ReadToken{}},
	{Redemption{}, &vaultsv1.Redemption{}}, {Allowance{}, &vaultsv1.Allowance{}}, {VaultRisk{}, &vaultsv1.VaultRisk{}}, {risk.Exposure{}, &vaultsv1.Exposure{}}, {Risk{}, &v1.Risk{}}, {Case{}, &v1.Case{}},
	{ProvenFeed{}, &v1.ProvenFeed{}}, {Round{}, &v1.Round{}}, {oracle.Signed{}, &v1.SignedObservation{}},
}

// filler gives every field a value of its own.
type filler byte

func (n *filler) fill(v reflect.Value) {
	*n++
	switch leaf := v.Addr().Interface().(type) {
	case *vadium.Amount:
		*leaf = vadium.Tokens(uint64(*n))
	case *auction.Product:
		*leaf = auction.Product{Size: uint8(*n % 40), Tier: auction.Immediate, Stake: auction.StakeHigh}
	case *auction.Tier:
		*leaf = auction.Bulk
	case *auction.Mechanism:
		*leaf = auction.OnePrice
	case *vadium.ProofSystem:
		*leaf = vadium.PLONK
	case *vadium.Curve:
		*leaf = vadium.BLS12381
	case *vadium.KeyClass:
		*leaf = vadium.KeysUniversal
	case *marketplace.Phase:
		*leaf = marketplace.PhaseUnserved
	case *marketplace.Stage:
		*leaf = marketplace.StageSilent
	case *marketplace.ProverState:
		*leaf = marketplace.StateTombstoned
	case *slashing.Offence:
		*leaf = slashing.BidEquivocation
	case *risk.Level:
		*leaf = risk.Red
	case *risk.Stage:
		*leaf = risk.Suspended
	case *oracle.SourceKind:
		*leaf = oracle.Pyth
	case *string:
		*leaf = "text"
	default:
		n.fillKind(v)
	}
}

func (n *filler) fillKind(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("eip712") != "-" {
				n.fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		n.fill(v.Index(0))
		n.fill(v.Index(1))
	case reflect.Array:
		for i := range v.Len() {
			n.fill(v.Index(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		n.fill(v.Elem())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(int64(*n) << 40)
	default:
		v.SetUint(uint64(*n))
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for _, pair := range pairs {
		t.Run(reflect.TypeOf(pair.noun).Name(), func(t *testing.T) {
			want := reflect.New(reflect.TypeOf(pair.noun))
			var n filler
			n.fill(want.Elem())
			for name, write := range map[string]func(proto.Message, any){"Write": Write, "WriteCommand": WriteCommand} {
				message := proto.Clone(pair.message)
				write(message, want.Interface())
				// Through JSON, as curl would send it.
				text, err := protojson.Marshal(message)
				if err != nil {
					t.Fatal(err)
				}
				again := message.ProtoReflect().New().Interface()
				if err := protojson.Unmarshal(text, again); err != nil {
					t.Fatal(err)
				}
				got := reflect.New(reflect.TypeOf(pair.noun))
				if err := Read(again, got.Interface()); err != nil {
					t.Fatalf("%s, then Read: %v", name, err)
				}
				if !reflect.DeepEqual(got.Interface(), want.Interface()) {
					t.Errorf("%s, then Read = %+v, want %+v", name, got.Elem(), want.Elem())
				}
			}
		})
	}
}

// A field of a command that only the message has would be accepted and ignored: nobody signed it.
func TestNoCommandMessageHasAFieldThatIsNotSigned(t *testing.T) {
	unsigned := map[string]bool{"auth": true, "sample_proof": true, "quote_signature": true}
	for _, pair := range pairs {
		if _, ok := pair.noun.(marketplace.Body); !ok {
			continue
		}
		known := map[string]bool{}
		of := reflect.TypeOf(pair.noun)
		for f := range of.Fields() {
			known[strings.Join(nameOnWire(of, f), "_")] = true
		}
		fields := pair.message.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			if name := string(fields.Get(i).Name()); !known[name] && !unsigned[name] {
				t.Errorf("%s.%s is not a field of %v", pair.message.ProtoReflect().Descriptor().Name(), name, of)
			}
		}
	}
}

func TestWhatIsAbsentIsReadAsAbsent(t *testing.T) {
	for name, write := range map[string]func(proto.Message, any){"Write": Write, "WriteCommand": WriteCommand} {
		message := &v1.ProvenFeed{Next: &v1.Feed{}, Last: &v1.Report{}} // of an answer before
		write(message, ProvenFeed{})
		got := ProvenFeed{Next: &oracle.Feed{}, Last: &oracle.Report{}}
		if err := Read(message, &got); err != nil || message.Next != nil || message.Last != nil || got.Next != nil || got.Last != nil {
			t.Errorf("%s, then Read of a feed without rounds = %+v, %v, want no next and no last", name, got, err)
		}
	}
}

func TestZerosAreLeftOutOfAnswersButSentInCommands(t *testing.T) {
	var answer v1.Request
	Write(&answer, marketplace.Request{})
	if answer.Proof != "" || answer.MaxFee != "0" {
		t.Errorf("Write of zeros = proof %q, max fee %q, want none and 0", answer.Proof, answer.MaxFee)
	}
	var command v1.CreditDepositRequest
	WriteCommand(&command, marketplace.CreditDeposit{})
	if want := "0x" + strings.Repeat("0", 64); command.Reference != want {
		t.Errorf("WriteCommand of a zero reference = %q, want %q", command.Reference, want)
	}
}

// A part of a command that is zero altogether has no text of its own (there is no product of no tier), and most requests have
// two: it is left out, and read as what was signed.
func TestAPartOfACommandThatSaysNothingIsLeftOut(t *testing.T) {
	message := &v1.SubmitRequestRequest{Arrangement: new(v1.Arrangement), Quote: new(v1.QuotedReserve)} // of a command before
	WriteCommand(message, marketplace.SubmitRequest{Tier: auction.Standard})
	var got marketplace.SubmitRequest
	got.Arrangement.Hedges, got.Quote.At = 1, 1
	if err := Read(message, &got); err != nil || message.Arrangement != nil || message.Quote != nil || got.Arrangement.Hedges != 0 || got.Quote.At != 0 {
		t.Errorf("an ordinary request is written as %v and read as %+v, %v", message, got, err)
	}
}

func TestMalformedFieldsAreRefusedByName(t *testing.T) {
	for _, row := range []struct {
		message proto.Message
		into    any
		want    string
	}{
		{&v1.Request{Phase: "lost"}, &marketplace.Request{}, `phase: "lost" is unknown`},
		{&v1.Request{Statement: "0xzz"}, &marketplace.Request{}, "statement"},
		{&v1.Request{DeadlineMs: -1}, &marketplace.Request{}, "deadline_ms: -1 is negative"},
		{&v1.Request{MaxFee: "1.5"}, &marketplace.Request{}, "max_fee"},
		{&v1.Market{SeedCommitments: []string{"0x00"}}, &Market{}, "item 0"},
		{&v1.CancelRequestRequest{Request: "0x12"}, &marketplace.CancelRequest{}, "request"},
	} {
		if err := Read(row.message, row.into); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("Read(%v) = %v, want an error with %q", row.message, err, row.want)
		}
	}
}

// events holds one of every kind; a test compares it with the core's list.
var events = []marketplace.Event{
	&marketplace.MarketOpened{}, &marketplace.CommandAccepted{}, &marketplace.SessionCommandAccepted{},
	&marketplace.SessionOpened{}, &marketplace.SessionRevoked{}, &marketplace.ParamsSet{}, &marketplace.MarketPaused{},
	&marketplace.Resumed{}, &marketplace.MarketHeartbeat{}, &marketplace.Deposited{}, &marketplace.Withdrawn{},
	&marketplace.ProgramListed{}, &marketplace.ProgramServed{}, &marketplace.ProgramDropped{}, &marketplace.AskEpochOpened{},
	&marketplace.AskEpochClosed{}, &marketplace.AskPlaced{}, &marketplace.AskWithdrawn{}, &marketplace.PriceSampled{},
	&marketplace.VaultOpened{}, &marketplace.JuniorDeposited{}, &marketplace.SeniorDeposited{}, &marketplace.CommissionClaimed{},
	&marketplace.StakeLocked{}, &marketplace.StakeReleased{}, &marketplace.RequestSubmitted{}, &marketplace.EscrowLocked{},
	&marketplace.EscrowRefunded{}, &marketplace.RequestAssigned{}, &marketplace.BackupActivated{}, &marketplace.RequestAccepted{},
	&marketplace.AssignmentEnded{}, &marketplace.HeartbeatReceived{}, &marketplace.HeartbeatMissed{}, &marketplace.Resigned{},
	&marketplace.DeliveryReceived{}, &marketplace.DeliveryAccepted{}, &marketplace.DeliveryRejected{}, &marketplace.GraceStarted{},
	&marketplace.FeeSettled{}, &marketplace.RewardsAccrued{}, &marketplace.SolvingFeePaid{}, &marketplace.FaultRecorded{},
	&marketplace.Slashed{}, &marketplace.ActivationCharged{}, &marketplace.RequestClosed{},
	&marketplace.RedemptionRequested{}, &marketplace.RedemptionClaimed{}, &marketplace.SharesTransferred{}, &marketplace.SharesApproved{},
	&marketplace.CommissionChanged{}, &marketplace.CommissionDiverted{}, &marketplace.ProverMoved{}, &marketplace.CollateralSet{},
	&marketplace.CollateralDeposited{}, &marketplace.CollateralWithdrawn{}, &marketplace.PricePublished{}, &marketplace.CallMoved{},
	&marketplace.EpochMarked{}, &marketplace.BreakerTightened{}, &marketplace.IncidentDeclared{}, &marketplace.AlertRaised{}, &marketplace.EvidenceCommitted{},
	&marketplace.CaseOpened{}, &marketplace.CaseVetoed{}, &marketplace.VaultSlashed{}, &marketplace.DeferredSlashed{},
	&marketplace.ReporterRegistered{}, &marketplace.FeedSet{}, &marketplace.FeedRetired{}, &marketplace.RoundPublished{},
	&marketplace.BatchCleared{}, &marketplace.RequestsRolled{}, &marketplace.RequestHastened{}, &marketplace.ReserveRaised{},
	&marketplace.BidCommitted{}, &marketplace.BidRevealed{}, &marketplace.BondForfeited{}, &marketplace.BondReturned{},
	&marketplace.HedgePaid{}, &marketplace.ClearingProven{}, &marketplace.ReservationEnded{},
}

func TestTheListOfEventsIsTheCores(t *testing.T) {
	source, err := os.ReadFile("../../event.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, e := range events {
		known[marketplace.KindOf(e)] = true
	}
	for _, match := range regexp.MustCompile(`func\(\) Event \{ return new\((\w+)\) \}`).FindAllStringSubmatch(string(source), -1) {
		if !known[match[1]] {
			t.Errorf("event %s is not tested here", match[1])
		}
		delete(known, match[1])
	}
	for name := range known {
		t.Errorf("event %s is no longer the core's", name)
	}
}

func TestEveryEventTravelsAsRecordAndAsJSON(t *testing.T) {
	for _, e := range events {
		var n filler
		n.fill(reflect.ValueOf(e).Elem())
		record := marketplace.Record{Seq: 7, At: 1_700_000_000_000, Event: e}
		event := WriteEvent(record)
		got, err := ReadEvent(event)
		if err != nil {
			t.Fatalf("ReadEvent(%s): %v", event.Kind, err)
		}
		if !reflect.DeepEqual(got, record) {
			t.Errorf("ReadEvent = %+v, want %+v", got.Event, record.Event)
		}
		if fields := reflect.TypeOf(e).Elem().NumField(); len(event.Detail.Fields) != fields {
			t.Errorf("detail of %s has %d fields, want %d: %v", event.Kind, len(event.Detail.Fields), fields, event.Detail)
		}
	}
}

func TestTheDetailOfAnEventReadsLikeTheRestOfTheAPI(t *testing.T) {
	event := WriteEvent(marketplace.Record{Seq: 1, At: 2, Event: &marketplace.StakeLocked{
		Vault: 3, Lock: vaults.Lock{Request: vadium.RequestID{0xab}, Amount: vadium.Tokens(2)},
	}})
	text, err := protojson.Marshal(event.Detail)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	wantText := `{"vault": 3, "lock": {"request": "0xab` + strings.Repeat("0", 62) + `", "amount": "2000000000000000000", "damageCap": "0"}}`
	if err := json.Unmarshal([]byte(wantText), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("detail = %s, want %s", text, wantText)
	}
}

func TestARecordUnderAnotherPositionIsRefused(t *testing.T) {
	event := WriteEvent(marketplace.Record{Seq: 1, At: 2, Event: &marketplace.MarketHeartbeat{}})
	event.Seq = 2
	if _, err := ReadEvent(event); err == nil {
		t.Error("ReadEvent of record 1 as event 2 = nil, want an error")
	}
}

// Where fields travel is remembered. Somebody may have asked before for the same struct in another message, or for the same
// message with another struct: both of these are on the wire.
func TestPlacesAreRememberedByStructAndMessage(t *testing.T) {
	for range 2 {
		for _, pair := range pairs {
			of, in := reflect.TypeOf(pair.noun), reflect.TypeOf(pair.message).Elem()
			for _, p := range placesOf(of, in) {
				want := strings.Join(nameOnWire(of, of.Field(p.index)), "_")
				if got := ProtoName(in.Field(p.in)); p.name != want || got != want {
					t.Errorf("%v.%s travels as %s of %v, want %s", of, of.Field(p.index).Name, got, in, want)
				}
			}
		}
	}
}

// A request as the market answers with it, written and read.
func BenchmarkRequest(b *testing.B) {
	var request marketplace.Request
	new(filler).fill(reflect.ValueOf(&request).Elem())
	message := new(v1.Request)
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Write(message, request)
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := Read(message, &request); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A new command of the core travels on the day it exists. Deliveries carry their proof's bytes, and sessions travel in
// messages of their own.
func TestEverySignedCommandHasAMessage(t *testing.T) {
	known := map[reflect.Type]bool{
		reflect.TypeFor[marketplace.Deliver](): true, reflect.TypeFor[marketplace.OpenSession](): true, reflect.TypeFor[marketplace.RevokeSession](): true,
	}
	for _, pair := range pairs {
		known[reflect.TypeOf(pair.noun)] = true
	}
	for _, body := range signing.Bodies() {
		if !known[reflect.TypeOf(body)] {
			t.Errorf("%T is in no message that is tested here", body)
		}
	}
}
