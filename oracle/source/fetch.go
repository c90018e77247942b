package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"vadium"
	"vadium/oracle"
)

// Upstream is a place to ask for a source's signed values: a RedStone gateway
// (http://.../data-packages/latest/redstone-primary-prod), or Hermes (https://.../v2/updates/price/latest?ids[]=...&encoding=hex).
// Whoever answers there is believed nothing: only signatures count.
type Upstream struct {
	URL    string
	Source oracle.Source
	// Name is what a RedStone gateway calls the feed; empty: what the source's id spells.
	Name string
}

const (
	// FetchTimeout is how long an upstream has to answer: longer, and the value is of the past.
	FetchTimeout = 5 * time.Second
	// MaxHermes bounds what Hermes answers: an update in hexadecimal, and the same again parsed.
	MaxHermes = 1 << 20

	maxFetchHeader = 64 << 10
)

// ErrUpstream: an upstream cannot be reached, or does not answer as it should.
var ErrUpstream = errors.New("the upstream does not answer")

// newClient returns what asks upstreams. It follows no redirect: whoever sends us elsewhere could send us into our own
// network, and no upstream needs to.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: FetchTimeout, ResponseHeaderTimeout: FetchTimeout, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: maxFetchHeader, MaxIdleConnsPerHost: 1,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// check reports whether anything can be asked at the upstream.
func (u Upstream) check() error {
	at, err := url.Parse(u.URL)
	if err != nil || (at.Scheme != "http" && at.Scheme != "https") || at.Host == "" {
		return fmt.Errorf("%q is no address of an upstream, such as https://gateway/data-packages/latest/%s", u.URL, RedStonePrimary)
	}
	if u.Source.Kind != oracle.RedStone && u.Source.Kind != oracle.Pyth {
		return fmt.Errorf("%s: sources of kind %d are not served openly: evidence of them can be checked, and none fetched", u.URL, u.Source.Kind)
	}
	if int(u.Source.Threshold) == 0 || int(u.Source.Threshold) > len(u.Source.Signers) {
		return fmt.Errorf("%s: %d of %d signers can never sign", u.URL, u.Source.Threshold, len(u.Source.Signers))
	}
	return nil
}

// fetch asks once. It returns the evidence in its short form, which is verified.
func (u Upstream) fetch(ctx context.Context, client *http.Client) (Testimony, []byte, error) {
	most := MaxGateway
	if u.Source.Kind == oracle.Pyth {
		most = MaxHermes
	}
	body, err := get(ctx, client, u.URL, most)
	if err != nil {
		return Testimony{}, nil, err
	}
	evidence, err := u.evidence(body)
	if err != nil {
		return Testimony{}, nil, err
	}
	testimony, err := read(u.Source, evidence)
	return testimony, evidence, err
}

// evidence turns an answer into what is signed in it.
func (u Upstream) evidence(body []byte) ([]byte, error) {
	if u.Source.Kind == oracle.Pyth {
		var a answers
		if err := json.Unmarshal(body, &a); err != nil || a.Binary == nil || a.Binary.Encoding != "hex" || len(a.Binary.Data) != 1 {
			return nil, fmt.Errorf("Hermes did not answer with one update in hexadecimal (encoding=hex): %w", ErrMalformed)
		}
		raw, ok := unhex(a.Binary.Data[0])
		if !ok {
			return nil, fmt.Errorf("Hermes did not answer in hexadecimal: %w", ErrMalformed)
		}
		return raw, nil
	}
	name := u.Name
	if name == "" {
		name = FeedText(oracle.RedStone, u.Source.ID)
	}
	packages, err := ParseGateway(body, name)
	if err != nil {
		return nil, err
	}
	counted := countable(u.Source, packages)
	if len(counted) == 0 {
		return nil, fmt.Errorf("of %d packages of %q no %d are of one time and by known signers: %w", len(packages), name, u.Source.Threshold, ErrSigners)
	}
	return AppendPayload(nil, counted), nil
}

// countable returns the packages that count towards the source: of the latest time of which enough known signers
// signed, one for each. A gateway that is behind with some of its nodes serves several times at once.
func countable(source oracle.Source, packages []Package) []Package {
	byTime := make(map[vadium.Time][]Package)
	for _, p := range packages {
		if _, about := p.of(source.ID); about {
			byTime[p.At] = append(byTime[p.At], p)
		}
	}
	for _, at := range slices.Backward(slices.Sorted(maps.Keys(byTime))) {
		var same []Package
		signed := make(map[[20]byte]bool)
		for _, p := range byTime[at] {
			signer, err := p.Signer()
			if err != nil || !knows(source, signer) || signed[signer] {
				continue
			}
			signed[signer] = true
			same = append(same, p)
		}
		if len(same) >= int(source.Threshold) {
			return same
		}
	}
	return nil
}

// get asks for at most so many bytes.
func get(ctx context.Context, client *http.Client, at string, most int) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", err, ErrUpstream)
	}
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", err, ErrUpstream)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s: %w", response.Status, ErrUpstream)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(most)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%v: %w", err, ErrUpstream)
	case len(body) > most:
		return nil, fmt.Errorf("it answers with more than %d bytes: %w", most, ErrTooLarge)
	}
	return body, nil
}
