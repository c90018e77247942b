package circuits

import (
	"crypto/sha256"
	"io"
	"strings"

	"vadium/circuits/membership"
	"vadium/circuits/sha256preimage"
	"vadium/circuits/solvency"
)

// public is where the samples' secrets come from: they are no secrets, and the same on every machine.
func public(name string) io.Reader {
	return &stream{seed: sha256.Sum256([]byte("vadium/sample/v1 " + name))}
}

// stream is SHA-256 in counter mode over its seed.
type stream struct {
	seed [32]byte
	rest []byte
}

// Read fills p; it never fails.
func (s *stream) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		if len(s.rest) == 0 {
			s.seed = sha256.Sum256(s.seed[:])
			block := sha256.Sum256(append([]byte("out"), s.seed[:]...))
			s.rest = block[:]
		}
		copied := copy(p[n:], s.rest)
		s.rest, n = s.rest[copied:], n+copied
	}
	return len(p), nil
}

func sampleMembership() ([]byte, error) {
	var list strings.Builder
	random := public("membership")
	member, err := membership.NewIdentity(random)
	if err != nil {
		return nil, err
	}
	for range 7 {
		other, err := membership.NewIdentity(random)
		if err != nil {
			return nil, err
		}
		list.WriteString(other.Commitment() + "\n")
	}
	list.WriteString(member.Commitment() + "\n")
	_, input, err := membership.Build(strings.NewReader(list.String()), member, "sample")
	return input, err
}

func sampleSolvency(depth int) ([]byte, error) {
	book, err := solvency.Build(strings.NewReader("account,balance\nsample-1,10\nsample-2,20\nsample-3,0\n"), "31",
		solvency.Options{Depth: depth, Random: public("solvency")})
	if err != nil {
		return nil, err
	}
	return book.Input, nil
}

func samplePreimage() ([]byte, error) {
	_, input, err := sha256preimage.Build([]byte("vadium"))
	return input, err
}
