package signing

import (
	"bytes"
	"fmt"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// ordinary is how a request that arranges nothing and holds no quote would end.
var ordinary = encodeArranged(new(marketplace.SubmitRequest))

// arranged returns how a request's encoding ends: with what it arranges and the quote it holds; with nothing, if it does neither.
func arranged(b *marketplace.SubmitRequest) []byte {
	if encoded := encodeArranged(b); !bytes.Equal(encoded, ordinary) {
		return encoded
	}
	return nil
}

func encodeArranged(b *marketplace.SubmitRequest) []byte {
	var w writer
	a, q := &b.Arrangement, &b.Quote
	w.size(1 + 32 + 2*8 + 2*8 + 32 + 4 + 20 + 8 + 4 + 40*len(a.Raises) + 3 + 32 + 2*8 + 4 + len(b.QuoteSignature))
	w.u8(uint8(a.Mechanism)).amount(a.Ramp.Least).u64(uint64(a.Ramp.Rise)).u64(uint64(a.Ramp.Lock))
	w.u64(uint64(a.Sealed.Bidding)).u64(uint64(a.Sealed.Revealing)).amount(a.Sealed.Bond)
	w.u32(a.Hedges).account(a.ReservedFor).u64(uint64(a.ReservedUntil)).u32(uint32(len(a.Raises)))
	for _, raise := range a.Raises {
		w.u64(uint64(raise.After)).amount(raise.Reserve)
	}
	w.product(q.Product).amount(q.Reserve).u64(uint64(q.At)).u64(q.Position).bytes(b.QuoteSignature)
	return w.out
}

// arranged reads what encodeArranged wrote, of a request that is not ordinary.
func (r *reader) arranged(b *marketplace.SubmitRequest) {
	whole := r.rest
	b.Arrangement = marketplace.Arrangement{
		Mechanism: auction.Mechanism(r.u8()), Ramp: marketplace.RampTerms{Least: r.amount(), Rise: r.span(), Lock: r.span()},
		Sealed: marketplace.SealedTerms{Bidding: r.span(), Revealing: r.span(), Bond: r.amount()},
		Hedges: r.u32(), ReservedFor: r.account(), ReservedUntil: vadium.Time(r.i64()), Raises: r.raises(),
	}
	b.Quote = marketplace.Quote{Product: r.product(), Reserve: r.amount(), At: vadium.Time(r.i64()), Position: r.u64()}
	if signature := r.bytes(maxQuoteSignature); len(signature) > 0 {
		b.QuoteSignature = signature
	}
	if r.err == nil && bytes.Equal(whole[:len(whole)-len(r.rest)], ordinary) {
		r.fail(errOrdinary)
	}
}

func (r *reader) raises() []marketplace.Raise {
	n := r.u32()
	if n > maxRaises {
		r.fail(fmt.Errorf("%d raises, at most %d are allowed", n, maxRaises))
		return nil
	}
	if n == 0 {
		return nil
	}
	list := make([]marketplace.Raise, n)
	for i := range list {
		list[i] = marketplace.Raise{After: r.span(), Reserve: r.amount()}
	}
	return list
}

func (r *reader) span() vadium.Duration { return vadium.Duration(r.i64()) }

func (r *reader) account() (a vadium.Account) {
	copy(a[:], r.take(20))
	return a
}

func (w *writer) account(a vadium.Account) *writer {
	w.out = append(w.out, a[:]...)
	return w
}
