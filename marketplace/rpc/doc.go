// Package rpc is the market's door: Connect services that check what comes in, hand commands to the sequencer, and show
// what happened.
//
// A command is checked in the order of cost: bytes (before anything is parsed), form (protovalidate), signature, then
// what only the shell can know: whether the input is held, whether a statement is canonical, whether a sample proof
// verifies. The sequencer does the rest. A command sent again gets the first answer. Every refusal carries its kind and
// a hint; table.go maps kinds to codes.
//
// A batch of a session's commands is checked the same way, with one signature for all of them (batch.go).
//
// One port speaks Connect, gRPC and gRPC-Web, over HTTP/1.1 and unencrypted HTTP/2, so that curl, browsers and gRPC
// clients all work; health and reflection are on. Put TLS in front of anything that is not local.
//
// What leaves is public: records pass through marketplace.Public, inputs go to the requester and whoever is assigned now,
// proofs to nobody until they are accepted. Knowing a digest entitles to nothing: a request or program may name only
// blobs its author has uploaded (possession.go).
package rpc
