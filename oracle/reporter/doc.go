// Package reporter runs one seat of a feed's committee.
//
// A reporter looks at its sources, signs what they say, tells the others through the market, and, when it leads, has the
// round proven and publishes it. What to do when is an oracle.Node's to decide; this package is its eyes and hands:
//
//	r, err := reporter.New(reporter.Config{Feed: id, Key: key, Dir: dir}, market, sources, prover)
//	err = r.Run(ctx)
//
// Before it signs an observation it writes it down in its folder, so that no crash makes it sign another for the same
// round. A source that is down, a proof that cannot be made and a market that is away are waited for: nothing of that ends
// a reporter. What ends it is a folder that cannot be written or belongs to another, and a feed that it has no seat of.
//
// Proofs come from a [Prover]: [Own] makes them here, [Bought] buys them on the market.
//
// What it does not do: it parses nothing of what sources serve (oracle/source), keeps no money, and slashes nobody; what it
// finds against others it hands to an [Accuser].
package reporter
