import { RetryableError } from "../core/errors.ts";
import { gasPriceFor } from "../core/gasPrice.ts";
import type { Hex } from "../core/hex.ts";
import { maxOf } from "../core/integers.ts";
import type { StoredTransaction, TransactionResult } from "../core/store.ts";
import { addSeconds, blockNumber, seconds, unixSeconds } from "../core/units.ts";
import {
  CANCELLATION_DETAILS,
  type Flight,
  type FlightFacts,
  type MinedTransaction,
  flightStep,
  isCancellation,
  newestOf,
  resumedFlight,
  signedFlight,
} from "./flight.ts";
import type { ChainTime, Operation, OperationResult } from "./operation.ts";
import { type Lane, type Pipeline, putBack } from "./pipeline.ts";

/** One lane at one block. */
export type LaneRound = { readonly pipeline: Pipeline; readonly lane: Lane; readonly now: ChainTime };

/** How long some mempools keep what is not mined. */
const MEMPOOL_SECONDS = seconds(60n);
const TRANSFER_GAS = 21_000n;
/** How long an operation waits that another transaction carries out. */
const BUSY_BLOCKS = 5n;
/** A cancellation is wanted until its nonce is used. */
const NEVER = unixSeconds(2n ** 62n);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs a step whose failure may pass. @returns undefined when it failed; the next block tries again */
export const attempt = async <T>(pipeline: Pipeline, what: string, step: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    pipeline.ports.onTrouble(`${what}: ${messageOf(error)}`);
    return undefined;
  }
};

/** Runs a lane's round, one at a time; nothing is done while another one is under way. */
export const alone = async (lane: Lane, round: () => Promise<void>): Promise<void> => {
  if (lane.isWorking) return;
  lane.isWorking = true;
  try {
    await round();
  } finally {
    lane.isWorking = false;
  }
};

const replace = (lane: Lane, flight: Flight, changed: Flight | undefined): void => {
  lane.flights = lane.flights.flatMap((one) =>
    one.tx.transaction === flight.tx.transaction ? (changed === undefined ? [] : [changed]) : [one],
  );
};

/** Takes a flight out of its lane. @returns its operation, if this life knows it */
const remove = ({ pipeline, lane }: LaneRound, flight: Flight): Operation | undefined => {
  const { operation: id } = flight.tx;
  const operation = pipeline.inFlight.get(id);
  replace(lane, flight, undefined);
  pipeline.taken.delete(id);
  pipeline.inFlight.delete(id);
  return operation;
};

/** Takes in pending transactions of the store that the lane does not know. */
export const adopt = (pipeline: Pipeline, lane: Lane, pending: readonly StoredTransaction[]): void => {
  const known = new Set(lane.flights.map(({ tx }) => tx.transaction));
  const others = pending.filter(({ transaction }) => !known.has(transaction));
  lane.flights = [...lane.flights, ...others.map(resumedFlight)];
  for (const { operation } of others) pipeline.taken.add(operation);
};

/** Tells how an operation ended; what waits of it waits in vain. */
const tell = (pipeline: Pipeline, id: Hex, result: OperationResult): void => {
  pipeline.queue = pipeline.queue.filter(({ operation }) => operation.id !== id);
  pipeline.ports.onResult(id, result);
};

/** Broadcasts a flight's bytes. What a node answers decides nothing: the chain does. */
const send = async ({ pipeline: { ports }, lane, now }: LaneRound, flight: Flight): Promise<void> => {
  replace(lane, flight, { ...flight, broadcastAt: now.block });
  const answer = await ports.broadcast(flight.tx.raw);
  if (answer.kind === "refused") ports.onTrouble(`the nodes refused ${flight.tx.transaction}: ${answer.why}`);
};

/** Stores a flight's bytes, and broadcasts them once they are stored. [NX-KEE-01] */
export const launch = async (round: LaneRound, flight: Flight): Promise<void> => {
  const { pipeline, lane, now } = round;
  const answer = await pipeline.ports.store.add(flight.tx);
  if (answer.kind === "stored") {
    const stored = { ...flight, isStored: true };
    replace(lane, flight, stored);
    await send(round, stored);
    return;
  }
  const operation = remove(round, flight);
  if (answer.kind === "done") {
    tell(pipeline, flight.tx.operation, { kind: "done" });
    return;
  }
  // Another transaction carries the operation out: of an earlier life, or of another process.
  if (operation !== undefined) putBack(pipeline, operation, now.block + BUSY_BLOCKS);
  adopt(pipeline, lane, await pipeline.ports.store.pending(lane.account));
};

