package main

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestBillNamesEveryModuleWithItsLicence makes the bill of this very test, twice.
func TestBillNamesEveryModuleWithItsLicence(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := run([]string{"-time", "1763600000", "-version", "v1", self}, out); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != second.String() {
		t.Error("two bills of one binary differ")
	}
	var bill struct {
		BomFormat string
		Metadata  struct {
			Timestamp string
			Component struct{ Version string }
		}
		Components []struct {
			Name, Version, Purl string
			Licenses            []struct{ License struct{ ID string } }
		}
	}
	if err := json.Unmarshal(first.Bytes(), &bill); err != nil {
		t.Fatal(err)
	}
	if bill.BomFormat != "CycloneDX" || bill.Metadata.Component.Version != "v1" || !strings.HasPrefix(bill.Metadata.Timestamp, "2025-11-20T") {
		t.Errorf("bill of %+v", bill.Metadata)
	}
	licences := map[string][]string{}
	for _, c := range bill.Components {
		for _, l := range c.Licenses {
			licences[c.Name] = append(licences[c.Name], l.License.ID)
		}
	}
	for name, want := range map[string]string{"github.com/CycloneDX/cyclonedx-go": "Apache-2.0", "github.com/google/licensecheck": "BSD-3-Clause", "std": "BSD-3-Clause"} {
		if !slices.Contains(licences[name], want) {
			t.Errorf("licences of %s = %v, want %s", name, licences[name], want)
		}
	}
}

// TestWhatIsNoGoBinaryHasNoBill.
func TestWhatIsNoGoBinaryHasNoBill(t *testing.T) {
	if err := run([]string{"main.go"}, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "is it a Go binary?") {
		t.Errorf("bill of a text = %v", err)
	}
}
