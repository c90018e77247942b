package marketplace_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"vadium"
	"vadium/marketplace/marketplacetest"
)

// situations are the places in its life where a request can meet a command, by the lines that lead there. prover1 is
// the primary and prover2 its backup.
var situations = []struct {
	name  string
	lines []string
}{
	{"open", []string{"submit alice r fee=5"}},
	{"assigned", []string{"submit alice r cap=4"}},
	{"disputed", []string{"submit alice r cap=4", "dispute prover1 r"}},
	{"accepted", []string{"submit alice r cap=4", "accept prover1 r"}},
	{"verifying", []string{"submit alice r cap=4", "accept prover1 r", "deliver prover1 r"}},
	{"resigned", []string{"submit alice r cap=4", "accept prover1 r", "resign prover1 r"}},
	{"backed up", []string{"submit alice r cap=4", "accept prover1 r", "at r.heartbeat-by+1ms", "accept prover2 r"}},
	{"grace", []string{"submit alice r cap=4", "accept prover1 r", "at r.deadline+1ms"}},
	{"overtaken", []string{
		"submit alice r cap=4", "accept prover1 r", "at r.heartbeat-by+1ms", "accept prover2 r", "deliver prover2 r", "verdict prover2 r valid",
	}},
	{"excused", []string{
		"params maxUndecided=1", "submit alice r cap=4", "accept prover1 r", "deliver prover1 r", "verdict prover1 r undecided",
	}},
	{"settled", []string{"submit alice r cap=4", "accept prover1 r", "deliver prover1 r", "verdict prover1 r valid"}},
	{"failed", []string{"submit alice r cap=4", "accept prover1 r", "at r.grace-end+1ms"}},
	{"cancelled", []string{"submit alice r fee=5", "cancel alice r"}},
	{"unserved", []string{"submit alice r fee=5", "at r.expires+1ms"}},
	{"unsatisfiable", []string{"submit alice r cap=4", "dispute prover1 r", "dispute prover2 r"}},
}

// moves are the commands that a request can meet.
var moves = []string{
	"submit alice r", "cancel alice r", "cancel bob r", "accept prover1 r", "decline prover1 r", "dispute prover1 r", "heartbeat prover1 r",
	"resign prover1 r", "deliver prover1 r", "verdict prover1 r valid", "verdict prover1 r invalid", "verdict prover1 r undecided",
	"accept prover2 r", "decline prover2 r", "resign prover2 r", "deliver prover2 r", "accept prover9 r", "resume", "pause", "tick",
}

// Every command in every situation, held against a table that people can read. A move shows the phase it leads to, and
// how many deadlines later the request is over; a refusal shows its kind.
func TestEveryCommandInEverySituation(t *testing.T) {
	var b strings.Builder
	b.WriteString("What each command does to a request in each situation: the phase it leads to, or why it is refused.\n" +
		"Left to itself afterwards, every request ends.\n")
	for _, situation := range situations {
		start := marketplacetest.Ready(t, 2)
		start.Run(situation.lines...)
		fmt.Fprintf(&b, "\n%s (%v)\n", situation.name, start.Request("r").Phase)
		for _, move := range moves {
			w := start.Fork()
			err := w.Try(move)
			outcome := fmt.Sprint(w.Request("r").Phase)
			if err != nil {
				outcome = "refused: " + string(kindOf(t, err))
			}
			fmt.Fprintf(&b, "  %-28s %s\n", move, outcome)
			leaveAlone(t, w, situation.name+", "+move)
		}
	}
	compare(t, "testdata/transitions.golden", b.String())
}

func kindOf(t *testing.T, err error) vadium.Kind {
	t.Helper()
	var kind vadium.Kind
	if !errors.As(err, &kind) {
		t.Errorf("refusal without a kind: %v", err)
	}
	return kind
}

// leaveAlone concludes what is under verification and lets every deadline pass: the request must be over then, with no
// escrow and no locks left.
func leaveAlone(t *testing.T, w *marketplacetest.World, what string) {
	t.Helper()
	if w.State.Market().Paused {
		w.Run("unpause")
	}
	for i, a := range w.Request("r").Attempts {
		if len(a.Pending) > 0 {
			w.Run(fmt.Sprintf("verdict prover%d r invalid", i+1))
		}
	}
	w.Wait(vadium.Hour)
	if r := w.Request("r"); !r.Phase.Final() {
		t.Errorf("%s: the request is still %v an hour later", what, r.Phase)
	}
	for id, v := range w.State.Vaults() {
		if v.LockCount > 0 {
			t.Errorf("%s: vault %d still has locks %v an hour later", what, id, w.State.LocksOf(id))
		}
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is out of date (rewrite it with -update, then read the diff); got:\n%s", file, got)
	}
}
