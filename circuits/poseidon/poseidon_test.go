package poseidon

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"vadium"
	"vadium/circuits/circuittest"
)

type compression struct {
	Out         frontend.Variable `gnark:",public"`
	Left, Right frontend.Variable
}

func (c *compression) Define(api frontend.API) error {
	h, err := New(api)
	if err != nil {
		return err
	}
	api.AssertIsEqual(c.Out, h.Compress(c.Left, c.Right))
	return nil
}

func TestCircuitAndNativeHashAgree(t *testing.T) {
	ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, &compression{})
	element := rapid.Custom(func(t *rapid.T) fr.Element {
		var e fr.Element
		e.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "bytes"))
		return e
	})
	rapid.Check(t, func(rt *rapid.T) {
		left, right := element.Draw(rt, "left"), element.Draw(rt, "right")
		out := Compress(left, right)
		var scalars []byte
		for _, e := range []fr.Element{out, left, right} {
			b := e.Bytes()
			scalars = append(scalars, b[:]...)
		}
		c := circuittest.New(vadium.Groth16, vadium.BN254, ccs, scalars)
		if accepted := c.AcceptedMutations(t, 0, 3); accepted != nil {
			rt.Fatalf("Compress(%v, %v): circuit accepts another value of scalars %v", left, right, accepted)
		}
	})
}

// Tags and digests are in every commitment and root that exists: they may never change.
func TestTagsAndHashAreStable(t *testing.T) {
	tag := Tag("membership/commitment")
	if got, want := tag.Text(16), "2370dd19af811582cc9ccb9bd8a7126a6352becba7b408b83ac48360e210f7e"; got != want {
		t.Errorf("Tag = %s, want %s", got, want)
	}
	hash := Compress(fr.NewElement(1), fr.NewElement(2))
	if got, want := hash.Text(16), "2e7529d93e1a7ae526147c2ee72588aee90e6a7c3e361de6daa6be045c6f530"; got != want {
		t.Errorf("Compress(1, 2) = %s, want %s", got, want)
	}
	if Tag("a") == Tag("b") {
		t.Error("two purposes share a tag")
	}
	if got := Constant(tag).BitLen(); got > 253 {
		t.Errorf("a tag has %d bits, want at most 253", got)
	}
	if Constant(fr.NewElement(7)).Cmp(big.NewInt(7)) != 0 {
		t.Error("Constant(7) is not 7")
	}
}
