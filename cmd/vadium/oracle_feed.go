package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"vadium"
	"vadium/oracle"
	"vadium/vaults/risk"
)

// A feed has a name that people type, ETH/USD, and values with as many decimal places as the feed says.

// parseFeed reads a feed's name.
func parseFeed(text string) (oracle.FeedID, error) {
	id, err := oracle.ParseFeed(text)
	return id, withHint(err, "vadium oracle feeds lists them")
}

// feedName writes a feed's name.
func feedName(id oracle.FeedID) string { return firstSet(oracle.NameOf(id), id.String()) }

// parseUpstreamID reads a source's own name of a value: text, or 0x and 64 hex digits.
func parseUpstreamID(text string) (id [32]byte, err error) {
	if digits, found := strings.CutPrefix(text, "0x"); found && len(digits) == 2*len(id) {
		_, err := hex.Decode(id[:], []byte(digits))
		return id, err
	}
	return oracle.ParseFeed(text)
}

// parseFixed reads a decimal number with at most so many decimal places.
func parseFixed(text string, decimals uint8) (vadium.Amount, error) {
	whole, part, pointed := strings.Cut(text, ".")
	if whole == "" || (pointed && part == "") || len(part) > int(decimals) {
		return vadium.Amount{}, fmt.Errorf("%q is no number with at most %d decimal places", text, decimals)
	}
	a, err := vadium.ParseAmount(whole + part + strings.Repeat("0", int(decimals)-len(part)))
	if err != nil {
		return vadium.Amount{}, fmt.Errorf("%q is no number with at most %d decimal places: %w", text, decimals, err)
	}
	return a, nil
}

// fixed writes a value with so many decimal places, exactly, without trailing zeros.
func fixed(a vadium.Amount, decimals uint8) string {
	digits := a.String()
	if missing := int(decimals) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - int(decimals)
	return strings.TrimRight(strings.TrimRight(digits[:point]+"."+digits[point:], "0"), ".")
}

// feedFile is a feed as its operator writes it down.
type feedFile struct {
	ID string `json:"id"`
	// Program verifies the rounds: a name or an id; empty means the program of the catalogue that has room for the seats.
	Program string     `json:"program,omitempty"`
	Seats   []seatFile `json:"seats"`
	// Quorum; 0 means the least that is allowed.
	Quorum    uint8          `json:"quorum,omitempty"`
	Decimals  uint8          `json:"decimals"`
	Least     string         `json:"least"`
	Most      string         `json:"most"`
	Heartbeat spanText       `json:"heartbeat"`
	Deviation bps            `json:"deviationBps"`
	Window    spanText       `json:"window"`
	Timeout   spanText       `json:"timeout"`
	Outlier   bps            `json:"outlierBps"`
	Lasting   spanText       `json:"lasting"`
	Bond      string         `json:"bond"` // in tokens
	Sources   []upstreamFile `json:"sources,omitempty"`
	Prices    *priced        `json:"prices,omitempty"`
}

type bps = vadium.Bps

// seatFile is a seat.
type seatFile struct {
	Reporter vadium.Account `json:"reporter"`
	Key      string         `json:"key"`
}

// upstreamFile is a source whose signers are known.
type upstreamFile struct {
	Kind      string           `json:"kind"`
	ID        string           `json:"id"`
	Signers   []vadium.Account `json:"signers"`
	Threshold uint8            `json:"threshold"`
	Decimals  uint8            `json:"decimals"`
}

// priced says which asset a feed prices, and what its market takes.
type priced struct {
	Asset string `json:"asset"`
	Depth string `json:"depth"`
}

// spanText is a duration as people write it: 60s, 5m.
type spanText vadium.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *spanText) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err == nil && (d < 0 || d%time.Millisecond != 0) {
		err = fmt.Errorf("%s is no whole number of milliseconds", text)
	}
	*l = spanText(d.Milliseconds())
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (l spanText) MarshalText() ([]byte, error) {
	return []byte((time.Duration(l) * time.Millisecond).String()), nil
}

// fileOf writes a feed down; its program by its id.
func fileOf(f oracle.Feed) feedFile {
	file := feedFile{
		ID: feedName(f.ID), Program: f.Program.String(), Quorum: f.Quorum, Decimals: f.Decimals, Least: fixed(f.Least, f.Decimals), Most: fixed(f.Most, f.Decimals),
		Heartbeat: spanText(f.Heartbeat), Deviation: f.Deviation, Window: spanText(f.Window), Timeout: spanText(f.Timeout),
		Outlier: f.Outlier, Lasting: spanText(f.Lasting), Bond: f.Bond.Tokens(),
	}
	for _, s := range f.Seats {
		file.Seats = append(file.Seats, seatFile{s.Reporter, "0x" + hex.EncodeToString(s.Key[:])})
	}
	for _, s := range f.Sources {
		one := upstreamFile{Kind: s.Kind.String(), ID: sourceName(s), Threshold: s.Threshold, Decimals: s.Decimals}
		for _, signer := range s.Signers {
			one.Signers = append(one.Signers, signer)
		}
		file.Sources = append(file.Sources, one)
	}
	if f.Prices {
		file.Prices = &priced{Asset: assetText(f.Asset), Depth: worth(f.Depth)}
	}
	return file
}

