package marketplace

import (
	"slices"

	"vadium"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// Backing is what the market keeps of a vault beside its money: what its locks across assets cover, what is called for,
// and the bucket its punitive penalties run through. Vaults without any of it have none.
type Backing struct {
	Across risk.Sums
	Calls  risk.Calls
	Bucket slashing.Bucket
	// Deferred is what the bucket holds back, oldest first; never changed in place.
	Deferred []Deferred
}

// Deferred is the punitive part of a penalty that the bucket holds back.
type Deferred struct {
	Request  vadium.RequestID
	Attempt  uint32
	Severity slashing.Severity
	Amount   vadium.Amount
	Rescuer  vadium.Account
	Since    vadium.Time
	// Senior is the most that the senior may still pay of it: half of what it was at the fault, less what it has paid.
	Senior vadium.Amount `rlp:"optional"`
	// Case is the case that it is of, if it is of no request, and ReporterPart what its reporter earns of what the junior pays.
	Case         CaseID     `rlp:"optional"`
	ReporterPart vadium.Bps `rlp:"optional"`
}

// Backing returns what is kept of a vault beside its money; nil if there is nothing.
func (s *State) Backing(id vadium.VaultID) *Backing { return s.backings.get(id) }

func (s *State) backing(id vadium.VaultID) *Backing {
	return s.backings.editOrInsert(id, func() *Backing { return new(Backing) })
}

// Feed is what the market knows of an asset's price.
type Feed struct {
	Gauge risk.Gauge
	Depth risk.Value
	Month risk.Month
}

// Feed returns what the market knows of an asset's price; nil if none was ever published.
func (s *State) Feed(a risk.Asset) *Feed { return s.feeds.get(a) }

// Treasury is where money of one asset of collateral is that no holder or vault has. Never changed in place.
type Treasury struct {
	Asset     risk.Asset
	Deposited vadium.Amount
	Withdrawn vadium.Amount
	// Balances is what all holders have free, together: what vaults hold of the asset follows from it.
	Balances  vadium.Amount
	Insurance vadium.Amount
	Burnt     vadium.Amount
}

// Measures is what the market measures of itself once in a risk epoch.
type Measures struct {
	Epoch   risk.Epoch
	Entry   risk.Entry
	Breaker risk.Breaker
	// Utilisation is the share of the stake that is locked, averaged over a week; Health the share of liable assignments, by
	// what was locked for them, that ended with a valid, punctual proof, averaged over a day.
	Utilisation vadium.Bps
	Health      vadium.Bps
	// Stake is all stake that a fault can reach, in the market's own asset: of vaults in others what current prices make of it,
	// and nothing where they are not known.
	Stake vadium.Amount
	// Usual is the exponential average of the correlation, by class (liveness, malice).
	Usual [2]vadium.Bps
	// From is the first vault whose calls this mark has still to move; 0 when it has come to all.
	From vadium.VaultID
}

// Network is what there is one of that changes rarely. It is never changed in place: whoever changes it puts a copy in
// its place.
type Network struct {
	Measures Measures
	// Recent sums, by class and epoch modulo 72, the stake of provers whose latest fault of the class was in that epoch.
	Recent  [2]Recent
	Slashed risk.Slashed
	// Treasuries by asset.
	Treasuries []Treasury
	Collateral risk.Registry
	// Incident excuses liveness offences until IncidentUntil.
	Incident      string
	IncidentUntil vadium.Time
	NextCase      CaseID
	Policies      []slashing.PolicyID
	// Unmarked is what was slashed since the stake was measured.
	Unmarked risk.Value `rlp:"optional"`
	// RaisedFrom is the base of the entry minimum before the operator raised it, and RaisedUntil when the time to follow is
	// over: until then who meets the old one, and keeps up with its call, is as good as who meets the new.
	RaisedFrom  vadium.Amount `rlp:"optional"`
	RaisedUntil vadium.Time   `rlp:"optional"`
	// Alert stands until AlertUntil.
	Alert       risk.Alert  `rlp:"optional"`
	AlertUntil  vadium.Time `rlp:"optional"`
	AlertReason string      `rlp:"optional"`
}

// Recent is the stake of recent offenders by the epoch of their latest fault.
type Recent struct {
	Epoch   risk.Epoch
	Buckets []vadium.Amount // never changed in place
	Sum     vadium.Amount   // of the buckets at Epoch
}

// excuses reports whether an incident stands at a time.
func (n *Network) excuses(at vadium.Time) bool { return !at.After(n.IncidentUntil) }

// noNetwork is what a market without a network has, for reading.
var noNetwork Network

// network returns the network for reading.
func (m *Market) network() *Network {
	if m.Network == nil {
		return &noNetwork
	}
	return m.Network
}

// editNetwork returns a copy of the network that has taken its place, for changing. Its slices are still shared.
func (s *State) editNetwork() *Network {
	n := new(Network)
	*n = *s.market.network()
	s.market.Network = n
	return n
}

// Network returns what there is one of that changes rarely.
func (s *State) Network() Network { return *s.market.network() }

// treasury returns an asset's treasury in n for changing, after making the list n's own.
func (n *Network) treasury(a risk.Asset) *Treasury {
	n.Treasuries = slices.Clone(n.Treasuries)
	for i := range n.Treasuries {
		if n.Treasuries[i].Asset == a {
			return &n.Treasuries[i]
		}
	}
	n.Treasuries = append(n.Treasuries, Treasury{Asset: a})
	return &n.Treasuries[len(n.Treasuries)-1]
}
