// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title BoundedCall
/// @notice Calls that may fail in any way, gas and return bombs included, without taking the caller with them: each
/// has a bound of gas, and of what it answers at most three words are copied.
library BoundedCall {
    /// @dev The gas that one call may use. A plain transfer takes less than 100,000 even where it creates a slot on
    /// Sei.
    uint256 internal constant GAS = 300_000;
    /// @dev The gas that reading one balance may use. A plain token takes less than 10,000, one that rebases behind a
    /// proxy some 40,000.
    uint256 internal constant READ_GAS = 100_000;
    uint256 private constant WORD = 32;

    /// @dev Whether a call made now would get all of `bound`.
    function hasGas(uint256 bound) internal view returns (bool) {
        uint256 gasLeft = gasleft();
        return gasLeft - gasLeft / 64 > bound;
    }

    /// @dev Transfers, and says whether the token accepted.
    function tryTransfer(address token, address to, uint256 amount) internal returns (bool success) {
        bytes memory data = abi.encodeCall(IERC20.transfer, (to, amount));
        uint256 size;
        uint256 answer;
        assembly ("memory-safe") {
            // At most one word of the answer is copied, into the scratch space.
            success := call(GAS, token, 0, add(data, 32), mload(data), 0, 32)
            size := returndatasize()
            answer := mload(0)
        }
        if (!success) return false;
        if (size == 0) return token.code.length != 0;
        return size >= WORD && answer == 1;
    }

    /// @dev Reads a balance, or says that it cannot be read.
    function tryBalanceOf(address token, address account) internal view returns (bool success, uint256 answer) {
        bytes4 selector = IERC20.balanceOf.selector;
        assembly ("memory-safe") {
            // All in the scratch space: selector and account go out, at most one word comes back, whatever is returned.
            mstore(0, selector)
            mstore(4, shr(96, shl(96, account)))
            success := staticcall(READ_GAS, token, 0, 36, 0, 32)
            success := and(success, gt(returndatasize(), 31))
            answer := mul(success, mload(0))
        }
    }

    /// @dev Two or three words that a function without parameters answers, or that it answered neither. The third is zero
    /// where it answered two.
    function tryReadWords(
        address target,
        bytes4 selector,
        uint256 gasCap
    ) internal view returns (bool success, uint256 first, uint256 second, uint256 third) {
        assembly ("memory-safe") {
            // The selector goes out of the scratch space. At most three words come back, whatever is returned, into
            // memory that nobody owns yet; they are read at once and not kept.
            let answer := mload(0x40)
            mstore(0, selector)
            success := staticcall(gasCap, target, 0, 4, answer, 96)
            let size := returndatasize()
            let isLong := eq(size, 96)
            success := and(success, or(isLong, eq(size, 64)))
            first := mload(answer)
            second := mload(add(answer, 32))
            third := mul(isLong, mload(add(answer, 64)))
        }
    }

    /// @dev Whether `signature` is `signer`'s over `hash`: an account's ECDSA signature, or what a contract says by
    /// ERC-1271 with what one bounded call gives it.
    function isSignatureOf(address signer, bytes32 hash, bytes calldata signature) internal view returns (bool) {
        if (signer.code.length == 0) {
            (address recovered, ECDSA.RecoverError error_, ) = ECDSA.tryRecoverCalldata(hash, signature);
            return error_ == ECDSA.RecoverError.NoError && recovered == signer;
        }
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (hash, signature));
        bool success;
        uint256 answer;
        assembly ("memory-safe") {
            // At most one word of the answer is copied, into the scratch space.
            mstore(0, 0)
            success := staticcall(GAS, signer, add(question, 32), mload(question), 0, 32)
            success := and(success, gt(returndatasize(), 31))
            answer := mload(0)
        }
        return success && bytes32(answer) == bytes32(IERC1271.isValidSignature.selector);
    }
}
