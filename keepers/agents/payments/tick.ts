import type { Agent } from "../../core/agent.ts";
import { gasPriceFor } from "../../core/gasPrice.ts";
import { type BlockNumber, type UnixSeconds, addSeconds, blockNumber, seconds } from "../../core/units.ts";
import { advance, resumePipeline } from "../../sending/advance.ts";
import { noteOf } from "../../sending/flight.ts";
import type { ChainTime, OperationResult, SendOperation } from "../../sending/operation.ts";
import type { Pipeline } from "../../sending/pipeline.ts";
import type { Weigh } from "../../sending/prepare.ts";
import { type NowAnswer, createSender, isFree, sendNow } from "../../sending/send.ts";
import { stepOf } from "../../sending/step.ts";
import { type ValuedOperation, identityOf, textOf } from "./operation.ts";
import { type PaymentsPolicy, decide } from "./decide.ts";
import type { PaymentSending, PaymentsPorts, MoneySnapshot } from "./ports.ts";
import { worthOf } from "./worth.ts";

/** What the agent remembers between ticks. Losing it loses no pending transaction: the store and the chain have it. */
export type PaymentsMemory = {
  snapshot: MoneySnapshot | undefined;
  /** Operations that the chain refused in a dry run, and until when they are not tried again. */
  readonly onHold: Map<string, BlockNumber>;
  /** What putting results on records cost, and when, for a day. */
  records: readonly { readonly time: UnixSeconds; readonly wei: bigint }[];
  /** What waits and why, as it was last told. */
  waits: ReadonlyMap<string, string>;
};

/** A memory of nothing. */
export const emptyPaymentsMemory = (): PaymentsMemory => ({
  snapshot: undefined,
  onHold: new Map(),
  records: [],
  waits: new Map(),
});

/** What the agent does, and how it sends. */
export type PaymentsConfig = { readonly policy: PaymentsPolicy; readonly sending: PaymentSending };

/** One payments agent. */
export type PaymentsAgent = Agent<PaymentsPorts, PaymentsMemory, PaymentsConfig> & { readonly pipeline: Pipeline };

type Unsent = Omit<PaymentsAgent, "pipeline">;

/** Ten seconds on Sei. */
const HOLD_BLOCKS = 25n;

type PaymentStep = "sent" | "done" | "reverted" | "expired" | "refused" | "waits";
type Told = {
  readonly operation: string;
  readonly step: PaymentStep;
  readonly detail: string;
  readonly block: BlockNumber;
};

const tell = ({ ports, config: { sending } }: Unsent, told: Told): void =>
  ports.emit({ kind: "payment", agent: sending.name, ...told });

const hold = ({ memory }: Unsent, operation: string, block: BlockNumber): void => {
  for (const [other, until] of memory.onHold) if (until <= block) memory.onHold.delete(other);
  memory.onHold.set(operation, blockNumber(block + HOLD_BLOCKS));
};

const DAY = seconds(86_400n);

/** Notes what an operation cost whose kind has a budget, and forgets what is older than a day. */
const noteCost = ({ memory }: Unsent, operation: string, wei: bigint): void => {
  const time = memory.snapshot?.time;
  if (time === undefined || !operation.startsWith("record ")) return;
  const recent = memory.records.filter((record) => addSeconds(record.time, DAY) > time);
  memory.records = [...recent, { time, wei }];
};

const spentOnRecords = ({ records }: PaymentsMemory, time: UnixSeconds): bigint =>
  records.reduce((sum, record) => (addSeconds(record.time, DAY) > time ? sum + record.wei : sum), 0n);

/**
 * Whether an operation is still to be done, by the chain and nothing remembered. Asked of what no dry run refuses the second time:
 * an event that a node left out would make a top-up be done twice. [NX-KEE-01]
 */
const isStillToDo = async (
  { ports }: Unsent,
  operation: ValuedOperation,
  { block }: MoneySnapshot,
): Promise<boolean> => {
  if (operation.kind !== "topUp") return true;
  const { deposited } = await ports.readChannel(operation.terms, block);
  return deposited + operation.amount === operation.deposited;
};

const onResult = (agent: Unsent, operation: string, result: OperationResult): void => {
  const block = "block" in result ? result.block : agent.memory.snapshot?.block;
  if (block === undefined) return;
  tell(agent, { operation, ...stepOf(result), block });
  if (result.kind === "reverted" || result.kind === "refused") hold(agent, operation, block);
  if (result.kind === "mined" || result.kind === "reverted") noteCost(agent, operation, result.gasPaid);
};

