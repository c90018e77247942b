package source

import (
	"bytes"
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// Trust is whose signatures count, by network.
type Trust struct {
	// RedStone are nodes, by the data service that they sign for.
	RedStone map[string][]common.Address
	// Guardians are Wormhole's guardian sets, each in its own order, by its number.
	Guardians map[uint32][]common.Address
	// Chainlink are committees of Data Streams.
	Chainlink []Committee

	claimed map[uint32][]common.Address // guardian sets that a file names itself
}

// Committee is who signs one feed's reports under one configuration. Of the committee those are known who have signed
// the reports that Chainlink publishes as examples, as many as a report takes.
type Committee struct {
	Config    [32]byte // digest of the configuration
	Feed      [32]byte
	Signers   []common.Address
	Threshold uint8
}

// Services of RedStone whose nodes are known.
const (
	RedStonePrimary   = "redstone-primary-prod"
	RedStoneAvalanche = "redstone-avalanche-prod"
)

// Production returns the signers that are known: RedStone's production nodes (as its evm-connector names them in
// PrimaryProdDataServiceConsumerBase.sol and AvalancheProdDataServiceConsumerBase.sol), Wormhole's guardian set 4, and the committees
// of Chainlink's example reports.
func Production() Trust {
	two := addresses("0xDD3210a31d062Cada9f37C69305032b7e5594e25", "0x72cCe7298Ae2F6E516be2F2343eBedf863548d12")
	return Trust{
		RedStone: map[string][]common.Address{
			RedStonePrimary: addresses(
				"0x8BB8F32Df04c8b654987DAaeD53D6B6091e3B774",
				"0xdEB22f54738d54976C4c0fe5ce6d408E40d88499",
				"0x51Ce04Be4b3E32572C4Ec9135221d0691Ba7d202",
				"0xDD682daEC5A90dD295d14DA4b0bec9281017b5bE",
				"0x9c5AE89C4Af6aA32cE58588DBaF90d18a855B6de",
			),
			RedStoneAvalanche: addresses(
				"0x1eA62d73EdF8AC05DfceA1A34b9796E937a29EfF",
				"0x2c59617248994D12816EE1Fa77CE0a64eEB456BF",
				"0x12470f7aBA85c8b81D63137DD5925D6EE114952b",
				"0x109B4a318A4F5ddcbCA6349B45f881B4137deaFB",
				"0x83cbA8c619fb629b81A65C2e67fE15cf3E3C9747",
			),
		},
		Guardians: map[uint32][]common.Address{
			4: addresses(
				"0x5893b5a76c3f739645648885bdccc06cd70a3cd3",
				"0xff6cb952589bde862c25ef4392132fb9d4a42157",
				"0x114de8460193bdf3a2fcf81f86a09765f4762fd1",
				"0x107a0086b32d7a0977926a205131d8731d39cbeb",
				"0x8c82b2fd82faed2711d59af0f2499d16e726f6b2",
				"0x11b39756c042441be6d8650b69b54ebe715e2343",
				"0x54ce5b4d348fb74b958e8966e2ec3dbd4958a7cd",
				"0x15e7caf07c4e3dc8e7c469f92c8cd88fb8005a20",
				"0x74a3bf913953d695260d88bc1aa25a4eee363ef0",
				"0x000ac0076727b35fbea2dac28fee5ccb0fea768e",
				"0xaf45ced136b9d9e24903464ae889f5c8a723fc14",
				"0xf93124b7c738843cbb89e864c862c38cddcccf95",
				"0xd2cc37a4dc036a8d232b48f62cdd4731412f4890",
				"0xda798f6896a3331f64b48c12d1d57fd9cbe70811",
				"0x71aa1be1d36cafe3867910f99c09e347899c19c3",
				"0x8192b6e7387ccd768277c17dab1b7a5027c0b3cf",
				"0x178e21ad2e77ae06711549cfbb1f9c7a9d8096e8",
				"0x5e1487f35515d02a92753504a8d75471b9f49edb",
				"0x6fbebc898f403e4773e95feb15e80c9a99c8348d",
			),
		},
		Chainlink: []Committee{
			{
				Config: word32("0x0006bd87830d5f336e205cf5c63329a1dab8f5d56812eaeb7c69300e66ab8e22"),
				Feed:   word32("0x00030ab7d02fbba9c6304f98824524407b1f494741174320cfd17a2c22eec1de"),
				Signers: addresses(
					"0x0FC9E43f343bE5190131e88bB1DE15fAb6A5c9cF",
					"0x3AcEb84A335051009bAAA1dC1F1B0FC65cafFC5e",
					"0x26Eb8Dea43B66dD285642487D79067a0c8195a6E",
					"0x50A0Ce1A108cc8cC36B2ca7D9cB1465Aa10AAD9E",
					"0x9D0fb8544fBA0a9e5890F831f896f79865D67bB5",
					"0x59337c5Ea05E8902781131Ff85cccBf3e62b8b99",
				),
				Threshold: 6,
			},
			{
				Config:    word32("0x0006f9b553e393ced311551efd30d1decedb63d76ad41737462e2cdbbdff1578"),
				Feed:      word32("0x000359843a543ee2fe414dc14c7e7920ef10f4372990b79d6361cdc0dd1ba782"),
				Signers:   two,
				Threshold: 2,
			},
			{
				Config:    word32("0x00090d9e8d96765a0c49e03a6ae05c82e8f8de70cf179baa632f18313e54bd69"),
				Feed:      word32("0x0009df89c92184ed9d554ad42f8e8946894af1009f83d8355d99f7f2515b8ecd"),
				Signers:   two,
				Threshold: 2,
			},
		},
	}
}

// knowsNode reports whether somebody signs for one of RedStone's services.
func (t Trust) knowsNode(signer common.Address) bool {
	for _, nodes := range t.RedStone {
		if slices.Contains(nodes, signer) {
			return true
		}
	}
	return false
}

// committee returns the one that is known for a report's configuration or for its feed: changing one of the two does
// not make a report a stranger's.
func (t Trust) committee(r Report) (Committee, bool) {
	for _, c := range t.Chainlink {
		if c.Config == r.Config || c.Feed == r.Feed {
			return c, true
		}
	}
	return Committee{}, false
}

func sortSigners(signers [][20]byte) {
	slices.SortFunc(signers, func(a, b [20]byte) int { return bytes.Compare(a[:], b[:]) })
}

// raws returns addresses as sources of feeds have them.
func raws(signers []common.Address) [][20]byte {
	var all [][20]byte
	for _, signer := range signers {
		all = append(all, signer)
	}
	return all
}

// addresses returns the addresses that this file writes out.
func addresses(texts ...string) []common.Address {
	var all []common.Address
	for _, text := range texts {
		if !common.IsHexAddress(text) {
			panic("invariant: the known signers are addresses, but this is " + text)
		}
		all = append(all, common.HexToAddress(text))
	}
	return all
}

func word32(text string) [32]byte { return common.HexToHash(text) }
