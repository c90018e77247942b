package contract_test

import (
	"bytes"
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"

	"vadium"
	"vadium/circuits"
	"vadium/oracle/contract"
)

// window is how old an observation may be, notice how long a change of terms is announced.
const (
	window = 60 * vadium.Second
	notice = vadium.Day
)

// feed is a deployed PriceFeed, and the rounds there are for it.
type feed struct {
	*chain
	address vadium.Account
	rounds  map[string]publication
}

// publication is a round in the form of the contract's function.
type publication struct {
	report contract.PriceFeedReport
	proof  []byte
}

// readPublications returns the rounds in testdata as the contract takes them.
func readPublications(t *testing.T) map[string]publication {
	t.Helper()
	key, rounds := read(t)
	vk, err := circuits.LoadVerifyingKey(program(key), key)
	must(t, err)
	all := map[string]publication{}
	for name, r := range rounds {
		report, err := contract.ReportOf(r.Publics)
		must(t, err)
		proof, err := vk.SolidityProof(r.Proof)
		must(t, err)
		all[name] = publication{report, proof}
	}
	return all
}

func settingsFor(c *chain) contract.PriceFeedSettings {
	return contract.PriceFeedSettings{
		Verifier: c.verifier, Scope: new(big.Int).SetBytes(scope[:]), Least: big.NewInt(1_0000_0000), Most: big.NewInt(1_000_000_0000_0000),
		WindowMs: big.NewInt(int64(window)), Notice: big.NewInt(int64(notice / vadium.Second)), Decimals: 8, Description: "BTC / USD",
	}
}

// termsOf returns the terms that a round was made under.
func termsOf(p publication) contract.PriceFeedTerms {
	return contract.PriceFeedTerms{Committee: p.report.Committee, Quorum: quorum, Outlier: uint16(outlier)}
}

func (c *chain) newFeed() *feed {
	c.t.Helper()
	f := &feed{chain: c, rounds: readPublications(c.t)}
	code := fromHex(c.t, contract.PriceFeedMetaData.Bin[2:])
	f.address = c.deploy(c.owner, append(code, feedABI.PackConstructor(settingsFor(c), termsOf(f.rounds["first"]), accountOf(c.owner))...))
	return f
}

// do sends a call to the feed and returns what it was refused with, if it was.
func (f *feed) do(from *ecdsa.PrivateKey, data []byte) string {
	f.t.Helper()
	_, reverted := f.send(from, &f.address, data)
	return refusal(f.t, reverted)
}

// publish has a stranger publish a round in the next block, and returns what it was refused with.
func (f *feed) publish(p publication) string {
	f.t.Helper()
	return f.do(f.stranger, feedABI.PackPublish(p.report, p.proof))
}

func (f *feed) mustPublish(name string) {
	f.t.Helper()
	if refused := f.publish(f.rounds[name]); refused != "" {
		f.t.Fatalf("round %s is refused: %s", name, refused)
	}
}

func (f *feed) want(refused, want string) {
	f.t.Helper()
	if refused != want {
		f.t.Errorf("refused with %q, want %q", refused, want)
	}
}

// look asks the feed something; what it is refused with is an error's name.
func look[T any](f *feed, data []byte, unpack func([]byte) (T, error)) (T, string) {
	f.t.Helper()
	result, reverted := f.call(f.stranger, &f.address, data)
	if reverted != nil {
		var none T
		return none, refusal(f.t, reverted)
	}
	answer, err := unpack(result)
	must(f.t, err)
	return answer, ""
}

func (f *feed) latest() (contract.LatestRoundDataOutput, string) {
	f.t.Helper()
	return look(f, feedABI.PackLatestRoundData(), feedABI.UnpackLatestRoundData)
}

func (f *feed) roundData(number int64) (contract.GetRoundDataOutput, string) {
	f.t.Helper()
	return look(f, feedABI.PackGetRoundData(big.NewInt(number)), feedABI.UnpackGetRoundData)
}

