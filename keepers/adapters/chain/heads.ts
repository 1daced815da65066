import { type BlockNumber, type UnixSeconds, blockNumber, unixSeconds } from "../../core/units.ts";
import { isRecord, quantityOf } from "./rpc.ts";

/** What is known of the newest block. Its use is to wake: what it says of the state is not trusted. Fee in wei. */
export type Head = {
  readonly block: BlockNumber;
  readonly time: UnixSeconds;
  readonly baseFee: bigint;
  readonly seenAtMs: number;
};

/**
 * A head out of a header or a block. A base fee that is missing is the last one that was known.
 * @throws RetryableError when the node wrote something else
 */
export const readHead = (header: unknown, seenAtMs: number, knownBaseFee: bigint): Head => {
  const { number, timestamp, baseFeePerGas } = isRecord(header) ? header : {};
  return {
    block: blockNumber(quantityOf(number, "block number")),
    time: unixSeconds(quantityOf(timestamp, "timestamp")),
    baseFee:
      baseFeePerGas === undefined || baseFeePerGas === null ? knownBaseFee : quantityOf(baseFeePerGas, "base fee"),
    seenAtMs,
  };
};

/** A head that is further ahead than this is asked for by its number before it is believed. */
export const LARGEST_JUMP = 25n;

/** What was learnt of the chain, from whichever endpoint. It outlives each connection. */
export type Learnt = {
  /** The highest block that any endpoint showed. */
  highest: BlockNumber | undefined;
  /** The last base fee, in wei. */
  baseFee: bigint;
};
