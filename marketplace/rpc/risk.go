package rpc

import (
	"context"
	"fmt"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
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
	subject, doubt := r.checkEvidence(body)
	body.Holds, body.Subject = doubt == nil, subject
	command.Body = body
	accepted, err := r.do(ctx, command)
	switch {
	case err != nil && doubt != nil:
		return nil, fmt.Errorf("%v: %w", doubt, err) // the market refuses, and here is what it found
	case err != nil:
		return nil, err
	}
	event, _, err := find[*marketplace.CaseOpened](ctx, r.Server, accepted)
	if err != nil {
		return nil, err
	}
	answered := &v1.RevealEvidenceResponse{Accepted: writeAccepted(accepted), Case: new(v1.Case)}
	wire.Write(answered.Case, caseView(&event.Case))
	return answer(answered, nil)
}

// checkEvidence returns a name of the offence that evidence proves, or what is wrong with it.
func (s *Server) checkEvidence(body marketplace.RevealEvidence) (subject vadium.Digest, doubt error) {
	switch body.Offence {
	case slashing.BidEquivocation:
		return signing.CheckEquivocation(s.domain, body.Offender, body.Evidence)
	default:
		return vadium.Digest{}, fmt.Errorf("nothing that can be sent in proves %v", body.Offence)
	}
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
