package rpc_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/client"
	"vadium/marketplace/journal/disktest"
	"vadium/marketplace/rpc/rpctest"
)

// asked is what a client asked about one request, and answered what it was told: "ok", the kind of a refusal or, for a
// read, the phase and the number of deliveries.
type (
	asked struct {
		request int
		what    string
	}
	answered string
)

// How the life of a request looks from outside, with one prover that has room for everything, no verdicts and deadlines
// that never come. A word for each state; "" is a request that nobody has submitted.
const (
	stateAssigned  = "assigned, 0 deliveries"
	stateAccepted  = "accepted, 0 deliveries"
	stateDelivered = "accepted, 1 deliveries"
	stateOpen      = "open, 0 deliveries" // its prover declined, and there is no other
	stateCancelled = "cancelled, 0 deliveries"
)

// lives is the whole model: what is answered in a state, and the state after an answer of "ok".
var lives = map[string]map[string]struct {
	answer vadium.Kind // empty: ok
	next   string
}{
	"submit": {
		"":            {"", stateAssigned},
		stateAssigned: {answer: marketplace.ErrRequestExists}, stateAccepted: {answer: marketplace.ErrRequestExists},
		stateDelivered: {answer: marketplace.ErrRequestExists}, stateOpen: {answer: marketplace.ErrRequestExists}, stateCancelled: {answer: marketplace.ErrRequestExists},
	},
	"cancel": {
		"":            {answer: marketplace.ErrRequestUnknown},
		stateAssigned: {answer: marketplace.ErrAlreadyAssigned}, stateAccepted: {answer: marketplace.ErrAlreadyAssigned},
		stateDelivered: {answer: marketplace.ErrAlreadyAssigned}, stateOpen: {"", stateCancelled}, stateCancelled: {answer: marketplace.ErrRequestOver},
	},
	"accept": {
		"":            {answer: marketplace.ErrRequestUnknown},
		stateAssigned: {"", stateAccepted}, stateAccepted: {answer: marketplace.ErrAlreadyAccepted},
		stateDelivered: {answer: marketplace.ErrAlreadyAccepted}, stateOpen: {answer: marketplace.ErrNotAssigned}, stateCancelled: {answer: marketplace.ErrNotAssigned},
	},
	"decline": {
		"":            {answer: marketplace.ErrRequestUnknown},
		stateAssigned: {"", stateOpen}, stateAccepted: {answer: marketplace.ErrAlreadyAccepted},
		stateDelivered: {answer: marketplace.ErrAlreadyAccepted}, stateOpen: {answer: marketplace.ErrNotAssigned}, stateCancelled: {answer: marketplace.ErrNotAssigned},
	},
	"deliver": {
		"":            {answer: marketplace.ErrRequestUnknown},
		stateAssigned: {answer: marketplace.ErrNotAccepted}, stateAccepted: {"", stateDelivered},
		stateDelivered: {answer: marketplace.ErrDeliveryPending}, stateOpen: {answer: marketplace.ErrNotAssigned}, stateCancelled: {answer: marketplace.ErrNotAssigned},
	},
}

// lifeOfARequest is the model for porcupine. Requests do not touch each other, so each is checked by itself.
var lifeOfARequest = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		was, what, said := state.(string), input.(asked).what, output.(answered)
		if what == "read" {
			return string(said) == was || was == "" && string(said) == string(marketplace.ErrRequestUnknown), was
		}
		then := lives[what][was]
		if then.answer == "" {
			return said == "ok", then.next
		}
		return string(said) == string(then.answer), was
	},
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		by := map[int][]porcupine.Operation{}
		for _, op := range history {
			by[op.Input.(asked).request] = append(by[op.Input.(asked).request], op)
		}
		return slices.Collect(maps.Values(by))
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%s: %s", input.(asked).what, output) },
}

const (
	racers   = 8
	contests = 64 // requests
	// laps is how often a racer goes for each request before it turns to the next one.
	laps = 5
)

