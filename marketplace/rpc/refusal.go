package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"syscall"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/sequencer"
	v1 "vadium/marketplace/v1"
)

// refusals turns what handlers return into what travels: a code, a message, and an ErrorDetail with kind and hint.
type refusals struct{ log *slog.Logger }

// WrapUnary implements connect.Interceptor.
func (r refusals) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		response, err := next(ctx, req)
		if err != nil {
			return nil, r.translate(req.Spec().Procedure, err)
		}
		return response, nil
	}
}

// WrapStreamingClient implements connect.Interceptor.
func (r refusals) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler implements connect.Interceptor.
func (r refusals) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		if err := next(ctx, conn); err != nil {
			return r.translate(conn.Spec().Procedure, err)
		}
		return nil
	}
}

func (r refusals) translate(procedure string, err error) error {
	translated := refusal(err)
	if translated.Code() == connect.CodeInternal {
		r.log.Error("call failed", "procedure", procedure, "error", err)
	} else {
		r.log.Debug("call refused", "procedure", procedure, "code", translated.Code().String(), "error", err)
	}
	return translated
}

// refusal translates an error. What is not the caller's business is not in the message.
func refusal(err error) *connect.Error {
	if coded, ok := errors.AsType[*connect.Error](err); ok {
		if coded.Code() == connect.CodeInvalidArgument && len(coded.Details()) <= 1 { // protovalidate's, with its violations
			coded.AddDetail(detail(wire.ErrMalformed, 0))
		}
		return coded
	}
	var kind vadium.Kind
	switch {
	case errors.As(err, &kind):
	case errors.Is(err, sequencer.ErrBusy):
		kind, err = wire.ErrBusy, fmt.Errorf("%d commands wait already: %w", sequencer.QueueLimit, wire.ErrBusy)
	case errors.Is(err, sequencer.ErrTooLarge):
		kind = wire.ErrTooLarge
	case errors.Is(err, syscall.ENOSPC):
		kind, err = wire.ErrDiskLow, wire.ErrDiskLow
	case errors.Is(err, sequencer.ErrAhead):
		kind = wire.ErrBeyondJournal
	case errors.Is(err, sequencer.ErrStopped):
		kind = wire.ErrStopping
	// The outcome is unknown: asking again with the same command is safe and finds out.
	case errors.Is(err, sequencer.ErrUnknown), errors.Is(err, sequencer.ErrDurabilityUnknown):
		return connect.NewError(connect.CodeUnavailable, err)
	case errors.Is(err, context.Canceled):
		return connect.NewError(connect.CodeCanceled, err)
	case errors.Is(err, context.DeadlineExceeded):
		return connect.NewError(connect.CodeDeadlineExceeded, err)
	default:
		return connect.NewError(connect.CodeInternal, errors.New("the market failed to answer; its operator finds the reason in the log"))
	}
	translated := connect.NewError(rowOf(kind).code, err)
	retry := retryAfter(kind, err)
	if retry > 0 {
		translated.Meta().Set("Retry-After", strconv.Itoa(int((retry+time.Second-1)/time.Second)))
	}
	translated.AddDetail(detail(kind, retry))
	return translated
}

// retryAfter returns when it is worth trying again after a refusal; 0: not by waiting.
func retryAfter(kind vadium.Kind, err error) time.Duration {
	if too, ok := errors.AsType[*limited](err); ok {
		return too.retry
	}
	if kind == wire.ErrBusy {
		return retryBusy
	}
	return 0
}

func detail(kind vadium.Kind, retry time.Duration) *connect.ErrorDetail {
	d, err := connect.NewErrorDetail(&v1.ErrorDetail{Kind: string(kind), Hint: rowOf(kind).hint, RetryAfterMs: retry.Milliseconds()})
	if err != nil {
		panic("invariant: an error detail always encodes: " + err.Error())
	}
	return d
}

func rowOf(kind vadium.Kind) row {
	if r, ok := table[kind]; ok {
		return r
	}
	// A test fails before this happens. A refusal without a row is still a refusal: nothing changed.
	return row{connect.CodeFailedPrecondition, "this market's version knows no more about it"}
}
