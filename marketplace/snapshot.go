package marketplace

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/auction"
	"vadium/oracle"
	"vadium/vaults"
	"vadium/vaults/risk"
)

// snapshotVersion is written first; a state written by a later version is refused.
const snapshotVersion = 2

type rowOf[K, V any] struct {
	Key K
	Row V
}

type wireState struct {
	Version    uint64
	Market     Market
	Accounts   []rowOf[vadium.Account, *Holder]
	Provers    []rowOf[vadium.Account, *Prover]
	Programs   []rowOf[vadium.ProgramID, *Listing]
	Books      []rowOf[auction.Product, *Book]
	Vaults     []rowOf[vadium.VaultID, *vaults.Vault]
	Requests   []rowOf[vadium.RequestID, *Request]
	Locks      []rowOf[lockID, *vaults.Lock]
	References []vadium.Salt
	Seen       []seenCommand
	Sessions   []rowOf[vadium.Account, *Sessions]
	Backings   []rowOf[vadium.VaultID, *Backing]   `rlp:"optional"`
	Feeds      []rowOf[risk.Asset, *Feed]          `rlp:"optional"`
	Cases      []rowOf[CaseID, *Case]              `rlp:"optional"`
	Evidence   []rowOf[vadium.Digest, *committed]  `rlp:"optional"`
	Reporters  []rowOf[oracle.Key, *Reporter]      `rlp:"optional"`
	Proven     []rowOf[oracle.FeedID, *ProvenFeed] `rlp:"optional"`
	Bids       []rowOf[vadium.RequestID, *Bids]    `rlp:"optional"`
	Scores     []rowOf[ScoreID, *Score]            `rlp:"optional"`
	Cleared    []rowOf[clearingID, *ClearedBatch]  `rlp:"optional"`
}

// capture takes hold of the rows as they are now and returns a function that lists them, in order of insertion.
func (t *table[K, V]) capture() func() []rowOf[K, *V] {
	keys, rows := t.keys, slices.Clone(t.rows) // keys are never changed in place
	return func() []rowOf[K, *V] {
		captured := make([]rowOf[K, *V], 0, len(rows))
		for i, row := range rows {
			if row != nil {
				captured = append(captured, rowOf[K, *V]{keys[i], row})
			}
		}
		return captured
	}
}

// orNone returns nil for an empty list: that is how snapshots without its table encode.
func orNone[E any](list []E) []E {
	if len(list) == 0 {
		return nil
	}
	return list
}

func fill[K comparable, V any](t *table[K, V], rows []rowOf[K, *V]) {
	for _, r := range rows {
		t.insert(r.Key, r.Row)
	}
}

// Snapshot returns the state in canonical encoding; [Restore] reads it back. Rows stand in order of insertion, seen
// commands by the second in which they expire; replay reproduces both.
func (s *State) Snapshot() []byte { return s.capture()() }

// Freeze returns a function that encodes the state as it is now, like [State.Snapshot]. The function may be called once,
// by another goroutine and while the state goes on: whatever it changes next is copied first. Freezing itself takes
// some nanoseconds for each row.
func (s *State) Freeze() func() []byte {
	encode := s.capture()
	s.accounts.generation++
	s.provers.generation++
	s.programs.generation++
	s.books.generation++
	s.vaults.generation++
	s.requests.generation++
	s.locks.generation++
	s.sessions.generation++
	s.backings.generation++
	s.feeds.generation++
	s.cases.generation++
	s.evidence.generation++
	s.reporters.generation++
	s.proven.generation++
	s.bids.generation++
	s.scores.generation++
	s.cleared.generation++
	return encode
}

