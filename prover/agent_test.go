package prover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/prover/engine"
	"vadium/prover/engine/enginetest"
)

func publicInputs(p vadium.Program, statement []byte, request vadium.RequestID, prover vadium.Account) []byte {
	return circuits.PublicInputs(p, statement, request, prover)
}

// stage is a market with the toy listed, and alice ready to prove it.
type stage struct {
	*testMarket
	toy    vadium.ProgramID
	config Config
	engine *enginetest.Pretend
}

// play runs do on a stage inside a bubble of fake time.
func play(t *testing.T, do func(t *testing.T, s *stage)) {
	blobs := enginetest.Groth16(t)
	synctest.Test(t, func(t *testing.T) {
		m := newTestMarket(t, testParams())
		m.openVault(alice, 1_000)
		do(t, &stage{
			testMarket: m, toy: m.list(blobs), engine: &enginetest.Pretend{ProveTime: time.Second},
			config: Config{Dir: t.TempDir(), Programs: []string{"toy"}},
		})
	})
}

// start runs an agent and returns how to stop it, which returns what Run returned.
func (s *stage) start(t *testing.T, who vadium.Account, f *faults) (*Agent, func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	if f != nil {
		f.kill = cancel
	}
	a, err := New(s.config, seat{s.testMarket, who, f}, mortal{s.engine, f})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
}

func (s *stage) run(t *testing.T) *Agent {
	t.Helper()
	a, stop := s.start(t, alice, nil)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	})
	s.awaitAsks(alice)
	return a
}

func TestARequestIsAcceptedProvenAndPaid(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		a := s.run(t)
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		at := s.request(id).Attempts[0]
		if at.Prover != alice || at.Paid.IsZero() || !at.Slashed.IsZero() {
			t.Errorf("attempt = %+v, want alice's, paid and not slashed", at)
		}
		synctest.Wait()
		if st := a.Status(); len(st.Assignments) != 0 || len(st.Programs) != 1 || !st.Programs[0].Measured || len(st.Asks) == 0 {
			t.Errorf("Status = %+v, want no assignment, one measured program and asks", st)
		}
		if left := proofsIn(t, s.config.Dir); len(left) != 0 {
			t.Errorf("%d proofs are left on disk, want none", len(left))
		}
	})
}

// The agent is killed before and after each action that leaves a trace, and started again.
func TestACrashBetweenAnyTwoActionsAcceptsOnceAndDeliversOnce(t *testing.T) {
	for point := 1; ; point++ {
		crashed := false
		play(t, func(t *testing.T, s *stage) {
			// What is on disk at the moment of death is all that the next life gets.
			dead := t.TempDir()
			f := &faults{at: point, dying: func() { copyFolder(t, s.config.Dir, dead) }}
			var proofs []string
			_, stop := s.start(t, alice, f)
			s.awaitAsks(alice)
			id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
			synctest.Wait()
			time.Sleep(4 * time.Second) // long enough for all of it
			if err := stop(); err != nil {
				t.Fatalf("Run = %v, want nil", err)
			}
			crashed = f.isDead()
			if crashed {
				s.config.Dir = dead
			}
			name := f.names[len(f.names)-1]
			before := len(proofsIn(t, s.config.Dir))

			s.engine.Before = func(_ context.Context, what string, w engine.Work) error {
				if !measures(w) {
					proofs = append(proofs, what)
				}
				return nil
			}
			_, stop = s.start(t, alice, nil)
			s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
			if err := stop(); err != nil {
				t.Fatalf("Run = %v, want nil", err)
			}
			if got := countKind[*marketplace.RequestAccepted](s.testMarket); got != 1 {
				t.Errorf("killed %s: accepted %d times, want once", name, got)
			}
			if got := countKind[*marketplace.DeliveryReceived](s.testMarket); got != 1 {
				t.Errorf("killed %s: delivered %d times, want once", name, got)
			}
			if got := countKind[*marketplace.FaultRecorded](s.testMarket); got != 0 {
				t.Errorf("killed %s: %d faults, want none", name, got)
			}
			if before > 0 && slices.Contains(proofs, "prove") {
				t.Errorf("killed %s: a proof that was on disk was made again", name)
			}
		})
		if !crashed {
			if point-1 != 10 { // fetch, solve, accept, prove, deliver
				t.Errorf("the agent passed %d points, want 10", point-1)
			}
			return
		}
	}
}

