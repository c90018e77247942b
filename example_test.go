package vadium_test

import (
	"fmt"
	"log"

	"vadium"
	"vadium/auction"
	"vadium/marketplace"
)

// One whole market in memory: two provers put up stake and quote a price, a requester asks for a proof, the cheaper prover
// wins at the price of the dearer one, delivers, and is paid.
//
// The core is plain functions over plain values, so everything a market needs from the world is an argument: the time,
// who signed, whether the input is held, and what verifying the proof found. A real market gets them from
// marketplace/rpc and marketplace/verifier, and makes the events durable in between (marketplace/sequencer).
func Example() {
	market := marketplace.NewState()
	now := vadium.Time(1_767_225_600_000) // 2026-01-01 00:00 UTC
	operator, alice := vadium.Account{0xee}, vadium.Account{0xa1}
	provers := []vadium.Account{{0x01}, {0x02}}

	// decide lets the market decide on a command and applies what it answers.
	commands := byte(0)
	decide := func(author vadium.Account, body marketplace.Body) {
		commands++
		c := marketplace.Command{Body: body}
		if author != (vadium.Account{}) {
			c.Author, c.ID, c.ValidUntil = author, vadium.CommandID{commands}, now.Add(vadium.Minute)
		}
		events, err := market.Decide(now, c)
		if err != nil {
			log.Fatal(err)
		}
		for _, event := range events {
			market.Apply(marketplace.Record{Seq: market.NextSeq(), At: now, Event: event})
		}
	}

	// The operator opens the market and credits money that arrived.
	decide(vadium.Account{}, marketplace.OpenMarket{Operator: operator, Params: marketplace.DefaultParams(), Seeds: [2][32]byte{{3}, {2}}})
	decide(operator, marketplace.CreditDeposit{Account: alice, Amount: vadium.Tokens(10), Reference: vadium.Salt{1}})
	program := vadium.Program{Name: "membership", System: vadium.PLONK, Curve: vadium.BN254, Constraints: 10_000, Public: 1, Secret: 40}
	decide(operator, marketplace.RegisterProgram{Program: program, SampleVerified: true, Class: vadium.KeysUniversal})

	// Provers back their promises with stake of their own, say what they can prove and what they ask for it.
	for i, prover := range provers {
		decide(operator, marketplace.CreditDeposit{Account: prover, Amount: vadium.Tokens(100), Reference: vadium.Salt{2, byte(i)}})
		decide(prover, marketplace.OpenVault{Junior: vadium.Tokens(100), Commission: 8_000})
		decide(prover, marketplace.ServeProgram{Program: program.ID(), Benchmark: 10 * vadium.Second})
		decide(prover, marketplace.PlaceAsk{
			Product: auction.Product{Size: auction.SizeOf(10 * vadium.Second), Tier: auction.Immediate, Stake: auction.StakeStandard},
			Price:   vadium.Tokens(uint64(3 + i)), Slots: 1, Capacity: 1, ETA: 15 * vadium.Second, StandUntil: now.Add(vadium.Day),
		})
	}

	// Alice offers up to 5 tokens and wants 2 if the proof never comes. The market clears at once.
	decide(alice, marketplace.SubmitRequest{
		ClientID: vadium.Salt{7}, Program: program.ID(), Statement: make([]byte, program.StatementBytes()), Input: vadium.DigestOf([]byte("input")),
		MaxFee: vadium.Tokens(5), DamageCap: vadium.Tokens(2), Deadline: now.Add(10 * vadium.Minute), Tier: auction.Immediate, Redundancy: 1,
		InputHeld: true,
	})
	id := vadium.NewRequestID(alice, vadium.Salt{7})
	winner := market.Request(id).Attempts[0]
	fmt.Printf("prover %x wins at %s tokens and locks %s\n", winner.Prover[:1], winner.Price.Tokens(), winner.Lock.Tokens())

	// The winner solves the witness, proves, and delivers; the proof is found valid.
	proof := vadium.DigestOf([]byte("proof"))
	decide(winner.Prover, marketplace.AcceptRequest{Request: id})
	now = now.Add(12 * vadium.Second)
	decide(winner.Prover, marketplace.Deliver{Request: id, Proof: proof})
	decide(vadium.Account{}, marketplace.Conclude{Request: id, Attempt: 0, Proof: proof, Verdict: marketplace.VerdictValid})

	r := market.Request(id)
	fmt.Printf("the request is %v, alice paid %s tokens and has %s\n", r.Phase, r.Paid.Tokens(), market.Balance(alice).Tokens())
	vault := market.VaultOf(winner.Prover)
	fmt.Printf("its vault holds %s tokens of stake and %s of commission\n", vault.Junior.Tokens(), vault.CommissionDue.Tokens())
	if err := market.CheckInvariants(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// prover 01 wins at 4 tokens and locks 4.5
	// the request is settled, alice paid 4 tokens and has 6
	// its vault holds 100.792 tokens of stake and 3.168 of commission
}
