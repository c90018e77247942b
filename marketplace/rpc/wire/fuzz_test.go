package wire

import (
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"vadium/marketplace"
	v1 "vadium/marketplace/v1"
)

// What a stranger sends is refused or understood: it never panics, and what is understood is written back the same.
func FuzzReadRefusesOrUnderstands(f *testing.F) {
	var request marketplace.SubmitRequest
	var n filler
	n.fill(reflect.ValueOf(&request).Elem())
	message := new(v1.SubmitRequestRequest)
	WriteCommand(message, request)
	seed, err := protojson.Marshal(message)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"deadlineMs": "-1"}`))
	f.Add([]byte(`{"statement": "0x0", "maxFee": "99999999999999999999999999999999999999999999999999999999999999999999999999999999"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		sent := new(v1.SubmitRequestRequest)
		if protojson.Unmarshal(text, sent) != nil {
			return
		}
		var first, second marketplace.SubmitRequest
		if Read(sent, &first) != nil || first.Tier == 0 {
			return
		}
		again := new(v1.SubmitRequestRequest)
		WriteCommand(again, first)
		err := Read(again, &second)
		third := new(v1.SubmitRequestRequest)
		WriteCommand(third, second)
		if err != nil || !proto.Equal(again, third) {
			t.Errorf("%s was understood as %+v, and written and read again as %+v, %v", text, first, second, err)
		}
	})
}
