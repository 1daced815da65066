// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Lock} from "../types/Ledger.sol";

/// @title ILocks
/// @notice What modules do in the ledger, see {IAccounts}: lock what an owner let them move, and pay out of their own locks.
///
/// A lock belongs to the module that made it, in one token. The ledger keeps it from paying more than was put in, whatever
/// the module does; everything else that a lock means is the module's, and so is its tag. [NX-ACC-01]
interface ILocks {
    /// @notice Emitted when a module locks money of an owner, or adds to a lock.
    /// @param module The module.
    /// @param id The lock, among the module's own of this token.
    /// @param owner Whose balance fell.
    /// @param token The token.
    /// @param amount By how much, in the token's units.
    event Locked(address indexed module, bytes32 indexed id, address indexed owner, address token, uint256 amount);

    /// @notice Emitted when a lock pays.
    /// @param module The module.
    /// @param id The lock.
    /// @param to Whose balance rose.
    /// @param token The token.
    /// @param amount By how much, in the token's units.
    /// @param fee What it owes on top, in the token's units.
    event Paid(
        address indexed module,
        bytes32 indexed id,
        address indexed to,
        address token,
        uint256 amount,
        uint256 fee
    );

    /// @notice Emitted when a lock pays, and all the rest of it goes to somebody else.
    /// @param module The module.
    /// @param id The lock.
    /// @param to Whose balance rose by the amount; it may be zero.
    /// @param token The token.
    /// @param amount By how much, in the token's units.
    /// @param fee What it owes on top, in the token's units.
    /// @param restTo Whose balance rose by the rest.
    /// @param rest By how much, in the token's units.
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
    /// @param module The module.
    /// @param to Whose balance rose.
    /// @param token The token.
    /// @param sum By how much, in the token's units.
    /// @param ids The locks.
    /// @param totals What each of them has paid from now on, in the token's units; one that had paid as much before, or was
    /// not given as much, stays as it was.
    event PaidMany(
        address indexed module,
        address indexed to,
        address token,
        uint256 sum,
        bytes32[] ids,
        uint256[] totals
    );

    /// @notice Thrown when a module was not allowed by the owner whose money it would move.
    /// @param account The owner.
    /// @param module The module.
    /// @param token The token.
    error ModuleNotAllowed(address account, address module, address token);

    /// @notice Thrown when a module makes a lock that it has made before, even if it is long empty.
    /// @param module The module.
    /// @param id The lock.
    error LockExists(address module, bytes32 id);

    /// @notice Thrown when a module names a lock that it never made.
    /// @param module The module.
    /// @param id The lock.
    error LockUnknown(address module, bytes32 id);

    /// @notice Thrown when a lock would hold more than fits.
    /// @param amount What it would have been given in all, in the token's units.
    /// @param maximum The most.
    error LockTooLarge(uint256 amount, uint256 maximum);

    /// @notice Thrown when a module pays more than is left in a lock.
    /// @param id The lock.
    /// @param amount What it should have paid, in the token's units.
    /// @param left What is left.
    error LockTooSmall(bytes32 id, uint256 amount, uint256 left);

    /// @notice Locks part of an owner's balance.
    ///
    /// @dev Emits {Locked}. Creates one slot.
    ///
    /// Requirements:
    /// - The owner must have allowed the module. [NX-ACC-02]
    /// - The module must not have made this lock of this token before. [NX-ESC-01] [NX-CHN-01]
    ///
    /// @param token The token.
    /// @param id Names the lock among the module's own of this token.
    /// @param owner Whose balance falls.
    /// @param amount By how much, in the token's units; not zero.
    /// @param tag What the module keeps with it.
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
    /// @param token The token.
    /// @param id The lock.
    /// @param tag What the module keeps with it from now on.
    /// @param to Who is paid.
    /// @param amount What it can spend of it, in the token's units; may be zero.
    /// @param fee What it owes on top to the fee collector, in the token's units; anyone may sweep it.
    /// @param restTo Who gets all that is left then; zero to leave it in the lock.
    function pay(
        address token,
        bytes32 id,
        uint48 tag,
        address to,
        uint256 amount,
        uint256 fee,
        address restTo
    ) external;

    /// @notice Pays one account what brings each of many locks to the total that it shall have paid ever.
    ///
    /// @dev Emits {PaidMany}. A lock that has paid as much already, or never was given as much, is passed over, so that
    /// nobody makes a whole batch fail by paying or closing one of its locks first. Tags stay.
    ///
    /// @return sum What was paid, in the token's units; never zero.
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
