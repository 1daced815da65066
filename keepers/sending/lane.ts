import type { Hex } from "../core/hex.ts";
import { maxOf, minOf } from "../core/integers.ts";
import type { StoredTransaction, StoredResult } from "../core/store.ts";
import { blockNumber } from "../core/units.ts";
import {
  type Flight,
  type FlightFacts,
  type MinedTransaction,
  flightStep,
  isCancellation,
  mustAskWhoUsed,
  newestOf,
} from "./flight.ts";
import { type LaneRound, attempt, launch, remove, replace, send, tell, useUp } from "./launch.ts";
import type { ChainTime, Effect, OperationResult } from "./operation.ts";
import { type Lane, putBack } from "./pipeline.ts";

/** So long a nonce must lie above the account's before the lane fills the gap. */
const GAP_BLOCKS = 10n;
/** So long a gap waits for operations that fill it, before it is filled with nothing. */
const IDLE_GAP_BLOCKS = 25n;
/** A gap that is wider is for a person to judge: filling it costs gas for each nonce. */
const MAX_GAP = 16n;

/** What else is known when a transaction ends. */
type Circumstances = { readonly isUnwanted: boolean; readonly effect: Effect | undefined };

/** What the one who asked is told of a transaction's end; undefined when the operation is tried again. */
const resultOf = (
  { transaction }: StoredTransaction,
  { kind, block, gasPaid, detail }: StoredResult,
  { isWaiting, isUnwanted, effect }: Circumstances & { readonly isWaiting: boolean },
): OperationResult | undefined => {
  if (kind === "mined") return { kind, transaction, block, gasPaid, ...(effect === undefined ? {} : { effect }) };
  if (kind === "reverted") return { kind, transaction, block, gasPaid, why: detail };
  if (kind === "expired") return { kind, why: detail };
  if (isUnwanted) return { kind: "refused", why: "cancelled by its operator" };
  return isWaiting ? undefined : { kind: "superseded" };
};

/** Learns from how a flight ended what the next one must know. */
const learn = ({ lane }: LaneRound, { tx, keptUntil, usedSince }: Flight, { kind, block }: StoredResult): void => {
  if (kind === "mined" || kind === "reverted") {
    lane.learntAt = blockNumber(maxOf(lane.learntAt ?? block, block));
    lane.minNonce = maxOf(lane.minNonce, tx.accountNonce + 1n);
  }
  // That another transaction used the nonce was said for long enough.
  if (kind === "superseded") lane.foreignSince ??= usedSince;
  if (kind !== "expired" || keptUntil === undefined) return;
  lane.givenUp = { nonce: tx.accountNonce, gasPrice: tx.gasPrice, until: keptUntil };
};

const resolve = async (
  round: LaneRound,
  flight: Flight,
  { result, ...circumstances }: Circumstances & { readonly result: StoredResult },
): Promise<void> => {
  const { pipeline, lane } = round;
  const { tx, isTold } = flight;
  const isWaiting =
    pipeline.inFlight.has(tx.operation) || pipeline.queue.some(({ operation }) => operation.id === tx.operation);
  const told = isCancellation(tx) ? undefined : resultOf(tx, result, { isWaiting, ...circumstances });
  if (told !== undefined && !isTold) {
    replace(lane, flight, { ...flight, isTold: true });
    tell(pipeline, tx, told);
  }
  await pipeline.ports.store.resolve(tx.transaction, result, pipeline.ports.nowMs());
  learn(round, flight, result);
  const operation = remove(round, flight);
  if (told === undefined && operation !== undefined) putBack(pipeline, operation, 0n);
};

const settleFlight = async (round: LaneRound, flight: Flight, facts: FlightFacts): Promise<void> => {
  const step = flightStep(flight, facts);
  const { isUnwanted, mined } = facts;
  if (step.kind === "resolve") await resolve(round, flight, { result: step.result, isUnwanted, effect: mined?.effect });
  if (step.kind === "store") await launch(round, flight);
  if (step.kind === "broadcast") await send(round, flight);
  if (step.kind === "cancel") await useUp(round, flight.tx.accountNonce, flight.tx.gasPrice);
  if (step.kind !== "drop") return;
  const operation = remove(round, flight);
  // One that is too late is told so by the queue; of one that was asked for at once nobody else tells.
  if (operation !== undefined) putBack(round.pipeline, operation, 0n);
  else if (!isCancellation(flight.tx))
    tell(round.pipeline, flight.tx, { kind: "expired", why: "it could not be stored" });
};

/** How far apart well endpoints are, in blocks. What was further off was a lie, and is forgotten. */
const NONCE_KEPT = 5n;

