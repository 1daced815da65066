import type { Agent } from "../../core/agent.ts";
import { gasPriceFor, percentMore } from "../../core/gasPrice.ts";
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
import { type BlockNumber, type UnixSeconds, addSeconds, blockNumber, seconds } from "../../core/units.ts";
import { type ValuedOperation, identityOf } from "./operation.ts";
import { type PaymentsPolicy, decide } from "./decide.ts";
import type { PaymentTransaction, PaymentResult } from "./transaction.ts";
import type { PaymentSending, PaymentsPorts, MoneySnapshot } from "./ports.ts";
import { worthOf } from "./worth.ts";

/** What the agent remembers between ticks. Losing it loses no pending transaction: the journal and the chain have it. */
export type PaymentsMemory = Outbox<PaymentTransaction> & {
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
  ...emptyOutbox<PaymentTransaction>(),
  snapshot: undefined,
  onHold: new Map(),
  records: [],
  waits: new Map(),
});

/** What the agent does, and how it sends. */
export type PaymentsConfig = { readonly policy: PaymentsPolicy; readonly sending: PaymentSending };

/** One payments agent. */
export type PaymentsAgent = Agent<PaymentsPorts, PaymentsMemory, PaymentsConfig>;

/** Ten seconds on Sei. */
const HOLD_BLOCKS = 25n;

type PaymentStep = "sent" | "done" | "reverted" | "expired" | "refused" | "waits";
type Told = {
  readonly operation: string;
  readonly step: PaymentStep;
  readonly detail: string;
  readonly block: BlockNumber;
};

const tell = ({ ports, config: { sending } }: PaymentsAgent, told: Told): void =>
  ports.emit({ kind: "payment", agent: sending.name, ...told });

const detailOf = ({ result }: Ended<PaymentResult>): string => {
  if (result.kind === "expired") return result.why;
  return result.kind === "reverted" ? result.error : `gas ${result.gasPaid} wei`;
};

const hold = ({ memory }: PaymentsAgent, operation: string, block: BlockNumber): void => {
  for (const [other, until] of memory.onHold) if (until <= block) memory.onHold.delete(other);
  memory.onHold.set(operation, blockNumber(block + HOLD_BLOCKS));
};

const DAY = seconds(86_400n);

/** Notes what an operation cost whose kind has a budget, and forgets what is older than a day. */
const noteCost = ({ memory }: PaymentsAgent, operation: string, { result }: Ended<PaymentResult>): void => {
  const time = memory.snapshot?.time;
  if (time === undefined || result.kind === "expired" || !operation.startsWith("record ")) return;
  const recent = memory.records.filter((record) => addSeconds(record.time, DAY) > time);
  memory.records = [...recent, { time, wei: result.gasPaid }];
};

const spentOnRecords = ({ records }: PaymentsMemory, time: UnixSeconds): bigint =>
  records.reduce((sum, record) => (addSeconds(record.time, DAY) > time ? sum + record.wei : sum), 0n);

/**
 * Whether an operation is still to be done, by the chain and nothing remembered. Asked of what no dry run refuses the second time:
 * an event that a node left out would make a top-up be done twice. [NX-KEE-01]
 */
const isStillToDo = async (
  { ports }: PaymentsAgent,
  operation: ValuedOperation,
  { block }: MoneySnapshot,
): Promise<boolean> => {
  if (operation.kind !== "topUp") return true;
  const { deposited } = await ports.readChannel(operation.terms, block);
  return deposited + operation.amount === operation.deposited;
};

const senderOf = (agent: PaymentsAgent): OutboxSender<PaymentTransaction, PaymentResult> => ({
  ports: agent.ports,
  box: agent.memory,
  account: agent.config.policy.self,
  dryRun: agent.config.sending.dryRun,
  onSent: ({ operation, transaction }, block) => tell(agent, { operation, step: "sent", detail: transaction, block }),
  onRefused: ({ transaction }, why) =>
    agent.ports.emit({
      kind: "trouble",
      agent: agent.config.sending.name,
      what: `the node refused ${transaction}: ${why}`,
    }),
  onEnded: ({ operation }, ended) => {
    tell(agent, { operation, step: ended.result.kind, detail: detailOf(ended), block: ended.block });
    if (ended.result.kind === "reverted") hold(agent, operation, ended.block);
    noteCost(agent, operation, ended);
  },
});

/** Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02] */
export const resume = async (agent: PaymentsAgent): Promise<void> =>
  resumeFrom(senderOf(agent), await agent.ports.loadJournal());

type Round = { readonly snapshot: MoneySnapshot; readonly gasPrice: bigint };

/** Simulates, weighs, and signs, or says what stands in the way. */
const prepare = async (
  agent: PaymentsAgent,
  operation: ValuedOperation,
  round: Round,
): Promise<PaymentTransaction | string> => {
  const {
    ports,
    memory,
    config: { policy, sending },
  } = agent;
  const { snapshot, gasPrice } = round;
  if (!(await isStillToDo(agent, operation, snapshot))) return "already-done";
  const call = ports.encode(operation);
  const estimate = await ports.estimate(call, snapshot.block);
  if (estimate.kind === "reverted") return estimate.error;
  const view = { ...snapshot, gasPrice };
  if (worthOf(operation, estimate.gas, { view, marginPercent: policy.marginPercent }) === "too-dear") return "too-dear";
  if (sending.dryRun) return "dry-run";
  const gasLimit = percentMore(estimate.gas, sending.gasMarginPercent);
  const accountNonce = nextNonce(memory);
  return {
    operation: identityOf(operation),
    account: policy.self,
    accountNonce,
    gasPrice,
    block: snapshot.block,
    deadline: addSeconds(snapshot.time, sending.lifetime),
    ...ports.sign(call.to, { data: call.data, nonce: accountNonce, gasLimit, gasPrice }),
  };
};

/** Does one thing, or puts it off. @returns whether a transaction is in flight now */
const carryOut = async (agent: PaymentsAgent, operation: ValuedOperation, round: Round): Promise<boolean> => {
  const { block } = round.snapshot;
  const identity = identityOf(operation);
  const made = await prepare(agent, operation, round);
  if (typeof made === "string") {
    hold(agent, identity, block);
    tell(agent, { operation: identity, step: "refused", detail: made, block });
    return false;
  }
  await dispatch(senderOf(agent), made, round.snapshot.time);
  return true;
};

/** Reads the chain again when there is a new head. State and nonce are of one block: what was mined shows in both. */
const readSnapshotAt = async ({ ports, memory }: PaymentsAgent, block: BlockNumber): Promise<MoneySnapshot> => {
  if (memory.snapshot !== undefined && memory.snapshot.block >= block) return memory.snapshot;
  const [snapshot, accountNonce] = await Promise.all([ports.readSnapshot(block), ports.readAccountNonce(block)]);
  memory.snapshot = snapshot;
  memory.accountNonce = accountNonce;
  return snapshot;
};

/** What to pay per gas; undefined when it would be more than allowed. */
const priceOf = (
  { memory, config: { sending } }: PaymentsAgent,
  baseFee: bigint,
  { time }: MoneySnapshot,
): bigint | undefined => gasPriceFor(baseFee, sending, toOutbid(memory, time));

/** Tells what waits, each thing once for each reason. */
const tellWaits = (agent: PaymentsAgent, waits: ReadonlyMap<string, string>, block: BlockNumber): void => {
  for (const [operation, detail] of waits) {
    if (agent.memory.waits.get(operation) !== detail) tell(agent, { operation, step: "waits", detail, block });
  }
  agent.memory.waits = waits;
};

/** One round: look, look after what is in flight, and, if nothing is, do what is most urgent. */
export const tick = async (agent: PaymentsAgent): Promise<void> => {
  const { ports, memory } = agent;
  const { policy } = agent.config;
  const head = ports.head();
  if (head === undefined) return;
  const snapshot = await readSnapshotAt(agent, head.block);
  await resolveInFlight(senderOf(agent), snapshot);
  if (!isFree(memory, snapshot)) return;
  const gasPrice = priceOf(agent, head.baseFee, snapshot);
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
    if (await carryOut(agent, decision.operation, { snapshot, gasPrice })) return;
  }
};
