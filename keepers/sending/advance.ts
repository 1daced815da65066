import { gasPriceFor, percentMore } from "../core/gasPrice.ts";
import type { Hex } from "../core/hex.ts";
import { type Flight, detailsOf, signedFlight } from "./flight.ts";
import { isLaneFree, readLaneNonce, settleLane } from "./lane.ts";
import { type LaneRound, adopt, alone, attempt, launch } from "./launch.ts";
import type { ChainTime, SendOperation, OperationResult } from "./operation.ts";
import { type Pipeline, putBack } from "./pipeline.ts";
import { inOrder, splitExpired } from "./queue.ts";

/** How long an operation waits that could not be priced or read, in blocks. */
const RETRY_BLOCKS = 2n;

/** What becomes of an operation before it is signed. */
type Prepared =
  | { readonly kind: "flight"; readonly flight: Flight }
  | { readonly kind: "ended"; readonly result: OperationResult }
  | { readonly kind: "later" };

/** The price to pay, outbidding what a mempool may still have with the nonce; undefined while it is too high. */
const priceFor = (
  { pipeline: { policy }, lane: { givenUp }, now }: LaneRound,
  { urgency }: SendOperation,
  nonce: bigint,
): bigint | undefined => {
  const toOutbid = givenUp?.nonce === nonce && now.time <= givenUp.until ? givenUp.gasPrice : undefined;
  return gasPriceFor(now.baseFee, { tip: policy.tips[urgency], maxGasPrice: policy.maxGasPrice }, toOutbid);
};

/** The first guard that does not hold; undefined when all do. */
const brokenGuard = async (
  { ports }: Pipeline,
  { guards }: SendOperation,
  now: ChainTime,
): Promise<string | undefined> => {
  for (const { what, check } of guards) if (!(await ports.check(check, now.block))) return what;
  return undefined;
};

const isDone = async ({ ports }: Pipeline, { doneWhen }: SendOperation, now: ChainTime): Promise<boolean> =>
  doneWhen !== undefined && (await ports.check(doneWhen, now.block));

const ended = (result: OperationResult): Prepared => ({ kind: "ended", result });

/** Checks, simulates, prices and signs, all at one block. */
const prepare = async (round: LaneRound, operation: SendOperation): Promise<Prepared> => {
  const { pipeline, lane, now } = round;
  const { ports, policy } = pipeline;
  const { account } = lane;
  if (await isDone(pipeline, operation, now)) return ended({ kind: "done" });
  const broken = await brokenGuard(pipeline, operation, now);
  if (broken !== undefined) return ended({ kind: "refused", why: broken });
  const simulated = await ports.simulate(operation, account, now.block);
  if (simulated.kind === "reverted") return ended({ kind: "refused", why: simulated.why });
  const nonce = await readLaneNonce(round);
  const gasPrice = priceFor(round, operation, nonce);
  if (gasPrice === undefined) return { kind: "later" };
  const { call, value, id, deadline } = operation;
  const gasLimit = percentMore(simulated.gas, policy.gasMarginPercent);
  const signed = await ports.sign(account, { to: call.target, data: call.data, value, nonce, gasLimit, gasPrice });
  const terms = { account, accountNonce: nonce, gasPrice, block: now.block, deadline };
  return {
    kind: "flight",
    flight: signedFlight({ ...signed, ...terms, operation: id, details: detailsOf(operation) }),
  };
};

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
  if (prepared?.kind === "ended") pipeline.ports.onResult(id, prepared.result);
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
    const { id } = waiting.operation;
    const result = pipeline.taken.has(id) ? undefined : await lateResult(pipeline, id);
    const isThere = pipeline.queue.includes(waiting) && !pipeline.taken.has(id);
    if (result === undefined || !isThere) continue;
    pipeline.queue = pipeline.queue.filter((one) => one !== waiting);
    pipeline.ports.onResult(id, result);
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
