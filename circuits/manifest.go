package circuits

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/consensys/gnark/constraint"

	"vadium"
)

// blob names what went through it: digest and length.
type blob struct {
	digest vadium.Digest
	size   uint64
}

// writeBlob writes through a SHA-256 to w and returns what was written.
func writeBlob(w io.Writer, write func(io.Writer) error) (blob, error) {
	h := sha256.New()
	counted := &counter{w: io.MultiWriter(w, h)}
	if err := write(counted); err != nil {
		return blob{}, err
	}
	return blob{vadium.Digest(h.Sum(nil)), counted.n}, nil
}

type counter struct {
	w io.Writer
	n uint64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += uint64(n)
	return n, err
}

// Sinks are where a program's three blobs go.
type Sinks struct {
	ConstraintSystem, ProvingKey, VerifyingKey io.Writer
}

// WriteProgram writes a program's constraint system and keys in canonical form to the sinks and returns the manifest
// that names them. The verifying key goes through [AdmitVerifyingKey], so a program that is written can be admitted.
func WriteProgram(to Sinks, p vadium.Program, ccs constraint.ConstraintSystem, pk any, vk io.WriterTo) (vadium.Program, error) {
	p.Constraints = uint64(ccs.GetNbConstraints())
	p.Secret = uint32(ccs.GetNbSecretVariables())
	publics := publicScalars(ccs, p.System)
	if p.Bound {
		publics -= bindingScalars
	}
	if publics < 0 {
		return p, fmt.Errorf("program %s is bound, yet its circuit has fewer than %d public inputs", p.Name, bindingScalars)
	}
	p.Public = uint32(publics)

	b, err := writeBlob(to.ConstraintSystem, func(w io.Writer) error { return WriteConstraintSystem(w, ccs) })
	if err != nil {
		return p, err
	}
	p.ConstraintSystem, p.ConstraintSystemBytes = b.digest, b.size
	b, err = writeBlob(to.ProvingKey, func(w io.Writer) error { return WriteProvingKey(w, pk) })
	if err != nil {
		return p, err
	}
	p.ProvingKey, p.ProvingKeyBytes = b.digest, b.size
	raw, err := serialise(vk)
	if err != nil {
		return p, fmt.Errorf("write verifying key: %w", err)
	}
	canonical, err := AdmitVerifyingKey(p.System, p.Curve, raw)
	if err != nil {
		return p, err
	}
	if _, err := to.VerifyingKey.Write(canonical); err != nil {
		return p, fmt.Errorf("write verifying key: %w", err)
	}
	p.VerifyingKey, p.VerifyingKeyBytes = vadium.DigestOf(canonical), uint64(len(canonical))
	return p, nil
}
