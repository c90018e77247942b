package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"time"

	"vadium/circuits/sandbox"
)

// Log says what is written to standard error.
type Log struct {
	// Level is the least important line that is written: debug, info, warn or error. Refusals of single calls are debug,
	// verdicts and starts info, what needs a person error.
	Level string `key:"level" flag:"log" live:"true"`
	// Format is text for people, json for machines, or auto: json when --json is given, else text.
	Format string `key:"format"`
}

// Check names the values there are.
func (l Log) Check() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return fmt.Errorf("log.level is %q (one of debug, info, warn, error)", l.Level)
	}
	switch l.Format {
	case "text", "json", "auto":
		return nil
	}
	return fmt.Errorf("log.format is %q (one of text, json, auto)", l.Format)
}

// Operations is the service's other door, for those who look after it: metrics, health, profiles. It has no
// authentication, hence loopback.
type Operations struct {
	// Listen is the address of /metrics, /healthz, /livez and /readyz, such as 127.0.0.1:9420; port 0 picks a free one,
	// which the log names. Empty means none. It must be a loopback address: what is behind it is nobody else's business,
	// and profiles cost time. To scrape from elsewhere, run the scraper's agent here or tunnel.
	Listen string `key:"listen"`
	// Profiles also serves Go's profiles under /debug/pprof/ there.
	Profiles bool `key:"profiles"`
}

// Check holds the address to loopback.
func (o Operations) Check() error {
	if o.Listen == "" {
		return nil
	}
	loopback, err := Loopback(o.Listen)
	if err != nil {
		return fmt.Errorf("operations.listen: %w", err)
	}
	if !loopback {
		return fmt.Errorf("operations.listen is %s, which others can reach, and that door has no authentication (use 127.0.0.1:PORT)", o.Listen)
	}
	return nil
}

// Trace sends OpenTelemetry spans of calls to a collector. Nothing is sent unless an endpoint is named.
type Trace struct {
	// Endpoint is the URL of an OTLP/HTTP collector, such as http://127.0.0.1:4318; spans go to /v1/traces below it
	// unless the URL has a path. Empty means that no trace is recorded or sent.
	Endpoint string `key:"endpoint"`
	// Ratio is the share of calls that are traced when the caller did not decide already, from 0 (none) to 1 (all).
	Ratio float64 `key:"ratio"`
}

// Check reads the URL.
func (t Trace) Check() error {
	if t.Ratio < 0 || t.Ratio > 1 {
		return fmt.Errorf("trace.ratio is %v (0 is none, 0.01 every hundredth, 1 all)", t.Ratio)
	}
	if t.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(t.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("trace.endpoint is %q (write http://HOST:4318)", t.Endpoint)
	}
	return nil
}

// TLS is the certificate a service shows. Without one it speaks plain HTTP.
type TLS struct {
	// Certificate is a PEM file with the certificate and what leads to its root. It is read again on SIGHUP, so renewing
	// it drops no connection; a file that does not fit its key is refused and the old one stays in use.
	Certificate string `key:"certificate"`
	// Key is the PEM file with the certificate's private key, mode 0600.
	Key SecretFile `key:"key"`
}

// On reports whether TLS is spoken.
func (t TLS) On() bool { return t.Certificate != "" }

// Check wants both files or none.
func (t TLS) Check() error {
	switch {
	case (t.Certificate == "") != (t.Key == ""):
		return errors.New("tls.certificate and tls.key go together (set both, or none for plain HTTP)")
	case t.Key != "":
		if err := t.Key.Check(); err != nil {
			return fmt.Errorf("tls.key: %w", err)
		}
	}
	return nil
}

// Loopback reports whether an address host:port can be reached from this machine only. A name counts only if it is
// localhost: what other names mean is decided elsewhere.
func Loopback(address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("%w (write HOST:PORT)", err)
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback()), nil
}

// layers holds names to what can confine a process.
func layers(confine []string) error {
	for _, name := range confine {
		if !slices.Contains(sandbox.Layers(), sandbox.Layer(name)) {
			return fmt.Errorf("confine names %q (of %v)", name, sandbox.Layers())
		}
	}
	return nil
}

// within returns an error unless the duration lies between the ends.
func within(key string, d, least, most time.Duration) error {
	if d < least || d > most {
		return fmt.Errorf("%s is %v (between %v and %v)", key, shortDuration(d), shortDuration(least), shortDuration(most))
	}
	return nil
}
