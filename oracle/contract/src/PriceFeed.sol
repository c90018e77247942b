// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {IVerifier} from "./interfaces/IVerifier.sol";

/// @title One feed of the market on a chain: what its committee saw, believed because it is proven.
/// @notice A round is a report with a Groth16 proof that a quorum of the feed's committee signed observations whose median
/// it states. Anybody may publish one; it is accepted when the proof verifies, the report is of this feed and its terms in
/// force, and it is fresh and newer than the last. Contracts read prices as from Chainlink's data feeds.
/// @dev The owner can do one thing, change the terms (committee, quorum, outlier), and only with notice. No proxy, no pause,
/// no money. The only call out is a static one to the verifier, before anything changes, so nothing can reenter. Times of
/// reports are in milliseconds, those of the chain in seconds; what is in milliseconds is called so.
/// @custom:security Not audited.
contract PriceFeed is AggregatorV3Interface, Ownable2Step {
    // What is fixed.

    /// @notice How many of the latest round numbers are remembered.
    uint256 public constant HISTORY = 256;
    /// @notice How far ahead of the block's time an observation may be.
    uint256 public constant SKEW_MS = 1_000;
    /// @notice The interface's version.
    uint256 public constant override version = 1;

    uint256 private constant PROOF_BYTES = 256;
    uint256 private constant MOST_SEATS = 31;
    uint256 private constant BPS = 10_000;
    /// @dev Public inputs are below this, the order of BN254's scalar field.
    uint256 private constant ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    /// @notice Verifies proofs of the feed's program; its code is the program's verifying key.
    IVerifier public immutable verifier;
    /// @notice The feed in its market, as observations are signed for it.
    uint256 public immutable scope;
    /// @notice No median below or above these is taken.
    uint256 public immutable least;
    uint256 public immutable most;
    /// @notice How old the oldest observation of a round may be when it is published.
    uint256 public immutable windowMs;
    /// @notice Seconds from an announcement of terms to the time from which they can be enacted.
    uint256 public immutable notice;
    /// @inheritdoc AggregatorV3Interface
    uint8 public immutable override decimals;

    // What changes.

    /// @notice Who observes, how many of them a round needs, and how far off the median the proof flags one of them.
    struct Terms {
        uint256 committee; // the digest of the keys in slot order
        uint8 quorum;
        uint16 outlier; // basis points
    }

    /// @notice What a round's proof states: its public inputs, in their order.
    struct Report {
        uint256 scope;
        uint256 round;
        uint256 committee;
        uint256 median;
        uint256 oldest; // of the observations, in milliseconds
        uint256 newest;
        uint256 present; // bit per seat
        uint256 quorum;
        uint256 outlier;
        uint256 flags; // bit per seat that is far off
        uint256 request; // that the proof was bought with in the market, or zero
        uint256 prover; // who made the proof, as an account
    }

    /// @dev A round as it is remembered: one slot of storage.
    struct Round {
        uint96 median;
        uint64 number;
        uint48 oldestMs;
        uint48 published;
    }

    string private _description;
    uint256 private _committee;
    uint64 private _latest; // shares a slot with the two below
    uint8 private _quorum;
    uint16 private _outlier;
    mapping(uint256 number => Round) private _rounds; // by number modulo HISTORY

    Terms private _announced;
    uint256 private _due; // zero: nothing is announced

    // What it says.

    event RoundPublished(
        uint64 indexed round, uint256 median, uint256 oldestMs, uint256 newestMs, uint256 present, uint256 flags, address by
    );
    event TermsAnnounced(uint256 committee, uint8 quorum, uint16 outlier, uint256 due);
    event AnnouncementWithdrawn(uint256 committee, uint8 quorum, uint16 outlier);
    event TermsEnacted(uint256 committee, uint8 quorum, uint16 outlier);

    // What it refuses.

    error BadSettings();
    error BadTerms();
    error NoRound(uint256 round);
    error WrongScope(uint256 got, uint256 want);
    error WrongCommittee(uint256 got, uint256 want);
    error WrongQuorum(uint256 got, uint256 want);
    error WrongOutlier(uint256 got, uint256 want);
    error RoundNotNewer(uint256 round, uint256 latest);
    error RoundTooLarge(uint256 round);
    error ObservationsNotNewer(uint256 oldestMs, uint256 latestMs);
    error ObservationsOutOfOrder(uint256 oldestMs, uint256 newestMs);
    error Stale(uint256 oldestMs, uint256 blockMs);
    error FromTheFuture(uint256 newestMs, uint256 blockMs);
    error TooFewPresent(uint256 present, uint256 quorum);
    error MedianOutOfBounds(uint256 median, uint256 least, uint256 most);
    error ProofLength(uint256 length);
    error NothingAnnounced();
    error NoticeNotOver(uint256 due);
    /// @dev The verifier's own: the proof does not prove these public inputs.
    error ProofInvalid();
    /// @dev The verifier's own: a public input is not below the order of the scalar field.
    error PublicInputNotInField();

    /// @notice What is fixed at deployment.
    struct Settings {
        IVerifier verifier;
        uint256 scope;
        uint256 least;
        uint256 most; // at most 96 bits
        uint256 windowMs; // from a second to a day
        uint256 notice; // seconds, from a day to 30
        uint8 decimals;
        string description;
    }

    constructor(Settings memory settings, Terms memory terms_, address owner_) Ownable(owner_) {
        if (
            address(settings.verifier).code.length == 0 || settings.scope == 0 || settings.scope >= ORDER
                || settings.least > settings.most || settings.most > type(uint96).max || settings.windowMs < 1_000
                || settings.windowMs > 1 days * 1_000 || settings.notice < 1 days || settings.notice > 30 days
        ) revert BadSettings();
        verifier = settings.verifier;
        scope = settings.scope;
        least = settings.least;
        most = settings.most;
        windowMs = settings.windowMs;
        notice = settings.notice;
        decimals = settings.decimals;
        _description = settings.description;
        _check(terms_);
        _enact(terms_);
    }

    // Rounds.

    /// @notice Publishes a round. Anybody may, and gains nothing by it but the round.
    /// @dev What is cheap to refuse is refused before the proof is verified. A proof has many encodings that verify, so none
    /// is an identity: what keeps a round from coming twice is its number.
    function publish(Report calldata report, bytes calldata proof) external {
        uint64 latest = _latest;
        uint256 quorum = _quorum;
        if (report.scope != scope) revert WrongScope(report.scope, scope);
        if (report.committee != _committee) revert WrongCommittee(report.committee, _committee);
        if (report.quorum != quorum) revert WrongQuorum(report.quorum, quorum);
        if (report.outlier != _outlier) revert WrongOutlier(report.outlier, _outlier);
        if (report.round <= latest) revert RoundNotNewer(report.round, latest);
        if (report.round > type(uint64).max) revert RoundTooLarge(report.round);
        if (report.median < least || report.median > most) revert MedianOutOfBounds(report.median, least, most);
        uint256 seats = _count(report.present);
        if (seats < quorum) revert TooFewPresent(seats, quorum);
        _checkTimes(report.oldest, report.newest, _rounds[latest % HISTORY].oldestMs);
        if (proof.length != PROOF_BYTES) revert ProofLength(proof.length);

        verifier.verifyProof(
            proof,
            [
                report.scope, report.round, report.committee, report.median, report.oldest, report.newest,
                report.present, report.quorum, report.outlier, report.flags, report.request, report.prover
            ]
        );

        uint64 number = uint64(report.round);
        _latest = number;
        _rounds[number % HISTORY] = Round({
            median: uint96(report.median), // `most` has no more bits
            number: number,
            oldestMs: uint48(report.oldest), // not after the block, which is before the year 10889
            published: uint48(block.timestamp)
        });
        emit RoundPublished(
            number, report.median, report.oldest, report.newest, report.present, report.flags, msg.sender
        );
    }

    function _checkTimes(uint256 oldest, uint256 newest, uint256 latestOldest) private view {
        uint256 blockMs = block.timestamp * 1_000;
        if (newest > blockMs + SKEW_MS) revert FromTheFuture(newest, blockMs);
        if (oldest > newest) revert ObservationsOutOfOrder(oldest, newest);
        if (oldest <= latestOldest) revert ObservationsNotNewer(oldest, latestOldest);
        if (oldest + windowMs < blockMs) revert Stale(oldest, blockMs);
    }

    function _count(uint256 bits) private pure returns (uint256 n) {
        for (; bits != 0; bits &= bits - 1) ++n;
    }

    /// @inheritdoc AggregatorV3Interface
    /// @notice Reverts when there is no round yet. It does not judge the round's age: the caller compares `updatedAt`.
    function latestRoundData()
        external
        view
        override
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return _roundData(_latest);
    }

    /// @inheritdoc AggregatorV3Interface
    /// @notice Reverts for a round that never was, or that is no longer remembered.
    function getRoundData(uint80 _roundId)
        external
        view
        override
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return _roundData(_roundId);
    }

    /// @dev Both times are that of the oldest observation, rounded down: whoever asks how old a price is gets the age that
    /// neither a publisher who waited nor a seat that claims to have seen more lately can make less. It is never after
    /// the block of the round, so that subtracting it from a block's time does not underflow.
    function _roundData(uint80 number) private view returns (uint80, int256, uint256, uint256, uint80) {
        Round memory round = _rounds[number % HISTORY];
        if (number == 0 || round.number != number) revert NoRound(number);
        uint256 oldest = round.oldestMs / 1_000;
        if (oldest > round.published) oldest = round.published;
        return (number, int256(uint256(round.median)), oldest, oldest, number);
    }

    /// @inheritdoc AggregatorV3Interface
    function description() external view override returns (string memory) {
        return _description;
    }

    // Terms.

    /// @notice The terms in force.
    function terms() external view returns (Terms memory) {
        return Terms({committee: _committee, quorum: _quorum, outlier: _outlier});
    }

    /// @notice The terms that are announced, and from when they can be enacted; zero when none are.
    function announced() external view returns (Terms memory announcedTerms, uint256 due) {
        return (_announced, _due);
    }

    /// @notice Announces terms. Another announcement replaces the one before and begins its notice anew.
    function announce(Terms calldata terms_) external onlyOwner {
        _check(terms_);
        _announced = terms_;
        _due = block.timestamp + notice;
        emit TermsAnnounced(terms_.committee, terms_.quorum, terms_.outlier, _due);
    }

    /// @notice Takes an announcement back.
    function withdrawAnnouncement() external onlyOwner {
        Terms memory terms_ = _take();
        emit AnnouncementWithdrawn(terms_.committee, terms_.quorum, terms_.outlier);
    }

    /// @notice Puts announced terms in force once their notice is over. Anybody may, so that nobody can sit on them.
    function enact() external {
        if (block.timestamp < _due) revert NoticeNotOver(_due);
        _enact(_take());
    }

    function _take() private returns (Terms memory terms_) {
        if (_due == 0) revert NothingAnnounced();
        terms_ = _announced;
        delete _announced;
        delete _due;
    }

    function _enact(Terms memory terms_) private {
        _committee = terms_.committee;
        _quorum = terms_.quorum;
        _outlier = terms_.outlier;
        emit TermsEnacted(terms_.committee, terms_.quorum, terms_.outlier);
    }

    /// @dev How many seats a digest stands for is not to be seen here; that a quorum is more than two thirds of them is for
    /// whoever announces it to keep, and for whoever reads the announcement to check.
    function _check(Terms memory terms_) private pure {
        if (
            terms_.committee == 0 || terms_.committee >= ORDER || terms_.quorum == 0 || terms_.quorum > MOST_SEATS
                || terms_.outlier == 0 || terms_.outlier > BPS
        ) revert BadTerms();
    }
}
