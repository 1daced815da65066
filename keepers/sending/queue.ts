import type { UnixSeconds } from "../core/units.ts";
import type { SendOperation } from "./operation.ts";

/** An operation that waits for a lane. */
export type QueuedOperation = {
  readonly operation: SendOperation;
  /** Its place in the order of arrival. */
  readonly arrival: number;
  /** Not tried before this block. */
  readonly notBefore: bigint;
};

/** Whether `a` goes before `b`: the higher priority, then the earlier deadline, then the earlier arrival. */
const compare = (a: QueuedOperation, b: QueuedOperation): number => {
  if (a.operation.priority !== b.operation.priority) return b.operation.priority - a.operation.priority;
  if (a.operation.deadline !== b.operation.deadline) return a.operation.deadline < b.operation.deadline ? -1 : 1;
  return a.arrival - b.arrival;
};

/** Those that may be tried at `block`, best first. */
export const inOrder = (queue: readonly QueuedOperation[], block: bigint): readonly QueuedOperation[] =>
  queue.filter(({ notBefore }) => notBefore <= block).toSorted(compare);

/** Those whose deadline has passed at `time`, and the others. */
export const splitExpired = (
  queue: readonly QueuedOperation[],
  time: UnixSeconds,
): { readonly expired: readonly QueuedOperation[]; readonly left: readonly QueuedOperation[] } => ({
  expired: queue.filter(({ operation }) => time > operation.deadline),
  left: queue.filter(({ operation }) => time <= operation.deadline),
});

/**
 * Adds an operation to a queue of at most `capacity`. In a full queue it takes the place of the last in order if it goes
 * before it.
 * @returns the queue, and the operation that has no place: another one's, or its own
 */
export const enqueue = (
  queue: readonly QueuedOperation[],
  entry: QueuedOperation,
  capacity: number,
): { readonly queue: readonly QueuedOperation[]; readonly dropped: QueuedOperation | undefined } => {
  const all = [...queue, entry];
  if (all.length <= capacity) return { queue: all, dropped: undefined };
  const dropped = all.toSorted(compare).at(-1);
  return { queue: all.filter((one) => one !== dropped), dropped };
};
