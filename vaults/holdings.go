package vaults

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"
	"sort"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
)

// Holding is one owner's senior shares.
type Holding struct {
	Owner  vadium.Account
	Shares vadium.Amount
}

// Holdings are the holdings of a vault, by owner, none empty. A vault may have thousands, and most of what is done to one
// concerns none of them or one: so they lie in pieces that are never changed in place, which copies share, and a change
// replaces one piece.
//
// The zero value is empty. It is encoded as a plain list.
type Holdings struct {
	pieces [][]Holding // none empty
	count  int
}

// pieceSize is how many holdings a piece has at most: a change copies one piece and the list of pieces.
const pieceSize = 128

// NewHoldings returns holdings that are sorted by owner.
func NewHoldings(sorted []Holding) Holdings {
	if len(sorted) == 0 {
		return Holdings{}
	}
	return Holdings{slices.Collect(slices.Chunk(sorted, pieceSize)), len(sorted)}
}

// Len returns how many owners there are.
func (h Holdings) Len() int { return h.count }

// All yields the holdings by owner.
func (h Holdings) All() iter.Seq[Holding] {
	return func(yield func(Holding) bool) {
		for _, piece := range h.pieces {
			for _, holding := range piece {
				if !yield(holding) {
					return
				}
			}
		}
	}
}

// pieceOf returns the piece in which an owner is, or would be.
func (h Holdings) pieceOf(owner vadium.Account) int {
	return sort.Search(len(h.pieces)-1, func(i int) bool {
		piece := h.pieces[i]
		return bytes.Compare(piece[len(piece)-1].Owner[:], owner[:]) >= 0
	})
}

func (h Holdings) of(owner vadium.Account) vadium.Amount {
	if h.count == 0 {
		return vadium.Amount{}
	}
	return sharesIn(h.pieces[h.pieceOf(owner)], owner)
}

// with returns the holdings with owner's replaced.
func (h Holdings) with(owner vadium.Account, shares vadium.Amount) Holdings {
	if h.count == 0 {
		return NewHoldings(withShares(nil, owner, shares))
	}
	i := h.pieceOf(owner)
	piece := withShares(h.pieces[i], owner, shares)
	count := h.count + len(piece) - len(h.pieces[i])
	switch {
	case len(piece) == 0 && count == 0:
		return Holdings{}
	case len(piece) == 0:
		return Holdings{without(h.pieces, i), count}
	case len(piece) > pieceSize:
		half := len(piece) / 2
		pieces := with(h.pieces, i, piece[:half:half])
		pieces[i+1] = piece[half:]
		return Holdings{pieces, count}
	}
	return Holdings{replaced(h.pieces, i, piece), count}
}

// EncodeRLP writes a list of holdings.
func (h Holdings) EncodeRLP(w io.Writer) error {
	b := rlp.NewEncoderBuffer(w)
	list := b.List()
	for _, piece := range h.pieces {
		for i := range piece {
			holding := b.List()
			b.WriteBytes(piece[i].Owner[:])
			b.WriteUint256(piece[i].Shares.Uint256())
			b.ListEnd(holding)
		}
	}
	b.ListEnd(list)
	return b.Flush()
}

// DecodeRLP reads what [Holdings.EncodeRLP] wrote.
func (h *Holdings) DecodeRLP(s *rlp.Stream) error {
	var list []Holding
	if err := s.Decode(&list); err != nil {
		return err
	}
	*h = NewHoldings(list)
	return nil
}

// check reports what is not as it has to be.
func (h Holdings) check() error {
	var last *Holding
	count := 0
	for _, piece := range h.pieces {
		if len(piece) == 0 || len(piece) > pieceSize {
			return fmt.Errorf("a piece has %d holdings", len(piece))
		}
		for i := range piece {
			if piece[i].Shares.IsZero() || last != nil && bytes.Compare(last.Owner[:], piece[i].Owner[:]) >= 0 {
				return fmt.Errorf("the holding of %v is empty or out of order", piece[i].Owner)
			}
			last = &piece[i]
			count++
		}
	}
	if count != h.count {
		return fmt.Errorf("there are %d holdings, %d are counted", count, h.count)
	}
	return nil
}
