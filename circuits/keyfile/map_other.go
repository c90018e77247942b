//go:build !unix

package keyfile

import (
	"errors"
	"fmt"
	"os"

	"github.com/consensys/gnark/backend/groth16"

	"vadium"
)

// Map maps files on Unix only.
func Map(*os.File, vadium.Program) (key groth16.ProvingKey, unmap func() error, err error) {
	return nil, nil, fmt.Errorf("map key file: %w", errors.ErrUnsupported)
}

func identity(info os.FileInfo) string { return fmt.Sprint(info.Size(), info.ModTime().UnixNano()) }
