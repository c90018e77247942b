package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/mod/sumdb/tlog"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/marketplacetest"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency"
)

// teller is a market that can tell one history and sign another.
type teller struct {
	t       *testing.T
	key     signing.Key
	told    client.Market
	shown   []marketplace.Record // as everyone sees them
	records []marketplace.Record // that the log is made of
	stored  []tlog.Hash
	closes  map[uint64]signing.SignedTreeHead // instead of those that follow from the log
	head    func(least uint64) (signing.SignedTreeHead, error)

	programs // none
}

func tellerKey(t *testing.T, n byte) signing.Key {
	t.Helper()
	private, err := crypto.ToECDSA(append(make([]byte, 31), n))
	if err != nil {
		t.Fatal(err)
	}
	return signing.NewKey(private)
}

// tell returns an honest market of a world's history.
func tell(t *testing.T, w *marketplacetest.World) *teller {
	t.Helper()
	m := w.State.Market()
	e := &teller{t: t, key: tellerKey(t, 9), told: client.Market{
		ChainID: m.ChainID, Deployment: m.Deployment, Epoch: m.Epoch, EpochEnds: m.EpochEnds, Lineages: m.Lineages, Seq: m.Seq,
	}}
	e.told.Signer = e.key.Account()
	for _, r := range w.Journal() {
		e.shown = append(e.shown, marketplace.Public(r, w.State))
	}
	e.log(e.shown)
	return e
}

// log makes the log of these records.
func (e *teller) log(records []marketplace.Record) {
	e.t.Helper()
	e.records, e.stored = slices.Clone(records), nil
	for i, r := range records {
		more, err := tlog.StoredHashes(int64(i), marketplace.Leaf(r), e)
		if err != nil {
			e.t.Fatal(err)
		}
		e.stored = append(e.stored, more...)
	}
}

// ReadHashes implements tlog.HashReader.
func (e *teller) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		all[i] = e.stored[index]
	}
	return all, nil
}

func (e *teller) Market(context.Context) (client.Market, error) { return e.told, nil }

func (e *teller) Events(_ context.Context, from uint64, limit uint32, _ client.EventFilter) ([]marketplace.Record, uint64, error) {
	if from > uint64(len(e.shown)) {
		return nil, from, nil
	}
	some := e.shown[from-1 : min(int(from-1)+int(limit), len(e.shown))]
	return some, from + uint64(len(some)), nil
}

// at returns the signed head of so many records.
func (e *teller) at(size int) signing.SignedTreeHead {
	e.t.Helper()
	root, err := tlog.TreeHash(int64(size), e)
	if err != nil {
		e.t.Fatal(err)
	}
	head, err := signing.SignTreeHead(e.told.Domain(), e.key, signing.TreeHead{Size: uint64(size), Root: vadium.Digest(root), At: e.records[size-1].At})
	if err != nil {
		e.t.Fatal(err)
	}
	return head
}

func (e *teller) TreeHead(_ context.Context, least uint64) (signing.SignedTreeHead, error) {
	switch {
	case e.head != nil:
		return e.head(least)
	case least > uint64(len(e.records)):
		return signing.SignedTreeHead{}, transparency.ErrShorter
	}
	return e.at(len(e.records)), nil
}

func (e *teller) CloseHead(_ context.Context, epoch uint64) (signing.SignedTreeHead, error) {
	if head, another := e.closes[epoch]; another {
		return head, nil
	}
	for _, r := range e.records {
		if ended, is := r.Event.(*marketplace.AskEpochClosed); is && ended.Epoch == epoch {
			return e.at(int(r.Seq)), nil
		}
	}
	return signing.SignedTreeHead{}, transparency.ErrEpochOpen
}

func (e *teller) InclusionProof(_ context.Context, seq, size uint64) ([]vadium.Digest, error) {
	proof, err := tlog.ProveRecord(int64(size), int64(seq-1), e)
	return transparency.Digests(proof), err
}

func (e *teller) ConsistencyProof(_ context.Context, from, to uint64) ([]vadium.Digest, error) {
	proof, err := tlog.ProveTree(int64(to), int64(from), e)
	return transparency.Digests(proof), err
}

