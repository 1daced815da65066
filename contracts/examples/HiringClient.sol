// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IAccounts} from "../interfaces/IAccounts.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";
import {ChannelConfig} from "../types/Channel.sol";
import {JobTerms} from "../types/Job.sol";

/// @title HiringClient
/// @notice An example for integrators, see docs/integrators-guide.md: a contract that hires agents with its own money, by
/// the job and by the call. Whoever owns it decides; the money never leaves the ledger but as the terms say.
contract HiringClient {
    using SafeERC20 for IERC20;

    address public immutable OWNER;
    IAccounts private immutable ACCOUNTS;
    IEscrow private immutable ESCROW;
    IPaymentChannels private immutable CHANNELS;
    IERC20 private immutable TOKEN;

    /// @notice Thrown when the caller is not the owner.
    /// @param caller The caller that was refused.
    error NotTheOwner(address caller);

    modifier onlyOwner() {
        require(msg.sender == OWNER, NotTheOwner(msg.sender));
        _;
    }

    /// @dev Both modules may move what this contract has in the ledger: that is what it is for.
    constructor(address owner, IEscrow escrow, IPaymentChannels channels, IERC20 token) {
        (OWNER, ESCROW, CHANNELS, TOKEN) = (owner, escrow, channels, token);
        ACCOUNTS = IAccounts(channels.ACCOUNTS());
        token.forceApprove(address(ACCOUNTS), type(uint256).max);
        ACCOUNTS.allowModule(address(token), address(escrow), true);
        ACCOUNTS.allowModule(address(token), address(channels), true);
    }

    /// @notice Funds a job; `terms.client` is this contract. What it can cost is taken from the owner, who approved it.
    function hire(JobTerms calldata terms) external onlyOwner returns (bytes32 jobId) {
        _fill(uint256(terms.cap) + terms.evaluatorPay);
        jobId = ESCROW.fund(terms);
    }

    /// @notice Takes a job back that no worker has accepted.
    function takeBack(JobTerms calldata terms) external onlyOwner {
        ESCROW.cancel(terms);
    }

    /// @notice Pays for what was delivered. The job's id is the hash of its terms, so the terms come again.
    function approve(JobTerms calldata terms, uint128 outcome) external onlyOwner {
        ESCROW.approve(terms, outcome);
    }

    /// @notice Disputes what was delivered: the arbiter of the terms decides.
    function dispute(JobTerms calldata terms) external onlyOwner {
        ESCROW.dispute(terms);
    }

    /// @notice Settles a job as the worker signed.
    function settle(
        JobTerms calldata terms,
        uint256 earned,
        uint256 deadline,
        bytes calldata signature
    ) external onlyOwner {
        ESCROW.settle(terms, earned, deadline, signature);
    }

    /// @notice Opens a channel; `config.payer` is this contract, and the owner's key is best its `payerAuthorizer`: it signs
    /// vouchers off chain, where a contract cannot.
    function open(ChannelConfig calldata config, uint256 amount) external onlyOwner returns (bytes32 channelId) {
        _fill(amount);
        channelId = CHANNELS.open(config, amount);
    }

    /// @notice Adds to an open channel.
    function topUp(ChannelConfig calldata config, uint256 amount) external onlyOwner {
        _fill(amount);
        CHANNELS.topUp(config, amount);
    }

    /// @notice Starts to close a channel alone, and pays the receiver what is owed to it: the highest total that was signed.
    /// Once the delay is over, anyone finishes it by `finalizeClose` of {IPaymentChannels}.
    function initiateClose(ChannelConfig calldata config, uint256 owed) external onlyOwner {
        CHANNELS.initiateClose(config, owed);
    }

    /// @notice Closes a channel at once, by what the receiver signed.
    function cooperativeClose(
        ChannelConfig calldata config,
        uint256 total,
        uint256 deadline,
        bytes calldata signature
    ) external onlyOwner {
        CHANNELS.cooperativeClose(config, total, deadline, signature);
    }

    /// @notice Gives the owner what is free: what jobs and channels gave back.
    function withdraw() external onlyOwner {
        ACCOUNTS.withdraw(address(TOKEN), OWNER, ACCOUNTS.balanceOf(address(TOKEN), address(this)));
    }

    /// @dev Makes sure that the ledger holds `amount` for this contract.
    function _fill(uint256 amount) private {
        uint256 free = ACCOUNTS.balanceOf(address(TOKEN), address(this));
        if (free >= amount) return;
        TOKEN.safeTransferFrom(OWNER, address(this), amount - free);
        ACCOUNTS.deposit(address(TOKEN), address(this), amount - free);
    }
}
