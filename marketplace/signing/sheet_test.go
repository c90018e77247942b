package signing

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"vadium"
)

// numbered returns receipts that differ.
func numbered(n int) (receipts []RequestReceipt, hashes [][32]byte) {
	for i := range n {
		receipts = append(receipts, RequestReceipt{Request: vadium.RequestID{byte(i), byte(i >> 8)}, Reserve: vadium.Tokens(uint64(i)), Seq: uint64(i + 1)})
		hashes = append(hashes, ReceiptHash(receipts[i]))
	}
	return receipts, hashes
}

// sheet returns receipts, the market's signature of them all, and their places.
func sheet(t *testing.T, n int) ([]RequestReceipt, [][32]byte, []byte, []Place) {
	t.Helper()
	receipts, hashes := numbered(n)
	signature, places, err := SignReceipts(testDomain, testKey(t, 1), hashes)
	if err != nil {
		t.Fatal(err)
	}
	return receipts, hashes, signature, places
}

// merkle is the definition of RFC 9162 (section 2.1.1), with Keccak-256.
func merkle(receipts [][32]byte) [32]byte {
	if len(receipts) == 1 {
		return keccak(append([]byte{0}, receipts[0][:]...))
	}
	split := 1
	for 2*split < len(receipts) {
		split *= 2
	}
	left, right := merkle(receipts[:split]), merkle(receipts[split:])
	return keccak(slices.Concat([]byte{1}, left[:], right[:]))
}

func TestASheetsRootIsThatOfTheRFC(t *testing.T) {
	for n := 2; n <= 70; n++ {
		_, hashes, _, places := sheet(t, n)
		for i, place := range places {
			root, ok := place.root(hashes[i])
			if want := merkle(hashes); !ok || root != want {
				t.Fatalf("receipt %d of %d implies root %x, %v, want %x", i, n, root, ok, want)
			}
		}
	}
}

func TestEveryReceiptOfASheetProvesItselfAtItsPlaceAlone(t *testing.T) {
	market := testKey(t, 1).Account()
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 33, MaxSheet - 1, MaxSheet} {
		receipts, _, signature, places := sheet(t, n)
		for i, receipt := range receipts {
			if err := CheckReceipt(testDomain, market, receipt, places[i], signature); err != nil {
				t.Fatalf("receipt %d of %d = %v, want nil", i, n, err)
			}
			if n > 9 && i%16 != 3 {
				continue
			}
			for j, place := range places {
				if err := CheckReceipt(testDomain, market, receipt, place, signature); (err == nil) != (i == j) {
					t.Errorf("receipt %d of %d at place %d = %v, want it refused", i, n, j, err)
				}
			}
		}
	}
	_, _, _, places := sheet(t, 1)
	if !places[0].alone() {
		t.Errorf("a lone receipt's place = %+v, want none", places[0])
	}
}

// A place is signed with its receipt: nothing in it can be another, shorter or longer.
func TestForgedPlacesAreRefused(t *testing.T) {
	market := testKey(t, 1).Account()
	for _, n := range []int{2, 3, 4, 5, 6, 7, 8, 11} {
		receipts, hashes, signature, places := sheet(t, n)
		for i, honest := range places {
			refused := func(what string, change func(*Place)) {
				t.Helper()
				forged := Place{honest.Index, honest.Of, slices.Clone(honest.Path)}
				change(&forged)
				if err := CheckReceipt(testDomain, market, receipts[i], forged, signature); !errors.Is(err, ErrWrongSigner) {
					t.Errorf("receipt %d of %d with %s = %v, want %v", i, n, what, err, ErrWrongSigner)
				}
			}
			for index := range uint64(2 * n) {
				if index != honest.Index {
					refused(fmt.Sprint("index ", index), func(p *Place) { p.Index = index })
				}
			}
			for of := range uint64(2*n + 2) {
				if of != honest.Of {
					refused(fmt.Sprint("of ", of), func(p *Place) { p.Of = of })
				}
			}
			refused("the largest index", func(p *Place) { p.Index = 1<<64 - 1 })
			refused("an endless sheet", func(p *Place) { p.Of = 1<<64 - 1 })
			refused("no path", func(p *Place) { p.Path = nil })
			refused("a shorter path", func(p *Place) { p.Path = p.Path[1:] })
			refused("a longer path", func(p *Place) { p.Path = append(p.Path, hashes[0]) })
			refused("itself beside it", func(p *Place) { p.Path = append([]vadium.Digest{leafOf(hashes[i])}, p.Path...) })
			refused("a thousand hashes", func(p *Place) { p.Path = append(p.Path, make([]vadium.Digest, 1_000)...) })
			refused("no place", func(p *Place) { *p = Place{} })
			refused("an index and nothing else", func(p *Place) { *p = Place{Index: 1} })
			refused("a path and nothing else", func(p *Place) { *p = Place{Path: p.Path} })
			refused("a sheet of one", func(p *Place) { *p = Place{Of: 1} })
			for at := range honest.Path {
				refused("another hash", func(p *Place) { p.Path[at][31] ^= 1 })
				for other := range at {
					refused("its path in another order", func(p *Place) { p.Path[at], p.Path[other] = p.Path[other], p.Path[at] })
				}
			}
		}
		edited := receipts[0]
		edited.Reserve = vadium.Tokens(1_000)
		if err := CheckReceipt(testDomain, market, edited, places[0], signature); !errors.Is(err, ErrWrongSigner) {
			t.Errorf("an edited receipt = %v, want %v", err, ErrWrongSigner)
		}
		other := testDomain
		other.ChainID++
		if err := CheckReceipt(other, market, receipts[0], places[0], signature); !errors.Is(err, ErrWrongSigner) {
			t.Errorf("a receipt in another market = %v, want %v", err, ErrWrongSigner)
		}
	}
}