func TestAPublishedRoundIsReadAsFromChainlink(t *testing.T) {
	f := newChain(t).newFeed()
	if _, refused := f.latest(); refused != "NoRound" {
		t.Errorf("before the first round the latest is %q, want NoRound", refused)
	}
	f.until(begin.Add(75_000))
	receipt, reverted := f.send(f.stranger, &f.address, feedABI.PackPublish(f.rounds["first"].report, f.rounds["first"].proof))
	f.want(refusal(t, reverted), "")
	event, err := feedABI.UnpackRoundPublishedEvent(receipt.Logs[0])
	must(t, err)
	want := f.rounds["first"].report
	if event.Round != 1 || event.Median.Cmp(want.Median) != 0 || event.OldestMs.Cmp(want.Oldest) != 0 || event.NewestMs.Cmp(want.Newest) != 0 ||
		event.Present.Cmp(want.Present) != 0 || event.Flags.Cmp(want.Flags) != 0 || event.By != accountOf(f.stranger) {
		t.Errorf("the event says %+v of %+v", event, want)
	}

	f.mustPublish("second")
	first, _ := f.roundData(1)
	second, _ := f.roundData(2)
	latest, _ := f.latest()
	if got, want := fmt.Sprint(latest), fmt.Sprint(second); got != want {
		t.Errorf("the latest round is %s, want %s", got, want)
	}
	for number, got := range []contract.GetRoundDataOutput{1: first, 2: second} {
		if number == 0 {
			continue
		}
		p := f.rounds[plans[number-1].name].report
		seconds := new(big.Int).Div(p.Oldest, big.NewInt(1_000))
		want := contract.GetRoundDataOutput{
			RoundId: big.NewInt(int64(number)), Answer: p.Median, StartedAt: seconds, UpdatedAt: seconds, AnsweredInRound: big.NewInt(int64(number)),
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("round %d reads %v, want %v", number, got, want)
		}
	}
	for _, number := range []int64{0, 3, 256, 257, 258} {
		if _, refused := f.roundData(number); refused != "NoRound" {
			t.Errorf("round %d: %q, want NoRound", number, refused)
		}
	}
	for _, said := range []struct {
		what string
		got  func() (string, string)
		want string
	}{
		{"decimals", func() (string, string) {
			v, r := look(f, feedABI.PackDecimals(), feedABI.UnpackDecimals)
			return fmt.Sprint(v), r
		}, "8"},
		{"description", func() (string, string) { return look(f, feedABI.PackDescription(), feedABI.UnpackDescription) }, "BTC / USD"},
		{"version", func() (string, string) {
			v, r := look(f, feedABI.PackVersion(), feedABI.UnpackVersion)
			return fmt.Sprint(v), r
		}, "1"},
	} {
		if got, refused := said.got(); got != said.want || refused != "" {
			t.Errorf("%s = %q, %q; want %q", said.what, got, refused, said.want)
		}
	}
}

