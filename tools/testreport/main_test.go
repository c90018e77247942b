package main

import (
	"strings"
	"testing"
)

func TestReportAgreesWithWhatHappened(t *testing.T) {
	const pass = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"noise\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}
`
	const packagePasses = `{"Action":"pass","Package":"p","Elapsed":0.2}
`
	for _, row := range []struct {
		name, in, wantErr, wantOut string
	}{
		{"everything passes", pass + packagePasses, "", "1 tests passed, 0 failed, 0 skipped"},
		{"a test fails", pass + `{"Action":"output","Package":"p","Test":"TestB","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}
`, "1 tests failed, 1 packages", "got 1, want 2"},
		{"a test is skipped", pass + `{"Action":"skip","Package":"p","Test":"TestB"}
` + packagePasses, "skipped", "skipped: p TestB"},
		{"nothing matches", packagePasses, "no test ran", "0 tests passed"},
		{"a package without tests is no skipped test", pass + packagePasses + `{"Action":"skip","Package":"q"}
`, "", "1 tests passed, 0 failed, 0 skipped"},
		{"a build fails", pass + `{"ImportPath":"q","Action":"build-output","Output":"undefined: x\n"}
{"Action":"fail","Package":"q"}
`, "0 tests failed, 1 packages", "undefined: x"},
		{"a panic leaves a test without a verdict", pass + `{"Action":"output","Package":"p","Test":"TestB","Output":"panic: boom\n"}
{"Action":"fail","Package":"p"}
`, "0 tests failed, 1 packages", "panic: boom"},
		{"what a passing test counted", `{"Action":"attr","Package":"p","Test":"TestA","Key":"counted","Value":"0 rounds"}
` + pass + packagePasses, "", "counted: TestA: 0 rounds"},
		{"the go command speaks outside JSON", "go: no such tool\n" + pass + packagePasses, "", "go: no such tool"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out strings.Builder
			err := report(strings.NewReader(row.in), &out)
			if row.wantErr == "" && err != nil {
				t.Errorf("report = %v, want no error", err)
			}
			if row.wantErr != "" && (err == nil || !strings.Contains(err.Error(), row.wantErr)) {
				t.Errorf("report = %v, want an error about %q", err, row.wantErr)
			}
			if !strings.Contains(out.String(), row.wantOut) {
				t.Errorf("report printed %q, want %q in it", out.String(), row.wantOut)
			}
			if strings.Contains(out.String(), "noise") {
				t.Errorf("report printed %q, want nothing of a test that passed", out.String())
			}
		})
	}
}
