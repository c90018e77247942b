package rpc

import (
	"reflect"

	"vadium"
	"vadium/marketplace"
)

// filter selects the events somebody cares about. Which requests concern an account is decided by what the market knows
// now, so an event that was not streamed when it happened may be seen by whoever reads it later.
type filter struct {
	request   vadium.RequestID
	byRequest bool
	account   vadium.Account
	byAccount bool
	vault     vadium.VaultID // 0: all
	forTakers bool           // also what provers that come to requests by themselves have to know
}

type filtered interface {
	GetRequest() string
	GetAccount() string
	GetVault() uint64
	GetForTakers() bool
}

func readFilter(m filtered) (f filter, err error) {
	if m.GetRequest() != "" {
		if f.request, err = vadium.ParseRequestID(m.GetRequest()); err != nil {
			return f, malformed(err)
		}
		f.byRequest = true
	}
	f.vault, f.forTakers = vadium.VaultID(m.GetVault()), m.GetForTakers()
	f.account, f.byAccount, err = account(m.GetAccount())
	return f, err
}

// glance is what a filter finds out about an event without the state: the reflection happens while nobody waits for it.
type glance struct {
	decided, passes bool // decided: the state need not be asked
	request         vadium.RequestID
	ofRequest       bool
	vault           vadium.VaultID
	ofVault         bool
	tellsTakers     bool
}

var (
	passed   = glance{decided: true, passes: true}
	excluded = glance{decided: true}
)

// look glances at an event: is the account named in it, or may its request or its vault be the account's?
func (f filter) look(e marketplace.Event) (g glance) {
	switch e.(type) {
	case *marketplace.MarketOpened, *marketplace.ParamsSet, *marketplace.MarketPaused, *marketplace.Resumed:
		return passed // they concern every request and everyone
	}
	if f.byRequest && !marketplace.StreamedTo(e, f.request) {
		return excluded
	}
	if f.vault == 0 && !f.byAccount {
		return passed
	}
	fields := reflect.ValueOf(unsealed(e)).Elem()
	g.vault, g.ofVault = vaultOf(fields)
	switch {
	case f.vault != 0 && g.vault != f.vault:
		return excluded
	case !f.byAccount || f.named(fields):
		return passed
	}
	g.request, g.ofRequest = marketplace.RequestOf(e)
	g.tellsTakers = f.forTakers && marketplace.TellsTakers(e)
	g.decided = !g.ofRequest && !g.ofVault
	return g
}

// unsealed returns an event without what marketplace.Public may hide of it, for nobody learns who is named there from what passes.
func unsealed(e marketplace.Event) marketplace.Event {
	switch e := e.(type) {
	case *marketplace.RequestAssigned:
		shown := *e
		shown.Ranked = nil
		return &shown
	case *marketplace.BackupActivated:
		shown := *e
		shown.Ranked = nil
		return &shown
	case *marketplace.BatchCleared:
		shown := *e
		shown.Orders, shown.Offers = nil, nil
		return &shown
	}
	return e
}

// vaultOf returns the vault an event is about.
func vaultOf(event reflect.Value) (vadium.VaultID, bool) {
	if c := event.FieldByName("Case"); c.IsValid() && c.Kind() == reflect.Struct {
		event = c
	}
	if vault := event.FieldByName("Vault"); vault.IsValid() && vault.Type() == vaultType {
		return vadium.VaultID(vault.Uint()), true
	}
	return 0, false
}

// admits reports whether the event passes, with what the market knows.
func (f filter) admits(g glance, s *marketplace.State) bool {
	if g.decided {
		return g.passes
	}
	if g.ofRequest {
		if r := s.Request(g.request); r != nil && (r.Requester == f.account || attemptedBy(r, f.account) || g.tellsTakers && r.ForTakers()) {
			return true
		}
	}
	if g.ofVault {
		v := s.Vault(g.vault)
		return v != nil && v.Prover == f.account
	}
	return false
}

var (
	accountType = reflect.TypeFor[vadium.Account]()
	vaultType   = reflect.TypeFor[vadium.VaultID]()
)

// named reports whether the account stands anywhere in a value.
func (f filter) named(v reflect.Value) bool {
	switch {
	case v.Type() == accountType:
		return v.Interface() == f.account
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && f.named(v.Field(i)) {
				return true
			}
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		for i := range v.Len() {
			if f.named(v.Index(i)) {
				return true
			}
		}
	}
	return false
}