// Every refusal names its reason. What is held against the terms and the clock is refused before the proof, which is that
// of the report as it was; what only the proof knows is refused by it.
func TestEachRefusalNamesItsReason(t *testing.T) {
	f := newChain(t).newFeed()
	f.until(begin.Add(71_000))
	f.mustPublish("first")
	order := ecc.BN254.ScalarField()
	for _, c := range []struct {
		name   string
		change func(*publication)
		want   string
	}{
		{"another feed's scope", func(p *publication) { p.report.Scope = plus(p.report.Scope, 1) }, "WrongScope"},
		{"the scope, and the order on top", func(p *publication) { p.report.Scope = new(big.Int).Add(p.report.Scope, order) }, "WrongScope"},
		{"another committee", func(p *publication) { p.report.Committee = plus(p.report.Committee, 1) }, "WrongCommittee"},
		{"another quorum", func(p *publication) { p.report.Quorum = plus(p.report.Quorum, -1) }, "WrongQuorum"},
		{"a larger outlier", func(p *publication) { p.report.Outlier = plus(p.report.Outlier, 1) }, "WrongOutlier"},
		{"the last round's number", func(p *publication) { p.report.Round = big.NewInt(1) }, "RoundNotNewer"},
		{"no number", func(p *publication) { p.report.Round = new(big.Int) }, "RoundNotNewer"},
		{"a number of 65 bits", func(p *publication) { p.report.Round = new(big.Int).Lsh(big.NewInt(1), 64) }, "RoundTooLarge"},
		{"a median below the bounds", func(p *publication) { p.report.Median = big.NewInt(1_0000_0000 - 1) }, "MedianOutOfBounds"},
		{"a median above the bounds", func(p *publication) { p.report.Median = big.NewInt(1_000_000_0000_0000 + 1) }, "MedianOutOfBounds"},
		{"four present", func(p *publication) { p.report.Present = big.NewInt(0b0001111) }, "TooFewPresent"},
		{"four present, the last seat among them", func(p *publication) { p.report.Present = big.NewInt(0b1010101) }, "TooFewPresent"},
		{"observations as old as the last round's", func(p *publication) { p.report.Oldest = f.rounds["first"].report.Oldest }, "ObservationsNotNewer"},
		{"the oldest after the newest", func(p *publication) { p.report.Oldest = plus(p.report.Newest, 1) }, "ObservationsOutOfOrder"},
		{"a newest of 256 bits", func(p *publication) {
			p.report.Newest = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
		}, "FromTheFuture"},
		{"no proof", func(p *publication) { p.proof = nil }, "ProofLength"},
		{"a proof of a byte less", func(p *publication) { p.proof = p.proof[1:] }, "ProofLength"},
		{"a proof of a byte more", func(p *publication) { p.proof = append(p.proof, 0) }, "ProofLength"},

		{"the number skipped", func(p *publication) { p.report.Round = big.NewInt(4) }, "ProofInvalid"},
		{"a median off by one", func(p *publication) { p.report.Median = plus(p.report.Median, 1) }, "ProofInvalid"},
		{"a median at the lower bound", func(p *publication) { p.report.Median = big.NewInt(1_0000_0000) }, "ProofInvalid"},
		{"a median at the upper bound", func(p *publication) { p.report.Median = big.NewInt(1_000_000_0000_0000) }, "ProofInvalid"},
		{"a younger oldest", func(p *publication) { p.report.Oldest = plus(p.report.Oldest, 1) }, "ProofInvalid"},
		{"an older newest", func(p *publication) { p.report.Newest = plus(p.report.Newest, -1) }, "ProofInvalid"},
		{"everybody present", func(p *publication) { p.report.Present = big.NewInt(0b1111111) }, "ProofInvalid"},
		{"other seats present", func(p *publication) { p.report.Present = big.NewInt(0b0011111) }, "ProofInvalid"},
		{"no flags", func(p *publication) { p.report.Flags = new(big.Int) }, "ProofInvalid"},
		{"a flag more", func(p *publication) { p.report.Flags = plus(p.report.Flags, 1) }, "ProofInvalid"},
		{"another request", func(p *publication) { p.report.Request = plus(p.report.Request, 1) }, "ProofInvalid"},
		{"another prover", func(p *publication) { p.report.Prover = plus(p.report.Prover, 1) }, "ProofInvalid"},
		{"the flags, and the order on top", func(p *publication) { p.report.Flags = new(big.Int).Add(p.report.Flags, order) }, "PublicInputNotInField"},
		{"the request, and the order on top", func(p *publication) { p.report.Request = new(big.Int).Add(p.report.Request, order) }, "PublicInputNotInField"},
		{"the prover, and the order on top", func(p *publication) { p.report.Prover = new(big.Int).Add(p.report.Prover, order) }, "PublicInputNotInField"},

		{"another round's proof", func(p *publication) { p.proof = f.rounds["first"].proof }, "ProofInvalid"},
		{"zeros for a proof", func(p *publication) { p.proof = make([]byte, 256) }, "ProofInvalid"},
		{"garbage for a proof", func(p *publication) { p.proof = bytes.Repeat([]byte{0x17}, 256) }, "ProofInvalid"},
		{"A negated", func(p *publication) { p.proof = coordinate(p.proof, 1, func(y *big.Int) { y.Sub(fp.Modulus(), y) }) }, "ProofInvalid"},
		{"A's coordinate, and the field's order on top", func(p *publication) { p.proof = coordinate(p.proof, 0, func(x *big.Int) { x.Add(x, fp.Modulus()) }) }, "ProofInvalid"},
		{"C's coordinate, and the field's order on top", func(p *publication) { p.proof = coordinate(p.proof, 7, func(y *big.Int) { y.Add(y, fp.Modulus()) }) }, "ProofInvalid"},
	} {
		p := f.rounds["second"]
		p.proof = bytes.Clone(p.proof)
		c.change(&p)
		if refused := f.publish(p); refused != c.want {
			t.Errorf("%s: refused with %q, want %q", c.name, refused, c.want)
		}
		if f.last > begin.Add(125_000) {
			t.Fatal("the window of the second round is over: the last refusals are about something else")
		}
	}
	if latest, _ := f.latest(); latest.RoundId.Int64() != 1 {
		t.Errorf("after all refusals the latest round is %v, want 1", latest.RoundId)
	}
	f.mustPublish("second") // it was good all the time
	f.want(f.publish(f.rounds["second"]), "RoundNotNewer")
	f.want(f.publish(f.rounds["first"]), "RoundNotNewer")
	f.want(f.publish(f.rounds["older"]), "ObservationsNotNewer") // a good proof of a higher number
}

