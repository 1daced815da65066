// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Call, Proposal} from "../types/Proposal.sol";

/// @title ProposalHash
/// @notice The EIP-712 struct hash of a proposal, so that a wallet shows what is signed.
library ProposalHash {
    bytes32 internal constant CALL_TYPEHASH = keccak256("Call(address target,bytes data)");
    bytes32 internal constant PROPOSAL_TYPEHASH = keccak256(
        "Proposal(uint32 agentId,uint40 nonce,uint40 deadline,address executor,uint128 maxLoss,Call[] calls,bytes32 evidence)Call(address target,bytes data)"
    );

    /// @dev hashStruct(`proposal`) of EIP-712; a call's array is the hash of its members' hashes.
    function hash(Proposal calldata proposal) internal pure returns (bytes32) {
        bytes32[] memory calls = new bytes32[](proposal.calls.length);
        for (uint256 i; i < calls.length; ++i) {
            Call calldata call_ = proposal.calls[i];
            calls[i] = keccak256(abi.encode(CALL_TYPEHASH, call_.target, keccak256(call_.data)));
        }
        return
            keccak256(
                abi.encode(
                    PROPOSAL_TYPEHASH,
                    proposal.agentId,
                    proposal.nonce,
                    proposal.deadline,
                    proposal.executor,
                    proposal.maxLoss,
                    keccak256(abi.encodePacked(calls)),
                    proposal.evidence
                )
            );
    }
}
