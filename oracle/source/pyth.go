package source

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"vadium"
)

// A Hermes update (pyth-crosschain, Accumulator.sol; Wormhole, Messages.sol):
//
//	update  = "PNAU" 1 0 0  0  size(2) VAA  number(1) leaf*
//	leaf    = size(2) message  number(1) node(20)*
//	VAA     = 1  guardian set(4)  number(1) {guardian(1) r(32) s(32) v(1)}*  body
//	body    = time(4) nonce(4) chain(2) emitter(32) sequence(8) consistency(1)  "AUWV" 0 slot(8) ring(4) root(20)
//	message = 0 feed(32) price(8) confidence(8) exponent(4) time(8) previous time(8) average(8) its confidence(8)
//
// Guardians sign keccak256(keccak256(body)). A leaf is keccak256(0x00 ‖ message) cut to 20 bytes, a node keccak256(0x01 ‖
// smaller ‖ larger) likewise.
const (
	pythMagic = "PNAU\x01\x00\x00\x00" // major version 1, minor 0, no trailing header, Wormhole and Merkle

	vaaHeaderBytes    = 1 + 4 + 1
	vaaSignatureBytes = 1 + signatureBytes
	vaaBodyBytes      = 4 + 4 + 2 + 32 + 8 + 1 + len(accumulatorMagic) + 8 + 4 + merkleBytes
	accumulatorMagic  = "AUWV\x00"
	merkleBytes       = 20
	priceMessageBytes = 1 + 32 + 8 + 8 + 4 + 8 + 8 + 8 + 8
	maxGuardians      = 255

	// MaxUpdate bounds an update: 255 leaves, each with a path of twenty nodes.
	MaxUpdate = 128 << 10
)

// pythEmitter is who emits Pyth's roots on Wormhole: chain 26, Pythnet, and its account there.
var pythEmitter = struct {
	chain   uint16
	account [32]byte
}{26, [32]byte(common.FromHex("0xe101faedac5851e32b9b23b5f9411a8c2bac4aae3ed4dd7b811dd1a72ea4aa71"))}

// Update is what Wormhole's guardians signed of Pyth's prices: each lies under the signed root.
type Update struct {
	Set    uint32 // the guardian set that the update says signed it
	Prices []Price
	digest [32]byte
	signed []guardianSignature
}

// Price is one feed's price in an update. Its time has whole seconds.
type Price struct {
	Feed       [32]byte
	Value      Value
	Confidence Value
	At         vadium.Time
}

type guardianSignature struct {
	guardian  uint8
	signature signature
}

// ParseUpdate reads an update, strictly, and checks its emitter and that each of its prices lies under its root. Who
// signed the root, Guardians says.
func ParseUpdate(raw []byte) (Update, error) {
	if len(raw) > MaxUpdate {
		return Update{}, fmt.Errorf("an update of %d bytes: %w", len(raw), ErrTooLarge)
	}
	rest, ok := bytes.CutPrefix(raw, []byte(pythMagic))
	if !ok {
		return Update{}, fmt.Errorf("it does not begin as a Hermes update of version 1.0: %w", ErrMalformed)
	}
	f := forwards{rest: rest}
	vaa := f.take(int(f.number(2)))
	leaves := int(f.number(1))
	if f.short || leaves == 0 {
		return Update{}, fmt.Errorf("an update ends before its first price: %w", ErrMalformed)
	}
	u, root, err := parseVAA(vaa)
	if err != nil {
		return Update{}, err
	}
	for range leaves {
		message := f.take(int(f.number(2)))
		path := f.take(merkleBytes * int(f.number(1)))
		if f.short {
			return Update{}, fmt.Errorf("an update ends within a price: %w", ErrMalformed)
		}
		if merkleRoot(message, path) != root {
			return Update{}, fmt.Errorf("a price does not lie under the root that is signed: %w", ErrMalformed)
		}
		price, err := parsePrice(message)
		if err != nil {
			return Update{}, err
		}
		u.Prices = append(u.Prices, price)
	}
	if len(f.rest) != 0 {
		return Update{}, fmt.Errorf("%d bytes stand behind the last price: %w", len(f.rest), ErrMalformed)
	}
	return u, nil
}

