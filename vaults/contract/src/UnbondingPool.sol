// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice Stake that is leaving: assets, and shares in them, so that one division makes all of it pay for a slash.
struct Pool {
    uint128 assets;
    uint24 generation;
    uint256 shares;
}

/// @title The arithmetic of an unbonding pool. Neither joining nor leaving lowers what a share of it is worth.
library UnbondingPool {
    /// @dev A pool whose shares are worth less than this part of their first price begins anew.
    uint256 internal constant DILUTED = 1e18;

    /// @notice Reports whether the next request begins a new generation: slashes took all of the pool, or so much that
    /// its shares would multiply without bound.
    function spent(Pool storage p) internal view returns (bool) {
        return p.shares > DILUTED * p.assets;
    }

    /// @notice The shares of the pool that `assets` buy. Rounds down: those already leaving keep the rest.
    function sharesFor(Pool storage p, uint256 assets) internal view returns (uint256) {
        return p.shares == 0 ? assets : Math.mulDiv(assets, p.shares, p.assets, Math.Rounding.Floor);
    }

    /// @notice What `shares` of a pool of `assets` and `total` shares are worth. Rounds down: those still leaving keep
    /// the rest.
    function worth(uint256 shares, uint256 assets, uint256 total) internal pure returns (uint256) {
        return total == 0 ? 0 : Math.mulDiv(shares, assets, total, Math.Rounding.Floor);
    }

    /// @notice The shares of the pool that paying `assets` out costs. Rounds up: those still leaving keep the rest.
    function costOf(uint256 assets, uint256 poolAssets, uint256 total) internal pure returns (uint256) {
        return Math.mulDiv(assets, total, poolAssets, Math.Rounding.Ceil);
    }
}