/**
 * The nonce of a lane's next transaction: what the chain says, and never one that a receipt showed to be used. Before the first
 * receipt a nonce does not fall, where an endpoint says less than was said within the last blocks; afterwards receipts tell.
 * [NX-NET-01]
 */
export const readLaneNonce = async ({ pipeline: { ports }, lane, now }: LaneRound): Promise<bigint> => {
  const nonce = await ports.readNonce(lane.account, now.block);
  if (lane.learntAt !== undefined) return maxOf(nonce, lane.minNonce);
  const { said } = lane;
  if (said !== undefined && nonce < said.nonce && now.block <= said.block + NONCE_KEPT) return said.nonce;
  lane.said = { nonce, block: now.block };
  return nonce;
};

/** Since when a flight's nonce is used, or lies above the account's. A node that says so once may be wrong. */
const sinceWhen = (flight: Flight, accountNonce: bigint, { block }: ChainTime): Flight => ({
  ...flight,
  usedSince: accountNonce > flight.tx.accountNonce ? (flight.usedSince ?? block) : undefined,
  aheadSince: accountNonce < flight.tx.accountNonce ? (flight.aheadSince ?? block) : undefined,
});

const isAheadFor = ({ aheadSince }: Flight, blocks: bigint, now: Pick<ChainTime, "block">): boolean =>
  aheadSince !== undefined && now.block >= aheadSince + blocks;

/** Fills the next nonce of a gap with nothing, where no operation came to fill it. */
const fillGap = async (round: LaneRound, accountNonce: bigint): Promise<void> => {
  const { flights } = round.lane;
  const [first, ...others] = flights.map(({ tx }) => tx.accountNonce);
  if (first === undefined || !flights.every((flight) => isAheadFor(flight, IDLE_GAP_BLOCKS, round.now))) return;
  if (others.reduce(minOf, first) - accountNonce <= MAX_GAP) await useUp(round, accountNonce, undefined);
};

/** So long is nothing cancelled on request: what takes no longer is mined. */
const CANCELLABLE_AFTER = 5n;

/** What somebody asked to cancel. With the store gone it is not known, and the lane goes on without. */
const readUnwanted = async ({ pipeline, lane: { account, flights }, now }: LaneRound): Promise<ReadonlySet<Hex>> => {
  if (flights.every(({ tx }) => now.block < tx.block + CANCELLABLE_AFTER)) return new Set();
  const what = `reading what is to be cancelled of ${account}`;
  return new Set(await attempt(pipeline, what, () => pipeline.ports.store.cancelRequests(account)));
};

/** Looks after what a lane has in flight, at one block. */
export const settleLane = async (round: LaneRound): Promise<void> => {
  const { pipeline, lane, now } = round;
  const { flights } = lane;
  if (flights.length === 0) return;
  const [accountNonce, mined] = await Promise.all([
    readLaneNonce(round),
    Promise.all(flights.map(({ tx }) => pipeline.ports.readReceipt(tx.transaction))),
  ]);
  const unwanted = await readUnwanted(round);
  const receipts = new Map<bigint, MinedTransaction>();
  for (const [i, { tx }] of flights.entries()) {
    const receipt = mined[i];
    if (receipt !== undefined) receipts.set(tx.accountNonce, receipt);
  }
  for (const [i, before] of flights.entries()) {
    const { tx } = before;
    const flight = sinceWhen(before, accountNonce, now);
    replace(lane, before, flight);
    const isAsked = !receipts.has(tx.accountNonce) && mustAskWhoUsed(flight, now);
    await settleFlight(round, flight, {
      now,
      mined: mined[i],
      accountNonce,
      isRivalMined: receipts.has(tx.accountNonce),
      usedBy: isAsked ? await pipeline.ports.whoUsed(tx, now.block) : "unknown",
      isUnwanted: unwanted.has(tx.transaction),
      isNewest: newestOf(lane.flights, tx.accountNonce) === tx.transaction,
    });
  }
  await fillGap(round, accountNonce);
};

/**
 * Whether a lane may sign something new at this block. [NX-KEE-06] A flight whose nonce lies above the account's, because a
 * node once said too much, is no hindrance: what comes next fills the gap, and the flight is looked after when its turn comes.
 */
export const isLaneFree = ({ flights, isWorking, learntAt, closedWhy }: Lane, now: Pick<ChainTime, "block">): boolean =>
  flights.every((flight) => isAheadFor(flight, GAP_BLOCKS, now)) &&
  !isWorking &&
  closedWhy === undefined &&
  (learntAt === undefined || now.block >= learntAt);
