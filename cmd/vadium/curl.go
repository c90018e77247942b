package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/marketplace/v1/marketplacev1connect"
)

// printSigned signs a request and prints it as the JSON that the market takes over plain HTTP.
func (c *console) printSigned(ctx context.Context, h *home, market *client.Client, body marketplace.SubmitRequest) error {
	m, err := market.Market(ctx)
	if err != nil {
		return err
	}
	if h.sessionPath() != "" {
		return withHint(errors.New("a printed request is signed by the account's own key"), "leave --session or --print out")
	}
	signer, err := h.Signer(c)
	if err != nil {
		return err
	}
	salt, until := client.NewSalt(), vadium.Time(time.Now().Add(5*time.Minute).UnixMilli())
	command, signature, err := signing.Sign(m.Domain(), signer, body, salt, until)
	if err != nil {
		return err
	}
	message := &v1.SubmitRequestRequest{Auth: new(v1.Authorization)}
	wire.Write(message.Auth, wire.Authorization{Author: command.Author, Salt: salt, ValidUntil: until, Signature: signature})
	wire.WriteSubmission(message, &body)
	encoded, err := protojson.Marshal(message)
	if err != nil {
		return err
	}
	url, err := h.Market()
	if err != nil {
		return err
	}
	c.tell("%s", faint.Render(fmt.Sprintf("valid for 5 minutes; send it:  curl -H 'Content-Type: application/json' -d @- %s%s", url, marketplacev1connect.MarketServiceSubmitRequestProcedure)))
	_, err = fmt.Fprintln(c.out, string(encoded))
	return err
}
