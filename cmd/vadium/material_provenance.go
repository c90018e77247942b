package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"vadium"
	"vadium/circuits/provenance"
	"vadium/oracle/source"
)

// packageLength is how many bytes of a payload of one package are the package: 77 that are signed, 65 of signature.
const packageLength = 77 + 65

// provenance makes the material for a proof of what RedStone's signers signed: the first packages of the feed that there are
// in the file, of as many different known signers as the program takes.
func (f *files) provenance(program vadium.Program) (m material, err error) {
	if err := need(program.Name, "--packages", f.packages, "--feed", f.feed); err != nil {
		return material{}, err
	}
	known, err := f.knownSigners()
	if err != nil {
		return material{}, err
	}
	var signed []source.Package
	err = reading(f.packages, func(r io.Reader) error {
		raw, err := source.ReadFile(r)
		if err != nil {
			return err
		}
		signed, err = source.ParseGateway(raw, f.feed)
		return err
	})
	if err != nil {
		return material{}, err
	}
	feed := provenance.FeedID(source.FeedName(f.feed))
	keys, packages := ofKnownSigners(signed, feed, known)
	if len(keys) < len(known) {
		return material{}, withHint(fmt.Errorf("%s has packages of %s by %d of the %d signers; the digest of the set needs the key of each",
			f.packages, f.feed, len(keys), len(known)), "fetch all packages of the feed, or name the signers that are in it: --signers")
	}
	n, err := strconv.Atoi(strings.TrimPrefix(program.Name, provenance.ProgramPrefix))
	if err != nil || n < 1 || n > len(packages) {
		return material{}, fmt.Errorf("%s takes other packages than the %d of %s", program.Name, len(packages), f.packages)
	}
	claim, input, err := provenance.Build(feed, keys, packages[:n])
	if err != nil {
		return material{}, err
	}
	m.statement, m.input = provenance.Statement(claim), input
	m.says = fmt.Sprintf("%d of %d known signers of RedStone signed a value of %s, whose median is %s (with eight decimals, in units of the last)",
		n, len(known), f.feed, claim.Value)
	m.facts = []string{"packages", f.packages, "signers", fmt.Sprintf("0x%x", claim.Signers),
		"oldest", clockTime(claim.Oldest), "newest", clockTime(claim.Newest)}
	return m, nil
}

// knownSigners returns the addresses that --signers names, or those of RedStone's primary service.
func (f *files) knownSigners() ([]common.Address, error) {
	if len(f.signers) == 0 {
		return source.Production().RedStone[source.RedStonePrimary], nil
	}
	var known []common.Address
	for _, text := range f.signers {
		if !common.IsHexAddress(text) || !strings.HasPrefix(text, "0x") {
			return nil, fmt.Errorf("--signers: %q is not an address", text)
		}
		known = append(known, common.HexToAddress(text))
	}
	return known, nil
}

// ofKnownSigners returns one package of each known signer that has signed one of the feed, and their keys.
func ofKnownSigners(signed []source.Package, feed provenance.FeedID, known []common.Address) (keys []provenance.Key, packages []provenance.Package) {
	for _, p := range signed {
		raw := source.AppendPayload(nil, []source.Package{p})
		of, read, err := provenance.ParsePackage(raw[:min(len(raw), packageLength)])
		if err != nil || of != feed {
			continue // of another shape or feed
		}
		key, err := provenance.Recover(feed, read)
		if err != nil || !slices.Contains(known, key.Address()) || slices.Contains(keys, key) {
			continue
		}
		keys, packages = append(keys, key), append(packages, read)
	}
	return keys, packages
}