// sourceName writes a source's own name of a value.
func sourceName(s oracle.Source) string {
	return firstSet(oracle.NameOf(s.ID), "0x"+hex.EncodeToString(s.ID[:]))
}

// maxFeedFile bounds a feed's file, in bytes; one of 31 seats with eight sources of 64 signers has 40 KiB.
const maxFeedFile = 256 << 10

// readFeed reads a feed's file. Which program verifies it is left to whoever knows the market.
func readFeed(path string) (file feedFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return file, withHint(err, "vadium oracle feed set --help shows the form")
	}
	defer f.Close()
	decoder := json.NewDecoder(io.LimitReader(f, maxFeedFile))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return file, withHint(fmt.Errorf("%s: %w", path, err), "vadium oracle feed set --help shows the form")
	}
	return file, nil
}

// feed is what the file says, in the market's terms.
func (f feedFile) feed() (oracle.Feed, error) {
	feed := oracle.Feed{
		Quorum: f.Quorum, Decimals: f.Decimals, Heartbeat: vadium.Duration(f.Heartbeat), Deviation: f.Deviation,
		Window: vadium.Duration(f.Window), Timeout: vadium.Duration(f.Timeout), Outlier: f.Outlier, Lasting: vadium.Duration(f.Lasting),
	}
	var wrong []error
	in := func(key string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", key, err))
		}
	}
	var err error
	feed.ID, err = parseFeed(f.ID)
	in("id", err)
	feed.Least, err = parseFixed(f.Least, f.Decimals)
	in("least", err)
	feed.Most, err = parseFixed(f.Most, f.Decimals)
	in("most", err)
	feed.Bond, err = vadium.ParseTokens(f.Bond)
	in("bond", err)
	for i, s := range f.Seats {
		key, err := parseReporterKey(s.Key)
		in(fmt.Sprintf("seats[%d]", i), err)
		feed.Seats = append(feed.Seats, oracle.Seat{Reporter: s.Reporter, Key: key})
	}
	if feed.Slots, err = slotsFor(len(feed.Seats)); err != nil {
		in("seats", err)
	} else if feed.Quorum == 0 {
		feed.Quorum = uint8(oracle.LeastQuorum(len(feed.Seats)))
	}
	for i, o := range f.Sources {
		source, err := o.source()
		in(fmt.Sprintf("sources[%d]", i), err)
		feed.Sources = append(feed.Sources, source)
	}
	if f.Prices != nil {
		feed.Prices = true
		feed.Asset, err = parseAsset(f.Prices.Asset)
		in("prices.asset", err)
		depth, err := parseWorth(f.Prices.Depth)
		in("prices.depth", err)
		feed.Depth = risk.Value(depth)
	}
	return feed, withHint(errors.Join(wrong...), "vadium oracle feed set --help shows the form")
}

// slotsFor returns the room of the smallest circuit for so many seats.
func slotsFor(seats int) (uint8, error) {
	for _, slots := range oracle.Slots() {
		if seats >= oracle.LeastSeats && seats <= int(slots) {
			return slots, nil
		}
	}
	return 0, fmt.Errorf("%d seats, a committee has %d to %d", seats, oracle.LeastSeats, oracle.MostSeats)
}

// parseReporterKey reads a key that observations are signed with.
func parseReporterKey(text string) (key oracle.Key, err error) {
	digits, found := strings.CutPrefix(text, "0x")
	if !found || len(digits) != 2*len(key) {
		return key, withHint(fmt.Errorf("%q is no reporter's key", text), "a key is 0x and 64 hex digits, as vadium oracle register prints it")
	}
	_, err = hex.Decode(key[:], []byte(digits))
	return key, err
}

func (o upstreamFile) source() (oracle.Source, error) {
	s := oracle.Source{Threshold: o.Threshold, Decimals: o.Decimals}
	if err := s.Kind.UnmarshalText([]byte(o.Kind)); err != nil {
		return s, err
	}
	id, err := parseUpstreamID(o.ID)
	if err != nil {
		return s, fmt.Errorf("id: %w", err)
	}
	s.ID = id
	for _, signer := range o.Signers {
		s.Signers = append(s.Signers, signer)
	}
	slices.SortFunc(s.Signers, func(a, b [20]byte) int { return slices.Compare(a[:], b[:]) })
	if int(o.Threshold) > min(len(o.Signers), math.MaxUint8) || o.Threshold == 0 {
		return s, fmt.Errorf("threshold is %d of %d signers", o.Threshold, len(o.Signers))
	}
	return s, nil
}
