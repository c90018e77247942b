package rpc

import (
	"context"
	"fmt"

	"connectrpc.com/connect"

	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
	"vadium/oracle"
	"vadium/vaults/slashing"
)

// riskService implements vadium.marketplace.v1.RiskService.
type riskService struct{ *Server }

// GetRisk implements the service.
func (r riskService) GetRisk(context.Context, *connect.Request[v1.GetRiskRequest]) (*connect.Response[v1.GetRiskResponse], error) {
	var view wire.Risk
	r.Market.View(func(s *marketplace.State) { view = riskView(s) })
	answered := &v1.GetRiskResponse{Risk: new(v1.Risk)}
	wire.Write(answered.Risk, view)
	return answer(answered, nil)
}

// PublishPrice implements the service.
func (r riskService) PublishPrice(ctx context.Context, req *connect.Request[v1.PublishPriceRequest]) (*connect.Response[v1.PublishPriceResponse], error) {
	accepted, err := carryOut[marketplace.PublishPrice](ctx, r.Server, req.Msg)
	return answer(&v1.PublishPriceResponse{Accepted: accepted}, err)
}

// SetCollateral implements the service.
func (r riskService) SetCollateral(ctx context.Context, req *connect.Request[v1.SetCollateralRequest]) (*connect.Response[v1.SetCollateralResponse], error) {
	accepted, err := carryOut[marketplace.SetCollateral](ctx, r.Server, req.Msg)
	return answer(&v1.SetCollateralResponse{Accepted: accepted}, err)
}

// DeclareIncident implements the service.
func (r riskService) DeclareIncident(ctx context.Context, req *connect.Request[v1.DeclareIncidentRequest]) (*connect.Response[v1.DeclareIncidentResponse], error) {
	accepted, err := carryOut[marketplace.DeclareIncident](ctx, r.Server, req.Msg)
	return answer(&v1.DeclareIncidentResponse{Accepted: accepted}, err)
}

// RaiseAlert implements the service.
func (r riskService) RaiseAlert(ctx context.Context, req *connect.Request[v1.RaiseAlertRequest]) (*connect.Response[v1.RaiseAlertResponse], error) {
	accepted, err := carryOut[marketplace.RaiseAlert](ctx, r.Server, req.Msg)
	return answer(&v1.RaiseAlertResponse{Accepted: accepted}, err)
}

// ReleaseProver implements the service.
func (r riskService) ReleaseProver(ctx context.Context, req *connect.Request[v1.ReleaseProverRequest]) (*connect.Response[v1.ReleaseProverResponse], error) {
	accepted, err := carryOut[marketplace.ReleaseProver](ctx, r.Server, req.Msg)
	return answer(&v1.ReleaseProverResponse{Accepted: accepted}, err)
}

// CommitEvidence implements the service.
func (r riskService) CommitEvidence(ctx context.Context, req *connect.Request[v1.CommitEvidenceRequest]) (*connect.Response[v1.CommitEvidenceResponse], error) {
	accepted, err := carryOut[marketplace.CommitEvidence](ctx, r.Server, req.Msg)
	return answer(&v1.CommitEvidenceResponse{Accepted: accepted}, err)
}

// RevealEvidence implements the service.
func (r riskService) RevealEvidence(ctx context.Context, req *connect.Request[v1.RevealEvidenceRequest]) (*connect.Response[v1.RevealEvidenceResponse], error) {
	command, body, err := open[marketplace.RevealEvidence](r.Server, req.Msg)
	if err != nil {
		return nil, err
	}
	doubt, err := r.examineEvidence(ctx, command, &body)
	if err != nil {
		return nil, err
	}
	command.Body = body
	accepted, err := r.do(ctx, command)
	if err != nil {
		return nil, doubted(err, doubt)
	}
	event, _, err := find[*marketplace.CaseOpened](ctx, r.Server, accepted)
	if err != nil {
		return nil, err
	}
	answered := &v1.RevealEvidenceResponse{Accepted: writeAccepted(accepted), Case: new(v1.Case)}
	wire.Write(answered.Case, caseView(&event.Case))
	return answer(answered, nil)
}

