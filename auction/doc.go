// Package auction decides who proves a request and what it is paid.
//
// Provers quote *asks*: a standing price for a [Product] (program size × latency tier × stake tier), sealed until
// their epoch ends. When a request comes, the market lists the asks that may serve it as [Candidate] values and calls
// [Clear], which picks a winner and ranked backups and sets the price each would be paid.
//
// The rule is a second-price auction weighted by reliability. A candidate's score is its price times its multiplier
// (10,000 bps for a prover that delivers, more for one that often does not), the lowest score wins, and the winner is
// paid the highest price at which it would still have won, never above the *reserve*, the most the market pays for this
// request. So a prover cannot do better than to ask what the proof costs it: its ask decides only whether it wins,
// never what it is paid. A winner without a rival is paid the reserve, so the reserve should be a market price:
// [Index] keeps recent clearing prices and proposes one.
//
// Equal scores are ordered by [Rank], a hash of a secret seed whose [SeedCommitment] was published before anyone could
// ask, and of a journal position nobody chooses.
//
// Everything is a plain function of its arguments, so a prover that lost can run the clearing again from published
// data and see that nobody cheated it. The package does not know requests, vaults or eligibility: who may be a
// candidate is the market's business. [Batch] clears many requests and many slots of one product at once (MUV): see there.
package auction
