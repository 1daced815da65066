import type { Agent } from "../../core/agent.ts";
import { gasPriceFor } from "../../core/gasPrice.ts";
import { type BlockNumber, type UnixSeconds, addSeconds, blockNumber, seconds } from "../../core/units.ts";
import { EMPTY_BOOK } from "../../market/prices/volatilityBook.ts";
import { advance, resumePipeline } from "../../sending/advance.ts";
import { noteOf } from "../../sending/flight.ts";
import type { ChainTime, OperationResult, SendOperation } from "../../sending/operation.ts";
import type { Pipeline } from "../../sending/pipeline.ts";
import { type NowAnswer, createSender, isFree, sendNow } from "../../sending/send.ts";
import { stepOf } from "../../sending/step.ts";
import { type EvidenceOperation, decideEvidence, evidenceIdentity, evidenceName, isTrip } from "./evidence.ts";
import { feedStates, volatilityState } from "./feeds.ts";
import { type MarketMemory, marketsOf, noteStep, takeAnswers } from "./market.ts";
import type { MonitorConfig, MonitorPorts, MonitorReading } from "./ports.ts";
import {
  type UpdaterMemory,
  type UpdaterPorts,
  newUpdaterMemory,
  nextUpdate,
  noteBought,
  tellRefusals,
  unnoteBought,
  updateName,
  updateWords,
} from "./updates.ts";

/** What the monitor keeps between two rounds. Losing it loses no pending transaction: the store and the chain have it. */
export type MonitorMemory = {
  reading: MonitorReading | undefined;
  /** What was paid within the last day. */
  costs: readonly { readonly time: UnixSeconds; readonly wei: bigint }[];
  /** Operations that the chain refused, and the block until which they are not tried again. */
  readonly onHold: Map<string, BlockNumber>;
  readonly updater: UpdaterMemory;
  readonly market: MarketMemory;
};

const newMemory = (
  { updates }: Pick<MonitorPorts, "updates">,
  { book, traded }: Parameters<MonitorPorts["keep"]>[0],
): MonitorMemory => ({
  reading: undefined,
  costs: [],
  onHold: new Map(),
  updater: newUpdaterMemory(updates?.count ?? { earlier: [] }),
  market: { samples: new Map(), book, traded: new Set(traded) },
});

/** An agent that watches prices, shows evidence for the breaker and pays for updates. It has no vote. */
export type Monitor = Agent<MonitorPorts, MonitorMemory, MonitorConfig> & { readonly pipeline: Pipeline };

type Unsent = Omit<Monitor, "pipeline">;

/** Ten seconds on Sei. */
const HOLD_BLOCKS = 25n;
const DAY = seconds(86_400n);

/** Every update's name begins so, and all of them are on hold by it; their own limits bound what they cost. */
const UPDATE = "update ";

type EvidenceStep = "sent" | "done" | "reverted" | "expired" | "refused";
type Told = {
  readonly operation: string;
  readonly step: EvidenceStep;
  readonly detail: string;
  readonly block: BlockNumber;
};

const tell = ({ ports, config }: Unsent, told: Told): void =>
  ports.emit({ kind: "evidence", agent: config.name, ...told });

const hold = ({ memory }: Unsent, operation: string, block: BlockNumber): void => {
  for (const [other, until] of memory.onHold) if (until <= block) memory.onHold.delete(other);
  memory.onHold.set(operation, blockNumber(block + HOLD_BLOCKS));
};

const recentCosts = ({ costs }: MonitorMemory, time: UnixSeconds): MonitorMemory["costs"] =>
  costs.filter((cost) => addSeconds(cost.time, DAY) > time);

const noteCost = ({ memory }: Unsent, wei: bigint): void => {
  const time = memory.reading?.time;
  if (time !== undefined) memory.costs = [...recentCosts(memory, time), { time, wei }];
};

const onResult = (monitor: Unsent, operation: string, result: OperationResult): void => {
  const block = "block" in result ? result.block : monitor.memory.reading?.block;
  if (block === undefined) return;
  tell(monitor, { operation, ...stepOf(result), block });
  // Somebody else was faster, or the price came back: the chain is asked again before it is tried again.
  const isEvidence = !operation.startsWith(UPDATE);
  if (result.kind === "reverted" || result.kind === "refused") hold(monitor, isEvidence ? operation : UPDATE, block);
  if (isEvidence && (result.kind === "mined" || result.kind === "reverted")) noteCost(monitor, result.gasPaid);
};

/** A monitor that knows nothing but what an earlier life kept, if it did. */
export const createMonitor = (
  ports: MonitorPorts,
  config: MonitorConfig,
  kept: Parameters<MonitorPorts["keep"]>[0] = { book: EMPTY_BOOK, traded: [] },
): Monitor => {
  const monitor = { ports, memory: newMemory(ports, kept), config };
  const pipeline = createSender(ports.sending, config, {
    // An operation's note is its name.
    onResult: (_, result, note) => onResult(monitor, note, result),
    onSent: ({ transaction, ...tx }, block) =>
      tell(monitor, { operation: noteOf(tx), step: "sent", detail: transaction, block }),
    onTrouble: (what) => ports.emit({ kind: "trouble", agent: config.name, what }),
  });
  return { ...monitor, pipeline };
};

/** Takes up what an earlier life left pending. Must come before the first tick. [NX-KEE-02] */
export const resume = ({ pipeline }: Monitor): Promise<void> => resumePipeline(pipeline);

/** An operation of ours as one to be sent. No contract refuses it for being late: what is late is cancelled. */
const operationOf = ({ ports, config }: Monitor, operation: EvidenceOperation, now: ChainTime): SendOperation => ({
  id: ports.hash(evidenceIdentity(operation, now.block)),
  call: ports.encode(operation),
  value: 0n,
  priority: 0,
  urgency: isTrip(operation) ? "urgent" : "normal",
  deadline: addSeconds(now.time, config.lifetime),
  endsOnChain: false,
  guards: [],
  note: evidenceName(operation),
});

