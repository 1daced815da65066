// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Call} from "../types/Proposal.sol";
import {Refusal} from "../types/Refusal.sol";
import {IAdministered} from "./IAdministered.sol";
import {IExecutor} from "./IExecutor.sol";
import {ITreasuryAssets} from "./ITreasuryAssets.sol";

/// @title ITreasury
/// @notice The vault that holds the money: ERC-4626 over one base asset, and it may hold other assets too.
///
/// Only Consensus makes it act, inside the mandate; the DAO's timelock can too, outside of it. Every execution is
/// bracketed by the balances of all tokens that the decoders report. If none of them falls, no price is read; if one
/// falls, what was lost is valued and charged. [NX-TRE-02] [NX-TRE-07]
///
/// Deposits are priced at the upper end of the confidence band of what the treasury holds, exits in the asset at the
/// lower end: no error of an oracle inside its band is a free option. Shares are recent for `MIN_HOLDING_TIME` from
/// when they were bought. Recent shares can be neither transferred nor redeemed; `refund` alone gives them back, for what was
/// paid for them or what they are worth, whichever is less. No transaction both buys shares and carries out an action. So nobody
/// gains by holding shares for less than `MIN_HOLDING_TIME`, whoever executes and whatever the treasury holds. [NX-TRE-06]
///
/// `totalAssets`, `convertToShares` and `convertToAssets` are for reading. While a held asset has no price they answer with
/// the lower bound of all others. No share is minted or redeemed and no fee is charged at that lower bound; `preview…` and
/// `assetsRange` refuse. While an action is carried out or an exit in kind runs all of them revert, where ERC-4626
/// would have them answer: balances mean nothing then, and a lender that believed them could be robbed.
///
/// Trusts: the assets that the DAO listed take no fee on transfer and do not rebase, but for the interest of a lending pool's
/// token. A deposit that arrives short is refused.
interface ITreasury is IAdministered, IExecutor, ITreasuryAssets {
    /// @notice Emitted when the DAO's timelock made the treasury act.
    /// @param target Address of the called contract.
    /// @param data Calldata of the call.
    event AdminExecuted(address indexed target, bytes data);

    /// @notice Emitted when an account lets another deposit for it, or no longer.
    /// @param receiver The account that receives the shares.
    /// @param depositor The account that pays for them.
    /// @param isAllowed Whether the depositor may from now on.
    event DepositorChanged(address indexed receiver, address indexed depositor, bool isAllowed);

    /// @notice Emitted when shares are redeemed for their part of everything.
    /// @param caller The account that called.
    /// @param receiver The account that receives the assets.
    /// @param owner The owner of the redeemed shares.
    /// @param shares Number of shares redeemed, in the share's units.
    /// @param amounts Amount of each asset that was paid or credited, in its units, in the order of `assets()`.
    event RedeemedInKind(
        address indexed caller,
        address indexed receiver,
        address indexed owner,
        uint256 shares,
        uint256[] amounts
    );

    /// @notice Emitted when shares rose above their high-water mark, and a fee is taken of that.
    /// @param recipient The account that got the fee.
    /// @param shares Fee in new shares, in the share's units; zero where it rounds to nothing.
    /// @param amount Fee in the base asset's units.
    /// @param highWaterMark The high-water mark from now on: the worth of 10^27 units of shares, in the base asset's
    /// units.
    event FeeAccrued(address indexed recipient, uint256 shares, uint256 amount, uint256 highWaterMark);

    /// @notice Emitted when the performance fee changes.
    /// @param recipient The account that gets the fee from now on.
    /// @param feeBps The fee's part of a gain from now on, in basis points.
    event PerformanceFeeChanged(address indexed recipient, uint16 feeBps);

    /// @notice Thrown when anyone but Consensus executes.
    /// @param caller The caller that was refused.
    error NotExecutingConsensus(address caller);

    /// @notice Thrown when an action is refused before it begins.
    /// @param refusal The reason, see {Refusal}.
    /// @param index The call at fault, from zero; zero too where {Refusal} names no call.
    error ActionRefused(Refusal refusal, uint256 index);

