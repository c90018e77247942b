package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// blobService implements vadium.marketplace.v1.BlobService.
type blobService struct{ *Server }

// PutBlob implements the service.
func (b blobService) PutBlob(ctx context.Context, req *connect.Request[v1.PutBlobRequest]) (*connect.Response[v1.PutBlobResponse], error) {
	token, err := b.uploader(req.Msg.GetToken())
	if err != nil {
		return nil, err
	}
	stored := &v1.PutBlobResponse{Received: token.Size, Stored: true}
	held, err := b.possesses(ctx, token.Author, token.Kind, token.Digest, token.Size)
	if held || err != nil {
		return answer(stored, err)
	}
	if err := b.Room(); err != nil {
		return nil, err
	}
	chunk := req.Msg.GetChunk()
	if req.Msg.GetOffset() == 0 && uint64(len(chunk)) == token.Size { // all of it at once: no need to spool
		if err := b.spool.charge(token, token.Size, b.Clock()); err != nil {
			return nil, err
		}
		return answer(stored, b.possessAtOnce(ctx, token, chunk))
	}
	if len(chunk) == 0 && !b.spool.begun(token) {
		return answer(&v1.PutBlobResponse{}, nil)
	}
	received, err := b.spoolChunk(ctx, token, req.Msg)
	return answer(&v1.PutBlobResponse{Received: received, Stored: received == token.Size}, err)
}

// spoolChunk adds a chunk to an upload in progress, and stores the blob when it is complete.
func (b blobService) spoolChunk(ctx context.Context, token wire.UploadToken, m *v1.PutBlobRequest) (uint64, error) {
	upload, err := b.spool.open(token, b.Clock())
	if err != nil {
		return 0, err
	}
	defer upload.release()
	upload.mu.Lock()
	defer upload.mu.Unlock()
	if upload.stored {
		return token.Size, nil
	}
	received, err := b.spool.add(upload, m.GetOffset(), m.GetChunk(), b.Clock())
	if err != nil || received < token.Size {
		return received, err
	}
	err = b.possess(ctx, token, upload.content())
	upload.stored = err == nil
	if err == nil || errors.Is(err, wire.ErrBlobMismatch) || errors.Is(err, wire.ErrBlobReserved) {
		b.spool.forget(upload)
	}
	return received, err
}

// uploader checks who uploads what.
func (b blobService) uploader(message *v1.UploadToken) (wire.UploadToken, error) {
	var token wire.UploadToken
	if err := wire.Read(message, &token); err != nil {
		return token, malformed(err)
	}
	if limit := b.limit(token.Kind); token.Size > uint64(limit) {
		return token, fmt.Errorf("%s of %d bytes, at most %d are allowed: %w", token.Kind, token.Size, limit, wire.ErrBlobTooLarge)
	}
	signed := signing.PutBlob{Author: token.Author, Kind: token.Kind, Digest: token.Digest, Size: token.Size, ValidUntil: token.ValidUntil}
	var roles marketplace.Scope // keys and programs are listed by their registrant's own key
	if token.Kind == wire.BlobInput {
		roles = marketplace.ScopeRequest
	}
	if err := checkToken(b.Server, signed, token.Author, token.Session, roles, token.Signature); err != nil {
		return token, err
	}
	known := false
	b.Market.View(func(s *marketplace.State) {
		known = s.Funded(token.Author)
	})
	if !known { // keys cost nothing; a disk full of strangers' bytes does
		return token, fmt.Errorf("account %v has neither money nor a vault here: %w", token.Author, wire.ErrUploadsExhausted)
	}
	return token, nil
}

// GetBlob implements the service.
func (b blobService) GetBlob(ctx context.Context, req *connect.Request[v1.GetBlobRequest], stream *connect.ServerStream[v1.GetBlobResponse]) error {
	digest, err := vadium.ParseDigest(req.Msg.GetDigest())
	if err != nil {
		return malformed(err)
	}
	if err := b.readable(digest, req.Msg); err != nil {
		return err
	}
	size, err := b.Blobs.Size(ctx, digest)
	if errors.Is(err, blob.ErrNotFound) {
		return wire.ErrBlobUnknown
	}
	if err != nil {
		return err
	}
	offset := req.Msg.GetOffset()
	if offset > uint64(size) {
		return fmt.Errorf("blob %v has %d bytes, not %d: %w", digest, size, offset, wire.ErrBlobOffset)
	}
	content, err := b.Blobs.Range(ctx, digest, int64(offset), -1)
	if err != nil {
		return err
	}
	defer content.Close()
	return sendChunks(content, uint64(size), stream)
}

func sendChunks(content io.Reader, size uint64, stream *connect.ServerStream[v1.GetBlobResponse]) error {
	chunk := make([]byte, SendChunk)
	for first := true; ; first = false {
		n, err := io.ReadFull(content, chunk)
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return err
		}
		if n > 0 || first { // an empty rest still tells the size
			if err := stream.Send(&v1.GetBlobResponse{Size: size, Chunk: chunk[:n]}); err != nil {
				return err
			}
		}
		if ended {
			return nil
		}
	}
}

// readable returns nil if the caller may read the blob for the reason named.
func (b blobService) readable(digest vadium.Digest, m *v1.GetBlobRequest) error {
	if m.GetProgram() != "" {
		id, err := vadium.ParseProgramID(m.GetProgram())
		if err != nil {
			return malformed(err)
		}
		return b.ofProgram(digest, id)
	}
	if m.GetRequest() == "" {
		return malformed(errors.New("name the program or the request that the blob belongs to"))
	}
	id, err := vadium.ParseRequestID(m.GetRequest())
	if err != nil {
		return malformed(err)
	}
	return b.ofRequest(digest, id, m.GetToken())
}

func (b blobService) ofProgram(digest vadium.Digest, id vadium.ProgramID) error {
	found := false
	b.Market.View(func(s *marketplace.State) {
		if l := s.Listing(id); l != nil {
			p := l.Program
			found = digest == p.ConstraintSystem || digest == p.ProvingKey || digest == p.VerifyingKey || digest == p.Sample
		}
	})
	if !found {
		return wire.ErrBlobUnknown
	}
	return nil
}

// ofRequest lets everyone read the accepted proof, and the requester and whoever is assigned now the input. The token is
// checked before anything is said about the input.
func (b blobService) ofRequest(digest vadium.Digest, id vadium.RequestID, message *v1.ReadToken) error {
	proof := false
	b.Market.View(func(s *marketplace.State) {
		if r := s.Request(id); r != nil {
			proof = digest == r.Proof && r.ProvedBy > 0
		}
	})
	if proof {
		return nil
	}
	if message == nil {
		return wire.ErrBlobPrivate
	}
	var token wire.ReadToken
	if err := wire.Read(message, &token); err != nil {
		return malformed(err)
	}
	signed := signing.ReadBlob{Author: token.Author, Digest: digest, Request: id, ValidUntil: token.ValidUntil}
	if err := checkToken(b.Server, signed, token.Author, token.Session, marketplace.ScopeRequest|marketplace.ScopeAnswer, token.Signature); err != nil {
		return err
	}
	allowed := false
	b.Market.View(func(s *marketplace.State) {
		if r := s.Request(id); r != nil && r.Input == digest {
			_, assigned := r.ServedBy(token.Author)
			allowed = assigned || r.Requester == token.Author
		}
	})
	if !allowed {
		return wire.ErrBlobPrivate
	}
	return nil
}
