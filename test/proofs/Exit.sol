// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {plainAdd, plainFree, plainPartStep} from "./Plain.sol";

/// @dev An exit in kind multiplies what an asset says that the treasury holds, any number of 256 bits, by shares, and divides
/// by all shares and virtual shares. The solver knows no product of two unknowns, so both are done here as they are defined: a
/// product by one addition for each share, a part by one step for each unit of the balance.

/// @title ExitProduct
/// @notice A balance times shares takes two words, and the higher is less than the shares, so it is less than the supply: that
/// is what a division to one word asks for.
contract ExitProduct {
    uint256 private immutable BALANCE;
    uint256 private _shares;
    uint256 private _low;
    uint256 private _high;

    constructor(uint256 balance) {
        BALANCE = balance;
    }

    function addShare() external {
        (uint256 low, uint256 carry) = plainAdd(_low, BALANCE);
        _low = low;
        _high += carry;
        _shares += 1;
        assert(_high < _shares);
    }
}

/// @title ExitPart
/// @notice The part of a balance, any of them, is never more than the balance, whatever shares leave of whatever supply.
contract ExitPart {
    uint256 private immutable SHARES;
    uint256 private immutable SUPPLY;
    uint256 private _balance;
    uint256 private _part;
    uint256 private _rest;

    constructor(uint256 shares, uint256 supply) {
        require(shares <= supply && supply != 0);
        (SHARES, SUPPLY) = (shares, supply);
    }

    function addUnit() external {
        (uint256 more, uint256 rest) = plainPartStep(_rest, SHARES, SUPPLY);
        _rest = rest;
        _part += more;
        _balance += 1;
        assert(_rest < SUPPLY);
        assert(_part <= _balance);
    }
}

/// @title ExitClaims
/// @notice What is owed of an asset, to all and to an account, any of them, never overflows, nor falls below the account's
/// claim, whatever balance the asset answers at each exit.
/// @dev `part` is at most what is free of the balance, as `ExitPart` has it. All but the account's claim is owed to others.
contract ExitClaims {
    uint256 private _owed;
    uint256 private _claim;

    /// @dev An exit whose transfer fails. `isOwn` says that the part is the account's, and not another's.
    function credit(uint256 balance, uint256 part, bool isOwn) external {
        require(part <= plainFree(balance, _owed));
        assert(part <= type(uint256).max - _owed);
        assert(part <= type(uint256).max - _claim);
        _owed += part;
        if (isOwn) _claim += part;
    }

    function payClaim() external {
        assert(_claim <= _owed);
        _owed -= _claim;
        _claim = 0;
    }

    function payOther(uint256 claim) external {
        require(claim <= _owed - _claim);
        _owed -= claim;
    }
}

/// @title ExitRecent
/// @notice An account never holds fewer shares than are fresh, in whatever order it buys, gets, refunds and leaves: what is not
/// fresh can always be told.
contract ExitRecent {
    uint256 private _shares;
    uint256 private _fresh;

    function buy(uint256 shares) external {
        _shares += shares;
        _fresh += shares;
    }

    /// @dev From another holder.
    function receiveShares(uint256 shares) external {
        _shares += shares;
    }

    /// @dev The holding time is over.
    function season() external {
        _fresh = 0;
    }

    function refund(uint256 shares) external {
        require(shares <= _fresh);
        assert(shares <= _shares);
        _fresh -= shares;
        _shares -= shares;
    }

    /// @dev In kind, in the base asset, or to another holder.
    function leave(uint256 shares) external {
        assert(_fresh <= _shares);
        require(shares <= _shares - _fresh);
        _shares -= shares;
    }
}
