package clearing

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"vadium"
	"vadium/auction"
	"vadium/circuits/merkle"
	"vadium/circuits/poseidon"
)

func TestClearingsSayWhatTheRuleSays(t *testing.T) {
	for name, c := range map[string]struct {
		book     Book
		served   []uint64
		slots    []uint32
		payments []uint64
	}{
		"three":    {three, []uint64{90, 70, 50}, []uint32{1, 2}, []uint64{40, 90}},
		"marginal": {marginal, []uint64{90, 70}, []uint32{1, 1}, []uint64{30, 40}},
		"ties":     {tiedOrders, []uint64{90, 50}, []uint32{1, 1}, []uint64{50, 50}},
		"nobody":   {bookOfNumbers([]uint64{5}, [2]uint64{6, 1}), nil, nil, nil},
	} {
		slices.Reverse(c.book.Orders) // the order is that of the rule, whatever arrived first
		got, input := build(t, tiny, c.book)
		slices.Reverse(c.book.Orders)
		var served, payments []uint64
		var slots []uint32
		for _, o := range got.Requests {
			served = append(served, o.Value.Uint256().Uint64())
		}
		paid := vadium.Amount{}
		for _, w := range got.Winners {
			slots, payments, paid = append(slots, w.Slots), append(payments, w.Payment.Uint256().Uint64()), paid.MustAdd(w.Payment)
		}
		if !slices.Equal(served, c.served) || !slices.Equal(slots, c.slots) || !slices.Equal(payments, c.payments) {
			t.Errorf("%s: served %v by %v slots for %v, want %v, %v, %v", name, served, slots, payments, c.served, c.slots, c.payments)
		}
		if got.Statement.Paid != paid || int(got.Statement.Served) != len(served) || got.Statement.Clearing != c.book.Clearing {
			t.Errorf("%s: the statement is %+v", name, got.Statement)
		}
		statement := got.Statement.Bytes()
		secrets := secretsPerPlace*tiny + 2*switchesFor(tiny/2)
		if len(statement) != 32*StatementScalars || !bytes.HasPrefix(input, statement) || len(input) != len(statement)+32*secrets {
			t.Errorf("%s: a statement of %d bytes and an input of %d", name, len(statement), len(input))
		}
		if again, err := StatementOf(got.Statement.Clearing, got.Statement.Book, got.Requests, got.Winners); err != nil || again != got.Statement {
			t.Errorf("%s: StatementOf the lists = %+v, %v, want %+v", name, again, err, got.Statement)
		}
	}
}

func TestBooksAreNotClearedThatCannotBeProven(t *testing.T) {
	tooMuch := vadium.AmountFromBytes32([32]byte(power(valueBits).FillBytes(make([]byte, 32))))
	for name, c := range map[string]struct {
		size   int
		change func(b *Book)
	}{
		"a value of 97 bits":               {64, func(b *Book) { b.Orders[0].Value = tooMuch }},
		"a price of 97 bits":               {64, func(b *Book) { b.Offers[0].Price = tooMuch }},
		"a deadline before 1970":           {64, func(b *Book) { b.Orders[0].Deadline = -1 }},
		"a deadline of 45 bits":            {64, func(b *Book) { b.Orders[0].Deadline = 1 << deadlineBits }},
		"an offer of no slots":             {64, func(b *Book) { b.Offers[0].Slots = 0 }},
		"an offer of 17 slots":             {64, func(b *Book) { b.Offers[0].Slots = MaxSlots + 1 }},
		"a request twice":                  {64, func(b *Book) { b.Orders[1].Request = b.Orders[0].Request }},
		"a prover twice":                   {64, func(b *Book) { b.Offers[1].Prover = b.Offers[0].Prover }},
		"a rank for two orders":            {64, func(b *Book) { b.Orders[1].Value, b.Orders[1].Rank = b.Orders[0].Value, b.Orders[0].Rank }},
		"a rank for two offers":            {64, func(b *Book) { b.Offers[1].Price, b.Offers[1].Rank = b.Offers[0].Price, b.Offers[0].Rank }},
		"a rank told apart too far":        {64, func(b *Book) { b.Orders[1].Value, b.Orders[1].Rank = b.Orders[0].Value, [32]byte{1, 12: 1} }},
		"33 orders":                        {64, func(b *Book) { *b = bookOfNumbers(make([]uint64, 33)) }},
		"33 slots":                         {64, func(b *Book) { *b = bookOfNumbers(nil, [2]uint64{1, 16}, [2]uint64{1, 16}, [2]uint64{1, 1}) }},
		"a name that is no scalar":         {64, func(b *Book) { b.Clearing = [32]byte{0xff} }},
		"an order's blinding is no scalar": {64, func(b *Book) { b.Orders[0].Blinding = Blinding{0xff} }},
		"an offer's blinding is no scalar": {64, func(b *Book) { b.Offers[0].Blinding = Blinding{0xff} }},
	} {
		book := bookOfNumbers([]uint64{90, 70}, [2]uint64{10, 1}, [2]uint64{30, 2})
		if _, _, err := Build(c.size, book); err != nil {
			t.Fatal(err)
		}
		c.change(&book)
		if _, _, err := Build(c.size, book); !errors.Is(err, ErrBook) {
			t.Errorf("%s: Build = %v, want ErrBook", name, err)
		}
		if _, err := Commit(c.size, book); !errors.Is(err, ErrBook) {
			t.Errorf("%s: Commit = %v, want ErrBook", name, err)
		}
	}
	if _, _, err := Build(65, Book{}); err == nil {
		t.Error("a book is built for a circuit that there is not")
	}
	if _, err := WinnersDigest([]Winner{{Slots: MaxSlots + 1}}); !errors.Is(err, ErrBook) {
		t.Errorf("WinnersDigest of 17 slots: %v, want ErrBook", err)
	}
	if _, err := WinnersDigest([]Winner{{Slots: 1, Payment: tooMuch.MustAdd(tooMuch).MustAdd(tooMuch.BpsDown(140_000))}}); !errors.Is(err, ErrBook) {
		t.Errorf("WinnersDigest of a payment of 101 bits: %v, want ErrBook", err)
	}
}

