package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"connectrpc.com/connect"
	"github.com/VictoriaMetrics/metricsql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	dto "github.com/prometheus/client_model/go"

	"vadium"
	"vadium/auction"
	"vadium/marketplace/client"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
	"vadium/oracle/reporter"
	"vadium/prover"
	"vadium/prover/fleet"
)

// operationDir holds what operators install.
const operationDir = "../../docs/operation"

// metricNames is what services export: label values by metric and label. A histogram is there as its three series.
type metricNames map[string]map[string]map[string]bool

func (e metricNames) add(family *dto.MetricFamily) {
	names := []string{family.GetName()}
	if family.GetType() == dto.MetricType_HISTOGRAM {
		names = []string{family.GetName() + "_bucket", family.GetName() + "_sum", family.GetName() + "_count"}
	}
	for _, name := range names {
		if e[name] == nil {
			e[name] = map[string]map[string]bool{"job": nil, "instance": nil} // Prometheus adds these; nil takes any value
		}
		if strings.HasSuffix(name, "_bucket") {
			e[name]["le"] = nil
		}
		for _, m := range family.GetMetric() {
			for _, pair := range m.GetLabel() {
				values := e[name][pair.GetName()]
				if values == nil {
					values = map[string]bool{}
					e[name][pair.GetName()] = values
				}
				values[pair.GetValue()] = true
			}
		}
	}
}

// check returns what an expression asks for that nobody exports.
func (e metricNames) check(expression string) (wrong []string) {
	parsed, err := metricsql.Parse(expression)
	if err != nil {
		return []string{err.Error()}
	}
	labels := map[string]bool{} // of every metric in it
	metricsql.VisitAll(parsed, func(x metricsql.Expr) {
		m, ok := x.(*metricsql.MetricExpr)
		if !ok {
			return
		}
		for _, filters := range m.LabelFilterss {
			name := filters[0].Value
			series, known := e[name]
			if filters[0].Label != "__name__" || !known {
				wrong = append(wrong, fmt.Sprintf("nobody exports %s", name))
				continue
			}
			for label := range maps.Keys(series) {
				labels[label] = true
			}
			for _, f := range filters[1:] {
				values, known := series[f.Label]
				matches := func(value string) bool {
					if !f.IsRegexp {
						return value == f.Value
					}
					matched, err := regexp.MatchString("^(?:"+f.Value+")$", value)
					return err == nil && matched
				}
				// Which codes, kinds and methods occur depends on what happens; a label whose values are there from the
				// beginning has to have the one asked for.
				happens := f.Label == "code" || f.Label == "kind" || f.Label == "method"
				if !known || (values != nil && !happens && !slices.ContainsFunc(slices.Collect(maps.Keys(values)), matches)) {
					wrong = append(wrong, fmt.Sprintf("%s has no %s like %q", name, f.Label, f.Value))
				}
			}
		}
	})
	metricsql.VisitAll(parsed, func(x metricsql.Expr) {
		if a, ok := x.(*metricsql.AggrFuncExpr); ok {
			for _, label := range a.Modifier.Args {
				if !labels[label] {
					wrong = append(wrong, fmt.Sprintf("nothing in it has the label %s", label))
				}
			}
		}
	})
	return wrong
}