func proofsIn(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(dir, "proofs"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// copyFolder copies what a power cut would leave: files that are being written are not there.
func copyFolder(t *testing.T, from, to string) {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(d.Name(), ".") {
			return nil //nolint:nilerr // it vanished, or is not there yet
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed by the rest of the agent, which does not know yet that it is dead
		}
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o600)
	})
	if err != nil {
		t.Errorf("copy the folder: %v", err)
	}
}

// measures reports whether work is for no request, but to see how long it takes.
func measures(w engine.Work) bool { return w.Request == vadium.RequestID{} }

// mortal is an engine whose user may die before and after each computation.
type mortal struct {
	*enginetest.Pretend
	f *faults
}

func (m mortal) Solve(ctx context.Context, w engine.Work) error {
	if err := m.f.point("before solve"); err != nil {
		return err
	}
	if err := m.Pretend.Solve(ctx, w); err != nil {
		return err
	}
	return m.f.point("after solve")
}

func (m mortal) Prove(ctx context.Context, w engine.Work) (engine.Proof, error) {
	if measures(w) {
		return m.Pretend.Prove(ctx, w)
	}
	if err := m.f.point("before prove"); err != nil {
		return engine.Proof{}, err
	}
	proof, err := m.Pretend.Prove(ctx, w)
	if err != nil {
		return engine.Proof{}, err
	}
	return proof, m.f.point("after prove")
}

// Heartbeats, the cursor and everything else may be lost too: here the agent is killed every 100 ms.
func TestAnAgentKilledAgainAndAgainStillDeliversOnce(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.engine.ProveTime = 250 * time.Millisecond
		_, stop := s.start(t, alice, nil)
		s.awaitAsks(alice)
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		for life := 120 * time.Millisecond; s.request(id).Phase != marketplace.PhaseSettled && life < time.Second; life += 20 * time.Millisecond {
			time.Sleep(life)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			_, stop = s.start(t, alice, nil)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if a, d := countKind[*marketplace.RequestAccepted](s.testMarket), countKind[*marketplace.DeliveryReceived](s.testMarket); a != 1 || d != 1 {
			t.Errorf("accepted %d times and delivered %d times, want once each", a, d)
		}
	})
}

func TestARestartedAgentWatchesFromItsCursor(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		_, stop := s.start(t, alice, nil)
		s.awaitAsks(alice)
		time.Sleep(5500 * time.Millisecond)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		seq := s.state.NextSeq() - 1
		s.mu.Unlock()
		// Assigned while the agent is away: it learns from the event.
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		s.run(t)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		s.mu.Lock()
		defer s.mu.Unlock()
		if got := s.watches; len(got) != 4 || !slices.Contains(got[2:], seq+1) { // the ledger watches too
			t.Errorf("watched from %v, want from %d the second time", got, seq+1)
		}
	})
}

func TestAnAgentWithoutItsFolderFindsItsAssignments(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		_, stop := s.start(t, alice, nil)
		s.awaitAsks(alice)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		keys := filepath.Join(s.config.Dir, "keys")
		s.config.Dir, s.config.KeyDir = t.TempDir(), keys
		s.run(t)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
	})
}

// A market that was restored from a backup knows nothing of what came after it: the agent's cursor and ledger are ahead, or
// the market has passed them meanwhile and they are of another history.
func TestAnAgentFindsItsWorkInARestoredMarket(t *testing.T) {
	for name, passed := range map[string]bool{"cursors are ahead": false, "cursors have been passed": true} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				_, stop := s.start(t, alice, nil)
				s.awaitAsks(alice)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				ledger, err := os.ReadFile(filepath.Join(s.config.Dir, "ledger.json"))
				if err != nil {
					t.Fatal(err)
				}
				id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
				cursor := `"cursor":100000`
				if passed {
					s.mu.Lock()
					cursor = fmt.Sprintf(`"cursor":%d,"lineage":"%v"`, s.state.NextSeq()-1, vadium.Salt{9})
					s.mu.Unlock()
				}
				for name, content := range map[string]string{
					"cursor.json": `{"deployment":"` + vadium.Salt{7}.String() + `",` + cursor + `}`,
					"ledger.json": regexp.MustCompile(`"cursor":\d+(,"lineage":"0x[0-9a-f]+")?`).ReplaceAllString(string(ledger), cursor),
				} {
					if err := os.WriteFile(filepath.Join(s.config.Dir, name), []byte(content), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				agent := s.run(t)
				s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
				time.Sleep(2 * time.Second)
				if got := Total(agent.ledger.lines(agent.programName)); got.Made != 1 || got.Earned.IsZero() {
					t.Errorf("the ledger counts %d proofs and %v earned, want the one proof of the restored market", got.Made, got.Earned)
				}
			})
		})
	}
}

