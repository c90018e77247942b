package source

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/oracle"
)

// ServerSigners is how many nodes sign what a [Server] serves, and ServerThreshold how many of them have to be
// believed: as RedStone's primary service has it.
const (
	ServerSigners   = 5
	ServerThreshold = 3
)

// ServerOptions are what a [Server] serves.
type ServerOptions struct {
	// Feed is the feed's name, such as BTC.
	Feed string
	// Path is its price.
	Path Path
	// Seed makes the five keys: whoever knows it can sign, so it is for prices that are made up and nothing else.
	Seed string
	// Step is how far apart the times of packages are. Default: a second.
	Step vadium.Duration
	// Now is the clock. Default: the machine's.
	Now func() vadium.Time
}

// Server serves prices that are made up, as a RedStone gateway serves real ones, signed by five keys of its own: an
// upstream for demonstrations and tests. It can be told to fail as upstreams do.
type Server struct {
	options ServerOptions
	keys    []*ecdsa.PrivateKey
	routes  *http.ServeMux

	mu    sync.Mutex // guards fault
	fault Fault
}

// Fault is what is wrong with a [Server] from a time on.
type Fault struct {
	Kind FaultKind
	From vadium.Time
	// By is how far up the values are that are off.
	By vadium.Bps
}

// FaultKind is a way in which a [Server] fails.
type FaultKind string

// Faults of servers.
const (
	FaultNone   FaultKind = "none"
	FaultSilent FaultKind = "silent" // it takes the question and never answers
	FaultStale  FaultKind = "stale"  // it serves what it had when the fault began
	FaultOff    FaultKind = "off"    // its values are wrong, and well signed
)

// Check reports whether there is such a fault.
func (f Fault) Check() error {
	switch f.Kind {
	case FaultNone, FaultSilent, FaultStale:
		return nil
	case FaultOff:
		if f.By == 0 || f.By > vadium.BpsOne {
			return fmt.Errorf("a value is off by 1 to %d bps, not %d", vadium.BpsOne, f.By)
		}
		return nil
	default:
		return fmt.Errorf("a fault is %s, %s, %s or %s, not %q", FaultNone, FaultSilent, FaultStale, FaultOff, f.Kind)
	}
}

// NewServer returns a server without a fault.
func NewServer(options ServerOptions) (*Server, error) {
	if err := options.Path.Check(); err != nil {
		return nil, err
	}
	if options.Feed == "" || len(options.Feed) > 31 || FeedText(oracle.RedStone, FeedName(options.Feed)) != options.Feed {
		return nil, fmt.Errorf("a feed has a name of 1 to 31 printable characters, not %q", options.Feed)
	}
	if options.Step <= 0 {
		options.Step = vadium.Second
	}
	if options.Now == nil {
		options.Now = now
	}
	s := &Server{options: options, routes: http.NewServeMux(), fault: Fault{Kind: FaultNone}}
	s.routes.HandleFunc("GET /data-packages/latest/{service}", s.latest)
	s.routes.HandleFunc("GET /v2/data-packages/latest/{service}", s.latest)
	for i := range ServerSigners {
		s.keys = append(s.keys, serverKey(options.Seed, i))
	}
	return s, nil
}

// serverKey makes the key of a node from the seed.
func serverKey(seed string, node int) *ecdsa.PrivateKey {
	for try := uint32(0); ; try++ {
		drawn := vadium.HashParts("vadium/oracle/source/key/v1", []byte(seed), []byte{byte(node)}, binary.BigEndian.AppendUint32(nil, try))
		if key, err := crypto.ToECDSA(drawn[:]); err == nil { // but for one in 2^127
			return key
		}
	}
}

// Fail makes the server fail, or end failing.
func (s *Server) Fail(f Fault) error {
	if err := f.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	return nil
}

// Source is the server as a feed's source: who signs, and how many of them have to.
func (s *Server) Source() oracle.Source {
	source := oracle.Source{Kind: oracle.RedStone, ID: FeedName(s.options.Feed), Threshold: ServerThreshold, Decimals: RedStoneDecimals}
	for _, key := range s.keys {
		source.Signers = append(source.Signers, crypto.PubkeyToAddress(key.PublicKey))
	}
	sortSigners(source.Signers)
	return source
}

// Packages returns what the nodes sign at a time; silent says that they do not answer.
func (s *Server) Packages(at vadium.Time) (packages []Package, silent bool) {
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	failing := fault.Kind != FaultNone && at >= fault.From
	if failing && fault.Kind == FaultStale {
		at = fault.From
	}
	at -= at % vadium.Time(s.options.Step)
	price := newUnits(s.options.Path.At(at))
	if failing && fault.Kind == FaultOff {
		price = newUnits(moved(price.Uint64(), int64(fault.By)*bpsParts))
	}
	for _, key := range s.keys {
		p := Package{Points: []Point{{FeedName(s.options.Feed), Value{price, RedStoneDecimals}}}, At: at}
		p.sign(key)
		packages = append(packages, p)
	}
	return packages, failing && fault.Kind == FaultSilent
}

// sign signs a package of values without a sign.
func (p *Package) sign(key *ecdsa.PrivateKey) {
	if err := p.seal(redStoneMaxValue); err != nil {
		panic(fmt.Sprintf("invariant: a path's price fits a package: %v", err))
	}
	digest := keccak(p.signed)
	sig, err := crypto.Sign(digest[:], key)
	if err != nil {
		panic(fmt.Sprintf("invariant: a key signs any digest: %v", err))
	}
	p.signature = signature(sig)
	signer := crypto.PubkeyToAddress(key.PublicKey)
	p.claim = &signer
}

// served is a package as a gateway serves it.
type served struct {
	At        vadium.Time    `json:"timestampMilliseconds"`
	Signature string         `json:"signature"`
	Valid     bool           `json:"isSignatureValid"`
	Points    []servedPoint  `json:"dataPoints"`
	Service   string         `json:"dataServiceId"`
	Feed      string         `json:"dataFeedId"`
	Package   string         `json:"dataPackageId"`
	Signer    common.Address `json:"signerAddress"`
}

type servedPoint struct {
	Feed  string      `json:"dataFeedId"`
	Value json.Number `json:"value"`
}

// ServeHTTP answers GET /data-packages/latest/{service}, with or without /v2 before it, as a gateway does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

func (s *Server) latest(w http.ResponseWriter, r *http.Request) {
	packages, silent := s.Packages(s.options.Now())
	if silent {
		<-r.Context().Done()        // until whoever asks gives up
		panic(http.ErrAbortHandler) // nothing is said even when the server stops first
	}
	var list []served
	for _, p := range packages {
		sig := p.signature
		sig[64] += 27
		list = append(list, served{
			At: p.At, Signature: base64.StdEncoding.EncodeToString(sig[:]), Valid: true,
			Points:  []servedPoint{{s.options.Feed, json.Number(p.Points[0].Value.String())}},
			Service: r.PathValue("service"), Feed: s.options.Feed, Package: s.options.Feed, Signer: *p.claim,
		})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string][]served{s.options.Feed: list}) // whoever is gone does not need it
}

// HTTP returns the server with limits, to be given a listener.
func (s *Server) HTTP() *http.Server {
	return &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: maxFetchHeader}
}

func newUnits(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
