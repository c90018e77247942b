//go:build prover_checks

package clearing_test

import (
	"testing"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/circuits/clearing"
	"vadium/circuits/setup"
)

// From a book to a verified proof. Keys for 95,000 constraints take a while: with the tag only, and these are all that this
// package's tests make. The larger circuits are the same code with more places; a proof of theirs is in bench.
func TestProofHoldsForItsClearingRequestAndProverOnly(t *testing.T) {
	entry, err := circuits.Lookup(clearing.ProgramName(64))
	if err != nil {
		t.Fatal(err)
	}
	made, err := setup.Ensure(t.Context(), t.TempDir(), entry, nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := circuits.LoadProvingKeys(made.Program, made.ConstraintSystem, made.ProvingKey, made.VerifyingKey)
	if err != nil {
		t.Fatal(err)
	}
	book := clearing.Book{Clearing: [32]byte{31: 5}}
	for i := range 20 {
		book.Orders = append(book.Orders, clearing.Order{
			Order: auction.Order{
				Request: vadium.RequestID{byte(i)}, Value: vadium.NewAmount(uint64(1_000 - 30*(i/2))), Rank: [32]byte{byte(7 * i)},
			},
			Blinding: clearing.Blinding{31: byte(i)},
		})
	}
	for i := range 6 {
		book.Offers = append(book.Offers, clearing.Offer{
			Offer: auction.Offer{
				Prover: vadium.Account{byte(i)}, Price: vadium.NewAmount(uint64(700 + 20*(i/2))), Slots: uint32(1 + i), Rank: [32]byte{byte(9 * i)},
			},
			Blinding: clearing.Blinding{1, 31: byte(i)},
		})
	}
	// Whoever reads the proof knows of the offers what was published.
	var public []clearing.CommittedOffer
	for _, o := range book.Offers {
		c, err := clearing.PriceCommitment(o.Prover, o.Price, o.Blinding)
		if err != nil {
			t.Fatal(err)
		}
		public = append(public, clearing.CommittedOffer{Prover: o.Prover, Commitment: c, Slots: o.Slots, Rank: o.Rank})
	}
	committed, err := clearing.CommitPublic(64, book.Clearing, book.Orders, public)
	if err != nil {
		t.Fatal(err)
	}
	cleared, input, err := clearing.Build(64, book)
	if err != nil {
		t.Fatal(err)
	}
	if s := cleared.Statement; s.Book != committed || s.Served < 10 || len(cleared.Winners) < 3 {
		t.Errorf("%d are served by %d provers, from the committed book: %v", s.Served, len(cleared.Winners), s.Book == committed)
	}

	request, prover := vadium.RequestID{0: 0xee, 5: 1}, vadium.Account{7}
	proof, err := keys.Prove(input, request, prover)
	if err != nil {
		t.Fatal(err)
	}
	p, vk := keys.Program(), keys.VerifyingKey()
	verify := func(s clearing.Statement, request vadium.RequestID, prover vadium.Account) error {
		return vk.Verify(circuits.PublicInputs(p, s.Bytes(), request, prover), proof)
	}
	// It makes the statement from the book and from the lists that it is shown.
	shown, err := clearing.StatementOf(book.Clearing, committed, cleared.Requests, cleared.Winners)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(shown, request, prover); err != nil {
		t.Fatalf("an honest proof: %v", err)
	}
	if int(p.Public) != clearing.StatementScalars || len(proof) > 256 {
		t.Errorf("%d public scalars and a proof of %d bytes, want %d and at most 256", p.Public, len(proof), clearing.StatementScalars)
	}
	if verify(shown, vadium.RequestID{}, prover) == nil || verify(shown, request, vadium.Account{8}) == nil {
		t.Error("the proof serves another request or prover")
	}
	for i, change := range []func(*clearing.Statement){
		func(s *clearing.Statement) { s.Clearing[31] ^= 1 },
		func(s *clearing.Statement) { s.Book[31] ^= 1 },
		func(s *clearing.Statement) { s.Served-- },
		func(s *clearing.Statement) { s.Requests[31] ^= 1 },
		func(s *clearing.Statement) { s.Winners[31] ^= 1 },
		func(s *clearing.Statement) { s.Paid = s.Paid.MustAdd(vadium.NewAmount(1)) },
	} {
		other := shown
		change(&other)
		if verify(other, request, prover) == nil {
			t.Errorf("the proof also proves a statement whose field %d is another", i)
		}
	}

	// Nor does it prove that of a book in which one price is another.
	dearer, err := clearing.PriceCommitment(public[5].Prover, book.Offers[5].Price.MustAdd(vadium.NewAmount(1)), book.Offers[5].Blinding)
	if err != nil {
		t.Fatal(err)
	}
	public[5].Commitment = dearer
	other := shown
	if other.Book, err = clearing.CommitPublic(64, book.Clearing, book.Orders, public); err != nil {
		t.Fatal(err)
	}
	if verify(other, request, prover) == nil {
		t.Error("the proof also proves the clearing of a book with another price")
	}

	// The market's own sample, with which provers try the program.
	sample, err := entry.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Solve(sample, request, prover); err != nil {
		t.Errorf("the sample: %v", err)
	}
}