func plus(n *big.Int, d int64) *big.Int { return new(big.Int).Add(n, big.NewInt(d)) }

// coordinate returns a proof with one of its eight coordinates changed.
func coordinate(proof []byte, at int, change func(*big.Int)) []byte {
	changed := bytes.Clone(proof)
	place := changed[32*at : 32*(at+1)]
	n := new(big.Int).SetBytes(place)
	change(n)
	n.FillBytes(place)
	return changed
}

// Freshness, to the millisecond that a block can show: the first round's observations are of 60.000 to 63.000 s.
func TestARoundIsFreshFromTheSkewToTheWindow(t *testing.T) {
	c := newChain(t)
	early, late, tooLate := c.newFeed(), c.newFeed(), c.newFeed()
	c.until(begin.Add(61_000))
	early.want(early.publish(early.rounds["first"]), "FromTheFuture")
	early.mustPublish("first") // at 62, a second before the newest
	if latest, _ := early.latest(); latest.UpdatedAt.Int64() != int64(begin/1_000)+60 {
		t.Errorf("updated at %v, want the oldest observation's time", latest.UpdatedAt)
	}
	c.until(begin.Add(120_000))
	late.mustPublish("first")
	tooLate.want(tooLate.publish(tooLate.rounds["first"]), "Stale")
}

// Observations may be ahead of the block by a second, and whoever reads the price subtracts their time from the block's.
func TestAPriceIsNeverFromAfterItsBlock(t *testing.T) {
	f := newChain(t).newFeed()
	f.until(begin.Add(89_000))
	f.mustPublish("sudden")
	if latest, _ := f.latest(); latest.UpdatedAt.Int64() != int64(begin/1_000)+89 || latest.StartedAt.Cmp(latest.UpdatedAt) != 0 {
		t.Errorf("started at %v and updated at %v, want the block's time, %d", latest.StartedAt, latest.UpdatedAt, int64(begin/1_000)+89)
	}
}

// Groth16 proofs can be made into others of the same statement by anybody, so a proof's bytes say nothing about a round.
func TestAProofMadeIntoAnotherIsTheSameRound(t *testing.T) {
	f := newChain(t).newFeed()
	f.until(begin.Add(64_000))
	p := f.rounds["first"]
	p.proof = remade(t, p.proof)
	if bytes.Equal(p.proof, f.rounds["first"].proof) {
		t.Fatal("the proof is as it was")
	}
	f.want(f.publish(p), "")
	f.want(f.publish(f.rounds["first"]), "RoundNotNewer")
	f.want(f.publish(p), "RoundNotNewer")
}

