package source

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"vadium"
)

// MaxGateway bounds what a gateway serves: packages of every feed with their nodes' metadata, some 4 KB each.
const MaxGateway = 16 << 20

// wirePackage is a package as RedStone's gateways serve it. Nothing but time, signature and data points counts; the
// named signer and the metadata's copy of the value must agree with them.
type wirePackage struct {
	Points    []wirePoint `json:"dataPoints"`
	At        json.Number `json:"timestampMilliseconds"`
	Signature string      `json:"signature"`
	Signer    string      `json:"signerAddress"`
}

type wirePoint struct {
	Feed     string          `json:"dataFeedId"`
	Value    json.RawMessage `json:"value"`
	Decimals *uint8          `json:"decimals"`
	Size     *uint8          `json:"valueByteSize"`
	Metadata struct {
		Value json.RawMessage `json:"value"`
	} `json:"metadata"`
}

// ParseGateway reads what a RedStone gateway serves: an object with a list of packages for each name. It returns the
// packages in the order they stand in; only, if it is not empty, is the one name that is looked at.
//
// What is wrong with one package is said by its Signer, so that the others still count.
func ParseGateway(raw []byte, only string) ([]Package, error) {
	if len(raw) > MaxGateway {
		return nil, fmt.Errorf("%d bytes of JSON: %w", len(raw), ErrTooLarge)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return nil, fmt.Errorf("a gateway serves a JSON object: %w", ErrMalformed)
	}
	var packages []Package
	seen := make(map[string]bool)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("%v: %w", err, ErrMalformed)
		}
		name, _ := token.(string) // a name: the decoder refuses others
		if seen[name] {
			return nil, fmt.Errorf("two lists of %q: %w", name, ErrMalformed)
		}
		seen[name] = true
		var list json.RawMessage
		if err := decoder.Decode(&list); err != nil {
			return nil, fmt.Errorf("%v: %w", err, ErrMalformed)
		}
		if only != "" && name != only {
			continue
		}
		found, err := parseList(list)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if packages = append(packages, found...); len(packages) > redStoneMaxPackages {
			return nil, fmt.Errorf("more than %d packages: %w", redStoneMaxPackages, ErrTooLarge)
		}
	}
	if _, err := decoder.Token(); err != nil { // the object's own end
		return nil, fmt.Errorf("%v: %w", err, ErrMalformed)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the JSON does not end where its object ends: %w", ErrMalformed)
	}
	return packages, nil
}

// parseList reads a list of packages.
func parseList(raw []byte) ([]Package, error) {
	var wire []wirePackage
	if err := json.Unmarshal(raw, &wire); err != nil {
		return nil, fmt.Errorf("%v: %w", err, ErrMalformed)
	}
	var packages []Package
	for _, w := range wire {
		packages = append(packages, w.packages()...)
	}
	return packages, nil
}

// packages returns the package, with what is wrong with it for its signer to say.
func (w wirePackage) packages() []Package {
	p, err := w.parse()
	if err != nil {
		p.flaw = err
	}
	return []Package{p}
}

func (w wirePackage) parse() (p Package, err error) {
	at, err := w.At.Int64()
	if err != nil || at < 0 || at > maxTime {
		return p, fmt.Errorf("its time is %q: %w", w.At, ErrMalformed)
	}
	p.At = vadium.Time(at)
	if len(w.Points) == 0 || len(w.Points) > redStoneMaxPoints {
		return p, fmt.Errorf("it has %d data points: %w", len(w.Points), ErrMalformed)
	}
	size := w.Points[0].size()
	for _, wire := range w.Points {
		point, err := wire.parse()
		if err != nil {
			return p, err
		}
		if wire.size() != size {
			return p, fmt.Errorf("its values have different sizes: %w", ErrMalformed)
		}
		p.Points = append(p.Points, point)
	}
	slices.SortFunc(p.Points, func(a, b Point) int { return bytes.Compare(a.Feed[:], b.Feed[:]) })
	for i := 1; i < len(p.Points); i++ {
		if p.Points[i-1].Feed == p.Points[i].Feed {
			return p, fmt.Errorf("it has one feed twice: %w", ErrMalformed)
		}
	}
	if err := p.seal(size); err != nil {
		return p, err
	}
	if len(w.Signature) > base64.StdEncoding.EncodedLen(signatureBytes) {
		return p, ErrSignature
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(w.Signature)
	if err != nil {
		return p, fmt.Errorf("%v: %w", err, ErrSignature)
	}
	if p.signature, err = redStoneSignature(sig); err != nil {
		return p, err
	}
	if w.Signer != "" {
		if !common.IsHexAddress(w.Signer) {
			return p, fmt.Errorf("it names %q as its signer: %w", w.Signer, ErrMalformed)
		}
		claim := common.HexToAddress(w.Signer)
		p.claim = &claim
	}
	return p, nil
}

func (w wirePoint) size() int {
	if w.Size != nil {
		return int(*w.Size)
	}
	return redStoneMaxValue
}

func (w wirePoint) parse() (Point, error) {
	decimals := RedStoneDecimals
	if w.Decimals != nil {
		decimals = int(*w.Decimals)
	}
	if decimals > maxDecimals || w.size() == 0 || w.size() > redStoneMaxValue || w.Feed == "" || len(w.Feed) > maxDigits {
		return Point{}, fmt.Errorf("a value of %q with %d decimals in %d bytes: %w", w.Feed, decimals, w.size(), ErrMalformed)
	}
	value, exact, err := signedValue(w.Value, decimals)
	if err != nil {
		return Point{}, err
	}
	if len(w.Metadata.Value) > 0 { // the node's own copy, which the signature does not cover
		_, copied, err := signedValue(w.Metadata.Value, decimals)
		if err != nil || copied.Cmp(exact) != 0 {
			return Point{}, fmt.Errorf("its value is %s, but its metadata has %s: %w", w.Value, bytes.TrimSpace(w.Metadata.Value), ErrMalformed)
		}
	}
	return Point{FeedName(w.Feed), value}, nil
}

// signedValue reads a JSON number or a string of decimal digits: what of it is signed, and all its digits.
func signedValue(raw json.RawMessage, decimals int) (value, exact Value, err error) {
	text, read := string(raw), fromNumber
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(raw, &text); err != nil {
			return Value{}, Value{}, fmt.Errorf("%v: %w", err, ErrMalformed)
		}
		read = fromDigits
	}
	if value, err = read(text, decimals); err != nil {
		return Value{}, Value{}, err
	}
	exact, err = parseDigits(text)
	return value, exact, err
}
