// Package wire translates between the core's nouns and the protobuf messages of marketplace/v1 and vaults/v1, for the
// server (marketplace/rpc) and for the SDK (marketplace/client) alike.
//
// [Write] and [Read] match the fields of a Go struct with those of a message by name: MaxFee is max_fee, and a unit the
// wire has to name is appended, so Deadline is deadline_ms and Progress is progress_bps. A Go field without its message
// field is a bug, and a test finds it before anyone else does.
//
// The structs in view.go are what the market tells about itself where the core has no struct of that shape, and the
// kinds in refusal.go are refusals of the wire itself. Protobuf knowledge ends here: neither the core nor what users of
// the SDK see has any.
package wire
