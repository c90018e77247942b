package marketplacetest

import (
	"encoding/json"
	"fmt"

	"vadium"
	"vadium/marketplace"
)

// ScenarioParams are the defaults, less often interrupted: the idle market records itself once a minute, and a day
// passes between two ask epochs.
func ScenarioParams() marketplace.Params {
	p := marketplace.DefaultParams()
	p.MarketHeartbeat = vadium.Minute
	p.OutageAfter = 2 * vadium.Minute
	p.AskEpoch = vadium.Day
	return p
}

// params changes what is named, by the names of the JSON form; amounts are in tokens, durations are written like 30s.
func (c *call) params(p *marketplace.Params) {
	fields := map[string]any{}
	for name, value := range c.named {
		if c.used[name] || name == "by" || name == "provers" {
			continue
		}
		c.used[name] = true
		var number uint64
		if name == "feeFloor" || name == "minJunior" {
			fields[name] = c.tokens(value).String()
		} else if _, err := fmt.Sscanf(value, "%d", &number); err == nil && fmt.Sprint(number) == value {
			fields[name] = number
		} else if d, err := parseLength(value); err == nil {
			fields[name] = int64(d)
		} else {
			c.fail(fmt.Errorf("%s=%s is neither a number nor a length of time", name, value))
		}
	}
	before, err := json.Marshal(fields)
	c.fail(err)
	c.fail(json.Unmarshal(before, p))
}

// openMarket opens the market with the parameters that are named.
func (s *scenario) openMarket(c *call) error {
	s.params = ScenarioParams()
	c.params(&s.params)
	if err := c.done(); err != nil {
		return err
	}
	if s.State.Market().Opened {
		s.CheckReplay() // the market that this one follows in the file
	}
	opened := Open(s.t, s.params)
	opened.names = s.names
	s.World = opened
	return nil
}

// ready opens the market of [Ready], with the parameters that are named.
func (s *scenario) ready(c *call) error {
	provers := c.number(c.get("provers", "3"))
	if err := s.openMarket(c); err != nil {
		return err
	}
	s.quiet = true
	defer func() { s.quiet = false }()
	script := []string{"fund alice 100", "program membership"}
	for i := range provers {
		name := fmt.Sprintf("prover%d", i+1)
		script = append(script, "fund "+name+" 100", "vault "+name+" 100", "serve "+name+" membership 10s")
	}
	for i := range provers {
		for _, tier := range []string{"none", "standard"} {
			script = append(script, fmt.Sprintf("ask prover%d %s %d", i+1, tier, 6+i))
		}
	}
	for _, line := range script {
		if err := s.execute(line); err != nil {
			return err
		}
	}
	s.Skip(s.State.Market().EpochEnds.Sub(s.Now)) // rather than record a day of idle heartbeats
	s.Until(s.Now)
	return nil
}
