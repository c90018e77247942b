// Package examples carries the example files, so that `vadium demo` and `vadium dev` find them wherever they run.
package examples

import "embed"

// Files holds the example files at the paths they have in this folder. Everything in it is invented, secrets included.
//
//go:embed members.txt exchange-balances.csv small-shop.csv identities/*.json
var Files embed.FS
