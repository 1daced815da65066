// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDecoder} from "../interfaces/IDecoder.sol";
import {DecodedCall} from "../types/Proposal.sol";

/// @title ManyDecodes
/// @notice Test only: shows a decoder many calls in one request, each with its own gas, so that one that fails costs the
/// others nothing.
contract ManyDecodes {
    struct Answer {
        bool isRead;
        DecodedCall call;
    }

    function decode(
        IDecoder decoder,
        address target,
        bytes[] calldata datas,
        uint256 gasOfEach
    ) external view returns (Answer[] memory answers) {
        answers = new Answer[](datas.length);
        for (uint256 i = 0; i < datas.length; ++i) {
            try decoder.decode{gas: gasOfEach}(target, datas[i]) returns (DecodedCall memory call) {
                answers[i] = Answer({isRead: true, call: call});
            } catch {
                answers[i].isRead = false;
            }
        }
    }
}