// askOf returns the receipt of a prover's last ask for requests without a damage cap.
func (e *teller) askOf(prover string) client.Kept {
	e.t.Helper()
	for _, r := range slices.Backward(e.records) {
		placed, is := r.Event.(*marketplace.AskPlaced)
		if !is || placed.Ask.Prover != marketplacetest.Account(prover) || placed.Ask.Product.Stake != auction.StakeNone {
			continue
		}
		kept := client.Kept{ChainID: e.told.ChainID, Deployment: e.told.Deployment, Signer: e.told.Signer}
		kept.Ask.Receipt = signing.AskReceipt{
			Prover: placed.Ask.Prover, Product: placed.Ask.Product, Commitment: placed.Ask.Commitment, Epoch: placed.Ask.Epoch, Seq: r.Seq,
		}
		var err error
		kept.Ask.Signature, _, err = signing.SignReceipts(kept.Domain(), e.key, [][32]byte{signing.ReceiptHash(kept.Ask.Receipt)})
		if err != nil {
			e.t.Fatal(err)
		}
		return kept
	}
	e.t.Fatalf("%s has placed no ask", prover)
	return client.Kept{}
}

// replaceAt returns the records with another event at a position.
func replaceAt(records []marketplace.Record, seq uint64, event marketplace.Event) []marketplace.Record {
	all := slices.Clone(records)
	all[seq-1].Event = event
	return all
}

// where returns the position of the first record of a type, and its event, after a position.
func where[E marketplace.Event](t *testing.T, records []marketplace.Record, after uint64) (uint64, E) {
	t.Helper()
	for _, r := range records {
		if e, is := r.Event.(E); is && r.Seq > after {
			return r.Seq, e
		}
	}
	var none E
	t.Fatalf("no %T", none)
	return 0, none
}

// history is a world in which asks were placed and requests cleared, and the epoch of both has ended.
func history(t *testing.T) *marketplacetest.World {
	t.Helper()
	w := marketplacetest.Ready(t, 3)
	w.Run("submit alice r in=48h", "submit alice s in=48h", "at epoch-end", "submit alice u in=48h")
	return w
}

// batched is a world in which requests were cleared together, in an epoch that has ended.
func batched(t *testing.T) *marketplacetest.World {
	t.Helper()
	w := marketplacetest.Ready(t, 3)
	w.Run("ask prover1 none 6 tier=2 slots=2", "ask prover2 none 7 tier=2 slots=2", "at epoch-end",
		"submit alice a fee=20 tier=2", "submit alice b fee=12 tier=2", "wait 2s", "prove a b", "at epoch-end")
	return w
}

// goOn adds a record to what is shown and to the log.
func (e *teller) goOn(at vadium.Time, event marketplace.Event) {
	e.shown = append(slices.Clone(e.shown), marketplace.Record{Seq: uint64(len(e.shown) + 1), At: at, Event: event})
	e.told.Seq++
	e.log(e.shown)
}

// cheaper is another ask of the same prover, as if it had been that from the beginning.
func cheaper(ask marketplace.Ask) *marketplace.AskPlaced {
	placed := marketplace.PlaceAsk{
		Product: ask.Product, Price: vadium.NewAmount(1), Slots: ask.Slots, Capacity: ask.Capacity, ETA: ask.ETA, StandUntil: ask.StandUntil,
		Salt: ask.Salt, PriceCommitment: ask.PriceCommitment,
	}
	ask.Price, ask.Commitment = placed.Price, placed.Commitment(ask.Prover, ask.Position, ask.Epoch)
	return &marketplace.AskPlaced{Ask: ask}
}