func TestBooksAreNotCommittedToThatNoCircuitCarries(t *testing.T) {
	for name, change := range map[string]func(b *Book, public []CommittedOffer) []CommittedOffer{
		"a prover twice": func(_ *Book, public []CommittedOffer) []CommittedOffer {
			public[1].Prover = public[0].Prover
			return public
		},
		"an offer of no slots": func(_ *Book, public []CommittedOffer) []CommittedOffer {
			public[0].Slots = 0
			return public
		},
		"an offer of 17 slots": func(_ *Book, public []CommittedOffer) []CommittedOffer {
			public[0].Slots = MaxSlots + 1
			return public
		},
		"33 slots": func(_ *Book, public []CommittedOffer) []CommittedOffer {
			public[0].Slots, public[1].Slots = 16, 16
			return append(public, CommittedOffer{Prover: vadium.Account{9}, Slots: 1})
		},
		"a commitment that is no scalar": func(_ *Book, public []CommittedOffer) []CommittedOffer {
			public[0].Commitment = [32]byte{0xff}
			return public
		},
		"a name that is no scalar": func(b *Book, public []CommittedOffer) []CommittedOffer {
			b.Clearing = [32]byte{0xff}
			return public
		},
		"a request twice": func(b *Book, public []CommittedOffer) []CommittedOffer {
			b.Orders[1].Request = b.Orders[0].Request
			return public
		},
		"a rank for two orders": func(b *Book, public []CommittedOffer) []CommittedOffer {
			b.Orders[1].Value, b.Orders[1].Rank = b.Orders[0].Value, b.Orders[0].Rank
			return public
		},
		"33 orders": func(b *Book, public []CommittedOffer) []CommittedOffer {
			*b = bookOfNumbers(make([]uint64, 33))
			return public
		},
	} {
		book := bookOfNumbers([]uint64{90, 70}, [2]uint64{10, 1}, [2]uint64{30, 2})
		public := change(&book, committed(t, book))
		if got, err := CommitPublic(64, book.Clearing, book.Orders, public); !errors.Is(err, ErrBook) {
			t.Errorf("%s: CommitPublic = %x, %v, want ErrBook", name, got, err)
		}
	}
	full := bookOfNumbers(make([]uint64, 32), [2]uint64{1, 16}, [2]uint64{1, 16})
	if _, err := CommitPublic(64, full.Clearing, full.Orders, committed(t, full)); err != nil {
		t.Errorf("32 orders and 32 slots: %v", err)
	}
	if _, err := CommitPublic(65, [32]byte{}, nil, nil); err == nil {
		t.Error("a book is committed to for a circuit that there is not")
	}
	for _, slots := range []uint32{0, MaxSlots + 1} {
		if _, err := CommittedLeaves(CommittedOffer{Slots: slots}); !errors.Is(err, ErrBook) {
			t.Errorf("CommittedLeaves of %d slots: %v, want ErrBook", slots, err)
		}
		if _, err := OfferLeaves(Offer{Offer: auction.Offer{Slots: slots}}); !errors.Is(err, ErrBook) {
			t.Errorf("OfferLeaves of %d slots: %v, want ErrBook", slots, err)
		}
	}
}

