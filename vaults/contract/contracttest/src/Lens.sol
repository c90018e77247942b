// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ProverVault} from "../../src/ProverVault.sol";

/// @title Reads a vault and everything around it in one call.
contract Lens {
    struct Account {
        uint256 assets;
        uint256 shares;
        uint256 frozen;
        uint256 credit;
        uint256 maxDeposit;
        uint256 maxMint;
        uint256 maxRedeem;
        uint256 maxWithdraw;
        uint64[] open;
        uint256[] allowances;
        bool[] operators;
    }

    struct Request {
        uint256 id;
        ProverVault.Redemption redemption;
        uint256 pending;
        uint256 claimable;
    }

    struct View {
        uint256 time;
        ProverVault.State state;
        Account[] accounts;
        Request[] requests;
        uint256 balance;
    }

    function look(ProverVault vault, address[] calldata who) external view returns (View memory v) {
        IERC20 token = IERC20(vault.asset());
        v.time = block.timestamp;
        v.state = vault.state();
        v.balance = token.balanceOf(address(vault));
        v.accounts = new Account[](who.length);
        uint256 open;
        for (uint256 i = 0; i < who.length; i++) {
            Account memory a = v.accounts[i];
            a.assets = token.balanceOf(who[i]);
            a.shares = vault.balanceOf(who[i]);
            a.frozen = vault.frozenOf(who[i]);
            a.credit = vault.creditOf(who[i]);
            a.maxDeposit = vault.maxDeposit(who[i]);
            a.maxMint = vault.maxMint(who[i]);
            a.maxRedeem = vault.maxRedeem(who[i]);
            a.maxWithdraw = vault.maxWithdraw(who[i]);
            a.open = vault.openRedemptions(who[i]);
            a.allowances = new uint256[](who.length);
            a.operators = new bool[](who.length);
            for (uint256 j = 0; j < who.length; j++) {
                a.allowances[j] = vault.allowance(who[i], who[j]);
                a.operators[j] = vault.isOperator(who[i], who[j]);
            }
            open += a.open.length;
        }
        v.requests = new Request[](open);
        for (uint256 i = 0; i < who.length; i++) {
            uint64[] memory ids = v.accounts[i].open;
            for (uint256 j = 0; j < ids.length; j++) {
                v.requests[--open] = Request(
                    ids[j],
                    vault.redemption(ids[j]),
                    vault.pendingRedeemRequest(ids[j], who[i]),
                    vault.claimableRedeemRequest(ids[j], who[i])
                );
            }
        }
    }
}
