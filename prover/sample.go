package prover

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"

	"vadium"
	"vadium/circuits/membership"
	"vadium/circuits/sha256preimage"
	"vadium/circuits/solvency"
)

// SampleInput returns an input to measure a program with, if its name is one of the catalogue's. Names are not unique:
// an input that does not satisfy a program means that the name is somebody else's.
func SampleInput(p vadium.Program) (input []byte, ok bool) {
	input, err := sampleInput(p.Name)
	return input, err == nil && len(input) == p.InputBytes()
}

func sampleInput(name string) ([]byte, error) {
	switch name {
	case "membership":
		identity, err := membership.NewIdentity(rand.Reader)
		if err != nil {
			return nil, err
		}
		_, input, err := membership.Build(strings.NewReader(identity.Commitment()+"\n"), identity, "benchmark")
		return input, err
	case "solvency-64":
		return solvencyInput(solvency.Depth64)
	case "solvency-256":
		return solvencyInput(solvency.Depth256)
	case "sha256-preimage":
		_, input, err := sha256preimage.Build([]byte("benchmark"))
		return input, err
	}
	return nil, fmt.Errorf("no sample of program %s", name)
}

func solvencyInput(depth int) ([]byte, error) {
	var list bytes.Buffer
	list.WriteString("account,balance\n")
	for i := range 10 {
		fmt.Fprintf(&list, "account-%d,%d\n", i, 100+i)
	}
	book, err := solvency.Build(&list, "2000", solvency.Options{Depth: depth})
	if err != nil {
		return nil, err
	}
	return book.Input, nil
}