// Cursors of an earlier build name no history, and go on; from the next start on they do.
func TestCursorsOfAnEarlierBuildGoOnAndLearnTheirLineage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.json")
	market := client.Market{Deployment: vadium.Salt{7}, Seq: 20, Lineages: []marketplace.Lineage{{From: 5, ID: vadium.Salt{1}}}}
	content := `{"format":"` + ledgerFormat + `","deployment":"` + vadium.Salt{7}.String() + `","cursor":9}`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	old, err := openLedger(path, market)
	if err != nil || old.file.Cursor != 9 || old.file.Lineage == nil || *old.file.Lineage != (vadium.Salt{1}) {
		t.Fatalf("an earlier build's ledger opens as %+v (%v), want at 9, of the market's lineage there", old.file, err)
	}
	old.dirty = true
	if err := old.save(); err != nil {
		t.Fatal(err)
	}
	for want, lineages := range map[uint64][]marketplace.Lineage{
		9: {{From: 5, ID: vadium.Salt{1}}, {From: 10, ID: vadium.Salt{2}}},
		0: {{From: 5, ID: vadium.Salt{1}}, {From: 9, ID: vadium.Salt{2}}},
	} {
		market.Lineages = lineages
		if again, err := openLedger(path, market); err != nil || again.file.Cursor != want {
			t.Errorf("with lineages %v the ledger opens at %d (%v), want %d", lineages, again.file.Cursor, err, want)
		}
	}
}

func TestAFolderServesOneMarketAndOneAgent(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		_, stop := s.start(t, alice, nil)
		s.awaitAsks(alice)
		_, second := s.start(t, alice, nil)
		time.Sleep(time.Second)
		if err := second(); err == nil || !strings.Contains(err.Error(), "another prover works in") {
			t.Errorf("a second agent in the folder = %v, want a refusal", err)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.config.Dir, "cursor.json"), []byte(`{"deployment":"`+vadium.Salt{8}.String()+`","cursor":1}`), 0o600); err != nil {
			t.Fatal(err)
		}
		_, stop = s.start(t, alice, nil)
		time.Sleep(time.Second)
		if err := stop(); !errors.Is(err, errOtherMarket) {
			t.Errorf("Run in another market's folder = %v, want %v", err, errOtherMarket)
		}
	})
}

func TestAProverWithoutAVaultIsToldWhatToDo(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		_, stop := s.start(t, bob, nil)
		time.Sleep(time.Second)
		if err := stop(); !errors.Is(err, ErrNoVault) || !strings.Contains(err.Error(), "vault open") {
			t.Errorf("Run = %v, want %v with a hint", err, ErrNoVault)
		}
	})
}

