// Package oracle is how prices come to be believed: reporters sign observations of a feed, and a round of the feed is a
// median of them that is proven.
//
// The words: a feed is one value that changes, such as the price of an asset in US dollars. Its committee is a list of
// seats, each a reporter with its key; at most a third of them may be wrong or silent. An observation is what one reporter
// saw at one time, signed for one round. A report is what a round's proof states about a quorum of observations: their
// median, the oldest and the newest of their times, who is present, and who is far off. A round is a report that was
// published.
//
// Everything here is a plain function over plain values: the clock, the keys, the proofs and the network are the shells'
// (oracle/source, oracle/reporter, circuits/pricemedian).
package oracle