// remade turns (A, B, C) into (A/3, 3B, C).
func remade(t *testing.T, proof []byte) []byte {
	t.Helper()
	var a bn254.G1Affine
	var b bn254.G2Affine
	if _, err := a.SetBytes(proof[:64]); err != nil {
		t.Fatal(err)
	}
	if _, err := b.SetBytes(proof[64:192]); err != nil {
		t.Fatal(err)
	}
	three := big.NewInt(3)
	a.ScalarMultiplication(&a, new(big.Int).ModInverse(three, ecc.BN254.ScalarField()))
	b.ScalarMultiplication(&b, three)
	x, y := a.RawBytes(), b.RawBytes()
	return slices.Concat(x[:], y[:], proof[192:])
}

func TestOldRoundsAreForgotten(t *testing.T) {
	f := newChain(t).newFeed()
	f.until(begin.Add(85_000))
	for _, name := range []string{"first", "second", "later"} {
		f.mustPublish(name)
	}
	if _, refused := f.roundData(1); refused != "NoRound" {
		t.Errorf("round 1 after round 257: %q, want NoRound", refused)
	}
	if second, refused := f.roundData(2); refused != "" || second.Answer.Cmp(f.rounds["second"].report.Median) != 0 {
		t.Errorf("round 2 after round 257: %v, %q", second.Answer, refused)
	}
	if latest, _ := f.latest(); latest.RoundId.Int64() != 257 {
		t.Errorf("the latest round is %v, want 257", latest.RoundId)
	}
}

func TestTermsChangeOnlyWithNotice(t *testing.T) {
	f := newChain(t).newFeed()
	others := termsOf(f.rounds["others"])
	f.want(f.do(f.stranger, feedABI.PackEnact()), "NothingAnnounced")
	f.want(f.do(f.owner, feedABI.PackWithdrawAnnouncement()), "NothingAnnounced")
	f.want(f.do(f.stranger, feedABI.PackAnnounce(others)), "OwnableUnauthorizedAccount")

	f.want(f.do(f.owner, feedABI.PackAnnounce(others)), "")
	due := f.last.Add(notice)
	said, _ := look(f, feedABI.PackAnnounced(), feedABI.UnpackAnnounced)
	if said.AnnouncedTerms.Committee.Cmp(others.Committee) != 0 || said.Due.Int64() != int64(due/1_000) {
		t.Errorf("announced are %+v for %v, want %+v for %d", said.AnnouncedTerms, said.Due, others, due/1_000)
	}
	f.until(begin.Add(75_000))
	f.mustPublish("first") // the committee in force goes on
	f.want(f.do(f.owner, feedABI.PackEnact()), "NoticeNotOver")
	f.want(f.do(f.stranger, feedABI.PackWithdrawAnnouncement()), "OwnableUnauthorizedAccount")

	f.until(due.Add(-vadium.Second))
	f.want(f.do(f.stranger, feedABI.PackEnact()), "NoticeNotOver")
	f.want(f.do(f.stranger, feedABI.PackEnact()), "") // anybody, at the second it is due
	f.want(f.do(f.stranger, feedABI.PackEnact()), "NothingAnnounced")
	if terms, _ := look(f, feedABI.PackTerms(), feedABI.UnpackTerms); terms.Committee.Cmp(others.Committee) != 0 {
		t.Errorf("the terms in force are %+v, want %+v", terms, others)
	}
	f.until(begin.Add(vadium.Day + 105_000))
	f.want(f.publish(f.rounds["second"]), "WrongCommittee")
	f.mustPublish("others")
}

func TestAnAnnouncementTakenBackIsNotEnacted(t *testing.T) {
	f := newChain(t).newFeed()
	others := termsOf(f.rounds["others"])
	f.want(f.do(f.owner, feedABI.PackAnnounce(others)), "")
	f.want(f.do(f.owner, feedABI.PackWithdrawAnnouncement()), "")
	f.until(f.last.Add(notice + vadium.Second))
	f.want(f.do(f.owner, feedABI.PackEnact()), "NothingAnnounced")

	// A second announcement begins its notice anew.
	f.want(f.do(f.owner, feedABI.PackAnnounce(others)), "")
	first := f.last
	f.until(first.Add(notice - vadium.Second))
	f.want(f.do(f.owner, feedABI.PackAnnounce(termsOf(f.rounds["first"]))), "")
	f.want(f.do(f.owner, feedABI.PackEnact()), "NoticeNotOver")
}