// TestLivesOfRequestsAreLinearizable lets clients race for requests through the API of a market with a journal on a disk:
// they submit, cancel, accept, decline, deliver and read the same ones. Whatever they are told has to fit one order of what
// they asked, in which what was answered before something else was asked comes first: nobody is told that he won when
// somebody else did, and nobody reads what was before what he knows.
func TestLivesOfRequestsAreLinearizable(t *testing.T) {
	t.Parallel()
	params := marketplace.DefaultParams()
	params.AcceptWindow, params.HeartbeatWithin = 10*vadium.Minute, 10*vadium.Minute
	m := rpctest.Start(t, rpctest.Config{Params: params, Dir: t.TempDir()})
	m.Fund(t, registrant, 1)
	p := rpctest.NewProgram(t)
	m.List(t, registrant, p)
	theProver := m.Stake(t, prover, p)
	ask := m.AskFor(p)
	ask.Slots, ask.Capacity = contests, contests
	if _, _, err := theProver.PlaceAsk(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	m.Fund(t, requester, 1_000)
	theRequester := m.Client(t, requester)
	if _, err := theRequester.PutBytes(t.Context(), client.Input, p.Input(3)); err != nil {
		t.Fatal(err)
	}
	proof := p.Prove(t, p.Input(3), vadium.RequestID{}, theProver.Account())
	terms := m.RequestFor(p, 3)
	terms.Deadline = terms.Deadline.Add(30 * vadium.Minute)

	do := func(random *rand.Rand, request int) (string, answered) {
		body := terms
		body.ClientID = vadium.Salt{1, byte(request)}
		id := vadium.NewRequestID(theRequester.Account(), body.ClientID)
		var err error
		what := []string{"submit", "cancel", "accept", "decline", "deliver", "read", "read"}[random.IntN(7)]
		switch what {
		case "submit":
			_, err = theRequester.SubmitRequest(t.Context(), body)
		case "cancel":
			_, err = theRequester.CancelRequest(t.Context(), id)
		case "accept":
			_, err = theProver.AcceptRequest(t.Context(), id)
		case "decline":
			_, err = theProver.DeclineRequest(t.Context(), id)
		case "deliver":
			_, _, err = theProver.Deliver(t.Context(), id, proof)
		case "read":
			var r marketplace.Request
			if r, err = theRequester.Request(t.Context(), id); err == nil {
				deliveries := uint32(0)
				for _, a := range r.Attempts {
					deliveries += a.Deliveries
				}
				return what, answered(fmt.Sprintf("%v, %d deliveries", r.Phase, deliveries))
			}
		}
		var kind vadium.Kind
		switch {
		case err == nil:
			return what, "ok"
		case errors.As(err, &kind):
			return what, answered(kind)
		}
		t.Errorf("%s: %v", what, err)
		return what, "neither yes nor no"
	}

	seed := uint64(time.Now().UnixNano())
	begun := time.Now()
	histories := make([][]porcupine.Operation, racers)
	var racing sync.WaitGroup
	for racer := range racers {
		random := rand.New(rand.NewPCG(seed, uint64(racer)))
		racing.Go(func() {
			for request := range contests {
				for range laps {
					call := time.Since(begun).Nanoseconds()
					what, said := do(random, request)
					histories[racer] = append(histories[racer], porcupine.Operation{
						ClientId: racer, Input: asked{request, what}, Call: call, Output: said, Return: time.Since(begun).Nanoseconds(),
					})
				}
			}
		})
	}
	racing.Wait()
	history := slices.Concat(histories...)
	disktest.Count(t, "%d operations of %d clients on %d requests", len(history), racers, contests)
	if result := porcupine.CheckOperationsTimeout(lifeOfARequest, history, time.Minute); result != porcupine.Ok {
		for _, one := range lifeOfARequest.Partition(history) {
			if porcupine.CheckOperationsTimeout(lifeOfARequest, one, time.Minute) != porcupine.Ok {
				slices.SortFunc(one, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
				for _, op := range one {
					t.Logf("client %d, %d to %d us: %s", op.ClientId, op.Call/1000, op.Return/1000, lifeOfARequest.DescribeOperation(op.Input, op.Output))
				}
				break
			}
		}
		t.Fatalf("what clients were told is %s (operations as chosen by seed %d)", result, seed)
	}
	// And the check can fail: a market that tells a second client that his was the request that counted is found out.
	won := history[slices.IndexFunc(history, func(op porcupine.Operation) bool {
		return op.Input.(asked).what == "submit" && op.Output == answered("ok")
	})]
	if porcupine.CheckOperations(lifeOfARequest, append(history, won)) {
		t.Error("a request that was submitted twice is linearizable: the model finds nothing")
	}
}
