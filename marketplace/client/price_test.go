package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"vadium"
	"vadium/circuits/pricemedian"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/rpctest"
	v1 "vadium/marketplace/v1"
	"vadium/oracle"
)

// liar changes what the market answers before the client sees it.
type liar func(answer any)

func (l liar) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		response, err := next(ctx, req)
		if err == nil {
			l(response.Any())
		}
		return response, err
	}
}

func (l liar) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func (l liar) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// newPrice returns a market with a feed whose last round is 3.
func newPrice(t *testing.T) (*rpctest.Market, *rpctest.Feed) {
	t.Helper()
	m := rpctest.Start(t, rpctest.Config{})
	f := m.NewFeed(t, nil)
	m.Fund(t, requester, 10)
	f.Publish(t, requester, 1, 199_000_000_000, 200_000_000_000, 200_000_000_001, 200_000_000_002)
	f.Publish(t, requester, 3, 199_000_000_000, 200_000_000_000, 200_000_000_001, 210_000_000_000)
	return m, f
}

func TestPriceIsTheMedianOnceItsProofIsVerified(t *testing.T) {
	m, f := newPrice(t)
	c := client.New(m.URL, client.Options{}) // it takes no key
	price, err := c.Price(t.Context(), f.ID, client.PinMarket(m.Domain.Deployment), client.PinProgram(f.Program.ID()),
		client.PinCommittee(f.Committee), client.PinDecimals(8), client.MaxAge(vadium.Minute))
	if err != nil {
		t.Fatal(err)
	}
	report := price.Proven.Round.Report
	if price.Value != vadium.NewAmount(200_000_000_001) || price.Decimals != 8 || price.Round != 3 || price.At != report.Oldest || report.Flags != 0b1000 {
		t.Errorf("Price = %+v, want 2000.00000001 of round 3 with the last seat flagged", price)
	}
	if proven, err := c.VerifyRound(t.Context(), f.ID, 1); err != nil || proven.Round.Report.Round != 1 || proven.Program.ID() != f.Program.ID() {
		t.Errorf("VerifyRound 1 = %+v, %v", proven, err)
	}
	for name, row := range map[string]struct {
		pin  client.Pin
		want error
	}{
		"another market":    {client.PinMarket(vadium.Salt{1}), client.ErrPinned},
		"another program":   {client.PinProgram(vadium.ProgramID{1}), client.ErrPinned},
		"another committee": {client.PinCommittee([32]byte{1}), client.ErrPinned},
		"other decimals":    {client.PinDecimals(18), client.ErrPinned},
	} {
		if _, err := c.Price(t.Context(), f.ID, row.pin); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}

func TestPriceGrowsStale(t *testing.T) {
	m, f := newPrice(t)
	seen, err := client.New(m.URL, client.Options{}).Feed(t.Context(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	// A window, a heartbeat, and three leaders' time-outs.
	last := seen.Last.Oldest.Add(2*vadium.Minute + 30*vadium.Second)
	for at, want := range map[vadium.Time]error{last: nil, last.Add(1): client.ErrPriceStale} {
		c := client.New(m.URL, client.Options{Clock: func() vadium.Time { return at }})
		if _, err := c.Price(t.Context(), f.ID); !errors.Is(err, want) {
			t.Errorf("at %d: %v, want %v", at, err, want)
		}
	}
	early := client.New(m.URL, client.Options{Clock: func() vadium.Time { return seen.Last.Newest.Add(-31 * vadium.Second) }})
	if _, err := early.Price(t.Context(), f.ID); !errors.Is(err, client.ErrUnproven) {
		t.Errorf("half a minute before it was observed: %v, want ErrUnproven", err)
	}
}

// spoil changes a field of a message: the last digit of text, or a number by one.
func spoil(t *testing.T, m proto.Message, path string) {
	t.Helper()
	message := m.ProtoReflect()
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		fd := message.Descriptor().Fields().ByName(protoreflect.Name(name))
		if fd.IsList() {
			message = message.Mutable(fd).List().Get(0).Message()
			continue
		}
		message = message.Mutable(fd).Message()
	}
	fd := message.Descriptor().Fields().ByName(protoreflect.Name(names[len(names)-1]))
	switch v := message.Get(fd).Interface().(type) {
	case string:
		last := v[len(v)-1:]
		other := "1"
		if last == "1" {
			other = "2"
		}
		message.Set(fd, protoreflect.ValueOfString(v[:len(v)-1]+other))
	case uint32:
		message.Set(fd, protoreflect.ValueOfUint32(v^1))
	case uint64:
		message.Set(fd, protoreflect.ValueOfUint64(v^1))
	case int64:
		message.Set(fd, protoreflect.ValueOfInt64(v+1))
	case bool:
		message.Set(fd, protoreflect.ValueOfBool(!v))
	default:
		t.Fatalf("%s is a %T", path, v)
	}
}

// Whatever a market says that is not what was proven is an error, and no price.
func TestMarketThatLiesIsCaught(t *testing.T) {
	m, f := newPrice(t)
	lies := map[string]func(answer any){}
	for _, path := range []string{
		"round.feed", "round.report.scope", "round.report.round", "round.report.committee", "round.report.median", "round.report.oldest_ms",
		"round.report.newest_ms", "round.report.present", "round.report.quorum", "round.report.outlier_bps", "round.report.flags",
		"round.prover", "round.program", "round.proof",
	} {
		lies[path] = func(answer any) {
			if a, is := answer.(*v1.GetRoundResponse); is {
				spoil(t, a, path)
			}
		}
	}
	lies["a request"] = func(answer any) {
		if a, is := answer.(*v1.GetRoundResponse); is {
			a.Round.Request = vadium.RequestID{1}.String()
		}
	}
	for _, path := range []string{
		"feed.feed.id", "feed.feed.seats.key", "feed.feed.committee", "feed.feed.program", "feed.feed.slots", "feed.feed.quorum", "feed.feed.outlier_bps", "feed.feed.decimals",
	} {
		lies[path] = func(answer any) {
			if a, is := answer.(*v1.GetFeedResponse); is {
				spoil(t, a, path)
			}
		}
	}
	lies["a seat less"] = func(answer any) {
		if a, is := answer.(*v1.GetFeedResponse); is {
			a.Feed.Feed.Seats = a.Feed.Feed.Seats[:3]
		}
	}
	lies["another committee, in itself sound"] = func(answer any) {
		if a, is := answer.(*v1.GetFeedResponse); is {
			a.Feed.Feed.Seats[0], a.Feed.Feed.Seats[1] = a.Feed.Feed.Seats[1], a.Feed.Feed.Seats[0]
			keys := []oracle.Key{f.Seats[1].Key, f.Seats[0].Key, f.Seats[2].Key, f.Seats[3].Key}
			digest, err := pricemedian.Committee(7, keys)
			if err != nil {
				t.Error(err)
			}
			a.Feed.Feed.Committee = vadium.Digest(digest).String()
		}
	}
	program := (&v1.Program{}).ProtoReflect().Descriptor().Fields()
	for i := range program.Len() {
		path := "listing.program." + string(program.Get(i).Name())
		lies[path] = func(answer any) {
			if a, is := answer.(*v1.GetProgramResponse); is {
				spoil(t, a, path)
			}
		}
	}
	lies["keys that nobody vouches for"] = func(answer any) {
		if a, is := answer.(*v1.GetProgramResponse); is {
			a.Listing.Class = vadium.KeysRegistrant.String()
		}
	}
	lies["another deployment"] = func(answer any) {
		if a, is := answer.(*v1.GetMarketResponse); is {
			spoil(t, a, "market.deployment")
		}
	}
	for name, lie := range lies {
		c := client.New(m.URL, client.Options{Interceptors: []connect.Interceptor{liar(lie)}})
		if price, err := c.Price(t.Context(), f.ID, client.PinDecimals(8)); err == nil {
			t.Errorf("a market that lies about %s is believed: %+v", name, price)
		}
	}
}
