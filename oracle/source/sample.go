package source

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"vadium/oracle"
)

// MaxFile bounds a file of samples.
const MaxFile = MaxGateway

// Sample is one signed thing that was found in a file: a RedStone package, a Pyth update, or a Chainlink report.
type Sample struct {
	Name      string // where in the file it stands
	Format    Format
	Testimony []Testimony // each with the sample's signers
	Signers   []common.Address
	// Known says that the signers are of a set that was known before; else they are those that the sample claims.
	Known bool
	// Err is why it is refused.
	Err error
}

// Format is how a sample is written.
type Format string

// Formats of samples.
const (
	FormatGateway   Format = "redstone-json"
	FormatPayload   Format = "redstone-payload"
	FormatHermes    Format = "pyth-hermes"
	FormatChainlink Format = "chainlink-report"
	FormatUnknown   Format = "unknown"
)

// ErrUnrecognised: the bytes are in none of the formats.
var ErrUnrecognised = errors.New("it is no RedStone package, Pyth update or Chainlink report")

// Examine finds the samples in a file and verifies each: RedStone's JSON or binary payload, a Hermes update or what Hermes
// answers, a Chainlink report or what Data Streams answers, and JSON lists and collections of updates and reports. What
// is binary may be in hexadecimal. There is always at least one sample; that of a file nobody can read is refused.
func Examine(raw []byte, trust Trust) []Sample {
	if len(raw) > MaxFile {
		return []Sample{{Format: FormatUnknown, Err: fmt.Errorf("more than %d bytes: %w", MaxFile, ErrTooLarge)}}
	}
	text := bytes.TrimSpace(raw)
	var found []Sample
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		found = trust.examineObject(text)
	case bytes.HasPrefix(text, []byte("[")):
		found = trust.examineList(text)
	case bytes.Trim(text, "0123456789abcdefABCDEFx") == nil: // before the binary forms, which digits could be taken for
		found = trust.examineText("", string(text))
	default:
		found, _ = trust.examineBytes("", raw)
	}
	if len(found) == 0 {
		return []Sample{{Format: FormatUnknown, Err: ErrUnrecognised}}
	}
	return found
}

// examineBytes recognises what is binary by its first or last bytes.
func (t Trust) examineBytes(name string, raw []byte) ([]Sample, bool) {
	switch {
	case bytes.HasPrefix(raw, []byte("PNAU")):
		return []Sample{t.examineUpdate(name, raw)}, true
	case bytes.HasSuffix(raw, []byte(redStoneMarker)):
		packages, err := ParsePayload(raw)
		if err != nil {
			return []Sample{{Name: name, Format: FormatPayload, Err: err}}, true
		}
		return t.examinePackages(name, FormatPayload, packages), true
	case len(raw) > chainlinkHeadWords*word && len(raw)%word == 0:
		return []Sample{t.examineReport(name, raw)}, true
	}
	return nil, false
}

// examineText recognises what is binary and written in hexadecimal.
func (t Trust) examineText(name, text string) []Sample {
	if raw, ok := unhex(text); ok {
		if found, ok := t.examineBytes(name, raw); ok {
			return found
		}
	}
	// What is cut off or has a digit too many is still recognisable by how it begins.
	format := FormatUnknown
	if bare := strings.ToLower(strings.TrimPrefix(text, "0x")); strings.HasPrefix(bare, hex.EncodeToString([]byte("PNAU"))) {
		format = FormatHermes
	} else if strings.HasSuffix(bare, hex.EncodeToString([]byte(redStoneMarker))) {
		format = FormatPayload
	}
	if format == FormatUnknown {
		return []Sample{{Name: name, Format: format, Err: ErrUnrecognised}}
	}
	return []Sample{{Name: name, Format: format, Err: fmt.Errorf("its hexadecimal digits are no whole bytes: %w", ErrMalformed)}}
}

// examineList examines a JSON list: of texts, or of RedStone's packages.
func (t Trust) examineList(raw []byte) []Sample {
	var texts []string
	if json.Unmarshal(raw, &texts) != nil {
		packages, err := parseList(raw)
		if err != nil {
			return []Sample{{Format: FormatGateway, Err: err}}
		}
		return t.examinePackages("", FormatGateway, packages)
	}
	var found []Sample
	for i, text := range texts {
		found = append(found, t.examineText(strconv.Itoa(i+1), text)...)
	}
	return found
}

// answers are the JSON objects that are not a gateway's: a collection of updates with the guardian sets that signed
// them, Hermes's answer, and the answers of Data Streams.
type answers struct {
	Updates      map[string]string `json:"updates"`
	GuardianSets map[string][]string
	Binary       *struct {
		Encoding string   `json:"encoding"`
		Data     []string `json:"data"`
	} `json:"binary"`
	Report  *fullReport  `json:"report"`
	Reports []fullReport `json:"reports"`
}

type fullReport struct {
	FullReport string `json:"fullReport"`
}

func (t Trust) examineObject(raw []byte) []Sample {
	var a answers
	if err := json.Unmarshal(raw, &a); err == nil {
		if found := t.examineAnswers(a); len(found) > 0 {
			return found
		}
	}
	var one wirePackage
	if err := json.Unmarshal(raw, &one); err == nil && len(one.Points) > 0 {
		return t.examinePackages("", FormatGateway, one.packages())
	}
	packages, err := ParseGateway(raw, "")
	if err != nil {
		return []Sample{{Format: FormatGateway, Err: err}}
	}
	return t.examinePackages("", FormatGateway, packages)
}

