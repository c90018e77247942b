package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"vadium"
	"vadium/oracle/source"
)

func oracleSampleCommand(c *console) *cobra.Command {
	var nodes []string
	cmd := &cobra.Command{
		Use:   "sample FILE...",
		Short: "Verify every signature in files of RedStone, Pyth or Chainlink; needs no market",
		Long: `Verify every signature in files of RedStone, Pyth or Chainlink. Needs no market. A file is recognised by what it holds:

  RedStone   what a gateway serves (JSON), or a binary payload
  Pyth       an update, what Hermes answers, or a JSON collection of updates with their guardian sets
  Chainlink  a report of version 3 or 9, what Data Streams answers, or a JSON list of reports

What is binary may be in hexadecimal; FILE may be - for what is piped in. Known are RedStone's production nodes, Wormhole's
guardian set 4 and the committees of Chainlink's example reports. A newer guardian set that the file names itself, and who
signs a report of an unknown committee, count as what they are, claims: they are marked. --signer makes a RedStone node
known. Where anything is refused, the exit status is not zero.

With --json each value is one object, or what is refused, and the last is {"verified":N,"rejected":M}: how many signatures
are good, and how many packages, updates, reports or files are refused.`,
		Example: `vadium oracle sample gateway.json payload.hex updates.json
curl -s 'https://hermes.pyth.network/v2/updates/price/latest?ids[]=0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43' | vadium oracle sample -`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			trust := source.Production()
			for _, node := range nodes {
				if !common.IsHexAddress(node) {
					return withHint(fmt.Errorf("%q is no address", node), "--signer takes 0x and 40 hexadecimal digits")
				}
				trust.RedStone["--signer"] = append(trust.RedStone["--signer"], common.HexToAddress(node))
			}
			return c.sample(args, trust)
		},
	}
	cmd.Flags().StringArrayVar(&nodes, "signer", nil, "address of another RedStone node whose signatures count; may be repeated")
	return cmd
}

// sampled is a value that was verified, or something that was refused.
type sampled struct {
	File    string           `json:"file"`
	Sample  string           `json:"sample,omitempty"`
	Format  source.Format    `json:"format"`
	Feed    string           `json:"feed,omitempty"`
	Value   string           `json:"value,omitempty"`
	At      vadium.Time      `json:"at,omitempty"`
	Signers []common.Address `json:"signers,omitempty"`
	Known   bool             `json:"known"`
	Refused string           `json:"refused,omitempty"`
}

// sample verifies files and prints what they hold.
func (c *console) sample(files []string, trust source.Trust) error {
	var total struct {
		Verified int `json:"verified"`
		Rejected int `json:"rejected"`
	}
	var rows [][]string
	var refused []sampled
	for _, file := range files {
		for _, s := range c.examine(file, trust) {
			if s.Err != nil {
				total.Rejected++
			} else {
				total.Verified += len(s.Signers)
			}
			for _, one := range sampledOf(file, s) {
				if c.json {
					if err := c.object(one); err != nil {
						return err
					}
				}
				if one.Refused != "" {
					refused = append(refused, one)
					continue
				}
				rows = append(rows, []string{shortFeed(one.Feed), one.Value, clockTime(one.At), string(one.Format), signedBy(one)})
			}
		}
	}
	if err := c.show(total, func() {
		if len(rows) > 0 {
			c.table([]string{"feed", "value", "time", "format", "signers"}, rows)
		}
		for _, one := range refused {
			c.say("%s %s: %s", bad.Render("refused"), strings.TrimSuffix(one.File+" "+one.Sample, " "), one.Refused)
		}
		c.say("signatures verified: %d, samples refused: %d", total.Verified, total.Rejected)
	}); err != nil {
		return err
	}
	if total.Rejected > 0 {
		return withHint(fmt.Errorf("%d of what the files hold is refused", total.Rejected), "above it says what and why; a node that you know yourself is made known with --signer ADDRESS")
	}
	return nil
}

// examine reads a file. One that cannot be read is refused like one that says nothing.
func (c *console) examine(file string, trust source.Trust) (samples []source.Sample) {
	read := func(r io.Reader) error {
		raw, err := source.ReadFile(r)
		if err == nil {
			samples = source.Examine(raw, trust)
		}
		return err
	}
	var err error
	if file == "-" {
		err = read(c.in)
	} else {
		err = reading(file, read)
	}
	if err != nil {
		return []source.Sample{{Format: source.FormatUnknown, Err: err}}
	}
	return samples
}

// sampledOf returns a row for each value of a sample, or one that says why it is refused.
func sampledOf(file string, s source.Sample) (all []sampled) {
	one := sampled{File: file, Sample: s.Name, Format: s.Format}
	if s.Err != nil {
		one.Refused = s.Err.Error()
		return []sampled{one}
	}
	one.Known, one.Signers = s.Known, s.Signers
	for _, said := range s.Testimony {
		one.Feed, one.Value, one.At = source.FeedText(s.Format.Kind(), said.Feed), said.Value.String(), said.At
		all = append(all, one)
	}
	return all
}

// shortFeed leaves the middle of a long id out.
func shortFeed(feed string) string {
	if len(feed) != 66 {
		return feed
	}
	return feed[:10] + "…" + feed[62:]
}

// signedBy writes one signer out, and of more the beginnings of the first three.
func signedBy(one sampled) string {
	text := one.Signers[0].String()
	if n := len(one.Signers); n > 1 {
		var first []string
		for _, signer := range one.Signers[:min(n, 3)] {
			first = append(first, signer.String()[:8]+"…")
		}
		text = strings.Join(first, " ")
		if n > 3 {
			text += fmt.Sprintf(" and %d more", n-3)
		}
	}
	if !one.Known {
		text += " (a claim)"
	}
	return text
}
