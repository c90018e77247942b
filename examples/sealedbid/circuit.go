package sealedbid

import (
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/hash/mimc"
	"github.com/consensys/gnark/std/math/bits"
)

// bidBits bounds how far apart the limits may be.
const bidBits = 64

// Circuit states: the sealed bid behind this commitment lies between these two limits.
//
// Public inputs: Tender, Commitment, Low, High.
//
// Not constrained here: that the bidder can pay, that Low and High are the tender's limits (compare them), that a
// tender has one bid per bidder, and, since this program is not from Vadium's catalogue, who asked for the proof.
type Circuit struct {
	Tender     frontend.Variable `gnark:",public"`
	Commitment frontend.Variable `gnark:",public"`
	Low        frontend.Variable `gnark:",public"`
	High       frontend.Variable `gnark:",public"`

	Bid  frontend.Variable
	Salt frontend.Variable
}

// Define implements frontend.Circuit. The commitment is MiMC(Tender, Bid, Salt): always three scalars, so no padding
// is needed to tell messages apart.
func (c *Circuit) Define(api frontend.API) error {
	h, err := mimc.NewMiMC(api)
	if err != nil {
		return err
	}
	h.Write(c.Tender, c.Bid, c.Salt)
	api.AssertIsEqual(c.Commitment, h.Sum())
	// Low + a = Bid and Bid + b = High with a and b below 2^64: nothing wraps around the field.
	bits.ToBinary(api, api.Sub(c.Bid, c.Low), bits.WithNbDigits(bidBits))
	bits.ToBinary(api, api.Sub(c.High, c.Bid), bits.WithNbDigits(bidBits))
	return nil
}