func TestTheOwnerChangesInTwoSteps(t *testing.T) {
	f := newChain(t).newFeed()
	announcement := feedABI.PackAnnounce(termsOf(f.rounds["others"]))
	f.want(f.do(f.owner, feedABI.PackTransferOwnership(accountOf(f.stranger))), "")
	f.want(f.do(f.stranger, announcement), "OwnableUnauthorizedAccount")
	f.want(f.do(f.stranger, feedABI.PackAcceptOwnership()), "")
	f.want(f.do(f.owner, announcement), "OwnableUnauthorizedAccount")
	f.want(f.do(f.stranger, announcement), "")
}

func TestTermsAndSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	c := newChain(t)
	f := c.newFeed()
	order := ecc.BN254.ScalarField()
	type (
		settings = contract.PriceFeedSettings
		terms    = contract.PriceFeedTerms
	)
	for _, row := range []struct {
		name   string
		change func(*settings, *terms)
		want   string
	}{
		{"as they are", func(*settings, *terms) {}, ""},
		{"a verifier without code", func(s *settings, _ *terms) { s.Verifier = vadium.Account{19: 1} }, "BadSettings"},
		{"no scope", func(s *settings, _ *terms) { s.Scope = new(big.Int) }, "BadSettings"},
		{"the largest scope", func(s *settings, _ *terms) { s.Scope = plus(order, -1) }, ""},
		{"a scope that is no scalar", func(s *settings, _ *terms) { s.Scope = order }, "BadSettings"},
		{"one value", func(s *settings, _ *terms) { s.Least = s.Most }, ""},
		{"bounds the wrong way round", func(s *settings, _ *terms) { s.Least = plus(s.Most, 1) }, "BadSettings"},
		{"96 bits", func(s *settings, _ *terms) { s.Most = plus(new(big.Int).Lsh(big.NewInt(1), 96), -1) }, ""},
		{"97 bits", func(s *settings, _ *terms) { s.Most = new(big.Int).Lsh(big.NewInt(1), 96) }, "BadSettings"},
		{"a window of a second", func(s *settings, _ *terms) { s.WindowMs = big.NewInt(1_000) }, ""},
		{"a window of less", func(s *settings, _ *terms) { s.WindowMs = big.NewInt(999) }, "BadSettings"},
		{"a window of a day", func(s *settings, _ *terms) { s.WindowMs = big.NewInt(int64(vadium.Day)) }, ""},
		{"a window of more", func(s *settings, _ *terms) { s.WindowMs = big.NewInt(int64(vadium.Day) + 1) }, "BadSettings"},
		{"notice of less than a day", func(s *settings, _ *terms) { s.Notice = big.NewInt(86_399) }, "BadSettings"},
		{"notice of 30 days", func(s *settings, _ *terms) { s.Notice = big.NewInt(30 * 86_400) }, ""},
		{"notice of more", func(s *settings, _ *terms) { s.Notice = big.NewInt(30*86_400 + 1) }, "BadSettings"},
		{"no committee", func(_ *settings, s *terms) { s.Committee = new(big.Int) }, "BadTerms"},
		{"a committee that is no scalar", func(_ *settings, s *terms) { s.Committee = order }, "BadTerms"},
		{"no quorum", func(_ *settings, s *terms) { s.Quorum = 0 }, "BadTerms"},
		{"a quorum of 31", func(_ *settings, s *terms) { s.Quorum = 31 }, ""},
		{"a quorum of more", func(_ *settings, s *terms) { s.Quorum = 32 }, "BadTerms"},
		{"no outlier", func(_ *settings, s *terms) { s.Outlier = 0 }, "BadTerms"},
		{"an outlier of the whole", func(_ *settings, s *terms) { s.Outlier = 10_000 }, ""},
		{"an outlier of more", func(_ *settings, s *terms) { s.Outlier = 10_001 }, "BadTerms"},
	} {
		s, terms := settingsFor(c), termsOf(f.rounds["first"])
		row.change(&s, &terms)
		code := fromHex(t, contract.PriceFeedMetaData.Bin[2:])
		_, reverted := c.call(c.owner, nil, append(code, feedABI.PackConstructor(s, terms, accountOf(c.owner))...))
		if got := refusal(t, reverted); got != row.want {
			t.Errorf("%s: deployment refused with %q, want %q", row.name, got, row.want)
		}
		if row.want == "BadTerms" {
			f.want(f.do(f.owner, feedABI.PackAnnounce(terms)), "BadTerms")
		}
	}
}

