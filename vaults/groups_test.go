package vaults_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

// groups says of every group of the shared vectors which test of these packages reproduces it, or why none does. A test logs
// "group NAME: N cases" for each that it reproduces.
var groups = map[string]struct {
	where []string // test files, each with the test after a colon
	why   string   // where there is none
}{
	"vault_sequence":                    {where: []string{"vectors_test.go:TestTheVaultFollowsTheSequenceOfTheVectors"}},
	"oz_erc4626_scenario":               {where: []string{"vectors_test.go:TestConversionsFollowOpenZeppelinsScenario"}},
	"oz_inflation_attack":               {where: []string{"vectors_test.go:TestInflationAttackLosesMoreThanItTakes"}},
	"thegraph_first_loss":               {where: []string{"vectors_test.go:TestFirstLossFollowsTheGraph"}},
	"symbiotic_onslash":                 {where: []string{"others_test.go:TestSlashesTakeWhatSymbioticsDo"}},
	"xerc4626_cycle":                    {where: []string{"others_test.go:TestADripIsACycleThatNobodyCanSnipe"}},
	"lido_csm_bond_curve":               {where: []string{"others_test.go:TestLocksHaveNoDiscountForMany"}},
	"brevis_slash_pitfalls":             {where: []string{"others_test.go:TestNoneOfBrevisPitfallsIsHere"}},
	"pyth_ois":                          {where: []string{"others_test.go:TestRewardsAndSlashesAreThoseOfPythsExamples"}},
	"base_ppm":                          {where: []string{"slashing/worked_test.go:TestBaseAgreesWithTheVectors"}},
	"lateness_curves":                   {where: []string{"slashing/worked_test.go:TestLatenessCurvesAgreeWithTheVectors"}},
	"history_decay":                     {where: []string{"slashing/worked_test.go:TestHistoryDecayAgreesWithTheVectors"}},
	"adaptive_slash_worked":             {where: []string{"slashing/worked_test.go:TestPenaltiesAgreeWithTheWorkedExamples"}},
	"polkadot_unresponsiveness":         {where: []string{"slashing/others_test.go:TestCorrelationHasPolkadotsFreeZoneAndSlope"}},
	"polkadot_unresponsiveness_derived": {where: []string{"slashing/others_test.go:TestCorrelationHasPolkadotsFreeZoneAndSlope"}},
	"polkadot_equivocation":             {where: []string{"slashing/others_test.go:TestALoneEquivocatorPaysAFifth"}},
	"ethereum_correlation_penalty":      {where: []string{"slashing/others_test.go:TestCorrelationIsElectrasAndNotBellatrixs"}},
	"ethereum_initial_penalty":          {where: []string{"slashing/others_test.go:TestNobodyGetsItsPenaltyBackByReportingItself"}},
	"chainlink_slash_bucket":            {where: []string{"slashing/bucket_test.go:TestBucketAgreesWithTheVectorsOfChainlinkSlashBucket"}},
	"cosmos_liveness":                   {where: []string{"slashing/others_test.go:TestUptimeHasNoCliffAndEquivocationIsForEver"}},
	"eigenlayer_slash_shares":           {where: []string{"slashing/others_test.go:TestPenaltiesRoundUpAsEigenLayersMagnitudesDo"}},
	"zera_pseudocode_as_written":        {where: []string{"risk/vectors_test.go:TestVectors", "slashing/others_test.go:TestZerasSlashesAreNotOurs"}},
	"zera_corrected_target":             {where: []string{"risk/vectors_test.go:TestVectors"}},
	"ewma_path":                         {where: []string{"risk/vectors_test.go:TestVectors"}},
	"margin_lock":                       {where: []string{"risk/vectors_test.go:TestVectors"}},
	"min_stake_controller":              {where: []string{"risk/vectors_test.go:TestVectors"}},
	"brevis_eligibility":                {where: []string{"risk/vectors_test.go:TestVectors"}},

	"decred_stakediff_sequences": {why: "prices of tickets; there are no tickets"},
	"decred_stakediff_pure":      {why: "prices of tickets; there are no tickets"},
	"decred_lottery":             {why: "a draw of tickets; there are no tickets"},
	"sero_ticket":                {why: "prices and rewards of tickets; there are no tickets"},
	"onehive_conviction":         {why: "conviction of votes; stake only freezes shares for it"},
	"conviction_halflife":        {why: "conviction of votes; stake only freezes shares for it"},
	"conviction_split_drift":     {why: "conviction of votes; stake only freezes shares for it"},
	"opengov_conviction":         {why: "conviction of votes; stake only freezes shares for it"},
}

// read is a file of vectors: its groups, with how many cases each has.
func read(t *testing.T, path string) map[string]int {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Group string
			Cases json.RawMessage // how many, or themselves
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	found := map[string]int{}
	for _, g := range file.Groups {
		var n int
		if err := json.Unmarshal(g.Cases, &n); err != nil {
			var cases []json.RawMessage
			if err := json.Unmarshal(g.Cases, &cases); err != nil {
				t.Fatalf("%s, %s: %v", path, g.Group, err)
			}
			n = len(cases)
		}
		found[g.Group] = n
	}
	return found
}

// A group that is new in the shared vectors comes into testdata/groups.json, and fails here until somebody has decided.
func TestEveryGroupOfTheVectorsIsSomewhere(t *testing.T) {
	all := read(t, "testdata/groups.json")
	if len(all) != 35 {
		t.Errorf("testdata/groups.json has %d groups, the vectors have 35", len(all))
	}
	for name := range groups {
		if all[name] == 0 {
			t.Errorf("%s is no group of the vectors", name)
		}
	}
	reproduced := 0
	for name, cases := range all {
		g, known := groups[name]
		switch {
		case !known:
			t.Errorf("nobody has said what becomes of %s, which is new", name)
		case (len(g.where) == 0) == (g.why == ""):
			t.Errorf("%s is both reproduced and not, or neither", name)
		case g.why != "":
			if file := mentions(t, name); file != "" {
				t.Errorf("%s is said not to be of these packages (%s), yet %s names it", name, g.why, file)
			}
		default:
			reproduced++
			for _, where := range g.where {
				reproduces(t, name, cases, where)
			}
		}
	}
	t.Logf("%d groups: %d reproduced, %d not of these packages", len(all), reproduced, len(all)-reproduced)
}

// reproduces sees that the test is there, names the group, and has a copy of every one of its cases.
func reproduces(t *testing.T, name string, cases int, where string) {
	t.Helper()
	file, test, _ := strings.Cut(where, ":")
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(source), "func "+test+"(t *testing.T)") || !strings.Contains(string(source), `"`+name+`"`) {
		t.Errorf("%s has no %s that reproduces %s", file, test, name)
	}
	copies, err := fs.Glob(os.DirFS("."), path.Join(path.Dir(file), "testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range copies {
		if path.Base(c) == "groups.json" {
			continue
		}
		if n, has := read(t, c)[name]; has {
			if n != cases {
				t.Errorf("%s has %d cases of %s, the vectors have %d", c, n, name, cases)
			}
			return
		}
	}
	t.Errorf("none of %v has %s", copies, name)
}

// mentions returns a test file of these packages that names a group.
func mentions(t *testing.T, name string) (file string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(at string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(at, "_test.go") || at == "groups_test.go" {
			return err
		}
		source, err := os.ReadFile(at)
		if strings.Contains(string(source), `"`+name+`"`) {
			file = at
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}
