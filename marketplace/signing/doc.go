// Package signing says what people sign when they command the market, and what the market signs in return.
//
// Everything is an EIP-712 message in one [Domain], so that a wallet can show it and no signature is worth anything in
// another market. The type of a command derives from its Go struct: named like it, `address author`, the fields in
// order, `bytes32 salt`, `uint64 validUntil`:
//
//	CancelRequest(address author,bytes32 request,bytes32 salt,uint64 validUntil)
//
// The struct hash is the command's id: a command sent again is recognised, one with another salt is another command.
//
//	command, signature, err := signing.Sign(domain, key, marketplace.CancelRequest{Request: id}, salt, validUntil)
//	command, err := signing.Open(domain, author, body, salt, validUntil, signature)
//
// A [Session] signs the same digests with ed25519, and a [Batch] of many commands at once. Commands in a batch travel in an
// encoding of their own ([Encode]): each has one, so a signature covers exactly what is carried out.
//
// Receipts ([DeliveryReceipt], [AskReceipt], [RequestReceipt]) are the market's word, [ReadBlob] and [PutBlob] tokens
// with which people fetch and upload blobs; none of them is a command. Receipts that wait for the market's key together are
// signed together, on a sheet, and each comes with its [Place] there.
//
// What it does not do: keep keys, choose salts, read a clock, or remember what was signed before. The core does the last.
package signing
