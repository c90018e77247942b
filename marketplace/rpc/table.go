package rpc

import (
	"connectrpc.com/connect"

	"vadium"
	"vadium/auction"
	"vadium/circuits"
	"vadium/marketplace"
	"vadium/marketplace/rpc/wire"
	"vadium/marketplace/signing"
	"vadium/marketplace/transparency"
	"vadium/marketplace/verifier"
	"vadium/oracle"
	"vadium/vaults"
	"vadium/vaults/risk"
	"vadium/vaults/slashing"
)

// row says how a kind of refusal travels: a code for programs and what to do about it for people.
type row struct {
	code connect.Code
	hint string
}

// table has a row for every kind there is; a test finds the ones that are missing.
//
//   - invalid_argument: it could never be accepted.
//   - failed_precondition: not as things stand; after something else has happened, perhaps.
//   - unavailable is the only code that is worth repeating as it is.
var table = map[vadium.Kind]row{
	// signatures and commands
	signing.ErrMalformedSignature:   {connect.CodeUnauthenticated, "sign with secp256k1: 65 bytes r, s, v with s in the lower half of the order"},
	signing.ErrWrongSigner:          {connect.CodeUnauthenticated, "check the key, and the domain of this market (GetMarket: chain id and deployment)"},
	signing.ErrTokenExpired:         {connect.CodeUnauthenticated, "sign a fresh token, valid for at most 10 minutes; check this machine's clock"},
	marketplace.ErrUnsigned:         {connect.CodeUnauthenticated, "sign the command"},
	marketplace.ErrExpired:          {connect.CodeFailedPrecondition, "sign it again with a later validUntil; check this machine's clock"},
	marketplace.ErrExpiresTooLate:   {connect.CodeInvalidArgument, "commands are valid for at most 10 minutes, requests for at most 24 hours"},
	marketplace.ErrUnknownCommand:   {connect.CodeUnimplemented, "this market's version does not know the command"},
	marketplace.ErrNotOperator:      {connect.CodePermissionDenied, "only the market's operator may do this (GetMarket names it)"},
	marketplace.ErrNotOpen:          {connect.CodeUnavailable, "the market has not been opened yet"},
	marketplace.ErrPaused:           {connect.CodeFailedPrecondition, "the operator has paused the market; watch for Resumed"},
	marketplace.ErrNotPaused:        {connect.CodeFailedPrecondition, "the market is not paused"},
	marketplace.ErrParamOutOfRange:  {connect.CodeInvalidArgument, "the message names the parameter and its safe range"},
	wire.ErrMalformed:               {connect.CodeInvalidArgument, "the message names the field and its limit"},
	wire.ErrBusy:                    {connect.CodeUnavailable, "try again in a second"},
	wire.ErrRateLimited:             {connect.CodeResourceExhausted, "come again when retry_after_ms has passed; batches under a session cost fewer calls"},
	wire.ErrTooManyCalls:            {connect.CodeResourceExhausted, "wait for answers before sending more, or send a batch"},
	wire.ErrTooManyStreams:          {connect.CodeResourceExhausted, "end a stream first; one stream carries all events"},
	wire.ErrTooLarge:                {connect.CodeInvalidArgument, "make the command smaller"},
	wire.ErrFailed:                  {connect.CodeUnavailable, "send the batch again; the market's operator finds the reason in the log"},
	wire.ErrStopping:                {connect.CodeUnavailable, "try again in some seconds; a stream goes on at its cursor"},
	wire.ErrDiskLow:                 {connect.CodeResourceExhausted, "try again when the market's operator has made room; requests that are in go on"},
	wire.ErrBeyondJournal:           {connect.CodeOutOfRange, "the cursor is another market's, or this one was restored from an old backup; begin at 1"},
	wire.ErrOtherLineage:            {connect.CodeOutOfRange, "the market was restored from a backup made before the cursor, or the cursor is very old; forget what came from it and begin anew"},
	marketplace.ErrNothing:          {connect.CodeInvalidArgument, "name an amount above zero"},
	marketplace.ErrListTooLong:      {connect.CodeInvalidArgument, "shorten the list to the limit in the message"},
	marketplace.ErrBalanceTooLow:    {connect.CodeFailedPrecondition, "deposit first, or ask for less"},
	marketplace.ErrUnfunded:         {connect.CodeFailedPrecondition, "deposit first; the market keeps nothing for accounts without money"},
	marketplace.ErrReferenceUsed:    {connect.CodeAlreadyExists, "this deposit has been credited"},
	marketplace.ErrSupplyTooLarge:   {connect.CodeInvalidArgument, "no market holds that much"},
	marketplace.ErrProgramListed:    {connect.CodeAlreadyExists, "the program is listed already; use it by its id"},
	marketplace.ErrProgramUnknown:   {connect.CodeNotFound, "list the programs (ListPrograms), or register this one"},
	marketplace.ErrProgramMalformed: {connect.CodeInvalidArgument, "a program has a name of 1 to 64 bytes, constraints, and at most 512 public scalars"},
	marketplace.ErrSampleUnverified: {connect.CodeInvalidArgument, "prove the program's sample under the keys of its manifest, for request 0 and account 0 if it is bound"},
	marketplace.ErrProgramUnserved:  {connect.CodeFailedPrecondition, "nobody proves this program now; watch for ProgramServed"},
	marketplace.ErrTooManyServers:   {connect.CodeResourceExhausted, "the program has as many provers as it can"},
	marketplace.ErrBenchmark:        {connect.CodeInvalidArgument, "measure the proving time (vadium prover bench)"},

	// sessions
	signing.ErrWeakSessionKey:       {connect.CodeInvalidArgument, "make the key with a library (vadium session open does)"},
	marketplace.ErrSessionUnknown:   {connect.CodeUnauthenticated, "open a session with the owner's key (vadium session open); it may have expired or been revoked"},
	marketplace.ErrSessionScope:     {connect.CodePermissionDenied, "sign with the owner's key, or open a session whose scope reaches this far"},
	marketplace.ErrSessionLimit:     {connect.CodeFailedPrecondition, "open another session; the limit counts maximal fees, refunded or not"},
	marketplace.ErrSessionMalformed: {connect.CodeInvalidArgument, "the message names what is out of bounds"},
	marketplace.ErrSessionExists:    {connect.CodeAlreadyExists, "the session is open; use it, or revoke it first"},
	marketplace.ErrTooManySessions:  {connect.CodeResourceExhausted, "revoke a session, or wait until one expires (vadium session list)"},

	// requests
	marketplace.ErrRequestExists:      {connect.CodeAlreadyExists, "choose another client id, or get the request that has it"},
	marketplace.ErrRequestUnknown:     {connect.CodeNotFound, "check the id; it derives from requester and client id"},
	marketplace.ErrStatementMalformed: {connect.CodeInvalidArgument, "the message says how many scalars the program takes"},
	circuits.ErrMalformedInput:        {connect.CodeInvalidArgument, "every scalar is 32 bytes, big-endian, below the order of the program's curve"},
	circuits.ErrUnsatisfied:           {connect.CodeInvalidArgument, "the input does not satisfy the program"},
	marketplace.ErrInputMissing:       {connect.CodeFailedPrecondition, "upload the input first, from the account that submits the request, in the program's size"},
	marketplace.ErrDeadlineTooNear:    {connect.CodeInvalidArgument, "give at least the program's minimum proving time (Quote names it)"},
	marketplace.ErrDeadlineTooFar:     {connect.CodeInvalidArgument, "the message names the longest duration"},
	marketplace.ErrFeeTooLow:          {connect.CodeInvalidArgument, "raise the maximal fee to the floor at least"},
	marketplace.ErrDamageCapTooHigh:   {connect.CodeFailedPrecondition, "lower the damage cap to what the message says a prover can cover"},
	marketplace.ErrNoDamageCap:        {connect.CodeInvalidArgument, "set the damage cap to 0: only the registrant vouches for this program's keys"},
	marketplace.ErrTierUnknown:        {connect.CodeInvalidArgument, "use the tier immediate, standard or bulk"},
	marketplace.ErrRedundancy:         {connect.CodeInvalidArgument, "ask for 1 to 4 copies"},
	marketplace.ErrTooManyRequests:    {connect.CodeResourceExhausted, "wait for open requests to end"},
	marketplace.ErrNotRequester:       {connect.CodePermissionDenied, "only the requester may do this"},
	marketplace.ErrAlreadyAssigned:    {connect.CodeFailedPrecondition, "a prover is at work; the request ends by itself"},
	marketplace.ErrRequestOver:        {connect.CodeFailedPrecondition, "the request has ended; get it to see how"},

	// quotes
	marketplace.ErrQuoteUnsigned: {connect.CodeInvalidArgument, "send the quote and its signature as the market gave them (Quote)"},
	marketplace.ErrQuoteProduct:  {connect.CodeInvalidArgument, "ask for a quote of the request's own tier, damage cap and maximal fee"},
	marketplace.ErrQuoteExpired:  {connect.CodeFailedPrecondition, "ask for another quote, or submit without one"},
	marketplace.ErrQuoteAhead:    {connect.CodeInvalidArgument, "send the quote as the market gave it"},

	// what a request arranges
	marketplace.ErrTooManyHedges: {connect.CodeInvalidArgument, "the message names how many are allowed"},
	marketplace.ErrReservation:   {connect.CodeInvalidArgument, "name a prover that may take it, and an end that leaves others the time to prove it"},
	marketplace.ErrSchedule:      {connect.CodeInvalidArgument, "let every step come later than the one before, pay more, and stay within the maximal fee and the deadline"},

	// provers
	marketplace.ErrNotAssigned:       {connect.CodePermissionDenied, "the request is not assigned to this account, or no longer"},
	marketplace.ErrAlreadyAccepted:   {connect.CodeFailedPrecondition, "the assignment has been accepted; deliver or resign"},
	marketplace.ErrNotAccepted:       {connect.CodeFailedPrecondition, "accept the assignment first"},
	marketplace.ErrTooLate:           {connect.CodeFailedPrecondition, "the time for this has passed"},
	marketplace.ErrDeliveryPending:   {connect.CodeFailedPrecondition, "wait for the verdict on the delivery before"},
	marketplace.ErrNoDeliveryPending: {connect.CodeFailedPrecondition, "the delivery has its verdict already"},
	marketplace.ErrAskMalformed:      {connect.CodeInvalidArgument, "the message says what is wrong with the ask"},
	marketplace.ErrNoAsk:             {connect.CodeNotFound, "there is no ask of this account for the product"},
	marketplace.ErrBookFull:          {connect.CodeResourceExhausted, "the product has as many asks as it can"},
	wire.ErrProverUnknown:            {connect.CodeNotFound, "the account has not opened a vault"},
	circuits.ErrMalformedProof:       {connect.CodeInvalidArgument, "send the proof as gnark writes it, compressed"},
	circuits.ErrInvalidProof:         {connect.CodeInvalidArgument, "the proof does not prove the statement under the program's key"},
	verifier.ErrUndecided:            {connect.CodeFailedPrecondition, "two processes died of looking at it; the operator has been alarmed, ask them before you try again"},
	circuits.ErrMalformedKey:         {connect.CodeInvalidArgument, "upload the verifying key in canonical form (vadium program register does)"},

	// vaults
	marketplace.ErrVaultExists:       {connect.CodeAlreadyExists, "add to the vault there is"},
	marketplace.ErrNoVault:           {connect.CodeNotFound, "open a vault first, or check its number"},
	marketplace.ErrJuniorTooLow:      {connect.CodeInvalidArgument, "the message names the least junior stake"},
	marketplace.ErrCommissionTooHigh: {connect.CodeInvalidArgument, "the message names the highest commission"},
	marketplace.ErrCommissionTooLow:  {connect.CodeFailedPrecondition, "less commission is due than was asked for"},
	marketplace.ErrTooFewShares:      {connect.CodeFailedPrecondition, "the share price has moved; accept fewer shares or wait"},
	vaults.ErrVaultClosed:            {connect.CodeFailedPrecondition, "slashing emptied the vault; choose another"},
	vaults.ErrCaseOpen:               {connect.CodeFailedPrecondition, "a slash case against the vault is open; wait for its end"},
	vaults.ErrNotEnoughShares:        {connect.CodeFailedPrecondition, "redeem at most what is held"},
	vaults.ErrRedemptionTooSmall:     {connect.CodeInvalidArgument, "redeem shares worth at least one base unit"},
	vaults.ErrTooManyRedemptions:     {connect.CodeResourceExhausted, "claim open redemptions first"},
	vaults.ErrNoRedemption:           {connect.CodeNotFound, "it has been claimed, or never was"},
	vaults.ErrRedemptionPending:      {connect.CodeFailedPrecondition, "wait until it matures"},
	vaults.ErrExceedsClaimable:       {connect.CodeFailedPrecondition, "claim at most what has matured"},
	vaults.ErrAllowanceTooLow:        {connect.CodePermissionDenied, "the shares' owner has to allow more"},
	vaults.ErrSharesFrozen:           {connect.CodeFailedPrecondition, "wait until what the shares support has been decided"},
	vaults.ErrStakeLocked:            {connect.CodeFailedPrecondition, "the stake backs other assignments; add stake or wait"},
	vaults.ErrDamageCapsExceedJunior: {connect.CodeFailedPrecondition, "the prover needs more junior stake"},
	vaults.ErrDepositTooSmall:        {connect.CodeInvalidArgument, "deposit more: it would buy no share"},
	vaults.ErrDepositTooLarge:        {connect.CodeInvalidArgument, "deposit less"},
	vaults.ErrNoJunior:               {connect.CodeFailedPrecondition, "the prover has no stake of its own in the vault; choose another"},
	// stake that leaves, shares that change hands, provers that come and go
	marketplace.ErrHoldingTooSmall:   {connect.CodeFailedPrecondition, "move or redeem all of the shares, or leave a token's worth"},
	marketplace.ErrVaultFull:         {connect.CodeResourceExhausted, "the vault lists as many as it can; choose another"},
	marketplace.ErrTooManyAllowances: {connect.CodeResourceExhausted, "take an allowance back first (approve 0)"},
	marketplace.ErrZeroAccount:       {connect.CodeInvalidArgument, "name an account"},
	marketplace.ErrProverLeaving:     {connect.CodeFailedPrecondition, "choose a vault whose prover stays"},
	marketplace.ErrProverState:       {connect.CodeFailedPrecondition, "the message says where the prover stands"},
	marketplace.ErrJailTerm:          {connect.CodeFailedPrecondition, "wait until the term is over"},
	marketplace.ErrVaultInUse:        {connect.CodeFailedPrecondition, "redeem and claim all junior stake, and let assignments and cases end"},
	vaults.ErrCommissionUnchanged:    {connect.CodeFailedPrecondition, "nothing would change"},
	vaults.ErrRiseTooLarge:           {connect.CodeInvalidArgument, "raise it by at most 100 bps at a time, to at most 9,500"},
	vaults.ErrRiseTooSoon:            {connect.CodeFailedPrecondition, "announce one rise a day"},
	// collateral
	marketplace.ErrCollateralInUse:   {connect.CodeFailedPrecondition, "vaults stake the asset: let them leave first; a lower cap keeps new stake out meanwhile"},
	marketplace.ErrVaultNotDelegable: {connect.CodeFailedPrecondition, "choose a vault in the market's own asset: fees are in it, and only there can they become yours"},
	risk.ErrNoPrice:                  {connect.CodeFailedPrecondition, "the stake has no current price; wait for the next one"},
	risk.ErrStalePrice:               {connect.CodeFailedPrecondition, "too old a price, or too few sources; wait for the next one"},
	risk.ErrQuote:                    {connect.CodeInvalidArgument, "publish prices in order of their time, none from the future"},
	risk.ErrValue:                    {connect.CodeInvalidArgument, "the message names the value"},
	risk.ErrHalted:                   {connect.CodeFailedPrecondition, "stake is worth less than what is at risk; what is open goes on, wait"},
	risk.ErrTooLargeForRed:           {connect.CodeFailedPrecondition, "ask for less, or wait until security has recovered"},
	risk.ErrCorruptible:              {connect.CodeFailedPrecondition, "the prover needs more stake"},
	risk.ErrVaultConcentrated:        {connect.CodeFailedPrecondition, "the vault has enough of the product; choose another prover"},
	risk.ErrProductConcentrated:      {connect.CodeFailedPrecondition, "the prover has enough of the product; choose another"},
	risk.ErrCollateralUnknown:        {connect.CodeNotFound, "the market does not take this asset"},
	risk.ErrCollateralFull:           {connect.CodeResourceExhausted, "the vaults hold as much of the asset as they may"},
	risk.ErrRegistry:                 {connect.CodeInvalidArgument, "the message names the entry"},
	auction.ErrRamp:                  {connect.CodeInvalidArgument, "the least price is not above the most, and locking ends after the climb"},
	auction.ErrBeyondRamp:            {connect.CodeInvalidArgument, "the ramp does not reach this price"},
	risk.ErrAlert:                    {connect.CodeInvalidArgument, "alerts are 0 to 3, and stand for 72 hours at most; they can be raised again"},
	risk.ErrParams:                   {connect.CodeInvalidArgument, "the message names the parameter and its range"},
	slashing.ErrSeverity:             {connect.CodeInvalidArgument, "the message names the range"},
	slashing.ErrContext:              {connect.CodeInvalidArgument, "the message names the range"},
	slashing.ErrOffence:              {connect.CodeInvalidArgument, "this version does not know the offence"},

	// reports of offences, cases against vaults, incidents
	marketplace.ErrCommitmentExists:   {connect.CodeAlreadyExists, "it is committed to; reveal the evidence a second later"},
	marketplace.ErrTooManyCommitments: {connect.CodeResourceExhausted, "wait until some have expired; each lives for ten minutes"},
	marketplace.ErrNotReportable:      {connect.CodeInvalidArgument, "report what the market cannot see by itself: two asks under one blinding, or what a reporter of prices signed"},
	marketplace.ErrNotCommitted:       {connect.CodeFailedPrecondition, "commit to exactly this evidence first (CommitEvidence); a commitment lives for ten minutes"},
	marketplace.ErrRevealTooSoon:      {connect.CodeFailedPrecondition, "reveal it a second after the commitment"},
	marketplace.ErrOwnOffence:         {connect.CodePermissionDenied, "somebody else has to report it"},
	marketplace.ErrEvidenceInvalid:    {connect.CodeInvalidArgument, "the message says what the evidence does not show"},
	marketplace.ErrAlreadyReported:    {connect.CodeAlreadyExists, "somebody was first"},
	marketplace.ErrBeyondReach:        {connect.CodeFailedPrecondition, "there is no stake that the offence could cost"},
	marketplace.ErrCaseUnderWay:       {connect.CodeFailedPrecondition, "report it when the cases against the vault have ended"},
	marketplace.ErrCaseUnknown:        {connect.CodeNotFound, "check the number of the case"},
	marketplace.ErrCaseOver:           {connect.CodeFailedPrecondition, "the case has ended"},
	marketplace.ErrVetoTooLate:        {connect.CodeFailedPrecondition, "the case says until when it could be vetoed"},
	marketplace.ErrReasonMissing:      {connect.CodeInvalidArgument, "say why, in at most 256 bytes"},
	marketplace.ErrIncidentTooLong:    {connect.CodeInvalidArgument, "let it end within 72 hours; it can be declared again"},

	// reporters, feeds and their rounds in the market
	marketplace.ErrKeyInvalid:       {connect.CodeInvalidArgument, "make a key with vadium oracle register, which proves that you hold it"},
	marketplace.ErrKeyTaken:         {connect.CodeAlreadyExists, "make another key"},
	marketplace.ErrTooManyKeys:      {connect.CodeResourceExhausted, "use a key that you have registered"},
	marketplace.ErrReporterUnknown:  {connect.CodeFailedPrecondition, "the reporter registers the key first"},
	marketplace.ErrReporterUnbacked: {connect.CodeFailedPrecondition, "the reporter needs the bond in junior stake of the market's own asset"},
	marketplace.ErrProgramUnfit:     {connect.CodeFailedPrecondition, "name one of the price-median programs, with keys that the operator or a ceremony vouches for"},
	marketplace.ErrFeedUnknown:      {connect.CodeNotFound, "there is no such feed; vadium oracle feeds lists them"},
	marketplace.ErrFeedRetired:      {connect.CodeFailedPrecondition, "the feed has ended; another has another name"},
	marketplace.ErrFeedSlow:         {connect.CodeFailedPrecondition, "heartbeat and window together are have to be shorter than staleAfterMs"},
	marketplace.ErrFeedUnits:        {connect.CodeFailedPrecondition, "decimals and what a feed prices stay; set up another feed, and retire this one"},
	marketplace.ErrFeedAsset:        {connect.CodeFailedPrecondition, "name the feed in the asset's entry in the list of collateral first"},
	marketplace.ErrAssetPriced:      {connect.CodeFailedPrecondition, "a feed prices the asset; retire it, and wait for the notice to pass"},
	marketplace.ErrTooManyFeeds:     {connect.CodeResourceExhausted, "use a feed there is"},
	marketplace.ErrRoundUnproven:    {connect.CodeInvalidArgument, "prove exactly this report, bound to the request and prover that are named"},
	marketplace.ErrOffenceExcused:   {connect.CodeFailedPrecondition, "an incident excuses what was late then"},

	// proofs of clearings
	marketplace.ErrClearingUnknown: {connect.CodeNotFound, "list the clearings (ListClearings); earlier ones are in the journal, and proven no more"},
	marketplace.ErrClearingProven:  {connect.CodeAlreadyExists, "there is nothing left to do: get its proof (GetClearing)"},
	marketplace.ErrClearingProgram: {connect.CodeFailedPrecondition, "name one of the clearing programs whose keys the operator made (vadium program list)"},
	marketplace.ErrClearingUnproven: {connect.CodeInvalidArgument,
		"prove the clearing of exactly this record's book, bound to the clearing's name and no prover: vadium auction prove does"},
	wire.ErrClearingUndecided: {connect.CodeUnavailable, "try again in a second; the market's operator finds the reason in the log"},

	// feeds, rounds of them, findings against reporters
	oracle.ErrFeedID:         {connect.CodeInvalidArgument, "name it in printable ASCII without spaces, such as ETH/USD"},
	oracle.ErrSlots:          {connect.CodeInvalidArgument, "choose 7, 16 or 31"},
	oracle.ErrSeats:          {connect.CodeInvalidArgument, "name four reporters or more, each once, each with a key of its own"},
	oracle.ErrFeedKeys:       {connect.CodeInvalidArgument, "a key of a seat is none: take each from vadium oracle register"},
	oracle.ErrFeedProgram:    {connect.CodeInvalidArgument, "name the program that verifies the feed's proofs"},
	oracle.ErrFeedQuorum:     {connect.CodeInvalidArgument, "ask for all seats but a third of them, or more"},
	oracle.ErrDecimals:       {connect.CodeInvalidArgument, "use at most 18"},
	oracle.ErrFeedBounds:     {connect.CodeInvalidArgument, "the least value is above zero, the most has at most 96 bits, and both fit a price"},
	oracle.ErrPeriods:        {connect.CodeInvalidArgument, "the message names the period and its range"},
	oracle.ErrShares:         {connect.CodeInvalidArgument, "the message names the range"},
	oracle.ErrFeedBond:       {connect.CodeInvalidArgument, "say how much junior stake a reporter needs"},
	oracle.ErrSources:        {connect.CodeInvalidArgument, "the message names the source"},
	oracle.ErrFeedPrices:     {connect.CodeInvalidArgument, "say that it prices the asset, or leave asset and depth away"},
	oracle.ErrRoundScope:     {connect.CodeInvalidArgument, "observations are for one feed of one market"},
	oracle.ErrRoundNumber:    {connect.CodeFailedPrecondition, "somebody was first; go on with the next round"},
	oracle.ErrRoundOlder:     {connect.CodeFailedPrecondition, "leave out observations that are no younger than the last round's"},
	oracle.ErrRoundStale:     {connect.CodeFailedPrecondition, "it took too long; go on with the next round"},
	oracle.ErrRoundFuture:    {connect.CodeFailedPrecondition, "set the reporters' clocks right"},
	oracle.ErrRoundCommittee: {connect.CodeFailedPrecondition, "the feed's committee has changed; go on with the one in force"},
	oracle.ErrRoundTerms:     {connect.CodeFailedPrecondition, "the feed's terms have changed; go on with those in force"},
	oracle.ErrRoundQuorum:    {connect.CodeInvalidArgument, "wait for more observations"},
	oracle.ErrRoundUnbacked:  {connect.CodeFailedPrecondition, "reporters that are present need more junior stake"},
	oracle.ErrRoundBounds:    {connect.CodeFailedPrecondition, "if the value is right, the operator has to move the feed's bounds"},
	oracle.ErrFindingForm:    {connect.CodeInvalidArgument, "show two observations of one round; or two and two independent quotes; or one that was stale"},
	oracle.ErrNoEquivocation: {connect.CodeInvalidArgument, "show two different observations of one round"},
	oracle.ErrFindingRound:   {connect.CodeFailedPrecondition, "show rounds that this committee published lately"},
	oracle.ErrFindingKey:     {connect.CodeInvalidArgument, "the key has no seat"},
	oracle.ErrNoDeviation:    {connect.CodeInvalidArgument, "the message names the value and what it is not off"},
	oracle.ErrNotLasting:     {connect.CodeInvalidArgument, "show a later observation"},
	oracle.ErrNotFlagged:     {connect.CodeInvalidArgument, "rounds that were published do not speak against the reporter at those times, or between them"},
	oracle.ErrQuoteDoubtful:  {connect.CodeInvalidArgument, "show quotes within 30 seconds of the observations and near the medians"},
	oracle.ErrNotStale:       {connect.CodeInvalidArgument, "the observation may have been young when it was signed"},

	wire.ErrRoundUnknown:        {connect.CodeNotFound, "list the rounds (ListRounds); numbers may be skipped"},
	wire.ErrRoundFar:            {connect.CodeOutOfRange, "list the rounds (ListRounds), which goes back to the first"},
	wire.ErrRoundUndecided:      {connect.CodeUnavailable, "try again in a second; the market's operator finds the reason in the log"},
	wire.ErrObservationForeign:  {connect.CodeInvalidArgument, "get the feed (GetFeed) for its seats, and sign for its scope in this market"},
	wire.ErrObservationUnsigned: {connect.CodeInvalidArgument, "sign it with the seat's key"},
	wire.ErrObservationOld:      {connect.CodeFailedPrecondition, "go on with the round after the last (GetFeed)"},
	wire.ErrObservationSurplus:  {connect.CodeFailedPrecondition, "a reporter signs one observation for each round"},

	// batches
	// mechanisms
	marketplace.ErrMechanismUnknown: {connect.CodeInvalidArgument, "choose vickrey, ramp, sealed or uniform"},
	marketplace.ErrMechanismTier:    {connect.CodeInvalidArgument, "ramp and sealed are for the immediate tier, uniform for standard and bulk"},
	marketplace.ErrMechanismTerms:   {connect.CodeInvalidArgument, "the message names the term and its range"},
	marketplace.ErrOtherMechanism:   {connect.CodeFailedPrecondition, "get the request for its mechanism; ramps are locked, sealed requests are bid for, the others go to asks"},
	marketplace.ErrRequestLocked:    {connect.CodeFailedPrecondition, "another prover was first; it can be locked again if that declines, or in its grace"},
	marketplace.ErrPriceBelowLeast:  {connect.CodeFailedPrecondition, "the price climbs: lock later, or say less; in grace it is 0, and a part of what the prover loses is the pay"},
	marketplace.ErrProverBarred:     {connect.CodeFailedPrecondition, "the message says what keeps the prover out; stake, slots and speed are its own to change"},
	marketplace.ErrOutsideWindow:    {connect.CodeFailedPrecondition, "get the request for its windows; outages and pauses move them"},
	marketplace.ErrBidExists:        {connect.CodeAlreadyExists, "a prover bids once for a request"},
	marketplace.ErrBidUnknown:       {connect.CodeFailedPrecondition, "a bid has to be committed to while bids are taken"},
	marketplace.ErrBidRevealed:      {connect.CodeAlreadyExists, "the bid has been shown; there is nothing to do"},
	marketplace.ErrBidMismatch:      {connect.CodeInvalidArgument, "show fee and salt as they were committed to, for this request, from the same account"},
	marketplace.ErrBidTooHigh:       {connect.CodeInvalidArgument, "the request's reserve is the most that may be bid"},
	marketplace.ErrSaltZero:         {connect.CodeInvalidArgument, "draw a salt of 32 random bytes for each bid"},
	marketplace.ErrTooManyBids:      {connect.CodeResourceExhausted, "bid for another request"},
	marketplace.ErrBidsShown:        {connect.CodeFailedPrecondition, "provers have shown their bids: the request goes on by itself"},
	// the transparency log, sealed commands
	transparency.ErrShorter:   {connect.CodeOutOfRange, "ask for the last head (GetTreeHead), and for no more than it has; if you have seen a longer log of this market, keep its head: vadium auction log"},
	transparency.ErrEpochOpen: {connect.CodeFailedPrecondition, "its head is signed when it ends (GetMarket says when)"},
	signing.ErrSealed:         {connect.CodeInvalidArgument, "get the market's key (GetSealingKey), and seal the ask with the chain id, deployment, author, session, salt and expiry that you send"},

	// blobs
	wire.ErrBlobUnknown:      {connect.CodeNotFound, "check the digest, and the request or program that names it"},
	wire.ErrBlobPrivate:      {connect.CodePermissionDenied, "inputs go to the requester and the assigned prover, with a token they sign; proofs to everyone once accepted"},
	wire.ErrBlobTooLarge:     {connect.CodeInvalidArgument, "the message names the limit"},
	wire.ErrBlobReserved:     {connect.CodeInvalidArgument, "no input, file or proof looks like this; send what you mean to"},
	wire.ErrBlobMismatch:     {connect.CodeInvalidArgument, "the bytes do not have the announced SHA-256; upload again"},
	wire.ErrBlobOffset:       {connect.CodeFailedPrecondition, "go on where the message says; an empty chunk asks where that is"},
	wire.ErrBlobNotUploaded:  {connect.CodeFailedPrecondition, "upload constraint system, keys and sample first, from the account that registers the program"},
	wire.ErrUploadsExhausted: {connect.CodeResourceExhausted, "deposit money or open a vault first; the budget is per day"},
}
