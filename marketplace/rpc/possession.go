package rpc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"

	"vadium"
	"vadium/marketplace/blob"
	"vadium/marketplace/rpc/wire"
)

// Digests are public: every request names its input's. If naming a digest were enough, anyone could submit a request with
// somebody else's input and read it as its requester, or list it as a file of a program and have it served to everyone.
// So a request or program may name only what its author has uploaded in full, as that kind of blob. The store keeps the
// evidence itself: a small marker blob whose content, and so whose digest, follows from author, kind and digest.

// marker returns the content of the blob that says author has uploaded digest as kind. Anyone can work it out, so nobody's
// bytes are stored that look like one: see [reserved].
func marker(author vadium.Account, kind string, digest vadium.Digest) []byte {
	hash := vadium.HashParts("vadium/possession/v1", author[:], []byte(kind), digest[:])
	return append([]byte(markerPrefix), hash[:]...)
}

const markerPrefix = "vadium/possession/v1 "

// reserved refuses what callers send if it begins as markers do: stored, it would be evidence of what never happened.
func reserved(content []byte) error {
	if bytes.HasPrefix(content, []byte(markerPrefix)) {
		return wire.ErrBlobReserved
	}
	return nil
}

// markerLimit is the length of a marker, roughly.
const markerLimit blob.Limit = 256

// heldBlobs bounds the possessions that are remembered, so that a requester who submits many requests with inputs uploaded
// before costs no look at the disk for each: 65,536 of about 150 bytes.
const heldBlobs = 1 << 16

// possession is what somebody has uploaded.
type possession struct {
	author vadium.Account
	kind   string
	digest vadium.Digest
}

// possesses reports whether author has uploaded the blob as kind, and it is held and has size bytes.
func (s *Server) possesses(ctx context.Context, author vadium.Account, kind string, digest vadium.Digest, size uint64) (bool, error) {
	key := possession{author, kind, digest}
	if bytes, known := s.held.Get(key); known { // for good: blobs are never collected
		return bytes == size, nil
	}
	marked, err := s.Blobs.Has(ctx, vadium.DigestOf(marker(author, kind, digest)))
	if err != nil || !marked {
		return false, err
	}
	held, err := s.Blobs.Size(ctx, digest)
	if errors.Is(err, blob.ErrNotFound) {
		return false, nil
	}
	if err != nil || held < 0 {
		return false, err
	}
	s.held.Add(key, uint64(held))
	return uint64(held) == size, nil
}

// possess stores a blob and then the evidence: a crash in between only means uploading again.
func (s *Server) possess(ctx context.Context, token wire.UploadToken, content io.Reader) error {
	whole := bufio.NewReader(content)
	head, err := whole.Peek(len(markerPrefix))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := reserved(head); err != nil {
		return err
	}
	err = s.Blobs.PutExpect(ctx, token.Digest, whole, s.limit(token.Kind))
	if errors.Is(err, blob.ErrMismatch) {
		return wire.ErrBlobMismatch
	}
	if err != nil {
		return err
	}
	return s.mark(ctx, token)
}

func (s *Server) mark(ctx context.Context, token wire.UploadToken) error {
	_, _, err := s.Blobs.Put(ctx, bytes.NewReader(marker(token.Author, token.Kind, token.Digest)), markerLimit)
	return err
}

// possessAtOnce is possess of content that is in memory: blob and evidence become durable side by side, and in whichever
// order they do, one without the other counts for nothing. The digest is checked first, or there could be evidence of
// content that was never sent.
func (s *Server) possessAtOnce(ctx context.Context, token wire.UploadToken, content []byte) error {
	if vadium.DigestOf(content) != token.Digest {
		return wire.ErrBlobMismatch
	}
	if err := reserved(content); err != nil {
		return err
	}
	var storing errgroup.Group
	storing.Go(func() error {
		return s.Blobs.PutExpect(ctx, token.Digest, bytes.NewReader(content), s.limit(token.Kind))
	})
	storing.Go(func() error { return s.mark(ctx, token) })
	return storing.Wait()
}
