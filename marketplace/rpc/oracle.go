package rpc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
	"vadium/oracle"
)

// oracleService implements vadium.marketplace.v1.OracleService.
type oracleService struct{ *Server }

// RegisterReporter implements the service.
func (o oracleService) RegisterReporter(ctx context.Context, req *connect.Request[v1.RegisterReporterRequest]) (*connect.Response[v1.RegisterReporterResponse], error) {
	command, body, err := open[marketplace.RegisterReporter](o.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	doubt := pricemedian.CheckPossession(o.domain.Deployment, command.Author, body.Key, body.Possession)
	body.Held = doubt == nil
	command.Body = body
	accepted, err := o.do(ctx, command)
	if err != nil {
		return nil, doubted(err, doubt)
	}
	return answer(&v1.RegisterReporterResponse{Accepted: writeAccepted(accepted)}, nil)
}

// doubted adds what the shell found wrong to the market's refusal.
func doubted(refusal, doubt error) error {
	if doubt == nil {
		return refusal
	}
	return fmt.Errorf("%v: %w", doubt, refusal)
}

// SetFeed implements the service.
func (o oracleService) SetFeed(ctx context.Context, req *connect.Request[v1.SetFeedRequest]) (*connect.Response[v1.SetFeedResponse], error) {
	command, body, err := open[marketplace.SetFeed](o.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	committee, doubt := pricemedian.Committee(int(body.Feed.Slots), keysOf(&body.Feed))
	body.Committee = committee
	if err := o.checkFeedProgram(&body.Feed); err != nil {
		return nil, err
	}
	command.Body = body
	accepted, err := o.do(ctx, command)
	if err != nil {
		return nil, doubted(err, doubt)
	}
	event, _, err := find[*marketplace.FeedSet](ctx, o.Server, accepted)
	if err != nil {
		return nil, err
	}
	return answer(&v1.SetFeedResponse{Accepted: writeAccepted(accepted), FromMs: int64(event.From)}, nil)
}

// checkFeedProgram refuses a program whose name is not that of the circuit with as many slots as the feed: the committee's digest is
// one of its slots. What else is wrong with a feed, the core says.
func (s *Server) checkFeedProgram(f *oracle.Feed) (err error) {
	s.Market.View(func(state *marketplace.State) {
		l, want := state.Listing(f.Program), pricemedian.ProgramName(int(f.Slots))
		if l != nil && slices.Contains(oracle.Slots(), f.Slots) && l.Program.Name != want {
			err = fmt.Errorf("program %v is called %s, a feed of %d slots has one called %s: %w", f.Program, l.Program.Name, f.Slots, want, marketplace.ErrProgramUnfit)
		}
	})
	return err
}

func keysOf(f *oracle.Feed) []oracle.Key {
	keys := make([]oracle.Key, len(f.Seats))
	for i, seat := range f.Seats {
		keys[i] = seat.Key
	}
	return keys
}

// RetireFeed implements the service.
func (o oracleService) RetireFeed(ctx context.Context, req *connect.Request[v1.RetireFeedRequest]) (*connect.Response[v1.RetireFeedResponse], error) {
	accepted, err := carryOut[marketplace.RetireFeed](ctx, o.Server, req.Msg)
	return answer(&v1.RetireFeedResponse{Accepted: accepted}, err)
}

// PublishRound implements the service. The proof is verified before the command is queued, in the verifier's children, and only
// when the market wants the round.
func (o oracleService) PublishRound(ctx context.Context, req *connect.Request[v1.PublishRoundRequest]) (*connect.Response[v1.PublishRoundResponse], error) {
	command, body, err := open[marketplace.PublishRound](o.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	doubt, err := o.examineRound(ctx, command, &body)
	if err != nil {
		return nil, o.Metrics.refusedRound(err)
	}
	command.Body = body
	accepted, err := o.do(ctx, command)
	if err != nil {
		return nil, o.Metrics.refusedRound(doubted(err, doubt))
	}
	event, seq, err := find[*marketplace.RoundPublished](ctx, o.Server, accepted)
	if err != nil {
		return nil, err
	}
	answered := &v1.PublishRoundResponse{Accepted: writeAccepted(accepted), Round: new(v1.Round)}
	wire.Write(answered.Round, roundView(event, seq, accepted.At))
	return answer(answered, nil)
}

// feedOf parses a feed's name and looks whether there is one.
func (s *Server) feedOf(text string) (id oracle.FeedID, err error) {
	if err := id.UnmarshalText([]byte(text)); err != nil {
		return id, malformed(err)
	}
	known := false
	s.Market.View(func(state *marketplace.State) { known = state.ProvenFeed(id) != nil })
	if !known {
		return id, marketplace.ErrFeedUnknown
	}
	return id, nil
}

// Observe implements the service. What costs little is looked at before the signature.
func (o oracleService) Observe(ctx context.Context, req *connect.Request[v1.ObserveRequest]) (*connect.Response[v1.ObserveResponse], error) {
	feed, err := o.feedOf(req.Msg.GetFeed())
	if err != nil {
		return nil, err
	}
	var signed oracle.Signed
	if err := wire.Read(req.Msg.GetSigned(), &signed); err != nil {
		return nil, malformed(err)
	}
	return answer(&v1.ObserveResponse{}, o.observe(ctx, feed, signed))
}

func (s *Server) observe(ctx context.Context, feed oracle.FeedID, signed oracle.Signed) error {
	seated, err := s.checkObserved(feed, signed)
	if err != nil {
		return err
	}
	if held, err := s.board.look(feed, signed); held || err != nil {
		return err
	}
	if err := s.turned(s.door.peekSeat(signed.Key)); err != nil {
		return err
	}
	select {
	case s.observations <- struct{}{}:
		err = pricemedian.Verify(signed)
		<-s.observations
	case <-ctx.Done():
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%v: %w", err, wire.ErrObservationUnsigned)
	}
	if err := s.turned(s.door.takeSeat(signed.Key)); err != nil {
		return err
	}
	_, err = s.board.pin(feed, signed, seated)
	return err
}

// checkObserved refuses an observation that nobody could use, and returns which keys have a seat on the feed's committee or on
// the one that is announced.
func (s *Server) checkObserved(feed oracle.FeedID, signed oracle.Signed) (seated func(oracle.Key) bool, err error) {
	seats := map[oracle.Key]bool{}
	s.Market.View(func(state *marketplace.State) {
		f := state.ProvenFeed(feed)
		for _, key := range keysOf(&f.Feed) {
			seats[key] = true
		}
		if f.Next != nil {
			for _, key := range keysOf(f.Next) {
				seats[key] = true
			}
		}
		last := f.Last.Report.Round
		switch o := signed.Observation; {
		case f.Retired:
			err = marketplace.ErrFeedRetired
		case o.Scope != oracle.ScopeOf(s.domain.Deployment, feed):
			err = fmt.Errorf("it is of scope 0x%x: %w", o.Scope, wire.ErrObservationForeign)
		case !seats[signed.Key]:
			err = fmt.Errorf("key 0x%x has no seat: %w", signed.Key, wire.ErrObservationForeign)
		case last >= heldRounds && o.Round <= last-heldRounds:
			err = fmt.Errorf("round %d, the last is %d: %w", o.Round, last, wire.ErrObservationOld)
		}
	})
	return func(key oracle.Key) bool { return seats[key] }, err
}

// WatchObservations implements the service. A reader is as slow as it likes, until one write takes too long: what it has
// missed and is not held any more nobody needs.
func (o oracleService) WatchObservations(ctx context.Context, req *connect.Request[v1.WatchObservationsRequest], stream *connect.ServerStream[v1.WatchObservationsResponse]) error {
	feed, err := o.feedOf(req.Msg.GetFeed())
	if err != nil {
		return err
	}
	var sent time.Time
	beat := time.NewTimer(o.Heartbeat)
	defer beat.Stop()
	for last := uint64(0); ; {
		added, number, more := o.board.since(feed, last)
		for _, signed := range added {
			message := new(v1.SignedObservation)
			wire.Write(message, signed)
			if err := stream.Send(&v1.WatchObservationsResponse{Item: &v1.WatchObservationsResponse_Observed{Observed: message}}); err != nil {
				return err
			}
		}
		if last = number; sent.IsZero() || time.Since(sent) >= o.Heartbeat {
			beat := &v1.Heartbeat{AtMs: int64(o.Clock())}
			if err := stream.Send(&v1.WatchObservationsResponse{Item: &v1.WatchObservationsResponse_Heartbeat{Heartbeat: beat}}); err != nil {
				return err
			}
			sent = time.Now()
		}
		beat.Reset(o.Heartbeat)
		select {
		case <-more:
		case <-beat.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// ListFeeds implements the service.
func (o oracleService) ListFeeds(_ context.Context, req *connect.Request[v1.ListFeedsRequest]) (*connect.Response[v1.ListFeedsResponse], error) {
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	now := o.Clock()
	var views []wire.ProvenFeed
	o.Market.View(func(s *marketplace.State) {
		for _, f := range s.ProvenFeeds() {
			if page.take() {
				views = append(views, feedView(s, f, now))
			}
			if page.beyond() {
				break
			}
		}
	})
	answered := &v1.ListFeedsResponse{NextPageToken: page.next()}
	for _, view := range views {
		message := new(v1.ProvenFeed)
		wire.Write(message, view)
		answered.Feeds = append(answered.Feeds, message)
	}
	return answer(answered, nil)
}

// GetFeed implements the service.
func (o oracleService) GetFeed(_ context.Context, req *connect.Request[v1.GetFeedRequest]) (*connect.Response[v1.GetFeedResponse], error) {
	id, err := o.feedOf(req.Msg.GetFeed())
	if err != nil {
		return nil, err
	}
	now := o.Clock()
	var view wire.ProvenFeed
	o.Market.View(func(s *marketplace.State) { view = feedView(s, s.ProvenFeed(id), now) })
	answered := &v1.GetFeedResponse{Feed: new(v1.ProvenFeed)}
	wire.Write(answered.Feed, view)
	return answer(answered, nil)
}

// feedView copies what changes; configurations are never changed in place.
func feedView(s *marketplace.State, f *marketplace.ProvenFeed, now vadium.Time) wire.ProvenFeed {
	view := wire.ProvenFeed{Feed: f.Feed, Next: f.Next, NextFrom: f.NextFrom, Retired: f.Retired, LastSeq: f.LastSeq}
	if f.LastSeq > 0 {
		report := f.Last.Report
		view.LastPublished, view.Last = f.Last.Published, &report
		view.Average, _ = f.Average.Over(max(now, s.Now()))
	}
	return view
}

// lastOf returns the position of a feed's last round, and its number.
func (s *Server) lastOf(id oracle.FeedID) (seq, round uint64) {
	s.Market.View(func(state *marketplace.State) {
		f := state.ProvenFeed(id)
		seq, round = f.LastSeq, f.Last.Report.Round
	})
	return seq, round
}

const (
	// defaultRounds is how many rounds a page has if nobody says, and maxRounds the most. Each is read from the journal.
	defaultRounds, maxRounds = 50, 100
	// maxLookedBack bounds the rounds that one call looks back for another: fewer than a page of them has.
	maxLookedBack = 64
)

// ListRounds implements the service. The token of a page is the position of its first round.
func (o oracleService) ListRounds(ctx context.Context, req *connect.Request[v1.ListRoundsRequest]) (*connect.Response[v1.ListRoundsResponse], error) {
	id, err := o.feedOf(req.Msg.GetFeed())
	if err != nil {
		return nil, err
	}
	seq, _ := o.lastOf(id)
	if token := req.Msg.GetPageToken(); token != "" {
		from, err := strconv.ParseUint(token, 10, 63)
		if err != nil || from == 0 || from > seq {
			return nil, malformed(fmt.Errorf("page_token %q is not from a previous page", token))
		}
		seq = from
	}
	size := int(req.Msg.GetPageSize())
	if size == 0 {
		size = defaultRounds
	}
	answered := new(v1.ListRoundsResponse)
	for range min(size, maxRounds) {
		if seq == 0 {
			break
		}
		round, err := o.roundAt(ctx, id, seq)
		if errors.Is(err, errNoRoundThere) {
			return nil, malformed(fmt.Errorf("page_token %q is not from a previous page", req.Msg.GetPageToken()))
		}
		if err != nil {
			return nil, err
		}
		message := new(v1.Round)
		wire.Write(message, round)
		answered.Rounds = append(answered.Rounds, message)
		seq = round.Previous
	}
	if seq > 0 {
		answered.NextPageToken = strconv.FormatUint(seq, 10)
	}
	return answer(answered, nil)
}

// GetRound implements the service.
func (o oracleService) GetRound(ctx context.Context, req *connect.Request[v1.GetRoundRequest]) (*connect.Response[v1.GetRoundResponse], error) {
	id, err := o.feedOf(req.Msg.GetFeed())
	if err != nil {
		return nil, err
	}
	round, err := o.findRound(ctx, id, req.Msg.GetRound())
	if err != nil {
		return nil, err
	}
	answered := &v1.GetRoundResponse{Round: new(v1.Round)}
	wire.Write(answered.Round, round)
	return answer(answered, nil)
}

// findRound walks back from the last round to one of a number; 0: the last.
func (s *Server) findRound(ctx context.Context, id oracle.FeedID, number uint64) (wire.Round, error) {
	seq, last := s.lastOf(id)
	if number == 0 {
		number = last
	}
	if seq == 0 || number > last {
		return wire.Round{}, fmt.Errorf("round %d, the last is %d: %w", number, last, wire.ErrRoundUnknown)
	}
	for range maxLookedBack {
		round, err := s.roundAt(ctx, id, seq)
		switch {
		case err != nil:
			return wire.Round{}, err
		case round.Report.Round == number:
			return round, nil
		case round.Report.Round < number || round.Previous == 0:
			return wire.Round{}, fmt.Errorf("round %d was skipped: %w", number, wire.ErrRoundUnknown)
		}
		seq = round.Previous
	}
	return wire.Round{}, fmt.Errorf("round %d, the last is %d: %w", number, last, wire.ErrRoundFar)
}

var errNoRoundThere = errors.New("the record is not a round of the feed")

// roundAt reads a round of a feed from the journal.
func (s *Server) roundAt(ctx context.Context, id oracle.FeedID, seq uint64) (wire.Round, error) {
	record, err := s.Market.At(ctx, seq)
	if err != nil {
		return wire.Round{}, err
	}
	event, is := record.Event.(*marketplace.RoundPublished)
	if !is || event.Feed != id {
		return wire.Round{}, fmt.Errorf("record %d, feed %v: %w", seq, id, errNoRoundThere)
	}
	return roundView(event, seq, record.At), nil
}

func roundView(e *marketplace.RoundPublished, seq uint64, at vadium.Time) wire.Round {
	return wire.Round{
		Feed: e.Feed, Seq: seq, Published: at, By: e.By, Report: e.Report, Request: e.Request, Prover: e.Prover, Program: e.Program, Proof: e.Proof,
		Previous: e.Previous,
	}
}