func TestPriceCommitmentsAreOfOnePriceProverAndBlinding(t *testing.T) {
	highest := vadium.AmountFromBytes32([32]byte(maxValue.FillBytes(make([]byte, 32))))
	prover, price, blinding := vadium.Account{1}, vadium.NewAmount(10), Blinding{31: 3}
	seen := map[[32]byte]string{}
	for name, c := range map[string]struct {
		prover   vadium.Account
		price    vadium.Amount
		blinding Blinding
	}{
		"as it is":               {prover, price, blinding},
		"one dearer":             {prover, vadium.NewAmount(11), blinding},
		"one cheaper":            {prover, vadium.NewAmount(9), blinding},
		"for nothing":            {prover, vadium.Amount{}, blinding},
		"the highest":            {prover, highest, blinding},
		"another prover":         {vadium.Account{2}, price, blinding},
		"another blinding":       {prover, price, Blinding{31: 4}},
		"price and blinding":     {prover, vadium.NewAmount(3), Blinding{31: 10}},
		"of a bit and the price": {vadium.Account{1, 19: 1}, vadium.NewAmount(9), blinding},
	} {
		commitment, err := PriceCommitment(c.prover, c.price, c.blinding)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if other, ok := seen[commitment]; ok {
			t.Errorf("the commitments %q and %q are one", name, other)
		}
		seen[commitment] = name
	}
	if _, err := PriceCommitment(prover, highest.MustAdd(vadium.NewAmount(1)), blinding); !errors.Is(err, ErrBook) {
		t.Errorf("a price of 97 bits: %v, want ErrBook", err)
	}
	if _, err := PriceCommitment(prover, price, Blinding{0xff}); !errors.Is(err, ErrBook) {
		t.Errorf("a blinding that is no scalar: %v, want ErrBook", err)
	}
}

// What the comment of slotLeaf rests on.
func TestASlotsLeafSharesItsInputWithNoOtherHash(t *testing.T) {
	tag := poseidon.Constant(tagSlot)
	if tag.Cmp(power(orderKeyBits)) < 0 || max(valueBits, 8*len(vadium.Account{}), rankBits+slotsBits+sumBits) > orderKeyBits {
		t.Errorf("the right half of a slot's leaf, from %v on, may be a key, a price, an account or a winner's terms", tag)
	}
	if end := tag.Add(tag, power(rankBits+numberBits)); end.Cmp(fr.Modulus()) >= 0 {
		t.Error("the right half of a slot's leaf may be a small number")
	}

	// An order made to hash to a commitment, and blinded with what else the leaf of a slot has.
	committed := place{id: accountOf(vadium.Account{1}), blinding: fr.NewElement(5)}
	for price := uint64(10); ; price++ {
		committed.key = slotKeyOf(price, 1, 0)
		unblinded := poseidon.Compress(plus(committed.id, tagPrice), fr.NewElement(price))
		order := place{id: minus(unblinded, tagOrder), key: committed.blinding, blinding: plus(slotKeyOf(0, 1, 0), tagSlot)}
		if order.id.BigInt(new(big.Int)).BitLen() > 253 {
			continue // no request is called that
		}
		if order.orderHash() != commitmentOf(forgedPlace{place: committed}) {
			t.Fatal("the order is not made to hash to the commitment")
		}
		if order.orderLeaf() == committed.slotLeaf() {
			t.Error("an order has the leaf of a slot")
		}
		return
	}
}

// Owners find their leaves in the book, wherever they arrived.
func TestEveryOwnerCanShowItsLeafInTheBook(t *testing.T) {
	book := bookOfNumbers([]uint64{50, 90, 20}, [2]uint64{30, 2}, [2]uint64{10, 1})
	committed, err := Commit(64, book)
	if err != nil {
		t.Fatal(err)
	}
	var orders, slots []fr.Element
	for _, o := range book.Orders {
		leaf, err := OrderLeaf(o)
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, *new(fr.Element).SetBytes(leaf[:]))
	}
	for _, o := range book.Offers {
		leaves, err := OfferLeaves(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, leaf := range leaves {
			slots = append(slots, *new(fr.Element).SetBytes(leaf[:]))
		}
	}
	trees := [2]*merkle.Tree{merkle.New(5, orders), merkle.New(5, slots)}
	clearing := *new(fr.Element).SetBytes(book.Clearing[:])
	inBook := func(orders, slots fr.Element) bool {
		digest := poseidon.Compress(poseidon.Compress(tagOfSize(64), clearing), poseidon.Compress(orders, slots))
		return digest.Bytes() == committed
	}
	for i, leaf := range orders {
		if !inBook(merkle.Climb(leaf, uint64(i), trees[0].Path(i)), trees[1].Root()) {
			t.Errorf("order %d is not in the book", i)
		}
	}
	for i, leaf := range slots {
		if !inBook(trees[0].Root(), merkle.Climb(leaf, uint64(i), trees[1].Path(i))) {
			t.Errorf("slot %d is not in the book", i)
		}
	}
}

