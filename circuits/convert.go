package circuits

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"vadium"
)

// WitnessInput converts a witness into an input of p: gnark's binary full witness, or JSON of the form
// {"public": ["35"], "secret": ["0x03"]} with decimal or 0x-hex strings. The scalars are in gnark's order, the binding
// of a bound program left out. Values outside the field are refused, never reduced.
func WitnessInput(p vadium.Program, witness []byte) ([]byte, error) {
	convert := binaryInput
	if text := bytes.TrimSpace(witness); len(text) > 0 && text[0] == '{' {
		convert = jsonInput
	}
	input, err := convert(p, witness)
	if err != nil {
		return nil, err
	}
	if err := CheckInput(p, input); err != nil {
		return nil, err
	}
	return input, nil
}

// binaryInput follows gnark's witness.WriteTo: counts of public and secret scalars, length of the vector, the vector.
func binaryInput(p vadium.Program, witness []byte) ([]byte, error) {
	const header = 12
	if len(witness) < header {
		return nil, fmt.Errorf("%w: a gnark witness begins with %d bytes of counts, this has %d", ErrMalformedInput, header, len(witness))
	}
	got := [3]uint32{binary.BigEndian.Uint32(witness), binary.BigEndian.Uint32(witness[4:]), binary.BigEndian.Uint32(witness[8:])}
	want := [3]uint32{p.Public, p.Secret, p.Public + p.Secret}
	if got == [3]uint32{p.Public, 0, p.Public} && p.Secret > 0 {
		return nil, fmt.Errorf("%w: this is the public part of a witness, the full one is needed (write it before calling Public)", ErrMalformedInput)
	}
	if got != want {
		return nil, fmt.Errorf("%w: the witness says %d public, %d secret, %d in all; the program takes %d, %d and %d",
			ErrMalformedInput, got[0], got[1], got[2], want[0], want[1], want[2])
	}
	return bytes.Clone(witness[header:]), nil
}

func jsonInput(p vadium.Program, witness []byte) ([]byte, error) {
	var lists struct {
		Public []string `json:"public"`
		Secret []string `json:"secret"`
	}
	d := json.NewDecoder(bytes.NewReader(witness))
	d.DisallowUnknownFields()
	if err := d.Decode(&lists); err != nil {
		return nil, fmt.Errorf("%w: %v (write {\"public\": [\"35\"], \"secret\": [\"0x03\"]}, numbers in quotes)", ErrMalformedInput, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the JSON object", ErrMalformedInput)
	}
	if len(lists.Public) != int(p.Public) || len(lists.Secret) != int(p.Secret) {
		return nil, fmt.Errorf("%w: %d public and %d secret scalars, the program takes %d and %d",
			ErrMalformedInput, len(lists.Public), len(lists.Secret), p.Public, p.Secret)
	}
	input := make([]byte, 0, p.InputBytes())
	for i, text := range append(lists.Public, lists.Secret...) {
		scalar, ok := parseScalar(text)
		if !ok {
			// The text is not printed: it may be a secret.
			return nil, fmt.Errorf("%w: scalar %d is neither decimal nor 0x-hex of at most 32 bytes", ErrMalformedInput, i)
		}
		input = append(input, scalar.FillBytes(make([]byte, vadium.ScalarBytes))...)
	}
	return input, nil
}

// parseScalar reads a non-negative number of at most 256 bits, decimal or hexadecimal with 0x.
func parseScalar(text string) (*big.Int, bool) {
	digits, base, alphabet := text, 10, "0123456789"
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		digits, base, alphabet = hex, 16, "0123456789abcdefABCDEF"
	}
	if digits == "" || len(digits) > 100 || strings.Trim(digits, alphabet) != "" {
		return nil, false
	}
	n, ok := new(big.Int).SetString(digits, base)
	return n, ok && n.BitLen() <= 8*vadium.ScalarBytes
}
