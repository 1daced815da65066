import type { GasTerms } from "../core/gasPrice.ts";
import type { Hex } from "../core/hex.ts";
import type { StoredTransaction, TransactionStore } from "../core/store.ts";
import type { Address, BlockNumber, UnixSeconds } from "../core/units.ts";
import type { Flight, MinedTransaction, NonceUser } from "./flight.ts";
import type {
  ChainTime,
  Check,
  SendOperation,
  OperationResult,
  SubmitAnswer,
  UnsignedTransaction,
} from "./operation.ts";
import { type QueuedOperation, enqueue } from "./queue.ts";

/** Bytes that were signed. */
export type Signed = { readonly raw: Hex; readonly transaction: Hex };

/** What a node said to a transaction. Only the chain decides: a refusal may be wrong. */
export type SendAnswer = { readonly kind: "accepted" } | { readonly kind: "refused"; readonly why: string };

/** What a simulation at a block says: gas of the whole transaction, or why it reverts. */
export type SimulatedOperation =
  | { readonly kind: "ok"; readonly gas: bigint }
  /** `reason`: the contract's own error by name. */
  | { readonly kind: "reverted"; readonly why: string; readonly reason?: string };

/** What the pipeline takes of the world. Every call may throw RetryableError, and is made again at a later block. */
export type PipelinePorts = {
  /** Transactions of an account that are mined at `block`. */
  readonly readNonce: (account: Address, block: BlockNumber) => Promise<bigint>;
  /** Undefined while no receipt is known, which does not mean that there is none. */
  readonly readReceipt: (transaction: Hex) => Promise<MinedTransaction | undefined>;
  /** Whether a stored transaction, or another one, used its nonce, by the block that shows it up to `block`. */
  readonly whoUsed: (tx: StoredTransaction, block: BlockNumber) => Promise<NonceUser>;
  readonly simulate: (operation: SendOperation, account: Address, block: BlockNumber) => Promise<SimulatedOperation>;
  readonly check: (check: Check, block: BlockNumber) => Promise<boolean>;
  readonly sign: (account: Address, unsigned: UnsignedTransaction) => Promise<Signed>;
  /** Sends bytes to every endpoint. Accepted if one of them has them. */
  readonly broadcast: (raw: Hex) => Promise<SendAnswer>;
  readonly store: Pick<TransactionStore, "add" | "resolve" | "pending" | "stateOf" | "cancelRequests">;
  readonly nowMs: () => number;
  /**
   * Told how an operation ended, with its note. Called before the store knows: after a crash in between a result is told
   * twice, which is better than never.
   */
  readonly onResult: (operation: Hex, result: OperationResult, note: string) => void;
  /** Told of bytes that a node has taken, each time. */
  readonly onSent?: (tx: StoredTransaction, block: BlockNumber) => void;
  readonly onTrouble: (what: string) => void;
};

export type PipelinePolicy = {
  /** Price by urgency: what is offered above the base fee, in wei per gas. */
  readonly tips: Readonly<Record<SendOperation["urgency"], bigint>>;
  readonly maxGasPrice: GasTerms["maxGasPrice"];
  /** Room above the gas that the simulation used, in percent. */
  readonly gasMarginPercent: bigint;
  /** Gas beyond that, which must be there and is not used: the oracle hub keeps it free for each of its sources. */
  readonly gasReserve: bigint;
  /** Signs and sends nothing, what an earlier life left behind included. [NX-KEE-05] */
  readonly isDryRun: boolean;
  /** How many operations may wait. */
  readonly capacity: number;
};

/**
 * One account that sends. It signs something new only while nothing of it is in flight, but for transactions whose nonce is
 * still too high for the account.
 */
export type Lane = {
  readonly account: Address;
  flights: readonly Flight[];
  /** Whether a round of it is under way: one that hangs holds up no other lane, and is not begun twice. */
  isWorking: boolean;
  /** One above the highest nonce that a receipt showed to be used. */
  minNonce: bigint;
  /** The nonce that the chain said last, and at which block. It is believed until a first receipt tells more. */
  said: { readonly nonce: bigint; readonly block: BlockNumber } | undefined;
  /** The block since which the chain says a nonce above `minNonce` that no receipt of ours explains. */
  foreignSince: BlockNumber | undefined;
  /** The newest block of a receipt. The nonce that an older block shows is not believed: it may lie before that receipt. */
  learntAt: BlockNumber | undefined;
  /** A transaction that this lane gave up as expired. A mempool may still hold it, so the next one with its nonce must pay more. */
  givenUp: { readonly nonce: bigint; readonly gasPrice: bigint; readonly until: UnixSeconds } | undefined;
  /** Set while nothing can be paid from it, with the reason. */
  closedWhy: string | undefined;
};

/** What the pipeline remembers. Losing it loses no transaction: the store and the chain have them. */
export type Pipeline = {
  readonly ports: PipelinePorts;
  readonly policy: PipelinePolicy;
  readonly lanes: readonly Lane[];
  queue: readonly QueuedOperation[];
  arrivals: number;
  /** Operations by id whose transaction is in flight, as far as this life has seen them. */
  readonly inFlight: Map<Hex, SendOperation>;
  /** Ids that are being prepared or in flight. */
  readonly taken: Set<Hex>;
  resolvedAt: BlockNumber | undefined;
};

export const emptyLane = (account: Address): Lane => ({
  account,
  flights: [],
  isWorking: false,
  minNonce: 0n,
  said: undefined,
  foreignSince: undefined,
  learntAt: undefined,
  givenUp: undefined,
  closedWhy: undefined,
});

export const createPipeline = (
  ports: PipelinePorts,
  policy: PipelinePolicy,
  accounts: readonly Address[],
): Pipeline => ({
  ports,
  policy,
  lanes: accounts.map(emptyLane),
  queue: [],
  arrivals: 0,
  inFlight: new Map(),
  taken: new Set(),
  resolvedAt: undefined,
});

/**
 * Puts an operation into the queue. If that is full, the operation that goes last is refused, and whoever asked for it is told.
 * @returns whether the new one has a place
 */
export const putBack = (pipeline: Pipeline, operation: SendOperation, notBefore: bigint): boolean => {
  const { ports, policy } = pipeline;
  const entry = { operation, arrival: pipeline.arrivals, notBefore };
  const { queue, dropped } = enqueue(pipeline.queue, entry, policy.capacity);
  pipeline.arrivals += 1;
  pipeline.queue = queue;
  const why = "the queue is full of what goes before it";
  if (dropped !== undefined)
    ports.onResult(dropped.operation.id, { kind: "refused", why }, dropped.operation.note ?? "");
  return dropped !== entry;
};

/**
 * Asks for an operation to be done. To ask again while it is on its way, or after it was done, sends nothing: the answer says
 * which of the two it is. [NX-SND-01]
 * @throws RetryableError when the store does not answer
 */
export const submit = async (pipeline: Pipeline, operation: SendOperation, now: ChainTime): Promise<SubmitAnswer> => {
  const { id, deadline } = operation;
  const isKnown = (): boolean =>
    pipeline.taken.has(id) || pipeline.queue.some((waiting) => waiting.operation.id === id);
  if (isKnown()) return "pending";
  if ((await pipeline.ports.store.stateOf(id)) === "mined") return "done";
  // Somebody may have asked for the same while we waited.
  if (isKnown()) return "pending";
  if (now.time > deadline) return "expired";
  return putBack(pipeline, operation, 0n) ? "queued" : "full";
};