func TestInputsAreJudgedBeforeLiabilityStarts(t *testing.T) {
	nonCanonical := append(enginetest.Statement(), bytes.Repeat([]byte{0xff}, vadium.ScalarBytes)...)
	for _, row := range []struct {
		name   string
		input  []byte // what the requester submitted
		serves []byte // what the market serves; nil: the same
		want   marketplace.Stage
	}{
		{"unsatisfiable", enginetest.Input(4), nil, marketplace.StageDisputed},
		{"not canonical: somebody might reduce it", nonCanonical, nil, marketplace.StageDeclined},
		{"too long", append(enginetest.Input(3), 0), nil, marketplace.StageDeclined},
		{"too short", enginetest.Input(3)[:40], nil, marketplace.StageDeclined},
		{"other bytes than named", enginetest.Input(3), enginetest.Input(4), marketplace.StageDeclined},
		{"behind another statement", enginetest.Scalars(36, 3), nil, marketplace.StageDelivered}, // the request's counts
	} {
		t.Run(row.name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run(t)
				id := s.submit(s.toy, row.input, 60*vadium.Second)
				if row.serves != nil {
					s.mu.Lock()
					s.inputs[id] = row.serves
					s.mu.Unlock()
				}
				s.await("the end of the assignment", 30*time.Second, func(m *marketplace.State) bool {
					stage := m.Request(id).Attempts[0].Stage
					return stage != marketplace.StageOffered && stage != marketplace.StageAccepted
				})
				if got := s.request(id).Attempts[0].Stage; got != row.want {
					t.Errorf("stage = %v, want %v", got, row.want)
				}
				if got := countKind[*marketplace.FaultRecorded](s.testMarket); got != 0 {
					t.Errorf("%d faults, want none", got)
				}
			})
		})
	}
}

func TestWhatCannotBeDoneInTimeIsDeclined(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.config.Capacity = 4
		s.engine.ProveTime = 8 * time.Second
		a := s.run(t)
		first := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second)
		s.awaitPhase(first, marketplace.PhaseSettled, time.Minute) // now the agent knows that it takes 8 s
		time.Sleep(11 * time.Second)                               // and has told the market
		ids := []vadium.RequestID{s.submit(s.toy, enginetest.Input(3), 60*vadium.Second)}
		s.awaitPhase(ids[0], marketplace.PhaseAccepted, time.Minute)
		// An agent cannot see the future of its machine: make the proof under way look slow.
		a.queue.mu.Lock()
		a.queue.lines[0].expected = 50 * vadium.Second
		a.queue.mu.Unlock()
		late := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		s.await("an answer", 10*time.Second, func(m *marketplace.State) bool {
			r := m.Request(late)
			return len(r.Attempts) == 1 && r.Attempts[0].Stage != marketplace.StageOffered
		})
		if got := s.request(late).Attempts[0].Stage; got != marketplace.StageDeclined {
			t.Errorf("stage = %v, want declined", got)
		}
		s.awaitPhase(ids[0], marketplace.PhaseSettled, time.Minute)
	})
}

func TestOneFailedProofIsMadeAgainAndTwoAreResigned(t *testing.T) {
	for failures, want := range map[int]marketplace.Stage{1: marketplace.StageDelivered, 2: marketplace.StageResigned} {
		play(t, func(t *testing.T, s *stage) {
			tries := 0
			s.engine.Before = func(_ context.Context, what string, w engine.Work) error {
				if what == "prove" && !measures(w) {
					if tries++; tries <= failures {
						return engine.ErrWorkerDied
					}
				}
				return nil
			}
			s.run(t)
			id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
			s.await("an end", 10*time.Second, func(m *marketplace.State) bool { return m.Request(id).Attempts[0].Stage == want })
			if tries != 2 {
				t.Errorf("%d failures: tried %d times, want 2", failures, tries)
			}
		})
	}
}

// The note that a proof is on disk may be there without the proof. Where no proof can be stored the agent ends each time, and is
// started again: it must not prove for nothing until it is too late, which costs more than to resign.
func TestAProofThatIsLostAgainAndAgainIsResigned(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		tries := 0
		s.engine.Before = func(_ context.Context, what string, w engine.Work) error {
			if what != "prove" || measures(w) {
				return nil
			}
			tries++
			return os.RemoveAll(filepath.Join(s.config.Dir, "proofs"))
		}
		_, stop := s.start(t, alice, nil)
		s.awaitAsks(alice)
		id := s.submit(s.toy, enginetest.Input(3), 60*vadium.Second)
		for range mostStarts + 3 {
			time.Sleep(3 * time.Second)
			if err := stop(); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			_, stop = s.start(t, alice, nil)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if got := s.request(id).Attempts[0].Stage; got != marketplace.StageResigned || tries != mostStarts {
			t.Errorf("after %d proofs that could not be stored: %v, want it resigned after %d", tries, got, mostStarts)
		}
	})
}

