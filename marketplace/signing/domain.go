package signing

import (
	"math/big"
	"reflect"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
)

// Name and Version are the fixed part of every market's domain.
const (
	Name    = "Vadium"
	Version = "1"
)

// Domain tells markets apart: what is signed for one is void in every other.
type Domain struct {
	ChainID    uint64
	Deployment vadium.Salt
}

const domainType = "EIP712Domain(string name,string version,uint256 chainId,bytes32 salt)"

// What is the same in every market's domain.
var typeHash, nameHash, versionHash = keccak([]byte(domainType)), keccak([]byte(Name)), keccak([]byte(Version))

// Separator returns the EIP-712 domain separator.
func (d Domain) Separator() [32]byte {
	chain := uintWord(d.ChainID)
	return crypto.Keccak256Hash(typeHash[:], nameHash[:], versionHash[:], chain[:], d.Deployment[:])
}

// digest is what is signed: keccak256(0x1901 || separator || structHash).
func (d Domain) digest(structHash [32]byte) [32]byte {
	separator := d.Separator()
	return crypto.Keccak256Hash([]byte{0x19, 0x01}, separator[:], structHash[:])
}

// SignatureBytes is the length of a signature: r, s and v.
const SignatureBytes = 65

// Refusals of a signature.
const (
	// ErrMalformedSignature: it is not 65 bytes, v is none of 0, 1, 27, 28, s is in the upper half of the order (then
	// somebody else could have made it from the author's), or nobody's key made it.
	ErrMalformedSignature = vadium.Kind("malformed-signature")
	// ErrWrongSigner: the signature is by another key than the author's, over other contents, or for another market.
	ErrWrongSigner = vadium.Kind("wrong-signer")
)

// recoverSigner returns the account whose key signed digest.
func recoverSigner(digest [32]byte, signature []byte) (vadium.Account, error) {
	if len(signature) != SignatureBytes {
		return vadium.Account{}, ErrMalformedSignature
	}
	var compact [SignatureBytes]byte
	copy(compact[:], signature)
	if compact[64] >= 27 {
		compact[64] -= 27
	}
	r, s := new(big.Int).SetBytes(compact[:32]), new(big.Int).SetBytes(compact[32:64])
	if !crypto.ValidateSignatureValues(compact[64], r, s, true) { // v in {0, 1}, s in the lower half
		return vadium.Account{}, ErrMalformedSignature
	}
	key, err := crypto.Ecrecover(digest[:], compact[:]) // 0x04, x and y, of a point on the curve
	if err != nil {
		return vadium.Account{}, ErrMalformedSignature
	}
	hash := keccak(key[1:])
	signer := vadium.Account(hash[12:])
	if signer == (vadium.Account{}) {
		return vadium.Account{}, ErrMalformedSignature
	}
	return signer, nil
}

// verify reports whether author signed the message.
func (d Domain) verify(author vadium.Account, structHash [32]byte, signature []byte) error {
	signer, err := recoverSigner(d.digest(structHash), signature)
	if err != nil {
		return err
	}
	if signer != author || author == (vadium.Account{}) {
		return ErrWrongSigner
	}
	return nil
}

// hashOf returns the struct hash of a message that is not a command.
func hashOf(message any) [32]byte {
	v := reflect.ValueOf(message)
	return shapeOf(v.Type(), false).hashStruct(v, nil)
}

// TypeOf returns the EIP-712 encoding of a receipt's or token's type, such as "ReadBlob(address author,...)".
func TypeOf(message any) string { return shapeOf(reflect.TypeOf(message), false).text }