// examineEvidence sets whether evidence holds and what it says, and returns what is wrong with it. What costs little is looked at
// first, and the signatures last, of which there may be dozens: an error says that the market refuses it whatever is signed.
func (s *Server) examineEvidence(ctx context.Context, command marketplace.Command, body *marketplace.RevealEvidence) (doubt, err error) {
	if s.remembers(command.ID) {
		return nil, nil // it has its answer
	}
	now := s.Clock()
	s.Market.View(func(state *marketplace.State) { err = state.CheckReveal(now, command.Author, *body) })
	if err != nil {
		return nil, err
	}
	if err := s.turned(s.door.takeEvidence(command.Author)); err != nil {
		return nil, err
	}
	if body.Offence == slashing.BidEquivocation {
		body.Subject, doubt = signing.CheckEquivocation(s.domain, body.Offender, body.Evidence)
	} else {
		doubt, err = s.examineOracleEvidence(ctx, body)
	}
	body.Holds = doubt == nil && err == nil
	return doubt, err
}

// examineOracleEvidence sets what evidence against a reporter says. Upstreams are read as the feed's configuration says that the
// last of the observations was made under.
func (s *Server) examineOracleEvidence(ctx context.Context, body *marketplace.RevealEvidence) (doubt, err error) {
	e, doubt := signing.ReadOracleEvidence(body.Evidence)
	if doubt != nil {
		return doubt, nil
	}
	var f *oracle.Feed
	now := s.Clock()
	s.Market.View(func(state *marketplace.State) {
		if err = state.CheckAccused(body.Offender, e.Feed, e.Signed[0].Key); err == nil {
			f = state.FeedUnder(state.ProvenFeed(e.Feed), e.Signed[len(e.Signed)-1].Observation.Round, max(now, state.Now()))
		}
	})
	if err != nil {
		return nil, err
	}
	select {
	case s.observations <- struct{}{}:
		defer func() { <-s.observations }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	body.Finding, doubt = e.Check(s.domain, func(u signing.Upstream) (oracle.Quote, error) {
		if int(u.Source) >= len(f.Sources) || s.Upstream == nil {
			return oracle.Quote{}, fmt.Errorf("the feed has %d sources that evidence can rest on, it names number %d", len(f.Sources), u.Source)
		}
		quote, err := s.Upstream(f.Sources[u.Source], f.Decimals, u.Content)
		quote.Source = u.Source
		return quote, err
	})
	return doubt, nil
}

// VetoCase implements the service.
func (r riskService) VetoCase(ctx context.Context, req *connect.Request[v1.VetoCaseRequest]) (*connect.Response[v1.VetoCaseResponse], error) {
	accepted, err := carryOut[marketplace.VetoCase](ctx, r.Server, req.Msg)
	return answer(&v1.VetoCaseResponse{Accepted: accepted}, err)
}

// GetCase implements the service.
func (r riskService) GetCase(_ context.Context, req *connect.Request[v1.GetCaseRequest]) (*connect.Response[v1.GetCaseResponse], error) {
	var view *wire.Case
	r.Market.View(func(s *marketplace.State) {
		if found := s.Case(marketplace.CaseID(req.Msg.GetCase())); found != nil {
			seen := caseView(found)
			view = &seen
		}
	})
	if view == nil {
		return nil, marketplace.ErrCaseUnknown
	}
	answered := &v1.GetCaseResponse{Case: new(v1.Case)}
	wire.Write(answered.Case, *view)
	return answer(answered, nil)
}

// ListCases implements the service.
func (r riskService) ListCases(_ context.Context, req *connect.Request[v1.ListCasesRequest]) (*connect.Response[v1.ListCasesResponse], error) {
	page, err := pageOf(req.Msg)
	if err != nil {
		return nil, err
	}
	wanted := func(c *marketplace.Case) bool {
		return (req.Msg.GetVault() == 0 || uint64(c.Vault) == req.Msg.GetVault()) && (!req.Msg.GetOpen() || c.Outcome == marketplace.OutcomeOpen)
	}
	var views []wire.Case
	r.Market.View(func(s *marketplace.State) {
		for _, c := range s.Cases() {
			if wanted(c) && page.take() {
				views = append(views, caseView(c))
			}
			if page.beyond() {
				break
			}
		}
	})
	answered := &v1.ListCasesResponse{NextPageToken: page.next()}
	for _, view := range views {
		message := new(v1.Case)
		wire.Write(message, view)
		answered.Cases = append(answered.Cases, message)
	}
	return answer(answered, nil)
}
