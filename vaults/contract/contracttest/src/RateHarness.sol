// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rate} from "../../src/Rate.sol";

/// @title The vault's conversions, at a rate of the caller's.
contract RateHarness {
    function convert(uint256 amount, uint256 assets, uint256 supply, uint8 offset)
        external
        pure
        returns (uint256 sharesDown, uint256 sharesUp, uint256 assetsDown, uint256 assetsUp)
    {
        sharesDown = Rate.sharesDown(amount, assets, supply, offset);
        sharesUp = Rate.sharesUp(amount, assets, supply, offset);
        assetsDown = Rate.assetsDown(amount, assets, supply, offset);
        assetsUp = Rate.assetsUp(amount, assets, supply, offset);
    }
}
