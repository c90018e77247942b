package verifier

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"vadium"
	"vadium/circuits"
)

func TestAReasonArrivesAsItWasMeant(t *testing.T) {
	for _, kind := range found {
		made := errors.Join(errors.New("proof has 5 bytes, want 196"), kind)
		if got := findingOf(made).err(); !errors.Is(got, kind) || got.Error() != made.Error() && !strings.Contains(got.Error(), "want 196") {
			t.Errorf("%v arrives as %v", made, got)
		}
	}
	if err := findingOf(nil).err(); err != nil {
		t.Errorf("nil arrives as %v", err)
	}
	if err := findingOf(errors.New("the disk is gone")).err(); !errors.Is(err, ErrUndecided) {
		t.Errorf("an error that is no finding arrives as %v, want undecided", err)
	}
}

// A child that a proof took over may send any bytes. They make no verdict that its parent did not expect, and nothing that a
// terminal would obey gets into a log.
func TestWhatAChildMaySayIsBounded(t *testing.T) {
	for name, f := range map[string]finding{
		"a kind of the market's own": {Kind: "balance-too-low", Text: "x"},
		"no kind":                    {Text: "x"},
	} {
		if err := f.err(); !errors.Is(err, ErrUndecided) {
			t.Errorf("%s: %v, want undecided", name, err)
		}
	}
	colourful := finding{Kind: circuits.ErrInvalidProof, Text: "\x1b[2J\nlevel=ERROR"}.err()
	if strings.ContainsAny(colourful.Error(), "\x1b\n") {
		t.Errorf("%q would be obeyed", colourful)
	}
	long := finding{Kind: circuits.ErrInvalidProof, Text: strings.Repeat("x", 1<<20)}.err()
	if len(long.Error()) > maxReason {
		t.Errorf("a reason of %d bytes", len(long.Error()))
	}
}

// FuzzResponse is the market reading what a child says.
func FuzzResponse(f *testing.F) {
	f.Add(encode(response{Findings: []finding{{}, findingOf(circuits.ErrInvalidProof)}}), 2)
	f.Add(encode(response{Class: vadium.KeysUniversal, Findings: []finding{{}}}), 1)
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 1) // a list of 2^64-1 bytes
	f.Add([]byte(nil), 0)
	f.Fuzz(func(t *testing.T, b []byte, claims int) {
		var r response
		var err error
		if used := allocated(func() { r, err = decodeResponse(b, claims) }); used > 1<<20+64*uint64(len(b)) {
			t.Fatalf("reading %d bytes allocates %d", len(b), used)
		}
		if err != nil {
			return
		}
		if len(r.Findings) != claims {
			t.Fatalf("%d findings on %d claims", len(r.Findings), claims)
		}
		if !bytes.Equal(encode(r), b) {
			t.Fatalf("%x means what %x means", b, encode(r))
		}
	})
}

// FuzzRequest is a child reading what the market says: keys and proofs in it are strangers'.
func FuzzRequest(f *testing.F) {
	program := vadium.Program{Name: "p", System: vadium.Groth16, Curve: vadium.BN254, Public: 1}
	for _, task := range []task{taskCheck, taskAdmit, 3} {
		f.Add(encode(request{Task: task, Program: program, Key: make([]byte, 500), Claims: []circuits.Claim{{PublicInputs: make([]byte, 32), Proof: make([]byte, 196)}}}))
	}
	f.Add(encode(request{Task: taskCheck, Program: program, Claims: make([]circuits.Claim, circuits.MaxBatch+1)}))
	f.Add([]byte("\xfb\xff\xff\xff\xff"))
	checker := NewInProcess()
	f.Fuzz(func(t *testing.T, b []byte) {
		var answered []byte
		var err error
		if used := allocated(func() { answered, err = answer(checker, b) }); used > 16<<20+64*uint64(len(b)) {
			t.Fatalf("answering %d bytes allocates %d", len(b), used)
		}
		if err != nil {
			return
		}
		r, err := decodeRequest(b)
		if err != nil {
			t.Fatalf("answered a request that is none: %v", err)
		}
		if _, err := decodeResponse(answered, len(r.Claims)); err != nil {
			t.Fatalf("the answer is not one: %v", err)
		}
	})
}

// allocated returns the bytes allocated while f runs, in this process.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
