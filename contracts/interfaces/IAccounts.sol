// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Authorization} from "../types/Ledger.sol";
import {ILocks} from "./ILocks.sol";
import {IPermit2} from "./external/IPermit2.sol";

/// @title IAccounts
/// @notice One ledger under all payments between agents. Money comes in once; from then on Escrow, PaymentChannels and
/// FeeSplitter move numbers, and no token is called.
///
/// Every balance and every lock has a slot of its own, so that payments between disjoint pairs touch disjoint slots. Only
/// a deposit, a withdrawal and a sweep share one: the token's own balance slot, or the collector's.
///
/// A *module* is any contract that an owner let move its balance of a token. It may put them in a *lock* and pay out of that lock,
/// never more than was put in. So a module that is malicious or broken reaches the balances of those who opted in to it and
/// its own locks, and nothing else: no other module, and no account that did not. [NX-ACC-01] [NX-ACC-02]
///
/// Nobody administers this contract: there is no pause, no list of tokens and no list of modules. A token that lies about
/// balances can hurt only those who hold it here.
///
/// Warnings:
/// - Allowing a module is like an unlimited approval of the token. Allow what you have read.
/// - A token that shrinks balances, or takes from the sender more than it says, is refused when it is deposited; one that
///   begins to do so later leaves its holders here short, first come first served. Other tokens are not touched.
interface IAccounts is ILocks {
    /// @notice Emitted when tokens come in.
    /// @param token Address of the token.
    /// @param account The account that was credited.
    /// @param payer The account that the tokens came from.
    /// @param amount Amount credited, in the token's units.
    /// @param purpose The purpose that the payer signed; zero where none was signed.
    event Deposited(
        address indexed token,
        address indexed account,
        address indexed payer,
        uint256 amount,
        bytes32 purpose
    );

    /// @notice Emitted when tokens leave.
    /// @param token Address of the token.
    /// @param account The account that was debited.
    /// @param to The address that received the tokens.
    /// @param amount Amount sent, in the token's units.
    event Withdrawn(address indexed token, address indexed account, address indexed to, uint256 amount);

    /// @notice Emitted when an owner pays another account.
    /// @param token Address of the token.
    /// @param from The account that was debited.
    /// @param to The account that was credited.
    /// @param amount Amount moved, in the token's units.
    event Transferred(address indexed token, address indexed from, address indexed to, uint256 amount);

    /// @notice Emitted when an owner lets a module move its balance of a token, or no longer does.
    /// @param account The owner of the balance.
    /// @param module Address of the module.
    /// @param token Address of the token.
    /// @param isAllowed Whether the module may move it from now on.
    event ModuleAllowed(address indexed account, address indexed module, address indexed token, bool isAllowed);

    /// @notice Emitted when fees that an account owed went to the collector.
    /// @param token Address of the token.
    /// @param account The account that owed the fees.
    /// @param amount Amount swept, in the token's units.
    event FeesSwept(address indexed token, address indexed account, uint256 amount);

    /// @notice Thrown when the amount to move is zero.
    error NothingToMove();

    /// @notice Thrown when money would go to the zero address.
    error NoAccount();

    /// @notice Thrown when what should be a token has no code.
    /// @param token The address that has no code.
    error NotAToken(address token);

    /// @notice Thrown when an account has less than the amount asked for.
    /// @param token Address of the token.
    /// @param account The account that would pay.
    /// @param balance Spendable balance of the account, in the token's units.
    /// @param needed Amount that was asked for, in the token's units.
    error BalanceTooSmall(address token, address account, uint256 balance, uint256 needed);

    /// @notice Thrown when a transfer moved another amount than was asked for: the token takes fees or changes
    /// balances.
    /// @param token Address of the token.
    /// @param expected Amount that should have moved, in the token's units.
    /// @param moved Amount that did move, in the token's units; zero where the balance went the other way.
    error TokenNotExact(address token, uint256 expected, uint256 moved);

    /// @notice Thrown on a deposit when this contract holds less of the token than it owes.
    /// @param token Address of the token.
    /// @param owed Sum of all balances, fees and locks of the token, in its units.
    /// @param held This contract's balance of the token, in its units.
    error TokenShrank(address token, uint256 owed, uint256 held);

