// Command keys writes the files of the sealed-bid program to a folder: what `vadium program register` takes, and bids to
// request proofs of.
package main

import (
	"fmt"
	"os"

	"vadium/examples/sealedbid"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: keys DIR")
		os.Exit(2)
	}
	if err := sealedbid.Write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "keys:", err)
		os.Exit(1)
	}
}
