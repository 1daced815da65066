import type { Hex } from "../core/hex.ts";
import { isLaneFree, settleLane } from "./lane.ts";
import { type LaneRound, adopt, alone, attempt, launch } from "./launch.ts";
import type { ChainTime, SendOperation, OperationResult } from "./operation.ts";
import { type Pipeline, putBack } from "./pipeline.ts";
import { prepare } from "./prepare.ts";
import { inOrder, splitExpired } from "./queue.ts";

/** How long an operation waits that could not be priced or read, in blocks. */
const RETRY_BLOCKS = 2n;

/** Tries one operation in one free lane. */
const start = async (round: LaneRound, operation: SendOperation): Promise<void> => {
  const { pipeline, lane, now } = round;
  const { id } = operation;
  const prepared = await attempt(pipeline, `preparing ${id}`, () => prepare(round, operation));
  if (prepared?.kind === "flight") {
    const { flight } = prepared;
    pipeline.inFlight.set(id, operation);
    lane.flights = [...lane.flights, flight];
    await attempt(pipeline, `sending ${id}`, () => launch(round, flight));
    return;
  }
  pipeline.taken.delete(id);
  if (prepared?.kind === "ended") pipeline.ports.onResult(id, prepared.result, operation.note ?? "");
  else putBack(pipeline, operation, now.block + RETRY_BLOCKS);
};

/**
 * Takes up what an earlier life left pending. Must come before the first operation. [NX-KEE-02]
 * @throws RetryableError when the store does not answer
 */
export const resumePipeline = async (pipeline: Pipeline): Promise<void> => {
  for (const lane of pipeline.lanes) {
    adopt(pipeline, lane, await pipeline.ports.store.pending(lane.account));
  }
};

/** How an operation that is too late ends; undefined while another process has a transaction of it, or nobody can say. */
const lateResult = async (pipeline: Pipeline, id: Hex): Promise<OperationResult | undefined> => {
  const state = await attempt(pipeline, `reading how ${id} stands`, () => pipeline.ports.store.stateOf(id));
  if (state === "mined") return { kind: "done" };
  if (state === "free") return { kind: "expired", why: "the deadline passed before it could be sent" };
  // It may be one of ours whose storing was never answered: then it is looked after, and ends.
  if (state === "pending") await attempt(pipeline, `reading what is pending of ${id}`, () => resumePipeline(pipeline));
  return undefined;
};

/** Tells what is too late, but for what is in flight: that ends with its transaction. */
const expire = async (pipeline: Pipeline, { time }: ChainTime): Promise<void> => {
  const { expired } = splitExpired(pipeline.queue, time);
  for (const waiting of expired) {
    const { id, note = "" } = waiting.operation;
    const result = pipeline.taken.has(id) ? undefined : await lateResult(pipeline, id);
    const isThere = pipeline.queue.includes(waiting) && !pipeline.taken.has(id);
    if (result === undefined || !isThere) continue;
    pipeline.queue = pipeline.queue.filter((one) => one !== waiting);
    pipeline.ports.onResult(id, result, note);
  }
};

/** Gives each free lane the next operation. */
const assign = async (pipeline: Pipeline, now: ChainTime): Promise<void> => {
  const lanes = pipeline.lanes.filter((lane) => isLaneFree(lane, now));
  const { left } = splitExpired(pipeline.queue, now.time);
  const free = left.filter(({ operation }) => !pipeline.taken.has(operation.id));
  const next = inOrder(free, now.block).slice(0, lanes.length);
  const chosen = new Set(next);
  pipeline.queue = pipeline.queue.filter((waiting) => !chosen.has(waiting));
  for (const { operation } of next) pipeline.taken.add(operation.id);
  await Promise.all(
    next.map(async ({ operation }, i) => {
      const lane = lanes[i];
      if (lane !== undefined) await alone(lane, () => start({ pipeline, lane, now }, operation));
    }),
  );
};

/**
 * One round at one block: looks after what is in flight, tells what is too late, and gives free lanes the next operations.
 * A lane whose reads or writes fail or hang holds up no other lane, and may be called again meanwhile. A block that was looked at is not looked at again.
 * @throws FatalError when an operator must act
 */
export const advance = async (pipeline: Pipeline, now: ChainTime): Promise<void> => {
  if (pipeline.resolvedAt === undefined || now.block > pipeline.resolvedAt) {
    pipeline.resolvedAt = now.block;
    await Promise.all(
      pipeline.lanes.map((lane) =>
        alone(lane, async () => {
          await attempt(pipeline, `looking after ${lane.account}`, () => settleLane({ pipeline, lane, now }));
        }),
      ),
    );
  }
  await expire(pipeline, now);
  await assign(pipeline, now);
};