// capture takes hold of everything a snapshot says.
func (s *State) capture() func() []byte {
	market := s.market
	market.Params = slices.Clip(market.Params)
	accounts, provers, programs, books := s.accounts.capture(), s.provers.capture(), s.programs.capture(), s.books.capture()
	vaults, requests, locks := s.vaults.capture(), s.requests.capture(), s.locks.capture()
	references, seen := s.references.capture(), s.seen.capture()
	sessions := s.sessions.capture()
	backings, feeds, cases, evidence := s.backings.capture(), s.feeds.capture(), s.cases.capture(), s.evidence.capture()
	reporters, proven := s.reporters.capture(), s.proven.capture()
	bids, scores, cleared := s.bids.capture(), s.scores.capture(), s.cleared.capture()
	return func() []byte {
		wire := wireState{
			Version: snapshotVersion, Market: market, Accounts: accounts(), Provers: provers(), Programs: programs(), Books: books(),
			Vaults: vaults(), Requests: requests(), Locks: locks(),
			References: references(), Seen: seen(), Sessions: sessions(),
			Backings: orNone(backings()), Feeds: orNone(feeds()), Cases: orNone(cases()), Evidence: orNone(evidence()),
			Reporters: orNone(reporters()), Proven: orNone(proven()),
			Bids: orNone(bids()), Scores: orNone(scores()), Cleared: orNone(cleared()),
		}
		encoded, err := rlp.EncodeToBytes(&wire)
		if err != nil {
			panic(fmt.Sprintf("invariant: the state always encodes: %v", err))
		}
		return encoded
	}
}

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
		s.references.add(reference)
	}
	for i := range wire.Seen {
		s.seen.put(&wire.Seen[i])
	}
	fill(&s.locks, wire.Locks)
	fill(&s.sessions, wire.Sessions)
	fill(&s.backings, wire.Backings)
	fill(&s.feeds, wire.Feeds)
	fill(&s.cases, wire.Cases)
	fill(&s.evidence, wire.Evidence)
	fill(&s.reporters, wire.Reporters)
	fill(&s.proven, wire.Proven)
	fill(&s.bids, wire.Bids)
	fill(&s.scores, wire.Scores)
	fill(&s.cleared, wire.Cleared)
	if err := s.derive(); err != nil {
		return nil, err
	}
	return s, nil
}

// derive builds what follows from the rows.
func (s *State) derive() error {
	for _, l := range s.programs.all() {
		l.measure()
	}
	for _, r := range s.requests.all() {
		s.watch(r)
	}
	for id := range s.locks.all() {
		r := s.requests.get(id.Request)
		if r == nil || int(id.Attempt) >= len(r.Attempts) {
			return fmt.Errorf("restore state: a lock of assignment %v/%d, which is not there (restore another snapshot)", id.Request, id.Attempt)
		}
		v := s.vaults.get(r.Attempts[id.Attempt].Vault)
		s.holdLock(v.ID, id)
		s.countLoad(v, id, true)
	}
	for id, row := range s.bids.all() {
		for _, bid := range row.Bids {
			switch r := s.requests.get(id); {
			case r == nil:
				return fmt.Errorf("restore state: a bid for request %v, which is not there (restore another snapshot)", id)
			case bid.Holds:
				s.holdFor(r, bid.Prover, true)
			}
		}
	}
	for id, v := range s.vaults.all() {
		if v.Asset != ownAsset {
			s.inCollateral = append(s.inCollateral, id)
		}
		for h := range v.Holdings.All() {
			s.stands(h.Owner, 1)
		}
		for _, r := range v.Redemptions {
			s.stands(r.Owner, 1)
		}
	}
	for _, book := range s.books.all() {
		for _, ask := range book.Asks {
			if s.provers.get(ask.Prover) == nil {
				return fmt.Errorf("restore state: an ask of %v, which is no prover (restore another snapshot)", ask.Prover)
			}
			s.offerAsk(ask)
			s.countAsk(ask.Prover, ask.Product, 1)
		}
	}
	for id := range s.cleared.all() {
		s.clearings = append(s.clearings, id)
	}
	for id, score := range s.scores.all() {
		if s.provers.get(id.Prover) == nil {
			return fmt.Errorf("restore state: a score of %v, which is no prover (restore another snapshot)", id.Prover)
		}
		s.prover(id.Prover).surcharge(id.Product, score.Surcharge)
	}
	s.deriveDocket()
	for _, r := range s.reporters.all() {
		s.keysOf[r.Account]++
	}
	return nil
}
