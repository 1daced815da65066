import { join } from "node:path";
import type { AddressBook } from "../deployments/schema.ts";
import type { Addresses } from "./adapters/chain/addresses.ts";
import { keccak } from "./adapters/chain/keys.ts";
import { createSimulator, probeCode } from "./adapters/chain/simulate.ts";
import { readSeat } from "./adapters/chain/voters.ts";
import { openFileJournal, proposalIntent } from "./adapters/journal/file.ts";
import { paymentIntent, paymentsPorts } from "./adapters/payments/agent.ts";
import { moneyAddressesOf } from "./adapters/payments/money.ts";
import { arbitragePorts, venuesOf } from "./adapters/ports/arbitrage.ts";
import { executionPorts } from "./adapters/ports/execution.ts";
import { riskPorts } from "./adapters/ports/risk.ts";
import type { AgentTools } from "./adapters/ports/shared.ts";
import { openDecisionLog } from "./adapters/record/decisionLog.ts";
import { emptyArbitrageMemory, tick as arbitrageTick } from "./arbitrage/tick.ts";
import type { AgentConfig, KeeperConfig } from "./config/schema.ts";
import { assertNever } from "./core/assertNever.ts";
import type { Bus } from "./core/bus.ts";
import { FatalError } from "./core/errors.ts";
import type { EmitEvent } from "./core/events.ts";
import { word } from "./core/hex.ts";
import { ZERO_ADDRESS } from "./core/proposal.ts";
import { type Address, seconds } from "./core/units.ts";
import { emptyMemory } from "./execution/memory.ts";
import { recover, tick as executionTick } from "./execution/tick.ts";
import type { ChannelPlan, PaymentsPolicy } from "./payments/decide.ts";
import { emptyPaymentsMemory, recoverPayments, tick as paymentsTick } from "./payments/tick.ts";
import { type ChannelDomain, channelHashes } from "./payments/voucher.ts";
import { emptyRiskMemory, tick as riskTick } from "./risk/tick.ts";

/** What the agents of one process share. */
export type Common = {
  readonly config: KeeperConfig;
  readonly book: AddressBook;
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

const prepareArbitrage = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { arbitrage, execution, dataDir } = common.config;
  const agentId = await seatedId(tools);
  const trouble = (what: string): void => common.emit({ kind: "trouble", agent: tools.name, what });
  const decisions = await openDecisionLog(join(dataDir, `${tools.name}.decisions.jsonl`), trouble);
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
  const ports = riskPorts(tools, simulator, agentId);
  const settings = {
    name: tools.name,
    signer: tools.key.address,
    keccak,
    around: common.addresses.around,
    policy: common.config.risk,
  };
  const memory = emptyRiskMemory();
  return { tick: () => riskTick(ports, memory, settings), close: () => Promise.resolve() };
};

const prepareExecution = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { execution, dryRun, dataDir } = common.config;
  const journal = await openFileJournal(join(dataDir, `${tools.name}.journal.jsonl`), proposalIntent);
  const simulator = createSimulator(tools.node, common.addresses, await probeCode(tools.node));
  const ports = executionPorts(tools, simulator, journal);
  const policy = {
    name: tools.name,
    sender: tools.key.address,
    dryRun,
    maxAgeBlocks: execution.maxAgeBlocks,
    gasMarginPercent: execution.gasMarginPercent,
    tip: execution.tipWei,
    maxGasPrice: execution.maxGasPriceWei,
  };
  const engine = { ports, memory: emptyMemory(), policy };
  await recover(engine);
  return { tick: () => executionTick(engine), close: journal.close };
};

type Payments = KeeperConfig["payments"];

/** The channels of the configuration, by their ids. */
const plansOf = (common: Common, self: Address, domain: ChannelDomain): readonly ChannelPlan[] => {
  const { channelIdOf } = channelHashes(keccak, domain);
  const planOf = (channel: Payments["channels"][number]): ChannelPlan => {
    const { receiver, receiverAuthorizer, payerAuthorizer, token, deposit, low, limit } = channel;
    const terms = {
      payer: self,
      payerAuthorizer: payerAuthorizer ?? ZERO_ADDRESS,
      receiver,
      receiverAuthorizer: receiverAuthorizer ?? ZERO_ADDRESS,
      token: tokenNamed(common, token),
      withdrawDelay: seconds(channel.withdrawDelaySeconds),
      salt: word(channel.salt),
    };
    return { channelId: channelIdOf(terms), terms, deposit, low, limit };
  };
  return common.config.payments.channels.map(planOf);
};

const paymentsPolicy = ({ config }: Common, self: Address, plans: readonly ChannelPlan[]): PaymentsPolicy => ({
  self,
  plans,
  marginPercent: config.payments.claimMarginPercent,
  maxBatch: config.payments.maxBatch,
  watchesOthers: config.payments.watchOthers,
  trustedWorkers: new Set(config.payments.trustedWorkers),
  approveUpTo: config.payments.approveUpTo,
  divideFrom: config.payments.divideFrom,
});

const preparePayments = async (common: Common, tools: AgentTools): Promise<Prepared> => {
  const { execution, payments, dryRun, dataDir, nativeToken } = common.config;
  const self = tools.key.address;
  const at = moneyAddressesOf(common.book);
  const plans = plansOf(common, self, { chainId: common.addresses.chainId, channels: at.channels });
  const journal = await openFileJournal(join(dataDir, `${tools.name}.journal.jsonl`), paymentIntent);
  const native = tokenNamed(common, nativeToken);
  const setup = { at, plans, native, stores: payments.voucherStores, fromBlock: payments.fromBlock };
  const agent = {
    ports: await paymentsPorts(tools, journal, setup),
    memory: emptyPaymentsMemory(),
    policy: paymentsPolicy(common, self, plans),
    sending: {
      name: tools.name,
      dryRun,
      gasMarginPercent: execution.gasMarginPercent,
      lifetime: seconds(payments.lifetimeSeconds),
      tip: execution.tipWei,
      maxGasPrice: execution.maxGasPriceWei,
    },
  };
  await recoverPayments(agent);
  return { tick: () => paymentsTick(agent), close: journal.close };
};

/** Makes an agent of one kind ready to tick. @throws FatalError when the book or the registry lacks what it needs */
export const prepare = (kind: AgentConfig["kind"], common: Common, tools: AgentTools): Promise<Prepared> => {
  switch (kind) {
    case "arbitrage":
      return prepareArbitrage(common, tools);
    case "risk":
      return prepareRisk(common, tools);
    case "execution":
      return prepareExecution(common, tools);
    case "payments":
      return preparePayments(common, tools);
    default:
      return assertNever(kind);
  }
};
