//go:build !unix || solaris || illumos || aix

package unfinished

import "os"

// lock pretends: files are made, and Sweep leaves all of them.
func lock(*os.File) (held bool, err error) { return true, nil }

const locks = false
