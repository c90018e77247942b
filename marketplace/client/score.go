package client

import (
	"context"
	"iter"

	"vadium"
	"vadium/marketplace"
	v1 "vadium/marketplace/v1"
)

// Scores are how reliable provers have been as of record Seq, with the rule by which that follows from the records.
type Scores struct {
	Rule   marketplace.ScoreRule     `json:"rule"`
	Seq    uint64                    `json:"seq"`
	At     vadium.Time               `json:"at"`
	Scores []marketplace.Reliability `json:"scores"`
}

// Scores yields scores in order of appearance, a page at a time, each as of its own record: of one prover, or of all when it is
// zero. It stops after the first error.
func (c *Client) Scores(ctx context.Context, prover vadium.Account) iter.Seq2[Scores, error] {
	message := &v1.GetScoresRequest{Prover: optional(prover), PageSize: pageSize}
	return func(yield func(Scores, error) bool) {
		for {
			a, err := call(ctx, c, c.market.GetScores, message)
			if err != nil {
				yield(Scores{}, err)
				return
			}
			page := Scores{Seq: a.GetSeq(), At: vadium.Time(a.GetAtMs()), Scores: []marketplace.Reliability{}}
			page.Rule, err = read[marketplace.ScoreRule](a.GetRule())
			for _, one := range a.GetScores() {
				score, wrong := read[marketplace.Reliability](one)
				if err == nil {
					err = wrong
				}
				page.Scores = append(page.Scores, score)
			}
			if !yield(page, err) || err != nil || a.GetNextPageToken() == "" {
				return
			}
			message.PageToken = a.GetNextPageToken()
		}
	}
}
