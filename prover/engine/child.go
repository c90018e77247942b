package engine

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/rlp"

	"vadium"
	"vadium/circuits"
	"vadium/circuits/sandbox"
)

// child is one worker process, started when it is first needed and again after it died. It is used by one goroutine at
// a time.
type child struct {
	limits  Limits
	process *sandbox.Child
}

// call sends a request and waits for the answer. A child that does not answer properly, or not before ctx ends, is
// killed; the next call starts another.
func (c *child) call(ctx context.Context, r request, files []*os.File) (response, error) {
	var err error
	for range 2 { // a worker that ended while it was idle, out of memory for instance, says nothing about this request
		if err := c.start(ctx); err != nil {
			return response{}, err
		}
		var payload []byte
		payload, err = c.process.Call(ctx, encode(r), files...)
		if !errors.Is(err, sandbox.ErrGone) {
			return c.answered(ctx, payload, err)
		}
		c.kill()
	}
	return response{}, fmt.Errorf("%w: %v", ErrWorkerDied, err)
}

// answered reads an answer, or says why there is none.
func (c *child) answered(ctx context.Context, payload []byte, err error) (response, error) {
	var r response
	if err == nil {
		err = rlp.DecodeBytes(payload, &r)
	}
	switch {
	case err == nil:
		return r, nil
	case errors.Is(err, sandbox.ErrTooLarge): // nothing was sent
		return response{}, fmt.Errorf("%w: %v", ErrFailed, err)
	}
	if failure, ok := errors.AsType[*sandbox.Failure](err); ok { // it lives
		return response{}, fmt.Errorf("%w: %v", ErrFailed, failure)
	}
	c.kill()
	if ctx.Err() != nil {
		return response{}, ctx.Err()
	}
	return response{}, fmt.Errorf("%w (%v)", ErrWorkerDied, err)
}

func (c *child) start(ctx context.Context) (err error) {
	if c.process != nil {
		return nil
	}
	l := c.limits
	c.process, err = sandbox.Start(ctx, sandbox.Config{
		Role: l.role, Setup: encode(settings{KeyBytes: uint64(l.KeyBytes)}),
		Memory: l.MemoryBytes, Mapped: uint64(l.KeyBytes), Request: maxRequest, Answer: maxResponse, Require: l.Require,
	})
	switch {
	case err == nil:
		l.Confined(c.process.Confinement())
		l.Log.Info("a worker process started", "process", c.process.Process(), "confinement", c.process.Confinement().String())
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

// kill ends the process, if there is one, and waits for it.
func (c *child) kill() {
	if c.process != nil {
		_ = c.process.Close()
		c.process = nil
	}
}

// open opens a program's files for a worker, which can open none itself: its three blobs, and the key file made from
// the proving key where there can be one. Where there cannot, in a folder that cannot be written for instance, the worker
// reads the blob, as it does with keys that are not mapped at all.
func (w *Workers) open(ctx context.Context, k Keys) (files []*os.File, err error) {
	for _, path := range []string{k.ConstraintSystem, k.ProvingKey, k.VerifyingKey} {
		f, err := os.Open(path)
		if err != nil {
			closeAll(files)
			return nil, loadError(err)
		}
		files = append(files, f)
	}
	id := k.Program.ID()
	if _, unmapped := w.unmapped.Load(id); unmapped || k.Program.System != vadium.Groth16 {
		return files, nil
	}
	until, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.closing, cancel)()
	f, err := w.limits.ensure(until, k.ProvingKey, k.Program, w.limits.LoadTime)
	switch {
	case err == nil:
		return append(files, f), nil
	case w.closing.Err() != nil:
		closeAll(files)
		return nil, ErrClosed
	case ctx.Err() != nil:
		closeAll(files)
		return nil, ctx.Err()
	}
	w.unmapped.Store(id, err)
	w.limits.Log.Warn("no key file could be made, so workers read the proving key, which is slower and shared with nobody "+
		"(check that the folder of the keys can be written and has room for it twice, then restart)",
		"program", id, "name", k.Program.Name, "proving_key", k.ProvingKey, "error", err)
	return files, nil
}

// passed are the files as a worker gets them.
func passed(files []*os.File) (circuits.Files, error) {
	if len(files) != 3 && len(files) != 4 {
		return circuits.Files{}, fmt.Errorf("%d files came with the request, want 3 or 4", len(files))
	}
	f := circuits.Files{ConstraintSystem: files[0], ProvingKey: files[1], VerifyingKey: files[2]}
	if len(files) == 4 {
		f.Mapped = files[3]
	}
	return f, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}
