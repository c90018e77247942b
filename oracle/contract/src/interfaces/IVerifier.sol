// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The verifier of a program `price-median-…`, as `contract.ExportVerifier` writes it from the program's verifying key.
interface IVerifier {
    /// @notice Returns when the proof is one of these public inputs, and reverts with a reason when it is not.
    /// @param proof A, B and C, 256 bytes.
    /// @param input The ten public inputs of the report, then the request and the prover that the proof is bound to.
    function verifyProof(bytes calldata proof, uint256[12] calldata input) external view;
}
