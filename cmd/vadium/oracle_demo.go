package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/cmd/vadium/config"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/oracle"
	"vadium/oracle/source"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// oracleSummary is the last line of `vadium oracle demo --json`.
type oracleSummary struct {
	Reporters int `json:"reporters"`
	Faulty    int `json:"faulty"` // at a time
	Acts      int `json:"acts"`
	// Rounds were published, Verified have been checked again outside the market, proof and all; Bought of their proofs were
	// bought on the market.
	Rounds   int `json:"rounds"`
	Verified int `json:"verified"`
	Bought   int `json:"bought"`
	// SlowestMs is the longest time between two rounds, WorstBps the most that a round was off what the value was while it was
	// observed.
	SlowestMs vadium.Duration `json:"slowestMs"`
	WorstBps  vadium.Bps      `json:"worstBps"`
	// Cases were opened against liars and Slashed carried out; nobody else was slashed.
	Cases         int           `json:"cases"`
	Slashed       int           `json:"slashed"`
	SlashedTokens string        `json:"slashedTokens"`
	RewardTokens  string        `json:"rewardTokens"` // what whoever reported them earned
	Conserved     bool          `json:"conserved"`
	Digest        vadium.Digest `json:"digest"`
}

func oracleDemoCommand(c *console) *cobra.Command {
	var keep, keyDir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a proven feed once: seven reporters, two of them failing or lying in each way in turn",
		Long: `Run a proven feed once: seven reporters, two of them failing or lying in each way in turn.

A market, a server of signed prices, a prover, somebody who watches, and seven reporters, each a process of its own; every round
carries a real proof. Two reporters at a time are silent, slow, stale, far off, or sign two values for one round. The feed goes
on and stays right, whoever can be proven to have lied loses stake, and nobody else does. Then the price crashes, and the feed
follows. At the end everything is re-verified from the journal. Exits non-zero if anything does not hold.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir := keep
			if dir == "" {
				temp, err := os.MkdirTemp("", "vadium-oracle-demo-")
				if err != nil {
					return err
				}
				dir = temp
				defer os.RemoveAll(temp)
			} else if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
				return withHint(fmt.Errorf("%s is not empty", dir), "the demo starts from nothing: name a new folder")
			}
			return newOracleDemo(c, dir, firstSet(keyDir, filepath.Join(dir, "keys"))).run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "keep everything in this new folder: journal, logs")
	cmd.Flags().StringVar(&keyDir, "key-dir", "", "folder of cached setups: the keys of the program are made once (default: made anew)")
	return cmd
}

// Numbers of the demo.
const (
	demoFeed      = "ETH/USD"
	demoUpstream  = "ETH"
	demoSeed      = "vadium oracle demo"
	demoPrice     = 2_500_00000000 // with eight decimals
	demoWalk      = 100            // the walk goes at most a hundredth either way
	demoCrash     = 4_000          // the crash takes two fifths
	demoReporters = 7
	demoStake     = 200 // tokens
	demoBond      = 20
)

// oracleDemo is one performance.
type oracleDemo struct {
	c        *console
	dir      string
	keyDir   string // of cached setups
	s        *stage
	patience patience

	id        oracle.FeedID
	feed      oracle.Feed
	seats     []*performer // in slot order
	watcher   vadium.Account
	who       names
	path      source.Path // of the prices that are served
	upstream  string      // URL of the prices
	listen    string      // their address
	server    *exec.Cmd
	story     *story
	acts      []*act
	sum       oracleSummary
	broken    []string
	verifying *roundVerifier
	prices    *upstreamSet
}

// performer is a reporter on the stage.
type performer struct {
	name    string
	account vadium.Account
	vault   vadium.VaultID
	key     string
	script  string // file that says how it behaves
	process *exec.Cmd
	lied    bool // in a way that can be proven
}

// act is a time in which some reporters behave in one way.
type act struct {
	name, says string
	behaviour  misbehaviour
	liars      []int
	offence    slashing.Offence // that it is; 0: none
	began      vadium.Time
	rounds     int
	slowest    vadium.Duration
	worst      vadium.Bps
}

// mostFeedFactor bounds what a busy machine does to the feed's own windows.
const mostFeedFactor = 2

// actRounds is how many rounds an act lasts at least, the first of which may have been under way.
const actRounds = 3

func newOracleDemo(c *console, dir, keyDir string) *oracleDemo {
	d := &oracleDemo{c: c, dir: dir, keyDir: keyDir, who: names{}, story: newStory()}
	for _, name := range []string{"ada", "bert", "carla", "dmitri", "esme", "farid", "grete"} {
		d.seats = append(d.seats, &performer{name: name})
	}
	d.acts = []*act{
		{name: "all well", says: "all seven report"},
		{name: "silent", says: "say nothing", behaviour: misbehaveSilent, liars: []int{0, 1}},
		{name: "slow", says: "speak when the round is over", behaviour: misbehaveSlow, liars: []int{2, 3}},
		{name: "stale", says: "sign what was true some time ago", behaviour: misbehaveStale, liars: []int{4, 5}, offence: slashing.StaleOracle},
		{name: "far off", says: "report a tenth more", behaviour: misbehaveOff, liars: []int{6, 0}, offence: slashing.OracleDeviation},
		{name: "two-faced", says: "sign two values for each round", behaviour: misbehaveEquivocate, liars: []int{1, 2}, offence: slashing.ReportEquivocation},
	}
	return d
}

func (d *oracleDemo) run(ctx context.Context) (err error) {
	began := time.Now()
	if d.s, err = newStage(ctx, d.c, d.dir, d.keyDir); err != nil {
		return err
	}
	defer d.s.stop()
	d.patience = newPatience(hindrance(time.Now))
	following, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer stop()
	if err := d.open(ctx, func() { watching.Go(func() { d.story.listen(following, d.prices) }) }); err != nil {
		return err
	}
	m, err := d.s.operator.Market(ctx)
	if err != nil {
		return err
	}
	watching.Go(func() { d.story.follow(following, d, m.Seq+1) })
	for _, a := range d.acts {
		if err := d.play(ctx, a); err != nil {
			return err
		}
	}
	if err := d.crash(ctx); err != nil {
		return err
	}
	stop()
	watching.Wait()
	if err := d.tables(ctx); err != nil {
		return err
	}
	d.s.stop()
	if err := d.check(ctx); err != nil {
		return err
	}
	d.c.say("%s", faint.Render(fmt.Sprintf("took %s", time.Since(began).Round(100*time.Millisecond))))
	if d.c.json {
		return d.c.object(struct {
			Summary oracleSummary `json:"summary"`
		}{d.sum})
	}
	return nil
}

// params are those of a market that people watch.
func (d *oracleDemo) params() marketplace.Params {
	p := d.patience.params(marketplace.DemoParams())
	p.OracleVeto = 2 * vadium.Second
	return p
}

// open starts the market, the prices, the prover, and the reporters on their seats; listening begins before they speak.
func (d *oracleDemo) open(ctx context.Context, listen func()) error {
	if err := d.s.startMarket(ctx, "127.0.0.1:0", d.params()); err != nil {
		return err
	}
	d.c.say("%s a market, a server of signed prices, a prover, seven reporters and somebody who watches them: eleven processes, real proofs", bold.Render("vadium oracle demo:"))
	if err := d.serve(ctx, source.Path{Shape: source.Walk, Price: demoPrice, By: demoWalk, Seed: 7}); err != nil {
		return err
	}
	program, err := ensureListed(ctx, d.s, "price-median-7")
	if err != nil {
		return err
	}
	for _, p := range d.seats {
		if err := d.seat(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if err := d.register(ctx); err != nil {
		return err
	}
	listen()
	north, err := d.s.startProver(ctx, part{name: "north", cost: "0.01", stake: 100, programs: program.String()})
	if err != nil {
		return err
	}
	d.who[north] = "north"
	for i, p := range d.seats {
		if err := d.start(p, i == len(d.seats)-1); err != nil {
			return err
		}
	}
	if err := d.watch(ctx); err != nil {
		return err
	}
	if d.verifying, err = newRoundVerifier(ctx, d.c, d.s.operator, d.id); err != nil {
		return err
	}
	return d.s.servedBy(ctx, []vadium.ProgramID{program}, 1)
}

func now() vadium.Time { return vadium.Time(time.Now().UnixMilli()) }

// serve starts the server of signed prices, or starts it anew with another path, where it was.
func (d *oracleDemo) serve(ctx context.Context, path source.Path) error {
	listen := "127.0.0.1:0"
	if d.server != nil {
		listen = d.listen
		if err := d.s.end(d.server); err != nil {
			return err
		}
	}
	d.path = path
	announce := filepath.Join(d.dir, fmt.Sprintf("prices-%s.url", path.Shape))
	out, err := os.OpenFile(announce, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	price := vadium.NewAmount(path.Price)
	if d.server, err = d.s.start("prices", out, "--json", "oracle", "source", "--listen", listen, "--feed", demoUpstream, "--seed", demoSeed,
		"--path", string(path.Shape), "--price", fixed(price, source.RedStoneDecimals), "--by", fmt.Sprint(path.By), "--walk", fmt.Sprint(path.Seed),
		"--after", (time.Duration(path.After) * time.Millisecond).String(), "--over", (time.Duration(path.Over) * time.Millisecond).String()); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var ready struct {
		URL string `json:"url"`
	}
	announced := make(chan error, 1)
	go func() {
		content, err := waitForFile(waiting, announce)
		if err == nil {
			err = json.Unmarshal(content, &ready)
		}
		announced <- err
	}()
	select {
	case err := <-d.s.failed:
		return err
	case err := <-announced:
		if err != nil {
			return withHint(fmt.Errorf("the server of prices did not start: %w", err), "its log is "+filepath.Join(d.dir, "prices.log"))
		}
	}
	at, err := url.Parse(ready.URL)
	if err != nil {
		return err
	}
	d.upstream, d.listen = ready.URL, at.Host
	return nil
}

// seat funds a reporter, opens its vault and registers its key.
func (d *oracleDemo) seat(ctx context.Context, p *performer) error {
	secret, err := d.s.key(p.name)
	if err != nil {
		return err
	}
	market := d.s.client(secret)
	p.account = market.Account()
	d.who[p.account] = p.name
	if err := fund(ctx, d.s.operator, p.account, demoStake+20); err != nil {
		return err
	}
	if p.vault, err = market.OpenVault(ctx, marketplace.OpenVault{Junior: vadium.Tokens(demoStake), Commission: 8_000}); err != nil {
		return err
	}
	key, _, err := ensureReporterKey(d.file(p, reporterKeyFile))
	if err != nil {
		return err
	}
	p.key, p.script = keyText(key), d.file(p, "script")
	if err := os.WriteFile(p.script, []byte(misbehaveNot), 0o600); err != nil {
		return err
	}
	m, err := market.Market(ctx)
	if err != nil {
		return err
	}
	_, err = market.RegisterReporter(ctx, marketplace.RegisterReporter{Key: key.Key(), Possession: key.Possess(m.Deployment, p.account)})
	return err
}

// file is a file of a performer.
func (d *oracleDemo) file(p *performer, name string) string {
	return filepath.Join(d.dir, "accounts", p.name, name)
}

// register writes the feed down as its operator would, and registers it.
func (d *oracleDemo) register(ctx context.Context) error {
	server, err := source.NewServer(source.ServerOptions{Feed: demoUpstream, Path: d.path, Seed: demoSeed})
	if err != nil {
		return err
	}
	upstream := server.Source()
	// A silent leader costs a time-out, so on a busy machine it does not grow as far as other windows.
	seconds := func(n int) spanText {
		return spanText(vadium.Duration(n*min(d.patience.factor, mostFeedFactor)) * vadium.Second)
	}
	file := feedFile{
		ID: demoFeed, Decimals: 8, Least: "1", Most: "1000000", Heartbeat: spanText(vadium.Second), Deviation: 50,
		Window: seconds(12), Timeout: seconds(5), Outlier: 250, Lasting: spanText(2 * vadium.Second), Bond: fmt.Sprint(demoBond),
		Prices:  &priced{Asset: "own", Depth: "1000000"},
		Sources: []upstreamFile{{Kind: "redstone", ID: demoUpstream, Threshold: upstream.Threshold, Decimals: upstream.Decimals}},
	}
	for _, signer := range upstream.Signers {
		file.Sources[0].Signers = append(file.Sources[0].Signers, signer)
	}
	for _, p := range d.seats {
		file.Seats = append(file.Seats, seatFile{Reporter: p.account, Key: p.key})
	}
	encoded, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.dir, "feed.json"), append(encoded, '\n'), 0o600); err != nil {
		return err
	}
	if d.feed, err = file.feed(); err != nil {
		return err
	}
	d.id = d.feed.ID
	set, err := setFeed(ctx, d.s.operator, d.feed, file.Program)
	if err != nil {
		return err
	}
	d.feed = set.Feed
	d.prices, err = newUpstreamSet(d.feed, []config.Upstream{{Feed: demoFeed, Kind: "redstone", URL: d.upstream}}, source.Options{})
	return err
}

// start runs a reporter.
func (d *oracleDemo) start(p *performer, buys bool) (err error) {
	args := []string{
		"oracle", "run", "--home", filepath.Join(d.dir, "accounts", p.name), "--password-file", d.s.passFile, "--market", d.s.url,
		"--dir", d.file(p, "reporter"), "--key-dir", filepath.Join(d.dir, "prover-keys"), "--sources", d.sources(), "--poll", "500ms",
		"--source-timeout", "2s", "--" + misbehaveFlag, p.script,
	}
	if buys {
		args = append(args, "--buy", "--buy-fee", "2", "--buy-within", (time.Duration(d.patience.factor) * 10 * time.Second).String())
	}
	p.process, err = d.s.start(p.name, nil, args...)
	return err
}

func (d *oracleDemo) sources() string { return demoFeed + "=redstone:" + d.upstream }

// watch runs somebody without a seat who reports what can be proven.
func (d *oracleDemo) watch(ctx context.Context) error {
	key, err := d.s.key("willa")
	if err != nil {
		return err
	}
	d.watcher = d.s.client(key).Account()
	d.who[d.watcher] = "willa"
	if err := fund(ctx, d.s.operator, d.watcher, 10); err != nil {
		return err
	}
	_, err = d.s.start("willa", nil, "oracle", "report", demoFeed, "--follow", "--home", filepath.Join(d.dir, "accounts", "willa"),
		"--password-file", d.s.passFile, "--market", d.s.url, "--sources", d.sources())
	return err
}

// tell has a reporter behave differently from now on.
func (p *performer) tell(how misbehaviour) error {
	if err := os.WriteFile(p.script, []byte(how), 0o600); err != nil {
		return err
	}
	return p.process.Process.Signal(syscall.SIGHUP)
}

// play has some reporters behave as an act says, until enough rounds were published and whoever lied has paid.
func (d *oracleDemo) play(ctx context.Context, a *act) error {
	liars := make([]string, len(a.liars))
	for i, slot := range a.liars {
		liars[i] = d.seats[slot].name
		d.seats[slot].lied = d.seats[slot].lied || a.offence != 0
		if err := d.seats[slot].tell(a.behaviour); err != nil {
			return err
		}
	}
	d.c.say("")
	d.c.say("%s  %s %s", bold.Render(a.name), strings.Join(liars, " and "), a.says)
	a.began = d.story.act(a)
	waiting, cancel := context.WithTimeout(ctx, time.Duration(d.patience.factor)*45*time.Second)
	defer cancel()
	err := d.story.wait(waiting, d.s.failed, func(s *story) bool {
		return a.rounds >= actRounds && !slices.ContainsFunc(a.liars, func(slot int) bool {
			return a.offence != 0 && !s.slashedFor(d.seats[slot].vault, a.offence)
		})
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		d.broken = append(d.broken, fmt.Sprintf("in act %q the feed goes on and %s", a.name, firstSet(map[bool]string{true: "the liars are slashed"}[a.offence != 0], "stays right")))
		err = nil
	}
	for _, slot := range a.liars {
		err = errors.Join(err, d.seats[slot].tell(misbehaveNot))
	}
	return err
}

// crash takes two fifths of the price within seconds, and waits until the feed is there.
func (d *oracleDemo) crash(ctx context.Context) error {
	d.c.say("")
	d.c.say("%s  the price falls by two fifths within three seconds", bold.Render("crash"))
	a := &act{name: "crash"}
	d.acts = append(d.acts, a)
	a.began = d.story.act(a)
	path := source.Path{Shape: source.Crash, Price: d.story.lastServed(), After: vadium.Second, Over: 3 * vadium.Second, By: demoCrash}
	if err := d.serve(ctx, path); err != nil {
		return err
	}
	bottom := vadium.NewAmount(path.At(now()))
	waiting, cancel := context.WithTimeout(ctx, time.Duration(d.patience.factor)*30*time.Second)
	defer cancel()
	err := d.story.wait(waiting, d.s.failed, func(s *story) bool { return s.last.Median == bottom })
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		d.broken = append(d.broken, "the feed follows a crash")
		return nil
	}
	if err != nil {
		return err
	}
	price, err := d.s.operator.Price(ctx, d.id) // as whoever uses a feed would
	if err != nil || price.Value != bottom {
		d.broken = append(d.broken, fmt.Sprintf("a client's price is %v (%v)", bottom, err))
	}
	r, err := d.s.operator.Risk(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.Prices, func(p client.AssetPrice) bool { return p.Asset == risk.Asset{} })
	want, _ := d.feed.Price(bottom)
	if i < 0 || r.Prices[i].Spot != want || !r.Prices[i].Fresh {
		d.broken = append(d.broken, "the market runs on the feed's price")
		return nil
	}
	d.c.say("the market now takes %s for a token; the average of the hour is %s", worth(risk.Value(r.Prices[i].Spot)), worth(risk.Value(r.Prices[i].Average)))
	return nil
}
