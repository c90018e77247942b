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
}

type filtered interface {
	GetRequest() string
	GetAccount() string
}

func readFilter(m filtered) (f filter, err error) {
	if m.GetRequest() != "" {
		if f.request, err = vadium.ParseRequestID(m.GetRequest()); err != nil {
			return f, malformed(err)
		}
		f.byRequest = true
	}
	f.account, f.byAccount, err = account(m.GetAccount())
	return f, err
}

func (f filter) passes(e marketplace.Event, s *marketplace.State) bool {
	switch e.(type) {
	case *marketplace.MarketOpened, *marketplace.ParamsSet, *marketplace.MarketPaused, *marketplace.Resumed:
		return true // they concern every request and everyone
	}
	if f.byRequest && !marketplace.StreamedTo(e, f.request) {
		return false
	}
	return !f.byAccount || f.concerns(e, s)
}

// concerns reports whether an event is about the account: it is named, or its request or its vault is.
func (f filter) concerns(e marketplace.Event, s *marketplace.State) bool {
	fields := reflect.ValueOf(e).Elem()
	if f.named(fields) {
		return true
	}
	if id, about := marketplace.RequestOf(e); about {
		if r := s.Request(id); r != nil && (r.Requester == f.account || attemptedBy(r, f.account)) {
			return true
		}
	}
	if vault := fields.FieldByName("Vault"); vault.IsValid() && vault.Type() == reflect.TypeFor[vadium.VaultID]() {
		v := s.Vault(vadium.VaultID(vault.Uint()))
		return v != nil && v.Prover == f.account
	}
	return false
}

var accountType = reflect.TypeFor[vadium.Account]()

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
