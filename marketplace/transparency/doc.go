// Package transparency is what anyone needs to hold a market to its own history.
//
// The market's transparency log is the tree of RFC 6962 over all records of its journal, each in the form in which everyone
// saw it the moment it was written (marketplace.SealedForm). The market signs the tree's head (signing.TreeHead). With that,
// whoever has a receipt can tell whether what it promises is in the history that everyone sees, and whoever has an earlier
// head, whether that history still begins as it did:
//
//	err := transparency.CheckIncluded(head, record, proof)        // the record is in the history
//	err := transparency.CheckConsistent(older, newer, proof)      // the history has only grown
//	tree.Add(record); root := tree.Root()                         // these records are the history, all of them
//
// What it does not do: it keeps no log and asks nobody. The market's side is in the folder keeper; whoever watches compares
// heads with others, because a market that shows two histories to two people is found only when they do.
package transparency
