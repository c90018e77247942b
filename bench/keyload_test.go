package bench

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"

	"vadium"
	"vadium/circuits/keyfile"
)

// keyRows is the size of the key that is loaded.
const keyRows = 1 << 18

// largeKey is a key of 2^18 rows on disk, in the three forms there are.
type largeKey struct {
	program    vadium.Program
	blob, dump string
}

// Its points are few and repeat: loading does not look at what they are, and a setup would take minutes.
var makeLargeKey = sync.OnceValues(func() (*largeKey, error) {
	_, _, g1, g2 := bn254.Generators()
	some := func(n int) []bn254.G1Affine {
		points := make([]bn254.G1Affine, n)
		p := g1
		for i := range points {
			if i < 64 {
				p.Add(&p, &g1)
			} else {
				p = points[i-64]
			}
			points[i] = p
		}
		return points
	}
	pk := &groth16.ProvingKey{Domain: *fft.NewDomain(keyRows)}
	pk.G1.Alpha, pk.G1.Beta, pk.G1.Delta, pk.G2.Beta, pk.G2.Delta = g1, g1, g1, g2, g2
	pk.G1.A, pk.G1.B, pk.G1.K, pk.G1.Z = some(keyRows), some(keyRows), some(keyRows-8), some(keyRows-1)
	pk.G2.B = make([]bn254.G2Affine, keyRows)
	for i := range pk.G2.B {
		pk.G2.B[i] = g2
	}
	pk.InfinityA, pk.InfinityB = make([]bool, keyRows), make([]bool, keyRows)

	k := &largeKey{blob: filepath.Join(keyFolder, "large.key"), dump: filepath.Join(keyFolder, "large.dump")}
	for path, write := range map[string]func(f *os.File) error{
		k.blob: func(f *os.File) error { _, err := pk.WriteRawTo(f); return err },
		k.dump: func(f *os.File) error { return pk.WriteDump(f) },
	} {
		f, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		if err := write(f); err != nil {
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	content, err := os.ReadFile(k.blob)
	if err != nil {
		return nil, err
	}
	k.program = vadium.Program{
		Name: "large", System: vadium.Groth16, Curve: vadium.BN254, ProvingKey: vadium.DigestOf(content), ProvingKeyBytes: uint64(len(content)),
	}
	return k, nil
})

// A proving key of 2^18 constraints made ready to prove with, by a process that has not had it before, its file in the
// page cache.
func BenchmarkKeyLoad(b *testing.B) {
	k, err := makeLargeKey()
	if err != nil {
		b.Fatal(err)
	}
	f, err := keyfile.Ensure(b.Context(), k.blob, k.program, time.Minute) // imports it
	if err != nil {
		b.Fatal(err)
	}
	f.Close()
	size := fmt.Sprintf("constraints=%d", keyRows)
	b.Run(size+"/by=vadium", func(b *testing.B) {
		for b.Loop() {
			f, err := keyfile.Ensure(b.Context(), k.blob, k.program, time.Minute)
			if err != nil {
				b.Fatal(err)
			}
			_, unmap, err := keyfile.Map(f, k.program)
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
			if err := unmap(); err != nil {
				b.Fatal(err)
			}
		}
	})
	read := func(path string, load func(pk *groth16.ProvingKey, r *bufio.Reader) error) func(*testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				f, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				if err := load(new(groth16.ProvingKey), bufio.NewReaderSize(f, 1<<20)); err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		}
	}
	b.Run(size+"/by=gnark-dump", read(k.dump, func(pk *groth16.ProvingKey, r *bufio.Reader) error { return pk.ReadDump(r) }))
	b.Run(size+"/by=gnark-raw", read(k.blob, func(pk *groth16.ProvingKey, r *bufio.Reader) error {
		_, err := pk.UnsafeReadFrom(r)
		return err
	}))
}
