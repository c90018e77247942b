package wire

import (
	"vadium"
	"vadium/marketplace"
	"vadium/oracle"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// VaultRisk is how a vault's stake compares with what it stands behind.
type VaultRisk struct {
	// Coverage is effective stake over what the locks take; 2^32-1: nothing is locked.
	Coverage vadium.Bps    `json:"coverageBps"`
	Free     vadium.Amount `json:"free"` // for new locks, at the price as it is held
	// Posted is there; Maintenance must be, or the vault is called; Initial must be there again once it was; Held is what
	// no new lock may touch.
	Posted       risk.Cover    `json:"posted"`
	Maintenance  risk.Cover    `json:"maintenance"`
	Initial      risk.Cover    `json:"initial"`
	Held         risk.Cover    `json:"held"`
	Known        bool          `json:"known"`        // whether these are
	EntryMinimum vadium.Amount `json:"entryMinimum"` // in the vault's asset; 0: there is no price for it
	MayTake      bool          `json:"mayTake"`      // whether no call keeps its prover from being assigned something new
	Deferred     vadium.Amount `json:"deferred"`     // punitive money that is held back
	Calls        []Call        `json:"calls,omitempty"`
}

// Call is a demand for missing stake.
type Call struct {
	Why      string      `json:"why"` // locks or entry
	Stage    risk.Stage  `json:"stage"`
	Opened   vadium.Time `json:"opened"`
	Deadline vadium.Time `json:"deadline"` // of the stage; 0: there is none
	// Required has to be there now, and Full in the end; posting Missing would end the call.
	Required risk.Cover `json:"required"`
	Full     risk.Cover `json:"full"`
	Missing  risk.Cover `json:"missing"`
}

// Risk is how all stake compares with all that is at risk.
type Risk struct {
	At         vadium.Time   `json:"at"`
	Stake      vadium.Amount `json:"stake"`
	Effective  vadium.Amount `json:"effective"`
	Locked     vadium.Amount `json:"locked"`
	Coverage   vadium.Bps    `json:"coverageBps"` // 2^32-1: nothing is locked
	Cost       vadium.Amount `json:"cost"`
	Profit     vadium.Amount `json:"profit"`
	Corruption vadium.Bps    `json:"corruptionBps"` // cost over profit
	Sound      bool          `json:"sound"`

	Level    risk.Level `json:"level"`
	Calm     uint8      `json:"calm"`
	Secured  risk.Value `json:"secured"`
	Exposure risk.Value `json:"exposure"`
	LSR      vadium.Bps `json:"lsrBps"` // secured over exposure

	EntryMinimum  vadium.Amount `json:"entryMinimum"`
	EntryFactor   vadium.Bps    `json:"entryFactorBps"`
	Utilisation   vadium.Bps    `json:"utilisationBps"`
	Health        vadium.Bps    `json:"healthBps"`
	UsualLiveness vadium.Bps    `json:"usualLivenessBps"`
	UsualMalice   vadium.Bps    `json:"usualMaliceBps"`
	Marked        vadium.Time   `json:"marked"` // 0: not yet
	Incident      string        `json:"incident,omitempty"`
	IncidentUntil vadium.Time   `json:"incidentUntil,omitempty"`
	Alert         risk.Alert    `json:"alert,omitempty"`
	AlertReason   string        `json:"alertReason,omitempty"`
	AlertUntil    vadium.Time   `json:"alertUntil,omitempty"`
	Prices        []AssetPrice  `json:"prices,omitempty"`
	CallsOpen     uint64        `json:"callsOpen"`
	Calls         []VaultCall   `json:"calls,omitempty"` // the first
	Provers       []StateCount  `json:"provers"`
	CasesOpen     uint64        `json:"casesOpen"`
}

// AssetPrice is an asset that vaults may hold, with what is known of its price.
type AssetPrice struct {
	Asset      risk.Asset    `json:"asset"` // zero: the market's own
	Spot       risk.Price    `json:"spot"`  // 0: no price was ever published
	Average    risk.Price    `json:"average"`
	Confidence vadium.Ppm    `json:"confidencePpm"`
	At         vadium.Time   `json:"at"`
	Quorum     bool          `json:"quorum"`
	Depth      risk.Value    `json:"depth"`
	Fresh      bool          `json:"fresh"`
	Now        risk.Price    `json:"now"`   // what a token counts for in calls
	Held       risk.Price    `json:"held"`  // and in new locks
	Month      risk.Price    `json:"month"` // over 30 days
	Sigma      vadium.Ppm    `json:"sigmaPpm"`
	Haircut    vadium.Bps    `json:"haircutBps"`
	Cap        vadium.Amount `json:"cap"`
	Feed       risk.FeedID   `json:"feed"`
	Staked     vadium.Amount `json:"staked"` // in vaults
}

// VaultCall is what is called for from a vault.
type VaultCall struct {
	Vault          vadium.VaultID `json:"vault"`
	Prover         vadium.Account `json:"prover"`
	Why            string         `json:"why"` // locks or entry
	Stage          risk.Stage     `json:"stage"`
	Deadline       vadium.Time    `json:"deadline"`
	RequiredStake  vadium.Amount  `json:"requiredStake"`
	RequiredJunior vadium.Amount  `json:"requiredJunior"`
}

// StateCount counts provers in one state.
type StateCount struct {
	State   marketplace.ProverState `json:"state"`
	Provers uint64                  `json:"provers"`
}

// Case is an offence that concerns a whole vault, from its evidence to its end.
type Case struct {
	ID        marketplace.CaseID `json:"id"`
	Vault     vadium.VaultID     `json:"vault"`
	Prover    vadium.Account     `json:"prover"`
	Offence   slashing.Offence   `json:"offence"`
	Severity  slashing.Severity  `json:"severity"`
	Reporter  vadium.Account     `json:"reporter"`
	Evidence  vadium.Digest      `json:"evidence"`
	Opened    vadium.Time        `json:"opened"`
	VetoUntil vadium.Time        `json:"vetoUntil"`
	ExecuteBy vadium.Time        `json:"executeBy"`
	Outcome   string             `json:"outcome"` // open, slashed or vetoed
	// Of a reporter of prices: the feed, the key that signed, and the first and last of the rounds that it is about.
	Feed  oracle.FeedID `json:"feed,omitzero"`
	Key   oracle.Key    `json:"key,omitzero"`
	First uint64        `json:"first,omitempty"`
	Last  uint64        `json:"last,omitempty"`
}
