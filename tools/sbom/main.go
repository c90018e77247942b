// Command sbom writes the bill of materials of a Go binary as CycloneDX JSON: every module linked into it, with version,
// checksum and licence. What is in the binary is read from the binary, so the bill cannot speak of another build.
//
//	go run ./sbom -time 1763600000 ../bin/vadium > vadium.cdx.json
//
// The same binary and time give the same bytes. It fails when a module's licence cannot be told, with the module's name.
package main

import (
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/google/licensecheck"
	"golang.org/x/mod/module"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sbom", flag.ContinueOnError)
	at := flags.Int64("time", 0, "when it was built, as Unix seconds; 0 leaves it out")
	version := flags.String("version", "", "version of the binary, if it does not know its own")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("of which binary? (sbom [-time SECONDS] [-version VERSION] BINARY)")
	}
	info, err := buildinfo.ReadFile(flags.Arg(0))
	if err != nil {
		return fmt.Errorf("read %s: %w (is it a Go binary?)", flags.Arg(0), err)
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		return fmt.Errorf("where modules are: %w", err)
	}
	bill, err := billOf(info, strings.TrimSpace(string(cache)))
	if err != nil {
		return err
	}
	if *version != "" {
		bill.Metadata.Component.Version = *version
	}
	if *at != 0 {
		bill.Metadata.Timestamp = time.Unix(*at, 0).UTC().Format(time.RFC3339)
	}
	return cyclonedx.NewBOMEncoder(out, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bill)
}

// billOf lists the modules of a binary, in order of their paths.
func billOf(info *debug.BuildInfo, cache string) (*cyclonedx.BOM, error) {
	bill := cyclonedx.NewBOM()
	bill.Metadata = &cyclonedx.Metadata{Component: &cyclonedx.Component{
		BOMRef: "main", Type: cyclonedx.ComponentTypeApplication, Name: info.Main.Path, Version: info.Main.Version,
	}}
	components := []cyclonedx.Component{{
		BOMRef: "std", Type: cyclonedx.ComponentTypeLibrary, Name: "std", Version: info.GoVersion,
		PackageURL: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"),
		Licenses:   &cyclonedx.Licenses{{License: &cyclonedx.License{ID: "BSD-3-Clause"}}},
	}}
	dependencies := slices.Clone(info.Deps)
	slices.SortFunc(dependencies, func(a, b *debug.Module) int { return strings.Compare(a.Path, b.Path) })
	var unknown []error
	for _, d := range dependencies {
		if d.Replace != nil {
			d = d.Replace
		}
		licences, err := licencesOf(cache, d)
		if err != nil {
			unknown = append(unknown, err)
			continue
		}
		components = append(components, cyclonedx.Component{
			BOMRef: d.Path + "@" + d.Version, Type: cyclonedx.ComponentTypeLibrary, Name: d.Path, Version: d.Version,
			PackageURL: "pkg:golang/" + d.Path + "@" + d.Version, Licenses: &licences,
			Properties: &[]cyclonedx.Property{{Name: "go:sum", Value: d.Sum}},
		})
	}
	bill.Components = &components
	return bill, errors.Join(unknown...)
}

// licenceFile is what files with a licence are called.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense|copyright)([-_.].*)?$`)

// covered is how much of a file must be the text of a licence, in percent.
const covered = 60

// licencesOf returns a module's licences, from the files in its folder, as SPDX identifiers in order.
func licencesOf(cache string, m *debug.Module) (licences cyclonedx.Licenses, err error) {
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return nil, err
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(cache, path+"@"+version)
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("%s@%s: %w (go mod download)", m.Path, m.Version, err)
	}
	var found []string
	for _, f := range files {
		if f.IsDir() || !licenceFile.MatchString(f.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			return nil, err
		}
		if scan := licensecheck.Scan(text); scan.Percent >= covered {
			for _, match := range scan.Match {
				found = append(found, match.ID)
			}
		}
	}
	slices.Sort(found)
	for _, id := range slices.Compact(found) {
		licences = append(licences, cyclonedx.LicenseChoice{License: &cyclonedx.License{ID: id}})
	}
	if len(licences) == 0 {
		return nil, fmt.Errorf("%s@%s: its licence cannot be told from the files in %s", m.Path, m.Version, folder)
	}
	return licences, nil
}
