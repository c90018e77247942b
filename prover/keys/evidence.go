package keys

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"vadium"
	"vadium/prover/engine"
)

// What evidence looks at: so many places of each file, or all of a file that is not larger than they are together.
const (
	evidencePlaces = 64
	evidenceBlock  = 4 << 10
)

// Evidence is a digest of parts of a program's files. Which parts depends on the challenge, so that who has not got the
// files cannot say it, however often it was said before. It reads 256 KiB of each file at most, whatever its size.
func Evidence(k engine.Keys, challenge []byte) (vadium.Digest, error) {
	sum := sha256.New()
	program := k.Program.ID()
	sum.Write(program[:])
	sum.Write(challenge)
	for at, path := range []string{k.ConstraintSystem, k.ProvingKey, k.VerifyingKey} {
		if err := sample(sum, path, byte(at), challenge); err != nil {
			return vadium.Digest{}, fmt.Errorf("evidence of program %s: %w", k.Program.Name, err)
		}
	}
	return vadium.Digest(sum.Sum(nil)), nil
}

// sample writes parts of a file to sum, and its size.
func sample(sum io.Writer, path string, which byte, challenge []byte) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	_, _ = sum.Write(binary.BigEndian.AppendUint64(nil, uint64(size))) // a hash takes everything
	if size <= evidencePlaces*evidenceBlock {
		_, err := io.Copy(sum, io.LimitReader(file, size))
		return err
	}
	for place := range evidencePlaces {
		drawn := sha256.Sum256(append([]byte{which, byte(place)}, challenge...))
		offset := binary.BigEndian.Uint64(drawn[:8]) % uint64(size-evidenceBlock+1)
		if _, err := io.Copy(sum, io.NewSectionReader(file, int64(offset), evidenceBlock)); err != nil {
			return err
		}
	}
	return nil
}
