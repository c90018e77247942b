// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What a share is worth.
/// @notice Converts between assets and shares as OpenZeppelin's ERC-4626 does: with one virtual unit of assets and
/// 10^offset virtual shares. The same arithmetic as `vaults.Rate` in Go, and held against it by one suite.
library Rate {
    /// @notice The shares that a deposit of `assets` buys. Rounds down: the other holders keep the rest.
    function sharesDown(uint256 assets, uint256 totalAssets, uint256 supply, uint8 offset)
        internal
        pure
        returns (uint256)
    {
        return Math.mulDiv(assets, supply + 10 ** offset, totalAssets + 1, Math.Rounding.Floor);
    }

    /// @notice The shares that withdrawing `assets` costs. Rounds up: the other holders keep the rest.
    function sharesUp(uint256 assets, uint256 totalAssets, uint256 supply, uint8 offset)
        internal
        pure
        returns (uint256)
    {
        return Math.mulDiv(assets, supply + 10 ** offset, totalAssets + 1, Math.Rounding.Ceil);
    }

    /// @notice The assets that redeeming `shares` pays. Rounds down: the other holders keep the rest.
    function assetsDown(uint256 shares, uint256 totalAssets, uint256 supply, uint8 offset)
        internal
        pure
        returns (uint256)
    {
        return Math.mulDiv(shares, totalAssets + 1, supply + 10 ** offset, Math.Rounding.Floor);
    }

    /// @notice The assets that minting `shares` costs. Rounds up: the other holders keep the rest.
    function assetsUp(uint256 shares, uint256 totalAssets, uint256 supply, uint8 offset)
        internal
        pure
        returns (uint256)
    {
        return Math.mulDiv(shares, totalAssets + 1, supply + 10 ** offset, Math.Rounding.Ceil);
    }
}
