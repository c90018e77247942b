// Command promquery scrapes running services for a while, as Prometheus would, and then asks every question of a
// Grafana dashboard and every condition of a file of alert rules. It prints what each returned, and fails when a panel
// would have stayed empty or an alert would be firing:
//
//	promquery -scrape market=http://127.0.0.1:9464/metrics -dashboard dashboard.json -rules alerts.yml -for 10s
//
// It uses Prometheus's own parser, storage and engine, so that a query which works here works there.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/prometheus/common/model"
)

const (
	// maxScrapeBytes bounds one answer of /metrics; ours are some tens of kilobytes.
	maxScrapeBytes = 8 << 20
	// maxFileBytes bounds the dashboard and the rules.
	maxFileBytes = 8 << 20
	// maxSamples bounds one query; a dashboard of a few services needs thousands.
	maxSamples = 1_000_000
)

// targets are the services to scrape, as -scrape job=URL gave them.
type targets []target

type target struct{ job, url string }

func (t *targets) String() string { return fmt.Sprint(*t) }

func (t *targets) Set(s string) error {
	job, url, found := strings.Cut(s, "=")
	if !found || job == "" || url == "" {
		return fmt.Errorf("%q is not job=URL (for example market=http://127.0.0.1:9464/metrics)", s)
	}
	*t = append(*t, target{job, url})
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "promquery:", err)
		os.Exit(1)
	}
}

// run is the whole program.
func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("promquery", flag.ContinueOnError)
	var scrape targets
	flags.Var(&scrape, "scrape", "a service: job=URL of its metrics; give it once for each service")
	dashboard := flags.String("dashboard", "", "Grafana dashboard (JSON) whose queries must return data")
	rules := flags.String("rules", "", "Prometheus rules (YAML) none of which may hold")
	period := flags.Duration("for", 10*time.Second, "how long to scrape")
	rare := flags.String("rare", "", "queries that match this regular expression may return nothing: what they count need not have happened")
	every := flags.Duration("every", 500*time.Millisecond, "how often to scrape")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if len(scrape) == 0 || *dashboard == "" && *rules == "" {
		return errors.New("nothing to do (give -scrape job=URL, and -dashboard FILE or -rules FILE or both)")
	}

	rarely, err := regexp.Compile(cmp.Or(*rare, `^$`))
	if err != nil {
		return fmt.Errorf("-rare: %w", err)
	}

	dir, err := os.MkdirTemp("", "promquery-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := tsdb.Open(dir, slog.New(slog.DiscardHandler), nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		return fmt.Errorf("open storage: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	until := time.Now().Add(*period)
	tick := time.NewTicker(*every)
	defer tick.Stop()
	for time.Now().Before(until) {
		for _, t := range scrape {
			if err := collect(ctx, db, t); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}

	// Short ranges of a dashboard are stretched to what there is.
	window := model.Duration(max(*period, 4**every).Round(time.Second))
	asker := asker{db: db, rare: rarely, window: window.String(), engine: promql.NewEngine(promql.EngineOpts{
		MaxSamples: maxSamples, Timeout: 10 * time.Second, LookbackDelta: *period + time.Minute,
		EnableAtModifier: true, EnableNegativeOffset: true,
	})}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	empty, firing, err := asker.all(ctx, table, *dashboard, *rules)
	if flushed := table.Flush(); flushed != nil {
		return flushed
	}
	if err != nil {
		return err
	}
	if empty > 0 || firing > 0 {
		return fmt.Errorf("%d queries of the dashboard returned nothing, %d alerts hold (the table above says which)", empty, firing)
	}
	return nil
}

// collect scrapes one service once. A service that does not answer counts as down, as in Prometheus: up is 0.
func collect(ctx context.Context, db storage.Appendable, t target) (err error) {
	appender := db.Appender(ctx)
	defer func() {
		if err == nil {
			err = appender.Commit()
		}
	}()
	now := time.Now().UnixMilli()
	add := func(l labels.Labels, value float64) error {
		b := labels.NewBuilder(l)
		b.Set("job", t.job)
		b.Set("instance", t.url)
		_, err := appender.Append(0, b.Labels(), now, value)
		return err
	}

	body, kind, down := get(ctx, t.url)
	if down != nil {
		return add(labels.FromStrings(labels.MetricName, "up"), 0)
	}
	p, err := textparse.New(body, kind, labels.NewSymbolTable(), textparse.ParserOptions{FallbackContentType: "text/plain"})
	if err != nil {
		return fmt.Errorf("scrape %s: %w", t.url, err)
	}
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return add(labels.FromStrings(labels.MetricName, "up"), 1)
		}
		if err != nil {
			return fmt.Errorf("scrape %s: %w", t.url, err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		_, _, value := p.Series()
		var l labels.Labels
		p.Labels(&l)
		if err := add(l, value); err != nil {
			return fmt.Errorf("scrape %s: %s: %w", t.url, l, err)
		}
	}
}

func get(ctx context.Context, url string) (body []byte, contentType string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("%s: %s", url, answer.Status)
	}
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxScrapeBytes))
	return body, answer.Header.Get("Content-Type"), err
}

