package circuits

import (
	"crypto/sha256"
	"io"
	"math/bits"
	"strings"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/auction"
	"vadium/circuits/clearing"
	"vadium/circuits/membership"
	"vadium/circuits/pricemedian"
	"vadium/circuits/provenance"
	"vadium/circuits/sha256preimage"
	"vadium/circuits/solvency"
	"vadium/oracle"
)

// public is where the samples' secrets come from: they are no secrets, and the same on every machine.
func public(name string) io.Reader {
	return &stream{seed: sha256.Sum256([]byte("vadium/sample/v1 " + name))}
}

// stream is SHA-256 in counter mode over its seed.
type stream struct {
	seed [32]byte
	rest []byte
}

// Read fills p; it never fails.
func (s *stream) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		if len(s.rest) == 0 {
			s.seed = sha256.Sum256(s.seed[:])
			block := sha256.Sum256(append([]byte("out"), s.seed[:]...))
			s.rest = block[:]
		}
		copied := copy(p[n:], s.rest)
		s.rest, n = s.rest[copied:], n+copied
	}
	return len(p), nil
}

func sampleMembership() ([]byte, error) {
	var list strings.Builder
	random := public("membership")
	member, err := membership.NewIdentity(random)
	if err != nil {
		return nil, err
	}
	for range 7 {
		other, err := membership.NewIdentity(random)
		if err != nil {
			return nil, err
		}
		list.WriteString(other.Commitment() + "\n")
	}
	list.WriteString(member.Commitment() + "\n")
	_, input, err := membership.Build(strings.NewReader(list.String()), member, "sample")
	return input, err
}

func sampleSolvency(depth int) ([]byte, error) {
	book, err := solvency.Build(strings.NewReader("account,balance\nsample-1,10\nsample-2,20\nsample-3,0\n"), "31",
		solvency.Options{Depth: depth, Random: public("solvency")})
	if err != nil {
		return nil, err
	}
	return book.Input, nil
}

func samplePreimage() ([]byte, error) {
	_, input, err := sha256preimage.Build([]byte("vadium"))
	return input, err
}

func sampleProvenance(packages int) ([]byte, error) {
	random := public("provenance")
	feed := provenance.FeedID{'B', 'T', 'C'}
	var keys []provenance.Key
	var signed []provenance.Package
	for i := range packages {
		secret := make([]byte, 32)
		if _, err := io.ReadFull(random, secret); err != nil {
			return nil, err
		}
		signer, err := crypto.ToECDSA(secret)
		if err != nil {
			return nil, err
		}
		p, err := provenance.Sign(signer, feed, vadium.NewAmount(6_000_000_000_000+uint64(i)), 1_700_000_000_000)
		if err != nil {
			return nil, err
		}
		keys, signed = append(keys, provenance.KeyOf(signer)), append(signed, p)
	}
	_, input, err := provenance.Build(feed, keys, signed)
	return input, err
}

// sampleClearing is a market whose every place is taken: each prover has as many slots as its number has bits.
func sampleClearing(size int) ([]byte, error) {
	random := public("clearing")
	draw := func() (b [32]byte, err error) { // what it returns is below the order of the field
		return clearing.NewBlinding(random)
	}
	book := clearing.Book{Clearing: [32]byte{31: 1}}
	for i := range uint64(size / 2) {
		id, err := draw()
		if err != nil {
			return nil, err
		}
		rank, err := draw()
		if err != nil {
			return nil, err
		}
		blinding, err := draw()
		if err != nil {
			return nil, err
		}
		order := auction.Order{Request: id, Value: vadium.NewAmount(1_000_000 + 1_000*(i*7919%200)), Rank: rank}
		book.Orders = append(book.Orders, clearing.Order{Order: order, Blinding: blinding})
	}
	for i, free := uint64(0), size/2; free > 0; i++ {
		slots := min(1+bits.OnesCount64(i), free)
		free -= slots
		id, err := draw()
		if err != nil {
			return nil, err
		}
		blinding, err := draw()
		if err != nil {
			return nil, err
		}
		offer := auction.Offer{Prover: vadium.Account(id[:20]), Price: vadium.NewAmount(950_000 + 1_000*(i*104_729%200)), Slots: uint32(slots), Rank: id}
		book.Offers = append(book.Offers, clearing.Offer{Offer: offer, Blinding: blinding})
	}
	_, input, err := clearing.Build(size, book)
	return input, err
}

func sampleMedian(slots int) ([]byte, error) {
	random := public("price-median")
	scope := oracle.ScopeOf(vadium.Salt{}, oracle.FeedID{'S', 'A', 'M', 'P', 'L', 'E'})
	var keys []oracle.Key
	var signed []oracle.Signed
	for i := range slots {
		key, err := pricemedian.GenerateKey(random)
		if err != nil {
			return nil, err
		}
		s, err := key.Sign(oracle.Observation{Scope: scope, Round: 1, Value: vadium.NewAmount(uint64(1_000_000 + 3_000*i)), At: vadium.Time(i)})
		if err != nil {
			return nil, err
		}
		keys, signed = append(keys, key.Key()), append(signed, s)
	}
	_, input, err := pricemedian.Build(slots, keys, 1, 250, signed)
	return input, err
}
