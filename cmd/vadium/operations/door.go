// Package operations is what every service of Vadium offers to those who look after it: metrics, health, profiles,
// traces, and certificates that are renewed without a restart.
//
// Metrics and health have a listener of their own, on loopback, apart from the one that callers use: nobody outside can
// ask for them, and a market that is busy or draining still answers its operator.
//
//	health := operations.NewHealth()
//	registry := operations.NewRegistry()
//	door, err := operations.Open(ctx, operations.Config{Listen: "127.0.0.1:9420", Registry: registry, Health: health})
//	go door.Serve(ctx)        // /metrics, /livez, /healthz, /readyz, and /debug/pprof/ if asked for
//	health.Ready("replay", func() error { return nil })
package operations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config says what the operations listener serves.
type Config struct {
	// Listen is a loopback address HOST:PORT. Empty means that nothing is served.
	Listen string
	// Profiles adds Go's profiles under /debug/pprof/.
	Profiles bool
	Registry *prometheus.Registry
	Health   *Health
	// Log receives the address (info); default nothing.
	Log *slog.Logger
}

// Limits of the operations listener: one scraper, one operator, one balancer.
const (
	maxScrapes    = 4
	scrapeTimeout = 20 * time.Second
	headerTimeout = 5 * time.Second
	maxHeader     = 16 << 10
)

// Door is the operations listener. The nil Door serves nothing.
type Door struct {
	Config
	listener net.Listener
}

// Open listens. It returns nil when there is nothing to listen on.
func Open(ctx context.Context, c Config) (*Door, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Listen == "" {
		return nil, nil
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("operations.listen: %w (is another service's there? choose another port)", err)
	}
	c.Log.Info("operations answer", "url", "http://"+listener.Addr().String())
	return &Door{c, listener}, nil
}

// URL returns where the door is, or "".
func (d *Door) URL() string {
	if d == nil {
		return ""
	}
	return "http://" + d.listener.Addr().String()
}

// Serve answers until ctx ends, and returns nil then.
func (d *Door) Serve(ctx context.Context) error {
	if d == nil {
		<-ctx.Done()
		return nil
	}
	server := &http.Server{
		Handler: d.handler(), ReadHeaderTimeout: headerTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(d.Log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) || ctx.Err() == nil {
		return fmt.Errorf("operations: %w", err)
	}
	return nil
}

func (d *Door) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.InstrumentMetricHandler(d.Registry, promhttp.HandlerFor(d.Registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: maxScrapes, Timeout: scrapeTimeout, EnableOpenMetrics: true,
	})))
	mux.HandleFunc("GET /livez", d.Health.live)
	mux.HandleFunc("GET /healthz", d.Health.healthy)
	mux.HandleFunc("GET /readyz", d.Health.ready)
	if d.Profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// NewRegistry returns a registry with what every service has: the process, Go's runtime, and the build.
func NewRegistry(version string) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	built := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "vadium_build_info", Help: "1, with the version that runs.",
		ConstLabels: prometheus.Labels{"version": version, "go": goVersion()},
	})
	built.Set(1)
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), built)
	return registry
}

func goVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.GoVersion
	}
	return "unknown"
}