// asker asks the engine about what was scraped.
type asker struct {
	db     storage.Queryable
	engine *promql.Engine
	rare   *regexp.Regexp
	window string // what a dashboard's variable intervals, and shorter ranges of rules, become
}

// all asks everything and writes a line for each; it counts panels without data and alerts that hold.
func (a asker) all(ctx context.Context, out io.Writer, dashboard, rules string) (empty, firing int, err error) {
	fmt.Fprintln(out, "WHAT\tSERIES\tVALUE\tQUERY")
	if dashboard != "" {
		queries, err := dashboardQueries(dashboard)
		if err != nil {
			return 0, 0, err
		}
		for _, q := range queries {
			answer, err := a.ask(ctx, q.query)
			if err != nil {
				return 0, 0, fmt.Errorf("panel %q: %w", q.name, err)
			}
			switch {
			case answer.series > 0:
			case a.rare.MatchString(q.query):
				answer.value = "did not happen"
			default:
				empty++
				answer.value = "EMPTY"
			}
			fmt.Fprintf(out, "panel %s\t%d\t%s\t%s\n", q.name, answer.series, answer.value, q.query)
		}
	}
	if rules != "" {
		alerts, err := alertQueries(rules)
		if err != nil {
			return 0, 0, err
		}
		for _, q := range alerts {
			answer, err := a.ask(ctx, q.query)
			if err != nil {
				return 0, 0, fmt.Errorf("alert %q: %w", q.name, err)
			}
			state := "quiet"
			if answer.series > 0 {
				firing++
				state = "HOLDS " + answer.value
			}
			fmt.Fprintf(out, "alert %s\t%d\t%s\t%s\n", q.name, answer.series, state, q.query)
		}
	}
	return empty, firing, nil
}

type answer struct {
	series int
	value  string // of the first series
}

// ask evaluates a query at the present.
func (a asker) ask(ctx context.Context, query string) (answer, error) {
	for _, name := range []string{"$__rate_interval", "$__interval", "$__range", "${__rate_interval}", "${__interval}", "${__range}"} {
		query = strings.ReplaceAll(query, name, a.window)
	}
	parsed, err := a.engine.NewInstantQuery(ctx, a.db, nil, query, time.Now())
	if err != nil {
		return answer{}, err
	}
	defer parsed.Close()
	result := parsed.Exec(ctx)
	if result.Err != nil {
		return answer{}, fmt.Errorf("%s: %w", query, result.Err)
	}
	switch v := result.Value.(type) {
	case promql.Vector:
		if len(v) == 0 {
			return answer{}, nil
		}
		return answer{len(v), fmt.Sprintf("%.6g", v[0].F)}, nil
	case promql.Scalar:
		return answer{1, fmt.Sprintf("%.6g", v.V)}, nil
	default:
		return answer{}, fmt.Errorf("%s: a %s is not what a panel shows", query, result.Value.Type())
	}
}

type named struct{ name, query string }

// dashboardQueries returns the queries of a dashboard's panels, rows included.
func dashboardQueries(file string) ([]named, error) {
	type panel struct {
		Title   string
		Targets []struct{ Expr string }
		Panels  []json.RawMessage
	}
	content, err := readSmall(file)
	if err != nil {
		return nil, err
	}
	var board struct{ Panels []json.RawMessage }
	if err := json.Unmarshal(content, &board); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var found []named
	for queue := board.Panels; len(queue) > 0; {
		var p panel
		if err := json.Unmarshal(queue[0], &p); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		queue = append(queue[1:], p.Panels...)
		for _, t := range p.Targets {
			if t.Expr != "" {
				found = append(found, named{p.Title, t.Expr})
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no query in it", file)
	}
	return found, nil
}

// alertQueries returns the conditions of a file of rules.
func alertQueries(file string) ([]named, error) {
	content, err := readSmall(file)
	if err != nil {
		return nil, err
	}
	groups, errs := rulefmt.Parse(content, false, model.UTF8Validation)
	if len(errs) > 0 {
		return nil, fmt.Errorf("%s: %w", file, errors.Join(errs...))
	}
	var found []named
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			if _, err := parser.ParseExpr(rule.Expr); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", file, rule.Alert, err)
			}
			if rule.Alert != "" {
				found = append(found, named{rule.Alert, rule.Expr})
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no alert in it", file)
	}
	return found, nil
}

func readSmall(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFileBytes))
}
