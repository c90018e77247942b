package main

import (
	"fmt"
	"slices"

	"vadium/cmd/vadium/config"
	"vadium/oracle"
	"vadium/oracle/reporter"
	"vadium/oracle/source"
)

// upstreamSet looks a feed's value up where the configuration says, and believes the signers that the feed names.
type upstreamSet struct {
	*source.Set
	// index is the place in the feed's sources of each upstream.
	index []uint8
}

// newUpstreamSet returns the upstreams of a feed.
func newUpstreamSet(feed oracle.Feed, configured []config.Upstream, options source.Options) (*upstreamSet, error) {
	set := &upstreamSet{}
	var upstreams []source.Upstream
	name := feedName(feed.ID)
	for _, u := range configured {
		if u.Feed != name {
			continue
		}
		at := slices.IndexFunc(feed.Sources, func(s oracle.Source) bool { return s.Kind.String() == u.Kind })
		if at < 0 {
			return nil, withHint(fmt.Errorf("%s has no source of kind %s, so nobody knows whose signatures count", name, u.Kind), "vadium oracle feeds "+name+" lists its sources")
		}
		upstreams = append(upstreams, source.Upstream{URL: u.URL, Source: feed.Sources[at]})
		set.index = append(set.index, uint8(at))
	}
	if len(upstreams) == 0 {
		return nil, withHint(fmt.Errorf("there is no source for %s", name), fmt.Sprintf("name one: --sources '%s=redstone:https://HOST/PATH'", name))
	}
	options.Decimals = feed.Decimals
	options.Fresh = reporter.FreshFor(feed)
	var err error
	set.Set, err = source.NewSet(upstreams, options)
	return set, err
}

// upstreams returns an answer's quotes with their bytes, by the feed's own sources.
func (s *upstreamSet) upstreams(a source.Answer) (all []upstream) {
	for _, q := range a.Quotes {
		quote := q.Quote
		quote.Source = s.index[quote.Source]
		all = append(all, upstream{quote, q.Upstream})
	}
	return all
}
