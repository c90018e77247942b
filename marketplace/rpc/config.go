package rpc

import (
	"context"
	"crypto/tls"
	"log/slog"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/circuits"
	"vadium/marketplace/blob"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
	"vadium/marketplace/signing"
	"vadium/oracle"
)

// Config says what the server serves.
type Config struct {
	// Market has been opened (its journal begins with MarketOpened) and runs.
	Market *sequencer.Market
	// Blobs holds inputs, proofs and the files of programs.
	Blobs blob.Store
	// Programs looks at the verifying keys and sample proofs of programs that are registered, and at the proofs of rounds; it
	// is the verifier's Checker.
	Programs Admitter
	// Upstream reads what a source's signers say of a value, with so many decimals, from bytes of the source's format
	// (oracle/source.Check); the quote's Source is left to the caller. Nil: evidence that rests on sources proves nothing.
	Upstream func(source oracle.Source, decimals uint8, content []byte) (oracle.Quote, error)
	// Key signs receipts. Whoever checks one asks GetMarket for its account.
	Key signing.Signer
	// Transparency keeps the market's transparency log, with heads signed by Key.
	Transparency Transparency
	// Opening opens what is sealed to the market; default a key that lives as long as the server.
	Opening signing.Opening
	// Spool is a folder for uploads that are not complete; it may be emptied while the server is down.
	Spool string
	// Room, if set, says why nothing new may be taken: no request, upload or program. Whatever else was begun goes on.
	Room func() error
	// Ready, if set, says why no work should be sent here: gRPC's health service answers NOT_SERVING then, as it does while
	// the server drains. Calls are answered all the same.
	Ready func() error
	// Heartbeat is how often a silent stream says that it is alive; default 5 s.
	Heartbeat time.Duration
	// MaxArtefact bounds constraint systems and proving keys, in bytes; default 8 GiB.
	MaxArtefact blob.Limit
	// UploadBudget is how many bytes one account may upload per day; default 32 GiB.
	UploadBudget uint64
	// MaxStreams bounds event and blob streams together; default 1,024. Whoever comes then is told to try again.
	MaxStreams int
	// MaxCalls bounds the calls in hand; default 512.
	MaxCalls int
	// Limits are what one caller may take.
	Limits Limits
	// TLS, if set, is spoken on every connection that Serve accepts; nil is plain HTTP.
	TLS *tls.Config
	// WriteTimeout bounds how long one write waits for a peer that does not read what it asked for; default 30 s. A stream
	// whose reader is slower is cut off; it resumes at its cursor.
	WriteTimeout time.Duration
	// BodyTimeout bounds how long the body of a call may take to arrive; default 1 min.
	BodyTimeout time.Duration
	// Clock returns the time of day; default the system's.
	Clock func() vadium.Time
	// DrainWithin bounds how long calls in hand may take once Serve is told to stop; default CallTimeout.
	DrainWithin time.Duration
	// Interceptors stand around everything else, the first outermost: tracing belongs here.
	Interceptors []connect.Interceptor
	// Metrics measures; default nothing.
	Metrics *Metrics
	// Log receives our own failures (errors) and refusals (debug); default nothing.
	Log *slog.Logger
}

// Admitter looks at a program before it is listed, and at proofs under its key: the server itself parses neither.
type Admitter interface {
	// Admit returns who vouches for the program's keys, if its verifying key is one and sample verifies under it; see
	// [vadium/marketplace/verifier.Checker].
	Admit(ctx context.Context, program vadium.Program, key []byte, sample circuits.Claim) (vadium.KeyClass, error)
	// Check verifies proofs under a program's verifying key. The error at position i is about claim i.
	Check(ctx context.Context, program vadium.Program, key []byte, claims []circuits.Claim) []error
}

func (c Config) withDefaults() Config {
	if c.Room == nil {
		c.Room = func() error { return nil }
	}
	if c.Ready == nil {
		c.Ready = func() error { return nil }
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = 5 * time.Second
	}
	if c.MaxArtefact == 0 {
		c.MaxArtefact = 8 << 30
	}
	if c.UploadBudget == 0 {
		c.UploadBudget = 32 << 30
	}
	if c.MaxStreams == 0 {
		c.MaxStreams = 1024
	}
	if c.MaxCalls == 0 {
		c.MaxCalls = 512
	}
	c.Limits = c.Limits.withDefaults()
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 30 * time.Second
	}
	if c.BodyTimeout == 0 {
		c.BodyTimeout = time.Minute
	}
	if c.Clock == nil {
		c.Clock = func() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }
	}
	if c.DrainWithin == 0 {
		c.DrainWithin = CallTimeout
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Limits of the wire. The protos state the same where they concern a field.
const (
	// MaxMessage bounds a message in bytes, also decompressed: a statement of 512 scalars is 32 KiB of hex, a proof of
	// 64 KiB is 88 KiB of base64.
	MaxMessage = 128 << 10
	// MaxBatchMessage is the same for batches: 1 MiB of commands in base64.
	MaxBatchMessage = 1536 << 10
	// MaxChunkMessage is the same for uploads: a chunk of 4 MiB in base64.
	MaxChunkMessage = 6 << 20
	// MaxChunk bounds the bytes of a blob in one upload message.
	MaxChunk = 4 << 20
	// SendChunk is how many bytes of a blob one download message carries.
	SendChunk = 512 << 10
	// MaxInput bounds an input or sample blob: half a million scalars.
	MaxInput blob.Limit = 16 << 20
	// MaxHeader bounds the headers of a call.
	MaxHeader = 16 << 10
	// minCompressed is from how many bytes on an answer is compressed for who asks: below, it costs more time than it saves.
	minCompressed = 16 << 10
	// MaxConcurrentStreams bounds the calls of one HTTP/2 connection.
	MaxConcurrentStreams = 256
	// CallTimeout bounds a call that is not a stream.
	CallTimeout = 30 * time.Second
	// HeaderTimeout and IdleTimeout keep slow connections from piling up, as Config's BodyTimeout and WriteTimeout do.
	HeaderTimeout = 5 * time.Second
	IdleTimeout   = 2 * time.Minute
)

// limit returns how large a blob of the kind may be.
func (c Config) limit(kind string) blob.Limit {
	switch kind {
	case wire.BlobInput, wire.BlobSample:
		return MaxInput
	case wire.BlobVerifyingKey:
		return circuits.MaxVerifyingKeyBytes
	case wire.BlobConstraintSystem, wire.BlobProvingKey:
		return c.MaxArtefact
	}
	return 0
}
