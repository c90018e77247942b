package rpc

import (
	"runtime"
	"sync"

	"vadium/marketplace/signing"
)

// notary signs receipts, as the group commit stores commands: whoever comes while nothing is being signed is signed for at
// once, and those who come meanwhile share the next signature. The first of them makes it, in the goroutine that waits for
// it. Before that it lets everybody run who can: the callers of one group commit are woken together, and come together. Who
// is alone waits for nobody.
type notary struct {
	domain signing.Domain
	key    signing.Signer

	mu      sync.Mutex
	signing bool        // guarded by mu
	waiting []*unsigned // guarded by mu; in the order they came
}

// unsigned is a receipt that waits.
type unsigned struct {
	receipt [32]byte
	turn    chan bool // told true when it is its turn to sign, and false when it is signed

	notarised
	err error
}

// notarised is the market's signature of a receipt at a place.
type notarised struct {
	signature []byte
	place     signing.Place
}

// sign returns the market's signature of a receipt.
func (n *notary) sign(receipt [32]byte) (notarised, error) {
	u := &unsigned{receipt: receipt, turn: make(chan bool, 1)}
	n.mu.Lock()
	n.waiting = append(n.waiting, u)
	first := !n.signing
	n.signing = true
	n.mu.Unlock()
	if first || <-u.turn {
		runtime.Gosched()
		n.signSheet(n.take())
		n.next()
	}
	return u.notarised, u.err
}

// take returns those who wait, as many as a sheet holds.
func (n *notary) take() []*unsigned {
	n.mu.Lock()
	defer n.mu.Unlock()
	size := min(len(n.waiting), signing.MaxSheet)
	sheet := n.waiting[:size:size]
	n.waiting = n.waiting[size:]
	return sheet
}

// next gives the first who waits its turn, if anybody does.
func (n *notary) next() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.signing = len(n.waiting) > 0; n.signing {
		n.waiting[0].turn <- true
	}
}

// signSheet signs for all on a sheet, and tells all but the first, who signs.
func (n *notary) signSheet(sheet []*unsigned) {
	receipts := make([][32]byte, len(sheet))
	for i, u := range sheet {
		receipts[i] = u.receipt
	}
	signature, places, err := signing.SignReceipts(n.domain, n.key, receipts)
	for i, u := range sheet {
		u.notarised, u.err = notarised{signature, places[i]}, err
		if i > 0 {
			u.turn <- false
		}
	}
}