/** Sends one thing, or puts it off. `holds`: what is not tried again for a while. */
const carryOut = async (
  monitor: Monitor,
  operation: SendOperation,
  { now, holds }: { readonly now: ChainTime; readonly holds: readonly string[] },
): Promise<NowAnswer["kind"]> => {
  const answer = await sendNow(monitor.pipeline, operation, { now });
  if (answer.kind !== "refused" && answer.kind !== "done") return answer.kind;
  for (const name of holds) hold(monitor, name, now.block);
  const detail = answer.kind === "done" ? "already-done" : answer.obstacle.detail;
  tell(monitor, { operation: operation.note ?? operation.id, step: "refused", detail, block: now.block });
  return answer.kind;
};

const isOnHold = ({ memory }: Unsent, name: string, block: BlockNumber): boolean =>
  (memory.onHold.get(name) ?? 0n) > block;

/** Shows the most urgent evidence that the chain does not refuse. @returns whether nothing else may be sent now */
const show = async (monitor: Monitor, operations: readonly EvidenceOperation[], now: ChainTime): Promise<boolean> => {
  for (const operation of operations) {
    const name = evidenceName(operation);
    if (isOnHold(monitor, name, now.block)) continue;
    const kind = await carryOut(monitor, operationOf(monitor, operation, now), { now, holds: [name] });
    if (kind !== "refused" && kind !== "done") return true;
  }
  return false;
};

/** Pays for the update that is worth its fee, if there is one. @returns whether nothing else may be sent now */
const renew = async (
  monitor: Monitor,
  { feeds, time }: MonitorReading,
  { now, ports: updates }: { readonly now: ChainTime; readonly ports: UpdaterPorts },
): Promise<boolean> => {
  const { ports, memory, config } = monitor;
  const updater = { ports: updates, memory: memory.updater, policy: config.updates };
  if (isOnHold(monitor, UPDATE, now.block)) return false;
  const next = await nextUpdate(updater, { feeds, time }, (name) => isOnHold(monitor, name, now.block));
  if (next.kind === "none") return false;
  if (next.kind === "refused") {
    tellRefusals({ emit: ports.emit, agent: config.name }, memory.updater, next.refusals);
    for (const name of next.hold) hold(monitor, name, now.block);
    return false;
  }
  const { ready, identity } = next;
  const operation: SendOperation = {
    id: ports.hash(identity),
    call: updates.encode(ready),
    value: ready.fee,
    priority: 0,
    urgency: "normal",
    deadline: addSeconds(now.time, config.lifetime),
    endsOnChain: false,
    guards: [],
    note: updateWords(ready),
  };
  await noteBought(memory.updater, { time, count: ready.wanted.length }, updates.count.keep);
  const kind = await carryOut(monitor, operation, { now, holds: ready.wanted.map(updateName) });
  if (kind !== "sent") unnoteBought(memory.updater);
  return kind !== "refused" && kind !== "done";
};

/** Sends the most urgent thing: trips, then prices that are lacking, then other evidence. */
const act = async (monitor: Monitor, reading: MonitorReading, now: ChainTime): Promise<void> => {
  const { ports, memory, config } = monitor;
  const { time, assets, shares } = reading;
  if (gasPriceFor(now.baseFee, config, undefined) === undefined) return;
  const spentWei = recentCosts(memory, time).reduce((sum, { wei }) => sum + wei, 0n);
  const all = config.showsEvidence ? decideEvidence({ time, assets, shares, spentWei }, config.evidence) : [];
  const trips = all.filter(isTrip);
  if (await show(monitor, trips, now)) return;
  if (ports.updates !== undefined && (await renew(monitor, reading, { now, ports: ports.updates }))) return;
  await show(
    monitor,
    all.filter((operation) => !isTrip(operation)),
    now,
  );
};

/** Reads prices, sources, evidence and markets again, and tells what they are. */
const look = async (monitor: Monitor, block: BlockNumber): Promise<MonitorReading> => {
  const { ports, memory, config } = monitor;
  const [reading, market] = await Promise.all([ports.read(block), ports.readMarket(block)]);
  const { feeds } = reading;
  memory.reading = reading;
  if (ports.market !== undefined) {
    const terms = { ...config.market.samples, now: reading.time };
    const refusals = takeAnswers(memory.market, feeds, { ports: ports.market, terms });
    tellRefusals({ emit: ports.emit, agent: config.name }, memory.updater, refusals);
  }
  const markets = marketsOf(feeds, market, { samples: memory.market.samples, config: config.market });
  noteStep(memory.market, feeds, { markets, reading: market });
  const { book, traded } = memory.market;
  ports.keep({ book, traded: [...traded] });
  ports.emit({
    kind: "feeds",
    agent: config.name,
    block: reading.block,
    feeds: feedStates(feeds, book, markets),
    book: volatilityState(book.bookBars),
  });
  return reading;
};

/** One round: look every few blocks, look after what is in flight, show what evidence there is, and pay for what is lacking. */
export const tick = async (monitor: Monitor): Promise<void> => {
  const { ports, memory, config, pipeline } = monitor;
  const head = ports.head();
  if (head === undefined) return;
  const isDue = memory.reading === undefined || head.block >= memory.reading.block + config.everyBlocks;
  if (!isDue) return;
  const reading = await look(monitor, head.block);
  const now = { block: reading.block, time: reading.time, baseFee: head.baseFee };
  await advance(pipeline, now);
  if (isFree(pipeline, now)) await act(monitor, reading, now);
};
