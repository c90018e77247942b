package source

import (
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// signatureBytes is how long r, s and v are together.
const signatureBytes = 65

// ErrSignature: the bytes are no signature of anything.
var ErrSignature = errors.New("it is no signature over secp256k1")

var (
	curveOrder     = crypto.S256().Params().N
	halfCurveOrder = new(big.Int).Rsh(curveOrder, 1)
)

// signature is one over secp256k1, with s in the lower half of the order: r, s, and v in {0, 1}.
type signature [signatureBytes]byte

// newSignature takes a signature in. (r, s, v) and (r, n-s, 1-v) sign the same, and some networks' signers use whichever
// comes first, so a high s is turned into the low one here; from here on only the low one exists.
func newSignature(r, s []byte, v byte) (signature, error) {
	var sig signature
	if len(r) != 32 || len(s) != 32 || v > 1 {
		return signature{}, ErrSignature
	}
	high := new(big.Int).SetBytes(s)
	if high.Cmp(halfCurveOrder) > 0 && high.Cmp(curveOrder) < 0 {
		high.Sub(curveOrder, high)
		v ^= 1
	}
	copy(sig[:32], r)
	high.FillBytes(sig[32:64])
	sig[64] = v
	if !crypto.ValidateSignatureValues(v, new(big.Int).SetBytes(r), high, true) {
		return signature{}, ErrSignature
	}
	return sig, nil
}

// signer returns the address whose key signed the digest.
func (sig signature) signer(digest [32]byte) (common.Address, error) {
	key, err := crypto.Ecrecover(digest[:], sig[:]) // 0x04, x and y, of a point on the curve
	if err != nil {
		return common.Address{}, ErrSignature
	}
	hash := keccak(key[1:])
	address := common.Address(hash[12:])
	if address == (common.Address{}) {
		return common.Address{}, ErrSignature
	}
	return address, nil
}

func keccak(parts ...[]byte) [32]byte { return crypto.Keccak256Hash(parts...) }