// whatIsExported runs a market, calls it, and reads its metrics; a prover's and a worker's come from a status, and
// TestEveryServiceIsWatched holds those to what running ones export.
func whatIsExported(t *testing.T) metricNames {
	t.Helper()
	folder := t.TempDir()
	certificate, key := filepath.Join(folder, "certificate.pem"), filepath.Join(folder, "key.pem")
	writeCertificate(t, certificate, key, 1)
	s := newService(t, "--tls-certificate", certificate, "--tls-key", key)
	s.start()
	h := home{ca: certificate, dir: folder}
	options, err := h.options()
	s.must(err)
	if _, err := client.New(s.url, options).Market(t.Context()); err != nil {
		t.Fatal(err)
	}
	service := marketplacev1connect.NewMarketServiceClient(options.HTTP, s.url)
	stream, err := service.WatchEvents(t.Context(), connect.NewRequest(&v1.WatchEventsRequest{From: 1}))
	s.must(err)
	defer stream.Close()
	if !stream.Receive() {
		t.Fatalf("stream: %v", stream.Err())
	}
	_, err = service.SubmitRequest(t.Context(), connect.NewRequest(&v1.SubmitRequestRequest{})) // a refusal
	if err == nil {
		t.Error("an empty request was accepted")
	}
	status, page := s.page("/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics = %d", status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	market, err := parser.TextToMetricFamilies(strings.NewReader(page))
	s.must(err)
	all := metricNames{}
	for _, family := range market {
		all.add(family)
	}
	s.signal(syscall.SIGTERM)
	s.must(s.end())

	registry := prometheus.NewRegistry()
	agent := prover.Status{
		Breaker: prover.BreakerStatus{Phase: "closed"}, Programs: []prover.ProgramStatus{{Name: "solvency-64"}},
		Asks:   []prover.AskStatus{{Product: auction.Product{Tier: auction.Immediate}, Price: vadium.Tokens(1)}},
		Profit: []prover.Profit{{Name: "solvency-64", Made: 2, Late: 1}}, Outcomes: []prover.OutcomeStatus{{Mechanism: auction.Climbing}},
	}
	s.must(registry.Register(prover.Metrics{Status: func() prover.Status { return agent }}))
	s.must(registry.Register(fleet.Metrics{Status: func() fleet.WorkerStatus { return fleet.WorkerStatus{} }}))
	s.must(registry.Register(reporter.Metrics{Status: func() []reporter.Status { return []reporter.Status{{Feed: "ETH/USD"}} }}))
	families, err := registry.Gather()
	s.must(err)
	for _, family := range families {
		all.add(family)
	}
	all["up"] = map[string]map[string]bool{"job": {"vadium-market": true, "vadium-prover": true, "vadium-worker": true}, "instance": nil}
	// The kinds of refusals that nobody has met are not there yet.
	if all["vadium_refusals_total"] == nil {
		all["vadium_refusals_total"] = map[string]map[string]bool{"kind": nil, "job": nil, "instance": nil}
	}
	return all
}

// TestDashboardAndAlertsAskForMetricsThatExist: an alert on a metric that was renamed never fires, and nobody notices.
func TestDashboardAndAlertsAskForMetricsThatExist(t *testing.T) {
	t.Parallel()
	all := whatIsExported(t)
	report := func(where, expression string) {
		t.Helper()
		for _, wrong := range all.check(expression) {
			t.Errorf("%s: %s\n\t%s", where, expression, wrong)
		}
	}
	read := func(name string) []byte {
		t.Helper()
		content, err := os.ReadFile(filepath.Join(operationDir, name))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	var board struct {
		Panels []struct {
			ID            int
			Title, Type   string
			Targets       []struct{ Expr, LegendFormat string }
			GridPos       struct{ X, Y, W, H int }
			SchemaVersion int
		}
	}
	if err := json.Unmarshal(read("grafana.json"), &board); err != nil {
		t.Fatal(err)
	}
	shown, ids, asked := map[string]bool{}, map[int]bool{}, 0
	for _, p := range board.Panels {
		if ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %q: its id %d is another's, or it does not fit into a row", p.Title, p.ID)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			asked++
			report("panel "+p.Title, target.Expr)
			for name := range all {
				if strings.Contains(target.Expr, name) {
					shown[name] = true
				}
			}
		}
	}
	if asked < 50 {
		t.Errorf("the dashboard has %d queries: is it read as it should be?", asked)
	}
	for name := range all { // what is worth measuring is worth looking at
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "vadium_") && !slices.ContainsFunc(slices.Collect(maps.Keys(shown)), func(s string) bool { return strings.HasPrefix(s, base) }) &&
			base != "vadium_disk_size_bytes" && base != "vadium_certificate_expires_timestamp_seconds" {
			t.Errorf("no panel shows %s", name)
		}
	}

	var alerts struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(read("alerts.yml"), &alerts); err != nil {
		t.Fatal(err)
	}
	anchors := anchorsOf(t, "../../docs/runbook.md")
	rules := 0
	for _, g := range alerts.Groups {
		for _, r := range g.Rules {
			rules++
			report("alert "+r.Alert, r.Expr)
			if r.Annotations["summary"] == "" || !slices.Contains([]string{"critical", "warning"}, r.Labels["severity"]) || r.For == "" {
				t.Errorf("alert %s has no summary, no duration, or the severity %q (critical or warning)", r.Alert, r.Labels["severity"])
			}
			page, anchor, _ := strings.Cut(r.Annotations["runbook_url"], "#")
			if !strings.HasSuffix(page, "/docs/runbook.md") || !anchors[anchor] {
				t.Errorf("alert %s: the runbook has no %q", r.Alert, anchor)
			}
		}
	}
	if rules < 20 {
		t.Errorf("%d alerts: are they read as they should be?", rules)
	}
	var scraped struct {
		Configs []struct {
			Job string `yaml:"job_name"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal(read("prometheus.yml"), &scraped); err != nil {
		t.Fatal(err)
	}
	for _, c := range scraped.Configs {
		if !all["up"]["job"][c.Job] {
			t.Errorf("prometheus.yml calls a job %s, which no alert knows", c.Job)
		}
	}
}

// TestTheCheckOfExpressionsFindsWhatIsWrong, else the test above would pass whatever stands in the files.
func TestTheCheckOfExpressionsFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	all := metricNames{
		"a_total": {"to": {"requester": true}, "job": nil}, "b_bucket": {"le": nil, "job": nil},
	}
	for expression, want := range map[string]string{
		`rate(a_total{to="requester"}[5m])`:                "",
		`histogram_quantile(0.9, sum by (le) (b_bucket))`:  "",
		`a_total{to=~"req.*|x"} / a_total{job="anything"}`: "",
		`rate(a_totl[5m])`:                                 "nobody exports a_totl",
		`a_total{too="requester"}`:                         "no too",
		`a_total{to="reqester"}`:                           "no to like",
		`sum by (from) (a_total)`:                          "label from",
		`a_total + `:                                       "cannot",
		`{job="x"}`:                                        "nobody exports",
	} {
		wrong := strings.Join(all.check(expression), "; ")
		if (want == "") != (wrong == "") || (want != "cannot" && !strings.Contains(wrong, want)) {
			t.Errorf("check(%s) = %q, want %q in it", expression, wrong, want)
		}
	}
}

// anchorsOf returns the anchors of a page's headings, as forges make them.
func anchorsOf(t *testing.T, file string) map[string]bool {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for line := range strings.SplitSeq(string(content), "\n") {
		if heading := strings.TrimLeft(line, "#"); heading != line {
			anchors[strings.ReplaceAll(strings.ToLower(strings.TrimSpace(heading)), " ", "-")] = true
		}
	}
	return anchors
}

// TestUnitsAreHardenedAndRunCommandsThatExist reads the units for what must be there, and has systemd read them where
// there is one.
func TestUnitsAreHardenedAndRunCommandsThatExist(t *testing.T) {
	t.Parallel()
	units, err := filepath.Glob(filepath.Join(operationDir, "systemd", "*.service"))
	if err != nil || len(units) < 3 {
		t.Fatalf("units: %v, %v", units, err)
	}
	for _, unit := range units {
		content, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "StateDirectory=vadium-", "Restart=on-failure",
			"LimitNOFILE=", "TimeoutStopSec=45", "SystemCallFilter=@system-service seccomp landlock_create_ruleset", "User=vadium", "LoadCredential=",
		} {
			if !strings.Contains(string(content), want) {
				t.Errorf("%s has no %s", filepath.Base(unit), want)
			}
		}
		var start string
		for line := range strings.SplitSeq(string(content), "\n") {
			if after, ok := strings.CutPrefix(line, "ExecStart=/usr/local/bin/vadium "); ok {
				start = after
			}
		}
		arguments := strings.Fields(start)
		root, _ := newRoot(nil, nil, nil)
		command, rest, err := root.Find(arguments)
		if err != nil || len(arguments) == 0 || command.RunE == nil || command.HasSubCommands() {
			t.Errorf("%s starts %q: %v", filepath.Base(unit), start, err)
			continue
		}
		if err := command.ParseFlags(rest); err != nil {
			t.Errorf("%s starts %q: %v", filepath.Base(unit), start, err)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not installed; the units were read by this test only")
		return
	}
	for _, unit := range units { // the binary is not installed here, so its place is taken by one that is
		content, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), filepath.Base(unit))
		if err := os.WriteFile(copied, []byte(strings.ReplaceAll(string(content), "/usr/local/bin/vadium", "/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), analyze, "verify", copied).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("systemd-analyze verify %s: %v\n%s", filepath.Base(unit), err, out)
		}
	}
}
