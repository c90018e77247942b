package solvency

import (
	"fmt"

	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/math/bits"

	"vadium/circuits/binding"
	"vadium/circuits/merkle"
	"vadium/circuits/poseidon"
)

// BalanceBits bounds a balance: it is below 2^96, as every amount a Vadium circuit carries.
const BalanceBits = 96

var tagAccount = poseidon.Tag("solvency/account")

// Circuit states: the balances of the accounts committed to in Root sum to no more than Reserves, and none is negative.
//
// Public inputs: Root, Reserves, then request and prover.
//
// A leaf commits to a holder (the hash of an account's label and salt) and its balance. Every slot is a leaf, the
// unused ones with a balance of zero, and all are below Root in one tree of fixed depth, so an account that is shown a
// path to Root is in the sum.
//
// Not constrained here: that the reserves exist and are not borrowed (that is an auditor's or a chain's to show), that
// every customer has an account in the list (each checks their own inclusion), that two customers were not given one
// label, and what the holder hash contains.
type Circuit struct {
	Root     frontend.Variable `gnark:",public"`
	Reserves frontend.Variable `gnark:",public"`
	Binding  binding.Inputs

	Holders  []frontend.Variable
	Balances []frontend.Variable
}

// New returns the circuit for 2^depth accounts.
func New(depth int) *Circuit {
	return &Circuit{Holders: make([]frontend.Variable, 1<<depth), Balances: make([]frontend.Variable, 1<<depth)}
}

// Define implements frontend.Circuit.
func (c *Circuit) Define(api frontend.API) error {
	if len(c.Holders) != len(c.Balances) || len(c.Holders)&(len(c.Holders)-1) != 0 {
		return fmt.Errorf("solvency: %d holders and %d balances, want one power of two", len(c.Holders), len(c.Balances))
	}
	h, err := poseidon.New(api)
	if err != nil {
		return err
	}
	c.Binding.Bind(api, c.Root, c.Reserves)

	leaves := make([]frontend.Variable, len(c.Holders))
	owed := frontend.Variable(0)
	for i, balance := range c.Balances {
		bits.ToBinary(api, balance, bits.WithNbDigits(BalanceBits)) // none is negative: 0 <= balance < 2^96
		owed = api.Add(owed, balance)
		leaves[i] = h.Compress(api.Add(c.Holders[i], poseidon.Constant(tagAccount)), balance)
	}
	api.AssertIsEqual(c.Root, merkle.RootIn(api, h, leaves))
	// owed is below accounts * 2^96 and so is what is left, so neither wraps around the field and
	// reserves = owed + left holds over the integers: owed <= reserves.
	bits.ToBinary(api, api.Sub(c.Reserves, owed), bits.WithNbDigits(surplusBits))
	return nil
}

// surplusBits bounds reserves - owed, and so the reserves one can state: far above any balance, far below the field.
const surplusBits = 128
