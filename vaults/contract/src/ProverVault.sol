// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IERC7540Operator, IERC7540Redeem, IERC7575Share} from "./interfaces/IERC7540.sol";
import {Pool, UnbondingPool} from "./UnbondingPool.sol";
import {Rate} from "./Rate.sol";

/// @title One prover's vault: the stake that stands behind its promises.
/// @notice The vault of the Go package `vaults`, to the unit. The *junior* tranche is the prover's own stake and pays
/// first; the *senior* tranche is delegated stake, in ERC-4626 shares that anybody may transfer. Leaving is asynchronous
/// (ERC-7540): what is redeemed moves to an unbonding pool at once, earns nothing more, still pays for faults, and is
/// claimed when it has matured. Rewards reach the senior tranche over seven days. Only the `market` locks, slashes and
/// rewards; nobody can change the code, the market or where what is slashed may go.
/// @dev Everything is internal accounting: a donation changes no price. Times are in milliseconds, as in Go, so that a
/// drip's length rounds alike. No loop is longer than the sixteen open redemptions of one account. Amounts of assets fit
/// 128 bits; what would not is refused.
/// @custom:security Not audited.
contract ProverVault is ERC4626, ReentrancyGuardTransient, IERC7540Operator, IERC7540Redeem, IERC7575Share, IERC165 {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;
    using UnbondingPool for Pool;

    // What is fixed.

    /// @dev The numbers of the Go package, by the same names.
    uint256 private constant LEVERAGE = 9;
    uint256 private constant DRIP_WINDOW = 7 days * 1000;
    uint256 private constant MAX_COMMISSION = 9_500;
    uint256 private constant MAX_REDEMPTIONS = 16;
    uint256 private constant MIN_DEPOSIT = 1e18;
    uint256 private constant SENIOR_DUST = 1e6;
    uint256 private constant SHARE_TOKEN = 1e24;
    uint256 private constant PRICE_FLOOR = 1e9;
    uint8 private constant OFFSET = 6;
    uint256 private constant BPS = 10_000;

    /// @notice Where what is burnt goes: nobody has its key.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @notice Who controls the vault: it alone locks, slashes, rewards, freezes and opens cases. (The *controllers* of
    /// ERC-7540 are something else: whose a redemption is.)
    address public immutable market;
    /// @notice Whose junior stake and commission this is.
    address public immutable prover;
    /// @notice Who gets insurance's part of a slash, and donations.
    address public immutable insurance;
    /// @notice Milliseconds from a redemption to its claim.
    uint64 public immutable unbonding;

    // What changes.

    uint128 private _junior; // J
    uint128 private _senior; // A: principal, without what still drips
    uint128 private _dripping; // all of it, vested part included, until it is settled
    uint128 private _commission; // earned and not yet claimed
    uint64 private _dripFrom;
    uint64 private _dripUntil;
    uint64 private _lastRedemption;
    uint32 private _cases;
    uint32 private _lockCount;
    uint128 private _lockTotal;
    uint128 private _damageCapTotal;
    uint128 private _credits; // what `creditOf` sums to
    Pool private _seniorUnbonding; // UA, US
    Pool private _juniorUnbonding; // JU

    struct Redemption {
        address controller; // whose it is
        uint64 matures;
        uint24 generation; // of the pool
        bool junior; // the prover's own stake, not in shares
        uint256 shares; // burnt; nothing for junior
        uint256 poolShares;
    }

    struct Lock {
        uint128 amount;
        uint128 damageCap;
    }

    mapping(uint256 id => Redemption) private _redemptions;
    mapping(address account => uint64[]) private _open; // of each account, by age
    mapping(address account => mapping(address operator => bool)) private _operators;
    mapping(bytes32 id => Lock) private _locks;
    mapping(address account => uint256) private _frozen;

    /// @notice What a slash awarded to an account and nobody has collected yet.
    mapping(address account => uint256) public creditOf;

    // What it says.

    event JuniorDeposited(uint256 assets);
    event JuniorRedeemRequest(uint256 indexed requestId, uint256 assets);
    event JuniorClaimed(uint256 indexed requestId, address receiver, uint256 assets);
    event Rewarded(uint256 commission, uint256 junior, uint256 senior);
    event CommissionClaimed(address receiver, uint256 assets);
    event LockAdded(bytes32 indexed id, uint256 amount, uint256 damageCap);
    event LockReleased(bytes32 indexed id);
    event CaseOpened(uint256 cases);
    event CaseClosed(uint256 cases);
    event SharesFrozen(address indexed owner, uint256 shares);
    event Slashed(Loss forRequester, Loss forOthers, uint8 severity);
    event Credited(address indexed account, uint256 assets);
    event Collected(address indexed account, uint256 assets);
    event Swept(address indexed token, uint256 amount);

    // What it refuses.

    error NotTheMarket(address caller);
    error NotTheProver(address caller);
    error NotAuthorised(address caller, address account);
    error BadSettings();
    error InexactTransfer(uint256 asked, uint256 received);
    error AsynchronousRedemption();
    error CaseIsOpen();
    error NoCase();
    error VaultClosed();
    error NoJunior();
    error DepositTooSmall(uint256 assets, uint256 least);
    error DepositTooLarge(uint256 asked);
    error SlippageExceeded(uint256 got, uint256 bound);
    error NotEnoughShares(uint256 held, uint256 asked);
    error FrozenShares(uint256 movable, uint256 asked);
    error RedemptionTooSmall();
    error TooManyRedemptions();
    error NoRedemption(uint256 id);
    error RedemptionPending(uint256 id, uint256 matures);
    error ExceedsClaimable(uint256 asked, uint256 short);
    error StakeLocked();
    error DamageCapsExceedJunior();
    error LockExists(bytes32 id);
    error NoLock(bytes32 id);
    error CommissionTooHigh(uint256 bps);
    error CommissionTooLow(uint256 due, uint256 asked);
    error SeverityOutOfRange(uint8 severity);

    modifier onlyMarket() {
        if (msg.sender != market) revert NotTheMarket(msg.sender);
        _;
    }

    modifier onlyProver() {
        if (msg.sender != prover) revert NotTheProver(msg.sender);
        _;
    }

    /// @param asset_ The token of the stake, with 18 decimals; one that takes a fee on transfers is refused at the first.
    /// @param unbondingSeconds From 7 to 28 days.
    constructor(
        IERC20 asset_,
        string memory name_,
        string memory symbol_,
        address market_,
        address prover_,
        address insurance_,
        uint64 unbondingSeconds
    ) ERC20(name_, symbol_) ERC4626(asset_) {
        (bool known, uint8 assetDecimals) = SafeERC20.tryGetDecimals(asset_);
        if (
            !known || assetDecimals != 18 || market_ == address(0) || prover_ == address(0)
                || insurance_ == address(0) || unbondingSeconds < 7 days || unbondingSeconds > 28 days
        ) revert BadSettings();
        market = market_;
        prover = prover_;
        insurance = insurance_;
        unbonding = unbondingSeconds * 1000;
    }

    // Senior deposits (ERC-4626).

    /// @notice What all shares are worth: the principal and what has dripped in by now, never a balance.
    function totalAssets() public view override(ERC4626) returns (uint256) {
        return _senior + _vested();
    }

    /// @inheritdoc IERC4626
    function deposit(uint256 assets, address receiver) public override nonReentrant returns (uint256 shares) {
        return _deposit(assets, receiver, 0);
    }

    /// @notice As `deposit`, refused when it would buy fewer than `minShares`.
    function deposit(uint256 assets, address receiver, uint256 minShares) external nonReentrant returns (uint256 shares) {
        return _deposit(assets, receiver, minShares);
    }

    function _deposit(uint256 assets, address receiver, uint256 minShares) private returns (uint256 shares) {
        _checkOpen();
        if (assets > type(uint128).max) revert DepositTooLarge(assets);
        shares = previewDeposit(assets);
        if (assets < MIN_DEPOSIT || shares == 0) revert DepositTooSmall(assets, MIN_DEPOSIT);
        if (shares < minShares) revert SlippageExceeded(shares, minShares);
        _enter(receiver, assets, shares);
    }

    /// @inheritdoc IERC4626
    function mint(uint256 shares, address receiver) public override nonReentrant returns (uint256 assets) {
        if (shares >> 200 != 0) revert DepositTooLarge(shares); // before anything is multiplied
        _checkOpen();
        assets = previewMint(shares);
        if (assets > type(uint128).max) revert DepositTooLarge(assets);
        if (assets < MIN_DEPOSIT || shares == 0) revert DepositTooSmall(assets, MIN_DEPOSIT);
        _enter(receiver, assets, shares);
    }

    /// @notice The most that a deposit may be now. The least is one token, which ERC-4626 has no way to say.
    function maxDeposit(address) public view override returns (uint256) {
        if (_cases > 0 || _insolvent() || _lacksJunior()) return 0;
        return type(uint128).max - uint256(_senior) - _dripping;
    }

    /// @inheritdoc IERC4626
    function maxMint(address receiver) public view override returns (uint256) {
        return _convertToShares(maxDeposit(receiver), Math.Rounding.Floor);
    }

    function _checkOpen() private view {
        if (_cases > 0) revert CaseIsOpen();
        if (_insolvent()) revert VaultClosed();
        if (_lacksJunior()) revert NoJunior();
    }

    /// @dev After the checks: the effects, then the one call to the token.
    function _enter(address receiver, uint256 assets, uint256 shares) private {
        _settle();
        _senior += uint128(assets);
        _mint(receiver, shares);
        emit Deposit(msg.sender, receiver, assets, shares);
        _receive(assets);
    }

    /// @dev Delegators would stand in the first line.
    function _lacksJunior() private view returns (bool) {
        return _junior == 0 && (totalSupply() == 0 || _lockCount > 0);
    }

    /// @dev Shares are worth less than a billionth of their first price: deposits would multiply them without bound.
    function _insolvent() private view returns (bool) {
        return _convertToAssets(SHARE_TOKEN, Math.Rounding.Floor) < PRICE_FLOOR;
    }

    function _convertToShares(uint256 assets, Math.Rounding rounding) internal view override returns (uint256) {
        return rounding == Math.Rounding.Floor
            ? Rate.sharesDown(assets, totalAssets(), totalSupply(), OFFSET)
            : Rate.sharesUp(assets, totalAssets(), totalSupply(), OFFSET);
    }

    function _convertToAssets(uint256 shares, Math.Rounding rounding) internal view override returns (uint256) {
        return rounding == Math.Rounding.Floor
            ? Rate.assetsDown(shares, totalAssets(), totalSupply(), OFFSET)
            : Rate.assetsUp(shares, totalAssets(), totalSupply(), OFFSET);
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return OFFSET;
    }

    // Redemption (ERC-7540).

    /// @inheritdoc IERC7540Redeem
    /// @notice Burns `shares` of `owner` at today's price for a claim of `controller_` on the unbonding pool. The caller is
    /// the owner, its operator, or has its allowance; and it is the new claim's controller or that one's operator, so that
    /// nobody fills another's sixteen places.
    function requestRedeem(uint256 shares, address controller_, address owner)
        external
        nonReentrant
        returns (uint256 requestId)
    {
        _authorise(controller_);
        if (msg.sender != owner && !_operators[owner][msg.sender]) _spendAllowance(owner, msg.sender, shares);
        if (balanceOf(owner) < shares) revert NotEnoughShares(balanceOf(owner), shares);
        _checkMovable(owner, shares);
        uint256 assets = _convertToAssets(shares, Math.Rounding.Floor); // the other holders keep the rest
        requestId = _request(_seniorUnbonding, controller_, shares, assets, false);
        _burn(owner, shares);
        emit RedeemRequest(controller_, owner, requestId, msg.sender, shares);
    }

    /// @notice Begins to withdraw the prover's own stake.
    function requestRedeemJunior(uint256 assets) external onlyProver nonReentrant returns (uint256 requestId) {
        if (_junior < assets) revert NotEnoughShares(_junior, assets);
        requestId = _request(_juniorUnbonding, prover, 0, assets, true);
        emit JuniorRedeemRequest(requestId, assets);
    }

    function _request(Pool storage pool, address account, uint256 shares, uint256 assets, bool junior_)
        private
        returns (uint256 id)
    {
        if (_open[account].length >= MAX_REDEMPTIONS) revert TooManyRedemptions();
        uint256 poolShares = pool.spent() ? assets : pool.sharesFor(assets);
        if (poolShares == 0) revert RedemptionTooSmall();
        _settle();
        if (junior_) _junior -= uint128(assets);
        else _senior -= uint128(assets);
        if (pool.spent()) {
            _sweepPool(pool, junior_);
            pool.shares = 0;
            pool.generation++;
        }
        pool.assets += uint128(assets);
        pool.shares += poolShares;
        id = ++_lastRedemption;
        _redemptions[id] = Redemption(account, _now() + unbonding, pool.generation, junior_, shares, poolShares);
        _open[account].push(uint64(id));
    }

    /// @inheritdoc IERC7540Redeem
    function pendingRedeemRequest(uint256 requestId, address controller_) external view returns (uint256 shares) {
        Redemption storage r = _redemptions[requestId];
        return r.controller == controller_ && _now() < r.matures ? r.shares : 0;
    }

    /// @inheritdoc IERC7540Redeem
    function claimableRedeemRequest(uint256 requestId, address controller_) external view returns (uint256 shares) {
        Redemption storage r = _redemptions[requestId];
        return r.controller == controller_ && _now() >= r.matures ? r.shares : 0;
    }

    /// @notice Claims a whole redemption, junior or senior.
    function claim(uint256 id, address receiver) external nonReentrant returns (uint256 assets) {
        Redemption memory r = _redemptions[id];
        if (r.controller == address(0)) revert NoRedemption(id);
        _authorise(r.controller);
        if (_now() < r.matures) revert RedemptionPending(id, r.matures);
        if (_cases > 0) revert CaseIsOpen();
        assets = _worth(r);
        _take(id, r, r.shares, r.poolShares, assets);
        if (r.junior) emit JuniorClaimed(id, receiver, assets);
        else emit Withdraw(msg.sender, receiver, r.controller, assets, r.shares);
        _send(receiver, assets);
    }

    /// @notice Claims `shares` of what has matured for `controller_`, the oldest redemption first.
    function redeem(uint256 shares, address receiver, address controller_)
        public
        override
        nonReentrant
        returns (uint256 assets)
    {
        _authorise(controller_);
        if (_cases > 0) revert CaseIsOpen();
        uint64[] memory ids = _open[controller_];
        uint256 left = shares;
        for (uint256 i = 0; i < ids.length && left > 0; i++) {
            Redemption memory r = _redemptions[ids[i]];
            if (r.junior || _now() < r.matures) continue;
            uint256 part = Math.min(left, r.shares);
            // A part of a redemption rounds down: those still leaving keep the rest.
            uint256 poolShares = part == r.shares ? r.poolShares : Math.mulDiv(part, r.poolShares, r.shares);
            uint256 paid = _worthOf(r, poolShares);
            _take(ids[i], r, part, poolShares, paid);
            left -= part;
            assets += paid;
        }
        if (left > 0) revert ExceedsClaimable(shares, left);
        emit Withdraw(msg.sender, receiver, controller_, assets, shares);
        _send(receiver, assets);
    }

    /// @notice Claims `assets` of what has matured for `controller_`, the oldest redemption first.
    function withdraw(uint256 assets, address receiver, address controller_)
        public
        override
        nonReentrant
        returns (uint256 shares)
    {
        _authorise(controller_);
        if (_cases > 0) revert CaseIsOpen();
        uint64[] memory ids = _open[controller_];
        uint256 left = assets;
        for (uint256 i = 0; i < ids.length && left > 0; i++) {
            Redemption memory r = _redemptions[ids[i]];
            if (r.junior || _now() < r.matures) continue;
            uint256 paid = _worth(r);
            if (paid == 0) continue;
            (uint256 part, uint256 poolShares) = (r.shares, r.poolShares);
            if (left < paid) {
                paid = left;
                // Both round up: whoever withdraws a part pays for the rounding, those still leaving gain it.
                poolShares = UnbondingPool.costOf(paid, _seniorUnbonding.assets, _seniorUnbonding.shares);
                part = Math.mulDiv(poolShares, r.shares, r.poolShares, Math.Rounding.Ceil);
                if (part == r.shares) poolShares = r.poolShares;
            }
            _take(ids[i], r, part, poolShares, paid);
            left -= paid;
            shares += part;
        }
        if (left > 0) revert ExceedsClaimable(assets, left);
        emit Withdraw(msg.sender, receiver, controller_, assets, shares);
        _send(receiver, assets);
    }

    /// @notice The shares that `redeem` takes now: whole redemptions that have matured, as far as locks do not need them.
    function maxRedeem(address controller_) public view override returns (uint256 shares) {
        (shares,) = _claimable(controller_);
    }

    /// @notice The assets that `withdraw` takes now.
    function maxWithdraw(address controller_) public view override returns (uint256 assets) {
        (, assets) = _claimable(controller_);
    }

    /// @dev Plays the claims of an account in order, without carrying them out.
    function _claimable(address account) private view returns (uint256 shares, uint256 assets) {
        if (_cases > 0) return (0, 0);
        uint64[] memory ids = _open[account];
        Pool memory pool = _seniorUnbonding;
        uint256 room = Math.saturatingSub(_slashable(), _lockTotal);
        for (uint256 i = 0; i < ids.length; i++) {
            Redemption memory r = _redemptions[ids[i]];
            if (r.junior || _now() < r.matures) continue;
            bool current = r.generation == pool.generation;
            uint256 worth = current ? UnbondingPool.worth(r.poolShares, pool.assets, pool.shares) : 0;
            if (worth > room) return (shares, assets + room);
            room -= worth;
            shares += r.shares;
            assets += worth;
            if (current) {
                pool.assets -= uint128(worth);
                pool.shares -= r.poolShares;
            }
        }
    }

    /// @dev Whoever is redeemed later is paid later, so nothing can be previewed.
    function previewWithdraw(uint256) public pure override returns (uint256) {
        revert AsynchronousRedemption();
    }

    /// @dev Whoever is redeemed later is paid later, so nothing can be previewed.
    function previewRedeem(uint256) public pure override returns (uint256) {
        revert AsynchronousRedemption();
    }

    /// @dev Takes a part of a redemption, worth `assets`, out of its pool; locks may still need it.
    function _take(uint256 id, Redemption memory r, uint256 shares, uint256 poolShares, uint256 assets) private {
        Pool storage pool = r.junior ? _juniorUnbonding : _seniorUnbonding;
        if (assets > 0) {
            if (_slashable() - assets < _lockTotal) revert StakeLocked();
            if (r.junior && uint256(_junior) + pool.assets - assets < _damageCapTotal) revert StakeLocked();
        }
        if (r.generation == pool.generation) {
            pool.assets -= uint128(assets);
            pool.shares -= poolShares;
            if (pool.shares == 0 && pool.assets > 0) _sweepPool(pool, r.junior); // what roundings left
        }
        if (poolShares < r.poolShares) {
            _redemptions[id].shares = r.shares - shares;
            _redemptions[id].poolShares = r.poolShares - poolShares;
            return;
        }
        delete _redemptions[id];
        uint64[] storage open = _open[r.controller];
        uint256 i = 0;
        while (open[i] != id) i++;
        for (; i + 1 < open.length; i++) open[i] = open[i + 1];
        open.pop();
    }

    function _worth(Redemption memory r) private view returns (uint256) {
        return _worthOf(r, r.poolShares);
    }

    function _worthOf(Redemption memory r, uint256 poolShares) private view returns (uint256) {
        Pool storage pool = r.junior ? _juniorUnbonding : _seniorUnbonding;
        return r.generation == pool.generation ? UnbondingPool.worth(poolShares, pool.assets, pool.shares) : 0;
    }

    /// @dev What nobody who is leaving owns goes to those who stay.
    function _sweepPool(Pool storage pool, bool junior_) private {
        if (junior_) _junior += pool.assets;
        else _senior += pool.assets;
        pool.assets = 0;
    }

    // Operators (ERC-7540).

    /// @inheritdoc IERC7540Operator
    function setOperator(address operator, bool approved) external returns (bool) {
        _operators[msg.sender][operator] = approved;
        emit OperatorSet(msg.sender, operator, approved);
        return true;
    }

    /// @inheritdoc IERC7540Operator
    function isOperator(address account, address operator) external view returns (bool) {
        return _operators[account][operator];
    }

    function _authorise(address account) private view {
        if (msg.sender != account && !_operators[account][msg.sender]) revert NotAuthorised(msg.sender, account);
    }

    // The prover.

    /// @notice Adds the prover's own stake. Allowed at any time: it makes no one else's position worse.
    function depositJunior(uint256 assets) external onlyProver nonReentrant {
        _junior = (_junior + assets).toUint128();
        emit JuniorDeposited(assets);
        _receive(assets);
    }

    /// @notice Pays commission out.
    function claimCommission(uint256 assets, address receiver) external onlyProver nonReentrant {
        if (_commission < assets) revert CommissionTooLow(_commission, assets);
        _commission -= uint128(assets);
        emit CommissionClaimed(receiver, assets);
        _send(receiver, assets);
    }

    // The market.

    /// @notice Divides `assets` that the market pays: commission at the rate pinned when the request was assigned, rounded
    /// down; the rest between junior and senior by size, the junior's part rounded down. A senior tranche of less than one
    /// token of shares gets nothing: its holders could not be told from the virtual shares.
    function reward(uint256 assets, uint256 commissionBps)
        external
        onlyMarket
        nonReentrant
        returns (uint256 commission, uint256 junior_, uint256 senior)
    {
        if (commissionBps > MAX_COMMISSION) revert CommissionTooHigh(commissionBps);
        commission = Math.mulDiv(assets, commissionBps, BPS);
        junior_ = assets - commission;
        uint256 both = _junior + totalAssets();
        if (totalSupply() >= SHARE_TOKEN && both > 0) {
            senior = junior_;
            junior_ = Math.mulDiv(senior, _junior, both);
            senior -= junior_;
        }
        _settle();
        _commission = (_commission + commission).toUint128();
        _junior = (_junior + junior_).toUint128();
        _drip(senior);
        emit Rewarded(commission, junior_, senior);
        _receive(assets);
    }

    /// @notice Reserves stake for an assignment: all locks together stay within the effective stake, all damage caps within
    /// the junior.
    function lock(bytes32 id, uint128 amount, uint128 damageCap) external onlyMarket {
        if (_locks[id].amount > 0) revert LockExists(id);
        if (amount == 0 || damageCap > amount) revert BadSettings();
        if (_cases > 0) revert CaseIsOpen();
        if (_effective() < uint256(_lockTotal) + amount) revert StakeLocked();
        if (_junior < uint256(_damageCapTotal) + damageCap) revert DamageCapsExceedJunior();
        _locks[id] = Lock(amount, damageCap);
        _lockCount++;
        _lockTotal += amount;
        _damageCapTotal += damageCap;
        emit LockAdded(id, amount, damageCap);
    }

    /// @notice Ends a reservation.
    function release(bytes32 id) external onlyMarket {
        Lock memory l = _locks[id];
        if (l.amount == 0) revert NoLock(id);
        delete _locks[id];
        _lockCount--;
        _lockTotal -= l.amount;
        _damageCapTotal -= l.damageCap;
        emit LockReleased(id);
    }

    /// @notice Notes that a slash case has begun: until it is closed, nothing is locked, deposited or claimed.
    function openCase() external onlyMarket {
        emit CaseOpened(++_cases);
    }

    /// @notice Notes that a slash case was decided or has lapsed.
    function closeCase() external onlyMarket {
        if (_cases == 0) revert NoCase();
        emit CaseClosed(--_cases);
    }

    /// @notice Freezes `shares` of `owner`, in place of what was frozen before: they support a decision, and until it has
    /// been taken they are neither transferred nor redeemed.
    function freeze(address owner, uint256 shares) external onlyMarket {
        _frozen[owner] = shares;
        emit SharesFrozen(owner, shares);
    }

    /// @notice What a slash takes from each part of the vault.
    struct Loss {
        uint256 junior;
        uint256 juniorUnbonding;
        uint256 seniorUnvested;
        uint256 senior;
        uint256 seniorUnbonding;
    }

    /// @notice Who is paid from a slash. A reporter of zero: the market noticed itself, and that part is burnt. A rescuer
    /// of zero: nobody delivered in the offender's place.
    struct Payees {
        address requester;
        address reporter;
        address rescuer;
    }

    /// @notice Takes damages, from the junior only, and a punitive amount, from the junior except for what other requests'
    /// damage caps need, then from the senior. Damages that the junior cannot pay join the punitive part. What is taken is
    /// exact to the unit, or all there is; a million units of the senior stay. The requester, reporter and rescuer are
    /// paid from junior money only, the rest goes to insurance and is burnt: a prover cannot get at its delegators' money by
    /// failing on purpose. Nothing is transferred here, so that no recipient can stand in a slash's way.
    function slash(uint256 damages, uint256 punitive, uint256 reservedJunior, uint8 severity, Payees calldata to)
        external
        onlyMarket
        nonReentrant
        returns (Loss memory forRequester, Loss memory forOthers)
    {
        if (severity > 100) revert SeverityOutOfRange(severity);
        _settle();
        Loss memory stake = _stake();
        forRequester = _takeJunior(stake, damages, 0);
        uint256 amount = punitive + damages - _juniorOf(forRequester);
        stake.junior -= forRequester.junior;
        stake.juniorUnbonding -= forRequester.juniorUnbonding;
        forOthers = _takeJunior(stake, amount, reservedJunior);
        _takeSenior(stake, amount - _juniorOf(forOthers), forOthers);
        _lose(forRequester);
        _lose(forOthers);
        _divide(_juniorOf(forRequester), _juniorOf(forOthers), _seniorOf(forOthers), severity, to);
        emit Slashed(forRequester, forOthers, severity);
    }

    /// @dev What a slash could reach, after the drip was settled.
    function _stake() private view returns (Loss memory) {
        return Loss(_junior, _juniorUnbonding.assets, _dripping, _senior, _seniorUnbonding.assets);
    }

    function _juniorOf(Loss memory l) private pure returns (uint256) {
        return l.junior + l.juniorUnbonding;
    }

    function _seniorOf(Loss memory l) private pure returns (uint256) {
        return l.seniorUnvested + l.senior + l.seniorUnbonding;
    }

    /// @dev Active stake pays its part rounded down and unbonding stake the rest: leaving is never the better side.
    function _takeJunior(Loss memory stake, uint256 amount, uint256 reserved) private pure returns (Loss memory loss) {
        uint256 all = _juniorOf(stake);
        uint256 taken = Math.min(amount, Math.saturatingSub(all, reserved));
        if (taken == 0) return loss;
        loss.junior = Math.mulDiv(taken, stake.junior, all);
        loss.juniorUnbonding = taken - loss.junior;
    }

    /// @dev Unbonding stake pays its part rounded down and active stake the rest, unvested rewards first.
    function _takeSenior(Loss memory stake, uint256 amount, Loss memory loss) private pure {
        uint256 all = _seniorOf(stake);
        uint256 taken = Math.min(amount, Math.saturatingSub(all, SENIOR_DUST));
        if (taken == 0) return;
        loss.seniorUnbonding = Math.mulDiv(taken, stake.seniorUnbonding, all);
        uint256 active = taken - loss.seniorUnbonding;
        loss.seniorUnvested = Math.min(active, stake.seniorUnvested);
        loss.senior = active - loss.seniorUnvested;
    }

    function _lose(Loss memory l) private {
        _junior -= uint128(l.junior);
        _juniorUnbonding.assets -= uint128(l.juniorUnbonding);
        _dripping -= uint128(l.seniorUnvested);
        _senior -= uint128(l.senior);
        _seniorUnbonding.assets -= uint128(l.seniorUnbonding);
        if (_dripping == 0) (_dripFrom, _dripUntil) = (0, 0);
    }

    /// @dev As `slashing.Divide` in Go. Every part rounds down and what remains is burnt: nobody gains from a rounding.
    function _divide(uint256 damages, uint256 junior_, uint256 senior, uint256 severity, Payees calldata to) private {
        uint256 reporter = Math.mulDiv(junior_, Math.min(1_000, 200 + 8 * severity), BPS);
        uint256 rest = junior_ - reporter;
        uint256 toInsurance = senior / 2;
        uint256 burnt = damages + junior_ + senior;
        if (to.reporter != address(0)) burnt -= _credit(to.reporter, reporter);
        if (to.rescuer != address(0)) {
            burnt -= _credit(to.rescuer, rest / 2);
            toInsurance += Math.mulDiv(rest, 1_500, BPS);
        } else {
            toInsurance += Math.mulDiv(rest, 4_000, BPS);
        }
        burnt -= _credit(to.requester, damages);
        burnt -= _credit(insurance, toInsurance);
        _credit(BURN, burnt);
    }

    function _credit(address account, uint256 assets) private returns (uint256) {
        if (assets > 0) {
            if (account == address(0)) revert BadSettings();
            creditOf[account] += assets;
            _credits += uint128(assets);
            emit Credited(account, assets);
        }
        return assets;
    }

    /// @notice Pays an account what slashes awarded it. Anyone may ask; it goes nowhere else.
    function collect(address account) external nonReentrant returns (uint256 assets) {
        assets = creditOf[account];
        creditOf[account] = 0;
        _credits -= uint128(assets);
        emit Collected(account, assets);
        _send(account, assets);
    }

    /// @notice Sends insurance what the vault was given without being told, in any token.
    function sweep(IERC20 token) external nonReentrant returns (uint256 amount) {
        amount = token.balanceOf(address(this));
        if (address(token) == asset()) amount -= held();
        emit Swept(address(token), amount);
        token.safeTransfer(insurance, amount);
    }

    // Rewards on their way to the senior tranche.

    function _now() private view returns (uint64) {
        return uint64(block.timestamp) * 1000;
    }

    /// @dev What belongs to the holders by now of what drips. Rounds down.
    function _vested() private view returns (uint256) {
        (uint64 time, uint64 from, uint64 until) = (_now(), _dripFrom, _dripUntil);
        if (time >= until) return _dripping;
        return time <= from ? 0 : Math.mulDiv(_dripping, time - from, until - from);
    }

    /// @dev Moves what has vested to the principal. Changes no price now.
    function _settle() private {
        if (_dripping == 0) return;
        uint128 vested = uint128(_vested());
        _senior += vested;
        _dripping -= vested;
        if (_dripping == 0) (_dripFrom, _dripUntil) = (0, 0);
        else if (_dripFrom < _now()) _dripFrom = _now();
    }

    /// @dev Adds to a settled drip. The length is the average of what is left and the window, weighted by the money and
    /// rounded up: a small reward neither speeds up a large one nor holds it back.
    function _drip(uint256 assets) private {
        if (assets == 0) return;
        uint256 locked = _dripping;
        uint256 left = locked == 0 ? 0 : _dripUntil - _now();
        uint256 length = Math.ceilDiv(locked * left + assets * DRIP_WINDOW, locked + assets);
        _dripping = (locked + assets).toUint128();
        _dripFrom = _now();
        _dripUntil = _now() + uint64(length);
    }

    // Reading.

    /// @notice Everything a slash could reach, what it awarded and is not collected, and commission.
    function held() public view returns (uint256) {
        return _slashable() + _commission + _credits;
    }

    function _slashable() private view returns (uint256) {
        return uint256(_junior) + _juniorUnbonding.assets + _senior + _dripping + _seniorUnbonding.assets;
    }

    /// @dev min(J+TA, J*(1+L)): what may back assignments.
    function _effective() private view returns (uint256) {
        return Math.min(_junior + totalAssets(), uint256(_junior) * (1 + LEVERAGE));
    }

    /// @notice The whole state, for whoever watches or compares.
    struct State {
        uint256 junior;
        Pool juniorUnbonding;
        uint256 senior;
        uint256 dripping;
        uint256 dripFrom;
        uint256 dripUntil;
        Pool seniorUnbonding;
        uint256 shares;
        uint256 commission;
        uint256 lastRedemption;
        uint256 cases;
        uint256 lockCount;
        uint256 lockTotal;
        uint256 damageCapTotal;
        uint256 totalAssets;
        uint256 price;
        uint256 effective;
        uint256 held;
    }

    /// @notice The whole state, for whoever watches or compares.
    function state() external view returns (State memory s) {
        s.junior = _junior;
        s.juniorUnbonding = _juniorUnbonding;
        s.senior = _senior;
        s.dripping = _dripping;
        s.dripFrom = _dripFrom;
        s.dripUntil = _dripUntil;
        s.seniorUnbonding = _seniorUnbonding;
        s.shares = totalSupply();
        s.commission = _commission;
        s.lastRedemption = _lastRedemption;
        s.cases = _cases;
        s.lockCount = _lockCount;
        s.lockTotal = _lockTotal;
        s.damageCapTotal = _damageCapTotal;
        s.totalAssets = totalAssets();
        s.price = _convertToAssets(SHARE_TOKEN, Math.Rounding.Floor);
        s.effective = _effective();
        s.held = held();
    }

    /// @notice One redemption; of nobody when it has been claimed or never was.
    function redemption(uint256 id) external view returns (Redemption memory) {
        return _redemptions[id];
    }

    /// @notice The open redemptions of an account, by age.
    function openRedemptions(address account) external view returns (uint64[] memory) {
        return _open[account];
    }

    /// @notice The shares of an account that are neither transferred nor redeemed.
    function frozenOf(address account) external view returns (uint256) {
        return _frozen[account];
    }

    /// @inheritdoc IERC7575Share
    function share() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId || id == type(IERC7540Operator).interfaceId
            || id == type(IERC7540Redeem).interfaceId || id == 0x2f0a18c5;
    }

    // Shares and assets.

    function _checkMovable(address owner, uint256 shares) private view {
        uint256 movable = Math.saturatingSub(balanceOf(owner), _frozen[owner]);
        if (movable < shares) revert FrozenShares(movable, shares);
    }

    /// @dev Shares that are frozen do not move. What is not there is refused by OpenZeppelin's own error.
    function _update(address from, address to, uint256 shares) internal override(ERC20) {
        if (from != address(0) && shares <= balanceOf(from)) _checkMovable(from, shares);
        super._update(from, to, shares);
    }

    /// @dev Takes assets from the caller, to the unit: a token that keeps a part for itself would make promises hollow.
    function _receive(uint256 assets) private {
        IERC20 token = IERC20(asset());
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), assets);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != assets) revert InexactTransfer(assets, received);
    }

    function _send(address receiver, uint256 assets) private {
        IERC20(asset()).safeTransfer(receiver, assets);
    }
}
