// Package solvency proves that the balances in a list of accounts sum to no more than the reserves and that none is
// negative, without showing an account.
//
// The list is committed to in the root of a hash tree; each customer gets the salt and path of their own account and
// checks with [CheckInclusion] that it is part of the sum. Balances are whole numbers of the asset's smallest unit;
// files may write them with decimals.
//
//	book, err := solvency.Build(csv, "1500000.00", solvency.Options{Decimals: 2, Depth: solvency.Depth64})
package solvency

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"vadium/circuits/merkle"
	"vadium/circuits/poseidon"
)

// Depths of the trees for the two sizes of list in the catalogue.
const (
	Depth64  = 6
	Depth256 = 8
)

// SaltBytes is the length of an account's salt. It keeps a customer's neighbours from guessing label and balance.
const SaltBytes = 16

// Options say how to read a list and how large the circuit is.
type Options struct {
	// Depth is [Depth64] or [Depth256]: the circuit has 2^Depth slots.
	Depth int
	// Decimals is how many decimal places balances and reserves may have; 0 means whole numbers, at most 18.
	Decimals int
	// Random is where salts come from; nil means crypto/rand.
	Random io.Reader
}

// Inclusion is what one customer needs to check that their account is in the sum. It shows the salt: give it to that
// customer only.
type Inclusion struct {
	Label   string   `json:"label"`
	Balance string   `json:"balance"` // in smallest units
	Salt    string   `json:"salt"`    // hex
	Index   uint64   `json:"index"`
	Path    []string `json:"path"` // siblings in hex, lowest first
}

// Book is a list made ready to be proven.
type Book struct {
	// Statement is root and reserves, Input adds holders and balances; both as canonical scalars.
	Statement, Input []byte
	// Owed and Reserves are in smallest units.
	Owed, Reserves *big.Int
	// Accounts are in the order of the list.
	Accounts []Inclusion
}

// ErrInsolvent is returned by [Build] when the balances exceed the reserves: no proof exists.
var ErrInsolvent = errors.New("the balances exceed the reserves")

// Build reads accounts from CSV (see [ReadAccounts]) and reserves as a number with the same decimals, and returns the
// statement "these balances sum to no more than these reserves, none is negative" with the input that proves it.
func Build(list io.Reader, reserves string, o Options) (*Book, error) {
	if o.Depth != Depth64 && o.Depth != Depth256 {
		return nil, fmt.Errorf("solvency: depth %d, want %d or %d", o.Depth, Depth64, Depth256)
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	available, err := parseUnits(reserves, o.Decimals)
	if err != nil {
		return nil, fmt.Errorf("reserves %w", err)
	}
	accounts, err := ReadAccounts(list, o.Decimals)
	if err != nil {
		return nil, err
	}
	if len(accounts) > 1<<o.Depth {
		return nil, fmt.Errorf("the list has %d accounts, this program takes %d (use solvency-256, or merge accounts)",
			len(accounts), 1<<o.Depth)
	}
	book := &Book{Owed: new(big.Int), Reserves: available}
	for _, a := range accounts {
		book.Owed.Add(book.Owed, a.Balance)
	}
	if book.Owed.Cmp(available) > 0 {
		return nil, fmt.Errorf("%w: owed %s, reserves %s, in smallest units", ErrInsolvent, book.Owed, available)
	}
	if new(big.Int).Sub(available, book.Owed).BitLen() > surplusBits {
		return nil, fmt.Errorf("reserves %s exceed the balances by 2^%d or more, which the circuit cannot carry", reserves, surplusBits)
	}
	return book, book.commit(accounts, o)
}

// commit draws the salts, builds the tree and lays out statement and input.
func (b *Book) commit(accounts []Account, o Options) error {
	size := 1 << o.Depth
	holders, balances, leaves := make([]fr.Element, size), make([]fr.Element, size), make([]fr.Element, size)
	salts := make([][SaltBytes]byte, len(accounts))
	for i, a := range accounts {
		if _, err := io.ReadFull(o.Random, salts[i][:]); err != nil {
			return fmt.Errorf("draw salt: %w", err)
		}
		holders[i] = holderOf(a.Label, salts[i][:])
		balances[i].SetBigInt(a.Balance)
	}
	for i := range leaves {
		leaves[i] = leafOf(holders[i], balances[i])
	}
	tree := merkle.New(o.Depth, leaves)
	var reserves fr.Element
	reserves.SetBigInt(b.Reserves)
	b.Statement = encode(tree.Root(), reserves)
	b.Input = append(append(encode(tree.Root(), reserves), encode(holders...)...), encode(balances...)...)
	for i, a := range accounts {
		proof := Inclusion{Label: a.Label, Balance: a.Balance.String(), Salt: hex.EncodeToString(salts[i][:]), Index: uint64(i)}
		for _, sibling := range tree.Path(i) {
			scalar := sibling.Bytes()
			proof.Path = append(proof.Path, hex.EncodeToString(scalar[:]))
		}
		b.Accounts = append(b.Accounts, proof)
	}
	return nil
}

// holderOf hides an account's label behind its salt. The salt has a fixed length, so the two cannot be shifted.
func holderOf(label string, salt []byte) fr.Element {
	return poseidon.Digest("vadium/solvency/holder/v1", append(append([]byte(nil), salt...), label...))
}

func leafOf(holder, balance fr.Element) fr.Element {
	holder.Add(&holder, &tagAccount)
	return poseidon.Compress(holder, balance)
}

// CheckInclusion returns nil when the account is part of the sum that a proof of statement is about: the customer's
// own label and balance, with the salt and path they were given, lead to the statement's root.
func CheckInclusion(statement []byte, account Inclusion) error {
	if len(statement) != 2*fr.Bytes {
		return fmt.Errorf("the statement has %d bytes, a solvency statement has %d", len(statement), 2*fr.Bytes)
	}
	if len(account.Path) != Depth64 && len(account.Path) != Depth256 {
		return fmt.Errorf("the path has %d steps, want %d or %d", len(account.Path), Depth64, Depth256)
	}
	if account.Index >= 1<<len(account.Path) {
		return fmt.Errorf("index %d is outside a tree of depth %d", account.Index, len(account.Path))
	}
	salt, err := hex.DecodeString(account.Salt)
	if err != nil || len(salt) != SaltBytes {
		return fmt.Errorf("the salt is not %d bytes of hex", SaltBytes)
	}
	balance, err := parseUnits(account.Balance, 0)
	if err != nil {
		return fmt.Errorf("balance %w", err)
	}
	if balance.BitLen() > BalanceBits {
		return fmt.Errorf("balance %s is 2^%d or more, which no account has", balance, BalanceBits)
	}
	path := make([]fr.Element, len(account.Path))
	for i, step := range account.Path {
		b, err := hex.DecodeString(step)
		if err != nil || path[i].SetBytesCanonical(b) != nil {
			return fmt.Errorf("step %d of the path is not a scalar", i)
		}
	}
	var amount fr.Element
	amount.SetBigInt(balance)
	root := merkle.Climb(leafOf(holderOf(account.Label, salt), amount), account.Index, path)
	if got := root.Bytes(); string(got[:]) != string(statement[:fr.Bytes]) {
		return errors.New("this account is not in the sum: label, balance, salt and path do not lead to the statement's root")
	}
	return nil
}

func encode(elements ...fr.Element) []byte {
	b := make([]byte, 0, len(elements)*fr.Bytes)
	for _, e := range elements {
		scalar := e.Bytes()
		b = append(b, scalar[:]...)
	}
	return b
}
