//go:build unix

package keyfile

import (
	"fmt"
	"os"
	"syscall"

	"github.com/consensys/gnark/backend/groth16"

	"vadium"
)

// Map maps a key file of p's and returns its key and what unmaps it, after which the key must not be touched. The file
// may be closed before. Map checks the header and the file's size, not the contents: [Ensure] did.
func Map(f *os.File, p vadium.Program) (key groth16.ProvingKey, unmap func() error, err error) {
	if p.System != vadium.Groth16 {
		return nil, nil, fmt.Errorf("%w: keys of %s are not mapped", ErrForeign, p.System)
	}
	s, err := sizesFor(p)
	if err != nil {
		return nil, nil, err
	}
	h, sections, err := readHeader(f, p, s)
	if err != nil {
		return nil, nil, err
	}
	m, err := syscall.Mmap(int(f.Fd()), 0, int(h.Size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("map key file: %w", err)
	}
	if p.Curve == vadium.BN254 {
		key, err = keyBN254(m, h, sections)
	} else {
		key, err = keyBLS12381(m, h, sections)
	}
	return key, func() error { return syscall.Munmap(m) }, err
}

// identity tells a file that was verified from one that was not. Whoever changes a file's contents changes its times.
func identity(info os.FileInfo) string {
	return fmt.Sprintf("%d %s", info.Size(), identityOf(info.Sys().(*syscall.Stat_t)))
}