func TestAMarketThatIsAwayForAWhileIsDeliveredTo(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run(t)
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second)
		s.awaitPhase(id, marketplace.PhaseAccepted, time.Minute)
		s.mu.Lock()
		s.down = true
		s.mu.Unlock()
		time.Sleep(4 * time.Second)
		s.mu.Lock()
		s.down = false
		s.mu.Unlock()
		s.awaitPhase(id, marketplace.PhaseSettled, 10*time.Second)
		if got := countKind[*marketplace.DeliveryReceived](s.testMarket); got != 1 {
			t.Errorf("delivered %d times, want once", got)
		}
	})
}

func TestHeartbeatsKeepASlowProofAlive(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run(t)
		s.engine.ProveTime = 25 * time.Second // four times as long as a prover may be silent
		id := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		if got := countKind[*marketplace.HeartbeatMissed](s.testMarket); got != 0 {
			t.Errorf("%d heartbeats missed, want none", got)
		}
		progress := vadium.Bps(0)
		s.count(func(e marketplace.Event) bool {
			if beat, ok := e.(*marketplace.HeartbeatReceived); ok {
				if beat.Progress < progress {
					t.Errorf("progress falls from %d to %d", progress, beat.Progress)
				}
				progress = beat.Progress
			}
			return false
		})
		if progress == 0 {
			t.Error("no heartbeat told of progress")
		}
	})
}

func TestMisbehavioursCostWhatTheySay(t *testing.T) {
	for behaviour, want := range map[Behaviour]marketplace.Stage{
		Honest: marketplace.StageDelivered, Slow: marketplace.StageDelivered, Vanish: marketplace.StageFaulted,
	} {
		t.Run(string(behaviour), func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.config.Behaviour = behaviour
				s.run(t)
				id := s.submit(s.toy, enginetest.Input(3), 20*vadium.Second, func(b *marketplace.SubmitRequest) { b.DamageCap = vadium.Tokens(5) })
				s.await("an end", 2*time.Minute, func(m *marketplace.State) bool { return m.Request(id).Phase.Final() })
				at := s.request(id).Attempts[0]
				if at.Stage != want || at.Slashed.IsZero() != (behaviour == Honest) {
					t.Errorf("stage = %v, slashed %s, want %v", at.Stage, at.Slashed.Tokens(), want)
				}
				if late := at.DeliveredAt.After(at.Deadline); late != (behaviour == Slow) {
					t.Errorf("late = %v", late)
				}
				if missed := countKind[*marketplace.HeartbeatMissed](s.testMarket) > 0; missed != (behaviour == Vanish) {
					t.Errorf("heartbeats missed = %v", missed)
				}
			})
		})
	}
}

func TestAfterFailuresInARowTheAgentRests(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.config.BreakAfter, s.config.BreakFor = 2, 5*vadium.Minute
		broken := true
		s.engine.Before = func(_ context.Context, what string, w engine.Work) error {
			if what == "prove" && broken && !measures(w) {
				return engine.ErrFailed
			}
			return nil
		}
		s.run(t)
		for range 2 {
			s.awaitAsks(alice)
			id := s.submit(s.toy, enginetest.Input(3), 20*vadium.Second)
			s.await("a resignation", 10*time.Second, func(m *marketplace.State) bool {
				return m.Request(id).Attempts[0].Stage == marketplace.StageResigned
			})
			time.Sleep(time.Second)
		}
		time.Sleep(time.Second)
		if asks := s.asksOf(alice); len(asks) != 0 {
			t.Errorf("%d asks stand after two failures, want none", len(asks))
		}
		broken = false
		time.Sleep(6 * time.Minute)
		s.awaitAsks(alice)
		id := s.submit(s.toy, enginetest.Input(3), 20*vadium.Second)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
	})
}