    /// @notice Thrown when a deposit would make the ledger owe more of a token than it can count.
    /// @param token Address of the token.
    /// @param total Sum that would be owed after the deposit, in the token's units.
    /// @param maximum The largest sum that the ledger can count, in the token's units.
    error TokenTotalTooLarge(address token, uint256 total, uint256 maximum);

    /// @notice Credits `account` with tokens that the caller approved.
    ///
    /// @dev Emits {Deposited}.
    ///
    /// Requirements:
    /// - The token must move exactly `amount`, and what is held of it must cover what is owed. [NX-ACC-01]
    ///
    /// @param token Address of the token.
    /// @param account The account to credit; not zero.
    /// @param amount Amount to deposit, in the token's units; not zero.
    function deposit(address token, address account, uint256 amount) external;

    /// @notice Like `deposit`, with the caller's EIP-2612 permit.
    ///
    /// @dev Emits {Deposited}. A permit that anyone submitted before is no obstacle: the allowance is what counts. The
    /// tokens are the caller's, never another signer's, so that nobody directs what others approved.
    function depositWithPermit(
        address token,
        address account,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Credits an account by its payer's Permit2 signature; anyone may submit it, and cannot change a word of it.
    ///
    /// @dev Emits {Deposited}. The witness is `Deposit(address account,bytes32 purpose)`; all that is permitted moves.
    ///
    /// @param permit The Permit2 message that the payer signed: token, amount, nonce and deadline.
    /// @param payer The account that the tokens come from, and the signer.
    /// @param account The account to credit; part of the witness.
    /// @param purpose The purpose of the deposit; part of the witness.
    /// @param signature The payer's signature.
    function depositWithPermit2(
        IPermit2.PermitTransferFrom calldata permit,
        address payer,
        address account,
        bytes32 purpose,
        bytes calldata signature
    ) external;

    /// @notice Credits an account by its payer's EIP-3009 signature; anyone may submit it, and cannot change a word of it.
    ///
    /// @dev Emits {Deposited}. Only `receiveWithAuthorization` is called, which nobody but this contract can do, so that no
    /// authorisation is used up without a credit; its nonce is `authorizationNonce(account, purpose, salt)`.
    ///
    /// @param authorization The EIP-3009 authorisation that the payer signed.
    /// @param account The account to credit; part of the nonce.
    /// @param purpose The purpose of the deposit; part of the nonce.
    /// @param signature The payer's ECDSA signature over `ReceiveWithAuthorization`, 64 or 65 bytes.
    function depositWithAuthorization(
        Authorization calldata authorization,
        address account,
        bytes32 purpose,
        bytes calldata signature
    ) external;

    /// @notice Sends tokens of the caller's balance to `to`. Nothing blocks it. [NX-BRK-03]
    ///
    /// @dev Emits {Withdrawn}. What is locked stays locked.
    function withdraw(address token, address to, uint256 amount) external;

    /// @notice Moves part of the caller's balance to another account.
    /// @dev Emits {Transferred}.
    function transfer(address token, address to, uint256 amount) external;

    /// @notice Lets a module move the caller's balance of a token, or no longer. What it has locked already stays locked.
    /// @dev Emits {ModuleAllowed}. Creates no slot for a module of ours, where the caller has had the token here.
    function allowModule(address token, address module, bool isAllowed) external;

    /// @notice Moves the fees that `accounts` owe to the collector's balance. Anyone may call it.
    /// @dev Emits {FeesSwept} for each account that owes something.
    /// @return sum Amount moved in all, in the token's units.
    function sweepFees(address token, address[] calldata accounts) external returns (uint256 sum);

    /// @notice The balance that an account can spend, in the token's units.
    function balanceOf(address token, address account) external view returns (uint256);

    /// @notice The fees that an account owes, in the token's units.
    function feesOf(address token, address account) external view returns (uint256);

    /// @notice Whether an account lets a module move its balance of a token.
    function isModuleAllowed(address token, address account, address module) external view returns (bool);

    /// @notice The sum of all balances, fees and locks of a token, in its units.
    function owedOf(address token) external view returns (uint256);

    /// @notice The nonce that an EIP-3009 authorisation must have to credit `account` for `purpose`.
    function authorizationNonce(address account, bytes32 purpose, bytes32 salt) external pure returns (bytes32);

    /// @notice Uniswap's Permit2 as it is deployed on this chain.
    function PERMIT2() external view returns (address);

    /// @notice The account that swept fees go to.
    function FEE_COLLECTOR() external view returns (address);
}
