// Package client is the Go SDK of the market: every call in the core's own types, signed, retried and checked.
//
//	market := client.New("http://127.0.0.1:8420", client.Options{Key: key})
//	digest, err := market.PutBytes(ctx, client.Input, input)
//	submitted, err := market.SubmitRequest(ctx, marketplace.SubmitRequest{Program: program, Input: digest, ...})
//	request, proof, err := market.WaitProof(ctx, submitted.Request.ID)
//
// A command is signed once and sent until it is answered, with one id, so a lost answer never makes two of it. Only what
// is worth repeating is repeated: refusals are returned at once, as an [*Error] for which errors.Is finds the core's kind
// (errors.Is(err, marketplace.ErrFeeTooLow)) and which carries a hint.
//
// [Client.Watch] yields every event from a position on, in order, each once, whatever happens to the connection.
//
// What it does not do: it keeps no keys and no cursors on disk, proves nothing, and does not verify proofs.
package client