    /// @notice Thrown when a call of an ERC-20 function returned false.
    /// @param index Index of the call.
    error CallReturnedFalse(uint256 index);

    /// @notice Thrown when a market answered, by a code, that it did not do what it was asked. [NX-TRE-14]
    /// @param index Index of the call.
    /// @param code The market's code, which is not zero.
    error CallReturnedCode(uint256 index, uint256 code);

    /// @notice Thrown when an action would spend assets that are owed to former holders.
    /// @param token Address of the asset.
    /// @param balance Balance that would be left, in the asset's units.
    /// @param owed Amount that is owed, in the asset's units.
    error OwedAssetsSpent(address token, uint256 balance, uint256 owed);

    /// @notice Thrown when a position grew although the breaker stands at `ReduceOnly`. [NX-BRK-01]
    /// @param token The position's token.
    /// @param increase By how much, in its units.
    error PositionGrew(address token, uint256 increase);

    /// @notice Thrown when supplying would bring a position in a lending pool above its cap. [NX-TRE-12]
    /// @param token The position's token.
    /// @param balance The treasury's balance of it that there would be, in its units.
    /// @param cap The asset's cap, in its units.
    error PositionAboveCap(address token, uint256 balance, uint256 cap);

    /// @notice Thrown when something is called while an execution or an entry or exit runs. [NX-TRE-08]
    error TreasuryGuarded();

    /// @notice Thrown when shares would be bought and an action carried out in one transaction, in whatever order.
    /// [NX-TRE-06]
    error EntryBesideAction();

    /// @notice Thrown when shares that are too recent would move or leave in kind. An exit in the base asset is refused
    /// by ERC-4626's own limits, which do not count them.
    /// @param owner The owner of the shares.
    /// @param available Number of the owner's shares that are not recent, in the share's units.
    /// @param needed Number of shares that were to move, in the share's units.
    /// @param recentUntil The second from which all are available.
    error SharesTooRecent(address owner, uint256 available, uint256 needed, uint256 recentUntil);

    /// @notice Thrown when more shares would be refunded than are recent.
    /// @param owner The owner of the shares.
    /// @param recent Number of the owner's shares that are recent, in the share's units.
    /// @param asked Number of shares that were asked for, in the share's units.
    error NotSoManyRecent(address owner, uint256 recent, uint256 asked);

    /// @notice Thrown when someone deposits for a receiver who did not allow it: a deposit makes the receiver's recent shares wait
    /// again.
    /// @param receiver The account that would receive the shares.
    /// @param depositor The depositor that was refused.
    error DepositorNotAllowed(address receiver, address depositor);

    /// @notice Thrown when an entry or exit would be worth nothing at all.
    error ZeroAmount();

    /// @notice Thrown when a token delivered less than it was asked to.
    /// @param token Address of the token.
    /// @param received Amount that arrived, in the token's units.
    /// @param expected Amount that should have arrived, in the token's units.
    error TokenTookFee(address token, uint256 received, uint256 expected);

    /// @notice Thrown when the performance fee would be above the highest that a vote can set.
    /// @param feeBps The fee that was asked for, in basis points.
    /// @param maximum The highest fee that a vote can set, in basis points.
    error PerformanceFeeAboveCap(uint256 feeBps, uint256 maximum);

    /// @notice Redeems shares for their part of every asset that the treasury holds, oracles and breaker aside.
    ///
    /// @dev Emits {RedeemedInKind}, and {PayoutCredited} for what could not be paid.
    ///
    /// Requirements:
    /// - Works in every state, whatever the assets do, except while an execution runs. [NX-TRE-04] [NX-BRK-03]
    /// - The shares must not be recent, nor the receiver the zero address. [NX-TRE-06]
    ///
    /// Notes:
    /// - No fee is taken first, since that would need prices: what leaves in kind leaves with its part of a gain.
    /// - An asset whose transfer fails is owed to `receiver`, and the exit goes on. An asset whose balance cannot be read is
    ///   passed over, and its part is forgone. Reading one may use 100,000 gas, paying it 300,000.
    /// - With fifteen assets that do their worst it takes less than 9,000,000 gas at Sei's prices.
    ///
    /// @param shares Number of shares to redeem, in the share's units.
    /// @param receiver The account that receives the assets; not zero.
    /// @param owner The owner of the shares; the caller needs an allowance for another's.
    /// @return amounts Amount of each asset that was paid or credited, in its units, rounded down, in the order of
    /// `assets()`.
    function redeemInKind(uint256 shares, address receiver, address owner) external returns (uint256[] memory amounts);

