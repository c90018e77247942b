package source

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"vadium"
	"vadium/oracle"
)

// Why bytes are refused.
var (
	// ErrMalformed: they are not written as their format is, or contradict themselves.
	ErrMalformed = errors.New("it is malformed")
	// ErrTooLarge: there are more of them than the format needs.
	ErrTooLarge = errors.New("it is too large")
	// ErrSigners: not enough of the signers that are known signed, or others did.
	ErrSigners = errors.New("its signers are not those that are known")
	// ErrFeed: they say nothing of the feed.
	ErrFeed = errors.New("it says nothing of that feed")
)

// Testimony is what verified bytes say of one feed.
type Testimony struct {
	Feed    [32]byte
	Value   Value
	At      vadium.Time
	Signers []common.Address // those that count, each once
}

// Check reports what a source's signers say of a feed's value: the source's threshold of them, for its own id, in a binary
// payload or gateway's JSON of RedStone, a Hermes update of Pyth, or a Chainlink report. The value is rounded to the feed's
// decimals; of RedStone's packages it is the median, as RedStone's own consumers take it. How many decimals the value was
// signed with, Pyth signs itself; for the others the source says it, because the bytes do not.
//
// The index of the source in its feed is the caller's to fill in. When the value held and whether that is recent is for the
// caller to judge as well: the quote says its time.
func Check(source oracle.Source, decimals uint8, upstream []byte) (oracle.Quote, error) {
	testimony, err := read(source, upstream)
	if err != nil {
		return oracle.Quote{}, err
	}
	value, err := testimony.Value.Amount(decimals)
	if err != nil {
		return oracle.Quote{}, err
	}
	return oracle.Quote{Value: value, At: testimony.At}, nil
}

func read(source oracle.Source, upstream []byte) (Testimony, error) {
	if source.Threshold == 0 {
		return Testimony{}, fmt.Errorf("a source that needs no signer proves nothing: %w", ErrSigners)
	}
	var testimony Testimony
	var err error
	switch source.Kind {
	case oracle.RedStone:
		testimony, err = readRedStone(source, upstream)
	case oracle.Pyth:
		testimony, err = readPyth(source, upstream)
	case oracle.Chainlink:
		testimony, err = readChainlink(source, upstream)
	default:
		err = fmt.Errorf("a source of kind %d: %w", source.Kind, ErrMalformed)
	}
	switch {
	case err != nil:
		return Testimony{}, err
	case len(testimony.Signers) < int(source.Threshold):
		return Testimony{}, fmt.Errorf("%d of the %d known signers signed, and it takes %d: %w", len(testimony.Signers), len(source.Signers), source.Threshold, ErrSigners)
	}
	return testimony, nil
}

func knows(source oracle.Source, signer common.Address) bool {
	return slices.Contains(source.Signers, [20]byte(signer))
}

// readRedStone takes the median of what known signers say of the feed in packages of one time. Packages of others are
// nobody's word and are left out; so is what the gateway got wrong. One signer with two values is taken for neither. Each package
// of the feed costs finding out who signed it, so there may be two for each known signer, and no more.
func readRedStone(source oracle.Source, raw []byte) (Testimony, error) {
	packages, err := parseRedStone(raw)
	if err != nil {
		return Testimony{}, err
	}
	return redStoneTestimony(source, packages)
}

// parseRedStone reads packages from a binary payload or from JSON.
func parseRedStone(raw []byte) ([]Package, error) {
	if len(raw) > 0 && raw[0] == '{' {
		return ParseGateway(raw, "")
	}
	return ParsePayload(raw)
}