func TestBooksDifferByEveryThingInThem(t *testing.T) {
	seen := map[[32]byte]string{}
	for name, c := range map[string]struct {
		size   int
		change func(b *Book)
	}{
		"as it is":            {64, func(*Book) {}},
		"another size":        {256, func(*Book) {}},
		"another clearing":    {64, func(b *Book) { b.Clearing[31]++ }},
		"another arrival":     {64, func(b *Book) { b.Orders[0], b.Orders[1] = b.Orders[1], b.Orders[0] }},
		"another offer first": {64, func(b *Book) { b.Offers[0], b.Offers[1] = b.Offers[1], b.Offers[0] }},
		"another request":     {64, func(b *Book) { b.Orders[0].Request[31]++ }},
		"another value":       {64, func(b *Book) { b.Orders[0].Value = vadium.NewAmount(91) }},
		"another deadline":    {64, func(b *Book) { b.Orders[0].Deadline++ }},
		"another rank":        {64, func(b *Book) { b.Orders[0].Rank[11]++ }},
		"another blinding":    {64, func(b *Book) { b.Orders[0].Blinding[31]++ }},
		"another prover":      {64, func(b *Book) { b.Offers[0].Prover[19]++ }},
		"another price":       {64, func(b *Book) { b.Offers[0].Price = vadium.NewAmount(11) }},
		"another count":       {64, func(b *Book) { b.Offers[0].Slots++ }},
		"another offer rank":  {64, func(b *Book) { b.Offers[0].Rank[11]++ }},
		"another offer blind": {64, func(b *Book) { b.Offers[0].Blinding[31]++ }},
		"an order less":       {64, func(b *Book) { b.Orders = b.Orders[:1] }},
		"an offer less":       {64, func(b *Book) { b.Offers = b.Offers[:1] }},
		"nothing":             {64, func(b *Book) { b.Orders, b.Offers = nil, nil }},
	} {
		book := bookOfNumbers([]uint64{90, 70}, [2]uint64{10, 1}, [2]uint64{30, 2})
		c.change(&book)
		digest, err := Commit(c.size, book)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if public, err := CommitPublic(c.size, book.Clearing, book.Orders, committed(t, book)); err != nil || public != digest {
			t.Errorf("%s: CommitPublic = %x, %v, want %x", name, public, err, digest)
		}
		if other, ok := seen[digest]; ok {
			t.Errorf("the book with %s has the digest of that with %s", name, other)
		}
		seen[digest] = name
	}
}

// What is committed to and proven may never change.
func TestDigestsAreStable(t *testing.T) {
	cleared, _, err := Build(64, three)
	if err != nil {
		t.Fatal(err)
	}
	commitment := committed(t, three)[0].Commitment
	for name, c := range map[string]struct {
		got  [32]byte
		want string
	}{
		"commitment": {commitment, "19ef65797af746836346d035abec31fd0abfc5027acdb958db69a04e6a401514"},
		"book":       {cleared.Statement.Book, "0990586e84f4878676b3bfcec612cba9cadb13e900b82359e2b267e9cc1b9fd2"},
		"requests":   {cleared.Statement.Requests, "28f1539d16806b441cd1ea19387f3d5795c036bc53828700bf4198998a0650ba"},
		"winners":    {cleared.Statement.Winners, "224ad478249b5e1c4a306e738afaceb4fed143af174e07bc51f7a147af1e0114"},
	} {
		if got := fmt.Sprintf("%x", c.got); got != c.want {
			t.Errorf("%s = %s, want %s", name, got, c.want)
		}
	}
}

func TestBlindingsAreScalarsAndDiffer(t *testing.T) {
	one, err := NewBlinding(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewBlinding(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if one == other || one[0] > 0x1f {
		t.Errorf("blindings %x and %x", one, other)
	}
	if _, err := NewBlinding(io.LimitReader(rand.Reader, 31)); err == nil {
		t.Error("a blinding of 31 bytes is drawn")
	}
}

func TestProgramNames(t *testing.T) {
	for size, want := range map[int]string{64: "clearing-64", 256: "clearing-256", 1024: "clearing-1024"} {
		if got := ProgramName(size); got != want {
			t.Errorf("ProgramName(%d) = %q, want %q", size, got, want)
		}
	}
}
