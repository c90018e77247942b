package bench

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"vadium"
	"vadium/circuits"
)

// Proofs of one key checked together, from their bytes, as a child of the market's verifier does it on one processor. Beside
// it gnark's verification one by one, of proofs and witnesses that are parsed already. Processor time is reported, because
// gnark verifies one proof on two processors.
func BenchmarkVerifyBatch(b *testing.B) {
	p, err := loadMembership()
	if err != nil {
		b.Fatal(err)
	}
	const distinct = 4 // proofs made; batches repeat them, which costs what others would
	var claims []circuits.Claim
	var alone []func() error
	for i := range distinct {
		request := vadium.RequestID{31: byte(i + 1)}
		proof, err := p.loaded.Prove(p.input, request, prover)
		if err != nil {
			b.Fatal(err)
		}
		publics := circuits.PublicInputs(p.keys.Program, p.input[:p.keys.Program.StatementBytes()], request, prover)
		claims = append(claims, circuits.Claim{PublicInputs: publics, Proof: proof})
		alone = append(alone, p.gnarkVerifier(b, proof, p.witnessOf(b, publics, nil)))
	}
	for _, n := range []int{1, 4, 16, 64} {
		size := fmt.Sprintf("%s/proofs=%d", p.size(), n)
		b.Run(size+"/by=vadium", func(b *testing.B) {
			batch := make([]circuits.Claim, n)
			for i := range batch {
				batch[i] = claims[i%distinct]
			}
			begun := processorTime(b)
			for b.Loop() {
				for _, err := range p.loaded.VerifyingKey().VerifyBatch(nil, batch) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			perProof(b, n, begun)
		})
		b.Run(size+"/by=gnark", func(b *testing.B) {
			begun := processorTime(b)
			for b.Loop() {
				for i := range n {
					if err := alone[i%distinct](); err != nil {
						b.Fatal(err)
					}
				}
			}
			perProof(b, n, begun)
		})
	}
}

// perProof reports the processor time a proof took since begun.
func perProof(b *testing.B, n int, begun time.Duration) {
	b.Helper()
	b.ReportMetric(float64((processorTime(b)-begun).Microseconds())/float64(b.N*n), "cpu-µs/proof")
	perSecond(b, n, "proofs")
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
