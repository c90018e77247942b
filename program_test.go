package vadium_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
)

var sample = vadium.Program{
	Name: "membership", System: vadium.Groth16, Curve: vadium.BN254,
	Constraints: 5_000, Public: 2, Secret: 42, Bound: true,
	ConstraintSystem: vadium.Digest{1}, ConstraintSystemBytes: 300,
	ProvingKey: vadium.Digest{2}, ProvingKeyBytes: 200_000,
	VerifyingKey: vadium.Digest{3}, VerifyingKeyBytes: 396,
	Sample: vadium.Digest{4},
}

// A program's id is in every request, and its manifest in every blob store: these bytes may not change.
func TestProgramEncodingIsGolden(t *testing.T) {
	encoded, err := rlp.EncodeToBytes(&sample)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	const want = "f8a18a6d656d626572736869700101821388022a01a0010000000000000000000000000000000000000000000000000000000000" +
		"000082012ca0020000000000000000000000000000000000000000000000000000000000000083030d40a0030000000000000000" +
		"000000000000000000000000000000000000000000000082018ca004000000000000000000000000000000000000000000000000" +
		"00000000000000"
	if got := hex.EncodeToString(encoded); got != want {
		t.Errorf("rlp = %s, want %s", got, want)
	}
	const id = "0x807b8d6fec753c5e4c1da5e602af7e44defe7559941411aec4dade2114a25039"
	if got := sample.ID().String(); got != id {
		t.Errorf("ID = %s, want %s", got, id)
	}
	var decoded vadium.Program
	if err := rlp.DecodeBytes(encoded, &decoded); err != nil || decoded != sample {
		t.Errorf("reads as %+v, %v, want %+v", decoded, err, sample)
	}
}

func TestEveryFieldOfAManifestIsPartOfTheProgramsName(t *testing.T) {
	fields := reflect.TypeFor[vadium.Program]()
	for i := range fields.NumField() {
		changed := sample
		field := reflect.ValueOf(&changed).Elem().Field(i)
		switch field.Kind() {
		case reflect.String:
			field.SetString(field.String() + "x")
		case reflect.Bool:
			field.SetBool(!field.Bool())
		case reflect.Array:
			field.Index(31).SetUint(255)
		default:
			field.SetUint(field.Uint() + 1)
		}
		if changed.ID() == sample.ID() {
			t.Errorf("another %s leaves the id %s, want another id", fields.Field(i).Name, sample.ID().Short())
		}
	}
}

func TestManifestSurvivesJSON(t *testing.T) {
	text, err := json.Marshal(sample)
	if err != nil {
		t.Fatalf("marshal: %v", err)
	}
	var again vadium.Program
	if err := json.Unmarshal(text, &again); err != nil || again != sample {
		t.Errorf("%s reads as %+v, %v, want %+v", text, again, err, sample)
	}
}

func TestLengthsOfStatementAndInputFollowFromTheManifest(t *testing.T) {
	if got := sample.StatementBytes(); got != 64 {
		t.Errorf("statement has %d bytes, want 64 (two scalars)", got)
	}
	if got := sample.InputBytes(); got != 44*32 {
		t.Errorf("input has %d bytes, want %d (44 scalars)", got, 44*32)
	}
}

// The numbers are in journals and the names on the wire: neither may change.
func TestEnumerationsKeepTheirNumbersAndNames(t *testing.T) {
	for _, row := range []struct {
		value     fmt.Stringer
		got, want uint8
		name      string
	}{
		{vadium.Groth16, uint8(vadium.Groth16), 1, "groth16"},
		{vadium.PLONK, uint8(vadium.PLONK), 2, "plonk"},
		{vadium.ProofSystem(9), 9, 9, "proof system 9"},
		{vadium.BN254, uint8(vadium.BN254), 1, "bn254"},
		{vadium.BLS12381, uint8(vadium.BLS12381), 2, "bls12-381"},
		{vadium.Curve(9), 9, 9, "curve 9"},
		{vadium.KeysOperator, uint8(vadium.KeysOperator), 1, "operator"},
		{vadium.KeysUniversal, uint8(vadium.KeysUniversal), 2, "universal"},
		{vadium.KeysRegistrant, uint8(vadium.KeysRegistrant), 3, "registrant"},
		{vadium.KeyClass(9), 9, 9, "key class 9"},
	} {
		if row.got != row.want || row.value.String() != row.name {
			t.Errorf("%s has number %d, want %s and %d", row.value, row.got, row.name, row.want)
		}
	}
}

func TestProofSystemsAndCurvesAreReadByTheirExactNames(t *testing.T) {
	var system vadium.ProofSystem
	var curve vadium.Curve
	for _, want := range []vadium.ProofSystem{vadium.Groth16, vadium.PLONK} {
		if err := system.UnmarshalText([]byte(want.String())); err != nil || system != want {
			t.Errorf("%s reads as %s, %v", want, system, err)
		}
	}
	for _, want := range []vadium.Curve{vadium.BN254, vadium.BLS12381} {
		if err := curve.UnmarshalText([]byte(want.String())); err != nil || curve != want {
			t.Errorf("%s reads as %s, %v", want, curve, err)
		}
	}
	for _, bad := range []string{"", "Groth16", "groth16 ", "bn256", "proof system 1", "curve 1"} {
		if err := system.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("proof system %q reads as %s, want an error", bad, system)
		}
		if err := curve.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("curve %q reads as %s, want an error", bad, curve)
		}
	}
}
