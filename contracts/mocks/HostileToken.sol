// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title HostileToken
/// @notice A token that misbehaves on demand: what a listed asset may turn into after its owner's key is stolen.
///
/// Warnings:
/// - A test double. Anyone may create units and choose how it misbehaves.
contract HostileToken is ERC20 {
    /// @notice The behaviour of a transfer.
    enum Transfers {
        Honest,
        Reverting,
        /// Moves nothing and says so.
        ReturningFalse,
        /// Moves the amount and returns nothing, as old tokens do.
        ReturningNothing,
        /// Keeps a tenth.
        TakingFee,
        BurningGas,
        ReturningMuch,
        /// Makes a stored call before it moves the amount.
        Reentering
    }

    /// @notice The behaviour of a reading of a balance.
    enum Balances {
        Honest,
        Reverting,
        BurningGas,
        ReturningMuch,
        ReturningLittle,
        /// As many units as a number can say.
        Enormous,
        /// The same, after using up nearly all the gas that it is given.
        Draining,
        /// A million million times what the account has of the stored target, a token.
        Following
    }

    uint256 private constant BOMB_BYTES = 300_000;
    uint256 private constant GAS_TO_ANSWER = 2_000;
    uint256 private constant STEP_GAS = 2_000;

    Transfers public transfers;
    Balances public balances;
    /// @notice Whether the stored call of `Reentering` succeeded the last time, and what it answered.
    bool public reentered;
    bytes public reentryAnswer;
    address private _target;
    bytes private _data;

    error TransfersStopped();

    constructor() ERC20("Hostile token", "EVIL") {}

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    function behave(Transfers newTransfers, Balances newBalances) external {
        transfers = newTransfers;
        balances = newBalances;
    }

    /// @notice Stores the call that `Reentering` makes, and whom `Following` follows.
    function reenterWith(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function balanceOf(address account) public view override returns (uint256) {
        if (balances == Balances.Reverting) revert TransfersStopped();
        if (balances == Balances.BurningGas) _burnGas();
        if (balances == Balances.ReturningMuch) _returnMuch();
        if (balances == Balances.ReturningLittle) _return(4, 0);
        if (balances == Balances.Enormous) return type(uint256).max;
        if (balances == Balances.Draining) {
            _useUpTo(GAS_TO_ANSWER);
            return type(uint256).max;
        }
        if (balances == Balances.Following) return ERC20(_target).balanceOf(account) * 1e12;
        return super.balanceOf(account);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        _misbehave(msg.sender, to, amount);
        if (transfers == Transfers.ReturningFalse) return false;
        return super.transfer(to, transfers == Transfers.TakingFee ? amount - amount / 10 : amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (transfers == Transfers.ReturningNothing) _spendAllowance(from, msg.sender, amount);
        _misbehave(from, to, amount);
        if (transfers == Transfers.ReturningFalse) return false;
        return super.transferFrom(from, to, transfers == Transfers.TakingFee ? amount - amount / 10 : amount);
    }

    function _misbehave(address from, address to, uint256 amount) private {
        if (transfers == Transfers.Reverting) revert TransfersStopped();
        if (transfers == Transfers.BurningGas) _burnGas();
        if (transfers == Transfers.ReturningMuch) _returnMuch();
        if (transfers == Transfers.Reentering) (reentered, reentryAnswer) = _target.call(_data);
        if (transfers == Transfers.ReturningNothing) {
            _transfer(from, to, amount);
            _return(0, 0);
        }
    }

    /// @dev All at once, so that tests do not wait for it.
    function _burnGas() private pure {
        assembly ("memory-safe") {
            invalid()
        }
    }

    /// @dev By large steps first, so that tests do not wait for it.
    function _useUpTo(uint256 rest) private view {
        while (gasleft() > rest + STEP_GAS) {
            assembly ("memory-safe") {
                // Hashes what nobody owns.
                pop(keccak256(mload(0x40), 4096))
            }
        }
        while (gasleft() > rest) {}
    }

    function _returnMuch() private pure {
        _return(BOMB_BYTES, 1);
    }

    /// @dev Ends the call at once with `length` bytes, the first word of which is `word`.
    function _return(uint256 length, uint256 word) private pure {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, word)
            return(start, length)
        }
    }
}