    /// @notice Gives recent shares of the caller back for what was paid for them or what they are worth, whichever is
    /// less.
    ///
    /// @dev Emits ERC-4626's {Withdraw}. Takes the fee that is due first, as every exit in the base asset does.
    ///
    /// Requirements:
    /// - The shares must be recent; what is not leaves by `redeem` or in kind. [NX-TRE-06]
    /// - Every held asset must have a value, and the base asset must suffice: ask for fewer shares where it does not.
    ///
    /// Notes:
    /// - Shares that are bought while others of the account are still recent join them in one lot, which has one price: the sum
    ///   of what was paid for the new ones and what was paid for the old ones, or what the old ones would cost at the time of
    ///   the new purchase, whichever is less.
    /// - It works while the breaker is tripped.
    ///
    /// @param shares Number of shares to give back, in the share's units.
    /// @return amount Amount paid, in the base asset's units.
    function refund(uint256 shares) external returns (uint256 amount);

    /// @notice Lets `depositor` buy shares for the caller, or no longer. Each such purchase makes the caller's recent shares wait
    /// again.
    /// @dev Emits {DepositorChanged}.
    function allowDepositor(address depositor, bool newIsAllowed) external;

    /// @notice Whether `depositor` may buy shares for `receiver`; everybody may for itself.
    function isDepositorFor(address depositor, address receiver) external view returns (bool);

    /// @notice Takes the fee on what shares gained above their high-water mark; anyone may call it. [NX-FEE-02]
    ///
    /// @dev Emits {FeeAccrued} when they did. Entries and exits in the base asset do the same first. Reverts when a
    /// held asset has no price.
    ///
    /// Notes:
    /// - The fee is paid in new shares: it needs no base asset, and what was gained need not be sold for it.
    /// - Gains are measured at the lower end of the band, per share, and only above the highest worth that a fee was
    ///   taken at; shares that were bought below that mark gain up to it without a fee.
    ///
    /// @return amount The fee's worth, in the base asset's units.
    function accrueFee() external returns (uint256 amount);

    /// @notice Sets who gets which part of what shares gain. What they gained until now is charged as before.
    /// @dev Emits {PerformanceFeeChanged}. Only the administrator, and never above `MAX_PERFORMANCE_FEE_BPS`.
    function setPerformanceFee(address newRecipient, uint16 newFeeBps) external;

    /// @notice The fee that `accrueFee` would take now, in shares, and what it is worth in the base asset's units.
    function feeDue() external view returns (uint256 shares, uint256 amount);

    /// @notice Makes calls for the DAO, outside of mandate and bracket. Only the administrator.
    /// @dev Emits {AdminExecuted} for each. The timelock's delay must exceed the time to exit. [NX-TRE-01]
    function executeAsAdmin(Call[] calldata calls) external;

    /// @notice The number of `account`'s shares that are recent, the second until which they are, and the most that they
    /// may be refunded for, in the base asset's units.
    function recentSharesOf(address account) external view returns (uint256 shares, uint256 recentUntil, uint256 paid);

    /// @notice The time for which shares are recent, in seconds. The deployment demands that it is at least ten blocks longer
    /// than the longest `Routine` deadline and than the delay of `Elevated`, and shorter than the timelock's delay. [NX-DAO-05]
    function MIN_HOLDING_TIME() external view returns (uint256);

    /// @notice The account that gets the performance fee.
    function feeRecipient() external view returns (address);

    /// @notice The performance fee, in basis points of what shares gain.
    function performanceFeeBps() external view returns (uint16);

    /// @notice The worth of 10^27 units of shares when a fee was last taken, in the base asset's units.
    function highWaterMark() external view returns (uint256);

    /// @notice The highest performance fee that a vote can set, in basis points.
    function MAX_PERFORMANCE_FEE_BPS() external view returns (uint256);
}
