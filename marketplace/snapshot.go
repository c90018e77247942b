package marketplace

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
)

// snapshotVersion is written first; a state written by a later version is refused.
const snapshotVersion = 1

type row[K, V any] struct {
	Key K
	Row V
}

type wireState struct {
	Version    uint64
	Market     Market
	Accounts   []row[vadium.Account, *Holder]
	Provers    []row[vadium.Account, *Prover]
	Programs   []row[vadium.ProgramID, *Listing]
	Books      []row[auction.Product, *Book]
	Vaults     []row[vadium.VaultID, *vaults.Vault]
	Requests   []row[vadium.RequestID, *Request]
	References []vadium.Salt
	Seen       []*seenCommand
	// Sessions that live, by owner. Optional: states written before there were sessions, and states without any, have the
	// encoding they always had.
	Sessions []row[vadium.Account, *Sessions] `rlp:"optional"`
}

func rowsOf[K comparable, V any](t *table[K, V]) []row[K, *V] {
	rows := make([]row[K, *V], 0, t.len())
	for key, v := range t.all() {
		rows = append(rows, row[K, *V]{key, v})
	}
	return rows
}

func fill[K comparable, V any](t *table[K, V], rows []row[K, *V]) {
	for _, r := range rows {
		t.insert(r.Key, r.Row)
	}
}

// Snapshot returns the state in canonical encoding; [Restore] reads it back. Rows stand in order of insertion, which
// replay reproduces.
func (s *State) Snapshot() []byte {
	wire := wireState{
		Version: snapshotVersion, Market: s.market,
		Accounts: rowsOf(&s.accounts), Provers: rowsOf(&s.provers), Programs: rowsOf(&s.programs), Books: rowsOf(&s.books),
		Vaults: rowsOf(&s.vaults), Requests: rowsOf(&s.requests),
	}
	for reference := range s.references.all() {
		wire.References = append(wire.References, reference)
	}
	for _, seen := range s.seen.all() {
		if !seen.ValidUntil.Before(s.market.At) {
			wire.Seen = append(wire.Seen, seen)
		}
	}
	slices.SortFunc(wire.Seen, func(a, b *seenCommand) int { return cmp.Compare(a.First, b.First) })
	wire.Sessions = s.liveSessions()
	encoded, err := rlp.EncodeToBytes(&wire)
	if err != nil {
		panic(fmt.Sprintf("invariant: the state always encodes: %v", err))
	}
	return encoded
}

// Digest returns the SHA-256 of the snapshot: two states with the same digest are the same.
func (s *State) Digest() vadium.Digest { return sha256.Sum256(s.Snapshot()) }

// Restore reads what [State.Snapshot] wrote.
func Restore(snapshot []byte) (*State, error) {
	var wire wireState
	if err := rlp.DecodeBytes(snapshot, &wire); err != nil {
		return nil, fmt.Errorf("restore state: %w", err)
	}
	if wire.Version != snapshotVersion {
		return nil, fmt.Errorf("restore state: snapshot has version %d, this program reads %d (use the version that wrote it)", wire.Version, snapshotVersion)
	}
	s := NewState()
	s.market = wire.Market
	fill(&s.accounts, wire.Accounts)
	fill(&s.provers, wire.Provers)
	fill(&s.programs, wire.Programs)
	fill(&s.books, wire.Books)
	fill(&s.vaults, wire.Vaults)
	fill(&s.requests, wire.Requests)
	for _, reference := range wire.References {
		s.references.insert(reference, &struct{}{})
	}
	for _, seen := range wire.Seen {
		s.seen.insert(seen.ID, seen)
	}
	fill(&s.sessions, wire.Sessions)
	for _, r := range s.requests.all() {
		s.watch(r)
	}
	return s, nil
}
