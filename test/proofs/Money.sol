// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    PLAIN_BPS,
    PLAIN_MAX_JOB_FEE,
    PLAIN_WHOLE,
    plainBounty,
    plainPart,
    plainPayTotal,
    plainPenalty
} from "./Plain.sol";

/// @title ChannelClaims
/// @notice What a channel has paid never falls and never exceeds what was deposited, whatever is claimed, in whatever order.
contract ChannelClaims {
    uint256 private _deposited;
    uint256 private _paid;

    function extend(uint256 amount) external {
        _deposited += amount;
    }

    /// @dev One voucher, or what the payer says that it owes.
    function claim(uint256 total) external {
        uint256 before = _paid;
        require(total > before && total <= _deposited);
        _paid = total;
        assert(total > before && _paid <= _deposited);
    }

    /// @dev One voucher of a batch: what does not fit is passed over.
    function claimOneOfMany(uint256 total) external {
        uint256 before = _paid;
        _paid = plainPayTotal(_deposited, before, total);
        assert(_paid >= before && _paid <= _deposited);
    }
}

/// @title ChannelSums
/// @notice Receiver, watchtower and payer together get what was deposited, and nothing is left after the close.
contract ChannelSums {
    uint256 private _deposited;
    uint256 private _paid;
    uint256 private _toReceiver;
    uint256 private _toWatchtower;
    bool private _isClosed;

    function extend(uint256 amount) external {
        require(!_isClosed);
        _deposited += amount;
    }

    /// @dev Claimed by anyone; `bounty` is a watchtower's part, or nothing.
    function claim(uint256 total, uint256 bounty) external {
        require(!_isClosed && total > _paid && total <= _deposited && bounty <= total - _paid);
        _toWatchtower += bounty;
        _toReceiver += total - _paid - bounty;
        _paid = total;
        assert(_toReceiver + _toWatchtower == _paid);
    }

    /// @dev `total` is what a voucher, both parties, or the end of the delay says.
    function close(uint256 total) external {
        require(!_isClosed && total >= _paid && total <= _deposited);
        _isClosed = true;
        assert(_toReceiver + (total - _paid) + _toWatchtower + (_deposited - total) == _deposited);
    }
}

/// @title ChannelPenalty
/// @notice A close pays no less than was claimed and no more than was deposited, and on top of what was claimed no more than a
/// watchtower's part of what the payer had left out: nothing if it left out nothing.
contract ChannelPenalty {
    function finish(uint256 deposited, uint256 paid, uint256 declared) external pure {
        require(paid <= deposited);
        uint256 total = plainPenalty(deposited, paid, declared);
        assert(total >= paid && total <= deposited && plainBounty(paid) <= paid);
        if (paid <= declared) assert(total == paid);
        else assert(total - paid <= plainBounty(paid - declared));
    }
}

/// @title JobFee
/// @notice No fee is above its cap, or above what it is taken from.
/// @dev `weighted` is what was earned times the fee in basis points, of which there are at most as many as the cap has.
contract JobFee {
    function take(uint256 earned, uint256 weighted) external pure {
        require(weighted <= earned * PLAIN_MAX_JOB_FEE);
        assert(plainPart(weighted) <= plainPart(earned * PLAIN_MAX_JOB_FEE));
    }

    function takeFrom(uint256 earned, uint256 weighted) external pure {
        require(weighted <= earned * PLAIN_MAX_JOB_FEE);
        assert(plainPart(weighted) <= earned);
    }
}

/// @title JobSums
/// @notice Worker, fee, evaluator and client together get what was reserved, once.
/// @dev `fee` is any that {JobFee} lets through, `earned` any that the cap does.
contract JobSums {
    uint256 private immutable CAP;
    uint256 private immutable EVALUATOR_PAY;
    uint256 private _toEvaluator;
    uint256 private _left;
    bool private _isOver;

    constructor(uint256 cap, uint256 evaluatorPay) {
        (CAP, EVALUATOR_PAY, _left) = (cap, evaluatorPay, cap + evaluatorPay);
    }

    /// @dev By the evaluator's judgement or its dispute; at most once.
    function payEvaluator() external {
        require(!_isOver && _toEvaluator == 0);
        _left -= EVALUATOR_PAY;
        _toEvaluator = EVALUATOR_PAY;
        assert(_left == CAP);
    }

    function end(uint256 earned, uint256 fee) external {
        require(!_isOver && earned <= CAP && fee <= earned);
        assert(earned <= _left);
        uint256 toWorker = earned - fee;
        uint256 toClient = _left - toWorker - fee;
        (_left, _isOver) = (0, true);
        assert(toWorker + fee + _toEvaluator + toClient == CAP + EVALUATOR_PAY);
    }
}

/// @title JobResult
/// @notice What is read back of a job that is over is no more than was earned: no score is moved by a fee that nobody paid.
/// @dev `product` is the cap times the part of it that is kept. That is rounded down, so the product is at most what was
/// earned times the whole.
contract JobResult {
    function readBack(uint256 earned, uint256 product) external pure {
        require(product <= earned * PLAIN_WHOLE);
        assert(product / PLAIN_WHOLE <= earned);
    }
}

/// @title FeeParts
/// @notice Agents together get no more than their pool, however the parts are rounded.
/// @dev `weighted` is the pool times one agent's part in basis points; parts add up to at most the whole.
contract FeeParts {
    uint256 private immutable POOL;
    uint256 private _weighted;
    uint256 private _paid;

    constructor(uint256 pool) {
        require(pool < 2 ** 120);
        POOL = pool;
    }

    function pay(uint256 weighted) external {
        require(_weighted + weighted <= POOL * PLAIN_BPS);
        _weighted += weighted;
        _paid += plainPart(weighted);
        assert(_paid <= POOL);
    }
}