// Whatever a market does with an ask that it receipted, its prover finds out, and can say which: the ask was left out, the log
// is not what the market shows, or the history is not the one that was signed before.
func TestAReceiptFindsOutWhatAMarketDidWithAnAsk(t *testing.T) {
	ended := history(t)
	open := marketplacetest.Ready(t, 3)
	open.Run("ask prover1 none 5")
	for _, c := range []struct {
		name  string
		world *marketplacetest.World
		lie   func(*teller, client.Kept)
		wrong string // what is found; empty: nothing is wrong
		says  string // among what is proven, or open
	}{
		{name: "it keeps its word", world: ended, says: "run again with it, gives what the market says"},
		{name: "the records are opened as they were signed", world: ended, says: "opened, are those that the market signed when it ended"},
		{name: "the epoch is open", world: open, says: "whether clearings took it into account"},
		{name: "it omits the ask", world: ended, wrong: "the ask was omitted: record", lie: func(e *teller, k client.Kept) {
			e.shown = replaceAt(e.shown, k.Ask.Receipt.Seq, &marketplace.MarketHeartbeat{})
			e.log(e.shown)
		}},
		{name: "it puts another ask of the prover there", world: ended, wrong: "the ask was omitted: record", lie: func(e *teller, k client.Kept) {
			e.shown = replaceAt(e.shown, k.Ask.Receipt.Seq, cheaper(e.shown[k.Ask.Receipt.Seq-1].Event.(*marketplace.AskPlaced).Ask))
			e.log(e.shown)
		}},
		{name: "its log ends before the ask", world: ended, wrong: "the ask was omitted or lost: the market's log ends before", lie: func(e *teller, k client.Kept) {
			e.shown = e.shown[:k.Ask.Receipt.Seq-1]
			e.log(e.shown)
		}},
		{name: "it shows the ask and logs something else", world: ended, wrong: "has another record there", lie: func(e *teller, k client.Kept) {
			e.log(replaceAt(e.shown, k.Ask.Receipt.Seq, &marketplace.MarketHeartbeat{}))
		}},
		{name: "the epoch ended without the ask", world: ended, wrong: "the ask was omitted: epoch 1 ended with", lie: func(e *teller, k client.Kept) {
			e.closes = map[uint64]signing.SignedTreeHead{1: e.at(int(k.Ask.Receipt.Seq - 1))}
		}},
		{name: "it inserts an ask after the close", world: ended, wrong: "are not those that the market signed when it ended", lie: func(e *teller, k client.Kept) {
			seq, placed := where[*marketplace.AskPlaced](e.t, e.shown, k.Ask.Receipt.Seq)
			e.shown = replaceAt(e.shown, seq, cheaper(placed.Ask))
		}},
		{name: "it inserts an ask after the close, and into the log", world: ended, wrong: "has rewritten its history: the log that it signed when epoch 1 ended", lie: func(e *teller, k client.Kept) {
			before, err := e.CloseHead(e.t.Context(), 1)
			if err != nil {
				e.t.Fatal(err)
			}
			e.closes = map[uint64]signing.SignedTreeHead{1: before}
			seq, placed := where[*marketplace.AskPlaced](e.t, e.shown, k.Ask.Receipt.Seq)
			e.shown = replaceAt(e.shown, seq, cheaper(placed.Ask))
			e.log(e.shown)
		}},
		{name: "it opens an ask to another price", world: ended, wrong: "not the one it was committed to", lie: func(e *teller, _ client.Kept) {
			seq := e.askOf("prover2").Ask.Receipt.Seq
			other := *e.shown[seq-1].Event.(*marketplace.AskPlaced)
			other.Ask.Price = vadium.Tokens(60) // its sealed form is the same
			e.shown = replaceAt(e.shown, seq, &other)
		}},
		{name: "it changes a record after the epoch", world: ended, wrong: "the public records are not those in the log", lie: func(e *teller, _ client.Kept) {
			closed, _ := where[*marketplace.AskEpochClosed](e.t, e.shown, 0)
			seq, submitted := where[*marketplace.RequestSubmitted](e.t, e.shown, closed)
			other := *submitted
			other.Request.Program[0]++
			e.shown = replaceAt(e.shown, seq, &other)
			e.told.Epoch = 2
		}},
		{name: "it assigns to whom the rule does not", world: ended, wrong: "cleared against its own rule", lie: func(e *teller, _ client.Kept) {
			seq, assigned := where[*marketplace.RequestAssigned](e.t, e.shown, 0)
			other := *assigned
			other.Attempt.Price = other.Attempt.Price.MustAdd(vadium.NewAmount(1))
			e.shown = replaceAt(e.shown, seq, &other)
			e.log(e.shown)
		}},
		{name: "it assigns to whom the rule does not, and still hides an ask of that epoch", world: ended, wrong: "the market still hides record", lie: func(e *teller, _ client.Kept) {
			seq, assigned := where[*marketplace.RequestAssigned](e.t, e.shown, 0)
			other := *assigned
			other.Attempt.Price = other.Attempt.Price.MustAdd(other.Attempt.Price)
			e.shown = replaceAt(e.shown, seq, &other)
			hidden, _ := where[*marketplace.AskPlaced](e.t, e.shown, 0)
			e.shown[hidden-1] = marketplace.SealedForm(e.shown[hidden-1])
			e.log(e.shown)
		}},
		{name: "it still hides a batch of an epoch that has ended", world: ended, wrong: "the market still hides record", lie: func(e *teller, k client.Kept) {
			closed, _ := where[*marketplace.AskEpochClosed](e.t, e.shown, 0)
			e.shown = replaceAt(e.shown, closed-1, &marketplace.BatchCleared{Product: k.Ask.Receipt.Product, Sealed: true})
			e.log(e.shown)
		}},
		{name: "the ask stands in the open epoch", world: ended, says: "while the ask stood, up to record"},
		{name: "the ask stands in the open epoch, which is open", world: ended, says: "whether clearings from record"},
		{name: "its log is behind, and reaches to the ask only", world: ended, says: "opened, are those that the market signed when it ended", lie: func(e *teller, _ client.Kept) {
			e.head = func(least uint64) (signing.SignedTreeHead, error) { return e.at(int(least)), nil }
		}},
		{name: "its log ends before the end of the epoch that it signed", world: ended, wrong: "the market has lost or hides records: its log ends before", lie: func(e *teller, k client.Kept) {
			end, err := e.CloseHead(e.t.Context(), 1)
			if err != nil {
				e.t.Fatal(err)
			}
			e.head = func(least uint64) (signing.SignedTreeHead, error) {
				if least >= end.Size {
					return signing.SignedTreeHead{}, transparency.ErrShorter
				}
				return e.at(int(least)), nil
			}
		}},
		{name: "the epoch is open, and by our clock it has ended", world: open, says: "it stands still, hides records, or one of the clocks is wrong"},
		{name: "it keeps the epoch of the ask open", world: open, wrong: "keeps the epoch open", lie: func(e *teller, _ client.Kept) {
			e.goOn(e.told.EpochEnds, &marketplace.MarketHeartbeat{})
		}},
		{name: "it is busy just before the end of the epoch", world: open, says: "whether clearings took it into account", lie: func(e *teller, _ client.Kept) {
			e.goOn(e.told.EpochEnds.Add(-1), &marketplace.MarketHeartbeat{})
		}},
		{name: "it keeps a later epoch open", world: ended, wrong: "keeps the epoch open", lie: func(e *teller, _ client.Kept) {
			e.goOn(e.told.EpochEnds, &marketplace.MarketHeartbeat{})
		}},
		{name: "it says that an epoch is open which its records closed", world: ended, wrong: "the market says that ask epoch 1 is open", lie: func(e *teller, k client.Kept) {
			e.told.Epoch = k.Ask.Receipt.Epoch
		}},
		{name: "it puts a batch off", world: batched(t), wrong: "puts their batch off", lie: func(e *teller, _ client.Kept) {
			seq, _ := where[*marketplace.BatchCleared](e.t, e.shown, 0)
			late := slices.Clone(e.shown)
			e.shown = slices.Insert(late, int(seq-1), marketplace.Record{At: late[seq-1].At, Event: &marketplace.MarketHeartbeat{}})
			for i := range e.shown {
				e.shown[i].Seq = uint64(i + 1)
			}
			e.told.Seq++
			e.log(e.shown)
		}},
		{name: "it signs with another key", world: ended, wrong: "unless its operator says why", lie: func(e *teller, _ client.Kept) {
			e.key = tellerKey(e.t, 10)
			e.told.Signer = e.key.Account()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := tell(t, c.world)
			kept := e.askOf("prover1")
			if err := kept.Check(); err != nil {
				t.Fatal(err)
			}
			if c.lie != nil {
				c.lie(e, kept)
			}
			quiet := newConsole(strings.NewReader(""), new(bytes.Buffer), new(bytes.Buffer))
			found, err := checkReceipt(t.Context(), quiet, e, memory(t.TempDir()), kept)
			if err != nil {
				t.Fatalf("the check was not made: %v", err)
			}
			if c.wrong == "" && found.Wrong != "" || !strings.Contains(found.Wrong, c.wrong) {
				t.Errorf("found %q, want %q", found.Wrong, c.wrong)
			}
			if said := strings.Join(append(found.Proven, found.Open...), "\n"); !strings.Contains(said, c.says) {
				t.Errorf("said\n%s\nwant %q", said, c.says)
			}
		})
	}
}

