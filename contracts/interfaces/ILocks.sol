// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Lock} from "../types/Ledger.sol";

/// @title ILocks
/// @notice The ledger's functions for modules, see {IAccounts}: a module locks money that an owner let it move, and
/// pays out of its own locks.
///
/// A lock belongs to the module that made it, in one token. The ledger keeps it from paying more than was put in, whatever
/// the module does; everything else that a lock means is the module's, and so is its tag. [NX-ACC-01]
interface ILocks {
    /// @notice Emitted when a module locks money of an owner, or adds to a lock.
    /// @param module Address of the module.
    /// @param id The lock's id, among the module's own of this token.
    /// @param owner The owner, whose account was debited.
    /// @param token Address of the token.
    /// @param amount Amount locked, in the token's units.
    event Locked(address indexed module, bytes32 indexed id, address indexed owner, address token, uint256 amount);

    /// @notice Emitted when a lock pays.
    /// @param module Address of the module.
    /// @param id The lock's id, among the module's own of this token.
    /// @param to The account that was credited.
    /// @param token Address of the token.
    /// @param amount Amount credited, in the token's units.
    /// @param fee Fee that `to` owes on top, in the token's units.
    event Paid(
        address indexed module,
        bytes32 indexed id,
        address indexed to,
        address token,
        uint256 amount,
        uint256 fee
    );

    /// @notice Emitted when a lock pays, and all the rest of it goes to somebody else.
    /// @param module Address of the module.
    /// @param id The lock's id, among the module's own of this token.
    /// @param to The account that was credited with the amount; zero where the amount is zero.
    /// @param token Address of the token.
    /// @param amount Amount credited to `to`, in the token's units.
    /// @param fee Fee that `to` owes on top, in the token's units.
    /// @param restTo The account that was credited with the rest.
    /// @param rest The rest of the lock, in the token's units.
    event PaidAndReturned(
        address indexed module,
        bytes32 indexed id,
        address indexed to,
        address token,
        uint256 amount,
        uint256 fee,
        address restTo,
        uint256 rest
    );

    /// @notice Emitted when many locks paid one account.
    /// @param module Address of the module.
    /// @param to The account that was credited.
    /// @param token Address of the token.
    /// @param sum Amount credited in all, in the token's units.
    /// @param ids Ids of the locks.
    /// @param totals Total that each lock has paid from now on, in the token's units, in the order of `ids`; a lock
    /// that had paid as much before, or was not given as much, stays as it was.
    event PaidMany(
        address indexed module,
        address indexed to,
        address token,
        uint256 sum,
        bytes32[] ids,
        uint256[] totals
    );

    /// @notice Thrown when a module was not allowed by the owner whose money it would move.
    /// @param account The owner of the balance.
    /// @param module Address of the module.
    /// @param token Address of the token.
    error ModuleNotAllowed(address account, address module, address token);

    /// @notice Thrown when a module makes a lock that it has made before, even if it is long empty.
    /// @param module Address of the module.
    /// @param id The lock's id, among the module's own of this token.
    error LockExists(address module, bytes32 id);

    /// @notice Thrown when a module names a lock that it never made.
    /// @param module Address of the module.
    /// @param id The lock's id, among the module's own of this token.
    error LockUnknown(address module, bytes32 id);

    /// @notice Thrown when a lock would hold more than fits.
    /// @param amount Total that the lock would have been given, in the token's units.
    /// @param maximum The largest total that a lock can hold, in the token's units.
    error LockTooLarge(uint256 amount, uint256 maximum);

    /// @notice Thrown when a module pays more than is left in a lock.
    /// @param id The lock's id, among the module's own of this token.
    /// @param amount Amount that it should have paid, fee included, in the token's units.
    /// @param left Amount that is left in the lock, in the token's units.
    error LockTooSmall(bytes32 id, uint256 amount, uint256 left);

    /// @notice Locks part of an owner's balance.
    ///
    /// @dev Emits {Locked}. Creates one slot.
    ///
    /// Requirements:
    /// - The owner must have allowed the module. [NX-ACC-02]
    /// - The module must not have made this lock of this token before. [NX-ESC-01] [NX-CHN-01]
    ///
    /// @param token Address of the token.
    /// @param id The lock's id, among the module's own of this token.
    /// @param owner The owner, whose account is debited.
    /// @param amount Amount to lock, in the token's units; not zero.
    /// @param tag The module's own 48 bits, stored with the lock and not read by the ledger.
    function lock(address token, bytes32 id, address owner, uint256 amount, uint48 tag) external;

    /// @notice Adds part of an owner's balance to a lock.
    /// @dev Emits {Locked}. Requirements are those of `lock`, but that the lock must exist.
    function extend(address token, bytes32 id, address owner, uint256 amount) external;

    /// @notice Keeps a new tag with a lock.
    /// @dev The module tells of it.
    function retag(address token, bytes32 id, uint48 tag) external;

    /// @notice Pays out of a lock, and keeps a new tag with it.
    ///
    /// @dev Emits {Paid} or {PaidAndReturned}. Never pays more than is left in the lock. [NX-ACC-01]
    ///
    /// @param token Address of the token.
    /// @param id The lock's id, among the module's own of this token.
    /// @param to The account to credit; may be zero where `amount` and `fee` are.
    /// @param restTo The account to credit with all that is left then; zero to leave it in the lock.
    /// @param amount Amount that it can spend, in the token's units; may be zero.
    /// @param fee Fee that `to` owes on top to the fee collector, in the token's units; anyone may sweep it.
    /// @param tag The module's own 48 bits from now on.
    function pay(
        address token,
        bytes32 id,
        address to,
        address restTo,
        uint256 amount,
        uint256 fee,
        uint48 tag
    ) external;

    /// @notice Pays one account what brings each of many locks to the total that it shall have paid ever.
    ///
    /// @dev Emits {PaidMany}. A lock that has paid as much already, or never was given as much, is passed over, so that
    /// nobody makes a whole batch fail by paying or closing one of its locks first. Tags stay.
    ///
    /// @return sum Amount paid in all, in the token's units; never zero.
    function payTotals(
        address token,
        address to,
        bytes32[] calldata ids,
        uint256[] calldata totals
    ) external returns (uint256 sum);

    /// @notice A module's lock; all zero for one that it never made.
    function lockOf(address module, address token, bytes32 id) external view returns (Lock memory);

    /// @notice The same in one word: deposited (104 bits), paid (104), tag (48), from the lowest bit up.
    function lockWordOf(address module, address token, bytes32 id) external view returns (uint256);
}