func redStoneTestimony(source oracle.Source, packages []Package) (Testimony, error) {
	testimony := Testimony{Feed: source.ID}
	said := make(map[common.Address]Value)
	var values []Value
	about := 0
	for _, p := range packages {
		value, ok := p.of(source.ID)
		if !ok {
			continue
		}
		if about++; about > 2*len(source.Signers) {
			return Testimony{}, fmt.Errorf("more than %d packages of %d known signers: %w", 2*len(source.Signers), len(source.Signers), ErrTooLarge)
		}
		signer, err := p.Signer()
		if err != nil || !knows(source, signer) {
			continue
		}
		value.Decimals = int(source.Decimals) // the payload does not say
		if before, twice := said[signer]; twice {
			if before.Cmp(value) != 0 || p.At != testimony.At {
				return Testimony{}, fmt.Errorf("%s signed twice: %w", signer, ErrSigners)
			}
			continue
		}
		if len(values) > 0 && p.At != testimony.At {
			return Testimony{}, fmt.Errorf("its packages are of different times: %w", ErrMalformed)
		}
		testimony.At, said[signer] = p.At, value
		values = append(values, value)
		testimony.Signers = append(testimony.Signers, signer)
	}
	switch {
	case about == 0:
		return Testimony{}, ErrFeed
	case len(values) == 0:
		return Testimony{}, fmt.Errorf("none of the known signers signed: %w", ErrSigners)
	}
	slices.SortFunc(values, Value.Cmp)
	testimony.Value = median(values)
	return testimony, nil
}

// readPyth takes the feed's price from an update. As Wormhole's own consumers do, it refuses an update with any signature that is
// not a known guardian's, however many good ones there are.
func readPyth(source oracle.Source, raw []byte) (Testimony, error) {
	u, err := ParseUpdate(raw)
	if err != nil {
		return Testimony{}, err
	}
	testimony := Testimony{Feed: source.ID}
	found := false
	for _, p := range u.Prices {
		if p.Feed != source.ID {
			continue
		}
		if found {
			return Testimony{}, fmt.Errorf("it has two prices of that feed: %w", ErrMalformed)
		}
		found, testimony.Value, testimony.At = true, p.Value, p.At
	}
	if !found {
		return Testimony{}, ErrFeed
	}
	if err := enough(len(u.signed), source); err != nil {
		return Testimony{}, err
	}
	guardians, err := u.Guardians(nil)
	if err != nil {
		return Testimony{}, err
	}
	err = testimony.count(source.Signers, guardians)
	return testimony, err
}

// readChainlink takes a report's value.
func readChainlink(source oracle.Source, raw []byte) (Testimony, error) {
	r, err := ParseReport(raw)
	switch {
	case err != nil:
		return Testimony{}, err
	case r.Feed != source.ID:
		return Testimony{}, ErrFeed
	case r.Ripcord:
		return Testimony{}, fmt.Errorf("its signers say that it is not to be relied on (ripcord): %w", ErrMalformed)
	}
	if err := enough(len(r.signatures), source); err != nil {
		return Testimony{}, err
	}
	signers, err := r.Signers()
	if err != nil {
		return Testimony{}, err
	}
	testimony := Testimony{Feed: r.Feed, Value: Value{r.Value.Units, int(source.Decimals)}, At: r.At}
	err = testimony.count(source.Signers, signers)
	return testimony, err
}

// enough refuses signatures that cannot all be of known signers, or are too few, before anybody finds out whose they are.
func enough(signatures int, source oracle.Source) error {
	if signatures > len(source.Signers) || signatures < int(source.Threshold) {
		return fmt.Errorf("%d signed, of %d known signers it takes %d: %w", signatures, len(source.Signers), source.Threshold, ErrSigners)
	}
	return nil
}

// count fills in the signers: each must be known, and signs once.
func (t *Testimony) count(known [][20]byte, signers []common.Address) error {
	for _, signer := range signers {
		if !slices.Contains(known, [20]byte(signer)) {
			return fmt.Errorf("%s signed: %w", signer, ErrSigners)
		}
		if slices.Contains(t.Signers, signer) {
			return fmt.Errorf("%s signed twice: %w", signer, ErrSigners)
		}
		t.Signers = append(t.Signers, signer)
	}
	return nil
}
