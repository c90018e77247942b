package bench

import (
	"os"
	"testing"

	"vadium/circuits"
	"vadium/circuits/clearing"
)

// The clearing of a batch of 128 orders and 128 slots proven, and its proof verified. Beside it gnark's prover alone on the
// same circuit, and on a circuit of as many constraints that checks nothing. The keys of both take minutes, so it is measured
// only where VADIUM_BENCH_CLEARING is set.
func BenchmarkClearing(b *testing.B) {
	if os.Getenv("VADIUM_BENCH_CLEARING") == "" {
		return
	}
	entry, err := circuits.Lookup(clearing.ProgramName(256))
	if err != nil {
		b.Fatal(err)
	}
	p := madeOf(b, entry, entry.Sample) // every place is taken
	b.Run("prove", func(b *testing.B) {
		measureProve(b, p)
		b.Run(p.size()+"/by=gnark-chain", chainLike(b, p).proveBare)
	})
	b.Run("verify", func(b *testing.B) { measureVerify(b, p) })
}