func (t Trust) examineAnswers(a answers) (found []Sample) {
	t = t.withSets(a.GuardianSets)
	names := make([]string, 0, len(a.Updates))
	for name := range a.Updates {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		found = append(found, t.examineText(name, a.Updates[name])...)
	}
	if a.Binary != nil {
		for i, data := range a.Binary.Data {
			found = append(found, t.examineText(strconv.Itoa(i+1), data)...)
		}
	}
	if a.Report != nil {
		a.Reports = append(a.Reports, *a.Report)
	}
	for i, report := range a.Reports {
		found = append(found, t.examineText(strconv.Itoa(i+1), report.FullReport)...)
	}
	return found
}

// withSets adds the guardian sets that a collection names and that are newer than all that are known: claims. An older set was
// replaced, and nothing it signs counts any more.
func (t Trust) withSets(sets map[string][]string) Trust {
	t.claimed = make(map[uint32][]common.Address)
	for name, members := range sets {
		digits := name[strings.LastIndexByte(name, '_')+1:]
		index, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || len(members) > maxGuardians || !t.newer(uint32(index)) {
			continue
		}
		var set []common.Address
		for _, member := range members {
			if common.IsHexAddress(member) {
				set = append(set, common.HexToAddress(member))
			}
		}
		if len(set) == len(members) {
			t.claimed[uint32(index)] = set
		}
	}
	return t
}

// newer reports whether a guardian set came after all that are known.
func (t Trust) newer(set uint32) bool {
	for known := range t.Guardians {
		if set <= known {
			return false
		}
	}
	return true
}

func (t Trust) examinePackages(prefix string, format Format, packages []Package) []Sample {
	var found []Sample
	for i, p := range packages {
		s := Sample{Name: strconv.Itoa(i + 1), Format: format}
		if prefix != "" {
			s.Name = prefix + "." + s.Name
		}
		for _, point := range p.Points {
			s.Testimony = append(s.Testimony, Testimony{Feed: point.Feed, Value: point.Value, At: p.At})
		}
		signer, err := p.Signer()
		if err == nil && !t.knowsNode(signer) {
			err = fmt.Errorf("%s signed it: %w", signer, ErrSigners)
		}
		s.conclude([]common.Address{signer}, true, err)
		found = append(found, s)
	}
	return found
}

func (t Trust) examineUpdate(name string, raw []byte) Sample {
	s := Sample{Name: name, Format: FormatHermes}
	u, err := ParseUpdate(raw)
	if err != nil {
		s.Err = err
		return s
	}
	for _, p := range u.Prices {
		s.Testimony = append(s.Testimony, Testimony{Feed: p.Feed, Value: p.Value, At: p.At})
	}
	set, known := t.Guardians[u.Set]
	if !known {
		set = t.claimed[u.Set]
	}
	if len(set) == 0 {
		s.Err = fmt.Errorf("nobody knows guardian set %d: %w", u.Set, ErrSigners)
		return s
	}
	guardians, err := u.Guardians(set)
	if quorum := WormholeQuorum(len(set)); err == nil && len(guardians) < quorum {
		err = fmt.Errorf("%d guardians signed, and it takes %d of %d: %w", len(guardians), quorum, len(set), ErrSigners)
	}
	s.conclude(guardians, known, err)
	return s
}

func (t Trust) examineReport(name string, raw []byte) Sample {
	s := Sample{Name: name, Format: FormatChainlink}
	r, err := ParseReport(raw)
	if err != nil {
		s.Err = err
		return s
	}
	s.Testimony = []Testimony{{Feed: r.Feed, Value: r.Value, At: r.At}}
	signers, err := r.Signers()
	committee, known := t.committee(r)
	if known && err == nil {
		var counted Testimony
		if err = counted.count(raws(committee.Signers), signers); err == nil && len(signers) < int(committee.Threshold) {
			err = fmt.Errorf("%d signed, and it takes %d: %w", len(signers), committee.Threshold, ErrSigners)
		}
	}
	s.conclude(signers, known, err)
	return s
}

// conclude fills in who signed, or why the sample is refused.
func (s *Sample) conclude(signers []common.Address, known bool, err error) {
	if err != nil {
		s.Err = err
		return
	}
	s.Signers, s.Known = signers, known
	for i := range s.Testimony {
		s.Testimony[i].Signers = signers
	}
}

// FeedText writes a feed's id as its source does: RedStone's names are text, the others' ids hexadecimal.
func FeedText(kind oracle.SourceKind, feed [32]byte) string {
	if kind == oracle.RedStone {
		name := string(bytes.TrimRight(feed[:], "\x00"))
		if name != "" && strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
			return name
		}
	}
	return "0x" + hex.EncodeToString(feed[:])
}

// Kind returns the network that a format is of.
func (f Format) Kind() oracle.SourceKind {
	switch f {
	case FormatHermes:
		return oracle.Pyth
	case FormatChainlink:
		return oracle.Chainlink
	default:
		return oracle.RedStone
	}
}

// unhex reads hexadecimal digits, with or without 0x.
func unhex(text string) ([]byte, bool) {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	return raw, err == nil && len(raw) > 0
}

// ReadFile reads a file of samples, at most one byte more than is examined.
func ReadFile(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, MaxFile+1)) }
