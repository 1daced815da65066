// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IPermit2} from "../interfaces/external/IPermit2.sol";

/// @title MockPermit2
/// @notice Stand-in for Uniswap's Permit2, whose bytecode no package of ours brings: transfers by a signature over permit,
/// caller and witness, with an unordered nonce, in its wire format.
///
/// Warnings:
/// - A test double: nothing but `permitWitnessTransferFrom`. Its domain has a version, which Permit2's does not, so the tests
///   build the digest with the domain that this contract tells.
contract MockPermit2 is IPermit2, EIP712 {
    using SafeERC20 for IERC20;

    bytes32 private constant PERMISSIONS_TYPEHASH = keccak256("TokenPermissions(address token,uint256 amount)");
    string private constant TYPE_START =
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,";

    mapping(address owner => mapping(uint256 nonce => bool isUsed)) private _used;

    error SignatureExpired(uint256 deadline);
    error InvalidAmount(uint256 maximum);
    error InvalidNonce();
    error InvalidSigner();

    constructor() EIP712("Permit2", "1") {}

    /// @inheritdoc IPermit2
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external {
        require(block.timestamp <= permit.deadline, SignatureExpired(permit.deadline));
        uint256 amount = permit.permitted.amount;
        require(transferDetails.requestedAmount <= amount, InvalidAmount(amount));
        require(!_used[owner][permit.nonce], InvalidNonce());
        _used[owner][permit.nonce] = true;
        bytes32 digest = _hashTypedDataV4(_hashOf(permit, witness, witnessTypeString));
        require(SignatureChecker.isValidSignatureNowCalldata(owner, digest, signature), InvalidSigner());
        IERC20 token = IERC20(permit.permitted.token);
        token.safeTransferFrom(owner, transferDetails.to, transferDetails.requestedAmount);
    }

    function _hashOf(
        PermitTransferFrom calldata permit,
        bytes32 witness,
        string calldata witnessTypeString
    ) private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(abi.encodePacked(TYPE_START, witnessTypeString)),
                    keccak256(abi.encode(PERMISSIONS_TYPEHASH, permit.permitted)),
                    msg.sender,
                    permit.nonce,
                    permit.deadline,
                    witness
                )
            );
    }
}