const gasHeader = `# Gas of a feed's contract

What each operation costs on go-ethereum's simulated chain under the rules of Osaka: all of a transaction's gas, the 21,000
that every one pays and its data included. The proofs are of ` + "`price-median-7`" + `; those for 16 and 31 seats cost the same, but
for counting who is present. A round takes a slot of storage of its own until the 257th number, which takes that of the first.
` + "`go test -tags=prover_checks ./oracle/contract -run Gas -update`" + ` writes this file, and a test holds it.

| operation | gas |
|---|---:|
`

func TestGasOfEachOperationIsAsRecorded(t *testing.T) {
	c := newChain(t)
	rows := []string{fmt.Sprintf("| deployment of the verifier | %d |", c.gas)}
	f := c.newFeed()
	rows = append(rows, fmt.Sprintf("| deployment | %d |", c.gas))
	forged := f.rounds["second"]
	forged.report.Median = plus(forged.report.Median, 1)
	publishing := func(name string) []byte { return feedABI.PackPublish(f.rounds[name].report, f.rounds[name].proof) }
	for _, step := range []struct {
		name    string
		until   vadium.Time
		by      *ecdsa.PrivateKey
		data    []byte
		refused string
	}{
		{"publish, 7 present", begin.Add(85_000), f.stranger, publishing("first"), ""},
		{"publish, 5 present", 0, f.stranger, publishing("second"), ""},
		{"publish, in the place of a forgotten round", 0, f.stranger, publishing("later"), ""},
		{"publish, refused as not newer", 0, f.stranger, publishing("second"), "RoundNotNewer"},
		{"latestRoundData, as a transaction", 0, f.stranger, feedABI.PackLatestRoundData(), ""},
		{"getRoundData, as a transaction", 0, f.stranger, feedABI.PackGetRoundData(big.NewInt(2)), ""},
		{"announce terms", 0, f.owner, feedABI.PackAnnounce(termsOf(f.rounds["others"])), ""},
		{"announce others instead", 0, f.owner, feedABI.PackAnnounce(termsOf(f.rounds["first"])), ""},
		{"withdraw an announcement", 0, f.owner, feedABI.PackWithdrawAnnouncement(), ""},
		{"announce terms again", 0, f.owner, feedABI.PackAnnounce(termsOf(f.rounds["others"])), ""},
		{"enact terms", begin.Add(vadium.Day + 105_000), f.stranger, feedABI.PackEnact(), ""},
	} {
		if step.until > 0 {
			f.until(step.until)
		}
		if refused := f.do(step.by, step.data); refused != step.refused {
			t.Fatalf("%s: refused with %q, want %q", step.name, refused, step.refused)
		}
		rows = append(rows, fmt.Sprintf("| %s | %d |", step.name, f.gas))
	}

	got := gasHeader + strings.Join(rows, "\n") + "\n"
	if *update {
		must(t, os.WriteFile("GAS.md", []byte(got), 0o644))
	}
	want, err := os.ReadFile("GAS.md")
	must(t, err)
	if got != string(want) {
		t.Errorf("gas has changed (go test ./oracle/contract -run Gas -update, and say why):\n%s", got)
	}
}

// A contract whose functions nobody who reads prices can call is no feed: the selectors are Chainlink's.
func TestTheSelectorsAreChainlinks(t *testing.T) {
	parsed, err := contract.PriceFeedMetaData.ParseABI()
	must(t, err)
	for name, want := range map[string]string{
		"decimals": "313ce567", "description": "7284e416", "version": "54fd4d50", "getRoundData": "9a6fc8f5", "latestRoundData": "feaf968c",
	} {
		if got := fmt.Sprintf("%x", parsed.Methods[name].ID); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