// Whoever holds a sheet must not make a receipt of a node, nor a node of a receipt.
func TestNodesOfASheetAreNoReceipts(t *testing.T) {
	_, hashes, _, _ := sheet(t, 4)
	want := merkle(hashes)
	left, right := innerOf(leafOf(hashes[0]), leafOf(hashes[1])), innerOf(leafOf(hashes[2]), leafOf(hashes[3]))
	for what, place := range map[string]struct {
		receipt [32]byte
		at      Place
	}{
		"an inner node as one of two":  {left, Place{0, 2, []vadium.Digest{right}}},
		"a leaf as a receipt":          {leafOf(hashes[0]), Place{0, 4, []vadium.Digest{leafOf(hashes[1]), right}}},
		"the root as one of two":       {want, Place{0, 2, []vadium.Digest{want}}},
		"a receipt beside a bare one":  {hashes[0], Place{0, 4, []vadium.Digest{hashes[1], right}}},
		"a receipt as an inner node":   {hashes[0], Place{0, 2, []vadium.Digest{right}}},
		"a receipt at the other place": {hashes[0], Place{1, 4, []vadium.Digest{leafOf(hashes[1]), right}}},
	} {
		if root, ok := place.at.root(place.receipt); ok && root == want {
			t.Errorf("%s leads to the root", what)
		}
	}
}

// What the market signs for a sheet is nothing that anybody could take for a receipt, or the other way round.
func TestASignedSheetIsNoReceiptAndAReceiptNoSheet(t *testing.T) {
	market := testKey(t, 1)
	_, hashes, signature, places := sheet(t, 2)
	root, _ := places[0].root(hashes[0])
	disguised := BatchReceipt{Batch: root, Verdicts: vadium.Digest{31: 2}}
	if err := CheckReceipt(testDomain, market.Account(), disguised, Place{}, signature); !errors.Is(err, ErrWrongSigner) {
		t.Errorf("a sheet as a receipt of a batch = %v, want %v", err, ErrWrongSigner)
	}
	alone, _, err := SignReceipts(testDomain, market, hashes[:1])
	if err != nil {
		t.Fatal(err)
	}
	receipts, _ := numbered(2)
	for i, receipt := range receipts {
		if err := CheckReceipt(testDomain, market.Account(), receipt, places[i], alone); !errors.Is(err, ErrWrongSigner) {
			t.Errorf("receipt %d with the signature of one that was signed alone = %v, want %v", i, err, ErrWrongSigner)
		}
	}
	if err := CheckReceipt(testDomain, testKey(t, 2).Account(), receipts[0], places[0], signature); !errors.Is(err, ErrWrongSigner) {
		t.Errorf("a receipt on somebody else's sheet = %v, want %v", err, ErrWrongSigner)
	}
}

// A receipt on a sheet of so many costs so much of the market's time.
func BenchmarkSignReceipts(b *testing.B) {
	for _, n := range []int{1, 4, 16, 64, 256} {
		b.Run(fmt.Sprint("receipts=", n), func(b *testing.B) {
			_, hashes := numbered(n)
			key := testKey(b, 1)
			done := 0
			for b.Loop() {
				if _, _, err := SignReceipts(testDomain, key, hashes); err != nil {
					b.Fatal(err)
				}
				done += n
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(done), "ns/receipt")
		})
	}
}
