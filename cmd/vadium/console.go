package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"charm.land/bubbles/v2/progress"
	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/x/term"

	"vadium"
	"vadium/marketplace/client"
)

// The rules of what people see:
//
//   - Answers go to stdout, everything else (progress, logs, errors) to stderr.
//   - With --json stdout carries one JSON object per line and nothing else.
//   - Colours and moving bars only in a terminal; piped output is plain and stable.
//   - An error says what failed, then on a line of its own `hint:` and what to do.

// console is where a command talks.
type console struct {
	in       io.Reader
	out, err io.Writer
	json     bool
	errTTY   bool

	mu      sync.Mutex // guards line
	line    bool       // a progress line stands unfinished in the terminal
	lastBar time.Time
}

func newConsole(in io.Reader, out, err io.Writer) *console {
	return &console{in: in, out: out, err: err, errTTY: isTerminal(err)}
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}

var (
	bold   = lipgloss.NewStyle().Bold(true)
	faint  = lipgloss.NewStyle().Faint(true)
	good   = lipgloss.NewStyle().Foreground(lipgloss.Color("2"))
	bad    = lipgloss.NewStyle().Foreground(lipgloss.Color("1"))
	warn   = lipgloss.NewStyle().Foreground(lipgloss.Color("3"))
	accent = lipgloss.NewStyle().Foreground(lipgloss.Color("6"))
)

// object prints a value as one line of JSON.
func (c *console) object(v any) error {
	encoded, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err = fmt.Fprintln(c.out, string(encoded))
	return err
}

// show prints v as JSON if asked for, else what people prints.
func (c *console) show(v any, people func()) error {
	if c.json {
		return c.object(v)
	}
	people()
	return nil
}

// say prints a line for people on stdout; nothing with --json.
func (c *console) say(format string, args ...any) {
	if c.json {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clearLine()
	_, _ = lipgloss.Fprintln(c.out, fmt.Sprintf(format, args...))
}

// tell prints a line for people on stderr, where progress goes.
func (c *console) tell(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clearLine()
	_, _ = lipgloss.Fprintln(c.err, fmt.Sprintf(format, args...))
}

func (c *console) clearLine() {
	if c.line {
		fmt.Fprint(c.err, "\r\x1b[K")
		c.line = false
	}
}

// facts prints aligned pairs.
func (c *console) facts(pairs ...string) {
	width := 0
	for i := 0; i < len(pairs); i += 2 {
		width = max(width, len(pairs[i]))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		c.say("%s  %s", faint.Render(fmt.Sprintf("%-*s", width, pairs[i])), pairs[i+1])
	}
}

// table prints rows under a header.
func (c *console) table(header []string, rows [][]string) {
	if len(rows) == 0 {
		c.say("%s", faint.Render("none"))
		return
	}
	t := table.New().Headers(header...).Rows(rows...).
		Border(lipgloss.HiddenBorder()).BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderHeader(false).BorderColumn(false).BorderRow(false).
		StyleFunc(func(row, _ int) lipgloss.Style {
			style := lipgloss.NewStyle().PaddingRight(2)
			if row == table.HeaderRow {
				return style.Bold(true)
			}
			return style
		})
	for line := range strings.SplitSeq(t.String(), "\n") {
		c.say("%s", strings.TrimRight(line, " "))
	}
}

// bar shows how far a long piece of work is: a moving bar in a terminal, a line per stage otherwise.
func (c *console) bar(stage string, done, total int64) {
	if total <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	finished := done >= total
	if !c.errTTY {
		if finished {
			fmt.Fprintf(c.err, "%s: done\n", stage)
		}
		return
	}
	if !finished && time.Since(c.lastBar) < 50*time.Millisecond {
		return
	}
	c.lastBar = time.Now()
	bar := progress.New(progress.WithWidth(28), progress.WithColors(lipgloss.Color("6")))
	fmt.Fprintf(c.err, "\r\x1b[K%s %s", bar.ViewAs(float64(done)/float64(total)), stage)
	c.line = true
	if finished {
		fmt.Fprintln(c.err)
		c.line = false
	}
}

// coins writes tokens for people: at most four decimal places, rounded down and marked where something is left out.
// With --json amounts are exact.
func coins(a vadium.Amount) string {
	exact := a.Tokens()
	point := strings.IndexByte(exact, '.')
	if point < 0 || len(exact) <= point+5 {
		return exact
	}
	short := strings.TrimRight(strings.TrimRight(exact[:point+5], "0"), ".")
	return short + "…"
}

// hinted is an error with what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// withHint adds what to do to an error. A hint that is there already stays: it was given closer to the cause.
func withHint(err error, hint string) error {
	var h hinted
	if err == nil || errors.As(err, &h) {
		return err
	}
	return hinted{err, hint}
}

func hintOf(err error) string {
	if h, ok := errors.AsType[hinted](err); ok {
		return h.hint
	}
	if refused, ok := errors.AsType[*client.Error](err); ok {
		if refused.Unreachable() && refused.Hint == "" {
			return "is the market running? (vadium dev, or vadium market serve DIR; --market says where it is)"
		}
		return refused.Hint
	}
	return ""
}

// messageOf returns an error's text without the hint that a refusal repeats in it.
func messageOf(err error) string {
	text := err.Error()
	var refused *client.Error
	if errors.As(err, &refused) && refused.Hint != "" {
		text = strings.Replace(text, refused.Error(), refused.Message, 1)
	}
	return text
}

// fail prints an error: what failed, then what to do.
func (c *console) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clearLine()
	hint := hintOf(err)
	if c.json {
		encoded, _ := json.Marshal(struct {
			Error string `json:"error"`
			Hint  string `json:"hint,omitempty"`
		}{messageOf(err), hint})
		fmt.Fprintln(c.err, string(encoded))
		return
	}
	_, _ = lipgloss.Fprintln(c.err, bad.Render("error:")+" "+messageOf(err))
	if hint != "" {
		_, _ = lipgloss.Fprintln(c.err, accent.Render("hint:")+"  "+hint)
	}
}
