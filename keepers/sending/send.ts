import type { Hex } from "../core/hex.ts";
import type { StoredTransaction } from "../core/store.ts";
import type { GasTerms } from "../core/gasPrice.ts";
import type { Address } from "../core/units.ts";
import { noteOf } from "./flight.ts";
import { isLaneFree } from "./lane.ts";
import { type LaneRound, alone, attempt, launch } from "./launch.ts";
import type { ChainTime, SendOperation } from "./operation.ts";
import { type Lane, type Pipeline, type PipelinePorts, createPipeline } from "./pipeline.ts";
import { type LaterReason, type Weigh, prepare } from "./prepare.ts";

/** What a sender takes of the world; the agent gives the callbacks that it is told results by. */
export type SenderPorts = Omit<PipelinePorts, "onResult" | "onSent" | "onTrouble">;

/** How an agent sends. */
export type SendPolicy = GasTerms & {
  readonly name: string;
  readonly sender: Address;
  readonly dryRun: boolean;
  /** Room above what the simulation used, in percent. */
  readonly gasMarginPercent: bigint;
  /** Gas beyond that, which must be there and is not used: the oracle hub keeps it free for each of its sources. */
  readonly gasReserve: bigint;
};

/** The queue holds what other agents ask for. An agent's own operations do not wait in it: it decides again at each block. */
const CAPACITY = 256;

/**
 * The note of an operation that goes by an agent's lane and is none of the agent's own. Whoever asked for it looks at the chain for
 * what became of it.
 */
export const ASIDE = "aside";

type Told = Pick<PipelinePorts, "onResult" | "onTrouble"> & { readonly onSent: NonNullable<PipelinePorts["onSent"]> };

/** Tells an agent of its own operations alone; of others, when they fail. */
const ownOnly = ({ onResult, onSent, onTrouble }: Told): Told => ({
  onResult: (id, result, note) => {
    if (note !== ASIDE) onResult(id, result, note);
    else if (result.kind === "refused" || result.kind === "reverted" || result.kind === "expired")
      onTrouble(`what it was to send for its keys is ${result.kind}: ${result.why}`);
  },
  onSent: (tx, block) => {
    if (noteOf(tx) !== ASIDE) onSent(tx, block);
  },
  onTrouble,
});

/** A pipeline of one agent with one lane, its own account. */
export const createSender = (
  ports: SenderPorts,
  { sender, dryRun, gasMarginPercent, gasReserve, tip, maxGasPrice }: SendPolicy,
  told: Told,
): Pipeline => {
  const tips = { patient: tip, normal: tip, urgent: tip };
  const policy = { tips, maxGasPrice, gasMarginPercent, gasReserve, isDryRun: dryRun, capacity: CAPACITY };
  return createPipeline({ ...ports, ...ownOnly(told) }, policy, [sender]);
};

/** The lane that may sign something new at this block, if there is one. */
const freeLane = ({ lanes }: Pipeline, now: Pick<ChainTime, "block">): Lane | undefined =>
  lanes.find((lane) => isLaneFree(lane, now));

/** Whether something new may be decided on at this block. [NX-KEE-06] */
export const isFree = (pipeline: Pipeline, now: Pick<ChainTime, "block">): boolean =>
  freeLane(pipeline, now) !== undefined;

/** Transactions whose end is not known. */
export const inFlight = ({ lanes }: Pipeline): readonly StoredTransaction[] =>
  lanes.flatMap(({ flights }) => flights.map(({ tx }) => tx));

/** What stands in the way of an operation. */
export type Obstacle = { readonly reason: string; readonly detail: string };

/** What became of an operation that was to be sent at once. */
export type NowAnswer =
  /** Its bytes are in flight, and its result will come. `pending`: they were in flight before this call. */
  | { readonly kind: "sent" | "pending" }
  | { readonly kind: "done" }
  /** Not at this block, and not because of the operation: no lane is free, or the account's nonce is in doubt. */
  | { readonly kind: "busy" }
  | { readonly kind: "refused"; readonly obstacle: Obstacle };

const later = (reason: LaterReason, detail: string): NowAnswer =>
  reason === "nonce-unexplained" ? { kind: "busy" } : { kind: "refused", obstacle: { reason, detail } };

const attemptIn = async (
  round: LaneRound,
  operation: SendOperation,
  { weigh, before }: NowTerms,
): Promise<NowAnswer> => {
  const { pipeline, lane } = round;
  const prepared = await prepare(round, operation, weigh);
  if (prepared.kind === "later") return later(prepared.reason, prepared.why);
  if (prepared.kind === "ended") {
    const { result } = prepared;
    if (result.kind !== "refused") return { kind: "done" };
    return { kind: "refused", obstacle: { reason: result.reason ?? result.why, detail: result.why } };
  }
  const { flight } = prepared;
  await before?.();
  lane.flights = [...lane.flights, flight];
  await attempt(pipeline, `sending ${operation.id}`, () => launch(round, flight));
  if (inFlight(pipeline).some(({ transaction }) => transaction === flight.tx.transaction)) return { kind: "sent" };
  return { kind: (await pipeline.ports.store.stateOf(operation.id)) === "pending" ? "pending" : "done" };
};

/** What is said of an operation that is asked for after its deadline: it may have been done before. */
const lateAnswer = async ({ ports }: Pipeline, id: Hex): Promise<NowAnswer> => {
  const state = await ports.store.stateOf(id);
  if (state !== "free") return { kind: state === "mined" ? "done" : "pending" };
  return { kind: "refused", obstacle: { reason: "expired", detail: "the deadline passed" } };
};

/** How one operation is sent at once. */
export type NowTerms = {
  readonly now: ChainTime;
  readonly weigh?: Weigh;
  /** Writes what must be on the disk before the signed bytes are; called only when there is something to send. */
  readonly before?: () => Promise<void>;
};

/**
 * Sends one operation in a lane that is free now, or says what stands in the way. An agent calls it again at each block for as long
 * as it wants the operation, so that nothing waits in a queue which nobody wants any more. Once the operation is signed, the same
 * bytes are sent again by the pipeline itself. [NX-KEE-01] [NX-SND-01]
 * @throws RetryableError when something could not be read; nothing was signed then
 */
export const sendNow = async (pipeline: Pipeline, operation: SendOperation, terms: NowTerms): Promise<NowAnswer> => {
  const { id, deadline } = operation;
  const { now } = terms;
  if (pipeline.taken.has(id)) return { kind: "pending" };
  if (now.time > deadline) return lateAnswer(pipeline, id);
  const lane = freeLane(pipeline, now);
  if (lane === undefined) return { kind: "busy" };
  pipeline.taken.add(id);
  let answer: NowAnswer = { kind: "busy" };
  try {
    await alone(lane, async () => {
      answer = await attemptIn({ pipeline, lane, now }, operation, terms);
    });
    return answer;
  } finally {
    // What is in flight stays taken until it ends.
    if (!inFlight(pipeline).some((tx) => tx.operation === id)) pipeline.taken.delete(id);
  }
};
