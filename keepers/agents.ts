import { join } from "node:path";
import { keccak } from "./adapters/chain/keys.ts";
import { createSimulator, probeCode } from "./adapters/chain/simulate.ts";
import { proposalIntent } from "./adapters/journal/file.ts";
import { arbitragePorts, venuesOf } from "./adapters/ports/arbitrage.ts";
import { executionPorts } from "./adapters/ports/execution.ts";
import { rebalancePorts } from "./adapters/ports/rebalance.ts";
import { riskPorts } from "./adapters/ports/risk.ts";
import type { AgentTools } from "./adapters/ports/shared.ts";
import { stewardPorts } from "./adapters/ports/steward.ts";
import { type DecisionLog, openDecisionLog } from "./adapters/record/decisionLog.ts";
import { emptyArbitrageMemory, tick as arbitrageTick } from "./arbitrage/tick.ts";
import { type Common, type Prepared, closeOnFailure, openJournal, seatedId, tokenNamed } from "./common.ts";
import type { AgentConfig } from "./config/schema.ts";
import { assertNever } from "./core/assertNever.ts";
import { seconds } from "./core/units.ts";
import { emptyMemory } from "./execution/memory.ts";
import { recover, tick as executionTick } from "./execution/tick.ts";
import { preparePayments } from "./paymentsAgent.ts";
import { emptyRebalanceMemory, tick as rebalanceTick } from "./rebalance/tick.ts";
import { emptyRiskMemory, tick as riskTick } from "./risk/tick.ts";
import type { SendPolicy } from "./sending/ports.ts";
import { emptyStewardMemory } from "./steward/memory.ts";
import { recover as recoverSteward, tick as stewardTick } from "./steward/tick.ts";

const openDecisions = ({ config, emit }: Common, { name }: AgentTools): Promise<DecisionLog> =>
  openDecisionLog(join(config.dataDir, `${name}.decisions.jsonl`), (what) =>
    emit({ kind: "trouble", agent: name, what }),
  );

const prepareArbitrage = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { arbitrage, execution } = common.config;
  const agentId = await seatedId(tools);
  const settings = {
    name: tools.name,
    agentId,
    signer: tools.key.address,
    treasury: common.addresses.treasury,
    base: tokenNamed(common, common.config.baseToken),
    native: tokenNamed(common, common.config.nativeToken),
    policy: {
      minProfit: arbitrage.minProfit,
      gasOverhead: arbitrage.gasOverhead,
      gasPerHop: { v2: arbitrage.gasPerV2Hop, v3: arbitrage.gasPerV3Hop },
      maxHops: arbitrage.maxHops,
      lifetime: seconds(arbitrage.lifetimeSeconds),
      maxPlans: 1,
    },
    gasTerms: { tip: execution.tipWei, maxGasPrice: execution.maxGasPriceWei },
    venues: venuesOf(common.addresses),
  };
  const decisions = await openDecisions(common, tools);
  const ports = arbitragePorts(tools, decisions, { agentId, tickReach: arbitrage.tickReachWords });
  const memory = emptyArbitrageMemory();
  return { tick: () => arbitrageTick(ports, memory, settings), close: decisions.close };
};

const prepareRisk = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const agentId = await seatedId(tools);
  const simulator = createSimulator(tools.node, common.addresses, await probeCode(tools.node));
  const { risk } = common.config;
  const ports = riskPorts(tools, simulator, agentId);
  const settings = {
    name: tools.name,
    signer: tools.key.address,
    keccak,
    around: common.addresses.around,
    policy: risk,
    ballots: {
      maxDeadlineSeconds: risk.ballotDeadlineSeconds,
      maxLossUsd: risk.ballotLossUsd,
      maxPositionUsd: risk.ballotPositionUsd,
      maxPriceDeviationBps: risk.maxPriceDeviationBps,
      base: tokenNamed(common, common.config.baseToken),
    },
  };
  const memory = emptyRiskMemory();
  return { tick: () => riskTick(ports, memory, settings), close: () => Promise.resolve() };
};

/** `OracleHub` wants to have 150,000 for each source; what is recorded, or waits on the slow path, asks for prices. */
const ORACLE_RESERVE = 300_000n;

/** What an agent sends with: its simulator, its journal, its orders. */
const openSending = async (common: Common, tools: AgentTools) => {
  const { execution, dryRun } = common.config;
  const { name, node, addresses, key } = tools;
  const doors = { consensus: addresses.consensus, recorder: execution.recordOutcomes ? addresses.recorder : undefined };
  const simulator = createSimulator(node, addresses, await probeCode(node));
  const journal = await openJournal(common, tools, proposalIntent);
  const policy: SendPolicy = {
    name,
    sender: key.address,
    dryRun,
    gasMarginPercent: execution.gasMarginPercent,
    tip: execution.tipWei,
    maxGasPrice: execution.maxGasPriceWei,
    gasReserve: doors.recorder === undefined ? 0n : ORACLE_RESERVE,
  };
  return { journal, simulator, policy, doors };
};

const prepareExecution = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { policy, ...sending } = await openSending(common, tools);
  const ports = executionPorts(tools, sending);
  const { maxAgeBlocks } = common.config.execution;
  const engine = { ports, memory: emptyMemory(), policy: { ...policy, maxAgeBlocks } };
  await closeOnFailure(sending.journal, () => recover(engine));
  return { tick: () => executionTick(engine), close: sending.journal.close };
};

const prepareSteward = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { policy, ...sending } = await openSending(common, tools);
  const ports = stewardPorts(tools, sending);
  const { collectBlocks } = common.config.steward;
  const steward = {
    ports,
    memory: emptyStewardMemory(),
    policy: { ...policy, collectBlocks, gasReserve: ORACLE_RESERVE },
  };
  await closeOnFailure(sending.journal, () => recoverSteward(steward));
  return { tick: () => stewardTick(steward), close: sending.journal.close };
};

const prepareRebalance = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { rebalance, arbitrage, baseToken } = common.config;
  const agentId = await seatedId(tools);
  const settings = {
    name: tools.name,
    agentId,
    signer: tools.key.address,
    treasury: common.addresses.treasury,
    policy: {
      base: tokenNamed(common, baseToken),
      targets: new Map(Object.entries(rebalance.targets).map(([name, bps]) => [tokenNamed(common, name), bps])),
      bandBps: rebalance.bandBps,
      maxTradeUsd: rebalance.maxTradeUsd,
      slippageBps: rebalance.slippageBps,
      lifetime: seconds(rebalance.lifetimeSeconds),
    },
    everyBlocks: rebalance.everyBlocks,
    cooldown: seconds(rebalance.cooldownSeconds),
  };
  const decisions = await openDecisions(common, tools);
  const ports = rebalancePorts(tools, decisions, { agentId, tickReach: arbitrage.tickReachWords });
  const rebalancer = { ports, memory: emptyRebalanceMemory(), settings };
  return { tick: () => rebalanceTick(rebalancer), close: decisions.close };
};

/** Makes an agent of one kind ready. @throws FatalError when it cannot run: no seat, an unknown token, a foreign journal */
export const prepare = (kind: AgentConfig["kind"], common: Common, tools: AgentTools): Promise<Prepared> => {
  switch (kind) {
    case "arbitrage":
      return prepareArbitrage(common, tools);
    case "risk":
      return prepareRisk(common, tools);
    case "execution":
      return prepareExecution(common, tools);
    case "rebalance":
      return prepareRebalance(common, tools);
    case "steward":
      return prepareSteward(common, tools);
    case "payments":
      return preparePayments(common, tools);
    default:
      return assertNever(kind);
  }
};
