package rpc

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"vadium"
	"vadium/marketplace/rpc/wire"
)

const testTime = vadium.Time(1_700_000_000_000)

func testSpool(t *testing.T, budget uint64) *spool {
	t.Helper()
	s, err := openSpool(filepath.Join(t.TempDir(), "spool"), budget)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func begin(t *testing.T, s *spool, token wire.UploadToken, at vadium.Time) *upload {
	t.Helper()
	u, err := s.open(token, at)
	if err != nil {
		t.Fatal(err)
	}
	u.release()
	return u
}

func TestChunksGoOnWhereTheLastOneEnded(t *testing.T) {
	s := testSpool(t, 1_000)
	u := begin(t, s, wire.UploadToken{Size: 6}, testTime)
	for _, row := range []struct {
		offset uint64
		chunk  string
		want   uint64
		err    error
	}{
		{1, "x", 0, wire.ErrBlobOffset},
		{0, "abc", 3, nil},
		{0, "abc", 3, nil}, // its answer was lost
		{0, "", 3, nil},    // how far are we?
		{2, "cde", 0, wire.ErrBlobOffset},
		{3, "defg", 0, wire.ErrBlobTooLarge},
		{3, "def", 6, nil},
	} {
		got, err := s.add(u, row.offset, []byte(row.chunk), testTime)
		if got != row.want || !errors.Is(err, row.err) {
			t.Errorf("add(%d, %q) = %d, %v, want %d, %v", row.offset, row.chunk, got, err, row.want, row.err)
		}
	}
	content, err := io.ReadAll(u.content())
	if err != nil || string(content) != "abcdef" {
		t.Errorf("content = %q, %v, want abcdef", content, err)
	}
}

func TestOneAccountCannotTakeEveryPlace(t *testing.T) {
	s := testSpool(t, 1_000)
	token := wire.UploadToken{Size: 6}
	for i := range maxUploads {
		token.Digest[0] = byte(i)
		begin(t, s, token, testTime)
	}
	token.Digest[0] = maxUploads
	if _, err := s.open(token, testTime.Add(uploadIdle)); !errors.Is(err, wire.ErrBusy) {
		t.Errorf("upload %d = %v, want %v", maxUploads+1, err, wire.ErrBusy)
	}
	other := token
	other.Author[0] = 1
	begin(t, s, other, testTime)
	// The instant after, the ones that rest have lost their places, and their files are gone.
	begin(t, s, token, testTime.Add(uploadIdle)+1)
	files, err := os.ReadDir(s.dir)
	if err != nil || len(files) != 1 {
		t.Errorf("spool holds %d files, %v, want only the new upload", len(files), err)
	}
}

func TestTheBudgetIsPerAccountAndDay(t *testing.T) {
	s := testSpool(t, 10)
	mine, yours := wire.UploadToken{Author: vadium.Account{1}}, wire.UploadToken{Author: vadium.Account{2}}
	midnight := testTime - testTime%vadium.Time(vadium.Day) + vadium.Time(vadium.Day)
	for _, row := range []struct {
		token wire.UploadToken
		bytes uint64
		at    vadium.Time
		want  error
	}{
		{mine, 10, testTime, nil},
		{mine, 1, testTime, wire.ErrUploadsExhausted},
		{yours, 11, testTime, wire.ErrUploadsExhausted},
		{yours, 10, testTime, nil},
		{mine, 1, midnight - 1, wire.ErrUploadsExhausted},
		{mine, 10, midnight, nil},
	} {
		if err := s.charge(row.token, row.bytes, row.at); !errors.Is(err, row.want) {
			t.Errorf("charge(%x, %d, %d) = %v, want %v", row.token.Author[0], row.bytes, row.at, err, row.want)
		}
	}
}
