package main

// explanation is what a reader of a figure has to know.
type explanation struct {
	title string
	// reference says what each by= that is not Vadium's does.
	reference map[string]string
	caveat    string
	// apart says that a full run leaves it out: what an earlier one with -add measured stays.
	apart bool
}

// explanations has one entry for every benchmark; a test compares it with the committed baseline.
var explanations = map[string]explanation{
	"Submit": {
		title:     "Decide and apply one submission, its clearing included",
		reference: map[string]string{"clear": "`auction.Rank` for every ask and one `auction.Clear`: the auction without the market around it"},
		caveat: "Every ask is within the reserve and free. The market walks them from the cheapest on and stops when none further on can matter, so its time " +
			"does not grow with the book, and the reference, which ranks and sorts all of them, falls behind. It walks further past asks that have " +
			"lapsed, are excluded or short of stake, and past those that tie: none of these are in the figure.",
	},
	"Life": {
		title:     "A request from submission to settlement: submit, accept, deliver, conclude",
		reference: map[string]string{"apply": "the same events applied without deciding, as a replay does"},
		caveat: "No disk, no signature, no proof; the clock stands still. By a profile, two thirds of it are the submission (see Submit) and a quarter is the " +
			"settlement. (Submit stops its timer in between, which costs it warm caches, so the two figures do not subtract.)",
	},
	"Clear": {
		title:     "One clearing: scores, ranks, winner, price, two backups",
		reference: map[string]string{"scan": "one pass for the two lowest prices: no backups, no quality weights, no ties, no prover with two asks"},
		caveat: "**This one looks bad on purpose**: the reference is a lower bound that no usable auction reaches. `Clear` is the rule as an audit runs it " +
			"again: it sorts the whole book, though it needs only the best three. A market's own clearings walk the cheapest asks (see Submit).",
	},
	"ClearBatch": {
		title:     "A batch cleared: who serves what, what every prover is paid, what every requester is charged",
		reference: map[string]string{"sort": "the same requests sorted by value and the same slots by price, as plain structs: no ties by rank, nobody paid"},
		caveat: "The rule alone, on one core, in memory that an earlier clearing left: the market gathers its book and assigns besides. Provers have four slots each. " +
			"Nothing that knows who is served can do without an order of both sides, but it need not move the whole of each row to find it.",
	},
	"Mark": {
		title:     "A price update: every vault marked, its call opened, widened, cured or left alone",
		reference: map[string]string{"walk": "the same, but what each vault needs is added up lock by lock, each with its own margin"},
		caveat: "On the core alone: no journal, and nobody is told. Every other update calls some of the vaults, which is dearer than to find " +
			"nothing to do. The cost is that of the vaults; the reference's is that of the locks, and both call the same vaults, but " +
			"for those that are some millionths of a value above what they need.",
	},
	"Commit": {
		title: "A small command (credit a deposit) made durable, so many callers at once, each waiting for its answer",
		reference: map[string]string{
			"one-sync-each": "the same commands and the same journal, one sync for each command",
			"file":          "the same bytes appended to a bare file, synced together: no rules, no state, no journal",
			"badger":        "the same bytes put into bare Badger by one committer, a key a batch, synced together",
		},
		caveat: "The sequencer runs with its defaults, so digests and snapshots are in the figure, over a state of some thousand deposits. Depends on the " +
			"disk more than anything here does, and this one is a virtual disk that syncs fast. " +
			"With one caller there is nothing to join, and group commit gains nothing. Nothing is signed here.",
	},
	"Journal": {
		title: "Make a batch of so many small commands durable: hash it into the chain, write it, sync",
		reference: map[string]string{
			"badger": "Badger with the journal's options, the same encoded batch under one key, one synced transaction: no chain, no checksum, no fence",
		},
		caveat: "One batch after another, as the market's one writer does it. `commands/s` is the journal's ceiling, not the market's. The " +
			"disk is in every figure; the ratio is what to read.",
	},
	"Decide": {
		title:     "Decide and apply commands on one core (GOMAXPROCS=1), garbage collection included",
		reference: map[string]string{"apply": "the same events applied without deciding, as a replay does"},
		caveat: "No disk, no signature, no wire; the clock stands still. A `life` is four commands over a book of ten asks, and `per op` is of all " +
			"four; with a larger book its first command dominates (see Submit).",
	},
	"Mix": {
		title: "A thousand requests live at once, beside so many that are being proven: 13,000 commands, nine of each thirteen heartbeats, on one " +
			"core (GOMAXPROCS=1), garbage collection included",
		reference: map[string]string{"apply": "the same events applied without deciding, as a replay does"},
		caveat: "No disk, no signature, no wire. Four hundred provers with an ask each, every one of them free and within the reserve; what is due in " +
			"between happens as it does in life. Each phase comes for all thousand before the next, so a command finds its request in no cache. " +
			"`cpu-ns/command` is the processor time of a command, whoever else wanted the machine; a wall clock also counts their turns.",
	},
	"Growth": {
		title:     "A command among so many open requests, picked at random",
		reference: map[string]string{"map": "a Go map with as many rows of 512 bytes, one found at random and changed"},
		caveat: "Measured once, because a million requests take minutes to set up. The ratio matters less than how it grows: the map shows what " +
			"caches alone make of it. `heap-bytes/open` counts everything a request makes the market remember, two command ids among it.",
	},
	"Serve": {
		title: "Commands over HTTP: a market process, a load process, closed loops of so many clients",
		reference: map[string]string{
			"empty-handler": "a Connect handler that checks the same signature with the same code and answers with as many bytes",
		},
		caveat: "The load shares two cores with the server and takes about half of them, from both alike; `server-cpu` is the server's alone. Every " +
			"answer is checked against the journal before a figure is printed. Messages are signed in advance. Each request is cleared " +
			"among 64 asks and assigned. p99 at 1,024 clients is queueing: Little's law, not the market.",
	},
	"Batch": {
		title: "Session-signed batches over HTTP, closed loops of so many clients",
		reference: map[string]string{
			"empty-handler": "a Connect handler that reads the envelope, checks the same signature, and answers each command with as many bytes",
		},
		caveat: "`per op` is of a command, p50 and p99 are of a batch. The empty handler decides nothing, stores nothing and syncs nothing, so its rate " +
			"is a ceiling of transport. A `heartbeat` is the cheapest command there is and what a prover's hot key signs most; a `submit` is " +
			"cleared among 64 asks. The load shares both cores.",
	},
	"Assignment": {
		title: "p99 from when a request was due to be sent until its assignment arrived on the requester's stream, at a fixed rate, " +
			"beside so many commands a second in batches of 64",
		reference: map[string]string{
			"empty-handler": "p99 of the empty handler's answer at the same rates",
		},
		caveat: "Open loop: whoever had to wait for a client to be free has waited. Load and market share two cores, so a pause of either is in the " +
			"figure, and with some hundred requests a pass p99.9 is one or two requests.",
	},
	"Lives": {
		title:     "Whole requests, closed loop: submitted, assigned, accepted, delivered, verified, settled",
		reference: map[string]string{"verify": "gnark's `Verify` of as many proofs on all cores: nobody settles a request without one"},
		caveat: "Provers are simulated: they accept and deliver as soon as the stream tells them. Everything is signed by wallets, on the load's side " +
			"too, and the load decodes the whole stream: about half of the machine.",
	},
	"Proof": {
		title:     "A proof from end to end: input uploaded, request submitted, proved by a real prover's worker, verified, in the requester's hands",
		reference: map[string]string{"gnark": "gnark's `Prove` in one process, keys in memory, on another input of the same program"},
		caveat: "Pairs, one after the other, while the other side rests. Keys are loaded and heaps warm on both sides. The program is a chain of " +
			"fifth powers, bound to request and prover.",
	},
	"Open": {
		title:     "Check a signed command: EIP-712 hash, recover the signer, compare",
		reference: map[string]string{"ecrecover": "go-ethereum's `crypto.Ecrecover` of the same signature"},
		caveat:    "With cgo (libsecp256k1). Built with `CGO_ENABLED=0`, recovery itself is several times slower and the ratio smaller.",
	},
	"OpenBatch": {
		title:     "Check a batch that a session signed: hash it, verify the signature, decode and name every command",
		reference: map[string]string{"ed25519": "`ed25519.Verify` of the same signature, its message hashed in advance"},
		caveat: "`per op` is of a batch. The reference does the same whatever the batch holds, so the ratio at 1,024 commands is what a thousand " +
			"commands cost in signatures: what is above it is hashing and decoding them.",
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
		caveat: "Ours uses one core and gnark's about one and a half, so the ratio of times understates what is gained; `cpu-µs/proof` " +
			"does not. A market has full batches only when deliveries of one program arrive faster than they are verified.",
	},
	"KeyLoad": {
		title: "A Groth16 proving key of 2^18 constraints, made ready in a process that has not had it",
		reference: map[string]string{
			"gnark-dump": "gnark's `ReadDump`, its fastest reader",
			"gnark-raw":  "gnark's `UnsafeReadFrom` of the canonical key, which is what provers did before",
		},
		caveat: "The file is in the page cache: a cold disk costs its reading, later, as pages are touched. The key file was imported before, " +
			"which takes a few seconds once. The key's points repeat; loading does not look at them. The constraint system, which is read and not " +
			"mapped, is not in the figure.",
	},
	"Prove": {
		title:     "Make a proof and verify it, keys loaded: in this process, and in a worker process",
		reference: map[string]string{"gnark": "gnark's `Prove` alone, same keys and options, on a witness built beforehand"},
		caveat: "Four proofs a pass, each of which wants both cores, so these rows feel other work on the machine the most: where a range spans " +
			"1, the rows say no more than that the overhead is small. The worker has 4 GiB, and its " +
			"proof is verified once, by its parent, which is in the figure. Both circuits are small.",
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
		caveat: "Runs beside the market, every 4,096 batches, on a frozen state. **Grows with every request ever made**, because settled requests " +
			"stay in the state; the reference is a lower bound that no encoding reaches.",
	},
	"Restore": {
		title:     "Decode a snapshot into a state that can go on",
		reference: map[string]string{"records": "what a restart without snapshot would do: decode and apply every record, from memory"},
		caveat:    "Below 1 is what a snapshot saves. It saves a constant factor only, for the reason given at Snapshot.",
	},
	"Digest": {
		title:     "Digest of the state, computed anew from every row",
		reference: map[string]string{"sha256": "SHA-256 of the same bytes, encoded beforehand"},
		caveat: "What a restored state does once. A running market hashes only the rows that have changed since the last digest, every 256 batches, " +
			"in each of its two states.",
	},
	"RoundProve": {
		title: "The proof of a feed's round, every seat of the committee present: made and verified",
		reference: map[string]string{
			"gnark":       "gnark's `Prove` alone, same circuit, keys and options, on a witness built beforehand",
			"gnark-chain": "gnark's `Prove` alone on a chain of squarings of as many constraints and public inputs",
		},
		caveat: "In one process, keys loaded, with both processors for itself; a reporter's node has other things to do. What decides is not the number " +
			"of constraints alone: a chain's wires are numbers of 254 bits, and many of a round's are bits, which cost gnark next to nothing to commit to. " +
			"Committees smaller than their circuit take as long. Gathering and checking the observations is not in it.",
	},
	"RoundVerify": {
		title:     "Verify the proof of a round from its bytes",
		reference: map[string]string{"gnark": "gnark's `Verify` of a proof and a public witness parsed beforehand"},
		caveat: "Whatever the size of the committee: a proof has 164 bytes and twelve public inputs. Holding the report against the feed, the clock and " +
			"the vaults, which no proof does, is not in it.",
	},
	"Provenance": {
		title: "A real RedStone package (BTC, 1 July 2024) proven without a committee: keccak256 and ECDSA over secp256k1 inside the proof",
		reference: map[string]string{
			"gnark": "gnark's `Prove`, and `Verify`, alone, same circuit and keys, on witnesses built beforehand",
		},
		caveat: "One package of one signer. Not in a full run, because its keys take minutes to make: " +
			"`VADIUM_BENCH_PROVENANCE=1 go run ./bench/report -add -bench Provenance`. The circuit makes a BSB22 commitment, so its proofs are longer and " +
			"their verification has more to check than that of a round.",
		apart: true,
	},
	"Clearing": {
		title: "The clearing of a batch of 128 orders and 128 slots, every place taken: proven from a committed book, and verified",
		reference: map[string]string{
			"gnark":       "gnark's `Prove`, and `Verify`, alone, same circuit, keys and options, on witnesses built beforehand",
			"gnark-chain": "gnark's `Prove` alone on a chain of squarings of as many constraints and public inputs",
		},
		caveat: "With both processors for itself. Not in a full run, because its keys take minutes to make: " +
			"`VADIUM_BENCH_CLEARING=1 go run ./bench/report -add -bench Clearing`. A smaller batch takes as long in the same circuit. Clearing the " +
			"batch and building the input is not in it.",
		apart: true,
	},
}
