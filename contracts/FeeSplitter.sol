// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Administered} from "./abstracts/Administered.sol";
import {IAccounts} from "./interfaces/IAccounts.sol";
import {IAgentRegistry} from "./interfaces/IAgentRegistry.sol";
import {IFeeSplitter} from "./interfaces/IFeeSplitter.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {AgentStatus} from "./types/Agent.sol";

/// @title FeeSplitter
/// @notice See {IFeeSplitter}.
contract FeeSplitter is IFeeSplitter, Administered {
    using SafeERC20 for IERC20;

    /* CONSTANTS AND IMMUTABLES */

    uint256 private constant BPS = 10_000;
    /// @inheritdoc IFeeSplitter
    uint256 public constant MAX_PROTOCOL_BPS = 4_000;
    /// @inheritdoc IFeeSplitter
    uint256 public constant MAX_BENEFICIARIES = 64;
    /// @inheritdoc IFeeSplitter
    address public immutable PROTOCOL;
    /// @inheritdoc IFeeSplitter
    address public immutable TREASURY;
    IAccounts private immutable ACCOUNTS;
    IAgentRegistry private immutable REGISTRY;
    IReputation private immutable REPUTATION;

    /* STORAGE */

    /// @inheritdoc IFeeSplitter
    uint256 public protocolBps;
    uint32[] private _beneficiaries;

    /* CONSTRUCTOR */

    /// @param admin The DAO's timelock.
    /// @param accounts The ledger, of which this contract is the fee collector.
    /// @param registry The agents' registry.
    /// @param reputation The contract whose scores divide the agents' part.
    /// @param treasury The vault whose performance fee is divided.
    /// @param protocol The account that the protocol's part goes to.
    /// @param initialProtocolBps The protocol's part, in basis points.
    constructor(
        address admin,
        address accounts,
        address registry,
        address reputation,
        address treasury,
        address protocol,
        uint256 initialProtocolBps
    ) Administered(admin) {
        ACCOUNTS = IAccounts(accounts);
        REGISTRY = IAgentRegistry(registry);
        REPUTATION = IReputation(reputation);
        TREASURY = treasury;
        PROTOCOL = protocol;
        _setProtocolPart(initialProtocolBps);
    }

    /* DIVIDING */

    /// @inheritdoc IFeeSplitter
    function collect() external returns (uint256 amount) {
        IERC4626 treasury = IERC4626(TREASURY);
        uint256 shares = Math.min(treasury.balanceOf(address(this)), treasury.maxRedeem(address(this)));
        require(shares != 0, NothingToCollect(treasury.balanceOf(address(this))));
        amount = treasury.redeem(shares, address(this), address(this));
        address token = treasury.asset();
        emit PerformanceFeeCollected(token, shares, amount);
        IERC20(token).forceApprove(address(ACCOUNTS), amount);
        ACCOUNTS.deposit(token, address(this), amount);
    }

    /// @inheritdoc IFeeSplitter
    function divide(address token, address[] calldata accounts) external {
        if (accounts.length != 0) ACCOUNTS.sweepFees(token, accounts);
        uint256 held = ACCOUNTS.balanceOf(token, address(this));
        uint256 toAgents = _payAgents(token, (held * (BPS - protocolBps)) / BPS);
        require(toAgents != 0, NothingToDivide(token, held));
        // In proportion to what agents got, so that the protocol gains nothing by whom it leaves out. No division by zero:
        // the protocol's part is capped below the whole.
        uint256 toProtocol = (toAgents * protocolBps) / (BPS - protocolBps);
        if (toProtocol != 0) ACCOUNTS.transfer(token, PROTOCOL, toProtocol);
        emit FeesDivided(token, toAgents, toProtocol, held - toAgents - toProtocol);
    }

    /// @dev Divides `pool` by score among the beneficiaries that can be paid, so that what is left is rounding alone and
    /// dividing again gives nobody more. [NX-FEE-03]
    function _payAgents(address token, uint256 pool) private returns (uint256 paid) {
        (uint32[] memory agentIds, address[] memory wallets) = _payable();
        if (agentIds.length == 0) return 0;
        uint256[] memory shares = REPUTATION.sharesOf(agentIds);
        for (uint256 i; i < agentIds.length; ++i) {
            uint256 amount = (pool * shares[i]) / BPS;
            if (amount == 0) continue;
            paid += amount;
            ACCOUNTS.transfer(token, wallets[i], amount);
            emit AgentPaid(agentIds[i], token, wallets[i], amount);
        }
    }

    /// @dev The beneficiaries that have a wallet and are members, paused ones too.
    function _payable() private view returns (uint32[] memory agentIds, address[] memory wallets) {
        agentIds = _beneficiaries;
        wallets = new address[](agentIds.length);
        uint256 count;
        for (uint256 i; i < agentIds.length; ++i) {
            uint32 agentId = agentIds[i];
            address wallet = REGISTRY.getAgentWallet(agentId);
            if (wallet == address(0)) continue;
            AgentStatus status = REGISTRY.agentOf(agentId).status;
            if (status != AgentStatus.Active && status != AgentStatus.Paused) continue;
            (agentIds[count], wallets[count]) = (agentId, wallet);
            ++count;
        }
        assembly ("memory-safe") {
            // Cuts the ids to those found, of which there are never more than the array holds.
            mstore(agentIds, count)
        }
    }

    /* SETTINGS */

    /// @inheritdoc IFeeSplitter
    function setBeneficiaries(uint32[] calldata agentIds) external onlyAdmin {
        uint256 count = agentIds.length;
        require(count <= MAX_BENEFICIARIES, TooManyBeneficiaries(count, MAX_BENEFICIARIES));
        for (uint256 i = 1; i < count; ++i) {
            require(agentIds[i] > agentIds[i - 1], BeneficiariesNotAscending(i, agentIds[i]));
        }
        _beneficiaries = agentIds;
        emit BeneficiariesChanged(agentIds);
    }

    /// @inheritdoc IFeeSplitter
    function setProtocolPart(uint256 newProtocolBps) external onlyAdmin {
        _setProtocolPart(newProtocolBps);
    }

    function _setProtocolPart(uint256 newProtocolBps) private {
        require(newProtocolBps <= MAX_PROTOCOL_BPS, ProtocolPartAboveCap(newProtocolBps, MAX_PROTOCOL_BPS));
        protocolBps = newProtocolBps;
        emit ProtocolPartChanged(newProtocolBps);
    }

    /// @inheritdoc IFeeSplitter
    function beneficiaries() external view returns (uint32[] memory) {
        return _beneficiaries;
    }
}
