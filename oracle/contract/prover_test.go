package contract_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/consensys/gnark/backend/groth16"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/circuittest"
	"vadium/circuits/pricemedian"
	"vadium/oracle"
)

// newProver sets price-median-7 up, with keys that nobody has seen before, and returns what makes a plan's public inputs
// and proof, and the verifying key.
func newProver(t *testing.T) (prove func(plan) (publics, proof []byte), key []byte) {
	t.Helper()
	ccs := circuittest.Compile(t, vadium.Groth16, vadium.BN254, pricemedian.New(slots))
	pk, vk, err := groth16.Setup(ccs)
	must(t, err)
	var raw bytes.Buffer
	_, err = vk.WriteTo(&raw)
	must(t, err)
	key, err = circuits.AdmitVerifyingKey(vadium.Groth16, vadium.BN254, raw.Bytes())
	must(t, err)
	return func(p plan) ([]byte, []byte) {
		keys, signed := p.observations(t)
		report, input, err := pricemedian.Build(slots, keys, quorum, outlier, signed)
		must(t, err)
		publics := circuits.PublicInputs(program(key), pricemedian.Statement(report), vadium.RequestID{}, by)
		scalars := slices.Concat(publics, input[pricemedian.StatementScalars*vadium.ScalarBytes:])
		proof, err := groth16.Prove(ccs, pk, circuittest.New(vadium.Groth16, vadium.BN254, ccs, scalars).Witness(t))
		must(t, err)
		var written bytes.Buffer
		_, err = proof.WriteTo(&written)
		must(t, err)
		return publics, written.Bytes()
	}, key
}

// observations returns the committee of a plan's round, and what those who are present signed.
func (p plan) observations(t *testing.T) (committee []oracle.Key, signed []oracle.Signed) {
	t.Helper()
	for seat := range slots {
		key, err := pricemedian.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{p.committee, byte(seat + 1)}, 32)))
		must(t, err)
		committee = append(committee, key.Key())
		if slices.Contains(p.absent, seat) {
			continue
		}
		value := price.MustAdd(vadium.NewAmount(uint64(seat) * 1_0000_0000))
		if slices.Contains(p.off, seat) {
			value = value.MustAdd(value.BpsDown(1_000))
		}
		at := p.from
		if !p.together {
			at = at.Add(vadium.Duration(seat) * vadium.Second / 2)
		}
		s, err := key.Sign(oracle.Observation{Scope: scope, Round: p.number, Value: value, At: at})
		must(t, err)
		signed = append(signed, s)
	}
	return committee, signed
}
