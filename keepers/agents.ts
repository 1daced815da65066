import { join } from "node:path";
import { type Addresses } from "./adapters/chain/addresses.ts";
import { keccak } from "./adapters/chain/keys.ts";
import { createSimulator, probeCode } from "./adapters/chain/simulate.ts";
import { readSeat } from "./adapters/chain/voters.ts";
import { openFileJournal } from "./adapters/journal/file.ts";
import { arbitragePorts, venuesOf } from "./adapters/ports/arbitrage.ts";
import { executionPorts } from "./adapters/ports/execution.ts";
import { rebalancePorts } from "./adapters/ports/rebalance.ts";
import { riskPorts } from "./adapters/ports/risk.ts";
import type { AgentTools } from "./adapters/ports/shared.ts";
import { stewardPorts } from "./adapters/ports/steward.ts";
import { type DecisionLog, openDecisionLog } from "./adapters/record/decisionLog.ts";
import { emptyArbitrageMemory, tick as arbitrageTick } from "./arbitrage/tick.ts";
import type { AgentConfig, KeeperConfig } from "./config/schema.ts";
import { assertNever } from "./core/assertNever.ts";
import type { Bus } from "./core/bus.ts";
import { FatalError } from "./core/errors.ts";
import type { EmitEvent } from "./core/events.ts";
import { type Address, seconds } from "./core/units.ts";
import { emptyMemory } from "./execution/memory.ts";
import { recover, tick as executionTick } from "./execution/tick.ts";
import { emptyRebalanceMemory, tick as rebalanceTick } from "./rebalance/tick.ts";
import { emptyRiskMemory, tick as riskTick } from "./risk/tick.ts";
import type { SendPolicy } from "./sending/ports.ts";
import { emptyStewardMemory } from "./steward/memory.ts";
import { recover as recoverSteward, tick as stewardTick } from "./steward/tick.ts";

/** What the agents of one process share. */
export type Common = {
  readonly config: KeeperConfig;
  readonly addresses: Addresses;
  readonly bus: Bus;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
};

/** An agent that is ready: its tick, and what must be closed behind it. */
export type Prepared = { readonly tick: () => Promise<void>; readonly close: () => Promise<void> };

const tokenNamed = ({ addresses }: Common, name: string): Address => {
  const found = addresses.tokens.find(({ symbol }) => symbol === name);
  if (found === undefined) throw new FatalError(`the address book has no traded token ${name}`);
  return found.address;
};

const seatedId = async (tools: AgentTools): Promise<bigint> => {
  const agentId = await readSeat(tools.node, tools.addresses.registry, tools.key.address);
  if (agentId === 0n) throw new FatalError(`${tools.name}: the key ${tools.key.address} has no seat in the registry`);
  return agentId;
};

const openDecisions = ({ config, emit }: Common, { name }: AgentTools): Promise<DecisionLog> =>
  openDecisionLog(join(config.dataDir, `${name}.decisions.jsonl`), (what) =>
    emit({ kind: "trouble", agent: name, what }),
  );

const prepareArbitrage = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { arbitrage, execution } = common.config;
  const agentId = await seatedId(tools);
  const decisions = await openDecisions(common, tools);
  const ports = arbitragePorts(tools, decisions, { agentId, tickReach: arbitrage.tickReachWords });
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

/** What an agent sends with: its simulator, its journal, its orders. */
const openSending = async ({ config }: Common, { name, node, addresses, key }: AgentTools) => {
  const { execution, dryRun, dataDir } = config;
  const journal = await openFileJournal(join(dataDir, `${name}.journal.jsonl`));
  const simulator = createSimulator(node, addresses, await probeCode(node));
  const policy: SendPolicy = {
    name,
    sender: key.address,
    dryRun,
    gasMarginPercent: execution.gasMarginPercent,
    tip: execution.tipWei,
    maxGasPrice: execution.maxGasPriceWei,
    gasReserve: 0n,
  };
  return { journal, simulator, policy };
};

const prepareExecution = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { journal, simulator, policy } = await openSending(common, tools);
  const ports = executionPorts(tools, simulator, journal);
  const { maxAgeBlocks } = common.config.execution;
  const engine = { ports, memory: emptyMemory(), policy: { ...policy, maxAgeBlocks } };
  await recover(engine);
  return { tick: () => executionTick(engine), close: journal.close };
};

/** `OracleHub` wants to have 150,000 for each source; what waits on the slow path lets a balance fall, so it asks prices. */
const ORACLE_RESERVE = 300_000n;

const prepareSteward = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { journal, simulator, policy } = await openSending(common, tools);
  const ports = stewardPorts(tools, simulator, journal);
  const { collectBlocks } = common.config.steward;
  const steward = {
    ports,
    memory: emptyStewardMemory(),
    policy: { ...policy, collectBlocks, gasReserve: ORACLE_RESERVE },
  };
  await recoverSteward(steward);
  return { tick: () => stewardTick(steward), close: journal.close };
};

const prepareRebalance = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { rebalance, arbitrage, baseToken } = common.config;
  const agentId = await seatedId(tools);
  const decisions = await openDecisions(common, tools);
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
    default:
      return assertNever(kind);
  }
};