/** A payments agent with nothing in its memory. */
export const createPaymentsAgent = (ports: PaymentsPorts, config: PaymentsConfig): PaymentsAgent => {
  const { sending, policy } = config;
  const agent = { ports, memory: emptyPaymentsMemory(), config };
  const pipeline = createSender(
    ports.sending,
    { ...sending, sender: policy.self, gasReserve: 0n },
    {
      // An operation's note is its name.
      onResult: (_, result, note) => onResult(agent, note, result),
      onSent: ({ transaction, ...tx }, block) =>
        tell(agent, { operation: noteOf(tx), step: "sent", detail: transaction, block }),
      onTrouble: (what) => ports.emit({ kind: "trouble", agent: sending.name, what }),
    },
  );
  return { ...agent, pipeline };
};

/** Takes up what an earlier life left pending. Must come before the first tick. [NX-KEE-02] */
export const resume = ({ pipeline }: PaymentsAgent): Promise<void> => resumePipeline(pipeline);

type Round = { readonly snapshot: MoneySnapshot; readonly now: ChainTime };

/** An operation of ours as one to be sent. No contract refuses it for being late: what is late is cancelled. */
const operationOf = (
  { ports, config: { sending } }: PaymentsAgent,
  operation: ValuedOperation,
  { snapshot }: Round,
): SendOperation => {
  const { to, data } = ports.encode(operation);
  return {
    id: ports.hash(textOf(operation, snapshot.block)),
    call: { target: to, data },
    value: 0n,
    priority: 0,
    urgency: operation.isUrgent ? "urgent" : "normal",
    deadline: addSeconds(snapshot.time, sending.lifetime),
    endsOnChain: false,
    guards: [],
    note: identityOf(operation),
  };
};

/** Sends an operation that is still to be done and worth its gas. */
const send = async (agent: PaymentsAgent, operation: ValuedOperation, round: Round): Promise<NowAnswer> => {
  const { snapshot, now } = round;
  if (!(await isStillToDo(agent, operation, snapshot))) return { kind: "done" };
  const { marginPercent } = agent.config.policy;
  const weigh: Weigh = (gas, gasPrice) =>
    worthOf(operation, gas, { view: { ...snapshot, gasPrice }, marginPercent }) === "too-dear" ? "too-dear" : undefined;
  return sendNow(agent.pipeline, operationOf(agent, operation, round), { now, weigh });
};

/** Does one thing, or puts it off. @returns whether nothing else may be sent at this block */
const carryOut = async (agent: PaymentsAgent, operation: ValuedOperation, round: Round): Promise<boolean> => {
  const { block } = round.snapshot;
  const answer = await send(agent, operation, round);
  if (answer.kind !== "refused" && answer.kind !== "done") return true;
  const identity = identityOf(operation);
  hold(agent, identity, block);
  const detail = answer.kind === "done" ? "already-done" : answer.obstacle.detail;
  tell(agent, { operation: identity, step: "refused", detail, block });
  return false;
};

/** Reads the chain again when there is a new head. */
const readSnapshotAt = async ({ ports, memory }: PaymentsAgent, block: BlockNumber): Promise<MoneySnapshot> => {
  if (memory.snapshot !== undefined && memory.snapshot.block >= block) return memory.snapshot;
  memory.snapshot = await ports.readSnapshot(block);
  return memory.snapshot;
};

/** Tells what waits, each thing once for each reason. */
const tellWaits = (agent: PaymentsAgent, waits: ReadonlyMap<string, string>, block: BlockNumber): void => {
  for (const [operation, detail] of waits) {
    if (agent.memory.waits.get(operation) !== detail) tell(agent, { operation, step: "waits", detail, block });
  }
  agent.memory.waits = waits;
};

/** One round: look, look after what is in flight, and, if nothing is, do what is most urgent. */
export const tick = async (agent: PaymentsAgent): Promise<void> => {
  const { ports, memory, pipeline } = agent;
  const { policy, sending } = agent.config;
  const head = ports.head();
  if (head === undefined) return;
  const snapshot = await readSnapshotAt(agent, head.block);
  const now = { block: snapshot.block, time: snapshot.time, baseFee: head.baseFee };
  await advance(pipeline, now);
  if (!isFree(pipeline, now)) return;
  const gasPrice = gasPriceFor(head.baseFee, sending, undefined);
  if (gasPrice === undefined) {
    tellWaits(agent, new Map([["everything", `gas-too-dear: base fee ${head.baseFee} wei`]]), snapshot.block);
    return;
  }
  const view = { ...snapshot, gasPrice, spentOnRecords: spentOnRecords(memory, snapshot.time) };
  const decisions = decide(view, policy);
  const waits = decisions.flatMap((decision) =>
    decision.kind === "wait" ? [[decision.id, decision.why] as const] : [],
  );
  tellWaits(agent, new Map(waits), snapshot.block);
  for (const decision of decisions) {
    if (decision.kind === "wait" || (memory.onHold.get(identityOf(decision.operation)) ?? 0n) > snapshot.block)
      continue;
    if (await carryOut(agent, decision.operation, { snapshot, now })) return;
  }
};
