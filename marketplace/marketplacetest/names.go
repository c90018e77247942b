package marketplacetest

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"vadium"
	"vadium/marketplace"
)

// Account returns the account of the person called name.
func Account(name string) vadium.Account {
	digest := sha256.Sum256([]byte("account " + name))
	return vadium.Account(digest[:20])
}

// Salt returns the client id called name.
func Salt(name string) vadium.Salt { return sha256.Sum256([]byte("salt " + name)) }

// Proof returns the digest of the proof called name.
func Proof(name string) vadium.Digest { return sha256.Sum256([]byte("proof " + name)) }

// Session returns the key of the session called name.
func Session(name string) vadium.SessionKey { return sha256.Sum256([]byte("session " + name)) }

// Request returns the id of the request that the person called by calls name.
func Request(by, name string) vadium.RequestID { return vadium.NewRequestID(Account(by), Salt(name)) }

// Program returns the manifest of the program called name: a BN254 PLONK circuit with one public and one secret scalar, or,
// if it is called price-median-N or clearing-N, one of the catalogue's form for that.
func Program(name string) vadium.Program {
	for form, public := range map[string]uint32{"price-median": 10, "clearing": 6} {
		if strings.HasPrefix(name, form) {
			return vadium.Program{
				Name: name, System: vadium.Groth16, Curve: vadium.BN254, Constraints: 1_000, Public: public, Secret: 1, Bound: true,
				VerifyingKey: vadium.DigestOf([]byte(name)), VerifyingKeyBytes: 512,
			}
		}
	}
	return vadium.Program{
		Name: name, System: vadium.PLONK, Curve: vadium.BN254, Constraints: 1_000, Public: 1, Secret: 1,
		VerifyingKey: vadium.DigestOf([]byte(name)), VerifyingKeyBytes: 512,
	}
}

// Names turns hashes back into the words they came from.
type Names struct {
	words    map[string]string // hexadecimal -> name
	accounts map[string]vadium.Account
	requests map[string]vadium.RequestID
	programs map[string]vadium.ProgramID
	order    []string // accounts as they appeared
}

func newNames() *Names {
	return &Names{
		words: map[string]string{}, accounts: map[string]vadium.Account{}, requests: map[string]vadium.RequestID{},
		programs: map[string]vadium.ProgramID{},
	}
}

func (n *Names) account(name string) vadium.Account {
	account, known := n.accounts[name]
	if !known {
		account = Account(name)
		n.accounts[name] = account
		n.words[account.String()] = name
		n.order = append(n.order, name)
	}
	return account
}

// request notes a request; the second of the same name gets its requester in front.
func (n *Names) request(by, name string) vadium.RequestID {
	id := Request(by, name)
	if other, taken := n.requests[name]; taken && other != id {
		name = by + ":" + name
	}
	n.requests[name] = id
	n.words[id.String()] = name
	return id
}

func (n *Names) program(name string) vadium.ProgramID {
	id := Program(name).ID()
	n.programs[name] = id
	n.words[id.String()] = name
	return id
}

func (n *Names) proof(name string) vadium.Digest {
	digest := Proof(name)
	n.words[digest.String()] = name
	return digest
}

func (n *Names) session(name string) vadium.SessionKey {
	key := Session(name)
	n.words[key.String()] = name
	return key
}

func (n *Names) of(hash fmt.Stringer) string {
	if name, known := n.words[hash.String()]; known {
		return name
	}
	return hash.String()[:10]
}

func (n *Names) replacer() *strings.Replacer {
	var pairs []string
	for hash, name := range n.words {
		pairs = append(pairs, hash, name)
	}
	return strings.NewReplacer(pairs...)
}

// Say returns an error in the names of the world.
func (w *World) Say(err error) string { return w.names.replacer().Replace(err.Error()) }

// Length returns a length of time as short as people write it: "1m30s", "1ms", "0s".
func Length(d vadium.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	if d < 0 {
		b.WriteByte('-')
		d = -d
	}
	for _, unit := range []struct {
		length vadium.Duration
		name   string
	}{{vadium.Day, "d"}, {vadium.Hour, "h"}, {vadium.Minute, "m"}, {vadium.Second, "s"}, {vadium.Millisecond, "ms"}} {
		if n := d / unit.length; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			d %= unit.length
		}
	}
	return b.String()
}

// since returns an instant as seen from at.
func since(t, at vadium.Time) string {
	switch {
	case t == vadium.Forever:
		return "never"
	case t.Before(at):
		return Length(at.Sub(t)) + " ago"
	}
	return "+" + Length(t.Sub(at))
}

// Requests returns the names of the requests so far with the requests themselves.
func (w *World) request(name string) (*marketplace.Request, bool) {
	id, known := w.names.requests[name]
	if !known {
		return nil, false
	}
	r := w.State.Request(id)
	return r, r != nil
}
