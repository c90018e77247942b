package rpc

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/marketplace/signing"
)

// slowKey signs one digest each time something comes through its gate, and fails when that is an error.
type slowKey struct {
	signing.Key
	gate chan error
	made int
}

// SignDigest implements [signing.Signer].
func (k *slowKey) SignDigest(digest [32]byte) ([]byte, error) {
	if err := <-k.gate; err != nil {
		return nil, err
	}
	k.made++
	return k.Key.SignDigest(digest)
}

// desk is a notary and what it did.
type desk struct {
	notary
	key    *slowKey
	mu     sync.Mutex
	done   map[uint64]notarised // guarded by mu; by the receipt's number
	failed []error              // guarded by mu
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	private, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{key: &slowKey{Key: signing.NewKey(private), gate: make(chan error)}, done: map[uint64]notarised{}}
	d.notary = notary{domain: signing.Domain{ChainID: 1, Deployment: vadium.Salt{1}}, key: d.key}
	return d
}

func numbered(n uint64) signing.RequestReceipt { return signing.RequestReceipt{Seq: n} }

// bring asks for receipts with these numbers, all at once, and returns when they wait.
func (d *desk) bring(from, to uint64) {
	for n := from; n < to; n++ {
		go func() {
			by, err := d.sign(signing.ReceiptHash(numbered(n)))
			d.mu.Lock()
			defer d.mu.Unlock()
			if err != nil {
				d.failed = append(d.failed, err)
				return
			}
			d.done[n] = by
		}()
	}
	synctest.Wait()
}

// let lets one signature be made, or fail.
func (d *desk) let(err error) {
	d.key.gate <- err
	synctest.Wait()
}

func (d *desk) check(t *testing.T, from, to, of uint64) {
	t.Helper()
	for n := from; n < to; n++ {
		by, ok := d.done[n]
		if err := signing.CheckReceipt(d.domain, d.key.Account(), numbered(n), by.place, by.signature); !ok || err != nil || by.place.Of != of {
			t.Errorf("receipt %d = %+v, %v, %v, want it signed on a sheet of %d", n, by.place, ok, err, of)
		}
	}
}

// Whoever is alone is signed for at once; those who come while a signature is being made share the next, up to a sheet.
func TestReceiptsThatWaitTogetherShareASignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.bring(0, 1)
		d.bring(1, 6)
		d.let(nil)
		d.check(t, 0, 1, 0)
		if len(d.done) != 1 {
			t.Errorf("%d receipts are signed by the first signature, want 1", len(d.done))
		}
		const last = 6 + signing.MaxSheet + 2
		d.bring(6, last)
		for _, want := range []int{6, 6 + signing.MaxSheet, last} {
			if d.let(nil); len(d.done) != want {
				t.Errorf("%d receipts are signed by signature %d, want %d", len(d.done), d.key.made, want)
			}
		}
		d.check(t, 1, 6, 5)
		sheets := map[uint64]int{}
		for n, by := range d.done {
			sheets[by.place.Of]++
			d.check(t, n, n+1, by.place.Of)
		}
		if sheets[signing.MaxSheet] != signing.MaxSheet || sheets[2] != 2 {
			t.Errorf("receipts by the size of their sheet = %v, want a full one and one of 2", sheets)
		}
		d.bring(last, last+1) // nobody is left who signs for others
		d.let(nil)
		d.check(t, last, last+1, 0)
	})
}

// A key that fails, as one in a device may, fails who waited for that signature; the next is made.
func TestAFailedSignatureFailsItsSheetAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		lost := errors.New("the device is gone")
		d.bring(0, 1)
		d.bring(1, 4)
		d.let(lost)
		if len(d.failed) != 1 || !errors.Is(d.failed[0], lost) {
			t.Errorf("failed = %v, want the first", d.failed)
		}
		d.let(lost)
		if len(d.failed) != 4 || len(d.done) != 0 {
			t.Errorf("failed = %v, want four", d.failed)
		}
		d.bring(4, 5)
		d.let(nil)
		d.check(t, 4, 5, 0)
	})
}
