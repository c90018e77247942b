package marketplace_test

import (
	"fmt"
	"maps"
	"testing"

	"vadium"
	"vadium/marketplace"
	"vadium/marketplace/marketplacetest"
)

func init() {
	const (
		seated = "reporters 4; setfeed X rep1,rep2,rep3,rep4; "
		priced = "reporters 4; setfeed X rep1,rep2,rep3,rep4 prices=own; "
		stale  = "reporters 4; setfeed X rep1,rep2,rep3,rep4; round X 1; wait 40s; round X 1; sign rep4 X 3 1 ago=31.001s; "
		report = "offence=stale-oracle feed=X rounds=3"
	)
	maps.Copy(scripted, map[vadium.Kind]string{
		marketplace.ErrKeyInvalid:      "reporter prover1 held=no",
		marketplace.ErrKeyTaken:        "reporter prover1; reporter prover1",
		marketplace.ErrReporterUnknown: "reporters 3; setfeed X rep1,rep2,rep3,prover1",
		marketplace.ErrReporterUnbacked: "reporters 3; reporter prover1; exit prover1; redeem-junior prover1 0.000000000000000001; " +
			"setfeed X rep1,rep2,rep3,prover1",
		marketplace.ErrProgramUnfit:   "reporters 4; setfeed X rep1,rep2,rep3,rep4 program=membership",
		marketplace.ErrFeedUnknown:    "retire X no reason",
		marketplace.ErrFeedRetired:    seated + "retire X done; round X 1",
		marketplace.ErrFeedAsset:      "reporters 4; collateral gold; setfeed X rep1,rep2,rep3,rep4 prices=gold",
		marketplace.ErrFeedSlow:       "reporters 4; setfeed X rep1,rep2,rep3,rep4 prices=own window=14m",
		marketplace.ErrFeedUnits:      seated + "setfeed X rep1,rep2,rep3,rep4 prices=own",
		marketplace.ErrAssetPriced:    priced + "quote own 1",
		marketplace.ErrRoundUnproven:  seated + "round X 1 proven=no",
		marketplace.ErrOffenceExcused: "incident 72h the verifier; " + stale + "commit alice rep4 e " + report + "; skip 1s; reveal alice rep4 e " + report,
	})
	provoked[marketplace.ErrTooManyKeys] = func(_ *testing.T, w *marketplacetest.World) error {
		for i := range marketplace.MaxReporterKeys {
			w.Must(w.Do("prover1", marketplace.RegisterReporter{Key: marketplacetest.Key(fmt.Sprint(i)), Held: true}))
		}
		_, err := w.Do("prover1", marketplace.RegisterReporter{Key: marketplacetest.Key("one more"), Held: true})
		return err
	}
	provoked[marketplace.ErrTooManyFeeds] = func(_ *testing.T, w *marketplacetest.World) error {
		w.Run("reporters 4")
		w.Unchecked, w.DigestEvery = true, 0
		for i := range marketplace.MaxFeeds {
			w.Must(w.Do("operator", marketplacetest.SetFeed(marketplacetest.Feed(fmt.Sprint(i), "rep1", "rep2", "rep3", "rep4"))))
		}
		return w.Try("setfeed X rep1,rep2,rep3,rep4")
	}
}
