package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/blob"
	"vadium/marketplace/journal"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
)

// While a market is served its folder is locked, so what an operator does to the folder goes through the process that
// has it: over a Unix socket in the folder. Whoever may open the socket may read the folder anyway; there is no other
// authority, and it cannot be reached from elsewhere.

// control is the path of the socket.
func (d marketDir) control() string { return filepath.Join(string(d), "control.sock") }

// maxSocketPath is what every Unix takes as the path of a socket, less its final zero.
const maxSocketPath = 103

// controlHeaderTimeout keeps a connection that says nothing from staying.
const controlHeaderTimeout = 5 * time.Second

// headHeader says with which slot a stream of batches ends, at least.
const headHeader = "Vadium-Head"

// listenControl opens the socket. The caller has the journal open, so a socket that is there was left by a crash.
func (d marketDir) listenControl(ctx context.Context) (net.Listener, error) {
	path, err := filepath.Abs(d.control())
	if err != nil {
		return nil, err
	}
	if len(path) > maxSocketPath {
		return nil, withHint(fmt.Errorf("the path of %s has %d bytes, a socket's may have %d", path, len(path), maxSocketPath), "serve the market from a folder with a shorter name")
	}
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// serveControl answers on the socket until ctx ends. A market that cannot have one is served all the same; only backups
// then need it stopped.
func serveControl(ctx context.Context, dir marketDir, st *store, market *sequencer.Market, log *slog.Logger) error {
	listener, err := dir.listenControl(ctx)
	if err != nil {
		log.Warn("no control socket: backups need the market stopped, and clearings are proven once their epoch has ended", "error", err)
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /batches", func(w http.ResponseWriter, r *http.Request) {
		from, err := strconv.ParseUint(r.URL.Query().Get("from"), 10, 64)
		if err != nil || from == 0 {
			http.Error(w, "from is a slot, from 1", http.StatusBadRequest)
			return
		}
		head, err := st.journal.Head(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set(headHeader, strconv.FormatUint(head.Slot, 10))
		if _, err := journal.WriteCopy(r.Context(), w, st.journal, from); err != nil {
			log.Error("a backup of the journal was interrupted", "error", err)
			panic(http.ErrAbortHandler) // the reader must not take a part for the whole
		}
	})
	mux.HandleFunc("GET /blobs/{digest}", func(w http.ResponseWriter, r *http.Request) {
		digest, err := vadium.ParseDigest(r.PathValue("digest"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		content, err := st.blobs.Get(r.Context(), digest)
		if errors.Is(err, blob.ErrNotFound) {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer content.Close()
		if _, err := io.Copy(w, content); err != nil {
			log.Error("a backup of a blob was interrupted", "blob", digest.String(), "error", err)
			panic(http.ErrAbortHandler)
		}
	})
	mux.HandleFunc("GET /clearings/{seq}", func(w http.ResponseWriter, r *http.Request) {
		seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 64)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		opened, err := openClearing(r.Context(), market, seq)
		switch {
		case errors.Is(err, marketplace.ErrClearingUnknown):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(opened) // whoever asked has gone
		}
	})
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: controlHeaderTimeout, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control socket: %w", err)
	}
	return nil
}

// openedClearing is a clearing with what is sealed of it until its ask epoch has ended.
type openedClearing struct {
	Record string      `json:"record"` // RLP, hex
	Seed   vadium.Salt `json:"seed"`   // of the ask epoch
}

// openClearing reads the record of a batch that the market keeps.
func openClearing(ctx context.Context, market *sequencer.Market, seq uint64) (o openedClearing, err error) {
	kept := false
	market.View(func(s *marketplace.State) {
		if row := s.Cleared(seq); row != nil {
			o.Seed, kept = row.Seed, true
		}
	})
	if !kept {
		return o, fmt.Errorf("record %d: %w", seq, marketplace.ErrClearingUnknown)
	}
	record, err := market.At(ctx, seq)
	if err != nil {
		return o, err
	}
	encoded, err := rlp.EncodeToBytes(record)
	o.Record = fmt.Sprintf("0x%x", encoded)
	return o, err
}

// openedClearing asks the process that serves the market for a clearing that is sealed for everybody else.
func (d marketDir) openedClearing(ctx context.Context, seq uint64) (record marketplace.Record, seed [32]byte, err error) {
	from, err := d.origin(ctx)
	if err != nil {
		return record, seed, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	live, is := from.(served)
	if !is {
		return record, seed, withHint(fmt.Errorf("%s is not being served", string(d)), "vadium market serve "+string(d))
	}
	response, err := live.get(ctx, fmt.Sprintf("/clearings/%d", seq))
	if err != nil {
		return record, seed, err
	}
	defer response.Body.Close()
	var opened openedClearing
	if err := json.NewDecoder(response.Body).Decode(&opened); err != nil {
		return record, seed, fmt.Errorf("the market's answer about clearing %d: %w", seq, err)
	}
	encoded, err := wire.ReadBytes(opened.Record)
	if err != nil {
		return record, seed, err
	}
	return record, opened.Seed, rlp.DecodeBytes(encoded, &record)
}

// origin is what a backup is made from: a market that is being served, or a folder.
type origin interface {
	// batches streams the batches from a slot on, in the form of a copy, and says which slot the stream reaches at least:
	// whatever was acknowledged before the call is in it.
	batches(ctx context.Context, from uint64) (content io.ReadCloser, upTo uint64, err error)
	// blob streams a blob, or says blob.ErrNotFound.
	blob(ctx context.Context, digest vadium.Digest) (io.ReadCloser, error)
	io.Closer
}

// origin finds out whether the market is being served, and returns where a backup of it comes from.
func (d marketDir) origin(ctx context.Context) (origin, error) {
	var dial net.Dialer
	conn, err := dial.DialContext(ctx, "unix", d.control())
	if err != nil { // nobody listens: not served, or the socket of a crash
		st, err := d.open(nil)
		if err != nil {
			return nil, err
		}
		return atRest{st}, nil
	}
	conn.Close()
	return served{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dial.DialContext(ctx, "unix", d.control())
		},
	}}}, nil
}

