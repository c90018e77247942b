package rpc

import (
	"context"

	"connectrpc.com/connect"

	"vadium"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	v1 "vadium/marketplace/v1"
)

// Transparency is the market's transparency log (marketplace/transparency/keeper). Its methods may be called concurrently.
type Transparency interface {
	// Head returns a signed head of at least so many records; it waits until the log has them.
	Head(ctx context.Context, least uint64) (signing.SignedTreeHead, error)
	// CloseHead returns the head that was signed when an ask epoch ended; it waits until the log has it.
	CloseHead(ctx context.Context, epoch uint64) (signing.SignedTreeHead, error)
	// Inclusion proves that the record at seq is in the tree of a size; it waits until the log has that.
	Inclusion(ctx context.Context, seq, size uint64) ([]vadium.Digest, error)
	// Consistency proves that the tree of one size begins with that of another; it waits until the log has both.
	Consistency(ctx context.Context, from, to uint64) ([]vadium.Digest, error)
}

// logService implements vadium.marketplace.v1.LogService.
type logService struct{ *Server }

// GetTreeHead implements the service.
func (l logService) GetTreeHead(ctx context.Context, req *connect.Request[v1.GetTreeHeadRequest]) (*connect.Response[v1.GetTreeHeadResponse], error) {
	var head signing.SignedTreeHead
	var err error
	if epoch := req.Msg.GetEpoch(); epoch > 0 {
		head, err = l.Transparency.CloseHead(ctx, epoch)
	} else {
		head, err = l.Transparency.Head(ctx, req.Msg.GetAtLeast())
	}
	if err != nil {
		return nil, err
	}
	answered := &v1.GetTreeHeadResponse{Head: new(v1.TreeHead)}
	wire.Write(answered.Head, head.TreeHead)
	answered.Head.Signature = wire.Hex(head.Signature)
	return answer(answered, nil)
}

// GetInclusionProof implements the service.
func (l logService) GetInclusionProof(ctx context.Context, req *connect.Request[v1.GetInclusionProofRequest]) (*connect.Response[v1.GetInclusionProofResponse], error) {
	proof, err := l.Transparency.Inclusion(ctx, req.Msg.GetSeq(), req.Msg.GetSize())
	return answer(&v1.GetInclusionProofResponse{Hashes: hexOfAll(proof)}, err)
}

// GetConsistencyProof implements the service.
func (l logService) GetConsistencyProof(ctx context.Context, req *connect.Request[v1.GetConsistencyProofRequest]) (*connect.Response[v1.GetConsistencyProofResponse], error) {
	proof, err := l.Transparency.Consistency(ctx, req.Msg.GetFrom(), req.Msg.GetTo())
	return answer(&v1.GetConsistencyProofResponse{Hashes: hexOfAll(proof)}, err)
}

func hexOfAll(proof []vadium.Digest) []string {
	all := make([]string, len(proof))
	for i, h := range proof {
		all[i] = h.String()
	}
	return all
}