func TestAsksAreRenewedLateInEveryEpochUnderAFreshSalt(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run(t)
		time.Sleep(45 * time.Second)
		type placed struct {
			at   vadium.Time
			ask  marketplace.Ask
			ends vadium.Time
		}
		var all []placed
		s.mu.Lock()
		ends := vadium.Time(0)
		salts := map[vadium.Salt]bool{}
		for _, r := range s.records {
			switch e := r.Event.(type) {
			case *marketplace.AskEpochOpened:
				ends = e.Ends
			case *marketplace.AskPlaced:
				if salts[e.Ask.Salt] {
					t.Error("a salt was used twice: the commitment hides nothing")
				}
				salts[e.Ask.Salt] = true
				if e.Ask.Product.Stake == auction.StakeNone && e.Ask.Product.Tier == auction.Immediate {
					all = append(all, placed{r.At, e.Ask, ends})
				}
			}
		}
		s.mu.Unlock()
		if len(all) < 4 || len(all) > 6 {
			t.Fatalf("placed %d times in 45 s of 10 s epochs, want about once each", len(all))
		}
		for _, p := range all[1:] {
			if left := p.ends.Sub(p.at); left > 2*vadium.Second {
				t.Errorf("renewed %d ms before the epoch's end, want at most 2000", left)
			}
			if stands := p.ask.StandUntil.Sub(p.at); stands < 30*vadium.Second {
				t.Errorf("the renewed ask stands for %d ms, want a few epochs", stands)
			}
		}
	})
}

func TestNothingStandsThatFreeStakeDoesNotBack(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.config.Capacity = 8
		s.engine.ProveTime = 5 * time.Second
		s.run(t)
		for _, ask := range s.asksOf(alice) {
			if ask.Slots != 8 {
				t.Errorf("%v: %d slots with plenty of stake, want 8", ask.Product, ask.Slots)
			}
		}
		// One request locks nearly everything.
		id := s.submit(s.toy, enginetest.Input(3), 30*vadium.Second, func(b *marketplace.SubmitRequest) {
			b.MaxFee, b.DamageCap = vadium.Tokens(600), vadium.Tokens(699)
		})
		time.Sleep(time.Second)
		if free := s.free(alice); !free.Less(vadium.Tokens(2)) {
			t.Fatalf("%s tokens are free, the test wants fewer than 2", free.Tokens())
		}
		s.checkBacked(t)
		s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		time.Sleep(time.Second)
		if asks := s.asksOf(alice); len(asks) != 9 {
			t.Errorf("%d asks after the release, want 9: of three latency tiers and three stake tiers", len(asks))
		}
	})
}

func (m *testMarket) free(who vadium.Account) vadium.Amount {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.VaultOf(who).Free(now())
}

// checkBacked holds every ask against the stake that a request at its own price would lock.
func (s *stage) checkBacked(t *testing.T) {
	t.Helper()
	free := s.free(alice)
	for _, ask := range s.asksOf(alice) {
		s.mu.Lock()
		running := uint32(0)
		for _, c := range s.state.Prover(alice).Running {
			if c.Product == ask.Product {
				running = c.Count
			}
		}
		s.mu.Unlock()
		for range ask.Slots - min(running, ask.Slots) {
			lock := ask.Price.BpsUp(5_000)
			if ask.Product.Stake != auction.StakeNone {
				lock = lock.MustAdd(ask.Price)
			}
			rest, ok := free.Sub(lock)
			if !ok {
				t.Errorf("%v asks for %d slots, free stake of %s does not back them", ask.Product, ask.Slots, s.free(alice).Tokens())
				break
			}
			free = rest
		}
		free = s.free(alice)
	}
}

func TestTheEarliestDeadlineIsProvenFirst(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.config.Capacity = 4
		s.engine.ProveTime = 3 * time.Second
		s.run(t)
		busy := s.submit(s.toy, enginetest.Input(3), 50*vadium.Second)
		time.Sleep(500 * time.Millisecond)
		last := s.submit(s.toy, enginetest.Input(3), 59*vadium.Second)
		time.Sleep(500 * time.Millisecond)
		first := s.submit(s.toy, enginetest.Input(3), 40*vadium.Second)
		for _, id := range []vadium.RequestID{busy, last, first} {
			s.awaitPhase(id, marketplace.PhaseSettled, time.Minute)
		}
		if got, want := s.engine.Proofs(), []vadium.RequestID{busy, first, last}; !slices.Equal(got[len(got)-3:], want) {
			t.Errorf("proven in order %v, want %v", got, want)
		}
	})
}
