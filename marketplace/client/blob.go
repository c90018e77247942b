package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// chunkBytes is how much of a blob one message carries: large enough that the round trip does not count, small enough
// that a lost one is cheap.
const chunkBytes = 1 << 20

// atOnceBytes is the largest blob that is sent without asking first how much of it is there: an input of two thousand scalars.
const atOnceBytes = 64 << 10

// Progress is told how many bytes of how many have been moved. It may be nil.
type Progress func(done, total uint64)

func (p Progress) tell(done, total uint64) {
	if p != nil {
		p(done, total)
	}
}

// PutBytes uploads a blob and returns its digest. What the market already holds from this account is
// not sent again, unless it is so small that asking would take longer.
func (c *Client) PutBytes(ctx context.Context, kind string, content []byte) (vadium.Digest, error) {
	digest := vadium.DigestOf(content)
	return digest, c.Put(ctx, Upload{Kind: kind, Digest: digest, Size: uint64(len(content)), Content: bytes.NewReader(content)})
}

// PutFile uploads a file and returns its digest.
func (c *Client) PutFile(ctx context.Context, kind, path string, progress Progress) (vadium.Digest, error) {
	file, err := os.Open(path)
	if err != nil {
		return vadium.Digest{}, err
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return vadium.Digest{}, fmt.Errorf("read %s: %w", path, err)
	}
	digest := vadium.Digest(hash.Sum(nil))
	return digest, c.Put(ctx, Upload{Kind: kind, Digest: digest, Size: uint64(size), Content: file, Progress: progress})
}

// Upload is a blob on its way to the market.
type Upload struct {
	Kind     string // one of the constants of this package
	Digest   vadium.Digest
	Size     uint64
	Content  io.ReaderAt
	Progress Progress
}

// Put uploads a blob in chunks, going on where an earlier attempt ended.
func (c *Client) Put(ctx context.Context, u Upload) error {
	var token *v1.UploadToken
	var expires vadium.Time
	// A first call without content asks how far an earlier attempt came; what is small is sent at once instead.
	var chunk []byte
	if u.Size <= atOnceBytes {
		chunk = make([]byte, u.Size)
		if _, err := u.Content.ReadAt(chunk, 0); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read %s %v: %w", u.Kind, u.Digest, err)
		}
	}
	for offset := uint64(0); ; {
		if c.options.Clock().After(expires) { // a long upload outlives a token
			var err error
			if token, expires, err = c.uploadToken(ctx, u); err != nil {
				return err
			}
		}
		a, err := call(ctx, c, c.blobs.PutBlob, &v1.PutBlobRequest{Token: token, Offset: offset, Chunk: chunk})
		if err != nil {
			return fmt.Errorf("upload %s %v: %w", u.Kind, u.Digest, err)
		}
		offset = a.GetReceived()
		u.Progress.tell(offset, u.Size)
		if a.GetStored() {
			return nil
		}
		if offset >= u.Size {
			return fmt.Errorf("upload %s %v: the market has all %d bytes and has not stored them", u.Kind, u.Digest, u.Size)
		}
		chunk = make([]byte, min(chunkBytes, u.Size-offset))
		if _, err := u.Content.ReadAt(chunk, int64(offset)); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read %s %v: %w", u.Kind, u.Digest, err)
		}
	}
}

// uploadToken returns a token and when to stop using it.
func (c *Client) uploadToken(ctx context.Context, u Upload) (*v1.UploadToken, vadium.Time, error) {
	if !c.signs() {
		return nil, 0, ErrNoKey
	}
	market, err := c.identify(ctx)
	if err != nil {
		return nil, 0, err
	}
	now := c.options.Clock()
	t := signing.PutBlob{Author: c.Account(), Kind: u.Kind, Digest: u.Digest, Size: u.Size, ValidUntil: now.Add(c.options.Validity)}
	signature, err := signToken(c, market.domain, t)
	if err != nil {
		return nil, 0, err
	}
	token := new(v1.UploadToken)
	wire.WriteCommand(token, wire.UploadToken{
		Author: t.Author, Kind: t.Kind, Digest: t.Digest, Size: t.Size, ValidUntil: t.ValidUntil, Signature: signature,
	})
	token.Session = c.sessionText()
	return token, now.Add(c.options.Validity / 2), nil
}

// Source says why a blob may be read.
type Source struct {
	program vadium.ProgramID
	request vadium.RequestID
}

