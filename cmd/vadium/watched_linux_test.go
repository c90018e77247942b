package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"vadium/prover"
)

// operationsURL matches the line of a log, text or JSON, that names the operations listener.
var operationsURL = regexp.MustCompile(`operations answer"?.*url"?[=:]"?(http://[0-9.:]+)`)

// page returns what the operations listener of one of the stage's processes answers.
func (k *killing) page(name, path string) (status int, body string) {
	k.Helper()
	waiting, cancel := context.WithTimeout(k.Context(), time.Minute)
	defer cancel()
	for {
		log, err := os.ReadFile(filepath.Join(k.s.dir, name+".log"))
		k.must(err)
		if found := operationsURL.FindSubmatch(log); found != nil {
			response, err := http.Get(string(found[1]) + path)
			k.must(err)
			defer response.Body.Close()
			raw, err := io.ReadAll(response.Body)
			k.must(err)
			return response.StatusCode, string(raw)
		}
		if !sleepUntil(waiting, 20*time.Millisecond) {
			k.Fatalf("the log of %s does not name the operations listener", name)
		}
	}
}

// sleepUntil reports whether the time passed before ctx ended.
func sleepUntil(ctx context.Context, d time.Duration) bool {
	pause(ctx, d)
	return ctx.Err() == nil
}

// childrenOf returns the processes that a process started.
func (k *killing) childrenOf(parent int) (children []int) {
	k.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	k.must(err)
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, after, _ := strings.Cut(string(stat), ") ") // the name may hold anything, so the fields begin after it
		fields := strings.Fields(after)
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) || fields[0] == "Z" {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		k.must(err)
		children = append(children, pid)
	}
	return children
}

// TestEveryServiceIsWatched plays a market, a prover and a worker of it, as an operator runs them. A verifying process of the
// market is killed: the next delivery is judged all the same, nobody is blamed, and the death is in the metrics. Then what
// the dashboard and the alerts ask of provers and workers is held to what these two export.
func TestEveryServiceIsWatched(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "prover.yaml")
	err := os.WriteFile(config, []byte("provers: 1\nworkers: {listen: 127.0.0.1:0}\ncost: \"0.001\"\noperations: {listen: 127.0.0.1:0}\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	k := play(t, openStage(t, houseParams()), part{name: "north", stake: 1_000, programs: "solvency-64", config: config})
	k.worker("east")
	k.status("the worker's slot", func(s prover.Status) bool { return s.Provers == 2 })
	children := k.childrenOf(k.group("market"))
	if len(children) == 0 {
		t.Fatal("the market has no verifying process")
	}
	for _, child := range children {
		k.must(syscall.Kill(child, syscall.SIGKILL))
	}
	if _, o := k.settled(k.submit(2 * time.Minute)); o.deliveries != 1 || o.faults != 0 {
		t.Errorf("the request after the death: %+v, want one delivery and no fault", o)
	}
	_, page := k.page("market", "/metrics")
	if found := regexp.MustCompile(`(?m)^vadium_verifier_deaths_total ([0-9]+)$`).FindStringSubmatch(page); found == nil || found[1] == "0" {
		t.Errorf("the market's metrics count %v deaths of verifying processes, want at least one", found)
	}
	all := metricNames{}
	for _, name := range []string{"market", "north", "east"} {
		if status, body := k.page(name, "/readyz"); status != http.StatusOK {
			t.Errorf("/readyz of %s = %d %s, want ok", name, status, body)
		}
		_, page := k.page(name, "/metrics")
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(page))
		k.must(err)
		for _, family := range families {
			all.add(family)
		}
	}
	held := 0
	for where, expressions := range askedFor(t) {
		for _, expression := range expressions {
			if !strings.Contains(expression, "vadium_prover_") && !strings.Contains(expression, "vadium_worker_") {
				continue
			}
			held++
			for _, wrong := range all.check(expression) {
				t.Errorf("%s: %s\n\t%s", where, expression, wrong)
			}
		}
	}
	if held < 15 {
		t.Errorf("%d expressions are about provers and workers: are they read as they should be?", held)
	}
}

// askedFor returns the expressions of the dashboard and the alerts, by where they stand.
func askedFor(t *testing.T) map[string][]string {
	t.Helper()
	read := func(name string) []byte {
		content, err := os.ReadFile(filepath.Join(operationDir, name))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(read("grafana.json"), &board); err != nil {
		t.Fatal(err)
	}
	var alerts struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal(read("alerts.yml"), &alerts); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all["panel "+p.Title] = append(all["panel "+p.Title], target.Expr)
		}
	}
	for _, g := range alerts.Groups {
		for _, r := range g.Rules {
			all["alert "+r.Alert] = append(all["alert "+r.Alert], r.Expr)
		}
	}
	return all
}
