// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Operators of ERC-7540: accounts that another account lets act on its requests.
/// @dev ERC-165 id 0xe3bc4e65. See https://eips.ethereum.org/EIPS/eip-7540.
interface IERC7540Operator {
    event OperatorSet(address indexed controller, address indexed operator, bool approved);

    function setOperator(address operator, bool approved) external returns (bool);

    function isOperator(address controller, address operator) external view returns (bool);
}

/// @title Asynchronous redemption of ERC-7540.
/// @dev ERC-165 id 0x620ee8e4.
interface IERC7540Redeem {
    event RedeemRequest(
        address indexed controller, address indexed owner, uint256 indexed requestId, address sender, uint256 shares
    );

    function requestRedeem(uint256 shares, address controller, address owner) external returns (uint256 requestId);

    function pendingRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares);

    function claimableRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares);
}

/// @title What ERC-7540 takes from ERC-7575: which token the shares are.
/// @dev ERC-165 id of ERC-7575 is 0x2f0a18c5; this is the one function of it that ERC-4626 does not have.
interface IERC7575Share {
    function share() external view returns (address);
}
