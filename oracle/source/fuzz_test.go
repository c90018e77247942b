package source

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
)

// Whatever is parsed was written in one way, and nothing but what the networks signed verifies: a fuzzer that finds
// another has forged a signature, or found a byte that is not looked at.

// genuine is everything in the samples that is signed.
func genuine(t testing.TB) map[string]bool {
	all := make(map[string]bool)
	for _, name := range []string{gatewayFile, payloadFile, hermesFile, reportsFile} {
		for _, s := range Examine(readSample(t, name), Production()) {
			for _, one := range s.Testimony {
				all[said(one)] = true
			}
		}
	}
	return all
}

func said(by Testimony) string {
	text, err := json.Marshal([]string{string(by.Feed[:]), by.Value.String(), strconv.FormatInt(int64(by.At), 10)})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func checkGenuine(t *testing.T, known map[string]bool, samples []Sample) {
	t.Helper()
	if len(samples) == 0 {
		t.Fatal("no sample, and no refusal")
	}
	for _, s := range samples {
		if s.Err == nil && !s.Known {
			continue // a stranger's Chainlink report is anybody's
		}
		for _, one := range s.Testimony {
			if s.Err == nil && !known[said(one)] {
				t.Fatalf("%s verifies, and nobody signed it: %v", s.Name, one)
			}
		}
	}
}

func FuzzPayload(f *testing.F) {
	whole, each := payloadPackages(f)
	f.Add(whole)
	f.Add(each[0])
	known := genuine(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		packages, err := ParsePayload(raw)
		if err != nil {
			return
		}
		again, err := ParsePayload(AppendPayload(nil, packages))
		if err != nil || !bytes.Equal(AppendPayload(nil, again), AppendPayload(nil, packages)) {
			t.Fatalf("what was read is not read again: %v", err)
		}
		checkGenuine(t, known, Production().examinePackages("", FormatPayload, packages))
	})
}

// FuzzGateway also meets the other things that JSON can be.
func FuzzGateway(f *testing.F) {
	var gateway map[string][]map[string]any
	if err := json.Unmarshal(readSample(f, gatewayFile), &gateway); err != nil {
		f.Fatal(err)
	}
	for _, list := range gateway { // without the metadata, which is most of it and means nothing
		delete(list[0]["dataPoints"].([]any)[0].(map[string]any), "metadata")
		small, err := json.Marshal(map[string]any{"BTC": list[:1]})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(small)
	}
	f.Add([]byte(`{"binary":{"encoding":"hex","data":["504e4155"]},"updates":{"a":"00"},"reports":[{"fullReport":"0x00"}]}`))
	f.Add([]byte(`[{"dataPoints":[{"dataFeedId":"BTC","value":"1e-8","decimals":3}],"timestampMilliseconds":1,"signature":""}]`))
	known := genuine(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkGenuine(t, known, Examine(raw, Production()))
	})
}

func FuzzUpdate(f *testing.F) {
	updates := hermesUpdates(f)
	f.Add(updates["HERMES_UPDATE_1_PRICE_FEED"])
	f.Add(updates["HERMES_BTC_ETH_UPDATE"])
	known := genuine(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkGenuine(t, known, []Sample{Production().examineUpdate("", raw)})
	})
}

func FuzzReport(f *testing.F) {
	for _, raw := range chainlinkReports(f) {
		f.Add(raw)
	}
	known := genuine(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkGenuine(t, known, []Sample{Production().examineReport("", raw)})
	})
}
