import type { Agent } from "../../core/agent.ts";
import { gasPriceFor, percentMore } from "../../core/gasPrice.ts";
import type { BlockNumber, UnixSeconds } from "../../core/units.ts";
import { addSeconds, blockNumber, seconds } from "../../core/units.ts";
import {
  type Ended,
  type Outbox,
  type OutboxSender,
  dispatch,
  emptyOutbox,
  isFree,
  nextNonce,
  resolveInFlight,
  resumeFrom,
  toOutbid,
} from "../../sending/outbox.ts";
import { type EvidenceOperation, decideEvidence, evidenceName } from "./evidence.ts";
import { type Bars, feedStates, withPrices } from "./feeds.ts";
import type { MonitorConfig, MonitorPorts, MonitorReading } from "./ports.ts";
import type { MonitorResult, MonitorTransaction } from "./transaction.ts";

/** What the monitor keeps between two rounds. */
export type MonitorMemory = Outbox<MonitorTransaction> & {
  bars: Bars;
  reading: MonitorReading | undefined;
  /** What was paid within the last day. */
  costs: readonly { readonly time: UnixSeconds; readonly wei: bigint }[];
  /** Operations that the chain refused, and the block until which they are not tried again. */
  readonly onHold: Map<string, BlockNumber>;
};

export const emptyMonitorMemory = (): MonitorMemory => ({
  ...emptyOutbox<MonitorTransaction>(),
  bars: new Map(),
  reading: undefined,
  costs: [],
  onHold: new Map(),
});

/** An agent that watches prices and shows evidence for the breaker. It has no vote. */
export type Monitor = Agent<MonitorPorts, MonitorMemory, MonitorConfig>;

/** Ten seconds on Sei. */
const HOLD_BLOCKS = 25n;
const DAY = seconds(86_400n);

type EvidenceStep = "sent" | "done" | "reverted" | "expired" | "refused";

const tell = (
  { ports, config }: Monitor,
  told: {
    readonly operation: string;
    readonly step: EvidenceStep;
    readonly detail: string;
    readonly block: BlockNumber;
  },
): void => ports.emit({ kind: "evidence", agent: config.name, ...told });

const hold = ({ memory }: Monitor, operation: string, block: BlockNumber): void => {
  for (const [other, until] of memory.onHold) if (until <= block) memory.onHold.delete(other);
  memory.onHold.set(operation, blockNumber(block + HOLD_BLOCKS));
};

const recentCosts = ({ costs }: MonitorMemory, time: UnixSeconds): MonitorMemory["costs"] =>
  costs.filter((cost) => addSeconds(cost.time, DAY) > time);

const noteCost = ({ memory }: Monitor, { result }: Ended<MonitorResult>): void => {
  const time = memory.reading?.time;
  if (time === undefined || result.kind === "expired") return;
  memory.costs = [...recentCosts(memory, time), { time, wei: result.gasPaid }];
};

const detailOf = ({ result }: Ended<MonitorResult>): string => {
  if (result.kind === "expired") return result.why;
  return result.kind === "reverted" ? result.error : `gas ${result.gasPaid} wei`;
};

const senderOf = (monitor: Monitor): OutboxSender<MonitorTransaction, MonitorResult> => {
  const { ports, memory, config } = monitor;
  return {
    ports,
    box: memory,
    account: config.self,
    dryRun: config.dryRun,
    onSent: ({ operation, transaction }, block) =>
      tell(monitor, { operation, step: "sent", detail: transaction, block }),
    onRefused: ({ transaction }, why) =>
      ports.emit({ kind: "trouble", agent: config.name, what: `the node refused ${transaction}: ${why}` }),
    onEnded: ({ operation }, ended) => {
      tell(monitor, { operation, step: ended.result.kind, detail: detailOf(ended), block: ended.block });
      // Somebody else was faster, or the price came back: the chain is asked again before it is tried again.
      if (ended.result.kind === "reverted") hold(monitor, operation, ended.block);
      noteCost(monitor, ended);
    },
  };
};

/** Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02] */
export const resume = async (monitor: Monitor): Promise<void> =>
  resumeFrom(senderOf(monitor), await monitor.ports.loadJournal());

type Round = { readonly reading: MonitorReading; readonly gasPrice: bigint };

/** Simulates and signs, or says what stands in the way. */
const prepare = async (
  { ports, memory, config }: Monitor,
  operation: EvidenceOperation,
  { reading, gasPrice }: Round,
): Promise<MonitorTransaction | string> => {
  const data = ports.encode(operation);
  const estimate = await ports.estimate(data);
  if (estimate.kind === "reverted") return estimate.error;
  if (config.dryRun) return "dry-run";
  const gasLimit = percentMore(estimate.gas, config.gasMarginPercent) + config.gasReserve;
  const accountNonce = nextNonce(memory);
  return {
    operation: evidenceName(operation),
    account: config.self,
    accountNonce,
    gasPrice,
    block: reading.block,
    deadline: addSeconds(reading.time, config.lifetime),
    ...ports.sign({ data, nonce: accountNonce, gasLimit, gasPrice }),
  };
};

/** @returns whether a transaction is in flight now */
const carryOut = async (monitor: Monitor, operation: EvidenceOperation, round: Round): Promise<boolean> => {
  const { block, time } = round.reading;
  const name = evidenceName(operation);
  const made = await prepare(monitor, operation, round);
  if (typeof made === "string") {
    hold(monitor, name, block);
    tell(monitor, { operation: name, step: "refused", detail: made, block });
    return false;
  }
  await dispatch(senderOf(monitor), made, time);
  return true;
};

/** Shows the most urgent evidence that the chain does not refuse. */
const show = async (monitor: Monitor, reading: MonitorReading, baseFee: bigint): Promise<void> => {
  const { memory, config } = monitor;
  const gasPrice = gasPriceFor(baseFee, config, toOutbid(memory, reading.time));
  if (gasPrice === undefined) return;
  const spentWei = recentCosts(memory, reading.time).reduce((sum, { wei }) => sum + wei, 0n);
  const view = { time: reading.time, assets: reading.assets, spentWei };
  for (const operation of decideEvidence(view, config.evidence)) {
    if ((memory.onHold.get(evidenceName(operation)) ?? 0n) > reading.block) continue;
    if (await carryOut(monitor, operation, { reading, gasPrice })) return;
  }
};

/** Reads prices, sources and evidence anew, and tells what they are. */
const look = async (monitor: Monitor, block: BlockNumber): Promise<MonitorReading> => {
  const { ports, memory, config } = monitor;
  const [reading, accountNonce] = await Promise.all([ports.read(block), ports.readAccountNonce(block)]);
  memory.reading = reading;
  memory.accountNonce = accountNonce;
  memory.bars = withPrices(memory.bars, reading.feeds);
  const feeds = feedStates(reading.feeds, memory.bars);
  ports.emit({ kind: "feeds", agent: config.name, block: reading.block, feeds });
  return reading;
};

/** One round: look every few blocks, look after what is in flight, and show what evidence there is. */
export const tick = async (monitor: Monitor): Promise<void> => {
  const { ports, memory, config } = monitor;
  const head = ports.head();
  if (head === undefined) return;
  const isDue = memory.reading === undefined || head.block >= memory.reading.block + config.everyBlocks;
  if (!isDue) return;
  const reading = await look(monitor, head.block);
  await resolveInFlight(senderOf(monitor), reading);
  if (config.showsEvidence && isFree(memory, reading)) await show(monitor, reading, head.baseFee);
};
