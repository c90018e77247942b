package bench

import (
	"crypto/ed25519"
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/signing"
)

// Opening a signed command: hash it as EIP-712 says, recover the signer, compare. Beside it go-ethereum's recovery alone
// of the same signature, which nobody who checks a signature this way can do without.
func BenchmarkOpen(b *testing.B) {
	private, err := crypto.ToECDSA(crypto.Keccak256([]byte("a key for benchmarks")))
	if err != nil {
		b.Fatal(err)
	}
	key, domain := signing.NewKey(private), signing.Domain{ChainID: 1, Deployment: salt(1)}
	for _, c := range []struct {
		name string
		body marketplace.Body
	}{{"cancel", marketplace.CancelRequest{Request: vadium.RequestID{1}}}, {"submit", submission(1)}} {
		terms := signing.Terms{Author: key.Account(), Salt: salt(2), ValidUntil: start.Add(vadium.Minute)}
		command, signature, err := signing.Sign(domain, key, c.body, terms.Salt, terms.ValidUntil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("command="+c.name+"/by=vadium", func(b *testing.B) {
			for b.Loop() {
				opened, err := signing.Open(domain, c.body, terms, signature)
				if err != nil || opened.ID != command.ID {
					b.Fatalf("Open = %v, %v, want %v", opened.ID, err, command.ID)
				}
			}
			perSecond(b, 1, "commands")
		})
		b.Run("command="+c.name+"/by=ecrecover", func(b *testing.B) {
			separator := domain.Separator()
			digest := crypto.Keccak256([]byte{0x19, 0x01}, separator[:], command.ID[:])
			want := crypto.FromECDSAPub(&private.PublicKey)
			for b.Loop() {
				public, err := crypto.Ecrecover(digest, signature)
				if err != nil || string(public) != string(want) {
					b.Fatalf("Ecrecover = %x, %v, want %x", public, err, want)
				}
			}
			perSecond(b, 1, "commands")
		})
	}
}

// Opening a batch that a session signed: hash the envelope and all commands, check the signature, decode every command and
// name it. Beside it the check of the same ed25519 signature alone, of a message that is hashed already.
func BenchmarkOpenBatch(b *testing.B) {
	session, domain := signing.NewSession(alice), signing.Domain{ChainID: 1, Deployment: salt(1)}
	for _, commands := range []int{1, 64, 1_024} {
		batch := signing.Batch{Author: alice, Session: session.Key(), Salt: salt(2), ValidUntil: start.Add(vadium.Minute)}
		for n := range commands {
			encoded, err := signing.Encode(marketplace.SendHeartbeat{Request: vadium.RequestID{1, byte(n)}, Progress: 5_000}, nil)
			if err != nil {
				b.Fatal(err)
			}
			batch.Commands = append(batch.Commands, encoded)
		}
		id, signature := signing.SignBatch(domain, session, batch)
		b.Run(fmt.Sprintf("commands=%d/by=vadium", commands), func(b *testing.B) {
			for b.Loop() {
				opened, err := signing.OpenBatch(domain, batch, signature)
				if err != nil || opened != id {
					b.Fatalf("OpenBatch = %v, %v, want %v", opened, err, id)
				}
				for i, encoded := range batch.Commands {
					if _, _, err := signing.Decode(encoded); err != nil {
						b.Fatal(err)
					}
					signing.BatchCommandID(opened, i)
				}
			}
			perSecond(b, commands, "commands")
		})
		b.Run(fmt.Sprintf("commands=%d/by=ed25519", commands), func(b *testing.B) {
			message := append([]byte("vadium/batch/v1"), id[:]...)
			key := session.Key()
			for b.Loop() {
				if !ed25519.Verify(key[:], message, signature) {
					b.Fatal("the session's signature does not verify")
				}
			}
			perSecond(b, commands, "commands")
		})
	}
}
