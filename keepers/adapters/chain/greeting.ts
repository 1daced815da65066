import { setTimeout as sleep } from "node:timers/promises";
import { FatalError, RetryableError } from "../../core/errors.ts";
import { type Head, type Learnt, LARGEST_JUMP, readHead } from "./heads.ts";
import { RpcError, isRecord, quantityOf } from "./rpc.ts";
import type { Wire } from "./wire.ts";

/** An endpoint of another chain, which is of no use to us. */
export class WrongChainError extends FatalError {}

/** An endpoint that lags behind what another has shown. */
export class BehindError extends RetryableError {
  readonly head: Head;

  constructor(message: string, head: Head) {
    super(message);
    this.head = head;
  }
}

export type GreetingOptions = {
  readonly where: string;
  readonly chainId: bigint;
  readonly learnt: Learnt;
  readonly nowMs: () => number;
  /** How long an endpoint may take to catch up, and how often it is asked whether it has. */
  readonly catchUpMs: number;
  readonly pollMs: number;
};

/** Whether an endpoint also gives the block whose head it shows. */
export const isThere = async (wire: Wire, { block }: Head): Promise<boolean> =>
  isRecord(await wire.request("eth_getBlockByNumber", [`0x${block.toString(16)}`, false]));

export const notThere = (where: string, { block }: Head): string =>
  `${where} told of block ${block}, which it does not have`;

/** The newest block, as one endpoint has it. @throws RetryableError when it does not say, or leaps to one that is not there */
export const askHead = async (
  wire: Wire,
  { where, learnt, nowMs }: Pick<GreetingOptions, "where" | "learnt" | "nowMs">,
): Promise<Head> => {
  const head = readHead(await wire.request("eth_getBlockByNumber", ["latest", false]), nowMs(), learnt.baseFee);
  const isLeap = learnt.highest !== undefined && head.block > learnt.highest + LARGEST_JUMP;
  if (isLeap && !(await isThere(wire, head))) throw new RetryableError(notThere(where, head));
  return head;
};

/** Waits until the endpoint shows the highest block that is known. @throws BehindError when it does not in time */
const catchUp = async (wire: Wire, options: GreetingOptions): Promise<Head> => {
  const { where, learnt, catchUpMs, pollMs } = options;
  const deadline = performance.now() + catchUpMs;
  for (;;) {
    const head = await askHead(wire, options);
    const behind = (learnt.highest ?? head.block) - head.block;
    if (behind <= 0n) return head;
    if (performance.now() > deadline) {
      throw new BehindError(`${where} is ${behind} blocks behind block ${learnt.highest}`, head);
    }
    await sleep(pollMs);
  }
};

/** A node without subscriptions is asked instead; one that is not well is not greeted. */
const subscribe = (wire: Wire): Promise<unknown> =>
  wire.request("eth_subscribe", ["newHeads"]).catch((error: unknown) => {
    if (!(error instanceof RpcError)) throw error;
  });

/**
 * What comes before anything else is asked of an endpoint, each time that it is connected to: its chain is ours, it tells of
 * heads, and it knows all the blocks that we know.
 * @throws WrongChainError, BehindError, or what the requests throw
 */
export const greet = async (wire: Wire, options: GreetingOptions): Promise<Head> => {
  const { where, chainId } = options;
  const actual = quantityOf(await wire.request("eth_chainId", []), "chain id");
  if (actual !== chainId) {
    throw new WrongChainError(`the node is on chain ${actual}, the configuration says ${chainId}: ${where}`);
  }
  await subscribe(wire);
  return catchUp(wire, options);
};