// What a home has seen of a market is held against what it shows next, with both heads as evidence when they contradict.
func TestTheNextLookFindsOutARewrittenHistory(t *testing.T) {
	w := history(t)
	middle := len(w.Journal()) / 2
	for _, c := range []struct {
		name string
		then func(*teller)
		want string // what is wrong; empty: nothing
	}{
		{name: "it has grown", then: func(*teller) {}},
		{name: "nothing has happened", then: func(e *teller) { e.log(e.shown[:middle]) }},
		{name: "an earlier record is another", want: "the market has rewritten its history", then: func(e *teller) {
			e.log(replaceAt(e.shown, uint64(middle-1), &marketplace.MarketPaused{Reason: "no reason"}))
		}},
		{name: "one was inserted", want: "the market has rewritten its history", then: func(e *teller) {
			all := slices.Insert(slices.Clone(e.shown), 10, e.shown[10])
			for i := range all {
				all[i].Seq = uint64(i + 1)
			}
			e.log(all)
		}},
		{name: "the last is another, and nothing new", want: "the market has rewritten its history", then: func(e *teller) {
			e.log(replaceAt(e.shown[:middle], uint64(middle), &marketplace.MarketPaused{Reason: "no reason"}))
		}},
		{name: "it was restored from a backup", want: "it says itself that this is another history", then: func(e *teller) {
			e.log(replaceAt(e.shown, uint64(middle-1), &marketplace.MarketPaused{Reason: "no reason"}))
			e.told.Lineages = []marketplace.Lineage{{From: 1, ID: vadium.Salt{1}}}
		}},
		{name: "it is shorter", want: "fewer records than the", then: func(e *teller) { e.log(e.shown[:middle-1]) }},
		{name: "it shows an old head", want: "shows an old head", then: func(e *teller) {
			old := e.at(middle - 3)
			e.head = func(uint64) (signing.SignedTreeHead, error) { return old, nil }
		}},
		{name: "the key is another", want: "signs with another key than before", then: func(e *teller) {
			e.key = tellerKey(e.t, 10)
			e.told.Signer = e.key.Account()
		}},
		{name: "the head is not signed by it", want: "not its own", then: func(e *teller) { e.key = tellerKey(e.t, 10) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			e := tell(t, w)
			e.log(e.shown[:middle])
			first, before, err := memory(dir).look(t.Context(), e, 0)
			if err != nil || before.Head.Size != 0 || first.Head.Size != uint64(middle) {
				t.Fatalf("the first look: %+v after %+v, %v", first, before, err)
			}
			e.log(e.shown)
			c.then(e)
			second, before, err := memory(dir).look(t.Context(), e, 0)
			if before.Head.TreeHead != first.Head.TreeHead {
				t.Errorf("remembered %+v, want %+v", before.Head, first.Head)
			}
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if again, err := memory(dir).of(e.told.Deployment); err != nil || again.Head.TreeHead != second.Head.TreeHead {
					t.Errorf("remembers %+v (%v), want %+v", again.Head, err, second.Head)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("the second look: %v, want %q", err, c.want)
			}
			if again, err := memory(dir).of(e.told.Deployment); err != nil || again.Head.TreeHead != first.Head.TreeHead {
				t.Errorf("after a lie it remembers %+v (%v), want what it saw before", again.Head, err)
			}
			if _, accused := errors.AsType[wrong](err); accused {
				checkEvidence(t, dir, e)
			}
		})
	}
}

// checkEvidence reads what was kept, as somebody else would: the market signed both heads.
func checkEvidence(t *testing.T, dir string, e *teller) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.evidence.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("evidence in %v (%v), want one file", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var kept contradiction
	if err := json.Unmarshal(raw, &kept); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]seen{"before": kept.Before, "now": kept.Now} {
		if err := s.Head.Check(e.told.Domain(), e.told.Signer); err != nil {
			t.Errorf("the head %s is no evidence: %v", name, err)
		}
	}
	if kept.Before.Head.TreeHead == kept.Now.Head.TreeHead {
		t.Error("both heads are the same")
	}
}
