package marketplace

import (
	"bytes"
	"cmp"
	"iter"
	"slices"

	"vadium"
	"vadium/auction"
	"vadium/vaults"
)

// The readers below return rows for reading only, or nil when there is none.

// Request returns a request.
func (s *State) Request(id vadium.RequestID) *Request { return s.requests.get(id) }

// CountRequests returns how many requests there ever were.
func (s *State) CountRequests() int { return s.requests.len() }

// OpenRequests returns how many of an account's requests have not ended.
func (s *State) OpenRequests(account vadium.Account) uint32 {
	if h := s.accounts.get(account); h != nil {
		return h.Open
	}
	return 0
}

// Requests yields all requests in order of submission.
func (s *State) Requests() iter.Seq2[vadium.RequestID, *Request] { return s.requests.all() }

// Listing returns a listed program.
func (s *State) Listing(id vadium.ProgramID) *Listing { return s.programs.get(id) }

// Cases yields all cases against vaults in order of opening.
func (s *State) Cases() iter.Seq2[CaseID, *Case] { return s.cases.all() }

// Listings yields all listed programs in order of listing.
func (s *State) Listings() iter.Seq2[vadium.ProgramID, *Listing] { return s.programs.all() }

// Vault returns a vault.
func (s *State) Vault(id vadium.VaultID) *vaults.Vault { return s.vaults.get(id) }

// Vaults yields all vaults in order of opening.
func (s *State) Vaults() iter.Seq2[vadium.VaultID, *vaults.Vault] { return s.vaults.all() }

// LockOf returns the lock of an assignment and whether there is one.
func (s *State) LockOf(request vadium.RequestID, attempt uint32) (vaults.Lock, bool) {
	if lock := s.locks.get(lockID{request, attempt}); lock != nil {
		return *lock, true
	}
	return vaults.Lock{}, false
}

// LocksOf returns a vault's locks, by request, then attempt.
func (s *State) LocksOf(vault vadium.VaultID) []vaults.Lock {
	locks := make([]vaults.Lock, 0, len(s.locksHeld[vault]))
	for id := range s.locksHeld[vault] {
		locks = append(locks, *s.locks.get(id))
	}
	slices.SortFunc(locks, func(a, b vaults.Lock) int {
		return cmp.Or(bytes.Compare(a.Request[:], b.Request[:]), cmp.Compare(a.Attempt, b.Attempt))
	})
	return locks
}

// Prover returns what is remembered of a prover.
func (s *State) Prover(account vadium.Account) *Prover { return s.provers.get(account) }

// Provers yields all provers in order of appearance.
func (s *State) Provers() iter.Seq2[vadium.Account, *Prover] { return s.provers.all() }

// Book returns a product's asks and price index.
func (s *State) Book(product auction.Product) *Book { return s.books.get(product) }

// Books yields all books.
func (s *State) Books() iter.Seq2[auction.Product, *Book] { return s.books.all() }

// Balance returns an account's free money.
func (s *State) Balance(account vadium.Account) vadium.Amount {
	if h := s.accounts.get(account); h != nil {
		return h.Balance
	}
	return vadium.Amount{}
}

// Funded reports whether an account has money in the market: a balance in any asset, escrow of an open request, a vault,
// shares of one or an open redemption. The operator needs none.
func (s *State) Funded(account vadium.Account) bool {
	if h := s.accounts.get(account); h != nil && (h.Open > 0 || !h.Balance.IsZero() || len(h.Other) > 0) {
		return true
	}
	settled := s
	if s.base != nil {
		settled = s.base
	}
	return s.VaultOf(account) != nil || settled.stakes[account] > 0 || account == s.market.Operator
}

// Accounts yields all accounts that ever held money.
func (s *State) Accounts() iter.Seq2[vadium.Account, *Holder] { return s.accounts.all() }

// VaultOf returns a prover's current vault, or nil.
func (s *State) VaultOf(prover vadium.Account) *vaults.Vault {
	p := s.provers.get(prover)
	if p == nil || p.Vault == 0 {
		return nil
	}
	return s.vaults.get(p.Vault)
}

// MinProving returns what counts as the fastest benchmark of a program's provers, and the reference proving time: their
// median (the upper one), which the program's size class follows. One prover's claim counts only so far: the fastest is
// at least an eighth of the reference. ok is false while nobody serves the program.
func (l *Listing) MinProving() (fastest, reference vadium.Duration, ok bool) {
	if len(l.Servers) == 0 {
		return 0, 0, false
	}
	if l.reference > 0 {
		return l.fastest, l.reference, true
	}
	times := make([]vadium.Duration, len(l.Servers))
	for i, server := range l.Servers {
		times[i] = server.Benchmark
	}
	slices.Sort(times)
	reference = times[len(times)/2]
	return max(times[0], reference/8), reference, true
}

// Product returns the product a request of the program belongs to. ok is false while nobody serves the program.
func (l *Listing) Product(tier auction.Tier, damageCap, maxFee vadium.Amount) (auction.Product, bool) {
	if len(l.Servers) == 0 {
		return auction.Product{}, false
	}
	return auction.Product{Size: l.Size, Tier: tier, Stake: auction.StakeTierOf(damageCap, maxFee)}, true
}
