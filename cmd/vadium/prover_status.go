package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vadium"
	"vadium/prover"
)

// proverState is a status with what the folder says about it.
type proverState struct {
	Running bool `json:"running"`
	prover.Status
}

func proverStatusCommand(c *console, h *home) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how a prover stands: asks, requests, profit and loss by program",
		Long: `Show how a prover stands: asks, requests, profit and loss by program.

It reads what the agent writes into its folder every two seconds, so it works while the market is away, and shows the
last state of a prover that has stopped. Amounts are the prover's own: what its delegators earned and lost stands apart.
Costs are CPU-seconds at the price of a CPU-second that was configured when each proof was made.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			folder := firstSet(dir, h.path("prover"))
			status, running, err := prover.ReadStatus(folder)
			if err != nil {
				return withHint(err, "no prover has worked in "+folder+": name its folder with --dir")
			}
			return c.show(proverState{running, status}, func() { c.printProver(status, running) })
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder of the prover (default HOME/prover)")
	return cmd
}

func (c *console) printProver(s prover.Status, running bool) {
	state := good.Render("running")
	if !running {
		state = bad.Render("stopped") + ", as of " + time.UnixMilli(int64(s.At)).UTC().Format(time.DateTime)
	}
	breaker := s.Breaker.Phase
	switch breaker {
	case "open":
		breaker = bad.Render("open") + fmt.Sprintf(": nothing is asked for until %s; %s", time.UnixMilli(int64(s.Breaker.Until)).UTC().Format(time.TimeOnly), s.Breaker.Reason)
	case "trial":
		breaker = warn.Render("on trial") + ": one request at a time; " + s.Breaker.Reason
	}
	c.facts("prover", s.Prover.String(), "state", state, "breaker", breaker, "free stake", s.Free.Tokens(),
		"proofs at once", fmt.Sprintf("%d, %d under way", s.Provers, s.Proving), "capacity", fmt.Sprint(s.Capacity))
	var rows [][]string
	for _, p := range append(s.Profit, s.Total) {
		name := p.Name
		if name == "" {
			name = "all"
		}
		rows = append(rows, []string{name, p.Earned.Tokens(), vadium.Sum(p.StandDown, p.SolvingFees, p.Rescues).Tokens(), p.Penalties.Tokens(), fmt.Sprintf("%d.%03d s", p.CPU/1_000, p.CPU%1_000), p.Cost.Tokens(),
			fmt.Sprint(p.Made), fmt.Sprint(p.Late), fmt.Sprint(p.Failed), p.Net.String()})
	}
	c.say("")
	c.table([]string{"program", "earned", "other fees", "penalties", "CPU", "cost", "made", "late", "failed", "net"}, rows)
	rows = nil
	for _, a := range s.Asks {
		rows = append(rows, []string{a.Product.String(), a.Price.Tokens(), fmt.Sprint(a.Slots), span(a.ETA)})
	}
	c.section([]string{"ask", "price", "slots", "delivers in"}, rows)
	rows = nil
	for _, a := range s.Assignments {
		rows = append(rows, []string{a.Request.Short(), a.Stage, fmt.Sprintf("%d%%", a.Progress/100)})
	}
	c.section([]string{"request", "stage", "progress"}, rows)
	rows = nil
	for _, p := range s.Pursuits {
		rows = append(rows, []string{p.Request.Short(), p.Mechanism.String(), p.Stage, p.Price.Tokens()})
	}
	c.section([]string{"pursued", "mechanism", "stage", "from"}, rows)
	rows = nil
	for _, o := range s.Outcomes {
		if o.Won+o.Lost > 0 {
			rows = append(rows, []string{o.Mechanism.String(), fmt.Sprint(o.Won), fmt.Sprint(o.Lost)})
		}
	}
	c.section([]string{"mechanism", "won", "lost"}, rows)
	rows = nil
	for _, e := range s.Events {
		rows = append(rows, []string{time.UnixMilli(int64(e.At)).UTC().Format(time.DateTime), e.What, e.Why})
	}
	c.section([]string{"when", "event", "why"}, rows)
}

// section prints a table under an empty line, unless it has no rows.
func (c *console) section(header []string, rows [][]string) {
	if len(rows) > 0 {
		c.say("")
		c.table(header, rows)
	}
}