func parseVAA(raw []byte) (u Update, root [merkleBytes]byte, err error) {
	f := forwards{rest: raw}
	version := f.number(1)
	u.Set = uint32(f.number(4))
	count := int(f.number(1))
	if f.short || version != 1 || len(raw) != vaaHeaderBytes+count*vaaSignatureBytes+vaaBodyBytes {
		return u, root, fmt.Errorf("%d bytes are no VAA of Pyth's with %d signatures: %w", len(raw), count, ErrMalformed)
	}
	last := -1
	for range count {
		one := f.take(vaaSignatureBytes)
		if int(one[0]) <= last {
			return u, root, fmt.Errorf("guardian %d signs behind guardian %d: %w", one[0], last, ErrMalformed)
		}
		last = int(one[0])
		sig, err := newSignature(one[1:33], one[33:65], one[65])
		if err != nil {
			return u, root, fmt.Errorf("guardian %d: %w", one[0], err)
		}
		u.signed = append(u.signed, guardianSignature{one[0], sig})
	}
	body := f.rest
	once := keccak(body)
	u.digest = keccak(once[:])
	f.take(4 + 4) // time and nonce: the prices have times of their own
	chain, account := f.number(2), f.take(32)
	if uint16(chain) != pythEmitter.chain || [32]byte(account) != pythEmitter.account {
		return u, root, fmt.Errorf("it is emitted by %x on chain %d, which is not Pyth: %w", account, chain, ErrMalformed)
	}
	f.take(8 + 1) // sequence and consistency
	if string(f.take(len(accumulatorMagic))) != accumulatorMagic {
		return u, root, fmt.Errorf("what is signed is no root of prices: %w", ErrMalformed)
	}
	f.take(8 + 4) // slot and size of the ring
	return u, [merkleBytes]byte(f.take(merkleBytes)), nil
}

func merkleRoot(message, path []byte) [merkleBytes]byte {
	hash := keccak([]byte{0}, message)
	node := hash[:merkleBytes]
	for ; len(path) > 0; path = path[merkleBytes:] {
		smaller, larger := node, path[:merkleBytes]
		if bytes.Compare(smaller, larger) > 0 {
			smaller, larger = larger, smaller
		}
		hash = keccak([]byte{1}, smaller, larger)
		node = hash[:merkleBytes]
	}
	return [merkleBytes]byte(node)
}

func parsePrice(message []byte) (Price, error) {
	if len(message) != priceMessageBytes || message[0] != 0 {
		return Price{}, fmt.Errorf("a message of %d bytes is no price: %w", len(message), ErrMalformed)
	}
	f := forwards{rest: message[1:]}
	p := Price{Feed: [32]byte(f.take(32))}
	units := big.NewInt(int64(f.number(8)))
	confidence := new(big.Int).SetUint64(f.number(8))
	exponent := int(int32(f.number(4)))
	seconds := int64(f.number(8))
	if exponent < -maxDecimals || exponent > maxDecimals {
		return Price{}, fmt.Errorf("a price with exponent %d: %w", exponent, ErrMalformed)
	}
	if seconds < 0 || seconds > maxTime/1000 {
		return Price{}, fmt.Errorf("a price at second %d: %w", seconds, ErrMalformed)
	}
	p.Value, p.Confidence = Value{units, -exponent}, Value{confidence, -exponent}
	p.At = vadium.Time(seconds * 1000)
	return p, nil
}

// Guardians returns who signed the update. If set is not empty, it is the guardian set in its own order: each signature
// must be the one of the guardian that it says.
func (u Update) Guardians(set []common.Address) ([]common.Address, error) {
	var guardians []common.Address
	for _, s := range u.signed {
		signer, err := s.signature.signer(u.digest)
		if err != nil {
			return nil, fmt.Errorf("guardian %d: %w", s.guardian, err)
		}
		if len(set) > 0 && (int(s.guardian) >= len(set) || set[s.guardian] != signer) {
			return nil, fmt.Errorf("%s signed, who is not guardian %d: %w", signer, s.guardian, ErrSigners)
		}
		guardians = append(guardians, signer)
	}
	return guardians, nil
}

// WormholeQuorum is how many of a guardian set have to sign: more than two thirds (Wormhole, Messages.sol).
func WormholeQuorum(guardians int) int { return guardians*2/3 + 1 }

// forwards reads bytes from their beginning. What it cannot read makes it short, and empty from then on.
type forwards struct {
	rest  []byte
	short bool
}

func (f *forwards) take(n int) []byte {
	if f.short || n > len(f.rest) {
		f.short, f.rest = true, nil
		return nil
	}
	taken := f.rest[:n]
	f.rest = f.rest[n:]
	return taken
}

// number reads an unsigned number of at most 8 bytes.
func (f *forwards) number(n int) uint64 {
	var wide [8]byte
	copy(wide[8-n:], f.take(n))
	return binary.BigEndian.Uint64(wide[:])
}
