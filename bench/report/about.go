package main

// explanation is what a reader of a figure has to know.
type explanation struct {
	title string
	// reference says what each by= that is not Vadium's does.
	reference map[string]string
	caveat    string
}

// explanations has one entry for every benchmark; a test compares it with the committed baseline.
var explanations = map[string]explanation{
	"Submit": {
		title:     "Decide and apply one submission, its clearing included",
		reference: map[string]string{"clear": "`auction.Rank` for every ask and one `auction.Clear`: the auction without the market around it"},
		caveat: "Worst case: every ask is within the reserve and free, so each prover's stake, slots and history are looked at; asks above " +
			"the reserve are skipped and cost next to nothing. The time grows with the book: **at a thousand eligible asks this is the " +
			"market's ceiling**, far below what signatures and disk allow.",
	},
	"Life": {
		title:     "A request from submission to settlement: submit, accept, deliver, conclude",
		reference: map[string]string{"apply": "the same events applied without deciding, as a replay does"},
		caveat: "No disk, no signature, no proof; the clock stands still. Most of it is the submission (see Submit): asking of each of the " +
			"hundred asks whether it is eligible, and clearing. By a profile, the other three commands take less than a tenth. (Submit " +
			"stops its timer in between, which costs it warm caches, so the two figures do not subtract.)",
	},
	"Clear": {
		title:     "One clearing: scores, ranks, winner, price, two backups",
		reference: map[string]string{"scan": "one pass for the two lowest prices: no backups, no quality weights, no ties, no prover with two asks"},
		caveat: "**This one looks bad on purpose**: the reference is a lower bound that no usable auction reaches. `Clear` sorts the book and " +
			"drops a prover's second ask by a map, though it needs only the best three.",
	},
	"Commit": {
		title: "A small command (credit a deposit) made durable, so many callers at once, each waiting for its answer",
		reference: map[string]string{
			"one-sync-each": "the same commands and the same journal, one sync for each command",
			"file":          "the same bytes appended to a bare file, synced together: no rules, no state, no journal",
		},
		caveat: "The sequencer runs with its defaults, so digests and snapshots are in the figure, over a state of some thousand deposits. Depends on the " +
			"disk more than anything here does, and this one is a virtual disk shared with other work: p99 is mostly the neighbours'. " +
			"With one caller there is nothing to join, and group commit gains nothing. Nothing is signed here.",
	},
	"Open": {
		title:     "Check a signed command: EIP-712 hash, recover the signer, compare",
		reference: map[string]string{"ecrecover": "go-ethereum's `crypto.Ecrecover` of the same signature"},
		caveat:    "With cgo (libsecp256k1). Built with `CGO_ENABLED=0`, recovery itself is several times slower and the ratio smaller.",
	},
	"Verify": {
		title:     "Verify a proof from its bytes: guard, parse, check the canonical form, verify",
		reference: map[string]string{"gnark": "gnark's `Verify` of a proof and a public witness parsed beforehand"},
		caveat: "What the ratio exceeds 1 by is the price of not believing bytes: decompression and subgroup checks, and serialising again. " +
			"One verification at a time; a market verifies several at once.",
	},
	"VerifyBatch": {
		title:     "Verify so many proofs of one key from their bytes, together",
		reference: map[string]string{"gnark": "gnark's `Verify` of each, proof and public witness parsed beforehand"},
		caveat: "Ours uses one core and gnark's about one and a half, so the ratio of times understates what is gained; `cpu-µs/proof` in " +
			"`baseline.txt` does not. A market has full batches only when deliveries of one program arrive faster than they are verified.",
	},
	"Prove": {
		title:     "Make a proof and verify it, keys loaded: in this process, and in a worker process",
		reference: map[string]string{"gnark": "gnark's `Prove` alone, same keys and options, on a witness built beforehand"},
		caveat: "Four proofs a pass, each of which wants both cores, so these rows feel other work on the machine the most: where a range spans " +
			"1, the rows say no more than that the overhead is small. The worker has 4 GiB, and its " +
			"proof is verified twice, there and by its parent. **Unlimited looks bad and need not**: without a limit on its memory the " +
			"worker is started with `GOMEMLIMIT=0`, and the Go runtime collects garbage all the time. Both circuits are small.",
	},
	"Replay": {
		title:     "Rebuild the state from the journal on disk, all checks included",
		reference: map[string]string{"read": "read and check the same batches, decode nothing"},
		caveat: "Read from memory that Badger or the page cache holds, not from a cold disk. One settled request is sixteen records. A restart " +
			"replays only what follows the last snapshot; see Restore.",
	},
	"Snapshot": {
		title:     "Encode the state, so many settled requests and a hundred provers in it",
		reference: map[string]string{"copy": "copy the same bytes in memory"},
		caveat: "The market waits while this runs, every 4,096 batches. **Grows with every request ever made**, because settled requests stay " +
			"in the state; the reference is a lower bound that no encoding reaches.",
	},
	"Restore": {
		title:     "Decode a snapshot into a state that can go on",
		reference: map[string]string{"records": "what a restart without snapshot would do: decode and apply every record, from memory"},
		caveat:    "Below 1 is what a snapshot saves. It saves a constant factor only, for the reason given at Snapshot.",
	},
	"Digest": {
		title:     "Digest of the state",
		reference: map[string]string{"sha256": "SHA-256 of the same bytes, encoded beforehand"},
		caveat: "Nearly all of it is encoding. **Every 256 batches the market pauses for twice this**, once for the working state and once for the " +
			"published one, and the pause grows with every request ever made.",
	},
}