// OfProgram is the reason to read a file of a listed program.
func OfProgram(id vadium.ProgramID) Source { return Source{program: id} }

// OfRequest is the reason to read a request's accepted proof or, for its requester and whoever is assigned, its input.
func OfRequest(id vadium.RequestID) Source { return Source{request: id} }

// MaxBytes bounds what [Client.GetBytes] keeps in memory.
const MaxBytes = 64 << 20

// GetBytes downloads a blob into memory and checks its digest.
func (c *Client) GetBytes(ctx context.Context, from Source, digest vadium.Digest) ([]byte, error) {
	var content bytes.Buffer
	err := c.Get(ctx, from, digest, &bounded{to: &content, room: MaxBytes}, nil)
	return content.Bytes(), err
}

// bounded refuses more bytes than it has room for.
type bounded struct {
	to   io.Writer
	room int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.room -= len(p); b.room < 0 {
		return 0, fmt.Errorf("the blob has more than %d bytes (download it to a file)", MaxBytes)
	}
	return b.to.Write(p)
}

// ErrWrongBytes: what the market sent does not have the digest asked for. Nothing of it may be used.
var ErrWrongBytes = errors.New("the downloaded bytes do not have the digest asked for")

// Get downloads a blob, going on where a broken connection ended, and checks the digest of the whole. Until it has
// returned nil, nothing it has written may be used.
func (c *Client) Get(ctx context.Context, from Source, digest vadium.Digest, to io.Writer, progress Progress) error {
	d := download{client: c, from: from, digest: digest, progress: progress}
	hash := sha256.New()
	d.to = io.MultiWriter(hash, to)
	wait, deadline := pauses(), time.Now().Add(c.options.Patience)
	for {
		before := d.offset
		err := d.connect(ctx)
		if err == nil {
			break
		}
		if d.failed || ctx.Err() != nil || !resumable(err) {
			return fmt.Errorf("download %v: %w", digest, decode(err))
		}
		if d.offset > before {
			wait.Reset()
			deadline = time.Now().Add(c.options.Patience)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("download %v: %w", digest, decode(err))
		}
		select {
		case <-time.After(wait.NextBackOff()):
		case <-ctx.Done():
		}
	}
	if got := vadium.Digest(hash.Sum(nil)); got != digest {
		return fmt.Errorf("download %v: got %v: %w", digest, got, ErrWrongBytes)
	}
	return nil
}

// download is one call of Get, over all its connections.
type download struct {
	client   *Client
	from     Source
	digest   vadium.Digest
	to       io.Writer
	progress Progress
	offset   uint64
	failed   bool // writing failed: no connection helps
}

func (d *download) connect(ctx context.Context) error {
	message := &v1.GetBlobRequest{Digest: d.digest.String(), Offset: d.offset}
	if d.from.program != (vadium.ProgramID{}) {
		message.Program = d.from.program.String()
	} else {
		message.Request = d.from.request.String()
	}
	if message.Request != "" && d.client.signs() {
		token, err := d.readToken(ctx)
		if err != nil {
			return err
		}
		message.Token = token
	}
	stream, err := d.client.blobs.GetBlob(ctx, connect.NewRequest(message))
	if err != nil {
		return err
	}
	defer stream.Close()
	total := d.offset
	for stream.Receive() {
		chunk := stream.Msg().GetChunk()
		total = stream.Msg().GetSize()
		if _, err := d.to.Write(chunk); err != nil {
			d.failed = true
			return err
		}
		d.offset += uint64(len(chunk))
		d.progress.tell(d.offset, total)
	}
	if err := stream.Err(); err != nil {
		return err
	}
	if d.offset < total {
		return connect.NewError(connect.CodeUnavailable, io.ErrUnexpectedEOF)
	}
	return nil
}

func (d *download) readToken(ctx context.Context) (*v1.ReadToken, error) {
	market, err := d.client.identify(ctx)
	if err != nil {
		return nil, err
	}
	t := signing.ReadBlob{
		Author: d.client.Account(), Digest: d.digest, Request: d.from.request,
		ValidUntil: d.client.options.Clock().Add(d.client.options.Validity),
	}
	signature, err := signToken(d.client, market.domain, t)
	if err != nil {
		return nil, err
	}
	token := new(v1.ReadToken)
	wire.WriteCommand(token, wire.ReadToken{Author: t.Author, ValidUntil: t.ValidUntil, Signature: signature})
	token.Session = d.client.sessionText()
	return token, nil
}
