package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Reporter configures `vadium oracle run`. Which account it signs with is the home's business (--home, --account,
// --password-file).
type Reporter struct {
	// Dir is the reporter's folder: what it has signed, so that it never signs twice for one round, also after a crash. One
	// process at a time. Empty means reporter/ in the home folder.
	Dir string `key:"dir"`
	// KeyFile holds the key that observations are signed with, mode 0600; vadium oracle register makes it. Empty means
	// reporter.key in the home folder.
	KeyFile SecretFile `key:"key-file"`
	// Feeds lists what to report: names, or * for every feed that the key has a seat of.
	Feeds []string `key:"feeds"`
	// Sources lists where values come from, FEED=KIND:URL each: redstone or pyth, one of the feed's own kinds of sources, and
	// the address of a gateway that serves them. Whose signatures count is written in the feed. A feed may have several; their
	// median counts, and one that is down only makes them fewer. At least one for each feed.
	Sources []string `key:"sources"`
	// SourceTimeout bounds one look at a source. Between 100ms and 1m.
	SourceTimeout time.Duration `key:"source-timeout"`
	// Poll is how often sources are looked at. Between 100ms and 1h.
	Poll time.Duration `key:"poll"`

	// KeyDir holds programs' files by digest; reporters and provers of one machine may share it. Empty means keys/ in dir.
	KeyDir string `key:"key-dir"`
	// Buy asks the market for the proofs of rounds instead of making them here.
	Buy bool `key:"buy"`
	// BuyFee is the most that a bought proof may cost, in tokens.
	BuyFee Tokens `key:"buy-fee"`
	// BuyWithin is how long a bought proof may take. Between 1s and 1h; less than the feed's timeout, or the round is another
	// leader's by then.
	BuyWithin time.Duration `key:"buy-within"`
	// Accuse reports to the market what the others' observations prove against them, and earns a part of the penalty.
	Accuse bool `key:"accuse"`
	// KeyMemory bounds the keys that a proving process keeps in memory, and the files of a program that is fetched.
	KeyMemory Size `key:"key-memory"`
	// WorkerMemory bounds what a proving process may use before it is ended; 0 means no limit.
	WorkerMemory Size `key:"worker-memory"`
	// Confine lists what must confine a proving process, or the reporter does not start: environment, limits, parent-death,
	// no-new-privileges, files, network, system-calls. Empty means what the system has.
	Confine []string `key:"confine"`

	Log        Log        `key:"log"`
	Operations Operations `key:"operations"`
	Trace      Trace      `key:"trace"`
}

// DefaultReporter returns what holds when nothing is configured.
func DefaultReporter() Reporter {
	return Reporter{
		Feeds: []string{"*"}, SourceTimeout: 5 * time.Second, Poll: time.Second, BuyFee: "1", BuyWithin: 20 * time.Second, Accuse: true,
		KeyMemory: 1 << 30, WorkerMemory: 4 << 30, Log: Log{Level: "info", Format: "auto"}, Trace: Trace{Ratio: 0.01},
	}
}

// Upstream is one source of a reporter as it stands in its configuration.
type Upstream struct{ Feed, Kind, URL string }

// Upstreams reads the sources.
func (r Reporter) Upstreams() (all []Upstream, err error) {
	for _, text := range r.Sources {
		feed, rest, named := strings.Cut(text, "=")
		kind, address, found := strings.Cut(rest, ":")
		u, parsed := url.Parse(address)
		if !named || !found || feed == "" || parsed != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			err = errors.Join(err, fmt.Errorf("sources names %q (write FEED=KIND:URL, such as ETH/USD=redstone:https://HOST/PATH)", text))
			continue
		}
		switch kind {
		case "redstone", "pyth":
		default:
			err = errors.Join(err, fmt.Errorf("sources names the kind %q (of redstone, pyth)", kind))
		}
		all = append(all, Upstream{feed, kind, address})
	}
	return all, err
}

// Check implements Checked.
func (r Reporter) Check() error {
	var feeds, fee error
	if len(r.Feeds) == 0 {
		feeds = errors.New("feeds is empty (name some, or * for all that the key has a seat of)")
	}
	if err := r.BuyFee.check(); err != nil {
		fee = fmt.Errorf("buy-fee: %w", err)
	}
	_, sources := r.Upstreams()
	return errors.Join(feeds, sources, fee, within("source-timeout", r.SourceTimeout, 100*time.Millisecond, time.Minute),
		within("poll", r.Poll, 100*time.Millisecond, time.Hour), within("buy-within", r.BuyWithin, time.Second, time.Hour),
		layers(r.Confine), r.Log.Check(), r.Operations.Check(), r.Trace.Check())
}
