package rpc

import (
	"context"

	"connectrpc.com/connect"

	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	v1 "vadium/marketplace/v1"
)

// GetScores implements the service.
func (m marketService) GetScores(_ context.Context, req *connect.Request[v1.GetScoresRequest]) (*connect.Response[v1.GetScoresResponse], error) {
	prover, byProver, err := account(req.Msg.GetProver())
	if err != nil {
		return nil, err
	}
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	answered := &v1.GetScoresResponse{Rule: new(v1.ScoreRule)}
	wire.Write(answered.Rule, marketplace.ScoringRule())
	var found []marketplace.Reliability
	m.Market.View(func(s *marketplace.State) {
		answered.Seq, answered.AtMs = s.Market().Seq, int64(s.Now())
		for id, score := range s.Scores() {
			if (!byProver || id.Prover == prover) && page.take() {
				found = append(found, s.Reliability(id, score))
			}
			if page.beyond() {
				break
			}
		}
	})
	answered.NextPageToken = page.next()
	for _, score := range found {
		message := new(v1.Score)
		wire.Write(message, score)
		answered.Scores = append(answered.Scores, message)
	}
	return answer(answered, nil)
}
