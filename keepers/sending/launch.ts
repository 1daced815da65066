import { RetryableError } from "../core/errors.ts";
import { gasPriceFor } from "../core/gasPrice.ts";
import type { StoredTransaction } from "../core/store.ts";
import { unixSeconds } from "../core/units.ts";
import { CANCELLATION_DETAILS, type Flight, keptFrom, noteOf, resumedFlight, signedFlight } from "./flight.ts";
import type { ChainTime, SendOperation, OperationResult } from "./operation.ts";
import { type Lane, type Pipeline, putBack } from "./pipeline.ts";

/** One lane at one block. */
export type LaneRound = { readonly pipeline: Pipeline; readonly lane: Lane; readonly now: ChainTime };

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

export const replace = (lane: Lane, flight: Flight, changed: Flight | undefined): void => {
  lane.flights = lane.flights.flatMap((one) =>
    one.tx.transaction === flight.tx.transaction ? (changed === undefined ? [] : [changed]) : [one],
  );
};

/** Takes a flight out of its lane. @returns its operation, if this life knows it */
export const remove = ({ pipeline, lane }: LaneRound, flight: Flight): SendOperation | undefined => {
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

/** Tells how a transaction's operation ended; what waits of it waits in vain. */
export const tell = (pipeline: Pipeline, tx: StoredTransaction, result: OperationResult): void => {
  pipeline.queue = pipeline.queue.filter(({ operation }) => operation.id !== tx.operation);
  pipeline.ports.onResult(tx.operation, result, noteOf(tx));
};

/** What nodes say when another transaction with the nonce pays about as much: it has to be outbid. */
const UNDERPRICED = /underpriced|insufficient (fee|gas price).*replac|replac.*insufficient/i;

/**
 * Broadcasts a flight's bytes. What a node answers decides nothing: the chain does. What no node took need not be outbid;
 * what one may have taken must be, until its mempool has forgotten it.
 */
export const send = async ({ pipeline, lane, now }: LaneRound, flight: Flight): Promise<void> => {
  const { ports, policy } = pipeline;
  if (policy.isDryRun) return;
  const kept = { ...flight, keptUntil: keptFrom(now.time) };
  // Until there is an answer, a node may have it.
  replace(lane, flight, kept);
  const answer = await ports.broadcast(flight.tx.raw);
  if (answer.kind === "refused") {
    replace(lane, flight, UNDERPRICED.test(answer.why) ? kept : flight);
    ports.onTrouble(`the nodes refused ${flight.tx.transaction}: ${answer.why}`);
    return;
  }
  replace(lane, flight, { ...kept, broadcastAt: now.block });
  ports.onSent?.(flight.tx, now.block);
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
    tell(pipeline, flight.tx, { kind: "done" });
    return;
  }
  // Another transaction carries the operation out: of an earlier life, or of another process.
  if (operation !== undefined) putBack(pipeline, operation, now.block + BUSY_BLOCKS);
  adopt(pipeline, lane, await pipeline.ports.store.pending(lane.account));
};

/**
 * Signs a transfer of nothing to ourselves, which uses a nonce up: in the place of a transaction that nobody wants any
 * more, whose price it outbids, or to fill a gap.
 */
export const useUp = async (round: LaneRound, accountNonce: bigint, toOutbid: bigint | undefined): Promise<void> => {
  const { pipeline, lane, now } = round;
  const { ports, policy } = pipeline;
  if (policy.isDryRun) return;
  const { account } = lane;
  const terms = { tip: policy.tips.urgent, maxGasPrice: policy.maxGasPrice };
  const gasPrice = gasPriceFor(now.baseFee, terms, toOutbid);
  if (gasPrice === undefined || gasPrice <= (toOutbid ?? 0n)) return;
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
