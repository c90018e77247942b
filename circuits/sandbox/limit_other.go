//go:build !unix

package sandbox

import "errors"

func limitResources(limits) error { return errors.New("only on Unix") }
