// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token for tests. Anyone may mint; it can keep a fee, and call somebody back during a transfer.
contract Token is ERC20("Stake", "STK") {
    uint256 public fee; // units kept of every transfer
    address public hook; // called with `data` before every transfer by transferFrom
    bytes public data;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Gives everybody `amount`, and lets `spender` take it.
    function stage(address spender, address[] calldata who, uint256 amount) external {
        for (uint256 i = 0; i < who.length; i++) {
            _mint(who[i], amount);
            _approve(who[i], spender, type(uint256).max);
        }
    }

    function setFee(uint256 units) external {
        fee = units;
    }

    function setHook(address to, bytes calldata data_) external {
        (hook, data) = (to, data_);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (hook != address(0)) {
            (bool done, bytes memory said) = hook.call(data);
            if (!done) {
                assembly {
                    revert(add(said, 32), mload(said))
                }
            }
        }
        super.transferFrom(from, to, amount);
        if (fee > 0) _burn(to, fee);
        return true;
    }
}
