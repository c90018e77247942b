package rpc

import (
	"io"
	"net/http"
	"time"
)

// paced gives every write a deadline of its own: a stream may last for days, but not hold its place without reading.
type paced struct {
	http.ResponseWriter
	control *http.ResponseController
	within  time.Duration // for one write
}

func pace(w http.ResponseWriter, within time.Duration) paced {
	return paced{w, http.NewResponseController(w), within}
}

// hurry sets the deadline of the write that follows. Writers that cannot have one (as in tests without a connection) have
// no slow peers either.
func (p paced) hurry() { _ = p.control.SetWriteDeadline(time.Now().Add(p.within)) }

// Write implements [http.ResponseWriter].
func (p paced) Write(b []byte) (int, error) {
	p.hurry()
	return p.ResponseWriter.Write(b)
}

// Flush implements [http.Flusher].
func (p paced) Flush() {
	p.hurry()
	_ = p.control.Flush() // the next write says what is wrong
}

// Unwrap lets [http.ResponseController] find the connection.
func (p paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// prompt is a request's body that has to arrive in time. Once it has, the connection may be quiet: the body
// of a stream is one message, and what follows is ours to say.
type prompt struct {
	io.ReadCloser
	control *http.ResponseController
}

func promptly(w http.ResponseWriter, body io.ReadCloser, within time.Duration) prompt {
	p := prompt{body, http.NewResponseController(w)}
	_ = p.control.SetReadDeadline(time.Now().Add(within))
	return p
}

// Read implements [io.Reader].
func (p prompt) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if err == io.EOF {
		_ = p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
