// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev The rules of our packed words in plain arithmetic, without shifts and masks, which the solver cannot follow. The
/// proofs beside this file are about these; `PlainTwins.t.sol` holds each against the library that is deployed.

uint256 constant PLAIN_VOTING_SEATS = 128;
uint256 constant PLAIN_MAX_WEIGHT = 2 ** 23 - 1;
uint256 constant PLAIN_WINDOW = 48;
uint256 constant PLAIN_MAX_AHEAD = 65_536;
uint256 constant PLAIN_DAY = 86_400;
uint256 constant PLAIN_MAX_LEVEL = 2 ** 104 - 1;

/// @dev A counter that stops at `most`.
function plainCount(uint256 counted, uint256 more, uint256 most) pure returns (uint256) {
    return counted + more < most ? counted + more : most;
}

/// @dev Whether a window that ends at `highest` still has a bit for `nonce`.
function plainRemembers(uint256 highest, uint256 nonce) pure returns (bool) {
    return nonce <= highest && highest - nonce < PLAIN_WINDOW;
}

/// @dev Whether `nonce` may be used, and where the window ends afterwards. `marked` says that its bit is set.
function plainUse(uint256 highest, uint256 nonce, bool marked) pure returns (bool isUsable, uint256 newHighest) {
    if (nonce > highest) {
        if (nonce - highest > PLAIN_MAX_AHEAD) return (false, highest);
        return (true, nonce);
    }
    return (plainRemembers(highest, nonce) && !marked, highest);
}

/// @dev How much of a bucket's half drains in `elapsed` seconds.
function plainDrained(uint256 half, uint256 elapsed) pure returns (uint256) {
    return (half * elapsed) / PLAIN_DAY;
}

/// @dev What a bucket of 104 bits can hold of what is wanted of it.
function plainCapacity(uint256 wanted) pure returns (uint256) {
    return wanted < PLAIN_MAX_LEVEL ? wanted : PLAIN_MAX_LEVEL;
}

/// @dev The level once `drained` has left it, and what fits on top.
function plainLook(uint256 level, uint256 drained, uint256 capacity) pure returns (uint256 current, uint256 free) {
    current = level > drained ? level - drained : 0;
    free = current < capacity ? capacity - current : 0;
}

/* MONEY */

uint256 constant PLAIN_BPS = 10_000;
uint256 constant PLAIN_MAX_LOCK = 2 ** 104 - 1;
uint256 constant PLAIN_MAX_JOB_FEE = 500;
/// @dev All of a job's cap, as the part of it that was earned is kept.
uint256 constant PLAIN_WHOLE = 2 ** 31 - 1;

/// @dev What a lock has paid once a batch has asked for `total`.
function plainPayTotal(uint256 deposited, uint256 paid, uint256 total) pure returns (uint256) {
    return total > paid && total <= deposited ? total : paid;
}

/// @dev The part of `amount` that a watchtower gets, and that a payer loses on top: a hundredth.
function plainBounty(uint256 amount) pure returns (uint256) {
    return amount / 100;
}

/// @dev What a close pays in all, where vouchers of `paid` were claimed and the payer had declared `declared`.
function plainPenalty(uint256 deposited, uint256 paid, uint256 declared) pure returns (uint256) {
    uint256 wanted = paid > declared ? paid + plainBounty(paid - declared) : paid;
    return wanted < deposited ? wanted : deposited;
}

/// @dev A part of an amount, which is given times its basis points.
function plainPart(uint256 weighted) pure returns (uint256) {
    return weighted / PLAIN_BPS;
}

/// @dev The part of `cap` that `earned` is, as it is kept when a job is over.
function plainPartOf(uint256 cap, uint256 earned) pure returns (uint256) {
    return (earned * PLAIN_WHOLE) / cap;
}

/// @dev What is read back from it.
function plainEarned(uint256 cap, uint256 part) pure returns (uint256) {
    return (cap * part) / PLAIN_WHOLE;
}

/* EXIT IN KIND */

/// @dev What of a balance is not owed.
function plainFree(uint256 balance, uint256 owed) pure returns (uint256) {
    return balance > owed ? balance - owed : 0;
}

/// @dev One word more on top of a sum, and what is carried into the next word.
function plainAdd(uint256 sum, uint256 more) pure returns (uint256 newSum, uint256 carry) {
    uint256 room = type(uint256).max - sum;
    return more <= room ? (sum + more, 0) : (more - room - 1, 1);
}

/// @dev What one unit more of a balance adds to the part of it, where `rest` was left over of the units before.
function plainPartStep(uint256 rest, uint256 shares, uint256 supply) pure returns (uint256 more, uint256 newRest) {
    uint256 missing = supply - shares;
    return rest >= missing ? (1, rest - missing) : (0, rest + shares);
}