/** Signs a transfer of nothing to ourselves in a flight's place. */
const cancel = async (round: LaneRound, { tx: { accountNonce, gasPrice: paid } }: Flight): Promise<void> => {
  const { pipeline, lane, now } = round;
  const { ports, policy } = pipeline;
  const { account } = lane;
  const terms = { tip: policy.tips.urgent, maxGasPrice: policy.maxGasPrice };
  const gasPrice = gasPriceFor(now.baseFee, terms, paid);
  if (gasPrice === undefined || gasPrice <= paid) return;
  const unsigned = {
    to: account,
    data: "0x",
    value: 0n,
    nonce: accountNonce,
    gasLimit: TRANSFER_GAS,
    gasPrice,
  } as const;
  const signed = await ports.sign(account, unsigned);
  const flight = signedFlight({
    ...signed,
    account,
    accountNonce,
    gasPrice,
    block: now.block,
    deadline: NEVER,
    operation: signed.transaction,
    details: CANCELLATION_DETAILS,
  });
  lane.flights = [...lane.flights, flight];
  await launch(round, flight);
};

/** What the one who asked is told of a transaction's end; undefined when the operation is tried again. */
const resultOf = (
  { transaction }: StoredTransaction,
  { kind, block, gasPaid, detail }: TransactionResult,
  isWaiting: boolean,
): OperationResult | undefined => {
  if (kind === "mined") return { kind, transaction, block, gasPaid };
  if (kind === "reverted") return { kind, transaction, block, gasPaid, why: detail };
  if (kind === "expired") return { kind, why: detail };
  return isWaiting ? undefined : { kind: "superseded" };
};

/** Learns from how a flight ended what the next one must know. */
const learn = ({ lane, now }: LaneRound, { tx, broadcastAt }: Flight, { kind, block }: TransactionResult): void => {
  if (kind === "mined" || kind === "reverted") {
    lane.learntAt = blockNumber(maxOf(lane.learntAt ?? block, block));
    lane.minNonce = maxOf(lane.minNonce, tx.accountNonce + 1n);
  }
  if (kind !== "expired" || broadcastAt === undefined) return;
  lane.givenUp = { nonce: tx.accountNonce, gasPrice: tx.gasPrice, until: addSeconds(now.time, MEMPOOL_SECONDS) };
};

const resolve = async (round: LaneRound, flight: Flight, result: TransactionResult): Promise<void> => {
  const { pipeline, lane } = round;
  const { tx, isTold } = flight;
  const isWaiting =
    pipeline.inFlight.has(tx.operation) || pipeline.queue.some(({ operation }) => operation.id === tx.operation);
  const told = isCancellation(tx) ? undefined : resultOf(tx, result, isWaiting);
  if (told !== undefined && !isTold) {
    replace(lane, flight, { ...flight, isTold: true });
    tell(pipeline, tx.operation, told);
  }
  await pipeline.ports.store.resolve(tx.transaction, result, pipeline.ports.nowMs());
  learn(round, flight, result);
  const operation = remove(round, flight);
  if (told === undefined && operation !== undefined) putBack(pipeline, operation, 0n);
};

const settleFlight = async (round: LaneRound, flight: Flight, facts: FlightFacts): Promise<void> => {
  const step = flightStep(flight, facts);
  if (step.kind === "resolve") await resolve(round, flight, step.result);
  if (step.kind === "store") await launch(round, flight);
  if (step.kind === "broadcast") await send(round, flight);
  if (step.kind === "cancel") await cancel(round, flight);
  if (step.kind !== "drop") return;
  const operation = remove(round, flight);
  // One that is too late is told so by the queue.
  if (operation !== undefined) putBack(round.pipeline, operation, 0n);
};

/** The nonce of a lane's next transaction: what the chain says, and never one that a receipt showed to be used. */
export const readLaneNonce = async ({ pipeline: { ports }, lane, now }: LaneRound): Promise<bigint> =>
  maxOf(await ports.readNonce(lane.account, now.block), lane.minNonce);

/** Looks after what a lane has in flight, at one block. */
export const settleLane = async (round: LaneRound): Promise<void> => {
  const { pipeline, lane, now } = round;
  const { flights } = lane;
  if (flights.length === 0) return;
  const accountNonce = await readLaneNonce(round);
  const mined = await Promise.all(flights.map(({ tx }) => pipeline.ports.readReceipt(tx.transaction)));
  const receipts = new Map<bigint, MinedTransaction>();
  for (const [i, { tx }] of flights.entries()) {
    const receipt = mined[i];
    if (receipt !== undefined) receipts.set(tx.accountNonce, receipt);
  }
  for (const [i, before] of flights.entries()) {
    const { tx } = before;
    const isUsed = accountNonce > tx.accountNonce;
    const flight = { ...before, usedSince: before.usedSince ?? (isUsed ? now.block : undefined) };
    replace(lane, before, flight);
    await settleFlight(round, flight, {
      now,
      mined: mined[i],
      accountNonce,
      isRivalMined: receipts.has(tx.accountNonce),
      isNewest: newestOf(lane.flights, tx.accountNonce) === tx.transaction,
    });
  }
};

/** Whether a lane may sign something new at this block. [NX-KEE-06] */
export const isLaneFree = ({ flights, isWorking, learntAt, closedWhy }: Lane, now: ChainTime): boolean =>
  flights.length === 0 && !isWorking && closedWhy === undefined && (learntAt === undefined || now.block >= learntAt);