// served is a market that another process serves.
type served struct{ client *http.Client }

func (s served) get(ctx context.Context, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://control"+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10)) // what it says is a help, no more
	if response.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%w: the market says: %s", blob.ErrNotFound, said)
	}
	return nil, fmt.Errorf("the market answers %s: %s", response.Status, said)
}

func (s served) batches(ctx context.Context, from uint64) (io.ReadCloser, uint64, error) {
	response, err := s.get(ctx, "/batches?"+url.Values{"from": {strconv.FormatUint(from, 10)}}.Encode())
	if err != nil {
		return nil, 0, err
	}
	upTo, err := strconv.ParseUint(response.Header.Get(headHeader), 10, 64)
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("the market does not say how long its journal is: %w", err), response.Body.Close())
	}
	return response.Body, upTo, nil
}

func (s served) blob(ctx context.Context, digest vadium.Digest) (io.ReadCloser, error) {
	response, err := s.get(ctx, "/blobs/"+digest.String())
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

func (s served) Close() error { s.client.CloseIdleConnections(); return nil }

// atRest is a market that nobody serves.
type atRest struct{ *store }

func (a atRest) batches(ctx context.Context, from uint64) (io.ReadCloser, uint64, error) {
	head, err := a.journal.Head(ctx)
	if err != nil {
		return nil, 0, err
	}
	content, pipe := io.Pipe()
	go func() { // ends when all is read, or the reader is closed
		_, err := journal.WriteCopy(ctx, pipe, a.journal, from)
		pipe.CloseWithError(err)
	}()
	return content, head.Slot, nil
}

func (a atRest) blob(ctx context.Context, digest vadium.Digest) (io.ReadCloser, error) {
	return a.blobs.Get(ctx, digest)
}

func (a atRest) Close() error { return a.journal.Close() }
