package main

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// door is where a load knocks: a market or a reference, by the same transport.
type door struct {
	url      string
	http     *http.Client
	market   marketplacev1connect.MarketServiceClient
	sessions marketplacev1connect.SessionServiceClient
	server   *process // nil: somebody else's, whose processor time nobody knows
}

// openDoor opens a door for so many clients at once: HTTP/1.1, which costs less per call than HTTP/2, a connection each.
func openDoor(url string, clients int, server *process) *door {
	transport := &http.Transport{MaxIdleConns: clients + spareConnections, MaxIdleConnsPerHost: clients + spareConnections}
	d := &door{url: strings.TrimSuffix(url, "/"), http: &http.Client{Transport: transport}, server: server}
	d.market = marketplacev1connect.NewMarketServiceClient(d.http, d.url)
	d.sessions = marketplacev1connect.NewSessionServiceClient(d.http, d.url)
	return d
}

// spareConnections are for what goes on beside the load.
const spareConnections = 16

func (d *door) close() { d.http.CloseIdleConnections() }

func (d *door) cpu() time.Duration {
	if d.server == nil {
		return 0
	}
	return d.server.cpu()
}

// errBusy: the server has too much to do now and has not looked at the call.
var errBusy = errors.New("the server is busy")

// turnedAway are refusals that say nothing about the command: its client is to come again.
var turnedAway = []vadium.Kind{wire.ErrBusy, wire.ErrRateLimited, wire.ErrTooManyCalls}

// refusalOf returns the kind a server refused with. Whatever is no refusal is an error.
func refusalOf(err error) (vadium.Kind, error) {
	var coded *connect.Error
	if !errors.As(err, &coded) {
		return "", err
	}
	for _, d := range coded.Details() {
		value, unknown := d.Value()
		detail, ok := value.(*v1.ErrorDetail)
		if unknown != nil || !ok || detail.GetKind() == "" {
			continue
		}
		if kind := vadium.Kind(detail.GetKind()); !slices.Contains(turnedAway, kind) {
			return kind, nil
		}
		return "", errors.Join(errBusy, err)
	}
	return "", err
}
