package signing

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"

	"vadium"
)

// Bounds of a batch.
const (
	// MaxBatchCommands bounds the commands of a batch: half a group commit, so that two batches share a sync.
	MaxBatchCommands = 1_024
	// MaxBatchBytes bounds the bytes of its commands together.
	MaxBatchBytes = 1 << 20
)

// Domains of what is hashed and signed; the proto states the same.
const (
	batchContext        = "vadium/batch/v1"
	batchIDDomain       = "vadium/batch-id/v1"
	batchCommandDomain  = "vadium/batch-command/v1"
	batchVerdictsDomain = "vadium/verdicts/v1"
)

// Batch is many commands of one session under one signature. Commands are canonical encodings ([Encode]).
type Batch struct {
	Author     vadium.Account
	Session    vadium.SessionKey
	Salt       vadium.Salt
	ValidUntil vadium.Time
	Commands   [][]byte
}

// ID returns what is signed: a digest of the market and of all that the batch says.
func (b Batch) ID(d Domain) vadium.Digest {
	h := sha256.New()
	var number [8]byte
	u64 := func(u uint64) {
		binary.BigEndian.PutUint64(number[:], u)
		h.Write(number[:])
	}
	u32 := func(n int) {
		binary.BigEndian.PutUint32(number[:], uint32(n))
		h.Write(number[:4])
	}
	h.Write([]byte(batchIDDomain))
	u64(d.ChainID)
	h.Write(d.Deployment[:])
	h.Write(b.Author[:])
	h.Write(b.Session[:])
	h.Write(b.Salt[:])
	u64(uint64(b.ValidUntil))
	u32(len(b.Commands))
	for _, command := range b.Commands {
		u32(len(command))
		h.Write(command)
	}
	return vadium.Digest(h.Sum(nil))
}

func batchMessage(id vadium.Digest) []byte { return append([]byte(batchContext), id[:]...) }

// SignBatch returns the batch's id and the session's signature of it. The batch names the session and its owner already.
func SignBatch(d Domain, session Session, b Batch) (vadium.Digest, []byte) {
	id := b.ID(d)
	return id, ed25519.Sign(session.private, batchMessage(id))
}

// OpenBatch returns the batch's id if its session's key signed it for this market, else [ErrMalformedSignature] or
// [ErrWrongSigner]. Whether it is a session of the author's is the core's to judge.
func OpenBatch(d Domain, b Batch, signature []byte) (vadium.Digest, error) {
	id := b.ID(d)
	return id, checkSession(b.Session, batchMessage(id), signature)
}

// BatchCommandID returns the id of a batch's command: what is remembered so that it is carried out once.
func BatchCommandID(batch vadium.Digest, index int) vadium.CommandID {
	var text [len(batchCommandDomain) + 32 + 4]byte
	n := copy(text[:], batchCommandDomain)
	n += copy(text[n:], batch[:])
	binary.BigEndian.PutUint32(text[n:], uint32(index))
	return sha256.Sum256(text[:])
}

// Verdict says what became of one command of a batch: where its events are, or the kind of its refusal.
type Verdict struct {
	FirstSeq, LastSeq uint64
	At                vadium.Time
	Kind              vadium.Kind // empty: it was carried out
}

// Verdicts returns the digest of a batch's verdicts, which its receipt carries.
func Verdicts(all []Verdict) vadium.Digest {
	text := make([]byte, 0, len(batchVerdictsDomain)+len(all)*28)
	text = append(text, batchVerdictsDomain...)
	for _, v := range all {
		text = binary.BigEndian.AppendUint64(text, v.FirstSeq)
		text = binary.BigEndian.AppendUint64(text, v.LastSeq)
		text = binary.BigEndian.AppendUint64(text, uint64(v.At))
		text = binary.BigEndian.AppendUint32(text, uint32(len(v.Kind)))
		text = append(text, v.Kind...)
	}
	return sha256.Sum256(text)
}
