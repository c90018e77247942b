package operations

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Health is what a service says about itself.
//
//	/livez    the process answers: restart it if not
//	/healthz  and its parts do what they must: restart it if not, after a look at the log
//	/readyz   and it takes on work: send it none if not, and do not restart it for that
type Health struct {
	mu       sync.Mutex // guards what follows
	parts    []check
	gates    []check
	notes    []check
	draining bool
}

type check struct {
	name string
	ask  func() error
}

// NewHealth returns the health of a service without parts.
func NewHealth() *Health { return &Health{} }

// Healthy adds a part that must work: ask returns what is wrong with it, or nil. ask is quick and safe for concurrent use.
func (h *Health) Healthy(name string, ask func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.parts = append(h.parts, check{name, ask})
}

// Ready adds something that has to hold before work is taken on. ask is quick and safe for concurrent use.
func (h *Health) Ready(name string, ask func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gates = append(h.gates, check{name, ask})
}

// Note adds something worth knowing that is no reason to send no work: /readyz goes on answering ok, and says it. ask is
// quick and safe for concurrent use.
func (h *Health) Note(name string, ask func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notes = append(h.notes, check{name, ask})
}

// Pending adds a gate that is shut until open is called, such as a replay that has to finish.
func (h *Health) Pending(name string) (open func()) {
	done := make(chan struct{})
	h.Ready(name, func() error {
		select {
		case <-done:
			return nil
		default:
			return errors.New("not finished")
		}
	})
	return sync.OnceFunc(func() { close(done) })
}

// Drain says that the service is about to stop: from here on it is not ready.
func (h *Health) Drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.draining = true
}

// errDraining: a restart is under way, nothing is wrong.
var errDraining = errors.New("the service is stopping")

// CheckHealthy returns what is wrong with the service's parts, or nil.
func (h *Health) CheckHealthy() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return ask(h.parts)
}

// CheckReady returns why the service takes no work on, or nil.
func (h *Health) CheckReady() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var stopping error
	if h.draining {
		stopping = fmt.Errorf("drain: %w", errDraining)
	}
	return errors.Join(stopping, ask(h.parts), ask(h.gates))
}

func ask(checks []check) error {
	var wrong []error
	for _, c := range checks {
		if err := c.ask(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", c.name, err))
		}
	}
	return errors.Join(wrong...)
}

// Notes returns what is worth knowing about the service, or nil.
func (h *Health) Notes() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return ask(h.notes)
}

func (h *Health) live(w http.ResponseWriter, _ *http.Request) { tell(w, nil, nil) }

func (h *Health) healthy(w http.ResponseWriter, _ *http.Request) { tell(w, h.CheckHealthy(), nil) }

func (h *Health) ready(w http.ResponseWriter, _ *http.Request) { tell(w, h.CheckReady(), h.Notes()) }

// tell answers ok, or what is wrong, and then what else is worth knowing, a line each.
func tell(w http.ResponseWriter, err, notes error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	answer := "ok\n"
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		answer = strings.TrimRight(err.Error(), "\n") + "\n"
	}
	if notes != nil {
		answer += strings.TrimRight(notes.Error(), "\n") + "\n"
	}
	_, _ = io.WriteString(w, answer) // a prober that went away misses nothing
}
